"""One exercise of a lab, run in this process: trusted code only, for release, audit and the grader's own side."""

import torch

from mocolab.course.bundles import Bundle
from mocolab.course.checks import Probe
from mocolab.course.source import Cell, Lab


def run(lab: Lab, id: str, seed: int, answers: dict[str, str] | None = None) -> Bundle:
    """What the check of an exercise shows for the seed. `answers`, {id: source}, replace the lab's own.

    Raises what the answers raise. The caller's random state stays as it was.
    """
    shown: list[Bundle] = []
    exercise = lab.exercises[id]
    namespace = {"__name__": "__main__"}
    with torch.random.fork_rng(devices=[]):
        for cell in _before(lab, id):
            source = (answers or {}).get(cell.id, cell.source) if cell.role == "answer" else cell.source
            exec(compile(source, f"<{cell.name}>", "exec"), namespace)
        namespace["check"] = lambda id, *about: Probe(id, seed, shown.append, about)
        exec(compile(exercise.check.source, f"<{exercise.check.name}>", "exec"), namespace)
    if len(shown) != 1 or shown[0]["id"] != id:
        raise ValueError(f"{lab.path}:{exercise.check.line}: the check must show one bundle, that of exercise {id}.")
    return shown[0]


def _before(lab: Lab, id: str) -> list[Cell]:
    """What runs before the check: the given cells, the answer and those it depends on, in the lab's order."""
    answers = [lab.exercises[other].answer for other in (id, *lab.upstream(id))]
    return sorted([*lab.given_before(id), *answers], key=lambda cell: cell.line)
