"""Archives unpacked without trust: no path out of the folder, no links, no more than was expected, all or nothing."""

import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from stat import S_ISLNK
from typing import IO

from mocolab.store import whole

DAMAGED = (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, lzma.LZMAError)
UNREADABLE = RuntimeError  # what zipfile raises for a password or an unknown compression


@dataclass(frozen=True)
class Member:
    """A file in an archive."""

    name: str
    size: int  # bytes, unpacked
    plain: bool  # neither a link nor a device
    open: Callable[[], IO[bytes]]


@contextmanager
def members(archive: Path) -> Iterator[Iterator[Member]]:
    """All files of a tar (compressed or not) or zip file; `ValueError` if it is neither, or damaged."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened:
                yield (
                    Member(
                        entry.filename,
                        entry.file_size,
                        not S_ISLNK(entry.external_attr >> 16),
                        partial(opened.open, entry),
                    )
                    for entry in opened.infolist()
                    if not entry.is_dir()
                )
        else:
            with tarfile.open(archive) as opened:
                yield (
                    Member(entry.name, entry.size, entry.isfile(), partial(opened.extractfile, entry))
                    for entry in opened
                    if not entry.isdir()
                )
    except (*DAMAGED, UNREADABLE, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # of the disk; a decompressor's have no number
            raise
        raise ValueError(
            f"{archive} is no whole tar or zip archive ({error}): remove it and fetch it again."
        ) from error


def unpack(archive: Path, folder: Path, inside: str, most_bytes: int) -> None:
    """Write what the archive holds below its folder `inside` into `folder`, which must not exist yet.

    `ValueError`, and nothing is written, if a name leads elsewhere, a file is a link, there is nothing inside, or
    the files together are larger than `most_bytes`.
    """
    with whole(folder) as unfinished, members(archive) as files:
        written = 0
        for file in files:
            if not file.name.startswith(inside):
                continue
            target = unfinished / _safe(file, archive, inside)
            written += file.size
            if written > most_bytes:
                raise ValueError(
                    f"{archive} holds more than the {most_bytes:,} bytes expected: it is not what it should be, so "
                    "nothing of it was unpacked."
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            with file.open() as packed, open(target, "xb") as plain:
                shutil.copyfileobj(packed, plain)
        if not written:
            raise ValueError(f"{archive} holds nothing below {inside!r}: it is not what it should be.")


def _safe(file: Member, archive: Path, inside: str) -> PurePosixPath:
    """The file's path below `inside`, if it is a plain file that stays there."""
    path = PurePosixPath(file.name.removeprefix(inside))
    if not file.plain or path.is_absolute() or ".." in path.parts or "\\" in file.name or ":" in file.name:
        raise ValueError(
            f"{archive} holds {file.name!r}, a link or a path that leads elsewhere: nothing of it was unpacked."
        )
    return path
