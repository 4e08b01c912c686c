"""The one source of a lab, `solutions/labNN_name.py`, as cells and exercises.

The file is in jupytext's percent form and opens as a notebook there; it is read here by hand, so that every complaint
can name its line.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

TIMED = ("id", "points", "minutes", "difficulty")
ROLES = {  # role -> its kind of cell (a prediction is code or words), what its metadata must have
    "header": ("markdown", ("id", "title", "minutes")),
    "text": ("markdown", ()),
    "given": ("code", ()),
    "demo": ("code", ()),
    "predict": (None, ()),
    "answer": ("code", TIMED),
    "stub": ("raw", ("id",)),
    "check": ("code", ("id",)),
    "misconception": ("raw", ("id", "cause", "says")),
    "free": ("markdown", (*TIMED, "rubric")),
}
PARTNERS = {"answer": ("stub", "check"), "stub": ("answer",), "check": ("answer",), "misconception": ("answer",)}
MARKER = re.compile(r"# %%(?: \[(?P<kind>markdown|raw)\])? mocolab=(?P<meta>\{.*\})\s*")
FILE = re.compile(r"lab(?P<number>\d\d)_(?P<name>\w+)\.py")


@dataclass(frozen=True)
class Cell:
    """One cell of a lab's source."""

    kind: str
    """code, markdown or raw."""
    source: str
    role: str
    id: str
    """Of the exercise it belongs to (the lab's for the header); empty for what belongs to none."""
    meta: dict[str, Any]
    line: int
    """Where its marker stands in the file."""
    name: str
    """Its id in a notebook: ex-1-1-answer, text-07."""


@dataclass(frozen=True)
class Exercise:
    """What is asked, answered, checked and known to go wrong under one id."""

    id: str
    points: int | float
    depends: tuple[str, ...]
    answer: Cell
    stub: Cell
    check: Cell
    misconceptions: tuple[Cell, ...]


@dataclass(frozen=True)
class Lab:
    """A lab's cells in their order; `digest` is the SHA-256 of its source."""

    number: str
    name: str
    path: Path
    cells: tuple[Cell, ...]
    digest: str

    @cached_property
    def exercises(self) -> dict[str, Exercise]:
        """The exercises that a machine grades, in their order."""
        found = {}
        for answer in (cell for cell in self.cells if cell.role == "answer"):
            own = {cell.role: cell for cell in self.cells if cell.id == answer.id}
            wrong = tuple(cell for cell in self.cells if (cell.role, cell.id) == ("misconception", answer.id))
            depends, points = tuple(answer.meta.get("depends", ())), answer.meta["points"]
            found[answer.id] = Exercise(answer.id, points, depends, answer, own["stub"], own["check"], wrong)
        return found

    @property
    def free(self) -> tuple[Cell, ...]:
        """The answers that a person grades."""
        return tuple(cell for cell in self.cells if cell.role == "free")

    def upstream(self, id: str) -> list[str]:
        """The exercises on which one depends, directly or through others, in their order."""
        direct = set(self.exercises[id].depends)
        needed = direct.union(*map(self.upstream, direct))
        return [other for other in self.exercises if other in needed]

    def given_before(self, id: str) -> list[Cell]:
        """The given cells that stand before an exercise's check."""
        return [cell for cell in self.cells if cell.role == "given" and cell.line < self.exercises[id].check.line]


def find(names: tuple[str, ...] = (), folder: Path = Path("solutions")) -> list[Path]:
    """The sources that are named by number ("01") or by path; all in the folder if none is named."""
    known = {path.stem[3:5]: path for path in sorted(folder.glob("lab*.py"))}
    if not names and not known:
        raise ValueError(f"{folder}/ holds no lab*.py: run this in the root of the course's repository.")
    paths = [known.get(name.removeprefix("lab"), Path(name)) for name in names or known]
    if absent := [path for path in paths if not path.is_file()]:
        given = ", ".join(known) or "none here"
        raise ValueError(f"{absent[0]} is not a lab's source: give a path, or a number ({given}).")
    return paths


def read(path: Path | str) -> Lab:
    """The lab in a source; `ValueError` that names file and line where it is not one."""
    path = Path(path)
    if not (named := FILE.fullmatch(path.name)):
        raise ValueError(f"{path}: a lab's source is named labNN_name.py.")
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("# %%")]
    ends = pairwise([*starts, len(lines)])
    cells = tuple(_cell(path, lines[start:end], start + 1, position) for position, (start, end) in enumerate(ends))
    if starts[:1] != [0] or (cells[0].role, cells[0].id) != ("header", named["number"]):
        raise ValueError(f'{path}:1: the first cell must be the header, with "id": "{named["number"]}".')
    _check_exercises(path, cells)
    return Lab(named["number"], named["name"], path, cells, hashlib.sha256(text.encode()).hexdigest())


def _cell(path: Path, lines: list[str], line: int, position: int) -> Cell:
    """The cell in some lines, of which the first is its marker."""
    where = f"{path}:{line}"
    if not (marker := MARKER.fullmatch(lines[0])):
        raise ValueError(f'{where}: a cell begins with `# %% mocolab={{"role": ...}}`, [markdown] or [raw] between.')
    try:
        meta = json.loads(marker["meta"])
    except json.JSONDecodeError as error:
        raise ValueError(f"{where}: the cell's metadata is not JSON: {error}.") from None
    role, id, kind, body = meta.get("role"), str(meta.get("id", "")), marker["kind"] or "code", lines[1:]
    if role not in ROLES:
        raise ValueError(f"{where}: {role!r} is not a role of a cell: choose from {', '.join(ROLES)}.")
    right, needed = ROLES[role]
    if right not in (None, kind):
        raise ValueError(f"{where}: a cell of role {role} is a {right} cell, this is a {kind} cell.")
    if missing := [name for name in needed if name not in meta]:
        raise ValueError(f"{where}: the {role} cell has no {' and no '.join(missing)}.")
    if kind != "code":
        if odd := [text for text in body if text and not text.startswith("#")]:
            raise ValueError(f"{where}: every line of a [markdown] or [raw] cell begins with #; {odd[0]!r} does not.")
        body = [text.removeprefix("#").removeprefix(" ") for text in body]
    name = f"ex-{id.replace('.', '-')}-{role}" if id and role != "header" else f"{role}-{position:02d}"
    return Cell(kind, "\n".join(body).strip("\n"), role, id, meta, line, name)


def _check_exercises(path: Path, cells: tuple[Cell, ...]) -> None:
    """Every exercise whole, every id once, and what an answer depends on before it."""
    seen: dict[tuple[str, str], int] = {}
    for cell in cells:
        where, key = f"{path}:{cell.line}", ("answer" if cell.role == "free" else cell.role, cell.id)
        if cell.id and cell.role != "misconception" and key in seen:
            raise ValueError(f"{where}: id {cell.id} repeats; its {cell.role} stands in line {seen[key]}.")
        if late := [id for id in cell.meta.get("depends", ()) if ("answer", id) not in seen]:
            raise ValueError(f"{where}: exercise {cell.id} depends on {late[0]}, which is not before it.")
        seen[key] = cell.line
    for cell in cells:
        if lacks := [role for role in PARTNERS.get(cell.role, ()) if (role, cell.id) not in seen]:
            raise ValueError(f"{path}:{cell.line}: the {cell.role} of exercise {cell.id} has no {lacks[0]} cell.")
