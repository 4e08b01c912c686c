"""Drawn faces: the dials decide every pixel, and the landmarks are where the features are."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from mocolab.cli import main
from mocolab.data import faces
from mocolab.data.faces import EXPRESSIONS, IDENTITY, LANDMARKS, MOTION, NUM_FRAMES, Faces, landmarks, paint

MODES = ["idle", "expressions", "talking"]
REST = (torch.full((1, len(IDENTITY)), 0.45), torch.zeros(1, 1, len(MOTION)))  # neither glasses nor fringe


def changed(factors: tuple[Tensor, Tensor], name: str, value: float) -> tuple[Tensor, Tensor]:
    """Identity and motion with one dial set."""
    identity, motion = (factor.clone() for factor in factors)
    names, values = (IDENTITY, identity) if name in IDENTITY else (MOTION, motion)
    values[..., names.index(name)] = value
    return identity, motion


def difference(factors: tuple[Tensor, Tensor], name: str, values: tuple[float, float], size: int = 128) -> Tensor:
    """[H, W] by how much the pixels of one frame change between two values of a dial."""
    low, high = (paint(*changed(factors, name, value), size)[0, :, 0].float() for value in values)
    return (high - low).abs().sum(0)


def pixels(factors: tuple[Tensor, Tensor], size: int = 128) -> dict[str, Tensor]:
    """The landmarks of one frame, in pixels."""
    places = (landmarks(*factors, size)[0, 0] + 1) / 2 * (size - 1)
    return dict(zip(LANDMARKS, places, strict=True))


def whole(data: Faces, index: Tensor) -> Tensor:
    return data.motion(index, torch.arange(NUM_FRAMES).expand(len(index), -1))


@pytest.mark.parametrize("mode", MODES)
def test_a_clip_depends_on_seed_and_index_alone(mode):
    data, index = Faces(32, mode, seed=3), torch.tensor([5, 2**61 + 1, 7])
    moments = torch.tensor([[4, 20, 4], [63, 0, 1], [9, 8, 7]])
    identity, motion = data.identity(index), data.motion(index, moments)
    assert torch.equal(motion[1], whole(data, index)[1, moments[1]])
    together, long = paint(identity, motion, 32), paint(identity, whole(data, index), 32)
    assert torch.equal(together[1], long[1][:, moments[1]])
    alone = Faces(32, mode, seed=3)
    one = paint(alone.identity(index[1:2]), alone.motion(index[1:2], moments[1:2]), 32)
    assert torch.equal(one[0], together[1])
    assert not torch.equal(Faces(32, mode, seed=4).identity(index), identity)


@pytest.mark.parametrize("mode", MODES)
def test_clips_come_with_their_truth(mode):
    data = Faces(32, mode, seed=1)
    truth = data.with_truth(5, 16, 3, np.random.default_rng(0))
    clips, labels = data.clips(5, 16, 3, np.random.default_rng(0))
    assert torch.equal(clips, truth.clips) and torch.equal(labels, truth.labels)
    assert torch.equal(clips, paint(truth.identity, truth.motion, 32))
    assert torch.equal(truth.landmarks, landmarks(truth.identity, truth.motion, 32))
    assert clips.shape == (5, 3, 16, 32, 32) and truth.landmarks.shape == (5, 16, len(LANDMARKS), 2)
    assert truth.landmarks.abs().max() < 1
    assert (clips[:, :, :, 0, 0] == clips[:, :, :1, 0, 0]).all()  # the background stays
    assert (clips.float().std(dim=2).amax(dim=(1, 2, 3)) > 20).all()  # the face does not


@pytest.mark.parametrize("name", (*IDENTITY, *MOTION))
def test_every_dial_is_seen(name):
    values = (0.1, 0.9) if name in IDENTITY else (0.0, 0.3)
    smiling = changed(REST, "mouth open", 0.3) if name == "lips" else REST
    assert (difference(smiling, name, values, size=32) > 15).sum() >= 4


def test_all_starts_and_only_the_asked_frames_are_painted(monkeypatch):
    asked = []
    monkeypatch.setattr(Faces, "motion", lambda data, index, moments: asked.append(moments) or torch.zeros(1, 1, 1))
    monkeypatch.setattr(faces, "paint", lambda *_: torch.zeros(60, 3, 31, 1, 1).byte())
    monkeypatch.setattr(faces, "landmarks", lambda *_: torch.zeros(60, 31, 1, 2))
    data = Faces(32)
    data.clips(60, 31, 2, np.random.default_rng(0))
    data.frames(900, np.random.default_rng(0))
    starts, moments = asked[0][:, 0], asked[1]
    assert torch.equal(asked[0] - starts[:, None], 2 * torch.arange(31).expand(60, -1))
    assert set(starts.tolist()) == {0, 1, 2, 3}
    assert moments.shape == (900, 1) and set(moments.flatten().tolist()) == set(range(NUM_FRAMES))
    with pytest.raises(ValueError, match="spans 65 frames"):
        data.clips(1, 33, 2, np.random.default_rng(0))


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (0.4, 0.1), (-0.3, 0.2), (0.2, -0.2)])
def test_landmarks_are_where_the_features_are(yaw, pitch):
    """What a dial of a feature changes is that feature: its middle or its ends are the landmarks."""
    factors = changed(changed(changed(REST, "yaw", yaw), "pitch", pitch), "mouth open", 0.6)
    at = pixels(factors)
    x, y = torch.meshgrid(torch.arange(128.0), torch.arange(128.0), indexing="xy")

    lids = difference(factors, "eye colour", (0.0, 1.0))
    half = (at["left eye"][0] + at["right eye"][0]) / 2
    for name, side in (("left eye", x < half), ("right eye", x >= half)):
        weight = lids * side
        centre = torch.stack([(weight * axis).sum() / weight.sum() for axis in (x, y)])
        assert (centre - at[name]).norm() < 2

    brows = difference(factors, "brow thickness", (0.0, 0.4)) > 40
    for side, ends in ((x < half, ("outer", "inner")), (x >= half, ("inner", "outer"))):
        name = "left" if ends[0] == "outer" else "right"
        columns = (brows & side).any(0).nonzero()[:, 0]
        for column, end in ((columns[0], ends[0]), (columns[-1], ends[1])):
            assert abs(column - at[f"{name} brow {end}"][0]) < 5

    nose = difference(factors, "nose size", (0.0, 1.0))
    assert abs((nose * x).sum() / nose.sum() - at["nose tip"][0]) < 2
    assert abs((nose * y).sum() / nose.sum() - at["nose tip"][1]) < 4

    lips = difference(factors, "lips", (0.0, 1.0)) > 30
    columns, rows = lips.any(0).nonzero()[:, 0], lips.any(1).nonzero()[:, 0]
    for edge, landmark, axis in (
        (columns[0], "left", 0),
        (columns[-1], "right", 0),
        (rows[0], "top", 1),
        (rows[-1], "bottom", 1),
    ):
        assert abs(edge - at[f"mouth {landmark}"][axis]) < 4.5
    frame = paint(*factors, 128)[0, :, 0].float().sum(0)
    gradient = frame[:, at["chin"][0].round().long()].diff().abs()
    above = int(at["chin"][1]) - 6
    assert abs(above + gradient[above : above + 12].argmax() + 0.5 - at["chin"][1]) < 2


def test_a_mirrored_motion_has_mirrored_landmarks():
    generator = torch.Generator().manual_seed(0)
    identity, motion = (
        torch.rand(4, len(IDENTITY), generator=generator),
        torch.rand(4, 3, len(MOTION), generator=generator) - 0.5,
    )
    other = motion.clone()
    other[..., [MOTION.index(name) for name in ("yaw", "roll", "gaze x")]] *= -1
    swap = {name: name.replace("left", "X").replace("right", "left").replace("X", "right") for name in LANDMARKS}
    mirrored = landmarks(identity, other, 64)[:, :, [LANDMARKS.index(swap[name]) for name in LANDMARKS]]
    assert torch.allclose(landmarks(identity, motion, 64), mirrored * torch.tensor([-1, 1]), atol=1e-5)


def test_what_is_further_in_front_moves_further():
    places = [pixels(changed(REST, "yaw", yaw)) for yaw in (0.0, 0.3)]
    moved = {name: (places[1][name] - places[0][name])[0] for name in LANDMARKS}
    eyes = (moved["left eye"] + moved["right eye"]) / 2
    assert moved["nose tip"] > moved["mouth top"] > eyes > moved["chin"] > 0
    clockwise = pixels(changed(REST, "roll", 0.2))
    assert clockwise["left eye"][1] < clockwise["right eye"][1]
    assert pixels(changed(REST, "pitch", 0.2))["nose tip"][1] > places[0]["nose tip"][1]


@pytest.mark.parametrize("mode", MODES)
def test_paths_are_smooth_and_vary(mode):
    data = Faces(32, mode)
    motion = whole(data, torch.arange(300))
    quick = MOTION.index("blink")
    slow = [column for column in range(len(MOTION)) if column != quick]
    assert motion.diff(n=2, dim=1)[..., slow].abs().max() < 0.25
    assert motion[..., quick].max() > 0.9 and motion[..., quick].max() <= 1
    still = {"idle": {"sneer"}, "expressions": set(), "talking": {"sneer", "frown"}}[mode]
    spread = motion.std(dim=1).mean(0)
    assert {name for name, value in zip(MOTION, spread) if value < 1e-6} == still
    named = dict(zip(MOTION, motion.unbind(-1), strict=True))
    assert named["mouth open"].min() >= 0 and all(plane.abs().max() <= 1.2 for plane in named.values())


def test_expressions_begin_stay_and_go_as_their_labels_say():
    data, index = Faces(32, "expressions"), torch.arange(600)
    motion, labels = whole(data, index), data.label(index)
    assert data.categories == tuple(EXPRESSIONS) and labels.bincount().min() > 70
    turning = torch.tensor([name in ("yaw", "pitch", "roll", "gaze x", "gaze y", "blink") for name in MOTION])
    dials = motion[..., ~turning]
    size = dials.norm(dim=2)
    assert size[:, :5].max() == 0 == size[:, 60:].max() and size[:, 20:40].min() > 0.5
    assert (size[:, 20:40].max(1).values - size[:, 20:40].min(1).values).max() < 1e-4
    apexes = torch.tensor([[at.get(name, 0.0) for name in MOTION] for at in EXPRESSIONS.values()])[:, ~turning]
    assert torch.equal(F.cosine_similarity(dials[:, 30, None], apexes, dim=2).argmax(1), labels)
    _, drawn = data.clips(200, 1, 1, np.random.default_rng(0))
    assert set(drawn.tolist()) == set(range(6))


def test_sizes_agree():
    """A picture of 32 px is that of 64 px seen from further away."""
    data, index = Faces(64), torch.arange(40)
    moments = torch.tensor([[7, 40]]).expand(40, -1)
    factors = data.identity(index), data.motion(index, moments)
    large, small = (paint(*factors, size).float() for size in (64, 32))
    error = (F.avg_pool3d(large, (1, 2, 2)) - small).abs()
    assert error.mean() < 2


def test_faces_train_from_the_command_line(tmp_path, capsys):
    run = ["--preset", "smoke", "--folder", str(tmp_path / "run"), "--train.steps", "2"]
    main(["train", "mocogan", "--data", "faces-expressions", *run])
    assert (tmp_path / "run" / "last.pt").exists()
    main(["data", "show", "faces-talking", "--clips", "1", "--frames", "2", "--size", "32", "--out", str(tmp_path)])
    assert "faces-talking.gif" in capsys.readouterr().out
