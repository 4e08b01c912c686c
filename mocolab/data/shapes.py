"""The shape-motion set of MoCoGAN, drawn on the fly: one flat-coloured disc or square on a path over black.

The rules were measured on the released strips (64 px, 32 frames). At another size every length is
scaled and the shape drawn natively, so its colour stays flat.
"""

from math import comb
from typing import Literal, NamedTuple

import numpy as np
import torch
from einops import repeat
from jaxtyping import Float, Int
from numpy.lib.stride_tricks import sliding_window_view
from numpy.random import Generator
from torch import Tensor

from mocolab.data.contract import ENDLESS, VideoData
from mocolab.data.looks import LOOKS, LookName
from mocolab.types import ByteClips, ByteFrames, Labels

Path = Literal["bezier", "velocity", "acceleration", "branching"]
DIRECTIONS = ("bottom to top", "right to left")


class Factors(NamedTuple):
    """What a shape clip is made of; the exact answers to every question about it."""

    is_disc: Tensor
    """[B] bool: a disc, else a square."""
    side: Tensor
    """[B] diameter or side in pixels."""
    colour: Tensor
    """[B, 3] uint8."""
    corner: Tensor
    """[B, T, 2] the (x, y) of the top-left corner in pixels at every moment."""
    label: Tensor
    """[B] 0 bottom to top, 1 right to left; of `branching`, which way it turned."""


def uniform(seed: int, index: Tensor, count: int) -> Tensor:
    """Uniform numbers in [0, 1), `[B, count]`, a fixed function of (seed, index, position): splitmix64."""
    index_key, seed_key = np.uint64(0xD1342543DE82EF95), np.uint64(0x9FB21C651E98DF25)
    with np.errstate(over="ignore"):
        lane = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        state = index.numpy().astype(np.uint64)[:, None] * index_key + np.uint64(seed) * seed_key
        for offset in (lane, np.uint64(0)):
            state = state + offset
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state = state ^ (state >> np.uint64(31))
    return torch.from_numpy((state >> np.uint64(11)).astype(np.float64) / 2**53)


def bezier(points: Tensor, num_frames: int) -> Tensor:
    """Points of a Bezier curve at t_i = i / (num_frames - 1): control points [..., N+1, 2] -> [..., T, 2]."""
    degree = points.shape[-2] - 1
    t = torch.linspace(0, 1, num_frames, dtype=points.dtype)
    weights = torch.stack([comb(degree, k) * t**k * (1 - t) ** (degree - k) for k in range(degree + 1)], dim=1)
    return weights @ points


class Shapes(VideoData):
    """Moving shapes; clip `index` of a `seed` is always the same.

    `bezier` is the released set: whole pixels, the path a degree-4 curve. `velocity`, `acceleration` and
    `branching` move by fractions of a pixel at constant velocity, at constant acceleration, or straight
    on until the middle frame and then to the left or the right at even odds.

    Another `look` paints the same clips otherwise, so the true translation of clips `index` is what a set of the
    other look and the same seed draws for the same `index`, or the same random numbers.
    With `num_videos` only the clips of the first so many indices are ever drawn.
    """

    def __init__(
        self,
        size: int = 64,
        path: Path = "bezier",
        labels: bool = False,
        look: LookName = "plain",
        num_frames: int = 32,
        seed: int = 0,
        num_videos: int = ENDLESS,
    ):
        kinds = [path if path != "bezier" else "", "labels" if labels else "", look if look != "plain" else ""]
        kinds += ["few"] if num_videos < ENDLESS else []
        self.name = "-".join(("shapes", *filter(None, kinds)))
        self.size, self.path, self.look, self.num_frames, self.seed = size, path, LOOKS[look], num_frames, seed
        self.categories = DIRECTIONS if labels else ()
        self.num_videos = num_videos
        self.sides = torch.tensor([8, 10, 12, 14]) * size // 64
        self.margin = max(1, size // 64)

    def factors(self, index: Tensor, turn: int | None = None) -> Factors:
        """The factors of clips `index` [B]; `turn` 0 or 1 asks for one of the two futures of `branching`."""
        numbers = uniform(self.seed, index, 16)
        is_disc = numbers[:, 0] < 0.5
        side = self.sides[(numbers[:, 1] * len(self.sides)).long()]
        colour = self.look.colour(numbers[:, 2:5])
        label = (numbers[:, 5] < 0.5).long() if turn is None else torch.full_like(index, turn)
        room = (self.size - 3 * self.margin - side)[:, None].double()  # places a corner can take, less one
        free = numbers[:, 6:16].reshape(-1, 5, 2)
        if self.path == "bezier":
            place = torch.floor(free[:, 3, :1] * (room + 1))
            start, end = torch.cat([place, room], dim=1), torch.cat([place, torch.zeros_like(place)], dim=1)
            points = torch.cat([start[:, None], free[:, :3] * room[..., None], end[:, None]], dim=1)
            points = torch.where((label == 1)[:, None, None], points.flip(-1), points)
            corner = bezier(points, self.num_frames).floor()
        elif self.path == "branching":
            corner = self._branch(free, label) * room[..., None]
        else:
            points = free[:, : 2 if self.path == "velocity" else 3] * room[..., None]
            corner = bezier(points, self.num_frames)
            travel = (corner[:, -1] - corner[:, 0]).abs()
            label = (travel[:, 0] >= travel[:, 1]).long()
        return Factors(is_disc, side, colour, corner.float() + self.margin, label)

    def _branch(self, free: Tensor, label: Tensor) -> Tensor:
        """Paths in the unit square: straight to a point of the middle ninth, then 90 degrees to one side."""
        angle, length = free[:, 1, 0] * 2 * torch.pi, (1 + free[:, 1, 1]) / 6
        ahead = torch.stack([angle.cos(), angle.sin()], dim=1) * length[:, None]
        aside = torch.stack([-ahead[:, 1], ahead[:, 0]], dim=1) * (1 - 2 * label[:, None])
        time = torch.linspace(-1, 1, self.num_frames, dtype=free.dtype)[None, :, None]
        fork = (1 + free[:, 0]) / 3
        return fork[:, None] + time.clamp(max=0) * ahead[:, None] + time.clamp(min=0) * aside[:, None]

    def draw(self, factors: Factors, moments: Int[Tensor, "B T"]) -> ByteClips:
        """Paint the clips at `moments` (frame numbers); only these are painted, and only around the shape."""
        corner = factors.corner.gather(1, repeat(moments, "B T -> B T xy", xy=2))
        patch = int(self.sides.max()) + 1  # a shape between pixels touches one more
        origin = corner.floor().clamp(max=self.size - patch)
        cover = self._cover(factors, origin[..., None] + torch.arange(patch) - corner[..., None])
        shade = self.look.texture(
            (origin[..., 1:] + torch.arange(patch) + 0.5 - corner[..., 1:]) / factors.side[:, None, None]
        )
        paint = shade[:, :, None, :, None] * factors.colour[:, None, :, None, None]
        canvas = self.look.background(self.size).repeat(*corner.shape[:1], 1, moments.shape[1], 1, 1)
        windows = sliding_window_view(canvas.numpy(), (patch, patch), axis=(3, 4), writeable=True)
        clip, moment = np.ogrid[: len(corner), : moments.shape[1]]
        x, y = origin.long().numpy().transpose(2, 0, 1)
        behind = torch.from_numpy(windows[clip, :, moment, y, x]).float()
        windows[clip, :, moment, y, x] = behind.lerp(paint, cover[:, :, None]).round().to(torch.uint8).numpy()
        return canvas

    def _cover(self, factors: Factors, inside: Float[Tensor, "B T xy P"]) -> Float[Tensor, "B T P P"]:
        """How much of each pixel the shape covers; `inside` are x and y of pixels within the shape's box."""
        side = factors.side[:, None, None, None].float()
        if self.path == "bezier":
            box = ((inside >= 0) & (inside < side)).float()
            offset = inside - ((side - 1) / 2).floor()
        else:
            box = torch.minimum(inside + 1, side - inside).clamp(0, 1)
            offset = inside + 0.5 - side / 2
        x, y = box.unbind(2)
        square = y[..., :, None] * x[..., None, :]
        x, y = offset.square().unbind(2)
        x, y = x[..., None, :], y[..., :, None]
        distance, radius = x + y, side / 2
        if self.path == "bezier":  # the released rasteriser's octants meet on the diagonal, one step further out
            disc = (distance <= radius**2) | ((distance == radius**2 + 1) & (x == y))
        else:
            disc = (radius + 0.5 - distance.sqrt()).clamp(0, 1)
        return torch.where(factors.is_disc[:, None, None, None], square * disc, square)

    def clips(self, num_clips: int, num_frames: int, step: int, random: Generator) -> tuple[ByteClips, Labels]:
        starts = self.num_frames - self.span(num_frames, step) + 1
        factors = self.factors(torch.from_numpy(random.integers(self.num_videos, size=num_clips)))
        start = torch.from_numpy(random.integers(starts, size=num_clips))
        return self.draw(factors, start[:, None] + step * torch.arange(num_frames)), factors.label

    def frames(self, num_frames: int, random: Generator) -> ByteFrames:
        factors = self.factors(torch.from_numpy(random.integers(self.num_videos, size=num_frames)))
        moment = torch.from_numpy(random.integers(self.num_frames, size=num_frames))
        return self.draw(factors, moment[:, None])[:, :, 0]
