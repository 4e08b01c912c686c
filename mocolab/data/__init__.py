"""Where clips come from: data sets known by name, and folders of one's own."""

from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from mocolab.data.clips import FolderData, find
from mocolab.data.contract import TwoDomains, VideoData, check, draw_batch
from mocolab.data.shapes import Shapes

__all__ = ["DATASETS", "TwoDomains", "VideoData", "categories", "check", "draw_batch", "open_data"]

DATASETS: dict[str, Callable[..., VideoData]] = {
    "shapes": Shapes,
    "shapes-labels": partial(Shapes, labels=True),
    "shapes-velocity": partial(Shapes, path="velocity"),
    "shapes-acceleration": partial(Shapes, path="acceleration"),
    "shapes-branching": partial(Shapes, path="branching"),
}
"""Name -> the data at a size, drawn with a seed: `DATASETS["shapes"](size=64, seed=0)`."""


def open_data(name: str, size: int, seed: int = 0) -> VideoData:
    """A set of `DATASETS`, drawn with the seed, or the videos of a folder, at `size` px."""
    if name in DATASETS:
        return DATASETS[name](size=size, seed=seed)
    return FolderData(_folder(name), size)


def categories(name: str) -> tuple[str, ...]:
    """Names of the labels that `open_data(name, ...)` will have; decodes nothing."""
    return DATASETS[name]().categories if name in DATASETS else find(_folder(name))[1]


def _folder(name: str) -> Path:
    if Path(name).is_dir():
        return Path(name)
    near = get_close_matches(name, DATASETS, n=1)
    raise ValueError(
        f"{name!r} is neither a folder nor a data set; data sets: {', '.join(DATASETS)}"
        + (f"; did you mean {near[0]!r}?" if near else ".")
    )
