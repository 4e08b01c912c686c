"""The pixels of drawn faces: soft-edged shapes in layers, whole batches at once.

A shape is a function that is negative inside and grows by about 1 per head unit.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from einops import repeat
from torch import Tensor

from mocolab.data.canvas import Canvas, Colour, colour, middles, oval, ramp, window
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
from mocolab.data.face_hair import COLOURS, hair_before, hair_behind, hair_style
from mocolab.types import ByteClips

SKIN = ((255, 226, 204), (246, 202, 164), (228, 174, 126), (196, 138, 94), (150, 98, 66), (108, 70, 52))
IRIS = ((84, 52, 34), (130, 86, 46), (106, 126, 66), (64, 140, 116), (70, 134, 190), (122, 138, 158))
SHIRT = ((232, 92, 84), (244, 180, 70), (84, 166, 122), (70, 130, 190), (128, 98, 176), (70, 78, 98))
BACKGROUND = ((250, 214, 180), (246, 196, 200), (214, 200, 238), (182, 212, 244), (180, 228, 218), (226, 234, 182))
THROAT, TONGUE, LIPS, BLUSH = (colour(rgb) for rgb in ((116, 36, 46), (228, 112, 114), (200, 66, 76), (240, 96, 96)))
WHITE, INK, FRAME = (colour(rgb) for rgb in ((255, 254, 250), (46, 34, 40), (64, 52, 64)))
SHADOW = colour((190, 156, 152)) / 255  # what shade leaves of skin

BLOCK = 2**18  # pixels painted at once: a cache holds them, and no batch needs much memory


def paint(identity: Identity, motion: Motion, size: int) -> ByteClips:
    """The pictures of faces at `size` px: a function of the dials alone."""
    clips = max(1, BLOCK // (motion.shape[1] * size * size))
    return torch.cat([_paint(*block, size) for block in zip(identity.split(clips), motion.split(clips))])


def _paint(identity: Identity, motion: Motion, size: int) -> ByteClips:
    who, how, head = dials(IDENTITY, identity), dials(MOTION, motion), anatomy(identity, motion)
    skin, hair = ramp(who["skin"], SKIN), ramp(who["hair colour"], COLOURS)
    style = hair_style(who["hair style"])

    still, neck = _backdrop(who, skin, size)
    pixels = repeat(still, "B C 1 H W -> B C T H W", T=motion.shape[1]).contiguous()
    whole = Canvas(pixels, *head.pose.to_head(middles(size), middles(size)[:, None]), 2 / size / SCALE)
    hair_behind(whole, head, style, hair, neck)
    _skull(whole, head, who, skin)
    hair_before(whole, head, style, hair)
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
    x, y = middles(size)[None, None, None], middles(size)[None, None, :, None]
    first, second = (ramp((who["background"] + offset) % 1, BACKGROUND) for offset in (0, 0.22))
    canvas = Canvas(repeat(first, "B C 1 1 1 -> B C 1 H W", H=size, W=size).contiguous(), x, y, 2 / size)
    angle = who["background angle"] * 2 * torch.pi
    canvas.blend((x * angle.cos() + y * angle.sin()) * 0.4 + 0.5, second)
    halo = canvas.cover((x * x + (y + 0.05) ** 2).sqrt() - 0.88)
    canvas.blend(halo * 0.45 * (who["halo"] > 0.5), WHITE)
    shirt = ((x / 0.95) ** 2 + ((y - 1.25) / 0.5) ** 2).sqrt()
    canvas.blend(canvas.cover((shirt - 1) * 0.6), ramp(who["shirt"], SHIRT))
    neck = ((x / 0.25) ** 2 + ((y - 0.78).clamp(min=0) / 0.13) ** 2).sqrt()
    neck = torch.maximum((neck - 1) * 0.2, 0.4 - y)
    canvas.blend(canvas.cover(neck), skin * (SHADOW * 0.7 + 0.3))
    return canvas.pixels, canvas.cover(neck)


def _skull(canvas: Canvas, head: Anatomy, who: dict[str, Plane], skin: Colour) -> None:
    """Ears, and the head with its shade and its cheeks."""
    x, y = (canvas.x + 0.16 * head.aside).abs() - head.half_width, canvas.y + 0.1 * head.down - 0.12
    canvas.blend(canvas.cover((oval(x / 0.13, y / 0.2) - 1) * 0.15), skin * (SHADOW * 0.3 + 0.7))
    low = canvas.y.clamp(min=0)
    width = head.half_width * (1 - (0.26 - 0.18 * who["jaw"]) * low * low)
    x, y = (canvas.x - head.chin.x * low * low) / width, canvas.y.clamp(max=0) + low / head.chin.y
    radius = oval(x, y, 0.15 + 0.35 * who["jaw"])
    inside = canvas.cover((radius - 1) * 0.8)
    canvas.blend(inside, skin)
    shade = (radius - 0.6) * 0.55 + 0.12 * canvas.x + 0.08 * canvas.y
    canvas.blend(inside * shade.clamp(0, 0.6), skin * SHADOW)
    left, right = head.cheeks.x
    x, y = (canvas.x - (left + right) / 2).abs() - (right - left) / 2, canvas.y - head.cheeks.y.mean(0)
    cheek = (1 - (x / 0.24) ** 2 - (y / 0.17) ** 2).clamp(min=0)
    canvas.blend(inside * cheek * 0.4, skin.lerp(BLUSH, 0.45))


def _nose(canvas: Canvas, head: Anatomy, who: dict[str, Plane], skin: Colour) -> None:
    """A round tip over its shadow."""
    size = 0.1 + 0.05 * who["nose size"]
    x, y = (canvas.x - head.nose.x) / head.nose.width / size, (canvas.y - head.nose.y) / size
    canvas.blend(canvas.cover((oval(x / 1.1, (y - 0.15) / 0.85) - 1) * size), skin * (SHADOW * 0.8 + 0.2))
    canvas.blend(canvas.cover((oval(x, (y + 0.2) / 0.85) - 1) * size), skin.lerp(WHITE, 0.1))


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
    tongue = oval(x / 0.16, (y - mouth.bottom) / (0.45 * gap))
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
    canvas.blend(canvas.cover((across * across + along * along).sqrt() - thickness), hair.lerp(INK, 0.65))
    _glasses(canvas, who, x, y)


def _iris(
    canvas: Canvas, inside: Tensor, eyes: Eyes, who: dict[str, Plane], x: Tensor, y: Tensor, outwards: Tensor
) -> None:
    """Iris, pupil and glint, seen between the lids alone; x and y from the middle of the iris."""
    radius = 0.6 * eyes.half_width
    distance = (x * x + y * y).sqrt()
    canvas.blend(inside * canvas.cover(distance - radius), ramp(who["eye colour"], IRIS))
    canvas.blend(inside * canvas.cover(distance - 0.55 * radius), INK)
    glint = ((x + 0.32 * radius * outwards) ** 2 + (y + 0.4 * radius) ** 2).sqrt()
    canvas.blend(inside * canvas.cover(glint - 0.32 * radius), WHITE)


def _glasses(canvas: Canvas, who: dict[str, Plane], x: Tensor, y: Tensor) -> None:
    """Three in ten wear some, half of these round ones."""
    worn, square = (who["glasses"] > 0.7).float(), (who["glasses"] > 0.85).float()
    lens = (oval(x / 0.3, (y - 0.02) / 0.27, 0.7 * square) - 1) * 0.28
    canvas.blend(canvas.cover(lens) * worn * 0.15, WHITE)
    arm = torch.maximum(torch.maximum((y + 0.05).abs() - 0.02, -lens), x - 0.45)
    canvas.blend(canvas.cover(torch.minimum(lens.abs() - 0.022, arm)) * worn, FRAME)
