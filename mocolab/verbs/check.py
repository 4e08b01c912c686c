"""`mocolab check NOTEBOOK`: a student's own lab, run and compared with the public values, as a table of points."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from mocolab.course.bundles import among, judge, shipped
from mocolab.course.extract import answer, imports, objection, readable
from mocolab.course.intake import Submission
from mocolab.course.notebooks import new_notebook, read
from mocolab.course.release import execute
from mocolab.verbs.lab import LABS

RUN = ("given", "answer", "check")


@dataclass(frozen=True)
class Check:
    """Run the given cells, your answers and the checks of a lab, and say what each exercise earns and why."""

    notebook: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="NOTEBOOK")]
    """Your copy of a labs/labNN_name.ipynb."""
    seconds: int = 60
    """Time for one cell."""

    def run(self) -> None:
        if not self.notebook.is_file():
            raise ValueError(f"{self.notebook} is no file: name your copy of a lab (labNN_name.ipynb).")
        try:
            found = list(readable(Submission("", "", 0.0, self.notebook).read()))
        except ValueError as error:
            raise ValueError(f"{self.notebook}: {error}: name your copy of a lab (labNN_name.ipynb).") from None
        pristine = handed_out(self.notebook)
        lab = read(pristine or self.notebook)["cells"]
        cells = [cell for cell in lab if _about(cell).get("role") in RUN]
        answers = {_about(cell)["id"]: cell for cell in cells if _about(cell)["role"] == "answer"}
        if not answers and any(cell.role == "free" for cell in found):
            raise ValueError(f"{self.notebook} asks for words and files, not for answer cells: a person reads them.")
        if not answers:
            raise ValueError(f"{self.notebook} holds no answer cells: start from the lab as it was handed out.")
        allowed = imports([cell["source"] for cell in cells if cell not in answers.values()])
        objections = {}
        for id, cell in answers.items():
            source = answer(found, id, stub=cell["source"] if pristine else "").source or ""
            objections[id] = objection(source, _about(cell).get("forbid", ()), allowed)
            cell["source"] = source
        shown, _ = execute(new_notebook(cells), "smoke", self.seconds)
        total, right = 0.0, set()
        for id, cell in answers.items():
            own = [ran for one, ran in zip(cells, shown) if _about(one).get("id") == id]
            share, says = (0.0, objections[id]) if objections[id] else _mark_of(id, own)
            if share == 1:
                right.add(id)
            elif lean := " and ".join(other for other in _about(cell).get("depends", ()) if other not in right):
                says += f" (It uses your {lean}, which is not right yet; the grader lends a right one.)"
            points = _about(cell)["points"]
            total += share * points
            print(f"{id:<6}{share * points:>5.3g} of {points:<5g}{says}")
        for about in (_about(cell) for cell in lab if _about(cell).get("role") == "free"):
            print(f"{about['id']:<6}{'?':>5} of {about['points']:<5g}read by a person")
        most = sum(_about(cell)["points"] for cell in answers.values())
        print(f"{'':<6}{total:>5.3g} of {most:<5g}by the public numbers; the grader asks with others.")


def handed_out(notebook: Path) -> Path | None:
    """The lab as students get it, where it is at hand and not the notebook itself."""
    number = re.match(r"lab\d\d", notebook.name)
    labs = LABS.glob(f"{number[0]}_*.ipynb") if number else ()
    return next((lab for lab in labs if not lab.samefile(notebook)), None)


def _about(cell: dict[str, Any]) -> dict[str, Any]:
    return cell["metadata"].get("mocolab", {})


def _mark_of(id: str, own: list[dict[str, Any]]) -> tuple[float, str]:
    """(share of the points, reason) for what the answer and the check of an exercise have shown."""
    errors = [output for ran in own for output in ran["outputs"] if output["output_type"] == "error"]
    if errors:
        return 0.0, f"{errors[0]['ename']}: {errors[0]['evalue']}"
    share, said = judge(shipped(id), [None, *among(own[-1]["outputs"])][-1])
    return share, said[0] if said else "right"


def parse(arguments: Sequence[str]) -> Check:
    return tyro.cli(Check, prog="mocolab check", args=arguments)
