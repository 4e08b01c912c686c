"""`mocolab audit LAB`: whether a lab's checks pass what is right and stop what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import tyro

from mocolab.course.audit import audit, table
from mocolab.course.source import find, read


@dataclass(frozen=True)
class Audit:
    """Run the reference, trivial and spoilt answers and all misconceptions of labs against their checks."""

    labs: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="LAB")] = ()
    """Labs by number (01) or by the path of their source; all if none is named."""
    seeds: int = 20
    """Number of seeds."""

    def run(self) -> None:
        if self.seeds < 1:
            raise ValueError(f"{self.seeds} seeds were asked for: give at least 1, better 20.")
        faults = []
        for path in find(self.labs):
            rows = list(audit(read(path), range(self.seeds)))
            print(f"{path}, {self.seeds} seeds\n\n{table(rows)}\n" if rows else f"{path} has no checks to audit.\n")
            faults += [fault for row in rows for fault in row.faults]
        if faults:
            raise ValueError("the checks are not adequate:\n" + "\n".join(faults))


def parse(arguments: Sequence[str]) -> Audit:
    return tyro.cli(Audit, prog="mocolab audit", args=arguments)
