"""`mocolab quickstart`: a trained system's clips, a training of three minutes, and their figures side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
import tyro

from mocolab import media
from mocolab.data import open_data
from mocolab.evaluation import evaluate, evaluate_real, sampled_clips
from mocolab.figures import table
from mocolab.loading import build, load, read
from mocolab.protocol import HELD_OUT, Protocol, real_clips
from mocolab.systems import SYSTEMS
from mocolab.trainer import TrainConfig, Trainer

TRAINED = "mocogan-shapes"
PAPER = {"real (paper)": 0.0, "VGAN (paper)": 5.02, "TGAN (paper)": 2.08, "MoCoGAN (paper)": 1.79}  # Table 1, 64 px


@dataclass(frozen=True)
class Quickstart:
    """See a trained MoCoGAN, train one from scratch for three minutes, and compare both with real clips."""

    folder: Path = Path("quickstart")
    """Gets trained.gif, fresh.gif, real.gif, figures.md and the fresh training's run."""
    minutes: float = 3.0
    """Stop training after so many minutes, if its steps are not done by then; 0: never."""
    preset: Literal["cpu", "smoke"] = "cpu"
    """The recipe: cpu, or smoke to see only that everything runs."""

    def run(self) -> None:
        run, text = self.folder / "run", self.folder / "figures.md"
        if text.exists():
            raise ValueError(f"{self.folder} holds an earlier quickstart: look at it, or name another with --folder.")
        system_class, presets = SYSTEMS["mocogan"]
        recipe = presets(0)[self.preset]
        train = TrainConfig(steps=recipe.steps, decay_after=recipe.decay_after, minutes=self.minutes)
        self.folder.mkdir(parents=True, exist_ok=True)
        trained = load(TRAINED)
        media.save(self.folder / "trained.gif", sampled_clips(trained, 16, trained.needs.num_frames, seed=0))
        print(f"{self.folder}/trained.gif: clips of {TRAINED}, trained before you came.")

        torch.manual_seed(0)
        limit = f", or {self.minutes:g} minutes if they are over before" if self.minutes else ""
        print(f"Now one from scratch, {recipe.steps} steps{limit}:")
        data = open_data("shapes", recipe.config.size)
        trainer = Trainer(system_class(recipe.config), data, run, train, resume=True)  # what was stopped goes on
        trainer.fit()
        fresh = load(run)
        needs = fresh.needs
        media.save(self.folder / "fresh.gif", sampled_clips(fresh, 16, needs.num_frames, seed=0))

        protocol, real = Protocol(needs.num_frames, needs.step), open_data("shapes", needs.size, HELD_OUT)
        media.save(self.folder / "real.gif", real_clips(real, 16, needs.num_frames, needs.step, seed=1))
        rows = {"real (held out)": evaluate_real(real, protocol)}
        systems = {TRAINED: trained, f"fresh, {trainer.step} steps": fresh, "untrained": build(read(run)[0]).eval()}
        for name, system in systems.items():
            rows[name] = evaluate(system, open_data("shapes", system.needs.size, HELD_OUT), protocol)
        rows |= {name: {"ACD": acd} for name, acd in PAPER.items()}
        text.write_text(table(rows) + "\n")
        print(f"\n{table(rows)}\n\nTo look at: {self.folder}/trained.gif, fresh.gif and real.gif.")
        if trainer.step < recipe.steps:
            print(
                f"The time was over after {trainer.step} of {recipe.steps} steps: this machine is slower than ours, or "
                f"busy. All of them take `mocolab quickstart --minutes 0 --folder {self.folder}-whole`."
            )


def parse(arguments: Sequence[str]) -> Quickstart:
    return tyro.cli(Quickstart, prog="mocolab quickstart", args=arguments)
