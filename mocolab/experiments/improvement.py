"""Video prediction with MoCoGAN, and what each idea gains: measured, compared, written down."""

import json
from dataclasses import asdict, replace
from functools import cache, partial
from math import comb
from pathlib import Path

import torch

from mocolab import charts
from mocolab.board import BASELINES
from mocolab.data import VideoData, open_data
from mocolab.data.given import GIVEN
from mocolab.experiments.costs import costs
from mocolab.experiments.findings import HELD, findings, guide_finding, network_finding
from mocolab.experiments.forks import NEAR, TURNS, fork_figures, ideal_fork_figures
from mocolab.experiments.guides import CODES, guided_figures, ideal_figures, told_figures
from mocolab.experiments.ideas import EXACT, FORK, GUIDED, GUIDES, TIERS, rows
from mocolab.experiments.training import Edition, Experiment, Row, Training
from mocolab.experiments.wording import GUIDES_AND_FORK, OF_WORLD, PAGE
from mocolab.figures import Figures, Rows, middle, table
from mocolab.futures import FUTURES, future_figures, given_and_future
from mocolab.judges import at_hand
from mocolab.loading import load, released
from mocolab.protocol import HELD_OUT, Protocol
from mocolab.store import write
from mocolab.system import System
from mocolab.types import Clips

MEANS = ("L1", "PSNR", "SSIM", "LPIPS", "centre error", f"centre error, best of {FUTURES}", "one-shape rate")
MEANS += ("FVD", "identity distance, of real's", "motion, of real's", "thousand weights", "seconds a step")
CURVES = ("L1", "PSNR", "SSIM", "LPIPS", "centre error")


@cache
def held_out(name: str, size: int) -> VideoData:
    """Clips that no training has seen: one object for all rows, so that I3D looks at the real clips once."""
    return open_data(name, size, HELD_OUT)


def measure(system: System, row: Row, protocol: Protocol) -> Figures:
    """Figures of futures on clips of the world that no training has seen, after the last of the given pictures that
    the row may see; on the guides, of noise-free ones."""
    data = held_out(row.data.removesuffix("-few"), system.needs.size)
    if row == FORK:
        return fork_figures(system, data, protocol)
    if row in GUIDED:
        return guided_figures(system, data, protocol)

    predict = partial(system.predict, samples=FUTURES)
    found = future_figures(predict, data, with_networks(protocol, data.size), every_step=True)
    return found | told_figures(system, data, protocol)


def with_networks(protocol: Protocol, size: int) -> Protocol:
    """The same, with LPIPS and FVD if their weights are at hand."""
    return replace(protocol, also=at_hand(protocol.num_clips, size))


@cache
def untrained(world: str, size: int, protocol: Protocol) -> Rows:
    """Figures of what is not trained here: plain answers, and the released checkpoint. Minutes with FVD, and the same
    for every seed."""
    data = held_out(world, size)
    answers = dict(BASELINES)
    if (longer := f"predict-{world}") in released() and (model := load(longer)).needs.size == size:
        answers[f"checkpoint {longer}"] = partial(model.predict, samples=FUTURES)
    protocol = with_networks(protocol, size)
    return {title: future_figures(answer, data, protocol, every_step=True) for title, answer in answers.items()}


def publish(edition: Edition, world: str, name: str) -> Path:
    """The page, its pictures and the raw figures of the seeds that are through."""
    data, protocol = held_out(world, edition.facts["size"]), edition.tier.protocol
    page = edition.out / f"{name}.md"
    trainings = {training.row.folder: training for training in edition.by_seed[0] if training.row in rows(world)}
    prices = costs(list(trainings.values()))
    plain = untrained(world, data.size, protocol)
    found = {title: plain[title] for title in BASELINES}
    found |= {training.row.title: edition.rows[row] | prices[row] for row, training in trainings.items()}
    found |= plain  # the checkpoint comes last
    guides = {guide: guide_rows(edition, guide) for guide in GUIDES if guide in edition.rows}
    fork = fork_rows(edition) if FORK.folder in edition.rows else {}
    raw = {"command": edition.command, "protocol": protocol, "figures": found}
    raw |= {"pictures given": guides, "two futures": fork}
    write(edition.out / f"{name}.json", json.dumps(raw | {"trainings": edition.raw}, indent=2, default=asdict))

    curves, missing = curves_of(found), [row.title for row in rows(world) if row.title not in found]
    charts.horizons(edition.out / f"{name}-horizons.png", curves, len(BASELINES))
    charts.strips(edition.out / f"{name}-clips.png", shown_clips(data, trainings, protocol), protocol.num_frames)
    means = {title: {column: row[column] for column in MEANS if column in row} for title, row in found.items()}
    parts = {
        "table": table(means),
        "networks": network_finding(found[HELD], protocol.num_clips),
        "findings": listed(findings(world, found, len(edition.by_seed))),
        "codes": codes(found),
        "guides": guides_and_fork(guides, fork) if guides else "",
        "alone": edition.by_seed[0][0].recipe.config.alone,
        "missing": f"\n\n**Still to be trained: {'; '.join(missing)}.**" if missing else "",
    }
    parts |= OF_WORLD[world] | apart(curves) | edition.facts
    write(page, PAGE.format(world=world, name=name, futures=FUTURES, **parts))
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


def codes(found: Rows) -> str:
    """The table of what the codes know."""
    return table({title: {name: row[name] for name in CODES} for title, row in found.items() if CODES[0] in row})


def guides_and_fork(guides: dict[str, Rows], fork: Rows) -> str:
    """What is asked of shapes alone."""
    return GUIDES_AND_FORK.format(
        guides="\n\n".join(f"**{guide}**\n\n{table(errors)}" for guide, errors in guides.items()),
        findings=listed([guide_finding(guide, errors) for guide, errors in guides.items()]),
        fork=table(fork),
        share=FORK.share,
        **EXACT,
        judged=FORK.changes["alone"],
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
        told = load(training.folder).predict(past, future.shape[2], samples=FUTURES)[0]
        shown[training.row.title] = torch.cat([past, told], dim=2)
    return shown


def guide_rows(edition: Edition, guide: str) -> Rows:
    """Number of given pictures -> centre errors at steps 3 and 5, of the model and of the ideal."""
    ideal = ideal_figures(held_out(guide, edition.facts["size"]), edition.tier.protocol)
    made, last = edition.rows[guide], edition.tier.protocol.num_frames - GIVEN
    return {
        f"{given} given": {
            f"{name} at {step}": source[f"{given} given, at {step}"]
            for step in (min(3, last), min(5, last))
            for name, source in (("centre error", made), ("ideal", ideal))
        }
        for given in (1, 2, 3)
    }


def fork_rows(edition: Edition) -> Rows:
    """The model, and who knows all but when the turn comes."""
    ideal = ideal_fork_figures(held_out(FORK.data, edition.facts["size"]), edition.tier.protocol)
    return {"all known but the moment and the side": ideal, FORK.title: edition.rows[FORK.folder]}


IMPROVEMENT = {
    name: Experiment((*rows(world), *guided), TIERS, measure, partial(publish, world=world, name=name))
    for name, world, guided in (("improvement", "shapes", (*GUIDED, FORK)), ("improvement-faces", "faces", ()))
}
