"""MoCoGAN: Decomposing Motion and Content for Video Generation.

Sergey Tulyakov, Ming-Yu Liu, Xiaodong Yang, Jan Kautz; CVPR 2018 (arXiv 1707.04993).

    z_C ~ N(0, I)                       content, once per clip
    z_M(k) = R_M(e_k, z_M(k-1))         motion, a GRU fed with fresh noise e_k ~ N(0, I)
    x~_k = G_I([z_C, z_A, z_M(k)])      every frame painted by one image generator; z_A: the category
    D_I judges single frames, D_V clips of T frames.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn, optim

from mocolab.networks.discriminators import (
    CategoricalClipDiscriminator,
    ClipDiscriminator,
    FrameDiscriminator,
    shortest_clip,
)
from mocolab.networks.generators import ClipGenerator, FrameGenerator
from mocolab.networks.latents import ContentMotionLatent
from mocolab.objectives import bce
from mocolab.system import Batch, Needs, Preset, Sampler, System, Update
from mocolab.types import Clips, Codes, Labels, LatentPath


@dataclass(frozen=True)
class MoCoGANConfig:
    """The defaults are the released hyper-parameters."""

    size: int = 64
    """Height and width in pixels: 4 * 2^k (released: 64)."""
    width: int = 64
    """Channels of the layer nearest to the pixels, in every network (released: 64)."""
    num_frames: int = 16
    """Frames in a clip that D_V judges (paper: 16)."""
    step: int = 2
    """Distance between neighbours of a clip, in frames of the video (released: 2)."""
    clips: int = 32
    """Clips in a batch, for each process; 0: train without D_V."""
    frames: int = 32
    """Single frames in a batch, for each process; 0: train without D_I."""
    content_dim: int = 50
    """d_C: numbers in a content code (paper: 50)."""
    motion_dim: int = 10
    """d_M: numbers in a motion code (paper: 10)."""
    truncation: float = 1.0
    """Deviation of z_C and h_0 in samples; in training it is 1 (paper). Less: less variety, and fewer failures."""
    categories: int = 0
    """d_A: number of categories; 0 for none."""
    category_in_walk: bool = False
    """z_A enters the walk R_M (the paper's default) instead of the frame generator G_I (released code)."""
    labelled: bool = False
    """The category head of D_V learns from labels of real clips, and not from its own asked-for ones."""
    frame_patch: bool = True
    """D_I scores patches, and not whole frames."""
    clip_patch: bool = True
    """D_V scores patches, and not whole clips; with categories it always scores whole clips."""
    noise: float = 0.1
    """Deviation of the noise that the discriminators add to their layers' inputs (released recipes: .1)."""
    generator_rate: float = 2e-4
    """Adam's learning rate for the generator (released: 2e-4)."""
    discriminator_rate: float = 2e-4
    """Adam's learning rate for each discriminator (released: 2e-4)."""
    weight_decay: float = 1e-5
    """L2 penalty on all weights (released: 1e-5)."""


class MoCoGAN(System, Sampler):
    """Content and motion in separate codes, and two judges: one of frames, one of clips."""

    averaged = ("generator",)

    def __init__(self, config: MoCoGANConfig):
        super().__init__()
        self.config = c = config
        patch = c.clip_patch and c.categories == 0
        if c.num_frames < shortest_clip(c.size, patch):
            raise ValueError(
                f"Clips of {c.num_frames} frames were asked for, but at {c.size} px the clip discriminator needs at "
                f"least {shortest_clip(c.size, patch)}: raise num_frames" + ("." if patch else " or set clip_patch.")
            )
        if c.clips == 0 and (c.frames == 0 or c.categories > 0):
            raise ValueError("Clips = 0 leaves no D_V, and G needs a judge, categories D_V: give it clips.")
        if c.labelled and c.categories == 0:
            raise ValueError(
                "Labelled with 0 categories leaves D_V nothing to learn: give categories, or --system.no-labelled."
            )
        self.categories = c.categories
        self.needs = Needs(c.clips, c.frames, c.num_frames, c.step, c.size, labels=c.categories if c.labelled else 0)
        latent = ContentMotionLatent(c.content_dim, c.motion_dim, c.categories, c.category_in_walk)
        self.generator = ClipGenerator(latent=latent, draw=FrameGenerator(latent.dim, c.width, size=c.size))
        if c.frames > 0:
            self.D_I = FrameDiscriminator(c.width, size=c.size, patch=c.frame_patch, noise=c.noise)
        if c.categories > 0:
            self.D_V = CategoricalClipDiscriminator(c.categories, c.width, size=c.size, noise=c.noise)
        elif c.clips > 0:
            self.D_V = ClipDiscriminator(c.width, size=c.size, patch=c.clip_patch, noise=c.noise)

    def optimizers(self) -> dict[str, optim.Optimizer]:
        def adam(network: nn.Module, rate: float) -> optim.Adam:
            return optim.Adam(
                network.parameters(), rate, betas=(0.5, 0.999), weight_decay=self.config.weight_decay, fused=True
            )

        players = {}
        if self.config.frames > 0:
            players["D_I"] = adam(self.D_I, self.config.discriminator_rate)
        if self.config.clips > 0:
            players["D_V"] = adam(self.D_V, self.config.discriminator_rate)
        return players | {"G": adam(self.generator, self.config.generator_rate)}

    def training_step(self, batch: Batch, update: Update) -> None:
        """D_I and D_V learn to tell real from made; G learns to fool both, with fakes of its own (Eq. 4-6)."""
        frames, clips, num_frames = batch.get("frame"), batch.get("clip"), self.config.num_frames
        if frames is not None:
            with torch.no_grad():
                fake = self.generator.frames(len(frames), num_frames)
            update("D_I", realism=bce.discriminator(self.D_I(frames), self.D_I(fake)))

        if clips is not None:
            label = self.generator.latent.draw_labels(len(clips)).to(clips.device)
            with torch.no_grad():
                fake = self.generator(len(clips), num_frames, label=label)
            real_scores, real_classes = self.judge(clips)
            fake_scores, fake_classes = self.judge(fake)
            terms = {"realism": bce.discriminator(real_scores, fake_scores)}
            if self.config.labelled:
                terms["category"] = F.cross_entropy(real_classes.float(), batch["label"])
            elif self.config.categories > 0:
                # Released: no such term, so without labels nothing teaches the head. Here: fakes do, as in InfoGAN.
                terms["category"] = F.cross_entropy(fake_classes.float(), label)
            update("D_V", **terms)

        terms = {}
        if frames is not None:
            fake = self.generator.frames(len(frames), num_frames)
            terms["frames"] = bce.generator(self.D_I(fake))
        if clips is not None:
            fake = self.generator(len(clips), num_frames, label=label)
            fake_scores, fake_classes = self.judge(fake)
            terms["clips"] = bce.generator(fake_scores)
            if self.config.categories > 0:
                terms["category"] = F.cross_entropy(fake_classes.float(), label)
        update("G", **terms)

    def judge(self, clips: Clips) -> tuple[Tensor, Tensor | None]:
        """D_V's verdict, and its class logits where there are categories."""
        scores = self.D_V(clips)
        return (scores[:, 0], scores[:, 1:]) if self.config.categories > 0 else (scores, None)

    def sample(self, num_clips, num_frames, *, labels=None, content=None, motion=None) -> Clips:
        return self.generator(
            num_clips, num_frames, label=labels, content=content, motion=motion, truncation=self.config.truncation
        )

    def codes(self, num_clips: int, num_frames: int, labels: Labels | None = None) -> tuple[Codes, LatentPath]:
        return self.generator.latent.codes(num_clips, num_frames, labels, self.config.truncation)

    def preview(self, batch: Batch) -> Clips:
        return self.sample(self.config.clips or self.config.frames, self.config.num_frames)


def presets(categories: int) -> dict[str, Preset]:
    """Recipes for data with so many categories: `paper` is the released one, `cpu` what two cores do in minutes."""
    labels = {"categories": categories, "labelled": categories > 0, "clip_patch": categories == 0}
    ours = {"generator_rate": 4e-4, "discriminator_rate": 1e-3, "weight_decay": 0.0, "noise": 0.0} | labels
    smoke = MoCoGANConfig(size=16, width=8, num_frames=10, clips=4, frames=8, **ours)
    cpu = MoCoGANConfig(size=32, width=32, num_frames=10 if categories == 0 else 13, clips=8, **ours)
    return {
        "smoke": Preset(smoke, steps=20),
        "cpu": Preset(cpu, steps=1000, decay_after=0.5),
        "paper": Preset(MoCoGANConfig(**labels), steps=100_000),
    }
