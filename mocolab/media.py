"""Clips to files one can look at, and back."""

from pathlib import Path

import torch
from einops import rearrange
from PIL import Image

from mocolab.types import Clips


def save(path: Path, clips: Clips) -> None:
    """Provisional: a GIF of the clips side by side."""
    frames = ((rearrange(clips, "B C T H W -> T H (B W) C").clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).numpy()
    first, *rest = [Image.fromarray(frame) for frame in frames]
    first.save(path, save_all=True, append_images=rest, duration=100, loop=0)
