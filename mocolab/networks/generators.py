"""From codes to pictures, and from latent paths to clips."""

from collections.abc import Callable
from itertools import pairwise
from math import atanh

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from jaxtyping import Float
from torch import Tensor, nn

from mocolab.networks.resnet import Modulation
from mocolab.types import Clips, Codes, Features, Frames, LatentPath


def level_widths(size: int, width: int) -> list[int]:
    """Channels at each halving of a picture, from the pixels inwards: width doubles up to 8x, then stays.

    `ValueError` unless size is 4 * 2^k, k >= 1.
    """
    levels = size.bit_length() - 3
    if levels < 1 or size != 4 * 2**levels:
        raise ValueError(
            f"A picture size of {size} px was given; the networks need 8, 16, 32, 64, 128 ...: choose one."
        )
    return [width * min(2**level, 8) for level in range(levels)]


def seed_frames(num_frames: int, size: int) -> int:
    """Frames of a clip where it measures 4 x 4 pixels, if time doubles as often as height and width do.

    `ValueError` unless num_frames is a multiple of size / 4.
    """
    seed, rest = divmod(num_frames, 2 ** len(level_widths(size, 1)))
    if seed < 1 or rest:
        raise ValueError(
            f"Clips of {num_frames} frames were asked for, but at {size} px they grow {size // 4}-fold: "
            f"choose a multiple of {size // 4}."
        )
    return seed


class FrameGenerator(nn.Module):
    """The DCGAN decoder of MoCoGAN's G_I: codes [N, dim] to frames; `size` 64 is the released network."""

    def __init__(self, dim: int, width: int = 64, channels: int = 3, size: int = 64):
        super().__init__()
        *inner, innermost = widths = level_widths(size, width)
        layers = [nn.ConvTranspose2d(dim, innermost, 4, 1, 0, bias=False), nn.BatchNorm2d(innermost), nn.ReLU(True)]
        for wide, narrow in zip(reversed(widths), reversed(inner)):
            layers += [nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU(True)]
        layers += [nn.ConvTranspose2d(widths[0], channels, 4, 2, 1, bias=False), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, codes: Codes) -> Frames:
        return self.layers(rearrange(codes, "N D -> N D 1 1"))


class ModulatedFrameGenerator(nn.Module):
    """A draw of codes: a DCGAN decoder makes of their last `place_dim` numbers what is where, and the first `look_dim`
    say how it looks, by gain and shift after every norm. Where in the picture, these cannot say, unless they are
    among the last ones too. A `fine` one has maps of the picture's own size, so that looks reach its every pixel."""

    def __init__(
        self,
        look_dim: int,
        place_dim: int,
        width: int = 64,
        channels: int = 3,
        size: int = 64,
        fine: bool = False,
    ):
        super().__init__()
        self.look_dim, self.place_dim = look_dim, place_dim
        widths = level_widths(2 * size if fine else size, width)[::-1]
        self.seed = nn.ConvTranspose2d(place_dim, widths[0], 4, 1, 0, bias=False)
        self.grow = nn.ModuleList(
            nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False) for wide, narrow in pairwise(widths)
        )
        self.looks = nn.ModuleList(Modulation(width, look_dim) for width in widths)
        last = nn.Conv2d(width, channels, 3, 1, 1) if fine else nn.ConvTranspose2d(width, channels, 4, 2, 1)
        self.last = nn.Sequential(last, nn.Tanh())

    def forward(self, codes: Codes) -> Frames:
        look, place = codes[:, : self.look_dim], codes[:, -self.place_dim :]
        h = self.seed(rearrange(place, "N D -> N D 1 1"))
        for modulate, grow in zip(self.looks, [*self.grow, self.last]):
            h = grow(modulate(h, look).relu())
        return h


def paint(draw: Callable[..., Frames], path: LatentPath, features: Features | None = None) -> Clips:
    """All frames of all clips in one call of `draw`: time is folded into the batch and unfolded again.

    `features`, one set of maps for each clip, are repeated over its frames and go to `draw` beside the codes.
    """
    given = [rearrange(path, "B T D -> (B T) D")]
    if features is not None:
        given.append(repeat(features, "B F h w -> (B T) F h w", T=path.shape[1]))
    frames = draw(*given)
    return rearrange(frames, "(B T) C H W -> B C T H W", B=len(path))


def painted_over(layers: Float[Tensor, "B L T H W"], picture: Frames, sharp: bool = False) -> Clips:
    """m * f + (1 - m) * b, as VGAN composes its clips (Vondrick et al., 2016, Eq. 2); for b a `picture` that moves.

    `layers`, C + 3 numbers in (-1, 1) for each pixel: f, what is painted; m, the mask; and from how far to the right
    and below the picture's colour at this pixel has come, where 1 is a quarter of the picture. Colours between pixels
    are found by bilinear sampling, which blurs, or `sharp`, by bicubic: to learn with the one and to show the other is
    sharper than either in both places.
    """
    painted, mask, moves = layers.split((picture.shape[1], 1, 2), dim=1)
    mask, num_frames = (mask + 1) / 2, layers.shape[2]
    still = F.affine_grid(torch.eye(2, 3)[None], [1, *picture.shape[1:]], align_corners=False).to(layers.device)
    places = still + rearrange(moves / 2, "B P T H W -> (B T) H W P")  # 2 is the picture's width, and its height
    pictures = repeat(picture, "B C H W -> (B T) C H W", T=num_frames)
    mode = "bicubic" if sharp else "bilinear"
    moved = F.grid_sample(pictures, places, mode, padding_mode="border", align_corners=False).clamp(-1, 1)
    return mask * painted + (1 - mask) * rearrange(moved, "(B T) C H W -> B C T H W", T=num_frames)


def start_alike(draw: nn.Module, painted: float) -> None:
    """Let a draw for `painted_over` start with this share of every picture painted, and with one move for all of it by
    a pixel or so, whatever its codes: from random moves it would have to find back to the picture first.

    Not from rest: a picture moved by part of a pixel is blurred, so that whoever rests pays for the first move.
    `ValueError` for what is no share, and for one other than a half if the draw's last layer has no bias.
    """
    if not 0 < painted < 1:
        raise ValueError(f"A share of {painted:g} was to be painted at first: give one between 0 and 1, such as .5.")
    *_, last, _ = draw.modules()  # behind it is the Tanh
    if last.bias is None and painted != 0.5:
        raise ValueError(
            f"A share of {painted:g} was to be painted at first, and this draw, MoCoGAN's, has no bias to say so: "
            "take .5, or another draw."
        )
    weight = last.weight.transpose(0, 1) if isinstance(last, nn.ConvTranspose2d) else last.weight
    with torch.no_grad():
        weight[-3:] = 0.0
        if last.bias is not None:
            last.bias[-3] = atanh(2 * painted - 1)


class ClipGenerator(nn.Module):
    """A path through latent space, painted frame by frame by one image generator."""

    def __init__(self, latent: nn.Module, draw: nn.Module):
        super().__init__()
        self.latent = latent
        self.draw = draw

    def forward(self, num_clips: int, num_frames: int, **given) -> Clips:
        """Clips; `given` goes to the latent path, which draws the rest from the prior."""
        return paint(self.draw, self.latent(num_clips, num_frames, **given))

    def frames(self, num_clips: int, num_frames: int) -> Frames:
        """One random frame of each of `num_clips` fresh clips of `num_frames`; only these are painted."""
        path = self.latent(num_clips, num_frames)
        moment = torch.randint(num_frames, (num_clips,)).to(path.device)
        return self.draw(path[torch.arange(num_clips, device=path.device), moment])
