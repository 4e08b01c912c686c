"""From a picture and a clip's motion code to the picture in motion.

The code of a clip says how its moments change in time, slowest changes first: a cosine transform, as JPEG has it for
pixels. A path of ten moments is so told by a handful of vectors, and any number of moments can be asked of them.
"""

import math

import torch
from einops import rearrange, repeat
from jaxtyping import Float
from torch import Tensor, nn

from mocolab.networks.generators import paint
from mocolab.types import Clips, Codes, Frames, LatentPath


def cosines(waves: int, num_frames: int, period: int) -> Float[Tensor, "K T"]:
    """c_k(t) = cos(pi k (t + 1/2) / period), k < waves, t < num_frames: the rows of the discrete cosine transform.

    Behind the period they run backwards.
    """
    moments = torch.arange(num_frames) + 0.5
    return torch.cos(math.pi / period * torch.arange(waves)[:, None] * moments)


class WaveEncoder(nn.Module):
    """E_M of a whole clip: how its frames differ from their mean, told in cosines.

        f_t = E(x_t - x'),  x' = mean_t x_t
        F_k = mean_t c_k(t) f_t,  k < waves
        (mean, log variance) = head(F_0 .. F_(K-1)),  each of waves * dim numbers

    `trunk` is E, [N, C, H, W] -> [N, feature_dim], without biases, so that pictures that stay say the same whatever
    they show.
    """

    def __init__(self, trunk: nn.Module, feature_dim: int, waves: int, dim: int):
        super().__init__()
        self.trunk, self.waves = trunk, waves
        self.head = nn.Linear(waves * feature_dim, 2 * waves * dim)

    def forward(self, clips: Clips) -> tuple[Codes, Codes]:
        num_frames = clips.shape[2]
        differences = rearrange(clips - clips.mean(dim=2, keepdim=True), "B C T H W -> (B T) C H W")
        features = rearrange(self.trunk(differences), "(B T) F -> B T F", T=num_frames)
        waves = cosines(self.waves, num_frames, num_frames).to(features.device) @ features / num_frames
        mean, log_variance = self.head(waves.flatten(1)).float().chunk(2, dim=1)
        return mean, log_variance


class Unfold(nn.Module):
    """A clip's code to the codes of its moments: u_t = MLP(sum_k s_k z_k c_k(t)), with scales s_k that are learnt;
    [N, waves * code_dim] to [N, T, dim]."""

    def __init__(self, waves: int, code_dim: int, dim: int):
        super().__init__()
        self.scales = nn.Parameter(torch.ones(waves, 1))
        self.moment = nn.Sequential(nn.Linear(code_dim, 2 * dim), nn.ReLU(True), nn.Linear(2 * dim, dim))

    def forward(self, code: Codes, num_frames: int, period: int | None = None) -> LatentPath:
        """Over as many moments as are asked for, or, after `period` of them, back again."""
        waves = self.scales * rearrange(code, "N (K D) -> N K D", K=len(self.scales))
        return self.moment(cosines(len(self.scales), num_frames, period or num_frames).T.to(code.device) @ waves)


class MotionTransfer(nn.Module):
    """A picture, moved: its content once, and a motion code that unfolds to as many moments as are asked for."""

    def __init__(
        self, content: nn.Module, motion: WaveEncoder, unfold: Unfold, draw: nn.Module, look: nn.Module | None = None
    ):
        super().__init__()
        self.content, self.motion_code, self.unfold, self.draw, self.look = content, motion, unfold, draw, look

    def forward(self, picture: Frames, code: Codes, num_frames: int, period: int | None = None) -> Clips:
        content = repeat(self.content(picture), "B D -> B T D", T=num_frames)
        path = torch.cat([content, self.unfold(code, num_frames, period)], dim=2)
        return paint(self.draw, path, None if self.look is None else self.look(picture))
