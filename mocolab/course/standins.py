"""What stands in for the world in a check: numbers that a key decides, a tape of noise, a tell-tale painter."""

import hashlib
import math
from collections.abc import Callable
from itertools import groupby

import numpy as np
import torch
from torch import Tensor


class Counted:
    """Remembers the shapes that it is asked for, or given."""

    def __init__(self):
        self._shapes: list[list[int]] = []

    @property
    def calls(self) -> str:
        """These shapes, in order: '1 x [3, 7], 5 x [3, 2]'."""
        return ", ".join(f"{len(list(same))} x {shape}" for shape, same in groupby(self._shapes)) or "none"


class Tape(Counted):
    """Stands for torch.randn: its k-th call returns numbers fixed by the seed, k and their flat position."""

    def __init__(self, numbers: Callable[[int], np.random.RandomState]):
        super().__init__()
        self._numbers = numbers

    def __call__(self, *shape, size=None, dtype=torch.float32, device="cpu", **_) -> Tensor:
        if size is not None or (len(shape) == 1 and not isinstance(shape[0], int)):
            shape = shape[0] if size is None else size
        drawn = normal(self._numbers(len(self._shapes)), shape)
        self._shapes.append(list(shape))
        return drawn.to(device, dtype)


class Draw(Counted):
    """Stands for a frame generator: every pixel depends on the code of its own frame and on the mean of all codes.

    The first names clip and step; the second, as a BatchNorm would, shows who was painted together.
    """

    def __init__(self, own: Tensor, others: Tensor, picture: tuple[int, int, int]):
        super().__init__()
        self._own, self._others, self._picture = own, others, picture

    def __call__(self, codes: Tensor) -> Tensor:
        self._shapes.append(list(codes.shape))
        pixels = codes @ self._own.to(codes) + codes.mean(dim=0) @ self._others.to(codes)
        return torch.tanh(pixels).unflatten(1, self._picture)


def random(*key: object) -> np.random.RandomState:
    """Numbers decided by the key; NumPy promises this generator's stream for all versions."""
    return np.random.RandomState(list(np.frombuffer(hashlib.sha256(repr(key).encode()).digest(), np.uint32)))


def normal(source: np.random.RandomState, shape: tuple[int, ...]) -> Tensor:
    """Standard normal numbers from the source, float32."""
    return torch.from_numpy(source.standard_normal(math.prod(shape))).float().reshape(shape)
