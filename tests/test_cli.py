"""The command line from end to end, in its own process where imports matter."""

import json
import shutil
import subprocess
import sys

import pytest
from PIL import Image

from mocolab import media
from mocolab.cli import main, parse
from mocolab.loading import export, load, read


def run(capsys, *arguments: str) -> str:
    """What a command line prints; its error sentence if it stops with one."""
    try:
        main(arguments)
    except SystemExit as stop:
        return str(stop.code) if isinstance(stop.code, str) else capsys.readouterr().err
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of the smoke preset with labels."""
    folder = tmp_path_factory.mktemp("runs") / "labelled"
    main(
        [
            "train",
            "mocogan",
            "--data",
            "shapes-labels",
            "--preset",
            "smoke",
            "--folder",
            str(folder),
            "--train.steps",
            "4",
        ]
    )
    return folder


def test_help_answers_without_torch():
    code = "import sys, mocolab.cli as cli; cli.main(['--help']); assert 'torch' not in sys.modules"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert all(verb in shown for verb in ("train", "sample", "evaluate", "data", "quickstart"))


def test_every_setting_has_a_flag_and_a_preset_its_defaults():
    request = parse(["train", "mocogan", "--preset", "paper", "--system.motion-dim", "16", "--train.steps", "7"])
    assert (request.system.size, request.system.width, request.system.clips) == (64, 64, 32)
    assert (request.system.motion_dim, request.train.steps) == (16, 7)
    labelled = parse(["train", "mocogan", "--data", "shapes-labels", "--preset", "paper"]).system
    assert (labelled.categories, labelled.labelled) == (2, True)


def test_a_run_is_sampled_evaluated_and_resumed(trained, tmp_path, capsys):
    assert {path.name for path in trained.iterdir()} >= {"config.json", "scores.jsonl", "last.pt", "step_000004.gif"}
    for name in ("a.png", "a.gif", "a.mp4"):
        out = tmp_path / name
        run(capsys, "sample", str(trained), "--out", str(out), "--clips", "3", "--frames", "12", "--label", "1")
        assert out.stat().st_size > 0
        assert name == "a.png" or media.load(out).shape[1] == 12, "any length can be asked for"
    shown = run(capsys, "evaluate", str(trained), "--clips", "16", "--out", str(tmp_path))
    rows = json.loads((tmp_path / "evaluation.json").read_text())["figures"]
    assert "direction accuracy" in shown and len(rows) == 2
    assert rows["real shapes-labels"]["one-shape rate"] == 1 and rows["real shapes-labels"]["ACD"] < 1e-4
    again = ["train", "mocogan", "--data", "shapes-labels", "--preset", "smoke", "--folder", str(trained)]
    assert "--resume" in run(capsys, *again)
    run(capsys, *again, "--resume", "--train.steps", "6")
    assert [json.loads(line)["step"] for line in open(trained / "scores.jsonl")] == [1, 2, 3, 4, 5, 6]


def test_what_is_held_is_held(trained, tmp_path, capsys):
    strips = {}
    for hold in ("nothing", "content", "motion", "rows"):
        out = tmp_path / f"{hold}.png"
        run(capsys, "sample", str(trained), "--out", str(out), "--clips", "4", "--hold", hold, "--seed", "3")
        strips[hold] = out.read_bytes()
    assert len(set(strips.values())) == 4
    run(capsys, "sample", str(trained), "--out", str(tmp_path / "again.png"), "--clips", "4", "--seed", "3")
    assert (tmp_path / "again.png").read_bytes() == strips["nothing"], "equal seeds give equal clips"


@pytest.mark.parametrize("clips", [6, 8, 12])
def test_a_row_of_the_grid_shares_its_content(trained, tmp_path, monkeypatch, clips):
    from mocolab.systems.generation.mocogan import MoCoGAN

    held, sample = {}, MoCoGAN.sample
    monkeypatch.setattr(MoCoGAN, "sample", lambda *a, **given: held.update(given) or sample(*a, **given))
    main(["sample", str(trained), "--hold", "rows", "--clips", str(clips), "--out", str(tmp_path / "grid.gif")])
    width, height = Image.open(tmp_path / "grid.gif").size
    assert len(held["content"].unique(dim=0)) / len(held["motion"].unique(dim=0)) == (height - 4) / (width - 4)


def test_a_released_checkpoint_gives_the_runs_clips(trained, tmp_path, monkeypatch):
    import torch

    monkeypatch.setattr("mocolab.loading.RELEASED", tmp_path)
    export(trained, tmp_path / "small.pt", scores={"ACD": 1.0})
    pictures = []
    for system in (load(trained), load("small")):
        torch.manual_seed(0)
        pictures.append(system.sample(2, 10))
    assert (pictures[0] - pictures[1]).abs().max() < 0.05, "half precision costs little"
    assert read("small")[0]["scores"] == {"ACD": 1.0}


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("last.pt", None, "holds no last.pt"),
        ("last.pt", b"no weights", "last.pt is damaged"),
        ("last.pt", "half", "last.pt is damaged"),
        ("last.pt", {"state_dict": {}}, "last.pt is damaged, or no checkpoint of mocolab"),
        ("config.json", None, "config.json is missing"),
        ("config.json", b"{", "config.json is missing, damaged"),
        ("config.json", b'{"model": "other"}', "of another program"),
        ("config.json", ('"MoCoGAN"', '"StyleGAN"'), "StyleGAN is not a system of this mocolab"),
        ("config.json", ('"width"', '"breadth"'), "Another version of mocolab"),
        ("config.json", ('"width": 8', '"width": 16'), "weights of other sizes than its settings say"),
    ],
)
def test_a_run_that_is_damaged_or_foreign_is_refused(trained, tmp_path, capsys, file, content, sentence):
    import torch

    folder = shutil.copytree(trained, tmp_path / "run")
    path = folder / file
    match content:
        case None:
            path.unlink()
        case "half":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        case bytes():
            path.write_bytes(content)
        case dict():
            torch.save(content, path)
        case old, new:
            path.write_text(path.read_text().replace(old, new))
    said = run(capsys, "sample", str(folder), "--out", str(tmp_path / "clips.gif"))
    assert sentence in said and "Traceback" not in said and said.count("\n") == 0
    assert not (tmp_path / "clips.gif").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["trian"], "did you mean train"),
        (["train", "mocogam"], "did you mean mocogan"),
        (["train", "mocogan", "--data", "shaps"], "did you mean shapes"),
        (["train", "mocogan", "--preset", "huge"], "choose from smoke, cpu, paper"),
        (["train", "mocogan", "--system.num-frames", "9"], "at least"),
        (["train", "mocogan", "--system.size", "48"], "48"),
        (["train", "mocogan", "--system.step", "9"], "lower the step"),
        (["sample", "nowhere"], "neither the folder of a run"),
        (["sample", "{run}/last.pt"], "is a file: name the folder of its run"),
        (["sample", "{run}", "--seed", "-1"], "--seed -1 was given: give at least 0"),
        (["evaluate", "{run}", "--frames", "0"], "--frames 0 was given: give at least 1"),
        (["evaluate", "{run}", "--out", "{run}/last.pt"], "is a file: name a folder"),
        (["evaluate"], "give one or more"),
        (["sample", "{run}", "--label", "2"], "labels 0 to 1"),
        (["sample", "{run}", "--frames", "0"], "positive"),
        (["sample", "{run}", "--out", "clip.xyz"], ".gif"),
        (["evaluate", "{run}", "--data", "no-such-folder"], "neither a folder nor a data set"),
        (["evaluate", "{run}", "--data", "shapes-day+shapes-night"], "does not translate (it is a MoCoGAN)"),
    ],
)
def test_a_mistake_ends_in_one_sentence(trained, tmp_path, capsys, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    said = run(capsys, *[argument.format(run=trained) for argument in arguments])
    assert sentence in said and "Traceback" not in said
    assert not list(tmp_path.glob("runs/*/last.pt")), "refused before any work"


def test_quickstart_leaves_clips_and_figures(tmp_path, capsys, monkeypatch):
    unlabelled = tmp_path / "run"
    train = ["train", "mocogan", "--preset", "smoke", "--folder", str(unlabelled), "--train.steps", "1"]
    run(capsys, *train)
    monkeypatch.setattr("mocolab.loading.RELEASED", tmp_path)
    export(unlabelled, tmp_path / "mocogan-shapes.pt", scores={})
    folder = tmp_path / "quickstart"
    assert "more than 0" in run(capsys, "quickstart", "--folder", str(folder), "--minutes=-1") and not folder.exists()
    shown = run(capsys, "quickstart", "--folder", str(folder), "--preset", "smoke")
    assert {path.name for path in folder.iterdir()} == {"trained.gif", "fresh.gif", "real.gif", "figures.md", "run"}
    figures = (folder / "figures.md").read_text()
    assert figures in shown + "\n" and all(row in figures for row in ("| real", "| fresh", "| untrained", "1.79"))
    assert "--folder" in run(capsys, "quickstart", "--folder", str(folder)), "an earlier one is not overwritten"
    (folder / "figures.md").unlink()  # as if stopped before the end
    assert "figures.md" not in run(capsys, "quickstart", "--folder", str(folder), "--preset", "smoke")
    assert (folder / "figures.md").read_text() == figures, "what was stopped goes on"
    hurried = run(capsys, "quickstart", "--folder", f"{folder}2", "--preset", "smoke", "--minutes", "1e-6")
    assert "| fresh, 10 steps" in hurried and "over after 10 of 20 steps" in hurried and "busy" not in shown
