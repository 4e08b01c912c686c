"""`mocolab release`: notebooks from the sources of labs, and whether those that stand there are good."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from mocolab.course import faults, release, source


@dataclass(frozen=True)
class Release:
    """From solutions/labNN_name.py: the executed solution beside it, labs/labNN_name.ipynb, and expected values."""

    labs: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="LAB")] = ()
    """Numbers of labs, such as 01, or paths of sources; all if none is named."""
    check: bool = False
    """Run and write nothing, but tell what is stale, leaks a solution or lacks a description."""
    measure: bool = False
    """Like --check, and run the solutions at the smoke tier: are the printed costs right within a factor of 3?"""
    tiers: tuple[Literal["smoke", "cpu", "gpu"], ...] = ("smoke", "cpu")
    """Where to measure what a lab costs; the outputs of the last one stay in the solution."""
    out: Path = Path("labs")
    """The folder that students get."""

    def run(self) -> None:
        if self.check or self.measure:
            return self._check()
        for path in source.find(self.labs):
            written = release.release(source.read(path), self.tiers, self.out)
            print(*written, sep="\n")

    def _check(self) -> None:
        labs, found = [], []
        for path in source.find(self.labs):
            try:
                labs.append(source.read(path))
            except ValueError as fault:
                found.append(str(fault))
        for lab in labs:
            found += faults.of_lab(lab, self.out)
        found += faults.of_leaks(labs, self.out)
        if self.measure:
            found += [fault for lab in labs if (fault := release.wrong_cost(lab))]
        if found:
            raise ValueError("not fit to be released:\n" + "\n".join(found))
        print(f"Everything stands as the {len(labs)} sources say.")


def parse(arguments: Sequence[str]) -> Release:
    return tyro.cli(Release, prog="mocolab release", args=arguments)
