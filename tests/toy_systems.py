"""Systems as small as they can be while honest: what the contract must hold. Played by the one trainer."""

import random
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from torch import Tensor, nn, optim

from mocolab.data import Shapes, TwoDomains, VideoData
from mocolab.networks.discriminators import ClipDiscriminator, FrameDiscriminator
from mocolab.networks.generators import FrameGenerator, paint
from mocolab.networks.latents import MotionWalk
from mocolab.objectives import bce, least_squares
from mocolab.system import Batch, Needs, Predictor, Retargeter, System, Translator, Update
from mocolab.systems import SYSTEMS
from mocolab.systems.template import ClipGAN, ClipGANConfig
from mocolab.types import Clips, Codes, Frames, LatentPath

SIZE, WIDTH, CODE, MOTION = 16, 8, 8, 4


@dataclass(frozen=True)
class ToyConfig:
    """What all toys are told."""

    clips: int = 4
    num_frames: int = 8
    rate: float = 1e-3


def encoder(outputs: int) -> nn.Sequential:
    """Frames to vectors."""
    layers = [nn.Conv2d(3, WIDTH, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(WIDTH, 2 * WIDTH, 4, 2, 1), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(2 * WIDTH * 16, outputs))


def each_frame(network: nn.Module, clips: Clips) -> Tensor:
    """[B, T, ...]: what the network makes of every frame."""
    return rearrange(network(rearrange(clips, "B C T H W -> (B T) C H W")), "(B T) ... -> B T ...", B=len(clips))


def any_frame(clips: Clips) -> Frames:
    """S_I: one random frame of each clip."""
    return clips[torch.arange(len(clips)), :, torch.randint(clips.shape[2], (len(clips),))]


def draw_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    return mean + torch.randn_like(mean) * (log_variance / 2).exp()


def kl(mean: Tensor, log_variance: Tensor, prior_mean: Tensor | float = 0.0, prior: Tensor | float = 0.0) -> Tensor:
    """KL between diagonal normals, a mean over everything; the prior's default is N(0, I)."""
    mean, log_variance, prior = mean.float(), log_variance.float(), torch.as_tensor(prior).float()
    ratio = (log_variance.exp() + (mean - prior_mean).square()) / prior.exp()
    return (prior - log_variance + ratio - 1).mean() / 2


def adams(rate: float, **players: list[nn.Module]) -> dict[str, optim.Optimizer]:
    """One Adam for the weights of each player's modules."""
    return {name: optim.Adam(nn.ModuleList(parts).parameters(), rate, (0.5, 0.999)) for name, parts in players.items()}


# CycleGAN: two domains, G moves first, judges see an image pool that outlives the step.


@dataclass(frozen=True)
class CycleGANConfig(ToyConfig):
    frames: int = 4
    pool: int = 6


class ImagePool(nn.Module):
    """Of each fresh fake either itself or, half of the time, an older one that it replaces."""

    def __init__(self, capacity: int):
        super().__init__()
        self.register_buffer("frames", torch.zeros(capacity, 3, SIZE, SIZE))
        self.register_buffer("filled", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def forward(self, fresh: Frames) -> Frames:
        given = fresh.float()
        for i, frame in enumerate(fresh):
            if self.filled < len(self.frames):
                self.frames[self.filled] = frame
                self.filled += 1
            elif torch.rand(()) < 0.5:
                place = torch.randint(len(self.frames), ())
                given[i], self.frames[place] = self.frames[place].clone(), frame.float()
        return given


def translator() -> nn.Sequential:
    inner = [nn.Conv2d(3, WIDTH, 4, 2, 1), nn.BatchNorm2d(WIDTH), nn.ReLU()]
    return nn.Sequential(*inner, nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1), nn.Tanh())


class CycleGAN(System, Translator):
    averaged = ("to_a", "to_b")

    def __init__(self, config: CycleGANConfig):
        super().__init__()
        self.config = config
        self.needs = Needs(config.clips, config.frames, config.num_frames, size=SIZE, domains=2)
        self.to_a, self.to_b = translator(), translator()
        self.D_a, self.D_b = (FrameDiscriminator(WIDTH, size=SIZE) for _ in range(2))
        self.pool_a, self.pool_b = ImagePool(config.pool), ImagePool(config.pool)

    def optimizers(self):
        return adams(self.config.rate, G=[self.to_a, self.to_b], D_a=[self.D_a], D_b=[self.D_b])

    def training_step(self, batch: Batch, update: Update) -> None:
        a, b = batch["frame_a"], batch["frame_b"]
        fake_a, fake_b = self.to_a(b), self.to_b(a)
        update(
            "G",
            fool_a=least_squares.generator(self.D_a(fake_a)),
            fool_b=least_squares.generator(self.D_b(fake_b)),
            cycle=10 * (F.l1_loss(self.to_a(fake_b), a) + F.l1_loss(self.to_b(fake_a), b)),
        )
        update("D_a", realism=least_squares.discriminator(self.D_a(a), self.D_a(self.pool_a(fake_a.detach()))))
        update("D_b", realism=least_squares.discriminator(self.D_b(b), self.D_b(self.pool_b(fake_b.detach()))))

    def translate(self, source: Clips, *, to: str) -> Clips:
        return rearrange(each_frame({"a": self.to_a, "b": self.to_b}[to], source), "B T C H W -> B C T H W")

    def preview(self, batch: Batch) -> Clips:
        return torch.cat([self.translate(batch["clip_a"], to="b"), self.translate(batch["clip_b"], to="a")])


# A predictor: content from x_0, motion from differences, a posterior route, n = 1, 2 or 3 given frames.


@dataclass(frozen=True)
class PosteriorConfig(ToyConfig):
    kl_weight: float = 0.01


class PosteriorPredictor(System, Predictor):
    averaged = ("content", "difference", "evidence", "head", "walk", "draw")

    def __init__(self, config: PosteriorConfig):
        super().__init__()
        self.config = config
        self.needs = Needs(clips=config.clips, num_frames=config.num_frames, size=SIZE)
        self.content, self.difference = encoder(CODE), encoder(CODE)
        self.evidence, self.head = nn.GRUCell(CODE, CODE), nn.Linear(CODE, 2 * MOTION)
        self.walk, self.draw = MotionWalk(MOTION), FrameGenerator(CODE + MOTION, WIDTH, size=SIZE)
        self.D_V = ClipDiscriminator(WIDTH, size=SIZE)

    def optimizers(self):
        generator = [self.get_submodule(name) for name in self.averaged]
        return adams(self.config.rate, D_V=[self.D_V], G=generator)

    def motion(self, given: Clips) -> tuple[LatentPath, LatentPath]:
        """(mean, log variance) of m_i: s_0 = 0, s_i = GRU(E(x_i - x_{i-1}), s_{i-1}), m_i = head(s_i)."""
        states = [torch.zeros(len(given), CODE, device=given.device)]
        if given.shape[2] > 1:
            for change in each_frame(self.difference, given.diff(dim=2)).unbind(1):
                states.append(self.evidence(change, states[-1]))
        return self.head(torch.stack(states, dim=1)).chunk(2, dim=2)

    def painted(self, first: Frames, motion: LatentPath) -> Clips:
        content = repeat(self.content(first), "B D -> B T D", T=motion.shape[1])
        return paint(self.draw, torch.cat([content, motion], dim=2))

    def training_step(self, batch: Batch, update: Update) -> None:
        clips, n = batch["clip"], random.choice((1, 2, 3))
        past = clips[:, :, :n]
        with torch.no_grad():
            future = self.predict(past, clips.shape[2] - n)[0]
        fake = torch.cat([past, future], dim=2)
        update("D_V", realism=bce.discriminator(self.D_V(clips), self.D_V(fake)))

        future = self.predict(past, clips.shape[2] - n)[0]
        posterior = self.motion(clips)
        update(
            "G",
            clips=bce.generator(self.D_V(torch.cat([past, future], dim=2))),
            reconstruction=F.mse_loss(self.painted(clips[:, :, 0], draw_normal(*posterior)).float(), clips),
            kl=self.config.kl_weight * kl(*posterior),
        )

    def predict(self, past: Clips, num_frames: int, *, samples: int = 1) -> Tensor:
        state = repeat(self.motion(past)[0][:, -1], "B D -> (S B) D", S=samples)
        first = repeat(past[:, :, 0], "B C H W -> (S B) C H W", S=samples)
        future = self.painted(first, self.walk(len(state), num_frames, state=state.float()))
        return rearrange(future, "(S B) C T H W -> S B C T H W", S=samples)

    def preview(self, batch: Batch) -> Clips:
        past = batch["clip"][:, :, :3]
        return torch.cat([past, self.predict(past, self.config.num_frames - 3)[0]], dim=2)


# Dual-MTGAN: content and motion encoders; motion transferred or sampled; D_I judges pairs, D_V clips.


@dataclass(frozen=True)
class DualMTGANConfig(ToyConfig):
    reconstruction_weight: float = 10.0


class DualMTGAN(System, Retargeter, Predictor):
    averaged = ("content", "look", "summary", "head", "expand", "draw")

    def __init__(self, config: DualMTGANConfig):
        super().__init__()
        self.config = config
        self.needs = Needs(clips=config.clips, num_frames=config.num_frames, size=SIZE)
        self.content, self.look = encoder(CODE), encoder(CODE)
        self.summary, self.head = nn.GRUCell(CODE, CODE), nn.Linear(CODE, 2 * MOTION)
        self.expand, self.draw = nn.GRUCell(MOTION, MOTION), FrameGenerator(CODE + MOTION, WIDTH, size=SIZE)
        self.D_I, self.D_V = FrameDiscriminator(WIDTH, channels=6, size=SIZE), ClipDiscriminator(WIDTH, size=SIZE)

    def optimizers(self):
        generator = [self.get_submodule(name) for name in self.averaged]
        return adams(self.config.rate, D_I=[self.D_I], D_V=[self.D_V], G=generator)

    def motion(self, clips: Clips) -> tuple[Codes, Codes]:
        """E_M: (mean, log variance) of z_M, one code for a whole clip."""
        state = None
        for seen in each_frame(self.look, clips).unbind(1):
            state = self.summary(seen, state)
        return self.head(state).chunk(2, dim=1)

    def painted(self, picture: Frames, z_M: Codes, num_frames: int) -> Clips:
        walk, state = [], None
        for _ in range(num_frames):
            walk.append(state := self.expand(z_M, state))
        content = repeat(self.content(picture), "B D -> B T D", T=num_frames)
        return paint(self.draw, torch.cat([content, torch.stack(walk, dim=1)], dim=2))

    def made(self, x: Clips, y: Clips) -> tuple[tuple[Codes, Codes], Codes, Clips, Clips]:
        """(q(z_M | V), z_M, V~_x, V~_y)."""
        posterior = self.motion(x)
        z_M = draw_normal(*posterior)
        return posterior, z_M, *(self.painted(clips[:, :, 0], z_M, x.shape[2]) for clips in (x, y))

    def judge_pair(self, picture: Frames, clips: Clips) -> Tensor:
        return self.D_I(torch.cat([picture, any_frame(clips)], dim=1))

    def training_step(self, batch: Batch, update: Update) -> None:
        x = batch["clip"]
        y = x.roll(1, dims=0)
        first_x, first_y = x[:, :, 0], y[:, :, 0]
        with torch.no_grad():
            _, _, fake_x, fake_y = self.made(x, y)
        fool, tell = bce.generator, bce.discriminator
        wrong_x, wrong_y = self.judge_pair(first_y, x), self.judge_pair(first_x, y)  # right frame, wrong identity
        real_x, real_y = self.judge_pair(first_x, x), self.D_I(torch.cat([first_y, first_y], dim=1))
        update(
            "D_I",
            source=(tell(real_x, self.judge_pair(first_x, fake_x)) + tell(real_x, wrong_x)) / 2,
            target=(tell(real_y, self.judge_pair(first_y, fake_y)) + tell(real_y, wrong_y)) / 2,
        )
        update("D_V", source=tell(self.D_V(x), self.D_V(fake_x)), target=tell(self.D_V(y), self.D_V(fake_y)))

        posterior, z_M, fake_x, fake_y = self.made(x, y)
        content = each_frame(self.content, x)
        update(
            "G",
            frames=fool(self.judge_pair(first_x, fake_x)) + fool(self.judge_pair(first_y, fake_y)),
            clips=fool(self.D_V(fake_x)) + fool(self.D_V(fake_y)),
            reconstruction=self.config.reconstruction_weight * F.l1_loss(fake_x, x),
            content=F.l1_loss(content[:, 1:], content[:, :-1]),
            motion=sum(F.l1_loss(self.motion(fake)[0], z_M) for fake in (fake_x, fake_y)),
            kl=0.01 * kl(*posterior),
        )

    def retarget(self, source: Clips, driving: Clips) -> Clips:
        return self.painted(source[:, :, 0], self.motion(driving)[0], driving.shape[2])

    def predict(self, past: Clips, num_frames: int, *, samples: int = 1) -> Tensor:
        first = repeat(past[:, :, 0], "B C H W -> (S B) C H W", S=samples)
        z_M = torch.randn(len(first), MOTION).to(past.device)
        whole = self.painted(first, z_M, past.shape[2] + num_frames)
        return rearrange(whole[:, :, past.shape[2] :], "(S B) C T H W -> S B C T H W", S=samples)

    def preview(self, batch: Batch) -> Clips:
        clips = batch["clip"]
        return torch.cat([self.retarget(clips, clips.roll(1, dims=0)), self.predict(clips, clips.shape[2])[0]])


# SVG: a game of one player, nothing averaged, state passed from step to step.


@dataclass(frozen=True)
class SVGConfig(ToyConfig):
    kl_weight: float = 0.01


class GaussianLSTM(nn.Module):
    """(mean, log variance, state) of z_t."""

    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.LSTMCell(CODE, CODE), nn.Linear(CODE, 2 * MOTION)

    def forward(self, features: Codes, state: tuple[Codes, Codes] | None):
        state = self.cell(features, state)
        return *self.head(state[0]).chunk(2, dim=1), state


class SVG(System, Predictor):
    def __init__(self, config: SVGConfig):
        super().__init__()
        self.config = config
        self.needs = Needs(clips=config.clips, num_frames=config.num_frames, size=SIZE)
        self.encode = encoder(CODE)
        self.prior, self.posterior = GaussianLSTM(), GaussianLSTM()
        self.advance = nn.LSTMCell(CODE + MOTION, CODE)
        self.decode = FrameGenerator(CODE, WIDTH, size=SIZE)

    def optimizers(self):
        return adams(self.config.rate, model=[self])

    def training_step(self, batch: Batch, update: Update) -> None:
        """Minimise  sum_t |x_t - x^_t|^2 + beta KL(q(z_t | x_1..t) || p(z_t | x_1..t-1))."""
        frames = batch["clip"].unbind(dim=2)
        features = each_frame(self.encode, batch["clip"]).unbind(1)
        before = believed = state = None
        error = divergence = 0.0
        for t in range(1, len(frames)):
            *p, before = self.prior(features[t - 1], before)
            *q, believed = self.posterior(features[t], believed)
            state = self.advance(torch.cat([features[t - 1], draw_normal(*q)], dim=1), state)
            error = error + F.mse_loss(self.decode(state[0]).float(), frames[t])
            divergence = divergence + kl(*q, *p)
        update("model", reconstruction=error, kl=self.config.kl_weight * divergence)

    def predict(self, past: Clips, num_frames: int, *, samples: int = 1) -> Tensor:
        frame, *known = repeat(past, "B C T H W -> T (S B) C H W", S=samples)
        before = believed = state = None
        future = []
        for t in range(len(known) + num_frames):
            features = self.encode(frame)
            *z, before = self.prior(features, before)
            if t < len(known):
                *z, believed = self.posterior(self.encode(known[t]), believed)
            state = self.advance(torch.cat([features, draw_normal(*z)], dim=1), state)
            painted = self.decode(state[0])
            frame = known[t] if t < len(known) else painted
            future.append(painted)
        return rearrange(torch.stack(future[len(known) :]), "T (S B) C H W -> S B C T H W", S=samples)

    def preview(self, batch: Batch) -> Clips:
        past = batch["clip"][:, :, :3]
        return torch.cat([past, self.predict(past, self.config.num_frames - 3)[0]], dim=2)


class Case(NamedTuple):
    """A system to test, and data that suits it."""

    system: type[System]
    config: object
    data: VideoData | TwoDomains

    def build(self) -> System:
        """The system, always with the same weights."""
        torch.manual_seed(0)
        return self.system(self.config)


def smoke(name: str, categories: int) -> Case:
    """A listed system at its smallest, on shapes with so many labels."""
    system, presets = SYSTEMS[name]
    config = presets(categories)["smoke"].config
    return Case(system, config, Shapes(config.size, labels=categories > 0))


def changed(name: str, **changes) -> Case:
    """A listed system at its smallest, some of its settings changed."""
    case = smoke(name, 0)
    return case._replace(config=replace(case.config, **changes))


SHAPES = Shapes(SIZE, num_frames=16)
CASES = {name: smoke(name, 0) for name in SYSTEMS}
CASES |= {
    "labelled": smoke("mocogan", 2),
    "without D_I": changed("mocogan", frames=0),
    "without D_V": changed("mocogan", clips=0),
    "template": Case(ClipGAN, ClipGANConfig(size=SIZE, width=WIDTH, num_frames=8, clips=4), SHAPES),
    "cyclegan": Case(CycleGAN, CycleGANConfig(), TwoDomains(SHAPES, Shapes(SIZE, "velocity", num_frames=16, seed=1))),
    "posterior": Case(PosteriorPredictor, PosteriorConfig(), SHAPES),
    "dual_mtgan": Case(DualMTGAN, DualMTGANConfig(), SHAPES),
    "svg": Case(SVG, SVGConfig(), SHAPES),
}


def assert_equal(a: object, b: object) -> None:
    """Two checkpoints agree bit for bit, tensors and numbers, however deep."""
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            assert_equal(a[key], b[key])
    elif isinstance(a, list | tuple):
        assert len(a) == len(b)
        for left, right in zip(a, b):
            assert_equal(left, right)
    else:
        assert torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b
