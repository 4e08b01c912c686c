"""Submissions as they come: notebooks, folders of students, exports of Canvas and Moodle. Nothing is ever extracted."""

import json
import os
import re
import stat
import time
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

LARGEST = 16 << 20  # bytes of a notebook
MOST_CELLS = 2000
MOST_MEMBERS = 20_000
DEEPEST = 4  # folders below a student's own
LONGEST_NAME = 80
CANVAS = re.compile(r"(?P<who>[^/_]+)_(?:LATE_)?(?P<id>\d+)_\d+_[^/]+")
MOODLE = re.compile(r"(?P<who>[^/]+)_(?P<id>\d+)_assignsubmission_file_?/.+")


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
            match json.loads(self._data().decode("utf-8-sig")):
                case {"nbformat": 4, "cells": [*cells]} as notebook if len(cells) <= MOST_CELLS:
                    return notebook
            raise ValueError(f"a notebook of format 4 with at most {MOST_CELLS} cells is needed: save it in Jupyter")
        except Exception as error:  # whatever a hostile file can raise
            raise ValueError(f"unreadable: {type(error).__name__}: {str(error)[:100]}") from None

    def _data(self) -> bytes:
        if self.member:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as stream:
                if stat.S_ISLNK(archive.getinfo(self.member).external_attr >> 16):
                    raise ValueError("it is a link")
                data = stream.read(LARGEST + 1)
        else:
            with open(os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
                data = stream.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise ValueError(f"it has more than {LARGEST >> 20} MB: clear its outputs")
        return data


def submissions(place: Path) -> list[Submission]:
    """What is handed in at a folder or in an archive, in the order of names."""
    if not place.exists():
        raise ValueError(f"{place} does not exist: give the folder or the .zip that the submissions are in.")
    entries = sorted(place.iterdir()) if place.is_dir() else [place]
    return [found for entry in entries if not entry.name.startswith(".") for found in _of_entry(entry)]


def proper_name(name: str) -> str:
    """A name in its normal form (NFC); `ValueError` for one that is empty, long or looks like what it is not."""
    name = unicodedata.normalize("NFC", name).strip()
    if not re.fullmatch(rf"[^./\\][^/\\]{{,{LONGEST_NAME - 1}}}", name) or not name.isprintable():
        raise ValueError(f"{ascii(name)[:100]} is no name of a student: it is empty, too long, or holds odd characters")
    return name


def _of_entry(entry: Path) -> list[Submission]:
    """The submissions in one entry; where there is none, one that tells so when it is read."""
    when, found = entry.lstat().st_mtime, []
    if entry.is_dir() and not entry.is_symlink():
        for path in sorted(entry.rglob("*.ipynb")):
            if len(path.relative_to(entry).parts) <= DEEPEST and ".ipynb_checkpoints" not in path.parts:
                name = path.relative_to(entry.parent).as_posix()
                found.append(_named(name, entry.name, path.lstat().st_mtime, path))
    elif entry.suffix == ".zip" and entry.is_file() and not entry.is_symlink():
        found = list(_of_archive(entry)) or [Submission(entry.stem, "", when, entry, "a notebook")]
    return found or [_named(entry.name, entry.stem, when, entry)]


def _of_archive(path: Path) -> Iterator[Submission]:
    members = []
    with suppress(Exception), zipfile.ZipFile(path) as archive:  # as above
        members = archive.infolist()[:MOST_MEMBERS]
    for info in members:
        if info.filename.endswith(".ipynb") and not {"..", "/", "__MACOSX"} & set(PurePosixPath(info.filename).parts):
            when = time.mktime((*info.date_time, 0, 0, -1))
            yield _named(info.filename, path.stem, when, path, info.filename)


def _named(name: str, owner: str, when: float, path: Path, member: str = "") -> Submission:
    """A file under the name that an export gave it, which tells the student; else it belongs to the owner."""
    exported = CANVAS.fullmatch(name) or MOODLE.fullmatch(name)
    return Submission(*(exported["who"], exported["id"]) if exported else (owner, ""), when, path, member)
