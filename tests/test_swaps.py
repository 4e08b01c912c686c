"""Swaps of pictures and motions: only the true answer is right in all parts, for shapes and for drawn faces."""

import pytest
import torch

from mocolab.data import open_data
from mocolab.data.faces import landmarks
from mocolab.engine import data_random
from mocolab.evaluation import driver_copied
from mocolab.metrics.landmarks import drawn_face_reader, read_landmarks
from mocolab.protocol import HELD_OUT, Protocol
from mocolab.swaps import swap_figures, swaps

PROTOCOL = Protocol(num_frames=10, step=2, num_clips=64)
FACES = open_data("faces", 32, HELD_OUT)
FOOLS = {
    "a copy of the driver": (lambda asked: asked.driving, {"face right", "colours right"}),
    "the picture held": (
        lambda asked: asked.source[:, :, :1].expand_as(asked.driving),
        {"places right", "motion right"},
    ),
    "an empty scene": (
        lambda asked: torch.full_like(asked.driving, -1),
        {"face right", "colours right", "places right", "motion right"},
    ),
    "the mean of the answer": (
        lambda asked: asked.answer.mean(dim=2, keepdim=True).expand_as(asked.driving),
        {"motion right"},
    ),
    "none: it is the answer": (lambda asked: asked.answer, set()),
}


@torch.no_grad()
@pytest.mark.parametrize("name", FOOLS)
def test_each_part_sees_what_it_says(name):
    fool, wrong = FOOLS[name]
    asked = swaps(FACES, PROTOCOL)
    shares = {part: right.float().mean().item() for part, right in asked.parts(fool(asked)).items()}
    for part, share in shares.items():
        assert share < 0.2 if part in wrong else share > 0.85, (part, share)


@pytest.mark.parametrize("data", ["shapes", "faces"])
def test_the_driver_itself_answers_nothing(data):
    found = driver_copied(open_data(data, 32, HELD_OUT), PROTOCOL)
    assert found["moved right"] < 0.05 < min(found["motion energy"] * 10, 1)


def test_what_has_no_known_answer_is_refused():
    with pytest.raises(ValueError, match="measured on moving shapes and on drawn faces, and shapes-day has neither"):
        swap_figures(lambda source, driving: driving, open_data("shapes-day", 32, HELD_OUT), PROTOCOL)


@pytest.mark.parametrize("mode", ["idle", "expressions", "talking"])
def test_landmarks_of_unseen_faces_are_read_to_a_pixel(mode):
    """At 64 px, at which they are also read; it sees 32."""
    data = open_data("faces" + (f"-{mode}" if mode != "idle" else ""), 64, seed=7)
    truth = data.with_truth(16, 8, 2, data_random(0, 0, 0))
    read = read_landmarks(truth.clips.float() / 127.5 - 1, drawn_face_reader())
    error = (read - landmarks(truth.identity, truth.motion, 64)).norm(dim=3).mean() * 31.5
    assert error < 1
