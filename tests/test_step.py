"""A step of MoCoGAN is the published one: equal losses and gradients, as the page on speed says."""

from importlib import import_module
from pathlib import Path

import pytest
import torch


@pytest.mark.parametrize(("precision", "apart", "turned"), [("fp32", 1e-5, 1e-4), ("bf16", 2e-2, 1e-2)])
def test_losses_and_gradients_are_those_of_the_published_step(precision, apart, turned, monkeypatch):
    """Losses at most `apart`, and the gradient of every player, and of all, at a cosine of 1 - `turned` or more."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)  # a GPU rounds in its own way
    monkeypatch.syspath_prepend(Path(__file__).parent / "benchmarks")
    benchmark = import_module("step").Benchmark(clips=(4,), size=32, width=16, rounds=1, precision=precision)
    figures = benchmark.parity()["ours, published"]
    cosines = {name: value for name, value in figures.items() if "cosine" in name}
    assert cosines.keys() == {f"1 - cosine, {player}" for player in ("D_I", "D_V", "G", "all")}
    assert figures["losses of step 1 apart"] <= apart and max(cosines.values()) <= turned
