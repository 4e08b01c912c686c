"""Dual-MTGAN: Stochastic and Deterministic Motion Transfer for Image-to-Video Synthesis.

Fu-En Yang, Jing-Cheng Chang, Yuan-Hao Lee, Yu-Chiang Frank Wang; ICPR 2020 (arXiv 2102.13329).

    V~_x   = G(E_C(x^t), z_M),  z_M ~ q(z | V) = E_M(V)     the clip V again
    V~_y,d = G(E_C(y), z_M)                                  y moves as V does
    V~_y,s = G(E_C(y), z),      z ~ N(0, I)                  y moves as it likes
    L_C: contents of neighbouring frames agree.  L_M: what was painted moves as V does.

The losses are the paper's. What it leaves open is ours: sizes, weights, E_C (looks, wherever they are), the form of
E_M (one code a clip, in cosines over time) and how it unfolds, and which V~_y its judges see (each in turn). E_C may
not tell frames of a clip apart, so the place of things has to come from the motion code.
"""

import random
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from jaxtyping import Float
from torch import Tensor, optim

from mocolab.networks.discriminators import ClipDiscriminator, FrameDiscriminator, frame_pairs, shortest_clip
from mocolab.networks.encoders import LookEncoder, frame_encoder
from mocolab.networks.latents import sample_code
from mocolab.networks.painters import Painter, painter
from mocolab.networks.transfer import MotionTransfer, Unfold, WaveEncoder
from mocolab.objectives import bce, kl_to_normal
from mocolab.system import Batch, Needs, Predictor, Preset, Retargeter, System, Update
from mocolab.types import Clips, Frames


@dataclass(frozen=True)
class DualMTGANConfig:
    """All numbers are ours: the paper's are not known."""

    size: int = 64
    """Height and width in pixels: 4 * 2^k."""
    width: int = 64
    """Channels of the layer nearest to the pixels, in every network."""
    num_frames: int = 16
    """Frames in a clip."""
    step: int = 2
    """Distance between neighbours of a clip, in frames of the video."""
    clips: int = 16
    """Clips in a batch, for each process; each is V once, and once the clip of y."""
    draw: Painter = "dcgan"
    """G: MoCoGAN's, of both codes side by side; one in which the moment's code says where, and content only how, to the
    last pixel if it is fine; or CycleGAN's, which repaints the picture and is modulated by both codes."""
    blocks: int = 6
    """Residual blocks of the resnet G."""
    content_dim: int = 32
    """Numbers in a content code."""
    waves: int = 6
    """Cosines over a clip's time in z_M, its motion code: how fast a motion can be told."""
    code_dim: int = 4
    """Numbers in z_M for each of these."""
    motion_dim: int = 32
    """Numbers in the code of a moment, to which z_M unfolds."""
    feature_dim: int = 128
    """Numbers that the motion encoder finds in a frame."""
    moments: int = 4
    """Frames of each clip that D_I judges in a step (the paper's S_I: 1)."""
    patch: bool = True
    """D_I and D_V score patches, and not whole frames and clips."""
    rebuild_weight: float = 100.0
    """Of L_rec."""
    content_weight: float = 1.0
    """Of L_C."""
    alone: int = 0
    """Steps at the start with neither judges nor L_M, which cost a quarter of the others."""
    motion_weight: float = 1.0
    """Of L_M, reached `motion_warm_up` steps after that."""
    motion_warm_up: int = 1000
    """Steps over which L_M comes in: before codes mean anything, it makes them all equal."""
    kl_weight: float = 0.01
    """Of KL(q(z | V) || N(0, I)), in nats a clip."""
    generator_rate: float = 2e-4
    """Adam's learning rate for the generator and the encoders."""
    discriminator_rate: float = 2e-4
    """Adam's learning rate for each discriminator."""


class DualMTGAN(System, Retargeter, Predictor):
    """One network that moves a picture as another clip does, or as it likes."""

    averaged = ("generator",)

    def __init__(self, config: DualMTGANConfig):
        super().__init__()
        self.config = c = config
        if c.num_frames < shortest_clip(c.size, c.patch):
            raise ValueError(
                f"Clips of {c.num_frames} frames were asked for, but at {c.size} px the clip discriminator needs at "
                f"least {shortest_clip(c.size, c.patch)}: raise num_frames."
            )
        self.needs = Needs(clips=c.clips, num_frames=c.num_frames, step=c.step, size=c.size)
        content = LookEncoder(c.content_dim, 2 * c.width, size=c.size)
        differences = frame_encoder(c.feature_dim, c.width, size=c.size, norm=False)
        motion = WaveEncoder(differences, c.feature_dim, c.waves, c.code_dim)
        unfold, dim = Unfold(c.waves, c.code_dim, c.motion_dim), c.content_dim + c.motion_dim
        draw, look = painter(c.draw, c.content_dim, dim, c.motion_dim, c.width, c.size, c.blocks)
        self.generator = MotionTransfer(content, motion, unfold, draw, look)
        self.D_I = FrameDiscriminator(c.width, channels=6, size=c.size, patch=c.patch)
        self.D_V = ClipDiscriminator(c.width, size=c.size, patch=c.patch)
        self.register_buffer("played", torch.zeros(()))  # steps so far

    def optimizers(self) -> dict[str, optim.Optimizer]:
        c = self.config
        rates = {"D_I": c.discriminator_rate, "D_V": c.discriminator_rate, "G": c.generator_rate}
        players = {"D_I": self.D_I, "D_V": self.D_V, "G": self.generator}
        return {
            name: optim.Adam(players[name].parameters(), rate, betas=(0.5, 0.999), fused=True)
            for name, rate in rates.items()
        }

    def training_step(self, batch: Batch, update: Update) -> None:
        c, x = self.config, batch["clip"]
        y = x.roll(1, dims=0)  # another clip, V_y; its first frame is the picture y
        first_x, first_y, num_frames = x[:, :, 0], y[:, :, 0], x.shape[2]

        mean, log_variance = self.generator.motion_code(x)
        code = sample_code(mean, log_variance)
        picture, neighbour = self.neighbours(x)
        fake_x = self.generator(picture, code, num_frames)
        content, content_of_neighbour = self.generator.content(torch.cat([picture, neighbour])).float().chunk(2)
        terms = {
            # Paper: absolute. Here: squared, because the median of small things on black is black.
            "rebuilt": c.rebuild_weight * F.mse_loss(fake_x.float(), x),
            "content": c.content_weight * F.l1_loss(content, content_of_neighbour),
            "kl": c.kl_weight * kl_to_normal(mean, log_variance),
        }
        self.played += 1
        if c.alone > 0 and self.played <= c.alone:
            return update("G", **terms)

        driven = random.random() < 0.5  # the judges see V~_y,d in this step, else V~_y,s
        moved = self.generator(first_y, code, num_frames)
        fake_y = moved if driven else self.generator(first_y, torch.randn_like(code), num_frames)
        source, target = self.pair_game(first_x, x, fake_x.detach(), first_y, y, fake_y.detach())
        update("D_I", source=source, target=target)
        real = self.D_V(x)  # and of y: these are the same clips
        update(
            "D_V",
            source=bce.discriminator(real, self.D_V(fake_x.detach())),
            target=bce.discriminator(real, self.D_V(fake_y.detach())),
        )

        motions = [self.generator.motion_code(fake)[0] for fake in (fake_x, moved)]
        warmth = ((self.played - c.alone) / c.motion_warm_up).clamp(max=1)
        update(
            "G",
            **terms,
            frames=bce.generator(self.judge_pairs(first_x, fake_x)) + bce.generator(self.judge_pairs(first_y, fake_y)),
            clips=bce.generator(self.D_V(fake_x)) + bce.generator(self.D_V(fake_y)),
            motion=c.motion_weight * warmth * sum(F.l1_loss(again, code) for again in motions),
        )

    def pair_game(
        self, first_x: Frames, x: Clips, fake_x: Clips, first_y: Frames, y: Clips, fake_y: Clips
    ) -> tuple[Tensor, Tensor]:
        """D_I's terms for source and target: a painted frame is a lie, and so is a true frame of somebody else."""
        real_x, real_y = self.judge_pairs(first_x, x), self.D_I(torch.cat([first_y, first_y], dim=1))
        wrong_x, wrong_y = self.judge_pairs(first_y, x), self.judge_pairs(first_x, y)
        made_x, made_y = self.judge_pairs(first_x, fake_x), self.judge_pairs(first_y, fake_y)
        source = (bce.discriminator(real_x, made_x) + bce.discriminator(real_x, wrong_x)) / 2
        target = (bce.discriminator(real_y, made_y) + bce.discriminator(real_y, wrong_y)) / 2
        return source, target

    def judge_pairs(self, picture: Frames, clips: Clips) -> Tensor:
        """D_I's scores of (picture, frame), for some random moments of each clip."""
        return self.D_I(frame_pairs(picture, clips, self.config.moments))

    @staticmethod
    def neighbours(clips: Clips) -> tuple[Frames, Frames]:
        """x^t and x^(t+1): a random frame of each clip but its last, and the one behind it."""
        each, moments = torch.arange(len(clips)), torch.randint(clips.shape[2] - 1, (len(clips),))
        return clips[each, :, moments], clips[each, :, moments + 1]

    def retarget(self, source: Float[Tensor, "B C _S H W"], driving: Clips) -> Clips:
        return self.generator(source[:, :, 0], self.generator.motion_code(driving)[0], driving.shape[2])

    def predict(self, past: Clips, num_frames: int, *, samples: int = 1) -> Tensor:
        """V~_y,s of the first picture, without its first n frames. The place of things is part of the motion, so a
        drawn clip need not begin where the past ends. A clip that is longer than those of the training goes back."""
        n = past.shape[2]
        first = repeat(past[:, :, 0], "B C H W -> (S B) C H W", S=samples)
        code = torch.randn(len(first), self.config.waves * self.config.code_dim).to(past.device)
        future = self.generator(first, code, n + num_frames, period=self.config.num_frames)[:, :, n:]
        return rearrange(future, "(S B) C T H W -> S B C T H W", S=samples)

    def preview(self, batch: Batch) -> Clips:
        """Each clip's first picture, moved as the next clip is."""
        return self.retarget(batch["clip"], batch["clip"].roll(-1, dims=0))


def presets(categories: int) -> dict[str, Preset]:
    """Recipes; labels are not used."""
    small = {"content_dim": 8, "waves": 3, "code_dim": 2, "motion_dim": 8, "feature_dim": 16}
    smoke = DualMTGANConfig(size=16, width=8, num_frames=8, clips=4, **small)
    ours = {"draw": "fine", "rebuild_weight": 1000.0, "content_weight": 0.3, "kl_weight": 0.05}
    quick = {"alone": 4000, "motion_warm_up": 200, "generator_rate": 1e-3, "discriminator_rate": 1e-3}
    cpu = DualMTGANConfig(size=32, width=16, num_frames=10, clips=8, **ours, **quick)
    gpu = DualMTGANConfig(**ours)
    return {"smoke": Preset(smoke, 20), "cpu": Preset(cpu, 4400, 0.5), "gpu": Preset(gpu, 100_000)}
