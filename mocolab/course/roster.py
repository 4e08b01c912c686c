"""Tables that a teacher keeps: the class, marks given by a person, when work is late, the grades of Canvas."""

import json
import math
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mocolab.course.intake import proper_name
from mocolab.tables import Row, read_table, write_table

MARK = re.compile(r"(\d+([.,]\d+)?)?")


def read_roster(path: Path | None) -> dict[str, Row]:
    """{student: row}, of a csv with a column student, and, where known, id: an export's number."""
    return {proper_name(row["student"]): row for row in read_table(path, "student")} if path else {}


def read_marks(path: Path) -> dict[tuple[str, str], Row]:
    """Marks given by a person, {(student, exercise): row with points and reason}; they stand above the machine's."""
    rows = read_table(path, "student", "exercise") if path.exists() else []
    if odd := [row for row in rows if not MARK.fullmatch(row.get("points", "?"))]:
        raise ValueError(f"{path}: under points there must be a number or nothing, which is not so in {odd[0]}.")
    return {(proper_name(row["student"].removeprefix("'")), row["exercise"]): row for row in rows}


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
    rows = read_table(export)
    columns = list(rows[0]) if rows else []
    named = [column for column in columns if re.search(rf"\b(lab\s*)?0*{int(lab)}\b.*\(\d+\)$", column, re.IGNORECASE)]
    if len(named) != 1:
        raise ValueError(f"{export}: one column must be lab {lab}'s, such as 'Lab {lab} (1234)'; found are {named}.")
    missing = {roster.get(student, {}).get("id") or student: student for student in totals}
    for row in rows:
        for key in ("ID", "SIS User ID", "SIS Login ID"):
            if student := missing.pop(row.get(key), None):
                row[named[0]] = totals[student]
    write_table(filled, columns, rows)
    return sorted(missing.values())
