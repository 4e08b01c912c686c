"""What makes I3D quick on a CPU? Processor time of one clip, in several ways, side by side.

python tests/benchmarks/i3d.py

16 frames at 224 px, random weights; each way is timed in turn, five times, and its least time counts.
"""

import time

import torch
from torch import Tensor, nn

from mocolab.figures import table
from mocolab.networks import i3d

ROUNDS = 5


class PoolAtOnce(nn.MaxPool3d):
    """The maximum over boxes that PyTorch has."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(i3d.pad_same(x, self.kernel_size, self.stride))


def network(pool: type[nn.Module] = i3d.Pool) -> nn.Module:
    built = i3d.I3D().eval().requires_grad_(False)
    for module in built.modules():
        for name, child in module.named_children():
            if isinstance(child, i3d.Pool):
                setattr(module, name, pool(child.kernel, child.stride))
    return built


@torch.no_grad()
def main() -> None:
    torch.set_num_threads(1)
    clip = torch.rand(1, 3, 16, 224, 224) * 2 - 1
    networks = {"over boxes at once": network(PoolAtOnce), "axis by axis": network()}
    ways = {
        f"maxima {name}, {precision}": (run, precision == "bf16")
        for name, run in networks.items()
        for precision in ("fp32", "bf16")
    }
    seconds = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, (run, bf16) in ways.items():
            begin = time.process_time()
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                run(clip)
            seconds[name].append(time.process_time() - begin)
    first, *_ = least = [min(values) for values in seconds.values()]
    print(table({name: {"s a clip": t, "times as fast": first / t} for name, t in zip(ways, least)}))


if __name__ == "__main__":
    main()
