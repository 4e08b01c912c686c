"""How good are the clips? A system's figures beside real clips'."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch

from mocolab.data import Shapes, TwoDomains, VideoData
from mocolab.engine import seed_step
from mocolab.figures import Figures
from mocolab.futures import FUTURES, copied, future_figures
from mocolab.judges import Judge, clip_figures, identity_figures, mcs_figures
from mocolab.metrics.content import content_kept
from mocolab.metrics.motion import motion_energy
from mocolab.metrics.shapes import are_shapes, direction_accuracy, segment, shape_figures
from mocolab.metrics.translation import translated
from mocolab.protocol import BATCH, Protocol, real_clips
from mocolab.swaps import swap_figures
from mocolab.system import Predictor, Retargeter, Sampler, System, Translator
from mocolab.types import Clips, Labels


@torch.no_grad()
def sampled_clips(system: Sampler, num_clips: int, num_frames: int, seed: int, labels: Labels | None = None) -> Clips:
    """Clips of a system, the same for equal arguments on equal hardware."""
    seed_step(seed, 0, 0)
    parts = torch.arange(num_clips).split(BATCH)
    asked = [None if labels is None else labels[part] for part in parts]
    return torch.cat([system.sample(len(part), num_frames, labels=of).cpu() for part, of in zip(parts, asked)])


def figures(made: Clips, real: Clips) -> Figures:
    """What can be said of `made` beside `real` clips of equal length and step: the figures of moving shapes where
    the real clips are single shapes themselves, else motion energy alone."""
    if are_shapes(real):
        return shape_figures(made, real) | {"content kept": content_kept(segment(made).colour).item()}
    return {"motion energy": motion_energy(made).mean().item()}


def sampler_figures(system: System, data: VideoData, protocol: Protocol) -> Figures:
    """Figures of new clips; with two categories, also how well clips obey their labels.

    `ValueError` unless the protocol's step is a multiple of the system's, which then skips frames.
    """
    skip, rest = divmod(protocol.step, system.needs.step)
    if skip < 1 or rest:
        raise ValueError(
            f"Clips of step {protocol.step} are compared, but a {type(system).__name__} makes clips of step "
            f"{system.needs.step}: compare at a multiple of it (--step)."
        )
    num_clips, num_frames, seed = protocol.num_clips, protocol.num_frames, protocol.seed
    labels = torch.arange(num_clips) % system.categories if system.categories > 0 else None
    made = sampled_clips(system, num_clips, skip * (num_frames - 1) + 1, seed, labels)[:, :, ::skip]
    result = figures(made, real_clips(data, num_clips, num_frames, protocol.step, seed))
    if system.categories == 2 and "one-shape rate" in result:
        result["direction accuracy"] = direction_accuracy(segment(made), labels, matched=not system.needs.labels)
    result |= identity_figures(made, data, protocol.also)
    result |= clip_figures(made, data, protocol.step, seed, protocol.also)
    if "mcs" in protocol.also and labels is not None:
        result |= mcs_figures(made, labels, data, protocol.step, seed)
    return result


def evaluate_real(data: VideoData, protocol: Protocol) -> Figures:
    """Figures of real clips against others of the same data: what a perfect sampler would get."""
    asked = protocol.num_clips, protocol.num_frames, protocol.step
    others = real_clips(data, *asked, protocol.seed + 1)
    found = figures(others, real_clips(data, *asked, protocol.seed))
    return found | identity_figures(others, data, protocol.also)


def predictor_figures(system: System, data: VideoData, protocol: Protocol) -> Figures:
    """Figures of futures drawn from the first frames; `ValueError` unless the protocol's step is the system's."""
    if protocol.step != system.needs.step:
        raise ValueError(
            f"Clips of step {protocol.step} are compared, but a {type(system).__name__} has learnt to predict at step "
            f"{system.needs.step}: compare at that (--step)."
        )
    return future_figures(partial(system.predict, samples=FUTURES), data, protocol)


def held_still(data: VideoData, protocol: Protocol) -> Figures:
    """Figures of the simplest prediction: the last frame that was given, held for ever."""
    return future_figures(copied, data, protocol)


def retargeter_figures(system: System, data: VideoData, protocol: Protocol) -> Figures:
    """Shares of clips that show the source as the driver moves. `ValueError` but for shapes and drawn faces."""
    return swap_figures(system.retarget, data, protocol)


def driver_copied(data: VideoData, protocol: Protocol) -> Figures:
    """Figures of the simplest retargeting: the driving clip itself, right where it happens to be alike."""
    return swap_figures(lambda source, driving: driving, data, protocol)


@torch.no_grad()
def translator_figures(system: System, data: VideoData | TwoDomains, protocol: Protocol) -> Figures:
    """Shares of frames in which the shape is where it was, and also has a colour of the other look, both ways.
    `ValueError` for other data than two looks of shapes."""
    return look_figures(system.translate, data, protocol)


def left_alone(data: VideoData | TwoDomains, protocol: Protocol) -> Figures:
    """Figures of the simplest translation: none."""
    return look_figures(lambda source, to: source, data, protocol)


def look_figures(translate: Callable[..., Clips], data: VideoData | TwoDomains, protocol: Protocol) -> Figures:
    """Translations beside the true ones: equal draws are the same shapes in both looks."""
    if not (isinstance(data, TwoDomains) and isinstance(data.a, Shapes) and isinstance(data.b, Shapes)):
        raise ValueError(
            f"Translation is measured on two looks of drawn shapes alone, and {data.name} is none: take "
            "shapes-day+shapes-night."
        )
    asked = protocol.num_clips, protocol.num_frames, protocol.step, protocol.seed
    looks, result = {"a": real_clips(data.a, *asked), "b": real_clips(data.b, *asked)}, {}
    for source, to in (("a", "b"), ("b", "a")):
        made = torch.cat([translate(part, to=to).cpu() for part in looks[source].split(BATCH)])
        for name, right in translated(made, looks[to])._asdict().items():
            result[f"{name} right, to {to}"] = right.float().mean().item()
    return result


class Task(NamedTuple):
    """How systems of one task are measured."""

    measure: Callable[[System, VideoData | TwoDomains, Protocol], Figures]
    reference: str
    """Name of the row to compare with; {data} stands for the data's name."""
    refer: Callable[[VideoData | TwoDomains, Protocol], Figures]
    """Figures of that row."""
    judges: tuple[Judge, ...] = ()
    """Who has something to say of it, if asked."""


TASKS = {
    Sampler: Task(sampler_figures, "real {data}", evaluate_real, ("fvd", "frames", "faces", "mcs")),
    Predictor: Task(predictor_figures, "last frame held", held_still, ("lpips", "fvd", "frames", "faces")),
    Retargeter: Task(retargeter_figures, "driver copied", driver_copied),
    Translator: Task(translator_figures, "nothing done", left_alone),
}


def tasks(system: System) -> list[Task]:
    """The tasks of a system that are measured; `ValueError` if there are none."""
    found = [task for verb, task in TASKS.items() if isinstance(system, verb)]
    if not found:
        raise ValueError(f"{type(system).__name__} does nothing that is measured yet: evaluate a sampler or predictor.")
    return found


def judges(system: System) -> set[Judge]:
    """Who has something to say of a system's clips, if asked."""
    found = {judge for task in tasks(system) for judge in task.judges}
    return found if getattr(system, "categories", 0) else found - {"mcs"}


def evaluate(system: System, data: VideoData | TwoDomains, protocol: Protocol) -> Figures:
    """The figures of a system's tasks, on data that it should be like."""
    return {name: value for task in tasks(system) for name, value in task.measure(system, data, protocol).items()}
