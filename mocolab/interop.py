"""State dicts of the officially trained MoCoGAN networks, opened and put into ours.

The released classes name their tensors `recurrent.*` (the GRU) and `main.N.*` (the N-th layer, noise layers
included). Our layers stand in the same order, so only the names differ.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

OFFICIAL = {"latent.motion.cell.": "recurrent.", "draw.layers.": "main.", "layers.": "main."}


def open_official(path: str | Path) -> dict[str, Tensor]:
    """The state dict in a file of the official code; `ValueError` for any other file, and nothing in it is run."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception:  # a pickled network, a damaged file and another format fail in as many ways
        state = None
    if not isinstance(state, dict) or not all(isinstance(tensor, Tensor) for tensor in state.values()):
        raise ValueError(
            f"{path} holds no state dict; if it is a whole pickled network, only the code that wrote it can open it: "
            "load it there, run torch.save(network.state_dict(), path), and give the new file."
        )
    return dict(state)


def generator_sizes(state: dict[str, Tensor], categories: int = 0) -> dict[str, int]:
    """The settings of a MoCoGAN whose generator fits the state dict of an official VideoGenerator.

    Its shapes tell only the sum of content and categories: `categories` is the --dim_z_category it was trained with.
    """
    kernels = {int(name.split(".")[1]): w for name, w in state.items() if name.startswith("main.") and w.ndim == 4}
    if "recurrent.weight_hh" not in state or not kernels:
        raise ValueError(
            f"A state dict with {', '.join(list(state)[:3])}, ... was given, but needed is one of a VideoGenerator, "
            "with recurrent.weight_hh and main.0.weight: choose the generator's file."
        )
    motion_dim, dim = state["recurrent.weight_hh"].shape[1], kernels[min(kernels)].shape[0]
    if not 0 <= categories < dim - motion_dim:
        raise ValueError(
            f"{categories} categories were given, but the generator has {dim - motion_dim} numbers for content and "
            "category together: give the --dim_z_category it was trained with."
        )
    return {
        "content_dim": dim - motion_dim - categories,
        "motion_dim": motion_dim,
        "categories": categories,
        "width": kernels[max(kernels)].shape[0],
        "size": 2 ** (len(kernels) + 1),
    }


def load_official(network: nn.Module, state: dict[str, Tensor]) -> None:
    """Copy an official state dict into the network of ours that it fits: a ClipGenerator or a discriminator.

    `ValueError` that names every missing, unexpected or misshapen tensor, before any is copied. Files older
    than BatchNorm's `num_batches_tracked` are welcome.
    """
    own = {_official_name(name): (name, tensor.shape) for name, tensor in network.state_dict().items()}
    missing = [name for name in own.keys() - state.keys() if not name.endswith("num_batches_tracked")]
    problems = [f"{name} is missing" for name in sorted(missing)]
    problems += [f"{name} is unexpected" for name in state if name not in own]
    problems += [
        f"{name} is {list(tensor.shape)} and not {list(own[name][1])}"
        for name, tensor in state.items()
        if name in own and tensor.shape != own[name][1]
    ]
    if problems:
        raise ValueError(
            f"The official tensors do not fit this {type(network).__name__} ({'; '.join(problems)}): "
            "build it with the file's sizes, or choose another file."
        )
    network.load_state_dict({own[name][0]: tensor for name, tensor in state.items()}, strict=False)


def _official_name(name: str) -> str:
    for ours, theirs in OFFICIAL.items():
        if name.startswith(ours):
            return theirs + name.removeprefix(ours)
    return name
