"""Videos decoded once into a store: one memory-mapped array of frames, and a manifest with a line for every video.

A store is a folder below `$MOCOLAB_HOME`: `frames.npy` [all frames, size, size, 3] in bytes, `manifest.jsonl` (in the
order of the frames: what each video is, how many frames it has, or why it was left out) and `index.json`.
While it is built its name begins with a dot, and its manifest tells how far a build has come that was killed.
"""

import json
import os
import shutil
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from hashlib import sha256
from io import BytesIO
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal

import numpy as np
from filelock import FileLock
from tqdm.auto import tqdm

from mocolab import decoding
from mocolab.data.cropping import fit
from mocolab.data.layouts import Source
from mocolab.store import home

Row = dict[str, Any]
Known = tuple[Row, np.ndarray]
FORMAT = 2  # of a store; others are not opened
WORKERS = min(8, os.cpu_count() or 1)  # threads: decoders and scalers leave Python's lock alone


@dataclass(frozen=True)
class Choices:
    """How videos become clips."""

    crop: Literal["centre", "none"] = "centre"
    """centre: the central square of every frame; none: all of it, on a black square. A table's boxes go first."""
    fps: float = 0.0
    """Frames a second; 0: every frame there is. Strips, arrays and folders of pictures are always kept as they are."""
    least: int = 2
    """Frames a video must have; shorter ones are left out."""
    table: Path | None = None
    """A csv file with a column `file` and any of label, group, split (train or test) and left, top, right, bottom."""

    def __post_init__(self) -> None:
        if not 0 <= self.fps <= 1000:
            raise ValueError(f"--fps {self.fps:g} was given: give frames a second, or 0 for every frame there is.")
        if self.least < 1:
            raise ValueError(f"--least {self.least} was given: a clip has at least 1 frame.")


def build(folder: Path, sources: list[Source], size: int, choices: Choices) -> Path:
    """The store of these videos of a folder at `size` px: made, or mended, unless it is up to date.

    Of a video that has not changed the frames are taken over from the store as it was.
    """
    if not 4 <= size <= 1024:
        raise ValueError(f"--size {size} was given: clips have 4 to 1024 px.")
    made_by = [FORMAT, str(folder), size, choices.crop, choices.fps, choices.least]
    store = home() / "data" / f"{folder.name}-{size}-{_hash(made_by)}"
    states = [_state(source) for source in sources]
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{store}.lock"):  # of several processes one builds, and the others wait
            if not store.exists() or read_index(store)["state"] != _hash(states):
                _build(store, folder, sources, states, size, choices)
    except OSError as error:
        raise OSError(
            f"{store} cannot be written ({error}): free some space and start again, it will go on where it was; or set "
            "MOCOLAB_HOME elsewhere."
        ) from error
    return store


def read_index(store: Path) -> dict[str, Any]:
    """What holds for all of a store: its folder, its size, the choices it was made with."""
    return json.loads((store / "index.json").read_text())


def read_manifest(store: Path) -> list[Row]:
    """A row for every video, in order; the last is dropped if a kill has torn it."""
    rows = []
    for line in (store / "manifest.jsonl").read_text().splitlines():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return rows


def _build(store: Path, folder: Path, sources: list[Source], states: list[str], size: int, choices: Choices) -> None:
    unfinished, replaced = store.with_name(f".{store.name}"), store.with_name(f".old-{store.name}")
    unfinished.mkdir(exist_ok=True)
    known = _known(store, size) if store.exists() else {}

    def decode(number: int) -> tuple[Row, Path]:
        part = unfinished / f"part-{number}"
        return _decode(part, sources[number], states[number], known.get(states[number]), size, choices), part

    rows = _write_all(unfinished, states, decode, size, f"decoding {folder.name} at {size} px")
    left_out = [row["left_out"] for row in rows if row["left_out"]]
    if len(left_out) == len(rows):
        shutil.rmtree(unfinished)
        raise ValueError(f"None of the {len(rows)} videos in {folder} can be used; the first: {left_out[0]}")
    index = {"folder": str(folder), "size": size, "state": _hash(states), "choices": asdict(choices)}
    (unfinished / "index.json").write_text(json.dumps(index, indent=1, default=str))
    if store.exists():
        os.replace(store, replaced)
    os.replace(unfinished, store)
    shutil.rmtree(replaced, ignore_errors=True)
    if left_out:
        more = f" And {len(left_out) - 3} more: see {store / 'manifest.jsonl'}" if len(left_out) > 3 else ""
        told = " ".join(left_out[:3]) + more
        warnings.warn(f"{len(left_out)} of {len(rows)} videos were left out: {told}", stacklevel=2)


def _write_all(
    unfinished: Path, states: list[str], decode: Callable[[int], tuple[Row, Path]], size: int, title: str
) -> list[Row]:
    """Write frames and manifest in the order of the videos, whichever is decoded first; go on where a kill was."""
    manifest, frames = unfinished / "manifest.jsonl", unfinished / "frames.npy"
    rows = _done(unfinished, states)
    for part in unfinished.glob("part-*"):
        part.unlink()
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))
    frames.touch()
    with open(frames, "rb+") as array, open(manifest, "a") as log, ThreadPoolExecutor(WORKERS) as pool:
        array.truncate(len(_head(rows, size)) + sum(row["frames"] for row in rows) * size * size * 3)
        array.seek(0, os.SEEK_END)
        results = _in_order(pool, decode, range(len(rows), len(states)))
        for row, part in tqdm(results, title, total=len(states), initial=len(rows), unit="video"):
            with open(part, "rb") as decoded:
                shutil.copyfileobj(decoded, array, 2**20)
            part.unlink()
            array.flush()
            log.write(json.dumps(row) + "\n")  # only now: a row promises its frames
            log.flush()
            rows.append(row)
        array.seek(0)
        array.write(_head(rows, size))
    return rows


def _in_order(pool: ThreadPoolExecutor, work: Callable[[int], Any], numbers: range) -> Iterator[Any]:
    """Results in the order of the numbers, a few of them ahead: not so many that parts fill the disk."""
    waiting = deque()
    for number in numbers:
        waiting.append(pool.submit(work, number))
        if len(waiting) > 2 * WORKERS:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _decode(part: Path, source: Source, state: str, known: Known | None, size: int, choices: Choices) -> Row:
    """Write a video's frames into a file, all or none, and tell of it in a row."""
    row = {"file": source.name, "label": source.label, "group": source.group, "split": source.split}
    row |= {"about": source.about, "state": state, "frames": 0, "width": 0, "height": 0, "left_out": ""}
    with open(part, "wb") as file:
        if known:
            file.write(known[1])
            return known[0]
        try:
            if source.refused:
                raise ValueError(source.refused)
            for frame in decoding.read(source.path, choices.fps, _part(source)):
                row["height"], row["width"] = frame.shape[:2]
                file.write(fit(frame, size, choices.crop, source.box))
                row["frames"] += 1
            if row["frames"] < choices.least:
                raise ValueError(
                    f"{source.path} has {row['frames']} frame(s), fewer than the {choices.least} of --least."
                )
        except ValueError as error:
            file.truncate(0)
            told = str(error).encode(errors="backslashreplace").decode()  # a file's name need not be text
            row |= {"frames": 0, "left_out": told}
    return row


def _done(unfinished: Path, states: list[str]) -> list[Row]:
    """What a killed build has written, as far as nothing has changed since."""
    if not (unfinished / "manifest.jsonl").exists():
        return []
    rows = read_manifest(unfinished)
    same = (row["state"] == state for row, state in zip(rows, states))
    return [row for row, _ in zip(rows, takewhile(bool, same))]


def _known(store: Path, size: int) -> dict[str, Known]:
    """The videos of a finished store by their state."""
    pixels, begin, known = np.load(store / "frames.npy", mmap_mode="r"), 0, {}
    for row in read_manifest(store):
        known[row["state"]] = row, pixels[begin : begin + row["frames"]]
        begin += row["frames"]
    return known


def _head(rows: list[Row], size: int) -> bytes:
    """The head of a `.npy` file of the rows' frames; its length is the same for any number of them."""
    head = BytesIO()
    shape = (sum(row["frames"] for row in rows), size, size, 3)
    np.lib.format.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return head.getvalue()


def _state(source: Source) -> str:
    """A hash that changes when the video does, or what is known of it."""
    try:
        files = decoding.pictures(source.path)[_part(source)] if source.path.is_dir() else [source.path]
        stamps = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    except OSError as error:
        stamps = [type(error).__name__]
    return _hash([stamps, {name: value for name, value in vars(source).items() if name != "path"}])


def _part(source: Source) -> slice:
    return slice(*(source.part or (None,)))


def _hash(value: Any) -> str:
    return sha256(json.dumps(value).encode()).hexdigest()[:16]
