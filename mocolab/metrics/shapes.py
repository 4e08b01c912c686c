"""Figures for clips of one moving shape on black: seen as a set, no single one can be believed.

What each says of real clips, and what fools it:

- ACD, 0: frozen clips, frames in any order, copies, one clip repeated, blur, an empty scene.
- Motion energy, as real: copies, one clip repeated, a colour shift, blur; flicker on frozen clips.
- One-shape rate, 1: all of these but the empty scene.
- Path jerk, 1 (of real's): copies, one clip repeated, a colour shift, blur.
- Coverage, 1 (of real's): frames in any order, copies, a colour shift, blur.
"""

from typing import NamedTuple

import numpy as np
import torch
from einops import rearrange
from jaxtyping import Bool, Float, Int
from scipy import ndimage
from torch import Tensor

from mocolab.metrics.content import content_distance
from mocolab.metrics.motion import motion_energy, path_roughness
from mocolab.types import Clips, Labels

SIDES = (8 / 64, 14 / 64)  # of the smallest and the largest shape, in picture sizes
ENOUGH = 32  # clips that tell whether a set is one of shapes


class Shape(NamedTuple):
    """What segmentation finds, frame by frame."""

    colour: Float[Tensor, "B T 3"]
    """Average RGB of the shape, 0..255."""
    area: Float[Tensor, "B T"]
    """Pixels."""
    centre: Float[Tensor, "B T 2"]
    """(x, y) in pixels."""
    extent: Int[Tensor, "B T 2"]
    """Height and width of its box in pixels."""
    single: Bool[Tensor, "B T"]
    """Whether there is exactly one component, and its box has a legal size to within one pixel."""

    @property
    def fill(self) -> Float[Tensor, "B T"]:
        """Share of its box that the shape covers: 1 for a square, pi / 4 for a disc."""
        return self.area / self.extent.prod(dim=2)


def segment(clips: Clips) -> Shape:
    """The shape is what is brighter, in its brightest channel, than half of the frame's brightest pixel; all in
    the 256 levels that a saved clip has."""
    pixels = clips.detach().float().cpu().add(1).mul_(127.5).round_()
    brightness = pixels.amax(dim=1)  # [B, T, H, W]
    inside = brightness > brightness.amax(dim=(2, 3), keepdim=True) / 2
    mask = inside.float()
    columns, rows = mask.sum(dim=2), mask.sum(dim=3)
    area = rows.sum(dim=2)
    some = area.clamp(min=1)[..., None]  # a black frame has no shape: its colour is black, its centre (0, 0)
    total = torch.stack([(channel * mask).sum(dim=(2, 3)) for channel in pixels.unbind(1)], dim=2)
    place = torch.arange(clips.shape[-1]) + 0.5
    extent, single = _boxes(inside)
    return Shape(
        colour=total / some,
        area=area,
        centre=torch.stack([columns @ place, rows @ place], dim=2) / some,
        extent=extent,
        single=single,
    )


def _boxes(inside: Bool[Tensor, "B T H W"]) -> tuple[Int[Tensor, "B T 2"], Bool[Tensor, "B T"]]:
    """Extents of what is inside, and where it is exactly one component (8 neighbours) whose box has a legal size to
    within one pixel."""
    size = inside.shape[-1]
    smallest, largest = round(SIDES[0] * size) - 1, round(SIDES[1] * size) + 1
    rows, columns = inside.any(dim=3).float(), inside.any(dim=2).float()
    first = torch.stack([rows.argmax(dim=2), columns.argmax(dim=2)])
    last = size - 1 - torch.stack([rows.flip(2).argmax(dim=2), columns.flip(2).argmax(dim=2)])
    extent = last - first + 1  # [2, B, T]; of an empty frame the whole size
    legal = ((extent >= smallest) & (extent <= largest)).all(dim=0)

    # Components are sought, by one call, only where the box is legal, and only in a window that holds it.
    window = torch.arange(largest)
    y, x = (first[:, legal, None] + window).clamp(max=size - 1)  # repeats of the last pixel touch it
    cut = inside[legal][torch.arange(len(y))[:, None, None], y[:, :, None], x[:, None, :]]
    neighbours = np.zeros((3, 3, 3))
    neighbours[1] = 1  # in the picture, not in time
    names = torch.from_numpy(ndimage.label(cut.numpy(), neighbours)[0])
    largest_name = names.amax(dim=(1, 2), keepdim=True)
    legal[legal.clone()] = (~cut | (names == largest_name)).all(dim=(1, 2))
    return rearrange(extent, "yx B T -> B T yx"), legal


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
    return torch.stack(ratios).amin().clamp(max=1).item()


def travel_direction(centres: Float[Tensor, "B T 2"]) -> Labels:
    """0 if a clip moves further vertically than horizontally, else 1."""
    travel = (centres[:, -1] - centres[:, 0]).abs()
    return (travel[:, 1] <= travel[:, 0]).long()


def direction_accuracy(shape: Shape, labels: Int[Tensor, " B"], matched: bool = False) -> float:
    """Share of clips that move as their label (0 vertical, 1 horizontal) asks; `matched`: after the better of
    the two namings of the directions, for a model that has never seen labels (chance is then above one half)."""
    if not torch.isin(labels, torch.tensor([0, 1])).all():
        raise ValueError(f"Labels up to {labels.max()} were given, but there are two directions: use 0 and 1.")
    share = (travel_direction(shape.centre) == labels.cpu()).float().mean().item()
    return max(share, 1 - share) if matched else share


def are_shapes(real: Clips) -> bool:
    """Whether these are clips of one shape each on black, of which more can be measured."""
    return segment(real[:ENOUGH]).single.float().mean().item() > 0.98


def shape_figures(clips: Clips, real: Float[Tensor, "R ..."]) -> dict[str, float]:
    """The five figures of `clips`; jerk and coverage relative to `real` clips of equal length and step.

    `ValueError` unless both are at least 2 clips, of 3 frames or more, and alike in length and size.
    """
    if clips.shape[1:] != real.shape[1:] or min(len(clips), len(real)) < 2 or clips.shape[2] < 3:
        raise ValueError(
            f"Clips {list(clips.shape)} and real clips {list(real.shape)} were given; needed are at least 2 of each, "
            "alike in length and size, with 3 frames or more: draw both anew."
        )
    made, true = segment(clips), segment(real)
    return {
        "ACD": content_distance(made.colour).item(),
        "motion energy": motion_energy(clips).mean().item(),
        "one-shape rate": made.single.float().mean().item(),
        "path jerk": (path_roughness(made.centre).mean() / path_roughness(true.centre).mean()).item(),
        "coverage": coverage(made, true),
    }


def centre_error(made: Shape, real: Shape) -> Float[Tensor, "B T"]:
    """Distance in pixels from where the shape is to where it should be; a frame without shape counts as (0, 0)."""
    return (made.centre - real.centre).norm(dim=2)


def moved_right(made: Shape, source: Shape, driving: Shape, size: int) -> Bool[Tensor, " B"]:
    """Which clips show the source's object on the driving path: right in every part of `moved_parts`.

    Fooled by nothing: an empty scene, a copy of the driver and a still source are all wrong."""
    return torch.stack(list(moved_parts(made, source, driving, size).values())).all(dim=0)


def moved_parts(made: Shape, source: Shape, driving: Shape, size: int) -> dict[str, Bool[Tensor, " B"]]:
    """Which clips show one shape in nine frames of ten; disc or square as the source; its colour within 24 of 255 in
    every channel; its centre on average within 3 px at 64 px of the driving path."""
    round_ = [(shape.fill.mean(dim=1) < (1 + torch.pi / 4) / 2) for shape in (made, source)]
    return {
        "one shape": made.single.float().mean(dim=1) >= 0.9,
        "kind right": round_[0] == round_[1],
        "colour right": (made.colour.mean(dim=1) - source.colour.mean(dim=1)).abs().amax(dim=1) <= 24,
        "path right": centre_error(made, driving).mean(dim=1) <= 3 * size / 64,
    }
