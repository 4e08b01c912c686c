"""Systems as small as they can be while honest: what the contract must hold. Played by the one trainer."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from torch import Tensor, nn, optim

from mocolab.data import Shapes, TwoDomains, VideoData
from mocolab.networks.generators import FrameGenerator
from mocolab.system import Batch, Needs, Predictor, System, Update
from mocolab.systems import SYSTEMS
from mocolab.systems.template import ClipGAN, ClipGANConfig
from mocolab.types import Clips, Codes, Frames

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
    data = Shapes(config.size, labels=categories > 0)
    if system(config).needs.domains == 2:
        data = TwoDomains(data, Shapes(config.size, "velocity", seed=1))
    return Case(system, config, data)


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
    "rebuilds only what is given": changed(
        "mocogan_predict", whole=False, content_of="mean", gradient_difference_weight=1.0
    ),
    "autoencodes": changed("mocogan_predict", drawn=True, distance="l1", adversaries=False),
    "repaints": changed("mocogan_predict", draw="resnet"),
    "paints over": changed("mocogan_predict", draw="modulated", paint_over=0.0025),
    "modulates": changed("mocogan_predict", draw="modulated"),
    "moves to the last pixel": changed("dual_mtgan", draw="fine"),
    "repaints and moves": changed("dual_mtgan", draw="resnet", blocks=1),
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
