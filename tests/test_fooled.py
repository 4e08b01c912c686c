"""What fools each metric: one table of clips that are wrong in a known way, and of the metrics that notice.

I3D and AlexNet have random weights here, which see these faults as well; what LPIPS prefers, a moved picture to a
blurred one, stands in test_pretrained.py, and chance in the swap test in test_metrics.py.
"""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from mocolab.data.faces import Faces
from mocolab.data.shapes import Shapes
from mocolab.metrics import control
from mocolab.metrics.content import content_distance, dealt
from mocolab.metrics.control import accuracy, motion_classifier
from mocolab.metrics.frechet import clip_features, frechet_distance, picture_features
from mocolab.metrics.identity import drawn_face_embedding, identity_features
from mocolab.metrics.motion import path_speed, path_straightness
from mocolab.metrics.novelty import novelty
from mocolab.metrics.perceptual import alexnet
from mocolab.metrics.prediction import MEASURES, horizon, l1, psnr, ssim
from mocolab.metrics.shapes import segment, shape_figures
from mocolab.networks.i3d import I3D

NUM_CLIPS, SIZE = 64, 32
FEW = 16  # clips for I3D and AlexNet, which take their time
FAULTS = {
    "frozen": lambda real, training: real[:, :, :1].expand_as(real),
    "shuffled": lambda real, training: real[:, :, torch.randperm(16, generator=torch.Generator().manual_seed(0))],
    "copied": lambda real, training: training,
    "repeated": lambda real, training: real[:1].expand_as(real),
    "colour shift": lambda real, training: (real + 1) * fading_red() - 1,
    "blur": lambda real, training: F.avg_pool3d(F.pad(real, (2, 2, 2, 2), value=-1), (1, 5, 5), 1),
    "empty": lambda real, training: torch.full_like(real, -1),
}


def fading_red():
    """Red fades away along a clip."""
    shares = torch.ones(3, 16, 1, 1)
    shares[0] = torch.linspace(1, 0, 16)[:, None, None]
    return shares


def drawn(seed: int):
    """Clips of 16 frames, every second one of the video, in [-1, 1], and which way they move."""
    clips, labels = Shapes(SIZE, labels=True).clips(NUM_CLIPS, 16, 2, np.random.default_rng(seed))
    return clips.float() / 127.5 - 1, labels


def with_lively_weights(network: nn.Module) -> nn.Module:
    """Random weights that keep the variance of what passes."""
    torch.manual_seed(0)
    for weight in network.parameters():
        if weight.dim() > 1:
            nn.init.kaiming_normal_(weight, nonlinearity="relu")
        else:
            nn.init.zeros_(weight)
    return network.eval()


@pytest.fixture(scope="module")
def scene():
    """Training clips, other real ones with their labels, and what is wrong in a known way."""
    training, training_labels = drawn(0)
    real, labels = drawn(1)
    faulty = {name: make(real, training).contiguous() for name, make in FAULTS.items()}
    return training, training_labels, real, labels, faulty


@pytest.fixture(scope="module")
def metrics(scene, tmp_path_factory):
    """Name -> the metric, a function of clips and of the labels they were asked to obey."""
    training, training_labels, real, _, _ = scene
    i3d, pictures = with_lively_weights(I3D()), with_lively_weights(alexnet())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOCOLAB_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr(control, "STEPS", 60)
        classifier = motion_classifier(training, training_labels)

    def frechet(features, network):
        reference = features(training[:FEW], network, SIZE).flatten(0, -2)
        return lambda clips, labels: frechet_distance(
            features(clips[:FEW], network, SIZE).flatten(0, -2), reference
        ).item()

    def figure(name):
        return lambda clips, labels: shape_figures(clips, training)[name]

    def future(compare):
        return lambda clips, labels: compare(clips, real)[:, 1:].mean().item()  # the first frame is given

    return {name: figure(name) for name in shape_figures(training, training)} | {
        "path speed": lambda clips, labels: path_speed(segment(clips).centre).mean().item(),
        "path straightness": lambda clips, labels: path_straightness(segment(clips).centre).mean().item(),
        "MCS": lambda clips, labels: accuracy(classifier, clips, labels),
        "novelty": lambda clips, labels: novelty(clips, training, real),
        "FVD": frechet(clip_features, i3d),
        "frame distance": frechet(picture_features, pictures),
        "L1": future(l1),
        "PSNR": future(lambda made, truth: -psnr(made, truth)),
        "SSIM": future(lambda made, truth: 1 - ssim(made, truth)),
    }


NOTICED = {
    "ACD": {"colour shift"},
    "motion energy": {"frozen", "shuffled", "empty"},
    "one-shape rate": {"empty"},
    "path jerk": {"frozen", "shuffled", "empty"},
    "coverage": {"frozen", "repeated", "empty"},
    "path speed": {"frozen", "shuffled", "empty"},
    "path straightness": {"frozen", "shuffled", "empty"},
    "MCS": {"frozen", "shuffled", "repeated", "empty"},
    "novelty": {"copied", "empty"},
    "FVD": {"frozen", "repeated", "blur", "empty"},
    "frame distance": {"frozen", "repeated", "blur", "empty"},
}
"""Figures of a set: which faults change them by more than a factor (below) against other real clips."""


@pytest.mark.parametrize("name, noticed", NOTICED.items())
def test_what_a_figure_notices(name, noticed, scene, metrics):
    _, training_labels, real, labels, faulty = scene
    factor = 1.5 if name not in ("FVD", "frame distance", "novelty") else 2
    small = 1e-3
    expected = metrics[name](real, labels) + small
    found = set()
    for fault, clips in faulty.items():
        value = metrics[name](clips, training_labels if fault == "copied" else labels) + small
        if name in ("FVD", "frame distance"):
            found |= {fault} if value > factor * expected else set()
        elif not 1 / factor < value / expected < factor:
            found.add(fault)
    assert found == noticed


FOOLED = {
    "L1": {"colour shift", "blur", "empty"},
    "PSNR": {"colour shift", "blur", "empty"},
    "SSIM": {"colour shift", "blur", "empty"},
}
"""Predictions: which faults are preferred to a sharp shape that is 3 px beside its place."""


@pytest.mark.parametrize("name, fooled", FOOLED.items())
def test_what_a_prediction_gains_by(name, fooled, scene, metrics):
    _, _, real, labels, faulty = scene
    beside = metrics[name](real.roll((3, 3), dims=(3, 4)), labels)
    assert {fault for fault, clips in faulty.items() if metrics[name](clips, labels) < beside} == fooled


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_best_of_k_rewards_variety(measure, scene):
    """Eight guesses into the blue are on average as bad as one of them eight times, and yet the best is better."""
    training, _, real, _, _ = scene
    various = torch.stack([training.roll(k, dims=0) for k in range(8)])
    one, many = (horizon(futures, real, measure) for futures in (various[:1].expand_as(various), various))
    chance, gain = (many.mean - one.mean).mean(), (many.best - one.best).mean()
    assert (gain if measure.higher_is_better else -gain) > 5 * chance.abs()


def test_one_clip_for_each_label_obeys_as_well_as_real_clips(scene, metrics):
    _, _, real, labels, _ = scene
    two = torch.stack([real[labels == label][0] for label in (0, 1)])
    assert metrics["MCS"](two[labels], labels) == 1 >= metrics["MCS"](real, labels) > 0.9


def test_acd_of_faces_sees_neither_that_they_are_frozen_nor_that_all_are_one():
    real = Faces(64, seed=7).clips(16, 4, 16, np.random.default_rng(0))[0].float() / 127.5 - 1
    network = drawn_face_embedding()

    def acd(clips):
        return content_distance(identity_features(clips, network)).item()

    assert acd(real[:, :, :1].expand_as(real)) == 0
    assert acd(real[:1].expand_as(real)) == pytest.approx(acd(real), rel=0.5)
    assert acd(dealt(real, time=2)) > 3 * acd(real)
