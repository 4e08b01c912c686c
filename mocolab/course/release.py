"""Release: from a lab's source the executed solution, the student's lab and the values its checks compare with."""

import json
import os
import tempfile
import time
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

from mocolab.course import notebooks
from mocolab.course.bundles import KEYS
from mocolab.course.faults import of_outputs, places
from mocolab.course.notebooks import Notebook
from mocolab.course.source import Lab
from mocolab.store import write

HOW = {"interrupt_on_timeout": True, "allow_errors": True, "coalesce_streams": True}
HOW |= {"record_timing": False, "store_widget_state": False}  # what is of the moment
STILL = {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}  # two threads add in another order than one
STEADY = 3  # measured figures are kept until they are off by this factor
SLACK = {"seconds": 10, "megabytes": 200}  # on top: the start of a kernel is not the lab's
PEAK = """import resource, sys
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> (20 if sys.platform == "darwin" else 10))"""
LIVE = "application/vnd.jupyter.widget-view+json"  # progress bars: only a running kernel can draw them


def release(lab: Lab, tiers: tuple[str, ...], labs: Path, keys: Path = KEYS) -> list[Path]:
    """Write expected values and both notebooks, and give their paths; the last tier's outputs stay in the solution.

    `ValueError` that lists what is wrong with the outputs; then both notebooks stay as they were.
    """
    from mocolab.course.exercise import known  # and with it torch

    key, solved, students = places(lab, labs, keys)
    values = _rounded(known(lab, seed=0))
    write(key, json.dumps({"source": lab.digest, **values}, ensure_ascii=False, sort_keys=True) + "\n")
    costs = notebooks.read(solved)["metadata"]["mocolab"]["costs"] if solved.exists() else {}
    for tier in tiers:
        shown, cost = execute(notebooks.solution(lab, costs), tier)
        costs = costs | {tier: settled(costs.get(tier), cost)}
    executed = notebooks.solution(lab, costs)
    executed["cells"] = [cell | outputs for cell, outputs in zip(executed["cells"], shown)]
    if found := of_outputs(solved.name, executed, values):
        raise ValueError("\n".join(found))
    write(solved, notebooks.text(executed))
    write(students, notebooks.text(notebooks.student(lab, costs)))
    return [key, solved, students]


def execute(notebook: Notebook, tier: str, seconds: int = 600) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """(what each cell shows, cost) of a run from top to bottom in a fresh kernel and an empty folder.

    What a cell raises is among its outputs, KeyboardInterrupt after so many seconds. `ValueError` if the kernel dies.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    node = nbformat.from_dict(notebook)
    node.cells.append(nbformat.v4.new_code_cell(PEAK))
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | STILL | {"MOCOLAB_TIER": tier, "IPYTHONDIR": f"{folder}/ipython"}
        env.pop("MOCOLAB_CHECK_SEED", None)
        client = NotebookClient(node, timeout=seconds, resources={"metadata": {"path": folder}}, **HOW)
        begin = time.perf_counter()
        try:
            client.execute(env=env, stderr=DEVNULL)  # the kernel's own remarks, not the notebook's
        except DeadKernelError:
            raise ValueError("The kernel died: does a cell end the process, or ask for too much memory?") from None
        cost = {"seconds": round(time.perf_counter() - begin)}
    *cells, peak = json.loads(nbformat.writes(node))["cells"]
    return [_shown(cell) for cell in cells], cost | {"megabytes": int("".join(peak["outputs"][0]["text"]))}


def wrong_cost(lab: Lab) -> str | None:
    """What is wrong with the cost of the smoke tier that a released lab prints, measured anew."""
    printed = notebooks.read(lab.path.with_suffix(".ipynb"))["metadata"]["mocolab"]["costs"]["smoke"]
    _, measured = execute(notebooks.solution(lab, {}), "smoke")
    said = f"{lab.path}: it says that it costs {printed}, measured are {measured}: release it anew."
    return said if off(printed, measured) else None


def settled(old: dict[str, int] | None, new: dict[str, int]) -> dict[str, int]:
    """The figures to print: the old ones as long as the new are near them, so that a release changes little."""
    return old if old and not off(old, new) else new


def off(old: dict[str, int], new: dict[str, int]) -> bool:
    """Whether measured figures differ by more than chance and another machine explain."""
    return any(high > STEADY * low + SLACK[what] for what in SLACK for low, high in [sorted((old[what], new[what]))])


def _rounded(value: Any) -> Any:
    """Floats with 7 digits: more of them differ from machine to machine."""
    return json.loads(json.dumps(value), parse_float=lambda digits: float(f"{float(digits):.7g}"))


def _shown(cell: dict[str, Any]) -> dict[str, Any]:
    """What an executed cell adds to its source; nothing that is of the moment."""
    if cell["cell_type"] != "code":
        return {}
    outputs = [_rounded(output) for output in cell["outputs"] if LIVE not in output.get("data", {})]
    return {"execution_count": cell["execution_count"], "outputs": outputs}
