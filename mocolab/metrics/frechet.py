"""How far a set of clips lies from a set of real ones, in the eyes of a network trained on other things.

The protocol: N >= 256 clips against N real clips of equal length and step, drawn independently, resized to 224 px
(bilinear, pixel centres aligned, no smoothing before shrinking); beside it the distance between two such sets of
real clips. The distance of small samples is mostly bias: never compare numbers of different N, length or step.
(Measured on drawn faces of 64 px, real against real, over 20 deals of the same 512 clips: 146 +- 8 at N = 64, 81 +- 5
at N = 128, 42 +- 2 at N = 256. A clip of 16 frames costs I3D .7 s of one core, .35 in bf16.)

What fools them:

- FVD sees what clips show and roughly how they move: frames out of order, copied training clips.
- The frame distance sees what frames show: any order of the frames, copied training clips.
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from mocolab.metrics.perceptual import frame_features
from mocolab.types import Clips, Scalar

FEWEST_CLIPS = 256
SIZE = 224
BATCH = 4  # clips judged at once: memory stays flat


def resized(clips: Clips, size: int) -> Float[Tensor, "B C T _H _W"]:
    """Clips at `size` x `size` pixels, as the protocol says."""
    frames = rearrange(clips, "B C T H W -> (B T) C H W")
    frames = F.interpolate(frames, (size, size), mode="bilinear", align_corners=False)
    return rearrange(frames, "(B T) C H W -> B C T H W", B=len(clips))


@torch.no_grad()
def clip_features(clips: Clips, network: nn.Module, size: int = SIZE) -> Float[Tensor, "B 400"]:
    """I3D's logits of every clip, on the CPU; computed where the network is."""
    device = next(network.parameters()).device
    return torch.cat([network(resized(part.to(device), size)).cpu() for part in clips.split(BATCH)])


@torch.no_grad()
def picture_features(clips: Clips, network: nn.Module, size: int = SIZE) -> Float[Tensor, "B T 256"]:
    """AlexNet's features of every frame, on the CPU; computed where the network is."""
    device = next(network.parameters()).device

    def features(part: Clips) -> Tensor:
        frames = rearrange(resized(part.to(device), size), "B C T H W -> (B T) C H W")
        return rearrange(frame_features(frames, network).cpu(), "(B T) F -> B T F", B=len(part))

    return torch.cat([features(part) for part in clips.split(BATCH)])


def frechet_distance(a: Float[Tensor, "_N F"], b: Float[Tensor, "_M F"]) -> Scalar:
    """Squared Frechet distance of the normal distributions of two samples, in float64:
    |mu_a - mu_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2)), covariances over N - 1.

    With S = R'R, R the triangle of a QR of the centred sample, tr (S_a S_b)^(1/2) is the sum of the singular
    values of R_a R_b': no root of a matrix, no complex number, and a sample is at 0 from itself to rounding.
    """
    (mean_a, root_a), (mean_b, root_b) = (_mean_and_root(sample.double()) for sample in (a, b))
    shared = torch.linalg.svdvals(root_a @ root_b.mT).sum()
    return (mean_a - mean_b).square().sum() + root_a.square().sum() + root_b.square().sum() - 2 * shared


def _mean_and_root(sample: Float[Tensor, "N F"]) -> tuple[Tensor, Tensor]:
    mean = sample.mean(dim=0)
    return mean, torch.linalg.qr(sample - mean, mode="r").R / (len(sample) - 1) ** 0.5


def require_enough(name: str, num_clips: int, num_real: int) -> None:
    """`ValueError` if a distance between so many clips would be bias more than anything, or has no real one beside."""
    if num_clips < FEWEST_CLIPS or num_real != 2 * num_clips:
        raise ValueError(
            f"{name} was asked of {num_clips} clips and {num_real} real ones, but it means something only from "
            f"{FEWEST_CLIPS} clips on, and needs twice as many real ones, for the distance of real to real: draw more."
        )


def fvd(made: Float[Tensor, "_N 400"], real: Float[Tensor, "_M 400"]) -> dict[str, float]:
    """FVD (Unterthiner et al., 2018) from the `clip_features` of N made and 2 N real clips, N >= 256; smaller is
    better. Read it beside motion energy: of shapes, frames in any order are less than a quarter as far away as a blur
    of 3 px, two swaps of neighbours less than an eighth; and clips copied from training are perfect."""
    return _beside_real("FVD", made, real)


def frame_distance(made: Float[Tensor, "_N T 256"], real: Float[Tensor, "_M T 256"]) -> dict[str, float]:
    """The Frechet distance of `picture_features` of N made and 2 N real clips, N >= 256; smaller is better.
    Not FID, whose network is Inception. It does not see time: any order of frames is the same to it."""
    return _beside_real("AlexNet frame distance", made, real)


def _beside_real(name: str, made: Tensor, real: Tensor) -> dict[str, float]:
    """The distance of `made` to the first half of `real`, and of the second half to the first."""
    require_enough(name, len(made), len(real))
    near, far, fake = (rearrange(part, "N ... F -> (N ...) F") for part in (*real.split(len(made)), made))
    return {
        name: frechet_distance(fake, near).item(),
        f"{name}, real against real": frechet_distance(far, near).item(),
    }
