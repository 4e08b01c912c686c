"""What notebooks show: clips, alone, under two sliders or to vote on, and figures; each described, with a static twin.

An output is one piece of HTML with its pictures inside: it plays without a kernel and without a network, is the same
in every run, and tells its description to those who do not see it.
"""

import io
import tempfile
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from einops import rearrange
from IPython.display import display
from jaxtyping import Float, UInt8
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from mocolab import media
from mocolab.types import ByteClips, Clips

LEAST_WIDTH = 320  # px: a player's buttons need them
SHEET_CLIPS, SHEET_FRAMES = 4, 8
GAP = 12  # px between the strips of a sheet
PLAYER = '<video aria-label="{alt}" poster="{poster}" src="{source}" loop muted style="{style}"{more}></video>'
KEYS = 'data-lm-suppress-shortcuts="true"'  # JupyterLab takes arrows and space for itself unless an input says this
SLIDER = (
    f'<label>{{name}} <input type="range" {KEYS} min="0" max="{{last}}" value="0" aria-label="{{name}}: 0 to {{last}}" '
    "oninput=\"this.closest('figure').style.setProperty('--{axis}', this.value)\"></label>"
)
BUTTON = (
    "<button type=\"button\" onclick=\"const video = this.closest('figure').querySelector('video'); "
    'video.paused ? video.play() : video.pause()">play or pause</button>'
)
BOX = (
    '<label data-real="{real}" style="color: white; padding: 6px; text-shadow: 0 0 3px black">'
    f'<input type="checkbox" {KEYS} aria-label="Clip {{number}} is real">{{number}} <output></output></label>'
)
COUNT = (
    "<button type=\"button\" onclick=\"const boxes = [...this.closest('figure').querySelectorAll('label')]; "
    "boxes.forEach(box => box.querySelector('output').value = box.dataset.real === '1' ? 'real' : 'made'); "
    "this.nextElementSibling.value = boxes.filter(box => box.querySelector('input').checked === "
    "(box.dataset.real === '1')).length + ' of ' + boxes.length + ' right'\">count my votes</button>"
)


def show(clips: Clips | ByteClips, *, alt: str, columns: int | None = None, fps: int = 10) -> None:
    """Play clips in a grid, above a sheet of their frames; `alt` says what is to be seen, `ValueError` without it."""
    alt, clips = _described(alt), media.to_bytes(clips)
    width = max(LEAST_WIDTH, media.grid(clips[:, :, :1], columns).shape[-1])
    style = f"width: {width}px; max-width: 100%; image-rendering: pixelated"
    player = _player(clips, alt, columns, fps, style, " controls")
    sheet = _strips(clips[:SHEET_CLIPS], SHEET_FRAMES)
    _publish(alt, f"<div>{player}</div>{_image(sheet, f'Frames in the order of time, one clip a row. {alt}')}")


def slider_grid(
    clips: Float[Tensor, "A M C T H W"], *, alt: str, rows: str = "content", columns: str = "motion", fps: int = 10
) -> None:
    """Play one clip of a grid, chosen by two sliders, above frames of all; of more than four rows or columns, of four
    that lie evenly among them. `ValueError` without `alt`."""
    alt, (num_rows, num_columns) = _described(alt), clips.shape[:2]
    flat = media.to_bytes(rearrange(clips, "A M C T H W -> (A M) C T H W"))
    pitch, margin, whole = _pitch(flat, num_columns)
    zoom = LEAST_WIDTH / pitch  # the window shows one clip of the video, which moves behind it
    moved = "; ".join(
        f"{side}: calc({-zoom:.4f}px * ({margin} + {pitch} * var(--{axis})))"
        for side, axis in (("left", "column"), ("top", "row"))
    )
    style = f"position: absolute; width: {zoom * whole:.1f}px; max-width: none; {moved}"
    player = _player(flat, alt, num_columns, fps, style)
    window = f"position: relative; overflow: hidden; width: {LEAST_WIDTH}px; height: {LEAST_WIDTH}px"
    sliders = SLIDER.format(name=escape(rows), axis="row", last=num_rows - 1)
    sliders += " " + SLIDER.format(name=escape(columns), axis="column", last=num_columns - 1)
    some_rows, some_columns = (
        torch.linspace(0, number - 1, min(number, SHEET_CLIPS)).round().long() for number in (num_rows, num_columns)
    )
    shown = media.to_bytes(rearrange(clips[some_rows][:, some_columns], "A M C T H W -> (M A) C T H W"))
    strips = [_strips(block, 4) for block in shown.chunk(min(num_columns, SHEET_CLIPS))]
    twin = _image(np.concatenate(strips, axis=1), f"Each {rows} in a row, each {columns} in a block of frames. {alt}")
    button = BUTTON if flat.shape[2] > 1 else ""
    _publish(alt, f'<div style="{window}">{player}</div><div>{sliders} {button}</div>{twin}', "--row: 0; --column: 0")


def vote(clips: Clips | ByteClips, real: Sequence[bool], *, alt: str, columns: int = 4, fps: int = 10) -> None:
    """Play clips in a grid, each with a box to tick if it looks real, and count the right boxes; frames and answers
    are folded away below. `ValueError` without `alt`, or unless `real` tells of each clip."""
    alt, clips = _described(alt), media.to_bytes(clips)
    if len(real) != len(clips):
        raise ValueError(f"{len(clips)} clips and {len(real)} truths were given: say of each clip whether it is real.")
    player = _player(clips, alt, columns, fps, "display: block; width: 100%")
    boxes = "".join(BOX.format(number=number, real=int(truth)) for number, truth in enumerate(real, 1))
    grid = f"position: absolute; inset: 0; display: grid; grid-template-columns: repeat({columns}, 1fr)"
    board = f'<div style="position: relative; max-width: 528px">{player}<div style="{grid}">{boxes}</div></div>'
    answers = ", ".join(f"{number} {'real' if truth else 'made'}" for number, truth in enumerate(real, 1))
    sheet = _image(_strips(clips, SHEET_FRAMES), f"Frames in the order of time, one clip a row. {alt}")
    twin = f"<details><summary>Frames and answers, for after your vote</summary><p>{answers}</p>{sheet}</details>"
    button = BUTTON if clips.shape[2] > 1 else ""
    _publish(alt, f"{board}<div>{button} {COUNT} <output></output></div>{twin}")


def picture(figure: Figure, *, alt: str) -> None:
    """Show a matplotlib figure, and close it; `alt` says what is to be seen, `ValueError` without it."""
    alt, file = _described(alt), io.BytesIO()
    figure.savefig(file, dpi=100, bbox_inches="tight")
    plt.close(figure)
    with Image.open(file) as image:
        _publish(alt, _image(np.asarray(image.convert("RGB")), alt))


def _described(alt: str) -> str:
    if len(alt.split()) < 3:
        raise ValueError(f"The description {alt!r} says too little: tell in a sentence what is to be seen.")
    return alt.strip()


def _publish(alt: str, content: str, style: str = "") -> None:
    html = f'<figure style="margin: 0; {style}">{content}</figure>'
    display({"text/html": html, "text/plain": alt}, raw=True)


def _player(clips: ByteClips, alt: str, columns: int | None, fps: int, style: str, more: str = "") -> str:
    """A video of the clips in a grid; of one frame, which cannot play, the picture."""
    middle = clips[:, :, clips.shape[2] // 2, None]  # says more than the first frame
    poster = _source(rearrange(media.grid(middle, columns), "C 1 H W -> H W C").numpy())
    if clips.shape[2] == 1:
        return f'<img alt="{escape(alt)}" src="{poster}" style="{style}">'
    with tempfile.TemporaryDirectory() as folder:
        media.save(path := Path(folder) / "clips.mp4", clips, columns, fps)
        source = _inline("video/mp4", path.read_bytes())
    return PLAYER.format(alt=escape(alt), poster=poster, source=source, style=style, more=more)


def _pitch(clips: ByteClips, columns: int) -> tuple[int, int, int]:
    """(from clip to clip, before the first, in all): widths in the pixels of `media.grid`, whose clips are square."""
    one, two, whole = (media.grid(clips[:, :, :1], number).shape[-1] for number in (1, 2, columns))
    return two - one, (2 * one - two) // 2, whole


def _strips(clips: ByteClips, most: int) -> UInt8[np.ndarray, "_H _W 3"]:
    """Frames at equal distances, the first and the last among them: a row for each clip, and a gap on the right."""
    number = min(most, clips.shape[2])
    chosen = clips[:, :, torch.linspace(0, clips.shape[2] - 1, number).round().long()]
    sheet = media.grid(rearrange(chosen, "B C T H W -> (B T) C 1 H W"), number, least=64)
    return np.pad(rearrange(sheet, "C 1 H W -> H W C").numpy(), ((0, 0), (0, GAP), (0, 0)), constant_values=255)


def _image(pixels: UInt8[np.ndarray, "_H _W 3"], alt: str) -> str:
    return f'<img alt="{escape(alt)}" src="{_source(pixels)}" style="max-width: 100%">'


def _source(pixels: UInt8[np.ndarray, "_H _W 3"]) -> str:
    """A picture as a PNG, or as a JPEG where that is much smaller, as it is for noise and photographs."""
    png, jpeg = io.BytesIO(), io.BytesIO()
    Image.fromarray(pixels).save(png, "PNG", optimize=True)
    Image.fromarray(pixels).save(jpeg, "JPEG", quality=90)
    if len(png.getvalue()) <= 3 * len(jpeg.getvalue()):
        return _inline("image/png", png.getvalue())
    return _inline("image/jpeg", jpeg.getvalue())


def _inline(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"
