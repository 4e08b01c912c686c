"""`mocolab grade LAB --submissions PLACE --out FOLDER`: a class's notebooks, graded with nbval."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

import mocolab
from mocolab.course import jail
from mocolab.course.batch import by_student, grade_class
from mocolab.course.extract import imports
from mocolab.course.intake import submissions
from mocolab.course.report import marked, write_marks, write_reports
from mocolab.course.roster import fill_canvas, read_late, read_marks, read_roster
from mocolab.course.session import Bench
from mocolab.course.source import Lab, find, read


@dataclass(frozen=True)
class Grade:
    """Grade a class: tables of points, a page for each student, and what a person has to read.

    OUT/marks.csv (student, exercise, points, reason) is yours: its marks stand above the machine's, also when the
    class is graded again.
    """

    lab: Annotated[str, tyro.conf.Positional]
    """The lab, by number or by the path of its source."""
    submissions: Path
    """A folder of notebooks, of students' folders or of archives; or one archive, as Canvas and Moodle export it."""
    out: Path
    """Gets scores.csv, summary.csv, feedback/, by-hand.html, marks.csv and report.json; a killed batch goes on here."""
    roster: Path | None = None
    """A csv with a column student and, if you like, id: the number that an export gives each student."""
    workers: int = os.cpu_count() or 1
    """Submissions that are graded at a time."""
    seed: int | Literal["auto"] = "auto"
    """Of the checks; auto draws one that nobody knows."""
    late: Path | None = None
    """A JSON file: due, grace_minutes, lost_per_day, lost_at_most, extensions."""
    canvas: Path | None = None
    """Grades exported from Canvas; OUT/canvas.csv is the same table with this lab's column filled in."""

    def run(self) -> None:
        (name,) = find((self.lab,))
        lab, roster, late = read(name), read_roster(self.roster), read_late(self.late)
        work = by_student(submissions(self.submissions), roster, lab)
        if not work:
            raise ValueError(f"{self.submissions} holds no notebook for lab {lab.number}.")
        self.out.mkdir(parents=True, exist_ok=True)
        marks = read_marks(self.out / "marks.csv")
        reason = jail.missing()
        protected = (
            f"no jail, {jail.OPEN.format(reason=reason)}" if reason else "jailed: no attack is known to be open."
        )
        print(f"Lab {lab.number}, {len(work)} students; {protected}")
        with tempfile.TemporaryDirectory() as package:
            jail.furnish(Path(package), imports([cell.source for cell in lab.cells if cell.role in ("given", "check")]))
            bench = Bench(Path(package), hidden(lab), jailed=not reason)
            seed = None if self.seed == "auto" else self.seed
            records = grade_class(lab, work, bench, self.out, self.workers, seed)
        records = [marked(record, marks, late) for record in records]
        write_reports(lab, records, self.out, {"protection": protected})
        write_marks(self.out / "marks.csv", records, marks)
        print(f"{self.out}: summary.csv, scores.csv, a page for each student in feedback/.")
        if self.canvas:
            totals = {record.student: record.total for record in records}
            if unknown := fill_canvas(self.canvas, self.out / "canvas.csv", lab.number, roster, totals):
                print(f"{self.out}/canvas.csv has no row for {', '.join(unknown)}.")


def hidden(lab: Lab) -> tuple[Path, ...]:
    """The folders in which an answer could be found: of the package and of the course."""
    return Path(mocolab.__file__).parent, lab.path.resolve().parent.parent


def parse(arguments: Sequence[str]) -> Grade:
    return tyro.cli(Grade, prog="mocolab grade", args=arguments)
