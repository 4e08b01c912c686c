"""Video prediction with MoCoGAN, and what each idea gains: measured, compared, written down."""

import json
from dataclasses import asdict
from functools import partial
from math import comb
from pathlib import Path

import torch

from mocolab import charts
from mocolab.board import BASELINES
from mocolab.data import VideoData, open_data
from mocolab.data.given import GIVEN
from mocolab.evaluation import FUTURES, HELD_OUT, Protocol, given_and_future
from mocolab.experiments.costs import costs
from mocolab.experiments.findings import findings, guide_finding
from mocolab.experiments.futures import (
    CODES,
    NEAR,
    TURNS,
    Futures,
    Past,
    fork_figures,
    future_figures,
    guided_figures,
    ideal_figures,
    told_figures,
)
from mocolab.experiments.ideas import EXACT, FORK, GUIDED, GUIDES, TIERS, rows
from mocolab.experiments.training import Edition, Experiment, Row, Training
from mocolab.figures import Figures, Rows, middle, table
from mocolab.loading import load, released
from mocolab.store import write
from mocolab.system import System
from mocolab.types import Clips

PAGE = """# Video prediction on {world}, idea by idea

MoCoGAN invents clips. What must be added for it to say what happens after one, two or three pictures, and which of
the additions pay? This page is written by the command

```
{command}
```

with {seeds}. Each training had {steps} steps at {size} px, fewer only where a row says so; the judges began to play
after {alone} of them. {num_clips} clips that no training has seen, of {num_frames} frames, {step} frames of the video
apart, were cut after the third; every row foretells the same frames behind the cut, {futures} times, and sees as many
of the last pictures in front of it as its name says, three if it says nothing. {machines}, {date}.{missing}

- *1, 2, 3 pictures*: content from a picture, motion from so many. Pixels are compared on the given pictures alone;
  the future is left to the judges D_I and D_V.
- *Whole clips*: 1, 2 or 3 pictures; in training each clip is also rebuilt, on the noise that it tells when seen whole.
- *MoCoGAN's generator*: the same, painted without the gains and shifts by which z_C says how things look.
- *CycleGAN's generator*: the same, painted by residual blocks that repaint the first picture; with as many steps, and
  in about the same time, which is two fifths of the steps.
- *Over the first picture*: the same, which moves the first picture and paints over it through a mask, as VGAN does over
  its still background. On faces once more with *absolute errors* of what is rebuilt, where the others square them.
- *64 videos alone*: the same with little data.
- *Autoencoder, L1*: no judges; drawn futures are compared with the true one, pixel by pixel.
- *L1 on drawn futures*: that comparison and, from the first step, the judges, from one picture, as the best earlier
  public attempts at this task had it. (Theirs regress the walk's start from the picture; here it is a learned
  constant.) Both of these with MoCoGAN's generator.
- *Checkpoint*: whole clips (faces: over the first picture), and several times the steps. It comes with the package.
- *Copy the last frame*, *constant velocity* and *empty scene* need no training: the last picture held; moved on as a
  whole, as its light has moved; the mean of all given pictures.

## Figures

{table}

Means over the horizon and over {futures} futures a clip; motion, and of faces the distance between the identities in
two frames of a clip, is relative to real clips; weights are those of the predictor. {lpips}

At frames {horizon} behind the cut:

{apart}

![Figures over the horizon, one line a row.]({name}-horizons.png)

## What they say

{findings}

## To look at

![Real clips at the top, then for each row three given frames and the frames it foretells, seed 0; two clips in a
line.]({name}-clips.png)

{codes}
All figures of all trainings: {{download}}`{name}.json`.
"""
CODES_AND_GUIDES = """## What the codes know

How well the look of a shape (disc or square, size, colour) and the way it goes in the clip follow from z_C and from
the motion code m of the whole clip along straight lines: R^2, 1 is perfect, 0 no better than a guess.

{codes}

## How many pictures tell the motion

Distance in pixels, without noise, between the painted centre and the true one, for the same frames after one, two or
three given pictures. The ideal knows the given centres and goes on with the place, the velocity, the acceleration that
they tell. These worlds leave little to chance, so the noise is made to say little: the models learn from whole clips
for {share} times as many steps, without judges, with a KL weight of {kl_weight:g} and {motion_dim} motion numbers.

{guides}

{findings}

## Two futures

Shapes that go straight on and then, at even odds, to the left or to the right. A model that learnt so from such clips
sees three pictures from before the turn and draws {drawn} futures. One that ends within {near} pixels of where a turn
would have led is near; sides are even where 30 to 70 % are nearer to each (of fair coins they are in {fair:.0%}).

{fork}

"""
MEANS = ("L1", "PSNR", "SSIM", "LPIPS", "centre error", f"centre error, best of {FUTURES}", "one-shape rate")
MEANS += ("identity distance, of real's", "motion, of real's", "thousand weights", "seconds a step")
CURVES = ("L1", "PSNR", "SSIM", "LPIPS", "centre error")
MISSING = "LPIPS is left out: its weights were not at hand (`mocolab weights get lpips`)."


def measure(system: System, row: Row, protocol: Protocol) -> Figures:
    """Figures of futures on clips of the world that no training has seen, after the last of the given pictures that
    the row may see; on the guides, of noise-free ones."""
    data = open_data(row.data.removesuffix("-few"), system.needs.size, HELD_OUT)
    if row == FORK:
        return fork_figures(system, data, protocol)
    if row in GUIDED:
        return guided_figures(system, data, protocol)

    found = future_figures(partial(foretell, system), data, protocol)
    return found | (told_figures(system, data, protocol) if data.name == "shapes" else {})


def foretell(system: System, past: Past, num_frames: int) -> Futures:
    """Some futures of each, from as many of the last pictures as the system takes."""
    return system.predict(past[:, :, -max(system.config.given) :], num_frames, samples=FUTURES)


def publish(edition: Edition, world: str, name: str) -> Path:
    """The page, its pictures and the raw figures of the seeds that are through."""
    data, protocol = open_data(world, edition.facts["size"], HELD_OUT), edition.tier.protocol
    page = edition.out / f"{name}.md"
    trainings = {training.row.folder: training for training in edition.by_seed[0] if training.row in rows(world)}
    prices = costs(list(trainings.values()))
    found = {title: future_figures(answer, data, protocol) for title, answer in BASELINES.items()}
    found |= {training.row.title: edition.rows[row] | prices[row] for row, training in trainings.items()}
    if (longer := f"predict-{world}") in released() and (model := load(longer)).needs.size == data.size:
        found[f"checkpoint {longer}"] = future_figures(partial(foretell, model), data, protocol)
    guides = {guide: guide_rows(edition, guide) for guide in GUIDES if guide in edition.rows}
    fork = {FORK.title: edition.rows[FORK.folder]} if FORK.folder in edition.rows else {}
    raw = {"command": edition.command, "protocol": protocol, "figures": found}
    raw |= {"pictures given": guides, "two futures": fork}
    write(edition.out / f"{name}.json", json.dumps(raw | {"trainings": edition.raw}, indent=2, default=asdict))

    curves, missing = curves_of(found), [row.title for row in rows(world) if row.title not in found]
    charts.horizons(edition.out / f"{name}-horizons.png", curves, len(BASELINES))
    charts.strips(edition.out / f"{name}-clips.png", shown_clips(data, trainings, protocol), protocol.num_frames)
    means = {title: {column: row[column] for column in MEANS if column in row} for title, row in found.items()}
    parts = {
        "table": table(means),
        "lpips": "" if "LPIPS" in found["empty scene"] else MISSING,
        "findings": listed(findings(world, found, len(edition.by_seed))),
        "codes": codes_and_guides(found, guides, fork) if guides else "",
        "alone": edition.by_seed[0][0].recipe.config.alone,
        "missing": f"\n\n**Still to be trained: {'; '.join(missing)}.**" if missing else "",
    }
    write(page, PAGE.format(world=world, name=name, futures=FUTURES, **parts, **apart(curves), **edition.facts))
    return page


def curves_of(found: Rows) -> dict[str, dict[str, list[float]]]:
    """Row -> figure -> its values along the horizon, means over seeds."""
    return {
        title: {
            name: [middle(value) for column, value in row.items() if column.startswith(f"{name} at ")]
            for name in CURVES
            if f"{name} at 1" in row
        }
        for title, row in found.items()
    }


def apart(curves: dict[str, dict[str, list[float]]]) -> dict[str, str]:
    """A few steps of the horizon, and the table of the figures there."""
    last = len(curves["empty scene"]["L1"])
    steps = sorted({1, min(3, last), min(5, last), last})
    cells = {
        title: {name: " / ".join(f"{values[step - 1]:.3g}" for step in steps) for name, values in row.items()}
        for title, row in curves.items()
    }
    return {"horizon": ", ".join(map(str, steps)), "apart": table(cells)}


def codes_and_guides(found: Rows, guides: dict[str, Rows], fork: Rows) -> str:
    """What is known of shapes alone."""
    told = {title: {name: row[name] for name in CODES} for title, row in found.items() if CODES[0] in row}
    return CODES_AND_GUIDES.format(
        codes=table(told),
        guides="\n\n".join(f"**{guide}**\n\n{table(errors)}" for guide, errors in guides.items()),
        findings=listed([guide_finding(guide, errors) for guide, errors in guides.items()]),
        fork=table(fork),
        share=FORK.share,
        **EXACT,
        drawn=TURNS,
        near=NEAR,
        fair=sum(comb(TURNS, left) for left in range(TURNS + 1) if 0.3 <= left / TURNS <= 0.7) / 2**TURNS,
    )


def listed(sentences: list[str]) -> str:
    """One line each."""
    return "\n".join(f"- {sentence}" for sentence in sentences)


@torch.no_grad()
def shown_clips(data: VideoData, trainings: dict[str, Training], protocol: Protocol) -> dict[str, Clips]:
    """Two real clips, and one of the futures that each row foretells of them."""
    past, future = (part[:2] for part in given_and_future(data, protocol))
    shown = {"real": torch.cat([past, future], dim=2)}
    for training in trainings.values():
        torch.manual_seed(0)
        told = foretell(load(training.folder), past, future.shape[2])[0]
        shown[training.row.title] = torch.cat([past, told], dim=2)
    return shown


def guide_rows(edition: Edition, guide: str) -> Rows:
    """Number of given pictures -> centre errors at steps 3 and 5, of the model and of the ideal."""
    ideal = ideal_figures(open_data(guide, edition.facts["size"], HELD_OUT), edition.tier.protocol)
    made, last = edition.rows[guide], edition.tier.protocol.num_frames - GIVEN
    return {
        f"{given} given": {
            f"{name} at {step}": source[f"{given} given, at {step}"]
            for step in (min(3, last), min(5, last))
            for name, source in (("centre error", made), ("ideal", ideal))
        }
        for given in (1, 2, 3)
    }


IMPROVEMENT = {
    name: Experiment((*rows(world), *guided), TIERS, measure, partial(publish, world=world, name=name))
    for name, world, guided in (("improvement", "shapes", (*GUIDED, FORK)), ("improvement-faces", "faces", ()))
}
