"""Plays a system over a data set: update, preview, save, resume."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from mocolab import engine, media
from mocolab.data import VideoData, check, draw_batch
from mocolab.engine import Precision
from mocolab.system import Batch, System

FLUSH_EVERY = 10  # steps between looks at the terms: each look makes a GPU wait


@dataclass(frozen=True)
class TrainConfig:
    """How long, how exactly and how visibly to train."""

    steps: int = 2000
    """Passes of the system's algorithm."""
    minutes: float = 0.0
    """Stop after so many minutes, if the steps are not done by then; 0: never."""
    seed: int = 0
    """Decides the weights at the start, every batch and all noise."""
    device: str = "auto"
    """cpu, cuda, or auto: cuda where there is one."""
    precision: Precision = "auto"
    """bf16 or fp32; auto: bf16 where the hardware is fast at it."""
    averaging: float = 0.999
    """Share of the old in the running mean of the generator's weights, per step."""
    decay_after: float = 1.0
    """Share of the steps after which learning rates fall linearly to 0."""
    preview_every: int = 500
    """Steps between previews."""
    save_every: int = 500
    """Steps between checkpoints."""


class Trainer:
    """Trains `system` on `data` and keeps the run in `folder`: config.json, scores.jsonl, step_*.gif, last.pt."""

    def __init__(
        self, system: System, data: VideoData, folder: str | Path, config: TrainConfig = TrainConfig(), resume: bool = False
    ):
        check(data, system.needs)
        self.system, self.data, self.folder, self.config, self.resume = system, data, Path(folder), config, resume
        self.step = 0
        self.pending: list[tuple[int, dict[str, Tensor]]] = []
        if self.checkpoint.exists() and not resume:
            raise ValueError(f"{folder} already holds a run: go on with it (--resume), or name another folder.")

    @property
    def checkpoint(self) -> Path:
        return self.folder / "last.pt"

    def fit(self) -> None:
        """Train until the steps or the minutes are used up; a killed run goes on from its last checkpoint."""
        with engine.start(self.config.device) as self.place:
            self._prepare()
            bar = tqdm(total=self.config.steps, initial=self.step, disable=not self.place.leads, desc=self.folder.name)
            deadline = time.monotonic() + (60 * self.config.minutes or float("inf"))
            with bar, ThreadPoolExecutor(1) as ahead:
                waiting = ahead.submit(self._draw, self.step)
                while self.step < self.config.steps and time.monotonic() < deadline:
                    batch, waiting = waiting.result(), ahead.submit(self._draw, self.step + 1)
                    self._play(batch)
                    bar.update()
                    if self.step % FLUSH_EVERY == 0:
                        bar.set_postfix(self._flush())
                    if self.step % self.config.preview_every == 0:
                        self._preview()
                    if self.step % self.config.save_every == 0:
                        self._save()
            self._preview()
            self._save()

    def update(self, player: str, **terms: Tensor) -> None:
        """One move: a gradient step on the sum of `terms`, over that player's weights alone."""
        optimizer = self.optimizers[player]
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        optimizer.zero_grad()
        try:
            with torch.autocast(self.place.device.type, enabled=False):
                sum(terms.values()).backward(inputs=weights)
        except RuntimeError as error:
            if "modified by an inplace operation" not in str(error):
                raise
            raise RuntimeError(f"Terms of {player} were computed before a move that they use: compute them after it.") from error
        engine.average_gradients(weights)
        optimizer.step()
        self.terms |= {f"{player}/{name}": term.detach() for name, term in terms.items()}

    def _prepare(self) -> None:
        """Everything that can fail for want of space, rights or a fitting checkpoint fails here, before step 0."""
        self.system.to(self.place.device).train()
        engine.channels_last(self.system, self.place.device)
        self.bf16 = engine.uses_bf16(self.place.device, self.config.precision)
        engine.same_start(self.system)
        self.optimizers = self.system.optimizers()
        self.rates = {name: [group["lr"] for group in player.param_groups] for name, player in self.optimizers.items()}
        self.averages = {name: deepcopy(self.system.get_submodule(name)) for name in self.system.averaged}
        if self.checkpoint.exists():
            self._load()
        elif self.place.leads:
            self._open_folder()

    def _draw(self, step: int) -> Batch:
        return draw_batch(self.data, self.system.needs, engine.data_random(self.config.seed, step, self.place.rank))

    def _pixels(self, batch: Batch) -> Batch:
        """The batch on the device: bytes become [-1, 1] there, labels stay what they are."""
        device = self.place.device
        return {
            key: engine.to_pixels(value, device) if value.dtype == torch.uint8 else value.to(device)
            for key, value in batch.items()
        }

    def _play(self, batch: Batch) -> None:
        """One training step, a function of the weights, (seed, step, rank) and the data alone."""
        engine.seed_step(self.config.seed, self.step, self.place.rank)
        left = 1 - self.step / self.config.steps
        factor = min(1.0, left / (1 - self.config.decay_after)) if self.config.decay_after < 1 else 1.0
        for name, player in self.optimizers.items():
            for group, rate in zip(player.param_groups, self.rates[name]):
                group["lr"] = rate * factor
        self.terms: dict[str, Tensor] = {}
        with engine.autocast(self.place.device, self.bf16):
            self.system.training_step(self._pixels(batch), self.update)
        self.step += 1
        self.pending.append((self.step, self.terms))
        fresh = 1 - min(self.config.averaging, self.step / (self.step + 10))  # early weights are soon forgotten
        for name, average in self.averages.items():
            weights = list(self.system.get_submodule(name).parameters())
            with torch.no_grad():
                torch._foreach_lerp_(list(average.parameters()), weights, fresh)

    def _flush(self) -> dict[str, str]:
        """Append the pending terms to scores.jsonl once they are known to be finite; the latest, for the bar."""
        rows = [{"step": step} | {name: term.item() for name, term in terms.items()} for step, terms in self.pending]
        self.pending = []
        for row in rows:
            for name, value in row.items():
                if value != value or abs(value) == float("inf"):
                    raise FloatingPointError(
                        f"{name} became {value} at step {row['step']}. {self.checkpoint} still holds the last good "
                        "step. Try lower learning rates, --train.precision fp32, or another --train.seed."
                    )
        if self.place.leads and rows:
            with open(self.folder / "scores.jsonl", "a") as scores:
                scores.writelines(json.dumps(row) + "\n" for row in rows)
        return {name: f"{value:.3f}" for name, value in rows[-1].items() if name != "step"} if rows else {}

    @contextmanager
    def averaged(self) -> Iterator[System]:
        """The system as its verbs should see it: averaged weights, with norm statistics estimated for them."""
        trained = {name: self.system.get_submodule(name) for name in self.averages}
        for name, average in self.averages.items():
            self.system.set_submodule(name, average)
        try:
            with torch.no_grad():
                self._estimate_norms()
                self.system.eval()
                yield self.system
        finally:
            for name, module in trained.items():
                self.system.set_submodule(name, module)
            self.system.train()

    def _estimate_norms(self) -> None:
        """BatchNorm statistics of averaged weights are not averages of statistics: 20 passes measure them anew."""
        engine.seed_step(self.config.seed, 0, 0)
        norms = [m for average in self.averages.values() for m in average.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
        random = engine.data_random(self.config.seed, 0, 0)
        for _ in range(20 if norms else 0):
            self.system.preview(self._pixels(draw_batch(self.data, self.system.needs, random)))
        for norm, momentum in zip(norms, momenta):
            norm.momentum = momentum

    def _preview(self) -> None:
        path = self.folder / f"step_{self.step:06d}.gif"
        if self.place.leads and not path.exists():
            with self.averaged() as system:
                media.save(path, system.preview(self._pixels(self._draw(0))).cpu())

    def _save(self) -> None:
        """Write last.pt under a temporary name, then rename it; never a weight that is not finite."""
        self._flush()
        if not self.place.leads:
            return
        system = self.system.state_dict()
        for name, value in system.items():
            if value.is_floating_point() and not value.isfinite().all():
                raise FloatingPointError(
                    f"{name} is no longer finite at step {self.step}. {self.checkpoint} still holds the last good step. "
                    "Try lower learning rates, --train.precision fp32, or another --train.seed."
                )
        with self.averaged():
            averaged = {f"{name}.{key}": v for name, average in self.averages.items() for key, v in average.state_dict().items()}
        optimizers = {name: player.state_dict() for name, player in self.optimizers.items()}
        temporary = self.checkpoint.with_suffix(".tmp")
        try:
            torch.save({"step": self.step, "system": system, "averaged": averaged, "optimizers": optimizers}, temporary)
            os.replace(temporary, self.checkpoint)
        except (OSError, RuntimeError) as error:
            temporary.unlink(missing_ok=True)
            raise OSError(f"Step {self.step} could not be saved in {self.folder} ({error}): free some space, then --resume.") from error

    def _open_folder(self) -> None:
        """Make the folder, and prove by saving step 0 that a checkpoint fits."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            config = {
                "system": type(self.system).__name__,
                "data": self.data.name,
                "config": asdict(self.system.config),
                "train": asdict(self.config),
            }
            (self.folder / "config.json").write_text(json.dumps(config, indent=2))
            (self.folder / "scores.jsonl").write_text("")
        except OSError as error:
            raise OSError(f"{self.folder} cannot be written ({error.strerror}): name another folder with --folder.") from error
        self._save()
        size = self.checkpoint.stat().st_size
        if shutil.disk_usage(self.folder).free < 2 * size:
            raise OSError(f"The disk of {self.folder} is nearly full: a run needs {3 * size / 2**20:.0f} MB there.")

    def _load(self) -> None:
        """Take up the run where last.pt left it; scores of later steps are dropped, they will be played again."""
        saved = torch.load(self.checkpoint, map_location=self.place.device, weights_only=True)
        self.system.load_state_dict(saved["system"])
        for name, average in self.averages.items():
            prefix = f"{name}."
            average.load_state_dict({k.removeprefix(prefix): v for k, v in saved["averaged"].items() if k.startswith(prefix)})
        for name, player in self.optimizers.items():
            player.load_state_dict(saved["optimizers"][name])
        self.step = saved["step"]
        if self.place.leads:
            scores = self.folder / "scores.jsonl"
            lines = scores.read_text().splitlines(keepends=True)[: self.step]
            temporary = scores.with_suffix(".tmp")
            temporary.write_text("".join(lines))
            os.replace(temporary, scores)
