"""Audit of a lab's checks: what is right passes, what is wrong does not, and known mistakes are known by name.

Trusted code only: it runs in this process.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from mocolab.course.bundles import Bundle, compare, recognise
from mocolab.course.exercise import attempt, run
from mocolab.course.source import Exercise, Lab
from mocolab.course.wrong import wrong_answers

THREADS = (2, 1)  # the wrong answers get as many as the last
ENOUGH = 3  # misconceptions of an exercise
HEAD = ("exercise", "points", "items", "wrong answers", "recognised by name", "weakest item", "faults")


@dataclass(frozen=True)
class Adequacy:
    """What the check of one exercise was seen to do, over all seeds."""

    exercise: Exercise
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
    lines = [HEAD, ("---", "--:", "--:", "--:", "--:", "---", "--:")]
    for row in rows:
        name = min(row.killers, key=row.killers.get)
        weakest, named = f"{name}: broken by {row.killers[name]} of {row.wrong}", len(row.exercise.misconceptions)
        about = (row.exercise.id, row.exercise.points)
        lines.append((*about, len(row.killers), row.wrong, named, weakest, len(row.faults)))
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _adequacy(lab: Lab, exercise: Exercise, seeds: Sequence[int]) -> Adequacy:
    faults, killers, answers = Counter(), Counter(), list(wrong_answers(exercise))
    says = {cell.meta["cause"]: cell.meta["says"] for cell in exercise.misconceptions}
    for seed in seeds:
        right = _agreed(lab, exercise.id, seed, faults)
        shown = {name: attempt(lab, exercise.id, seed, source) for _, name, source in answers}
        known = {cause: (shown[cause], said) for cause, said in says.items() if shown[cause]}
        killers.update({item["name"]: 0 for item in right["items"]})
        for kind, name, _ in answers:
            verdict = compare(right, shown[name])
            killers.update(verdict.wrong if shown[name] else ())
            if verdict.passed or (kind == "trivial" and verdict.share):
                faults[f"{kind} answer {name!r} earns {verdict.share:.0%} of the points"] += 1
            if kind == "misconception" and name not in known:
                faults[f"misconception {name!r} raises, so nothing can be said about it"] += 1
            elif kind == "misconception" and (said := recognise(shown[name], known)) != says[name]:
                faults[f"misconception {name!r} is taken for {said!r}"] += 1
    faults.update(f"item {name!r} is broken by no wrong answer" for name, count in killers.items() if not count)
    if len(says) < ENOUGH:
        faults[f"{len(says)} misconceptions, needed are {ENOUGH}"] = len(seeds)
    told = [f"{exercise.id}: {fault} ({count} of {len(seeds)} seeds)." for fault, count in faults.items()]
    return Adequacy(exercise, len(answers), {name: n // len(seeds) for name, n in killers.items()}, tuple(told))


def _agreed(lab: Lab, id: str, seed: int, faults: Counter) -> Bundle:
    """What the reference shows; a fault if it depends on the number of threads."""
    bundles = []
    for threads in THREADS:
        torch.set_num_threads(threads)
        bundles.append(run(lab, id, seed))
    if not all(compare(bundles[-1], bundle).passed for bundle in bundles):
        faults["the reference disagrees with itself"] += 1
    return bundles[-1]
