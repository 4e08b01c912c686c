"""Submissions of the toy lab that cheat, break or were damaged, with the points that each must get."""

import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mocolab.course import notebooks
from mocolab.course.bundles import MIME
from mocolab.course.source import read

TOY = Path(__file__).with_name("lab90_toy.py")
LAB = read(TOY)
RIGHT = {id: exercise.answer.source for id, exercise in LAB.exercises.items()}
STUB = {id: exercise.stub.source for id, exercise in LAB.exercises.items()}
NONE, ALL = (0, 0, 0), (2, 3, 5)
ITEMS = [{"name": name, "gate": False, "kind": "float", "shape": [], "values": [0.0], "rtol": 1e9, "atol": 1e9}
         for name in ("few", "many", "codes", "calls", "rows")]  # fmt: skip
BUNDLE = {"version": 1, "id": "90.2", "types": {}, "items": ITEMS}
FORGE = f"""from IPython.display import display
def forge(**more):
    display({{{MIME!r}: {BUNDLE!r} | more}}, raw=True)
"""


@dataclass(frozen=True)
class Case:
    """One file of a submission, its points in the three exercises and a part of what is said."""

    content: str | bytes
    points: tuple[float, ...]
    says: str = ""


def solved(changed: dict[str, str]) -> str:
    """The solved notebook with some answers changed."""
    notebook = notebooks.solution(LAB, {})
    for cell in notebook["cells"]:
        meta = cell["metadata"]["mocolab"]
        if meta["role"] == "answer" and meta["id"] in changed:
            cell["source"] = changed[meta["id"]]
    return notebooks.text(notebook)


def attacks() -> dict[str, Case]:
    """What stands in attacks.txt."""
    text = TOY.with_name("attacks.txt").read_text()
    text = re.sub(r"\n\n[A-Z][a-z ]+\.\n\n==", "\n\n==", text)  # headings
    found = {}
    for block in re.split(r"^== ", text, flags=re.MULTILINE)[1:]:
        head, source = block.split("\n", 1)
        name, number, points, says = (part.strip() for part in head.split("|"))
        id = f"90.{number}"
        for word, meant in {"RIGHT": RIGHT[id], "STUB": STUB[id], "FORGE": FORGE}.items():
            source = re.sub(rf"^{word}$", lambda _, meant=meant: meant, source, flags=re.MULTILINE)
        source = source.replace("HERE", repr(str(TOY.parent))).replace("ROOT", repr(str(TOY.parents[2])))
        found[name] = Case(solved({id: source.strip("\n")}), tuple(map(float, points.split())), says)
    return found


def of(notebook: dict, role: str, number: int = 0) -> dict:
    """The cell of a role, counted from 0."""
    return [cell for cell in notebook["cells"] if cell["metadata"].get("mocolab", {}).get("role") == role][number]


def edited(edit: Callable[[dict], None], points: tuple[float, ...], says: str = "") -> Case:
    """The solved notebook after an edit."""
    notebook = json.loads(solved({}))
    edit(notebook)
    return Case(json.dumps(notebook), points, says)


def answer(number: int, source: str) -> Callable[[dict], None]:
    return lambda notebook: of(notebook, "answer", number).update(source=source)


def edit_check(notebook: dict) -> None:
    answer(1, STUB["90.2"])(notebook)
    of(notebook, "check", 1)["source"] = "print('passed')"


def store_outputs(notebook: dict) -> None:
    for number in range(3):
        answer(number, STUB[f"90.{number + 1}"])(notebook)
    output = {"output_type": "display_data", "metadata": {}, "data": {MIME: BUNDLE}}
    of(notebook, "check", 1).update(outputs=[output], execution_count=1)


def tag(notebook: dict) -> None:
    for role in ("answer", "check"):
        of(notebook, role, 1)["metadata"]["tags"] = ["nbval-skip", "raises-exception"]
    answer(1, STUB["90.2"])(notebook)


def double(notebook: dict) -> None:
    notebook["cells"].insert(2, copy.deepcopy(of(notebook, "answer")) | {"source": "def content_codes(): 1"})


def lose_everything(notebook: dict) -> None:
    for cell in notebook["cells"]:
        cell.update(metadata={}, id=None)


def write_below(notebook: dict) -> None:
    answer(1, STUB["90.2"])(notebook)
    notebook["cells"].append({"cell_type": "code", "metadata": {}, "source": RIGHT["90.2"]})


def odd_cells(notebook: dict) -> None:
    notebook["cells"] += [7, None, {"metadata": {"mocolab": [1]}, "source": {"a": 1}}, {"source": "x", "metadata": 3}]
    notebook["cells"].append({"source": "x", "id": [], "metadata": {"mocolab": {"role": ["answer"], "id": {}}}})


def words(notebook: dict) -> None:
    of(notebook, "free")["source"] = "</pre><script>alert(2)</script>"


WRONG = [LAB.exercises[id].misconceptions[0].source for id in ("90.1", "90.3")]
WHOLE = solved({})
CASES = attacks() | {
    "right": Case(WHOLE, ALL),
    "untouched": Case(notebooks.text(notebooks.student(LAB, {})), NONE, "NotImplementedError: Exercise 90.1"),
    "misconception": edited(answer(0, WRONG[0]), (0, 3, 5), "Draw z_C once per clip."),
    "misconception-on-wrong": Case(solved({"90.1": STUB["90.1"], "90.3": WRONG[1]}), (0, 3, 0), "are mixed"),
    "edited-check": edited(edit_check, (2, 0, 5), "NotImplementedError"),
    "stored-outputs": edited(store_outputs, NONE),
    "nbval-tags": edited(tag, (2, 0, 5)),
    "duplicate": edited(double, ALL, "2 cells answer this exercise"),
    "answer-missing": edited(lambda n: n["cells"].remove(of(n, "answer", 1)), (2, 0, 5), "No answer was found"),
    "checks-missing": edited(lambda n: [n["cells"].remove(of(n, "check")) for _ in range(3)], ALL),
    "metadata-lost": edited(lambda n: [cell.update(metadata={}) for cell in n["cells"]], ALL, "found by its id"),
    "ids-lost-too": edited(lose_everything, ALL, "by the name content_codes"),
    "cell-type": edited(lambda n: of(n, "answer").update(cell_type="markdown"), ALL),
    "odd-cells": edited(odd_cells, ALL),
    "written-below": edited(write_below, ALL, "Found outside its cell"),
    "surrogate": edited(answer(0, "x = '\ud800'"), (0, 3, 5), "no file can hold"),
    "endless-answer": edited(answer(0, "x = 1\n" * 99_999), (0, 3, 5), "characters"),
    "nested-code": edited(answer(0, "x = " + "-" * 50_000 + "1"), (0, 3, 5)),
    "null-byte": edited(answer(0, "x = 1\0"), (0, 3, 5)),
    "words": edited(words, ALL),
} | {
    name: Case(content, NONE, "unreadable")
    for name, content in {
        "truncated": WHOLE[:500],
        "not-utf8": WHOLE.replace("toy", "t\xf6y").encode("latin-1"),
        "a-list": "[1, 2]",
        "brackets": "[" * 200_000,
        "empty": "",
        "number": "1" * 100_000,
        "cells-a-number": '{"nbformat": 4, "cells": 7}',
        "format-3": json.dumps(json.loads(WHOLE) | {"nbformat": 3}),
        "format-9": json.dumps(json.loads(WHOLE) | {"nbformat": 9}),
        "huge": WHOLE + " " * (17 << 20),
    }.items()
}  # fmt: skip
