"""From given pictures to what was given and what comes."""

from typing import Literal

import torch
from einops import rearrange, repeat
from jaxtyping import Float
from torch import Tensor, nn

from mocolab.networks.encoders import MotionEncoder
from mocolab.networks.generators import paint, painted_over
from mocolab.networks.latents import MotionWalk
from mocolab.types import Clips, Codes


class FutureGenerator(nn.Module):
    """Given pictures, rebuilt, and a future to them."""

    def __init__(
        self,
        content: nn.Module,
        motion: MotionEncoder,
        walk: MotionWalk,
        draw: nn.Module,
        look: nn.Module | None = None,
        content_of: Literal["first", "mean"] = "first",
        paint_over: bool = False,
    ):
        super().__init__()
        self.content, self.motion, self.walk, self.draw, self.look = content, motion, walk, draw, look
        self.content_of, self.paint_over = content_of, paint_over

    def forward(
        self, past: Float[Tensor, "B C n H W"], num_frames: int, noise: Float[Tensor, "B K _D"] | None = None
    ) -> Clips:
        """[B, C, n + num_frames, H, W]: the n given frames as codes tell them, then `num_frames` on the walk that
        starts at the last of them, on this noise [B, num_frames, d_M] or a drawn one."""
        given = self.motion(past)
        walk = self.walk(len(past), num_frames, state=given[:, -1], noise=noise)
        content = repeat(self.content_code(past), "B D -> B T D", T=past.shape[2] + num_frames)
        path = torch.cat([content, torch.cat([given, walk], dim=1)], dim=2)
        painted = paint(self.draw, path, None if self.look is None else self.look(past[:, :, 0]))
        return painted_over(painted, past[:, :, 0], sharp=not self.training) if self.paint_over else painted

    def content_code(self, past: Clips) -> Codes:
        if self.content_of == "first":
            return self.content(past[:, :, 0])
        codes = self.content(rearrange(past, "B C T H W -> (B T) C H W"))
        return rearrange(codes, "(B T) D -> B T D", B=len(past)).mean(dim=1)
