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
    if stale := [path for path in made if not path.exists() or f'"source": "{lab.digest}"' not in path.read_text()]:
        return [*found, *(f"{path} is not made from {lab.path} as it stands: {remedy}" for path in stale)]
    executed = notebooks.read(solved)
    costs = executed["metadata"]["mocolab"]["costs"]
    unrun = {"execution_count": None, "outputs": []}
    bare = [cell | unrun if cell["cell_type"] == "code" else cell for cell in executed["cells"]]
    stand = {solved: executed | {"cells": bare}, students: notebooks.read(students)}
    belong = {solved: notebooks.solution(lab, costs), students: notebooks.student(lab, costs)}
    edited = [path for path in stand if stand[path] != belong[path]]
    found += [f"{path} was edited by hand: change {lab.path} and {remedy}" for path in edited]
    return found + of_outputs(solved.name, executed, json.loads(key.read_text(encoding="utf-8")))


def of_leaks(solved: list[Lab], labs: Path) -> list[str]:
    """Lines of solutions that stand in a lab that students get, and not in the package."""
    public = set().union(*(_lines(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")))
    secret = {
        line: f"{lab.path}:{exercise.answer.line}"
        for lab in solved
        for exercise in lab.exercises.values()
        for line in _lines(exercise.answer.source) - _lines(exercise.stub.source) - public
        if len(line) >= LONG_ENOUGH
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
    found = []
    codes = [cell for cell in executed["cells"] if cell["cell_type"] == "code"]
    if [cell["execution_count"] for cell in codes] != list(range(1, len(codes) + 1)):
        found.append(f"{name}: its cells were not run once each, from top to bottom.")
    for cell in codes:
        found += [f"{name}, cell {cell['id']}: {fault}" for fault in _of_cell(cell)]
        about, shown = cell["metadata"]["mocolab"], [None, *among(cell["outputs"])][-1]
        if about["role"] == "check" and not compare(expected[about["id"]]["expected"], shown).passed:
            found.append(f"{name}, cell {cell['id']}: the solution does not pass its own check.")
    return found


def _of_cell(cell: dict[str, Any]) -> Iterator[str]:
    if (size := len(json.dumps(cell["outputs"]))) > HEAVIEST:
        yield f"its outputs have {size // 1000} kB: show less, at most {HEAVIEST // 1000}."
    for output in cell["outputs"]:
        data = {kind: "".join(part) for kind, part in output.get("data", {}).items() if isinstance(part, str | list)}
        shows = [*output.get("text", ""), *(part for kind, part in data.items() if kind.startswith("text/"))]
        words = INLINE.sub("", "".join(shows))
        if output["output_type"] == "error":
            yield f"it fails: {output['ename']}: {output['evalue']}"
        if output.get("name") == "stderr":
            yield f"it warns: {words.strip()[:200]!r}; mend the cause."
        for place in {str(Path.cwd()), str(Path.home()), sys.prefix, tempfile.gettempdir()} - {"/"}:
            if f"{place}/" in words:
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
    for name in stub | {name: ... for name in answer if not re.search(r"\.|^_", name)}:
        if stub.get(name) != answer.get(name):
            asked, answered = (side.get(name, "nothing") for side in (stub, answer))
            yield f"{where} and the answer disagree: {asked} and {answered}."
    for node in ast.walk(ast.parse(exercise.stub.source)):
        raises = rf"raise NotImplementedError\(['\"]Exercise {exercise.id}: "
        if isinstance(node, ast.FunctionDef) and not re.match(raises, ast.unparse(node.body[-1])):
            yield f'{where}: {node.name} must end in raise NotImplementedError("Exercise {exercise.id}: ...").'


def _signatures(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(qualified name, header) of the functions and classes that a module or class defines."""
    for child in node.body:
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            bare = type(child)(**vars(child) | {"body": [], "decorator_list": []})
            yield f"{prefix}{child.name}", ast.unparse(bare)
        if isinstance(child, ast.ClassDef):
            yield from _signatures(child, f"{prefix}{child.name}.")


def _lines(source: str) -> set[str]:
    return set(map(str.strip, source.splitlines()))
