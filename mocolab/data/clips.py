"""A folder of videos as data: decoded once into one memory-mapped array of frames, of which a batch reads its own.

Layouts: strips (a picture file of square frames glued along the longer side) and video files, either directly in
the folder or in sub-folders, whose names are then the labels.
"""

import json
import os
import shutil
import warnings
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from einops import rearrange
from filelock import FileLock
from numpy.random import Generator
from PIL import Image
from tqdm.auto import tqdm

from mocolab import media
from mocolab.data.contract import VideoData
from mocolab.store import home
from mocolab.types import ByteClips, ByteFrames, Labels


class FolderData(VideoData):
    """The readable videos of a folder, cut to their central square, at `size` px; decoded at the first opening."""

    def __init__(self, folder: Path | str, size: int):
        self.store = build(Path(folder), size)
        index = json.loads((self.store / "index.json").read_text())
        self.name, self.size, self.categories = index["folder"], size, tuple(index["categories"])
        self.lengths, self.labels = np.array(index["lengths"]), torch.tensor(index["labels"])
        self.skipped: dict[str, str] = index["skipped"]
        self.num_frames = int(self.lengths.min())
        self.first = self.lengths.cumsum() - self.lengths  # where each video begins in the array
        self.pixels = np.asarray(np.load(self.store / "frames.npy", mmap_mode="r"))  # [all frames, H, W, 3], on disk

    def clips(self, num_clips: int, num_frames: int, step: int, random: Generator) -> tuple[ByteClips, Labels]:
        span = self.span(num_frames, step)
        video = random.integers(len(self.lengths), size=num_clips)
        start = self.first[video] + random.integers(self.lengths[video] - span + 1)
        moments = start[:, None] + step * np.arange(num_frames)
        clips = torch.from_numpy(self.pixels[moments])
        return rearrange(clips, "B T H W C -> B C T H W").contiguous(), self.labels[video]

    def frames(self, num_frames: int, random: Generator) -> ByteFrames:
        frames = torch.from_numpy(self.pixels[random.integers(len(self.pixels), size=num_frames)])
        return rearrange(frames, "N H W C -> N C H W").contiguous()


def find(folder: Path) -> tuple[list[Path], tuple[str, ...]]:
    """The files of all videos, and the names of the sub-folders they are labelled by, if they are."""
    loose = _videos(folder)
    labelled = {child: _videos(child) for child in _visible(folder) if child.is_dir()}
    categories = tuple(child.name for child, files in labelled.items() if files)
    if loose and categories:
        raise ValueError(
            f"{folder} holds videos both with labels (in sub-folders such as {categories[0]}) and without (such as "
            f"{loose[0].name}): move the ones or the others out."
        )
    files = loose or [file for files in labelled.values() for file in files]
    if not files:
        raise ValueError(
            f"No videos were found in {folder} or its sub-folders: neither strips of square frames "
            f"({' '.join(media.STRIPS)}) nor video files ({' '.join(media.VIDEOS)})."
        )
    return files, categories


def build(folder: Path, size: int) -> Path:
    """The store of a folder's videos at `size` px: made now, unless there is one that is up to date."""
    folder = folder.resolve()
    files, categories = find(folder)
    states = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    key = sha256(json.dumps([str(folder), size, states]).encode()).hexdigest()[:16]
    store = home() / "data" / f"{folder.name}-{key}"
    store.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{store}.lock"):  # of several processes one builds, and the others wait
        if not store.exists():
            _write(store, folder, files, categories, size)
    return store


def _write(store: Path, folder: Path, files: list[Path], categories: tuple[str, ...], size: int) -> None:
    """Make the store under another name first, so that it exists whole or not at all."""
    unfinished = store.with_name(f".{store.name}")
    shutil.rmtree(unfinished, ignore_errors=True)  # of a build that was killed
    try:
        unfinished.mkdir()
        index = _decode(unfinished / "frames.npy", folder, files, size)
        labels = [categories.index(Path(file).parts[0]) if categories else 0 for file in index["files"]]
        index |= {"folder": str(folder), "categories": categories, "labels": labels}
        (unfinished / "index.json").write_text(json.dumps(index, indent=1))
        os.replace(unfinished, store)
    except OSError as error:
        raise OSError(
            f"{store} cannot be written ({error}): free some space, or set MOCOLAB_HOME elsewhere."
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _decode(path: Path, folder: Path, files: list[Path], size: int) -> dict:
    """Write the frames of all readable files one after the other; which files, how long, and what was skipped."""
    index = {"files": [], "lengths": [], "skipped": {}}
    header = {"descr": "|u1", "fortran_order": False}
    with open(path, "wb") as array:
        np.lib.format.write_array_header_1_0(array, header | {"shape": (0, size, size, 3)})
        for file in tqdm(files, desc=f"decoding {folder.name} at {size} px", unit="video"):
            begin, name = array.tell(), str(file.relative_to(folder))
            try:
                length = sum(array.write(_fit(frame, size)) for frame in media.read(file)) // (size * size * 3)
            except ValueError as error:
                array.seek(begin)
                array.truncate()
                index["skipped"][name] = str(error)
            else:
                index["files"].append(name)
                index["lengths"].append(length)
        array.seek(0)  # the header has room for the true length
        np.lib.format.write_array_header_1_0(array, header | {"shape": (sum(index["lengths"]), size, size, 3)})
    skipped = list(index["skipped"].values())
    if not index["files"]:
        raise ValueError(f"None of the {len(files)} videos in {folder} can be read; the first: {skipped[0]}")
    if skipped:
        warnings.warn(f"{len(skipped)} of {len(files)} videos were left out: {' '.join(skipped)}", stacklevel=2)
    return index


def _fit(frame: media.Frame, size: int) -> media.Frame:
    """The central square at `size` px: the mean of the pixels it shrinks to one, or a smooth enlargement."""
    height, width = frame.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = frame[top : top + side, left : left + side]
    if side == size:
        return np.ascontiguousarray(square)
    how = Image.Resampling.BOX if side > size else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(square).resize((size, size), how))


def _videos(folder: Path) -> list[Path]:
    return [file for file in _visible(folder) if file.is_file() and file.suffix.lower() in media.STRIPS + media.VIDEOS]


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
