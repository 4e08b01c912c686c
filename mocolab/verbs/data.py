"""`mocolab data list` and `mocolab data get|build|info|show NAME`: what there is, what it is, what it looks like."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from mocolab.data import DATASETS, inspect, open_data, published


@dataclass(frozen=True)
class Data:
    """List the data sets, fetch one that others publish, build a folder of clips into the store, tell what a data set
    holds, or draw some of its clips."""

    task: Annotated[Literal["list", "get", "build", "info", "show"], tyro.conf.Positional]
    """list prints what is here and what can be had; get fetches; build and info print a table (a folder is built when
    it is first opened); show writes a sheet and a GIF."""
    name: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME")] = ""
    """A data set by name, or a folder of clips; list needs none."""
    size: int = 64
    """Height and width in pixels."""
    out: Path = Path(".")
    """The folder for what `show` writes."""
    clips: int = 8
    """Clips to show."""
    frames: int = 16
    """Frames in a clip to show."""
    step: int = 2
    """Distance between neighbours of a clip to show, in frames."""
    seed: int = 0
    """Decides which clips are shown."""

    def run(self) -> None:
        if self.task == "list":
            print(published.listing(DATASETS))
        elif not self.name:
            raise ValueError(f"Name a data set, as in `mocolab data {self.task} NAME`; `mocolab data list` has them.")
        elif self.task == "get":
            print(published.get(self.name))
        else:
            self.look()

    def look(self) -> None:
        data = open_data(self.name, self.size, self.seed)
        if self.task == "show":
            paths = inspect.show(data, self.out, self.clips, self.frames, self.step, self.seed)
            print(*paths, sep="\n")
        else:
            print(inspect.info(data))


def parse(arguments: Sequence[str]) -> Data:
    return tyro.cli(Data, prog="mocolab data", args=arguments)
