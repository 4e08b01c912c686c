"""The tables that `mocolab reproduce` makes again: which trainings, at which size, and what is measured of them."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from mocolab.data import categories, open_data
from mocolab.evaluation import (
    HELD_OUT,
    Figures,
    Protocol,
    Rows,
    Spread,
    evaluate,
    evaluate_real,
    figures,
    number,
    real_clips,
)
from mocolab.loading import load
from mocolab.store import write
from mocolab.system import Preset
from mocolab.systems import SYSTEMS
from mocolab.trainer import TrainConfig, Trainer
from mocolab.types import Clips


@dataclass(frozen=True)
class Row:
    """A training to compare."""

    title: str
    """Its name in the table."""
    folder: str
    """Its name on the disk."""
    system: str
    data: str = "shapes"
    changes: dict[str, Any] = field(default_factory=dict)
    """Settings that make this row what it is."""
    paper: float | None = None
    """The paper's ACD on shapes, where it gives one."""


@dataclass(frozen=True)
class Tier:
    """How large the trainings are."""

    preset: str
    protocol: Protocol
    """What is compared; `step` 2 is the released distance between frames."""
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """System -> settings that differ from its preset."""
    steps: int | None = None
    """Steps of each training; the preset's if None."""


TABLE1 = (
    Row("VGAN", "vgan", "vgan", paper=5.02),
    Row("TGAN", "tgan", "tgan", paper=2.08),
    Row("MoCoGAN", "mocogan", "mocogan", paper=1.79),
    Row("MoCoGAN, z_A in G_I", "mocogan-label-in-frame", "mocogan", "shapes-labels"),
    Row("MoCoGAN, z_A in R_M", "mocogan-label-in-walk", "mocogan", "shapes-labels", {"category_in_walk": True}),
    Row("MoCoGAN without D_I", "mocogan-without-frames", "mocogan", changes={"frames": 0}),
    Row("MoCoGAN without D_V", "mocogan-without-clips", "mocogan", changes={"clips": 0}),
)
PAPER_ACD = {"real": 0.0} | {row.title: row.paper for row in TABLE1 if row.paper is not None}
TIERS = {
    "smoke": Tier("smoke", Protocol(num_frames=8, step=2, num_clips=16), steps=4),
    # About five minutes of one core a training: at the presets' sizes a step of each costs about the same. (With half
    # the width and 600 steps no MoCoGAN had found a shape.)
    "cpu": Tier("cpu", Protocol(num_frames=16, step=2), steps=1000),
    "gpu": Tier("paper", Protocol(num_frames=16, step=2)),
}


@dataclass(frozen=True)
class Training:
    """One row with one seed, at the size of a tier."""

    row: Row
    tier: Tier
    seed: int
    home: Path
    """The folder that holds the folders of all trainings."""

    @property
    def folder(self) -> Path:
        return self.home / f"{self.row.folder}-seed{self.seed}"

    @property
    def recipe(self) -> Preset:
        """The tier's preset with the changes of tier and row."""
        preset = SYSTEMS[self.row.system][1](len(categories(self.row.data)))[self.tier.preset]
        config = replace(preset.config, **self.tier.changes.get(self.row.system, {}), **self.row.changes)
        return preset._replace(config=config, steps=self.tier.steps or preset.steps)

    def play(self) -> None:
        """Train, or go on with what a kill has left, then measure; what is done already is not done again.

        `ValueError` if the folder holds a training with other settings.
        """
        config, steps, decay_after = self.recipe
        torch.manual_seed(self.seed)
        system = SYSTEMS[self.row.system][0](config)
        train = TrainConfig(
            steps=steps, decay_after=decay_after, seed=self.seed, preview_every=steps, save_every=min(steps, 200)
        )
        trainer = Trainer(system, open_data(self.row.data, config.size), self.folder, train, resume=True)
        if (self.folder / "measured.json").exists():
            return
        trainer.fit()
        held_out = open_data(self.row.data, config.size, HELD_OUT)
        found = evaluate(load(self.folder), held_out, self.tier.protocol)
        measured = {"figures": found, "machine": machine(), "date": date.today().isoformat()}
        write(self.folder / "measured.json", json.dumps(measured, indent=2))

    def measured(self) -> dict[str, Any]:
        """What `play` has left: figures, machine, date."""
        return json.loads((self.folder / "measured.json").read_text())


def trainings(tier: Tier, seeds: int, home: Path) -> Iterator[list[Training]]:
    """The trainings of all rows, seed by seed: a table can be made as soon as one seed is through."""
    for seed in range(seeds):
        yield [Training(row, tier, seed, home) for row in TABLE1]


def references(size: int, protocol: Protocol) -> tuple[dict[str, Figures], Clips]:
    """The two ends of every scale, real clips and real frames each of which comes from another clip; and two real
    clips to look at."""
    data = open_data("shapes", size, HELD_OUT)
    real = real_clips(data, protocol.num_clips, protocol.num_frames, protocol.step, protocol.seed)
    mixed = torch.stack([frames.roll(moment, dims=0) for moment, frames in enumerate(real.unbind(2))], dim=2)
    return {"real": evaluate_real(data, protocol), "real frames at random": figures(mixed, real)}, real[:2]


def findings(rows: Rows) -> list[str]:
    """What the table says, in sentences that follow from its numbers alone."""

    def shown(row: str, figure: str) -> str:
        return f"{number(rows[row][figure])} ({row})"

    made = [row.title for row in TABLE1]
    papers = sorted(("MoCoGAN", "TGAN", "VGAN"), key=PAPER_ACD.get)
    order = sorted(papers, key=lambda row: middle(rows[row]["ACD"]))
    close = [f"{a} and {b}" for a, b in pairwise(order) if overlap(rows[a]["ACD"], rows[b]["ACD"])]
    believed = [row for row in made if is_like_real(rows[row], rows["real"])]
    judges = [
        f"Without {judge}, the one-shape rate goes from {number(rows['MoCoGAN']['one-shape rate'])} to "
        f"{number(rows[f'MoCoGAN without {judge}']['one-shape rate'])} and the jerk from "
        f"{number(rows['MoCoGAN']['path jerk'])} to {number(rows[f'MoCoGAN without {judge}']['path jerk'])}."
        for judge in ("D_I", "D_V")
    ]
    labelled = " and ".join(shown(row, "direction accuracy") for row in made if "direction accuracy" in rows[row])
    return [
        f"By ACD alone the order is {' < '.join(shown(row, 'ACD') for row in order)}. The paper's is "
        f"{' < '.join(papers)}: {'the same order' if order == papers else 'another order'}."
        + (f" Nearer to each other than their spreads are {', '.join(close)}." if close else ""),
        f"Content kept is {', '.join(shown(row, 'content kept') for row in papers)}; faint pictures do not raise it, "
        "while they lower ACD.",
        "An ACD speaks of content only among clips of one shape that moves and varies as real ones do. Asking for a "
        "one-shape rate and a coverage of at least .5, at most 3 times the jerk and between half and twice the motion "
        f"energy of real clips, this holds for {', '.join(believed) or 'no system here'}.",
        *judges,
        f"A clip moves in the direction its label asks for in a share of {labelled}; chance is .5.",
    ]


def middle(figure: float | Spread) -> float:
    """The figure, or its mean over seeds."""
    return figure.mean if isinstance(figure, Spread) else figure


def overlap(a: float | Spread, b: float | Spread) -> bool:
    """Whether two figures are nearer than the sum of their deviations over seeds; single ones never are."""
    deviations = [figure.deviation for figure in (a, b) if isinstance(figure, Spread)]
    return abs(middle(a) - middle(b)) < sum(deviations)


def is_like_real(row: dict[str, float | Spread], real: dict[str, float | Spread]) -> bool:
    """Whether clips are of one shape each, move about as real ones do, and vary."""
    found = {name: middle(figure) for name, figure in row.items()}
    energy = found["motion energy"] / middle(real["motion energy"])
    return (
        found["one-shape rate"] >= 0.5 and found["coverage"] >= 0.5 and found["path jerk"] <= 3 and 0.5 <= energy <= 2
    )


def machine() -> str:
    """The kind of machine in words, as 'CPU, 1 thread of 2 cores, AVX2'."""
    if torch.cuda.is_available():
        return f"GPU, {torch.cuda.get_device_name()}"
    threads, cores = torch.get_num_threads(), os.cpu_count()
    return f"CPU, {threads} thread{'s' * (threads > 1)} of {cores} cores, {torch.backends.cpu.get_cpu_capability()}"
