"""How the small networks that look at drawn faces are taught and kept."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import trange

MODES = ("idle", "expressions", "talking")


def teach(network: nn.Module, loss: Callable[[int], Tensor], steps: int) -> None:
    """Adam on the loss of each step, with a rate that falls to zero; behind it the network is ready to look."""
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for step in trange(steps):
        optimizer.zero_grad()
        loss(step).backward()
        optimizer.step()
        schedule.step()
    network.eval()


def keep(network: nn.Module, path: Path) -> None:
    """Its weights in half precision, as an .npz file."""
    np.savez(path, **{name: value.numpy().astype(np.float16) for name, value in network.state_dict().items()})
