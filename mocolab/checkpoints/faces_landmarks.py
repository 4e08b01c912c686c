"""`python -m mocolab.checkpoints.faces_landmarks` makes faces-landmarks.npz: where a drawn face's parts are.

It learns from faces at random moments, half of them blurred and all with some noise, for painted ones are neither sharp
nor clean.
"""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from mocolab.checkpoints.teaching import MODES, keep, teach
from mocolab.data.faces import Faces, landmarks, paint
from mocolab.engine import to_pixels
from mocolab.metrics.landmarks import RELEASED, SIZE, FaceReader
from mocolab.types import Frames

STEPS, FACES = 2500, 64


def pictures(seed: int, step: int) -> tuple[Frames, Float[Tensor, "N K 2"]]:
    """Pictures of `FACES` faces, and where the parts of each are."""
    random = torch.Generator().manual_seed(seed * 10**6 + step)
    index = torch.randint(2**62, (FACES,), generator=random)
    faces = Faces(SIZE, MODES[step % len(MODES)], seed)
    identity = faces.identity(index)
    motion = faces.motion(index, torch.randint(faces.num_frames, (FACES, 1), generator=random))
    pixels = to_pixels(paint(identity, motion, SIZE)[:, :, 0], torch.device("cpu"))
    return pixels, landmarks(identity, motion, SIZE)[:, 0]


def worse(pixels: Frames, step: int) -> Frames:
    """As a generator might paint them."""
    if step % 2:
        pixels = F.avg_pool2d(F.pad(pixels, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return pixels + 0.05 * torch.randn(pixels.shape)


def off(network: FaceReader, seed: int) -> float:
    """Mean distance from the truth in pixels at 64 px, of faces never seen in training."""
    with torch.no_grad():
        pixels, places = pictures(seed, seed)
        return (network(pixels) - places).norm(dim=2).mean().item() * 31.5


def main() -> None:
    torch.manual_seed(0)
    network = FaceReader()

    def loss(step: int) -> Tensor:
        pixels, places = pictures(0, step)
        return F.smooth_l1_loss(network(worse(pixels, step // len(MODES))), places, beta=0.05)

    teach(network, loss, STEPS)
    print(f"Off by {np.mean([off(network, seed) for seed in range(1, 25)]):.2f} px at 64 px")
    keep(network, RELEASED)


if __name__ == "__main__":
    main()
