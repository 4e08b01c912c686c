"""What mocolab adds to nbval, in every pytest run: check bundles are compared as typed values, with tolerances.

In notebooks of the course nothing else is compared, neither texts nor pictures, and errors fail as they always do: so
`pytest --nbval solutions/` holds on other processors, thread counts and versions. Other notebooks are left to nbval.
With --mocolab-grade, as the grader starts it, kernels are jailed and watched: see warden.py.
"""

from functools import partial
from pathlib import Path

import pytest

from mocolab.course.bundles import among, compare


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("mocolab").addoption("--mocolab-grade", type=Path, help="the folder of one submission's grading")


def pytest_configure(config: pytest.Config) -> None:
    if folder := config.getoption("--mocolab-grade"):
        from mocolab.course.warden import Warden

        config.pluginmanager.register(Warden(folder), "mocolab-warden")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object | None:
    """Several processes must not part the cells of a notebook."""
    if not (config.getoption("--nbval", False) or config.getoption("--nbval-lax", False)):
        return None
    from xdist.scheduler import LoadFileScheduling

    return LoadFileScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if hasattr(item, "cell") and "mocolab" in item.parent.nb.metadata:  # nbval's, and of the course
            item.compare_outputs = partial(compare_outputs, item)
            if among(item.cell.outputs):
                item.options["check"] = True


def compare_outputs(item: pytest.Item, test: list, reference: list, skip_compare=None) -> bool:
    """What an item of nbval calls: whether the check bundles of its cell are right, whatever else is shown."""
    item.comparison_traceback = differences(among(reference), among(test))
    return not item.comparison_traceback


def differences(expected: list[dict], given: list) -> list[str]:
    """What is wrong with the bundles of a cell: they must be as many as expected, each as expected."""
    if len(given) != len(expected):
        return [f"The check showed {len(given)} bundles, where {len(expected)} are expected."]
    return [said for right, shown in zip(expected, given) for said in compare(right, shown).differences]
