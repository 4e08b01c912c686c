"""Clips to files one can look at, and back."""

import os
from collections.abc import Iterator
from math import ceil
from pathlib import Path

import av
import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from jaxtyping import UInt8
from PIL import Image, ImageSequence
from torch import Tensor

from mocolab.types import ByteClips, Clips

STRIPS = (".png", ".jpg", ".jpeg", ".bmp")
VIDEOS = (".mp4", ".avi", ".mov", ".webm", ".mkv", ".mpg", ".mpeg", ".gif")
PAPER = 224  # the grey between clips: neither black nor white backgrounds run into it

Frame = UInt8[np.ndarray, "_H _W 3"]
ByteClip = UInt8[Tensor, "3 T _H _W"]


def save(path: Path | str, clips: Clips | ByteClips, columns: int | None = None, fps: int = 10) -> None:
    """Write clips (in [-1, 1] or bytes) to a .gif or .mp4, a grid that plays for ever or once, or to a .png.

    A .png has one row of frames per clip; a single clip is a strip that `load` gives back exactly.
    A .gif leaves out frames equal to the one before and shows that one longer.
    """
    path = Path(path)
    if path.suffix.lower() not in (".gif", ".mp4", ".png"):
        raise ValueError(f"{path} is not a picture mocolab can write: name it .gif, .mp4 or .png.")
    if clips.is_floating_point():
        clips = ((clips.detach().float().cpu().clamp(-1, 1) + 1) * 127.5).round().byte()
    clips = clips.expand(-1, 3, -1, -1, -1)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        match path.suffix.lower():
            case ".gif":
                _write_gif(temporary, grid(clips, columns), fps)
            case ".mp4":
                _write_mp4(temporary, grid(clips, columns), fps)
            case ".png":
                Image.fromarray(rearrange(_sheet(clips), "C H W -> H W C").numpy()).save(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def load(path: Path | str) -> ByteClip:
    """The clip in a video file or a strip; `ValueError` if it is damaged or neither."""
    return rearrange(torch.from_numpy(np.stack(list(read(Path(path))))), "T H W C -> C T H W")


def read(path: Path) -> Iterator[Frame]:
    """The frames of a video file or a strip, one by one; `ValueError` at the place where it is damaged."""
    readers = dict.fromkeys(STRIPS, _read_strip) | dict.fromkeys(VIDEOS, _read_video) | {".gif": _read_gif}
    if path.suffix.lower() not in readers:
        raise ValueError(f"{path} is neither a strip ({' '.join(STRIPS)}) nor a video file ({' '.join(VIDEOS)}).")
    try:
        yield from readers[path.suffix.lower()](path)
    except (OSError, EOFError, SyntaxError, ValueError, av.FFmpegError) as error:  # Pillow raises all of the first four
        raise ValueError(f"{path} cannot be read: {error}") from error


def grid(clips: ByteClips, columns: int | None = None, least: int = 128) -> ByteClip:
    """One clip that shows all of them side by side, each enlarged by a whole number to at least `least` px."""
    number, size = len(clips), min(clips.shape[-2:])
    if columns is None:
        square = ceil(number**0.5)
        columns = next((c for c in range(square, 2 * square) if number % c == 0), square)
    zoom, gap = ceil(least / size), 2
    clips = repeat(clips, "B C T H W -> B C T (H zoom) (W again)", zoom=zoom, again=zoom)
    clips = F.pad(clips, (gap,) * 4, value=PAPER)
    clips = F.pad(clips, (0, 0) * 4 + (0, -number % columns), value=PAPER)
    tiled = rearrange(clips, "(rows columns) C T H W -> C T (rows H) (columns W)", columns=columns)
    return F.pad(tiled, (gap,) * 4, value=PAPER)


def _sheet(clips: ByteClips) -> UInt8[Tensor, "3 _H _W"]:
    """One clip as a bare strip; several as rows with gaps, large enough for the eye."""
    if len(clips) == 1:
        return rearrange(clips, "1 C T H W -> C H (T W)")
    return grid(rearrange(clips, "B C T H W -> (B T) C 1 H W"), columns=clips.shape[2], least=64)[:, 0]


def _write_gif(path: Path, clip: ByteClip, fps: int) -> None:
    frames = rearrange(clip, "C T H W -> T H W C").contiguous().numpy()
    palette = _palette(frames)
    first, *rest = [Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    first.save(path, save_all=True, append_images=rest, duration=round(1000 / fps), loop=0)


def _palette(frames: UInt8[np.ndarray, "T H W 3"]) -> Image.Image:
    """All colours of the frames if 256 suffice; else a choice from the *set* of colours: were each counted by its
    pixels, the background would take most of the palette, and small shapes would change colour."""
    red, green, blue = (frames[..., channel].astype(np.uint32) for channel in range(3))
    packed = np.unique(red << 16 | green << 8 | blue)
    colours = np.stack([packed >> 16, packed >> 8, packed], axis=-1)[None].astype(np.uint8)  # [1, N, 3]
    if len(packed) > 256:
        return Image.fromarray(colours).quantize(256, Image.Quantize.FASTOCTREE)
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours.tobytes())
    return palette


def _write_mp4(path: Path, clip: ByteClip, fps: int) -> None:
    clip = F.pad(clip, (0, clip.shape[-1] % 2, 0, clip.shape[-2] % 2), value=PAPER)  # colour has half the resolution
    with av.open(str(path), "w", options={"movflags": "faststart"}) as file:
        stream = file.add_stream("libx264", rate=fps, options={"crf": "12"})
        stream.height, stream.width = clip.shape[-2:]
        stream.pix_fmt = "yuv420p"
        for frame in rearrange(clip, "C T H W -> T H W C").contiguous().numpy():
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        file.mux(stream.encode())


def _read_strip(path: Path) -> Iterator[Frame]:
    """Square frames glued along the longer side; what is transparent is shown in its own colour."""
    with Image.open(path) as image:  # told by its content: some are named .jpg and hold PNG
        if image.mode.startswith(("I", "F")):
            raise ValueError("it has more than 8 bits a channel; save it with 8.")
        pixels = np.asarray(image.convert("RGB"))
    side, length = sorted(pixels.shape[:2])
    if length % side:
        raise ValueError(f"a strip has square frames, but its sides, {length} and {side} px, are not multiples.")
    wide = pixels.shape[1] == length
    yield from rearrange(pixels, "H (T W) C -> T H W C" if wide else "(T H) W C -> T H W C", T=length // side)


def _read_gif(path: Path) -> Iterator[Frame]:
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            yield np.asarray(frame.convert("RGB"))


def _read_video(path: Path) -> Iterator[Frame]:
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
                yield frame.to_ndarray(format="rgb24")
                number, end = number + 1, frame.time or 0.0
        if not number:
            raise ValueError("it has no pictures.")
        if number < stream.frames:
            raise ValueError(f"it holds {number} of the {stream.frames} frames it declares.")
        # Matroska declares no number of frames; sound may go on a little longer than pictures.
        if not stream.frames and file.duration and end < 0.8 * file.duration / av.time_base - 0.2:
            raise ValueError(f"its pictures end at {end:.1f} of {file.duration / av.time_base:.1f} s.")
