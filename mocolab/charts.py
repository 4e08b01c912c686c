"""Pictures for pages of results: figures as dots, scores over training, clips side by side."""

import json
from collections.abc import Iterable
from pathlib import Path
from textwrap import fill

import numpy as np
import torch.nn.functional as F
from einops import rearrange
from matplotlib.figure import Figure

from mocolab.store import whole
from mocolab.types import Clips

HUES = [f"tab:{hue}" for hue in ("blue", "orange", "green", "red", "purple", "brown", "pink", "olive", "cyan")]
COLOURS = ("black", *HUES[:5])


def dots(path: Path, rows: dict[str, dict]) -> None:
    """One panel a figure, one line a row; the first row, real clips, as a vertical line. Spreads are bars."""
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    picture = Figure(figsize=(2.2 * len(names) + 2.5, 0.32 * len(rows) + 1), layout="constrained")
    for axis, name in zip(picture.subplots(1, len(names), sharey=True, squeeze=False)[0], names):
        for place, row in enumerate(rows.values()):
            if name not in row:
                continue
            middle, deviation = getattr(row[name], "mean", row[name]), getattr(row[name], "deviation", 0)
            axis.errorbar(middle, place, xerr=deviation, fmt="o", capsize=3, color="tab:blue" if place else "black")
            if place == 0:
                axis.axvline(middle, color="black", linewidth=0.8, linestyle=":")
        axis.set_title(name, fontsize=10)
        axis.margins(x=0.15)
        axis.grid(axis="y", linewidth=0.3)
    axis.set_yticks(range(len(rows)), list(rows))
    axis.invert_yaxis()
    write(path, picture)


def curves(path: Path, runs: dict[str, Iterable[Path]], blocks: int = 40) -> None:
    """The terms of every player over the steps, one panel a row, one thin line a run; means over `blocks` blocks."""
    columns = min(len(runs), 4)
    picture = Figure(figsize=(3 * columns, 2.4 * -(-len(runs) // columns)), layout="constrained")
    axes = list(picture.subplots(-(-len(runs) // columns), columns, squeeze=False).flat)
    for axis, (title, folders) in zip(axes, runs.items()):
        for number, folder in enumerate(folders):
            scores = [json.loads(line) for line in (folder / "scores.jsonl").read_text().splitlines()]
            parts = np.array_split(np.arange(len(scores)), min(blocks, len(scores)))
            for colour, term in zip(COLOURS, [term for term in scores[0] if term != "step"]):
                values = [np.mean([scores[step][term] for step in part]) for part in parts]
                steps = [part[-1] + 1 for part in parts]
                axis.plot(steps, values, color=colour, linewidth=0.8, label=term if number == 0 else None)
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("step", fontsize=8)
        axis.tick_params(labelsize=8)
        axis.legend(fontsize=7)
    for axis in axes[len(runs) :]:
        axis.set_axis_off()
    write(path, picture)


def horizons(path: Path, rows: dict[str, dict[str, list[float]]], plain: int) -> None:
    """One panel a figure, one line a row, over the steps of the horizon; the first `plain` rows are grey."""
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    picture = Figure(figsize=(3.2 * len(names), 5), layout="constrained")
    for axis, name in zip(picture.subplots(1, len(names), squeeze=False)[0], names):
        for place, (title, row) in enumerate(rows.items()):
            round_, hue = divmod(place - plain, len(HUES))
            colour = "grey" if place < plain else HUES[hue]
            style = ("-", "--", ":", "-.")[place % 4 if place < plain else round_]
            axis.plot(range(1, len(row[name]) + 1), row[name], style, color=colour, linewidth=1.2, label=title)
        axis.set_title(name, fontsize=10)
        axis.set_xlabel("frames behind the cut", fontsize=8)
        axis.tick_params(labelsize=8)
    picture.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=8)
    write(path, picture)


def strips(path: Path, rows: dict[str, Clips], frames: int = 8) -> None:
    """The clips of each row in one line after its name, `frames` frames of each, evenly spaced."""
    picture = Figure(figsize=(13, 0.75 * len(rows)))
    picture.subplots_adjust(left=0.16, right=0.99, bottom=0.01, top=0.99)
    for axis, (title, clips) in zip(picture.subplots(len(rows), 1, squeeze=False)[:, 0], rows.items()):
        axis.imshow(strip(clips, frames), interpolation="nearest")
        axis.set_axis_off()
        axis.text(-0.01, 0.5, fill(title, 26), transform=axis.transAxes, ha="right", va="center", fontsize=9)
    write(path, picture)


def strip(clips: Clips, frames: int) -> np.ndarray:
    """Clips side by side, `frames` evenly spaced frames of each, with white lines between: [H, W, 3] in [0, 1]."""
    moments = np.linspace(0, clips.shape[2] - 1, frames).round().astype(int)
    pixels = F.pad((clips[:, :, moments].clamp(-1, 1) + 1) / 2, (0, 1), value=1.0)
    line = rearrange(pixels, "B C T H W -> B H (T W) C")
    return rearrange(F.pad(line, (0, 0, 0, 4), value=1.0), "B H W C -> H (B W) C").numpy()


def write(path: Path, picture: Figure) -> None:
    """Save under a temporary name, then rename."""
    with whole(path) as unfinished:
        picture.savefig(unfinished, dpi=110)
