"""From pictures to codes: what is in them, and how it moves."""

from itertools import pairwise

import torch
from einops import rearrange
from torch import Tensor, nn

from mocolab.networks.generators import level_widths
from mocolab.types import Clips, Codes, Frames, LatentPath


def frame_encoder(dim: int, width: int = 64, channels: int = 3, size: int = 64, norm: bool = True) -> nn.Sequential:
    """Frames [N, channels, size, size] to codes [N, dim]: the full form of D_I with `dim` outputs and no noise.

    As E_C, with norms, it has 3,166,976 weights at 64 px, width 64 and 50 numbers. Without norms a picture that is
    zero everywhere has the code zero, whatever the weights. No biases.
    """
    widths = level_widths(size, width)
    layers = []
    for level, (narrow, wide) in enumerate(zip([channels, *widths], widths)):
        layers += [nn.Conv2d(narrow, wide, 4, 2, 1, bias=False)]
        layers += [nn.BatchNorm2d(wide)] if norm and level > 0 else []
        layers += [nn.LeakyReLU(0.2, True)]
    layers += [nn.Conv2d(widths[-1], dim, 4, 1, 0, bias=False)]
    if not norm:  # what has no norms fades on its way through the usual weights
        for layer in layers[::2]:
            nn.init.kaiming_normal_(layer.weight, 0.2)
    return nn.Sequential(*layers, nn.Flatten())


class LookEncoder(nn.Module):
    """What is there, wherever it is: the strongest answer of every feature in the whole picture, and an MLP.

    Pictures [N, channels, size, size] to codes [N, dim]. The first two layers keep every pixel: what tells small things
    apart is as small as their corners, and a stride sees it or not by chance.
    """

    def __init__(self, dim: int, width: int = 64, channels: int = 3, size: int = 64):
        super().__init__()
        *strided, last = level_widths(size, width)
        widths = strided or [last]
        layers = [nn.Conv2d(channels, width, 3, 1, 1), nn.LeakyReLU(0.2, True), nn.Conv2d(width, width, 3, 1, 1)]
        for narrow, wide in pairwise(widths):
            layers += [nn.LeakyReLU(0.2, True), nn.Conv2d(narrow, wide, 4, 2, 1)]
        layers += [nn.LeakyReLU(0.2, True), nn.Conv2d(widths[-1], last, 3, 1, 1), nn.LeakyReLU(0.2, True)]
        for layer in layers[::2]:
            nn.init.kaiming_normal_(layer.weight, 0.2)
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Linear(last, last), nn.LeakyReLU(0.2, True), nn.Linear(last, dim))

    def forward(self, frames: Frames) -> Codes:
        return self.head(self.features(frames).amax(dim=(2, 3)))


class MotionEncoder(nn.Module):
    """E_M: what has changed since the first picture, for any number n of pictures:

        s_0 = 0,  s_i = GRU(E(x_i - x_(i-1)), s_(i-1)),  m_i = head(s_i).

    One picture is no evidence of motion, and m_0 = head(0) a learned constant; two show velocity, three
    acceleration, all of them the whole clip. `trunk` is E, [N, C, H, W] -> [N, feature_dim], without biases, so
    that pictures that stay say the same whatever they show.
    """

    def __init__(self, trunk: nn.Module, feature_dim: int, motion_dim: int):
        super().__init__()
        self.trunk = trunk
        self.cell = nn.GRUCell(feature_dim, feature_dim)
        self.head = nn.Linear(feature_dim, motion_dim)

    def states(self, clips: Clips) -> Tensor:
        """s_0 .. s_(n-1), [B, n, feature_dim]; each knows the pictures up to its own."""
        states = [clips.new_zeros(len(clips), self.cell.hidden_size)]
        if clips.shape[2] > 1:
            changes = rearrange(clips.diff(dim=2), "B C T H W -> (B T) C H W")
            for change in rearrange(self.trunk(changes), "(B T) F -> T B F", B=len(clips)):
                states.append(self.cell(change, states[-1]))
        return torch.stack(states, dim=1)

    def forward(self, clips: Clips) -> LatentPath:
        """m_0 .. m_(n-1), [B, n, motion_dim]."""
        return self.head(self.states(clips))
