"""The challenge: a file with a class `Predictor`, run in the jail on clips that nobody has seen.

It gets pictures and gives pictures: the futures that came, and the seed that decides them, never enter the jail.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from math import prod
from pathlib import Path

import numpy as np
import torch

import mocolab
from mocolab import media
from mocolab.board import SAMPLES, Futures, World
from mocolab.course import jail
from mocolab.course.bundles import plain
from mocolab.course.warden import MOMENT

PACKAGE = Path(mocolab.__file__).parent
CONTESTANT = [sys.executable, "-m", "mocolab.course.contestant"]
LARGEST = 64 << 20  # bytes of a file and what lies beside it


def entries(place: Path) -> dict[str, Path]:
    """{student: a file, or a folder with a predictor.py}, in the order of names."""
    if not place.exists():
        raise ValueError(f"{place} does not exist: give a file, or the folder that the files are in.")
    found = sorted(place.iterdir()) if place.is_dir() and not (place / "predictor.py").exists() else [place]
    named: dict[str, Path] = {}
    for path in found:
        if (path.suffix == ".py" or path.is_dir()) and not path.name.startswith((".", "_")):
            name = plain(path.stem).replace("|", "/")
            if name in named:
                raise ValueError(f"{path} and {named[name]} name the same student: leave one of them.")
            named[name] = path
    if not named:
        raise ValueError(f"{place} holds no .py file and no folder with a predictor.py.")
    return named


def predict(entry: Path, worlds: dict[str, World], seconds: int, jailed: bool) -> dict[str, Futures]:
    """What a file says to the pictures of all worlds; `ValueError` with one sentence where it does not answer."""
    shape = (len(worlds), SAMPLES, *next(iter(worlds.values())).future.shape)
    with tempfile.TemporaryDirectory(prefix="mocolab-", dir="/tmp") as name:
        folder, scratch = Path(name, "course"), Path(name, "scratch")
        (scratch / "home").mkdir(parents=True)
        shutil.copytree(PACKAGE, folder / "mocolab", ignore=shutil.ignore_patterns("__pycache__"))
        _lay(entry, folder / "entry")
        pasts = torch.stack([media.to_bytes(world.past) for world in worlds.values()])
        np.savez(folder / "asked.npz", pasts=pasts, samples=SAMPLES, num_frames=shape[4])
        command, environment = jail.confined(scratch, folder, [PACKAGE], CONTESTANT, 0, jailed)
        if jailed:
            command = jail.limited(jail.outer(scratch, command))
        with open(Path(name, "log"), "w+", errors="replace") as log:
            how = {"cwd": scratch, "env": environment, "stdin": subprocess.DEVNULL, "start_new_session": True}
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, **how)
            answer, ended = _heard(process, prod(shape), seconds)
            log.seek(max(0, log.seek(0, os.SEEK_END) - 4000))  # it may be as long as the disk has room
            said = [line for line in map(plain, log.read().splitlines()) if line]
    if ended or len(answer) != prod(shape):
        raise ValueError(ended or ["It ended without an answer.", *said][-1])
    return dict(zip(worlds, torch.frombuffer(answer, dtype=torch.uint8).view(shape) / 127.5 - 1))


def _lay(entry: Path, folder: Path) -> None:
    """Copy a submission to where it is run. Links stay links, which lead nowhere there."""
    files = [path for path in [entry, *entry.rglob("*")] if not path.is_dir()]
    if not all(path.is_symlink() or path.is_file() for path in files):
        raise ValueError("It holds what is neither a file nor a folder.")
    if sum(path.lstat().st_size for path in files) > LARGEST:
        raise ValueError(f"It has more than {LARGEST >> 20} MB.")
    if entry.is_dir():
        shutil.copytree(entry, folder, symlinks=True)
    else:
        folder.mkdir()
        shutil.copyfile(entry, folder / "predictor.py", follow_symlinks=False)


def _heard(process: subprocess.Popen, size: int, seconds: int) -> tuple[bytearray, str | None]:
    """(what a process writes, why it was ended); nothing that it has started is left when this returns."""
    answer, end, look = bytearray(), time.monotonic() + seconds, 0.0
    try:
        while len(answer) <= size:
            if select.select([process.stdout], [], [], MOMENT)[0]:
                if not (part := os.read(process.stdout.fileno(), 1 << 20)):
                    return answer, None
                answer += part
            if time.monotonic() > end:
                return answer, f"The time was over: it may take {seconds} seconds."
            if time.monotonic() > look:
                if reason := jail.excess(process.pid):
                    return answer, reason
                look = time.monotonic() + MOMENT
        return answer, "It wrote more than was asked for."
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
        process.wait()
