"""What has a clip discriminator learnt to see? Its mean scores for real clips spoilt in one way each.

python tests/benchmarks/critic.py runs/mocogan-shapes
"""

import sys

import torch
from torch import Tensor

from mocolab.data import open_data
from mocolab.evaluation import sampled_clips
from mocolab.figures import table
from mocolab.loading import load, read
from mocolab.protocol import real_clips

NUM_CLIPS = 64


def drift(clips: Tensor) -> Tensor:
    """The shape's colour goes evenly from one random colour to another."""
    begin, end = torch.rand(2, len(clips), 3, 1, 1, 1)
    time = torch.linspace(0, 1, clips.shape[2])[:, None, None]
    inside = (clips > -1).any(dim=1, keepdim=True)
    return inside * 2 * (begin + (end - begin) * time) - 1


def jitter(clips: Tensor) -> Tensor:
    """Each frame is moved by up to one pixel along either axis."""
    moves = torch.randint(-1, 2, (clips.shape[2], 2)).tolist()
    return torch.stack([frame.roll(move, (2, 3)) for frame, move in zip(clips.unbind(2), moves)], dim=2)


def main(run: str) -> None:
    description, _ = read(run)
    system = load(run).train()  # with the statistics of the batch, as in its own moves
    needs = system.needs
    real = real_clips(
        open_data(description["data"], needs.size, seed=1), NUM_CLIPS, needs.num_frames, needs.step, seed=0
    )
    shown = {
        "real": real,
        "drifting colour": drift(real),
        "jitter": jitter(real),
        "frozen": real[:, :, :1].expand_as(real),
        "shuffled frames": real[:, :, torch.randperm(real.shape[2])],
        "generated": sampled_clips(system, NUM_CLIPS, needs.num_frames, seed=0),
    }
    with torch.no_grad():
        print(table({name: {"score": system.D_V(clips).mean().item()} for name, clips in shown.items()}))


if __name__ == "__main__":
    torch.manual_seed(0)
    main(sys.argv[1])
