"""The board: predictions of clips that nobody has trained on, beside answers that need no learning, by one score."""

from typing import NamedTuple

import torch
import torch.nn.functional as F

from mocolab.data import open_data
from mocolab.figures import Rows, Spread
from mocolab.futures import Futures, Past, copied, given_and_future, horizon_means, horizons
from mocolab.metrics.prediction import energy_score
from mocolab.protocol import HELD_OUT, Protocol
from mocolab.types import Clips

WORLDS = ("shapes", "faces")
SIZE, NUM_FRAMES, STEP, SAMPLES = 32, 16, 2, 8


class World(NamedTuple):
    """Held-out clips of one data set, cut in two."""

    protocol: Protocol
    past: Clips
    """What is given."""
    future: Clips
    """What came."""


def open_worlds(num_clips: int, seed: int, lpips: bool = False) -> dict[str, World]:
    """The clips of a board, which the seed decides."""
    protocol = Protocol(NUM_FRAMES, STEP, num_clips, seed, ("lpips",) if lpips else ())
    return {name: World(protocol, *given_and_future(open_data(name, SIZE, HELD_OUT), protocol)) for name in WORLDS}


def moved_on(past: Past, num_frames: int) -> Futures:
    """The last picture, shifted on and on by the way that its light has gone since the one before."""
    light = past.add(1).sum(dim=1)  # [B, n, H, W]
    pixel = torch.arange(past.shape[-1]).float()
    place = torch.stack([light.sum(dim=2) @ pixel, light.sum(dim=3) @ pixel], dim=2)
    way = (place / light.sum(dim=(2, 3))[..., None]).diff(dim=1)[:, -1]  # [B, 2]: x, y
    last, frames = past[:, :, -1], []
    for step in range(1, num_frames + 1):
        matrix = torch.cat(
            [torch.eye(2).expand(len(past), 2, 2), (-2 * step * way / (len(pixel) - 1))[..., None]], dim=2
        )
        grid = F.affine_grid(matrix, list(last.shape), align_corners=True)
        frames.append(F.grid_sample(last, grid, padding_mode="border", align_corners=True))
    return torch.stack(frames, dim=2)[None]


def emptied(past: Past, num_frames: int) -> Futures:
    """The mean of all pictures that are given: the scene without what is in it."""
    return past.mean(dim=(0, 2), keepdim=True)[None].expand(1, len(past), -1, num_frames, -1, -1)


BASELINES = {"copy the last frame": copied, "constant velocity": moved_on, "empty scene": emptied}


def judged(said: dict[str, Futures], worlds: dict[str, World]) -> Rows:
    """{"score": ..., world: ...}: the score with its error and each world's part of it; then the world's figures.

    The score is 100 (1 - energy score / that of copying the last frame), the mean over worlds: 0 for copying, 100 for
    whoever knows the future. Its error is the standard error over clips, of a ratio.
    """
    means, errors, rows = {}, [], {"score": {}}
    for name, (_, past, future) in worlds.items():
        worst = energy_score(copied(past, future.shape[2]), future)
        found = energy_score(said[name], future)
        ratio = found.mean() / worst.mean()
        means[name] = 100 * (1 - ratio.item())
        errors.append(100 * ((found - ratio * worst).var() / len(past)).sqrt().item() / worst.mean().item())
        rows[name] = horizon_means(said[name], future, horizons(said[name], future, lpips=False))
    error = sum(error**2 for error in errors) ** 0.5 / len(errors)
    rows["score"] = {"score": Spread(_points(sum(means.values()) / len(means)), _points(error))}
    rows["score"] |= {name: _points(mean) for name, mean in means.items()}
    return rows


def references(worlds: dict[str, World]) -> dict[str, Rows]:
    """The rows of what came, and of the answers that need no learning."""
    rows = {}
    for name, answer in {"what came": None, **BASELINES}.items():
        futures = {
            world: answer(past, future.shape[2]) if answer else future[None]
            for world, (_, past, future) in worlds.items()
        }
        rows[name] = judged({world: one.expand(SAMPLES, *one.shape[1:]) for world, one in futures.items()}, worlds)
    return rows


def _points(value: float) -> float:
    """In hundredths: the bytes of an answer cannot tell less."""
    return round(value, 2) + 0.0  # no -0.0
