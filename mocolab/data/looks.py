"""Looks of moving shapes: the same clips in other colours, before another background, with another texture."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from mocolab.data.canvas import middles, ramp

LookName = Literal["plain", "day", "night"]


class Look(NamedTuple):
    """How clips are painted; colours are RGB in bytes."""

    colours: Sequence[tuple[int, int, int]] = ()
    """The shapes' colours run through these; empty: every colour there is."""
    low: tuple[int, int, int] = (0, 0, 0)
    """The background's colour in the valleys of its waves."""
    high: tuple[int, int, int] = (0, 0, 0)
    """And on their crests."""
    waves: tuple[float, float] = (0.0, 0.0)
    """Waves across and down the picture."""
    stripes: float = 0.0
    """How much darker every second stripe of a shape is, as a share; there are two of each."""

    def colour(self, numbers: Float[Tensor, "B 3"]) -> UInt8[Tensor, "B 3"]:
        """The colours of shapes, from numbers in [0, 1): the first alone decides the place in a list."""
        if not self.colours:
            return (numbers * 256).to(torch.uint8)
        return ramp(numbers.float()[:, :1, None, None], self.colours)[..., 0, 0, 0].round().to(torch.uint8)

    def background(self, size: int) -> UInt8[Tensor, "3 1 size size"]:
        """The picture behind the shape."""
        across, down = ((torch.pi * count * middles(size)).cos() for count in self.waves)
        share = (1 + down[:, None] * across) / 2
        low, high = (torch.tensor(colour, dtype=torch.float32)[:, None, None, None] for colour in (self.low, self.high))
        return torch.lerp(low, high, share).round().to(torch.uint8)

    def texture(self, along: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        """The brightness of a shape, from 1 downwards, at shares of its height."""
        return 1 - self.stripes * (1 - (4 * torch.pi * along).sin()) / 2


LOOKS: dict[LookName, Look] = {
    "plain": Look(),
    "day": Look(
        colours=((214, 40, 84), (226, 86, 40), (238, 160, 30), (130, 96, 50)),
        low=(246, 226, 190),
        high=(255, 244, 222),
        waves=(6, 6),
    ),
    "night": Look(
        colours=((168, 108, 255), (84, 150, 255), (60, 224, 226), (120, 255, 150)),
        low=(10, 14, 44),
        high=(38, 44, 98),
        waves=(0, 3),
        stripes=0.6,
    ),
}
