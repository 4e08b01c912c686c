"""Retargeting, measured: pictures and motions of real clips are dealt out anew; an answer is right in all its parts."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Bool
from torch import Tensor

from mocolab.data import Faces, VideoData
from mocolab.data.faces import landmarks, paint
from mocolab.engine import data_random, to_pixels
from mocolab.figures import Figures
from mocolab.metrics.landmarks import face_parts
from mocolab.metrics.motion import motion_energy
from mocolab.metrics.shapes import are_shapes, moved_parts, segment
from mocolab.protocol import BATCH, Protocol, real_clips
from mocolab.types import Clips

Parts = dict[str, Bool[Tensor, " B"]]
"""Which answers are right, in each part of the question."""


class Swaps(NamedTuple):
    """Questions, and who knows the answers."""

    source: Clips
    """Who is to move: the first picture says it."""
    driving: Clips
    """How."""
    parts: Callable[[Clips], Parts]
    """Of clips that answer."""
    answer: Clips | None = None
    """The true one, of drawn faces."""

    def ask(self, retarget: Callable[[Clips, Clips], Clips]) -> Clips:
        """What somebody answers, some at a time."""
        pairs = zip(self.source.split(BATCH), self.driving.split(BATCH))
        return torch.cat([retarget(*pair).cpu() for pair in pairs])


def swaps(data: VideoData, protocol: Protocol) -> Swaps:
    """Real clips, each to be moved as the next one is; of drawn faces the true answer can be drawn, too. `ValueError`
    for what is neither shapes nor drawn faces."""
    asked = protocol.num_clips, protocol.num_frames, protocol.step
    if isinstance(data, Faces):
        truth = data.with_truth(*asked, data_random(protocol.seed, 0, 0))
        source, clips = truth.identity.roll(1, dims=0), to_pixels(truth.clips, torch.device("cpu"))
        answer = to_pixels(paint(source, truth.motion, data.size), torch.device("cpu"))
        places = landmarks(source, truth.motion, data.size)
        return Swaps(clips.roll(1, dims=0), clips, partial(face_parts, answer=answer, places=places), answer)
    clips = real_clips(data, *asked, protocol.seed)
    if not are_shapes(clips):
        raise ValueError(
            f"Retargeting is measured on moving shapes and on drawn faces, and {data.name} has neither: take shapes or "
            "faces."
        )
    source, driving = segment(clips.roll(1, dims=0)), segment(clips)
    return Swaps(clips.roll(1, dims=0), clips, lambda made: moved_parts(segment(made), source, driving, data.size))


def shares(right: Parts) -> Figures:
    """Of clips that are right in each part, and of those that are right in all."""
    right = right | {"moved right": torch.stack(list(right.values())).all(dim=0)}
    return {name: part.float().mean().item() for name, part in right.items()}


@torch.no_grad()
def swap_figures(retarget: Callable[[Clips, Clips], Clips], data: VideoData, protocol: Protocol) -> Figures:
    """How much moves, and the shares of clips that are right."""
    asked = swaps(data, protocol)
    made = asked.ask(retarget)
    return {"motion energy": motion_energy(made).mean().item()} | shares(asked.parts(made))
