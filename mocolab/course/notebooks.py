"""A lab's two notebooks, made from its source: the student's, with stubs and no outputs, and the solution."""

import json
import tomllib
from pathlib import Path
from typing import Any

from mocolab.course.source import Lab

Notebook = dict[str, Any]
Costs = dict[str, dict[str, int]]
"""What running the whole solution costs: {tier: {"seconds": 12, "megabytes": 430}}."""

TIERS = {
    "smoke": "tier smoke: to see that it runs",
    "cpu": "tier cpu: a laptop, the default",
    "gpu": "tier gpu: the paper's size, with a GPU",
}
SECRET = "rubric"  # metadata that students do not get
PROJECT = Path(__file__).parents[2] / "pyproject.toml"
COLAB = """# On Colab this installs what is missing; elsewhere it does nothing.
from importlib.util import find_spec

if not find_spec("mocolab"):
    %pip install -q "mocolab @ git+{address}\""""


def student(lab: Lab, costs: Costs) -> Notebook:
    """What students get: the written stubs in the place of the answers."""
    return _whole(lab, costs, {one.answer.name: one.stub.source for one in lab.exercises.values()})


def solution(lab: Lab, costs: Costs) -> Notebook:
    """The lab as solved, before it is executed."""
    return _whole(lab, costs, {})


def repository() -> str:
    """The address that the course has on the network: Repository under [project.urls] in pyproject.toml; else empty."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"] if PROJECT.exists() else {}
    return project.get("urls", {}).get("Repository", "")


def text(notebook: Notebook) -> str:
    """The file of a notebook, as Jupyter itself writes it, so that opening and saving changes nothing."""
    cells = [cell | {"source": cell["source"].splitlines(keepends=True)} for cell in notebook["cells"]]
    return json.dumps(notebook | {"cells": cells}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def read(path: Path) -> Notebook:
    """The notebook in a file of ours, every source one string."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [cell | {"source": "".join(cell["source"])} for cell in notebook["cells"]]
    return notebook | {"cells": cells}


def new_notebook(cells: list[dict[str, Any]], **about: Any) -> Notebook:
    """A notebook in Python, ours by what stands under mocolab in its metadata."""
    language = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": language, "language_info": {"name": "python"}, "mocolab": about}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def new_cell(kind: str, name: str, source: str, about: dict[str, Any]) -> dict[str, Any]:
    """A cell that was not run."""
    made = {"cell_type": kind, "id": name, "metadata": {"mocolab": about}, "source": source}
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _whole(lab: Lab, costs: Costs, sources: dict[str, str]) -> Notebook:
    """All that students see of a lab, some sources replaced, {name of the cell: source}."""
    sources = {lab.cells[0].name: f"{lab.cells[0].source}\n\n{_cost_table(costs)}"} | sources
    cells = []
    for one in lab.cells:
        if one.role not in ("stub", "misconception"):
            about = {key: value for key, value in one.meta.items() if key != SECRET}
            cells.append(new_cell(one.kind, one.name, sources.get(one.name, one.source), about))
    if address := repository():
        cells.insert(1, new_cell("code", "colab", COLAB.format(address=address), {"role": "colab"}))
    return new_notebook(cells, lab=lab.number, source=lab.digest, costs=costs)


def _cost_table(costs: Costs) -> str:
    row = "| {} | {seconds} | {megabytes} |"
    rows = [row.format(said, **costs[tier]) for tier, said in TIERS.items() if tier in costs]
    return "\n".join(["| all cells, solved, on one core | seconds | peak MB |", "| --- | ---: | ---: |", *rows])
