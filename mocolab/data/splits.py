"""Which videos are held out: whole groups, so that no person and no film is seen in training and in testing."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Literal

Split = Literal["train", "test"]
TEST_SHARE = 10  # of a hundred groups


def assign(groups: Sequence[str], told: Sequence[Split | None]) -> list[Split]:
    """A side for every video: the one that is told for it or for another of its group, or else drawn for its group."""
    known = {group: split for group, split in zip(groups, told) if split}
    drawn = held_out(group for group in groups if group not in known)
    return [split or known.get(group) or ("test" if group in drawn else "train") for group, split in zip(groups, told)]


def held_out(groups: Iterable[str]) -> set[str]:
    """The groups kept for testing: about a tenth, told by their names alone, but neither none nor all of several."""
    draws = {group: int(sha256(group.encode(errors="surrogateescape")).hexdigest(), 16) % 100 for group in groups}
    order = sorted(draws, key=lambda group: (draws[group], group))
    number = sum(draw < TEST_SHARE for draw in draws.values())
    return set(order[: min(max(number, 1), len(order) - 1)]) if order else set()
