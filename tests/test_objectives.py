"""What players play for, against closed forms."""

from math import exp, log, log1p

import pytest
import torch
from torch import nn

from mocolab.objectives import bce, hinge, kl_to_normal, least_squares, r1_penalty, wasserstein

REAL, FAKE = torch.tensor([0.5, -2.0, 3.0]), torch.tensor([[-0.5, 1.5], [0.25, -4.0]])
GAMES = {"bce": bce, "hinge": hinge, "least squares": least_squares, "wasserstein": wasserstein}


def mean(function, scores):
    return sum(function(score) for score in scores.flatten().tolist()) / scores.numel()


@pytest.mark.parametrize(
    "name, on_real, on_fake, to_fool",
    [
        ("bce", lambda s: log1p(exp(-s)), lambda s: log1p(exp(s)), lambda s: log1p(exp(-s))),
        ("hinge", lambda s: max(0, 1 - s), lambda s: max(0, 1 + s), lambda s: -s),
        ("least squares", lambda s: (s - 1) ** 2 / 2, lambda s: s**2 / 2, lambda s: (s - 1) ** 2),
        ("wasserstein", lambda s: -s, lambda s: s, lambda s: -s),
    ],
)
def test_closed_forms(name, on_real, on_fake, to_fool):
    """Each batch has a mean of its own: there are 3 real and 4 fake scores."""
    game = GAMES[name]
    assert game.discriminator(REAL, FAKE).item() == pytest.approx(mean(on_real, REAL) + mean(on_fake, FAKE))
    assert game.generator(FAKE).item() == pytest.approx(mean(to_fool, FAKE))


def test_a_discriminator_that_knows_nothing_pays_two_log_two():
    assert bce.discriminator(torch.zeros(2, 4, 4), torch.zeros(5, 4, 4)).item() == pytest.approx(2 * log(2))


@pytest.mark.parametrize("extreme", [-200.0, 200.0])
def test_bce_survives_extreme_scores(extreme):
    """A hopeless fake still gives the generator its full slope, -1/N; a perfect one gives none."""
    fake = torch.full((3, 2), extreme, requires_grad=True)
    bce.generator(fake).backward()
    torch.testing.assert_close(fake.grad, torch.full((3, 2), -1 / 6 if extreme < 0 else 0.0))
    real, fake = (torch.full((4,), extreme, requires_grad=True) for _ in range(2))
    loss = bce.discriminator(real, fake)
    loss.backward()
    assert loss.item() == pytest.approx(200)
    torch.testing.assert_close(fake.grad, torch.full((4,), 0.25 if extreme > 0 else 0.0))
    torch.testing.assert_close(real.grad, torch.full((4,), -0.25 if extreme < 0 else 0.0))


@pytest.mark.parametrize("name", GAMES)
def test_bf16_scores_are_judged_in_float32(name):
    game = GAMES[name]
    real, fake = torch.linspace(-3, 3, 301).bfloat16(), torch.linspace(-2, 5, 203).bfloat16()
    for coarse, exact in (
        (game.discriminator(real, fake), game.discriminator(real.float(), fake.float())),
        (game.generator(fake), game.generator(fake.float())),
    ):
        assert coarse.dtype == torch.float32
        assert torch.equal(coarse, exact)


def test_kl_against_torch():
    mean, log_variance = torch.randn(5, 7), torch.linspace(-8, 4, 35).view(5, 7)
    normal = torch.distributions.Normal
    exact = torch.distributions.kl_divergence(normal(mean, (log_variance / 2).exp()), normal(0.0, 1.0))
    torch.testing.assert_close(kl_to_normal(mean, log_variance), exact.sum(dim=1).mean())
    assert kl_to_normal(torch.zeros(2, 3), torch.zeros(2, 3)) == 0


def test_r1_of_a_quadratic_critic():
    """C(x) = a |x|^2 / 2 per clip has slope a x: the penalty is a^2 times the mean of |x|^2, and teaches a."""
    a = torch.tensor(1.5, requires_grad=True)
    real = torch.randn(3, 2, 4, 4, 4, requires_grad=True)
    square = real.detach().flatten(1).square().sum(dim=1).mean()
    penalty = r1_penalty(a * real.square().sum(dim=(1, 2, 3, 4)) / 2, real)
    torch.testing.assert_close(penalty, 1.5**2 * square)
    penalty.backward(inputs=[a])
    torch.testing.assert_close(a.grad, 2 * 1.5 * square)


def test_r1_under_autocast():
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Conv2d(3, 8, 4, 2, 1), nn.LeakyReLU(0.2, True), nn.Conv2d(8, 1, 4, 2, 1))
    real = torch.randn(4, 3, 16, 16, requires_grad=True)
    exact = r1_penalty(critic(real), real)
    with torch.autocast("cpu", torch.bfloat16, cache_enabled=False):
        coarse = r1_penalty(critic(real), real)
    assert coarse.dtype == torch.float32
    assert coarse.item() == pytest.approx(exact.item(), rel=0.03)
    coarse.backward(inputs=list(critic.parameters())[:1])
    assert critic[0].weight.grad.abs().sum() > 0
