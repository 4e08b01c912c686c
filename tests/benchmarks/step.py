"""How long does a training step of MoCoGAN take, beside the algorithm as it was published?

python tests/benchmarks/step.py parity          # both algorithms give equal losses and gradients
python tests/benchmarks/step.py speed           # their seconds, alternating in one run, and the bare layers'
python tests/benchmarks/step.py memory          # their peaks, each in a process of its own
python tests/benchmarks/step.py scaling         # ours against the batch, the clip's length and processes; sampling

Both play the same networks on the same batch, `--clips` clips and as many frames at 64 px and width 64, with a patch
D_I, a categorical D_V and noise (`--size`, `--width`: smaller trials). The algorithm as published (Tulyakov et al.,
2018) computes in fp32 with plain Adam, draws latent paths of 2nT clips to pick n frames, keeps the graph of the
generator through the discriminators' moves, and lets the generator's move fill the gradients of all three networks.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from typing import Annotated, Literal

import numpy as np
import torch
import torch.nn.functional as F
import tyro
from torch import Tensor, nn

from mocolab import engine
from mocolab.averaging import Averages
from mocolab.data import open_data
from mocolab.data.contract import draw_batch
from mocolab.evaluation import table
from mocolab.networks.generators import ClipGenerator, paint
from mocolab.objectives import bce
from mocolab.system import Batch
from mocolab.systems.generation.mocogan import MoCoGAN, MoCoGANConfig
from mocolab.trainer import TrainConfig, Trainer

CATEGORIES = 2  # of shapes-labels


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
        loss_D_I = bce.discriminator(system.D_I(batch["frame"]), system.D_I(fake))
        loss_D_I.backward()
        self.optimizers["D_I"].step()

        label = system.generator.latent.draw_labels(len(batch["clip"])).to(batch["clip"].device)
        self.optimizers["D_V"].zero_grad()
        fake = system.generator(len(label), num_frames, label=label)
        scores, classes = system.judge(batch["clip"])
        loss_D_V = bce.discriminator(scores, system.judge(fake)[0]) + F.cross_entropy(classes, batch["label"])
        loss_D_V.backward()
        self.optimizers["D_V"].step()

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


@dataclass(frozen=True)
class Benchmark:
    """Seconds, ratios and distances of one training step."""

    what: Annotated[Literal["parity", "speed", "memory", "scaling", "one"], tyro.conf.Positional]
    """parity, speed, memory, scaling: see above; one: the seconds and peak of `algorithm` alone."""
    clips: int = 8
    size: int = 64
    width: int = 64
    length: int = 16
    """Frames in a clip."""
    rounds: int = 5
    """Measured steps; one more before them is not measured."""
    precision: engine.Precision = "auto"
    """Of our step; the published one is always fp32."""
    algorithm: Literal["ours", "published"] = "ours"

    @property
    def device(self) -> torch.device:
        return engine.start().device

    def system(self, **changes) -> MoCoGAN:
        torch.manual_seed(0)
        config = MoCoGANConfig(
            self.size,
            self.width,
            self.length,
            clips=self.clips,
            frames=self.clips,
            categories=CATEGORIES,
            labelled=True,
        )
        return MoCoGAN(replace(config, **changes))

    def bytes(self, system: MoCoGAN) -> Batch:
        data = open_data("shapes-labels", self.size)
        return draw_batch(data, system.needs, np.random.default_rng(0))

    def pixels(self, batch: Batch) -> Batch:
        return {
            key: engine.to_pixels(value, self.device) if key != "label" else value.to(self.device)
            for key, value in batch.items()
        }

    def step(self, algorithm: str) -> Callable[[], None]:
        """A step of 'ours', 'published' or the 'bare' layers of ours, to be called again and again."""
        system = self.system()
        batch = self.bytes(system)
        if algorithm == "ours":
            ours = Ours(system, self.precision)
            return lambda: ours(batch)
        system = system.to(self.device)
        if algorithm == "published":
            published = Published(system)
            return lambda: published(self.pixels(batch))
        engine.channels_last(system, self.device)
        pixels, bf16 = self.pixels(batch), engine.uses_bf16(self.device, self.precision)

        def bare() -> None:
            with engine.autocast(self.device, bf16):
                bare_layers(system, pixels)

        return bare

    def seconds(self, *steps: Callable[[], None]) -> list[float]:
        """The median seconds of each step; they take turns, so that the machine's moods strike all alike."""
        taken = [[] for _ in steps]
        for _ in range(1 + self.rounds):
            for step, times in zip(steps, taken):
                begin = time.perf_counter()
                step()
                if self.device.type == "cuda":
                    torch.cuda.synchronize()
                times.append(time.perf_counter() - begin)
        return [median(times[1:]) for times in taken]

    def run(self) -> None:
        getattr(self, self.what)()

    def speed(self) -> None:
        names = ("ours", "published", "bare")
        ours, published, bare = self.seconds(*map(self.step, names))
        print(f"{self.clips} clips of {self.length} frames at {self.size} px, width {self.width}, on {self.device}")
        print(table({name: {"seconds a step": value} for name, value in zip(names, (ours, published, bare))}))
        print(f"published / ours {published / ours:.2f}; ours over the bare layers {ours / bare - 1:+.0%}")

    def one(self) -> None:
        [seconds] = self.seconds(self.step(self.algorithm))
        if self.device.type == "cuda":
            peak = torch.cuda.max_memory_allocated() / 2**20
        else:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
        print(seconds, peak)

    def alone(self, processes: int = 1, **changes) -> tuple[float, float]:
        """(seconds, peak MB) of `one`, in processes of its own."""
        launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        call = [sys.executable, *(launcher if processes > 1 else []), __file__, "one"]
        for name in ("clips", "size", "width", "length", "rounds", "precision", "algorithm"):
            call += [f"--{name}", str(changes.get(name, getattr(self, name)))]
        done = subprocess.run(call, stdout=subprocess.PIPE, text=True, check=True)
        seconds, peak = done.stdout.splitlines()[-1].split()
        return float(seconds), float(peak)

    def memory(self) -> None:
        _, empty = self.alone(clips=2, size=32, width=4, rounds=1)
        peaks = {name: self.alone(algorithm=name, rounds=1)[1] - empty for name in ("ours", "published")}
        print(table({name: {"peak MB above the smallest trial's": peak} for name, peak in peaks.items()}))
        print(f"ours / published {peaks['ours'] / peaks['published']:.2f}")

    def scaling(self) -> None:
        rows = {}
        for clips in (self.clips // 2, self.clips, 2 * self.clips):
            rows[f"{clips} clips of {self.length} frames"] = {"seconds a step": self.alone(clips=clips)[0]}
        for length in (24, 32):
            rows[f"{self.clips} clips of {length} frames"] = {"seconds a step": self.alone(length=length)[0]}
        half = self.alone(processes=2, clips=self.clips // 2)[0]
        rows[f"2 processes of {self.clips // 2} clips each"] = {"seconds a step": half}
        print(table(rows))
        system = self.system().to(self.device).eval()
        with torch.no_grad():
            [seconds] = self.seconds(lambda: system.sample(self.clips, self.length))
        print(f"sampling: {self.clips * self.length / seconds:.0f} frames a second")

    def parity(self) -> None:
        """Without noise the two algorithms draw the same numbers, so every difference is one of arithmetic."""

        def same_frames(generator: ClipGenerator, num_frames: int, length: int) -> Tensor:
            return generator.frames(num_frames, length)

        def weights(system: MoCoGAN) -> Tensor:
            return torch.cat([weight.detach().flatten() for weight in system.parameters()])

        systems = [self.system(noise=0.0).to(self.device) for _ in range(3)]
        engine.channels_last(systems[2], torch.device("cuda"))  # also on a CPU: the same sums in another order
        batch = self.bytes(systems[0])
        ours = Ours(systems[0], self.precision)
        published, other_layout = (Published(system, same_frames) for system in systems[1:])
        for step in range(self.rounds):
            losses = []
            for algorithm in (published, other_layout):
                engine.seed_step(0, step, 0)
                losses.append(algorithm(self.pixels(batch)))
            mine = ours(batch)
            if step == 0:
                gradients = [torch.cat([w.grad.flatten() for w in s.generator.parameters()]) for s in systems[:2]]
                cosine = F.cosine_similarity(*gradients, dim=0).item()
                away = max(abs(mine[player] - losses[0][player]).item() for player in mine)
                print(f"step 1: losses differ by at most {away:.1e}; cosine of G's gradients {cosine:.6f}")
        away = [(weights(system) - weights(systems[1])).norm().item() for system in (systems[0], systems[2])]
        print(f"weights after {self.rounds} steps: ours {away[0]:.2e} from the published algorithm's,")
        print(f"  and the published algorithm in another memory layout {away[1]:.2e}")


if __name__ == "__main__":
    tyro.cli(Benchmark).run()
