"""`mocolab lab 03`: a lab of one's own, opened in JupyterLab."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import tyro

import mocolab
from mocolab.course.notebooks import read
from mocolab.store import whole

LABS = Path(mocolab.__file__).parent.parent / "labs"


@dataclass(frozen=True)
class Lab:
    """Copy a lab to a folder of yours, unless it is there already, and open it in JupyterLab. Nothing that is there is
    ever written over."""

    lab: Annotated[str, tyro.conf.Positional]
    """Its number, such as 03."""
    folder: Path = Path("mocolab-labs")
    """Where your labs are kept."""
    open: bool = True
    """Start JupyterLab; --no-open copies only."""

    def run(self) -> None:
        handed_out = find(self.lab)
        own = self.folder.resolve() / handed_out.name
        if self.open and not find_spec("jupyterlab"):
            raise ValueError(
                'JupyterLab is not installed: pip install -e ".[lab]" in the repository, or use --no-open.'
            )
        print(f"{own}: {copy(handed_out, own)}")
        print(f"Your points so far: mocolab check {own}")
        if self.open:
            print("JupyterLab starts, and ends with Ctrl-C in this window.", flush=True)
            done = subprocess.run([sys.executable, "-m", "jupyterlab", str(own)], cwd=own.parent)
            if done.returncode:
                raise ValueError(f"JupyterLab ended with status {done.returncode}: what it says is above.")


def find(name: str) -> Path:
    """The notebook that students get; `ValueError` where there is none."""
    if not (labs := sorted(LABS.glob("lab*.ipynb"))):
        raise ValueError(
            f"There are no labs at {LABS}: they come with the repository, not with the package alone. Get it, and "
            'install from its folder: pip install -e ".[all]".'
        )
    number = name.removeprefix("lab").zfill(2)
    found = [path for path in labs if path.stem.removeprefix("lab").split("_")[0] == number or path.stem == name]
    if not found:
        raise ValueError(f"{name!r} is not a lab: choose from {', '.join(path.stem for path in labs)}.")
    return found[0]


def copy(handed_out: Path, own: Path) -> str:
    """Copy a lab to where nothing is yet; what was done, or found, in words."""
    if not own.exists():
        with whole(own) as unfinished:
            shutil.copyfile(handed_out, unfinished)
        return "the lab, new."
    try:
        newer = read(own)["metadata"]["mocolab"]["source"] != read(handed_out)["metadata"]["mocolab"]["source"]
    except (ValueError, KeyError, TypeError):  # whatever the student has made of it
        newer = False
    return "as you left it." + (" There is a newer version: rename yours, and run this again." if newer else "")


def parse(arguments: Sequence[str]) -> Lab:
    return tyro.cli(Lab, prog="mocolab lab", args=arguments)
