"""Painting on many frames at once: soft-edged shapes, over the whole of each frame or over a window that moves."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from einops import rearrange
from jaxtyping import Float
from numpy.lib.stride_tricks import sliding_window_view
from torch import Tensor

Colour = Float[Tensor, "... 3 #T #H #W"]


class Canvas(NamedTuple):
    """Pixels to paint on, 0..255, and where they lie in the coordinates of what is painted."""

    pixels: Float[Tensor, "B 3 T H W"]
    x: Float[Tensor, "..."]
    y: Float[Tensor, "..."]
    pixel: float
    """The side of a pixel."""

    def cover(self, distance: Tensor) -> Tensor:
        """The share of each pixel that is inside, where `distance` is negative."""
        return torch.sub(0.5, distance, alpha=1 / self.pixel).clamp_(0, 1)

    def blend(self, share: Float[Tensor, "#B #T H W"], colour: Colour) -> None:
        """Mix so much of a colour into each pixel."""
        self.pixels.lerp_(colour, share[:, None])


def middles(size: int) -> Float[Tensor, " size"]:
    """Where the middles of a row of pixels are, when its ends are at -1 and 1."""
    return (torch.arange(size) * 2 + 1) / size - 1


@contextmanager
def window(
    pixels: Float[Tensor, "B 3 T S S"], x: Float[Tensor, "B T"], y: Float[Tensor, "B T"], shape: tuple[int, int]
) -> Iterator[tuple[Float[Tensor, "B 3 T H W"], Float[Tensor, "B T 1 W"], Float[Tensor, "B T H 1"]]]:
    """A copy of the part of each frame around (x, y), and where its pixels' middles are; put back at the end."""
    size = pixels.shape[-1]
    left, top = (
        ((middle + 1) / 2 * size - side / 2).round().long().clamp(0, size - side)
        for middle, side in ((x, shape[1]), (y, shape[0]))
    )
    parts = sliding_window_view(pixels.numpy(), shape, axis=(3, 4), writeable=True)
    clip, moment = np.ogrid[: pixels.shape[0], : pixels.shape[2]]
    place = (clip, slice(None), moment, top.numpy(), left.numpy())
    part = rearrange(torch.from_numpy(parts[place]), "B T C H W -> B C T H W").contiguous()
    columns, rows = (
        middles(size)[start[..., None] + torch.arange(side)] for start, side in ((left, shape[1]), (top, shape[0]))
    )
    yield part, columns[:, :, None, :], rows[:, :, :, None]
    parts[place] = rearrange(part, "B C T H W -> B T C H W").numpy()


def colour(rgb: Sequence[int]) -> Colour:
    """One colour for everything."""
    return torch.tensor(rgb, dtype=torch.float32)[:, None, None, None]


def ramp(dial: Float[Tensor, "B 1 1 1"], colours: Sequence[Sequence[int]]) -> Colour:
    """A colour for each clip, between two neighbours of a list through which the dial goes from 0 to 1."""
    table = torch.tensor(colours, dtype=torch.float32)
    place = dial.flatten() * (len(table) - 1)
    low = place.long().clamp(max=len(table) - 2)
    return table[low].lerp(table[low + 1], (place - low)[:, None])[:, :, None, None, None]


def oval(x: Tensor, y: Tensor, square: Tensor | float = 0.0) -> Tensor:
    """Radius of the ellipse (square 0) or rounded box (towards 1) with half-axes 1 that a point lies on."""
    x, y = x * x, y * y
    return (x + y - square * x.clamp(max=1) * y.clamp(max=1)).sqrt()  # unclamped, more boxes lie further out
