"""A table that `mocolab reproduce` makes again: which trainings, at which size, and what is measured of them."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import torch

from mocolab.data import categories, open_data
from mocolab.figures import Figures, Rows, over_seeds
from mocolab.loading import load
from mocolab.protocol import Protocol
from mocolab.store import write
from mocolab.system import Preset, System
from mocolab.systems import SYSTEMS
from mocolab.trainer import TrainConfig, Trainer


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
    share: float = 1.0
    """Of the tier's steps."""


@dataclass(frozen=True)
class Tier:
    """How large the trainings are."""

    preset: str
    protocol: Protocol
    """What is compared; `step` 2 is the released distance between frames."""
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """System, or folder of a row -> settings that differ from the preset and the row."""
    steps: int | None = None
    """Steps of each training; the preset's if None."""


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
        of_tier = self.tier.changes
        changes = of_tier.get(self.row.system, {}) | self.row.changes | of_tier.get(self.row.folder, {})
        config = replace(preset.config, **changes)
        return preset._replace(config=config, steps=round(self.row.share * (self.tier.steps or preset.steps)))

    def build(self, **changes: Any) -> System:
        """The system, as it is before step 0, with these changes of its settings."""
        torch.manual_seed(self.seed)
        return SYSTEMS[self.row.system][0](replace(self.recipe.config, **changes))

    def play(self, measure: Callable[[System, Row, Protocol], Figures]) -> None:
        """Train, or go on with what a kill has left, then measure; what is done already, and as `tier` asks for it, is
        not done again.

        `ValueError` if the folder holds a training with other settings.
        """
        config, steps, decay_after = self.recipe
        train = TrainConfig(
            steps=steps, decay_after=decay_after, seed=self.seed, preview_every=steps, save_every=min(steps, 200)
        )
        trainer = Trainer(self.build(), open_data(self.row.data, config.size), self.folder, train, resume=True)
        protocol = asdict(self.tier.protocol) | {"also": list(self.tier.protocol.also)}  # as JSON gives it back
        if (self.folder / "measured.json").exists() and self.measured().get("protocol") == protocol:
            return
        trainer.fit()
        found = measure(load(self.folder), self.row, self.tier.protocol)
        measured = {"figures": found, "protocol": protocol, "machine": machine(), "date": date.today().isoformat()}
        write(self.folder / "measured.json", json.dumps(measured, indent=2))

    def measured(self) -> dict[str, Any]:
        """What `play` has left: figures, protocol, machine, date."""
        return json.loads((self.folder / "measured.json").read_text())


@dataclass(frozen=True)
class Edition:
    """What a page is written from: the trainings that are through, and where it goes."""

    tier: Tier
    by_seed: list[list[Training]]
    """For each seed the trainings of all rows."""
    command: str
    """What makes the page again."""
    out: Path

    @property
    def by_row(self) -> dict[str, list[Training]]:
        """Folder of a row -> its trainings, one a seed."""
        return {of_row[0].row.folder: list(of_row) for of_row in zip(*self.by_seed)}

    @property
    def raw(self) -> dict[str, list[dict[str, Any]]]:
        """Folder of a row -> what each of its trainings has left."""
        return {folder: [training.measured() for training in of_row] for folder, of_row in self.by_row.items()}

    @property
    def rows(self) -> Rows:
        """Folder of a row -> its figures over seeds."""
        return {folder: over_seeds([run["figures"] for run in of_row]) for folder, of_row in self.raw.items()}

    @property
    def facts(self) -> dict[str, Any]:
        """What a page says of its trainings: command, seeds, steps, sizes, machines, date."""
        runs, recipe, protocol = (
            [run for of_row in self.raw.values() for run in of_row],
            self.by_seed[0][0].recipe,
            self.tier.protocol,
        )
        last = len(self.by_seed) - 1
        return {
            "command": self.command,
            "seeds": f"seeds 0 to {last}" if last else "seed 0",
            "steps": recipe.steps,
            "size": recipe.config.size,
            "width": recipe.config.width,
            "num_clips": protocol.num_clips,
            "num_frames": protocol.num_frames,
            "step": protocol.step,
            "machines": "; ".join(sorted({run["machine"] for run in runs})),
            "date": max(run["date"] for run in runs),
        }


@dataclass(frozen=True)
class Experiment:
    """A table: its trainings, how they are measured, and the page that shows them."""

    rows: tuple[Row, ...]
    tiers: dict[str, Tier]
    measure: Callable[[System, Row, Protocol], Figures]
    publish: Callable[[Edition], Path]
    """Writes the page, its pictures and the raw figures; gives the page."""

    def trainings(self, tier: str, seeds: int, home: Path) -> Iterator[list[Training]]:
        """The trainings of all rows, seed by seed: a page can be made as soon as one seed is through."""
        for seed in range(seeds):
            yield [Training(row, self.tiers[tier], seed, home) for row in self.rows]


def machine() -> str:
    """The kind of machine in words, as 'CPU, 1 thread of 2 cores, AVX2'."""
    if torch.cuda.is_available():
        return f"GPU, {torch.cuda.get_device_name()}"
    threads, cores = torch.get_num_threads(), os.cpu_count()
    return f"CPU, {threads} thread{'s' * (threads > 1)} of {cores} cores, {torch.backends.cpu.get_cpu_capability()}"
