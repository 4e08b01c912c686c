"""How good are the clips? One system's figures beside real clips', and the table of several."""

import torch

from mocolab.data import VideoData
from mocolab.engine import data_random, seed_step, to_pixels
from mocolab.metrics.motion import motion_energy
from mocolab.metrics.shapes import direction_accuracy, segment, shape_figures
from mocolab.system import Needs, Sampler, System
from mocolab.types import Clips, Labels

NUM_CLIPS = 256  # as in the paper
BATCH = 32


def real_clips(data: VideoData, num_clips: int, num_frames: int, step: int, seed: int) -> Clips:
    """Clips of the data, the same for equal arguments."""
    return to_pixels(data.clips(num_clips, num_frames, step, data_random(seed, 0, 0))[0], torch.device("cpu"))


@torch.no_grad()
def sampled_clips(system: Sampler, num_clips: int, num_frames: int, seed: int, labels: Labels | None = None) -> Clips:
    """Clips of a system, the same for equal arguments on equal hardware."""
    seed_step(seed, 0, 0)
    parts = [range(num_clips)[start : start + BATCH] for start in range(0, num_clips, BATCH)]
    return torch.cat(
        [
            system.sample(len(part), num_frames, labels=None if labels is None else labels[list(part)]).cpu()
            for part in parts
        ]
    )


def figures(made: Clips, real: Clips) -> dict[str, float]:
    """What can be said of `made` beside `real` clips of equal length and step: the five figures of moving
    shapes where the real clips are single shapes themselves, else motion energy alone."""
    if segment(real).single.float().mean() > 0.98:
        return shape_figures(made, real)
    return {"motion energy": motion_energy(made).mean().item()}


def evaluate(system: System, data: VideoData, num_clips: int = NUM_CLIPS, seed: int = 0) -> dict[str, float]:
    """Figures of a sampler's clips against `data`; with categories, how well clips obey their labels."""
    if not isinstance(system, Sampler):
        raise ValueError(f"{type(system).__name__} does not sample clips: there are no figures for its task yet.")
    needs = system.needs
    real = real_clips(data, num_clips, needs.num_frames, needs.step, seed)
    categories = system.categories
    labels = torch.arange(num_clips) % categories if categories > 0 else None
    made = sampled_clips(system, num_clips, needs.num_frames, seed, labels)
    result = figures(made, real)
    if categories == 2 and "one-shape rate" in result:
        result["direction accuracy"] = direction_accuracy(segment(made), labels, matched=not needs.labels)
    return result


def evaluate_real(data: VideoData, needs: Needs, num_clips: int = NUM_CLIPS, seed: int = 0) -> dict[str, float]:
    """Figures of real clips against others of the same data: what a perfect system would get."""
    real, other = (real_clips(data, num_clips, needs.num_frames, needs.step, seed + half) for half in (0, 1))
    return figures(other, real)


def table(rows: dict[str, dict[str, float]]) -> str:
    """A Markdown table: one row a name, one column a figure, in the order of their first appearance."""
    columns = list(dict.fromkeys(name for figures in rows.values() for name in figures))
    cells = [["", *columns], ["---", *["--:"] * len(columns)]]
    cells += [[name, *[number(figures.get(column)) for column in columns]] for name, figures in rows.items()]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)


def number(value: float | None) -> str:
    """Three significant digits, or an empty cell."""
    return "" if value is None else f"{value:.3g}"
