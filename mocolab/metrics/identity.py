"""Who is in a frame: features for the ACD of faces, near for one face and far for two."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from mocolab.types import Clips, Frames

RELEASED = Path(__file__).parent.parent / "checkpoints" / "faces-identity.npz"
SIZE = 32


class FaceEmbedding(nn.Module):
    """Frames [N, 3, H, W] in [-1, 1], seen at 32 px -> points of a sphere [N, 32]."""

    def __init__(self):
        super().__init__()
        layers = []
        for narrow, wide in ((3, 24), (24, 48), (48, 96)):
            layers += [nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(96 * 4 * 4, 32))

    def forward(self, frames: Frames) -> Float[Tensor, "N 32"]:
        return F.normalize(self.layers(F.adaptive_avg_pool2d(frames, SIZE)), dim=1)


def drawn_face_embedding() -> FaceEmbedding:
    """The embedding of drawn faces that comes with mocolab; `python -m mocolab.checkpoints.faces_identity` makes it.

    It was taught to see through motion, clothes and background, and finds the second picture of a face among 64 that
    it has not seen 99 times of 100. Of photographs it knows nothing.
    """
    return released(FaceEmbedding(), RELEASED)


def released(network: nn.Module, path: Path) -> nn.Module:
    """The network with the weights of an .npz file, ready to look and not to learn."""
    with np.load(path, allow_pickle=False) as arrays:
        network.load_state_dict({name: torch.from_numpy(arrays[name]) for name in network.state_dict()})
    return network.eval().requires_grad_(False)


def identity_features(clips: Clips, network: nn.Module) -> Float[Tensor, "B T F"]:
    """The embedding of every frame, for `content_distance`. Frozen clips have ACD 0, one face for all clips has that
    of real ones; two frames without any face are as near to each other as they happen to look."""
    parts = [network(rearrange(part, "B C T H W -> (B T) C H W")) for part in clips.split(32)]
    return rearrange(torch.cat(parts), "(B T) F -> B T F", T=clips.shape[2])
