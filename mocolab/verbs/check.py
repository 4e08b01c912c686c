"""`mocolab check NOTEBOOK`: a student's own lab, run and compared with the public values, as a table of points."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from mocolab.course import faults, notebooks
from mocolab.course.bundles import compare, recognise, shipped
from mocolab.course.notebooks import Notebook
from mocolab.course.release import execute

RUN = ("given", "answer", "check")


@dataclass(frozen=True)
class Check:
    """Run the given cells, your answers and the checks of a lab, and say what each exercise earns and why."""

    notebook: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="NOTEBOOK")]
    """Your copy of a labs/labNN_name.ipynb."""
    seconds: int = 60
    """Time for one cell."""

    def run(self) -> None:
        cells = [cell for cell in _read(self.notebook)["cells"] if _mark(cell).get("role") in RUN]
        answers = {_mark(cell)["id"]: _mark(cell)["points"] for cell in cells if _mark(cell)["role"] == "answer"}
        if not answers:
            raise ValueError(f"{self.notebook} holds no answer cells: start from the lab as it was handed out.")
        shown, _ = execute({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, "smoke", self.seconds)
        total = 0.0
        for id, points in answers.items():
            own = [ran for cell, ran in zip(cells, shown) if _mark(cell).get("id") == id]
            share, says = _mark_of(id, own)
            total += share * points
            print(f"{id:<6}{share * points:>5.3g} of {points:<5g}{says}")
        print(f"{'':<6}{total:>5.3g} of {sum(answers.values()):<5g}by the public numbers; the grader asks with others.")


def _read(path: Path) -> Notebook:
    try:
        return notebooks.read(path)
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is not a notebook: {error!r}.") from None


def _mark(cell: dict[str, Any]) -> dict[str, Any]:
    return cell["metadata"].get("mocolab", {})


def _mark_of(id: str, own: list[dict[str, Any]]) -> tuple[float, str]:
    """(share of the points, reason) for what the answer and the check of an exercise have shown."""
    errors = [output for ran in own for output in ran["outputs"] if output["output_type"] == "error"]
    if errors:
        return 0.0, f"{errors[0]['ename']}: {errors[0]['evalue']}"
    expected, misconceptions = shipped(id)
    given = faults.shown(own[-1])
    verdict = compare(expected, given)
    if verdict.passed:
        return 1.0, "right"
    return verdict.share, recognise(given, misconceptions) or verdict.differences[0]


def parse(arguments: Sequence[str]) -> Check:
    return tyro.cli(Check, prog="mocolab check", args=arguments)
