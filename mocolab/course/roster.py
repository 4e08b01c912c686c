"""Tables that a teacher keeps: the class, marks given by a person, when work is late, the grades of Canvas."""

import csv
import io
import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from mocolab.course.intake import proper_name
from mocolab.store import whole

Row = dict[str, str]


def read_table(path: Path, needed: Iterable[str]) -> list[Row]:
    """The rows of a csv file, as any spreadsheet writes it."""
    text = path.read_text(encoding="utf-8-sig")
    delimiter = max(",;\t", key=text.split("\n")[0].count)
    rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    if rows and (missing := set(needed) - set(rows[0])):
        raise ValueError(f"{path} has no column {' and no '.join(sorted(missing))}, only {', '.join(rows[0])}.")
    return [{name: (value or "").strip() for name, value in row.items() if name} for row in rows]


def write_table(path: Path, columns: list[str], rows: Iterable[dict[str, Any]]) -> None:
    """A csv file in which no cell is a formula; whole or not at all."""
    with whole(path) as unfinished, open(unfinished, "w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, columns, extrasaction="ignore")
        table.writerow({column: harmless(column) for column in columns})
        table.writerows({name: harmless(value) for name, value in row.items()} for row in rows)


def harmless(value: Any) -> Any:
    """A cell that a spreadsheet shows and does not compute."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def read_roster(path: Path | None) -> dict[str, Row]:
    """{student: row}, of a csv with a column student, and, where known, name, id (an export's number) and submitted."""
    rows = read_table(path, ["student"]) if path else []
    return {proper_name(row["student"]): row for row in rows if row["student"]}


def read_marks(path: Path) -> dict[tuple[str, str], Row]:
    """Marks given by a person, {(student, exercise): row with points and reason}; they stand above the machine's."""
    rows = read_table(path, ["student", "exercise", "points"]) if path.exists() else []
    marks = {(proper_name(row["student"].removeprefix("'")), row["exercise"]): row for row in rows}
    for (student, exercise), row in marks.items():
        if row["points"] and not re.fullmatch(r"\d+([.,]\d+)?", row["points"]):
            raise ValueError(f"{path}: {row['points']!r} points for {student}, exercise {exercise}: give a number.")
    return marks


@dataclass(frozen=True)
class LatePolicy:
    """What lateness costs; a JSON file with these names."""

    due: str
    """When it is due, as 2026-03-01T23:59:00+01:00."""
    grace_minutes: int | float = 0
    """So late is not late."""
    lost_per_day: int | float = 0.1
    """Share of the points that each begun day costs."""
    lost_at_most: int | float = 0.5
    extensions: dict[str, str] = field(default_factory=dict)
    """{student: when it is due for this one}."""

    def kept(self, student: str, when: float) -> float:
        """The share of the points that is left of work handed in at a time, in seconds since 1970."""
        due = datetime.fromisoformat(self.extensions.get(student, self.due)).timestamp()
        if when <= due + 60 * self.grace_minutes:
            return 1.0
        return 1 - min(self.lost_at_most, self.lost_per_day * math.ceil((when - due) / 86400))


def read_late(path: Path | None) -> LatePolicy | None:
    """The policy in a JSON file."""
    try:
        return LatePolicy(**json.loads(path.read_text(encoding="utf-8"))) if path else None
    except (TypeError, json.JSONDecodeError) as error:
        names = ", ".join(LatePolicy.__annotations__)
        raise ValueError(f"{path} is no late policy: {error}. Its names are {names}.") from None


def fill_canvas(export: Path, filled: Path, lab: str, roster: dict[str, Row], totals: dict[str, float]) -> list[str]:
    """Write Canvas' exported grades again with a lab's totals in its column; the students that have no row there."""
    rows = read_table(export, ["Student", "ID"])
    named = [column for column in rows[0] if re.search(rf"\b(lab\s*)?0*{int(lab)}\b.*\(\d+\)$", column, re.IGNORECASE)]
    if len(named) != 1:
        raise ValueError(f"{export}: one column must be lab {lab}'s, such as 'Lab {lab} (1234)'; found are {named}.")
    known = {roster.get(student, {}).get("id") or student: student for student in totals}
    found = set()
    for row in rows:
        for key in ("ID", "SIS User ID", "SIS Login ID"):
            if (student := known.get(row.get(key, ""))) is not None:
                row[named[0]] = totals[student]
                found.add(student)
    write_table(filled, list(rows[0]), rows)
    return sorted(set(totals) - found)
