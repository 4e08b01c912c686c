"""Whether pictures of moving shapes have taken another look, against their true translation."""

from jaxtyping import Bool, Float
from torch import Tensor

from mocolab.types import Clips

VISIBLE = 24 / 127.5
"""24 of 255, of pixels in [-1, 1]: what differs by more is seen as different."""


def translated_right(made: Clips, true: Clips) -> Bool[Tensor, "B T"]:
    """Which frames show the shape where the true translations show it, in a colour of the other look, on its ground.

    The ground is the median of all true frames. What differs from it, in `made` and in the true frame, has an
    intersection over union of at least 1/2: so a missing, a second or a displaced shape is wrong, and so is a wrong
    ground. The made colour, averaged over the true shape, is within 24 of 255 in every channel of that of some true
    shape, not of its own: which colour becomes which, nothing in unpaired pictures can tell.
    """
    ground = true.movedim(1, 0).flatten(1, 2).median(dim=1).values[:, None]  # [C, 1, H, W]
    there, found = (((clips - ground).abs() > VISIBLE).any(dim=1) for clips in (true, made))
    overlap = (there & found).sum(dim=(2, 3)) / (there | found).sum(dim=(2, 3)).clamp(min=1)
    colour, palette = (_colour(clips, there) for clips in (made, true))
    distance = (colour[:, :, None, None] - palette).abs().amax(dim=4).flatten(2).amin(dim=2)
    return (overlap >= 0.5) & (distance <= VISIBLE)


def _colour(clips: Clips, inside: Bool[Tensor, "B T H W"]) -> Float[Tensor, "B T C"]:
    """The average colour of what is inside."""
    total = (clips * inside[:, None]).sum(dim=(3, 4)) / inside.sum(dim=(2, 3)).clamp(min=1)[:, None]
    return total.movedim(1, 2)
