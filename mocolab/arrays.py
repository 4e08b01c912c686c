"""Named arrays in files, read without trust: .npz, and pickles that may hold nothing but arrays."""

import pickle
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

Arrays = dict[str, np.ndarray]

CLASSES = {"ndarray": "numpy", "dtype": "numpy", "_reconstruct": "numpy._core.multiarray"}
MODULES = ("numpy", "numpy.core.multiarray", "numpy._core.multiarray")  # the second is what older NumPy wrote


def stored(path: Path) -> Arrays:
    """The arrays of a .npz file; `ValueError` if it is damaged, or holds pickles."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    except (BadZipFile, ValueError, EOFError) as error:
        raise ValueError(f"{path} is no whole .npz file of plain arrays ({error}).") from error


def unpickle(content: bytes) -> Arrays:
    """The arrays in a pickled dict of dicts, keys joined by '|'; `ValueError` if anything else is in it."""
    return dict(_leaves(ArrayUnpickler(BytesIO(content)).load()))


class ArrayUnpickler(pickle.Unpickler):
    """Admits NumPy's arrays and Python's plain values, and runs no code of the file."""

    def find_class(self, module: str, name: str):
        if module not in MODULES or name not in CLASSES:
            raise ValueError(f"The pickle names {module}.{name}, but only arrays are admitted: do not trust this file.")
        return super().find_class(CLASSES[name], name)


def _leaves(tree: dict, path: tuple[str, ...] = ()) -> Iterator[tuple[str, np.ndarray]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, key))
        else:
            yield "|".join((*path, key)), value


def layout(arrays: Arrays) -> str:
    """The sha256 of all names and shapes."""
    return sha256("\n".join(f"{key} {arrays[key].shape}" for key in sorted(arrays)).encode()).hexdigest()


def mean(arrays: Arrays) -> float:
    """The mean absolute value of all numbers."""
    total = sum(np.abs(array, dtype=np.float64).sum() for array in arrays.values())
    return float(total / sum(array.size for array in arrays.values()))
