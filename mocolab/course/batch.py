"""A class: whose submission is which, what has been graded already, and the rest on several cores."""

import hashlib
import json
import platform
import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mocolab.course.extract import Answer, answers
from mocolab.course.grade import Result, grade, make_key, nothing
from mocolab.course.intake import Submission, proper_name
from mocolab.course.session import Bench
from mocolab.course.source import Lab
from mocolab.store import write
from mocolab.tables import Row

VERSIONS = ("mocolab", "torch", "numpy", "nbval", "pytest", "ipykernel", "jupyter_client")


@dataclass(frozen=True)
class Record:
    """What was found out about one student; a file of its own."""

    student: str
    digest: str
    """Of the answers, the lab, the checks and the versions: while it is the same, nothing is graded again."""
    when: float | None
    """When the work was last changed; None if there is none."""
    results: dict[str, Result]
    words: dict[str, str]
    """The answers that a person grades."""
    notes: tuple[str, ...] = ()
    seed: int | None = None
    seconds: float = 0.0


def versions() -> dict[str, str]:
    """What the values depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in VERSIONS}


def by_student(found: list[Submission], roster: dict[str, Row], lab: Lab) -> dict[str, list[Submission]]:
    """Each student's submissions for a lab, the last one last; none for students of the roster without one."""
    ids = {row["id"]: student for student, row in roster.items() if row.get("id")}
    work: dict[str, list[Submission]] = {student: [] for student in roster}
    for submission in sorted(found, key=lambda one: one.when):
        number = re.search(r"lab(\d\d)", submission.member or submission.path.name)
        if number is None or number[1] == lab.number:
            work.setdefault(ids.get(submission.id) or _name(submission), []).append(submission)
    return dict(sorted(work.items()))


def grade_class(lab: Lab, work: dict[str, list[Submission]], bench: Bench, out: Path, workers: int, seed: int | None):
    """A record for every student, kept as a file the moment it is made, so that a killed batch goes on.

    Without a seed an unfinished batch goes on with its own; a new one draws its own, so that nobody knows it.
    """
    folder = out / "results"
    folder.mkdir(parents=True, exist_ok=True)
    base = hashlib.sha256(json.dumps([lab.digest, bench.digest(), versions()]).encode())
    records, todo = {}, {}
    for student, attempts in work.items():
        ready, found = _taken(lab, student, attempts, base)
        old = _kept(folder / f"{slug(student)}.json")
        if found is None or (old and old.digest == ready.digest and seed in (None, old.seed)):
            records[student] = ready if found is None else replace(old, when=ready.when, notes=ready.notes)
        else:
            todo[student] = ready
    if todo:
        key = make_key(lab, bench, _seed(out / "seed", seed))
        with ThreadPoolExecutor(workers) as pool:
            jobs = {
                pool.submit(_graded, lab, bench, key, ready, work[student][-1]): student
                for student, ready in todo.items()
            }
            for job in tqdm(as_completed(jobs), total=len(jobs), desc="graded", unit="student"):
                records[jobs[job]] = record = job.result()
                if record.seed is not None:
                    write(folder / f"{slug(record.student)}.json", json.dumps(asdict(record), indent=1))
        (out / "seed").unlink()
    return [records[student] for student in work]


def slug(student: str) -> str:
    """A file name of a student's own, on every file system."""
    if re.fullmatch(r"[a-z0-9][a-z0-9_-]*", student):
        return student
    plain = re.sub(r"[^A-Za-z0-9]+", "-", student).strip("-").lower()
    return f"{plain}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"


def _name(submission: Submission) -> str:
    """What a student is called in the tables; a name that cannot be one is shown as what it is."""
    try:
        return proper_name(f"{submission.student} {submission.id}")
    except ValueError:
        return re.sub(r"[^A-Za-z0-9]", "?", ascii(submission.student))[:80]


def _taken(lab: Lab, student: str, attempts: list[Submission], base) -> tuple[Record, dict[str, Answer] | None]:
    """What can be said before anything runs: a record with the work's digest, and the answers if there are any."""
    if not attempts:
        return Record(student, "", None, nothing(lab, "No submission was found."), {}, ("no submission",)), None
    notes = (f"{len(attempts)} submissions: the last one counts.",) if len(attempts) > 1 else ()
    try:
        proper_name(attempts[-1].student)
        found = answers(attempts[-1].read(), lab)
    except Exception as error:  # whatever a file can do, it stops nobody else
        return Record(student, "", attempts[-1].when, nothing(lab, str(error)), {}, (str(error), *notes)), None
    digest = base.copy()
    digest.update(json.dumps({id: asdict(answer) for id, answer in found.items()}).encode())
    words = {cell.id: found[cell.id].source or "" for cell in lab.free}
    return Record(student, digest.hexdigest(), attempts[-1].when, {}, words, notes), found


def _graded(lab: Lab, bench: Bench, key, ready: Record, submission: Submission) -> Record:
    begin = time.monotonic()
    try:
        results, seed = grade(lab, bench, key, answers(submission.read(), lab)), key.seed
    except Exception as error:  # the machine's fault, it seems: tried again the next time
        results, seed = nothing(lab, f"Not graded: {error}"), None
    made: dict[str, Any] = {"results": results, "seed": seed, "seconds": round(time.monotonic() - begin, 1)}
    return replace(ready, **made)


def _kept(path: Path) -> Record | None:
    kept = json.loads(path.read_text()) if path.exists() else None
    return kept and Record(**kept | {"notes": tuple(kept["notes"])})


def _seed(path: Path, given: int | None) -> int:
    """The batch's seed, known to the file until the batch is finished."""
    seed = given if given is not None else int(path.read_text()) if path.exists() else secrets.randbelow(2**31)
    path.write_text(str(seed))
    return seed
