"""The answers in a submitted notebook, and what can be said about them before they run.

Nothing else of a submission is used: not its checks, outputs, tags or kernel. Every value below may be hostile.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mocolab.course.source import Cell, Exercise, Lab

MOST_CODE = 100_000  # characters of one answer
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)  # all that ast.parse raises on hostile text
DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Answer:
    """The code (or, of a free answer, the words) found for one exercise."""

    source: str | None
    """None where nothing was found."""
    notes: tuple[str, ...] = ()
    """How it was found, if not in its own place."""


def answers(notebook: dict[str, Any], lab: Lab) -> dict[str, Answer]:
    """The answer to every exercise: by metadata, else by cell id, else by the names it defines."""
    cells = list(_cells(notebook))
    found = {id: _answer(cells, exercise) for id, exercise in lab.exercises.items()}
    return found | {cell.id: _placed(cells, cell) for cell in lab.free}


def objection(source: str, exercise: Exercise, allowed: set[str]) -> str | None:
    """Why an answer earns nothing whatever its values are: it imports what it should write. None if it does not."""
    forbidden = set(exercise.answer.meta.get("forbid", ()))
    for node in _walk(source):
        for name in _imported(node):
            if name.split(".")[0] == "mocolab" and not any(f"{name}.".startswith(f"{home}.") for home in allowed):
                return f"Your answer imports {name[:80]}: write it yourself, the package is the answer key."
        if hit := {name for name in forbidden if f".{_dotted(node)}".endswith(f".{name}")}:
            return f"Your answer uses {hit.pop()}, which is the exercise: write it yourself."
    return None


def imports(sources: list[str]) -> set[str]:
    """The modules that some code imports."""
    return {name for source in sources for node in _walk(source) for name in _imported(node)}


def reaches_out(source: str, exercise: Exercise, lab: Lab) -> bool:
    """Whether an answer may change, when its cell runs, what the checks of other exercises use."""
    others = [c.source for c in lab.cells if c.role in ("given", "answer", "check") and c.id != exercise.id]
    used = {node.id for other in others for node in _walk(other) if isinstance(node, ast.Name)}
    own = defined(exercise.answer.source)
    for node in _walk(source, into_definitions=False):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            return True
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            if not isinstance(node, ast.Name) or node.id in used - own:
                return True
    magics = any(line.lstrip().startswith(("%", "!")) for line in source.splitlines())
    return magics or bool(defined(source) & used - own)


def defined(source: str) -> set[str]:
    """The functions and classes that some code defines at its top."""
    return {node.name for node in _body(source) if isinstance(node, DEFINITIONS)}


def _cells(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The cells that have a readable source, as one string."""
    for cell in notebook["cells"]:
        source = cell.get("source") if isinstance(cell, dict) else None
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if isinstance(source, str):
            meta = cell.get("metadata")
            meta = meta.get("mocolab") if isinstance(meta, dict) else None
            meta = meta if isinstance(meta, dict) else {}
            yield {"source": source, "id": cell.get("id"), "place": (meta.get("role"), meta.get("id"))}


def _placed(cells: list[dict], cell: Cell) -> Answer:
    """What stands in the place of a cell: the last one with its metadata, else the last one with its id."""
    tagged = [found for found in cells if found["place"] == (cell.role, cell.id)]
    if not (places := tagged or [found for found in cells if found["id"] == cell.name]):
        return Answer(None, ("No answer was found.",))
    notes = [] if tagged else ["The cell had lost its metadata and was found by its id."]
    if len(places) > 1:
        notes.append(f"{len(places)} cells answer this exercise: the last one counts.")
    return _checked(places[-1]["source"], notes)


def _answer(cells: list[dict], exercise: Exercise) -> Answer:
    placed = _placed(cells, exercise.answer)
    if placed.source is not None and placed.source.strip() != exercise.stub.source.strip():
        return placed
    wanted, stub = defined(exercise.answer.source), exercise.stub.source.strip()
    sources = [cell["source"] for cell in cells if cell["source"].strip() != stub]
    last = {name: source for source in sources for name in wanted & defined(source)}
    if not last:
        return placed
    source = "\n\n".join(dict.fromkeys(source for source in sources if source in last.values()))
    return _checked(source, [f"Found outside its cell, by the name {' and '.join(sorted(last))}."])


def _checked(source: str, notes: list[str]) -> Answer:
    if len(source) > MOST_CODE:
        return Answer(None, (f"The answer has {len(source):,} characters; at most {MOST_CODE:,} are read.",))
    try:
        source.encode()
    except UnicodeEncodeError:
        return Answer(None, ("The answer holds characters that no file can hold.",))
    return Answer(source, tuple(notes))


def _body(source: str) -> list[ast.stmt]:
    """The statements of some code; none if it cannot be read, or for the magics of a notebook."""
    try:
        return ast.parse(source).body if len(source) <= MOST_CODE else []
    except UNREADABLE:
        return []


def _walk(source: str, into_definitions: bool = True) -> Iterator[ast.AST]:
    todo: list[ast.AST] = list(_body(source))
    while todo:
        node = todo.pop()
        yield node
        if into_definitions or not isinstance(node, DEFINITIONS):
            todo += ast.iter_child_nodes(node)


def _imported(node: ast.AST) -> list[str]:
    """The modules that a node imports, by a statement or by a call that names them."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module] if node.module else []
    if isinstance(node, ast.Call) and _dotted(node.func).split(".")[-1] in ("import_module", "__import__"):
        return [value.value for value in node.args if isinstance(value, ast.Constant) and isinstance(value.value, str)]
    return []


def _dotted(node: ast.AST) -> str:
    """A name with its dots, as 'torch.nn.GRU'; of an attribute of something nameless, as 'f(x).expand', '.expand'."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return ".".join([node.id if isinstance(node, ast.Name) else "", *parts])
