"""`mocolab predict RUN --input ...`: what happens after some pictures, or after a clip."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import tyro
from einops import rearrange

from mocolab import media
from mocolab.data.given import GIVEN, read_clip
from mocolab.engine import seed_step
from mocolab.loading import load
from mocolab.system import Predictor


@dataclass(frozen=True)
class Predict:
    """Several futures of the same past; frames that were given have an orange border."""

    run_: Annotated[str, tyro.conf.Positional, tyro.conf.arg(name="run", metavar="RUN")]
    """A run's folder, or a released checkpoint."""
    input: tuple[Path, ...]
    """One, two, three pictures in their order, or one clip, after whose end the prediction begins; a picture four or
    more times as long as wide is a strip of frames."""
    frames: int = 16
    """Frames to predict."""
    samples: int = 8
    """Futures to draw."""
    given: int | None = None
    """Frames at the end that the system sees; of a clip 3, of pictures all if not given."""
    step: int | None = None
    """Of a clip, the distance between the frames that are seen; the one of the training if not given."""
    out: Path = Path("prediction.gif")
    """Where to: .gif, .mp4, or .png (one row of frames a future)."""
    seed: int = 0
    """Equal seeds give equal futures."""

    @torch.no_grad()
    def run(self) -> None:
        counts = self.frames, self.samples, self.given, self.step
        if any(count is not None and count < 1 for count in counts):
            raise ValueError("Frames, samples, given frames and step are counted from 1: give positive numbers.")
        if not self.input:
            raise ValueError("No picture was named: give --input PICTURE..., or --input CLIP.")
        media.check_name(self.out)
        system = load(self.run_)
        if not isinstance(system, Predictor):
            raise ValueError(f"{self.run_} does not predict; it is a {type(system).__name__}.")
        step = self.step or system.needs.step
        past = read_clip(self.input, system.needs.size, step, least=self.given or GIVEN)
        given = self.given or (past.shape[2] if len(self.input) > 1 else min(past.shape[2], GIVEN))
        if given > past.shape[2]:
            raise ValueError(
                f"{given} given frames were asked for, and the input shows {past.shape[2]}: name more pictures, or "
                f"give --given {past.shape[2]}."
            )
        past = past[:, :, -given:]
        seed_step(self.seed, 0, 0)
        futures = system.predict(past, self.frames, samples=self.samples)
        clips = torch.cat([past.expand(self.samples, -1, -1, -1, -1), rearrange(futures, "S 1 ... -> S ...")], dim=2)
        media.save(self.out, clips, given=past.shape[2])
        print(f"{self.out}: {self.samples} futures of {self.frames} frames, after {past.shape[2]} given ones.")


def parse(arguments: Sequence[str]) -> Predict:
    return tyro.cli(Predict, prog="mocolab predict", args=arguments)
