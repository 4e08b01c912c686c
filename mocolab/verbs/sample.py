"""`mocolab sample RUN`: clips from a trained system."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import torch
import tyro

from mocolab import media
from mocolab.engine import seed_step
from mocolab.loading import load
from mocolab.system import Sampler


@dataclass(frozen=True)
class Sample:
    """New clips from a run's folder or a released checkpoint."""

    run_: Annotated[str, tyro.conf.Positional, tyro.conf.arg(name="run", metavar="RUN")]
    """A run's folder, or a released checkpoint such as mocogan-shapes."""
    out: Path = Path("samples.gif")
    """Where to: .gif, .mp4, or .png (one strip of frames a clip)."""
    clips: int = 16
    """Number of clips."""
    frames: int | None = None
    """Frames in a clip, any number; what the system was trained for if not given."""
    seed: int = 0
    """Equal seeds give equal clips; a longer clip begins like a shorter one."""
    label: int | None = None
    """The category of all clips; drawn for each if not given."""
    hold: Literal["nothing", "content", "motion", "rows"] = "nothing"
    """One content or one motion for all clips; rows: a row of the grid shares its content, a column its motion."""
    columns: int | None = None
    """Clips in a row of the picture."""

    @torch.no_grad()
    def run(self) -> None:
        if min(count for count in (self.clips, self.frames, self.columns) if count is not None) < 1:
            raise ValueError("Clips, frames and columns are counted from 1: give positive numbers.")
        media.check_name(self.out)
        system = load(self.run_)
        if not isinstance(system, Sampler):
            raise ValueError(f"{self.run_} does not sample new clips; it is a {type(system).__name__}.")
        categories = system.categories
        if self.label is not None and not 0 <= self.label < categories:
            raise ValueError(
                f"Label {self.label} was asked for, but {self.run_} "
                + (f"knows labels 0 to {categories - 1}." if categories else "was trained without labels.")
            )
        num_frames = self.frames or system.needs.num_frames
        labels = None if self.label is None else torch.full((self.clips,), self.label)
        seed_step(self.seed, 0, 0)
        content, motion, columns = None, None, self.columns or media.in_a_row(self.clips)
        if self.hold != "nothing":
            if labels is None and categories:
                labels = torch.randint(categories, (1,)).expand(self.clips)
            content, motion = system.codes(self.clips, num_frames, labels)
            across = torch.arange(self.clips)
            same = {
                "content": (across * 0, across),
                "motion": (across, across * 0),
                "rows": (across // columns, across % columns),
            }
            content, motion = content[same[self.hold][0]], motion[same[self.hold][1]]
        clips = system.sample(self.clips, num_frames, labels=labels, content=content, motion=motion)
        media.save(self.out, clips, columns=columns)
        print(f"{self.out}: {self.clips} clips of {num_frames} frames.")


def parse(arguments: Sequence[str]) -> Sample:
    return tyro.cli(Sample, prog="mocolab sample", args=arguments)
