"""Latent paths: what a clip is before it is painted, `[B, T, D]`."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from einops import repeat
from torch import Tensor, nn

from mocolab.types import Codes, Labels, LatentPath


def content_codes(num_clips: int, num_frames: int, dim: int, normal: Callable = torch.randn) -> LatentPath:
    """z_C ~ N(0, I), drawn once per clip and held for all its frames."""
    return repeat(normal(num_clips, dim), "B D -> B T D", T=num_frames)


def sample_code(mean: Tensor, log_variance: Tensor) -> Tensor:
    """A draw from N(mean, variance) that both can learn from: mean + deviation * e, e ~ N(0, I)."""
    return mean + (log_variance / 2).exp() * torch.randn_like(mean)


def category_codes(labels: Labels, num_frames: int, num_categories: int) -> LatentPath:
    """z_A: one-hot labels, held for all frames of a clip."""
    return repeat(F.one_hot(labels, num_categories).float(), "B A -> B T A", T=num_frames)


class MotionWalk(nn.Module):
    """A random walk in motion space: h_k = GRU([e_k, z_A], h_{k-1}), e_k ~ N(0, I).

    The path is h_1 .. h_T; h_0 ~ N(0, I) itself is not part of it. Noise is drawn step by step, so a
    short walk is the beginning of a longer one. A label enters only where `num_categories` > 0.
    """

    def __init__(self, dim: int, num_categories: int = 0):
        super().__init__()
        self.dim = dim
        self.cell = nn.GRUCell(dim + num_categories, dim)

    def forward(
        self,
        num_clips: int,
        num_frames: int,
        normal: Callable = torch.randn,
        *,
        state: Codes | None = None,
        category: Codes | None = None,
        noise: LatentPath | None = None,
        truncation: float = 1.0,
    ) -> LatentPath:
        """What is None is drawn: the start h_0 [B, d_M], with deviation `truncation`, and the noise e_1 .. e_T
        [B, T, d_M]."""
        device = self.cell.weight_hh.device
        if state is None:
            state = truncation * normal(num_clips, self.dim).to(device)
        if noise is None:
            noise = torch.stack([normal(num_clips, self.dim) for _ in range(num_frames)], dim=1).to(device)
        walk = []
        for step in noise.unbind(1):
            state = self.cell(step if category is None else torch.cat([step, category], dim=1), state)
            walk.append(state)
        return torch.stack(walk, dim=1)


class ContentMotionLatent(nn.Module):
    """z_k = [z_C, z_A, z_M(k)]: content once per clip, motion a walk; the category, if there is one, in
    the frame's code (as released) or in the walk's input (`category_in_walk`, the paper's default)."""

    def __init__(self, content_dim: int, motion_dim: int, num_categories: int = 0, category_in_walk: bool = False):
        super().__init__()
        self.content_dim = content_dim
        self.num_categories = num_categories
        self.category_in_walk = category_in_walk and num_categories > 0
        self.motion = MotionWalk(motion_dim, num_categories if self.category_in_walk else 0)
        in_frame = 0 if self.category_in_walk else num_categories
        self.dim = content_dim + in_frame + motion_dim

    def forward(
        self,
        num_clips: int,
        num_frames: int,
        *,
        content: Codes | None = None,
        motion: LatentPath | None = None,
        state: Codes | None = None,
        label: Labels | None = None,
        truncation: float = 1.0,
    ) -> LatentPath:
        """Draws what is None: `content` [B, d_C], the `motion` path [B, T, d_M] or only the walk's start
        `state` [B, d_M], and `label` [B]. Content and start have the deviation `truncation`: 1 in training; samples
        with less show less variety and fewer failures (as BigGAN's: Brock et al., 2019, section 3.1)."""
        device = self.motion.cell.weight_hh.device
        if content is None:
            content = truncation * content_codes(num_clips, 1, self.content_dim)[:, 0].to(device)
        category = None
        if self.num_categories > 0:
            if label is None:
                label = self.draw_labels(num_clips)
            category = category_codes(label.to(device), 1, self.num_categories)[:, 0]
        if motion is None:
            category_of_walk = category if self.category_in_walk else None
            motion = self.motion(num_clips, num_frames, state=state, category=category_of_walk, truncation=truncation)
        in_frame = [content] if category is None or self.category_in_walk else [content, category]
        held = repeat(torch.cat(in_frame, dim=1), "B D -> B T D", T=num_frames)
        return torch.cat([held, motion], dim=2)

    def codes(
        self, num_clips: int, num_frames: int, labels: Labels | None = None, truncation: float = 1.0
    ) -> tuple[Codes, LatentPath]:
        """(content [B, d_C], motion path [B, T, d_M]) from the prior, to be held or swapped."""
        path = self(num_clips, num_frames, label=labels, truncation=truncation)
        return path[:, 0, : self.content_dim], path[:, :, -self.motion.dim :]

    def draw_labels(self, num_clips: int) -> Labels:
        """Labels uniform over the categories."""
        return torch.randint(max(self.num_categories, 1), (num_clips,))
