"""Frames out of files: videos, GIFs, strips of square frames, folders of pictures, arrays."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Lock

import av
import numpy as np
from einops import rearrange
from jaxtyping import UInt8
from PIL import Image, ImageSequence

PICTURES = (".png", ".jpg", ".jpeg", ".bmp")
VIDEOS = (".mp4", ".m4v", ".avi", ".mov", ".webm", ".mkv", ".mpg", ".mpeg", ".gif")
ARRAYS = (".npy",)
KINDS = (
    f"video files ({' '.join(VIDEOS)}), strips of square frames ({' '.join(PICTURES)}), folders of such pictures, "
    f"one a frame, or arrays ({' '.join(ARRAYS)})"
)

Frame = UInt8[np.ndarray, "_H _W 3"]

# NumPy parses an array's header as Python, and two threads that parse at once can end in a SystemError (CPython 3.11).
HEADER = Lock()


def read(path: Path, fps: float = 0.0, part: slice = slice(None)) -> Iterator[Frame]:
    """The frames of a video, one by one; `ValueError` at the place where it is damaged.

    fps: what a player shows every 1/fps seconds; 0: every frame once. Strips, arrays and folders of pictures have no
    clock: they are given as they are. part: of a folder, which of its pictures.
    """
    suffix = path.suffix.lower()
    try:
        if path.is_dir():
            yield from _read_folder(path, part)
        elif path.exists() and not path.is_file():
            raise ValueError("it is not a regular file.")
        elif suffix in PICTURES:
            yield from _read_strip(path)
        elif suffix in ARRAYS:
            yield from _read_array(path)
        elif suffix in VIDEOS:
            yield from _paced(_read_gif(path) if suffix == ".gif" else _read_video(path), fps)
        else:
            raise ValueError(f"clips are {KINDS}.")
    except Exception as error:  # decoders of damaged files raise all sorts
        raise ValueError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def pictures(folder: Path) -> list[Path]:
    """The pictures in a folder, in the order of the numbers in their names: frame9 comes before frame10."""
    found = [path for path in folder.iterdir() if path.suffix.lower() in PICTURES and not path.name.startswith(".")]
    return sorted(
        found, key=lambda path: [int(run) if run.isdecimal() else run for run in re.split(r"(\d+)", path.name)]
    )


def _read_strip(path: Path) -> Iterator[Frame]:
    """Square frames glued along the longer side."""
    pixels = picture(path)
    side, length = sorted(pixels.shape[:2])
    if length % side:
        raise ValueError(f"a strip has square frames, but its sides, {length} and {side} px, are not multiples.")
    wide = pixels.shape[1] == length
    yield from rearrange(pixels, "H (T W) C -> T H W C" if wide else "(T H) W C -> T H W C", T=length // side)


def _read_folder(folder: Path, part: slice) -> Iterator[Frame]:
    """Face trackers cut squares that grow and shrink; pictures of another shape are not of one video."""
    first = None
    for path in pictures(folder)[part]:
        try:
            frame = picture(path)
        except Exception as error:
            raise ValueError(f"{path.name}: {getattr(error, 'strerror', None) or error}") from error
        shape = frame.shape[1], frame.shape[0]
        first = first or shape
        if not 0.9 < shape[0] / shape[1] * first[1] / first[0] < 1.1:
            raise ValueError(f"{path.name} has {shape[0]} x {shape[1]} px, the first picture {first[0]} x {first[1]}.")
        yield frame


def picture(path: Path) -> Frame:
    """The pixels of a picture file; what is transparent is shown in its own colour."""
    with Image.open(path) as image:  # told by its content: some are named .jpg and hold PNG
        if image.mode.startswith(("I", "F")):
            raise ValueError("it has more than 8 bits a channel; save it with 8.")
        return np.asarray(image.convert("RGB"))


def _read_array(path: Path) -> Iterator[Frame]:
    with HEADER:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    grey = array.ndim == 3
    if array.dtype != np.uint8 or not (grey or (array.ndim == 4 and array.shape[3] in (1, 3, 4))) or 0 in array.shape:
        raise ValueError(
            f"it holds {array.dtype} of shape {array.shape}, and a clip is uint8 of shape (frames, height, width), "
            "or with 1, 3 or 4 channels at the end."
        )
    for frame in array:
        channels = frame[..., None] if grey else frame[..., :3]
        yield np.ascontiguousarray(np.broadcast_to(channels, (*channels.shape[:2], 3)))


def _paced(timed: Iterable[tuple[float | None, Frame]], fps: float) -> Iterator[Frame]:
    """Each frame once, or at every 1/fps seconds from the first frame's time to the last's the one then on show."""
    start = shown = before = None
    number = 0  # moments that have been shown
    for time, frame in timed:
        if not fps:
            yield frame
            continue
        if time is None or (before is not None and time > before + 60):
            raise ValueError(f"its clock is missing or jumps, so it cannot be brought to {fps:g} frames a second.")
        start = time if start is None else start
        while shown is not None and start + number / fps < time - 1e-6:
            yield shown
            number += 1
        shown, before = frame, time
    if shown is not None and start + number / fps < before + 1e-6:
        yield shown


def _read_gif(path: Path) -> Iterator[tuple[float, Frame]]:
    with Image.open(path) as image:
        time = 0.0
        for frame in ImageSequence.Iterator(image):
            yield time, np.asarray(frame.convert("RGB"))
            time += frame.info.get("duration", 100) / 1000


def _read_video(path: Path) -> Iterator[tuple[float | None, Frame]]:
    """Decoders paint over what is missing, so a file counts as damaged as soon as anything hints at it."""
    with av.open(str(path)) as file:
        if not file.streams.video:
            raise ValueError("it has sound, but no pictures.")
        stream = file.streams.video[0]
        number, end = 0, 0.0
        for packet in file.demux(stream):
            for frame in packet.decode():
                if packet.is_corrupt or frame.is_corrupt:
                    raise ValueError(f"it is damaged at frame {number}.")
                upright = np.rot90(frame.to_ndarray(format="rgb24"), frame.rotation // 90)  # as a phone was held
                yield frame.time, np.ascontiguousarray(upright)
                number, end = number + 1, frame.time or 0.0
        if not number:
            raise ValueError("it has no pictures.")
        if number < stream.frames:
            raise ValueError(f"it holds {number} of the {stream.frames} frames it declares.")
        # Matroska declares no number of frames; sound may go on a little longer than pictures.
        length = (file.duration or 0) / av.time_base
        slack = 3 / (stream.average_rate or 10) if len(file.streams) == 1 else 0.2 + 0.2 * length
        if not stream.frames and end < length - slack:
            raise ValueError(f"its pictures end at {end:.1f} of {length:.1f} s.")
