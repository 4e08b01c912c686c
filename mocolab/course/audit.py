"""Audit of a lab's checks: what is right passes, what is wrong does not, and known mistakes are known by name.

Trusted code only: it runs in this process.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from mocolab.course.bundles import Bundle, compare, recognise
from mocolab.course.exercise import run
from mocolab.course.source import Exercise, Lab
from mocolab.course.wrong import wrong_answers

THREADS = (1, 2)


@dataclass(frozen=True)
class Adequacy:
    """What the check of one exercise was seen to do, over all seeds."""

    exercise: str
    points: int | float
    misconceptions: int
    wrong: int
    """Wrong answers tried, misconceptions among them."""
    killers: dict[str, int]
    """Item of the bundle -> wrong answers that break it."""
    faults: tuple[str, ...]


def audit(lab: Lab, seeds: Sequence[int]) -> Iterator[Adequacy]:
    """Each exercise's adequacy, one after the other."""
    before = torch.get_num_threads()
    try:
        for exercise in lab.exercises.values():
            yield _adequacy(lab, exercise, seeds)
    finally:
        torch.set_num_threads(before)


def table(rows: Sequence[Adequacy]) -> str:
    """The adequacy table, in Markdown."""
    lines = [
        "| exercise | points | items | wrong answers | recognised by name | weakest item | faults |",
        "|---|--:|--:|--:|--:|---|--:|",
    ]
    for row in rows:
        name, count = min(row.killers.items(), key=lambda item: item[1])
        weakest = f"{name}: broken by {count} of {row.wrong}"
        cells = (row.exercise, row.points, len(row.killers), row.wrong, row.misconceptions, weakest, len(row.faults))
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _adequacy(lab: Lab, exercise: Exercise, seeds: Sequence[int]) -> Adequacy:
    faults, killers = Counter(), Counter()
    answers = list(wrong_answers(exercise))
    for seed in seeds:
        right = _agreed(lab, exercise.id, seed, faults)
        shown = {name: _attempt(lab, exercise.id, seed, source) for _, name, source in answers}
        killers.update({item["name"]: 0 for item in right["items"]})
        for kind, name, _ in answers:
            verdict = compare(right, shown[name])
            killers.update(verdict.wrong if shown[name] else ())
            if verdict.passed or (kind == "trivial" and verdict.share):
                faults[f"{kind} answer {name!r} earns {verdict.share:.0%} of the points"] += 1
        faults.update(_misnamed(exercise, shown))
    faults.update(f"item {name!r} is broken by no wrong answer" for name, count in killers.items() if not count)
    faults.update([f"{len(exercise.misconceptions)} misconceptions, needed are 3"][: len(exercise.misconceptions) < 3])
    said = [f"{exercise.id}: {fault} ({count} of {len(seeds)} seeds)." for fault, count in faults.items()]
    known = {name: count // len(seeds) for name, count in killers.items()}
    return Adequacy(exercise.id, exercise.points, len(exercise.misconceptions), len(answers), known, tuple(said))


def _agreed(lab: Lab, id: str, seed: int, faults: Counter) -> Bundle:
    """What the reference shows; a fault if it depends on the number of threads."""
    bundles = []
    for threads in THREADS:
        torch.set_num_threads(threads)
        bundles.append(run(lab, id, seed))
    torch.set_num_threads(THREADS[0])
    if not all(compare(bundles[0], bundle).passed for bundle in bundles):
        faults["the reference disagrees with itself"] += 1
    return bundles[0]


def _attempt(lab: Lab, id: str, seed: int, source: str) -> Bundle | None:
    """What a wrong answer shows; None if it raises."""
    try:
        return run(lab, id, seed, {id: source})
    except Exception:
        return None


def _misnamed(exercise: Exercise, shown: dict[str, Bundle | None]) -> Iterator[str]:
    """A fault for each misconception that is not recognised by exactly its sentence."""
    known = {cell.meta["cause"]: (shown[cell.meta["cause"]], cell.meta["says"]) for cell in exercise.misconceptions}
    known = {cause: entry for cause, entry in known.items() if entry[0]}
    for cell in exercise.misconceptions:
        cause = cell.meta["cause"]
        if cause not in known:
            yield f"misconception {cause!r} raises, so nothing can be said about it"
        elif (said := recognise(shown[cause], known)) != cell.meta["says"]:
            yield f"misconception {cause!r} is taken for {said!r}"
