"""What a data set is, and the batch a system gets from it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from numpy.random import Generator

from mocolab.mistakes import require
from mocolab.system import Batch, Needs
from mocolab.types import ByteClips, ByteFrames, Labels

ENDLESS = 2**62
"""As many different videos as a drawn set can have."""


class VideoData(ABC):
    """Videos to draw from. Draws depend on the given generator alone, so a step can be repeated exactly."""

    name: str
    """What `open_data` opens it by: a name of `DATASETS`, or the path of a folder."""
    size: int
    """Height and width in pixels."""
    num_frames: int
    """Frames of the shortest video."""
    categories: tuple[str, ...] = ()
    """Names of the labels; empty: there are none."""
    drawn: bool = True
    """Whether videos are drawn on the fly, and not kept in a store."""

    def span(self, num_frames: int, step: int) -> int:
        """Frames from a clip's first to its last, both counted; `ValueError` if the shortest video has fewer."""
        require("--", 1, frames=num_frames, step=step)
        span = step * (num_frames - 1) + 1
        if span > self.num_frames:
            longer = "" if self.drawn else f", or build the folder with --least {span}, which leaves shorter ones out"
            raise ValueError(
                f"A clip of {num_frames} frames at step {step} spans {span} frames, but the shortest video of "
                f"{self.name} has {self.num_frames}: lower the step or the number of frames{longer}."
            )
        return span

    @abstractmethod
    def clips(self, num_clips: int, num_frames: int, step: int, random: Generator) -> tuple[ByteClips, Labels]:
        """Clips and their labels (zeros without labels): a video uniformly, then its start uniformly."""

    @abstractmethod
    def frames(self, num_frames: int, random: Generator) -> ByteFrames:
        """Single frames, uniformly over all frames of all videos."""


@dataclass(frozen=True)
class TwoDomains:
    """An unpaired pair of sets, for systems that translate between them."""

    a: VideoData
    b: VideoData

    @property
    def name(self) -> str:
        return f"{self.a.name}+{self.b.name}"


def check(data: VideoData | TwoDomains, needs: Needs) -> None:
    """`ValueError` in one sentence if the data cannot give what a system needs."""
    if isinstance(data, TwoDomains) != (needs.domains == 2):
        given = "two sets" if isinstance(data, TwoDomains) else "one set"
        raise ValueError(
            f"The system needs {needs.domains} domain(s) of clips, but {data.name} is {given}: choose other data."
        )
    for source in (data.a, data.b) if needs.domains == 2 else (data,):
        if needs.clips:
            source.span(needs.num_frames, needs.step)
        if source.size != needs.size:
            raise ValueError(
                f"The system needs frames of {needs.size} px, but {source.name} was opened at {source.size} px: "
                "open it at the system's size."
            )
        if needs.labels and len(source.categories) != needs.labels:
            raise ValueError(
                f"The system learns from labels of {needs.labels} categories, but {source.name} has "
                f"{len(source.categories) or 'none'}: set the system's categories, or choose labelled data."
            )


def draw_batch(data: VideoData | TwoDomains, needs: Needs, random: Generator) -> Batch:
    """Exactly what `needs` names, in bytes; a function of the generator's state alone."""
    batch: Batch = {}
    for suffix, source in {"_a": data.a, "_b": data.b}.items() if needs.domains == 2 else [("", data)]:
        if needs.clips:
            batch[f"clip{suffix}"], labels = source.clips(needs.clips, needs.num_frames, needs.step, random)
            if needs.labels:
                batch[f"label{suffix}"] = labels
        if needs.frames:
            batch[f"frame{suffix}"] = source.frames(needs.frames, random)
    return batch
