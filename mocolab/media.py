"""Clips to files one can look at, and back."""

from math import ceil
from pathlib import Path

import av
import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from jaxtyping import UInt8
from PIL import Image
from torch import Tensor

from mocolab.decoding import read
from mocolab.store import whole
from mocolab.types import ByteClips, Clips

PAPER = 224  # the grey between clips: neither black nor white backgrounds run into it
GAP = 2  # pixels of border around each clip
GIVEN = torch.tensor([255, 127, 14], dtype=torch.uint8)  # the orange around frames that a prediction was given

ByteClip = UInt8[Tensor, "3 T _H _W"]


def save(path: Path | str, clips: Clips | ByteClips, columns: int | None = None, fps: int = 10, given: int = 0) -> None:
    """Write clips (in [-1, 1] or bytes) to a .gif or .mp4, a grid that plays for ever or once, or to a .png.

    A .png has one row of frames per clip; a single clip is a strip that `load` gives back exactly.
    A .gif leaves out frames equal to the one before and shows that one longer.
    given: so many frames at the beginning have an orange border.
    """
    path, clips = check_name(path), to_bytes(clips)
    with whole(path) as unfinished:
        match path.suffix.lower():
            case ".gif":
                _write_gif(unfinished, grid(clips, columns, given=given), fps)
            case ".mp4":
                _write_mp4(unfinished, grid(clips, columns, given=given), fps)
            case ".png":
                Image.fromarray(rearrange(_sheet(clips, given), "C H W -> H W C").numpy()).save(unfinished)


def check_name(path: Path | str) -> Path:
    """The path; `ValueError` if its name does not end as `save` can write, which is worth asking before any work."""
    path = Path(path)
    if path.suffix.lower() not in (".gif", ".mp4", ".png"):
        raise ValueError(f"{path} is not a picture mocolab can write: name it .gif, .mp4 or .png.")
    return path


def to_bytes(clips: Clips | ByteClips) -> UInt8[Tensor, "B 3 T H W"]:
    """Clips in [-1, 1], or bytes already, in the 256 levels of a file; grey ones get three channels."""
    if clips.is_floating_point():
        clips = ((clips.detach().float().cpu().clamp(-1, 1) + 1) * 127.5).round().byte()
    return clips.expand(-1, 3, -1, -1, -1)


def load(path: Path | str) -> ByteClip:
    """The clip in a video file, a strip, an array or a folder of pictures; `ValueError` if it is damaged or neither."""
    return rearrange(torch.from_numpy(np.stack(list(read(Path(path))))), "T H W C -> C T H W")


def grid(clips: ByteClips, columns: int | None = None, least: int = 128, given: int = 0) -> ByteClip:
    """One clip that shows all of them side by side, each enlarged by a whole number to at least `least` px."""
    columns = columns or in_a_row(len(clips))
    clips = F.pad(_framed(clips, least, given), (0, 0) * 4 + (0, -len(clips) % columns), value=PAPER)
    tiled = rearrange(clips, "(rows columns) C T H W -> C T (rows H) (columns W)", columns=columns)
    return F.pad(tiled, (GAP,) * 4, value=PAPER)


def in_a_row(number: int) -> int:
    """How many of so many clips stand side by side: nearly a square, and without gaps where that can be."""
    square = ceil(number**0.5)
    return next((columns for columns in range(square, 2 * square) if number % columns == 0), square)


def _framed(clips: ByteClips, least: int, given: int) -> UInt8[Tensor, "B C T _H _W"]:
    """Enlarged clips with a border, which is orange around the given frames."""
    zoom = ceil(least / min(clips.shape[-2:]))
    clips = repeat(clips, "B C T H W -> B C T (H zoom) (W again)", zoom=zoom, again=zoom)
    inside = F.pad(torch.ones(clips.shape[-2:], dtype=torch.bool), (GAP,) * 4)
    clips = F.pad(clips, (GAP,) * 4, value=PAPER)
    clips[:, :, :given] = torch.where(inside, clips[:, :, :given], GIVEN[:, None, None, None])
    return clips


def _sheet(clips: ByteClips, given: int) -> UInt8[Tensor, "3 _H _W"]:
    """One clip as a bare strip; several, or one with given frames, as rows with gaps, large enough for the eye."""
    if len(clips) == 1 and not given:
        return rearrange(clips, "1 C T H W -> C H (T W)")
    return F.pad(rearrange(_framed(clips, 64, given), "B C T H W -> C (B H) (T W)"), (GAP,) * 4, value=PAPER)


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
