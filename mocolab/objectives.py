"""What players play for: pure functions of scores and tensors. Adversarial ones come as a pair."""

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F

from mocolab.types import Scalar, Scores


class Adversarial(NamedTuple):
    """The two sides of a game; scores are logits, in any shape, and are judged in float32."""

    discriminator: Callable[[Scores, Scores], Scalar]
    """(real scores, fake scores) -> what the discriminator minimises."""
    generator: Callable[[Scores], Scalar]
    """(fake scores) -> what the generator minimises."""


def _bce_discriminator(real: Scores, fake: Scores) -> Scalar:
    """-log D(x) - log(1 - D(G(z))), D = sigmoid(score)."""
    return F.softplus(-real.float()).mean() + F.softplus(fake.float()).mean()


def _bce_generator(fake: Scores) -> Scalar:
    """-log D(G(z)), the non-saturating form."""
    return F.softplus(-fake.float()).mean()


def _hinge_discriminator(real: Scores, fake: Scores) -> Scalar:
    return F.relu(1 - real.float()).mean() + F.relu(1 + fake.float()).mean()


def _least_squares_discriminator(real: Scores, fake: Scores) -> Scalar:
    return ((real.float() - 1).square().mean() + fake.float().square().mean()) / 2


def _least_squares_generator(fake: Scores) -> Scalar:
    return (fake.float() - 1).square().mean()


def _wasserstein_discriminator(real: Scores, fake: Scores) -> Scalar:
    return fake.float().mean() - real.float().mean()


def _minus_mean(fake: Scores) -> Scalar:
    return -fake.float().mean()


bce = Adversarial(_bce_discriminator, _bce_generator)
"""Goodfellow et al., NIPS 2014; the game of MoCoGAN."""
hinge = Adversarial(_hinge_discriminator, _minus_mean)
"""Lim & Ye 2017, Miyato et al. 2018."""
least_squares = Adversarial(_least_squares_discriminator, _least_squares_generator)
"""Mao et al., ICCV 2017, with CycleGAN's half on the discriminator's side."""
wasserstein = Adversarial(_wasserstein_discriminator, _minus_mean)
"""Arjovsky et al., ICML 2017; the constraint on the critic's weights is the system's business."""
