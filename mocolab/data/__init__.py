"""Where clips come from: data sets known by name, and folders of one's own."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from mocolab.data import clips, voxceleb
from mocolab.data.build import Choices
from mocolab.data.contract import TwoDomains, VideoData, check, draw_batch
from mocolab.data.faces import Faces
from mocolab.data.published import PUBLISHED, folder
from mocolab.data.shapes import Shapes
from mocolab.data.splits import Split
from mocolab.mistakes import choose_from, require

__all__ = ["DATASETS", "TwoDomains", "VideoData", "build_folder", "categories", "check", "draw_batch", "open_data"]

DATASETS: dict[str, Callable[..., VideoData]] = {
    "shapes": Shapes,
    "shapes-labels": partial(Shapes, labels=True),
    "shapes-velocity": partial(Shapes, path="velocity"),
    "shapes-acceleration": partial(Shapes, path="acceleration"),
    "shapes-branching": partial(Shapes, path="branching"),
    "shapes-few": partial(Shapes, num_videos=64),
    "shapes-day": partial(Shapes, look="day"),
    "shapes-night": partial(Shapes, look="night"),
    "faces": Faces,
    "faces-few": partial(Faces, num_videos=64),
    "faces-expressions": partial(Faces, mode="expressions"),
    "faces-talking": partial(Faces, mode="talking"),
}
"""Name -> the data at a size, drawn with a seed: `DATASETS["shapes"](size=64, seed=0)`."""


def open_data(name: str, size: int, seed: int = 0, split: Split | None = None) -> VideoData | TwoDomains:
    """A set of `DATASETS`, drawn with the seed, or the videos of a folder, at `size` px; two joined by + are a pair.

    split: of a folder, the videos to train with or those held out ("test"), which share no group; None: all.
    Of a drawn set every seed gives other clips.
    """
    require("--", 0, seed=seed)
    if pair := _pair(name):
        return TwoDomains(*(open_data(domain, size, seed, split) for domain in pair))
    if name in DATASETS:
        if not 16 <= size <= 1024:  # below, some shapes would be a single pixel
            raise ValueError(f"{name} was asked for at {size} px, but is drawn at 16 to 1024 px: choose such a size.")
        return DATASETS[name](size=size, seed=seed)
    if name == "voxceleb":
        return voxceleb.voxceleb_data(size, split)
    return clips.folder_data(_folder(name), size, split)


def categories(name: str) -> tuple[str, ...]:
    """Names of the labels that `open_data(name, ...)` will have; decodes nothing. Of a pair, those of the first."""
    if pair := _pair(name):
        return categories(pair[0])
    if name == "voxceleb":
        return voxceleb.identities()
    return DATASETS[name]().categories if name in DATASETS else clips.folder_categories(_folder(name))


def build_folder(name: str, size: int, choices: Choices) -> VideoData:
    """The videos of a folder by these choices; `open_data` will follow them from now on, at any size."""
    if name in (*DATASETS, "voxceleb"):
        how = "drawn on the fly" if name in DATASETS else "built by `mocolab data voxceleb`"
        raise ValueError(f"{name} is {how} and needs no building here: open it as it is, or name a folder of videos.")
    folder = _folder(name)
    data = clips.folder_data(folder, size, choices=choices)
    clips.remember(folder, choices)
    return data


def _pair(name: str) -> tuple[str, str] | None:
    """The two names in "a+b", unless that is a folder."""
    first, plus, second = name.partition("+")
    return (first, second) if plus and not Path(name).is_dir() else None


def _folder(name: str) -> Path:
    if name and Path(name).is_dir():  # the path of no name is the working directory
        return Path(name)
    if name in PUBLISHED:
        if folder(name).is_dir():
            return folder(name)
        raise ValueError(f"{name} is not here yet: `mocolab data get {name}` fetches it ({PUBLISHED[name].licence}).")
    known = (*DATASETS, *PUBLISHED, "voxceleb")
    raise ValueError(f"{name!r} is neither a folder nor a data set: {choose_from(name, known)}")
