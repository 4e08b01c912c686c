"""`mocolab reproduce table1`: train and measure the rows of a published table, and write the page that shows them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from mocolab import charts
from mocolab.evaluation import Protocol, over_seeds, sampled_clips, table
from mocolab.experiments import PAPER_ACD, TIERS, Training, findings, references, trainings
from mocolab.loading import load
from mocolab.store import write
from mocolab.types import Clips

PAGE = """# Content distance on moving shapes

The rows of Table 1 of the MoCoGAN paper {{cite}}`tulyakov2018mocogan`, trained anew on drawn shapes, with the two
places for the category code z_A and with one judge left out. This page is written by the command

```
{command}
```

with {seeds}. Each training had {steps} steps at {size} px; {num_clips} clips of {num_frames} frames,
{step} frames of the video apart, were measured. Machine: {machines}. Date: {date}.

{table}

The mean and the standard deviation are over seeds. ACD is the average distance between the mean colours of the shape
in two frames of a clip, on a scale of 0 to 255; the scale of the paper's figures is not stated. In *real frames at
random* every frame comes from another real clip: clean pictures, no content kept. Content kept is 1 - ACD / the ACD
of the same frames dealt out anew among the clips. Path jerk and coverage, the variety of colours, sizes and
directions, are relative to real clips. ACD alone can be fooled: a frozen clip has 0, and so has a black one.

## What the figures say

{findings}

## To look at

![The figures of the table as dots, one panel a figure and one line a row, with bars for the spread over seeds and a
dotted line for real clips.](table1-figures.png)

![Two clips of each row in one line, eight of their frames each: at the top real ones, one flat-coloured disc or square
that travels over black; below what the trained systems make, with seed 0.](table1-clips.png)

![Terms of every player over the steps, one panel a row: how far each judge is ahead of the generator, and whether
that is still changing at the end.](table1-curves.png)

All figures of all trainings: {{download}}`table1.json`.
"""


@dataclass(frozen=True)
class Reproduce:
    """Train every row of a table with several seeds and write its page. Finished trainings are kept, so the command
    can be stopped, repeated, and called again with more seeds; the page is written whenever a seed is through."""

    table: Annotated[Literal["table1"], tyro.conf.Positional]
    """table1: content distance on moving shapes, MoCoGAN beside VGAN, TGAN and its own ablations."""
    tier: Literal["smoke", "cpu", "gpu"] = "cpu"
    """smoke: seconds, to see that it runs; cpu: about five minutes of one core a training; gpu: published sizes."""
    seeds: int = 3
    """Trainings of each row: seeds 0, 1, ..."""
    out: Path = Path("book/results")
    """The folder for table1.md, table1.json and the pictures."""
    runs: Path | None = None
    """The folder for the trainings; runs/table1-TIER if not given."""

    def run(self) -> None:
        if self.seeds < 1:
            raise ValueError(f"{self.seeds} seeds were asked for: a table needs at least 1.")
        self.out.mkdir(parents=True, exist_ok=True)
        done: list[list[Training]] = []
        for of_seed in trainings(TIERS[self.tier], self.seeds, self.runs or Path("runs") / f"table1-{self.tier}"):
            for training in of_seed:
                training.play()
            done.append(of_seed)
            self.publish(done)
        print(f"{self.out / 'table1.md'} holds the table, and what it says.")

    def publish(self, done: list[list[Training]]) -> None:
        """Write the page, its pictures and the raw figures of the seeds that are through."""
        protocol, config = TIERS[self.tier].protocol, done[0][0].recipe.config
        by_row = {runs[0].row.title: runs for runs in zip(*done)}
        measured = {title: [run.measured() for run in runs] for title, runs in by_row.items()}
        rows, real = references(config.size, protocol)
        rows |= {title: over_seeds([run["figures"] for run in runs]) for title, runs in measured.items()}
        charts.dots(self.out / "table1-figures.png", rows)
        charts.strips(
            self.out / "table1-clips.png", {"real": real} | {run.row.title: made_pair(run, protocol) for run in done[0]}
        )
        charts.curves(
            self.out / "table1-curves.png", {title: [run.folder for run in runs] for title, runs in by_row.items()}
        )
        command = f"mocolab reproduce table1 --tier {self.tier} --seeds {len(done)}"
        raw = {"command": command, "protocol": protocol, "paper": PAPER_ACD, "figures": rows, "trainings": measured}
        write(self.out / "table1.json", json.dumps(raw, indent=2, default=asdict))
        page = PAGE.format(
            command=command,
            seeds=f"seeds 0 to {len(done) - 1}" if len(done) > 1 else "seed 0",
            steps=done[0][0].recipe.steps,
            size=config.size,
            num_clips=protocol.num_clips,
            num_frames=protocol.num_frames,
            step=protocol.step,
            machines="; ".join(sorted({run["machine"] for runs in measured.values() for run in runs})),
            date=max(run["date"] for runs in measured.values() for run in runs),
            table=table({title: {"ACD in the paper": PAPER_ACD.get(title)} | row for title, row in rows.items()}),
            findings="\n".join(f"- {sentence}" for sentence in findings(rows)),
        )
        write(self.out / "table1.md", page)


def made_pair(training: Training, protocol: Protocol) -> Clips:
    """Two clips to look at, of the length that is measured."""
    system = load(training.folder)
    skip = protocol.step // system.needs.step
    return sampled_clips(system, 2, skip * (protocol.num_frames - 1) + 1, seed=0)[:, :, ::skip]


def parse(arguments: Sequence[str]) -> Reproduce:
    return tyro.cli(Reproduce, prog="mocolab reproduce", args=arguments)
