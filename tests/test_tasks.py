"""Prediction, retargeting and translation from the command line, on files as users have them."""

import numpy as np
import pytest
from PIL import Image

from mocolab import media
from mocolab.cli import main
from mocolab.data import open_data
from mocolab.media import GIVEN

LOOKS = "shapes-day+shapes-night"


def run(capsys, *arguments) -> str:
    """What a command line prints; its error sentence if it stops with one."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as stop:
        return str(stop.code)
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Runs of the smoke presets, one a task."""
    folder = tmp_path_factory.mktemp("runs")
    for system, data in (("mocogan_predict", "shapes"), ("dual_mtgan", "shapes"), ("cyclegan", LOOKS)):
        options = ["--data", data, "--preset", "smoke", "--train.steps", "2", "--folder", str(folder / system)]
        main(["train", system, *options])
    return folder


@pytest.fixture
def files(tmp_path):
    """A clip of 20 frames as a video and as a strip, one of 2, photos of other shapes and sizes, and no picture."""
    clips, _ = open_data("shapes", 64).clips(1, 20, 1, np.random.default_rng(0))
    media.save(tmp_path / "clip.mp4", clips)
    media.save(tmp_path / "strip.png", clips)
    for number in range(3):
        Image.fromarray(np.full((40, 50, 3), 60 * number, np.uint8)).save(tmp_path / f"photo{number}.jpg")
    Image.fromarray(np.zeros((40, 120, 3), np.uint8)).save(tmp_path / "panorama.jpg")
    media.save(tmp_path / "two.mp4", clips[:, :, :2])
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def orange(path) -> int:
    """Frames with an orange corner in the first row of a sheet."""
    frames = np.asarray(Image.open(path))[media.GAP, media.GAP :: 64 + 2 * media.GAP]
    return int((frames == GIVEN.numpy()).all(axis=1).sum())


@pytest.mark.parametrize(
    ("names", "given"),
    [
        (["photo0.jpg"], 1),
        (["photo0.jpg", "photo1.jpg"], 2),
        (["photo0.jpg", "photo1.jpg", "photo2.jpg"], 3),
        (["panorama.jpg"], 1),
        (["clip.mp4"], 3),
        (["strip.png"], 3),
    ],
)
def test_a_future_follows_pictures_and_clips(trained, files, capsys, names, given):
    out = files / "out.png"
    paths = [files / name for name in names]
    said = run(
        capsys, "predict", trained / "mocogan_predict", "--out", out, "--samples", 2, "--frames", 5, "--input", *paths
    )
    assert f"after {given} given ones" in said and orange(out) == given
    assert Image.open(out).size == (68 * (given + 5) + 4, 68 * 2 + 4)


def test_a_clip_goes_on_after_its_last_frame(trained, files, capsys):
    """Of 20 frames at a distance of 2, frame 19 is the last that is seen, and frames 15 and 17 come before it."""
    out = files / "out.png"
    run(
        capsys,
        "predict",
        trained / "mocogan_predict",
        "--out",
        out,
        "--samples",
        1,
        "--input",
        files / "strip.png",
        "--step",
        2,
    )
    sheet = np.asarray(Image.open(out))
    strip = media.load(files / "strip.png")
    for place, moment in enumerate((15, 17, 19)):
        left = 2 * media.GAP + place * (64 + 2 * media.GAP)
        shown = sheet[2 * media.GAP : 2 * media.GAP + 64 : 4, left : left + 64 : 4]
        true = strip[:, moment].float().unfold(1, 4, 4).unfold(2, 4, 4).mean(dim=(3, 4)).numpy().transpose(1, 2, 0)
        assert np.abs(shown - true).max() <= 1


def test_retarget_and_translate(trained, files, capsys):
    out = files / "out.gif"
    said = run(
        capsys,
        "retarget",
        trained / "dual_mtgan",
        "--source",
        files / "photo1.jpg",
        "--driving",
        files / "clip.mp4",
        "--out",
        out,
    )
    assert "10 frames" in said and out.exists()
    said = run(
        capsys,
        "translate",
        trained / "cyclegan",
        "--input",
        files / "clip.mp4",
        "--to",
        "a",
        "--out",
        files / "to_a.mp4",
    )
    assert "20 frames" in said and media.load(files / "to_a.mp4").shape[1] == 20


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["predict", "{runs}/mocogan_predict", "--input", "nowhere.png"], "does not exist"),
        (["predict", "{runs}/mocogan_predict", "--input", "notes.txt"], "clips are"),
        (["predict", "{runs}/mocogan_predict", "--input", "photo0.jpg", "clip.mp4"], "pictures alone"),
        (["predict", "{runs}/mocogan_predict", "--input", "photo0.jpg", "--samples", "0"], "positive"),
        (["predict", "{runs}/mocogan_predict", "--input", "photo0.jpg", "--given", "0"], "positive"),
        (["predict", "{runs}/mocogan_predict", "--input", "photo0.jpg", "--given", "5"], "the input shows 1"),
        (["predict", "{runs}/mocogan_predict", "--input", "two.mp4"], "2 frames, and 3 that are 2 apart"),
        (["predict", "{runs}/mocogan_predict", "--input", "photo0.jpg", "--out", "notes.txt"], "name it .gif"),
        (["train", "mocogan_predict", "--system.given"], "name one number or more"),
        (["retarget", "{runs}/dual_mtgan", "--source", "photo0.jpg", "--driving", "two.mp4"], "2 that are 2 apart"),
        (["predict", "{runs}/cyclegan", "--input", "photo0.jpg"], "does not predict"),
        (["predict", "mocogan-shapes", "--input", "photo0.jpg"], "does not predict"),
        (["retarget", "{runs}/dual_mtgan", "--source", "photo0.jpg", "--driving", "photo1.jpg"], "does not move"),
        (["retarget", "{runs}/cyclegan", "--source", "photo0.jpg", "--driving", "clip.mp4"], "does not retarget"),
        (["translate", "{runs}/dual_mtgan", "--input", "clip.mp4"], "does not translate"),
    ],
)
def test_a_mistake_ends_in_one_sentence(trained, files, capsys, monkeypatch, arguments, sentence):
    monkeypatch.chdir(files)
    said = run(capsys, *[argument.format(runs=trained) for argument in arguments])
    assert sentence in said and "Traceback" not in said
    assert not list(files.glob("*.gif")), "refused before any work"
