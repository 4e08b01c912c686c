"""Real videos as data: a store's memory-mapped frames, of which a batch reads its own and no others."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from einops import rearrange
from numpy.random import Generator

from mocolab.data.build import Choices, build, read_index, read_manifest
from mocolab.data.contract import VideoData
from mocolab.data.layouts import find, labels_of
from mocolab.data.splits import Split, assign
from mocolab.store import home
from mocolab.types import ByteClips, ByteFrames, Labels


class StoredData(VideoData):
    """The videos of a store, or those of them that training or testing may see."""

    drawn = False

    def __init__(self, name: str, store: Path, split: Split | None = None):
        self.name, self.store, self.size = name, store, read_index(store)["size"]
        manifest = read_manifest(store)
        self.left_out = {row["file"]: row["left_out"] for row in manifest if row["left_out"]}
        self.categories = tuple(sorted({row["label"] for row in manifest if row["label"] is not None}))
        rows = [row for row in manifest if row["frames"]]
        splits = assign([row["group"] for row in rows], [row["split"] for row in rows])
        self.held_out = {row["group"] for row, side in zip(rows, splits) if side == "test"}
        chosen = np.array([split in (None, side) for side in splits])
        if not chosen.any():
            raise ValueError(
                f"{name} has no videos to {split} with: {len(rows)} videos are {len({row['group'] for row in rows})} "
                "group(s), and a group is never torn apart; add others, or name groups or splits in a table (mocolab "
                "data build --table)."
            )
        self.pixels = np.asarray(np.load(store / "frames.npy", mmap_mode="r"))  # [all frames, H, W, 3], on disk
        lengths = np.array([row["frames"] for row in rows])
        self.lengths, self.first = lengths[chosen], (lengths.cumsum() - lengths)[chosen]  # first: in the array
        self.num_frames = int(self.lengths.min())
        rows = [row for row, here in zip(rows, chosen) if here]
        self.files, self.groups, self.about = ([row[key] for row in rows] for key in ("file", "group", "about"))
        number = {label: number for number, label in enumerate(self.categories)}
        self.labels = torch.tensor([number.get(row["label"], 0) for row in rows])

    def clips(self, num_clips: int, num_frames: int, step: int, random: Generator) -> tuple[ByteClips, Labels]:
        span = self.span(num_frames, step)
        video = random.integers(len(self.lengths), size=num_clips)
        start = self.first[video] + random.integers(self.lengths[video] - span + 1)
        moments = start[:, None] + step * np.arange(num_frames)
        clips = torch.from_numpy(self.pixels[moments])
        return rearrange(clips, "B T H W C -> B C T H W").contiguous(), self.labels[video]

    def frames(self, num_frames: int, random: Generator) -> ByteFrames:
        ends = self.lengths.cumsum()
        number = random.integers(ends[-1], size=num_frames)  # among the frames of these videos
        video = np.searchsorted(ends, number, side="right")
        frames = torch.from_numpy(self.pixels[self.first[video] + number - (ends - self.lengths)[video]])
        return rearrange(frames, "N H W C -> N C H W").contiguous()


def folder_data(folder: Path, size: int, split: Split | None = None, choices: Choices | None = None) -> StoredData:
    """The videos of a folder at `size` px, decoded at the first opening; without choices, by those it remembers."""
    folder = folder.resolve()
    choices = choices or recall(folder)
    return StoredData(str(folder), build(folder, find(folder, choices.table), size, choices), split)


def folder_categories(folder: Path) -> tuple[str, ...]:
    """Names of the labels that `folder_data` will have."""
    folder = folder.resolve()
    return labels_of(find(folder, recall(folder).table))


def remember(folder: Path, choices: Choices) -> None:
    """From now on the folder is opened by these choices."""
    path = _memory(folder.resolve())
    path.parent.mkdir(parents=True, exist_ok=True)
    table = choices.table and str(choices.table.resolve())
    path.write_text(json.dumps({**vars(choices), "table": table}))


def recall(folder: Path) -> Choices:
    """The choices a folder was last built with."""
    path = _memory(folder.resolve())
    told = json.loads(path.read_text()) if path.exists() else {}
    return Choices(**told | {"table": Path(told["table"])} if told.get("table") else told)


def _memory(folder: Path) -> Path:
    return home() / "data" / f"{folder.name}-{sha256(str(folder).encode()).hexdigest()[:16]}.json"
