"""Checks: what an answer does with inputs that the seed decides, shown as one bundle.

At home the seed is public, and the bundle is compared with the values that come with the package. Where
$MOCOLAB_CHECK_SEED is set, the bundle is only shown: whoever set it compares, elsewhere.
"""

import math
import os
import sys
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from mocolab.course.bundles import MIME, Bundle, judge, shipped
from mocolab.course.standins import Draw, Tape, normal, random

PROBES = 64  # values of a tensor that travel one by one
LONGEST_TEXT = 500
RTOL, ATOL = 1e-4, 1e-6


def tier(smoke, cpu, gpu):
    """The one of three values that fits $MOCOLAB_TIER: smoke (seconds), cpu (a laptop, the default) or gpu."""
    values = {"smoke": smoke, "cpu": cpu, "gpu": gpu}
    if (name := os.environ.get("MOCOLAB_TIER", "cpu")) not in values:
        raise ValueError(f"MOCOLAB_TIER is {name!r}: set it to one of {', '.join(values)}.")
    return values[name]


def check(id: str, *answers: Callable) -> "Probe":
    """The probe of an exercise, for the public seed or the grader's; `answers`: what it is about."""
    return Probe(id, int(os.environ.get("MOCOLAB_CHECK_SEED", 0)), _publish, answers)


class Probe:
    """Inputs decided by seed and exercise, and the bundle of what an answer made of them."""

    def __init__(self, id: str, seed: int, publish: Callable[[Bundle], None], answers: tuple[Callable, ...] = ()):
        self.id = id
        self._seed = seed
        self._publish = publish
        self._drawn = 0
        self._given: list[tuple[Tensor, Tensor]] = []  # what an answer may have changed, and a copy
        self._items: list[dict] = []
        torch.manual_seed(seed)  # an answer that draws by itself draws the same each time, and is known by it
        self._types = {getattr(answer, "__name__", "answer"): _homes(answer) for answer in answers}

    def sizes(self, number: int, low: int = 3, high: int = 12) -> list[int]:
        """So many sizes from low to high, no two equal."""
        return self._fresh().choice(np.arange(low, high + 1), number, replace=False).tolist()

    def tensor(self, *shape: int) -> Tensor:
        """Standard normal numbers, given to an answer that must not change them."""
        return self.given(normal(self._fresh(), shape))

    def integers(self, limit: int, *shape: int) -> Tensor:
        """Whole numbers from 0 to limit - 1, given to an answer that must not change them."""
        return self.given(torch.from_numpy(self._fresh().randint(limit, size=shape)))

    def given(self, tensor: Tensor) -> Tensor:
        """The tensor, which an answer must not change."""
        self._given.append((tensor, tensor.clone()))
        return tensor

    def tape(self) -> Tape:
        """A stand-in for torch.randn."""
        key = self._next_key()
        return Tape(lambda call: random(key, call))

    def draw(self, dim: int, channels: int, height: int, width: int) -> Draw:
        """A stand-in for a frame generator."""
        pixels = channels * height * width
        own, others = (normal(self._fresh(), (dim, pixels)) / math.sqrt(dim) for _ in range(2))
        return Draw(own, others, (channels, height, width))

    def fill(self, network: nn.Module) -> nn.Module:
        """The network in train mode, its weights decided by the seed, their shapes and their order alone."""
        if not isinstance(network, nn.Module):
            raise TypeError(f"A {type(network).__name__} was given, a network is needed: derive it from nn.Module.")
        self._types[type(network).__name__] = sorted({home for part in network.modules() for home in _homes(part)})
        key, before = self._next_key(), {}
        for name, weight in network.named_parameters():
            shape = tuple(weight.shape)
            before[shape] = before.get(shape, -1) + 1
            numbers = normal(random(key, shape, before[shape]), shape)
            if weight.dim() > 1:
                numbers /= math.sqrt(weight[0].numel())
            else:  # a norm's gain lies near 1, every bias near 0
                numbers = 0.1 * numbers + name.endswith("weight")
            weight.data.copy_(numbers)
        for part in network.modules():
            if hasattr(part, "reset_running_stats"):
                part.reset_running_stats()
        return network.train()

    def gradient(self, output: Tensor, source: Tensor) -> Tensor:
        """The gradient by the source of the output's sum against fixed directions; zeros if none arrives."""
        direction = normal(self._fresh(), output.shape)
        if not output.requires_grad:
            return torch.zeros_like(source)
        return torch.autograd.grad((output * direction).sum(), source, retain_graph=True, materialize_grads=True)[0]

    def gate(self, name: str, value: object) -> None:
        """Show a value that is necessary and worth nothing: one that is known beforehand, or of a simpler case."""
        self._items.append(self._measured(name, value, gate=True))

    def raises(self, name: str, error: type[Exception], function: Callable, *arguments: object) -> None:
        """A gate: the call must raise the error."""
        try:
            function(*arguments)
            raised = "no error"
        except error:
            raised = error.__name__
        self.gate(name, raised)

    def show(self, **values: object) -> None:
        """Measure the values, which are what earns the points, and show the bundle."""
        self._items += [self._measured(name, value, gate=False) for name, value in values.items()]
        if self._given:
            unchanged = all(torch.equal(now, before) for now, before in self._given)
            self.gate("given tensors left as they were", unchanged)
        self._publish({"version": 1, "id": self.id, "types": self._types, "items": self._items})

    def _next_key(self) -> tuple:
        self._drawn += 1
        return self._seed, self.id, self._drawn

    def _fresh(self) -> np.random.RandomState:
        return random(self._next_key())

    def _measured(self, name: str, value: object, gate: bool) -> dict:
        item = {"name": name, "gate": gate, "rtol": RTOL, "atol": ATOL}
        if isinstance(value, bool | int | float | np.ndarray | np.generic):
            value = torch.from_numpy(np.asarray(value))
        if not isinstance(value, Tensor) or value.is_complex():
            return item | {"kind": "text", "shape": [], "values": [str(value)[:LONGEST_TEXT]]}
        kind = "float" if value.is_floating_point() else "bool" if value.dtype == torch.bool else "int"
        item |= {"kind": kind, "shape": list(value.shape)} | ({} if kind == "float" else {"rtol": 0, "atol": 0})
        if value.dim():
            item["dtype"] = str(value.dtype).removeprefix("torch.")
        flat = value.detach().cpu().flatten()
        if len(flat) > PROBES:
            numbers, source = flat.double(), random((self._seed, self.id, name, len(flat)))
            signs = torch.from_numpy(source.randint(2, size=len(flat)) * 2.0 - 1)
            item["at"] = sorted(source.choice(len(flat), PROBES, replace=False).tolist())
            item |= {"norm": _finite(numbers.norm().item()), "sum": _finite((numbers * signs).sum().item())}
            flat = flat[item["at"]]
        return item | {"values": [_finite(number) for number in flat.tolist()]}


def _finite(number: int | float) -> int | float | None:
    """JSON has no word for the others."""
    return number if math.isfinite(number) else None


def _homes(thing: object) -> list[str]:
    """The modules in which a function, or an object's class and all that it derives from, was written."""
    kind = thing if isinstance(thing, type) else type(thing)
    return [str(thing.__module__)] if hasattr(thing, "__code__") else [part.__module__ for part in kind.__mro__[:-1]]


def _publish(bundle: Bundle) -> None:
    """Display the bundle and one line for the eye; outside a notebook, the line."""
    line = f"Exercise {bundle['id']}: shown." if "MOCOLAB_CHECK_SEED" in os.environ else _at_home(bundle)
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
        from IPython.display import display

        display({MIME: bundle, "text/plain": line}, raw=True)
    else:
        print(line)


def _at_home(bundle: Bundle) -> str:
    """What a student reads under a check."""
    if not (known := shipped(bundle["id"])):
        says = "shown; this mocolab holds no values to compare with."
    elif said := judge(known, bundle)[1][:3]:
        says = "\n".join(["not right yet.", *said])
    else:
        says = "right. The grader asks the same with other numbers."
    return f"Exercise {bundle['id']}: {says}"
