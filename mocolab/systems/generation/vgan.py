"""VGAN: Generating Videos with Scene Dynamics.

Carl Vondrick, Hamed Pirsiavash, Antonio Torralba; NIPS 2016 (arXiv 1609.02612).

    z ~ N(0, I)                                  one code for a whole clip
    G(z) = m(z) * f(z) + (1 - m(z)) * b(z)       f: a moving foreground, b: one still picture, m: a mask in (0, 1)
    D judges whole clips; the mask pays for what it covers.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor, nn, optim

from mocolab.networks.discriminators import StridedClipDiscriminator
from mocolab.networks.generators import FrameGenerator, level_widths, seed_frames
from mocolab.objectives import bce
from mocolab.system import Batch, Needs, Preset, Sampler, System, Update
from mocolab.types import Clips, Codes, Labels, LatentPath

ONE_CODE = "VGAN has one code for content and motion, so neither can be held: sample without them."


@dataclass(frozen=True)
class VGANConfig:
    """The defaults are the published hyper-parameters."""

    size: int = 64
    """Height and width in pixels: 4 * 2^k (paper: 64)."""
    width: int = 64
    """Channels of the layer nearest to the pixels, in every network (paper: 64)."""
    num_frames: int = 32
    """Frames in a clip, a multiple of size / 4; no other length can be made, but for a shorter one (paper: 32)."""
    step: int = 1
    """Distance between neighbours of a clip, in frames of the video."""
    clips: int = 64
    """Clips in a batch, for each process (paper: 64)."""
    code_dim: int = 100
    """Numbers in the code of a clip (paper: 100)."""
    sparsity: float = 0.1
    """Weight of the mask's mean (paper: .1)."""
    generator_rate: float = 2e-4
    """Adam's learning rate for the generator (paper: 2e-4)."""
    discriminator_rate: float = 2e-4
    """Adam's learning rate for the discriminator (paper: 2e-4)."""


class Streams(NamedTuple):
    """What a clip is composed of."""

    foreground: Clips
    """f, `[B, C, T, H, W]`."""
    mask: Tensor
    """m, `[B, 1, T, H, W]` in (0, 1)."""
    background: Tensor
    """b, `[B, C, 1, H, W]`: the same at every moment."""

    def composed(self) -> Clips:
        """m * f + (1 - m) * b (Eq. 2)."""
        return self.mask * self.foreground + (1 - self.mask) * self.background


class ForegroundGenerator(nn.Module):
    """Codes [N, dim] to a clip and its mask, by transposed convolutions in space and time at once."""

    def __init__(self, dim: int, width: int = 64, channels: int = 3, size: int = 64, num_frames: int = 32):
        super().__init__()
        *inner, innermost = widths = level_widths(size, width)
        seed = nn.ConvTranspose3d(dim, innermost, (seed_frames(num_frames, size), 4, 4), bias=False)
        layers = [seed, nn.BatchNorm3d(innermost), nn.ReLU(True)]
        for wide, narrow in zip(reversed(widths), reversed(inner)):
            layers += [nn.ConvTranspose3d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm3d(narrow), nn.ReLU(True)]
        self.trunk = nn.Sequential(*layers)
        self.foreground = nn.Sequential(nn.ConvTranspose3d(width, channels, 4, 2, 1), nn.Tanh())
        self.mask = nn.Sequential(nn.ConvTranspose3d(width, 1, 4, 2, 1), nn.Sigmoid())

    def forward(self, codes: Codes) -> tuple[Clips, Tensor]:
        features = self.trunk(rearrange(codes, "N D -> N D 1 1 1"))
        return self.foreground(features), self.mask(features)


class TwoStreamGenerator(nn.Module):
    """A foreground that moves, over a background that cannot."""

    def __init__(self, code_dim: int, foreground: nn.Module, background: nn.Module):
        super().__init__()
        self.code_dim = code_dim
        self.foreground = foreground
        self.background = background

    def forward(self, num_clips: int) -> Streams:
        codes = torch.randn(num_clips, self.code_dim).to(next(self.parameters()).device)
        return Streams(*self.foreground(codes), rearrange(self.background(codes), "B C H W -> B C 1 H W"))


def start_small(layer: nn.Module) -> None:
    """Weights ~ N(0, .01); BatchNorm's ~ N(1, .02), with an epsilon of 1e-3 (as released)."""
    if isinstance(layer, nn.modules.conv._ConvNd):
        nn.init.normal_(layer.weight, 0.0, 0.01)
    elif isinstance(layer, nn.modules.batchnorm._BatchNorm):
        nn.init.normal_(layer.weight, 1.0, 0.02)
        layer.eps = 1e-3


class VGAN(System, Sampler):
    """Two streams from one code against one judge of clips."""

    averaged = ("generator",)

    def __init__(self, config: VGANConfig):
        super().__init__()
        self.config = c = config
        self.needs = Needs(clips=c.clips, num_frames=c.num_frames, step=c.step, size=c.size)
        self.generator = TwoStreamGenerator(
            c.code_dim,
            foreground=ForegroundGenerator(c.code_dim, c.width, size=c.size, num_frames=c.num_frames),
            background=FrameGenerator(c.code_dim, c.width, size=c.size),
        )
        # Paper: two outputs, softmax, the error halved. Here: one logit and the whole error, because a softmax of two
        # is a sigmoid of their difference, and Adam's step does not change with the error's scale.
        self.D = StridedClipDiscriminator(c.width, size=c.size, num_frames=c.num_frames)
        self.apply(start_small)

    def optimizers(self) -> dict[str, optim.Optimizer]:
        rates = {"D": self.config.discriminator_rate, "G": self.config.generator_rate}
        networks = {"D": self.D, "G": self.generator}
        return {
            name: optim.Adam(networks[name].parameters(), rate, betas=(0.5, 0.999), fused=True)
            for name, rate in rates.items()
        }

    def training_step(self, batch: Batch, update: Update) -> None:
        """D learns to tell real clips from made ones; G learns to fool it with the same clips, and a small mask."""
        streams = self.generator(self.config.clips)
        fake = streams.composed()
        update("D", realism=bce.discriminator(self.D(batch["clip"]), self.D(fake.detach())))
        update("G", clips=bce.generator(self.D(fake)), mask=self.config.sparsity * streams.mask.float().mean())

    def sample(self, num_clips, num_frames, *, labels=None, content=None, motion=None) -> Clips:
        """Clips of `num_frames` frames, the first of those that are made; `ValueError` if more are asked for."""
        if content is not None or motion is not None:
            raise ValueError(ONE_CODE)
        if num_frames > self.config.num_frames:
            raise ValueError(
                f"{num_frames} frames were asked for, but this VGAN paints {self.config.num_frames} at once and no "
                "more: ask for fewer."
            )
        return self.generator(num_clips).composed()[:, :, :num_frames]

    def codes(self, num_clips: int, num_frames: int, labels: Labels | None = None) -> tuple[Codes, LatentPath]:
        raise ValueError(ONE_CODE)

    def preview(self, batch: Batch) -> Clips:
        """The clips, then their foregrounds, masks (white: foreground) and backgrounds."""
        streams = self.generator(len(batch["clip"]))
        clips, mask = streams.composed(), 2 * streams.mask - 1
        return torch.cat([clips, streams.foreground, mask.expand_as(clips), streams.background.expand_as(clips)])


def presets(categories: int) -> dict[str, Preset]:
    """Recipes, the same for any number of categories, for VGAN knows none; `paper` is the published one."""
    ours = {"generator_rate": 2e-3, "discriminator_rate": 1e-3, "step": 2}
    smoke = VGANConfig(size=16, width=8, num_frames=8, clips=4, **ours)
    cpu = VGANConfig(size=32, width=32, num_frames=16, clips=8, **ours)
    return {
        "smoke": Preset(smoke, steps=20),
        "cpu": Preset(cpu, steps=1000, decay_after=0.5),
        "paper": Preset(VGANConfig(), steps=100_000),
    }
