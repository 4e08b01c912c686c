"""From a picture and a clip's motion code to the picture in motion."""

import torch
from einops import repeat
from torch import nn

from mocolab.networks.encoders import MotionEncoder
from mocolab.networks.generators import paint
from mocolab.types import Clips, Codes, Frames, LatentPath


class Unfold(nn.Module):
    """A clip's code to the codes of its moments: u_t = GRU(z_M, u_(t-1)), u_0 = 0; [N, code_dim] to [N, T, dim]."""

    def __init__(self, code_dim: int, dim: int):
        super().__init__()
        self.cell = nn.GRUCell(code_dim, dim)

    def forward(self, code: Codes, num_frames: int) -> LatentPath:
        moments = [self.cell(code)]
        while len(moments) < num_frames:
            moments.append(self.cell(code, moments[-1]))
        return torch.stack(moments, dim=1)


class MotionTransfer(nn.Module):
    """A picture, moved: its content once, and a motion code that unfolds to as many moments as are asked for."""

    def __init__(
        self, content: nn.Module, motion: MotionEncoder, unfold: Unfold, draw: nn.Module, look: nn.Module | None = None
    ):
        super().__init__()
        self.content, self.motion, self.unfold, self.draw, self.look = content, motion, unfold, draw, look

    def motion_code(self, clips: Clips) -> tuple[Codes, Codes]:
        """q(z | V): (mean, log variance) of the whole clip's code."""
        mean, log_variance = self.motion(clips)[:, -1].float().chunk(2, dim=1)
        return mean, log_variance

    def forward(self, picture: Frames, code: Codes, num_frames: int) -> Clips:
        content = repeat(self.content(picture), "B D -> B T D", T=num_frames)
        path = torch.cat([content, self.unfold(code, num_frames)], dim=2)
        return paint(self.draw, path, None if self.look is None else self.look(picture))
