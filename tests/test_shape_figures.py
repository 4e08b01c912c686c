"""Figures of moving shapes: right for real clips, exact where the answer is known."""

import numpy as np
import pytest
import torch
from einops import rearrange
from PIL import Image

from mocolab.data.shapes import Shapes
from mocolab.metrics.motion import motion_energy
from mocolab.metrics.shapes import (
    centre_error,
    coverage,
    direction_accuracy,
    moved_right,
    segment,
    shape_figures,
    travel_direction,
)


def drawn(num_clips: int, seed: int, size: int = 64):
    """Clips of 16 frames, every second one of the video, in [-1, 1], and their labels."""
    clips, labels = Shapes(size).clips(num_clips, 16, 2, np.random.default_rng(seed))
    return clips.float() / 127.5 - 1, labels


@pytest.fixture(scope="module")
def real():
    return drawn(128, 0)[0]


@pytest.fixture(scope="module")
def others():
    return drawn(128, 1)[0]


def canvas(num_clips: int, num_frames: int, size: int = 64):
    return torch.full((num_clips, 3, num_frames, size, size), -1.0)


@pytest.mark.parametrize("size", [32, 64])
def test_real_beside_real(size):
    figures = shape_figures(drawn(128, 1, size)[0], drawn(128, 0, size)[0])
    assert list(figures) == ["ACD", "motion energy", "one-shape rate", "path jerk", "coverage"]
    assert figures["ACD"] == 0 and figures["one-shape rate"] == 1
    assert figures["path jerk"] == pytest.approx(1, abs=0.15)
    assert 0.85 < figures["coverage"] <= 1


def test_noise_fools_jerk(real):
    noise = torch.rand(16, *real.shape[1:], generator=torch.Generator().manual_seed(0)) * 2 - 1
    figures = shape_figures(noise, real)
    assert figures["motion energy"] > 5 * motion_energy(real).mean().item()
    assert figures["path jerk"] < 1
    assert figures["one-shape rate"] == 0 and figures["coverage"] < 0.1


def test_a_colour_shift_has_a_known_distance(real):
    """Frame t has red 100 + 8 t: pairs at distance d differ by 8 d, on average 8 (T + 1) / 3."""
    clips = canvas(3, 16)
    for moment in range(16):
        clips[:, 0, moment, 20:30, 5 + moment : 15 + moment] = (100 + 8 * moment) / 127.5 - 1
    assert shape_figures(clips, real)["ACD"] == pytest.approx(8 * 17 / 3)


def painted(*boxes, brightness: float = 1.0):
    """One frame with white boxes (top, left, height, width) on black."""
    frame = canvas(1, 1)
    for top, left, height, width in boxes:
        frame[..., top : top + height, left : left + width] = brightness
    return frame


@pytest.mark.parametrize(
    "boxes, single",
    [
        ([(5, 9, 10, 10)], True),
        ([(0, 0, 14, 14)], True),
        ([(57, 57, 7, 7)], True),  # one pixel less than the smallest, in the corner
        ([(49, 49, 15, 15)], True),  # one pixel more than the largest
        ([(5, 9, 6, 10)], False),
        ([(5, 9, 10, 16)], False),
        ([], False),
        ([(5, 9, 10, 10), (40, 40, 10, 10)], False),
        ([(5, 9, 10, 10), (63, 0, 1, 1)], False),
        ([(5, 9, 4, 10), (10, 9, 4, 10)], False),  # two bars in a box of legal size
        ([(56, 56, 3, 8), (60, 56, 4, 8)], False),  # the same in the corner
        ([(5, 9, 5, 5), (10, 14, 5, 5)], True),  # they touch at a corner
    ],
)
def test_exactly_one_component_of_legal_size(boxes, single):
    assert segment(painted(*boxes)).single.item() is single


def test_frames_are_judged_one_by_one():
    """Good and bad frames side by side, in time and in the batch."""
    good, bad = painted((5, 9, 10, 10)), painted((5, 9, 4, 10), (10, 9, 4, 10))
    clips = torch.cat([torch.cat([good, bad, good], dim=2), torch.cat([bad, good, good], dim=2)])
    assert segment(clips).single.tolist() == [[True, False, True], [False, True, True]]


def test_segmentation_finds_the_true_factors():
    """Colour, area and centre of a box, in the brightest channel's light; a black frame has neither."""
    frame = canvas(1, 2)
    frame[0, :, 0, 10:18, 30:42] = torch.tensor([200.0, 30.0, 0.0])[:, None, None] / 127.5 - 1
    shape = segment(frame)
    assert shape.colour.tolist() == [[[200, 30, 0], [0, 0, 0]]]
    assert shape.area.tolist() == [[96, 0]]
    assert shape.centre[0, 0].tolist() == [36, 14]


@pytest.mark.parametrize("brightness", [2, 5, 20, 255])
def test_dark_shapes_are_seen_as_well(brightness):
    """The threshold is half of the frame's own brightest pixel; fainter light around it is background."""
    frame = painted((5, 9, 10, 10), brightness=brightness / 127.5 - 1)
    frame[:, :, :, 40:50, 40:50] = (brightness * 2 // 5) / 127.5 - 1
    shape = segment(frame)
    assert shape.single.item() and shape.area.item() == 100
    assert shape.colour.flatten().tolist() == [brightness] * 3


def test_half_precision_clips_give_the_same(real):
    exact, coarse = segment(real[:16]), segment(real[:16].half())
    assert torch.equal(exact.single, coarse.single)
    torch.testing.assert_close(exact.colour, coarse.colour, atol=0.1, rtol=0)


def test_coverage_is_the_worst_of_colour_size_and_direction(real):
    """Half the spread in one factor alone is a coverage of one half."""
    truth = segment(real)
    middle = truth.colour.mean(dim=(0, 1))
    assert coverage(truth._replace(colour=middle + (truth.colour - middle) / 2), truth) == pytest.approx(0.5)
    assert coverage(truth._replace(area=torch.full_like(truth.area, 100)), truth) == 0
    assert coverage(truth._replace(colour=middle + (truth.colour - middle) * 3), truth) == pytest.approx(1)
    assert np.isnan(coverage(truth._replace(area=truth.area * float("nan")), truth))


def test_directions():
    """Total displacement decides, also where the path starts along the other axis."""
    paths = torch.tensor([[[0.0, 0.0], [9.0, 0.0], [1.0, -5.0]], [[0.0, 0.0], [0.0, 9.0], [-5.0, 1.0]]])
    assert travel_direction(paths).tolist() == [0, 1]
    clips, labels = drawn(32, 3)
    shape, wrong = segment(clips), 1 - labels
    wrong[:8] = labels[:8]
    assert direction_accuracy(shape, labels) == 1
    assert direction_accuracy(shape, wrong) == pytest.approx(0.25)
    assert direction_accuracy(shape, wrong, matched=True) == pytest.approx(0.75)
    with pytest.raises(ValueError, match="Labels up to 2"):
        direction_accuracy(shape, labels + 1)


@pytest.mark.parametrize("made", [(1, 16), (4, 12)])
def test_clips_that_cannot_be_compared_are_refused(made, real):
    num_clips, num_frames = made
    with pytest.raises(ValueError, match="at least 2 of each"):
        shape_figures(real[:num_clips, :, :num_frames], real)


def test_released_strips_are_perfect_beside_drawn_ones(real, real_data):
    clips, labels = [], []
    for label in (0, 1):
        for path in sorted((real_data("mocogan/shapes") / str(label)).glob("*.png"))[:64]:
            strip = torch.from_numpy(np.array(Image.open(path))[..., :3])
            order = "(T H) W C -> C T H W" if strip.shape[0] > strip.shape[1] else "H (T W) C -> C T H W"
            clips.append(rearrange(strip, order, H=64, W=64)[:, :32:2])
            labels.append(label)
    clips, labels = torch.stack(clips).float() / 127.5 - 1, torch.tensor(labels)
    figures = shape_figures(clips, real)
    assert figures["ACD"] == 0 and figures["one-shape rate"] == 1 and figures["coverage"] > 0.85
    assert figures["path jerk"] == pytest.approx(1, abs=0.15)
    assert direction_accuracy(segment(clips), labels) == 1


def test_only_the_source_on_the_drivers_path_is_moved_right():
    data = Shapes(64, seed=5)
    moments = torch.arange(0, 32, 2).expand(32, 16)
    driver = data.factors(torch.arange(32))
    source = data.factors(torch.arange(32, 64))
    shift = (driver.side - source.side)[:, None, None] / 2  # equal middles, not corners
    answer = source._replace(corner=(driver.corner + shift).clamp(min=0).minimum(64 - source.side[:, None, None]))
    clips = {
        "answer": data.draw(answer, moments),
        "driver": data.draw(driver, moments),
        "still": data.draw(source, moments * 0),
        "other colour": data.draw(answer._replace(colour=255 - answer.colour // 2), moments),
        "other shape": data.draw(answer._replace(is_disc=~answer.is_disc), moments),
    }
    clips = {name: clip.float() / 127.5 - 1 for name, clip in clips.items()}
    clips["empty"] = torch.full_like(clips["driver"], -1)
    seen = {name: segment(clip) for name, clip in clips.items()}
    own = segment(data.draw(source, moments).float() / 127.5 - 1)
    right = {name: moved_right(shape, own, seen["driver"], 64).float().mean().item() for name, shape in seen.items()}
    assert right["answer"] == 1 and right["driver"] < 0.1 and right["still"] < 0.1
    assert right["empty"] == right["other shape"] == 0 and right["other colour"] < 0.2
    assert centre_error(seen["answer"], seen["driver"]).max() < 2
