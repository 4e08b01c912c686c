"""An exercise of a small lab, run in this process."""

import pytest
import torch

from mocolab.course.bundles import compare
from mocolab.course.exercise import run
from mocolab.course.source import read

SOURCE = """# %% [markdown] mocolab={"role": "header", "id": "07", "title": "Small", "minutes": 5}
# # Small

# %% mocolab={"role": "given"}
import torch
from mocolab.course import check

# %% mocolab={"role": "demo"}
raise RuntimeError("a demo does not run")

# %% [raw] mocolab={"role": "stub", "id": "7.1"}
# def double(x):
#     raise NotImplementedError("Exercise 7.1: double x.")

# %% mocolab={"role": "answer", "id": "7.1", "points": 1, "minutes": 1, "difficulty": 1}
def double(x):
    return 2 * x

# %% mocolab={"role": "check", "id": "7.1"}
probe = check("7.1", double)
probe.show(doubled=double(probe.tensor(*probe.sizes(2))))

# %% mocolab={"role": "given"}
offset = 1

# %% [raw] mocolab={"role": "stub", "id": "7.2"}
# def double_and_add(x):
#     raise NotImplementedError("Exercise 7.2: double, then add.")

# %% mocolab={"role": "answer", "id": "7.2", "points": 1, "minutes": 1, "difficulty": 1, "depends": ["7.1"]}
def double_and_add(x):
    return double(x) + offset

# %% mocolab={"role": "check", "id": "7.2"}
probe = check("7.2", double_and_add)
probe.show(result=double_and_add(probe.tensor(3)))
"""


@pytest.fixture
def lab(tmp_path):
    path = tmp_path / "lab07_small.py"
    path.write_text(SOURCE)
    return read(path)


def test_an_exercise_runs_with_what_it_needs(lab):
    assert lab.upstream("7.2") == ["7.1"] and lab.upstream("7.1") == []
    state = torch.random.get_rng_state()
    first, again, other = (run(lab, "7.2", seed) for seed in (3, 3, 4))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert compare(first, again).passed and not compare(first, other).passed
    assert first["types"] == {"double_and_add": ["__main__"]}


def test_answers_can_be_replaced_here_and_upstream(lab):
    right = run(lab, "7.2", 3)
    assert compare(right, run(lab, "7.2", 3, {"7.2": "def double_and_add(x):\n    return x + x + offset"})).passed
    assert not compare(right, run(lab, "7.2", 3, {"7.1": "def double(x):\n    return x"})).passed
    stub = {"7.1": lab.exercises["7.1"].stub.source}
    with pytest.raises(NotImplementedError, match=r"Exercise 7\.1"):
        run(lab, "7.2", 3, stub)


def test_a_check_that_shows_nothing_is_a_mistake_of_the_lab(tmp_path):
    path = tmp_path / "lab07_small.py"
    path.write_text(SOURCE.replace('probe = check("7.1", double)\nprobe.show(', "print("))
    with pytest.raises(NameError):
        run(read(path), "7.1", 0)
    path.write_text(SOURCE.replace("probe.show(result=", "print("))
    with pytest.raises(ValueError, match=r"lab07_small.py:3\d: the check must show one bundle"):
        run(read(path), "7.2", 0)
