"""How long does a training step of MoCoGAN take, beside the algorithm as it was published?

python tests/benchmarks/step.py --clips 8 32 --out step.json    # all of these tables; or one of them, named:
python tests/benchmarks/step.py parity     # both algorithms give equal losses and gradients
python tests/benchmarks/step.py speed      # their seconds, alternating in one run, the bare layers', and peaks
python tests/benchmarks/step.py scaling    # ours over the batch, the clip's length and processes; sampling

Both play the same networks on the same batch, so many clips and as many frames at 64 px and width 64, with a patch
D_I, a categorical D_V and noise (`--size`, `--width`: smaller trials). On a CPU, seconds of `speed` are the processor
time of the process: with one thread what the clock shows on a quiet machine, and what it is on a busy one too. Those of
`scaling` are the clock's, for processes wait for each other: they need a quiet machine.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import torch
import torch.nn.functional as F
import tyro
from algorithms import Ours, Published, bare_layers
from torch import Tensor

from mocolab import engine, store
from mocolab.data import open_data
from mocolab.data.contract import draw_batch
from mocolab.figures import Rows, table
from mocolab.networks.generators import ClipGenerator
from mocolab.system import Batch
from mocolab.systems.generation.mocogan import MoCoGAN, MoCoGANConfig

CATEGORIES = 2  # of shapes-labels


def most_held() -> float:
    """MB that this process has ever had in memory at once; Linux alone says it."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 2**10


@dataclass(frozen=True)
class Benchmark:
    """Seconds, ratios and distances of one training step."""

    what: Annotated[tuple[Literal["parity", "speed", "scaling", "one"], ...], tyro.conf.Positional] = (
        "parity",
        "speed",
        "scaling",
    )
    """See above; one: the seconds and peak of `algorithm` alone, for the first of `clips`."""
    clips: tuple[int, ...] = (8,)
    """Sizes of batches; parity and scaling start from the first."""
    size: int = 64
    width: int = 64
    length: int = 16
    """Frames in a clip."""
    rounds: int = 3
    """Steps of each, of which the quickest counts; parity: steps that both take."""
    precision: engine.Precision = "auto"
    """Of our step; the published one is always fp32."""
    algorithm: Literal["ours", "published"] = "ours"
    out: Path | None = None
    """A file for the tables in JSON; those that it has already and that are not asked for stay."""

    @property
    def device(self) -> torch.device:
        return engine.start().device

    def system(self, clips: int, **changes) -> MoCoGAN:
        torch.manual_seed(0)
        config = MoCoGANConfig(
            self.size, self.width, self.length, step=1, clips=clips, frames=clips, categories=CATEGORIES, labelled=True
        )
        return MoCoGAN(replace(config, **changes))

    def bytes(self, system: MoCoGAN) -> Batch:
        return draw_batch(open_data("shapes-labels", self.size), system.needs, np.random.default_rng(0))

    def pixels(self, batch: Batch) -> Batch:
        return {
            key: engine.to_pixels(value, self.device) if key != "label" else value.to(self.device)
            for key, value in batch.items()
        }

    def step(self, algorithm: str, clips: int) -> Callable[[], object]:
        """A step of 'ours', 'published' or the 'bare' layers of ours, to be called again and again."""
        system = self.system(clips)
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

    def seconds(self, *steps: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> list[float]:
        """The least seconds of each step; they take turns, so that the machine's moods strike all alike."""
        taken = [[] for _ in steps]
        for _ in range(self.rounds):
            for step, times in zip(steps, taken):
                begin = clock()
                step()
                if self.device.type == "cuda":
                    torch.cuda.synchronize()
                times.append(clock() - begin)
        return [min(times) for times in taken]

    def run(self) -> None:
        found = json.loads(self.out.read_text()) if self.out and self.out.exists() else {}
        for what in self.what:
            found[what] = getattr(self, what)()
            print(found[what] if what == "one" else f"\n{table(found[what])}", flush=True)
            if self.out:
                found["machine"] = {"device": str(self.device), "threads": torch.get_num_threads()}
                found["machine"]["load"] = os.getloadavg()[0]
                store.write(self.out, json.dumps(found, indent=2) + "\n")

    def speed(self) -> Rows:
        rows = {}
        for clips in self.clips:
            steps = [self.step(algorithm, clips) for algorithm in ("ours", "published", "bare")]
            clock = time.process_time if self.device.type == "cpu" else time.perf_counter
            ours, published, bare = self.seconds(*steps, clock=clock)
            del steps
            mine, theirs = (self.peak(clips, algorithm) for algorithm in ("ours", "published"))
            rows[f"{clips} clips"] = {
                "published, s": published,
                "ours, s": ours,
                "published / ours": published / ours,
                "bare layers, s": bare,
                "ours / bare layers": ours / bare,
                "published, MB": theirs,
                "ours, MB": mine,
                "ours / published, memory": mine / theirs,
            }
        return rows

    def one(self) -> str:
        before = most_held()
        [seconds] = self.seconds(self.step(self.algorithm, self.clips[0]))
        peak = torch.cuda.max_memory_allocated() / 2**20 if self.device.type == "cuda" else most_held() - before
        return f"{seconds} {peak}"

    def alone(self, clips: int, processes: int = 1, environment: Mapping = {}, **changes) -> tuple[float, float]:
        """(seconds, peak MB above what is there at the start) of `one`, in processes of its own."""
        launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        call = [sys.executable, *(launcher if processes > 1 else []), __file__, "one", "--clips", str(clips)]
        for name in ("size", "width", "length", "rounds", "precision", "algorithm"):
            call += [f"--{name}", str(changes.get(name, getattr(self, name)))]
        done = subprocess.run(call, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | environment)
        seconds, peak = done.stdout.splitlines()[-1].split()
        return float(seconds), float(peak)

    def peak(self, clips: int, algorithm: str) -> float:
        """MB of two steps, for the second begins with the optimizers' means. The C library hands back at once what is
        freed, lest its hoard be counted too."""
        return self.alone(clips, environment={"MALLOC_MMAP_THRESHOLD_": "65536"}, algorithm=algorithm, rounds=2)[1]

    def scaling(self) -> Rows:
        clips, rows = self.clips[0], {}
        for number, length, processes in (
            (clips // 2, self.length, 1),
            (clips, self.length, 1),
            (2 * clips, self.length, 1),
            (clips, self.length * 3 // 2, 1),
            (clips, self.length * 2, 1),
            (clips // 2, self.length, 2),
        ):
            seconds, _ = self.alone(number, processes, length=length)
            name = f"{number} clips of {length} frames" + (f", each of {processes} processes" if processes > 1 else "")
            rows[name] = {"ours, s": seconds, "ms a frame": 1e3 * seconds / (number * length)}
        system = self.system(clips).to(self.device).eval()
        with torch.no_grad():
            [seconds] = self.seconds(lambda: system.sample(clips, self.length))
        rows[f"sampling {clips} clips of {self.length} frames"] = {
            "ours, s": seconds,
            "ms a frame": 1e3 * seconds / (clips * self.length),
        }
        return rows

    def parity(self) -> Rows:
        """Without noise the two algorithms draw the same numbers, so every difference is one of arithmetic. Cosines are
        of the gradients of step 1, of each player's move and of all three together."""

        def same_frames(generator: ClipGenerator, num_frames: int, length: int) -> Tensor:
            return generator.frames(num_frames, length)

        def distance(first: Tensor, second: Tensor) -> float:
            return 1 - F.cosine_similarity(first, second, dim=0).item()

        def weights(system: MoCoGAN) -> Tensor:
            return torch.cat([weight.detach().flatten() for weight in system.parameters()])

        def keep_gradients(algorithm: Ours | Published, kept: dict[str, Tensor]) -> None:
            """Of each player's first move, as its optimizer finds them."""
            players = (algorithm.trainer if isinstance(algorithm, Ours) else algorithm).optimizers
            for player, optimizer in players.items():

                def keep(optimizer: torch.optim.Optimizer, *_: object, player: str = player) -> None:
                    weights = optimizer.param_groups[0]["params"]
                    kept.setdefault(player, torch.cat([weight.grad.flatten().double() for weight in weights]))

                optimizer.register_step_pre_hook(keep)

        systems = [self.system(self.clips[0], noise=0.0).to(self.device) for _ in range(3)]
        engine.channels_last(systems[2], torch.device("cuda"))  # also on a CPU: the same sums in another order
        batch = self.bytes(systems[0])
        ours = Ours(systems[0], self.precision)
        published, other_layout = (Published(system, same_frames) for system in systems[1:])
        gradients: list[dict[str, Tensor]] = [{}, {}]
        for algorithm, kept in zip((ours, published), gradients):
            keep_gradients(algorithm, kept)
        for step in range(self.rounds):
            losses = []
            for algorithm in (published, other_layout):
                engine.seed_step(0, step, 0)
                losses.append(algorithm(self.pixels(batch)))
            mine = ours(batch)
            if step == 0:
                apart = max(abs(mine[player] - losses[0][player]).item() for player in mine)
        away = [(weights(system) - weights(systems[1])).norm().item() for system in (systems[0], systems[2])]
        figures = {
            "losses of step 1 apart": apart,
            **{f"1 - cosine, {player}": distance(*(kept[player] for kept in gradients)) for player in gradients[0]},
            "1 - cosine, all": distance(*(torch.cat(list(kept.values())) for kept in gradients)),
            f"weights apart, step {self.rounds}": away[0],
        }
        return {
            "ours, published": figures,
            "published, in two memory layouts": {f"weights apart, step {self.rounds}": away[1]},
        }


if __name__ == "__main__":
    tyro.cli(Benchmark).run()
