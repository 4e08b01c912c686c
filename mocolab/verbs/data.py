"""`mocolab data list` and `mocolab data get|build|info|show NAME`: what there is, what it is, what it looks like."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from mocolab.data import DATASETS, build_folder, inspect, open_data, published, voxceleb
from mocolab.data.build import Choices
from mocolab.data.clips import remember

Name = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME")]


@dataclass(frozen=True)
class List:
    """The data sets that are here, and those that can be had."""

    def run(self) -> None:
        print(published.listing(DATASETS))


@dataclass(frozen=True)
class Get:
    """Fetch a set that others publish."""

    name: Name
    """One that `mocolab data list` names."""

    def run(self) -> None:
        print(f"{published.get(self.name)}\nlicence: {published.PUBLISHED[self.name].licence}")


@dataclass(frozen=True)
class Info:
    """Tell what a data set holds: how many videos, how long, which labels, what was left out and why."""

    name: Name
    """A data set by name, or a folder of videos."""
    size: int = 64
    """Height and width in pixels."""

    def run(self) -> None:
        print(inspect.info(open_data(self.name, self.size)))


@dataclass(frozen=True)
class Build(Info):
    """Decode a folder of videos into the store, by choices that whoever opens the folder will get from now on."""

    choices: tyro.conf.OmitArgPrefixes[Choices] = field(default_factory=Choices)
    """How videos become clips."""

    def run(self) -> None:
        print(inspect.info(build_folder(self.name, self.size, self.choices)))


@dataclass(frozen=True)
class Show(Info):
    """Draw some clips of a data set: a sheet of frames (.png) and a GIF."""

    out: Path = Path(".")
    """The folder to write to."""
    clips: int = 8
    """Number of clips."""
    frames: int = 16
    """Frames of a clip."""
    step: int = 2
    """Distance between neighbours of a clip, in frames."""
    seed: int = 0
    """Decides which clips."""

    def run(self) -> None:
        data = open_data(self.name, self.size, self.seed)
        print(*inspect.show(data, self.out, self.clips, self.frames, self.step, self.seed), sep="\n")


@dataclass(frozen=True)
class VoxCeleb:
    """Find VoxCeleb in a folder, build it, and open it from now on as the data set voxceleb."""

    root: Path
    """The folder it lies in, in any of the forms it is handed on in."""
    agree: bool = False
    """That you have read its terms and agree; needed once."""
    size: int = 64
    """Height and width in pixels: 64, 128 or 256."""
    choices: tyro.conf.OmitArgPrefixes[Choices] = field(default_factory=Choices)
    """How videos become clips."""

    def run(self) -> None:
        voxceleb.register(self.root, self.agree)
        data = voxceleb.voxceleb_data(self.size, choices=self.choices)
        remember(self.root, self.choices)
        print(inspect.info(data))


TASKS = {"list": List, "get": Get, "build": Build, "info": Info, "show": Show, "voxceleb": VoxCeleb}


def parse(arguments: Sequence[str]) -> List | Get | Info | Build | Show | VoxCeleb:
    return tyro.extras.subcommand_cli_from_dict(
        TASKS, prog="mocolab data", description="What there is to learn from.", args=arguments
    )
