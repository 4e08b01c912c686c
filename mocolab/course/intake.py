"""Submissions as they come: notebooks, folders of students, exports of Canvas and Moodle. Nothing is ever extracted."""

import json
import lzma
import os
import re
import stat
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

LARGEST = 16 << 20  # bytes of a notebook
MOST_CELLS = 2000
MOST_MEMBERS = 20_000
DEEPEST = 4  # folders below a student's own
LONGEST_NAME = 80
CANVAS = re.compile(r"(?P<who>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_(?P<file>[^/]+)")
MOODLE = re.compile(r"(?P<who>[^/]+)_(?P<id>\d+)_assignsubmission_file_?/(?P<file>.+)")
UNNAMED = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")  # controls, changes of direction, no characters
BROKEN = (OSError, ValueError, LookupError, RecursionError, MemoryError, RuntimeError, EOFError)
BROKEN += (zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError)


@dataclass(frozen=True)
class Submission:
    """One file that may be a student's work."""

    student: str
    """As the file, the folder or the export names the student."""
    id: str
    """The number that an export gives the student; else empty."""
    when: float
    """Seconds since 1970: when it was last changed."""
    path: Path
    member: str = ""
    """Its name in the archive at `path`, if it is one."""

    def read(self) -> dict[str, Any]:
        """The notebook; `ValueError` that says in what way it is none."""
        try:
            data = self._member() if self.member else _file(self.path)
            notebook = json.loads(data.decode("utf-8-sig"))
        except BROKEN as error:
            raise ValueError(f"unreadable: {type(error).__name__}: {str(error)[:100]}") from None
        if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
            raise ValueError("unreadable: it is not a notebook of format 4; open it in Jupyter and save it again")
        if notebook.get("nbformat") != 4 or len(notebook["cells"]) > MOST_CELLS:
            raise ValueError(f"unreadable: format 4 and at most {MOST_CELLS} cells are needed")
        return notebook

    def _member(self) -> bytes:
        with zipfile.ZipFile(self.path) as archive:
            info = archive.getinfo(self.member)
            if stat.S_ISLNK(info.external_attr >> 16):
                raise ValueError("it is a link")
            with archive.open(info) as stream:
                return _capped(stream.read(LARGEST + 1))


def submissions(place: Path) -> list[Submission]:
    """What is handed in at a folder or in an archive, in the order of names."""
    if not place.exists():
        raise ValueError(f"{place} does not exist: give the folder or the .zip that the submissions are in.")
    entries = sorted(place.iterdir()) if place.is_dir() else [place]
    return [found for entry in entries if not entry.name.startswith(".") for found in _of_entry(entry)]


def proper_name(name: str) -> str:
    """A name in its normal form (NFC); `ValueError` for one that is empty, long or looks like what it is not."""
    name = unicodedata.normalize("NFC", name).strip()
    odd = [
        c for c in name if unicodedata.category(c)[0] == "C" or unicodedata.category(c) in ("Zl", "Zp") or c in "/\\"
    ]
    if odd or not 0 < len(name) <= LONGEST_NAME or name.startswith("."):
        raise ValueError(f"{ascii(name)[:100]} is no name of a student: it is empty, too long, or holds odd characters")
    return name


def _of_entry(entry: Path) -> list[Submission]:
    """The submissions in one entry; where there is none, one that tells so when it is read."""
    when = entry.lstat().st_mtime
    if entry.is_symlink() or not (entry.is_dir() or entry.suffix in (".ipynb", ".zip")):
        return [Submission(entry.stem, "", when, entry)]
    if entry.is_dir():
        inside = [path for path in sorted(entry.rglob("*.ipynb")) if _plain(path, entry)]
        found = [_named(path.relative_to(entry.parent).as_posix(), path.stat().st_mtime, path) for path in inside]
        return found or [Submission(entry.name, "", when, entry)]
    if entry.suffix == ".zip":
        return list(_of_archive(entry)) or [Submission(entry.stem, "", when, entry, "a notebook")]
    return [_named(entry.name, when, entry)]


def _of_archive(path: Path) -> Iterator[Submission]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except BROKEN:
        return
    for info in members[:MOST_MEMBERS]:
        parts = PurePosixPath(info.filename).parts
        if info.filename.endswith(".ipynb") and not {"..", "/", "__MACOSX"} & set(parts):
            exported = CANVAS.fullmatch(info.filename) or MOODLE.fullmatch(info.filename)
            try:
                when = time.mktime((*info.date_time, 0, 0, -1))
            except (ValueError, OverflowError):
                when = path.stat().st_mtime
            yield _named(info.filename if exported else f"{path.stem}/{info.filename}", when, path, info.filename)


def _named(name: str, when: float, path: Path, member: str = "") -> Submission:
    """What stands under a name such as 'doejane_123_77_lab01.ipynb', 'jane/lab01.ipynb' or 'jane.ipynb'."""
    if match := CANVAS.fullmatch(name) or MOODLE.fullmatch(name):
        return Submission(match["who"], match["id"], when, path, member)
    return Submission(name.split("/")[0].removesuffix(".ipynb"), "", when, path, member)


def _plain(path: Path, top: Path) -> bool:
    """Whether a path leads through folders alone to a plain file, not too deep."""
    below = path.relative_to(top).parts
    links = any((top / Path(*below[:depth])).is_symlink() for depth in range(1, len(below) + 1))
    return len(below) <= DEEPEST and not links and ".ipynb_checkpoints" not in below and path.is_file()


def _file(path: Path) -> bytes:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise ValueError("it is no plain file")
        return _capped(stream.read(LARGEST + 1))


def _capped(data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise ValueError(f"it has more than {LARGEST >> 20} MB: clear its outputs")
    return data
