"""Checks measure what an answer does, and bundles are compared without trust."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from mocolab.course import bundles, check, tier
from mocolab.course.bundles import compare, recognise
from mocolab.course.checks import Probe


def shown(seed=3, gates=(), **values):
    """The bundle of a check with these gates and values."""
    kept = []
    probe = Probe("1.1", seed, kept.append)
    for name, value in gates:
        probe.gate(name, value)
    probe.show(**values)
    return json.loads(json.dumps(kept[0], allow_nan=False))


@pytest.fixture
def probe():
    return Probe("1.1", 3, lambda bundle: None)


def test_a_tape_knows_calls_and_flat_positions_only(probe):
    tape, other = probe.tape(), probe.tape()
    first, second = tape(2, 3), tape((4,))
    assert not torch.equal(first.flatten()[:4], second)
    assert not torch.equal(other(2, 3), first)
    again = Probe("1.1", 3, print).tape()
    assert torch.equal(again(size=(2, 1, 3))[:, 0], first)  # prefix and shape do not matter
    assert torch.equal(again(2, dtype=torch.float64).float(), second[:2])
    assert tape.calls == "1 x [2, 3], 1 x [4]"
    loop = Probe("1.1", 3, print).tape()
    assert not torch.equal(torch.stack([loop(3) for _ in range(2)]), first)
    assert loop.calls == "2 x [3]"
    assert not torch.equal(Probe("1.2", 3, print).tape()(2, 3), first)
    assert not torch.equal(Probe("1.1", 4, print).tape()(2, 3), first)


def test_a_network_is_filled_by_shapes_and_order():
    class Nested(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.ModuleDict({"a": nn.Conv2d(3, 3, 4), "b": nn.Conv2d(3, 3, 4), "norm": nn.BatchNorm2d(3)})

        def forward(self, x):
            return self.inner["norm"](self.inner["b"](self.inner["a"](x)))

    flat = nn.Sequential(nn.Conv2d(3, 3, 4), nn.Conv2d(3, 3, 4), nn.BatchNorm2d(3))
    x = torch.randn(2, 3, 9, 9)
    flat(x)  # moves the running statistics
    one, other = (Probe("1.4", 0, print).fill(network.eval()) for network in (flat, Nested()))
    assert one.training and torch.equal(one(x), other(x))
    assert torch.equal(one.eval()(x), other.eval()(x))
    assert not torch.equal(flat[0].weight, flat[1].weight)
    assert 0.5 < flat[2].weight.min() and flat[2].bias.abs().max() < 0.5


def test_the_telltale_draw_names_its_frame_and_shows_a_loop(probe):
    codes = probe.tensor(6, 4)
    draw = probe.draw(4, 3, 5, 7)
    frames = draw(codes)
    assert frames.shape == (6, 3, 5, 7) and len(frames.unique(dim=0)) == 6
    assert torch.allclose(draw(codes.flip(0)).flip(0), frames, atol=1e-6)
    halves = torch.cat([draw(codes[:3]), draw(codes[3:])])
    assert (halves - frames).abs().max() > 0.1
    assert draw.calls == "2 x [6, 4], 2 x [3, 4]"


def test_a_gradient_is_by_a_fixed_direction_and_zero_where_none_arrives(probe):
    x = torch.randn(3, 4, requires_grad=True)
    weight = Probe("1.1", 3, print)
    assert torch.allclose(probe.gradient(2 * x, x), 2 * weight.gradient(1 * x, x))
    assert (probe.gradient(x.detach(), x) == 0).all()
    assert (probe.gradient(torch.ones(2, requires_grad=True) * 1, x) == 0).all()


def test_sizes_differ_and_inputs_must_stay(probe):
    assert all(len(set(Probe("1.1", seed, print).sizes(4))) == 4 for seed in range(20))
    kept = []
    probe = Probe("1.1", 3, kept.append)
    given = probe.tensor(3, 4)
    probe.show(total=given.sum())
    given += 1
    probe = Probe("1.1", 3, kept.append)
    probe.show(total=probe.tensor(3, 4).add_(0).add_(1).sub_(1).sum())
    assert compare(kept[0], kept[0]).passed
    probe = Probe("1.1", 3, kept.append)
    given = probe.tensor(3, 4)
    total = given.sum()
    given.mul_(2)
    probe.show(total=total)
    verdict = compare(kept[0], kept[-1])
    assert (verdict.passed, verdict.share) == (False, 0)
    assert verdict.differences == ("given tensors left as they were: yours is False, needed is True.",)
    probe = Probe("1.1", 3, kept.append)
    own = probe.given(torch.zeros(2, dtype=torch.uint8))
    own[1] = 1
    probe.show(total=total)
    assert kept[-1]["items"][-1]["values"] == [False]


def test_equal_within_tolerance_and_nothing_else():
    values = torch.randn(3, 5)
    expected = shown(codes=values)
    assert compare(expected, shown(codes=values * (1 + 2e-5))).passed
    assert compare(expected, shown(codes=values.numpy())).passed
    tiny = values.clone()
    tiny[1, 2] = 1e-9
    assert compare(shown(codes=tiny), shown(codes=tiny + 2e-5)).passed
    off = values.clone()
    off[1, 2] += 0.01
    (said,) = compare(expected, shown(codes=off)).differences
    assert said.startswith("codes differs first at [1, 2]: yours is ") and f"{values[1, 2]:.4g}" not in said
    said = {
        "codes: the shape of yours is [5, 3], needed is [3, 5].": values.T,
        "codes: yours is float64, needed is float32.": values.double(),
        "codes: yours is whole numbers, needed are real numbers.": values.long(),
        "codes: yours is None, needed are real numbers.": None,
        "codes differs first at [0, 0]: yours is no finite number.": values * float("nan"),
    }
    assert [compare(expected, shown(codes=value)).differences for value in said.values()] == [(s,) for s in said]
    assert not compare(shown(codes=values * float("inf")), shown(codes=values * float("inf"))).passed


def test_single_values_pass_in_any_number_type():
    expected = shown(loss=torch.tensor(0.25), count=7, name="frozen", small=True)
    assert compare(expected, shown(loss=0.25, count=np.int64(7), name="frozen", small=torch.tensor(True))).passed
    assert compare(expected, shown(loss=np.float32(0.25), count=7.0, name="frozen", small=1)).share == 0.5


@pytest.mark.parametrize("place", [0, 777, 9_999])
def test_no_element_of_a_long_tensor_hides(place):
    values = torch.randn(10_000)
    expected = shown(clip=values.view(10, 1000))
    assert len(expected["items"][0]["values"]) == 64 and len(json.dumps(expected)) < 4096
    values[place] += 0.5
    assert not compare(expected, shown(clip=values.view(10, 1000))).passed
    labels = torch.arange(10_000)
    expected = shown(labels=labels)
    labels[place] += 1
    assert not compare(expected, shown(labels=labels)).passed


def test_long_whole_numbers_survive_the_rounding_of_what_is_shipped():
    indices = torch.arange(300) % 17
    shipped = shown(indices=indices)
    shipped["items"][0] |= {name: float(f"{shipped['items'][0][name]:.7g}") for name in ("norm", "sum")}
    assert compare(shipped, shown(indices=indices)).passed
    indices[123] += 1
    assert not compare(shipped, shown(indices=indices)).passed


def test_a_broken_gate_costs_everything_and_a_right_one_earns_nothing():
    expected = shown(gates=[("count", 12)], a=1.0, b=2.0)
    assert compare(expected, shown(gates=[("count", 12)], a=1.0, b=3.0)).share == 0.5
    assert compare(expected, shown(gates=[("count", 13)], a=1.0, b=2.0)).share == 0
    assert compare(expected, shown(gates=[("count", 12)], a=0.0, b=0.0)).share == 0
    assert compare(expected, shown(a=1.0, b=2.0)).share == 0


def test_raises_is_a_gate():
    kept = []
    probe = Probe("0.1", 0, kept.append)
    probe.raises("bad start", ValueError, int, "one")
    probe.raises("no start", ValueError, int, "1")
    probe.show(one=1)
    assert [item["values"] for item in kept[0]["items"] if item["gate"]] == [["ValueError"], ["no error"]]


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


HOSTILE = [None, 3, "x", [], {}, True, 10**400, float("nan"), nested(500), {"id": "1.1"}, [[]] * 200]


@pytest.mark.parametrize("junk", HOSTILE, ids=lambda junk: str(junk)[:12])
def test_hostile_bundles_score_nothing_and_break_nothing(junk):
    expected = shown(gates=[("calls", "1 x [3]")], codes=torch.randn(3, 5), clip=torch.randn(100), count=2)
    assert compare(expected, junk).share == 0
    assert compare(expected, expected | {"items": junk}).share == 0
    assert compare(expected, expected | {"items": [junk, *[junk] * 300]}).share == 0
    for key in ("name", "kind", "shape", "values", "norm", "sum", "dtype"):
        items = [item | {key: junk} for item in expected["items"]]
        verdict = compare(expected, expected | {"items": items})
        assert verdict.share < 1 and not verdict.passed and max(map(len, verdict.differences)) < 200
    items = [item | {"values": [junk] * len(item["values"])} for item in expected["items"]]
    assert compare(expected, expected | {"items": items}).share == 0
    assert recognise(junk, {"any": (expected, "says")}) is None


def test_the_given_side_sets_no_terms():
    right = torch.randn(100)
    expected, wrong = shown(codes=right), shown(codes=right + 1)
    lax = {"rtol": 1e9, "atol": 1e9, "gate": False, "at": []}
    assert not compare(expected, wrong | {"items": [wrong["items"][0] | lax]}).passed
    assert not compare(expected, shown(codes=right) | {"id": "1.2"}).passed


def test_recognise_names_the_mistake():
    known = {"zero": (shown(a=0.0), "Yours is zero."), "one": (shown(a=1.0), "Yours is one.")}
    assert recognise(shown(a=1.0), known) == "Yours is one."
    assert recognise(shown(a=2.0), known) is None


def test_at_home_a_check_compares_and_when_graded_it_only_shows(tmp_path, monkeypatch, capsys):
    def expected_for(scale):
        kept = []
        Probe("7.1", 0, kept.append).show(codes=Probe("7.1", 0, print).tensor(2, 3) * scale)
        return kept[0]

    def line_for(scale):
        probe = check("7.1")
        probe.show(codes=Probe("7.1", 0, print).tensor(2, 3) * scale)
        return capsys.readouterr().out.strip()

    monkeypatch.delenv("MOCOLAB_CHECK_SEED", raising=False)
    monkeypatch.setattr(bundles, "KEYS", tmp_path)
    assert "no values to compare with" in line_for(1)
    key = {"7.1": {"expected": expected_for(1), "misconceptions": {"doubled": [expected_for(2), "Yours is doubled."]}}}
    (tmp_path / "lab07.json").write_text(json.dumps(key))
    assert line_for(1) == "Exercise 7.1: right. The grader asks the same with other numbers."
    assert line_for(2) == "Exercise 7.1: not right yet.\nYours is doubled."
    assert "codes differs first at [0, 0]" in line_for(3)
    monkeypatch.setenv("MOCOLAB_CHECK_SEED", "0")
    assert line_for(1) == line_for(3) == "Exercise 7.1: shown."


def test_where_an_answer_was_written_is_told():
    class Own(nn.Linear):
        pass

    kept = []
    probe = Probe("1.4", 0, kept.append, (Own, compare))
    probe.fill(nn.Sequential(Own(2, 3)))
    probe.show(a=1.0)
    assert kept[0]["types"]["Own"][:2] == [__name__, "torch.nn.modules.linear"]
    assert kept[0]["types"]["compare"] == ["mocolab.course.bundles"]
    assert __name__ in kept[0]["types"]["Sequential"]


def test_tier_chooses(monkeypatch):
    monkeypatch.setenv("MOCOLAB_TIER", "smoke")
    assert tier(smoke=1, cpu=2, gpu=3) == 1
    monkeypatch.delenv("MOCOLAB_TIER")
    assert tier(smoke=1, cpu=2, gpu=3) == 2
    monkeypatch.setenv("MOCOLAB_TIER", "tpu")
    with pytest.raises(ValueError, match="smoke, cpu, gpu"):
        tier(1, 2, 3)


def test_bundles_need_no_torch():
    code = "import sys, mocolab.course.bundles; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
