"""`mocolab challenge PLACE`: students' predictors, run in a jail on clips that nobody has seen, and ranked."""

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from mocolab.board import NUM_FRAMES, SAMPLES, SIZE, WORLDS, judged, open_worlds, references
from mocolab.course import jail
from mocolab.course.challenge import entries, predict
from mocolab.data.given import GIVEN
from mocolab.figures import Rows, table
from mocolab.store import weights_path, write


@dataclass(frozen=True)
class Challenge:
    """Rank files with a class Predictor by how well they predict, on procedural shapes and faces, beside copying the
    last frame, constant velocity and an empty scene.

    The score is 100 (1 - energy score / that of copying), the mean over both worlds: 0 for copying, 100 for who knows
    the future. Nobody gains by blur, by an empty scene, or by variety for its own sake.
    """

    place: Annotated[Path, tyro.conf.Positional]
    """A student's .py file; or a folder of such files, and of students' folders with a predictor.py and weights."""
    out: Path | None = None
    """A folder for board.md and board.json."""
    seed: int | Literal["auto"] = "auto"
    """Decides the clips; auto draws one that nobody knows, and writes it down. 0 is the public one, for home."""
    clips: int = 64
    """Clips of each world."""
    seconds: int = 300
    """Time for one file, weights that it makes included."""

    def run(self) -> None:
        found = entries(self.place)
        if self.clips < 2:
            raise ValueError(f"{self.clips} clips have no error: give at least 2, better 64.")
        reason = jail.missing()
        print(f"no jail, {jail.OPEN.format(reason=reason)}" if reason else "Jailed: each file sees its pictures only.")
        seed = secrets.randbits(62) if self.seed == "auto" else self.seed
        lpips = weights_path("lpips").exists()
        worlds = open_worlds(self.clips, seed, lpips)
        results = {f"*{name}*": rows for name, rows in references(worlds).items()}
        failed = {}
        for name, entry in found.items():
            begin = time.monotonic()
            try:
                results[name] = judged(predict(entry, worlds, self.seconds, not reason), worlds)
            except (ValueError, OSError) as fault:
                failed[name] = str(fault)
            else:
                results[name]["score"]["seconds"] = round(time.monotonic() - begin, 1)
        text = page(results, failed)
        text += f"\n{self.clips} clips a world, {SIZE} px; {GIVEN} pictures given, {NUM_FRAMES - GIVEN} asked for, "
        text += f"{SAMPLES} futures each. Seed {seed}."
        text += "" if lpips else " LPIPS is left out: its weights are not here (`mocolab weights get lpips`)."
        print(text)
        if self.out:
            write(self.out / "board.md", text + "\n")
            result = {"seed": seed, "clips": self.clips, "jailed": not reason, "figures": results, "failed": failed}
            write(self.out / "board.json", json.dumps(result, indent=2, default=asdict))


def page(results: dict[str, Rows], failed: dict[str, str]) -> str:
    """Whoever has the highest score first, what came and the baselines (in italics) among them; failures last."""
    ranked = sorted(results, key=lambda name: -results[name]["score"]["score"].mean)
    students = [name for name in ranked if not name.startswith("*")]
    places = {name: f"{students.index(name) + 1}. {name}" if name in students else name for name in ranked}
    parts = [f"## Board\n\n{table({places[name]: results[name]['score'] for name in ranked})}"]
    parts += [f"{name}: no place. {reason}" for name, reason in failed.items()]
    parts += [f"## {world}\n\n{table({places[name]: results[name][world] for name in ranked})}" for world in WORLDS]
    return "\n\n".join(parts) + "\n"


def parse(arguments: Sequence[str]) -> Challenge:
    return tyro.cli(Challenge, prog="mocolab challenge", args=arguments)
