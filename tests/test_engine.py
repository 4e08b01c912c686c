"""Two processes under torchrun, on gloo: they stay equal, equal one process, and go on after a kill.

As a program, `test_engine.py FOLDER JOB...` is what torchrun starts.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import nn, optim
from toy_systems import CASES, SIZE, ToyConfig, assert_equal, encoder

from mocolab import engine
from mocolab.data import Shapes
from mocolab.networks.generators import paint
from mocolab.objectives import bce
from mocolab.system import Needs, System
from mocolab.trainer import TrainConfig, Trainer

GAMES = ("mocogan", "tgan", "cyclegan", "mocogan_predict", "dual_mtgan")  # of two, chance decides the graph
LONGEST = 120  # seconds that two processes may take before a test gives them up for stuck


class GivenLatents(System):
    """A game without BatchNorm and without noise: G repaints each frame from a fixed code of it."""

    averaged = ("generator",)

    def __init__(self, clips: int):
        super().__init__()
        self.config = ToyConfig(clips)
        self.needs = Needs(clips=clips, num_frames=2, size=SIZE)
        torch.manual_seed(0)
        self.generator = nn.Sequential(nn.Linear(4, 3 * SIZE * SIZE), nn.Tanh(), nn.Unflatten(1, (3, SIZE, SIZE)))
        self.D = encoder(1)

    def optimizers(self):
        players = {"D": self.D, "G": self.generator}  # not Adam: it blows rounding up where gradients are near 0
        return {name: optim.SGD(network.parameters(), 0.1) for name, network in players.items()}

    def preview(self, batch):
        return paint(self.generator, batch["clip"].mean(dim=1).flatten(2).unflatten(2, (4, -1)).mean(dim=3))

    def training_step(self, batch, update):
        real = batch["clip"].transpose(1, 2).flatten(0, 1)
        with torch.no_grad():
            fake = self.preview(batch).transpose(1, 2).flatten(0, 1)
        update("D", realism=bce.discriminator(self.D(real), self.D(fake)))
        update("G", realism=bce.generator(self.D(self.preview(batch).transpose(1, 2).flatten(0, 1))))


class Joined(Shapes):
    """Eight clips in each batch, of which a process gets its share."""

    drawn = 0

    def clips(self, num_clips, num_frames, step, random):
        self.drawn += 1
        clips, labels = super().clips(8, num_frames, step, engine.data_random(0, self.drawn, 0))
        mine = slice(num_clips * int(os.environ.get("RANK", 0)), None)
        return clips[mine][:num_clips], labels[mine][:num_clips]


def play(job: str, folder: Path) -> System:
    """One process' part in a job; what it has learnt."""
    torch.set_num_threads(1)
    train = {"device": "cpu", "precision": "fp32", "save_every": 2}
    if job in CASES:
        case = CASES[job]
        steps = 12 if job == "mocogan" else 4
        system, data, config = case.build(), case.data, TrainConfig(steps=steps, minutes=60, **train)
        torch.manual_seed(int(os.environ["RANK"]))  # processes that start unlike must become alike
        nn.init.normal_(next(system.parameters()), std=0.1)
    else:
        system, data = GivenLatents(clips=4 if "RANK" in os.environ else 8), Joined(SIZE)
        config = TrainConfig(steps=6, **train)
    Trainer(system, data, folder, config, resume=True).fit()
    return system


def torchrun(folder: Path, *jobs: str) -> subprocess.Popen:
    """Two processes play jobs in turn; each leaves in the folder its number, and its weights after each job."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", __file__]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([*command, str(folder), *jobs], env=environment)


def test_two_processes(tmp_path):
    """In one test, for a start of two processes takes seconds."""
    two = tmp_path / "two"
    assert torchrun(two, "halves", *GAMES).wait(LONGEST) == 0
    for game in GAMES:
        assert_identical_weights(two, game)
    assert_halves_equal_the_whole(two, tmp_path / "one")
    assert_a_kill_leaves_no_trace(two, tmp_path / "killed")


def assert_identical_weights(two: Path, game: str) -> None:
    first, second = (torch.load(two / f"{game}.{rank}") for rank in (0, 1))
    weights = dict(CASES[game].build().named_parameters())
    assert all(torch.equal(first[name], second[name]) for name in weights), game
    assert any(not torch.equal(first[name], second[name]) for name in first)  # each saw clips of its own


def assert_halves_equal_the_whole(two: Path, one: Path) -> None:
    start, joined = GivenLatents(clips=8).state_dict(), play("halves", one).state_dict()
    halves = torch.load(two / "halves.1")
    for name in joined:
        assert (joined[name] - halves[name]).abs().max() < 1e-6
        assert (joined[name] - start[name]).abs().max() > 1e-4
    rows = [(folder / "scores.jsonl").read_text().splitlines() for folder in (one, two / "halves")]
    assert [len(lines) for lines in rows] == [6, 6]
    for line, other in zip(*rows):
        assert json.loads(line) == pytest.approx(json.loads(other), abs=1e-6)


def assert_a_kill_leaves_no_trace(two: Path, killed: Path) -> None:
    last = killed / "mocogan" / "last.pt"
    processes = torchrun(killed, "mocogan")
    while not last.exists() or torch.load(last)["step"] == 0:
        assert processes.poll() is None
        time.sleep(0.01)
    for rank in (0, 1):
        os.kill(int((killed / f"process.{rank}").read_text()), signal.SIGKILL)
    assert processes.wait(LONGEST) != 0
    assert torch.load(last)["step"] < 12
    assert torchrun(killed, "mocogan").wait(LONGEST) == 0
    assert_equal(torch.load(two / "mocogan" / "last.pt"), torch.load(last))
    assert (two / "mocogan" / "scores.jsonl").read_bytes() == last.with_name("scores.jsonl").read_bytes()


def test_a_device_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"--train\.device cpu"):
        engine.start("cuda")


@pytest.mark.parametrize("kind, fast", [("cpu", True), ("mps", False)])
def test_bf16_is_automatic_only_where_it_is_fast(kind, fast, monkeypatch):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    assert engine.uses_bf16(torch.device(kind), "auto") == fast
    assert engine.uses_bf16(torch.device(kind), "bf16") and not engine.uses_bf16(torch.device(kind), "fp32")


if __name__ == "__main__":
    folder, rank = Path(sys.argv[1]), os.environ["RANK"]
    (folder / f"process.{rank}").write_text(str(os.getpid()))
    for job in sys.argv[2:]:
        torch.save(play(job, folder / job).state_dict(), folder / f"{job}.{rank}")
