"""TGAN: Temporal Generative Adversarial Nets with Singular Value Clipping.

Masaki Saito, Eiichi Matsumoto, Shunta Saito; ICCV 2017 (arXiv 1611.06624).

    z_0 ~ U(-1, 1)                      one code for a whole clip
    z_1(1) .. z_1(T) = G_0(z_0)         unrolled in time by 1-D transposed convolutions
    x_t = G_1(z_0, z_1(t))              every frame painted by one image generator that sees both
    D, a Wasserstein critic of clips; no layer's weight has a singular value above 1.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from einops import rearrange, repeat
from torch import nn, optim

from mocolab import engine
from mocolab.networks.discriminators import StridedClipDiscriminator
from mocolab.networks.generators import ClipGenerator, level_widths
from mocolab.objectives import wasserstein
from mocolab.system import Batch, Needs, Preset, Sampler, System, Update
from mocolab.types import Clips, Codes, Frames, Labels, LatentPath

ONE_CODE = "TGAN's motion is a function of its one code, so neither content nor motion can be held: sample without."


@dataclass(frozen=True)
class TGANConfig:
    """The defaults are the published hyper-parameters."""

    size: int = 64
    """Height and width in pixels: 4 * 2^k (paper: 64)."""
    width: int = 64
    """Channels of the critic's first layer; the other networks follow (paper: 64)."""
    num_frames: int = 16
    """Frames in a clip, a power of 2 and a multiple of size / 4; only shorter ones can be made besides (paper: 16)."""
    step: int = 2
    """Distance between neighbours of a clip, in frames of the video."""
    clips: int = 32
    """Clips in a batch, for each process (paper: 32)."""
    code_dim: int = 100
    """Numbers in z_0, and in each z_1(t) (paper: 100)."""
    generator_rate: float = 5e-5
    """RMSprop's learning rate for both generators (paper: 5e-5)."""
    critic_rate: float = 5e-5
    """RMSprop's learning rate for the critic (paper: 5e-5)."""


class TemporalLatent(nn.Module):
    """G_0: z_0 is one moment, and every layer but the first doubles the moments. The path is [z_0, z_1(t)].

    `ValueError` unless num_frames is a power of 2.
    """

    def __init__(self, dim: int, width: int = 64, num_frames: int = 16):
        super().__init__()
        doublings = num_frames.bit_length() - 1
        if doublings < 1 or num_frames != 2**doublings:
            raise ValueError(f"{num_frames} frames were given, but TGAN doubles moments: choose 2, 4, 8, 16, 32 ...")
        self.dim, self.num_frames = dim, num_frames
        widths = [width * max(8 // 2**level, 2) for level in range(doublings)]
        layers = [nn.ConvTranspose1d(dim, widths[0], 1, bias=False), nn.BatchNorm1d(widths[0]), nn.ReLU(True)]
        for wide, narrow in pairwise(widths):
            layers += [nn.ConvTranspose1d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm1d(narrow), nn.ReLU(True)]
        self.layers = nn.Sequential(*layers, nn.ConvTranspose1d(widths[-1], dim, 4, 2, 1), nn.Tanh())

    def forward(self, num_clips: int, num_frames: int) -> LatentPath:
        """[B, T, 2 dim], the first `num_frames` moments; `ValueError` if there are not so many."""
        if num_frames > self.num_frames:
            raise ValueError(
                f"{num_frames} frames were asked for, but this TGAN unrolls {self.num_frames} and no more: "
                "ask for fewer."
            )
        z_0 = (torch.rand(num_clips, self.dim) * 2 - 1).to(self.layers[0].weight.device)
        z_1 = rearrange(self.layers(z_0[..., None]), "B D T -> B T D")[:, :num_frames]
        return torch.cat([repeat(z_0, "B D -> B T D", T=num_frames), z_1], dim=2)


class TwoCodeFrameGenerator(nn.Module):
    """G_1: codes [z_0, z_1(t)] to frames; each makes half of the maps at 4 x 4, and a 3 x 3 convolution paints."""

    def __init__(self, dim: int, width: int = 64, channels: int = 3, size: int = 64):
        super().__init__()
        narrowest = width // 2
        *inner, innermost = level_widths(size, width)
        half = innermost // 2
        self.from_clip, self.from_moment = (
            nn.Sequential(nn.Linear(dim, half * 16, bias=False), nn.BatchNorm1d(half * 16), nn.ReLU(True))
            for _ in range(2)
        )
        layers = []
        for wide, narrow in pairwise([innermost, *reversed(inner), narrowest]):
            layers += [nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU(True)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(narrowest, channels, 3, 1, 1), nn.Tanh())

    def forward(self, codes: Codes) -> Frames:
        z_0, z_1 = codes.chunk(2, dim=1)
        maps = torch.cat([self.from_clip(z_0), self.from_moment(z_1)], dim=1)
        return self.layers(rearrange(maps, "N (D H W) -> N D H W", H=4, W=4))


@torch.no_grad()
def clip_singular_values(critic: nn.Module) -> None:
    """Make every layer at most 1-Lipschitz (section 4.2): singular values of a weight, as the matrix [out, rest], fall
    to at most 1, and BatchNorm's scales to the deviation they divide by. In float32 also under autocast."""
    for layer in critic.modules():
        if isinstance(layer, nn.modules.conv._ConvNd):
            with torch.autocast(layer.weight.device.type, enabled=False):
                matrix = layer.weight.flatten(1)
                squares, left = torch.linalg.eigh(matrix @ matrix.T)  # small, where matrix is wide: [out, out]
                shrink = squares.clamp(min=1).rsqrt()
                layer.weight.copy_(((left * shrink) @ left.T @ matrix).view_as(layer.weight))
        elif isinstance(layer, nn.modules.batchnorm._BatchNorm):
            variance = engine.average(layer.running_var.clone())  # processes clip alike, or their weights part
            deviation = (variance + layer.eps).sqrt()
            layer.weight.clamp_(0.01 * deviation, deviation)


class TGAN(System, Sampler):
    """A temporal and an image generator against a Wasserstein critic of clips."""

    averaged = ("generator",)

    def __init__(self, config: TGANConfig):
        super().__init__()
        self.config = c = config
        self.needs = Needs(clips=c.clips, num_frames=c.num_frames, step=c.step, size=c.size)
        self.generator = ClipGenerator(
            latent=TemporalLatent(c.code_dim, c.width, c.num_frames),
            draw=TwoCodeFrameGenerator(c.code_dim, c.width, size=c.size),
        )
        self.D = StridedClipDiscriminator(c.width, size=c.size, num_frames=c.num_frames)
        for weight in (*self.generator.latent.parameters(), *self.D.parameters()):
            if weight.dim() > 1:
                nn.init.kaiming_normal_(weight)
        for weight in self.generator.draw.parameters():
            if weight.dim() > 1:
                nn.init.uniform_(weight, -0.01, 0.01)

    def optimizers(self) -> dict[str, optim.Optimizer]:
        return {
            "D": optim.RMSprop(self.D.parameters(), self.config.critic_rate),
            "G": optim.RMSprop(self.generator.parameters(), self.config.generator_rate),
        }

    def training_step(self, batch: Batch, update: Update) -> None:
        """D learns to score real clips above made ones, and is clipped; G learns to raise its score of the same."""
        fake = self.generator(self.config.clips, self.config.num_frames)
        update("D", realism=wasserstein.discriminator(self.D(batch["clip"]), self.D(fake.detach())))
        # Paper: clipped after every fifth move, to save time. Here: after each, because by way of the small matrix
        # W W^T it costs little, and the constraint always holds.
        clip_singular_values(self.D)
        update("G", clips=wasserstein.generator(self.D(fake)))

    def sample(self, num_clips, num_frames, *, labels=None, content=None, motion=None) -> Clips:
        if content is not None or motion is not None:
            raise ValueError(ONE_CODE)
        return self.generator(num_clips, num_frames)

    def codes(self, num_clips: int, num_frames: int, labels: Labels | None = None) -> tuple[Codes, LatentPath]:
        raise ValueError(ONE_CODE)

    def preview(self, batch: Batch) -> Clips:
        return self.sample(len(batch["clip"]), self.config.num_frames)


def presets(categories: int) -> dict[str, Preset]:
    """Recipes, the same for any number of categories, for TGAN knows none; `paper` is the published one."""
    ours = {"generator_rate": 2e-3, "critic_rate": 2e-3}
    smoke = TGANConfig(size=16, width=8, num_frames=8, clips=4, **ours)
    cpu = TGANConfig(size=32, width=32, num_frames=16, clips=8, **ours)
    return {
        "smoke": Preset(smoke, steps=20),
        "cpu": Preset(cpu, steps=1000, decay_after=0.5),
        "paper": Preset(TGANConfig(), steps=100_000),
    }
