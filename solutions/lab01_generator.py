# %% [markdown] mocolab={"role": "header", "id": "01", "title": "The generator: content and motion", "minutes": 100}
# # Lab 01. The generator: content and motion
#
# **How can one image generator paint a video?** 25 points, about 100 minutes.
#
# Run the next cell, then move its two sliders. One chooses *what* is seen, the other *how it moves*. The network that
# paints these clips has watched squares and discs drift over black, and nobody labelled what in them is content and
# what is motion. In this lab you build that machine.

# %% mocolab={"role": "demo"}
import matplotlib.pyplot as plt
import numpy as np
import torch

import mocolab
from mocolab import display
from mocolab.course import tier

trained = mocolab.load("mocogan-shapes")
num_frames = trained.needs.num_frames
torch.manual_seed(7)
content, motion = trained.codes(4, num_frames)
with torch.no_grad():
    hook = torch.stack([trained.sample(4, num_frames, content=c.expand(4, -1), motion=motion) for c in content])
display.slider_grid(
    hook,
    alt="Sixteen clips of a coloured blob over black, four contents by four motions. Clips of one content have the "
    "same colour for most of the way; clips of one motion are at the same point of their way in the same frame.",
)

# %% [markdown] mocolab={"role": "text"}
# Look closely, and you also see where it fails: at the ends of a path some blobs tear or change colour, and the motion
# says how far along its way a blob is, hardly which way that is: content has taken that over. And 7 is a good seed; try
# others, in some of whose clips there are two blobs, or none. This network is small and was trained on one core of a
# processor for an hour and a half, not on a GPU for days. The idea is complete; the training is not.
#
# ## The picture to remember
#
# Here is one of the clips with the numbers it was painted from. Each column of the upper part is the *code* of one
# frame, sixty numbers. Fifty of them are equal in all columns: constant stripes. Ten wander.


# %% mocolab={"role": "demo"}
def path_above_frames(path, clip):
    """A figure of a latent path [T, D] as a heat map, with the frames [C, T, H, W] that it paints below."""
    num_frames, dim = path.shape
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(9, 4.6), height_ratios=(6, 1), sharex=True)
    place = (0, num_frames, dim, 0)
    upper.imshow(path.detach().T, aspect="auto", cmap="PuOr", vmin=-2, vmax=2, interpolation="none", extent=place)
    upper.axhline(dim - trained.config.motion_dim, color="black", linewidth=1)
    upper.set(ylabel="content above, motion below the line")
    strip = clip.detach().permute(2, 1, 3, 0).flatten(1, 2) / 2 + 0.5  # [H, (T W), C]
    lower.imshow(strip.clamp(0, 1), aspect="auto", extent=(0, num_frames, 0, 1))
    lower.set(yticks=[], xlabel="frame")
    lower.set_xticks([k + 0.5 for k in range(num_frames)], range(1, num_frames + 1))
    figure.tight_layout()
    return figure


path = torch.cat([content[1].expand(num_frames, -1), motion[0]], dim=1)
display.picture(
    path_above_frames(path, hook[1, 0]),
    alt="Above, a heat map of sixty numbers over the frames of a clip: the first fifty rows are stripes of one "
    "colour each, the last ten change from column to column. Below, the frames: a coloured blob that moves.",
)

# %% [markdown] mocolab={"role": "text"}
# > **A video is a path in a space of images, not a point in a space of videos.**
#
# VGAN (Vondrick et al., 2016) draws one point and unfolds it into a clip of fixed length by 3-D convolutions. MoCoGAN
# (Tulyakov et al., 2018) draws a path, and an ordinary image generator paints each point of it. Three things follow:
# a clip can have any length, the image generator can be any image generator, and what stays can be held apart from
# what moves.
#
# **After this lab you can**
#
# 1. draw a latent path with a content that stays and a motion that walks, and say why it is drawn in that way;
# 2. write the released image generator from its table, down to the number of its parameters;
# 3. fold time into the batch and unfold it without scrambling pixels, and say what BatchNorm makes of it;
# 4. put any content together with any motion.
#
# **You need** PyTorch modules and tensors, and to have seen a GAN for images once. `einops` helps and is not required;
# `rearrange` and `repeat` name axes and move them.
#
# **How the boxes work.** Each exercise has a box with what to write, a ladder of three hints, help for the error
# messages that others have met, and a check. A check calls your function with sizes and numbers that a seed decides,
# and compares what comes back. Noise is an argument, `normal=torch.randn`: the check passes a *tape* instead, which
# plays back known numbers and remembers what it was asked for. Whatever code gives the right values is right. Do not
# change the tensors you are given. At home the seed is public, and a mistake that others have made is named; the grader
# asks the same with other numbers.
#
# Throughout, a clip is `[C, T, H, W]` with pixels in [-1, 1], a batch of clips `[B, C, T, H, W]`, and a latent path
# `[B, T, D]`: B clips, T frames, D numbers a frame.

# %% mocolab={"role": "given"}
import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from torch import Tensor, nn

from mocolab.course import check

# %% [markdown] mocolab={"role": "text"}
# ## 1. What stays
#
# Who is in a clip does not change while it plays. So the *content code* is drawn once for a clip and held for all its
# frames (Tulyakov et al., 2018):
#
# $$z_C \sim \mathcal{N}(0, I_{d_C}), \qquad \mathbf{Z}_C = [z_C, z_C, \dots, z_C].$$
#
# ### Exercise 1.1: content codes
#
# | | |
# |---|---|
# | **Write** | `content_codes(num_clips, num_frames, dim, normal=torch.randn)` |
# | **Returns** | `[num_clips, num_frames, dim]`: row b is the code of clip b, the same at every frame |
# | **Noise** | one call, `normal(num_clips, dim)` |
# | **Worth** | 3 points, difficulty 1 of 5, about 8 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# Time must not take part in the drawing. Draw as if each clip had a single frame, then repeat.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# `[B, D]`, then a new axis in the middle: `[B, 1, D]`, then T copies along it: `[B, T, D]`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# codes = ...  # one call of normal
# return repeat(codes, "B D -> ...", T=...)
# ```
#
# </details>
# <details><summary>Help: RuntimeError: shape '[5, 3, 7]' is invalid for input of size 35</summary>
#
# `view` cannot invent numbers: 35 of them do not fill 105 places. Repeat along the new axis first.
#
# </details>
# <details><summary>Help: RuntimeError: The expanded size of the tensor (3) must match the existing size (5)</summary>
#
# `expand` lines up the *last* axes. Insert the axis of time before: `codes[:, None]`.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "1.1"}
# def content_codes(num_clips: int, num_frames: int, dim: int, normal=torch.randn) -> Tensor:
#     """Content codes [num_clips, num_frames, dim]: drawn once for a clip, held for all its frames."""
#     raise NotImplementedError("Exercise 1.1: draw one code for each clip and repeat it along time.")


# %% mocolab={"role": "answer", "id": "1.1", "points": 3, "minutes": 8, "difficulty": 1, "depends": []}
def content_codes(num_clips: int, num_frames: int, dim: int, normal=torch.randn) -> Tensor:
    """Content codes [num_clips, num_frames, dim]: drawn once for a clip, held for all its frames."""
    return repeat(normal(num_clips, dim), "B D -> B T D", T=num_frames)


# %% mocolab={"role": "check", "id": "1.1"}
probe = check("1.1", content_codes)
B, T, D = probe.sizes(3)
tape = probe.tape()
codes = content_codes(B, T, D, normal=tape)
probe.gate("calls of normal", tape.calls)
probe.gate("codes of one clip", content_codes(1, T, D, normal=probe.tape()))
probe.show(codes=codes)

# %% [raw] mocolab={"role": "misconception", "id": "1.1", "cause": "fresh per frame", "says": "Your content code changes from frame to frame: draw z_C once per clip."}
# def content_codes(num_clips, num_frames, dim, normal=torch.randn):
#     return normal(num_clips, num_frames, dim)

# %% [raw] mocolab={"role": "misconception", "id": "1.1", "cause": "one for all", "says": "All clips share one content: draw num_clips rows."}
# def content_codes(num_clips, num_frames, dim, normal=torch.randn):
#     return normal(1, dim).expand(num_clips, num_frames, dim)

# %% [raw] mocolab={"role": "misconception", "id": "1.1", "cause": "repeat then view", "says": "Rows of different clips are interleaved: repeat along the time axis."}
# def content_codes(num_clips, num_frames, dim, normal=torch.randn):
#     return normal(num_clips, dim).repeat(num_frames, 1).view(num_clips, num_frames, dim)

# %% [raw] mocolab={"role": "misconception", "id": "1.1", "cause": "T and B swapped", "says": "Clips vary along time and agree across clips: the axes are swapped."}
# def content_codes(num_clips, num_frames, dim, normal=torch.randn):
#     return normal(num_frames, dim).expand(num_clips, num_frames, dim)

# %% [raw] mocolab={"role": "misconception", "id": "1.1", "cause": "time first", "says": "A path is [B, T, dim]: yours has time before the clips."}
# def content_codes(num_clips, num_frames, dim, normal=torch.randn):
#     return normal(num_clips, dim).expand(num_frames, num_clips, dim)

# %% [raw] mocolab={"role": "misconception", "id": "1.1", "cause": "loop of draws", "says": "One call of [B, dim], please: the tape counts calls."}
# def content_codes(num_clips, num_frames, dim, normal=torch.randn):
#     return torch.stack([normal(dim).expand(num_frames, dim) for _ in range(num_clips)])

# %% [raw] mocolab={"role": "misconception", "id": "1.1", "cause": "loop of rows", "says": "One call of [B, dim], please: the tape counts calls."}
# def content_codes(num_clips, num_frames, dim, normal=torch.randn):
#     return torch.cat([normal(1, dim) for _ in range(num_clips)])[:, None].expand(-1, num_frames, -1)

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** three panels, one a clip. In each, every column is the same as its neighbour, so rows become
# stripes; no two panels are alike.

# %% mocolab={"role": "demo"}
torch.manual_seed(0)
figure, panels = plt.subplots(1, 3, figsize=(9, 2.6), sharey=True)
for panel, codes in zip(panels, content_codes(3, 16, 50)):
    panel.imshow(codes.T, aspect="auto", cmap="PuOr", vmin=-2, vmax=2, interpolation="none")
    panel.set(xlabel="frame")
panels[0].set(ylabel="number in the code")
display.picture(figure, alt="Three heat maps of fifty rows over sixteen frames: horizontal stripes, different in each.")

# %% [markdown] mocolab={"role": "text"}
# ## 2. What moves
#
# Motion is a walk. At each frame a recurrent network takes fresh noise and its own last state, and the new state *is*
# the motion code of that frame:
#
# $$z_M^{(k)} = h_k = R_M\big(\varepsilon_k,\, h_{k-1}\big), \qquad
# \varepsilon_k \sim \mathcal{N}(0, I_{d_M}), \quad h_0 \sim \mathcal{N}(0, I_{d_M}), \quad k = 1, \dots, T.$$
#
# The noise makes every walk different; the state ties each frame to the frame before it. $R_M$ is a single GRU cell
# (Cho et al., 2014) from $d_M$ numbers to $d_M$, with no layer before it or after it. $h_0$ is drawn like the noise and
# is not painted.
#
# The order of drawing matters. If all noise came in one call, a clip of 32 frames would begin differently from one of
# 16 with the same seed. Drawn step by step, the short walk is the beginning of the long one.
#
# ### Exercise 1.2: the motion walk
#
# | | |
# |---|---|
# | **Write** | `MotionWalk(dim)`, a module with one `nn.GRUCell(dim, dim)`, and its `forward(num_clips, num_frames, normal=torch.randn)` |
# | **Returns** | `[num_clips, num_frames, dim]`: $h_1$ to $h_T$ |
# | **Noise** | first `normal(num_clips, dim)` for $h_0$, then one such call for each step |
# | **Worth** | 6 points, difficulty 3 of 5, about 20 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# A loop over frames that carries one tensor, the state. Each turn draws noise, makes the next state and keeps it.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# Noise and state are `[B, D]`, and so is what the cell returns. A list of T of them, stacked along a new axis 1, is
# `[B, T, D]`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# state = ...  # h_0
# codes = []
# for k in range(num_frames):
#     state = self.cell(..., ...)
#     ...
# return torch.stack(codes, dim=...)
# ```
#
# </details>
# <details><summary>Help: AttributeError: cannot assign module before Module.__init__() call</summary>
#
# The first line of your `__init__` must be `super().__init__()`.
#
# </details>
# <details><summary>Help: RuntimeError: Input batch size 5 doesn't match hidden0 batch size 1</summary>
#
# Noise and state must both have a row for each clip. Which of the two did you draw with one row?
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "1.2"}
# class MotionWalk(nn.Module):
#     """A walk through motion space: h_k = GRU(e_k, h_{k-1}) with fresh noise e_k at every step."""
#
#     def __init__(self, dim: int):
#         raise NotImplementedError("Exercise 1.2: one nn.GRUCell(dim, dim).")
#
#     def forward(self, num_clips: int, num_frames: int, normal=torch.randn) -> Tensor:
#         """The states h_1 to h_T, [num_clips, num_frames, dim]."""
#         raise NotImplementedError("Exercise 1.2: draw h_0, then walk.")


# %% mocolab={"role": "answer", "id": "1.2", "points": 6, "minutes": 20, "difficulty": 3, "depends": []}
class MotionWalk(nn.Module):
    """A walk through motion space: h_k = GRU(e_k, h_{k-1}) with fresh noise e_k at every step."""

    def __init__(self, dim: int):
        super().__init__()
        self.dim = dim
        self.cell = nn.GRUCell(dim, dim)

    def forward(self, num_clips: int, num_frames: int, normal=torch.randn) -> Tensor:
        """The states h_1 to h_T, [num_clips, num_frames, dim]."""
        state = normal(num_clips, self.dim)
        walk = []
        for _ in range(num_frames):
            state = self.cell(normal(num_clips, self.dim), state)
            walk.append(state)
        return torch.stack(walk, dim=1)


# %% mocolab={"role": "check", "id": "1.2"}
probe = check("1.2", MotionWalk)
B, T, D = probe.sizes(3)
walk = probe.fill(MotionWalk(D))
tape = probe.tape()
path = walk(B, T, normal=tape)
probe.gate("calls of normal", tape.calls)
probe.gate("number of weights", sum(weight.numel() for weight in walk.parameters()))
probe.gate("path of one clip", walk(1, T, normal=probe.tape()))
probe.show(
    path=path,
    longer_path=walk(B, T + 4, normal=probe.tape()),
    gradient_by_the_cell=probe.gradient(path, next(walk.parameters())),
)

# %% [raw] mocolab={"role": "misconception", "id": "1.2", "cause": "noise drawn once", "says": "Every step got the same noise: draw inside the loop."}
# class MotionWalk(nn.Module):
#     def __init__(self, dim):
#         super().__init__()
#         self.dim = dim
#         self.cell = nn.GRUCell(dim, dim)
#
#     def forward(self, num_clips, num_frames, normal=torch.randn):
#         state, noise, walk = normal(num_clips, self.dim), normal(num_clips, self.dim), []
#         for _ in range(num_frames):
#             state = self.cell(noise, state)
#             walk.append(state)
#         return torch.stack(walk, dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "1.2", "cause": "h_0 zeros", "says": "All walks start at one point: h_0 is drawn too."}
# class MotionWalk(nn.Module):
#     def __init__(self, dim):
#         super().__init__()
#         self.dim = dim
#         self.cell = nn.GRUCell(dim, dim)
#
#     def forward(self, num_clips, num_frames, normal=torch.randn):
#         state, walk = torch.zeros(num_clips, self.dim), []
#         for _ in range(num_frames):
#             state = self.cell(normal(num_clips, self.dim), state)
#             walk.append(state)
#         return torch.stack(walk, dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "1.2", "cause": "h_0 decoded", "says": "Your first code is h_0; MoCoGAN paints from h_1 on."}
# class MotionWalk(nn.Module):
#     def __init__(self, dim):
#         super().__init__()
#         self.dim = dim
#         self.cell = nn.GRUCell(dim, dim)
#
#     def forward(self, num_clips, num_frames, normal=torch.randn):
#         walk = [normal(num_clips, self.dim)]
#         for _ in range(num_frames - 1):
#             walk.append(self.cell(normal(num_clips, self.dim), walk[-1]))
#         return torch.stack(walk, dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "1.2", "cause": "h_0 decoded, h_T dropped", "says": "Your first code is h_0 and your last step is lost; MoCoGAN paints h_1 to h_T."}
# class MotionWalk(nn.Module):
#     def __init__(self, dim):
#         super().__init__()
#         self.dim, self.cell = dim, nn.GRUCell(dim, dim)
#
#     def forward(self, num_clips, num_frames, normal=torch.randn):
#         state = normal(num_clips, self.dim)
#         path = []
#         for _ in range(num_frames):
#             path.append(state)
#             state = self.cell(normal(num_clips, self.dim), state)
#         return torch.stack(path, dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "1.2", "cause": "one row of noise", "says": "All clips dance the same dance: draw one row per clip."}
# class MotionWalk(nn.Module):
#     def __init__(self, dim):
#         super().__init__()
#         self.dim = dim
#         self.cell = nn.GRUCell(dim, dim)
#
#     def forward(self, num_clips, num_frames, normal=torch.randn):
#         state, walk = normal(num_clips, self.dim), []
#         for _ in range(num_frames):
#             state = self.cell(normal(1, self.dim).expand(num_clips, -1), state)
#             walk.append(state)
#         return torch.stack(walk, dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "1.2", "cause": "arguments swapped", "says": "cell(input, state): noise is the input, h the state; equal sizes hide the swap."}
# class MotionWalk(nn.Module):
#     def __init__(self, dim):
#         super().__init__()
#         self.dim = dim
#         self.cell = nn.GRUCell(dim, dim)
#
#     def forward(self, num_clips, num_frames, normal=torch.randn):
#         state, walk = normal(num_clips, self.dim), []
#         for _ in range(num_frames):
#             state = self.cell(state, normal(num_clips, self.dim))
#             walk.append(state)
#         return torch.stack(walk, dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "1.2", "cause": "all noise in one call", "says": "Right idea; asked is one draw per step, so that a longer clip begins like a shorter one."}
# class MotionWalk(nn.Module):
#     def __init__(self, dim):
#         super().__init__()
#         self.dim = dim
#         self.cell = nn.GRUCell(dim, dim)
#
#     def forward(self, num_clips, num_frames, normal=torch.randn):
#         state, walk = normal(num_clips, self.dim), []
#         for noise in normal(num_frames, num_clips, self.dim):
#             state = self.cell(noise, state)
#             walk.append(state)
#         return torch.stack(walk, dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "1.2", "cause": "clips first in the one call", "says": "Right idea; asked is one draw per step, so that a longer clip begins like a shorter one."}
# class MotionWalk(nn.Module):
#     def __init__(self, dim):
#         super().__init__()
#         self.dim = dim
#         self.cell = nn.GRUCell(dim, dim)
#
#     def forward(self, num_clips, num_frames, normal=torch.randn):
#         state, walk = normal(num_clips, self.dim), []
#         noise = normal(num_clips, num_frames, self.dim)
#         for k in range(num_frames):
#             state = self.cell(noise[:, k], state)
#             walk.append(state)
#         return torch.stack(walk, dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "1.2", "cause": "state detached", "says": "The values are right and the gradient stops after one step: do not detach the state, or R_M never learns where its walk leads."}
# class MotionWalk(nn.Module):
#     def __init__(self, dim):
#         super().__init__()
#         self.dim = dim
#         self.cell = nn.GRUCell(dim, dim)
#
#     def forward(self, num_clips, num_frames, normal=torch.randn):
#         state, walk = normal(num_clips, self.dim), []
#         for _ in range(num_frames):
#             state = self.cell(normal(num_clips, self.dim), state.detach())
#             walk.append(state)
#         return torch.stack(walk, dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "1.2", "cause": "stacked along axis 0", "says": "Your path is [T, B, dim]: stack the states along axis 1."}
# class MotionWalk(nn.Module):
#     def __init__(self, dim):
#         super().__init__()
#         self.dim = dim
#         self.cell = nn.GRUCell(dim, dim)
#
#     def forward(self, num_clips, num_frames, normal=torch.randn):
#         state, walk = normal(num_clips, self.dim), []
#         for _ in range(num_frames):
#             state = self.cell(normal(num_clips, self.dim), state)
#             walk.append(state)
#         return torch.stack(walk)

# %% [raw] mocolab={"role": "misconception", "id": "1.2", "cause": "a layer after the cell", "says": "R_M is the cell alone: its state is the motion code, without another layer."}
# class MotionWalk(nn.Module):
#     def __init__(self, dim):
#         super().__init__()
#         self.dim = dim
#         self.cell = nn.GRUCell(dim, dim)
#         self.head = nn.Linear(dim, dim)
#
#     def forward(self, num_clips, num_frames, normal=torch.randn):
#         state, walk = normal(num_clips, self.dim), []
#         for _ in range(num_frames):
#             state = self.cell(normal(num_clips, self.dim), state)
#             walk.append(self.head(state))
#         return torch.stack(walk, dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "1.2", "cause": "noise without memory", "says": "Your states do not know the last one: give each step the state of the step before, not h_0."}
# class MotionWalk(nn.Module):
#     def __init__(self, dim):
#         super().__init__()
#         self.dim = dim
#         self.cell = nn.GRUCell(dim, dim)
#
#     def forward(self, num_clips, num_frames, normal=torch.randn):
#         start = normal(num_clips, self.dim)
#         return torch.stack([self.cell(normal(num_clips, self.dim), start) for _ in range(num_frames)], dim=1)

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** two motion numbers of a walk, once for 16 frames and once for 48, both from one seed. The
# short walk lies on the beginning of the long one.

# %% mocolab={"role": "demo"}
torch.manual_seed(1)
walk = MotionWalk(10)
walks = []
for length in (48, 16):
    torch.manual_seed(2)
    walks.append(walk(1, length)[0].detach())
figure, axes = plt.subplots(figsize=(9, 2.6))
for number, mark in ((0, "o"), (1, "s")):
    (line,) = axes.plot(range(1, 49), walks[0][:, number], label=f"number {number + 1}, 48 frames")
    axes.plot(range(1, 17), walks[1][:, number], mark, color=line.get_color(), label=f"number {number + 1}, 16 frames")
axes.set(xlabel="frame", ylabel="motion code", xlim=(0.5, 48.5))
axes.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1))
display.picture(
    figure,
    alt="Two wandering lines over 48 frames; circles and squares of the walks with 16 frames lie exactly on them.",
)

# %% [markdown] mocolab={"role": "text"}
# ## 3. What it is called
#
# Some data has names for its motions: waving, jumping. Then a third code joins the two, a one-hot vector $z_A$, drawn
# uniformly over the categories and constant for a clip.
#
# *Paper and code disagree here.* In the paper's default $z_A$ enters the walk, together with $\varepsilon_k$; in the
# released code it enters the image generator, between content and motion. The paper's own table finds the first
# better. This lab builds the codes as released: content, category, motion, in this order.
#
# ### Exercise 1.3: category codes
#
# | | |
# |---|---|
# | **Write** | `category_codes(labels, num_frames, num_categories)`; `labels` is an int64 tensor `[B]` |
# | **Returns** | float32 `[B, num_frames, num_categories]`: 1 at the clip's label, 0 elsewhere, at every frame |
# | **Noise** | none: the labels are given, because the loss needs to know them |
# | **Worth** | 2 points, difficulty 1 of 5, about 6 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# One-hot first, time second, as in 1.1. `torch.nn.functional.one_hot` does the first half.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# `[B]`, then `[B, A]`, then `[B, T, A]`. The middle one comes back as integers.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# codes = F.one_hot(labels, ...)
# codes = ...  # as floats
# return repeat(codes, "B A -> ...", T=...)
# ```
#
# </details>
# <details><summary>Help: RuntimeError: Class values must be smaller than num_classes.</summary>
#
# You gave `one_hot` the wrong number. It needs the number of categories, not of clips or frames.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "1.3"}
# def category_codes(labels: Tensor, num_frames: int, num_categories: int) -> Tensor:
#     """One-hot codes [B, num_frames, num_categories], float32, held for all frames of a clip."""
#     raise NotImplementedError("Exercise 1.3: one-hot, then repeat along time.")


# %% mocolab={"role": "answer", "id": "1.3", "points": 2, "minutes": 6, "difficulty": 1, "depends": []}
def category_codes(labels: Tensor, num_frames: int, num_categories: int) -> Tensor:
    """One-hot codes [B, num_frames, num_categories], float32, held for all frames of a clip."""
    return repeat(F.one_hot(labels, num_categories).float(), "B A -> B T A", T=num_frames)


# %% mocolab={"role": "check", "id": "1.3"}
probe = check("1.3", category_codes)
B, T, A = probe.sizes(3, low=5)
labels = probe.integers(A - 1, B)  # the highest category is missing
probe.gate("shape for one clip", str(list(category_codes(labels[:1], T, A).shape)))
probe.show(codes=category_codes(labels, T, A))

# %% [raw] mocolab={"role": "misconception", "id": "1.3", "cause": "integer dtype", "says": "Concatenation needs floats."}
# def category_codes(labels, num_frames, num_categories):
#     return repeat(F.one_hot(labels, num_categories), "B A -> B T A", T=num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "1.3", "cause": "size from the labels", "says": "A batch without the last class changes your code's size: use num_categories."}
# def category_codes(labels, num_frames, num_categories):
#     return repeat(F.one_hot(labels).float(), "B A -> B T A", T=num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "1.3", "cause": "label per frame", "says": "The category belongs to the clip."}
# def category_codes(labels, num_frames, num_categories):
#     return F.one_hot(labels.repeat(num_frames).view(len(labels), num_frames), num_categories).float()

# %% [raw] mocolab={"role": "misconception", "id": "1.3", "cause": "draws its own", "says": "Use the labels given; the loss needs to know them."}
# def category_codes(labels, num_frames, num_categories):
#     own = torch.randint(num_categories, (len(labels),))
#     return repeat(F.one_hot(own, num_categories).float(), "B A -> B T A", T=num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "1.3", "cause": "counted from 1", "says": "Labels count from 0: class 0 is the first column."}
# def category_codes(labels, num_frames, num_categories):
#     return repeat(F.one_hot(labels + 1, num_categories).float(), "B A -> B T A", T=num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "1.3", "cause": "first frame only", "says": "Your label is told in the first frame only: hold it for all frames."}
# def category_codes(labels, num_frames, num_categories):
#     codes = torch.zeros(len(labels), num_frames, num_categories)
#     codes[:, 0] = F.one_hot(labels, num_categories).float()
#     return codes

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** the whole code of a clip with four categories, sixty-four rows. Stripes above, one band
# for the category between the lines, and the walk below.

# %% mocolab={"role": "demo"}
torch.manual_seed(0)
parts = [content_codes(1, 16, 50), category_codes(torch.tensor([2]), 16, 4), MotionWalk(10)(1, 16)]
figure, axes = plt.subplots(figsize=(9, 4))
path = torch.cat(parts, dim=2)[0].detach()
axes.imshow(path.T, aspect="auto", cmap="PuOr", vmin=-2, vmax=2, interpolation="none")
for border in (49.5, 53.5):
    axes.axhline(border, color="black", linewidth=1)
axes.set_yticks([25, 52, 59], ["content", "category", "motion"])
axes.set(xlabel="frame")
display.picture(
    figure,
    alt="A heat map of sixty-four rows over sixteen frames. Fifty content rows are stripes; of four category rows the "
    "third is 1 and the others 0; ten motion rows change from frame to frame.",
)

# %% [markdown] mocolab={"role": "text"}
# ## 4. The painter
#
# The image generator $G_I$ sees the code of one moment and paints that moment; it does not know that there are others:
#
# $$\tilde{x}_k = G_I\big([z_C;\, z_A;\, z_M^{(k)}]\big).$$
#
# Its form is DCGAN's (Radford et al., 2016). A transposed convolution with kernel 4, stride 2 and padding 1 doubles a
# picture: it returns $(n - 1) \cdot 2 - 2 \cdot 1 + 4 = 2n$ pixels for $n$. The first one, with stride 1 and no padding, makes
# 4 pixels of one.
#
# | layer, all with kernel 4 and without bias | stride, padding | gives | then |
# |---|---|---|---|
# | dim -> 8 width | 1, 0 | 4 x 4 | BatchNorm, ReLU |
# | 8 width -> 4 width | 2, 1 | 8 x 8 | BatchNorm, ReLU |
# | 4 width -> 2 width | 2, 1 | 16 x 16 | BatchNorm, ReLU |
# | 2 width -> width | 2, 1 | 32 x 32 | BatchNorm, ReLU |
# | width -> channels | 2, 1 | 64 x 64 | Tanh |
#
# *Paper and code disagree again.* The table in the paper's supplement ends in BatchNorm and LeakyReLU on the pixels;
# asked about it, an author pointed to the released code, which made all results. The table above is the code's.
#
# ### Exercise 1.4: the frame generator
#
# | | |
# |---|---|
# | **Write** | `FrameGenerator(dim, width=64, channels=3)` as in the table, and its `forward(codes)` |
# | **Takes** | codes `[N, dim]` |
# | **Returns** | frames `[N, channels, 64, 64]` in (-1, 1) |
# | **Layers** | `nn.ConvTranspose2d`, `nn.BatchNorm2d`; created in the order of the table |
# | **Worth** | 5 points, difficulty 2 of 5, about 18 minutes |
#
# Count your parameters: 3,249,024 for `FrameGenerator(60)`, 296,160 for `FrameGenerator(60, width=16)`.
#
# <details><summary>Hint 1: the idea</summary>
#
# A code is a picture of one pixel with `dim` channels. Give it two axes of length 1, then it is all `nn.Sequential`.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# `[N, dim]`, `[N, dim, 1, 1]`, `[N, 8w, 4, 4]`, `[N, 4w, 8, 8]`, `[N, 2w, 16, 16]`, `[N, w, 32, 32]`, `[N, C, 64, 64]`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# self.layers = nn.Sequential(
#     nn.ConvTranspose2d(dim, ..., 4, stride=..., padding=..., bias=...),
#     nn.BatchNorm2d(...),
#     nn.ReLU(),
#     ...,
#     nn.Tanh(),
# )
# ```
#
# </details>
# <details><summary>Help: RuntimeError: Expected 3D (unbatched) or 4D (batched) input to conv_transpose2d, but got input of size: [5, 60]</summary>
#
# A convolution wants height and width: `codes[:, :, None, None]`.
#
# </details>
# <details><summary>Help: RuntimeError: running_mean should contain 8 elements not 16</summary>
#
# A BatchNorm follows its convolution and has as many channels as that one returns.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "1.4"}
# class FrameGenerator(nn.Module):
#     """The released image generator: codes [N, dim] to frames [N, channels, 64, 64] in (-1, 1)."""
#
#     def __init__(self, dim: int, width: int = 64, channels: int = 3):
#         raise NotImplementedError("Exercise 1.4: five transposed convolutions.")
#
#     def forward(self, codes: Tensor) -> Tensor:
#         raise NotImplementedError("Exercise 1.4: a code is a picture of one pixel.")


# %% mocolab={"role": "answer", "id": "1.4", "points": 5, "minutes": 18, "difficulty": 2, "depends": []}
class FrameGenerator(nn.Module):
    """The released image generator: codes [N, dim] to frames [N, channels, 64, 64] in (-1, 1)."""

    def __init__(self, dim: int, width: int = 64, channels: int = 3):
        super().__init__()
        layers = [nn.ConvTranspose2d(dim, 8 * width, 4, 1, 0, bias=False), nn.BatchNorm2d(8 * width), nn.ReLU()]
        for narrow in (4 * width, 2 * width, width):
            wide = 2 * narrow
            layers += [nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU()]
        layers += [nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, codes: Tensor) -> Tensor:
        return self.layers(rearrange(codes, "N D -> N D 1 1"))


# %% mocolab={"role": "check", "id": "1.4"}
probe = check("1.4", FrameGenerator)
N, D, W, C = probe.sizes(4, low=4, high=7)
with torch.device("meta"):  # weights that are counted and never made
    networks = {64: FrameGenerator(60), 16: FrameGenerator(60, width=16)}
for width, network in networks.items():
    probe.gate(f"parameters at width {width}", sum(weight.numel() for weight in network.parameters()))
draw = probe.fill(FrameGenerator(D, W, C))
codes = probe.tensor(N, D).requires_grad_()
frames = draw(codes)
probe.show(
    frames_in_train_mode=frames,
    gradient_by_the_codes=probe.gradient(frames, codes),
    frames_in_eval_mode=draw.eval()(codes),
    one_frame=draw(codes[:1]),
)

# %% [raw] mocolab={"role": "misconception", "id": "1.4", "cause": "biases", "says": "963 parameters too many: BatchNorm already shifts, the released layers have no bias."}
# class FrameGenerator(nn.Module):
#     def __init__(self, dim, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ConvTranspose2d(dim, 8 * width, 4, 1, 0), nn.BatchNorm2d(8 * width), nn.ReLU(),
#             nn.ConvTranspose2d(8 * width, 4 * width, 4, 2, 1), nn.BatchNorm2d(4 * width), nn.ReLU(),
#             nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1), nn.BatchNorm2d(2 * width), nn.ReLU(),
#             nn.ConvTranspose2d(2 * width, width, 4, 2, 1), nn.BatchNorm2d(width), nn.ReLU(),
#             nn.ConvTranspose2d(width, channels, 4, 2, 1), nn.Tanh(),
#         )
#
#     def forward(self, codes):
#         return self.layers(codes[:, :, None, None])

# %% [raw] mocolab={"role": "misconception", "id": "1.4", "cause": "norm on the last layer", "says": "A norm on the pixels forces every batch to the same mean colour."}
# class FrameGenerator(nn.Module):
#     def __init__(self, dim, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ConvTranspose2d(dim, 8 * width, 4, 1, 0, bias=False), nn.BatchNorm2d(8 * width), nn.ReLU(),
#             nn.ConvTranspose2d(8 * width, 4 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * width), nn.ReLU(),
#             nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width), nn.ReLU(),
#             nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
#             nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False), nn.BatchNorm2d(channels), nn.Tanh(),
#         )
#
#     def forward(self, codes):
#         return self.layers(codes[:, :, None, None])

# %% [raw] mocolab={"role": "misconception", "id": "1.4", "cause": "no tanh", "says": "The last layer ends in Tanh, which keeps pixels in (-1, 1); near 0 it changes little, so yours is nearly right."}
# class FrameGenerator(nn.Module):
#     def __init__(self, dim, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ConvTranspose2d(dim, 8 * width, 4, 1, 0, bias=False), nn.BatchNorm2d(8 * width), nn.ReLU(),
#             nn.ConvTranspose2d(8 * width, 4 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * width), nn.ReLU(),
#             nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width), nn.ReLU(),
#             nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
#             nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False),
#         )
#
#     def forward(self, codes):
#         return self.layers(codes[:, :, None, None])

# %% [raw] mocolab={"role": "misconception", "id": "1.4", "cause": "sigmoid", "says": "Real clips live in [-1, 1]: Tanh."}
# class FrameGenerator(nn.Module):
#     def __init__(self, dim, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ConvTranspose2d(dim, 8 * width, 4, 1, 0, bias=False), nn.BatchNorm2d(8 * width), nn.ReLU(),
#             nn.ConvTranspose2d(8 * width, 4 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * width), nn.ReLU(),
#             nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width), nn.ReLU(),
#             nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
#             nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False), nn.Sigmoid(),
#         )
#
#     def forward(self, codes):
#         return self.layers(codes[:, :, None, None])

# %% [raw] mocolab={"role": "misconception", "id": "1.4", "cause": "first layer s2 p1", "says": "1x1 must become 4x4: kernel 4, stride 1, no padding."}
# class FrameGenerator(nn.Module):
#     def __init__(self, dim, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ConvTranspose2d(dim, 8 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(8 * width), nn.ReLU(),
#             nn.ConvTranspose2d(8 * width, 4 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * width), nn.ReLU(),
#             nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width), nn.ReLU(),
#             nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
#             nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False), nn.Tanh(),
#         )
#
#     def forward(self, codes):
#         return self.layers(codes[:, :, None, None])

# %% [raw] mocolab={"role": "misconception", "id": "1.4", "cause": "LeakyReLU", "says": "That is the discriminator's activation."}
# class FrameGenerator(nn.Module):
#     def __init__(self, dim, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ConvTranspose2d(dim, 8 * width, 4, 1, 0, bias=False), nn.BatchNorm2d(8 * width), nn.LeakyReLU(0.2),
#             nn.ConvTranspose2d(8 * width, 4 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * width), nn.LeakyReLU(0.2),
#             nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2),
#             nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.LeakyReLU(0.2),
#             nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False), nn.Tanh(),
#         )
#
#     def forward(self, codes):
#         return self.layers(codes[:, :, None, None])

# %% [raw] mocolab={"role": "misconception", "id": "1.4", "cause": "norm missing", "says": "Parameters are missing: four BatchNorms."}
# class FrameGenerator(nn.Module):
#     def __init__(self, dim, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ConvTranspose2d(dim, 8 * width, 4, 1, 0, bias=False), nn.ReLU(),
#             nn.ConvTranspose2d(8 * width, 4 * width, 4, 2, 1, bias=False), nn.ReLU(),
#             nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1, bias=False), nn.ReLU(),
#             nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False), nn.ReLU(),
#             nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False), nn.Tanh(),
#         )
#
#     def forward(self, codes):
#         return self.layers(codes[:, :, None, None])

# %% [raw] mocolab={"role": "misconception", "id": "1.4", "cause": "InstanceNorm", "says": "The released norm is BatchNorm, over all frames of the batch; yours normalises each frame alone."}
# class FrameGenerator(nn.Module):
#     def __init__(self, dim, width=64, channels=3):
#         super().__init__()
#         def norm(features):
#             return nn.InstanceNorm2d(features, affine=True)
#
#         self.layers = nn.Sequential(
#             nn.ConvTranspose2d(dim, 8 * width, 4, 1, 0, bias=False), norm(8 * width), nn.ReLU(),
#             nn.ConvTranspose2d(8 * width, 4 * width, 4, 2, 1, bias=False), norm(4 * width), nn.ReLU(),
#             nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1, bias=False), norm(2 * width), nn.ReLU(),
#             nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False), norm(width), nn.ReLU(),
#             nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False), nn.Tanh(),
#         )
#
#     def forward(self, codes):
#         return self.layers(codes[:, :, None, None])

# %% [raw] mocolab={"role": "misconception", "id": "1.4", "cause": "ReLU before the norm", "says": "Norm first, then ReLU: the other way round the norm undoes what ReLU has cut."}
# class FrameGenerator(nn.Module):
#     def __init__(self, dim, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ConvTranspose2d(dim, 8 * width, 4, 1, 0, bias=False), nn.ReLU(), nn.BatchNorm2d(8 * width),
#             nn.ConvTranspose2d(8 * width, 4 * width, 4, 2, 1, bias=False), nn.ReLU(), nn.BatchNorm2d(4 * width),
#             nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1, bias=False), nn.ReLU(), nn.BatchNorm2d(2 * width),
#             nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False), nn.ReLU(), nn.BatchNorm2d(width),
#             nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False), nn.Tanh(),
#         )
#
#     def forward(self, codes):
#         return self.layers(codes[:, :, None, None])

# %% [raw] mocolab={"role": "misconception", "id": "1.4", "cause": "three channels always", "says": "Your pictures have three channels whatever is asked for: use channels."}
# class FrameGenerator(nn.Module):
#     def __init__(self, dim, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ConvTranspose2d(dim, 8 * width, 4, 1, 0, bias=False), nn.BatchNorm2d(8 * width), nn.ReLU(),
#             nn.ConvTranspose2d(8 * width, 4 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * width), nn.ReLU(),
#             nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width), nn.ReLU(),
#             nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
#             nn.ConvTranspose2d(width, 3, 4, 2, 1, bias=False), nn.Tanh(),
#         )
#
#     def forward(self, codes):
#         return self.layers(codes[:, :, None, None])

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** six frames of an untrained generator: fine noise, and hardly a difference between one code
# and another. All that you saw in the hook, the clips at the top of this lab, came from training.

# %% mocolab={"role": "demo"}
torch.manual_seed(0)
with torch.no_grad():
    frames = FrameGenerator(60, width=tier(smoke=16, cpu=64, gpu=64))(torch.randn(6, 60))
figure, panels = plt.subplots(1, 6, figsize=(9, 1.7))
for panel, frame in zip(panels, frames):
    panel.imshow(frame.permute(1, 2, 0) / 2 + 0.5)
    panel.axis("off")
display.picture(figure, alt="Six pictures of fine coloured noise that look alike; none shows anything.")

# %% [markdown] mocolab={"role": "text"}
# ## 5. From codes to a clip
#
# The painter takes codes `[N, D]` and knows nothing of time; a path is `[B, T, D]`. The way out is to *fold* time into
# the batch, N = B T, paint all frames of all clips in one call, and unfold the result.
#
# One call, because of BatchNorm: it normalises over everything painted together, here the frames of all clips at all
# times. Painted step by step, each step would have statistics of its own, and the clip would flicker for that reason
# alone.
#
# Unfolding is where video code goes wrong in silence. **Predict first.** Below, the six frames of two clips lie in one
# batch, the frames of the first clip before those of the second; someone unfolds them with a single `view`. The shape
# is right. What will be seen: an error, the two clips, or something else?

# %% mocolab={"role": "predict"}
# Not scored. Write your guess before you run the next cell: "an error", "the two clips", or what else?
prediction = "..."

# %% mocolab={"role": "demo"}
real, _ = mocolab.open_data("shapes", size=64).clips(2, 3, 8, np.random.default_rng(1))
clips = real / 127.5 - 1  # [2, 3, 3, 64, 64]
frames = torch.stack([clip[:, k] for clip in clips for k in range(3)])  # [6, 3, 64, 64]
viewed = frames.view(2, 3, 3, 64, 64)  # [B, C, T, H, W], says the shape
print(f"Your prediction: {prediction}")
display.show(
    torch.cat([clips, viewed]),
    columns=2,
    alt="Two clips in which a coloured shape moves over black, and the same numbers after view: red, green and "
    "blue copies of the shape in one frame, where it was at three times; some frames are nearly black.",
)

# %% [markdown] mocolab={"role": "text"}
# No error, and every number is still there. `view` does not move numbers, it only counts them again: where it says
# channel, it means time, and where it says time, it means channel. The shape at the first time has become the red one,
# at the second the green one, at the third the blue one, all in the same frame. Where two of them overlap, their
# colours add: green and blue make cyan. And each frame shows one colour channel of the clip, so it is dark where the
# shape has little of that colour. Where one shape turns into ghosts in pure colours, look for a `view` or `reshape`
# that should have been a permutation.
#
# ### Exercise 1.5: paint a path
#
# | | |
# |---|---|
# | **Write** | `paint(draw, path)` |
# | **Takes** | `draw`, a painter of codes `[N, D]`, and a path `[B, T, D]` |
# | **Returns** | clips `[B, C, T, H, W]`; C, H and W are the painter's |
# | **Calls** | `draw` exactly once |
# | **Worth** | 4 points, difficulty 2 of 5, about 12 minutes |
#
# The check's painter is a *tell-tale*: each pixel depends on the code of its own frame, and on the mean of all codes it
# is called with, as with BatchNorm. A loop shows, and so does a frame in the wrong place.
#
# <details><summary>Hint 1: the idea</summary>
#
# Fold with clips outside and time inside, so that a clip's frames lie next to each other; unfold in the same order;
# then move the axes.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# `[B, T, D]`, `[B T, D]`, painted `[B T, C, H, W]`, unfolded `[B, T, C, H, W]`, permuted `[B, C, T, H, W]`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# frames = draw(rearrange(path, "B T D -> ..."))
# return rearrange(frames, "... -> B C T H W", B=...)
# ```
#
# </details>
# <details><summary>Help: EinopsError: Shape mismatch, can't divide axis of length 35 in chunks of 4</summary>
#
# The number of clips is `len(path)`, not the number of frames or channels.
#
# </details>
# <details><summary>Help: RuntimeError: view size is not compatible with input tensor's size and stride</summary>
#
# You permuted first and then asked for a `view`. Using `reshape` silences the message and scrambles the clip: unfold
# first, then permute.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "1.5"}
# def paint(draw, path: Tensor) -> Tensor:
#     """Clips [B, C, T, H, W]: every point of the path [B, T, D], painted in one call of draw."""
#     raise NotImplementedError("Exercise 1.5: fold time into the batch, draw, unfold.")


# %% mocolab={"role": "answer", "id": "1.5", "points": 4, "minutes": 12, "difficulty": 2, "depends": []}
def paint(draw, path: Tensor) -> Tensor:
    """Clips [B, C, T, H, W]: every point of the path [B, T, D], painted in one call of draw."""
    frames = draw(rearrange(path, "B T D -> (B T) D"))
    return rearrange(frames, "(B T) C H W -> B C T H W", B=len(path))


# %% mocolab={"role": "check", "id": "1.5"}
probe = check("1.5", paint)
B, T, D, C, H, W = probe.sizes(6, low=2, high=9)
draw = probe.draw(D, C, H, W)
path = probe.tensor(B, T, D).requires_grad_()
clips = paint(draw, path)
probe.gate("calls of draw", draw.calls)
probe.gate("one clip", paint(draw, path[:1]))
probe.gate("one frame of each clip", paint(draw, path[:, :1]))
probe.gate("clips of float64 codes", paint(draw, path.detach().double()))
probe.show(clips=clips, gradient_by_the_path=probe.gradient(clips, path))

# %% [raw] mocolab={"role": "misconception", "id": "1.5", "cause": "view to [B, C, T, H, W]", "says": "Shapes fit and pixels lie: time and channels are mixed; unfold to [B, T, C, H, W], then permute."}
# def paint(draw, path):
#     B, T, D = path.shape
#     frames = draw(path.reshape(B * T, D))
#     return frames.view(B, frames.shape[1], T, *frames.shape[2:])

# %% [raw] mocolab={"role": "misconception", "id": "1.5", "cause": "time-major fold", "says": "Frames of different clips are interleaved."}
# def paint(draw, path):
#     frames = draw(rearrange(path, "B T D -> (T B) D"))
#     return rearrange(frames, "(B T) C H W -> B C T H W", B=len(path))

# %% [raw] mocolab={"role": "misconception", "id": "1.5", "cause": "time-major unfold", "says": "Frames of different clips are interleaved."}
# def paint(draw, path):
#     frames = draw(rearrange(path, "B T D -> (B T) D"))
#     return rearrange(frames, "(T B) C H W -> B C T H W", B=len(path))

# %% [raw] mocolab={"role": "misconception", "id": "1.5", "cause": "loop over time", "says": "BatchNorm saw one time step at a time: one call for all frames."}
# def paint(draw, path):
#     return torch.stack([draw(codes) for codes in path.unbind(1)], dim=2)

# %% [raw] mocolab={"role": "misconception", "id": "1.5", "cause": "loop over clips", "says": "BatchNorm saw one clip at a time: one call for all frames."}
# def paint(draw, path):
#     return torch.stack([rearrange(draw(codes), "T C H W -> C T H W") for codes in path])

# %% [raw] mocolab={"role": "misconception", "id": "1.5", "cause": "T before C", "says": "Clips are [B, C, T, H, W]."}
# def paint(draw, path):
#     return rearrange(draw(rearrange(path, "B T D -> (B T) D")), "(B T) C H W -> B T C H W", B=len(path))

# %% [raw] mocolab={"role": "misconception", "id": "1.5", "cause": "no gradient", "says": "The clips are right, and no gradient comes back to the path: without it the walk never learns. No detach, no no_grad."}
# def paint(draw, path):
#     with torch.no_grad():
#         frames = draw(rearrange(path, "B T D -> (B T) D"))
#     return rearrange(frames, "(B T) C H W -> B C T H W", B=len(path))

# %% [raw] mocolab={"role": "misconception", "id": "1.5", "cause": "always float32", "says": "Codes in float64 come back as float32 clips: leave the kind of number to the painter."}
# def paint(draw, path):
#     frames = draw(rearrange(path.float(), "B T D -> (B T) D"))
#     return rearrange(frames, "(B T) C H W -> B C T H W", B=len(path))

# %% [raw] mocolab={"role": "misconception", "id": "1.5", "cause": "height and width swapped", "says": "Your frames are transposed: height comes before width."}
# def paint(draw, path):
#     return rearrange(draw(rearrange(path, "B T D -> (B T) D")), "(B T) C H W -> B C T W H", B=len(path))

# %% [markdown] mocolab={"role": "text"}
# With 1.5 the whole generator is a path and a painter. This class is given; every generator in the course is built by
# one such call, `ClipGenerator(latent=..., draw=...)`.


# %% mocolab={"role": "given"}
class ClipGenerator(nn.Module):
    """A latent path, painted: `latent(num_clips, num_frames)` gives the path, `draw` the frames."""

    def __init__(self, latent, draw: nn.Module):
        super().__init__()
        self.latent = latent
        self.draw = draw

    def forward(self, num_clips: int, num_frames: int) -> Tensor:
        return paint(self.draw, self.latent(num_clips, num_frames))


# %% [markdown] mocolab={"role": "text"}
# **What you should see:** 3,249,684 parameters (the smoke tier builds a narrower generator), and two clips of noise
# that seethes a little. That is motion: the walk already moves, and the painter already answers. What is missing is a
# reason to look like anything. That is lab 02.


# %% mocolab={"role": "demo"}
class ContentAndMotion(nn.Module):
    """The latent path [z_C, z_M] from your parts."""

    def __init__(self, content_dim, motion_dim):
        super().__init__()
        self.content_dim = content_dim
        self.walk = MotionWalk(motion_dim)

    def forward(self, num_clips, num_frames):
        parts = [content_codes(num_clips, num_frames, self.content_dim), self.walk(num_clips, num_frames)]
        return torch.cat(parts, dim=2)


torch.manual_seed(0)
generator = ClipGenerator(latent=ContentAndMotion(50, 10), draw=FrameGenerator(60, tier(smoke=16, cpu=64, gpu=64)))
print(f"{sum(weight.numel() for weight in generator.parameters()):,} parameters")
with torch.no_grad():
    clips = generator(2, 4)
display.show(clips, alt="Two clips of fine noise that changes a little from frame to frame.")

# %% [markdown] mocolab={"role": "text"}
# ## 6. Any content, any motion
#
# Content and motion are separate inputs, so the content of one clip can be paired with the motion of another. The
# abstract of the paper promises just this: the same content with different motion, different content with the same
# motion. The hook of this lab was made so.
#
# ### Exercise 1.6: the grid
#
# | | |
# |---|---|
# | **Write** | `swap_grid(draw, contents, motions)` |
# | **Takes** | a painter, contents `[A, d_C]` and motion paths `[M, T, d_M]` |
# | **Returns** | `[A, M, C, T, H, W]`: entry (a, m) shows content a with motion m; codes are content, then motion |
# | **Calls** | one `paint`, and so one call of `draw`, for all A M clips |
# | **Worth** | 5 points, difficulty 3 of 5, about 12 minutes |
#
# If your `paint` is not right yet, write this one all the same: the grader then lends it a right `paint`. The check at
# home uses yours.
#
# <details><summary>Hint 1: the idea</summary>
#
# Make a batch of A M paths in which every pair occurs once, paint it, and unfold the batch into a grid in the order in
# which you folded it.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# Contents `[A, d_C]` to `[A, M, T, d_C]`, motions `[M, T, d_M]` to the same with d_M; joined along the last axis and
# folded, `[A M, T, d_C + d_M]`; painted, `[A M, C, T, H, W]`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# content = repeat(contents, "A D -> (A M) T D", M=..., T=...)
# motion = repeat(motions, "M T D -> ...", A=...)
# clips = paint(draw, torch.cat([...], dim=...))
# return rearrange(clips, "(A M) ... -> A M ...", A=len(contents))
# ```
#
# </details>
# <details><summary>Help: RuntimeError: Sizes of tensors must match except in dimension 2. Expected size 2 but got size 4</summary>
#
# You joined A contents with M motions. Both need A M rows and T frames before they can be joined.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "1.6"}
# def swap_grid(draw, contents: Tensor, motions: Tensor) -> Tensor:
#     """Clips [A, M, C, T, H, W]: each of the contents [A, d_C] with each of the motions [M, T, d_M]."""
#     raise NotImplementedError("Exercise 1.6: every pair once, painted in one call.")


# %% mocolab={"role": "answer", "id": "1.6", "points": 5, "minutes": 12, "difficulty": 3, "depends": ["1.5"]}
def swap_grid(draw, contents: Tensor, motions: Tensor) -> Tensor:
    """Clips [A, M, C, T, H, W]: each of the contents [A, d_C] with each of the motions [M, T, d_M]."""
    num_motions, num_frames, _ = motions.shape
    held = repeat(contents, "A D -> (A M) T D", M=num_motions, T=num_frames)
    moving = repeat(motions, "M T D -> (A M) T D", A=len(contents))
    clips = paint(draw, torch.cat([held, moving], dim=2))
    return rearrange(clips, "(A M) C T H W -> A M C T H W", M=num_motions)


# %% mocolab={"role": "check", "id": "1.6"}
probe = check("1.6", swap_grid)
A, M, T, content_dim, motion_dim, C, H, W = probe.sizes(8, low=2, high=9)
draw = probe.draw(content_dim + motion_dim, C, H, W)
contents, motions = probe.tensor(A, content_dim), probe.tensor(M, T, motion_dim)
grid = swap_grid(draw, contents, motions)
probe.gate("calls of draw", draw.calls)
probe.gate("one motion", swap_grid(draw, contents, motions[:1]))
probe.gate("one content", swap_grid(draw, contents[:1], motions))
probe.show(grid=grid)

# %% [raw] mocolab={"role": "misconception", "id": "1.6", "cause": "zip", "says": "You paired first with first: the grid needs all pairs."}
# def swap_grid(draw, contents, motions):
#     pairs = min(len(contents), len(motions))
#     content = repeat(contents[:pairs], "A D -> A T D", T=motions.shape[1])
#     return paint(draw, torch.cat([content, motions[:pairs]], dim=2))

# %% [raw] mocolab={"role": "misconception", "id": "1.6", "cause": "A, M swapped", "says": "Rows must share content."}
# def swap_grid(draw, contents, motions):
#     content = repeat(contents, "A D -> (M A) T D", M=len(motions), T=motions.shape[1])
#     motion = repeat(motions, "M T D -> (M A) T D", A=len(contents))
#     return rearrange(paint(draw, torch.cat([content, motion], dim=2)), "(M A) ... -> M A ...", A=len(contents))

# %% [raw] mocolab={"role": "misconception", "id": "1.6", "cause": "motion first", "says": "The generator was trained on [content, category, motion]."}
# def swap_grid(draw, contents, motions):
#     content = repeat(contents, "A D -> (A M) T D", M=len(motions), T=motions.shape[1])
#     motion = repeat(motions, "M T D -> (A M) T D", A=len(contents))
#     return rearrange(paint(draw, torch.cat([motion, content], dim=2)), "(A M) ... -> A M ...", A=len(contents))

# %% [raw] mocolab={"role": "misconception", "id": "1.6", "cause": "first step repeated", "says": "The motion stands still: use all T steps."}
# def swap_grid(draw, contents, motions):
#     content = repeat(contents, "A D -> (A M) T D", M=len(motions), T=motions.shape[1])
#     motion = repeat(motions[:, 0], "M D -> (A M) T D", A=len(contents), T=motions.shape[1])
#     return rearrange(paint(draw, torch.cat([content, motion], dim=2)), "(A M) ... -> A M ...", A=len(contents))

# %% [raw] mocolab={"role": "misconception", "id": "1.6", "cause": "painted pair by pair", "says": "One call, or each pair gets its own batch statistics."}
# def swap_grid(draw, contents, motions):
#     def pair(content, motion):
#         return paint(draw, torch.cat([content.expand(len(motion), -1), motion], dim=1)[None])[0]
#
#     return torch.stack([torch.stack([pair(content, motion) for motion in motions]) for content in contents])

# %% [raw] mocolab={"role": "misconception", "id": "1.6", "cause": "painted row by row", "says": "One call for the whole grid, or each row gets its own batch statistics."}
# def swap_grid(draw, contents, motions):
#     def row(content):
#         return paint(draw, torch.cat([content.expand(*motions.shape[:2], -1), motions], dim=2))
#
#     return torch.stack([row(content) for content in contents])

# %% [raw] mocolab={"role": "misconception", "id": "1.6", "cause": "folded and unfolded differently", "says": "Each pair is there once, at another's place: unfold A and M in the order in which you folded them."}
# def swap_grid(draw, contents, motions):
#     content = repeat(contents, "A D -> (M A) T D", M=len(motions), T=motions.shape[1])
#     motion = repeat(motions, "M T D -> (M A) T D", A=len(contents))
#     return rearrange(paint(draw, torch.cat([content, motion], dim=2)), "(A M) ... -> A M ...", A=len(contents))

# %% [raw] mocolab={"role": "misconception", "id": "1.6", "cause": "both tiled", "says": "Contents and motions advance together, so some pairs occur twice and others never: one index must wait for the other."}
# def swap_grid(draw, contents, motions):
#     content = repeat(contents, "A D -> (M A) T D", M=len(motions), T=motions.shape[1])
#     motion = repeat(motions, "M T D -> (A M) T D", A=len(contents))
#     return rearrange(paint(draw, torch.cat([content, motion], dim=2)), "(A M) ... -> A M ...", A=len(contents))

# %% [markdown] mocolab={"role": "text"}
# Now let your machine run with trained weights. The next cell copies the trained walk into *your* `MotionWalk`, draws
# contents and walks with *your* functions from the seed of the hook, and lets *your* `swap_grid` paint with the trained
# painter. One thing is different: codes far out, which training has seen least, are painted worst. So in samples of the
# trained network $z_C$ and $h_0$ have a deviation of .7 instead of 1 (*truncation*; what it gains and what it costs, the
# book's recipe tells).
#
# **What you should see:** a largest difference of 0: your code makes the hook, pixel for pixel. And what no hook shows:
# the way from its first content to its second along a straight line, in seven steps, with two of its motions. Colour
# and form change by and by, and the way in the picture with them: content has learnt which way, motion how far along.

# %% mocolab={"role": "demo"}
from itertools import count

latent = trained.generator.latent
draws = count()


def narrow_start(*shape):
    """Noise, of which the first draw, h_0, is as narrow as in samples of the trained network."""
    return torch.randn(*shape) * (trained.config.truncation if next(draws) == 0 else 1)


walk = MotionWalk(latent.motion.dim)
for yours, theirs in zip(walk.parameters(), latent.motion.parameters()):
    yours.data.copy_(theirs)
torch.manual_seed(7)
with torch.no_grad():
    contents = trained.config.truncation * content_codes(4, 1, latent.content_dim)[:, 0]
    motions = walk(4, num_frames, narrow_start)
    grid = swap_grid(trained.generator.draw, contents, motions)
    between = torch.lerp(contents[0], contents[1], torch.linspace(0, 1, 7)[:, None])  # [7, d_C]
    way = swap_grid(trained.generator.draw, between, motions[:2])
print(f"Largest difference to a pixel of the hook: {(grid - hook).abs().max():.3f}")
display.slider_grid(
    way,
    alt="Fourteen clips, seven contents by two motions. From content to content the colour of the blob changes by and "
    "by; clips of one motion are at nearly the same point of their way in the same frame.",
    rows="from content to content",
)

# %% [markdown] mocolab={"role": "text"}
# In a running notebook your hands can go where no recorded clip leads. The sliders of the next cell move one frame from
# the first content to the second, and turn one motion number by as much as you like. Which numbers move the shape, and
# which way? Which do nothing? (The book cannot show these sliders: each move paints a frame anew. The seven steps above
# are what it can show.)

# %% mocolab={"role": "demo"}
import io
from base64 import b64encode

import ipywidgets

share = ipywidgets.FloatSlider(0, min=0, max=1, description="content")
number = ipywidgets.IntSlider(0, max=motion.shape[2] - 1, description="number")
by = ipywidgets.FloatSlider(0, min=-3, max=3, description="turned by")
screen = ipywidgets.HTML()


def turned(_):
    """Paint one frame: so far on the way from content 0 to content 1, one number of its motion code turned."""
    code = torch.cat([torch.lerp(content[0], content[1], share.value), motion[0, num_frames // 2]])
    code[content.shape[1] + number.value] += by.value
    with torch.no_grad():
        frame = trained.generator.draw(code[None])[0]
    plt.imsave(file := io.BytesIO(), (frame.permute(1, 2, 0).numpy() + 1) / 2)
    source = f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"
    screen.value = f'<img alt="One frame" width="256" style="image-rendering: pixelated" src="{source}">'


for slider in (share, number, by):
    slider.observe(turned, names="value")
turned(None)
ipywidgets.VBox([share, number, by, screen])

# %% [markdown] mocolab={"role": "text"}
# ## Where this stands in the released code
#
# The challenge that this course works towards, *a version of MoCoGAN for video prediction*, names two places to look
# at in `sergeytulyakov/mocogan`, file `src/models.py`: `sample_z_m` (lines 217 to 229) and `sample_z_content` (lines
# 249 to 257). You have just written both. The released code keeps time folded, `[B T, D]` with a clip's frames next to
# each other, where we keep `[B, T, D]`.
#
# | released name | returns there | yours | also in |
# |---|---|---|---|
# | `sample_z_m` (a place to look) | `[B T, d_M]` | `MotionWalk.forward`, 1.2 | `mocolab.networks.latents` |
# | `sample_z_content` (a place to look) | `[B T, d_C]` | `content_codes`, 1.1 | `mocolab.networks.latents` |
# | `sample_z_categ` | `[B T, d_A]` and labels `[B]` | `category_codes`, 1.3; the labels are an argument | `mocolab.networks.latents` |
# | the layers of `VideoGenerator` | | `FrameGenerator`, 1.4 | `mocolab.networks.generators` |
# | `sample_videos` | `[B, C, T, 64, 64]` and labels `[B]` | `paint`, 1.5, and `ClipGenerator` | `mocolab.networks.generators` |
# | `sample_images` | n frames, chosen from those of 2 n T clips | not in this lab: one frame of each of n clips is enough | `ClipGenerator.frames` |
#
# From lab 02 on you import these from `mocolab`, where the same functions stand under the same names.
#
# ## What you built
#
# | part | in | out | parameters at 50 + 10 |
# |---|---|---|---:|
# | content codes | noise | `[B, T, 50]`, constant in time | 0 |
# | motion walk | noise at every step | `[B, T, 10]` | 660 |
# | frame generator | `[N, 60]` | `[N, 3, 64, 64]` | 3,249,024 |
# | clip generator | nothing | `[B, 3, T, 64, 64]`, any T | 3,249,684 |
#
# ## What it cannot do
#
# It makes clips from noise and nothing else: it cannot continue a picture that you give it (lab 03). Nothing in it
# asks clips to look like anything, or to move like anything; untrained, it passes every check above. What gives the
# codes their meaning is the game of lab 02. And a walk that goes on for longer than those of the training turns in
# circles, as the next cell shows.

# %% mocolab={"role": "demo"}
torch.manual_seed(3)
long = tier(smoke=64, cpu=128, gpu=128)
with torch.no_grad():
    _, long_motion = trained.codes(1, long)
    clip = trained.sample(1, long, content=content[1:2], motion=long_motion)
figure, axes = plt.subplots(figsize=(9, 2.2))
axes.imshow(long_motion[0].T, aspect="auto", cmap="PuOr", vmin=-1, vmax=1, interpolation="none")
axes.axvline(num_frames - 0.5, color="black", linewidth=1)
axes.set(xlabel="frame (the line marks the length of the clips it was trained on)", ylabel="motion number")
display.picture(
    figure,
    alt="A heat map of ten motion numbers over a clip many times longer than those of the training. Each number goes "
    "up and down at a nearly constant pace, so that the same pattern comes back about every fifteen frames.",
)
display.show(clip, alt="One long clip: a blue blob climbs, turns white, goes to pieces, and sets out again from below.")

# %% [markdown] mocolab={"role": "text"}
# ## Discuss
#
# 1. Why 50 numbers for content and 10 for motion? The paper tried five splits, and in its figure this one has the best
#    content distance and the best motion control. What would you expect from 10 and 50?
# 2. An untrained network passes every check here, and its rows share their content code too. What in training makes
#    $z_C$ *mean* content?
# 3. A user who trained on clips shorter than the videos saw the results repeat, and the author agreed. Each number of a
#    GRU's state lies between its last value and a number in (-1, 1). What in 1.2 makes loops likely, and which of the
#    two critics of lab 02 could notice them?
#
# ## References
#
# - S. Tulyakov, M.-Y. Liu, X. Yang, J. Kautz. MoCoGAN: Decomposing Motion and Content for Video Generation. CVPR 2018.
#   [arXiv 1707.04993](https://arxiv.org/abs/1707.04993). Released code:
#   [sergeytulyakov/mocogan](https://github.com/sergeytulyakov/mocogan), for non-commercial use; nothing here is copied
#   from it.
# - C. Vondrick, H. Pirsiavash, A. Torralba. Generating Videos with Scene Dynamics. NIPS 2016.
# - A. Radford, L. Metz, S. Chintala. Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
#   Networks. ICLR 2016.
# - K. Cho et al. Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation. EMNLP
#   2014.
