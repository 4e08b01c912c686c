"""Real videos as data: a store's memory-mapped frames, of which a batch reads its own and no others."""

import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from einops import rearrange
from numpy.random import Generator

from mocolab.data.build import Choices, build, read_index, read_manifest
from mocolab.data.contract import VideoData
from mocolab.data.layouts import Split, find, labels_of
from mocolab.store import home
from mocolab.types import ByteClips, ByteFrames, Labels

TEST_SHARE = 10  # of a hundred groups


class StoredData(VideoData):
    """The videos of a store, or those of them that training or testing may see."""

    def __init__(self, name: str, store: Path, split: Split | None = None):
        self.name, self.store, self.size = name, store, read_index(store)["size"]
        rows = read_manifest(store)
        self.categories = tuple(sorted({row["label"] for row in rows if row["label"] is not None}))
        self.left_out = {row["file"]: row["left_out"] for row in rows if row["left_out"]}
        self.pixels = np.asarray(np.load(store / "frames.npy", mmap_mode="r"))  # [all frames, H, W, 3], on disk
        begins = np.cumsum([0] + [row["frames"] for row in rows])
        self.test_groups = held_out(row["group"] for row in rows if row["frames"] and not row["split"])
        chosen = [number for number, row in enumerate(rows) if row["frames"] and split in (None, self._split(row))]
        if not chosen:
            raise ValueError(
                f"{name} has no videos to {split} with: {len(rows)} videos are {len({row['group'] for row in rows})} "
                "group(s), and a group is never torn apart; add others, or name groups or splits in a table (mocolab "
                "data build --table)."
            )
        numbers = {label: number for number, label in enumerate(self.categories)}
        self.files = [rows[number]["file"] for number in chosen]
        self.groups = [rows[number]["group"] for number in chosen]
        self.labels = torch.tensor([numbers.get(rows[number]["label"], 0) for number in chosen])
        self.lengths = np.array([rows[number]["frames"] for number in chosen])
        self.first = begins[chosen]  # where each video begins in the array
        self.num_frames = int(self.lengths.min())

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

    def _split(self, row: dict) -> Split:
        return row["split"] or ("test" if row["group"] in self.test_groups else "train")


def held_out(groups: Iterable[str]) -> set[str]:
    """The groups kept for testing: about a tenth, told by their names alone, but neither none nor all of several."""
    draws = {group: int(sha256(group.encode()).hexdigest(), 16) % 100 for group in groups}
    order = sorted(draws, key=lambda group: (draws[group], group))
    number = sum(draw < TEST_SHARE for draw in draws.values())
    return set(order[: min(max(number, 1), len(order) - 1)]) if order else set()


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
