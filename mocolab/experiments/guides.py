"""What codes and noise-free walks know, told by clips whose truth is known."""

import torch
from jaxtyping import Float
from torch import Tensor

from mocolab.data import Faces, Shapes
from mocolab.data.given import GIVEN
from mocolab.engine import data_random, to_pixels
from mocolab.figures import Figures
from mocolab.metrics.disentanglement import disentanglement
from mocolab.metrics.shapes import segment
from mocolab.protocol import Protocol
from mocolab.system import System
from mocolab.types import Clips

Centres = Float[Tensor, "B T 2"]
CODES = ("look in z_C", "way in z_C", "look in m", "way in m")


def without_noise(system: System, past: Float[Tensor, "B C _n H W"], num_frames: int) -> Clips:
    """The future that the walk of a `MoCoGANPredict` takes on noise that is zero."""
    past, noise = system.seen(past), torch.zeros(len(past), num_frames, system.config.motion_dim)
    return system.generator(past, num_frames, noise)[:, :, past.shape[2] :]


def drawn_with_truth(data: Shapes, protocol: Protocol) -> tuple[Clips, Tensor, Centres]:
    """Clips, their looks (disc or square, side, colour) and the places of their centres, exactly, in pixels."""
    index = torch.arange(protocol.num_clips)
    starts = data.num_frames - data.span(protocol.num_frames, protocol.step) + 1
    moments = (index % starts)[:, None] + protocol.step * torch.arange(protocol.num_frames)
    factors = data.factors(index)
    corner = factors.corner.gather(1, moments[..., None].expand(-1, -1, 2))
    looks = torch.cat([factors.is_disc[:, None], factors.side[:, None], factors.colour], dim=1).float()
    clips = to_pixels(data.draw(factors, moments), torch.device("cpu"))
    return clips, looks, corner + factors.side[:, None, None] / 2


@torch.no_grad()
def guided_figures(system: System, data: Shapes, protocol: Protocol) -> Figures:
    """Centre errors without noise for each number of given pictures that the system knows, all of the same frames."""
    clips, _, centres = drawn_with_truth(data, protocol)
    result = {}
    for given in system.config.given:
        made = segment(without_noise(system, clips[:, :, GIVEN - given : GIVEN], protocol.num_frames - GIVEN)).centre
        errors = (made - centres[:, GIVEN:]).norm(dim=2).mean(dim=0)
        result |= {f"{given} given, at {step}": value.item() for step, value in enumerate(errors, start=1)}
    return result


def ideal_figures(data: Shapes, protocol: Protocol) -> Figures:
    """The like of who knows the given centres exactly and goes on with equal place, velocity, acceleration."""
    _, _, centres = drawn_with_truth(data, protocol)
    result, ahead = {}, torch.arange(1, protocol.num_frames - GIVEN + 1)[None, :, None]
    place, last, before = centres[:, GIVEN - 1 : GIVEN], *(centres[:, GIVEN - 2 : GIVEN - 1], centres[:, :1])
    velocity, turn = place - last, place - 2 * last + before
    paths = (place.expand(-1, ahead.shape[1], -1), place + ahead * velocity)
    for given, path in enumerate((*paths, paths[1] + turn * ahead * (ahead + 1) / 2), start=1):
        errors = (path - centres[:, GIVEN:]).norm(dim=2).mean(dim=0)
        result |= {f"{given} given, at {step}": value.item() for step, value in enumerate(errors, start=1)}
    return result


@torch.no_grad()
def told_figures(system: System, data: Shapes | Faces, protocol: Protocol) -> Figures:
    """How well looks and the way gone follow from z_C and from the motion code of a clip: R^2, 1 is perfect. Of faces:
    the dials that draw a face, and how far each dial of motion has turned."""
    if isinstance(data, Faces):
        asked = protocol.num_clips, protocol.num_frames, protocol.step
        drawn = data.with_truth(*asked, data_random(protocol.seed, 0, 0))
        clips, looks, moved = to_pixels(drawn.clips, torch.device("cpu")), drawn.identity, drawn.motion
        moved = moved[:, :, moved.std(dim=(0, 1)) > 0]  # some dials rest
    else:
        clips, looks, moved = drawn_with_truth(data, protocol)
    codes = system.generator.content_code(clips[:, :, :1]), system.generator.motion(clips)[:, -1]
    told = disentanglement(*codes, looks, moved[:, -1] - moved[:, 0]).flatten().tolist()
    return dict(zip(CODES, told))
