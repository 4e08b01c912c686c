"""Drawn shapes: their factors are the truth, and their rules are those of the released strips."""

import numpy as np
import pytest
import torch
from einops import rearrange
from torch import Tensor

from mocolab import media
from mocolab.data import DATASETS, TwoDomains, categories, check, draw_batch, open_data
from mocolab.data.shapes import Factors, Shapes
from mocolab.system import Needs

PATHS = ["bezier", "velocity", "acceleration", "branching"]


def whole(data: Shapes, index: Tensor) -> tuple[Factors, Tensor]:
    factors = data.factors(index)
    return factors, data.draw(factors, torch.arange(data.num_frames).expand(len(index), -1))


@pytest.mark.parametrize("path", PATHS)
def test_a_clip_depends_on_seed_and_index_alone(path):
    data, index = Shapes(32, path, seed=3), torch.tensor([5, 2**61 + 1, 7])
    _, together = whole(data, index)
    for position, one in enumerate(index):
        assert torch.equal(together[position], whole(Shapes(32, path, seed=3), one[None])[1][0])
    moments = torch.tensor([[4, 20, 4], [31, 0, 1], [9, 8, 7]])
    assert torch.equal(data.draw(data.factors(index), moments)[1], together[1][:, moments[1]])


def test_seeds_and_indices_are_uncorrelated():
    index = torch.arange(2000)
    draws = [(0, index), (1, index), (0, index + 1)]
    reds = torch.stack([Shapes(64, seed=seed).factors(at).colour[:, 0].double() for seed, at in draws])
    correlations = torch.corrcoef(reds).fill_diagonal_(0)
    assert correlations.abs().max() < 0.1  # 4.5 standard deviations


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("size", [16, 32, 64, 128])
def test_factors_agree_with_pixels(path, size):
    """The picture is lit where corner and side say, within its border, and in the colour that they say."""
    factors, clips = whole(Shapes(size, path, seed=1), torch.arange(20))
    bright = factors.colour.amax(dim=1) > 40  # a nearly black shape has no findable border
    factors, clips = Factors(*(factor[bright] for factor in factors)), clips[bright]
    slack = 0 if path == "bezier" else 1  # the faintest part of a shape between pixels rounds to black
    for axis, corner in enumerate(factors.corner.unbind(-1)):
        lit = shadow(clips, axis)
        first, last = lit.int().argmax(-1), size - 1 - lit.int().flip(-1).argmax(-1)
        assert (first >= 1).all() and (last <= size - 2).all()
        assert (first - corner.floor()).abs().max() <= slack
        assert (last + 1 - (corner + factors.side[:, None]).ceil()).abs().max() <= slack
    if path == "bezier":
        pixels, colour = rearrange(clips, "B C T H W -> B (T H W) C"), factors.colour[:, None]
        assert ((pixels == 0).all(-1) | (pixels == colour).all(-1)).all()
    if size > 16:  # there, a disc of two pixels has none that it covers wholly
        assert torch.equal(clips.flatten(2).amax(dim=2), factors.colour)


def test_area_is_kept_between_pixels():
    """Sub-pixel coverage: a square's light is its side squared, wherever it stands."""
    data = Shapes(64, "velocity")
    factors, clips = whole(data, torch.arange(40))
    light = clips[:, 0].flatten(2).sum(-1) / factors.colour[:, :1]
    square = ~factors.is_disc & (factors.colour[:, 0] > 100)
    assert (light[square] / factors.side[square, None] ** 2 - 1).abs().max() < 0.02
    disc = factors.is_disc & (factors.colour[:, 0] > 100)
    assert (light[disc] / (torch.pi / 4 * factors.side[disc, None] ** 2) - 1).abs().max() < 0.05


def test_motion_laws():
    index = torch.arange(200)
    velocity, acceleration = (Shapes(64, path).factors(index).corner.double() for path in ("velocity", "acceleration"))
    assert velocity.diff(n=2, dim=1).abs().max() < 1e-4
    assert acceleration.diff(n=3, dim=1).abs().max() < 1e-4 < acceleration.diff(n=2, dim=1).abs().mean()


def test_branching_has_two_futures_at_even_odds():
    data, index = Shapes(64, "branching"), torch.arange(2000)
    left, right = (data.factors(index, turn=turn) for turn in (0, 1))
    assert torch.equal(left.colour, right.colour) and torch.equal(left.side, right.side)
    assert torch.equal(left.corner[:, :16], right.corner[:, :16])
    assert ((left.corner[:, 16:] - right.corner[:, 16:]).norm(dim=-1) > 0.1).all()
    before, after = (factors.diff(dim=1).double() for factors in (left.corner[:, :16], left.corner[:, 16:]))
    assert (before[:, 0] * after[:, 0]).sum(-1).abs().max() < 1e-3  # a turn of 90 degrees
    mixed = data.factors(index)
    assert torch.equal(mixed.corner, torch.where((mixed.label == 0)[:, None, None], left.corner, right.corner))
    assert abs(mixed.label.double().mean() - 0.5) < 0.05  # 4.5 standard deviations


def test_named_sets():
    labelled = {"shapes-labels": 2, "faces-expressions": 6}
    for name, make in DATASETS.items():
        data = make(size=16, seed=4)
        assert data.name == name and data.size == 16
        assert data.categories == categories(name) and len(data.categories) == labelled.get(name, 0)
        clips, labels = data.clips(5, 4, 3, np.random.default_rng(0))
        assert clips.shape == (5, 3, 4, 16, 16) and clips.dtype == torch.uint8 and labels.shape == (5,)
        again, other = (make(size=16, seed=seed).clips(5, 4, 3, np.random.default_rng(0))[0] for seed in (4, 5))
        assert torch.equal(clips, again) and not torch.equal(clips, other)


def test_the_smallest_size_is_the_first_at_which_no_shape_is_a_single_pixel():
    assert [Shapes(size).sides.min().item() for size in (15, 16)] == [1, 2]
    with pytest.raises(ValueError, match="drawn at 16 to 1024 px"):
        open_data("shapes", 15)


@pytest.mark.parametrize("size", [32, 64])
def test_looks_differ_in_everything_but_the_clip(size):
    """Shapes cover the same pixels; which colour becomes which is one rule; textures move with the shape."""
    index, whites = torch.arange(30), torch.full((30, 3), 255, dtype=torch.uint8)
    plain, day, night = (Shapes(size, look=look, seed=2) for look in ("plain", "day", "night"))
    white = plain.factors(index)._replace(colour=whites)
    inside = plain.draw(white, torch.arange(32).expand(30, -1)).any(dim=1)
    for data in (day, night):
        factors, clips = whole(data, index)
        assert torch.equal(factors.corner, plain.factors(index).corner) and factors.colour.unique(dim=0).shape[0] > 20
        behind = data.look.background(size)[None].expand_as(clips)
        shown = (clips != behind).any(dim=1)
        assert not (shown & ~inside).any() and (shown == inside).float().mean() > 0.999
        pixels = rearrange(clips, "B C T H W -> B C (T H W)").float()
        brightest = (pixels * inside.flatten(1)[:, None]).amax(dim=2)
        assert (brightest / factors.colour).amin() > (0.99 if data is day else 0.8)


def test_a_pair_of_looks_is_unpaired_but_its_translations_are_known():
    pair = open_data("shapes-day+shapes-night", 32, seed=5)
    assert isinstance(pair, TwoDomains) and pair.name == "shapes-day+shapes-night" and categories(pair.name) == ()
    needs = Needs(clips=8, num_frames=4, size=32, domains=2)
    check(pair, needs)
    batch = draw_batch(pair, needs, np.random.default_rng(0))
    (of_a, _), (of_b, _) = (data.clips(8, 4, 1, np.random.default_rng(0)) for data in (pair.a, pair.b))
    places = [(clips != data.look.background(32)).any(1) for clips, data in ((of_a, pair.a), (of_b, pair.b))]
    assert torch.equal(batch["clip_a"], of_a) and not torch.equal(batch["clip_b"], of_b)
    assert (places[0] == places[1]).float().mean() > 0.999  # equal numbers, the same clips
    warm, cold = (data.factors(torch.arange(500)).colour.float() for data in (pair.a, pair.b))
    assert torch.cdist(cold, cold)[torch.cdist(warm, warm) < 3].max() < 15  # like colours become like colours
    with pytest.raises(ValueError, match="neither a folder nor a data set"):
        open_data("shapes-day+shapes-nite", 32)


def test_every_start_and_frame_is_drawn(monkeypatch):
    """A clip of 30 of 32 frames has three starts; single frames come from the first to the last moment."""
    data, asked = Shapes(16, "velocity", seed=2), []
    draw = data.draw
    monkeypatch.setattr(data, "draw", lambda factors, moments: asked.append(moments) or draw(factors, moments))
    data.clips(60, 30, 1, np.random.default_rng(0))
    data.frames(600, np.random.default_rng(0))
    starts, moments = asked[0][:, 0], asked[1][:, 0]
    assert torch.equal(asked[0] - starts[:, None], torch.arange(30).expand(60, -1))
    assert set(starts.tolist()) == {0, 1, 2} and set(moments.tolist()) == set(range(32))
    with pytest.raises(ValueError, match="spans 33 frames"):
        data.clips(1, 17, 2, np.random.default_rng(0))


def test_the_released_strips_follow_the_same_rules(real_data):
    """Statistics of 150 real strips of each class, beside as many drawn clips."""
    strips = [strip for label in "01" for strip in sorted((real_data("mocogan/shapes") / label).iterdir())[:150]]
    real = torch.stack([media.load(strip) for strip in strips])
    factors, drawn = whole(Shapes(64), torch.arange(300))
    figures = []
    for clips, label in ((real, torch.arange(2).repeat_interleave(150)), (drawn, factors.label)):
        corner, side = boxes(clips)
        assert set(side.tolist()) == {8, 10, 12, 14}
        _check_ends(corner, side, label)
        colours = clips.flatten(2).amax(dim=2).double()
        assert (colours.mean(0) - 127.5).abs().max() < 15 and (colours.std(0) - 73.9).abs().max() < 8
        figures.append(_residuals(corner))
    # Floor takes nothing off the first position and half a pixel off most others, so the curve starts too low.
    assert figures[0] == pytest.approx(figures[1], abs=0.03)
    assert figures[0][0] > 0.1  # rounding would give 0

    assert masks(real) == masks(drawn)  # four squares and four discs, pixel for pixel


def _check_ends(corner: Tensor, side: Tensor, label: Tensor) -> None:
    """From edge to edge along one axis; to where it came from, anywhere, along the other."""
    upwards = (label == 0)[:, None]
    along, across = (torch.where(upwards, corner[..., a], corner[..., 1 - a]) for a in (1, 0))
    assert torch.equal(along[:, 0], 62 - side) and (along[:, -1] == 1).all()
    assert torch.equal(across[:, 0], across[:, -1])
    place = (across[:, 0] - 1) / (61.0 - side)
    assert place.mean() == pytest.approx(0.5, abs=0.07) and place.std() == pytest.approx(12**-0.5, abs=0.03)


def _residuals(corner: Tensor) -> tuple[float, float]:
    """Positions less the nearest degree-4 curve: mean at t = 0, and spread over all t, in pixels."""
    powers = torch.linspace(0, 1, corner.shape[1], dtype=torch.double)[:, None] ** torch.arange(5)
    paths = rearrange(corner.double(), "B T xy -> T (B xy)")
    residuals = paths - powers @ torch.linalg.lstsq(powers, paths).solution
    return residuals[0].mean().item(), residuals.std().item()


def shadow(clips: Tensor, axis: int) -> Tensor:
    """[B, T, size] the columns (axis 0) or rows (axis 1) in which anything is lit."""
    return clips.amax(dim=1).amax(dim=2 + axis) > 0


def boxes(clips: Tensor) -> tuple[Tensor, Tensor]:
    """[B, T, 2] the (x, y) of the lit box's corner, and [B] its side."""
    shadows = [shadow(clips, axis) for axis in (0, 1)]
    corner = torch.stack([lit.int().argmax(-1) for lit in shadows], dim=-1)
    return corner, shadows[0].sum(-1).amax(dim=1)


def masks(clips: Tensor) -> set[frozenset[tuple[int, int]]]:
    """All silhouettes that occur, as the (y, x) of their pixels within their boxes."""
    corner, _ = boxes(clips)
    lit = (clips[:, :, 0] > 0).any(dim=1)
    return {
        frozenset((y - top, x - left) for y, x in picture.nonzero().tolist())
        for picture, (left, top) in zip(lit, corner[:, 0].tolist())
    }
