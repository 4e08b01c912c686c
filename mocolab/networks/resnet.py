"""CycleGAN's generator (Zhu et al., ICCV 2017; blocks after Johnson et al., 2016), and its form for videos.

A code that is tiled to constant maps and concatenated to a picture has no effect here: behind a reflection-padded
convolution it is one constant per channel, and InstanceNorm subtracts it. So a code modulates what the norms give.
"""

from torch import nn

from mocolab.types import Codes, Features, Frames


def reflected(narrow: int, wide: int, kernel: int) -> list[nn.Module]:
    """A convolution that keeps the size; what it sees beyond the border is the picture, reflected."""
    return [nn.ReflectionPad2d(kernel // 2), nn.Conv2d(narrow, wide, kernel)]


def normalised(*layers: nn.Module) -> list[nn.Module]:
    """Each picture alone, without gain and shift, then ReLU."""
    *_, last = layers
    return [*layers, nn.InstanceNorm2d(last.out_channels), nn.ReLU(True)]


def look_layers(width: int, channels: int = 3) -> list[nn.Module]:
    """The encoder half: pictures to 4 x width maps at a quarter of their size."""
    return [
        *normalised(*reflected(channels, width, 7)),
        *normalised(nn.Conv2d(width, 2 * width, 3, 2, 1)),
        *normalised(nn.Conv2d(2 * width, 4 * width, 3, 2, 1)),
    ]


class ResidualBlock(nn.Module):
    """h + F(h), and no ReLU after the sum; 1,180,160 weights at 256 channels."""

    def __init__(self, channels: int):
        super().__init__()
        self.layers = nn.Sequential(
            *normalised(*reflected(channels, channels, 3)),
            *reflected(channels, channels, 3),
            nn.InstanceNorm2d(channels),
        )

    def forward(self, h: Features) -> Features:
        return h + self.layers(h)


class ResNetGenerator(nn.Module):
    """Pictures [N, C, H, W] to pictures, H and W divisible by 4; 11,378,179 weights with 9 blocks, 7,837,699 with 6."""

    def __init__(self, blocks: int = 9, width: int = 64, channels: int = 3):
        super().__init__()
        up = {"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1}
        self.layers = nn.Sequential(
            *look_layers(width, channels),
            *[ResidualBlock(4 * width) for _ in range(blocks)],
            *normalised(nn.ConvTranspose2d(4 * width, 2 * width, **up)),
            *normalised(nn.ConvTranspose2d(2 * width, width, **up)),
            *reflected(width, channels, 7),
            nn.Tanh(),
        )

    def forward(self, frames: Frames) -> Frames:
        return self.layers(frames)


class Modulation(nn.Module):
    """(1 + gain) x + shift after a norm; gain and shift are linear in the code."""

    def __init__(self, channels: int, dim: int):
        super().__init__()
        self.norm = nn.InstanceNorm2d(channels)
        self.linear = nn.Linear(dim, 2 * channels)

    def forward(self, h: Features, code: Codes) -> Features:
        gain, shift = self.linear(code)[..., None, None].chunk(2, dim=1)
        return (1 + gain) * self.norm(h) + shift


class ModulatedBlock(nn.Module):
    """A residual block whose norms are followed by the code's gain and shift (MUNIT, ECCV 2018)."""

    def __init__(self, channels: int, dim: int):
        super().__init__()
        self.first = nn.Sequential(*reflected(channels, channels, 3))
        self.first_code = Modulation(channels, dim)
        self.second = nn.Sequential(*reflected(channels, channels, 3))
        self.second_code = Modulation(channels, dim)

    def forward(self, h: Features, code: Codes) -> Features:
        inside = self.first_code(self.first(h), code).relu()
        return h + self.second_code(self.second(inside), code)


class ModulatedGenerator(nn.Module):
    """A draw that repaints: a code and the maps of a picture (`look_layers`) to the picture as the code wants it.

    Codes [N, dim] and features [N, 4 x width, H/4, W/4] to frames [N, C, H, W]. Behind the blocks there is no
    InstanceNorm, which would take out the last shift again, but norms over all channels (LayerNorm).
    """

    def __init__(self, dim: int, blocks: int = 6, width: int = 64, channels: int = 3):
        super().__init__()
        wide = 4 * width
        self.mapping = nn.Sequential(nn.Linear(dim, wide), nn.ReLU(True), nn.Linear(wide, wide), nn.ReLU(True))
        self.blocks = nn.ModuleList(ModulatedBlock(wide, wide) for _ in range(blocks))
        layers = []
        for narrow in (2 * width, width):
            layers += [nn.Upsample(scale_factor=2), *reflected(2 * narrow, narrow, 3)]
            layers += [nn.GroupNorm(1, narrow), nn.ReLU(True)]
        self.layers = nn.Sequential(*layers, *reflected(width, channels, 7), nn.Tanh())

    def forward(self, codes: Codes, features: Features) -> Frames:
        code = self.mapping(codes)
        for block in self.blocks:
            features = block(features, code)
        return self.layers(features)
