"""`mocolab evaluate RUN...`: the figures of trained systems, as one table and one chart."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from mocolab import charts
from mocolab.data import TwoDomains, open_data
from mocolab.evaluation import evaluate, judges, tasks
from mocolab.figures import Rows, over_seeds, table
from mocolab.judges import Judge
from mocolab.loading import load, read
from mocolab.metrics.photographed_identity import FaceIdentity
from mocolab.protocol import HELD_OUT, NUM_CLIPS, Protocol
from mocolab.system import Translator


@dataclass(frozen=True)
class Evaluate:
    """Figures of several runs on equal terms, beside those of held-out clips; trainings that differ only in their
    seed are summed up as mean and standard deviation."""

    runs: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
    """Folders of runs, or released checkpoints such as mocogan-shapes."""
    data: str | None = None
    """The data to compare with; what the first run was trained on if not given."""
    clips: int = NUM_CLIPS
    """Number of clips of each; the spread measures need some hundreds."""
    frames: int | None = None
    """Frames in a clip; what the first run was trained on if not given."""
    step: int | None = None
    """Distance between neighbours of a clip; what the first run was trained on if not given."""
    seed: int = 0
    """Decides which clips."""
    also: tuple[Judge, ...] = ()
    """lpips and frames, fvd, faces, by published networks (`mocolab weights get lpips i3d faces`), and mcs; minutes of
    work."""
    out: Path | None = None
    """A folder for evaluation.md, evaluation.json and evaluation.png."""

    def run(self) -> None:
        if not self.runs:
            raise ValueError("No run was named: give one or more, as in `mocolab evaluate runs/mocogan-shapes`.")
        if self.clips < 2:
            raise ValueError(f"{self.clips} clips have no spread: give at least 2, better {NUM_CLIPS}.")
        if self.out and self.out.exists() and not self.out.is_dir():
            raise ValueError(f"--out {self.out} is a file: name a folder for the tables and the chart.")
        descriptions = {run: read(run)[0] for run in self.runs}
        name = self.data or descriptions[self.runs[0]]["data"]
        systems = {run: load(run) for run in self.runs}
        for judge in self.also:
            if not any(judge in judges(system) for system in systems.values()):
                raise ValueError(
                    f"--also {judge} was given, but has nothing to say of {' or '.join(self.runs)}: lpips judges "
                    "predictions, mcs clips with labels, fvd, frames and faces both: leave it out."
                )
        if "faces" in self.also:
            try:
                FaceIdentity()  # before minutes of work
            except ImportError as error:
                raise ValueError(error) from error
        asked = {task.reference: task for system in systems.values() for task in tasks(system)}
        needs, sizes = systems[self.runs[0]].needs, {system.needs.size for system in systems.values()}
        frames = needs.num_frames if self.frames is None else self.frames
        step = needs.step if self.step is None else self.step
        protocol = Protocol(frames, step, self.clips, self.seed, self.also)
        data = {size: open_data(name, size, HELD_OUT, "test") for size in sizes}
        for run, system in systems.items():
            if isinstance(data[needs.size], TwoDomains) and not isinstance(system, Translator):
                raise ValueError(
                    f"{name} is a pair of sets, and {run} does not translate (it is a {type(system).__name__}): "
                    "compare it with one set (--data)."
                )
        rows: Rows = {title.format(data=name): task.refer(data[needs.size], protocol) for title, task in asked.items()}
        for run, system in systems.items():
            rows[run] = evaluate(system, data[system.needs.size], protocol)
        for title, same in repeated(descriptions).items():
            rows[title] = over_seeds([rows[run] for run in same])
        print(text := f"{table(rows)}\n\n{self.clips} clips of {protocol.num_frames} frames each.")
        if self.out:
            self.out.mkdir(parents=True, exist_ok=True)
            (self.out / "evaluation.md").write_text(text + "\n")
            result = {"data": name, "protocol": asdict(protocol), "figures": rows}
            (self.out / "evaluation.json").write_text(json.dumps(result, indent=2, default=asdict))
            charts.dots(self.out / "evaluation.png", rows)


def repeated(descriptions: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Runs that differ in nothing but their seed, two or more, by a title for all of them."""
    groups: dict[str, list[str]] = {}
    for run, description in descriptions.items():
        recipe = {key: description[key] for key in ("system", "data", "config")}
        recipe["train"] = {key: value for key, value in description["train"].items() if key != "seed"}
        groups.setdefault(json.dumps(recipe, sort_keys=True), []).append(run)
    several = [runs for runs in groups.values() if len(runs) > 1]
    return {f"{runs[0]} over {len(runs)} seeds": runs for runs in several}


def parse(arguments: Sequence[str]) -> Evaluate:
    return tyro.cli(Evaluate, prog="mocolab evaluate", args=arguments)
