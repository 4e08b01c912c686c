"""What a released lab must not have, found without running anything; every fault is one sentence."""

import ast
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mocolab
from mocolab.course import notebooks
from mocolab.course.bundles import KEYS, among, compare
from mocolab.course.notebooks import Notebook
from mocolab.course.source import Exercise, Lab

LONG_ENOUGH = 20  # characters of a line that gives something away
HEAVIEST = 300_000  # characters of one cell's outputs
PICTURE = re.compile(r"!\[(?P<alt>[^\]]*)\]\(|<(?:img|video)\b[^>]*>")
DESCRIBED = re.compile(r"\b(?:alt|aria-label)=(\"[^\"]+\"|'[^']+')")
INLINE = re.compile(r"base64,[^\"']*")
ADDRESS = re.compile(r"\b0x[0-9a-f]{8,}\b")
PACKAGE = Path(mocolab.__file__).parent


def places(lab: Lab, labs: Path, keys: Path) -> tuple[Path, Path, Path]:
    """Where what is made from a lab's source stands: expected values, solution, the student's lab."""
    return keys / f"lab{lab.number}.json", lab.path.with_suffix(".ipynb"), labs / f"{lab.path.stem}.ipynb"


def of_lab(lab: Lab, labs: Path, keys: Path = KEYS) -> list[str]:
    """All faults of a lab and of what was released from it."""
    texts = [cell for cell in lab.cells if cell.kind == "markdown"]
    found = [f"{lab.path}:{cell.line}: {fault}" for cell in texts for fault in _undescribed(cell.source)]
    found += [fault for exercise in lab.exercises.values() for fault in _of_stub(lab, exercise)]
    key, solved, students = made = places(lab, labs, keys)
    remedy = f"run `mocolab release {lab.number}`."
    if stale := [path for path in made if _digest(path) != lab.digest]:
        return [*found, *(f"{path} is not made from {lab.path} as it stands: {remedy}" for path in stale)]
    executed, given = notebooks.read(solved), notebooks.read(students)
    costs = executed["metadata"]["mocolab"]["costs"]
    for path, notebook, make in ((solved, _bare(executed), notebooks.solution), (students, given, notebooks.student)):
        if notebook != make(lab, costs):
            found.append(f"{path} was edited by hand: change {lab.path} and {remedy}")
    return found + of_outputs(solved.name, executed, json.loads(key.read_text(encoding="utf-8")))


def of_leaks(solved: list[Lab], labs: Path) -> list[str]:
    """Lines of solutions that stand in a lab that students get, and not in the package."""
    public = {line.strip() for path in PACKAGE.rglob("*.py") for line in path.read_text(encoding="utf-8").splitlines()}
    secret = {
        line: f"{lab.path}:{exercise.answer.line}"
        for lab in solved
        for exercise in lab.exercises.values()
        for line in _telling_lines(exercise.answer.source) - public
    }
    return [
        f"{path}, cell {cell['id']}: it gives away a line of the answer in {where}: {line!r}."
        for path in sorted(labs.glob("*.ipynb"))
        for cell in notebooks.read(path)["cells"]
        for line, where in secret.items()
        if line in cell["source"]
    ]


def of_outputs(name: str, executed: Notebook, expected: dict[str, Any]) -> list[str]:
    """Faults of an executed notebook: what fails, warns, changes from run to run or is not described."""
    codes = [cell for cell in executed["cells"] if cell["cell_type"] == "code"]
    found = [f"{name}, cell {cell['id']}: {fault}" for cell in codes for fault in _of_cell(cell)]
    if [cell["execution_count"] for cell in codes] != list(range(1, len(codes) + 1)):
        found.append(f"{name}: its cells were not run once each, from top to bottom.")
    for cell in codes:
        role, id = (cell["metadata"]["mocolab"].get(part) for part in ("role", "id"))
        if role == "check" and not compare(expected[id]["expected"], shown(cell)).passed:
            found.append(f"{name}, cell {cell['id']}: the solution does not pass its own check.")
    return found


def shown(cell: dict[str, Any]) -> Any:
    """The bundle that an executed check cell shows, or None."""
    bundles = among(cell["outputs"])
    return bundles[-1] if bundles else None


def _of_cell(cell: dict[str, Any]) -> Iterator[str]:
    machine = {str(Path.cwd()), str(Path.home()), sys.prefix, tempfile.gettempdir()} - {"/"}
    written = json.dumps(cell["outputs"])
    if len(written) > HEAVIEST:
        yield f"its outputs have {len(written) // 1000} kB: show less, at most {HEAVIEST // 1000}."
    for output in cell["outputs"]:
        data = {kind: "".join(part) for kind, part in output.get("data", {}).items() if isinstance(part, str | list)}
        shows = [*output.get("text", ""), *(part for kind, part in data.items() if kind.startswith("text/"))]
        words = INLINE.sub("", "".join(shows))
        if output["output_type"] == "error":
            yield f"it fails: {output['ename']}: {output['evalue']}"
        if output.get("name") == "stderr":
            yield f"it warns: {words.strip()[:200]!r}; mend the cause."
        if place := next((place for place in machine if f"{place}/" in words), None):
            yield f"it shows a path of this machine, below {place}."
        if address := ADDRESS.search(words):
            yield f"it shows an address in memory, {address[0]}, that every run changes."
        if any(kind.startswith("image/") for kind in data):
            yield "it shows a picture without a description: show it by mocolab.display, with alt=..."
        yield from _undescribed(data.get("text/html", ""))


def _undescribed(text: str) -> Iterator[str]:
    for picture in PICTURE.finditer(text):
        if not (picture["alt"] or DESCRIBED.search(picture[0])):
            yield f"a picture has no description: {picture[0][:60]!r}."


def _of_stub(lab: Lab, exercise: Exercise) -> Iterator[str]:
    """The stub must offer what the answer defines, with the same signatures, and do nothing but raise."""
    where = f"{lab.path}:{exercise.stub.line}: the stub of {exercise.id}"
    try:
        stub, answer = (dict(_signatures(ast.parse(cell.source))) for cell in (exercise.stub, exercise.answer))
    except SyntaxError as error:
        yield f"{where} or its answer is not Python: {error}."
        return
    for name in stub | {name: ... for name in answer if "." not in name and not name.startswith("_")}:
        if stub.get(name) != answer.get(name):
            asked, answered = (side.get(name, "nothing") for side in (stub, answer))
            yield f"{where} and the answer disagree: {asked} and {answered}."
    for node in ast.walk(ast.parse(exercise.stub.source)):
        if isinstance(node, ast.FunctionDef) and not _raises(node, exercise.id):
            yield f'{where}: {node.name} must end in raise NotImplementedError("Exercise {exercise.id}: ...").'


def _signatures(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(qualified name, header) of the functions and classes that a module or class defines."""
    for child in node.body:
        if isinstance(child, ast.FunctionDef):
            returns = f" -> {ast.unparse(child.returns)}" if child.returns else ""
            yield f"{prefix}{child.name}", f"def {prefix}{child.name}({ast.unparse(child.args)}){returns}"
        elif isinstance(child, ast.ClassDef):
            yield f"{prefix}{child.name}", f"class {child.name}({', '.join(map(ast.unparse, child.bases))})"
            yield from _signatures(child, f"{prefix}{child.name}.")


def _raises(function: ast.FunctionDef, id: str) -> bool:
    match function.body[-1]:
        case ast.Raise(ast.Call(ast.Name("NotImplementedError"), [ast.Constant(str(says))])):
            return says.startswith(f"Exercise {id}: ")
    return False


def _telling_lines(source: str) -> set[str]:
    """Lines of an answer that give something away: long, and neither header nor docstring, which the stub has too."""
    lines, told = source.splitlines(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            told |= set(range(node.lineno, body[0].lineno if body else node.end_lineno + 1))
    kept = (line.strip() for number, line in enumerate(lines, 1) if number not in told)
    return {line for line in kept if len(line) >= LONG_ENOUGH}


def _digest(path: Path) -> str | None:
    """The digest of the source that a released file was made from."""
    if not path.exists():
        return None
    made = json.loads(path.read_text(encoding="utf-8"))
    return made["source"] if "source" in made else made["metadata"].get("mocolab", {}).get("source")


def _bare(executed: Notebook) -> Notebook:
    """An executed notebook as it was before."""
    cleared = {"execution_count": None, "outputs": []}
    cells = [cell | cleared if cell["cell_type"] == "code" else cell for cell in executed["cells"]]
    return executed | {"cells": cells}
