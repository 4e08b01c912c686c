"""What mocolab adds to nbval, in every pytest run: check bundles are compared as typed values, with tolerances.

In notebooks of the course nothing else is compared, neither texts nor pictures, and errors fail as they always do: so
`pytest --nbval solutions/` holds on other processors, thread counts and versions. Other notebooks are left to nbval.
With --mocolab-grade, as the grader starts it, kernels are jailed and watched: see warden.py.
"""

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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--nbval", False) or config.getoption("--nbval-lax", False):
        for item in items:
            if hasattr(item, "cell") and "mocolab" in item.parent.nb.metadata:
                compare_typed(item)


def compare_typed(item: pytest.Item) -> None:
    """Let an item of nbval compare the check bundles of its cell, and nothing else."""

    def compare_outputs(test: list, reference: list, skip_compare=None) -> bool:
        item.share, item.comparison_traceback = verdict(among(reference), among(test))
        return not item.comparison_traceback

    item.compare_outputs = compare_outputs
    if among(item.cell.outputs):
        item.options["check"] = True


def verdict(expected: list[dict], given: list) -> tuple[float, list[str]]:
    """(share of the points, what is wrong) of the bundles of a cell: as many as expected, each as expected."""
    if len(given) != len(expected):
        return 0.0, [f"The check showed {len(given)} bundles, where {len(expected)} are expected."]
    verdicts = [compare(right, shown) for right, shown in zip(expected, given)]
    share = min((one.share for one in verdicts), default=1.0)
    return share, [difference for one in verdicts for difference in one.differences]
