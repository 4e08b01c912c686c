"""The answers in a submitted notebook, and what can be said about them before they run.

Nothing else of a submission is used: not its checks, outputs, tags or kernel. Every value below may be hostile.
"""

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from mocolab.course.source import Exercise, Lab

MOST_CODE = 100_000  # characters of one answer
DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
NAME = re.compile(r"(?:ex-(?P<id>[\d-]+)-)?(?P<role>[a-z]+)(?:-\d\d)?")


@dataclass(frozen=True)
class Answer:
    """The code (or, of a free answer, the words) found for one exercise."""

    source: str | None
    """None where nothing was found."""
    notes: tuple[str, ...] = ()
    """How it was found, if not in its own place."""


@dataclass(frozen=True)
class Found:
    """A cell with a readable source, and the place that its metadata give it, or else its id in the notebook."""

    source: str
    role: str = ""
    id: object = ""
    tagged: bool = False


def answers(notebook: dict[str, Any], lab: Lab) -> dict[str, Answer]:
    """The answer to every exercise: by metadata, else by cell id, else by the names it defines."""
    cells = list(readable(notebook))
    found = {id: answer(cells, id, exercise.stub.source) for id, exercise in lab.exercises.items()}
    return found | {cell.id: _bearable(placed(cells, "free", cell.id)) for cell in lab.free}


def readable(notebook: dict[str, Any]) -> Iterator[Found]:
    """The cells of a notebook that can be read."""
    for cell in notebook["cells"]:
        match cell:
            case {"source": str(source)}:
                pass
            case {"source": [*lines]} if all(isinstance(line, str) for line in lines):
                source = "".join(lines)
            case _:
                continue
        match cell:
            case {"metadata": {"mocolab": {"role": str(role), **about}}}:
                yield Found(source, role, about.get("id", ""), tagged=True)
            case {"id": str(name)} if place := NAME.fullmatch(name):
                yield Found(source, place["role"], (place["id"] or "").replace("-", "."))
            case _:
                yield Found(source)


def placed(cells: list[Found], role: str, id: str) -> Answer:
    """What stands in a place: the last cell with its metadata, else the last one with its id."""
    found = [cell for cell in cells if (cell.role, cell.id) == (role, id)]
    if not (found := [cell for cell in found if cell.tagged] or found):
        return Answer(None, ("No answer was found.",))
    notes = [] if found[-1].tagged else ["The cell had lost its metadata and was found by its id."]
    if len(found) > 1:
        notes.append(f"{len(found)} cells answer this exercise: the last one counts.")
    return Answer(found[-1].source, tuple(notes))


def answer(cells: list[Found], id: str, stub: str) -> Answer:
    """The answer to an exercise: what stands in its place, but for the stub; else what defines the stub's names."""
    found, sources = placed(cells, "answer", id), [cell.source for cell in cells if cell.source.strip() != stub.strip()]
    last = {name: source for source in sources for name in defined(stub) & defined(source)}
    if last and (found.source is None or found.source.strip() == stub.strip()):
        source = "\n\n".join(dict.fromkeys(source for source in sources if source in last.values()))
        found = Answer(source, (f"Found outside its cell, by the name {' and '.join(sorted(last))}.",))
    return _bearable(found)


def objection(source: str, forbidden: Collection[str], allowed: set[str]) -> str | None:
    """Why an answer earns nothing whatever its values are: it imports what it should write. None if it does not."""
    homes = tuple(f"{home}." for home in allowed - {"mocolab"})
    for node in _walk(source):
        imported = _imported(node)
        for name in imported:
            if f"{name}.".startswith("mocolab.") and not f"{name}.".startswith(homes):
                return f"Your answer imports {name[:80]}: write it yourself, the package is the answer key."
        for name in (_last_name(node), *(name.split(".")[-1] for name in imported)):
            if name in forbidden:
                return f"Your answer uses {name}, which is the exercise: write it yourself."
    return None


def imports(sources: list[str]) -> set[str]:
    """What some code imports; of `from a import b` both a and a.b, as b may be a module."""
    return {name for source in sources for node in _walk(source) for name in _imported(node)}


def reaches_out(source: str, exercise: Exercise) -> bool:
    """Whether an answer may do more, when its cell runs, than define what was asked for."""
    body, asked = _body(source), defined(exercise.answer.source)
    extra = [node for node in body if not isinstance(node, ast.Import | ast.ImportFrom | DEFINITIONS)]
    return bool(extra) or not defined(source) <= asked or not body


def defined(source: str) -> set[str]:
    """The functions and classes that some code defines at its top."""
    return {node.name for node in _body(source) if isinstance(node, DEFINITIONS)}


def _bearable(answer: Answer) -> Answer:
    """The answer, if it can be read and written down."""
    size = len(answer.source or "")
    if size > MOST_CODE:
        return Answer(None, (f"The answer has {size:,} characters; at most {MOST_CODE:,} are read.",))
    if re.search(r"[\ud800-\udfff]", answer.source or ""):
        return Answer(None, ("The answer holds characters that no file can hold.",))
    return answer


def _body(source: str) -> list[ast.stmt]:
    """The statements of some code; none if it cannot be read, or for the magics of a notebook."""
    try:
        return ast.parse(source).body if len(source) <= MOST_CODE else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # all that hostile text may raise
        return []


def _walk(source: str) -> Iterator[ast.AST]:
    return (node for statement in _body(source) for node in ast.walk(statement))


def _imported(node: ast.AST) -> list[str]:
    """What a node imports, by a statement or by a call that names it."""
    match node:
        case ast.Import(names):
            return [alias.name for alias in names]
        case ast.ImportFrom(str(module), names):
            return [module, *(f"{module}.{alias.name}" for alias in names)]
        case ast.Call(function, arguments) if _last_name(function) in ("import_module", "__import__"):
            return [one.value for one in arguments if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return []


def _last_name(node: ast.AST) -> str | None:
    """The name by which a node uses something: of `torch.nn.GRU`, GRU."""
    return getattr(node, "attr", getattr(node, "id", None))
