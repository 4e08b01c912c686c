"""What does FVD say of real clips beside real ones? Over their number, for many draws of both sides.

python tests/benchmarks/frechet.py --data faces --out runs/fvd-faces.json

I3D judges twice as many clips as the largest number, once; each draw deals two sides from them. The clips' features
are kept in `--folder`, a file for every 32, so that a run which was stopped goes on. Needs `mocolab weights get i3d`.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import torch
import tyro
from torch import Tensor

from mocolab import engine, store
from mocolab.data import open_data
from mocolab.figures import table
from mocolab.metrics.frechet import clip_features, frechet_distance
from mocolab.networks.i3d import published_i3d
from mocolab.protocol import HELD_OUT, real_clips

PART = 32


@dataclass(frozen=True)
class Spread:
    """FVD of real against real clips: its mean and its spread over draws."""

    data: str = "faces"
    """A name of a data set, or a folder of one."""
    numbers: tuple[int, ...] = (64, 128, 256)
    """Clips on each side."""
    draws: int = 20
    """How often both sides are dealt; at the largest number a draw is a halving of all clips."""
    frames: int = 16
    """Frames in a clip."""
    step: int = 2
    """Distance between neighbours of a clip, in frames of the video."""
    size: int = 64
    """Pixels at which clips are drawn; I3D sees them at 224."""
    bf16: bool = False
    """Whether I3D computes in bf16."""
    folder: Path = Path("runs/fvd")
    """Where features are kept."""
    out: Path | None = None
    """A file for the table in JSON."""

    def part(self, number: int) -> Tensor:
        """Features of 32 held-out clips, which `number` decides."""
        precision = "bf16" if self.bf16 else "fp32"
        name = f"{Path(self.data).name}-{self.frames}-{self.step}-{self.size}-{precision}-{number:03}.npy"
        path = self.folder / name
        if not path.exists():
            begin = time.process_time()
            data = open_data(self.data, self.size, HELD_OUT, "test")
            clips = real_clips(data, PART, self.frames, self.step, seed=number)
            with engine.autocast(torch.device("cpu"), self.bf16):
                found = clip_features(clips, published_i3d()).float()
            with store.whole(path) as unfinished, unfinished.open("wb") as file:
                np.save(file, found.numpy())
            print(f"{path.name}: {(time.process_time() - begin) / PART:.2f} s of processor time a clip", flush=True)
        return torch.from_numpy(np.load(path))

    def run(self) -> None:
        features = torch.cat([self.part(number) for number in range(-(-2 * max(self.numbers) // PART))])
        torch.manual_seed(0)
        rows = {}
        for number in self.numbers:
            dealt = [features[torch.randperm(len(features))[: 2 * number]].chunk(2) for _ in range(self.draws)]
            values = [frechet_distance(*sides).item() for sides in dealt]
            rows[f"N = {number}"] = {
                "FVD, real against real": mean(values),
                "standard deviation": stdev(values),
                "least": min(values),
                "most": max(values),
            }
        print(table(rows))
        if self.out:
            store.write(self.out, json.dumps({"data": self.data, "draws": self.draws, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    tyro.cli(Spread).run()
