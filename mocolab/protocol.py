"""Which clips are compared, and which real ones stand beside them."""

from dataclasses import dataclass

from mocolab.data import VideoData
from mocolab.judges import Judge, labelled_clips
from mocolab.mistakes import require
from mocolab.types import Clips

NUM_CLIPS = 256  # as in the paper
HELD_OUT = 1  # the seed of procedural clips that no training draws
BATCH = 32


@dataclass(frozen=True)
class Protocol:
    """Which clips are compared: the same kind for all rows of a table."""

    num_frames: int
    """Frames in a clip."""
    step: int
    """Distance between neighbours of a clip, in frames of the video."""
    num_clips: int = NUM_CLIPS
    """Clips of each system, and real ones."""
    seed: int = 0
    """Decides which clips."""
    also: tuple[Judge, ...] = ()
    """Figures in the eyes of networks, where they fit the task."""

    def __post_init__(self) -> None:
        require("--", 1, frames=self.num_frames, step=self.step, clips=self.num_clips)
        require("--", 0, seed=self.seed)


def real_clips(data: VideoData, num_clips: int, num_frames: int, step: int, seed: int) -> Clips:
    """Clips of the data, the same for equal arguments."""
    return labelled_clips(data, num_clips, num_frames, step, seed)[0]
