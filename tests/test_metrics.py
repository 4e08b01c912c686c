"""Metrics whose answers are known in closed form; what fools them stands in test_fooled.py."""

import numpy as np
import pytest
import torch

from mocolab.metrics import control
from mocolab.metrics.content import content_distance
from mocolab.metrics.control import accuracy, control_figures, motion_classifier
from mocolab.metrics.disentanglement import disentanglement, probe, swap_test
from mocolab.metrics.frechet import frechet_distance, fvd
from mocolab.metrics.motion import motion_energy, path_roughness, path_speed, path_straightness
from mocolab.metrics.novelty import nearest_distance, novelty
from mocolab.metrics.prediction import MEASURES, Measure, horizon, l1, psnr, ssim


@pytest.fixture
def draw():
    """Standard normal numbers of any shape, the same in every test run."""
    generator = torch.Generator().manual_seed(0)
    return lambda *shape: torch.randn(*shape, generator=generator)


def test_content_distance_is_a_mean_over_pairs_of_frames_of_one_clip():
    features = torch.tensor([[[0.0, 0.0], [3.0, 4.0], [0.0, 0.0]], [[9.0, 9.0], [9.0, 9.0], [9.0, 9.0]]])
    assert content_distance(features).item() == pytest.approx((5 + 5 + 0) / 3 / 2)


def test_motion_of_known_paths():
    time = torch.arange(6.0)
    straight = torch.stack([3 * time, 7 - 4 * time], dim=1)
    curved = torch.stack([time.square() * 3 / 2, time.square() * 2], dim=1)
    there_and_back = torch.stack([torch.tensor([0.0, 1, 2, 2, 1, 0]), 0 * time], dim=1)
    paths = torch.stack([straight, curved, there_and_back, torch.zeros_like(straight)])
    torch.testing.assert_close(path_speed(paths), torch.tensor([5.0, 12.5, 0.8, 0.0]))
    torch.testing.assert_close(path_roughness(paths), torch.tensor([0.0, 5.0, 0.5, 0.0]))
    torch.testing.assert_close(path_straightness(paths), torch.tensor([1.0, 1.0, 0.0, 0.0]))
    flicker = torch.full((1, 3, 4, 2, 2), -1.0)
    flicker[:, :, 1::2] = 1
    assert motion_energy(flicker).tolist() == [2.0]


def test_an_offset_has_known_errors_step_by_step(draw):
    """Frame t is off by t / 10: L1 is that, PSNR 10 log10(4 / its square), and a perfect frame has 58.9 dB."""
    real = draw(2, 3, 4, 16, 16).clamp(-1, 1)
    offset = torch.arange(4.0) / 10
    made = real + offset[:, None, None]
    torch.testing.assert_close(l1(made, real), offset.expand(2, 4), atol=1e-6, rtol=0)
    expected = torch.tensor([10 * np.log10(4 * 12 * (255 / 2) ** 2), *(10 * (4 / offset[1:] ** 2).log10())])
    torch.testing.assert_close(psnr(made, real), expected.float().expand(2, 4), atol=1e-3, rtol=0)


def test_ssim_of_flat_frames_and_of_frames_with_opposite_contrast(draw):
    """Flat frames a, b: (2ab + c) / (a^2 + b^2 + c), c = (.01 * 2)^2. A pattern of mean 0 against its negative:
    -(2v - k) / (2v + k) where variance is v, k = (.03 * 2)^2."""
    flat = torch.ones(1, 3, 2, 16, 16)
    torch.testing.assert_close(
        ssim(0.5 * flat, 0.2 * flat), torch.full((1, 2), (0.2 + 0.0004) / (0.25 + 0.04 + 0.0004)), atol=1e-4, rtol=0
    )
    board = ((torch.arange(16)[:, None] + torch.arange(16)) % 2 * 2.0 - 1).expand(1, 3, 2, 16, 16)
    torch.testing.assert_close(ssim(board, board), torch.ones(1, 2))
    torch.testing.assert_close(ssim(board, -board), torch.full((1, 2), -(2 - 0.0036) / (2 + 0.0036)), atol=1e-3, rtol=0)


def test_ssim_is_the_window_by_window_formula(draw):
    """Against a plain sum over one window of a picture as large as it."""
    x, y = draw(1, 1, 1, 11, 11) / 3, draw(1, 1, 1, 11, 11) / 3
    place = torch.arange(11) - 5
    weights = torch.exp(-(place[:, None] ** 2 + place**2) / (2 * 1.5**2))
    weights = weights / weights.sum()
    mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
    variance_x, variance_y = (weights * (x - mean_x) ** 2).sum(), (weights * (y - mean_y) ** 2).sum()
    covariance = (weights * (x - mean_x) * (y - mean_y)).sum()
    expected = (2 * mean_x * mean_y + 0.0004) * (2 * covariance + 0.0036)
    expected /= (mean_x**2 + mean_y**2 + 0.0004) * (variance_x + variance_y + 0.0036)
    torch.testing.assert_close(ssim(x, y).squeeze(), expected, atol=1e-5, rtol=0)
    with pytest.raises(ValueError, match="10x11 px were given"):
        ssim(x[..., 1:, :], y[..., 1:, :])


@pytest.mark.parametrize("name, measure", MEASURES.items())
def test_best_of_k_chooses_a_whole_sample_for_every_clip(name, measure, draw):
    """Sample 0 is right for clip 0 and early for clip 1, sample 1 the other way round; the mean is between."""
    real = draw(2, 3, 4, 16, 16).clamp(-1, 1)
    futures = torch.stack([real + 0.3, real + 0.3])
    for clip in (0, 1):
        futures[clip, clip] = real[clip] + 0.1
        futures[1 - clip, clip, :, 0] = real[clip, :, 0] + 0.05  # its first step alone is better in the worse sample
    result = horizon(futures, real, measure)
    torch.testing.assert_close(result.best, measure.compare(real + 0.1, real).mean(dim=0), atol=1e-4, rtol=1e-4)
    values = torch.stack([measure.compare(future, real) for future in futures])
    torch.testing.assert_close(result.mean, values.mean(dim=(0, 1)))
    one = horizon(futures[:1], real, measure)
    torch.testing.assert_close(one.mean, one.best)
    with pytest.raises(ValueError, match=r"Futures \[2, 2, 3, 3, 16, 16\]"):
        horizon(futures[:, :, :, 1:], real, Measure(l1, False))


def test_frechet_distance_of_known_samples(draw):
    """0 from itself; |shift|^2; tr (A^1/2 - B^1/2)^2 where covariances commute, also with fewer clips than features."""
    sample = draw(300, 40)
    assert frechet_distance(sample, sample).item() == pytest.approx(0, abs=1e-10)
    assert frechet_distance(sample, sample + 0.5).item() == pytest.approx(40 * 0.25, rel=1e-5)
    for few in (sample, sample[:20]):
        total = few.double().var(dim=0).sum().item()
        assert frechet_distance(few - few.mean(dim=0), 3 * (few - few.mean(dim=0))).item() == pytest.approx(
            4 * total, rel=1e-5
        )


def test_frechet_distance_agrees_with_the_root_of_a_matrix(draw):
    a, b = (draw(200, 8) @ draw(8, 8) + draw(8) for _ in range(2))
    covariances = [torch.from_numpy(np.cov(sample.double().numpy().T)) for sample in (a, b)]
    roots = [(vectors * values.sqrt()) @ vectors.T for values, vectors in map(torch.linalg.eigh, covariances)]
    middle = torch.linalg.eigvalsh(roots[0] @ covariances[1] @ roots[0]).sqrt().sum()
    expected = (
        (a.double().mean(0) - b.double().mean(0)).square().sum() + sum(map(torch.trace, covariances)) - 2 * middle
    )
    assert frechet_distance(a, b).item() == pytest.approx(expected.item(), rel=1e-6)


def test_fvd_wants_enough_clips_and_as_many_real_ones_twice(draw):
    made, real = draw(256, 400), draw(512, 400)
    figures = fvd(made, real)
    assert list(figures) == ["FVD", "FVD, real against real"]
    assert figures["FVD"] == pytest.approx(figures["FVD, real against real"], rel=0.1)
    assert fvd(real[:256], real)["FVD"] == pytest.approx(0, abs=1e-9)
    for few, against in ((made[:255], real[:510]), (made, real[:256])):
        with pytest.raises(ValueError, match=f"FVD was asked of {len(few)} clips and {len(against)} real ones"):
            fvd(few, against)


def test_probe_is_least_squares_with_a_constant_on_held_out_clips(draw):
    codes, noise = draw(200, 6), draw(200, 2)
    factors = codes[:, :2] * torch.tensor([1.0, 1000.0]) + 7
    assert probe(codes, factors).item() == pytest.approx(1)
    noisy = torch.cat([factors[:, :1], noise[:, :1]], dim=1)  # the mean over factors, whatever their units
    assert probe(codes, noisy).item() == pytest.approx((1 + probe(codes, noise[:, :1]).item()) / 2)
    assert probe(codes, noise).item() < 0.05
    assert probe(codes, codes[:, :1] + noise[:, :1]).item() == pytest.approx(0.5, abs=0.15)
    shifted = factors[:, :1] + torch.arange(200)[:, None].ge(100) * 3.0  # held-out clips are all 3 higher
    expected = 1 - 9 / shifted[100:].var(correction=0).item()
    assert probe(codes, shifted).item() == pytest.approx(expected)
    with pytest.raises(ValueError, match="a factor must change"):
        probe(codes, torch.ones(200, 1))


def test_a_strong_ridge_foretells_the_mean(draw):
    codes = draw(200, 6)
    factors = codes[:, :2] + 7
    held_out = factors[100:].double()
    of_mean = 1 - ((held_out - factors[:100].double().mean(0)) ** 2).sum(0) / ((held_out - held_out.mean(0)) ** 2).sum(
        0
    )
    assert probe(codes, factors, ridge=1e9).item() == pytest.approx(of_mean.mean().item(), abs=1e-6)
    # Isotropic codes: ridge r shrinks every weight to 1 / (1 + r).
    spherical = torch.linalg.qr(codes[:100].double() - codes[:100].double().mean(0)).Q
    spherical = torch.cat([spherical, spherical])
    assert probe(spherical, spherical[:, :2], ridge=1.0).item() == pytest.approx(1 - 0.5**2)


@pytest.mark.parametrize("num_clips", [32, 256])
def test_disentanglement_maps_what_is_where(num_clips, draw):
    """Also with 16 codes and 32 clips, where least squares alone explains noise by R^2 = -30."""
    content, motion = draw(num_clips, 3), draw(num_clips, 2)
    clean, tangled = torch.cat([content, draw(num_clips, 13)], dim=1), torch.cat([content, motion], dim=1)
    table = disentanglement(draw(num_clips, 16), tangled, content, motion)
    assert table[1].tolist() == pytest.approx([1, 1], abs=1e-3)
    assert -1 < table[0].min() and table[0].max() < 0.2
    mixed = clean @ torch.linalg.qr(draw(16, 16)).Q  # no single code holds a factor, yet straight lines find it
    table = disentanglement(mixed, motion, content, motion)
    assert table[0, 0] > 0.6 and table[1, 1] > 0.99 and table[0, 1] < 0.2 and table[1, 0] < 0.2


def test_swap_test_shares_the_variance_between_content_and_motion():
    content, motion = torch.arange(4.0)[:, None].expand(4, 5), torch.arange(5.0).expand(4, 5)
    same_spread = (content - 1.5) / content.std(), (motion - 2) / motion.std()
    factors = torch.stack([content, motion, sum(same_spread), same_spread[0] * same_spread[1]], dim=2)
    expected = torch.tensor([[1, 0, 0.5, 0], [0, 1, 0.5, 0]])
    torch.testing.assert_close(swap_test(factors).float(), expected, atol=1e-6, rtol=0)


def test_swap_test_credits_codes_with_noise(draw):
    """The mean of M values has a variance of 1 / M: few clips a code look as if the code decided something."""
    shares = swap_test(draw(20, 50, 1000)).mean(dim=1)
    torch.testing.assert_close(shares.float(), torch.tensor([1 / 50, 1 / 20]), rtol=0.1, atol=0)


def test_novelty_is_0_for_copies_and_1_for_real_clips(draw):
    training, held_out = draw(20, 3, 4, 8, 8), draw(20, 3, 4, 8, 8)
    torch.testing.assert_close(nearest_distance(training + 0.25, training), torch.full((20,), 0.25))
    assert novelty(training[:7], training, held_out) < 1e-3
    assert novelty(held_out, training, held_out) == 1


@pytest.fixture
def bars():
    """A function from a seed to 32 clips of a bar that moves down (0) or right (1), and their labels."""

    def clips(seed: int):
        generator = torch.Generator().manual_seed(seed)
        label = torch.arange(32) % 2
        clips = torch.full((32, 3, 8, 16, 16), -1.0)
        for clip, start in enumerate(torch.randint(0, 6, (32, 2), generator=generator).tolist()):
            for moment in range(8):
                top, left = start[0] + moment * (label[clip] == 0), start[1] + moment * (label[clip] == 1)
                clips[clip, :, moment, top : top + 3, left : left + 3] = 1
        return clips, label

    return clips


def test_the_motion_classifier_is_trained_once_and_depends_on_its_arguments_alone(bars, monkeypatch):
    monkeypatch.setattr(control, "STEPS", 40)
    clips, labels = bars(0)
    torch.manual_seed(5)
    first = motion_classifier(clips, labels)
    after = torch.rand(1)
    torch.manual_seed(5)
    assert torch.rand(1) == after  # the caller's random numbers are untouched
    held_out = bars(1)
    figures = control_figures(clips, 1 - labels, *held_out, first)
    assert figures["MCS, real held-out clips"] > 0.9 and figures["MCS"] < 0.1
    assert accuracy(first, clips, labels) == 1 - figures["MCS"]

    def fail(*_):
        raise AssertionError("trained again")

    weights = first.state_dict()
    with monkeypatch.context() as patch:
        patch.setattr(control, "_train", fail)
        again = motion_classifier(clips, labels)
        with pytest.raises(AssertionError, match="trained again"):
            motion_classifier(clips, labels, seed=1)
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in weights.items())
    (file,) = (control.store.home() / "classifiers").iterdir()
    file.unlink()
    anew = motion_classifier(clips, labels)
    assert all(torch.equal(value, anew.state_dict()[name]) for name, value in weights.items())


def test_control_needs_a_choice(bars):
    clips, labels = bars(0)
    with pytest.raises(ValueError, match="control is a choice"):
        motion_classifier(clips, 0 * labels)
