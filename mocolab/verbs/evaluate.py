"""`mocolab evaluate RUN...`: the figures of trained systems, as one table."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from mocolab.data import open_data
from mocolab.evaluation import NUM_CLIPS, evaluate, evaluate_real, table
from mocolab.loading import load, read

HELD_OUT = 1  # the seed of procedural clips that no training draws


@dataclass(frozen=True)
class Evaluate:
    """Figures of several runs on 256 clips each, beside real held-out clips."""

    runs: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
    """Folders of runs, or released checkpoints such as mocogan-shapes."""
    data: str | None = None
    """The data to compare with; what the first run was trained on if not given."""
    clips: int = NUM_CLIPS
    """Number of clips of each; the spread measures need some hundreds."""
    seed: int = 0
    """Decides which clips."""
    out: Path | None = None
    """A folder for evaluation.json and evaluation.md."""

    def run(self) -> None:
        if not self.runs:
            raise ValueError("No run was named: give one or more, as in `mocolab evaluate runs/mocogan-shapes`.")
        if self.clips < 2:
            raise ValueError(f"{self.clips} clips have no spread: give at least 2, better {NUM_CLIPS}.")
        name = self.data or read(self.runs[0])[0]["data"]
        rows = {}
        for run in self.runs:
            system = load(run)
            data = open_data(name, system.needs.size, seed=HELD_OUT)
            if not rows:
                rows[f"real {name}"] = evaluate_real(data, system.needs, self.clips, self.seed)
            rows[run] = evaluate(system, data, self.clips, self.seed)
        print(text := table(rows))
        if self.out:
            self.out.mkdir(parents=True, exist_ok=True)
            (self.out / "evaluation.md").write_text(text + "\n")
            (self.out / "evaluation.json").write_text(json.dumps(rows, indent=2))


def parse(arguments: Sequence[str]) -> Evaluate:
    return tyro.cli(Evaluate, prog="mocolab evaluate", args=arguments)
