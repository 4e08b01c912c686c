"""`mocolab reproduce TABLE`: train and measure the rows of a table, and write the page that shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from mocolab.experiments import EXPERIMENTS
from mocolab.experiments.training import Edition, Training


@dataclass(frozen=True)
class Reproduce:
    """Train every row of a table with several seeds and write its page. Finished trainings are kept, so the command
    can be stopped, repeated, and called again with more seeds; the page is written whenever a seed is through."""

    table: Annotated[Literal["table1", "improvement", "improvement-faces"], tyro.conf.Positional]
    """table1: content distance on moving shapes, MoCoGAN beside VGAN, TGAN and its own ablations. improvement: video
    prediction, what each idea gains, on moving shapes; improvement-faces: on drawn faces."""
    tier: Literal["smoke", "cpu", "gpu"] = "cpu"
    """smoke: seconds, to see that it runs; cpu: a few minutes of one core a training; gpu: published sizes."""
    seeds: int = 3
    """Trainings of each row: seeds 0, 1, ..."""
    out: Path = Path("book/results")
    """The folder for TABLE.md, TABLE.json and the pictures."""
    runs: Path | None = None
    """The folder for the trainings; runs/TABLE-TIER if not given."""

    def run(self) -> None:
        if self.seeds < 1:
            raise ValueError(f"{self.seeds} seeds were asked for: a table needs at least 1.")
        self.out.mkdir(parents=True, exist_ok=True)
        experiment, done = EXPERIMENTS[self.table], list[list[Training]]()
        home = self.runs or Path("runs") / f"{self.table}-{self.tier}"
        for of_seed in experiment.trainings(self.tier, self.seeds, home):
            for training in of_seed:
                training.play(experiment.measure)
            done.append(of_seed)
            command = f"mocolab reproduce {self.table} --tier {self.tier} --seeds {len(done)}"
            page = experiment.publish(Edition(experiment.tiers[self.tier], done, command, self.out))
            print(f"{page} holds the table of {len(done)} of {self.seeds} seeds, and what it says.")


def parse(arguments: Sequence[str]) -> Reproduce:
    return tyro.cli(Reproduce, prog="mocolab reproduce", args=arguments)
