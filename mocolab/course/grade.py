"""What one submission is worth: its answers between the reference's given cells and checks, run and compared.

All answers run in one kernel first. What was not judged fairly there is graded again, each exercise alone in a fresh
kernel, with the reference's answers to all that it depends on: an exercise that depends on a wrong one, that came after
the end of the kernel, or that failed beside an answer which changes what others use.
"""

from dataclasses import dataclass
from typing import Any

from mocolab.course.bundles import MIME, Bundle, compare, recognise
from mocolab.course.extract import Answer, imports, objection, reaches_out
from mocolab.course.notebooks import Notebook
from mocolab.course.session import DIED, Bench, Line
from mocolab.course.source import Cell, Exercise, Lab

SECONDS_A_CELL = 20
SECONDS_GIVEN = 120  # the import of torch on a busy machine
ALL = "all"
OWN = "write it yourself, the package is the answer key."

Result = dict[str, Any]
"""Of one exercise: points, of, verdict (right, partly, wrong, by hand) and notes, sentences for the student."""


@dataclass(frozen=True)
class Key:
    """What right answers, and known wrong ones, show for the seed."""

    seed: int
    expected: dict[str, Bundle]
    misconceptions: dict[str, dict[str, tuple[Bundle, str]]]


def make_key(lab: Lab, bench: Bench, seed: int) -> Key:
    """Run the reference and its misconceptions as submissions run; `RuntimeError` if it does not pass then."""
    cells = []
    for cell in lab.cells:
        if cell.role in ("given", "answer", "check"):
            cells.append(_cell(cell))
        if cell.role == "check":
            exercise = lab.exercises[cell.id]
            for number, wrong in enumerate(exercise.misconceptions):
                cells += [_cell(wrong, role="answer"), _cell(cell, cause=wrong.meta["cause"], id=f"{cell.id}-{number}")]
            cells.append(_cell(exercise.answer))
    lines = [line for line in bench.run({ALL: _notebook(cells)}, seed) if line["role"] == "check" and "bundle" in line]
    says = {id: {c.meta["cause"]: c.meta["says"] for c in e.misconceptions} for id, e in lab.exercises.items()}
    wrong = {id: {} for id in lab.exercises}
    for line in lines:
        if "cause" in line:
            id = line["id"].rpartition("-")[0]
            wrong[id][line["cause"]] = (line["bundle"], says[id][line["cause"]])
    key = Key(seed, {line["id"]: line["bundle"] for line in lines if "cause" not in line}, wrong)
    reference = {id: Answer(exercise.answer.source) for id, exercise in lab.exercises.items()}
    results = grade(lab, bench, key, reference)
    for id in lab.exercises:
        if results[id]["verdict"] != "right":
            said = " ".join(results[id]["notes"])
            raise RuntimeError(f"{lab.path}: the solution fails exercise {id} here, so nobody is graded: {said}")
    return key


def nothing(lab: Lab, reason: str) -> dict[str, Result]:
    """The results of a submission that could not be graded."""
    return {id: _result(exercise, 0.0, [reason]) for id, exercise in lab.exercises.items()} | _by_hand(lab, {})


def grade(lab: Lab, bench: Bench, key: Key, answers: dict[str, Answer]) -> dict[str, Result]:
    """The result of every exercise of a lab."""
    if missing := [id for id in lab.exercises if id not in key.expected]:
        raise RuntimeError(f"{lab.path}: the solution shows no bundle for exercise {' and '.join(missing)}.")
    allowed = imports([cell.source for cell in lab.cells if cell.role in ("given", "check")])
    results, sources = {}, {}
    for id, exercise in lab.exercises.items():
        answer = answers[id]
        reason = None if answer.source is None else objection(answer.source, exercise, allowed)
        results[id] = _result(exercise, 0.0, [reason, *answer.notes] if reason else list(answer.notes))
        if answer.source is not None and not reason:
            sources[id] = answer.source
    lines = bench.run({ALL: _spliced(lab, key, sources)}, key.seed) if sources else []
    for id in sources:
        results[id] = _judged(lab.exercises[id], key, _of(lines, id), answers[id].notes)
    if again := [
        id for id in sources if results[id]["verdict"] != "right" and _unfair(lab, id, sources, results, lines)
    ]:
        notebooks = {f"alone-{id}": _spliced(lab, key, _above(lab, id) | {id: sources[id]}, id) for id in again}
        lines = bench.run(notebooks, key.seed)
        for id in again:
            own = [line for line in _of(lines, id) if line["notebook"] == f"alone-{id}"]
            alone = _judged(lab.exercises[id], key, own, answers[id].notes)
            results[id] = _carried(lab, id, results, alone)
    return results | _by_hand(lab, answers)


def _by_hand(lab: Lab, answers: dict[str, Answer]) -> dict[str, Result]:
    """The results of what a person reads: waiting, if anything was written."""
    results = {}
    for cell in lab.free:
        words = answers[cell.id].source if cell.id in answers else None
        written = (words or "").strip() not in ("", cell.source.strip())
        found = (
            {"verdict": "by hand", "notes": []} if written else {"verdict": "wrong", "notes": ["Nothing was written."]}
        )
        results[cell.id] = {"points": 0, "of": cell.meta["points"]} | found
    return results


def _unfair(lab: Lab, id: str, sources: dict[str, str], results: dict[str, Result], lines: list[Line]) -> bool:
    """Whether an exercise that failed beside the other answers may be right alone."""
    check = next((line for line in _of(lines, id) if line["role"] == "check" and line["outcome"] != "skipped"), None)
    if check is None or check["ended"] == DIED:
        return True  # perhaps by another's hand
    if any(results[other]["verdict"] != "right" for other in lab.upstream(id)):
        return True
    return any(reaches_out(sources[other], lab.exercises[other], lab) for other in sources if other != id)


def _carried(lab: Lab, id: str, results: dict[str, Result], alone: Result) -> Result:
    wrong = [other for other in lab.upstream(id) if results[other]["verdict"] != "right"]
    if wrong and alone["points"] > results[id]["points"]:
        alone["notes"].insert(0, f"Graded with a right answer to {' and '.join(wrong)}, on which it depends.")
    return alone


def _judged(exercise: Exercise, key: Key, lines: list[Line], notes: tuple[str, ...]) -> Result:
    """The result of an exercise from the lines of its answer and its check."""
    check = next((line for line in lines if line["role"] == "check"), {"outcome": "not reached"})
    expected = key.expected[exercise.id]
    if foreign := _foreign(expected, check.get("bundle")):
        return _result(exercise, 0.0, [f"You handed in {foreign}, of the package: {OWN}", *notes])
    if check["outcome"] == "passed" and compare(expected, check.get("bundle")).passed:
        return _result(exercise, 1.0, list(notes))
    said = [line[what] for what in ("error", "ended") for line in lines if line.get(what)][:1]
    known = recognise(check.get("bundle"), key.misconceptions[exercise.id])
    said += [known] if known else check.get("differences", [])
    return _result(exercise, float(check.get("share", 0)), [*said, *notes])


def _result(exercise: Exercise, share: float, notes: list[str]) -> Result:
    verdict = "right" if share == 1 else "partly" if share else "wrong"
    return {"points": round(share * exercise.points, 2), "of": exercise.points, "verdict": verdict, "notes": notes}


def _foreign(expected: Bundle, given: Any) -> str | None:
    """A class or function of the package that was passed off as the student's, as the given bundle tells."""
    types = given.get("types") if isinstance(given, dict) else None
    for name, homes in types.items() if isinstance(types, dict) else ():
        known = expected["types"].get(name, [])
        for home in homes if isinstance(homes, list) else [homes]:
            if isinstance(home, str) and home.split(".")[0] == "mocolab" and home not in known:
                return f"{name[:80]} from {home[:80]}"
    return None


def _of(lines: list[Line], id: str) -> list[Line]:
    return [line for line in lines if line["id"] == id]


def _above(lab: Lab, id: str) -> dict[str, str]:
    """The reference's answers to all that an exercise depends on."""
    return {other: lab.exercises[other].answer.source for other in lab.upstream(id)}


def _spliced(lab: Lab, key: Key, sources: dict[str, str], only: str | None = None) -> Notebook:
    """The reference's given cells and checks around some answers; with `only` no other check."""
    cells = []
    for cell in lab.cells:
        if cell.role == "given":
            cells.append(_cell(cell))
        elif cell.role == "answer" and cell.id in sources:
            cells.append(_cell(cell) | {"source": sources[cell.id]})
        elif cell.role == "check" and cell.id in sources and only in (None, cell.id):
            output = {"output_type": "display_data", "metadata": {}, "data": {MIME: key.expected[cell.id]}}
            cells.append(_cell(cell) | {"execution_count": 1, "outputs": [output]})
    return _notebook(cells)


def _cell(cell: Cell, **meta: str) -> dict[str, Any]:
    seconds = SECONDS_GIVEN if cell.role == "given" else cell.meta.get("timeout", SECONDS_A_CELL)
    meta = {"role": cell.role, "id": cell.id, "timeout": seconds} | meta
    return {
        "cell_type": "code",
        "metadata": {"mocolab": meta},
        "source": cell.source,
        "execution_count": None,
        "outputs": [],
    }


def _notebook(cells: list[dict[str, Any]]) -> Notebook:
    cells = [cell | {"id": f"cell-{position}"} for position, cell in enumerate(cells)]
    return {"cells": cells, "metadata": {"mocolab": {}}, "nbformat": 4, "nbformat_minor": 5}
