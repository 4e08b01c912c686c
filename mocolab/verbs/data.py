"""`mocolab data build|info|show NAME`: what a data set is, and what it looks like."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from mocolab.data import inspect, open_data


@dataclass(frozen=True)
class Data:
    """Build a folder of clips into the store, tell what a data set holds, or draw some of its clips."""

    task: Annotated[Literal["build", "info", "show"], tyro.conf.Positional]
    """build and info print a table (a folder is built when it is first opened); show writes a sheet and a GIF."""
    name: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME")]
    """A data set by name, or a folder of clips."""
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
        data = open_data(self.name, self.size, self.seed)
        if self.task == "show":
            paths = inspect.show(data, self.out, self.clips, self.frames, self.step, self.seed)
            print(*paths, sep="\n")
        else:
            print(inspect.info(data))


def parse(arguments: Sequence[str]) -> Data:
    return tyro.cli(Data, prog="mocolab data", args=arguments)
