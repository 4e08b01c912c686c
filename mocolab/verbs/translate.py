"""`mocolab translate RUN --input CLIP --to b`: a clip in the look of another domain."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import torch
import tyro

from mocolab import media
from mocolab.data.given import read_clip
from mocolab.loading import load
from mocolab.system import Translator


@dataclass(frozen=True)
class Translate:
    """The clip, and the same clip repainted, side by side."""

    run_: Annotated[str, tyro.conf.Positional, tyro.conf.arg(name="run", metavar="RUN")]
    """A run's folder, or a released checkpoint."""
    input: Path
    """A clip or a picture."""
    to: Literal["a", "b"] = "b"
    """The domain to go to, a or b, as the pair of data sets was named in training."""
    out: Path = Path("translated.gif")
    """Where to: .gif, .mp4, or .png (one row of frames each)."""

    @torch.no_grad()
    def run(self) -> None:
        media.check_name(self.out)
        system = load(self.run_)
        if not isinstance(system, Translator):
            raise ValueError(f"{self.run_} does not translate; it is a {type(system).__name__}.")
        source = read_clip([self.input], system.needs.size)
        made = system.translate(source, to=self.to)
        media.save(self.out, torch.cat([source, made]), columns=2)
        print(f"{self.out}: {made.shape[2]} frames.")


def parse(arguments: Sequence[str]) -> Translate:
    return tyro.cli(Translate, prog="mocolab translate", args=arguments)
