"""How much, and how smoothly, clips move."""

from jaxtyping import Float
from torch import Tensor

from mocolab.types import Clips


def motion_energy(clips: Clips) -> Float[Tensor, " B"]:
    """Mean |x_{t+1} - x_t| over channels, time and pixels, per clip. Flicker and noise raise it too."""
    return clips.diff(dim=2).abs().mean(dim=(1, 2, 3, 4))


def path_roughness(centres: Float[Tensor, "B T 2"]) -> Float[Tensor, " B"]:
    """Mean length of c_{t+1} - 2 c_t + c_{t-1} in pixels, per clip. 0 for constant velocity, and for rest."""
    return centres.diff(n=2, dim=1).norm(dim=2).mean(dim=1)
