"""Where everything in a drawn face is: from the dials of identity and motion to places on a turned head.

Places are in head units: half a head's height; x to the right, y down, from the middle of the upright head.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

IDENTITY = (
    *("skin", "face width", "jaw", "hair style", "hair colour", "eye colour", "eye size", "eye roundness"),
    *("eye slant", "eye distance", "brow thickness", "brow arch", "nose size", "mouth width", "lips", "glasses"),
    *("shirt", "background", "background angle", "halo"),
)
"""What stays along a clip: dials in [0, 1)."""
MOTION = (
    *("yaw", "pitch", "roll", "mouth open", "smile", "mouth stretch", "sneer", "blink", "brow raise", "frown"),
    *("gaze x", "gaze y"),
)
"""What moves. Yaw, pitch and roll are radians, positive to the right, down, and clockwise. The others rest at 0;
1 is as far as it goes, and -1 is the opposite, of those that have one."""
LANDMARKS = (
    *("left eye", "right eye", "left brow outer", "left brow inner", "right brow inner", "right brow outer"),
    *("nose tip", "mouth left", "mouth right", "mouth top", "mouth bottom", "chin"),
)
"""Left and right are the viewer's. The mouth is what lies between the lips."""

SCALE = 0.69  # halves of the picture in a head unit
BROW = 1.15  # half-width of a brow in half-widths of its eye

Identity = Float[Tensor, "B I"]
Motion = Float[Tensor, "B T M"]
Plane = Float[Tensor, "..."]
"""A number for every clip, frame or pixel; with two at the front, of a left and a right part of the face."""


class Pose(NamedTuple):
    """How the head's plane lies in the picture, whose x and y run from -1 at one edge to 1 at the other."""

    x: Plane
    y: Plane
    cos: Plane
    sin: Plane

    def to_picture(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        return self.x + SCALE * (self.cos * x - self.sin * y), self.y + SCALE * (self.sin * x + self.cos * y)

    def to_head(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        cos, sin, x, y = self.cos / SCALE, self.sin / SCALE, x - self.x, y - self.y
        return cos * x + sin * y, cos * y - sin * x


class Place(NamedTuple):
    """A point of the turned head, and the share of a horizontal length there that is still seen."""

    x: Plane
    y: Plane
    width: Plane


class Eyes(NamedTuple):
    """Both eyes with their brows. Heights are below the eye's middle, at u from -1 (inner corner) to 1 (outer)."""

    place: Place
    half_width: Plane
    top: Plane
    bottom: Plane
    roundness: Plane
    slant: Plane
    brow_height: Plane
    brow_arch: Plane
    frown: Plane

    def lids(self, u: Plane) -> tuple[Plane, Plane]:
        """Heights of the upper and the lower lid."""
        profile = (1 - u * u) * (1 + self.roundness * u * u)
        return self.top * profile - self.slant * u, self.bottom * profile - self.slant * u

    def brow(self, u: Plane) -> Plane:
        """Height of the brow, whose ends are at u = -1 and 1."""
        return self.brow_height + self.brow_arch * u * u - (self.frown + self.slant) * u

    def brow_end(self, u: float) -> tuple[Plane, Plane]:
        """The (x, y) of the ends of both brows at u = -1 or 1."""
        outwards = torch.tensor([-u, u])[:, None, None, None, None]
        x = self.place.x + outwards * BROW * self.half_width * self.place.width
        return x, self.place.y + self.brow(torch.tensor(u))


class Mouth(NamedTuple):
    """Heights are below the mouth's middle, at u from -1 (left corner) to 1 (right corner)."""

    place: Place
    half_width: Plane
    curve: Plane
    top: Plane
    bottom: Plane

    def edges(self, u: Plane) -> tuple[Plane, Plane]:
        """Heights of the edges between which one looks into the mouth."""
        middle, profile = self.curve * (0.4 - u * u), 1 - u * u
        return middle + self.top * profile, middle + self.bottom * profile

    def points(self, u: float) -> list[tuple[Plane, Plane]]:
        """The (x, y) of both edges at u."""
        x = self.place.x + u * self.half_width * self.place.width
        return [(x, self.place.y + height) for height in self.edges(torch.tensor(u))]


class Anatomy(NamedTuple):
    """A turned head."""

    pose: Pose
    aside: Plane
    """How far a point one unit before the axis of turning moves to the right."""
    down: Plane
    """How far it moves down."""
    half_width: Plane
    chin: Place
    cheeks: Place
    eyes: Eyes
    nose: Place
    mouth: Mouth


def dials(names: tuple[str, ...], values: Float[Tensor, "B *T D"]) -> dict[str, Plane]:
    """Each dial by its name, [B, T, 1, 1] or [B, 1, 1, 1]."""
    values = values if values.ndim == 3 else values[:, None]
    return {name: plane[..., None, None] for name, plane in zip(names, values.unbind(-1), strict=True)}


def anatomy(identity: Identity, motion: Motion) -> Anatomy:
    """The heads of clips at every moment."""
    who, how = dials(IDENTITY, identity), dials(MOTION, motion)
    opened, smile = how["mouth open"], how["smile"]
    return Anatomy(
        pose=Pose(
            x=0.04 * how["yaw"].sin() + 0.12 * how["roll"].sin(),
            y=0.03 + 0.05 * how["pitch"].sin(),
            cos=how["roll"].cos(),
            sin=how["roll"].sin(),
        ),
        aside=how["yaw"].sin(),
        down=how["pitch"].sin(),
        half_width=0.74 + 0.1 * who["face width"],
        chin=_turned(how, 0.0, 1.0 + 0.09 * opened, 0.2),
        cheeks=_turned(how, 0.46 * _sides(), 0.4 - 0.05 * smile.clamp(min=0), 0.45),
        eyes=_eyes(who, how),
        nose=_turned(how, 0.0, 0.33 - 0.03 * how["sneer"], 0.85),
        mouth=Mouth(
            place=_turned(how, 0.0, 0.6 + 0.02 * opened, 0.62),
            half_width=(0.23 + 0.07 * who["mouth width"]) * (1 + 0.25 * how["mouth stretch"] + 0.2 * smile),
            curve=0.03 + 0.15 * smile,
            top=-0.012 - 0.05 * opened - 0.06 * how["sneer"],
            bottom=0.012 + 0.23 * opened + 0.03 * how["sneer"],
        ),
    )


def _eyes(who: dict[str, Plane], how: dict[str, Plane]) -> Eyes:
    frown, blink = how["frown"], how["blink"]
    height = 0.15 + 0.05 * who["eye size"]
    bottom = 0.75 * height * (1 - 0.3 * how["smile"].clamp(min=0) - 0.3 * how["sneer"])
    return Eyes(
        place=_turned(how, (0.33 + 0.06 * who["eye distance"]) * _sides(), 0.06, 0.58),
        half_width=0.18 + 0.05 * who["eye size"],
        top=bottom * blink.clamp(min=0) - height * (1 - blink),
        bottom=bottom,
        roundness=0.4 + 0.6 * who["eye roundness"],
        slant=0.06 * who["eye slant"] - 0.025,
        brow_height=-0.38 - 0.04 * who["brow arch"] - 0.1 * how["brow raise"] + 0.07 * frown.clamp(min=0),
        brow_arch=0.03 + 0.05 * who["brow arch"],
        frown=0.09 * frown - 0.02,
    )


def _sides() -> Tensor:
    """-1 for what is on the left, 1 on the right."""
    return torch.tensor([-1.0, 1.0])[:, None, None, None, None]


def _turned(how: dict[str, Plane], x: Plane | float, y: Plane | float, z: float) -> Place:
    """A point of the head's surface, z before the axis of turning: what is further in front moves further."""
    (cos, sin), pitch = (how["yaw"].cos(), how["yaw"].sin()), how["pitch"]
    x = torch.as_tensor(x)
    slope = -0.9 * x / z  # dz / dx of an ellipsoid
    ahead = z * cos - x * sin
    return Place(x * cos + z * sin, y * pitch.cos() + ahead * pitch.sin(), (cos + slope * sin).clamp(min=0.3))


def landmarks(identity: Identity, motion: Motion, size: int) -> Float[Tensor, "B T K 2"]:
    """The (x, y) of `LANDMARKS` in pictures of `size` px; -1 and 1 are the middles of the outermost pixels."""
    head = anatomy(identity, motion)
    eyes, mouth = head.eyes, head.mouth
    left_eye, right_eye = zip(eyes.place.x, eyes.place.y)
    (left_inner, right_inner), (left_outer, right_outer) = (zip(*eyes.brow_end(u)) for u in (-1.0, 1.0))
    points = [left_eye, right_eye, left_outer, left_inner, right_inner, right_outer, (head.nose.x, head.nose.y)]
    points += [mouth.points(-1.0)[0], mouth.points(1.0)[0], *mouth.points(0.0), (head.chin.x, head.chin.y)]
    planes = [torch.stack(head.pose.to_picture(x, y)) for x, y in points]  # [xy, B, T, 1, 1]
    return torch.stack(planes).squeeze((-1, -2)).permute(2, 3, 0, 1) * size / (size - 1)
