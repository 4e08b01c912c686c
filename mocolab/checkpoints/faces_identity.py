"""`python -m mocolab.checkpoints.faces_identity` makes faces-identity.npz, the embedding behind ACD of drawn faces.

Of 64 faces two pictures each are drawn: other moments, and clothes and background of another draw. Every
picture has to find its partner among all (InfoNCE, temperature 0.1).
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mocolab.checkpoints.teaching import MODES, keep, teach
from mocolab.data.faces import IDENTITY, Faces, paint
from mocolab.engine import to_pixels
from mocolab.metrics.identity import RELEASED, SIZE, FaceEmbedding
from mocolab.types import Frames

STEPS, FACES, TEMPERATURE = 350, 64, 0.1
AROUND = slice(IDENTITY.index("shirt"), None)  # the dials of what is not the face


def pairs(seed: int, step: int) -> tuple[Frames, Frames]:
    """Two pictures of each of `FACES` faces."""
    random = torch.Generator().manual_seed(seed * 10**6 + step)
    index = torch.randint(2**62, (FACES,), generator=random)
    faces = Faces(SIZE, MODES[step % len(MODES)], seed)
    moments = torch.randint(faces.num_frames, (2, FACES, 1), generator=random)
    pictures = []
    for moment in moments:
        identity = faces.identity(index)
        identity[:, AROUND] = torch.rand(identity[:, AROUND].shape, generator=random)
        pixels = to_pixels(paint(identity, faces.motion(index, moment), SIZE)[:, :, 0], torch.device("cpu"))
        pictures.append(pixels + 0.05 * torch.randn(pixels.shape, generator=random))
    return pictures[0], pictures[1]


def found(network: FaceEmbedding, seed: int) -> float:
    """Share of pictures that are nearest to their own partner, among 64 faces never seen in training."""
    with torch.no_grad():
        one, other = (network(frames) for frames in pairs(seed, 0))
    return ((one @ other.T).argmax(dim=1) == torch.arange(FACES)).float().mean().item()


def main() -> None:
    torch.manual_seed(0)
    network = FaceEmbedding()

    def loss(step: int) -> Tensor:
        one, other = network(torch.cat(pairs(0, step))).chunk(2)
        likeness, partner = one @ other.T / TEMPERATURE, torch.arange(FACES)
        return F.cross_entropy(likeness, partner) + F.cross_entropy(likeness.T, partner)

    teach(network, loss, STEPS)
    share = np.mean([found(network, seed) for seed in range(1, 9)])
    print(f"Nearest to their partner, among {FACES} unseen faces: {share:.3f}")
    keep(network, RELEASED)


if __name__ == "__main__":
    main()
