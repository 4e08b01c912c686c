"""A training step of MoCoGAN three times over: the algorithm as it was published, ours, and the bare layers of ours.

The algorithm as published (Tulyakov et al., 2018) computes in fp32 with plain Adam, draws latent paths of 2nT clips to
pick n frames, builds the generator's graph for the discriminators' fakes and lets go of it unused, and lets the
generator's move fill the gradients of all three networks.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mocolab import engine
from mocolab.averaging import Averages
from mocolab.data import open_data
from mocolab.networks.generators import ClipGenerator, paint
from mocolab.objectives import bce
from mocolab.system import Batch
from mocolab.systems.generation.mocogan import MoCoGAN
from mocolab.trainer import TrainConfig, Trainer


def published_frames(generator: ClipGenerator, num_frames: int, length: int) -> Tensor:
    """n frames, picked among the latent paths of 2nT clips of T frames."""
    paths = generator.latent(2 * num_frames * length, length).flatten(0, 1)
    return generator.draw(paths[torch.randperm(len(paths), device=paths.device)[:num_frames]])


class Published:
    """The published algorithm on our networks."""

    def __init__(self, system: MoCoGAN, frames: Callable[..., Tensor] = published_frames):
        self.system, self.frames = system, frames
        rate = system.config.generator_rate
        self.optimizers = {
            name: torch.optim.Adam(network.parameters(), rate, betas=(0.5, 0.999), weight_decay=1e-5, foreach=False)
            for name, network in (("D_I", system.D_I), ("D_V", system.D_V), ("G", system.generator))
        }

    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        system, num_frames = self.system, batch["clip"].shape[2]
        self.optimizers["D_I"].zero_grad()
        fake = self.frames(system.generator, len(batch["frame"]), num_frames)
        loss_D_I = bce.discriminator(system.D_I(batch["frame"]), system.D_I(fake.detach()))
        loss_D_I.backward()
        self.optimizers["D_I"].step()

        label = system.generator.latent.draw_labels(len(batch["clip"])).to(batch["clip"].device)
        self.optimizers["D_V"].zero_grad()
        fake = system.generator(len(label), num_frames, label=label)
        scores, classes = system.judge(batch["clip"])
        loss_D_V = bce.discriminator(scores, system.judge(fake.detach())[0]) + F.cross_entropy(classes, batch["label"])
        loss_D_V.backward()
        self.optimizers["D_V"].step()
        del fake  # and its graph, as at the end of a function of the published code

        self.optimizers["G"].zero_grad()
        loss_G = bce.generator(system.D_I(self.frames(system.generator, len(batch["frame"]), num_frames)))
        scores, classes = system.judge(system.generator(len(label), num_frames, label=label))
        loss_G = loss_G + bce.generator(scores) + F.cross_entropy(classes, label)
        loss_G.backward()
        self.optimizers["G"].step()
        return {"D_I": loss_D_I.detach(), "D_V": loss_D_V.detach(), "G": loss_G.detach()}


class Ours:
    """The trainer's step on a system, without a run's folder."""

    def __init__(self, system: MoCoGAN, precision: engine.Precision):
        config = TrainConfig(precision=precision)
        self.trainer = trainer = Trainer(system, open_data("shapes-labels", system.config.size), "runs/none", config)
        trainer.place = engine.start()
        engine.channels_last(system.to(trainer.place.device), trainer.place.device)
        trainer.bf16 = engine.uses_bf16(trainer.place.device, precision)
        trainer.optimizers = system.optimizers()
        trainer.rates = {
            name: [group["lr"] for group in player.param_groups] for name, player in trainer.optimizers.items()
        }
        trainer.averages, trainer.pending, trainer.step = Averages(system, config.averaging), [], 0

    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        self.trainer._play(batch)
        terms = self.trainer.terms.items()
        return {player: sum(term for name, term in terms if name.startswith(player)) for player in self.trainer.rates}


def bare_layers(system: MoCoGAN, batch: Batch) -> None:
    """Nothing but the passes through layers that our step cannot do without: no walk, no losses, no optimizers."""
    G, D_I, D_V, clips = system.generator, system.D_I, system.D_V, batch["clip"]
    device, length = clips.device, clips.shape[2]
    codes = torch.randn(len(batch["frame"]), G.latent.dim, device=device)
    path = torch.randn(len(clips), length, G.latent.dim, device=device)

    def backward(network: nn.Module, *scores: Tensor) -> None:
        torch.autograd.backward([score.sum() for score in scores], inputs=list(network.parameters()))

    with torch.no_grad():
        frames, made = G.draw(codes), paint(G.draw, path)
    backward(D_I, D_I(batch["frame"]), D_I(frames))
    backward(D_V, D_V(clips), D_V(made))
    backward(G.draw, D_I(G.draw(codes)), D_V(paint(G.draw, path)))
