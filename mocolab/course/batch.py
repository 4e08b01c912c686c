"""A class: whose submission is which, what has been graded already, and the rest on several cores."""

import hashlib
import json
import platform
import re
import secrets
import time
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from tqdm.contrib.concurrent import thread_map

from mocolab.course.extract import answers
from mocolab.course.grade import Key, Result, grade, make_key, nothing
from mocolab.course.intake import Submission, proper_name
from mocolab.course.session import Bench
from mocolab.course.source import Lab
from mocolab.store import write
from mocolab.tables import Row

TRIES = 2
VERSIONS = ("mocolab", "torch", "numpy", "nbval", "pytest", "ipykernel", "jupyter_client")


@dataclass(frozen=True)
class Record:
    """What was found out about one student; a file of its own."""

    student: str
    results: dict[str, Result] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    when: float | None = None
    """When the work was last changed; None if there is none."""
    digest: str = ""
    """Of the answers, the lab, the checks and the versions: while it is the same, nothing is graded again."""
    words: dict[str, str] = field(default_factory=dict)
    """The answers that a person grades."""
    seed: int | None = None
    seconds: float = 0.0
    kept: float = 1.0
    """The share of the points that lateness leaves."""

    @property
    def points(self) -> float:
        return float(sum(result["points"] for result in self.results.values()))

    @property
    def total(self) -> float:
        return round(self.points * self.kept, 2)


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
            owner = submission.path.stem  # of jane.zip it is jane, whatever name its members have
            student = owner if owner in roster else ids.get(submission.id) or _name(submission)
            work.setdefault(student, []).append(submission)
    return dict(sorted(work.items()))


def grade_class(
    lab: Lab, work: dict[str, list[Submission]], bench: Bench, out: Path, workers: int, seed: int | None
) -> list[Record]:
    """A record for every student, kept as a file the moment it is made, so that a killed batch goes on.

    Without a seed an unfinished batch goes on with its own; a new one draws its own, so that nobody knows it.
    """
    files = {student: out / "results" / f"{slug(student)}.json" for student in work}
    base = json.dumps([lab.digest, bench.digest(), versions()])
    records = {student: _begun(lab, student, attempts, base) for student, attempts in work.items()}
    for student, new in records.items():
        if not new.results and files[student].exists():
            old = Record(**json.loads(files[student].read_text()))
            if old.digest == new.digest and seed in (None, old.seed):
                records[student] = replace(old, when=new.when, notes=new.notes)
    if todo := [student for student, record in records.items() if not record.results]:
        unfinished = out / "seed"  # stands there until the batch is finished
        if seed is None:
            seed = int(unfinished.read_text()) if unfinished.exists() else secrets.randbelow(2**31)
        write(unfinished, str(seed))
        key = make_key(lab, bench, seed)
        job = lambda student: _graded(lab, bench, key, seed, records[student], work[student][-1], files[student])
        records |= zip(todo, thread_map(job, todo, max_workers=workers, desc="graded", unit="student"))
        unfinished.unlink()
    return list(records.values())


def slug(student: str) -> str:
    """A file name of a student's own, on every file system."""
    plain = re.sub(r"[^a-z0-9_-]+", "-", student.lower()).strip("-")
    return student if plain == student else f"{plain}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"


def _name(submission: Submission) -> str:
    """What a student is called in the tables; a name that cannot be one is shown as what it is."""
    try:
        return proper_name(f"{submission.student} {submission.id}")
    except ValueError:
        return re.sub(r"[^A-Za-z0-9]", "?", ascii(submission.student))[:80]


def _begun(lab: Lab, student: str, attempts: list[Submission], base: str) -> Record:
    """What can be said before anything runs; without results if there are answers to be graded."""
    if not attempts:
        return Record(student, nothing(lab, "No submission was found."), ["no submission"])
    last = attempts[-1]
    notes = [f"{len(attempts)} submissions: the last one counts."] if len(attempts) > 1 else []
    try:
        proper_name(last.student)
        found = answers(last.read(), lab)
    except Exception as error:  # whatever a file can do, it stops nobody else
        return Record(student, nothing(lab, str(error)), [str(error), *notes], last.when)
    said = base + json.dumps({id: asdict(answer) for id, answer in found.items()})
    words = {cell.id: found[cell.id].source or "" for cell in lab.free}
    return Record(student, {}, notes, last.when, hashlib.sha256(said.encode()).hexdigest(), words)


def _graded(lab: Lab, bench: Bench, key: Key, seed: int, begun: Record, submission: Submission, file: Path) -> Record:
    """The record with its results, kept in its file; not kept, and so tried again the next time, where that failed."""
    begin = time.monotonic()
    for _ in range(TRIES):
        try:
            results = grade(lab, bench, key, seed, answers(submission.read(), lab))
        except Exception as error:  # the machine's fault, it seems
            fault = error
        else:
            record = replace(begun, results=results, seed=seed, seconds=round(time.monotonic() - begin, 1))
            write(file, json.dumps(asdict(record), indent=1))
            return record
    return replace(begun, results=nothing(lab, f"Not graded: {fault}"))
