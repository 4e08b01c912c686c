"""How near a predicted future is to the one that came, step by step of the horizon.

There are many futures and one came: each measure prefers a blurred mean of all to a sharp other one, and an
empty picture to a small object in the wrong place. Show `copy the last frame` beside them, best of k samples,
and a figure that sees sharpness (LPIPS, FVD).
"""

from collections.abc import Callable
from itertools import combinations
from typing import NamedTuple

import torch
from einops import reduce
from jaxtyping import Float
from torch import Tensor

from mocolab.types import Clips

LEVEL = 2 / 255
"""Distance of two neighbours of the 256 levels that a saved clip has."""
WINDOW = 11
"""Pixels; of SSIM's Gaussian, whose sigma is 1.5."""


class Measure(NamedTuple):
    """A comparison of predicted with true frames, and which way is better."""

    compare: Callable[[Clips, Clips], Float[Tensor, "B T"]]
    higher_is_better: bool


class Horizon(NamedTuple):
    """One measure of k sampled futures a clip."""

    mean: Float[Tensor, " T"]
    """Over samples and clips."""
    best: Float[Tensor, " T"]
    """Of every clip the one sample whose mean over the horizon is best; then the mean over clips."""


def l1(made: Clips, real: Clips) -> Float[Tensor, "B T"]:
    """Mean |difference| of every frame, pixels in [-1, 1]. An empty scene beats a misplaced object."""
    return (made - real).abs().mean(dim=(1, 3, 4))


def psnr(made: Clips, real: Clips) -> Float[Tensor, "B T"]:
    """10 log10(4 / mean squared difference) of every frame, dB. An error below that of rounding to 256 levels
    counts as that: a perfect frame has 58.9 dB, and one of them does not make a mean infinite. Likes blur."""
    error = (made - real).square().mean(dim=(1, 3, 4))
    return 10 * torch.log10(4 / error.clamp(min=LEVEL**2 / 12))


def ssim(made: Clips, real: Clips) -> Float[Tensor, "B T"]:
    """Structural similarity (Wang et al., 2004) of every frame, the mean over channels and all whole windows.

    Gaussian window of 11 px and sigma 1.5, K = (.01, .03), range 2, population covariances. Where both are
    flat it is 1, so a large empty background flatters. `ValueError` below 11 px.
    """
    if min(made.shape[-2:]) < WINDOW:
        raise ValueError(
            f"Frames of {made.shape[-2]}x{made.shape[-1]} px were given, but SSIM looks through a window of "
            f"{WINDOW} px: measure at a larger size."
        )
    rows, columns = (_window(size, made) for size in made.shape[-2:])

    def blur(clips: Tensor) -> Tensor:
        return rows @ clips @ columns.mT  # (measured: seven times as fast as a convolution of so few channels)

    mean_x, mean_y = blur(made), blur(real)
    variances = blur(made * made) + blur(real * real) - mean_x**2 - mean_y**2
    covariance = blur(made * real) - mean_x * mean_y
    flat, plain = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    similarity = (2 * mean_x * mean_y + flat) / (mean_x**2 + mean_y**2 + flat)
    similarity = similarity * (2 * covariance + plain) / (variances + plain)
    return similarity.mean(dim=(1, 3, 4))


def _window(size: int, like: Tensor) -> Float[Tensor, "_S S"]:
    """The Gaussian at every place where it is whole, as rows."""
    place = torch.arange(size - WINDOW + 1)[:, None] + WINDOW // 2 - torch.arange(size)
    weights = torch.exp(-(place**2) / (2 * 1.5**2)) * (place.abs() <= WINDOW // 2)
    return (weights / weights.sum(dim=1, keepdim=True)).to(like)


MEASURES = {"L1": Measure(l1, False), "PSNR": Measure(psnr, True), "SSIM": Measure(ssim, True)}


def horizon(futures: Float[Tensor, "samples ..."], real: Clips, measure: Measure) -> Horizon:
    """A measure of k sampled futures [k, B, C, T, H, W] of every clip, per step.

    Best of k rewards variety: compare equal k only. `ValueError` unless every future has the shape of the real one.
    """
    if futures.shape[1:] != real.shape:
        raise ValueError(
            f"Futures {list(futures.shape)} were given for real clips {list(real.shape)}; needed is one axis of "
            "samples and then the real clips' shape: predict as many frames as are known."
        )
    values = torch.stack([measure.compare(future, real) for future in futures])  # [samples, B, T]
    quality = values.mean(dim=2) if measure.higher_is_better else -values.mean(dim=2)
    best = values[quality.argmax(dim=0), torch.arange(len(real), device=values.device)]
    return Horizon(values.mean(dim=(0, 1)), best.mean(dim=0))


SCALES = (1, 2, 4, 8)
"""Pixels: sides of the blocks whose means are compared, so that a near miss is nearer than a far one."""


def energy_score(futures: Float[Tensor, "samples B C T H W"], real: Clips) -> Float[Tensor, " B"]:
    """How well k sampled futures, taken as a forecast, fit the one that came; 0 if all of them are it. Lower is better.

        mean_i d(x_i, y) - 1 / (2 k^2) sum_ij d(x_i, x_j),    d = mean over scales of the root of the mean squared
                                                              difference of block means, over the whole future

    Of all ways to answer, sampling what is truly likely has the best expectation (Gneiting & Raftery, 2007): neither
    blur, nor an empty scene, nor variety for its own sake gains by it. The sides must be multiples of 8 px.
    """
    fit = torch.stack([_distance(future, real) for future in futures]).mean(dim=0)
    pairs = [_distance(first, second) for first, second in combinations(futures, 2)]
    return fit - sum(pairs, torch.zeros_like(fit)) / len(futures) ** 2


def _distance(made: Clips, real: Clips) -> Float[Tensor, " B"]:
    blocks = [reduce(made - real, "B C T (H y) (W x) -> B C T H W", "mean", y=s, x=s) for s in SCALES]
    return torch.stack([block.square().mean(dim=(1, 2, 3, 4)).sqrt() for block in blocks]).mean(dim=0)
