"""What do samples gain, and lose, that are drawn narrower than those of the training? Figures of a trained MoCoGAN.

python tests/benchmarks/truncation.py mocogan-shapes
"""

import sys
from dataclasses import replace

from mocolab.data import open_data
from mocolab.evaluation import evaluate
from mocolab.figures import table
from mocolab.loading import load, read
from mocolab.protocol import HELD_OUT, Protocol

TRUNCATIONS = (1.0, 0.85, 0.7, 0.5)


def main(run: str) -> None:
    system = load(run)
    protocol = Protocol(system.needs.num_frames, system.needs.step)
    data = open_data(read(run)[0]["data"], system.needs.size, HELD_OUT, "test")
    rows = {}
    for truncation in TRUNCATIONS:
        system.config = replace(system.config, truncation=truncation)
        rows[f"{truncation:g}"] = evaluate(system, data, protocol)
    print(table(rows))


if __name__ == "__main__":
    main(sys.argv[1])
