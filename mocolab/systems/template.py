"""The smallest system, to copy: a GAN of clips with one judge. Here stand a paper's title, authors, venue and year,
its equations, and a legend of its letters. A copy goes into the folder of its task, and its name into SYSTEMS."""

from dataclasses import dataclass

import torch
from torch import optim

from mocolab.networks.discriminators import ClipDiscriminator
from mocolab.networks.generators import ClipGenerator, FrameGenerator
from mocolab.networks.latents import ContentMotionLatent
from mocolab.objectives import hinge
from mocolab.system import Batch, Needs, Sampler, System, Update
from mocolab.types import Clips, Codes, Labels, LatentPath


@dataclass(frozen=True)
class ClipGANConfig:
    """Each field says its unit, and where its default comes from."""

    size: int = 32
    """Height and width in pixels."""
    width: int = 32
    """Channels of the layer nearest to the pixels, in both networks."""
    num_frames: int = 12
    """Frames in a clip."""
    clips: int = 16
    """Clips in a batch, for each process."""
    rate: float = 2e-4
    """Adam's learning rate, for both players."""


class ClipGAN(System, Sampler):
    """One generator against one judge of whole clips."""

    averaged = ("generator",)

    def __init__(self, config: ClipGANConfig):
        super().__init__()
        self.config = c = config
        self.needs = Needs(clips=c.clips, num_frames=c.num_frames, size=c.size)
        latent = ContentMotionLatent(content_dim=16, motion_dim=8)
        self.generator = ClipGenerator(latent=latent, draw=FrameGenerator(latent.dim, c.width, size=c.size))
        self.judge = ClipDiscriminator(c.width, size=c.size)

    def optimizers(self) -> dict[str, optim.Optimizer]:
        players = {"D": self.judge, "G": self.generator}
        return {name: optim.Adam(part.parameters(), self.config.rate, (0.5, 0.999)) for name, part in players.items()}

    def training_step(self, batch: Batch, update: Update) -> None:
        """D learns to tell real from made; then G, with fresh clips, learns to fool the D that has learnt."""
        real = batch["clip"]
        with torch.no_grad():
            fake = self.generator(len(real), self.config.num_frames)
        update("D", realism=hinge.discriminator(self.judge(real), self.judge(fake)))
        fake = self.generator(len(real), self.config.num_frames)
        update("G", realism=hinge.generator(self.judge(fake)))

    def sample(self, num_clips, num_frames, *, labels=None, content=None, motion=None) -> Clips:
        return self.generator(num_clips, num_frames, content=content, motion=motion)

    def codes(self, num_clips: int, num_frames: int, labels: Labels | None = None) -> tuple[Codes, LatentPath]:
        return self.generator.latent.codes(num_clips, num_frames)

    def preview(self, batch: Batch) -> Clips:
        return self.sample(len(batch["clip"]), self.config.num_frames)
