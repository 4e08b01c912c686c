"""The hair of drawn faces: what is seen behind the head, and a cap over it."""

from typing import NamedTuple

import torch
from torch import Tensor

from mocolab.data.canvas import Canvas, Colour, colour, oval
from mocolab.data.face_anatomy import Anatomy, Plane, dials

COLOURS = ((46, 38, 42), (82, 54, 42), (132, 86, 54), (172, 84, 50), (216, 128, 60), (238, 200, 124), (190, 188, 194))


class Hair(NamedTuple):
    """A hair style; lengths in head units."""

    top: Plane | float = 0.18
    """Height above the skull."""
    sides: Plane | float = 0.06
    """Width beside it."""
    line: Plane | float = -0.56
    """Height of the hair line above the nose."""
    parting: Plane | float = 0.0
    """Its slope."""
    waves: Plane | float = 0.0
    """Depth of its waves."""
    lowest: Plane | float = 0.05
    """How far down it goes at the temples."""
    back: Plane | float = 0.0
    """Half-width of what is seen behind the head."""
    length: Plane | float = 0.0
    """How far down that goes."""
    curls: Plane | float = 0.0
    """Depth of curls."""
    bun_x: Plane | float = 0.0
    """Place of a bun, or of two to both sides."""
    bun_y: Plane | float = 0.0
    bun: Plane | float = 0.0
    """Its radius."""


STYLES = {
    "shaven": Hair(top=0.04, sides=0.01, line=-0.6, lowest=-0.1),
    "short": Hair(top=0.22, line=-0.54, parting=0.06, waves=0.04, lowest=-0.05),
    "parted": Hair(top=0.24, sides=0.07, line=-0.58, parting=0.3),
    "bob": Hair(sides=0.13, line=-0.48, waves=0.025, lowest=0.35, back=0.97, length=0.6),
    "long": Hair(sides=0.11, line=-0.62, parting=-0.24, lowest=0.5, back=0.96, length=1.5),
    "curly": Hair(top=0.3, sides=0.2, line=-0.6, waves=0.03, lowest=0, back=1.08, length=0.15, curls=0.05),
    "bun": Hair(top=0.14, line=-0.6, bun_y=-1.16, bun=0.27),
    "bunches": Hair(top=0.16, line=-0.5, waves=0.03, bun_x=1.0, bun_y=-0.1, bun=0.32),
}


def hair_style(dial: Plane) -> Hair:
    """The style of each clip, through all of which the dial goes from 0 to 1."""
    table = torch.tensor(list(STYLES.values()))
    return Hair(*dials(Hair._fields, table[(dial.flatten() * len(STYLES)).long()]).values())


def hair_behind(canvas: Canvas, head: Anatomy, style: Hair, hair: Colour, neck: Tensor) -> None:
    """Hair behind the head, which moves against the turn; it is behind the neck and before the shirt."""
    x, y = canvas.x + 0.3 * head.aside, canvas.y + 0.3 * head.down
    beyond = (y - style.length).clamp(min=0) * 2.2 + y.clamp(max=0) * 0.9
    fall = (x * x + beyond * beyond).sqrt() - style.back - _curls(style, x, y)
    bun = ((x.abs() - style.bun_x) ** 2 + (y - style.bun_y) ** 2).sqrt() - style.bun
    canvas.blend(canvas.cover(torch.minimum(fall, bun)) * (1 - neck), hair * 0.8)


def hair_before(canvas: Canvas, head: Anatomy, style: Hair, hair: Colour) -> None:
    """A cap over the skull, down to the hair line, with a gleam."""
    x, y = canvas.x + 0.05 * head.aside, canvas.y / (1 + style.top)
    cap = (oval(x / (head.half_width + style.sides), y, 0.3) - 1) * 0.85 - _curls(style, canvas.x, canvas.y)
    u = canvas.x - 0.36 * head.aside
    line = style.line + style.parting * u + 1.2 * (u * u) ** 2 + style.waves * (11 * u).cos() + 0.4 * head.down
    inside = canvas.cover(torch.maximum(cap, canvas.y - torch.minimum(line, style.lowest)))
    canvas.blend(inside, hair)
    gleam = 1 - ((canvas.y + 0.82 + 0.3 * u * u - 0.1 * head.down) / 0.13) ** 2 - u * u
    canvas.blend(inside * gleam.clamp(min=0) * 0.25, hair.lerp(colour((255, 255, 255)), 0.5))


def _curls(style: Hair, x: Tensor, y: Tensor) -> Tensor:
    return style.curls * (12 * x).cos() * (12 * y).cos()
