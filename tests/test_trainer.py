"""What a run survives: kills at any moment, terms that diverge, full disks, and a resume with other settings."""

import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn, optim
from toy_systems import CASES, SHAPES, SIZE, assert_equal

from mocolab.averaging import Averages
from mocolab.data import Shapes
from mocolab.system import Needs, System
from mocolab.systems.template import ClipGAN
from mocolab.trainer import TrainConfig, Trainer

TEMPLATE = CASES["template"]
SHORT = TrainConfig(steps=6, device="cpu", precision="fp32", save_every=2, preview_every=3)


def trainer(folder: Path, system: System | None = None, resume: bool = False, **changes) -> Trainer:
    return Trainer(system or TEMPLATE.build(), SHAPES, folder, replace(SHORT, **changes), resume)


def saved(folder: Path) -> dict:
    return torch.load(folder / "last.pt", weights_only=True)


def assert_same_run(a: Path, b: Path) -> None:
    """Same files, and those that tell of weights and scores hold the same, bit for bit."""
    assert sorted(path.name for path in a.iterdir()) == sorted(path.name for path in b.iterdir())
    assert_equal(saved(a), saved(b))
    assert (a / "scores.jsonl").read_bytes() == (b / "scores.jsonl").read_bytes()


class Eventful(ClipGAN):
    """A system to which something happens at a step; the event may change the terms of G."""

    def __init__(self, step, event):
        torch.manual_seed(0)
        super().__init__(TEMPLATE.config)
        self.played, self.step, self.event = 0, step, event

    def training_step(self, batch, update):
        self.played += 1

        def watched(player, **terms):
            if player == "G" and self.played == self.step:
                terms = self.event(terms) or terms
            update(player, **terms)

        super().training_step(batch, watched)


def play(folder: Path) -> None:
    """Eight steps with a save after each, in a process of its own."""
    torch.set_num_threads(1)
    case = CASES["labelled"]
    config = TrainConfig(steps=8, device="cpu", precision="fp32", save_every=1, preview_every=3)
    Trainer(case.build(), case.data, folder, config, resume=True).fit()


def play_until_replacing(folder: Path, count: int) -> None:
    """As `play`, but the process kills itself just before it puts the count-th finished file in its place."""
    finish = os.replace

    def deadly(*paths):
        nonlocal count
        count -= 1
        if count == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        finish(*paths)

    os.replace = deadly
    play(folder)


@pytest.fixture
def start(monkeypatch):
    """Starts a function in a real process; a server that has imported torch forks them."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["test_trainer", "torch._dynamo"])  # the latter is what an optimizer imports

    def start(function, *arguments):
        process = server.Process(target=function, args=arguments)
        process.start()
        return process

    return start


def test_a_run_killed_again_and_again_ends_as_if_nothing_had_been(start, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    start(os.getpid).join()  # now the server is there
    began = time.monotonic()
    start(play, whole).join()
    seconds = time.monotonic() - began

    for count in (1, 2, 3, 4, 6):  # while saving: scores, config, last.pt of step 0, then of later steps
        process = start(play_until_replacing, killed, count)
        process.join()
        assert process.exitcode == -signal.SIGKILL
        assert list(killed.glob("*.tmp.*"))
    for _ in range(4):  # at any moment
        process = start(play, killed)
        process.join(random.uniform(0, seconds / 4))
        process.kill()
        process.join()
    with open(killed / "scores.jsonl", "a") as scores:
        scores.write('{"step": 9, "D_I/rea')  # a row that a kill cut short
    process = start(play, killed)
    process.join()
    assert process.exitcode == 0
    assert_same_run(whole, killed)


@pytest.mark.parametrize(
    "precision, advice",
    [
        ("bf16", r"resume it with --train\.precision fp32, or start"),
        ("fp32", "resumed it would end the same, so start"),
    ],
)
def test_a_term_that_diverges_is_named_and_the_last_good_step_kept(precision, advice, tmp_path):
    system = Eventful(3, lambda terms: {name: term * float("nan") for name, term in terms.items()})
    with pytest.raises(FloatingPointError, match=f"G/realism became nan at step 3.*{advice} anew"):
        trainer(tmp_path, system, precision=precision).fit()
    assert saved(tmp_path)["step"] == 2
    assert len((tmp_path / "scores.jsonl").read_text().splitlines()) == 2


def test_a_weight_that_diverges_is_not_saved(tmp_path):
    """The terms are finite, their gradient is not."""
    system = Eventful(4, lambda terms: {name: term + (term - term.detach()).sqrt() for name, term in terms.items()})
    with pytest.raises(FloatingPointError, match=r"generator\.\S+ became nan at step 4"):
        trainer(tmp_path, system).fit()
    assert saved(tmp_path)["step"] == 2


def test_terms_computed_before_a_move_they_should_see_are_refused(tmp_path):
    class Stale(ClipGAN):
        def training_step(self, batch, update):
            fooled = -self.judge(self.preview(batch)).mean()
            update("D", realism=self.judge(batch["clip"]).mean())
            update("G", realism=fooled)

    with pytest.raises(RuntimeError, match="Terms of G were computed before a move"):
        trainer(tmp_path, Stale(TEMPLATE.config)).fit()


def test_an_interrupted_run_goes_on(tmp_path):
    def interrupt(terms):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trainer(tmp_path / "interrupted", Eventful(4, interrupt)).fit()
    trainer(tmp_path / "interrupted", Eventful(0, None), resume=True).fit()
    trainer(tmp_path / "whole", Eventful(0, None)).fit()
    assert_same_run(tmp_path / "whole", tmp_path / "interrupted")


def test_a_disk_that_fills_up_says_so_and_keeps_the_last_good_step(tmp_path):
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(terms):
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, unlimited[1]))

    try:
        with pytest.raises(OSError, match=r"cannot be written \(File too large\): free some space"):
            trainer(tmp_path, Eventful(4, fill), preview_every=100).fit()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert saved(tmp_path)["step"] == 2
    assert not list(tmp_path.glob("*.tmp.*"))


def test_a_nearly_full_disk_is_refused_before_step_0(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=2**10)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    system = Eventful(0, None)
    with pytest.raises(OSError, match="nearly full"):
        trainer(tmp_path, system).fit()
    assert system.played == 0


def test_a_folder_that_cannot_be_made_is_refused_before_step_0(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    for folder in (tmp_path / "file", tmp_path / "file" / "run"):
        system = Eventful(0, None)
        with pytest.raises(OSError, match=r"cannot be written \((File exists|Not a directory)\).*--folder"):
            trainer(folder, system).fit()
        assert system.played == 0


def test_a_failing_draw_surfaces(tmp_path):
    class Torn(Shapes):
        drawn = 0

        def clips(self, *request):
            self.drawn += 1
            if self.drawn > 25:  # the previews of the save at step 0 draw 20
                raise OSError("the video is torn")
            return super().clips(*request)

    with pytest.raises(OSError, match="torn"):
        Trainer(TEMPLATE.build(), Torn(SIZE), tmp_path, replace(SHORT, steps=50, save_every=50)).fit()


def test_a_run_is_not_overwritten(tmp_path):
    trainer(tmp_path, steps=1).fit()
    with pytest.raises(ValueError, match="--resume"):
        trainer(tmp_path)


@pytest.mark.parametrize(
    "change, field",
    [
        ({"train": {"seed": 1}}, "train.seed = 0, and 1"),
        ({"train": {"averaging": 0.5}}, "train.averaging"),
        ({"config": {"rate": 1.0}}, "config.rate = 0.0002, and 1.0"),
        ({"data": Shapes(SIZE, "velocity", num_frames=16)}, "data = shapes, and shapes-velocity"),
    ],
)
def test_a_resume_with_other_settings_is_refused_by_name(change, field, tmp_path):
    trainer(tmp_path, steps=1).fit()
    system = ClipGAN(replace(TEMPLATE.config, **change.get("config", {})))
    config = replace(SHORT, **change.get("train", {}))
    with pytest.raises(ValueError, match=field):
        Trainer(system, change.get("data", SHAPES), tmp_path, config, resume=True)


def test_a_resume_may_be_longer_and_more_talkative(tmp_path):
    trainer(tmp_path / "changed", steps=2).fit()
    trainer(tmp_path / "changed", resume=True, minutes=9.0, save_every=1, preview_every=2).fit()
    trainer(tmp_path / "whole", preview_every=2).fit()
    assert_same_run(tmp_path / "whole", tmp_path / "changed")


def test_a_resume_without_its_scores_is_refused(tmp_path):
    trainer(tmp_path, steps=1).fit()
    (tmp_path / "scores.jsonl").unlink()
    with pytest.raises(ValueError, match="lacks some of the 1 steps"):
        trainer(tmp_path, resume=True).fit()


def test_rates_fall_linearly_at_the_end(tmp_path):
    played = trainer(tmp_path, steps=8, decay_after=0.5)
    rates = []
    played.system.training_step = lambda batch, update: rates.append(played.optimizers["G"].param_groups[0]["lr"])
    played._look = dict  # there are no terms
    played.fit()
    assert [rate / TEMPLATE.config.rate for rate in rates] == pytest.approx([1, 1, 1, 1, 1, 0.75, 0.5, 0.25])


class Bare(System):
    """A linear layer and a norm, to compute by hand."""

    averaged = ("generator",)

    def __init__(self):
        super().__init__()
        self.config, self.needs = SHORT, Needs(frames=2, size=SIZE)
        self.generator = nn.Sequential(nn.Linear(4, 5, bias=False), nn.BatchNorm1d(5))
        self.D = nn.Linear(1, 1, bias=False)

    def optimizers(self):
        return {"D": optim.SGD(self.D.parameters(), 1.0)}

    def training_step(self, batch, update):
        one = torch.ones(1, 1)
        update("D", score=self.D(one).sum())
        self.seen = self.D(one)

    def preview(self, batch):
        codes = batch["frame"].flatten(1)[:, :4]
        return self.generator(codes)[:, :3, None, None, None].expand(-1, -1, 1, SIZE, SIZE)


def test_averaged_weights_come_with_the_statistics_of_their_own_activations():
    system = Bare()
    averages = Averages(system, share=0.15)
    linear, mean = system.generator[0], system.generator[0].weight.detach().clone()
    for step in range(1, 5):
        linear.weight.data.normal_()
        share = min(0.15, step / (step + 10))
        mean = share * mean + (1 - share) * linear.weight.detach()
        averages.follow(step)
    before = {name: value.clone() for name, value in system.state_dict().items()}
    batches = [torch.randn(8, 4) + 3 for _ in range(20)]
    with averages.shown({"frame": batch} for batch in batches) as shown:
        activations = torch.stack([batch @ mean.T for batch in batches])
        torch.testing.assert_close(shown.generator[0].weight, mean)
        torch.testing.assert_close(shown.generator[1].running_mean, activations.mean(dim=(0, 1)))
        torch.testing.assert_close(shown.generator[1].running_var, activations.var(dim=1).mean(dim=0))
        assert not shown.generator[1].training
    assert system.generator[0] is linear and system.generator[1].training
    assert_equal(before, dict(system.state_dict()))


def test_in_bf16_a_player_sees_the_move_just_made(tmp_path):
    """With autocast's cache, D's forward after its move would use the weight from before."""
    system = Bare()
    with torch.no_grad():
        system.D.weight.fill_(4)
    trainer(tmp_path, system, steps=1, precision="bf16").fit()
    assert system.seen.dtype == torch.bfloat16
    assert system.seen.item() == system.D.weight.item() == 3
