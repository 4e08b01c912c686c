"""A run's folder: config.json, scores.jsonl, step_*.gif and last.pt, whole after a kill at any moment."""

import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from mocolab import media
from mocolab.types import Clips

FREE = {"steps", "minutes", "device", "precision", "preview_every", "save_every"}  # what may change on resuming


def opened(path: Path, keys: set[str], device: torch.device | str = "cpu") -> dict[str, Any]:
    """What a run's last.pt, or a released checkpoint, holds; `ValueError` if it is damaged or lacks one of the keys."""
    try:
        saved = torch.load(path, map_location=device, weights_only=True)
    except (MemoryError, PermissionError):
        raise
    except Exception:  # torch raises all sorts
        saved = None
    if not isinstance(saved, dict) or not keys <= saved.keys():
        raise ValueError(f"{path} is damaged, or no checkpoint of mocolab: copy it anew, or train again.")
    return saved


def described(folder: Path) -> dict[str, Any]:
    """A run's config.json: system, data, config, train. `ValueError` if it is not there or damaged."""
    path = folder / "config.json"
    try:
        description = json.loads(path.read_text())
    except (OSError, ValueError):
        description = None
    if not isinstance(description, dict) or not {"system", "data", "config", "train"} <= description.keys():
        raise ValueError(f"{path} is missing, damaged or of another program: copy it anew from where the run was made.")
    return description


class Run:
    """The files of one training. A file appears under its name only when it is complete on the disk.

    Every method that writes raises an `OSError` of one sentence if it cannot.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self.checkpoint = self.folder / "last.pt"

    def compare(self, recipe: dict[str, Any]) -> None:
        """`ValueError` naming the first setting in which `recipe` differs from the one in the folder."""
        made, given = self._settings(described(self.folder)), self._settings(recipe)
        for field in made | given:
            if made.get(field) != given.get(field):
                raise ValueError(
                    f"{self.folder} was made with {field} = {made.get(field)}, and {given.get(field)} was given: "
                    "resume it with the same, or name another folder (--folder)."
                )

    def open(self, recipe: dict[str, Any], step: int) -> None:
        """Make the folder if need be, sweep out what a kill left behind, keep the scores of the first `step` steps.

        `ValueError` if not all of these are there.
        """
        scores = self.folder / "scores.jsonl"
        rows = scores.read_bytes().splitlines(keepends=True)[:step] if step > 0 and scores.exists() else []
        if len(rows) < step:
            raise ValueError(f"{scores} lacks some of the {step} steps that last.pt has played: bring it back.")
        with self._explained():
            self.folder.mkdir(parents=True, exist_ok=True)
            for leftover in self.folder.glob("*.tmp.*"):
                leftover.unlink()
            with self._replacing("scores.jsonl") as path:
                path.write_bytes(b"".join(rows))
            with self._replacing("config.json") as path:
                path.write_text(json.dumps(recipe, indent=2))

    def require_space(self) -> None:
        """`OSError` unless two full checkpoints fit on the disk, the old one and its successor.

        The checkpoint of step 0 has weights and their averages; Adam will add two numbers for each weight.
        """
        needed = 2 * 3 * self.checkpoint.stat().st_size
        if shutil.disk_usage(self.folder).free < needed:
            raise OSError(
                f"The disk of {self.folder} is nearly full, and this run needs {needed / 2**20:.0f} MB there: "
                "free some space, or name another folder (--folder)."
            )

    def append(self, scores: list[dict[str, int | float]]) -> None:
        """Add rows to scores.jsonl, one for each step."""
        with self._explained(), open(self.folder / "scores.jsonl", "a") as file:
            file.writelines(json.dumps(row) + "\n" for row in scores)

    def show(self, step: int, clips: Clips) -> None:
        """Write the preview of a step."""
        with self._explained(), self._replacing(f"step_{step:06d}.gif") as path:
            media.save(path, clips)

    def save(self, checkpoint: dict[str, Any]) -> None:
        """Make `checkpoint` the new last.pt."""
        content = io.BytesIO()  # torch.save hides a full disk behind errors of its own
        torch.save(checkpoint, content)
        with self._explained(), self._replacing("last.pt") as path:
            path.write_bytes(content.getbuffer())

    def load(self, device: torch.device) -> dict[str, Any]:
        """What last.pt holds."""
        return opened(self.checkpoint, {"step", "system", "averaged", "optimizers"}, device)

    def _settings(self, recipe: dict[str, Any]) -> dict[str, Any]:
        """All that a run must be resumed with, flat and as JSON tells it: {'config.width': 64, ...}."""
        recipe = json.loads(json.dumps(recipe))
        flat = {"system": recipe["system"], "data": recipe["data"]}
        flat |= {f"config.{name}": value for name, value in recipe["config"].items()}
        return flat | {f"train.{name}": value for name, value in recipe["train"].items() if name not in FREE}

    @contextmanager
    def _replacing(self, name: str) -> Iterator[Path]:
        """A temporary path to write to; it takes the place of `name` if that went well, and vanishes if not."""
        path = self.folder / name
        temporary = path.with_suffix(f".tmp{path.suffix}")
        try:
            yield temporary
            with open(temporary, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turns the system's errors into a sentence that tells what to do."""
        try:
            yield
        except OSError as error:
            raise OSError(
                f"{self.folder} cannot be written ({error.strerror or error}): free some space and go on with "
                "--resume, or name another folder (--folder)."
            ) from error
