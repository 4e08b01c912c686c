"""An audit finds what is wrong with a check, and nothing in the checks of the labs."""

from pathlib import Path

import pytest
import torch

from mocolab.cli import main
from mocolab.course.audit import audit, table
from mocolab.course.source import read

LAB = """# %% [markdown] mocolab={"role": "header", "id": "07", "title": "Small", "minutes": 5}
# # Small

# %% mocolab={"role": "given"}
import torch
from mocolab.course import check

# %% [raw] mocolab={"role": "stub", "id": "7.1"}
# def mean_step(clips):
#     raise NotImplementedError("Exercise 7.1: the mean step.")

# %% mocolab={"role": "answer", "id": "7.1", "points": 2, "minutes": 1, "difficulty": 1}
def mean_step(clips):
    return (clips[:, 1:] - clips[:, :-1]).abs().mean(dim=1)

# %% mocolab={"role": "check", "id": "7.1"}
probe = check("7.1", mean_step)
B, T = probe.sizes(2)
probe.show(steps=mean_step(probe.tensor(B, T)))

# %% [raw] mocolab={"role": "misconception", "id": "7.1", "cause": "signed", "says": "Ups and downs cancel."}
# def mean_step(clips):
#     return (clips[:, 1:] - clips[:, :-1]).mean(dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "7.1", "cause": "squared", "says": "Absolute, not squared."}
# def mean_step(clips):
#     return (clips[:, 1:] - clips[:, :-1]).square().mean(dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "7.1", "cause": "summed", "says": "A mean."}
# def mean_step(clips):
#     return (clips[:, 1:] - clips[:, :-1]).abs().sum(dim=1)
"""


@pytest.fixture
def faults(tmp_path):
    """A function from a change of the small lab, (old, new), to the faults that an audit finds in it."""

    def find(old: str, new: str) -> str:
        assert old in LAB
        path = tmp_path / "lab07_small.py"
        path.write_text(LAB.replace(old, new))
        (row,) = audit(read(path), range(3))
        return "\n".join(row.faults)

    return find


def test_a_good_check_is_adequate(tmp_path):
    path = tmp_path / "lab07_small.py"
    path.write_text(LAB)
    threads = torch.get_num_threads()
    rows = list(audit(read(path), range(2)))
    assert torch.get_num_threads() == threads
    assert [(row.exercise.id, row.wrong, row.faults) for row in rows] == [("7.1", 18, ())]
    assert all(rows[0].killers.values())
    assert (
        table(rows).splitlines()[-1].startswith("| 7.1 | 2 | 2 | 18 | 3 | given tensors left as they were: broken by 1")
    )


def test_a_check_of_shapes_gives_points_for_nothing(faults):
    found = faults("steps=mean_step(probe.tensor(B, T))", "shape=mean_step(probe.tensor(B, T)).shape[0]")
    assert "7.1: trivial answer 'zeros' earns 100% of the points (3 of 3 seeds)." in found
    assert "misconception answer 'signed' earns 100%" in found


def test_an_item_that_is_zero_anyway_gives_points_for_nothing(faults):
    found = faults("probe.show(", "probe.show(still=mean_step(torch.ones(2, 3)), ")
    assert "trivial answer 'zeros' earns 50%" in found


def test_a_single_value_may_be_of_any_kind(faults):
    scalar = LAB.replace(".mean(dim=1)", ".mean()").replace(".sum(dim=1)", ".sum()")
    assert faults(LAB, scalar) == ""


def test_inputs_that_hide_a_mistake_are_found(faults):
    found = faults("probe.tensor(B, T)", "probe.tensor(B, T).abs().cumsum(dim=1)")
    assert "misconception answer 'signed' earns 100%" in found and "squared" not in found


def test_two_mistakes_that_look_alike_are_found(faults):
    found = faults(".square().mean(dim=1)", ".mean(dim=1)")
    assert "misconception 'squared' is taken for 'Ups and downs cancel.'" in found


def test_a_mistake_that_raises_is_found(faults):
    assert "misconception 'summed' raises" in faults(".abs().sum(dim=1)", ".abs().sum(dim=7)")


def test_an_item_that_nothing_breaks_is_found(faults):
    found = faults("probe.show(", 'probe.gate("sizes", B * T)\nprobe.show(')
    assert found == "7.1: item 'sizes' is broken by no wrong answer (1 of 3 seeds)."


def test_a_statement_that_makes_no_difference_is_found(faults):
    found = faults("def mean_step(clips):\n    return", "def mean_step(clips):\n    clips = clips.clone()\n    return")
    assert (
        found == "7.1: spoilt answer 'without line 2: clips = clips.clone()' earns 100% of the points (3 of 3 seeds)."
    )


def test_a_reference_that_changes_is_found(faults):
    drifting = "abs().mean(dim=1) + torch.get_num_threads()"
    assert "the reference disagrees with itself (3 of 3 seeds)" in faults("abs().mean(dim=1)\n\n", f"{drifting}\n\n")


def test_too_few_misconceptions_are_found(faults):
    start = LAB.index('# %% [raw] mocolab={"role": "misconception", "id": "7.1", "cause": "summed"')
    assert "2 misconceptions, needed are 3" in faults(LAB[start:], "")


def test_lab_01_is_adequate(capsys, monkeypatch):
    monkeypatch.chdir(Path(__file__).parent.parent)
    main(["audit", "01", "--seeds", "1"])
    assert "| 1.6 | 5 |" in capsys.readouterr().out
    main(["audit", "12", "--seeds", "1"])
    assert "no checks to audit" in capsys.readouterr().out


def test_an_inadequate_lab_fails(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions/lab07_small.py").write_text(LAB.replace("probe.tensor(B, T)", "torch.zeros(B, T)"))
    with pytest.raises(SystemExit, match="not adequate"):
        main(["audit", "07", "--seeds", "1"])
