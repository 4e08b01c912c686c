"""How far ahead is a predictor better than the picture that is held? Figures at each step of a long horizon.

python tests/benchmarks/horizon.py predict-faces --frames 32 --picture book/images/horizon-faces.png

256 held-out clips of what the first RUN was trained on. LPIPS needs `mocolab weights get lpips`.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Annotated

import tyro

from mocolab import charts
from mocolab.board import BASELINES
from mocolab.data import open_data
from mocolab.experiments.findings import HELD
from mocolab.experiments.improvement import curves_of
from mocolab.figures import table
from mocolab.futures import FUTURES, future_figures
from mocolab.loading import load, read
from mocolab.protocol import HELD_OUT, Protocol


@dataclass(frozen=True)
class Horizon:
    """Curves over the horizon, their means over all of it and from the tenth step on."""

    runs: Annotated[tuple[str, ...], tyro.conf.Positional]
    """Folders of predictors, or released ones."""
    frames: int = 32
    """Frames in a clip, three of which are given."""
    picture: Path | None = None
    """A PNG of the curves."""

    def run(self) -> None:
        systems = {run: load(run) for run in self.runs}
        needs = systems[self.runs[0]].needs
        data = open_data(read(self.runs[0])[0]["data"], needs.size, HELD_OUT, "test")
        protocol = Protocol(self.frames, needs.step, also=("lpips",))
        answers = {HELD: BASELINES[HELD]}
        answers |= {run: partial(system.predict, samples=FUTURES) for run, system in systems.items()}
        found = {title: future_figures(answer, data, protocol, every_step=True) for title, answer in answers.items()}
        curves = curves_of(found)
        means = {
            title: {
                f"{name}, from {first} on": mean(values[first - 1 :])
                for name, values in row.items()
                for first in (1, 10)
                if first <= len(values)
            }
            | {"motion, of real's": found[title]["motion, of real's"]}
            for title, row in curves.items()
        }
        print(table(means))
        if self.picture:
            charts.horizons(self.picture, curves, plain=1)


if __name__ == "__main__":
    tyro.cli(Horizon).run()
