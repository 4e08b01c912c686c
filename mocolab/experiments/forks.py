"""Two futures: shapes that go straight on and then turn, and how both turns are foretold from before them."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from mocolab.data import Shapes
from mocolab.data.given import GIVEN
from mocolab.engine import seed_step, to_pixels
from mocolab.figures import Figures
from mocolab.metrics.shapes import segment
from mocolab.protocol import Protocol
from mocolab.system import System

TURNS = 16  # futures drawn where there are two
NEAR = 3  # pixels between where a future ends and where it may end

Places = Float[Tensor, "B 2"]


class Forks(NamedTuple):
    """Clips of `branching`, cut before the turn. They begin at any moment of their videos, as those of a training do,
    so nobody can know when the turn comes."""

    past: Float[Tensor, "B C _n H W"]
    """The given frames."""
    place: Places
    """The shape's centre in the last of them, in pixels."""
    velocity: Places
    """How far it goes in a frame of the video."""
    may_turn: Float[Tensor, "B _M"]
    """Whether it may turn after so many frames of the video: only in the middle ninth of the picture."""
    waits: Float[Tensor, " _M"]
    """So many frames, from the last given one."""
    frames: int
    """Frames of the video from there to the end of the clip."""
    ends: Float[Tensor, "two B 2"]
    """Centres then, after a turn to the left and after one to the right."""


def forks(data: Shapes, protocol: Protocol) -> Forks:
    """Clips that begin at each moment in turn which leaves the turn open."""
    turn, step = (data.num_frames - 1) / 2, protocol.step
    past, whole = data.span(GIVEN, step) - 1, data.span(protocol.num_frames, step) - 1
    starts = torch.arange(data.num_frames - whole)
    starts = starts[(starts + past <= turn) & (turn < starts + whole)]
    index = torch.arange(protocol.num_clips)
    moments = starts[index % len(starts), None] + step * torch.arange(protocol.num_frames)
    left, right = (data.factors(index, way) for way in (0, 1))
    first, last, *ends = (
        way.corner[index, moments[:, frame]] for way, frame in ((left, 0), (left, GIVEN - 1), (left, -1), (right, -1))
    )
    waits, velocity, side = turn - (starts + past), (last - first) / past, left.side[:, None]
    room = data.size - 3 * data.margin - side
    where = (last[:, None] + waits[:, None] * velocity[:, None] - data.margin) / room[:, None]
    return Forks(
        past=to_pixels(data.draw(left, moments[:, :GIVEN]), torch.device("cpu")),
        place=last + side / 2,
        velocity=velocity,
        may_turn=((where - 0.5).abs() <= 1 / 6 + 1e-3).all(dim=2).float(),
        waits=waits,
        frames=whole - past,
        ends=torch.stack(ends) + side / 2,
    )


@torch.no_grad()
def fork_figures(system: System, data: Shapes, protocol: Protocol) -> Figures:
    """Of futures of `branching`, cut before the turn: how many end where one of the two turns leads, whether both
    are taken, and how far apart the ends of two futures lie."""
    asked = forks(data, protocol)
    seed_step(protocol.seed, 0, 0)
    made = system.predict(asked.past, protocol.num_frames - GIVEN, samples=TURNS)
    return of_ends(torch.stack([segment(future).centre[:, -1] for future in made]), asked.ends)


def ideal_fork_figures(data: Shapes, protocol: Protocol) -> Figures:
    """The like of who knows the given places exactly, draws when the turn comes from the moments at which it may, and
    the side by a fair coin."""
    asked = forks(data, protocol)
    seed_step(protocol.seed, 0, 0)
    waits = asked.waits[torch.multinomial(asked.may_turn, TURNS, replacement=True)].T[..., None]  # [S, B, 1]
    aside = torch.stack([-asked.velocity[:, 1], asked.velocity[:, 0]], dim=1)
    sides = torch.randint(2, waits.shape) * 2 - 1
    return of_ends(asked.place + waits * asked.velocity + sides * (asked.frames - waits) * aside, asked.ends)


def of_ends(ends: Float[Tensor, "S B 2"], true: Float[Tensor, "two B 2"]) -> Figures:
    """Figures of where S futures of every clip end."""
    distance = torch.stack([(ends - end).norm(dim=2) for end in true])  # [2, S, B]
    to_left = (distance[0] < distance[1]).float().mean(dim=0)
    of_clip = ends.transpose(0, 1)
    between = torch.cdist(of_clip, of_clip).sum(dim=(1, 2)) / (TURNS * (TURNS - 1))
    between_real = (true[0] - true[1]).norm(dim=1) / 2  # every other pair of real futures differs
    return {
        "futures that end near": (distance.amin(dim=0) < NEAR).float().mean().item(),
        "futures to the left": to_left.mean().item(),
        "clips with even sides": ((to_left >= 0.3) & (to_left <= 0.7)).float().mean().item(),
        "spread of futures, of real's": (between.mean() / between_real.mean()).item(),
    }
