"""Figures by networks, asked for on the command line."""

import sys
from functools import partial

import pytest
import torch
from torch import nn

from mocolab import judges
from mocolab.cli import main
from mocolab.data import open_data
from mocolab.metrics import perceptual
from mocolab.metrics.frechet import clip_features, picture_features
from mocolab.metrics.photographed_identity import FaceIdentity
from mocolab.store import home, weights_path


class SamePerson(FaceIdentity):
    """Sees the same face in every frame, without dlib."""

    def __init__(self):
        pass

    def __call__(self, clips):
        return torch.zeros(len(clips), clips.shape[2], 128), torch.ones(len(clips), clips.shape[2], dtype=torch.bool)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Runs of the smoke presets."""
    folder = tmp_path_factory.mktemp("runs")
    for system, data in (("mocogan", "shapes-labels"), ("mocogan_predict", "shapes")):
        options = ["--data", data, "--preset", "smoke", "--train.steps", "2", "--folder", str(folder / system)]
        main(["train", system, *options])
    return folder


def evaluated(capsys, *arguments) -> str:
    """What evaluating prints; its error sentence if it stops with one."""
    try:
        main(["evaluate", *map(str, arguments)])
    except SystemExit as stop:
        return str(stop.code)
    return capsys.readouterr().out


def test_real_clips_obey_their_labels_and_an_untrained_system_does_not():
    data = open_data("shapes-labels", 32, seed=1)
    real, labels = judges.labelled_clips(data, 128, 12, 2, seed=3)
    found = judges.mcs_figures(real, labels, data, 2, seed=0)
    assert found["MCS"] > 0.75 and found["MCS, real held-out clips"] > 0.75
    noise = torch.rand(128, 3, 12, 32, 32) * 2 - 1
    assert judges.mcs_figures(noise, labels, data, 2, seed=0)["MCS"] < 0.65


def test_networks_are_asked_by_name(trained, capsys, monkeypatch):
    pooling = nn.Sequential(nn.AdaptiveAvgPool3d((4, 10, 10)), nn.Flatten(), nn.Linear(1200, 400))
    pooling.requires_grad_(False)
    monkeypatch.setattr(judges, "published_i3d", lambda: pooling)
    monkeypatch.setattr(judges, "clip_features", partial(clip_features, size=16))
    monkeypatch.setattr(judges, "FaceIdentity", SamePerson)
    monkeypatch.setattr("mocolab.verbs.evaluate.FaceIdentity", SamePerson)
    monkeypatch.setattr(perceptual, "published_alexnet", perceptual.alexnet)
    monkeypatch.setattr(judges, "picture_features", partial(picture_features, size=32))
    shown = evaluated(capsys, trained / "mocogan", "--also", "fvd", "mcs", "frames", "faces", "--frames", "8")
    named = ("| FVD |", "FVD, real against real", "| MCS |", "| AlexNet frame distance |", "| ACD (dlib) |")
    assert all(name in shown for name in named)
    shown = evaluated(capsys, trained / "mocogan_predict", "--also", "fvd")
    header, _, *rows = [line.split("|")[1:-1] for line in shown.splitlines() if line.startswith("|")]
    at = [name.strip() for name in header].index("FVD, real against real")
    assert len(rows) == 2 and len({row[at] for row in rows}) == 1, "a held frame has it too, against the same clips"
    monkeypatch.setattr(judges, "clip_features", None)
    shown = evaluated(capsys, trained / "mocogan", "--also", "fvd", "--clips", "64")
    assert "means something only from 256 clips" in shown


@pytest.mark.parametrize(("system", "judge"), [("mocogan", "lpips"), ("mocogan_predict", "mcs"), ("cyclegan", "fvd")])
def test_who_has_nothing_to_say_is_not_asked(trained, capsys, system, judge):
    run = trained / system if system != "cyclegan" else "cyclegan-shapes"
    assert f"--also {judge} was given, but has nothing to say of {run}" in evaluated(capsys, run, "--also", judge)


def test_one_classifier_judges_few_clips_and_many():
    data = open_data("shapes-labels", 16, seed=1)
    real, labels = judges.labelled_clips(data, 32, 8, 2, seed=3)
    for some in (8, 32):
        judges.mcs_figures(real[:some], labels[:some], data, 2, seed=0)
    assert len(list((home() / "classifiers").iterdir())) == 1


def test_absent_weights_have_a_sentence(trained, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "dlib", None)
    assert "pip install mocolab[faces]" in evaluated(capsys, trained / "mocogan", "--also", "faces")
    for judge, name in (("lpips", "lpips"), ("fvd", "i3d")):
        said = evaluated(capsys, trained / "mocogan_predict", "--also", judge, "--clips", "256")
        assert f"mocolab weights get {name}" in said and "Traceback" not in said


def test_judges_at_hand_have_weights_and_enough_to_see():
    assert judges.at_hand(256, 32) == ()
    for name in ("lpips", "i3d"):
        weights_path(name).parent.mkdir(parents=True, exist_ok=True)
        weights_path(name).touch()
    assert judges.at_hand(256, 32) == ("lpips", "fvd")
    assert judges.at_hand(255, 32) == ("lpips",) and judges.at_hand(256, 16) == ("fvd",)
