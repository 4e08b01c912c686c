"""Whether content codes hold content and motion codes motion, measured against the true factors of drawn clips."""

import torch
from jaxtyping import Float
from torch import Tensor

from mocolab.types import Scalar

RIDGES = (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0, 100.0)
"""What the map below chooses from, in units of the codes' variance."""


def probe(codes: Float[Tensor, "N D"], factors: Float[Tensor, "N F"], ridge: float = 0.0) -> Scalar:
    """How well factors follow from codes along straight lines: R^2 on clips that were not fitted, mean of factors.

    Least squares with a constant column on the first N // 2 rows, in float64; R^2 = 1 - SSE / SST of the others,
    SST about their own mean; 1 is perfect, 0 no better than the mean, and it may be negative. `ridge` adds
    ridge * (mean variance of the codes) * |weights|^2 to the mean squared error; the constant is free.
    Curved dependence is missed; a code that holds everything is perfect for everything, so probe both codes
    for both. `ValueError` for under 4 clips, or for a factor that never changes.
    """
    codes, factors = codes.double(), factors.double()
    half = len(codes) // 2
    if half < 2 or (factors[half:] == factors[half]).all(dim=0).any():
        raise ValueError(
            f"{len(codes)} clips were given with a factor that is the same in all that are held out, or fewer than "
            "4 clips: a factor must change to be explained; draw more clips, or leave that factor out."
        )
    middle, factor_middle = codes[:half].mean(dim=0), factors[:half].mean(dim=0)
    seen, targets = codes[:half] - middle, factors[:half] - factor_middle
    # The penalty as rows of data: least squares alone is then exact for ridge 0, and well posed for any other.
    penalty = torch.eye(seen.shape[1]).to(seen) * _strength(seen, ridge).sqrt()
    targets = torch.cat([targets, targets.new_zeros(len(penalty), targets.shape[1])])
    weights = torch.linalg.lstsq(torch.cat([seen, penalty]), targets, driver="gelsd").solution
    truth = factors[half:]
    error = (truth - factor_middle - (codes[half:] - middle) @ weights).square().sum(dim=0)
    return (1 - error / (truth - truth.mean(dim=0)).square().sum(dim=0)).mean()


def _strength(centred: Float[Tensor, "N D"], ridge: float) -> Scalar:
    """The penalty on |weights|^2 beside a sum of squared errors."""
    return ridge * centred.square().sum() / centred.shape[1]


def _best_ridge(codes: Float[Tensor, "N D"], factors: Float[Tensor, "N F"]) -> float:
    """The one of `RIDGES` by which each of the first N // 2 clips is best foretold from the others of that half.

    Left out or not, a residual differs by the factor 1 / (1 - h), h the clip's leverage: nothing is refitted.
    """
    half = len(codes) // 2
    seen, targets = (values[:half].double() - values[:half].double().mean(dim=0) for values in (codes, factors))
    basis, stretch, _ = torch.linalg.svd(seen, full_matrices=False)

    def error(ridge: float) -> float:
        kept = stretch.square() / (stretch.square() + _strength(seen, ridge))
        leverage = 1 / half + basis.square() @ kept
        residual = (targets - basis * kept @ (basis.T @ targets)) / (1 - leverage)[:, None]
        return (residual.square().sum(dim=0) / targets.square().sum(dim=0)).sum().item()

    return min(RIDGES, key=error)


def disentanglement(
    content_codes: Float[Tensor, "N _C"],
    motion_codes: Float[Tensor, "N _M"],
    content: Float[Tensor, "N _F"],
    motion: Float[Tensor, "N _G"],
) -> Float[Tensor, "2 2"]:
    """Held-out R^2 of (content, motion) codes, the rows, for true (content, motion) factors, the columns, with the
    ridge that the fitted half itself prefers: 16 useless codes of 32 clips are then near 0, not at -30.

    Good is an identity: a bright diagonal, and corners at 0 or below; a corner above is a leak.
    """
    pairs = [(codes, factors) for codes in (content_codes, motion_codes) for factors in (content, motion)]
    return torch.stack([probe(*pair, _best_ridge(*pair)) for pair in pairs]).view(2, 2)


def swap_test(factors: Float[Tensor, "A M F"]) -> Float[Tensor, "2 F"]:
    """Which code decides a factor: its shares of variance (explained by content, by motion), of the factors seen
    in clips painted from every one of A contents with every one of M motions (two-way analysis of variance).

    (1, 0) for content factors and (0, 1) for motion's are perfect; what is missing to 1 depends on both codes
    together. Noise alone has about (1 / M, 1 / A). A factor that never changes has no answer: nan.
    """
    factors = factors.double()
    total = factors.var(dim=(0, 1), correction=0)
    by_content, by_motion = (factors.mean(dim=other).var(dim=0, correction=0) for other in (1, 0))
    return torch.stack([by_content, by_motion]) / total
