"""I3D, the Inception-v1 network with 3-D convolutions that FVD looks through.

Carreira & Zisserman, "Quo Vadis, Action Recognition?", CVPR 2017; the weights meant for it are those of
TF-Hub `deepmind/i3d-kinetics-400/1`, and modules bear the names of that checkpoint.
"""

from collections.abc import Mapping
from functools import reduce

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from mocolab import store
from mocolab.types import Clips

SHORTEST = 9  # frames: halved three times, the last average wants two
NORM_EPSILON = 1e-3


def pad_same(x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...]) -> Tensor:
    """Zeros around time, height and width until n becomes ceil(n / stride), the odd one at the end: TF's 'SAME'."""
    padding = []
    for size, wide, step in zip(reversed(x.shape[2:]), reversed(kernel), reversed(stride)):
        total = max((-(-size // step) - 1) * step + wide - size, 0)
        padding += [total // 2, total - total // 2]
    return F.pad(x, padding) if any(padding) else x


class Convolution(nn.Conv3d):
    """A 3-D convolution with TF's padding. The BatchNorm that follows it in the paper is part of its weights."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(pad_same(x, self.kernel_size, self.stride))


class Unit(Convolution):
    """Convolution, (folded) BatchNorm, ReLU."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).relu_()


class Pool(nn.Module):
    """A maximum over boxes, taken along one axis after the other (on a CPU several times faster than at once), with
    TF's padding: zeros never win over what a ReLU gave."""

    def __init__(self, kernel: tuple[int, ...], stride: tuple[int, ...]):
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x: Tensor) -> Tensor:
        x = pad_same(x, self.kernel, self.stride)
        for axis, (wide, step) in enumerate(zip(self.kernel, self.stride), start=2):
            x = reduce(torch.maximum, x.unfold(axis, wide, step).unbind(dim=-1))
        return x


class Mixed(nn.ModuleDict):
    """An Inception block: four branches side by side, joined along channels."""

    def __init__(self, inputs: int, direct: int, narrow: int, wide: int, narrow_5: int, wide_5: int, pooled: int):
        super().__init__(
            {
                "Branch_0/Conv3d_0a_1x1": Unit(inputs, direct, 1),
                "Branch_1/Conv3d_0a_1x1": Unit(inputs, narrow, 1),
                "Branch_1/Conv3d_0b_3x3": Unit(narrow, wide, 3),
                "Branch_2/Conv3d_0a_1x1": Unit(inputs, narrow_5, 1),
                "Branch_2/Conv3d_0b_3x3": Unit(narrow_5, wide_5, 3),
                "Branch_3/MaxPool3d_0a_3x3": Pool((3, 3, 3), (1, 1, 1)),
                "Branch_3/Conv3d_0b_1x1": Unit(inputs, pooled, 1),
            }
        )

    def forward(self, x: Tensor) -> Tensor:
        direct, narrow, wide, narrow_5, wide_5, pool, pooled = self.values()
        return torch.cat([direct(x), wide(narrow(x)), wide_5(narrow_5(x)), pooled(pool(x))], dim=1)


class I3D(nn.Module):
    """Clips [N, 3, T, H, W] in [-1, 1], T >= 9 -> the 400 logits of Kinetics, averaged over time [N, 400].

    The weights were trained at 224 px; any size can be computed.
    """

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential()
        for name, layer in {
            "Conv3d_1a_7x7": Unit(3, 64, 7, 2),
            "MaxPool3d_2a_3x3": Pool((1, 3, 3), (1, 2, 2)),
            "Conv3d_2b_1x1": Unit(64, 64, 1),
            "Conv3d_2c_3x3": Unit(64, 192, 3),
            "MaxPool3d_3a_3x3": Pool((1, 3, 3), (1, 2, 2)),
            "Mixed_3b": Mixed(192, 64, 96, 128, 16, 32, 32),
            "Mixed_3c": Mixed(256, 128, 128, 192, 32, 96, 64),
            "MaxPool3d_4a_3x3": Pool((3, 3, 3), (2, 2, 2)),
            "Mixed_4b": Mixed(480, 192, 96, 208, 16, 48, 64),
            "Mixed_4c": Mixed(512, 160, 112, 224, 24, 64, 64),
            "Mixed_4d": Mixed(512, 128, 128, 256, 24, 64, 64),
            "Mixed_4e": Mixed(512, 112, 144, 288, 32, 64, 64),
            "Mixed_4f": Mixed(528, 256, 160, 320, 32, 128, 128),
            "MaxPool3d_5a_2x2": Pool((2, 2, 2), (2, 2, 2)),
            "Mixed_5b": Mixed(832, 256, 160, 320, 32, 128, 128),
            "Mixed_5c": Mixed(832, 384, 192, 384, 48, 128, 128),
        }.items():
            self.layers.add_module(name, layer)
        self.layers.add_module("Logits/Conv3d_0c_1x1", Convolution(1024, 400, 1))

    def forward(self, clips: Clips) -> Float[Tensor, "B 400"]:
        if clips.shape[1] != 3 or clips.shape[2] < SHORTEST:
            raise ValueError(
                f"Clips of {clips.shape[1]} channels and {clips.shape[2]} frames were given, but I3D needs 3 channels "
                f"and at least {SHORTEST} frames: give longer clips in colour."
            )
        features = self.layers[:-1](clips).mean(dim=(3, 4), keepdim=True)
        return self.layers[-1](F.avg_pool3d(features, (2, 1, 1), stride=1)).mean(dim=(2, 3, 4))

    def load_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take the weights of the TF checkpoint, keys 'params|Mixed_3b|Branch_0/...|Conv_0|kernel'; the norms
        y = (x - mean) / sqrt(var + 1e-3) + bias are folded into the convolutions before them."""
        for name, layer in self.layers.named_modules():
            if not isinstance(layer, Convolution):
                continue
            key = name.replace(".", "|")
            kernel = torch.from_numpy(arrays[f"params|{key}|Conv_0|kernel"]).float().permute(4, 3, 0, 1, 2)
            if isinstance(layer, Unit):
                mean, variance = (
                    torch.from_numpy(arrays[f"batch_stats|{key}|BatchNorm_0|{which}"]).flatten()
                    for which in ("mean", "var")
                )
                gain = (variance + NORM_EPSILON).rsqrt()
                bias = torch.from_numpy(arrays[f"params|{key}|BatchNorm_0|bias"]) - mean * gain
                kernel = kernel * gain[:, None, None, None, None]
            else:
                bias = torch.from_numpy(arrays[f"params|{key}|Conv_0|bias"])
            layer.load_state_dict({"weight": kernel, "bias": bias})


def published_i3d() -> I3D:
    """I3D with the weights of Kinetics-400, ready to judge. `FileNotFoundError` while the store lacks them."""
    network = I3D().eval().requires_grad_(False)
    network.load_arrays(store.weights("i3d"))
    return network
