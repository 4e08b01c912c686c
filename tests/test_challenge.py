"""The challenge: a score that honesty maximises, and files that break or cheat and harm nobody."""

import json

import pytest
import torch

from mocolab.board import BASELINES, SAMPLES, judged, open_worlds
from mocolab.cli import main
from mocolab.course import jail
from mocolab.course.contestant import futures
from mocolab.data import open_data
from mocolab.metrics.prediction import energy_score

COPY = "past[None, :, :, -1:].repeat(samples, 1, 1, num_frames, 1, 1)"


def predictor(body: str) -> str:
    """A file whose predict does this."""
    return f"""import os, socket, subprocess, torch
from pathlib import Path
class Predictor:
    def predict(self, past, num_frames, samples):
        {body}
"""


def test_the_energy_score_of_two_futures_that_are_equally_likely():
    """The distance of a white and a black clip is 2 at every scale: known sums."""
    white, black = torch.ones(1, 3, 2, 8, 8), -torch.ones(1, 3, 2, 8, 8)

    def expected(*futures):
        return sum(energy_score(torch.stack(futures), came).item() for came in (white, black)) / 2

    assert energy_score(white[None], white).item() == 0
    assert energy_score(white[None], black).item() == pytest.approx(2)
    assert expected(white, black) == pytest.approx(1 - 2 / 4)
    assert expected(white, white) == expected(0 * white, 0 * white) == pytest.approx(1), "neither bets nor blur gain"
    assert expected(white, black, 0 * white) > expected(white, black)


def test_a_near_miss_is_nearer_and_every_pixel_counts():
    clip = -torch.ones(1, 3, 1, 32, 32)
    clip[..., 8:12, 8:12] = 1
    near, far = clip.roll(4, dims=4), clip.roll(16, dims=4)
    scores = [energy_score(made[None], clip).item() for made in (clip, near, far)]
    assert scores[0] == 0 < scores[1] < scores[2]
    checkered = clip + 0.1 * (torch.arange(32) % 2 * 2 - 1)
    assert energy_score(checkered[None], clip).item() > 0, "also what blocks do not see"


def test_who_knows_both_futures_outranks_whoever_bets_blurs_or_paints_nothing():
    data = open_data("shapes-branching", 32)
    index = torch.arange(24)
    moments = torch.arange(3, 32, 2).repeat(24, 1)
    left, right = (data.draw(data.factors(index, turn), moments) / 127.5 - 1 for turn in (0, 1))
    came = torch.where((index % 2 == 0)[:, None, None, None, None], left, right)
    answers = {
        "both": torch.stack([left, right]),
        "one": left[None],
        "mean": (left + right)[None] / 2,
        "black": -torch.ones_like(left)[None],
    }
    scores = {name: energy_score(futures, came).mean().item() for name, futures in answers.items()}
    assert min(scores, key=scores.get) == "both", scores


def test_the_score_is_0_for_copying_and_100_for_the_future():
    worlds = open_worlds(4, seed=5)
    other = open_worlds(4, seed=6)
    assert all((worlds[name].past != other[name].past).any() for name in worlds), "the seed decides the clips"
    copied = {
        name: BASELINES["copy the last frame"](past, future.shape[2]) for name, (_, past, future) in worlds.items()
    }
    came = {name: world.future[None] for name, world in worlds.items()}
    for said, points in ((copied, 0), (came, 100)):
        score = judged(said, worlds)["score"]
        assert (score["score"].mean, score["score"].deviation, score["shapes"], score["faces"]) == (
            points,
            0,
            *[points] * 2,
        )


def test_constant_velocity_is_right_where_velocity_is_constant():
    data = open_data("shapes-velocity", 64)
    clips = data.draw(data.factors(torch.arange(8)), torch.arange(12).repeat(8, 1)) / 127.5 - 1
    past, future = clips[:, :, :3], clips[:, :, 3:]
    moved, copied = (BASELINES[name](past, 9) for name in ("constant velocity", "copy the last frame"))
    assert energy_score(moved, future).mean() < 0.3 * energy_score(copied, future).mean()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda past, num_frames, samples: past, "returned [2, 3, 3, 8, 8], asked was for a tensor [4, 2, 3, 5, 8, 8]"),
        (lambda past, num_frames, samples: None, "returned NoneType"),
        (lambda past, num_frames, samples: torch.full((4, 2, 3, 5, 8, 8), torch.nan), "not finite"),
        (lambda past, num_frames, samples: torch.full((4, 2, 3, 5, 8, 8), 3.0), "not in [-1, 1]"),
    ],
)
def test_what_is_no_answer_is_named(answer, sentence):
    asked = type("", (), {"predict": staticmethod(answer)})
    with pytest.raises(SystemExit) as said:
        futures(asked, torch.zeros(2, 3, 3, 8, 8, dtype=torch.uint8), 5, 4)
    assert sentence in str(said.value)


@pytest.mark.parametrize(("name", "sentence"), [("nowhere", "does not exist"), (".", "holds no .py file")])
def test_a_place_without_files_is_refused(tmp_path, name, sentence):
    with pytest.raises(SystemExit, match=sentence):
        main(["challenge", str(tmp_path / name)])


ATTACKS = {
    "loop": (predictor("while True: pass"), "The time was over"),
    "huge": (
        predictor(
            "\n            ".join(["for fd in range(3, 9):", "try: os.write(fd, b'x' * 9**8)", "except OSError: pass"])
        ),
        "wrote more than was asked",
    ),
    "bomb": (predictor("\n            ".join(["while True:", "try: os.fork()", "except OSError: pass"])), "More than"),
    "disk": (predictor("open(Path.home() / 'x', 'wb').write(b'0' * 10**8)"), "OSError"),
    "net": (predictor("socket.create_connection(('192.0.2.1', 80), 5)"), "Network is unreachable"),
    "spy": (predictor("raise KeyError(sorted(p.name for p in Path('HERE').rglob('*')))"), "KeyError: []"),
    "exits": (predictor("os._exit(0)"), "ended without an answer"),
    "odd": (predictor("raise ValueError('a\\x1b[31m\\u202eb')"), "ValueError: a b"),
    "nothing": ("x = 1", "no class Predictor"),
    "broken": ("def (", "SyntaxError"),
}


def board(place, out, *more) -> dict:
    main(["challenge", str(place), "--clips", "2", "--out", str(out), *more])
    return json.loads((out / "board.json").read_text())


def test_a_file_and_a_folder_with_weights_are_ranked(tmp_path):
    place = tmp_path / "in"
    (place / "ann").mkdir(parents=True)
    (place / "bob.py").write_text(predictor(f"print('hello', flush=True); os.write(1, b'noise'); return {COPY}"))
    torch.save(torch.tensor(-1.0), place / "ann/weight.pt")
    (place / "ann/predictor.py").write_text(predictor(f"return torch.load('weight.pt') + 0 * {COPY}"))
    (place / "eve").mkdir()
    found = board(place, tmp_path / "out", "--seed", "3")
    assert found["seed"] == 3 and found["failed"] == {"eve": "There is no predictor.py."}
    figures = found["figures"]
    assert figures["bob"]["score"]["score"]["mean"] == 0 and figures["bob"]["shapes"]["one-shape rate"] == 1
    assert figures["ann"]["shapes"]["one-shape rate"] == 0 and f"L1, best of {SAMPLES}" in figures["ann"]["faces"]
    text = (tmp_path / "out/board.md").read_text()
    assert text.index("*what came*") < text.index("1. bob") < text.index("2. ann") < text.index("eve: no place")


@pytest.mark.corpus
def test_hostile_files_get_their_sentence_and_the_batch_goes_on(tmp_path):
    if reason := jail.missing():
        pytest.skip(f"there is no jail on this machine: {reason}")
    place = tmp_path / "in"
    place.mkdir()
    for name, (source, _) in ATTACKS.items():
        (place / f"{name}.py").write_text(source.replace("HERE", str(tmp_path)))
    (place / "link.py").symlink_to("/etc/passwd")
    (place / "zoe.py").write_text(
        predictor(f"subprocess.Popen(['sleep', '86391'], start_new_session=True); return {COPY}")
    )
    found = board(place, tmp_path / "out", "--seconds", "60")
    assert set(found["failed"]) == {*ATTACKS, "link"} and "zoe" in found["figures"]
    assert all(sentence in found["failed"][name] for name, (_, sentence) in ATTACKS.items()), found["failed"]
    assert found["seed"] != board(place / "zoe.py", tmp_path / "out")["seed"], "nobody knows the seed"
