"""What does the noise of a predictor know? One drawn future, the best of eight, and the one future without noise.

python tests/benchmarks/noise.py predict-shapes predict-faces

Of every RUN, on held-out clips of what it was trained on: errors of one future and of the best of eight (chosen by
the measure itself), how sharp they are, and how far apart two of them lie. LPIPS needs `mocolab weights get lpips`.
"""

import sys
from itertools import combinations

import torch
from torch import Tensor

from mocolab.data import open_data
from mocolab.engine import seed_step
from mocolab.experiments.guides import without_noise
from mocolab.figures import Figures, Rows, table
from mocolab.futures import given_and_future, horizons
from mocolab.judges import at_hand
from mocolab.loading import load, read
from mocolab.protocol import BATCH, HELD_OUT, Protocol

DRAWN = 8
NUM_CLIPS = 128


def sharpness(clips: Tensor) -> float:
    """Mean difference of neighbouring pixels."""
    return (clips.diff(dim=-1).abs().mean() + clips.diff(dim=-2).abs().mean()).item()


def figures(futures: Tensor, real: Tensor) -> Figures:
    """Of so many futures a clip [S, B, C, T, H, W]: errors of one and of the best, sharpness, L1 between two."""
    found = horizons(futures, real, lpips="lpips" in at_hand(real.shape[0], real.shape[-1]))
    result = {name: mean.mean().item() for name, (mean, _) in found.items()}
    result["sharpness, of real's"] = sharpness(futures) / sharpness(real)
    if len(futures) > 1:
        result |= {f"{name}, best": best.mean().item() for name, (_, best) in found.items()}
        apart = [(a - b).abs().mean() for a, b in combinations(futures, 2)]
        result["L1 between two"] = torch.stack(apart).mean().item()
    return result


@torch.no_grad()
def measured(run: str) -> Rows:
    system = load(run)
    protocol = Protocol(system.needs.num_frames, system.needs.step, NUM_CLIPS)
    past, real = given_and_future(open_data(read(run)[0]["data"], system.needs.size, HELD_OUT, "test"), protocol)
    seed_step(0, 0, 0)
    drawn = torch.cat([system.predict(part, real.shape[2], samples=DRAWN) for part in past.split(BATCH)], dim=1)
    still = torch.cat([without_noise(system, part, real.shape[2]) for part in past.split(BATCH)])
    return {f"{run}, drawn": figures(drawn, real), f"{run}, without noise": figures(still[None], real)}


if __name__ == "__main__":
    print(table({title: row for run in sys.argv[1:] for title, row in measured(run).items()}))
