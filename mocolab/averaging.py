"""Running means of weights: what a system shows and leaves behind is steadier than its latest step."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy

import torch
from torch import Tensor, nn

from mocolab.system import Batch, System


class Averages:
    """Copies of the modules that a system names in `averaged`, with the running means of their weights.

    `share` of the old mean is kept at each step, and less at first, so that early weights are soon forgotten.
    """

    def __init__(self, system: System, share: float):
        self.system, self.share = system, share
        self.live = {name: system.get_submodule(name) for name in system.averaged}
        self.means = {name: deepcopy(module).requires_grad_(False) for name, module in self.live.items()}

    @torch.no_grad()
    def follow(self, step: int) -> None:
        """mean <- share * mean + (1 - share) * weight, after step `step` (counted from 1)."""
        share = min(self.share, step / (step + 10))
        for name, live in self.live.items():
            for mean, weight in zip(self.means[name].parameters(), live.parameters()):
                mean.lerp_(weight, 1 - share)

    @contextmanager
    def shown(self, batches: Iterable[Batch]) -> Iterator[System]:
        """The system as its verbs should see it: means in place, evaluation mode, no gradients.

        Statistics of BatchNorm are no means of statistics: they are measured anew, over previews of `batches`.
        """
        for name, mean in self.means.items():
            self.system.set_submodule(name, mean)
        try:
            with torch.no_grad():
                self.system.eval()
                self._measure_norms(batches)
                yield self.system
        finally:
            for name, live in self.live.items():
                self.system.set_submodule(name, live)
            self.system.train()

    def _measure_norms(self, batches: Iterable[Batch]) -> None:
        """Give the means the live buffers, then each norm that previews reach its own statistics."""
        for name, mean in self.means.items():
            for buffer, live in zip(mean.buffers(), self.live[name].buffers()):
                buffer.copy_(live)
        norms = [
            m for mean in self.means.values() for m in mean.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)
        ]
        if not norms:
            return
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.num_batches_tracked.zero_()  # with momentum None, statistics are plain means since this zero
            norm.momentum = None
            norm.train()
        for batch in batches:
            self.system.preview(batch)
        for norm, momentum in zip(norms, momenta):
            norm.momentum = momentum
            norm.eval()

    def state_dict(self) -> dict[str, Tensor]:
        """The averaged modules under the system's own names."""
        return {f"{name}.{key}": value for name, mean in self.means.items() for key, value in mean.state_dict().items()}

    def load_state_dict(self, saved: dict[str, Tensor]) -> None:
        """Take up what `state_dict` gave."""
        for name, mean in self.means.items():
            start = f"{name}."
            mean.load_state_dict({key.removeprefix(start): saved[key] for key in saved if key.startswith(start)})
