"""`mocolab weights list` and `mocolab weights get NAME...`: the published networks that judge clips."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from mocolab.weights import NETWORKS, get, listing


@dataclass(frozen=True)
class Weights:
    """Tell which weights of published networks are here, or fetch them: lpips (LPIPS), i3d (FVD), faces (ACD)."""

    task: Annotated[Literal["list", "get"], tyro.conf.Positional]
    """list prints what is here; get fetches from the first source that answers."""
    names: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="NAME")] = ()
    """The networks to get."""
    source: Path | None = None
    """A file (.npz, a package, the published file) or a folder that has the weights; nothing is fetched then."""

    def run(self) -> None:
        if self.task == "list":
            print(listing())
        elif not self.names:
            raise ValueError(f"Name what to get, as in `mocolab weights get lpips`: one of {', '.join(NETWORKS)}.")
        else:
            for name in self.names:
                print(get(name, self.source))


def parse(arguments: Sequence[str]) -> Weights:
    return tyro.cli(Weights, prog="mocolab weights", args=arguments)
