"""What one submission is worth: its answers between the reference's given cells and checks, run and compared.

All answers run in one kernel first. What was not judged fairly there is graded again, each exercise alone in a fresh
kernel, with the reference's answers to all that it depends on: an exercise that depends on a wrong one, that came after
the end of the kernel, or that failed beside an answer which may change what others use.
"""

from typing import Any

from mocolab.course.bundles import MIME, judge
from mocolab.course.exercise import known
from mocolab.course.extract import Answer, imports, objection, reaches_out
from mocolab.course.notebooks import Notebook, new_cell, new_notebook
from mocolab.course.session import DIED, Bench, Line
from mocolab.course.source import Exercise, Lab

SECONDS_A_CELL = 20
SECONDS_GIVEN = 120  # the import of torch on a busy machine
ALL = "all"

Result = dict[str, Any]
"""Of one exercise: points, of, verdict (right, partly, wrong, by hand) and notes, sentences for the student."""
Key = dict[str, dict[str, Any]]
"""What right answers, and known wrong ones, show for the seed: see `exercise.known`."""


def make_key(lab: Lab, bench: Bench, seed: int) -> Key:
    """What is expected for the seed; `RuntimeError` if the reference, run as submissions are, does not pass."""
    key = known(lab, seed)
    results = grade(lab, bench, key, seed, {id: Answer(one.answer.source) for id, one in lab.exercises.items()})
    for id in lab.exercises:
        if results[id]["verdict"] != "right":
            said = " ".join(results[id]["notes"])
            raise RuntimeError(f"{lab.path}: the solution fails exercise {id} here, so nobody is graded: {said}")
    return key


def nothing(lab: Lab, reason: str) -> dict[str, Result]:
    """The results of a submission that could not be graded."""
    return {id: _result(exercise, 0.0, [reason]) for id, exercise in lab.exercises.items()} | _by_hand(lab, {})


def grade(lab: Lab, bench: Bench, key: Key, seed: int, answers: dict[str, Answer]) -> dict[str, Result]:
    """The result of every exercise of a lab."""
    allowed = imports([cell.source for cell in lab.cells if cell.role in ("given", "check")])
    results, sources = {}, {}
    for id, exercise in lab.exercises.items():
        source, notes = answers[id].source, answers[id].notes
        reason = source and objection(source, exercise.answer.meta.get("forbid", ()), allowed)
        results[id] = _result(exercise, 0.0, [reason, *notes] if reason else [*notes])
        if source is not None and not reason:
            sources[id] = source
    lines = bench.run({ALL: _spliced(lab, key, sources, list(sources))}, seed) if sources else []
    for id in sources:
        results[id] = _judged(lab.exercises[id], key, [line for line in lines if line["id"] == id], answers[id].notes)
    if again := [id for id in sources if _unfair(lab, id, sources, results, lines)]:
        above = {id: {other: lab.exercises[other].answer.source for other in lab.upstream(id)} for id in again}
        lines = bench.run({id: _spliced(lab, key, above[id] | {id: sources[id]}, [id]) for id in again}, seed)
        for id in again:
            own = [line for line in lines if line["notebook"] == line["id"] == id]
            alone = _judged(lab.exercises[id], key, own, answers[id].notes)
            wrong = [other for other in above[id] if results[other]["verdict"] != "right"]
            if wrong and alone["points"] > results[id]["points"]:
                alone["notes"].insert(0, f"Graded with a right answer to {' and '.join(wrong)}, on which it depends.")
            results[id] = alone
    return results | _by_hand(lab, answers)


def _spliced(lab: Lab, key: Key, sources: dict[str, str], checks: list[str]) -> Notebook:
    """The reference's given cells and some checks around some answers."""
    cells = []
    for cell in lab.cells:
        checked = cell.source if cell.id in checks else None
        source = {"given": cell.source, "answer": sources.get(cell.id), "check": checked}.get(cell.role)
        if source is not None:
            seconds = SECONDS_GIVEN if cell.role == "given" else cell.meta.get("timeout", SECONDS_A_CELL)
            made = new_cell("code", cell.name, source, {"role": cell.role, "id": cell.id, "timeout": seconds})
            if cell.role == "check":
                data = {MIME: key[cell.id]["expected"]}
                shown = {"output_type": "display_data", "metadata": {}, "data": data}
                made |= {"execution_count": 1, "outputs": [shown]}
            cells.append(made)
    return new_notebook(cells)


def _judged(exercise: Exercise, key: Key, lines: list[Line], notes: tuple[str, ...]) -> Result:
    """The result of an exercise from the lines of its answer and its check."""
    check = next((line for line in lines if line["role"] == "check"), {})
    share, said = judge(key[exercise.id], check["bundle"]) if "bundle" in check else (0.0, check.get("differences", []))
    if check.get("outcome") != "passed" or share < 1:
        stopped = [line[what] for what in ("error", "ended") for line in lines if line.get(what)][:1]
        notes = (*(stopped + said or ["The check showed nothing that can be read."]), *notes)
    return _result(exercise, share, [*notes])


def _unfair(lab: Lab, id: str, sources: dict[str, str], results: dict[str, Result], lines: list[Line]) -> bool:
    """Whether an exercise that failed beside the other answers may be right alone."""
    if results[id]["verdict"] == "right":
        return False
    check = next((line for line in lines if (line["role"], line["id"]) == ("check", id)), {"outcome": "skipped"})
    if check["outcome"] == "skipped" or check["ended"] == DIED:
        return True  # perhaps by another's hand
    if any(results[other]["verdict"] != "right" for other in lab.upstream(id)):
        return True
    return any(reaches_out(source, lab.exercises[other]) for other, source in sources.items() if other != id)


def _by_hand(lab: Lab, answers: dict[str, Answer]) -> dict[str, Result]:
    """The results of what a person reads: waiting, if anything was written."""
    results = {}
    for cell in lab.free:
        words = (answers[cell.id].source or "").strip() if cell.id in answers else ""
        written = words not in ("", cell.source.strip())
        verdict, notes = ("by hand", []) if written else ("wrong", ["Nothing was written."])
        results[cell.id] = {"points": 0, "of": cell.meta["points"], "verdict": verdict, "notes": notes}
    return results


def _result(exercise: Exercise, share: float, notes: list[str]) -> Result:
    verdict = "right" if share == 1 else "partly" if share else "wrong"
    return {"points": round(share * exercise.points, 2), "of": exercise.points, "verdict": verdict, "notes": notes}
