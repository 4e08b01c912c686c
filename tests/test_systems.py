"""What every system promises, listed or toy: a new one is tested by standing in SYSTEMS."""

import json

import pytest
import torch
from toy_systems import CASES, SIZE, assert_equal

from mocolab import engine
from mocolab.data import Shapes, draw_batch
from mocolab.systems.generation.tgan import clip_singular_values
from mocolab.trainer import TrainConfig, Trainer

every_system = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def train(**changes) -> TrainConfig:
    return TrainConfig(**{"device": "cpu", "precision": "fp32", "steps": 1} | changes)


class Watching(Trainer):
    """A trainer that looks at all weights before and after each move."""

    def update(self, player, **terms):
        before = {name: weight.detach().clone() for name, weight in self.system.named_parameters()}
        super().update(player, **terms)
        mine = {id(weight) for group in self.optimizers[player].param_groups for weight in group["params"]}
        moved = {name for name, weight in self.system.named_parameters() if not torch.equal(weight, before[name])}
        own = {name for name, weight in self.system.named_parameters() if id(weight) in mine}
        assert moved and moved <= own, f"{player} moved {sorted(moved - own)}"
        self.moved = getattr(self, "moved", set()) | {player}


@every_system
def test_every_weight_has_exactly_one_player(case):
    system = case.build()
    owned = [id(w) for player in system.optimizers().values() for group in player.param_groups for w in group["params"]]
    assert sorted(owned) == sorted(id(weight) for weight in system.parameters() if weight.requires_grad)


@every_system
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_move_changes_its_players_weights_and_no_others(case, precision, tmp_path):
    """In fp32 autograd also finds terms computed before a move they should see; terms are finite, or fit raises."""
    trainer = Watching(case.build(), case.data, tmp_path, train(precision=precision))
    trainer.fit()
    assert trainer.moved == set(trainer.optimizers)


@every_system
def test_preview_gives_clips_and_changes_no_state(case):
    system, needs = case.build().eval(), case.system(case.config).needs
    drawn = draw_batch(case.data, needs, engine.data_random(0, 0, 0))
    cpu = torch.device("cpu")
    batch = {key: engine.to_pixels(value, cpu) if value.dtype == torch.uint8 else value for key, value in drawn.items()}
    before = {name: value.clone() for name, value in system.state_dict().items()}
    with torch.no_grad():
        clips = system.preview(batch)
    assert len(clips) >= needs.clips
    assert clips.shape[1:] == (3, needs.num_frames, needs.size, needs.size)
    assert clips.isfinite().all() and clips.min() >= -1 and clips.max() <= 1
    assert all(torch.equal(value, before[name]) for name, value in system.state_dict().items())


@every_system
def test_two_steps_and_two_resumed_equal_four(case, tmp_path):
    Trainer(case.build(), case.data, tmp_path / "whole", train(steps=4)).fit()
    Trainer(case.build(), case.data, tmp_path / "parts", train(steps=2)).fit()
    torch.manual_seed(1)  # other weights and another moment of every generator: the checkpoint must bring it all
    Trainer(case.system(case.config), case.data, tmp_path / "parts", train(steps=4), resume=True).fit()
    whole, parts = (torch.load(tmp_path / name / "last.pt", weights_only=True) for name in ("whole", "parts"))
    assert_equal(whole, parts)
    whole, parts = ((tmp_path / name / "scores.jsonl").read_bytes() for name in ("whole", "parts"))
    assert whole == parts
    assert [json.loads(row)["step"] for row in whole.splitlines()] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "name, data, complaint",
    [
        ("template", Shapes(2 * SIZE), "frames of 16 px"),
        ("template", Shapes(SIZE, num_frames=7), "spans 8 frames"),
        ("template", CASES["cyclegan"].data, "1 domain"),
        ("cyclegan", Shapes(32), "2 domain"),
        ("labelled", Shapes(SIZE), "labels of 2 categories"),
    ],
)
def test_data_that_does_not_fit_is_refused_before_step_0(name, data, complaint, tmp_path):
    with pytest.raises(ValueError, match=complaint):
        Trainer(CASES[name].build(), data, tmp_path / "run", train())
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_singular_values_stay_clipped(precision, tmp_path):
    system = CASES["tgan"].build()
    with torch.no_grad():
        for weight in system.D.parameters():
            weight.mul_(5)
    Trainer(system, CASES["tgan"].data, tmp_path, train(precision=precision)).fit()
    weights = [weight.detach() for weight in system.D.parameters() if weight.dim() > 1]
    assert [torch.linalg.matrix_norm(w.flatten(1), 2).item() for w in weights] == pytest.approx([1] * 3, abs=1e-5)


def test_singular_values_below_1_and_their_directions_are_kept():
    torch.manual_seed(0)
    layer = torch.nn.Conv3d(2, 5, 3)
    u, _, v = torch.linalg.svd(layer.weight.detach().flatten(1), full_matrices=False)
    layer.weight.data = (u * torch.tensor([3.0, 1.5, 0.9, 0.2, 0.0]) @ v).view_as(layer.weight)
    clip_singular_values(layer)
    clipped = u * torch.tensor([1.0, 1.0, 0.9, 0.2, 0.0]) @ v
    torch.testing.assert_close(layer.weight.detach().flatten(1), clipped)
    norm = torch.nn.BatchNorm3d(3, eps=0.0)
    norm.running_var.fill_(4.0)
    norm.weight.data = torch.tensor([3.0, 1.0, -1.0])
    clip_singular_values(norm)
    assert norm.weight.tolist() == pytest.approx([2.0, 1.0, 0.02])


@pytest.mark.parametrize("name", ["vgan", "tgan"])
def test_what_has_one_code_and_one_length_says_so(name):
    system = CASES[name].build().eval()
    assert system.sample(2, 5).shape[2] == 5
    with pytest.raises(ValueError, match="9 frames were asked for"):
        system.sample(2, 9)
    with pytest.raises(ValueError, match="neither"):
        system.codes(2, 8)
    with pytest.raises(ValueError, match="neither"):
        system.sample(2, 8, content=torch.zeros(2, 100))


def test_two_streams_make_a_clip():
    """Where the mask is 0 there is the background, which never moves; where it is 1, the foreground."""
    torch.manual_seed(0)
    streams = CASES["vgan"].build().generator(3)
    assert streams.background.shape == (3, 3, 1, 16, 16) and streams.mask.shape == (3, 1, 8, 16, 16)
    assert 0 < streams.mask.min() and streams.mask.max() < 1
    assert torch.equal(streams._replace(mask=torch.ones_like(streams.mask)).composed(), streams.foreground)
    still = streams._replace(mask=torch.zeros_like(streams.mask)).composed()
    assert torch.equal(still, streams.background.expand(-1, -1, 8, -1, -1))


@pytest.mark.parametrize("opening", [-2.0, 0.5])
def test_a_mask_pays_for_what_it_covers(opening):
    """One that is sigmoid(b) everywhere costs the sparsity times that, and grows dearer in b as a sigmoid does."""
    system, terms = CASES["vgan"].build(), {}
    layer = system.generator.foreground.mask[0]
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.constant_(layer.bias, opening)
    clips = torch.zeros(system.config.clips, 3, 8, SIZE, SIZE)
    system.training_step({"clip": clips}, lambda player, **its: terms.update({player: its}))
    share, cost = torch.tensor(opening).sigmoid().item(), terms["G"]["mask"]
    assert cost.item() == pytest.approx(0.1 * share)
    assert torch.autograd.grad(cost, layer.bias)[0].item() == pytest.approx(0.1 * share * (1 - share), rel=1e-3)


def test_two_streams_start_with_small_weights_and_a_mask_that_is_half_open():
    torch.manual_seed(0)
    system = CASES["vgan"].build()
    kinds = torch.nn.modules.conv._ConvNd, torch.nn.modules.batchnorm._BatchNorm
    layers, norms = ([layer for layer in system.modules() if isinstance(layer, kind)] for kind in kinds)
    assert all(layer.weight.std().item() == pytest.approx(0.01, rel=0.1) for layer in layers)
    assert all(norm.eps == 1e-3 and 0.9 < norm.weight.min() and norm.weight.max() < 1.1 for norm in norms)
    mask = system.generator(4).mask
    assert 0.4 < mask.min() and mask.max() < 0.6


def test_the_image_pool_is_saved(tmp_path):
    case = CASES["cyclegan"]
    Trainer(case.build(), case.data, tmp_path, train(steps=2)).fit()
    saved = torch.load(tmp_path / "last.pt", weights_only=True)["system"]
    assert saved["pool_a.filled"] == case.config.pool and saved["pool_b.frames"].abs().amax(dim=(1, 2, 3)).min() > 0


def test_predictions_of_one_past_differ():
    for name in ("mocogan_predict", "repaints", "dual_mtgan", "svg"):
        system = CASES[name].build().eval()
        past = torch.rand(2, 3, 3, SIZE, SIZE) * 2 - 1
        with torch.no_grad():
            futures = system.predict(past, 5, samples=3)
        assert futures.shape == (3, 2, 3, 5, SIZE, SIZE)
        assert not torch.equal(futures[0], futures[1])


LEARNT = {
    "template": "D/realism",
    "cyclegan": "G/cycle",
    "mocogan_predict": "G/rebuilt",
    "dual_mtgan": "G/rebuilt",
    "svg": "model/reconstruction",
}


@pytest.mark.parametrize("name", LEARNT)
def test_200_steps_lower_a_score(name, tmp_path):
    """A named score that no opponent can raise for long; MoCoGAN's own are a game's, and say little this early."""
    Trainer(CASES[name].build(), CASES[name].data, tmp_path, train(steps=200)).fit()
    scores = [json.loads(line)[LEARNT[name]] for line in (tmp_path / "scores.jsonl").read_text().splitlines()]
    assert sum(scores[-20:]) < 0.8 * sum(scores[:20])
