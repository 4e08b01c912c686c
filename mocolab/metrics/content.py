"""How well content is kept along a clip."""

import torch
from jaxtyping import Float
from torch import Tensor

from mocolab.types import Scalar


def content_distance(features: Float[Tensor, "B T F"]) -> Scalar:
    """ACD (MoCoGAN, section 4): L2 distance between the features of two frames of a clip, averaged over
    all pairs of frames, then over clips; T >= 2. A frozen clip has 0: print it beside a motion measure."""
    num_frames = features.shape[1]
    distances = (features[:, :, None] - features[:, None]).norm(dim=3)  # [B, T, T], zero on the diagonal
    return distances.sum(dim=(1, 2)).mean() / (num_frames * (num_frames - 1))


def content_kept(features: Float[Tensor, "B T F"]) -> Scalar:
    """1 - ACD / the ACD of the same frames dealt out anew among the clips: 1 where nothing changes along a clip, 0
    where its frames are no more alike than frames of different clips. Faint pictures lower ACD, and not this."""
    return 1 - content_distance(features) / content_distance(dealt(features, time=1)).clamp(min=1e-6)


def dealt(clips: Float[Tensor, "B ..."], time: int) -> Float[Tensor, "B ..."]:
    """The same frames dealt out anew: every one of a clip comes from another clip, while there are as many clips as
    frames. `time` is the axis of moments, in clips or in their features."""
    return torch.stack([frames.roll(moment, dims=0) for moment, frames in enumerate(clips.unbind(time))], dim=time)
