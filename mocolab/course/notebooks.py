"""A lab's two notebooks, made from its source: the student's, with stubs and no outputs, and the solution."""

import json
from pathlib import Path
from typing import Any

from mocolab.course.source import Cell, Lab

Notebook = dict[str, Any]
Costs = dict[str, dict[str, int]]
"""What running the whole solution costs: {tier: {"seconds": 12, "megabytes": 430}}."""

TIERS = {
    "smoke": "tier smoke: to see that it runs",
    "cpu": "tier cpu: a laptop, the default",
    "gpu": "tier gpu: the paper's size, with a GPU",
}
TEACHERS = ("rubric",)  # metadata that students do not get


def student(lab: Lab, costs: Costs) -> Notebook:
    """What students get: the written stubs in the place of the answers."""
    return _notebook(lab, costs, lambda cell: lab.exercises[cell.id].stub.source)


def solution(lab: Lab, costs: Costs) -> Notebook:
    """The lab as solved, before it is executed."""
    return _notebook(lab, costs, lambda cell: cell.source)


def text(notebook: Notebook) -> str:
    """The file of a notebook, as Jupyter itself writes it, so that opening and saving changes nothing."""
    cells = [cell | {"source": cell["source"].splitlines(keepends=True)} for cell in notebook["cells"]]
    return json.dumps(notebook | {"cells": cells}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def read(path: Path) -> Notebook:
    """The notebook in a file of ours, every source one string."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [cell | {"source": "".join(cell["source"])} for cell in notebook["cells"]]
    return notebook | {"cells": cells}


def _notebook(lab: Lab, costs: Costs, answer) -> Notebook:
    cells = [cell for cell in lab.cells if cell.role not in ("stub", "misconception")]
    sources = {"header": lambda cell: f"{cell.source}\n\n{_cost_table(costs)}", "answer": answer}
    return {
        "cells": [_cell(cell, sources.get(cell.role, lambda cell: cell.source)(cell)) for cell in cells],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "mocolab": {"lab": lab.number, "source": lab.digest, "costs": costs},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cell(cell: Cell, source: str) -> dict[str, Any]:
    meta = {key: value for key, value in cell.meta.items() if key not in TEACHERS}
    made = {"cell_type": cell.kind, "id": cell.name, "metadata": {"mocolab": meta}, "source": source}
    return made | ({"execution_count": None, "outputs": []} if cell.kind == "code" else {})


def _cost_table(costs: Costs) -> str:
    rows = [
        f"| {said} | {costs[tier]['seconds']} | {costs[tier]['megabytes']} |"
        for tier, said in TIERS.items()
        if tier in costs
    ]
    return "\n".join(["| all cells, solved, on one core | seconds | peak MB |", "| --- | ---: | ---: |", *rows])
