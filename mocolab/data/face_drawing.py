"""The pixels of drawn faces: soft-edged shapes in layers, whole batches at once.

A shape is a function that is negative inside and grows by about 1 per head unit.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from einops import repeat
from jaxtyping import Float
from torch import Tensor

from mocolab.data.canvas import Canvas, Colour, colour, middles, ramp, window
from mocolab.data.face_anatomy import (
    BROW,
    IDENTITY,
    MOTION,
    SCALE,
    Anatomy,
    Eyes,
    Identity,
    Motion,
    Plane,
    Pose,
    anatomy,
    dials,
)
from mocolab.types import ByteClips

SKIN = ((255, 226, 204), (246, 202, 164), (228, 174, 126), (196, 138, 94), (150, 98, 66), (108, 70, 52))
HAIR = ((46, 38, 42), (82, 54, 42), (132, 86, 54), (172, 84, 50), (216, 128, 60), (238, 200, 124), (190, 188, 194))
IRIS = ((84, 52, 34), (130, 86, 46), (106, 126, 66), (64, 140, 116), (70, 134, 190), (122, 138, 158))
SHIRT = ((232, 92, 84), (244, 180, 70), (84, 166, 122), (70, 130, 190), (128, 98, 176), (70, 78, 98))
BACKGROUND = ((250, 214, 180), (246, 196, 200), (214, 200, 238), (182, 212, 244), (180, 228, 218), (226, 234, 182))
WHITE, INK, THROAT, TONGUE, LIPS, BLUSH, FRAME = (
    colour(rgb)
    for rgb in (
        (255, 254, 250),
        (46, 34, 40),
        (116, 36, 46),
        (228, 112, 114),
        (200, 66, 76),
        (240, 96, 96),
        (64, 52, 64),
    )
)
SHADOW = colour((190, 156, 152)) / 255  # what shade leaves of skin


class Hair(NamedTuple):
    """A hair style; lengths in head units."""

    top: float = 0.18
    """Height above the skull."""
    sides: float = 0.06
    """Width beside it."""
    line: float = -0.56
    """Height of the hair line above the nose."""
    parting: float = 0.0
    """Its slope."""
    waves: float = 0.0
    """Depth of its waves."""
    lowest: float = 0.05
    """How far down it goes at the temples."""
    back: float = 0.0
    """Half-width of what is seen behind the head."""
    length: float = 0.0
    """How far down that goes."""
    curls: float = 0.0
    """Depth of curls."""
    bun_x: float = 0.0
    """Place of a bun, or of two to both sides."""
    bun_y: float = 0.0
    bun: float = 0.0
    """Its radius."""


STYLES = {
    "shaven": Hair(top=0.04, sides=0.01, line=-0.6, lowest=-0.1),
    "short": Hair(top=0.22, line=-0.54, parting=0.06, waves=0.04, lowest=-0.05),
    "parted": Hair(top=0.24, sides=0.07, line=-0.58, parting=0.3),
    "bob": Hair(sides=0.13, line=-0.48, waves=0.025, lowest=0.35, back=0.97, length=0.6),
    "long": Hair(sides=0.11, line=-0.62, parting=-0.24, lowest=0.5, back=0.96, length=1.5),
    "curly": Hair(top=0.3, sides=0.2, line=-0.52, waves=0.03, lowest=0, back=1.08, length=0.15, curls=0.05),
    "bun": Hair(top=0.14, line=-0.6, bun_y=-1.16, bun=0.27),
    "bunches": Hair(top=0.16, line=-0.5, waves=0.03, bun_x=1.0, bun_y=-0.1, bun=0.32),
}


def paint(identity: Identity, motion: Motion, size: int) -> ByteClips:
    """The pictures of faces at `size` px: a function of the dials alone."""
    who, how, head = dials(IDENTITY, identity), dials(MOTION, motion), anatomy(identity, motion)
    skin, hair = ramp(who["skin"], SKIN), ramp(who["hair colour"], HAIR)
    table = torch.tensor(list(STYLES.values()))
    style = Hair(*dials(Hair._fields, table[(who["hair style"].flatten() * len(STYLES)).long()]).values())

    still, neck = _backdrop(who, skin, size)
    pixels = repeat(still, "B C 1 H W -> B C T H W", T=motion.shape[1]).contiguous()
    whole = Canvas(pixels, *head.pose.to_head(middles(size), middles(size)[:, None]), 2 / size / SCALE)
    _back_hair(whole, head, style, hair * 0.8, neck)
    _skull(whole, head, who, skin)
    _hair(whole, head, style, hair)
    with _part(pixels, head.pose, head.mouth.place.x, head.mouth.place.y - 0.08, 0.5, 0.5) as part:
        _nose(part, head, who, skin)
        _mouth(part, head, who, skin)
    with _part(pixels, head.pose, head.eyes.place.x.mean(0), head.eyes.place.y.mean(0) - 0.12, 0.8, 0.48) as part:
        _eyes(part, head.eyes, who, how, skin, hair)
    return pixels.add_(0.5).to(torch.uint8)


@contextmanager
def _part(pixels: Tensor, pose: Pose, x: Plane, y: Plane, half_width: float, half_height: float) -> Iterator[Canvas]:
    """What is near a point of the head, to paint on."""
    size = pixels.shape[-1]
    shape = tuple(min(size, int(half * SCALE * size) + 2) for half in (half_height, half_width))
    x, y = (place[..., 0, 0] for place in pose.to_picture(x, y))
    with window(pixels, x, y, shape) as (part, x, y):
        yield Canvas(part, *pose.to_head(x, y), 2 / size / SCALE)


def _backdrop(who: dict[str, Plane], skin: Colour, size: int) -> tuple[Tensor, Tensor]:
    """What does not move: background, shirt and neck; and the share of each pixel that is neck."""
    x, y = middles(size), middles(size)[:, None]
    first, second = (ramp((who["background"] + offset) % 1, BACKGROUND) for offset in (0, 0.22))
    canvas = Canvas(repeat(first, "B C 1 1 1 -> B C 1 H W", H=size, W=size).contiguous(), x, y, 2 / size)
    angle = who["light"] * 2 * torch.pi
    canvas.blend((x * angle.cos() + y * angle.sin()) * 0.4 + 0.5, second)
    disc = canvas.cover((x * x + (y + 0.05) ** 2).sqrt() - 0.88)
    canvas.blend(disc * 0.45 * (who["disc"] > 0.5), WHITE)
    shirt = ((x / 0.95) ** 2 + ((y - 1.25) / 0.5) ** 2).sqrt()
    canvas.blend(canvas.cover((shirt - 1) * 0.6), ramp(who["shirt"], SHIRT))
    neck = ((x / 0.25) ** 2 + ((y - 0.78).clamp(min=0) / 0.13) ** 2).sqrt()
    neck = torch.maximum((neck - 1) * 0.2, 0.4 - y)
    canvas.blend(canvas.cover(neck), skin * (SHADOW * 0.35 + 0.65))
    return canvas.pixels, canvas.cover(neck)


def _back_hair(canvas: Canvas, head: Anatomy, style: Hair, hair: Colour, neck: Tensor) -> None:
    """Hair behind the head, which moves against the turn; it is behind the neck and before the shirt."""
    x, y = canvas.x + 0.3 * head.aside, canvas.y + 0.3 * head.down
    beyond = (y - style.length).clamp(min=0) * 2.2 + y.clamp(max=0) * 0.9
    fall = (x * x + beyond * beyond).sqrt() - style.back - _curls(style, x, y)
    bun = ((x.abs() - style.bun_x) ** 2 + (y - style.bun_y) ** 2).sqrt() - style.bun
    canvas.blend(canvas.cover(torch.minimum(fall, bun)) * (1 - neck), hair)


def _curls(style: Hair, x: Tensor, y: Tensor) -> Tensor:
    return style.curls * (12 * x).cos() * (12 * y).cos()


def _oval(x: Tensor, y: Tensor, square: Plane | float = 0.0) -> Tensor:
    """Radius of the ellipse (square 0) or rounded box (towards 1) with half-axes 1 that a point lies on."""
    x, y = (x * x).clamp(max=1.4), (y * y).clamp(max=1.4)  # further out, a rounded box would come back
    return (x + y - square * x * y).sqrt()


def _skull(canvas: Canvas, head: Anatomy, who: dict[str, Plane], skin: Colour) -> None:
    """Ears, and the head with its shade and its cheeks."""
    x, y = (canvas.x + 0.16 * head.aside).abs() - head.half_width, canvas.y + 0.1 * head.down - 0.12
    canvas.blend(canvas.cover((_oval(x / 0.13, y / 0.2) - 1) * 0.15), skin * (SHADOW * 0.3 + 0.7))
    low = canvas.y.clamp(min=0)
    width = head.half_width * (1 - (0.26 - 0.18 * who["jaw"]) * low * low)
    x, y = (canvas.x - head.chin.x * low * low) / width, canvas.y.clamp(max=0) + low / head.chin.y
    radius = _oval(x, y, 0.15 + 0.35 * who["jaw"])
    inside = canvas.cover((radius - 1) * 0.8)
    canvas.blend(inside, skin)
    shade = (radius - 0.6) * 0.55 + 0.12 * canvas.x + 0.08 * canvas.y
    canvas.blend(inside * shade.clamp(0, 0.6), skin * SHADOW)
    left, right = head.cheeks.x
    x, y = (canvas.x - (left + right) / 2).abs() - (right - left) / 2, canvas.y - head.cheeks.y.mean(0)
    cheek = (1 - (x / 0.24) ** 2 - (y / 0.17) ** 2).clamp(min=0)
    canvas.blend(inside * cheek * 0.4, skin.lerp(BLUSH, 0.45))


def _hair(canvas: Canvas, head: Anatomy, style: Hair, hair: Colour) -> None:
    """A cap over the skull, down to the hair line, with a gleam."""
    x, y = canvas.x + 0.05 * head.aside, canvas.y / (1 + style.top)
    cap = (_oval(x / (head.half_width + style.sides), y, 0.3) - 1) * 0.85 - _curls(style, canvas.x, canvas.y)
    u = canvas.x - 0.45 * head.aside
    line = style.line + style.parting * u + 1.2 * u**4 + style.waves * (11 * u).cos() + 0.4 * head.down
    inside = canvas.cover(torch.maximum(cap, canvas.y - torch.minimum(line, style.lowest)))
    canvas.blend(inside, hair)
    gleam = 1 - ((canvas.y + 0.82 + 0.3 * u * u - 0.1 * head.down) / 0.13) ** 2 - u * u
    canvas.blend(inside * gleam.clamp(min=0) * 0.25, hair.lerp(WHITE, 0.5))


def _nose(canvas: Canvas, head: Anatomy, who: dict[str, Plane], skin: Colour) -> None:
    """A round tip over its shadow."""
    size = 0.1 + 0.05 * who["nose size"]
    x, y = (canvas.x - head.nose.x) / head.nose.width / size, (canvas.y - head.nose.y) / size
    canvas.blend(canvas.cover((_oval(x / 1.1, (y - 0.15) / 0.85) - 1) * size), skin * (SHADOW * 0.8 + 0.2))
    canvas.blend(canvas.cover((_oval(x, (y + 0.2) / 0.85) - 1) * size), skin.lerp(WHITE, 0.1))


def _mouth(canvas: Canvas, head: Anatomy, who: dict[str, Plane], skin: Colour) -> None:
    """Lips, and between them teeth and tongue."""
    mouth = head.mouth
    x, y = (canvas.x - mouth.place.x) / mouth.place.width, canvas.y - mouth.place.y
    u = (x / mouth.half_width).clamp(-1, 1)
    beyond = x.abs() - mouth.half_width
    top, bottom = mouth.edges(u)
    lip = (0.02 + 0.04 * who["lips"]) * (1 - u * u) + 0.012
    lips = torch.maximum(torch.maximum(top - lip - y, y - bottom - 1.2 * lip), beyond - 0.02)
    canvas.blend(canvas.cover(lips), skin.lerp(LIPS, (0.35 + 0.3 * who["lips"])[:, None]))
    inside = canvas.cover(torch.maximum(torch.maximum(top - y, y - bottom), beyond))
    canvas.blend(inside, THROAT)
    gap = mouth.bottom - mouth.top
    tongue = _oval(x / 0.16, (y - mouth.bottom) / (0.45 * gap))
    canvas.blend(inside * canvas.cover((tongue - 1) * 0.12), TONGUE)
    opened = (gap * 10 - 0.5).clamp(0, 1)
    teeth = torch.maximum(y - top - 0.08, x.abs() - 0.88 * mouth.half_width)
    canvas.blend(inside * canvas.cover(teeth) * opened, WHITE)


def _eyes(canvas: Canvas, eyes: Eyes, who: dict[str, Plane], how: dict[str, Plane], skin: Colour, hair: Colour) -> None:
    """Eyes, brows and glasses; left and right are one shape, in an x that grows outwards."""
    right = (canvas.x > eyes.place.x.mean(0)).float()
    middle, height, width = (torch.lerp(*pair, right) for pair in eyes.place)
    outwards = right * 2 - 1
    x, y = (canvas.x - middle) * outwards / width, canvas.y - height
    top, bottom = eyes.lids((x / eyes.half_width).clamp(-1, 1))
    beyond = x.abs() - eyes.half_width
    socket = 1 - (x / 0.32) ** 2 - ((y + 0.03) / 0.3) ** 2
    canvas.blend(socket.clamp(min=0) * 0.2, skin * SHADOW)
    inside = canvas.cover(torch.maximum(torch.maximum(top - y, y - bottom), beyond))
    canvas.blend(inside, WHITE)
    _iris(canvas, inside, eyes, who, x - 0.07 * how["gaze x"] * outwards, y - 0.01 - 0.05 * how["gaze y"], outwards)
    lash = torch.maximum((y - top + 0.012).abs() - 0.026, beyond - 0.015)
    canvas.blend(canvas.cover(lash), INK)
    u = x / eyes.half_width / BROW
    across, along = y - eyes.brow(u.clamp(-1, 1)), (x.abs() - BROW * eyes.half_width).clamp(min=0)
    thickness = (0.026 + 0.034 * who["brow thickness"]) * (1 - 0.25 * u)
    canvas.blend(canvas.cover((across * across + along * along).sqrt() - thickness), hair * 0.62)
    _glasses(canvas, who, x, y)


def _iris(
    canvas: Canvas, inside: Tensor, eyes: Eyes, who: dict[str, Plane], x: Tensor, y: Tensor, outwards: Tensor
) -> None:
    radius = 0.6 * eyes.half_width
    distance = (x * x + y * y).sqrt()
    canvas.blend(inside * canvas.cover(distance - radius), ramp(who["eye colour"], IRIS))
    canvas.blend(inside * canvas.cover(distance - 0.55 * radius), INK)
    glint = ((x + 0.32 * radius * outwards) ** 2 + (y + 0.4 * radius) ** 2).sqrt()
    canvas.blend(inside * canvas.cover(glint - 0.32 * radius), WHITE)


def _glasses(canvas: Canvas, who: dict[str, Plane], x: Tensor, y: Tensor) -> None:
    """Three in ten wear some, half of these round ones."""
    worn, square = (who["glasses"] > 0.7).float(), (who["glasses"] > 0.85).float()
    lens = (_oval(x / 0.3, (y - 0.02) / 0.27, 0.7 * square) - 1) * 0.28
    canvas.blend(canvas.cover(lens) * worn * 0.15, WHITE)
    arm = torch.maximum(torch.maximum((y + 0.05).abs() - 0.02, -lens), x - 0.45)
    canvas.blend(canvas.cover(torch.minimum(lens.abs() - 0.022, arm)) * worn, FRAME)
