"""`mocolab retarget RUN --source A --driving B`: a picture that moves as a clip does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import tyro

from mocolab import media
from mocolab.data.given import read_clip
from mocolab.loading import load
from mocolab.system import Retargeter


@dataclass(frozen=True)
class Retarget:
    """What was given and what was made, side by side: the source, the driving clip, the source moved."""

    run_: Annotated[str, tyro.conf.Positional, tyro.conf.arg(name="run", metavar="RUN")]
    """A run's folder, or a released checkpoint."""
    source: Path
    """A picture, or a clip whose first frame is taken: what is to move."""
    driving: Path
    """A clip: how it is to move."""
    step: int | None = None
    """Distance between the frames of the driving clip that are taken; the one of the training if not given."""
    out: Path = Path("retargeted.gif")
    """Where to: .gif, .mp4, or .png (one row of frames for each of the three)."""

    @torch.no_grad()
    def run(self) -> None:
        if self.step is not None and self.step < 1:
            raise ValueError(f"--step {self.step} was given: give a positive number.")
        media.check_name(self.out)
        system = load(self.run_)
        if not isinstance(system, Retargeter):
            raise ValueError(f"{self.run_} does not retarget; it is a {type(system).__name__}.")
        source = read_clip([self.source], system.needs.size)[:, :, :1]
        driving = read_clip([self.driving], system.needs.size, self.step or system.needs.step, least=2)
        if driving.shape[2] < 2:
            raise ValueError(f"{self.driving} is one picture, which does not move: name a clip.")
        made = system.retarget(source, driving)
        media.save(self.out, torch.cat([source.expand_as(driving), driving, made]), columns=3)
        print(f"{self.out}: {made.shape[2]} frames.")


def parse(arguments: Sequence[str]) -> Retarget:
    return tyro.cli(Retarget, prog="mocolab retarget", args=arguments)
