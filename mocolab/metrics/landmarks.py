"""Drawn faces that were to move as others do: where their parts are, read from pixels, and what is right of them."""

from pathlib import Path

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Bool, Float
from torch import Tensor, nn

from mocolab.metrics.identity import drawn_face_embedding, identity_features, released
from mocolab.types import Clips, Frames

RELEASED = Path(__file__).parent.parent / "checkpoints" / "faces-landmarks.npz"
SIZE = 32
NUM_LANDMARKS = 12


class FaceReader(nn.Module):
    """Frames [N, 3, H, W] in [-1, 1], seen at 32 px -> (x, y) of 12 landmarks, as `data.faces.landmarks` has them."""

    def __init__(self):
        super().__init__()
        layers = []
        for narrow, wide, stride in ((3, 16, 1), (16, 32, 2), (32, 64, 2), (64, 96, 2)):
            layers += [nn.Conv2d(narrow, wide, 3, stride, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.2)]
        layers += [nn.Flatten(), nn.Linear(96 * 4 * 4, 128), nn.LeakyReLU(0.2), nn.Linear(128, 2 * NUM_LANDMARKS)]
        self.layers = nn.Sequential(*layers)

    def forward(self, frames: Frames) -> Float[Tensor, "N K 2"]:
        return rearrange(self.layers(F.adaptive_avg_pool2d(frames, SIZE)), "N (K xy) -> N K xy", xy=2)


def drawn_face_reader() -> FaceReader:
    """The reader of drawn faces that comes with mocolab; `python -m mocolab.checkpoints.faces_landmarks` makes it.

    It is off by .55 px at 64 px on faces that it has not seen, and by no more if they are blurred."""
    return released(FaceReader(), RELEASED)


def read_landmarks(clips: Clips, network: nn.Module) -> Float[Tensor, "B T K 2"]:
    """The landmarks of every frame."""
    parts = [network(rearrange(part, "B C T H W -> (B T) C H W")) for part in clips.split(32)]
    return rearrange(torch.cat(parts), "(B T) K xy -> B T K xy", T=clips.shape[2])


def face_parts(made: Clips, answer: Clips, places: Float[Tensor, "B T K 2"]) -> dict[str, Bool[Tensor, " B"]]:
    """Which clips show the true answer's face, at half the distance of two answers' faces or nearer; the mean colour of
    every ninth of the picture within 24 of 255; landmarks within 3 px of their true places at 64 px, on average; and at
    least half of how they move along the clip (R^2).

    A copy of the driver has the places and the motion of the answer, its picture held still the face and the colours,
    and the answer's mean frame all but the motion.
    """
    network, read = drawn_face_embedding(), read_landmarks(made, drawn_face_reader())
    who, asked = (identity_features(clips, network).mean(dim=1) for clips in (made, answer))
    ninths, true_ninths = (F.adaptive_avg_pool2d(clips.mean(dim=2), 3) for clips in (made, answer))
    moves, true_moves = (points - points.mean(dim=1, keepdim=True) for points in (read, places))
    error, motion = (moved.square().sum(dim=(1, 2, 3)) for moved in (moves - true_moves, true_moves))
    return {
        "face right": (who - asked).norm(dim=1) <= torch.pdist(asked).median() / 2,
        "colours right": (ninths - true_ninths).abs().amax(dim=(1, 2, 3)) <= 24 / 127.5,
        "places right": (read - places).norm(dim=3).mean(dim=(1, 2)) <= 3 * 2 / 64,
        "motion right": error <= motion / 2,
    }
