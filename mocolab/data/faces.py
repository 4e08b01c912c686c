"""Drawn faces that look about, show an expression or talk: who, how and where everything is are known.

`face_drawing.paint` draws any identity with any motion, so the true answer to a retargeting is at hand.
"""

from typing import Literal, NamedTuple

import torch
from einops import rearrange
from jaxtyping import Float, Int
from numpy.random import Generator
from torch import Tensor

from mocolab.data.contract import ENDLESS, VideoData
from mocolab.data.face_anatomy import IDENTITY, LANDMARKS, MOTION, Identity, Motion, landmarks
from mocolab.data.face_drawing import paint
from mocolab.data.shapes import uniform
from mocolab.types import ByteClips, ByteFrames, Labels

__all__ = ["EXPRESSIONS", "IDENTITY", "LANDMARKS", "MOTION", "FaceClips", "Faces", "landmarks", "paint"]

Mode = Literal["idle", "expressions", "talking"]
Moments = Int[Tensor, "B T"]
NUM_FRAMES = 64
OPEN, STRETCH, BLINK = (MOTION.index(name) for name in ("mouth open", "mouth stretch", "blink"))

WANDER: dict[Mode, dict[str, float]] = {
    "idle": {"yaw": 0.5, "pitch": 0.25, "roll": 0.2, "mouth open": 0.5, "smile": 0.8, "mouth stretch": 0.4}
    | {"brow raise": 0.8, "frown": 0.4, "gaze x": 0.9, "gaze y": 0.6},
    "expressions": {"yaw": 0.2, "pitch": 0.1, "roll": 0.1, "gaze x": 0.2, "gaze y": 0.1},
    "talking": {"yaw": 0.3, "pitch": 0.12, "roll": 0.12, "smile": 0.4, "brow raise": 0.6, "gaze x": 0.5, "gaze y": 0.2},
}
"""How far each dial wanders from its rest at most."""

EXPRESSIONS: dict[str, dict[str, float]] = {
    "anger": {"frown": 1, "brow raise": -0.2, "smile": -0.7, "blink": 0.15, "mouth stretch": -0.2, "pitch": 0.08},
    "disgust": {"sneer": 1, "frown": 0.5, "smile": -0.5, "blink": 0.35, "roll": 0.08, "yaw": -0.12},
    "fear": {"brow raise": 0.8, "frown": -0.8, "blink": -0.2, "mouth open": 0.45, "mouth stretch": 0.7, "smile": -0.5}
    | {"gaze x": 0.5, "pitch": -0.08},
    "happiness": {"smile": 1, "mouth open": 0.4, "brow raise": 0.3, "blink": 0.15},
    "sadness": {"frown": -1, "smile": -0.9, "blink": 0.3, "gaze y": 0.7, "pitch": 0.14, "mouth stretch": -0.2},
    "surprise": {"brow raise": 1, "mouth open": 1, "mouth stretch": -0.6, "blink": -0.3, "smile": 0.1},
}
"""The six expressions at their apex."""


class FaceClips(NamedTuple):
    """Clips, and the truth about them."""

    clips: ByteClips
    identity: Identity
    """Dials named in `IDENTITY`."""
    motion: Motion
    """Dials named in `MOTION`."""
    landmarks: Float[Tensor, "B T K 2"]
    """The points named in `LANDMARKS`."""
    labels: Labels
    """Of `expressions`, which one; else 0."""


class Faces(VideoData):
    """Moving faces; clip `index` of a `seed` is always the same.

    `idle`: the head turns, the eyes look about and blink, the mouth stirs. `expressions`: one of six, which begins,
    stays and goes, as in MUG. `talking`: the mouth moves in phrases, as in speech. With `num_videos` only the clips of
    the first so many indices are ever drawn.
    """

    def __init__(self, size: int = 64, mode: Mode = "idle", seed: int = 0, num_videos: int = ENDLESS):
        self.name = "faces" + (f"-{mode}" if mode != "idle" else "") + ("-few" if num_videos < ENDLESS else "")
        self.size, self.mode, self.seed, self.num_frames, self.num_videos = size, mode, seed, NUM_FRAMES, num_videos
        self.categories = tuple(EXPRESSIONS) if mode == "expressions" else ()

    def identity(self, index: Labels) -> Identity:
        """Who is in the clips `index`."""
        return self._luck(index)[0].float()

    def label(self, index: Labels) -> Labels:
        """Which expression they show; 0 where there is none."""
        return (self._luck(index)[1][:, 0] * len(self.categories)).long()

    def motion(self, index: Labels, moments: Moments) -> Motion:
        """How they move, at the given frames only."""
        _, events, waves = self._luck(index)
        time = moments.double()
        path = wander(waves, time)
        path[..., OPEN].square_()  # a mouth opens one way only
        motion = path * torch.tensor([WANDER[self.mode].get(name, 0.0) for name in MOTION])
        if self.mode == "expressions":
            apex = torch.tensor([[dials.get(name, 0.0) for name in MOTION] for dials in EXPRESSIONS.values()])
            motion += (apex[self.label(index)] * (0.75 + 0.25 * events[:, 1:2]))[:, None] * episode(
                events[:, 2:6], time
            )
        if self.mode == "talking":
            motion[..., OPEN], motion[..., STRETCH] = speech(events[:, 2:7], time)
        motion[..., BLINK] += (1 - motion[..., BLINK]) * blinks(events[:, 7:10], time)
        return motion.float()

    def with_truth(self, num_clips: int, num_frames: int, step: int, random: Generator) -> FaceClips:
        """What `clips` draws from the same generator, and all that is known about it."""
        starts = self.num_frames - self.span(num_frames, step) + 1
        index = torch.from_numpy(random.integers(self.num_videos, size=num_clips))
        start = torch.from_numpy(random.integers(starts, size=num_clips))
        identity = self.identity(index)
        motion = self.motion(index, start[:, None] + step * torch.arange(num_frames))
        clips = paint(identity, motion, self.size)
        return FaceClips(clips, identity, motion, landmarks(identity, motion, self.size), self.label(index))

    def clips(self, num_clips: int, num_frames: int, step: int, random: Generator) -> tuple[ByteClips, Labels]:
        drawn = self.with_truth(num_clips, num_frames, step, random)
        return drawn.clips, drawn.labels

    def frames(self, num_frames: int, random: Generator) -> ByteFrames:
        index = torch.from_numpy(random.integers(self.num_videos, size=num_frames))
        moment = torch.from_numpy(random.integers(self.num_frames, size=num_frames))
        return paint(self.identity(index), self.motion(index, moment[:, None]), self.size)[:, :, 0]

    def _luck(self, index: Labels) -> tuple[Tensor, Tensor, Tensor]:
        """The numbers in [0, 1) that decide a clip: its identity, its events [B, 10], its waves [B, M, 3, 2]."""
        counts = (len(IDENTITY), 10, len(MOTION) * 6)
        identity, events, waves = uniform(self.seed, index, sum(counts)).split(counts, dim=1)
        return identity, events, rearrange(waves, "B (M waves two) -> B M waves two", waves=3, two=2)


def wander(waves: Float[Tensor, "B M 3 2"], time: Float[Tensor, "B T"]) -> Float[Tensor, "B T M"]:
    """Smooth paths in [-1, 1]: about half a wave, one and two waves in a video, each half as high as the last."""
    rate = torch.tensor([0.5, 1.1, 2.1]) * (0.8 + 0.4 * waves[..., 0])
    turns = rate[:, None] * time[:, :, None, None] / NUM_FRAMES + waves[:, None, ..., 1]  # [B, T, M, 3]
    return (2 * torch.pi * turns).sin() @ torch.tensor([4, 2, 1], dtype=time.dtype) / 7


def episode(luck: Float[Tensor, "B 4"], time: Float[Tensor, "B T"]) -> Float[Tensor, "B T 1"]:
    """0, onset, 1 at the apex, offset, 0: it begins before frame 10, is at its apex from 20 to 40, and ends by 60."""
    begin, rise, fade, fall = (luck * torch.tensor([6, 4, 8, 6]) + torch.tensor([4, 6, 40, 6])).T[..., None]
    return (smooth((time - begin) / rise) * (1 - smooth((time - fade) / fall)))[..., None]


def smooth(x: Tensor) -> Tensor:
    """From 0 (at 0 and before) to 1 (at 1 and after), without a kink in speed or acceleration."""
    x = x.clamp(0, 1)
    return x**3 * (10 + x * (6 * x - 15))


def speech(luck: Float[Tensor, "B 5"], time: Float[Tensor, "B T"]) -> tuple[Tensor, Tensor]:
    """How open and how stretched a speaking mouth is: syllables of 8 frames and more, in phrases with pauses."""
    rate, *starts = (luck.T[..., None]) * 2 * torch.pi
    beat = (4 + 2 * rate / (2 * torch.pi)) * 2 * torch.pi * time / NUM_FRAMES
    syllables = (1 - (beat + (beat / 2.7 + starts[0]).sin() + starts[1]).cos()) / 2
    phrases = torch.sigmoid(4 * (beat / 5 + starts[2]).sin() + 3)
    return 0.75 * syllables * phrases, 0.6 * phrases * (beat / 1.7 + starts[3]).sin()


def blinks(luck: Float[Tensor, "B N"], time: Float[Tensor, "B T"]) -> Float[Tensor, "B T"]:
    """N quick closings, one in each N-th of a video."""
    count = luck.shape[1]
    moments = (torch.arange(count) + 0.15 + 0.7 * luck) * NUM_FRAMES / count
    return torch.exp(-(((time[:, :, None] - moments[:, None]) / 2) ** 2)).amax(dim=2)
