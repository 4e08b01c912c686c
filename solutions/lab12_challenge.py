# %% [markdown] mocolab={"role": "header", "id": "12", "title": "The challenge", "minutes": 900}
# # Lab 12. The challenge
#
# **Can you add the next row to the board?** 20 points, read by a person; three to four weeks.
#
# Run the next cell. It shows four clips that no training has drawn: three pictures are given, thirteen are asked for.
# Below what came stand three answers that need no learning: copy the last picture; shift it on and on by the way that
# it has gone from the second picture to the third; paint the mean of all pictures, which is nearly black.
#
# **Predict first.** Which of the three would you call the best prediction? And which will PSNR call the best?

# %% mocolab={"role": "demo"}
import contextlib
import io
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from IPython.display import Markdown

from mocolab import display
from mocolab.board import BASELINES, SAMPLES, open_worlds
from mocolab.cli import main
from mocolab.course import tier
from mocolab.data import open_data
from mocolab.metrics.prediction import energy_score, psnr
from mocolab.metrics.shapes import segment

clips = tier(smoke=8, cpu=32, gpu=64)
worlds = open_worlds(clips, seed=0)
_, past, future = worlds["shapes"]
answers = {name: answer(past, future.shape[2])[0] for name, answer in BASELINES.items()}
rows = [torch.cat([past, made], dim=2)[:4] for made in (future, *answers.values())]
display.show(
    torch.cat(rows),
    columns=4,
    alt="Four clips of a moving shape in four rows. First row: what came. Second: the shape stops after three pictures. "
    "Third: it goes straight on, and sometimes leaves the picture. Fourth: after three pictures it is nearly black.",
)
lines = ["| answer | PSNR (dB) | frames with one shape |", "|---|--:|--:|"]
for name, made in answers.items():
    alone = segment(made).single.float().mean()
    lines.append(f"| {name} | {psnr(made, future).mean():.1f} | {alone:.2f} |")
Markdown("\n".join(lines))

# %% [markdown] mocolab={"role": "text"}
# A table that is led by PSNR rewards an empty picture at least as much as a moving shape. A competition is worse than
# a table: whoever wants to win looks for what the measure forgives. So the first thing that a challenge needs is a
# score that cannot be won by anything but a good prediction.
#
# ## The picture to remember
#
# > **Half of these shapes turn left, half turn right, and nobody can know which. The best answer says so: half of its
# > samples turn left.**
#
# Section 1 measures it.
#
# **After this lab you can**
#
# 1. say what a proper score is, and why neither blur nor a bet nor an empty scene wins by it;
# 2. hand in a predictor as one file, and score it at home as it will be scored;
# 3. state an idea so that it could fail, and test it by a paired comparison over seeds;
# 4. report an ablation, and a limit.
#
# **You need** labs 00 and 03, and `paired_gain` of lab 06. Whatever you built in labs 04 and 05 may become your idea.
#
# ## 1. A score that honesty maximises
#
# Your predictor is asked for k = 8 futures $x_1 \dots x_k$ of each clip; one future $y$ came. With a distance d,
#
# $$\mathrm{ES} = \frac{1}{k} \sum_i d(x_i, y) - \frac{1}{2 k^2} \sum_{i, j} d(x_i, x_j).$$
#
# This is the *energy score* of the k futures, taken together as a forecast. The first part asks each of them to be near
# what came. The second gives back what the futures differ from each other, and by just so much that no trick pays: in
# expectation, no answer has a lower energy score than the true distribution of futures itself (Gneiting and Raftery,
# 2007). Such a score is called *proper*. It holds for every d that is a Euclidean distance between features, or a mean
# of such; ours is the root of the mean squared difference over the whole future, between means of blocks of 1, 2, 4 and
# 8 pixels, averaged over the four: so a shape that is nearly in its place is better than one that is far from it.
#
# The code it describes is `energy_score` in `mocolab/metrics/prediction.py`, ten lines. **The score of the board** is
#
# $$100 \left( 1 - \frac{\text{mean ES of your futures}}{\text{mean ES of copying the last picture}} \right),$$
#
# the mean over two worlds, moving shapes and drawn faces: 0 for copying, 100 for whoever knows the future, below 0 for
# whoever is worse than a photograph. All other figures (L1, PSNR, SSIM, LPIPS, best of 8, the error of the centre, the
# share of frames with exactly one shape, motion energy) stand beside it, and do not count.
#
# The next cell draws clips of `shapes-branching`, in which a shape goes straight on and then turns to one side, at even
# odds. Both futures are known exactly. Of eight futures that are answered, 0 to 8 turn left.
#
# **Predict first:** where is the lowest point, and where do you expect the blurred mean of both?

# %% mocolab={"role": "demo"}
branching, index = open_data("shapes-branching", 32), torch.arange(tier(smoke=16, cpu=64, gpu=64))
moments = torch.arange(3, 32, 2).repeat(len(index), 1)
right, left = (branching.draw(branching.factors(index, turn), moments) / 127.5 - 1 for turn in (0, 1))
mixed = [torch.stack([left] * number + [right] * (SAMPLES - number)) for number in range(SAMPLES + 1)]
others = {"the blurred mean of both": (left + right)[None] / 2, "a black picture": -torch.ones_like(left)[None]}


def expected(futures):
    """The energy score when either future comes, at even odds."""
    return torch.stack([energy_score(futures, left), energy_score(futures, right)]).mean()


figure, panel = plt.subplots(figsize=(6, 3))
panel.plot(range(SAMPLES + 1), [expected(futures) for futures in mixed], "o-", label="sharp futures")
for number, (name, futures) in enumerate(others.items(), 1):
    panel.axhline(expected(futures), color=f"C{number}", linestyle="--", label=name)
panel.set(xlabel=f"how many of {SAMPLES} futures turn left", ylabel="energy score (lower is better)", ylim=(0, None))
panel.legend(loc="center left", bbox_to_anchor=(1, 0.5))
display.picture(
    figure,
    alt="The energy score over the number of eight futures that turn left: a curve that is lowest at four and highest "
    "at none and at eight, where it meets the dashed line of the blurred mean. That of a black picture lies far above.",
)

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** a curve that is lowest at four. A bet on one side costs twice as much, and the blurred mean
# exactly as much as a bet: both are a single future, and no single future says that there are two. A black picture pays
# most. Only who says what is true, that both sides are as likely, pays least.
#
# ## 2. What you hand in
#
# | | |
# |---|---|
# | **File** | `yourname.py`; or a folder `yourname/` with `predictor.py`, and beside it weights and whatever else it opens, at most 64 MB |
# | **Holds** | `class Predictor`, made once, without arguments |
# | **Answers** | `predict(past, num_frames, samples)`, also with other numbers of clips than it has seen |
# | **Gets** | `past`, float `[B, 3, n, H, W]` in [-1, 1]: n = 3 pictures of up to 16 clips, 32 x 32 pixels; `num_frames` = 13, `samples` = 8. It is not told of which world |
# | **Returns** | a tensor `[samples, B, 3, num_frames, H, W]` in [-1, 1]: the pictures that follow, without the past. They are counted in the 256 levels of a saved clip |
# | **May import** | torch, numpy, scipy, einops, the whole of mocolab, and its own neighbours |
# | **Time** | 300 seconds for everything: importing, making or loading weights, both worlds; one thread, no GPU |
# | **Memory** | 3 GB, with all that it starts |
#
# Weights are made at home and lie in the folder, or are made by the file within its 300 seconds. The working folder is
# the file's own: `torch.load("weights.pt")` finds what lies beside it. A trained run of yours is such a neighbour:
#
# ```python
# import mocolab
#
#
# class Predictor:
#     def __init__(self):
#         self.system = mocolab.load("run")  # a copy of runs/..., in your folder
#
#     def predict(self, past, num_frames, samples):
#         return self.system.predict(past, num_frames, samples=samples)
# ```
#
# made, for instance, by `mocolab train mocogan_predict --data shapes --system.size 32`. That run knows shapes alone;
# asked for faces it is worse than an empty scene. Train a second one with `--data faces`, and let `predict` choose by
# the first picture, or write a training of your own on both. The board's clips have frames at a distance of 2, as that
# training does; but it learns clips of 13 pictures, the given ones among them, and the board asks for 3 and 13 more.
#
# Your file runs in a jail, as an answer of the other labs does when it is graded: without a network, without the disk
# except its own folder, without other processes. It sees the pictures that are given. What came, and the seed that
# decides the clips, are never in there; the seed is drawn when the files are ranked, and printed afterwards. A file
# that ends in an error, runs too long, or returns what is no answer gets no place and one sentence that says why.
#
# ## 3. A first predictor
#
# Constant velocity is a start: it moves the last picture by the mean step of the given ones (the board's own by the
# last step). The next cell writes it into two files, which differ in one number. `sure.py` says eight times the same.
# `unsure.py` lets the velocity wander, each of eight times in another way, by as much as it trusts a velocity from
# three pictures: not much.
#
# **Predict first:** which of the two is ranked higher, and in which world is the difference larger?

# %% mocolab={"role": "demo"}
PREDICTOR = '''"""Constant velocity, and how much it is to be trusted."""

import torch
import torch.nn.functional as F

DOUBT = 0.0  # how far the velocity wanders in one step, in speeds


def places(clips):
    """Where the light of each picture lies, [B, n, 2]: (x, y) in pixels."""
    light = (clips + 1).sum(dim=1)  # [B, n, H, W]
    pixel = torch.arange(clips.shape[-1]).float()
    sums = torch.stack([light.sum(dim=2) @ pixel, light.sum(dim=3) @ pixel], dim=2)
    return sums / light.sum(dim=(2, 3))[..., None]


def shifted(frames, way):
    """Frames [B, 3, H, W], each shifted by its way [B, 2]."""
    matrix = torch.eye(2, 3).repeat(len(frames), 1, 1)
    matrix[:, :, 2] = -2 * way / (frames.shape[-1] - 1)
    grid = F.affine_grid(matrix, list(frames.shape), align_corners=True)
    return F.grid_sample(frames, grid, padding_mode="border", align_corners=True)


class Predictor:
    def predict(self, past, num_frames, samples):
        return torch.stack([self.future(past, num_frames) for _ in range(samples)])

    def future(self, past, num_frames):
        velocity = places(past).diff(dim=1).mean(dim=1)  # [B, 2]
        speed, way, frames = velocity.norm(dim=1, keepdim=True), 0, []
        while len(frames) < num_frames:
            velocity = velocity + DOUBT * speed * torch.randn_like(velocity)
            way = way + velocity
            frames.append(shifted(past[:, :, -1], way))
        return torch.stack(frames, 2)
'''
folder = Path("challenge")
folder.mkdir(exist_ok=True)
(folder / "sure.py").write_text(PREDICTOR)
(folder / "unsure.py").write_text(PREDICTOR.replace("DOUBT = 0.0", "DOUBT = 0.7"))

with contextlib.redirect_stdout(io.StringIO()):  # it prints what board.md holds
    main(["challenge", "challenge", "--seed", "0", "--clips", str(clips), "--out", "challenge-board"])
Markdown(Path("challenge-board/board.md").read_text())

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** the row of what came at 100; `unsure` above `sure`, and that above copying; the difference is
# larger among shapes. Nothing was learnt between the two: the same velocity is worth more to somebody who says how
# little it tells. Among shapes the empty scene, here the mean of all given pictures, may stand above copying and above
# `sure`: to be surely wrong costs more than to say nothing. Proper means that the truth is best, not that emptiness is
# worst; faces put it last. The number behind ± is the standard error over clips. Two rows that are nearer than their
# errors have not been told apart yet; but both are measured on the same clips, so the error of their *difference* is
# usually smaller: the deviation of the differences, clip by clip, over $\sqrt{N}$. It says how sure the gain is for
# other clips; `paired_gain` of lab 06 says how sure it is for other trainings, and 12.2 asks for that one.
#
# Read the other columns too. Which figure would have ranked them the other way round? What does the share of frames
# with one shape say of a picture that was moved out of the frame?
#
# <details><summary>Help: mocolab: no jail, no namespaces here</summary>
#
# Jails need Linux. Elsewhere the file runs with limits of time and memory alone, which is all that *your own* file
# needs at home. It is ranked where there is a jail.
#
# </details>
# <details><summary>Help: no place. FileNotFoundError: [Errno 2] No such file or directory</summary>
#
# The file opens something that was not handed in. Put it into your folder, and name it relative to that folder.
#
# </details>
# <details><summary>Help: no place. predict returned [16, 3, 13, 32, 32], asked was for a tensor [8, 16, 3, 13, 32, 32]</summary>
#
# The samples are the first axis, also if all of them are alike: `future[None].repeat(samples, 1, 1, 1, 1, 1)`.
#
# </details>
# <details><summary>Help: no place. The time was over: it may take 300 seconds</summary>
#
# It runs on one thread of a processor. Load weights instead of training them, or paint fewer pixels.
#
# </details>
#
# ## 4. How it is ranked
#
# In a terminal, in the folder of this notebook, with the public seed:
#
# ```
# mocolab challenge challenge/unsure.py --seed 0
# ```
#
# At the end the whole class is ranked by one command, with a seed that nobody knew and on clips that nobody has seen:
#
# ```
# mocolab challenge handed-in/ --out board/
# ```
#
# So tune on seeds of your own, 1, 2, 3 and so on, and look at seed 0 seldom. Whoever picks the best of a hundred
# variants on one set of clips has fitted those clips: the rank on the secret seed will tell.
#
# The rank gives no points. Points are for what you found out, also if the idea failed; a person reads the next four
# cells. Hand in this notebook and your file.
#
# ### 12.1 An idea that could fail (6 points)
#
# Write one claim, before you measure: what you change in a predictor of the course, which figure it moves, in which
# world and at which horizon, by how much, and why. Then the result that would show you wrong.

# %% [markdown] mocolab={"role": "free", "id": "12.1", "points": 6, "minutes": 90, "difficulty": 3, "rubric": "2: one change, named exactly, to a named predictor of the course, with the reason why it should help. 2: a figure, a world and a horizon are predicted, with size and direction. 2: says which result would refute it, and that result was possible."}
# *Your claim, at most 150 words.*

# %% [markdown] mocolab={"role": "text"}
# ### 12.2 The comparison that tests it (6 points)
#
# Train both sides, the predictor of lab 03 or a better one and yours, under at least three seeds, at equal time or at
# equal numbers of steps: say which. Show the rows of `mocolab challenge` on clips of one seed, copying and constant
# velocity among them, and the difference by your `paired_gain` of lab 06, with its error. It takes the scores of each
# clip: take `_, past, future = open_worlds(64, seed=1)["shapes"]`, and the same with `"faces"`; the scores are
# `-energy_score(system.predict(past, 13, samples=8), future)`, negative, because less is better. If a side is not
# trained, its seeds are those of its noise. `mocolab evaluate RUN --also fvd` adds FVD (`mocolab weights get i3d` gets
# its network); its clips are as long as those of the training, so do not mix its figures with the board's.

# %% [markdown] mocolab={"role": "free", "id": "12.2", "points": 6, "minutes": 480, "difficulty": 4, "rubric": "2: at least three trainings a side, on equal terms that are stated, on clips that neither was tuned on. 2: a paired difference with its error over trainings, read correctly: inside the error is not a gain. 2: baselines in the table, the whole horizon or several horizons, and the figure that was predicted in 12.1."}
# *Your table and what it says, at most 300 words.*

# %% [markdown] mocolab={"role": "text"}
# ### 12.3 An ablation (4 points)
#
# Take the idea apart: remove one ingredient at a time, train again, and say which of them made the difference. A part
# that changes nothing is a finding.

# %% [markdown] mocolab={"role": "free", "id": "12.3", "points": 4, "minutes": 240, "difficulty": 3, "rubric": "2: one ingredient is removed at a time, everything else equal, at least two of them or one with a control (more parameters, more time). 2: the conclusion is what the rows and their errors show, and no more."}
# *Your ablation, at most 200 words.*

# %% [markdown] mocolab={"role": "text"}
# ### 12.4 A limit, shown (4 points)
#
# Show clips on which your predictor fails, and say what they have in common; or a result that went against your
# claim. Choose them by a rule that you state (the worst tenth by energy score, say), not by eye.

# %% [markdown] mocolab={"role": "free", "id": "12.4", "points": 4, "minutes": 90, "difficulty": 3, "rubric": "2: clips or figures that show the failure, chosen by a stated rule. 2: a cause that could be tested, and how."}
# *Your limit, at most 150 words, and the clips.*

# %% [markdown] mocolab={"role": "text"}
# ## Where ideas may be found
#
# - The energy score wants futures that differ as much as the true ones do. How much do eight samples of your predictor
#   of lab 03 differ, beside the distance of each to what came?
# - Faces move little and shapes move far. One network for both, or two and a look at the first picture?
# - What a painter of sixty numbers cannot draw, a painter that moves the pixels of the given picture need not draw.
# - Three pictures are given, and `mocogan_predict` learns from 1, 2 and 3 at random. Does that help or cost?
# - Which horizon costs you most? A model that is right for three steps and wrong for ten needs another remedy than one
#   that is wrong at the seam.
#
# ## What you built
#
# | part | in | out | in `mocolab` |
# |---|---|---|---|
# | a predictor in one file | `[B, 3, n, H, W]` | `[samples, B, 3, T, H, W]` | `mocolab challenge` runs it |
# | a row of the board | futures of both worlds | a score with its error, and the figures beside it | `board` |
# | a claim, its test, an ablation, a limit | | | |
#
# ## What it cannot do
#
# The energy score knows pixels. It does not know what a face is, and a future that looks right to us, a little later
# or a little to the left, is charged for every pixel; blocks soften that and do not cure it. It is proper in expectation:
# on 64 clips luck has its share, which is what the error is for. And both worlds are drawn. What holds for them holds
# for films only once it was measured there.
#
# ## Discuss
#
# 1. L1 is lowest for the median of all futures. Which forecast is best by *best of k*, with k = 8 and with k = 1000?
# 2. Could a file win by knowing how the clips are drawn? Would that be cheating, or physics?
# 3. Why is the seed kept secret although the program that draws the clips is public?
# 4. Ten groups hand in, and the best score is one error above the second. Who has won?
#
# ## References
#
# - T. Gneiting, A. E. Raftery. Strictly Proper Scoring Rules, Prediction, and Estimation. Journal of the American
#   Statistical Association 102, 2007.
# - M. Mathieu, C. Couprie, Y. LeCun. Deep Multi-Scale Video Prediction Beyond Mean Square Error. ICLR 2016.
#   [arXiv 1511.05440](https://arxiv.org/abs/1511.05440).
# - S. Tulyakov, M.-Y. Liu, X. Yang, J. Kautz. MoCoGAN: Decomposing Motion and Content for Video Generation. CVPR 2018.
#   [arXiv 1707.04993](https://arxiv.org/abs/1707.04993).
