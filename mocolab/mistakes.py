"""Sentences for mistakes that are made in many places."""

from collections.abc import Collection
from difflib import get_close_matches
from math import inf


def choose_from(name: str, among: Collection[str]) -> str:
    """The end of a sentence about a name that is not among these: all of them, and which one was probably meant."""
    near = get_close_matches(name, among, n=1)
    return f"choose from {', '.join(among)}" + (f"; did you mean {near[0]}?" if near else ".")


def require(prefix: str, least: int, most: int | float = inf, /, **numbers: int | float) -> None:
    """`ValueError` naming the flag of the first number that is not from `least` to `most`."""
    for name, number in numbers.items():
        if not least <= number <= most:
            needed = f"at least {least}" if most == inf else f"{least} to {most}"
            raise ValueError(f"{prefix}{name.replace('_', '-')} {number:g} was given: give {needed}.")
