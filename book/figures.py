"""Makes the pictures, clips and tables in book/images, which need no training: `python book/figures.py`."""

import csv
from pathlib import Path

import torch
from einops import rearrange, repeat
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import mocolab
from mocolab import charts, media
from mocolab.data import Faces, Shapes
from mocolab.data.faces import paint
from mocolab.evaluation import figures, sampled_clips
from mocolab.futures import given_and_future
from mocolab.metrics.content import dealt
from mocolab.metrics.disentanglement import swap_test
from mocolab.metrics.novelty import novelty
from mocolab.metrics.prediction import MEASURES, energy_score, horizon
from mocolab.metrics.shapes import centre_error, segment
from mocolab.protocol import HELD_OUT, Protocol, real_clips
from mocolab.swaps import shares, swaps
from mocolab.types import Clips

TRAINED = "mocogan-shapes"
PROTOCOL = Protocol(num_frames=10, step=2)  # what `mocolab evaluate mocogan-shapes` compares
GIVEN, PREDICTED = "#ffbe86", "#a9c6e4"


def generation(folder: Path) -> None:
    """Four contents in rows and four motions in columns, from the released checkpoint."""
    media.save(folder / "generation.mp4", rearrange(swapped(4), "A M C T H W -> (A M) C T H W"), columns=4)


@torch.no_grad()
def swapped(count: int, num_frames: int = 24) -> torch.Tensor:
    """[count, count, C, T, H, W]: every content with every motion, from the released checkpoint."""
    system = mocolab.load(TRAINED)
    torch.manual_seed(7)
    content, motion = system.codes(count, num_frames)
    held = [repeat(one, "D -> M D", M=count) for one in content]
    return torch.stack([system.sample(count, num_frames, content=one, motion=motion) for one in held])


def prediction(folder: Path) -> None:
    """Both futures of three pasts, one above the other."""
    data, index = Shapes(64, path="branching"), torch.tensor([3, 5, 8])
    moments = repeat(torch.arange(0, 32, 2), "T -> B T", B=len(index))
    futures = [data.draw(data.factors(index, turn=turn), moments) for turn in (0, 1)]
    media.save(folder / "prediction.mp4", torch.cat(futures), columns=3, given=8)


def translation(folder: Path) -> None:
    """Three clips by day, and the same three by night."""
    index, moments = torch.arange(3) + 11, repeat(torch.arange(0, 32, 2), "T -> B T", B=3)
    looks = [Shapes(64, look=look) for look in ("day", "night")]
    clips = torch.cat([data.draw(data.factors(index), moments) for data in looks])
    media.save(folder / "translation.mp4", clips, columns=3)


def retargeting(folder: Path) -> None:
    """A driver at the upper left, and three others who move as the driver does, drawn by the program."""
    data, moments = Faces(64, mode="expressions"), torch.arange(4, 64, 2)[None]
    motion = data.motion(torch.tensor([8]), moments)
    who = data.identity(torch.tensor([8, 21, 31, 45]))
    media.save(folder / "retargeting.mp4", paint(who, motion.expand(len(who), -1, -1), 64), columns=2)


def cheats() -> dict[str, Clips]:
    """Real clips, and clips that are wrong in a known way, 256 of each."""
    data, training = Shapes(32, seed=HELD_OUT), Shapes(32, seed=0)
    real = real_clips(data, PROTOCOL.num_clips, PROTOCOL.num_frames, PROTOCOL.step, seed=1)
    numbers = torch.Generator().manual_seed(0)
    order = torch.stack([torch.randperm(real.shape[2], generator=numbers) for _ in real])
    light = torch.ones(real.shape[2]).index_fill(0, torch.arange(1, real.shape[2], 2), 1 / 3)
    return {
        "real clips, others": real,
        "copied from training": real_clips(training, 256, PROTOCOL.num_frames, PROTOCOL.step, seed=0),
        "one clip, 256 times": real[:1].expand_as(real),
        "frozen": real[:, :, :1].expand_as(real),
        "frozen, flickering": (real[:, :, :1] + 1) * light[:, None, None] - 1,
        "frames shuffled": torch.stack([clip[:, moments] for clip, moments in zip(real, order)]),
        "each frame from another clip": dealt(real, time=2),
        "black": torch.full_like(real, -1),
        TRAINED: sampled_clips(mocolab.load(TRAINED), PROTOCOL.num_clips, PROTOCOL.num_frames, PROTOCOL.seed),
    }


def fooled(folder: Path) -> None:
    """A table: what the figures of `mocolab evaluate`, and novelty, say of clips that are wrong in a known way."""
    asked = PROTOCOL.num_frames, PROTOCOL.step
    real = real_clips(Shapes(32, seed=HELD_OUT), PROTOCOL.num_clips, *asked, seed=0)
    training = real_clips(Shapes(32, seed=0), PROTOCOL.num_clips, *asked, seed=0)
    sets = cheats()
    rows = {name: figures(clips, real) | {"novelty": novelty(clips, training, real)} for name, clips in sets.items()}
    table(folder / "fooled.csv", "256 clips", rows)
    frames_in_rows(folder / "fooled.png", {name: clips[2:4] for name, clips in sets.items()}, frames=7)


def guesses(folder: Path) -> None:
    """A table: what each measure of predictions says of answers to an open future; and a picture of them."""
    futures = setting_out(40)  # [B, K, C, T, H, W]: any of them might have come
    truth, others = futures[:, 0], futures[:, 1:]
    answers = {
        "one of the other futures": others[:, :1],
        "8 of them, best for each clip": others[:, :8],
        "mean of all others": others.mean(dim=1, keepdim=True),
        "median of all others": others.median(dim=1, keepdim=True).values,
        "last picture held": truth[:, None, :, :1].expand_as(truth[:, None]),
        "black": torch.full_like(truth[:, None], -1),
    }
    rows = {name: judged(clips, truth) for name, clips in answers.items()}
    table(folder / "guesses.csv", "32 clips", rows)
    shown = {"what came": truth} | {name: clips[:, 0] for name, clips in answers.items()}
    frames_in_rows(folder / "guesses.png", {name: clips[:3] for name, clips in shown.items() if "8" not in name}, 5)


def setting_out(count: int) -> Clips:
    """32 shapes that leave the middle of the picture, each in `count` random directions: [B, K, C, T, H, W]."""
    data, moments = Shapes(32, path="velocity"), torch.arange(10)
    angles = torch.rand(32, count, generator=torch.Generator().manual_seed(0)) * 2 * torch.pi
    way = torch.stack([angles.cos(), angles.sin()], dim=2)
    corner = 12.5 + 1.1 * way[:, :, None] * moments[:, None]  # [B, K, T, 2]
    one = data.factors(torch.arange(32))
    drawn = [
        data.draw(one._replace(corner=path.float()), moments.expand(32, -1)) / 127.5 - 1 for path in corner.unbind(1)
    ]
    return torch.stack(drawn, dim=1)


def judged(answers: Clips, truth: Clips) -> dict[str, float]:
    """Means over clips; of several answers, those of the best for each clip, but for the energy score and the rate."""
    futures = rearrange(answers, "B K C T H W -> K B C T H W")
    result = {name: horizon(futures, truth, measure).best.mean().item() for name, measure in MEASURES.items()}
    result["energy score"] = energy_score(futures, truth).mean().item()
    shapes = [segment(future) for future in futures]
    errors = torch.stack([centre_error(shape, segment(truth)).mean(dim=1) for shape in shapes])
    result["centre error, px"] = errors.amin(dim=0).mean().item()
    result["one-shape rate"] = torch.stack([shape.single.float().mean() for shape in shapes]).mean().item()
    return result


def codes_decide(folder: Path) -> None:
    """A table: which code of the released checkpoint decides colour, size and way, by its share of variance."""
    clips = swapped(16, num_frames=13)
    shape = segment(rearrange(clips, "A M C T H W -> (A M) C T H W"))
    factors = {
        "mean colour": shape.colour.mean(dim=1),
        "mean size": shape.area.sqrt().mean(dim=1, keepdim=True),
        "place at the start": shape.centre[:, 0],
        "way from start to end": shape.centre[:, -1] - shape.centre[:, 0],
    }
    rows = {}
    for name, values in factors.items():
        shares = swap_test(rearrange(values, "(A M) F -> A M F", A=len(clips))).mean(dim=1)
        rows[name] = {"content": shares[0].item(), "motion": shares[1].item(), "both together": 1 - shares.sum().item()}
    table(folder / "codes.csv", "share of variance", rows)


@torch.no_grad()
def path_of_codes(folder: Path) -> None:
    """A clip's codes as a heat map above the frames that they paint."""
    system, num_frames = mocolab.load(TRAINED), PROTOCOL.num_frames
    torch.manual_seed(7)
    content, motion = system.codes(4, num_frames)
    path = torch.cat([content[1].expand(num_frames, -1), motion[0]], dim=1)
    clip = system.sample(1, num_frames, content=content[1:2], motion=motion[:1])
    picture = Figure(figsize=(9, 4.2), layout="constrained")
    upper, lower = picture.subplots(2, 1, height_ratios=(6, 1), sharex=True)
    upper.imshow(
        path.T, aspect="auto", cmap="PuOr", vmin=-2, vmax=2, interpolation="none", extent=(0, num_frames, 60, 0)
    )
    upper.axhline(50, color="black", linewidth=1.5)
    upper.set(yticks=(25, 55), yticklabels=("content", "motion"))
    upper.tick_params(left=False)
    lower.imshow(rearrange(clip[0] / 2 + 0.5, "C T H W -> H (T W) C"), aspect="auto", extent=(0, num_frames, 0, 1))
    lower.set_xticks([frame + 0.5 for frame in range(num_frames)], range(1, num_frames + 1))
    lower.set(yticks=[], xlabel="frame")
    charts.write(folder / "path.png", picture)


@torch.no_grad()
def foretold(folder: Path) -> None:
    """What came, and below it two futures that the released checkpoints foretell, of three shapes and three faces."""
    rows, protocol = ([], [], []), Protocol(num_frames=13, step=2, num_clips=3)
    for world in ("shapes", "faces"):
        past, future = given_and_future(mocolab.open_data(world, 32, HELD_OUT), protocol)
        torch.manual_seed(0)
        answers = mocolab.load(f"predict-{world}").predict(past, future.shape[2], samples=2)
        for row, clips in zip(rows, (future, *answers)):
            row.append(torch.cat([past, clips], dim=2))
    clips = torch.cat([clips for row in rows for clips in row])
    media.save(folder / "foretold.mp4", clips, columns=6, fps=5, given=past.shape[2])


@torch.no_grad()
def transferred(folder: Path) -> None:
    """Six faces that drive, the pictures of six others, and what the released checkpoint makes of both."""
    system, data = mocolab.load("dual-mtgan-faces"), mocolab.open_data("faces", 32, HELD_OUT)
    source, driving, *_ = swaps(data, Protocol(system.needs.num_frames, system.needs.step, num_clips=6))
    clips = torch.cat([driving, source[:, :, :1].expand_as(driving), system.retarget(source, driving)])
    media.save(folder / "transferred.mp4", torch.cat([clips, clips.flip(2)], dim=2), columns=6, fps=5)


def who_paints(folder: Path) -> None:
    """Which code paints which frame of a prediction, for 1, 2 and 3 given pictures and for a whole clip."""
    picture, most = Figure(figsize=(9, 3.1), layout="constrained"), 8
    axis = picture.subplots()
    for row, given in enumerate((1, 2, 3, most)):
        for frame in range(most):
            colour = GIVEN if frame < given else PREDICTED
            axis.add_patch(Rectangle((frame + 0.05, row + 0.1), 0.9, 0.8, color=colour))
            axis.text(frame + 0.5, row + 0.5, f"$m_{frame}$", ha="center", va="center", fontsize=13)
    axis.set(xlim=(0, most), ylim=(4, 0), xticks=[k + 0.5 for k in range(most)], xlabel="frame")
    axis.set_xticklabels([f"${{x}}_{frame}$" for frame in range(most)])
    axis.set_yticks([0.5, 1.5, 2.5, 3.5], ["1 picture", "2 pictures", "3 pictures", "whole clip"])
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    patches = [Rectangle((0, 0), 1, 1, color=colour) for colour in (GIVEN, PREDICTED)]
    names = "given, rebuilt from codes of $E_M$", "future, painted from the walk $R_M$"
    picture.legend(patches, names, loc="outside upper center", ncols=2, frameon=False)
    charts.write(folder / "who-paints.png", picture)


def datasets(folder: Path) -> None:
    """Two clips of each drawn set."""
    rows = {name: mocolab.open_data(name, 64) for name in mocolab.DATASETS}
    clips = {name: real_clips(data, 2, 7, 5, seed) for seed, (name, data) in enumerate(rows.items())}
    frames_in_rows(folder / "datasets.png", clips, 6)


@torch.no_grad()
def swapped_faces(folder: Path) -> None:
    """A table: what is right of simple answers to "let this face move as that one does"."""
    source, driving, parts, answer = swaps(mocolab.open_data("faces", 32, HELD_OUT), PROTOCOL)
    answers = {
        "the true answer": answer,
        "the driver itself": driving,
        "the source, as it moves itself": source,
        "the source's picture, held": source[:, :, :1].expand_as(source),
        "the answer's mean frame, held": answer.mean(dim=2, keepdim=True).expand_as(answer),
        "the answers to other questions": answer.roll(1, dims=0),
        "black": torch.full_like(answer, -1),
    }
    table(folder / "swaps.csv", "256 swaps", {name: shares(parts(clips)) for name, clips in answers.items()})


def frames_in_rows(path: Path, rows: dict[str, Clips], frames: int) -> None:
    """The clips of each row in one line after its name, `frames` frames of each."""
    picture = Figure(figsize=(8.5, 0.5 * len(rows)))
    picture.subplots_adjust(left=0.28, right=1, bottom=0, top=1, hspace=0.05)
    for axis, (name, clips) in zip(picture.subplots(len(rows), 1), rows.items()):
        axis.imshow(charts.strip(clips, frames), interpolation="nearest")
        axis.set_anchor("W")
        axis.set_axis_off()
        axis.text(-0.02, 0.5, name, transform=axis.transAxes, ha="right", va="center", fontsize=11)
    charts.write(path, picture)


def table(path: Path, corner: str, rows: dict[str, dict[str, float]]) -> None:
    """A row a name, three significant digits and at most four decimals."""
    columns = list(next(iter(rows.values())))
    with open(path, "w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([corner, *columns])
        writer.writerows([name, *[f"{round(row[column], 4):.3g}" for column in columns]] for name, row in rows.items())


FIGURES = (
    generation,
    prediction,
    translation,
    retargeting,
    fooled,
    guesses,
    codes_decide,
    path_of_codes,
    foretold,
    transferred,
    who_paints,
    datasets,
    swapped_faces,
)


def main(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for make in FIGURES:
        make(folder)


if __name__ == "__main__":
    main(Path(__file__).parent / "images")
