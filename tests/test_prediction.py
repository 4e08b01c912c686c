"""Encoders, CycleGAN's generator and the systems that predict, retarget and translate: what each must be able to do."""

from dataclasses import replace

import pytest
import torch
from einops import rearrange
from torch import nn
from toy_systems import CASES

from mocolab.networks.discriminators import PatchDiscriminator
from mocolab.networks.encoders import MotionEncoder, frame_encoder
from mocolab.networks.generators import ModulatedFrameGenerator, paint, painted_over
from mocolab.networks.resnet import ModulatedBlock, ModulatedGenerator, ResidualBlock, ResNetGenerator, look_layers
from mocolab.objectives import gradient_difference
from mocolab.systems.prediction.mocogan_predict import MoCoGANPredict, MoCoGANPredictConfig
from mocolab.systems.translation.cyclegan import ImagePool


@pytest.mark.parametrize(
    ("build", "count"),
    [
        (lambda: frame_encoder(50), 3_166_976),
        (lambda: frame_encoder(50, 16), 275_648),
        (lambda: ResNetGenerator(9), 11_378_179),
        (lambda: ResNetGenerator(6), 7_837_699),
        (lambda: ResidualBlock(256), 1_180_160),
        (lambda: ModulatedBlock(256, 256), 1_443_328),
        (lambda: PatchDiscriminator(), 2_764_737),
    ],
)
def test_published_counts(build, count):
    with torch.device("meta"):
        assert sum(weight.numel() for weight in build().parameters()) == count


def motion_encoder() -> MotionEncoder:
    torch.manual_seed(0)
    return MotionEncoder(frame_encoder(6, 4, size=16, norm=False), 6, 3)


def test_motion_is_what_changes():
    encode, clips = motion_encoder(), torch.randn(4, 3, 6, 16, 16)
    codes = encode(clips)
    assert codes.shape == (4, 6, 3)
    torch.testing.assert_close(encode(clips[:, :, :3]), codes[:, :3])
    assert torch.equal(encode(clips[:, :, :1])[:, 0], encode.head.bias.expand(4, 3)), "one picture is no evidence"
    still = encode(clips[:, :, :1].expand(-1, -1, 5, -1, -1))
    torch.testing.assert_close(still, still[:1].expand_as(still)), "what stays says the same whatever it shows"
    assert (encode(clips.flip(2))[:, -1] - codes[:, -1]).abs().max() > 1e-3, "time has a direction"
    torch.testing.assert_close(encode(clips + 1.0), codes), "only differences are seen"


@pytest.mark.parametrize("name", ["mocogan_predict", "repaints", "paints over"])
@pytest.mark.parametrize("given", [1, 2, 3, 6])
def test_the_future_comes_from_noise_and_the_past_does_not(name, given):
    generator = CASES[name].build().eval().generator
    clips = torch.rand(2, 3, given, 16, 16) * 2 - 1
    with torch.no_grad():
        torch.manual_seed(1)
        short = generator(clips, 4)
        torch.manual_seed(1)
        long = generator(clips, 7)
        other = generator(clips, 7)
    assert short.shape == (2, 3, given + 4, 16, 16)
    torch.testing.assert_close(short, long[:, :, : given + 4])
    torch.testing.assert_close(other[:, :, :given], long[:, :, :given])
    assert (other[:, :, given:] - long[:, :, given:]).abs().max() > 1e-4


@pytest.mark.parametrize(("shown", "seen"), [(1, None), (2, 2), (3, 2), (5, 5), (9, 5)])
def test_who_is_shown_more_pictures_sees_the_last_that_it_has_learnt_to_take(shown, seen):
    system = MoCoGANPredict(replace(CASES["mocogan_predict"].config, given=(2, 5))).eval()
    past = torch.rand(2, 3, shown, 16, 16) * 2 - 1
    if seen is None:
        with pytest.raises(ValueError, match="1 pictures were given, but this system has learnt to take 2 or 5"):
            system.predict(past, 4)
        return
    futures = []
    for pictures in (past, past[:, :, -seen:]):
        torch.manual_seed(0)
        futures.append(system.predict(pictures, 4))
    assert torch.equal(*futures)


class Heard(nn.Module):
    """Notes what it is asked to judge, and scores it as `judge` does."""

    def __init__(self, judge):
        super().__init__()
        self.judge, self.shown = judge, []

    def forward(self, pictures):
        self.shown.append(pictures.detach())
        return self.judge(pictures)


def played(system, clips, n):
    """What D_I and D_V saw in one game on `clips` of which n pictures were given, and the painted clips."""
    system.D_I, system.D_V = Heard(system.D_I), Heard(system.D_V)
    fake = system.generator(clips[:, :, :n], clips.shape[2] - n)
    system.play(clips, fake, n, lambda player, **terms: None)
    return system.D_I.shown, system.D_V.shown, fake.detach()


def are_frames_of(pictures, clips) -> bool:
    """Whether each picture is a frame of one of the clips."""
    frames = rearrange(clips, "B C T H W -> (B T) C H W")
    return bool((pictures[:, None] == frames).flatten(2).all(dim=2).any(dim=1).all())


@pytest.mark.parametrize("n", [1, 3])
def test_judges_see_the_first_picture_beside_a_frame_and_the_given_ones_before_the_painted(n):
    clips = torch.rand(2, 3, 8, 16, 16) * 2 - 1
    pairs, seams, fake = played(CASES["mocogan_predict"].build(), clips, n)
    first = clips[:, :, 0].repeat_interleave(len(pairs[0]) // 2, dim=0)
    assert all(torch.equal(pair[:, :3], first) for pair in pairs), "whoever is shown, it is beside the true first one"
    assert are_frames_of(pairs[0][:, 3:], clips) and all(are_frames_of(pair[:, 3:], fake) for pair in pairs[1:])
    assert torch.equal(seams[0], clips)
    for seam in seams[1:]:
        assert torch.equal(seam[:, :, :n], clips[:, :, :n]) and torch.equal(seam[:, :, n:], fake[:, :, n:])


def test_without_whole_clips_pixels_of_the_given_pictures_alone_are_compared():
    """However the future of the batch may look, the rebuilding term is the same."""
    system = MoCoGANPredict(replace(CASES["mocogan_predict"].config, whole=False, given=(2,)))
    clips, terms = torch.rand(4, 3, 8, 16, 16) * 2 - 1, []
    for future in (clips, torch.cat([clips[:, :, :2], torch.rand(4, 3, 6, 16, 16)], dim=2)):
        torch.manual_seed(0)
        system.training_step({"clip": future}, lambda player, **found: terms.append(found.get("rebuilt")))
    first, second = (term for term in terms if term is not None)
    assert first == second and first > 0


def test_a_clip_seen_whole_tells_its_noise():
    """What is rebuilt is the walk on that noise: without variance, the same each time."""
    system = CASES["mocogan_predict"].build().eval()
    nn.init.constant_(system.posterior.bias, -60.0)  # of the log variance; of the mean too, which does no harm
    clips = torch.rand(2, 3, 8, 16, 16) * 2 - 1
    with torch.no_grad():
        (once, kl), (again, _) = system.rebuild(clips, 2), system.rebuild(clips, 2)
    assert torch.equal(once, again) and once.shape == clips.shape and kl > 0


def test_judges_play_when_the_generator_was_alone_for_long_enough():
    system = MoCoGANPredict(replace(CASES["modulates"].config, alone=1))
    batch = {"clip": torch.rand(4, 3, 8, 16, 16) * 2 - 1}
    players = []
    for _ in range(2):
        players.append([])
        system.training_step(batch, lambda player, **terms: players[-1].append(player))
    assert players == [["G"], ["D_I", "D_V", "G"]]


def test_looks_may_be_told_by_codes_that_say_where_too():
    torch.manual_seed(0)
    apart, shared = ModulatedFrameGenerator(2, 3, 4, size=16), ModulatedFrameGenerator(2, 5, 4, size=16)
    codes = torch.randn(1, 5, requires_grad=True)
    for draw in (apart, shared):
        assert draw(codes).shape == (1, 3, 16, 16)
    assert apart.seed.in_channels == 3 and shared.seed.in_channels == 5
    for modulation in shared.looks:
        nn.init.zeros_(modulation.linear.weight)  # now looks say nothing, and the codes still say where
    (slope,) = torch.autograd.grad(shared(codes).square().sum(), codes)
    assert (slope != 0).all()


@pytest.mark.parametrize("sharp", [False, True])
def test_what_is_not_painted_over_is_the_picture_moved(sharp):
    picture, moves, painted = torch.rand(2, 3, 16, 16), torch.zeros(2, 2, 4, 16, 16), torch.rand(2, 3, 4, 16, 16)
    covered, bare = torch.ones(2, 1, 4, 16, 16), -torch.ones(2, 1, 4, 16, 16)
    moves[:, 0, 1], moves[:, 1, 2] = 0.5, -1.0  # two pixels from the right, and four from above
    layers = torch.cat([painted, bare, moves], dim=1)
    still, left, down, _ = painted_over(layers, picture, sharp).unbind(2)
    torch.testing.assert_close(still, picture)
    torch.testing.assert_close(left[..., :-2], picture[..., 2:])
    torch.testing.assert_close(down[:, :, 4:], picture[:, :, :-4])
    torch.testing.assert_close(painted_over(torch.cat([painted, covered, moves], dim=1), picture), painted)


@pytest.mark.parametrize(("draw", "painted"), [("dcgan", 0.5), ("modulated", 0.01), ("resnet", 0.2)])
def test_who_paints_over_begins_alike_whatever_the_codes(draw, painted):
    config = replace(CASES["paints over"].config, draw=draw, paint_over=painted)
    generator, codes = MoCoGANPredict(config).generator, torch.randn(2, 5, 12)
    features = None if generator.look is None else generator.look(torch.rand(2, 3, 16, 16))
    mask, moves = paint(generator.draw, codes, features)[:, 3:].split((1, 2), dim=1)
    torch.testing.assert_close((mask + 1) / 2, torch.full_like(mask, painted))
    torch.testing.assert_close(moves, moves[:1, :, :1, :1, :1].expand_as(moves))
    *_, last, _ = generator.draw.modules()
    slopes = [torch.autograd.grad(part.sum(), last.weight, retain_graph=True)[0] for part in (mask, moves)]
    assert all(slope.any() for slope in slopes), "and learns from there"


@pytest.mark.parametrize(
    ("draw", "painted", "sentence"),
    [("dcgan", 0.01, "has no bias"), ("modulated", 1.0, "between 0 and 1"), ("resnet", -0.1, "between 0 and 1")],
)
def test_a_share_that_a_draw_cannot_start_with_is_refused(draw, painted, sentence):
    with pytest.raises(ValueError, match=sentence):
        MoCoGANPredict(replace(CASES["paints over"].config, draw=draw, paint_over=painted))


def test_what_tells_motion_cannot_grow():
    """However large its weights become, the GRU is fed numbers of the same size, and of what stays with zero."""
    trunk = CASES["mocogan_predict"].build().generator.motion.trunk
    change = torch.rand(4, 3, 16, 16) * 2 - 1
    with torch.no_grad():
        for weight in trunk.parameters():
            weight.mul_(10)
        told = trunk(change)
        torch.testing.assert_close(told.square().mean(dim=1).sqrt(), torch.ones(4), rtol=1e-3, atol=0)
        assert not trunk(0 * change).any()


def test_noise_is_asked_to_be_brief_late():
    system = MoCoGANPredict(replace(CASES["modulates"].config, kl_weight=1.0, kl_steps=4, alone=8))
    batch, weighed = {"clip": torch.rand(4, 3, 8, 16, 16) * 2 - 1}, []
    system.rebuild = lambda clips, n: (clips, torch.tensor(1.0))
    for _ in range(5):
        system.training_step(batch, lambda player, **terms: weighed.append(terms["kl"].item()))
    assert weighed == [1 / 64, 8 / 64, 27 / 64, 1, 1]


def test_too_few_frames_are_refused():
    with pytest.raises(ValueError, match="at least 13"):
        MoCoGANPredict(MoCoGANPredictConfig(num_frames=12))
    with pytest.raises(ValueError, match="at least 15"):
        MoCoGANPredict(MoCoGANPredictConfig(num_frames=13, given=(14,)))


def test_a_tiled_code_vanishes_and_a_modulation_does_not():
    """Behind reflection padding and InstanceNorm a constant map has no effect at all; with zero padding some leaks."""
    torch.manual_seed(0)
    picture = torch.randn(1, 3, 8, 8, dtype=torch.double)
    code = torch.randn(2, 4, 1, 1, dtype=torch.double).expand(2, 4, 8, 8)
    tiled = torch.cat([picture.expand(2, -1, -1, -1), code], dim=1)
    for mode, vanishes in (("reflect", True), ("zeros", False)):
        layers = nn.Sequential(nn.Conv2d(7, 5, 3, padding=1, padding_mode=mode), nn.InstanceNorm2d(5)).double()
        one, two = layers(tiled)
        assert ((one - two).abs().max() < 1e-12) == vanishes

    look, draw = nn.Sequential(*look_layers(4)), ModulatedGenerator(6, blocks=2, width=4)
    codes = torch.randn(3, 6, requires_grad=True)
    features = look(torch.randn(1, 3, 16, 16)).expand(3, -1, -1, -1)
    frames = draw(codes, features)
    assert (frames[0] - frames[1]).abs().max() > 1e-2
    (slope,) = torch.autograd.grad((frames * torch.randn_like(frames)).sum(), codes)
    assert slope.norm(dim=1).min() > 1e-2


def test_a_score_sees_70_pixels():
    judge = PatchDiscriminator(4).eval()
    frames = torch.randn(1, 3, 160, 160, requires_grad=True)
    scores = judge.layers[0](frames)
    for layer in judge.layers[1:]:
        if not isinstance(layer, nn.InstanceNorm2d):  # a norm sees all of its map
            scores = layer(scores)
    (slope,) = torch.autograd.grad(scores[0, 0, scores.shape[2] // 2, scores.shape[3] // 2], frames)
    rows = slope.abs().sum(dim=(0, 1, 3)).nonzero()
    assert rows.max() - rows.min() + 1 == 70


def test_the_pool_gives_older_fakes_half_of_the_time():
    torch.manual_seed(0)
    pool, size = ImagePool(5, 1), 5

    def frame(number: int) -> torch.Tensor:
        return torch.full((1, 3, 1, 1), float(number))

    for number in range(size):
        assert torch.equal(pool.query(frame(number)), frame(number)), "until it is full, what comes is stored and given"
    swapped = 0
    for number in range(size, 400):
        before = set(pool.frames[:, 0, 0, 0].tolist())
        given = pool.query(frame(number))[0, 0, 0, 0].item()
        after = set(pool.frames[:, 0, 0, 0].tolist())
        if given == number:
            assert after == before
        else:
            assert given in before and after == before - {given} | {float(number)}
            swapped += 1
    assert 150 < swapped < 245
    fresh = torch.rand(3, 3, 1, 1, requires_grad=True)
    assert torch.equal(ImagePool(0, 1).query(fresh), fresh)
    assert not pool.query(fresh).requires_grad


def test_a_true_frame_of_somebody_else_is_a_lie_too():
    """D_I of Dual-MTGAN: what it takes for real, and the wrong and the painted pairs that it does not."""
    system = CASES["dual_mtgan"].build()
    system.D_I = Heard(system.D_I)
    x, y, fake_x, fake_y = torch.rand(4, 2, 3, 8, 16, 16) * 2 - 1
    first_x, first_y = x[:, :, 0], y[:, :, 0]
    system.pair_game(first_x, x, fake_x, first_y, y, fake_y)
    real, wrong = [(first_x, x), (first_y, first_y[:, :, None])], [(first_y, x), (first_x, y)]
    painted = [(first_x, fake_x), (first_y, fake_y)]
    for pairs, (picture, clips) in zip(system.D_I.shown, real + wrong + painted, strict=True):
        assert torch.equal(pairs[:, :3], picture.repeat_interleave(len(pairs) // 2, dim=0))
        assert are_frames_of(pairs[:, 3:], clips)


def test_contents_are_compared_of_a_frame_and_the_next():
    clips = torch.arange(8.0)[None, None, :, None, None].expand(64, 3, 8, 4, 4)
    frame, following = CASES["dual_mtgan"].build().neighbours(clips)
    assert torch.equal(following, frame + 1) and set(frame[:, 0, 0, 0].tolist()) == {*range(7)}


def test_a_driven_picture_moves_as_the_driver_does():
    """One motion for any picture, the driver's mean: nothing is drawn, and nothing but the first picture is seen."""
    system = CASES["dual_mtgan"].build().eval()
    source, driving = torch.rand(2, 2, 3, 8, 16, 16) * 2 - 1
    with torch.no_grad():
        moved = system.retarget(source, driving)
        torch.testing.assert_close(system.retarget(source[:, :, :1], driving), moved)
        longer = system.retarget(source, torch.cat([driving, driving], dim=2))
        own = system.generator(driving[:, :, 0], system.generator.motion_code(driving)[0], 8)
        torch.testing.assert_close(system.retarget(driving, driving), own)
    assert longer.shape[2] == 16 and (system.retarget(source, driving.flip(2)) - moved).abs().max() > 1e-5


def test_edges_count_by_their_strength():
    step = torch.tensor([[0.0, 0.0, 1.0, 1.0]]).expand(4, 4)
    assert gradient_difference(step, step) == 0 and gradient_difference(1 - step, step) == 0
    assert gradient_difference(step * 0, step).item() == pytest.approx(1 / 3)
    assert gradient_difference(step.T * 3, step).item() == pytest.approx(1 + 1 / 3)
