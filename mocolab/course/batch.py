"""A class: whose submission is which, what has been graded already, and the rest on several cores."""

import hashlib
import json
import platform
import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from tqdm import tqdm

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
    todo = [student for student in work if not records[student].results]
    for student in [student for student in todo if files[student].exists()]:
        old, new = Record(**json.loads(files[student].read_text())), records[student]
        if old.digest == new.digest and seed in (None, old.seed):
            records[student] = replace(old, when=new.when, notes=new.notes)
            todo.remove(student)
    if todo:
        seed = _seed(out / "seed", seed)
        key = make_key(lab, bench, seed)
        with ThreadPoolExecutor(workers) as pool:
            jobs = [pool.submit(_graded, lab, bench, key, seed, records[one], work[one][-1]) for one in todo]
            for job in tqdm(as_completed(jobs), total=len(jobs), desc="graded", unit="student"):
                record = job.result()
                records[record.student] = record
                if record.seed is not None:
                    write(files[record.student], json.dumps(asdict(record), indent=1))
        (out / "seed").unlink()
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


def _graded(lab: Lab, bench: Bench, key: Key, seed: int, begun: Record, submission: Submission) -> Record:
    begin = time.monotonic()
    for _ in range(TRIES):
        try:
            results = grade(lab, bench, key, seed, answers(submission.read(), lab))
        except Exception as error:  # the machine's fault, it seems
            fault = error
        else:
            return replace(begun, results=results, seed=seed, seconds=round(time.monotonic() - begin, 1))
    return replace(begun, results=nothing(lab, f"Not graded: {fault}"))  # no seed: tried again the next time


def _seed(path: Path, given: int | None) -> int:
    """The batch's seed, known to the file until the batch is finished."""
    seed = given if given is not None else int(path.read_text()) if path.exists() else secrets.randbelow(2**31)
    write(path, str(seed))
    return seed
