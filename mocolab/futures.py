"""What can be said of foretold clips: each figure along the horizon, and as a mean over it."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from mocolab.data import VideoData
from mocolab.data.given import GIVEN
from mocolab.engine import seed_step
from mocolab.figures import Figures
from mocolab.judges import clip_figures, identity_figures, lpips_measure
from mocolab.metrics.motion import motion_energy
from mocolab.metrics.prediction import MEASURES, Horizon, Measure, horizon
from mocolab.metrics.shapes import are_shapes, centre_error, segment
from mocolab.protocol import BATCH, Protocol, real_clips
from mocolab.types import Clips

FUTURES = 4  # that a predictor draws for each clip

Past = Float[Tensor, "B C n H W"]
Futures = Float[Tensor, "samples B C T H W"]


def copied(past: Past, num_frames: int) -> Futures:
    """The simplest future: the last picture, for ever."""
    return past[None, :, :, -1:].expand(-1, -1, -1, num_frames, -1, -1)


def given_and_future(data: VideoData, protocol: Protocol) -> tuple[Float[Tensor, "B C _N H W"], Clips]:
    """Real clips, cut after the frames that a predictor sees; `ValueError` if none are left."""
    if protocol.num_frames <= GIVEN:
        raise ValueError(f"{protocol.num_frames} frames were asked for, and a predictor sees {GIVEN}: raise --frames.")
    real = real_clips(data, protocol.num_clips, protocol.num_frames, protocol.step, protocol.seed)
    return real[:, :, :GIVEN], real[:, :, GIVEN:]


@torch.no_grad()
def future_figures(
    predict: Callable[[Past, int], Futures], data: VideoData, protocol: Protocol, every_step: bool = False
) -> Figures:
    """Figures of what is foretold of `data`'s clips: means over the horizon, and at its end or at every step of it
    ('L1 at 3'); motion relative to real clips'; of faces, how much further apart identities are along a clip than
    along a real one; what others say, if the protocol asks for them, of the given frames and the first future."""
    past, real = given_and_future(data, protocol)
    seed_step(protocol.seed, 0, 0)
    made = torch.cat([predict(part, real.shape[2]).cpu() for part in past.split(BATCH)], dim=1)
    found = horizons(made, real, lpips="lpips" in protocol.also)
    result = horizon_means(made.expand(FUTURES, *real.shape), real, found)  # one answer without chance is all of them
    last = real.shape[2]
    for step in range(1, last + 1) if every_step else (last,):
        result |= {f"{name} at {step}": mean[step - 1].item() for name, (mean, _) in found.items()}

    told, true = (torch.cat([past, future], dim=2) for future in (made[0], real))
    who, truly = (identity_figures(clips, data, protocol.also) for clips in (told, true))
    result |= {f"{name}, of real's": value / truly[name] for name, value in who.items()}
    result["motion, of real's"] = (result["motion energy"] / motion_energy(real).mean()).item()  # nan if all stand
    return result | clip_figures(told, data, protocol.step, protocol.seed, protocol.also)


@torch.no_grad()
def horizons(futures: Float[Tensor, "samples B C T H W"], real: Clips, lpips: bool) -> dict[str, Horizon]:
    """Every measure along the horizon; of moving shapes also the distance of their centres."""
    measures = MEASURES | ({"LPIPS": lpips_measure()} if lpips else {})
    if are_shapes(real):
        shape = segment(real)  # once, whatever the number of futures
        measures["centre error"] = Measure(lambda made, _: centre_error(segment(made), shape), False)
    return {name: horizon(futures, real, measure) for name, measure in measures.items()}


def horizon_means(futures: Float[Tensor, "samples B C T H W"], real: Clips, found: dict[str, Horizon]) -> Figures:
    """Means of what `horizons` has found, and what can be said of the futures without the true one."""
    result = {"motion energy": motion_energy(futures.flatten(0, 1)).mean().item()}
    for name, (mean, best) in found.items():
        result |= {name: mean.mean().item(), f"{name}, best of {len(futures)}": best.mean().item()}
    if are_shapes(real):
        result["one-shape rate"] = segment(futures.flatten(0, 1)).single.float().mean().item()
    return result
