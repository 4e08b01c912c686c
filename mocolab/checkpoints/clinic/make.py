"""Makes the small runs of lab 02, whose weights stand beside this file: one trained game, what becomes of it when a
critic leaves, and the patients of the failure clinic, each of which is that game with one thing done to it.

    python mocolab/checkpoints/clinic/make.py FOLDER

Runs go to FOLDER and are resumed there; all together take about ten minutes of one core. A file holds the weights in
which a run differs from full.pt: open that first.
"""

import sys
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

import mocolab
from mocolab import loading
from mocolab.systems.generation.mocogan import MoCoGAN, presets

HERE = Path(__file__).parent
RECIPE = presets(categories=0)["cpu"].config
SEQUELS = {
    "without-frames": {"frames": 0},
    "without-clips": {"clips": 0},
    "overwhelmed": {"generator_rate": 0.0},
}
"""Run -> the change to the recipe with which the trained game goes on for 120 rounds."""
PATIENTS = {
    "patient-1": ("overwhelmed", "The generator stopped learning, and the critics went on for 120 rounds."),
    "patient-2": ("frozen", "The update gate of the walk is stuck: every state is the state before."),
    "patient-3": (
        "drifting",
        "Ten of the content numbers follow the walk, thirty times enlarged, and are no longer held.",
    ),
    "patient-4": ("collapsed", "Every clip is painted without its content, from a walk that noise no longer changes."),
    "patient-5": ("healthy", "Nothing was done."),
}


def train(folder: Path, changes: dict[str, float], settings: mocolab.TrainConfig, start: Path | None = None) -> None:
    """Train by the recipe with the changes, in the folder, from the weights of the run `start` or from fresh ones."""
    torch.manual_seed(settings.seed)
    system = MoCoGAN(replace(RECIPE, **changes))
    if start:
        system.load_state_dict(loading.read(start)[1], strict=False)
    data = mocolab.open_data("shapes", size=RECIPE.size)
    mocolab.Trainer(system, data, folder, settings, resume=True).fit()


def frozen(game: MoCoGAN) -> None:
    dim = RECIPE.motion_dim
    game.generator.latent.motion.cell.bias_ih[dim : 2 * dim] += 8  # the update gate: keep all


def drifting(game: MoCoGAN) -> None:
    weight = game.generator.draw.layers[0].weight  # a row for each number of a code: content, then motion
    weight[RECIPE.content_dim :] += 30 * weight[: RECIPE.motion_dim]


def collapsed(game: MoCoGAN) -> None:
    """Teach the walk one of its own paths, the liveliest of 64, whatever the noise."""
    torch.manual_seed(0)
    walk, (_, paths) = game.generator.latent.motion, game.codes(64, RECIPE.num_frames)
    path = paths[paths.diff(dim=1).norm(dim=2).mean(dim=1).argmax()]
    optimizer = torch.optim.Adam(walk.parameters(), 1e-2)
    for _ in range(600):
        with torch.enable_grad():
            loss = (walk(16, RECIPE.num_frames) - path).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    game.generator.draw.layers[0].weight[: RECIPE.content_dim] = 0


@torch.no_grad()
def damaged(folder: Path, illness: str) -> dict[str, Tensor]:
    """The weights of the trained game after something was done to it."""
    game = mocolab.load(folder)
    {"frozen": frozen, "drifting": drifting, "collapsed": collapsed, "healthy": lambda _: None}[illness](game)
    return game.state_dict()


def write(name: str, state: dict[str, Tensor], full: dict[str, Tensor], says: str) -> None:
    """Write what differs from `full`, in half precision."""
    small, known = loading.halved(state), loading.halved(full)
    kept = {key: value for key, value in small.items() if key not in known or not torch.equal(value, known[key])}
    torch.save({"says": says, "system": kept}, HERE / f"{name}.pt")


if __name__ == "__main__":
    runs = Path(sys.argv[1])
    train(runs / "full", {}, mocolab.TrainConfig(steps=1000, decay_after=0.5))
    for name, changes in SEQUELS.items():
        settings = mocolab.TrainConfig(steps=120, averaging=0.9, preview_every=40, save_every=40)
        train(runs / name, changes, settings, runs / "full")
    description, full = loading.read(runs / "full")
    torch.save({"description": description, "system": loading.halved(full)}, HERE / "full.pt")
    for name in ("without-frames", "without-clips"):
        state = loading.read(runs / name)[1]
        write(name, {key: value for key, value in state.items() if key.startswith("generator")}, full, "A critic left.")
    for name, (illness, says) in PATIENTS.items():
        if illness in SEQUELS:
            state = loading.read(runs / illness)[1]
            state = {key: value for key, value in state.items() if key.startswith("D_I")}
        else:
            state = damaged(runs / "full", illness)
        write(name, state, full, f"{illness}. {says}")
