"""Whether clips are new, or were learned by heart: what no other figure here can tell."""

import torch
from jaxtyping import Float
from torch import Tensor

from mocolab.types import Clips


def nearest_distance(clips: Clips, others: Float[Tensor, "_R ..."]) -> Float[Tensor, " B"]:
    """Root mean squared distance, over pixels, of every clip to the nearest of `others`."""
    middle = others.mean(dim=0)  # taken away before squares are formed: they then keep their digits
    pairs = torch.cdist((clips - middle).flatten(1), (others - middle).flatten(1))
    return pairs.amin(dim=1) / middle.numel() ** 0.5


def novelty(made: Clips, training: Float[Tensor, "_R ..."], held_out: Float[Tensor, "_H ..."]) -> float:
    """Mean distance of made clips to the nearest training clip, over that of held-out real ones: 0 for copies,
    about 1 for clips as new as real ones. A copy moved by a few pixels passes for new, and so does noise."""
    return (nearest_distance(made, training).mean() / nearest_distance(held_out, training).mean()).item()
