"""Pictures and clips that a user names, as a system takes them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from einops import rearrange

from mocolab import decoding
from mocolab.data.cropping import fit
from mocolab.types import Clips

GIVEN = 3  # frames at the end of a clip that a predictor sees, if nobody says otherwise


def read_clip(paths: Sequence[Path], size: int, step: int = 1) -> Clips:
    """[1, 3, T, size, size] in [-1, 1], cut to central squares: several pictures, one a frame; or one picture; or one
    video, strip of square frames, array or folder of pictures, of which every `step`-th frame is taken up to the last.

    `ValueError` where a file is missing or cannot be read.
    """
    for path in paths:
        if not path.exists():
            raise ValueError(f"{path} does not exist: name pictures, or one clip ({decoding.KINDS}).")
    if len(paths) > 1:
        frames = [frame for path in paths for frame in _pictures(path)]
    else:
        picture = paths[0].is_file() and paths[0].suffix.lower() in decoding.PICTURES
        frames = _pictures(paths[0]) if picture else list(decoding.read(paths[0]))
        frames = frames[(len(frames) - 1) % step :: step]
    pixels = torch.from_numpy(np.stack([fit(frame, size) for frame in frames]))
    return rearrange(pixels, "T H W C -> 1 C T H W").float() / 127.5 - 1


def _pictures(path: Path) -> list[decoding.Frame]:
    """One picture, or the frames of a strip, whose longer side is a multiple of the shorter."""
    if path.suffix.lower() not in decoding.PICTURES:
        raise ValueError(f"{path} is no picture ({' '.join(decoding.PICTURES)}): give one clip, or pictures alone.")
    short, long = sorted(decoding.picture(path).shape[:2])
    return list(decoding.read(path)) if long % short == 0 else [decoding.picture(path)]
