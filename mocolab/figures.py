"""Figures, their means over seeds, and the table of several systems."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev


@dataclass(frozen=True)
class Spread:
    """A figure over several trainings."""

    mean: float
    deviation: float
    """Standard deviation over the trainings."""

    def __str__(self) -> str:
        return f"{self.mean:.3g} ± {self.deviation:.2g}"


Figures = dict[str, float]
Rows = dict[str, dict[str, float | Spread]]


def over_seeds(runs: Sequence[Figures]) -> dict[str, float | Spread]:
    """Mean and spread of each figure that all runs have; of a single run, the figures themselves."""
    names = [name for name in runs[0] if all(name in run for run in runs)]
    if len(runs) == 1:
        return dict(runs[0])
    values = {name: [run[name] for run in runs] for name in names}
    return {name: Spread(mean(found), stdev(found)) for name, found in values.items()}


def middle(figure: float | Spread) -> float:
    """The figure, or its mean over seeds."""
    return figure.mean if isinstance(figure, Spread) else figure


def overlap(a: float | Spread, b: float | Spread) -> bool:
    """Whether two figures are nearer than the sum of their deviations over seeds; single ones never are."""
    deviations = [figure.deviation for figure in (a, b) if isinstance(figure, Spread)]
    return abs(middle(a) - middle(b)) < sum(deviations)


def table(rows: dict[str, dict[str, float | Spread | str | None]]) -> str:
    """A Markdown table: one row a name, one column a figure, in the order of their first appearance."""
    columns = list(dict.fromkeys(name for figures in rows.values() for name in figures))
    cells = [["", *columns], ["---", *["--:"] * len(columns)]]
    cells += [[name, *[number(figures.get(column)) for column in columns]] for name, figures in rows.items()]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)


def number(value: float | Spread | str | None) -> str:
    """Three significant digits, or an empty cell; words stay."""
    if value is None:
        return ""
    return str(value) if isinstance(value, Spread | str) else f"{value:.3g}"
