"""Judges of frames and of clips. They give scores (logits): one per picture, or one per patch."""

from itertools import pairwise

import torch
from einops import rearrange, repeat
from jaxtyping import Float
from torch import Tensor, nn

from mocolab.networks.generators import level_widths, seed_frames
from mocolab.types import Clips, Frames, Scores


class InstanceNoise(nn.Module):
    """Adds N(0, sigma^2) to what passes, in training and in evaluation alike, as released."""

    def __init__(self, sigma: float):
        super().__init__()
        self.sigma = sigma

    def forward(self, x: Tensor) -> Tensor:
        if self.sigma == 0:
            return x
        noise = torch.randn_like(x, dtype=torch.float32).to(x.dtype)  # drawn in bf16, it takes CPUs half as long again
        return torch.add(x, noise, alpha=self.sigma)


def frame_pairs(pictures: Float[Tensor, "B _C H W"], clips: Clips, moments: int) -> Float[Tensor, "N _C2 H W"]:
    """(picture, frame) on six channels, as a conditional D_I sees them, for some random moments of each clip."""
    frames = clips[:, :, torch.randint(clips.shape[2], (moments,))]
    pairs = torch.cat([repeat(pictures, "B C H W -> B C T H W", T=moments), frames], dim=1)
    return rearrange(pairs, "B C T H W -> (B T) C H W")


class FrameDiscriminator(nn.Module):
    """MoCoGAN's D_I: [N, C, size, size] -> one score per patch [N, 4, 4], or per frame [N, 1, 1].

    The patch form has one layer less; a score of it sees 46 px at size 64. No biases.
    """

    def __init__(self, width: int = 64, channels: int = 3, size: int = 64, patch: bool = True, noise: float = 0.0):
        super().__init__()
        widths = [channels, *level_widths(size, width)]
        if patch:
            widths.pop()
        layers = []
        for level, (narrow, wide) in enumerate(pairwise(widths)):
            layers += [InstanceNoise(noise), nn.Conv2d(narrow, wide, 4, 2, 1, bias=False)]
            layers += [nn.BatchNorm2d(wide)] if level > 0 else []
            layers += [nn.LeakyReLU(0.2, True)]
        if patch:
            layers += [InstanceNoise(noise), nn.Conv2d(widths[-1], 1, 4, 2, 1, bias=False)]
        else:
            layers += [nn.Conv2d(widths[-1], 1, 4, 1, 0, bias=False)]
        self.layers = nn.Sequential(*layers)

    def forward(self, frames: Frames) -> Scores:
        return self.layers(frames)[:, 0]


def _clip_layers(width: int, channels: int, size: int, patch: bool, noise: float, outputs: int) -> nn.Sequential:
    """Convolutions 4 frames long, with neither stride nor padding in time: each costs 3 frames. No biases."""
    inside = {"kernel_size": 4, "stride": (1, 2, 2), "padding": (0, 1, 1), "bias": False}
    widths = [channels, *level_widths(size, width)]
    if patch:
        widths.pop()
    layers = []
    for level, (narrow, wide) in enumerate(pairwise(widths)):
        layers += [InstanceNoise(noise), nn.Conv3d(narrow, wide, **inside)]
        layers += [nn.BatchNorm3d(wide)] if level > 0 else []
        layers += [nn.LeakyReLU(0.2, True)]
    layers += [nn.Conv3d(widths[-1], outputs, **inside) if patch else nn.Conv3d(widths[-1], outputs, 4, bias=False)]
    return nn.Sequential(*layers)


def shortest_clip(size: int, patch: bool) -> int:
    """The fewest frames a clip discriminator can judge: at 64 px 13 for patches, else 16; at 32 px 10 and 13."""
    return 1 + 3 * (len(level_widths(size, 1)) + (not patch))


class ClipDiscriminator(nn.Module):
    """MoCoGAN's D_V: [N, C, T, size, size] -> scores [N, T', 4, 4] (patch form) or [N, T', 1, 1].

    T' = T - shortest_clip(size, patch) + 1.
    """

    def __init__(self, width: int = 64, channels: int = 3, size: int = 64, patch: bool = True, noise: float = 0.0):
        super().__init__()
        self.layers = _clip_layers(width, channels, size, patch, noise, outputs=1)

    def forward(self, clips: Clips) -> Scores:
        return self.layers(clips)[:, 0]


class CategoricalClipDiscriminator(nn.Module):
    """A D_V that also names the category: [N, C, T, size, size] -> [N, 1 + num_categories], the full form.

    Column 0 is the verdict, the others are class logits; longer clips give the mean over moments.
    """

    def __init__(self, num_categories: int, width: int = 64, channels: int = 3, size: int = 64, noise: float = 0.0):
        super().__init__()
        self.layers = _clip_layers(width, channels, size, patch=False, noise=noise, outputs=1 + num_categories)

    def forward(self, clips: Clips) -> Scores:
        return self.layers(clips).mean(dim=(2, 3, 4))


class StridedClipDiscriminator(nn.Module):
    """The judge of VGAN and TGAN: [N, C, num_frames, size, size] -> one score per clip [N, 1, 1, 1].

    Every level halves time as well as height and width; what is left, some frames of 4 x 4, is weighed by one
    full convolution. Biases only where no BatchNorm follows, which would take them away.
    """

    def __init__(self, width: int = 64, channels: int = 3, size: int = 64, num_frames: int = 16):
        super().__init__()
        layers = []
        widths = [channels, *level_widths(size, width)]
        for level, (narrow, wide) in enumerate(pairwise(widths)):
            layers += [nn.Conv3d(narrow, wide, 4, 2, 1, bias=level == 0)]
            layers += [nn.BatchNorm3d(wide)] if level > 0 else []
            layers += [nn.LeakyReLU(0.2, True)]
        self.layers = nn.Sequential(*layers, nn.Conv3d(widths[-1], 1, (seed_frames(num_frames, size), 4, 4)))

    def forward(self, clips: Clips) -> Scores:
        return self.layers(clips)[:, 0]


class PatchDiscriminator(nn.Module):
    """The PatchGAN of pix2pix and CycleGAN: [N, C, H, W], 24 px and more, to one score for each patch of 70 x 70.

    2,764,737 weights at width 64; each picture is normalised alone.
    """

    def __init__(self, width: int = 64, channels: int = 3):
        super().__init__()
        layers = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2, True)]
        for narrow, wide, stride in ((1, 2, 2), (2, 4, 2), (4, 8, 1)):
            layers += [nn.Conv2d(narrow * width, wide * width, 4, stride, 1), nn.InstanceNorm2d(wide * width)]
            layers += [nn.LeakyReLU(0.2, True)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(8 * width, 1, 4, 1, 1))

    def forward(self, frames: Frames) -> Scores:
        return self.layers(frames)[:, 0]
