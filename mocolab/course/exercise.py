"""One exercise of a lab, run in this process: trusted code only, for release, audit and the grader's own side."""

from typing import Any

import torch

from mocolab.course.bundles import Bundle
from mocolab.course.checks import Probe
from mocolab.course.source import Lab


def run(lab: Lab, id: str, seed: int, answers: dict[str, str] | None = None) -> Bundle:
    """What the check of an exercise shows for the seed. `answers`, {id: source}, replace the lab's own.

    Raises what the answers raise. The caller's random state stays as it was.
    """
    shown: list[Bundle] = []
    exercise, given, needed = lab.exercises[id], lab.given_before(id), {id, *lab.upstream(id)}
    namespace = {"__name__": "__main__"}
    with torch.random.fork_rng(devices=[]):
        for cell in lab.cells:
            if cell in given or (cell.role == "answer" and cell.id in needed):
                source = (answers or {}).get(cell.id, cell.source)
                exec(compile(source, f"<{cell.name}>", "exec"), namespace)
        namespace["check"] = lambda id, *about: Probe(id, seed, shown.append, about)
        exec(compile(exercise.check.source, f"<{exercise.check.name}>", "exec"), namespace)
    if len(shown) != 1 or shown[0]["id"] != id:
        raise ValueError(f"{lab.path}:{exercise.check.line}: the check must show one bundle, that of exercise {id}.")
    return shown[0]


def attempt(lab: Lab, id: str, seed: int, source: str) -> Bundle | None:
    """What an answer shows that may be wrong; None if it raises."""
    try:
        return run(lab, id, seed, {id: source})
    except Exception:
        return None


def known(lab: Lab, seed: int) -> dict[str, Any]:
    """{id: {"expected": bundle, "misconceptions": {cause: [bundle, says]}}}: what right and wrong look like.

    A mistake that raises has no bundle: the error itself is what a student sees.
    """
    torch.set_num_threads(1)
    found = {}
    for id, exercise in lab.exercises.items():
        tried = [(cell.meta, attempt(lab, id, seed, cell.source)) for cell in exercise.misconceptions]
        wrong = {meta["cause"]: [bundle, meta["says"]] for meta, bundle in tried if bundle}
        found[id] = {"expected": run(lab, id, seed), "misconceptions": wrong}
    return found
