"""Published sizes, what passes through the networks, and whose luck is whose."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch._subclasses import FakeTensorMode

from mocolab.networks.discriminators import (
    CategoricalClipDiscriminator,
    ClipDiscriminator,
    FrameDiscriminator,
    InstanceNoise,
    StridedClipDiscriminator,
    shortest_clip,
)
from mocolab.networks.generators import ClipGenerator, FrameGenerator, level_widths, paint, seed_frames
from mocolab.networks.latents import ContentMotionLatent, MotionWalk, category_codes, content_codes
from mocolab.systems import SYSTEMS
from mocolab.systems.generation.mocogan import MoCoGAN, MoCoGANConfig
from mocolab.systems.generation.tgan import TemporalLatent, TwoCodeFrameGenerator
from mocolab.systems.generation.vgan import ForegroundGenerator


def parameters(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


def released_generator(categories: int) -> ClipGenerator:
    latent = ContentMotionLatent(50, 10, categories)
    return ClipGenerator(latent, FrameGenerator(latent.dim))


PUBLISHED = {
    "generator": (lambda: released_generator(0), 3_249_684),
    "generator, 4 actions": (lambda: released_generator(4), 3_282_452),
    "generator, 6 expressions": (lambda: released_generator(6), 3_298_836),
    "generator, UCF-101": (lambda: released_generator(101), 4_077_076),
    "frame generator": (lambda: FrameGenerator(60), 3_249_024),
    "D_I": (lambda: FrameDiscriminator(patch=False), 2_765_568),
    "D_I, patches": (lambda: FrameDiscriminator(), 663_296),
    "D_V": (lambda: ClipDiscriminator(patch=False), 11_056_896),
    "D_V, patches": (lambda: ClipDiscriminator(), 2_650_880),
    "D_V, 6 categories": (lambda: CategoricalClipDiscriminator(6), 11_253_504),
    "D_V, 4 categories": (lambda: CategoricalClipDiscriminator(4), 11_187_968),
    "VGAN's foreground and mask": (lambda: ForegroundGenerator(100), 12_666_756),
    "VGAN's background": (lambda: FrameGenerator(100), 3_576_704),
    "VGAN's D": (lambda: StridedClipDiscriminator(num_frames=32), 11_040_577),
    "TGAN's G_0": (lambda: TemporalLatent(100), 825_444),
    "TGAN's G_1": (lambda: TwoCodeFrameGenerator(100), 3_622_691),
    "TGAN's D": (lambda: StridedClipDiscriminator(num_frames=16), 11_032_385),
    "frame generator, width 16": (lambda: FrameGenerator(60, 16), 296_160),
    "D_I, patches, width 16": (lambda: FrameDiscriminator(16), 42_944),
    "D_V, patches, width 16": (lambda: ClipDiscriminator(16), 171_200),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_parameter_counts(name):
    build, count = PUBLISHED[name]
    with torch.device("meta"):
        assert parameters(build()) == count


D_I, D_V, G, D = ("D_I", "realism"), ("D_V", "realism"), ("G", "frames", "clips"), ("D", "realism")
PAPER_GAMES = {
    ("mocogan", 0): ([D_I, D_V, G], (32, 3, 16, 64, 64), 6_563_860),
    ("mocogan", 4): ([D_I, (*D_V, "category"), (*G, "category")], (32, 3, 16, 64, 64), 15_133_716),
    ("vgan", 0): ([D, ("G", "clips", "mask")], (4 * 64, 3, 32, 64, 64), 27_284_037),
    ("tgan", 0): ([D, ("G", "clips")], (32, 3, 16, 64, 64), 15_480_520),
    ("mocogan_predict", 0): ([D_I, D_V, (*G, "kl", "rebuilt")], (16, 3, 16, 64, 64), 13_931_427),
    ("dual_mtgan", 0): (
        [("D_I", "source", "target"), ("D_V", "source", "target"), ("G", "rebuilt", "content", "kl", *G[1:], "motion")],
        (16, 3, 16, 64, 64),
        23_043_961,
    ),
    ("cyclegan", 0): (
        [("G", "fool_b", "fool_a", "cycle", "identity"), ("D_b", "realism"), ("D_a", "realism")],
        (4, 3, 1, 256, 256),
        2 * (11_378_179 + 2_764_737),
    ),
}
"""(system, categories) -> the moves of a step and their terms, the shape of a preview, the number of weights."""


def test_every_listed_system_has_its_paper_size_here():
    assert {name for name, _ in PAPER_GAMES} == set(SYSTEMS)


@pytest.mark.parametrize("name, categories", PAPER_GAMES)
def test_paper_size_plays_one_step_on_fake_tensors(name, categories):
    """Shapes and dtypes of the whole step at full size, at no cost; no clip is ever drawn."""
    game, shape, count = PAPER_GAMES[name, categories]
    system_class, presets = SYSTEMS[name]
    with FakeTensorMode():
        recipes = presets(categories)
        config = recipes.get("paper", recipes.get("gpu")).config
        system = system_class(replace(config, alone=0) if hasattr(config, "alone") else config)  # all players at once
        players = system.optimizers()
        moves = []

        def update(player, **terms):
            weights = [weight for group in players[player].param_groups for weight in group["params"]]
            assert all(term.shape == () and term.dtype == torch.float32 for term in terms.values())
            sum(terms.values()).backward(inputs=weights)
            players[player].step()
            moves.append((player, *terms))

        needs = system.needs
        batch = {}
        for suffix in ("_a", "_b") if needs.domains == 2 else ("",):
            if needs.clips:
                batch[f"clip{suffix}"] = torch.rand(needs.clips, 3, needs.num_frames, needs.size, needs.size)
            if needs.frames:
                batch[f"frame{suffix}"] = torch.rand(needs.frames, 3, needs.size, needs.size)
            if needs.labels:
                batch[f"label{suffix}"] = torch.zeros(needs.clips, dtype=torch.long)
        system.training_step(batch, update)
        assert system.preview(batch).shape == shape
    assert moves == game
    assert parameters(system) == count


@pytest.mark.parametrize("size", [8, 16, 32, 64, 128])
def test_every_size_has_its_shapes(size):
    """A batch of one keeps its axis; one frame too few is refused by network and system alike."""
    with torch.device("meta"):
        assert FrameGenerator(6, 2, size=size)(torch.rand(1, 6)).shape == (1, 3, size, size)
        for patch, side in ((True, 4), (False, 1)):
            frames = torch.rand(1, 3, size, size)
            assert FrameDiscriminator(2, size=size, patch=patch)(frames).shape == (1, side, side)
            fewest = shortest_clip(size, patch)
            judge = ClipDiscriminator(2, size=size, patch=patch)
            for extra in (0, 4):
                clips = torch.rand(1, 3, fewest + extra, size, size)
                assert judge(clips).shape == (1, 1 + extra, side, side)
            with pytest.raises(RuntimeError):
                judge(torch.rand(1, 3, fewest - 1, size, size))
            with pytest.raises(ValueError, match=f"at least {fewest}"):
                MoCoGAN(MoCoGANConfig(size=size, num_frames=fewest - 1, clip_patch=patch))
            judge = StridedClipDiscriminator(2, size=size, num_frames=size // 2)
            assert judge(torch.rand(1, 3, size // 2, size, size)).shape == (1, 1, 1, 1)
            clip, mask = ForegroundGenerator(6, 2, size=size, num_frames=size // 2)(torch.rand(1, 6))
            assert clip.shape == (1, 3, size // 2, size, size) and mask.shape == (1, 1, *clip.shape[2:])
            assert TwoCodeFrameGenerator(6, 2, size=size)(torch.rand(5, 12)).shape == (5, 3, size, size)
            assert CategoricalClipDiscriminator(5, 2, size=size)(torch.rand(1, 3, 25, size, size)).shape == (1, 6)


def test_the_paper_size_needs_13_or_16_frames():
    assert [shortest_clip(64, True), shortest_clip(64, False)] == [13, 16]
    assert [shortest_clip(32, True), shortest_clip(32, False)] == [10, 13]


@pytest.mark.parametrize("size", [0, 4, 48, 65])
def test_other_sizes_are_refused(size):
    with pytest.raises(ValueError, match=f"{size} px"):
        level_widths(size, 64)


def test_lengths_that_do_not_double_are_refused():
    assert [seed_frames(32, 64), seed_frames(16, 64), seed_frames(16, 32)] == [2, 1, 2]
    with pytest.raises(ValueError, match=r"20 frames were asked for, but at 64 px .* multiple of 16"):
        seed_frames(20, 64)
    with pytest.raises(ValueError, match="12 frames were given"):
        TemporalLatent(4, 2, num_frames=12)


def test_widths_double_to_eightfold():
    assert level_widths(64, 3) == [3, 6, 12, 24]
    assert level_widths(256, 3) == [3, 6, 12, 24, 24, 24]


def test_a_patch_score_sees_46_pixels():
    frame = torch.randn(1, 3, 64, 64, requires_grad=True)
    FrameDiscriminator(4).eval()(frame)[0, 2, 2].backward()
    for axis in (2, 3):
        touched = frame.grad[0].abs().sum(dim=[d for d in (0, 1, 2) if d != axis - 1]).nonzero()
        assert touched.max() - touched.min() + 1 == 46


def test_categorical_scores_are_the_mean_over_moments():
    torch.manual_seed(0)
    judge = CategoricalClipDiscriminator(2, 2, size=16).eval()
    clip = torch.randn(1, 3, 12, 16, 16)
    moments = torch.stack([judge(clip[:, :, start : start + 10]) for start in range(3)])
    torch.testing.assert_close(judge(clip), moments.mean(dim=0))


@pytest.mark.parametrize("train", [True, False])
def test_instance_noise_acts_in_both_modes(train):
    noise = InstanceNoise(0.5).train(train)(torch.zeros(100_000))
    assert noise.std().item() == pytest.approx(0.5, rel=0.02)
    assert InstanceNoise(0.0).train(train)(torch.ones(3)).tolist() == [1, 1, 1]


def tape(*numbers):
    """Luck that was recorded: a stand-in for torch.randn."""
    rows = iter(numbers)
    return lambda *shape: next(rows).reshape(shape)


def test_content_is_drawn_once_and_held():
    asked = torch.randn(3, 7)
    codes = content_codes(3, 5, 7, tape(asked))
    assert codes.shape == (3, 5, 7)
    assert all(torch.equal(codes[:, moment], asked) for moment in range(5))


def test_category_codes():
    codes = category_codes(torch.tensor([2, 0]), 4, 5)
    assert codes.dtype == torch.float32 and codes.shape == (2, 4, 5)
    assert torch.equal(codes.sum(dim=1), 4 * torch.eye(5)[[2, 0]])


def gru(cell: nn.GRUCell, x, h):
    """r, u = s(W x + U h); n = tanh(W x + r U h); (1 - u) n + u h."""
    x_r, x_u, x_n = (x @ cell.weight_ih.T + cell.bias_ih).chunk(3, dim=1)
    h_r, h_u, h_n = (h @ cell.weight_hh.T + cell.bias_hh).chunk(3, dim=1)
    r, u = (x_r + h_r).sigmoid(), (x_u + h_u).sigmoid()
    return (1 - u) * (x_n + r * h_n).tanh() + u * h


@pytest.mark.parametrize("categories", [0, 2])
def test_the_walk_by_hand(categories):
    """h_0 is drawn first and not decoded; noise is the input and h the state."""
    torch.manual_seed(0)
    walk = MotionWalk(4, categories)
    category = torch.eye(2)[[1, 0, 1]] if categories else None
    state, *noise = luck = torch.randn(6, 3, 4)
    path = walk(3, 5, tape(*luck), category=category)
    for moment, step in enumerate(noise):
        state = gru(walk.cell, step if category is None else torch.cat([step, category], dim=1), state)
        torch.testing.assert_close(path[:, moment], state)
    assert torch.equal(walk(3, 5, tape(*noise), state=luck[0], category=category), path)


def test_truncation_narrows_content_and_the_start_of_the_walk():
    """And nothing else: neither what is given nor the noise of the steps."""
    latent = ContentMotionLatent(5, 3)

    def path(**given):
        torch.manual_seed(0)
        return latent(4, 6, **given)

    torch.manual_seed(0)
    content, state = torch.randn(4, 5), torch.randn(4, 3)
    motion = latent.motion(4, 6, state=0.5 * state)
    expected = torch.cat([0.5 * content[:, None].expand(-1, 6, -1), motion], dim=2)
    assert torch.equal(path(truncation=0.5), expected)
    assert torch.equal(path(content=0.5 * content, motion=motion, truncation=0.1), expected)


def test_a_short_walk_begins_a_longer_one():
    walk = MotionWalk(4)
    torch.manual_seed(1)
    short = walk(3, 5)
    torch.manual_seed(1)
    assert torch.equal(walk(3, 9)[:, :5], short)


@pytest.mark.parametrize("in_walk", [False, True])
def test_the_label_is_in_the_frame_or_in_the_walk(in_walk):
    latent = ContentMotionLatent(5, 3, num_categories=2, category_in_walk=in_walk)

    def path(label: int):
        torch.manual_seed(2)
        return latent(4, 6, label=torch.full((4,), label))

    first, second = path(0), path(1)
    assert first.shape == (4, 6, latent.dim) and latent.dim == (8 if in_walk else 10)
    assert torch.equal(first[:, :, :5], second[:, :, :5])
    assert torch.equal(first[:, :1, :5].expand(-1, 6, -1), first[:, :, :5])
    assert torch.equal(first[:, :, -3:], second[:, :, -3:]) != in_walk
    if not in_walk:
        assert (first[:, :, 5:7] == torch.tensor([1, 0])).all() and (second[:, :, 5:7] == torch.tensor([0, 1])).all()


def test_content_and_motion_can_be_held_and_swapped():
    latent = ContentMotionLatent(5, 3, num_categories=2)
    label = torch.tensor([0, 1, 1])
    content, motion = latent.codes(3, 6, label)
    swapped = latent(3, 6, content=content.flip(0), motion=motion, label=label)
    assert torch.equal(swapped[:, :, :5], content.flip(0)[:, None].expand(-1, 6, -1))
    assert torch.equal(swapped[:, :, 7:], motion)
    fork = [latent(3, 2, state=motion[:, -1]) for _ in range(2)]
    assert not torch.equal(*fork)


class TellTale(nn.Module):
    """A frame whose pixels are its code, one column a number, and whose calls are counted."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def forward(self, codes):
        self.calls.append(len(codes))
        return codes[:, None, None, :].repeat(1, 3, 2, 1)


def test_paint_keeps_clips_and_moments_apart_in_one_call():
    draw, path = TellTale(), torch.randn(4, 5, 6)
    clips = paint(draw, path)
    assert clips.shape == (4, 3, 5, 2, 6) and draw.calls == [20]
    for clip, told in zip(clips, path):
        assert torch.equal(clip, told[None, :, None, :].expand(3, 5, 2, 6))


def test_single_frames_come_from_as_many_clips_and_only_they_are_painted():
    class Labelled(nn.Module):
        """Code: (number of the clip, number of the frame)."""

        def forward(self, num_clips, num_frames):
            return (
                torch.cartesian_prod(torch.arange(num_clips), torch.arange(num_frames)).float().view(num_clips, -1, 2)
            )

    generator = ClipGenerator(Labelled(), TellTale())
    frames = generator.frames(200, 7)
    assert generator.draw.calls == [200]
    clip, moment = frames[:, 0, 0].unbind(1)
    assert clip.tolist() == list(range(200)) and set(moment.tolist()) == set(range(7))
