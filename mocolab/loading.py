"""Trained systems from disk: a run's folder, or one of the checkpoints that come with the package."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import torch

from mocolab.interop import generator_sizes, load_official, open_official
from mocolab.run import described, opened
from mocolab.system import System
from mocolab.systems import SYSTEMS
from mocolab.systems.generation.mocogan import MoCoGAN, MoCoGANConfig

RELEASED = Path(__file__).parent / "checkpoints"


def released() -> list[str]:
    """Names of the checkpoints that come with the package."""
    return sorted(path.stem for path in RELEASED.glob("*.pt"))


def read(name: str | Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """(description, state dict) of a run's folder or a released checkpoint; the averaged weights where there are any.

    The description is the run's config.json: system, data, config, train; a released one adds its scores.
    """
    folder = Path(name)
    if folder.is_dir():
        if not (folder / "last.pt").exists():
            raise ValueError(f"{folder} holds no last.pt: name the folder of a run that has saved once.")
        saved = opened(folder / "last.pt", {"system", "averaged"})
        return described(folder), saved["system"] | saved["averaged"]
    if folder.is_file():
        raise ValueError(
            f"{folder} is a file: name the folder of its run. A state dict that the official MoCoGAN code has saved is "
            "opened in Python, by mocolab.loading.from_official."
        )
    path = RELEASED / f"{name}.pt"
    if not path.exists():
        raise ValueError(f"{name} is neither the folder of a run nor a released checkpoint ({', '.join(released())}).")
    saved = opened(path, {"description", "system"})
    return saved["description"], {
        key: value.float() if value.is_floating_point() else value for key, value in saved["system"].items()
    }


def build(description: dict[str, Any]) -> System:
    """The system that a description names, with fresh weights. `ValueError` if this mocolab does not know it."""
    classes = {system.__name__: (system, presets) for system, presets in SYSTEMS.values()}
    if description["system"] not in classes:
        raise ValueError(f"{description['system']} is not a system of this mocolab ({', '.join(classes)}).")
    system, presets = classes[description["system"]]
    config_class = type(presets(0)["smoke"].config)
    unknown = set(description["config"]) ^ {field.name for field in fields(config_class)}
    if unknown:
        raise ValueError(
            f"The checkpoint's settings do not fit this {description['system']}: {', '.join(sorted(unknown))}. "
            "Another version of mocolab has trained it: train it again, or use that version."
        )
    settings = {
        name: tuple(value) if isinstance(value, list) else value for name, value in description["config"].items()
    }
    return system(config_class(**settings))


def load(name: str | Path) -> System:
    """A trained system, ready for its verbs: averaged weights, evaluation mode.

    `load("runs/mocogan-shapes")` opens a run; `load("mocogan-shapes")` a released checkpoint, which holds only
    the averaged side: its discriminators are fresh. `ValueError` if it is damaged, or its parts do not fit together.
    """
    description, state = read(name)
    system = build(description)
    try:
        missing, unexpected = system.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise ValueError(
            f"{name} has weights of other sizes than its settings say: its config.json is of another run."
        ) from error
    missing = [key for key in missing if Path(name).is_dir() or key.startswith(system.averaged)]
    if missing or unexpected:
        raise ValueError(
            f"{name} does not fit {description['system']}: missing {missing[:3]}, unexpected {unexpected[:3]}."
        )
    return system.eval()


def from_official(path: str | Path, categories: int = 0) -> System:
    """A MoCoGAN with the generator in a state dict that the official code has trained; its discriminators are fresh.

    `categories` is the --dim_z_category of that training, which the file does not tell.
    """
    state = open_official(path)
    system = MoCoGAN(MoCoGANConfig(**generator_sizes(state, categories), clip_patch=categories == 0))
    load_official(system.generator, state)
    return system.eval()


def export(run: str | Path, path: str | Path, scores: dict[str, Any]) -> None:
    """Write a run's averaged side to `path` in half precision, with its recipe and scores: a released checkpoint."""
    description, state = read(run)
    averaged = build(description).averaged
    kept = halved({key: value for key, value in state.items() if key.startswith(averaged)})
    torch.save({"description": description | {"scores": scores}, "system": kept}, path)


def halved(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same in half precision, whole numbers as they are."""
    return {key: value.half() if value.is_floating_point() else value for key, value in state.items()}
