"""Pictures and clips that a user names, as a system takes them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from einops import rearrange

from mocolab import decoding
from mocolab.data.cropping import fit
from mocolab.types import Clips

GIVEN = 3  # frames at the end of a clip that a predictor sees, if nobody says otherwise
SHORTEST_STRIP = 4  # frames: what is two or three times as long as wide may be a photo


def read_clip(paths: Sequence[Path], size: int, step: int = 1, least: int = 1) -> Clips:
    """[1, 3, T, size, size] in [-1, 1], cut to central squares: several pictures, one a frame; or one picture; or one
    video, strip of square frames, array or folder of pictures, of which every `step`-th frame is taken up to the last.

    `ValueError` where a file is missing or cannot be read, or if fewer than `least` frames of a clip can be taken.
    """
    for path in paths:
        if not path.exists():
            raise ValueError(f"{path} does not exist: name pictures, or one clip ({decoding.KINDS}).")
    if len(paths) > 1:
        frames = [fit(frame, size) for path in paths for frame in _pictures(path)]
    else:
        [path] = paths
        picture = path.is_file() and path.suffix.lower() in decoding.PICTURES
        shown = [fit(frame, size) for frame in (_pictures(path) if picture else decoding.read(path))]
        frames = shown[(len(shown) - 1) % step :: step]
        if len(frames) < least and not (picture and len(shown) == 1):
            raise ValueError(
                f"{path} has {len(shown)} frames, and {least} that are {step} apart were to be taken: name a longer "
                "clip, or ask for fewer frames or a smaller --step."
            )
    return rearrange(torch.from_numpy(np.stack(frames)), "T H W C -> 1 C T H W").float() / 127.5 - 1


def _pictures(path: Path) -> Iterable[decoding.Frame]:
    """One picture, or the frames of a strip: the longer side is four times the shorter, five times, or more."""
    if path.suffix.lower() not in decoding.PICTURES:
        raise ValueError(f"{path} is no picture ({' '.join(decoding.PICTURES)}): give one clip, or pictures alone.")
    picture = decoding.picture(path)
    short, long = sorted(picture.shape[:2])
    return decoding.read(path) if long % short == 0 and long >= SHORTEST_STRIP * short else [picture]
