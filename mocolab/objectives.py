"""What players play for: pure functions of scores and tensors. Adversarial ones come as a pair."""

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from mocolab.types import Codes, Scalar, Scores


class Adversarial(NamedTuple):
    """The two sides of a game; scores are logits, in any shape, and are judged in float32."""

    discriminator: Callable[[Scores, Scores], Scalar]
    """(real scores, fake scores) -> what the discriminator minimises."""
    generator: Callable[[Scores], Scalar]
    """(fake scores) -> what the generator minimises."""


def _bce_discriminator(real: Scores, fake: Scores) -> Scalar:
    """-log D(x) - log(1 - D(G(z))), D = sigmoid(score); a mean over each batch."""
    return F.softplus(-real.float()).mean() + F.softplus(fake.float()).mean()


def _bce_generator(fake: Scores) -> Scalar:
    """-log D(G(z)), the non-saturating form."""
    return F.softplus(-fake.float()).mean()


def _hinge_discriminator(real: Scores, fake: Scores) -> Scalar:
    """max(0, 1 - C(x)) + max(0, 1 + C(G(z))), C the score."""
    return F.relu(1 - real.float()).mean() + F.relu(1 + fake.float()).mean()


def _least_squares_discriminator(real: Scores, fake: Scores) -> Scalar:
    """((C(x) - 1)^2 + C(G(z))^2) / 2."""
    return ((real.float() - 1).square().mean() + fake.float().square().mean()) / 2


def _least_squares_generator(fake: Scores) -> Scalar:
    """(C(G(z)) - 1)^2."""
    return (fake.float() - 1).square().mean()


def _wasserstein_discriminator(real: Scores, fake: Scores) -> Scalar:
    """C(G(z)) - C(x)."""
    return fake.float().mean() - real.float().mean()


def _minus_mean(fake: Scores) -> Scalar:
    """-C(G(z))."""
    return -fake.float().mean()


bce = Adversarial(_bce_discriminator, _bce_generator)
"""Goodfellow et al., NIPS 2014; the game of MoCoGAN."""
hinge = Adversarial(_hinge_discriminator, _minus_mean)
"""Lim & Ye 2017, Miyato et al. 2018."""
least_squares = Adversarial(_least_squares_discriminator, _least_squares_generator)
"""Mao et al., ICCV 2017, with CycleGAN's half on the discriminator's side."""
wasserstein = Adversarial(_wasserstein_discriminator, _minus_mean)
"""Arjovsky et al., ICML 2017; the constraint on the critic's weights is the system's business."""


def kl_to_normal(mean: Codes, log_variance: Codes) -> Scalar:
    """KL(N(mean, exp(log_variance)) || N(0, I)) in nats, summed over D, averaged over the batch:
    (mean^2 + exp(log_variance) - 1 - log_variance) / 2."""
    mean, log_variance = mean.float(), log_variance.float()
    return (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean() / 2


def gradient_difference(prediction: Float[Tensor, "*batch H W"], target: Float[Tensor, "*batch H W"]) -> Scalar:
    """How much the strengths of edges differ: means of | |dY| - |dY^| | over vertical and over horizontal
    neighbours, added (Mathieu et al., ICLR 2016, with exponent 1)."""
    return sum((target.diff(dim=axis).abs() - prediction.diff(dim=axis).abs()).abs().mean() for axis in (-2, -1))


def r1_penalty(scores: Scores, real: Float[Tensor, "_N ..."]) -> Scalar:
    """Mean over the batch of |grad_x C(x)|^2 at `real` pictures or clips (Mescheder et al., ICML 2018, Eq. 9
    without gamma / 2); `real` must have required a gradient when `scores` were computed from it."""
    (slope,) = torch.autograd.grad(scores.float().sum(), real, create_graph=True)
    return slope.float().flatten(1).square().sum(dim=1).mean()
