"""What the figures of `mocolab reproduce improvement` say, in sentences that follow from them alone."""

from itertools import pairwise

from mocolab.figures import Rows, Spread, middle, number, overlap

IDEAS = (
    ("A second picture", "1 picture", "2 pictures"),
    ("A third picture", "2 pictures", "3 pictures"),
    ("To learn from whole clips", "3 pictures", "whole clips"),
    ("A generator that content modulates", "whole clips, MoCoGAN's generator", "whole clips"),
    ("CycleGAN's generator, with as many steps,", "whole clips", "whole clips, CycleGAN's generator"),
    ("CycleGAN's generator, in as much time,", "whole clips", "the same in the time of the others"),
    ("To paint over the first picture", "whole clips", "whole clips, over the first picture"),
    ("To take absolute errors there", "whole clips, over the first picture", "over the first picture, absolute errors"),
    ("More data", "whole clips, of 64 videos alone", "whole clips"),
)
"""What is done, from which row to which."""
BETTER = {"LPIPS": -1, "L1": -1, "FVD": -1, "centre error": -1, "one-shape rate": 1}
"""Figure -> 1 if higher is better, else -1."""
HELD, EMPTY = "copy the last frame", "empty scene"


def findings(world: str, rows: Rows, seeds: int) -> list[str]:
    """Sentences on ideas, baselines and motion; `rows` as the page shows them, some of which may be missing."""
    return [
        *(["With one seed, what another would change is not known."] if seeds == 1 else []),
        *(
            idea_finding(world, idea, rows[before], rows[after], rows[EMPTY])
            for idea, before, after in IDEAS
            if before in rows and after in rows
        ),
        baseline_finding(world, rows),
        motion_finding(world, rows),
    ]


def idea_finding(world: str, idea: str, before: dict, after: dict, empty: dict) -> str:
    """What an idea does to each figure, and whether it pays; who is still behind the empty scene has gained nothing."""
    alike, behind = "no further apart than seeds are", "both behind the empty scene"
    verdicts: dict[str, list[str]] = {"better": [], "worse": [], alike: [], behind: []}
    for figure, sign in BETTER.items():
        if figure in before and figure in after:
            first, then, nothing = (sign * middle(row[figure]) for row in (before, after, empty))
            if first == then or overlap(before[figure], after[figure]):
                verdict = alike
            elif max(first, then) < nothing:
                verdict = behind
            else:
                verdict = "better" if then > first else "worse"
            verdicts[verdict].append(f"{figure} ({number(before[figure])} to {number(after[figure])})")
    said = "; ".join(f"{verdict}: {', '.join(figures)}" for verdict, figures in verdicts.items() if figures)
    pays = len(verdicts["better"]) > len(verdicts["worse"])
    return f"{idea} {'pays' if pays else 'does not pay'} on {world}. {said[0].upper()}{said[1:]}."


def baseline_finding(world: str, rows: Rows) -> str:
    """The best trained row beside what needs no training."""
    figure = "LPIPS" if "LPIPS" in rows[HELD] else "L1"
    trained = [title for title, row in rows.items() if "seconds a step" in row]
    best = min(trained, key=lambda title: middle(rows[title][figure]))
    said = f"On {world}, {best} has the lowest {figure} of all trained rows, {number(rows[best][figure])}; "
    said += f"{HELD} has {number(rows[HELD][figure])}. "
    for name in (name for name in ("L1", "FVD") if name in rows[HELD]):
        emptied, held = (middle(rows[title][name]) for title in (EMPTY, HELD))
        beaten = [title for title in trained if middle(rows[title][name]) < emptied]
        than = f"{'less' if emptied < held else 'no less'} than the held frame's {number(held)}"
        said += f"The empty scene's {name} is {number(emptied)}, {than}, and beaten by "
        said += f"{'; '.join(beaten) or 'no trained row'}. "
    return said.rstrip()


def motion_finding(world: str, rows: Rows) -> str:
    """Which rows move as much as real clips do."""
    moving = {title: row["motion, of real's"] for title, row in rows.items() if "seconds a step" in row}
    near = [f"{title} ({number(share)})" for title, share in moving.items() if 0.8 <= middle(share) <= 1.2]
    said = f"On {world}, motion within a fifth of real clips': {', '.join(near) or 'no trained row'}."
    apart = {title: rows[title].get("identity distance, of real's") for title in moving}
    if None in apart.values():
        return said
    same = [f"{title} ({number(apart[title])})" for title in moving if middle(moving[title]) >= 0.8]
    return f"{said} Identity distance of those that move at least .8 as much: {', '.join(same) or 'there are none'}."


def network_finding(held: dict, num_clips: int) -> str:
    """What FVD is here, and which figures in the eyes of networks are left out."""
    weights = {"LPIPS": "lpips", "FVD": "i3d"}
    absent = [name for name in weights if name not in held]
    if absent:
        get = " ".join(weights[name] for name in absent)
        said = f"{' and '.join(absent)}: left out, since clips are too small or too few, or weights not at hand"
        return f"{said} (`mocolab weights get {get}`)."
    said = "FVD is that of the given frames and the first future"
    return f"{said}; between {num_clips} real clips and as many others it is {held['FVD, real against real']:.0f}."


def guide_finding(guide: str, rows: Rows) -> str:
    """Whether each further picture brings the centre nearer to the true one."""
    said = []
    for figure in (name for name in rows["1 given"] if name.startswith("centre error")):
        errors: list[float | Spread] = [row[figure] for row in rows.values()]
        order = all(middle(more) < middle(less) for less, more in pairwise(errors))
        said.append(f"{figure}: {', '.join(map(number, errors))} px ({'each' if order else 'not each'} picture helps)")
    return f"On {guide}, without noise, after 1, 2 and 3 pictures, {'; '.join(said)}."
