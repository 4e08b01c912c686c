"""Figures of runs: equal terms for all, spreads over seeds, and the page of a table made again."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from mocolab import charts
from mocolab.cli import main
from mocolab.data import Shapes, open_data
from mocolab.evaluation import (
    evaluate,
    evaluate_real,
    figures,
    held_still,
    left_alone,
    predictor_figures,
    tasks,
)
from mocolab.experiments import EXPERIMENTS, table1
from mocolab.experiments.table1 import ROWS, findings
from mocolab.figures import Spread, number, over_seeds, table
from mocolab.protocol import Protocol, real_clips
from mocolab.system import Needs, Predictor, System, Translator
from mocolab.systems.template import ClipGAN

SIZE = 32
DATA = Shapes(SIZE, seed=1)
LOOKS = open_data("shapes-day+shapes-night", SIZE, seed=1)


class Replay(ClipGAN):
    """A perfect system: it 'makes' real clips, `step` frames of the video apart; a label is a direction."""

    def __init__(self, step: int, categories: int = 0):
        System.__init__(self)
        self.needs, self.categories = Needs(num_frames=16, step=step, size=SIZE, labels=categories), categories

    def sample(self, num_clips, num_frames, *, labels=None, content=None, motion=None):
        data = Shapes(SIZE, seed=2)
        index = torch.randint(2**62, (num_clips,))
        factors = data.factors(index)
        clips = data.draw(factors, torch.arange(num_frames).expand(num_clips, -1) * self.needs.step)
        if labels is not None:  # transposing a clip turns its direction
            turned = (factors.label != labels)[:, None, None, None, None]
            clips = torch.where(turned, clips.transpose(3, 4), clips)
        return clips.float() / 127.5 - 1


@pytest.mark.parametrize("step", [1, 2])
def test_systems_of_different_steps_are_compared_on_equal_terms(step):
    """At twice the protocol's pace or at its own, the same motion gives the same figures, those of real clips."""
    found = evaluate(Replay(step), DATA, Protocol(num_frames=16, step=2))
    assert found["ACD"] < 1e-4 and found["one-shape rate"] == 1
    assert found["path jerk"] == pytest.approx(1, abs=0.15) and found["coverage"] > 0.85


@pytest.mark.parametrize("step", [2, 3])
def test_a_pace_that_cannot_be_reached_is_refused(step):
    with pytest.raises(ValueError, match=f"makes clips of step {step}"):
        evaluate(Replay(step), DATA, Protocol(num_frames=8, step={2: 1, 3: 4}[step]))


def test_clips_that_obey_their_labels_do():
    found = evaluate(Replay(2, categories=2), DATA, Protocol(num_frames=16, step=2, num_clips=64))
    assert found["direction accuracy"] == 1


def test_faint_pictures_lower_content_distance_and_not_content_kept():
    clips = real_clips(DATA, 64, 8, 2, seed=0)
    drifting = (clips + clips.roll(1, dims=0).flip(2)) / 2
    faint = (drifting + 1) / 4 - 1
    found, fainter = figures(drifting, clips), figures(faint, clips)
    assert fainter["ACD"] == pytest.approx(found["ACD"] / 4, rel=0.2)
    assert fainter["content kept"] == pytest.approx(found["content kept"], abs=0.03)
    assert 0 < found["content kept"] < 1


def test_what_is_no_shape_has_no_figures_of_shapes():
    noise = torch.rand(4, 3, 8, SIZE, SIZE) * 2 - 1
    assert list(figures(noise, noise)) == ["motion energy"]


def test_real_frames_at_random_keep_no_content():
    """The other end of the scale: as far apart as the colours of two shapes, 255 * E|a - b| for uniform RGB."""
    rows, _ = table1.references(SIZE, Protocol(num_frames=16, step=2))
    a, b = np.random.default_rng(0).random((2, 100_000, 3))
    assert rows["real frames at random"]["ACD"] == pytest.approx(255 * np.linalg.norm(a - b, axis=1).mean(), rel=0.1)
    assert rows["real frames at random"]["one-shape rate"] == 1
    assert rows["real frames at random"]["content kept"] == pytest.approx(0, abs=0.02)
    assert rows["real"]["content kept"] == 1
    assert rows["real"] == evaluate_real(DATA, Protocol(num_frames=16, step=2))


class Foresight(ClipGAN, Predictor):
    """Of its futures the first holds still; the others are what comes."""

    def __init__(self):
        System.__init__(self)
        self.needs = Needs(num_frames=12, step=2, size=SIZE)

    def predict(self, past, num_frames, *, samples=1):
        real = real_clips(DATA, len(past), 3 + num_frames, 2, seed=0)[:, :, 3:]
        return torch.stack([past[:, :, -1:].expand_as(real), *[real] * (samples - 1)])


def test_predictors_are_measured_beside_a_frame_held_still():
    """A system of two tasks has the figures of both."""
    protocol = Protocol(num_frames=12, step=2, num_clips=16)
    assert len(tasks(Foresight())) == 2
    found, held = predictor_figures(Foresight(), DATA, protocol), held_still(DATA, protocol)
    assert held["motion energy"] == 0 and held["L1"] == pytest.approx(held["L1, best of 4"])
    assert found["L1, best of 4"] == 0 and found["L1"] == pytest.approx(held["L1"] / 4)
    assert found["SSIM, best of 4"] == pytest.approx(1) and found["PSNR, best of 4"] == pytest.approx(58.92, abs=0.01)
    with pytest.raises(ValueError, match="learnt to predict at step 2"):
        predictor_figures(Foresight(), DATA, Protocol(num_frames=12, step=1))
    with pytest.raises(ValueError, match="3 frames were asked for"):
        held_still(DATA, Protocol(num_frames=3, step=2))


class Idle(System):
    """Does nothing, and learns nothing."""

    optimizers = training_step = preview = None


class Painter(Idle, Translator):
    """Knows the night of every day; of the night it knows nothing."""

    needs = Needs(size=SIZE, domains=2)

    def translate(self, source, *, to):
        return real_clips(LOOKS.b, len(source), source.shape[2], 2, seed=0) if to == "b" else source


def test_translators_are_measured_against_the_true_other_look():
    """Both looks are drawn from equal factors; what is left as it is has the shape in its place, and is wrong."""
    protocol = Protocol(num_frames=4, step=2, num_clips=16)
    painted = evaluate(Painter(), LOOKS, protocol)
    assert painted == {"place right, to b": 1, "colour right, to b": 1, "place right, to a": 0, "colour right, to a": 0}
    assert set(left_alone(LOOKS, protocol).values()) == {0}
    with pytest.raises(ValueError, match="two looks of drawn shapes alone"):
        left_alone(DATA, protocol)


def test_a_task_without_figures_is_refused_before_any_work():
    with pytest.raises(ValueError, match="Idle does nothing that is measured"):
        tasks(Idle())


def test_spreads_over_seeds():
    rows = over_seeds([{"ACD": 1.0, "rate": 0.5}, {"ACD": 3.0, "rate": 0.5}, {"ACD": 5.0, "rate": 0.5, "more": 1.0}])
    assert rows == {"ACD": Spread(3.0, 2.0), "rate": Spread(0.5, 0.0)}
    assert over_seeds([{"ACD": 1.0}]) == {"ACD": 1.0}
    assert [number(rows["ACD"]), number(0.0123456), number(None)] == ["3 ± 2", "0.0123", ""]
    assert table({"a": rows, "b": {"rate": 1.0}}).splitlines()[2:] == ["| a | 3 ± 2 | 0.5 ± 0 |", "| b |  | 1 |"]


def test_several_runs_are_one_table_and_one_chart(tmp_path, capsys):
    runs = [str(tmp_path / name) for name in ("a", "b", "other")]
    for run, settings in zip(runs, ([], ["--train.seed", "1"], ["--system.sparsity", "0"])):  # the last differs in more
        main(["train", "vgan", "--preset", "smoke", "--folder", run, "--train.steps", "2", *settings])
    asked = ["--clips", "16", "--frames", "6", "--out", str(tmp_path / "out")]
    main(["evaluate", *runs, *asked])
    shown = capsys.readouterr().out
    assert (tmp_path / "out" / "evaluation.md").read_text().strip() in shown
    assert "16 clips of 6 frames" in shown
    result = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert result["protocol"] == {"num_frames": 6, "step": 2, "num_clips": 16, "seed": 0, "also": []}
    rows = result["figures"]
    assert list(rows) == ["real shapes", *runs, f"{runs[0]} over 2 seeds"]
    both = [rows[run]["motion energy"] for run in runs[:2]]
    assert rows[f"{runs[0]} over 2 seeds"]["motion energy"]["mean"] == pytest.approx(sum(both) / 2)
    assert (tmp_path / "out" / "evaluation.png").read_bytes().startswith(b"\x89PNG")


def test_a_table_is_made_again_through_kills(tmp_path, monkeypatch):
    """What is finished is kept, what was killed goes on, and other settings in the same folder are refused."""
    arguments = f"reproduce table1 --seeds 1 --out {tmp_path}/out --runs {tmp_path}/runs".split()
    experiment, measured = EXPERIMENTS["table1"], []

    def killed(system, *rest):
        measured.append(type(system).__name__)
        if len(measured) == 3:
            raise KeyboardInterrupt
        return experiment.measure(system, *rest)

    monkeypatch.setitem(EXPERIMENTS, "table1", replace(experiment, measure=killed))
    with pytest.raises(SystemExit, match="stopped"):
        main([*arguments, "--tier", "smoke"])
    assert not (tmp_path / "out" / "table1.md").exists()
    finished = {path: path.stat().st_mtime_ns for path in tmp_path.glob("runs/*/last.pt")}
    assert len(finished) == 3

    main([*arguments, "--tier", "smoke"])
    assert measured == ["VGAN", "TGAN", "MoCoGAN", *["MoCoGAN"] * 5]
    assert all(path.stat().st_mtime_ns == time for path, time in finished.items())
    page = (tmp_path / "out" / "table1.md").read_text()
    assert "mocolab reproduce table1 --tier smoke --seeds 1\n" in page and "| VGAN | 5.02 |" in page
    assert all(f"| {row.title} |" in page for row in ROWS)
    raw = json.loads((tmp_path / "out" / "table1.json").read_text())
    assert raw["trainings"]["VGAN"][0]["figures"] == raw["figures"]["VGAN"]
    players = {path.parent.name: json.loads(path.open().readline()) for path in tmp_path.glob("runs/*/scores.jsonl")}
    assert not any(term.startswith("D_I") for term in players["mocogan-without-frames-seed0"])
    assert not any(term.startswith("D_V") for term in players["mocogan-without-clips-seed0"])
    for name in ("figures", "clips", "curves"):
        assert f"(table1-{name}.png)" in page and (tmp_path / "out" / f"table1-{name}.png").stat().st_size > 0

    other = replace(experiment.tiers["smoke"], protocol=replace(experiment.tiers["smoke"].protocol, num_clips=8))
    monkeypatch.setitem(EXPERIMENTS["table1"].tiers, "smoke", other)
    main([*arguments, "--tier", "smoke"])
    assert len(measured) == 8 + len(ROWS)  # anew, for the clips are others
    assert all(path.stat().st_mtime_ns == time for path, time in finished.items())

    with pytest.raises(SystemExit, match="was made with config"):
        main([*arguments, "--tier", "cpu"])


def test_findings_follow_from_the_figures():
    good = {
        "ACD": 0.0,
        "content kept": 1.0,
        "motion energy": 0.02,
        "one-shape rate": 1.0,
        "path jerk": 1.0,
        "coverage": 1.0,
    }
    rows = {name: dict(good) for name in ["real", "real frames at random", *[row.title for row in ROWS]]}
    for title, acd in {"MoCoGAN": 2.0, "TGAN": 3.0, "VGAN": 4.0}.items():
        rows[title]["ACD"] = acd
    for title in ("MoCoGAN, z_A in G_I", "MoCoGAN, z_A in R_M"):
        rows[title]["direction accuracy"] = 0.75
    rows["MoCoGAN without D_I"]["one-shape rate"] = 0.1
    rows["MoCoGAN without D_I"]["ACD"], rows["MoCoGAN without D_V"]["content kept"] = 9.0, 1.1
    order, kept, alike, extremes, without_frames, without_clips, _ = findings(rows)
    assert "2 (MoCoGAN) < 3 (TGAN) < 4 (VGAN)" in order and "the same order" in order
    assert kept.endswith("1 (MoCoGAN) > 1 (TGAN) > 1 (VGAN), as by ACD.")
    assert "VGAN; TGAN" in alike and "without D_V" in alike and "without D_I" not in alike and "by their means" in alike
    assert extremes.endswith("is 0 (MoCoGAN, z_A in G_I), the highest content kept 1.1 (MoCoGAN without D_V).")
    assert "rate goes from 1 to 0.1" in without_frames and "ACD goes from 2 to 9" in without_frames
    assert "content kept goes from 1 to 1.1" in without_clips
    rows["VGAN"]["ACD"] = Spread(1.0, 0.5)
    rows["VGAN"]["path jerk"] = 0.0
    order, kept, _, over_mocogan, over_tgan, *_ = findings(rows)
    assert "1 ± 0.5 (VGAN) < 2 (MoCoGAN) < 3 (TGAN)" in order and "another order" in order
    assert "Nearer" not in order and "other than by ACD" in kept
    assert "VGAN is before MoCoGAN: content kept 1 against 1" in over_mocogan and "before TGAN" in over_tgan
    assert "path jerk 0 against 1. In this sense both are like real clips." in over_mocogan
    rows["MoCoGAN"]["ACD"] = Spread(2.0, 0.6)
    assert "spreads are VGAN and MoCoGAN." in findings(rows)[0]
    rows["VGAN"] |= {"ACD": -1.0, "motion energy": 0.003}
    _, _, _, over_mocogan, _, extremes, *_ = findings(rows)
    assert "ACD does not decide between them" in over_mocogan
    assert "VGAN are not like real ones: one-shape rate 1 against 1, motion energy 0.003 against 0.02" in extremes


def test_lengths_are_those_of_the_trainings(tmp_path):
    (of_seed,) = EXPERIMENTS["table1"].trainings("cpu", 1, tmp_path)
    assert table1.lengths(of_seed) == (
        "16 (VGAN; TGAN), 10 (MoCoGAN; MoCoGAN without D_I; MoCoGAN without D_V), "
        "13 (MoCoGAN, z_A in G_I; MoCoGAN, z_A in R_M)"
    )


def test_a_strip_shows_the_frames_it_says():
    clips = torch.full((2, 3, 5, 4, 4), -1.0)
    clips[1, 0] = 1
    clips[0, :, 4] = 0
    line = charts.strip(clips, frames=3)
    assert line.shape == (4, 2 * (3 * 5 + 4), 3)
    assert (line[:, :4] == 0).all() and (line[:, 4] == 1).all() and (line[:, 10:14] == 0.5).all()
    assert (line[:, 19:23] == [1, 0, 0]).all()
