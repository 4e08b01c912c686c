"""What a retargeter gets right, and its prior: medians and shares that `mocolab evaluate` does not print.

python tests/benchmarks/swaps.py dual-mtgan-shapes

256 swaps of held-out shapes: the shares of clips that are right, in each part and in all; the distance to the driver's
path in pixels, and the median error of the colour (0..255, of the worst channel); then one-shape rate and motion of
clips with drawn motion.
Runs that differ in their seed alone are summed up as well.
"""

import sys

import torch

from mocolab.data import open_data
from mocolab.evaluation import driving_and_source, predictor_figures
from mocolab.figures import Figures, over_seeds, table
from mocolab.loading import load, read
from mocolab.metrics.shapes import centre_error, moved_parts, moved_right, segment
from mocolab.protocol import BATCH, HELD_OUT, Protocol
from mocolab.verbs.evaluate import repeated

NUM_CLIPS = 256


@torch.no_grad()
def figures(run: str) -> Figures:
    system = load(run)
    data = open_data("shapes", system.needs.size, HELD_OUT)
    protocol = Protocol(system.needs.num_frames, system.needs.step, NUM_CLIPS)
    driving, source = driving_and_source(data, protocol)
    pairs = zip(source.split(BATCH), driving.split(BATCH))
    made, asked, driver = map(segment, (torch.cat([system.retarget(*pair) for pair in pairs]), source, driving))
    drawn = predictor_figures(system, data, protocol)
    right = moved_parts(made, asked, driver, system.needs.size)
    right["all right"] = moved_right(made, asked, driver, system.needs.size)
    return {name: share.float().mean().item() for name, share in right.items()} | {
        "path, px": centre_error(made, driver).mean().item(),
        "colour": (made.colour.mean(dim=1) - asked.colour.mean(dim=1)).abs().amax(dim=1).median().item(),
        "one shape, drawn": drawn["one-shape rate"],
        "motion, of real's": drawn["motion, of real's"],
    }


if __name__ == "__main__":
    rows = {run: figures(run) for run in sys.argv[1:]}
    for title, same in repeated({run: read(run)[0] for run in rows}).items():
        rows[title] = over_seeds([rows[run] for run in same])
    print(table(rows))
