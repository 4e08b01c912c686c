"""Where mocolab keeps what it makes or fetches once and opens often."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np


def home() -> Path:
    """`$MOCOLAB_HOME`, or else `~/.cache/mocolab`."""
    return Path(os.environ.get("MOCOLAB_HOME") or Path.home() / ".cache" / "mocolab")


def weights_path(name: str) -> Path:
    """Where the weights of a network are, or will be."""
    return home() / "weights" / f"{name}.npz"


def weights(name: str) -> dict[str, np.ndarray]:
    """The arrays of 'lpips', 'i3d' or 'faces', as `mocolab weights get` has stored them; `FileNotFoundError` before."""
    path = weights_path(name)
    if not path.exists():
        raise FileNotFoundError(
            f"The weights of {name} are not here yet: run `mocolab weights get {name}`, or, with a file that you have "
            f"brought from elsewhere, `mocolab weights get {name} --source FILE`."
        )
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Another name for a file or folder that is being made; it gets the name `path` when all has gone well."""
    unfinished = path.with_name(f".{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove(unfinished)  # of a process that was killed
        yield unfinished
        os.replace(unfinished, path)
    except OSError as error:
        elsewhere = "set MOCOLAB_HOME elsewhere" if path.is_relative_to(home()) else "write elsewhere"
        raise OSError(f"{path} cannot be written ({error}): free some space, or {elsewhere}.") from error
    finally:
        _remove(unfinished)


def write(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with whole(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
