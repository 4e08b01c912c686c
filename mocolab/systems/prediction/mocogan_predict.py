"""MoCoGAN for video prediction: what happens after 1, 2 or 3 given pictures, or a whole clip. A system of this course,
built on MoCoGAN (Tulyakov et al., CVPR 2018), whose own image-to-video code was never released.

    z_C = E_C(x_0)                               content: what is there, and where
    m_i = E_M(x_0 .. x_i),  i < n                motion: what has changed since x_0, from differences of pictures
    m_k = R_M(e_k, m_(k-1)),  e_k ~ N(0, I)      from the last of them the walk goes on: k = n, n + 1, ...
    x~_k = G(z_C, m_k)                           k < n rebuilds what was given, k >= n is the future
    D_I judges pairs (x_0, x~_k), D_V the given pictures with the painted future behind them.

The future is not one, so no pixel of a drawn future is compared with the true one. But a clip that is seen whole tells
which noise would have led to it: q(e_k | x_0 .. x_k) = N(mean, variance) of E_M's state. The walk on that noise has to
rebuild the clip, and KL(q || N(0, I)) keeps the noise one that can be drawn (as in SVG, Denton & Fergus, ICML 2018).
"""

import random
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from jaxtyping import Float
from torch import Tensor, nn, optim

from mocolab.networks.discriminators import ClipDiscriminator, FrameDiscriminator, frame_pairs, shortest_clip
from mocolab.networks.encoders import MotionEncoder, frame_encoder
from mocolab.networks.futures import FutureGenerator
from mocolab.networks.generators import start_alike
from mocolab.networks.latents import MotionWalk, sample_code
from mocolab.networks.painters import Painter, painter
from mocolab.objectives import bce, gradient_difference, kl_to_normal
from mocolab.system import Batch, Needs, Predictor, Preset, System, Update
from mocolab.types import Clips


@dataclass(frozen=True)
class MoCoGANPredictConfig:
    """All weights of losses are ours."""

    size: int = 64
    """Height and width in pixels: 4 * 2^k."""
    width: int = 64
    """Channels of the layer nearest to the pixels, in every network."""
    num_frames: int = 16
    """Frames in a clip, given and predicted ones together: what D_V judges."""
    step: int = 2
    """Distance between neighbours of a clip, in frames of the video."""
    clips: int = 16
    """Clips in a batch, for each process."""
    given: tuple[int, ...] = (1, 2, 3)
    """How many pictures may be given; each training step takes one of these numbers."""
    content_of: Literal["first", "mean"] = "first"
    """z_C: the code of the first picture, or the mean code of all given ones."""
    draw: Painter = "dcgan"
    """G: MoCoGAN's; the same, with gain and shift after its norms from z_C, to the last pixel if it is fine; or
    CycleGAN's, which repaints the first picture and is modulated by all codes."""
    paint_over: float = 0.0
    """Above 0: G moves the first picture and paints over it, through a mask that begins with this share of the
    picture (small where most of it stays, else .5)."""
    blocks: int = 6
    """Residual blocks of the resnet G."""
    draw_width: int = 64
    """Channels of G's layer nearest to the pixels."""
    content_dim: int = 50
    """d_C: numbers in a content code."""
    motion_dim: int = 10
    """d_M: numbers in a motion code."""
    feature_dim: int = 128
    """Numbers in the motion encoder's state."""
    moments: int = 4
    """Frames of each clip that D_I judges in a step."""
    patch: bool = True
    """D_I and D_V score patches, and not whole frames and clips."""
    adversaries: bool = True
    """Whether D_I and D_V play; without them G is an autoencoder."""
    whole: bool = True
    """Learn from clips seen whole: rebuild them on the noise that they tell, and not the given pictures alone."""
    drawn: bool = False
    """Rebuild them on drawn noise instead, which asks all futures of a past to be one, their middle."""
    distance: Literal["l1", "l2"] = "l2"
    """How pictures are compared. l1 alone prefers an empty scene to a small shape in doubt."""
    rebuild_weight: float = 100.0
    """Of that distance, a mean over pixels."""
    gradient_difference_weight: float = 0.0
    """Of the gradient difference of rebuilt pictures (Mathieu et al., ICLR 2016)."""
    kl_weight: float = 0.01
    """Of KL(q || N(0, I)), in nats a frame."""
    alone: int = 0
    """Steps at the start without judges, which cost a third of the others."""
    kl_steps: int = 0
    """Steps over which that weight grows from 0 as their third power: noise first learns to say something, then to say
    it briefly."""
    generator_rate: float = 2e-4
    """Adam's learning rate for the generator and the encoders."""
    discriminator_rate: float = 2e-4
    """Adam's learning rate for each discriminator."""


class MoCoGANPredict(System, Predictor):
    """Content from a picture, motion from differences, and a walk that goes on."""

    averaged = ("generator",)

    def __init__(self, config: MoCoGANPredictConfig):
        super().__init__()
        self.config = c = config
        if min(c.given, default=0) < 1:
            raise ValueError(f"Given pictures {c.given} were asked for: name one number or more, each at least 1.")
        shortest = max(shortest_clip(c.size, c.patch), max(c.given) + 1)
        if c.num_frames < shortest:
            raise ValueError(
                f"Clips of {c.num_frames} frames with {c.given} given ones were asked for; at {c.size} px the clip "
                f"discriminator and a future need at least {shortest} frames: change num_frames or given."
            )
        self.needs = Needs(clips=c.clips, num_frames=c.num_frames, step=c.step, size=c.size)
        dim, channels = c.content_dim + c.motion_dim, 6 if c.paint_over else 3
        draw, look = painter(c.draw, c.content_dim, dim, dim, c.draw_width, c.size, c.blocks, channels)
        if c.paint_over:
            start_alike(draw, c.paint_over)
        changes = frame_encoder(c.feature_dim, c.width, size=c.size, norm=False)
        # Nothing inside holds their size, and the states of a GRU that is fed hundreds are all -1 and 1.
        changes.append(nn.RMSNorm(c.feature_dim, eps=1e-2, elementwise_affine=False))
        self.generator = FutureGenerator(
            content=frame_encoder(c.content_dim, c.width, size=c.size),
            motion=MotionEncoder(changes, c.feature_dim, c.motion_dim),
            walk=MotionWalk(c.motion_dim),
            draw=draw,
            look=look,
            content_of=c.content_of,
            paint_over=c.paint_over > 0,
        )
        self.register_buffer("steps", torch.tensor(0.0))
        self.posterior = nn.Linear(c.feature_dim, 2 * c.motion_dim) if c.whole and not c.drawn else None
        self.D_I = FrameDiscriminator(c.width, channels=6, size=c.size, patch=c.patch) if c.adversaries else None
        self.D_V = ClipDiscriminator(c.width, size=c.size, patch=c.patch) if c.adversaries else None

    def optimizers(self) -> dict[str, optim.Optimizer]:
        c = self.config
        painters = nn.ModuleList(filter(None, [self.generator, self.posterior]))
        players = {
            "D_I": (self.D_I, c.discriminator_rate),
            "D_V": (self.D_V, c.discriminator_rate),
            "G": (painters, c.generator_rate),
        }
        return {
            name: optim.Adam(part.parameters(), rate, betas=(0.5, 0.999), fused=True)
            for name, (part, rate) in players.items()
            if part is not None
        }

    def training_step(self, batch: Batch, update: Update) -> None:
        c, clips = self.config, batch["clip"]
        n = random.choice(c.given)
        self.steps += 1
        judged = c.adversaries and self.steps > c.alone
        fake = self.generator(clips[:, :, :n], clips.shape[2] - n) if judged or self.posterior is None else None
        terms = self.play(clips, fake, n, update) if judged else {}
        if self.posterior is None:
            rebuilt, target = (fake, clips) if c.drawn else (fake[:, :, :n], clips[:, :, :n])
        else:
            rebuilt, kl = self.rebuild(clips, n)
            target, grown = clips, (self.steps / max(c.kl_steps, 1)).clamp(max=1) ** 3
            terms["kl"] = c.kl_weight * grown * kl
        distance = F.l1_loss if c.distance == "l1" else F.mse_loss
        terms["rebuilt"] = c.rebuild_weight * distance(rebuilt.float(), target)
        if c.gradient_difference_weight > 0:
            sharpness = gradient_difference(rebuilt.float(), target)
            terms["gradient difference"] = c.gradient_difference_weight * sharpness
        update("G", **terms)

    def play(self, clips: Clips, fake: Clips, n: int, update: Update) -> dict[str, Tensor]:
        """The judges' moves; then what G minimises of their verdicts on the same pictures."""
        seam = torch.cat([clips[:, :, :n], fake[:, :, n:]], dim=2)
        update("D_I", realism=bce.discriminator(self.judge_pairs(clips, clips), self.judge_pairs(clips, fake.detach())))
        update("D_V", realism=bce.discriminator(self.D_V(clips), self.D_V(seam.detach())))
        return {"frames": bce.generator(self.judge_pairs(clips, fake)), "clips": bce.generator(self.D_V(seam))}

    def judge_pairs(self, clips: Clips, shown: Clips) -> Tensor:
        """D_I's scores of (x_0, x_k), x_0 of `clips` and x_k of `shown`, at some random moments k."""
        return self.D_I(frame_pairs(clips[:, :, 0], shown, self.config.moments))

    def rebuild(self, clips: Clips, n: int) -> tuple[Clips, Tensor]:
        """The clip again, walked from its first n frames on the noise that the others tell; and that noise's KL."""
        told = self.posterior(self.generator.motion.states(clips)[:, n:])
        mean, log_variance = told.float().chunk(2, dim=2)
        rebuilt = self.generator(clips[:, :, :n], clips.shape[2] - n, sample_code(mean, log_variance))
        kl = kl_to_normal(*(rearrange(part, "B T D -> (B T) D") for part in (mean, log_variance)))
        return rebuilt, kl

    def seen(self, past: Clips) -> Float[Tensor, "B C _n H W"]:
        """The last of these pictures, as many as it has learnt to take; `ValueError` if it needs more."""
        fitting = [n for n in self.config.given if n <= past.shape[2]]
        if not fitting:
            raise ValueError(
                f"{past.shape[2]} pictures were given, but this system has learnt to take "
                f"{' or '.join(map(str, self.config.given))}: give more, or train one with --system.given."
            )
        return past[:, :, -max(fitting) :]

    def predict(self, past: Clips, num_frames: int, *, samples: int = 1) -> Tensor:
        past = self.seen(past)
        n = past.shape[2]
        future = self.generator(repeat(past, "B C T H W -> (S B) C T H W", S=samples), num_frames)[:, :, n:]
        return rearrange(future, "(S B) C T H W -> S B C T H W", S=samples)

    def preview(self, batch: Batch) -> Clips:
        past = batch["clip"][:, :, : max(self.config.given)]
        return torch.cat([past, self.predict(past, self.config.num_frames - past.shape[2])[0]], dim=2)


def presets(categories: int) -> dict[str, Preset]:
    """Recipes; labels are not used."""
    small = {"content_dim": 8, "motion_dim": 4, "feature_dim": 16, "draw_width": 8, "blocks": 1}
    smoke = MoCoGANPredictConfig(size=16, width=8, num_frames=8, clips=4, **small)
    # Measured on shapes, see book/results/improvement.md. Judges from the start leave debris: places and colours are
    # learnt alone first. With a KL weight of .2, the noise of a walk is told more than can be drawn later: futures move
    # twice as much as real clips.
    taught = {"rebuild_weight": 500.0, "kl_weight": 0.7, "kl_steps": 1000, "alone": 1000}
    taught |= {"generator_rate": 2e-3, "discriminator_rate": 1e-3}
    cpu = MoCoGANPredictConfig(size=32, width=16, draw="modulated", draw_width=16, num_frames=13, clips=8, **taught)
    # Not measured, for want of a GPU: as predict-shapes was trained, in proportion. Its noise was as dear, and judges
    # played for the last eighth.
    longer = {"rebuild_weight": 500.0, "kl_weight": 4.0, "motion_dim": 32, "kl_steps": 40_000, "alone": 87_000}
    gpu = MoCoGANPredictConfig(draw="modulated", **longer)
    return {"smoke": Preset(smoke, 20), "cpu": Preset(cpu, 1300, 0.5), "gpu": Preset(gpu, 100_000, 0.5)}
