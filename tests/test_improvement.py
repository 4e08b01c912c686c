"""`mocolab reproduce improvement`: its page from the command line, and that its sentences follow from figures."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from mocolab.cli import main
from mocolab.data import DATASETS, Shapes
from mocolab.experiments.findings import BETTER, IDEAS, findings, guide_finding, network_finding
from mocolab.experiments.forks import fork_figures, ideal_fork_figures
from mocolab.experiments.guides import drawn_with_truth, ideal_figures
from mocolab.experiments.ideas import rows
from mocolab.figures import Spread
from mocolab.futures import future_figures
from mocolab.metrics.shapes import segment
from mocolab.protocol import Protocol
from mocolab.system import System
from mocolab.systems import SYSTEMS

PROTOCOL = Protocol(num_frames=13, step=2, num_clips=32)


@pytest.mark.parametrize(("name", "world"), [("improvement", "shapes"), ("improvement-faces", "faces")])
def test_a_page_is_written(name, world, tmp_path):
    main(f"reproduce {name} --tier smoke --seeds 1 --out {tmp_path}/out --runs {tmp_path}/runs".split())
    page = (tmp_path / "out" / f"{name}.md").read_text()
    raw = json.loads((tmp_path / "out" / f"{name}.json").read_text())
    assert all(f"| {row.title} |" in page and row.title in raw["figures"] for row in rows(world))
    for picture in ("horizons", "clips"):
        assert (tmp_path / "out" / f"{name}-{picture}.png").stat().st_size > 0 and f"({name}-{picture}.png)" in page
    copied = raw["figures"]["copy the last frame"]
    assert copied["motion, of real's"] == 0 and copied["L1 at 1"] < copied["L1 at 5"]
    weights = {row.title: raw["figures"][row.title]["thousand weights"] for row in rows(world)}
    assert weights["1 picture"] == weights["whole clips"] != weights["whole clips, CycleGAN's generator"]
    steps = {folder.name: len((folder / "scores.jsonl").read_text().splitlines()) for folder in tmp_path.glob("runs/*")}
    assert steps[f"{world}-resnet-time-seed0"] < steps[f"{world}-resnet-seed0"] == steps[f"{world}-whole-seed0"]
    assert page.count("look in z_C |") == 1 and "look in z_C" in raw["figures"]["whole clips"]
    assert ("shapes-velocity-seed0" in steps) == (world == "shapes") == ("How many pictures" in page)


def test_true_centres_are_where_the_shapes_are():
    clips, looks, centres = drawn_with_truth(Shapes(32, "acceleration", seed=1), PROTOCOL)
    assert (segment(clips).centre - centres).norm(dim=2).mean() < 0.3 and looks.shape == (32, 5)


@pytest.mark.parametrize(("path", "enough"), [("velocity", 2), ("acceleration", 3)])
def test_the_ideal_knows_all_with_enough_pictures(path, enough):
    found = ideal_figures(Shapes(32, path, seed=1), PROTOCOL)
    errors = [found[f"{given} given, at 5"] for given in (1, 2, 3)]
    assert all(error < 1e-3 for error in errors[enough - 1 :]) and all(error > 0.5 for error in errors[: enough - 1])


class Turns(System):
    """Foretells `branching` perfectly, with the left turn in so many of the 16 futures."""

    optimizers = training_step = preview = None

    def __init__(self, data, left):
        super().__init__()
        self.data, self.left = data, left
        self.config = SYSTEMS["mocogan_predict"][1](0)["smoke"].config

    def predict(self, past, num_frames, samples):
        moments = (torch.arange(len(past)) % 8)[:, None] + 6 + 2 * torch.arange(num_frames)
        ways = [self.data.draw(self.data.factors(torch.arange(len(past)), turn), moments) for turn in (0, 1)]
        return torch.stack([ways[index >= self.left] / 127.5 - 1 for index in range(samples)])


def test_two_futures_are_told_apart():
    data = Shapes(32, "branching", seed=1)
    fair, bet = (fork_figures(Turns(data, left), data, PROTOCOL) for left in (8, 16))
    assert list(fair.values()) == [1, 0.5, 1, pytest.approx(16 / 15, abs=0.03)] and list(bet.values()) == [1, 1, 0, 0]
    near, left, even, spread = ideal_fork_figures(data, replace(PROTOCOL, num_clips=256)).values()
    assert near > 0.9 and left == pytest.approx(0.5, abs=0.05) and even > 0.88 and spread == pytest.approx(1.1, abs=0.1)


def test_means_are_those_of_the_steps():
    data = Shapes(32, seed=1)

    def predict(past, num_frames):
        return past[None, :, :, -1:].expand(-1, -1, -1, num_frames, -1, -1)

    found = future_figures(predict, data, PROTOCOL, every_step=True)
    steps = [found[f"L1 at {step}"] for step in range(1, 11)]
    assert found["L1"] == pytest.approx(sum(steps) / 10) == found["L1, best of 4"] and steps == sorted(steps)
    assert found["one-shape rate"] == 1 and found["motion, of real's"] == 0


def test_few_videos_are_few():
    for name in ("shapes-few", "faces-few"):
        data = DATASETS[name](size=16)
        random = np.random.default_rng(0)
        firsts = {clip.numpy().tobytes() for clip in data.clips(400, 1, 1, random)[0]}
        assert data.num_videos == 64 and len(firsts) <= 64 * data.num_frames


def rows_of(value: float) -> dict:
    titles = {title for _, *pair in IDEAS for title in pair}
    trained = {
        title: dict.fromkeys([*BETTER, "motion, of real's"], value) | {"seconds a step": 1.0} for title in titles
    }
    plain = {
        name: dict.fromkeys([*BETTER, "motion, of real's"], value) for name in ("copy the last frame", "empty scene")
    }
    return plain | trained


def test_findings_follow_from_the_figures():
    rows = rows_of(1.0)
    rows["whole clips"] |= {"LPIPS": 0.5, "centre error": 0.5, "one-shape rate": 2.0, "L1": Spread(1.5, 0.6)}
    rows["3 pictures"]["L1"] = Spread(1.0, 0.1)
    second, _, whole, _, resnet, _, _, _, data, best, motion = findings("shapes", rows, seeds=3)
    assert "A second picture does not pay on shapes" in second
    assert "learn from whole clips pays on shapes" in whole
    assert "no further apart than seeds are: L1" in whole and "LPIPS (1 to 0.5)" in whole
    assert "does not pay" in resnet and "More data pays" in data
    assert "whole clips has the lowest LPIPS" in best and "no trained row" in best and "whole clips (1)" in motion
    assert findings("shapes", rows, seeds=1)[0].startswith("With one seed")
    rows["empty scene"]["LPIPS"] = 0.4
    _, _, hidden, *_, best, _ = findings("shapes", rows, seeds=3)
    assert "both behind the empty scene: LPIPS (1 to 0.5)" in hidden and "The empty scene's FVD is 1, no less" in best

    judged = {"LPIPS": 0.1, "FVD": 200.0, "FVD, real against real": 45.1}
    assert "256 real clips and as many others it is 45" in network_finding(judged, 256)
    assert network_finding({}, 16).startswith("LPIPS and FVD: left out") and "get lpips i3d" in network_finding({}, 16)

    errors = {f"{given} given": {"centre error at 3": 4.0 - given, "ideal at 3": 0.0} for given in (1, 2, 3)}
    assert "3, 2, 1 px (each picture helps)" in guide_finding("shapes-velocity", errors)
    errors["2 given"]["centre error at 3"] = 9.0
    assert "not each" in guide_finding("shapes-velocity", errors)
