"""MCS: whether clips do what their label asks, in the eyes of a classifier trained on real clips."""

import hashlib

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from mocolab import store
from mocolab.types import Clips, Labels

STEPS, BATCH, RATE = 200, 16, 2e-3
SIZE = 32


class MotionClassifier(nn.Module):
    """A small network of 3-D convolutions: clips [B, 3, T, H, W], T >= 5 -> logits [B, categories].

    It is given the differences of neighbouring frames, at 32 px: what stands still says nothing about motion.
    (Measured after 200 steps: on shapes 100 % right against 50 to 65 % from the frames themselves; on the four
    released actions 97 to 100 % against 23 to 100 %, for a person it has not seen.)
    """

    def __init__(self, categories: int):
        super().__init__()
        layers = []
        for narrow, wide, stride in ((3, 8, (1, 2, 2)), (8, 16, 2), (16, 32, 2)):
            layers += [nn.Conv3d(narrow, wide, 3, stride, 1, bias=False), nn.BatchNorm3d(wide), nn.ReLU(True)]
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(32, categories)

    def forward(self, clips: Clips) -> Float[Tensor, "B _K"]:
        small = F.adaptive_avg_pool3d(clips, (clips.shape[2], SIZE, SIZE))
        return self.head(self.layers(small.diff(dim=2)).mean(dim=(2, 3, 4)))


def motion_classifier(clips: Clips, labels: Labels, seed: int = 0) -> MotionClassifier:
    """The classifier for labelled real clips: trained once, then opened from `$MOCOLAB_HOME/classifiers`.

    A function of the clips, the labels and the seed alone. `ValueError` for clips of a single category.
    """
    categories = int(labels.max()) + 1
    if categories < 2:
        raise ValueError("All clips are of category 0, but control is a choice: give labelled clips of two or more.")
    with torch.random.fork_rng(devices=[]):  # the caller's random numbers go on as if nothing had been trained
        torch.manual_seed(seed)
        network = MotionClassifier(categories)
        path = store.home() / "classifiers" / f"{_fingerprint(network, clips, labels, seed)}.pt"
        if not path.exists():
            _train(network, clips, labels)
            path.parent.mkdir(parents=True, exist_ok=True)
            with store.whole(path) as unfinished:
                torch.save(network.state_dict(), unfinished)
    network.load_state_dict(torch.load(path, weights_only=True))
    return network.eval()


def _fingerprint(network: MotionClassifier, clips: Clips, labels: Labels, seed: int) -> str:
    """Of all that the trained weights depend on."""
    key = hashlib.sha256(f"{network} {SIZE} {STEPS} {BATCH} {RATE} {seed}".encode())
    for part in clips.split(BATCH):
        key.update(part.add(1).mul(127.5).round().byte().cpu().numpy().tobytes())
    key.update(labels.cpu().numpy().tobytes())
    return key.hexdigest()[:16]


def _train(network: MotionClassifier, clips: Clips, labels: Labels) -> None:
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    for _ in range(STEPS):
        chosen = torch.randint(len(clips), (BATCH,))
        loss = F.cross_entropy(network(clips[chosen]), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


@torch.no_grad()
def accuracy(network: MotionClassifier, clips: Clips, labels: Labels) -> float:
    """Share of clips that the classifier takes for what their label says."""
    answers = torch.cat([network(part).argmax(dim=1) for part in clips.split(BATCH)])
    return (answers == labels).float().mean().item()


def control_figures(
    made: Clips, asked: Labels, held_out: Float[Tensor, "R ..."], true: Int[Tensor, " R"], network: MotionClassifier
) -> dict[str, float]:
    """MCS (MoCoGAN, section 4): accuracy on made clips, for the labels they were asked to obey; and, as its
    ceiling, on held-out real clips. Looks do not matter: one clip per label, or a copied one, is perfect."""
    return {"MCS": accuracy(network, made, asked), "MCS, real held-out clips": accuracy(network, held_out, true)}
