"""Whether pictures of moving shapes have taken another look, against their true translation."""

from typing import NamedTuple

from jaxtyping import Bool, Float
from torch import Tensor

from mocolab.types import Clips

VISIBLE = 24 / 127.5
"""24 of 255, of pixels in [-1, 1]: what differs by more is seen as different."""


class Translated(NamedTuple):
    """What is right, frame by frame."""

    place: Bool[Tensor, "B T"]
    """One thing stands out from the other look's ground, where the true translation has it."""
    colour: Bool[Tensor, "B T"]
    """And it has a colour of the other look."""


def translated(made: Clips, true: Clips) -> Translated:
    """Which frames of `made` show the shape where the true translations show it, and which in a right colour, too.

    The ground is the median of all true frames; what differs from it by half of the greatest difference in the frame,
    and visibly, stands out. Place: this and the same of the true frame have an intersection over union of at least
    1/2, and all else is within 24 of 255 of the ground on average: a missing, a second or a displaced shape is wrong,
    and so is a wrong ground. Colour: its average over the true shape is within 24 of 255 in every channel of that of
    *some* true shape; which colour becomes which, nothing in unpaired pictures can tell.
    """
    ground = true.movedim(1, 0).flatten(1, 2).median(dim=1).values[:, None]  # [C, 1, H, W]
    there, found = (_stands_out((clips - ground).abs().amax(dim=1)) for clips in (true, made))
    overlap = (there & found).sum(dim=(2, 3)) / (there | found).sum(dim=(2, 3)).clamp(min=1)
    rest = ((made - ground).abs().mean(dim=1) * ~there).sum(dim=(2, 3)) / (~there).sum(dim=(2, 3))
    place = (overlap >= 0.5) & (rest <= VISIBLE)
    colour, palette = (_colour(clips, there) for clips in (made, true))
    distance = (colour[:, :, None, None] - palette).abs().amax(dim=4).flatten(2).amin(dim=2)
    return Translated(place, colour=place & (distance <= VISIBLE))


def _stands_out(difference: Float[Tensor, "B T H W"]) -> Bool[Tensor, "B T H W"]:
    return difference > (difference.amax(dim=(2, 3), keepdim=True) / 2).clamp(min=VISIBLE)


def _colour(clips: Clips, inside: Bool[Tensor, "B T H W"]) -> Float[Tensor, "B T C"]:
    """The average colour of what is inside."""
    total = (clips * inside[:, None]).sum(dim=(3, 4)) / inside.sum(dim=(2, 3)).clamp(min=1)[:, None]
    return total.movedim(1, 2)
