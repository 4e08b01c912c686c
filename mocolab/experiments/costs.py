"""What trainings cost: weights, and seconds a step, side by side in one process."""

import time
from functools import partial

import torch
from torch import Tensor, optim

from mocolab import engine
from mocolab.data import open_data
from mocolab.data.contract import draw_batch
from mocolab.experiments.training import Training
from mocolab.system import System

ROUNDS = 4


def costs(trainings: list[Training]) -> dict[str, dict[str, float]]:
    """Folder of a row -> weights of the side that is kept, in thousands, and seconds of a step in which all play, the
    shortest of a few.

    The systems take turns, so that what else the machine does strikes all of them. On a CPU its own seconds count.
    """
    device = engine.start().device
    clock = time.process_time if device.type == "cpu" else time.perf_counter  # what others take does not count
    systems = {training.row.folder: playing(training).to(device) for training in trainings}
    found = {}
    for training in trainings:
        system = systems[training.row.folder]
        kept = (weight.numel() for name in system.averaged for weight in getattr(system, name).parameters())
        found[training.row.folder] = {"thousand weights": sum(kept) / 1000, "seconds a step": float("inf")}
    players = {folder: system.optimizers() for folder, system in systems.items()}
    for step in range(ROUNDS):
        for training in trainings:
            folder, system = training.row.folder, systems[training.row.folder]
            data = open_data(training.row.data, system.needs.size)
            drawn = draw_batch(data, system.needs, engine.data_random(0, step, 0))
            batch = {key: engine.to_pixels(value, device) for key, value in drawn.items() if "label" not in key}
            start = clock()
            system.training_step(batch, partial(move, players[folder]))
            if device.type == "cuda":
                torch.cuda.synchronize()
            found[folder]["seconds a step"] = min(found[folder]["seconds a step"], clock() - start)
    return found


def playing(training: Training) -> System:
    """Its system, past the steps at the start in which the generator is alone."""
    return training.build(**({"alone": 0} if hasattr(training.recipe.config, "alone") else {}))


def move(players: dict[str, optim.Optimizer], player: str, **terms: Tensor) -> None:
    """One player's step."""
    weights = [weight for group in players[player].param_groups for weight in group["params"]]
    players[player].zero_grad()
    sum(terms.values()).backward(inputs=weights)
    players[player].step()
