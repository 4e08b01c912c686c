"""What the terms of Dual-MTGAN do: swaps, drawn motion, and the codes themselves.

python tests/benchmarks/ablation.py runs/full-seed0 runs/full-seed1 runs/no-kl-seed0 ...

128 swaps of held-out shapes: the shares of clips that are right, in each part and in all; one-shape rate and motion of
clips with drawn motion; how much the content code changes along a clip, in shares of how much contents of different
clips differ; and how far the motion code of a swap is from its driver's, in shares of the distance of two motion codes.
Runs that differ in their seed alone are summed up.
"""

import sys

import torch
from einops import rearrange

from mocolab.data import open_data
from mocolab.evaluation import predictor_figures
from mocolab.figures import Figures, over_seeds, table
from mocolab.loading import load, read
from mocolab.metrics.content import content_kept
from mocolab.protocol import HELD_OUT, Protocol
from mocolab.swaps import shares, swaps
from mocolab.verbs.evaluate import repeated

DRAWN = ("one-shape rate", "motion, of real's")


@torch.no_grad()
def figures(run: str) -> Figures:
    system = load(run)
    data, generator = open_data("shapes", system.needs.size, HELD_OUT), system.generator
    protocol = Protocol(system.needs.num_frames, system.needs.step, num_clips=128)
    asked, drawn = swaps(data, protocol), predictor_figures(system, data, protocol)
    made = asked.ask(system.retarget)
    content = generator.content(rearrange(asked.driving, "B C T H W -> (B T) C H W"))
    motion, again = (generator.motion_code(clips)[0] for clips in (asked.driving, made))
    return (
        shares(asked.parts(made))
        | {name: drawn[name] for name in DRAWN}
        | {
            "content changes": 1 - content_kept(rearrange(content, "(B T) D -> B T D", B=len(made))).item(),
            "motion lost": ((again - motion).norm(dim=1).mean() / torch.pdist(motion).mean()).item(),
        }
    )


if __name__ == "__main__":
    rows = {run: figures(run) for run in sys.argv[1:]}
    for title, same in repeated({run: read(run)[0] for run in rows}).items():
        rows[title] = over_seeds([rows.pop(run) for run in same])
    print(table(rows))
