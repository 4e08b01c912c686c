"""What videos a folder holds, and how they belong together.

A video is a file (a video, a strip of square frames, an array) or a folder of pictures, one a frame. Folders directly
below `train` and `test`, or else directly below the folder itself, are labels if there are several and all videos lie
in them. Videos that lie together in a folder below a label are one group, and so are videos of one name: a group
is never torn apart between training and testing.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image

from mocolab import decoding
from mocolab.data.cropping import Box
from mocolab.data.splits import Split
from mocolab.store import home
from mocolab.tables import read_table

STRIP = 4  # a picture this many times longer than wide is a strip, not a frame


@dataclass(frozen=True)
class Source:
    """A video on the disk, and what is known of it without decoding it."""

    path: Path
    name: str
    """Its path inside the folder."""
    group: str
    """Of one person, or cut from one film: what must stay together in training or in testing."""
    label: str | None = None
    split: Split | None = None
    """Where the data's makers have put it."""
    box: Box | None = None
    """What to cut out of every frame: left, top, right, bottom in pixels."""
    part: tuple[int, int] | None = None
    """Of a folder of pictures, the first that belongs to it and the first that does not; None: all."""
    about: dict[str, str] = field(default_factory=dict)
    """What else is known, for the manifest."""
    refused: str = ""
    """Why it is to be left out, whatever is in it."""


def find(folder: Path, table: Path | None = None) -> list[Source]:
    """All videos of a folder; what a table says of them goes before what their places say.

    `ValueError` in one sentence if there are none, or if some have labels and others have not.
    """
    places = {path: path.relative_to(folder) for path in walk(folder, set())}
    if not places:
        raise ValueError(f"No videos were found in {folder} or the folders in it: neither {decoding.KINDS}.")
    halved = {place.parts[:1] for place in places.values()} == {("train",), ("test",)}
    above = {path: place.parts[halved:-1] for path, place in places.items()}
    labelled = len({parts[0] for parts in above.values() if parts}) > 1
    sources = [
        Source(
            path,
            name=place.as_posix(),
            group="/".join(above[path][1:]) or place.stem or folder.name,
            label=above[path][0] if labelled and above[path] else None,
            split=place.parts[0] if halved else None,
        )
        for path, place in places.items()
    ]
    sources = tabled(sources, table) if table else sources
    loose = [source.name for source in sources if source.label is None]
    if labels_of(sources) and loose:
        raise ValueError(
            f"{folder} holds videos both with labels (in sub-folders such as {labels_of(sources)[0]}) and without "
            f"(such as {loose[0]}): move the ones or the others out."
        )
    return sources


def labels_of(sources: list[Source]) -> tuple[str, ...]:
    """The names of all labels, in order."""
    return tuple(sorted({source.label for source in sources if source.label is not None}))


def walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    """Everything below a folder that claims to be a video, readable or not; a folder that links lead to again is
    passed over, and `seen` tells which were met."""
    try:
        place = folder.stat()
        entries = sorted((entry for entry in os.scandir(folder) if entry.name[0] != "."), key=lambda entry: entry.name)
    except OSError:
        yield folder  # reading it will say why
        return
    if (place.st_dev, place.st_ino) in seen or folder.resolve() == home().resolve():  # stores hold arrays too
        return
    seen.add((place.st_dev, place.st_ino))
    suffixes = decoding.VIDEOS + decoding.PICTURES + decoding.ARRAYS
    paths = [Path(entry) for entry in entries]
    files = [path for path in paths if path.suffix.lower() in suffixes and not path.is_dir()]
    if _is_video(files):
        yield folder
    else:
        yield from files
    for child in filter(Path.is_dir, paths):
        yield from walk(child, seen)


def _is_video(files: list[Path]) -> bool:
    """Whether the files of a folder are the frames of one video: pictures alone, and the first no strip."""
    if len(files) < 2 or not all(path.suffix.lower() in decoding.PICTURES for path in files):
        return False
    for path in files[:8]:
        try:
            with Image.open(path) as image:  # reads no more than its head
                short, long = sorted(image.size)
            return long < STRIP * short
        except Exception:  # it is for reading to say what is wrong with it
            continue
    return False


def tabled(sources: list[Source], table: Path) -> list[Source]:
    """The sources with what the columns label, group, split and left, top, right, bottom say of the column file."""
    rows = {}
    for row in read_table(table, "file"):
        if row["file"] in rows:
            raise ValueError(f"The table {table} has two rows for {row['file']}: keep one.")
        rows[row["file"]] = row
    if unknown := set(rows) - {source.name for source in sources}:
        raise ValueError(
            f"The table {table} names {min(unknown)}, which is not among the videos: give paths inside it."
        )
    told = [replace(source, **_told(table, rows.get(source.name, {}))) for source in sources]
    sides = {(source.group, source.split) for source in told if source.split}
    if torn := {group for group, split in sides if split == "train" and (group, "test") in sides}:
        raise ValueError(f"The table {table} puts the group {min(torn)} into train and into test: choose one.")
    return told


def _told(table: Path, row: dict[str, str]) -> dict:
    """A row's cells as fields of a `Source`."""
    fields = {name: row[name] for name in ("label", "group", "split") if row.get(name)}
    if "group" in row and not row["group"]:
        raise ValueError(f"The table {table} has an empty group for {row['file']}: name one, or drop the column.")
    if fields.get("split", "train") not in ("train", "test"):
        raise ValueError(f"The table {table} puts {row['file']} into {row['split']!r}: a split is train or test.")
    edges = [row[name] for name in ("left", "top", "right", "bottom") if row.get(name)]
    if edges:
        try:
            left, top, right, bottom = (round(float(edge)) for edge in edges)
        except (ValueError, OverflowError):
            left = right = top = bottom = 0
        if not (0 <= left < right and 0 <= top < bottom):
            raise ValueError(
                f"The table {table} gives {row['file']} the box {edges}: give left < right and top < bottom in pixels."
            )
        fields["box"] = (left, top, right, bottom)
    return fields
