"""CycleGAN: Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks.

Jun-Yan Zhu, Taesung Park, Phillip Isola, Alexei A. Efros; ICCV 2017 (arXiv 1703.10593).

    G: A -> B and F: B -> A, each judged in the domain that it paints: D_B judges G(a), D_A judges F(b).
    F(G(a)) = a and G(F(b)) = b     what was translated comes back (Eq. 2)
    G(b) = b and F(a) = a           what is there already is left alone (section 5.2)

Videos are translated frame by frame: nothing here knows time, and it shows.
"""

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from torch import nn, optim

from mocolab.networks.discriminators import PatchDiscriminator
from mocolab.networks.resnet import ResNetGenerator
from mocolab.objectives import least_squares
from mocolab.system import Batch, Needs, Preset, System, Translator, Update
from mocolab.types import Clips, Frames


@dataclass(frozen=True)
class CycleGANConfig:
    """The defaults are the released hyper-parameters."""

    size: int = 256
    """Height and width in pixels, a multiple of 4 and at least 32 (released: 256)."""
    width: int = 64
    """Channels of the layer nearest to the pixels, in every network (released: 64)."""
    blocks: int = 9
    """Residual blocks of a generator (released: 9 at 256 px, 6 at 128 px)."""
    frames: int = 1
    """Pictures of each domain in a batch, for each process (released: 1)."""
    pool: int = 50
    """Older fakes kept for each discriminator (released: 50); 0: none."""
    distance: Literal["l1", "l2"] = "l1"
    """How pictures are compared (released: l1). Small things on a plain ground need l2: l1 is content without them."""
    cycle_weight: float = 10.0
    """Of both cycles' distance, a mean over pixels (released: 10)."""
    identity_weight: float = 5.0
    """Of both identities' distance (released: half the cycle's)."""
    rate: float = 2e-4
    """Adam's learning rate for every player (released: 2e-4)."""


class ImagePool(nn.Module):
    """Of each fresh fake either itself or, half of the time, an older one, which it then replaces."""

    def __init__(self, capacity: int, size: int):
        super().__init__()
        self.register_buffer("frames", torch.zeros(capacity, 3, size, size))
        self.register_buffer("filled", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def query(self, fresh: Frames) -> Frames:
        """As many frames as are given, without gradients; picture by picture, each with a coin of its own."""
        capacity, answers = len(self.frames), []
        if capacity == 0:
            return fresh.detach()
        for frame in fresh.float():
            full = self.filled >= capacity
            place = torch.where(full, torch.randint(capacity, (), device=frame.device), self.filled)[None]
            older = self.frames.index_select(0, place)[0]
            keep = full & (torch.rand((), device=frame.device) < 0.5)  # the fresh one goes through, nothing is stored
            answers.append(torch.where(full & ~keep, older, frame))
            self.frames.index_copy_(0, place, torch.where(keep, older, frame)[None])
            self.filled += ~full
        return torch.stack(answers)


class CycleGAN(System, Translator):
    """Two generators, two judges, and the way back."""

    averaged = ("to_b", "to_a")

    def __init__(self, config: CycleGANConfig):
        super().__init__()
        self.config = c = config
        if c.size % 4 or c.size < 32:
            raise ValueError(f"A size of {c.size} px was given; needed is a multiple of 4, 32 or more.")
        self.needs = Needs(frames=c.frames, size=c.size, domains=2)
        self.to_b, self.to_a = (ResNetGenerator(c.blocks, c.width) for _ in range(2))
        self.D_b, self.D_a = (PatchDiscriminator(c.width) for _ in range(2))
        self.pool_b, self.pool_a = (ImagePool(c.pool, c.size) for _ in range(2))
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.normal_(layer.weight, 0.0, 0.02)  # as released
                nn.init.zeros_(layer.bias)

    def optimizers(self) -> dict[str, optim.Optimizer]:
        players = {"G": [self.to_b, self.to_a], "D_b": [self.D_b], "D_a": [self.D_a]}
        return {
            name: optim.Adam(nn.ModuleList(parts).parameters(), self.config.rate, betas=(0.5, 0.999), fused=True)
            for name, parts in players.items()
        }

    def training_step(self, batch: Batch, update: Update) -> None:
        """Both generators move together, then each judge sees real pictures and, from its pool, older fakes too."""
        a, b = batch["frame_a"], batch["frame_b"]
        fake_b, fake_a = self.to_b(a), self.to_a(b)
        distance = {"l1": F.l1_loss, "l2": F.mse_loss}[self.config.distance]
        cycle = distance(self.to_a(fake_b).float(), a) + distance(self.to_b(fake_a).float(), b)
        identity = distance(self.to_b(b).float(), b) + distance(self.to_a(a).float(), a)
        update(
            "G",
            fool_b=least_squares.generator(self.D_b(fake_b)),
            fool_a=least_squares.generator(self.D_a(fake_a)),
            cycle=self.config.cycle_weight * cycle,
            identity=self.config.identity_weight * identity,
        )
        update("D_b", realism=least_squares.discriminator(self.D_b(b), self.D_b(self.pool_b.query(fake_b))))
        update("D_a", realism=least_squares.discriminator(self.D_a(a), self.D_a(self.pool_a.query(fake_a))))

    def translate(self, source: Clips, *, to: str) -> Clips:
        parts = rearrange(source, "B C T H W -> (B T) C H W").split(64)  # memory does not grow with the clip
        frames = torch.cat([{"a": self.to_a, "b": self.to_b}[to](part) for part in parts])
        return rearrange(frames, "(B T) C H W -> B C T H W", B=len(source))

    def preview(self, batch: Batch) -> Clips:
        """a, G(a), b, F(b), as clips of one frame."""
        a, b = batch["frame_a"], batch["frame_b"]
        return repeat(torch.cat([a, self.to_b(a), b, self.to_a(b)]), "N C H W -> N C 1 H W")


def presets(categories: int) -> dict[str, Preset]:
    """Recipes; labels are not used. The released one trains 200 epochs, the rates falling over the second half."""
    smoke = CycleGANConfig(size=32, width=4, blocks=1, frames=2, pool=4)
    small = {"distance": "l2", "cycle_weight": 100.0, "identity_weight": 50.0, "rate": 4e-4}
    cpu = CycleGANConfig(size=32, width=16, blocks=3, frames=4, **small)
    return {
        "smoke": Preset(smoke, 20),
        "cpu": Preset(cpu, 1500, 0.5),
        "paper": Preset(CycleGANConfig(), 200_000, 0.5),
    }
