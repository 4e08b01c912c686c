"""Small videos that tests write: every frame tells its video and its moment."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from einops import rearrange
from PIL import Image


def numbered(video: int, length: int, size: int = 8) -> np.ndarray:
    """[T, H, W, 3]: every frame tells its video (red) and its moment (green); blue is texture."""
    frames = np.empty((length, size, size, 3), dtype=np.uint8)
    frames[..., 0], frames[..., 1] = video, np.arange(length)[:, None, None]
    frames[..., 2] = np.random.default_rng(video).integers(256, size=frames.shape[:3])
    return frames


def write_strip(path: Path, frames: np.ndarray, upright: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pattern = "T H W C -> (T H) W C" if upright else "T H W C -> H (T W) C"
    Image.fromarray(rearrange(frames, pattern)).save(path, format="png")


def write_folder(path: Path, frames: np.ndarray, name: str = "{}.png") -> None:
    """A picture for every frame; names are not padded, so that order by letters would be wrong."""
    path.mkdir(parents=True)
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(path / name.format(number))


def write_video(
    path: Path, frames: np.ndarray, codec: str = "libx264rgb", pixels: str = "rgb24", moments: list[int] | None = None
) -> None:
    """A video at 25 frames a second, or with frames at `moments`, in 1/1000 seconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=25 if moments is None else 1000, options={"qp": "0"})
        stream.height, stream.width, stream.pix_fmt = *frames.shape[1:3], pixels
        for number, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            if moments is not None:
                frame.pts, frame.time_base = moments[number], Fraction(1, 1000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
