"""Figures for clips of one moving shape on black: seen as a set, no single one can be believed.

| figure | real | fooled by |
| ACD | 0 | a frozen clip, one clip repeated |
| motion energy | as real | flicker, noise |
| one-shape rate | 1 | one clip repeated, a frozen clip |
| path jerk | 1 (of real's) | a frozen clip |
| coverage | 1 (of real's) | real frames in any order |
"""

from itertools import permutations
from typing import NamedTuple

import torch
from einops import rearrange
from jaxtyping import Bool, Float, Int
from scipy import ndimage
from torch import Tensor

from mocolab.metrics.content import content_distance
from mocolab.metrics.motion import motion_energy, path_roughness
from mocolab.types import Clips, Labels

SIDES = (8 / 64, 14 / 64)  # of the smallest and the largest shape, in picture sizes


class Shape(NamedTuple):
    """What segmentation finds, frame by frame."""

    colour: Float[Tensor, "B T 3"]
    """Average RGB of the shape, 0..255."""
    area: Float[Tensor, "B T"]
    """Pixels."""
    centre: Float[Tensor, "B T 2"]
    """(x, y) in pixels."""
    single: Bool[Tensor, "B T"]
    """Whether there is exactly one component, and its box has a legal size to within one pixel."""


def segment(clips: Clips) -> Shape:
    """The shape is what is brighter, in its brightest channel, than half of the frame's brightest pixel."""
    num_frames, size = clips.shape[2], clips.shape[-1]
    pixels = rearrange((clips.float().cpu() + 1) * 127.5, "B C T H W -> (B T) C H W")
    brightness = pixels.amax(dim=1)
    inside = brightness > brightness.amax(dim=(1, 2), keepdim=True) / 2
    mask = inside.float()
    area = mask.sum(dim=(1, 2)).clamp(min=1)
    colour = (pixels * mask[:, None]).sum(dim=(2, 3)) / area[:, None]
    place = torch.arange(size).float() + 0.5
    x, y = (mask.sum(dim=1) @ place) / area, (mask.sum(dim=2) @ place) / area

    # One call labels all frames: neighbours are sought in the picture, not in time.
    neighbours = ndimage.generate_binary_structure(2, 2)[None].repeat(3, 0)
    neighbours[[0, 2]] = False
    components, total = ndimage.label(inside.numpy(), neighbours)
    components = torch.from_numpy(components)
    frame_of = torch.full((total + 1,), -1).scatter_(
        0, components.flatten().long(), torch.arange(len(mask)).repeat_interleave(size * size)
    )
    count = torch.bincount(frame_of[1:], minlength=len(mask))
    box = torch.stack([inside.any(dim=1).sum(dim=1), inside.any(dim=2).sum(dim=1)])
    legal = (box >= round(SIDES[0] * size) - 1) & (box <= round(SIDES[1] * size) + 1)
    single = (count == 1) & legal.all(dim=0)
    unfold = {"T": num_frames}
    return Shape(
        rearrange(colour, "(B T) C -> B T C", **unfold),
        rearrange(area, "(B T) -> B T", **unfold),
        rearrange(torch.stack([x, y], dim=1), "(B T) D -> B T D", **unfold),
        rearrange(single, "(B T) -> B T", **unfold),
    )


def spread(values: Float[Tensor, "B D"]) -> Float[Tensor, ""]:
    """Root of the total variance over clips."""
    return values.var(dim=0).sum().sqrt()


def coverage(shape: Shape, real: Shape) -> float:
    """Spread of per-clip colour, size and direction over real clips' spread, each at most 1: the least of them."""

    def factors(found: Shape) -> list[Tensor]:
        travel = found.centre[:, -1] - found.centre[:, 0]
        direction = travel / travel.norm(dim=1, keepdim=True).clamp(min=1e-6)
        return [found.colour.mean(dim=1), found.area.sqrt().mean(dim=1, keepdim=True), direction]

    ratios = [spread(made) / spread(true) for made, true in zip(factors(shape), factors(real))]
    return min(1.0, *(ratio.item() for ratio in ratios))


def travel_direction(centres: Float[Tensor, "B T 2"]) -> Labels:
    """0 if a clip moves further vertically than horizontally, else 1."""
    travel = (centres[:, -1] - centres[:, 0]).abs()
    return (travel[:, 1] <= travel[:, 0]).long()


def direction_accuracy(shape: Shape, labels: Int[Tensor, " B"], matched: bool = False) -> float:
    """Share of clips that move as their label asks; `matched`: after the best renaming of codes to the two
    directions, for a model that has never seen labels (chance is then above one half)."""
    found = travel_direction(shape.centre)
    names = range(max(2, int(labels.max()) + 1))
    renamings = permutations(names) if matched else [tuple(names)]
    return max((torch.tensor(names)[labels] == found).float().mean().item() for names in renamings)


def shape_figures(clips: Clips, real: Clips) -> dict[str, float]:
    """The five figures of `clips`; jerk and coverage relative to `real` clips of equal length and step."""
    made, true = segment(clips), segment(real)
    return {
        "ACD": content_distance(made.colour).item(),
        "motion energy": motion_energy(clips).mean().item(),
        "one-shape rate": made.single.float().mean().item(),
        "path jerk": (path_roughness(made.centre).mean() / path_roughness(true.centre).mean()).item(),
        "coverage": coverage(made, true),
    }
