"""Who paints the frames of a system that has content codes and codes of moments."""

from typing import Literal

from torch import nn

from mocolab.networks.generators import FrameGenerator, ModulatedFrameGenerator
from mocolab.networks.resnet import ModulatedGenerator, look_layers

Painter = Literal["dcgan", "modulated", "fine", "resnet"]


def painter(
    kind: Painter, look_dim: int, dim: int, place_dim: int, width: int, size: int, blocks: int, channels: int = 3
) -> tuple[nn.Module, nn.Module | None]:
    """A draw of codes with `dim` numbers, and, if it repaints a picture, what finds that picture's maps.

    dcgan: MoCoGAN's; modulated: the first `look_dim` numbers say how it looks, the last `place_dim` where; fine: the
    same to the last pixel; resnet: CycleGAN's, of so many residual blocks.
    """
    if kind == "resnet":
        return ModulatedGenerator(dim, blocks, width, channels), nn.Sequential(*look_layers(width))
    if kind in ("modulated", "fine"):
        return ModulatedFrameGenerator(look_dim, place_dim, width, channels, size, fine=kind == "fine"), None
    return FrameGenerator(dim, width, channels, size), None
