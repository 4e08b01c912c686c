"""Files that others publish, fetched with their hash checked: mirrors in turn, what came before a break is kept.

When none of the sources gives the file, the error names for each of them what went wrong, and the way by hand.
"""

import errno
import os
import shutil
import socket
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from filelock import FileLock
from tqdm.auto import tqdm

from mocolab import __version__

DRIVE = "drive:"
TIMEOUT = 30.0  # seconds without a single byte
CHUNK = 2**18
FULL = (errno.ENOSPC, errno.EDQUOT)
QUOTA = ("Too many users have viewed or downloaded", "Quota exceeded")


@dataclass(frozen=True)
class Remote:
    """A file on the network."""

    name: str
    """What it is called here."""
    sources: tuple[str, ...]
    """Addresses, or drive:ID for a file on Google Drive, in the order in which they are tried."""
    page: str
    """Where a person finds it with a browser."""
    sha256: str | None = None
    """None: the file differs from day to day, as packed archives do, and what is in it has to be checked."""


class Unavailable(OSError):
    """One source did not give the file; the message is the end of the sentence '<source> ...'."""


class Broken(Unavailable):
    """The transfer broke off; what came is whole as far as it goes."""


def fetch(remote: Remote, folder: Path) -> Path:
    """The file in `folder`, fetched unless it is there; `OSError` or `ValueError` with the way by hand."""
    path = folder / remote.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f".{remote.name}.lock"):
            if path.exists():
                _check_present(path, remote)
            else:
                _fetch_from_any(remote, path)
    except Unavailable:
        raise
    except OSError as error:
        trouble = "the disk is full" if error.errno in FULL else str(error)
        raise OSError(
            f"{path} cannot be written ({trouble}): free some space or set MOCOLAB_HOME elsewhere, and repeat the "
            "command; it goes on with what has come."
        ) from error
    return path


def checksum(path: Path) -> str:
    """The sha256 of a file; of a folder, that of what `sha256sum` prints of all its files in the order of names."""
    if path.is_dir():
        files = sorted(os.fsencode(file.relative_to(path).as_posix()) for file in path.rglob("*") if file.is_file())
        lines = [f"{checksum(path / os.fsdecode(name))}  ".encode() + name + b"\n" for name in files]
        return sha256(b"".join(lines)).hexdigest()
    digest = sha256()
    with open(path, "rb") as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()


def _check_present(path: Path, remote: Remote) -> None:
    if remote.sha256 and (found := checksum(path)) != remote.sha256:
        raise ValueError(
            f"{path} has the sha256 {found}, not {remote.sha256}: it is damaged, or another file; "
            f"remove it, and repeat the command or save the file there again from {remote.page}."
        )


def _fetch_from_any(remote: Remote, path: Path) -> None:
    failures = []
    for source in remote.sources:
        part = path.with_name(f".{path.name}.{sha256(source.encode()).hexdigest()[:8]}.part")
        host = "Google Drive" if source.startswith(DRIVE) else urlsplit(source).netloc
        try:
            _pull(source, part, resumable=remote.sha256 is not None)
            _refuse_page(part)
            if remote.sha256 and (found := checksum(part)) != remote.sha256:
                part.unlink()
                raise Unavailable(f"gave a file with the sha256 {found}, so it is damaged or no longer the same")
            os.replace(part, path)
            return
        except Unavailable as failure:
            failures.append(f"{host} {failure}.")
    known = f", with the sha256 {remote.sha256}" if remote.sha256 else ""
    raise Unavailable(
        f"{remote.name} did not come. {' '.join(failures)} By hand: open {remote.page} in a browser, save the file "
        f"as {path}{known}, and repeat the command."
    )


def _pull(source: str, part: Path, resumable: bool) -> None:
    """Fill `part` from one source. Without a hash nothing vouches that two halves belong together: all comes anew."""
    if not resumable:
        part.unlink(missing_ok=True)
    if source.startswith(DRIVE):
        return _from_drive(source, part, resumable)
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            return _from_web(source, part)
        except Broken:
            if not resumable or part.stat().st_size <= before:
                raise


def _from_drive(source: str, part: Path, resumable: bool) -> None:
    import gdown  # slow to import, and seldom needed

    try:
        given = gdown.download(id=source.removeprefix(DRIVE), output=str(part), resume=resumable)
    except Exception as error:  # gdown 5 and 6 raise different classes
        if isinstance(error, OSError) and error.errno in FULL:
            raise
        raise Unavailable(_of_drive(str(error))) from error
    if given is None:
        raise Unavailable(_of_drive(""))


def _of_drive(message: str) -> str:
    if any(words in message for words in QUOTA):
        return "has reached its quota for this file: try again in a day, or open it in a browser in which you log in"
    return f"did not give the file ({' '.join(message.split()) or 'no reason given'})"


def _from_web(source: str, part: Path) -> None:
    """Append to `part` what it lacks, or fill it anew where the server knows no ranges."""
    had = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": f"mocolab/{__version__}"} | ({"Range": f"bytes={had}-"} if had else {})
    try:
        with urlopen(Request(source, headers=headers), timeout=TIMEOUT) as response:
            _receive(response, part, had)
    except HTTPError as error:
        if error.code == 416:  # the server's file is not longer than ours: the hash decides, or all comes anew
            return
        raise Unavailable(_of_status(error.code, error.reason)) from error
    except (URLError, TimeoutError, ConnectionError, HTTPException) as error:
        raise Unavailable(_of_network(getattr(error, "reason", error))) from error


def _receive(response: HTTPResponse, part: Path, had: int) -> None:
    if response.headers.get_content_type() == "text/html":
        raise Unavailable(_of_page(response.read(CHUNK).decode(errors="replace")))
    continues = response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {had}-")
    begin = had if continues else 0
    length = response.headers.get("Content-Length")
    total = begin + int(length) if length else None
    if total and total - begin > shutil.disk_usage(part.parent).free:
        raise OSError(errno.ENOSPC, "No space left on device")
    name = part.name[1:].rsplit(".", 2)[0]
    bar = tqdm(desc=name, total=total, initial=begin, unit="B", unit_scale=True, unit_divisor=1024)
    with bar, open(part, "ab" if continues else "wb") as file:
        try:
            while chunk := response.read1(CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
        except (TimeoutError, ConnectionError, HTTPException) as error:
            raise Broken(_of_network(error)) from error
        if total is not None and file.tell() < total:
            raise Broken(f"broke off after {file.tell():,} of {total:,} bytes")


def _refuse_page(part: Path) -> None:
    """A web page that calls itself data is no data."""
    with open(part, "rb") as file:
        text = file.read(CHUNK).decode(errors="replace")
    if text.lstrip()[:15].lower().startswith(("<!doctype html", "<html")):
        part.unlink()
        raise Unavailable(_of_page(text))


def _of_page(text: str) -> str:
    if any(words in text for words in QUOTA):
        return _of_drive(text)
    return "sent a web page in place of the file, perhaps one that asks for a login or a click"


def _of_status(code: int, reason: str) -> str:
    if code in (404, 410):
        return f"no longer has the file ({code})"
    if code in (401, 403):
        return f"does not give the file without leave ({code}): it may want a login or a licence accepted in a browser"
    if 300 <= code < 400:
        return f"sends from one address to the next without end ({code})"
    return f"answers {code} {reason}: try again later"


def _of_network(reason: object) -> str:
    if isinstance(reason, socket.gaierror):
        return "was not found: this machine has no network, or the address has changed"
    if isinstance(reason, TimeoutError):
        return f"sent nothing for {TIMEOUT:g} seconds"
    return f"cannot be reached, or broke off ({reason or type(reason).__name__})"
