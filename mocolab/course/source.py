"""The one source of a lab, `solutions/labNN_name.py`, as cells and exercises.

The file is in jupytext's percent form and opens as a notebook there; it is read here by hand, so that every complaint
can name its line.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

KINDS = {
    "header": "markdown",
    "text": "markdown",
    "given": "code",
    "demo": "code",
    "predict": None,  # code or words
    "answer": "code",
    "stub": "raw",
    "check": "code",
    "misconception": "raw",
    "free": "markdown",
}
NEEDED = {
    "header": ("id", "title", "minutes"),
    "answer": ("id", "points", "minutes", "difficulty"),
    "stub": ("id",),
    "check": ("id",),
    "misconception": ("id", "cause", "says"),
    "free": ("id", "points", "minutes", "difficulty", "rubric"),
}
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
        return {cell.id: self._exercise(cell) for cell in self.cells if cell.role == "answer"}

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

    def _exercise(self, answer: Cell) -> Exercise:
        own = {cell.role: cell for cell in self.cells if cell.id == answer.id}
        misconceptions = tuple(c for c in self.cells if c.role == "misconception" and c.id == answer.id)
        depends, points = tuple(answer.meta.get("depends", ())), answer.meta["points"]
        return Exercise(answer.id, points, depends, answer, own["stub"], own["check"], misconceptions)


def find(names: tuple[str, ...] = (), folder: Path = Path("solutions")) -> list[Path]:
    """The sources that are named by number ("01") or by path; all in the folder if none is named."""
    if not names:
        if not (paths := sorted(folder.glob("lab*.py"))):
            raise ValueError(f"{folder}/ holds no lab*.py: run this in the root of the course's repository.")
        return paths
    return [_find(name, folder) for name in names]


def _find(name: str, folder: Path) -> Path:
    matches = [Path(name)] if name.endswith(".py") else sorted(folder.glob(f"lab{name.removeprefix('lab')}*.py"))
    if len(matches) != 1 or not matches[0].is_file():
        known = ", ".join(path.stem for path in sorted(folder.glob("lab*.py")))
        raise ValueError(f"{name} does not name one lab's source: give a number or a path ({known or 'none here'}).")
    return matches[0]


def read(path: Path | str) -> Lab:
    """The lab in a source; `ValueError` that names file and line where it is not one."""
    path = Path(path)
    if not (named := FILE.fullmatch(path.name)):
        raise ValueError(f"{path}: a lab's source is named labNN_name.py.")
    text = path.read_text(encoding="utf-8")
    cells = tuple(_cells(path, text.splitlines()))
    if not cells or cells[0].role != "header" or cells[0].id != named["number"]:
        raise ValueError(f'{path}:1: the first cell must be the header, with "id": "{named["number"]}".')
    _check_exercises(path, cells)
    return Lab(named["number"], named["name"], path, cells, hashlib.sha256(text.encode()).hexdigest())


def _cells(path: Path, lines: list[str]) -> Iterator[Cell]:
    starts = [number for number, line in enumerate(lines) if line.startswith("# %%")]
    if starts[:1] != [0]:
        raise ValueError(f'{path}:1: the first line must begin a cell, as in `# %% mocolab={{"role": "given"}}`.')
    for position, (start, end) in enumerate(zip(starts, [*starts[1:], len(lines)])):
        where = f"{path}:{start + 1}"
        if not (marker := MARKER.fullmatch(lines[start])):
            raise ValueError(
                f'{where}: a cell begins with `# %% mocolab={{"role": ...}}`, [markdown] or [raw] between.'
            )
        kind = marker["kind"] or "code"
        body = lines[start + 1 : end] if kind == "code" else [_bare(line, where) for line in lines[start + 1 : end]]
        meta = _meta(marker["meta"], kind, where)
        id = str(meta.get("id", ""))
        lab_wide = not id or meta["role"] == "header"
        name = f"{meta['role']}-{position:02d}" if lab_wide else f"ex-{id.replace('.', '-')}-{meta['role']}"
        yield Cell(kind, "\n".join(body).strip("\n"), meta["role"], id, meta, start + 1, name)


def _bare(line: str, where: str) -> str:
    """A line of a Markdown or raw cell without its comment sign."""
    if line and not line.startswith("#"):
        raise ValueError(f"{where}: every line of a [markdown] or [raw] cell begins with #; {line!r} does not.")
    return line.removeprefix("# ") if line.startswith("# ") else line.removeprefix("#")


def _meta(text: str, kind: str, where: str) -> dict[str, Any]:
    try:
        meta = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{where}: the cell's metadata is not JSON: {error}.") from None
    role = meta.get("role")
    if role not in KINDS:
        raise ValueError(f"{where}: {role!r} is not a role of a cell: choose from {', '.join(KINDS)}.")
    if KINDS[role] not in (None, kind):
        raise ValueError(f"{where}: a cell of role {role} is a {KINDS[role]} cell, this is a {kind} cell.")
    if missing := [name for name in NEEDED.get(role, ()) if name not in meta]:
        raise ValueError(f"{where}: the {role} cell has no {' and no '.join(missing)}.")
    return meta


def _check_exercises(path: Path, cells: tuple[Cell, ...]) -> None:
    """Every exercise whole, every id once, and what an answer depends on before it."""
    seen: dict[tuple[str, str], int] = {}
    for cell in cells:
        key = ("answer" if cell.role == "free" else cell.role, cell.id)
        if cell.id and cell.role != "misconception" and seen.setdefault(key, cell.line) != cell.line:
            raise ValueError(f"{path}:{cell.line}: id {cell.id} repeats; its {cell.role} stands in line {seen[key]}.")
    answers = [cell for cell in cells if cell.role == "answer"]
    for cell in answers:
        for role in ("stub", "check"):
            if (role, cell.id) not in seen:
                raise ValueError(f"{path}:{cell.line}: exercise {cell.id} has no {role} cell.")
        earlier = {other.id for other in answers if other.line < cell.line}
        if late := set(cell.meta.get("depends", ())) - earlier:
            raise ValueError(f"{path}:{cell.line}: exercise {cell.id} depends on {late.pop()}, which is not before it.")
    known = {cell.id for cell in answers}
    for cell in cells:
        if cell.role in ("stub", "check", "misconception") and cell.id not in known:
            raise ValueError(f"{path}:{cell.line}: the {cell.role} belongs to exercise {cell.id}, which has no answer.")
