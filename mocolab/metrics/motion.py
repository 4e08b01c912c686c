"""How much, and how smoothly, clips and the paths of what they show move."""

from jaxtyping import Float
from torch import Tensor

from mocolab.types import Clips

Paths = Float[Tensor, "B T 2"]
"""(x, y) of one thing over time, in pixels."""


def motion_energy(clips: Clips) -> Float[Tensor, " B"]:
    """Mean |x_{t+1} - x_t| over channels, time and pixels, per clip. Flicker and noise raise it too."""
    return clips.diff(dim=2).abs().mean(dim=(1, 2, 3, 4))


def path_speed(centres: Paths) -> Float[Tensor, " B"]:
    """Mean length of c_{t+1} - c_t in pixels a frame, per clip. Trembling on the spot is speed, too."""
    return centres.diff(dim=1).norm(dim=2).mean(dim=1)


def path_roughness(centres: Paths) -> Float[Tensor, " B"]:
    """Mean length of c_{t+1} - 2 c_t + c_{t-1} in pixels, per clip. 0 for constant velocity, and for rest."""
    return centres.diff(n=2, dim=1).norm(dim=2).mean(dim=1)


def path_straightness(centres: Paths) -> Float[Tensor, " B"]:
    """Distance from start to end over the way that was gone, per clip: 1 straight on, near 0 for trembling on the
    spot and for a way out and back; 0 for rest."""
    way = centres.diff(dim=1).norm(dim=2).sum(dim=1)
    return (centres[:, -1] - centres[:, 0]).norm(dim=1) / way.clamp(min=1e-6)
