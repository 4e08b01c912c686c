"""Plays a system over a data set: update, preview, save, resume."""

import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor
from tqdm.auto import tqdm

from mocolab import engine
from mocolab.averaging import Averages
from mocolab.data.contract import TwoDomains, VideoData, check, draw_batch
from mocolab.engine import Device, Precision
from mocolab.mistakes import require
from mocolab.run import Run
from mocolab.system import Batch, System

LOOK_EVERY = 10  # steps between looks at the terms: each look makes a GPU wait
NORM_BATCHES = 20  # previews over which norm statistics are measured anew


@dataclass(frozen=True)
class TrainConfig:
    """How long, how exactly and how visibly to train."""

    steps: int = 2000
    """Passes of the system's algorithm."""
    minutes: float = 0.0
    """Stop after so many minutes, if the steps are not done by then; 0: never."""
    seed: int = 0
    """Decides the weights at the start, every batch and all noise."""
    device: Device = "auto"
    """cpu, cuda, or auto: cuda where there is one."""
    precision: Precision = "auto"
    """bf16 or fp32; auto: bf16 where the hardware is fast at it."""
    averaging: float = 0.999
    """Share of the old in the running mean of the averaged weights, per step."""
    decay_after: float = 1.0
    """Share of the steps after which learning rates fall linearly to 0."""
    preview_every: int = 500
    """Steps between previews."""
    save_every: int = 500
    """Steps between checkpoints."""

    def __post_init__(self) -> None:
        require("--train.", 1, steps=self.steps, preview_every=self.preview_every, save_every=self.save_every)
        require("--train.", 0, seed=self.seed)
        require("--train.", 0, 1, averaging=self.averaging, decay_after=self.decay_after)
        if not self.minutes >= 0:
            raise ValueError(f"Training for {self.minutes:g} minutes was asked for: give more than 0, or 0: no limit.")


class Trainer:
    """Trains `system` on `data` and keeps the run in `folder`: config.json, scores.jsonl, step_*.gif, last.pt.

    With `resume`, a run that the folder holds goes on from its last checkpoint. `ValueError` if the data cannot
    give what the system needs, if a run is there and `resume` is not set, or if it was made with other settings.
    """

    def __init__(
        self,
        system: System,
        data: VideoData | TwoDomains,
        folder: str | Path,
        config: TrainConfig,
        resume: bool = False,
    ):
        check(data, system.needs)
        self.system, self.data, self.config = system, data, config
        self.run = Run(folder)
        self.recipe = {
            "system": type(system).__name__,
            "data": data.name,
            "config": asdict(system.config),
            "train": asdict(config),
        }
        self.resumes = self.run.checkpoint.exists()  # settled here: once processes have met, rank 0 may write
        if self.resumes and not resume:
            raise ValueError(f"{folder} already holds a run: go on with it (--resume), or name another (--folder).")
        if self.resumes:
            self.run.compare(self.recipe)

    def fit(self) -> None:
        """Train until the steps or the minutes are used up.

        `OSError` before step 0 if the folder cannot be written; `FloatingPointError` as soon as a term or a
        weight is not finite. The last checkpoint stays whole whatever happens.
        """
        self.place = engine.start(self.config.device)
        self._prepare()
        steps, folder = self.config.steps, self.run.folder
        with tqdm(total=steps, initial=self.step, disable=not self.place.leads, desc=folder.name) as bar:
            batches, over = self._batches(), self.step >= steps
            while not over:
                self._play(next(batches))
                bar.update()
                over = self._is_over()
                if self.step % LOOK_EVERY == 0:
                    bar.set_postfix(self._look())
                if over or self.step % self.config.preview_every == 0:
                    self._preview()
                if over or self.step % self.config.save_every == 0:
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
            raise RuntimeError(
                f"Terms of {player} were computed before a move that they should see: compute them after it."
            ) from error
        engine.average_gradients(weights)
        optimizer.step()
        self.terms |= {f"{player}/{name}": term.detach() for name, term in terms.items()}

    def averaged(self) -> AbstractContextManager[System]:
        """The system with averaged weights, in evaluation mode and without gradients, for as long as the context."""
        engine.seed_step(self.config.seed, 0, 0)
        random = engine.data_random(self.config.seed, 0, 0)
        drawn = (draw_batch(self.data, self.system.needs, random) for _ in range(NORM_BATCHES))
        return self.averages.shown(map(self._pixels, drawn))

    def _prepare(self) -> None:
        """Everything that can fail for want of space, rights or a fitting checkpoint fails here, before step 0."""
        device = self.place.device
        self.system.to(device).train()
        engine.same_start(self.system)
        engine.channels_last(self.system, device)
        self.bf16 = engine.uses_bf16(device, self.config.precision)
        self.optimizers = self.system.optimizers()
        self.rates = {name: [group["lr"] for group in player.param_groups] for name, player in self.optimizers.items()}
        self.averages = Averages(self.system, self.config.averaging)
        self.pending: list[tuple[int, dict[str, Tensor]]] = []
        self.step = self._load() if self.resumes else 0
        self.deadline = time.monotonic() + (60 * self.config.minutes or math.inf)
        if engine.average(torch.tensor(float(self.step), device=device)) != self.step:
            raise ValueError(f"Processes found different runs in {self.run.folder}: name a folder that all can read.")
        if self.place.leads:
            self.run.open(self.recipe, self.step)
        if not self.resumes:
            self._save()
            if self.place.leads:
                self.run.require_space()

    def _batches(self) -> Iterator[Batch]:
        """The batches of the steps from here on, in bytes, each drawn while the one before is played."""
        with ThreadPoolExecutor(1) as ahead:
            waiting = ahead.submit(self._draw, self.step)
            for step in range(self.step + 1, self.config.steps):
                batch, waiting = waiting.result(), ahead.submit(self._draw, step)
                yield batch
            yield waiting.result()

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
        """One training step: a function of the weights, the data and (seed, step, rank) alone."""
        engine.seed_step(self.config.seed, self.step, self.place.rank)
        left, falling = 1 - self.step / self.config.steps, 1 - self.config.decay_after
        for name, player in self.optimizers.items():
            for group, rate in zip(player.param_groups, self.rates[name]):
                group["lr"] = rate * left / falling if left < falling else rate
        self.terms: dict[str, Tensor] = {}
        with engine.autocast(self.place.device, self.bf16):
            self.system.training_step(self._pixels(batch), self.update)
        self.step += 1
        self.averages.follow(self.step)
        self.pending.append((self.step, self.terms))

    def _is_over(self) -> bool:
        """Whether the steps or the minutes are used up; processes agree, for a late one stops them all."""
        if self.step >= self.config.steps:
            return True
        if self.config.minutes == 0 or self.step % LOOK_EVERY > 0:
            return False
        late = time.monotonic() > self.deadline
        return bool(engine.average(torch.tensor(float(late), device=self.place.device)))

    def _look(self) -> dict[str, str]:
        """Write the pending terms, means over processes, once they are known to be finite; the latest, for the bar."""
        if not self.pending:
            return {}
        together = torch.stack([term.float() for _, terms in self.pending for term in terms.values()])
        values = iter(engine.average(together).tolist())
        rows = [{"step": step} | {name: next(values) for name in terms} for step, terms in self.pending]
        self.pending = []
        for row in rows:
            for name, value in row.items():
                if not math.isfinite(value):
                    raise self._diverged(name, value, row["step"])
        if self.place.leads:
            self.run.append(rows)
        return {name: f"{value:.3f}" for name, value in rows[-1].items() if name != "step"}

    def _preview(self) -> None:
        self._look()
        if self.place.leads:
            with self.averaged() as system:
                self.run.show(self.step, system.preview(self._pixels(self._draw(0))).cpu())

    def _save(self) -> None:
        """Make this step the last good one: nothing is saved before terms and weights are known to be finite."""
        self._look()
        if self.place.leads:
            system = self.system.state_dict()
            with self.averaged():
                averaged = self.averages.state_dict()
            for name, value in (*system.items(), *averaged.items()):
                if value.is_floating_point() and not value.isfinite().all():
                    raise self._diverged(name, value.abs().max().item(), self.step)
            optimizers = {name: player.state_dict() for name, player in self.optimizers.items()}
            self.run.save({"step": self.step, "system": system, "averaged": averaged, "optimizers": optimizers})
        engine.wait()

    def _load(self) -> int:
        """Give everything that learns the state of the last checkpoint; its step."""
        saved = self.run.load(self.place.device)
        self.system.load_state_dict(saved["system"])
        self.averages.load_state_dict(saved["averaged"])
        for name, player in self.optimizers.items():
            player.load_state_dict(saved["optimizers"][name])
        return saved["step"]

    def _diverged(self, name: str, value: float, step: int) -> FloatingPointError:
        advice = "resume it with --train.precision fp32, or" if self.bf16 else "resumed it would end the same, so"
        return FloatingPointError(
            f"{name} became {value} at step {step}, and {self.run.checkpoint} still holds the last good step: "
            f"{advice} start anew with lower learning rates or another --train.seed."
        )
