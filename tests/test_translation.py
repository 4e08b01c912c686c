"""Whether a translation is right can be told of drawn looks, of which the true translation is known."""

import numpy as np
import pytest
import torch

from mocolab.data import open_data
from mocolab.metrics.translation import translated


def looks(pair: str, num_clips: int, seed: int = 0, size: int = 32):
    """The same clips in two looks, in [-1, 1]."""
    pair = open_data(pair, size, seed=1)
    clips = (data.clips(num_clips, 4, 4, np.random.default_rng(seed))[0] for data in (pair.a, pair.b))
    return [drawn.float() / 127.5 - 1 for drawn in clips]


@pytest.mark.parametrize("size", [32, 64])
@pytest.mark.parametrize("pair", ["shapes-day+shapes-night", "shapes+shapes-night"])
def test_only_the_same_shape_in_the_other_look_is_right(pair, size):
    one, other = looks(pair, 32, size=size)
    for source, true in ((one, other), (other, one)):
        ground = true.movedim(1, 0).flatten(1, 2).median(dim=1).values[:, None].expand_as(true)
        assert translated(true, true).colour.all()
        assert not translated(source, true).place.any(), "nothing was done"
        assert not translated(ground, true).place.any(), "the shape was dropped"
        assert translated(true.roll(1, dims=0), true).place.float().mean() < 0.1, "somebody else's place"
        assert not translated(torch.where(true == ground, source, true), true).place.any(), "the old ground"
        kept = translated(torch.where(true == ground, true, source), true)
        assert kept.place.float().mean() > 0.5 > kept.colour.float().mean(), "the old colours in their place"


def test_any_colour_of_the_look_will_do():
    """Unpaired pictures do not say which colour becomes which: each shape is painted in another's."""
    night, moments = open_data("shapes-night", 32), torch.arange(0, 32, 8).expand(64, 4)
    factors = night.factors(torch.arange(64))
    true, made = (
        night.draw(factors._replace(colour=colour), moments).float() / 127.5 - 1
        for colour in (factors.colour, factors.colour.roll(1, dims=0))
    )
    assert translated(made, true).colour.float().mean() > 0.95, "dark stripes of some colours are hardly to be seen"
