# %% [markdown] mocolab={"role": "header", "id": "00", "title": "Clips: video as tensors", "minutes": 90}
# # Lab 00. Clips: video as tensors
#
# **What is a video to a network, and how would I know a good one?** 20 points, about 90 minutes.
#
# Run the next cell. Of twelve small clips six were filmed, so to speak: a program drew a shape on its way. The other
# six were dreamt by a network that has seen such clips. All are a little blurred, so that sharp edges do not tell.
# Press play, tick those that you believe real, and count your votes. Take 30 seconds.

# %% mocolab={"role": "demo"}
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F

import mocolab
from mocolab import display
from mocolab.course import tier
from mocolab.data import open_data

trained = mocolab.load("mocogan-shapes")
needs = trained.needs


def real_clips(num_clips, seed):
    """Clips of the shape-motion set, in the form in which the network saw them."""
    data = open_data("shapes", needs.size)
    clips, _ = data.clips(num_clips, needs.num_frames, needs.step, np.random.default_rng(seed))
    return clips / 127.5 - 1


torch.manual_seed(7)
with torch.no_grad():
    dreams = trained.sample(6, needs.num_frames)
real = real_clips(6, seed=1)
real[3] = real[3, :, :1]
order = torch.randperm(12)
blurred = F.avg_pool3d(torch.cat([real, dreams])[order] + 1, (1, 5, 5), stride=1, padding=(0, 2, 2)) - 1
display.vote(
    blurred,
    real=(order < 6).tolist(),
    alt="Twelve clips of a blurred coloured spot over black. Some spots keep their colour on their way, some change it "
    "or fade, and one does not move at all.",
)

# %% [markdown] mocolab={"role": "text"}
# <details><summary>Open this after you have voted</summary>
#
# Number 7 is a still picture: the first frame of a real clip, shown ten times. Did you call it real? Every frame
# of it is. When people compared the clips of VGAN (Vondrick et al., 2016) with a frozen frame, they preferred the
# frozen frame in 38 % of the cases. A judge of pictures is no judge of videos.
#
# And what gave the dreams away? Colours that change on the way, spots that lose their form? Then you have measured
# something, and such measurements are what you write in this lab. (One of these dreams is all but black. With seed 1,
# three of the six show two spots at once.)
#
# </details>
#
# ## The picture to remember
#
# Six sets of clips on a map. To the right, the content differs more between the frames of a clip; upwards, more of the
# picture changes from one frame to the next. One set is real. The others are real clips *frozen* at their first frame,
# real clips with their frames *shuffled*, real clips that *flicker*, pure *noise*, and what a generator paints that is
# *untrained*. The map does not say which letter is which. At the end of this lab you will have written both of its
# axes, and will know.

# %% mocolab={"role": "demo"}
from mocolab.metrics import content, motion
from mocolab.metrics.shapes import segment

torch.manual_seed(0)
real = real_clips(tier(smoke=48, cpu=256, gpu=256), seed=0)
brightness = 0.7 + 0.3 * torch.rand(len(real), 1, needs.num_frames, 1, 1)
untrained = type(trained)(trained.config)
with torch.no_grad():
    sets = {
        "real": real,
        "frozen": real[:, :, :1].expand_as(real),
        "shuffled": torch.stack([clip[:, torch.randperm(needs.num_frames)] for clip in real]),
        "flicker": (real + 1) * brightness - 1,
        "noise": torch.rand(real.shape) * 2 - 1,
        "untrained": untrained.sample(len(real), needs.num_frames),
    }
letters = dict(zip(np.random.default_rng(4).permutation(list(sets)).tolist(), "ABCDEF"))


def draw_map(places, labels):
    """A figure of named places (content distance, motion energy) under their labels."""
    figure, axes = plt.subplots(figsize=(7, 4.2))
    for name, (across, up) in places.items():
        axes.plot(across, up, "o", color="tab:blue" if name in letters else "tab:orange")
        axes.annotate(labels[name], (across, up), xytext=(7, 5), textcoords="offset points")
    axes.set_xscale("symlog", linthresh=1)
    axes.set_yscale("symlog", linthresh=0.01)
    axes.set(xlabel="content distance", ylabel="motion energy", xlim=(-0.2, 300), ylim=(-0.002, 2))
    return figure


places = {
    name: (content.content_distance(segment(clips).colour), motion.motion_energy(clips).mean())
    for name, clips in sets.items()
}
display.picture(
    draw_map(places, letters),
    alt="A map of six points with the letters A to F. Three lie on the left edge, at content distance 0: one at the "
    "bottom, two above it. One lies far to the right and low, one at the top, and one between.",
)

# %% [markdown] mocolab={"role": "text"}
# > **No single number is quality. A video has to be right in two directions at once: what stays, and what moves.**
#
# **After this lab you can**
#
# 1. turn the files of the released data into tensors of clips, and see when pixels are scrambled;
# 2. count the clips in a video and find a frame among thousands of videos, without an off-by-one;
# 3. draw the data that half of this course is trained on, pixel by pixel;
# 4. measure how well a clip keeps its content and how much and how smoothly it moves, and say what fools each measure.
#
# **You need** PyTorch tensors: shapes, slices, broadcasting. No network is trained or written in this lab. `einops`
# helps and is not required; `rearrange` names axes and moves them.
#
# **How the boxes work.** Each exercise has a box with what to write, a ladder of three hints, help for the error
# messages that others have met, and a check. A check calls your functions with sizes and numbers that a seed decides,
# and compares what comes back. At home the seed is public, and a mistake that others have made is named; the grader
# asks the same with other numbers. Whatever code gives the right values is right, a loop as well as one line; it may
# use what the cell below imports, and import more, but not `mocolab`.
#
# <details><summary>The rules that hold for every box of this course</summary>
#
# 1. *Noise is an argument.* A function that draws takes `normal=torch.randn`, and the box fixes the calls and their
#    shapes. A check passes a tape instead: its k-th call plays back known numbers, and it remembers what was asked for.
# 2. *Networks are filled, never compared as initialised.* A check overwrites all weights with known numbers, by their
#    shape and order. The names of your layers do not matter; layers of one shape are created in the order of their use.
# 3. *Every reduction is named*, mean or sum, and over which axes. No network ends in a sigmoid.
# 4. *No two axes of a check agree in length*, and a batch of one is tried too. The tensors you are given must stay as
#    they are: changing them in place is an error. What you return is float32 where the box does not say otherwise.
# 5. *Order counts only where it changes the result.*
# 6. *Training steps are checked over two rounds or more, with plain SGD*, which forgives less than Adam.
# 7. *Only values that depend on the seed earn points.* Shapes, counts, errors that must be raised and answers that are
#    always 0 are gates: without them there are no points, and for them there are none.
# 8. *Training earns no points.* Points are for parts, for measurements and, twice and in lab 12, for paragraphs.
# 9. *Parts are stand-ins.* A check hands you small known parts, so that one wrong exercise does not cost you another.
# 10. *Any code with the right values is right*, and a Python number passes for a tensor without axes.
#
# </details>
#
# Throughout, a clip is `[C, T, H, W]`: channels, frames, height, width. Its pixels lie in [-1, 1], which is the range
# of the Tanh that generators end in. A batch of clips is `[B, C, T, H, W]`.

# %% mocolab={"role": "given"}
from math import comb

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor

from mocolab.course import check

# %% [markdown] mocolab={"role": "text"}
# ## 1. A video in a picture file
#
# MoCoGAN's released data has no video files. Each video is one picture, a *strip*: square frames glued together along
# the longer side. The shape-motion set is 8,000 such strips of 32 frames, 64 pixels high and wide, stored with an alpha
# channel, RGBA. The loader takes strips that run to the right and strips that run down; the number of frames is the
# long side over the short one.
#
# A picture is `[H, W, C]` in memory: pixel after pixel, row after row. In a strip that runs down, frame after frame is
# stored as a whole. In one that runs to the right, the first row of memory is the first row of *all* frames. Name what
# the long side is made of, and either can be cut; `reshape` straight to the final shape, and pixels land in other
# frames.
#
# Bytes v from 0 to 255 become $v / 127.5 - 1$.
#
# ### Exercise 0.1: from a strip to a clip
#
# | | |
# |---|---|
# | **Write** | `strip_to_clip(strip)` |
# | **Takes** | bytes, uint8 `[H, W, C]`; C is 3 or 4, and a fourth channel is dropped |
# | **Returns** | float32 `[3, T, S, S]` in [-1, 1]; S is the short side, T the long one over S |
# | **Order** | frames from left to right if W > H, from top to bottom if H > W |
# | **Refuses** | a long side that is no multiple of the short one, with a `ValueError` |
# | **Worth** | 4 points, difficulty 1 of 5, about 12 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# The long axis is two axes in one, (T S): frame, then pixel within the frame. Split it, then move T to its place. Which
# axis is split depends on the strip; everything else does not.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# To the right: `[S, T S, C]`, split `[S, T, S, C]`, moved `[C, T, S, S]`. Down: `[T S, S, C]`, split `[T, S, S, C]`,
# moved the same.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# if ...:
#     raise ValueError("...")
# if width > height:
#     clip = rearrange(strip, "H (T W) C -> ...", T=...)
# else:
#     clip = rearrange(strip, "(T H) W C -> ...", T=...)
# return ...  # three channels, as floats
# ```
#
# </details>
# <details><summary>Help: EinopsError: Shape mismatch, can't divide axis of length 7 in chunks of 3</summary>
#
# Either you split the short side (which of `strip.shape[:2]` is longer?), or the long side is no multiple of the short
# one, and you have not refused it yet.
#
# </details>
# <details><summary>Help: RuntimeError: shape '[3, 4, 4, 3]' is invalid for input of size 192</summary>
#
# 192 is 3 x 4 x 4 x 4: the strip has four channels. Drop the fourth before you count.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "0.1"}
# def strip_to_clip(strip: Tensor) -> Tensor:
#     """The clip [3, T, S, S] in [-1, 1] of a strip of square frames, uint8 [H, W, 3 or 4]."""
#     raise NotImplementedError("Exercise 0.1: split the long side, move the axes, scale.")


# %% mocolab={"role": "answer", "id": "0.1", "points": 4, "minutes": 12, "difficulty": 1, "depends": []}
def strip_to_clip(strip: Tensor) -> Tensor:
    """The clip [3, T, S, S] in [-1, 1] of a strip of square frames, uint8 [H, W, 3 or 4]."""
    height, width, _ = strip.shape
    short, long = sorted((height, width))
    if long % short:
        raise ValueError(f"A strip of {height} x {width} pixels is no row of square frames: give whole frames.")
    pattern = "H (T W) C -> C T H W" if width > height else "(T H) W C -> C T H W"
    return rearrange(strip[..., :3], pattern, T=long // short) / 127.5 - 1


# %% mocolab={"role": "check", "id": "0.1"}
probe = check("0.1", strip_to_clip)
S, T = probe.sizes(2, low=4)


def random_strip(height, width, channels):
    return probe.given(probe.integers(256, height, width, channels).byte())


probe.raises("frames cut off on the right", ValueError, strip_to_clip, random_strip(S, T * S + 1, 3))
probe.raises("frames cut off below", ValueError, strip_to_clip, random_strip(T * S + 1, S, 3))
probe.gate("shape of a clip of one frame", str(list(strip_to_clip(random_strip(S, S, 3)).shape)))
probe.show(
    to_the_right=strip_to_clip(random_strip(S, T * S, 3)),
    down=strip_to_clip(random_strip(T * S, S, 3)),
    to_the_right_with_alpha=strip_to_clip(random_strip(S, T * S, 4)),
    down_with_alpha=strip_to_clip(random_strip(T * S, S, 4)),
)

# %% [raw] mocolab={"role": "misconception", "id": "0.1", "cause": "one reshape for both", "says": "Side by side, one row of memory crosses all frames: your frames are scrambled; split along the long side first."}
# def strip_to_clip(strip):
#     short, long = sorted(strip.shape[:2])
#     if long % short:
#         raise ValueError("no square frames")
#     return strip[..., :3].reshape(long // short, short, short, 3).permute(3, 0, 1, 2) / 127.5 - 1

# %% [raw] mocolab={"role": "misconception", "id": "0.1", "cause": "reshape to the final shape", "says": "Shapes fit and pixels lie: reshape only splits an axis, and permute (or rearrange) moves it. Channels come last in a strip."}
# def strip_to_clip(strip):
#     short, long = sorted(strip.shape[:2])
#     if long % short:
#         raise ValueError("no square frames")
#     return strip[..., :3].reshape(3, long // short, short, short) / 127.5 - 1

# %% [raw] mocolab={"role": "misconception", "id": "0.1", "cause": "H and W swapped", "says": "Your frames are transposed: height comes before width."}
# def strip_to_clip(strip):
#     height, width, _ = strip.shape
#     if max(height, width) % min(height, width):
#         raise ValueError("no square frames")
#     if width > height:
#         return rearrange(strip[..., :3], "H (T W) C -> C T W H", T=width // height) / 127.5 - 1
#     return rearrange(strip[..., :3], "(T H) W C -> C T W H", T=height // width) / 127.5 - 1

# %% [raw] mocolab={"role": "misconception", "id": "0.1", "cause": "/255", "says": "Your clip lies in [0, 1]; a Tanh generator speaks [-1, 1]."}
# def strip_to_clip(strip):
#     height, width, _ = strip.shape
#     if max(height, width) % min(height, width):
#         raise ValueError("no square frames")
#     if width > height:
#         return rearrange(strip[..., :3], "H (T W) C -> C T H W", T=width // height) / 255
#     return rearrange(strip[..., :3], "(T H) W C -> C T H W", T=height // width) / 255

# %% [raw] mocolab={"role": "misconception", "id": "0.1", "cause": "uint8 arithmetic", "says": "You computed in uint8, which wraps at 256: make it float first."}
# def strip_to_clip(strip):
#     height, width, _ = strip.shape
#     if max(height, width) % min(height, width):
#         raise ValueError("no square frames")
#     strip = (2 * strip[..., :3] - 255) / 255
#     if width > height:
#         return rearrange(strip, "H (T W) C -> C T H W", T=width // height)
#     return rearrange(strip, "(T H) W C -> C T H W", T=height // width)

# %% [raw] mocolab={"role": "misconception", "id": "0.1", "cause": "T before C", "says": "A clip is [C, T, H, W]."}
# def strip_to_clip(strip):
#     height, width, _ = strip.shape
#     if max(height, width) % min(height, width):
#         raise ValueError("no square frames")
#     if width > height:
#         return rearrange(strip[..., :3], "H (T W) C -> T C H W", T=width // height) / 127.5 - 1
#     return rearrange(strip[..., :3], "(T H) W C -> T C H W", T=height // width) / 127.5 - 1

# %% [raw] mocolab={"role": "misconception", "id": "0.1", "cause": "alpha kept", "says": "The official strips are RGBA: keep three channels."}
# def strip_to_clip(strip):
#     height, width, _ = strip.shape
#     if max(height, width) % min(height, width):
#         raise ValueError("no square frames")
#     if width > height:
#         return rearrange(strip, "H (T W) C -> C T H W", T=width // height) / 127.5 - 1
#     return rearrange(strip, "(T H) W C -> C T H W", T=height // width) / 127.5 - 1

# %% [raw] mocolab={"role": "misconception", "id": "0.1", "cause": "remainder cut off", "says": "A strip that does not divide into square frames is damaged: raise a ValueError, and do not cut it to size."}
# def strip_to_clip(strip):
#     height, width, _ = strip.shape
#     short, number = min(height, width), max(height, width) // min(height, width)
#     if width > height:
#         return rearrange(strip[:, : number * short, :3], "H (T W) C -> C T H W", T=number) / 127.5 - 1
#     return rearrange(strip[: number * short, :, :3], "(T H) W C -> C T H W", T=number) / 127.5 - 1

# %% [raw] mocolab={"role": "misconception", "id": "0.1", "cause": "pixel before frame", "says": "You split the long side into (S T) instead of (T S): neighbouring pixels belong to one frame, not to one after the other."}
# def strip_to_clip(strip):
#     height, width, _ = strip.shape
#     if max(height, width) % min(height, width):
#         raise ValueError("no square frames")
#     if width > height:
#         return rearrange(strip[..., :3], "H (W T) C -> C T H W", T=width // height) / 127.5 - 1
#     return rearrange(strip[..., :3], "(H T) W C -> C T H W", T=height // width) / 127.5 - 1

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** a strip of eight frames, and below it the clip that your function has cut from it. A shape
# that jumps, breaks into lines or shines in other colours is a sign of scrambled pixels.

# %% mocolab={"role": "demo"}
filmed = open_data("shapes", 64)
pixels = filmed.draw(filmed.factors(torch.tensor([10])), torch.arange(0, 32, 4)[None])[0]
strip = rearrange(pixels, "C T H W -> H (T W) C")
figure, axes = plt.subplots(figsize=(9, 1.5))
axes.imshow(strip)
axes.set_xticks(range(0, 513, 64))
axes.set_yticks([0, 64])
display.picture(
    figure, alt="A strip of eight square frames side by side; a coloured shape is in each, further on its way."
)
clip = strip_to_clip(strip)
print(
    "The same from a strip that runs down:", torch.equal(clip, strip_to_clip(rearrange(pixels, "C T H W -> (T H) W C")))
)
display.show(clip[None], alt="A clip of eight frames in which the shape of the strip moves over black.")

# %% [markdown] mocolab={"role": "text"}
# ## 2. Which clip, which frame?
#
# Training asks for *clips* of a fixed length L, and for single *frames*. A clip takes every `step`-th frame of a video
# from some start on: frames
#
# $$s,\; s + \text{step},\; \dots,\; s + \text{step}\,(L - 1).$$
#
# A start is valid if the last of these exists. Each valid one should come up equally often, and nothing else should.
# For single frames, a set of videos is one long row: first all frames of video 0, then all of video 1, and so on. A
# number in that row has to be turned into a video and a frame of it.
#
# Both look like one-liners, and the released loader has a fault in each (`src/data.py` of `sergeytulyakov/mocogan`):
#
# - *Clips.* Its starts are counted right. But it asks for `step * L` frames, although `step * (L - 1) + 1` would do,
#   and from a video that is shorter it takes the first L frames *at step 1*. With the released settings, 16 frames at
#   step 2 from videos of 32 or more, this never shows. With step 4 it would: videos of 64 frames and more would play at
#   four times the speed of the others, in one folder and without a word.
# - *Frames.* Items 0 and 1 of the set are the same frame, and the last frame is never drawn. Nobody notices one frame
#   among 256,000. You will notice it in a test with three videos.
#
# ### Exercise 0.2: starts, indices, places
#
# | | |
# |---|---|
# | **Write** | `count_starts(num_frames, clip_length, step)`: the number of valid starts of a video, an int; 0 if there are none |
# | **and** | `clip_indices(num_frames, clip_length, step, start)`: the frames of one clip, int64 `[clip_length]`; a `ValueError` if the start is not valid |
# | **and** | `locate_frame(index, lengths)`: for numbers `[N]` in the long row and video lengths `[V]`, a pair (video `[N]`, frame `[N]`), both int64 |
# | **Know that** | everything counts from 0; lengths are 1 or more; numbers come in any order |
# | **Worth** | 4 points, difficulty 2 of 5, about 15 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# The largest valid start puts the last frame of the clip on the last frame of the video. For places: where does each
# video *end* in the long row? Then `torch.searchsorted` finds the video, and the frame is what is left after the videos
# before it.
#
# </details>
# <details><summary>Hint 2: the numbers</summary>
#
# L = 3, step = 2: a clip spans 5 frames. A video of 4 has no start, of 5 one, of 6 two. Lengths [3, 1, 2]: ends
# [3, 4, 6], begins [0, 3, 4]; number 3 is frame 0 of video 1, number 4 is frame 0 of video 2.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# def locate_frame(index, lengths):
#     ends = lengths.cumsum(...)
#     begins = ...
#     video = torch.searchsorted(ends, index, right=...)  # try both on the numbers of hint 2
#     return video, index - ...
# ```
#
# </details>
# <details><summary>Help: IndexError: index 9 is out of bounds for dimension 0 with size 9</summary>
#
# A number was sent past the last video: you searched among the begins, the first of which is 0. Search among the ends.
#
# </details>
# <details><summary>Help: your clip_indices raises a ValueError for a start that is valid</summary>
#
# It asks your `count_starts`, and that counts one too few. How many starts has a video that fits exactly?
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "0.2"}
# def count_starts(num_frames: int, clip_length: int, step: int) -> int:
#     """Number of frames of a video at which a clip can start."""
#     raise NotImplementedError("Exercise 0.2: how far is it from the first frame of a clip to its last?")
#
#
# def clip_indices(num_frames: int, clip_length: int, step: int, start: int) -> Tensor:
#     """The frames [clip_length] of the clip that starts there; `ValueError` if none does."""
#     raise NotImplementedError("Exercise 0.2: refuse what is not valid, then count in steps.")
#
#
# def locate_frame(index: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
#     """(video, frame), both [N], of numbers [N] in the long row of all frames."""
#     raise NotImplementedError("Exercise 0.2: find the video, then the frame in it.")


# %% mocolab={"role": "answer", "id": "0.2", "points": 4, "minutes": 15, "difficulty": 2, "depends": []}
def count_starts(num_frames: int, clip_length: int, step: int) -> int:
    """Number of frames of a video at which a clip can start."""
    return max(0, num_frames - step * (clip_length - 1))


def clip_indices(num_frames: int, clip_length: int, step: int, start: int) -> Tensor:
    """The frames [clip_length] of the clip that starts there; `ValueError` if none does."""
    starts = count_starts(num_frames, clip_length, step)
    if not 0 <= start < starts:
        raise ValueError(f"Start {start} is not valid: the video has {starts} of them, counted from 0.")
    return start + step * torch.arange(clip_length)


def locate_frame(index: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """(video, frame), both [N], of numbers [N] in the long row of all frames."""
    ends = lengths.cumsum(dim=0)
    video = torch.searchsorted(ends, index, right=True)
    return video, index - (ends - lengths)[video]


# %% mocolab={"role": "check", "id": "0.2"}
probe = check("0.2", count_starts, clip_indices, locate_frame)
L, step, more, V = probe.sizes(4, high=9)
span = step * (L - 1) + 1
last = 2 * step + more
lengths = probe.given(1 + probe.integers(4, V))
numbers = probe.given(torch.arange(int(lengths.sum())).flip(0))
video, frame = locate_frame(numbers, lengths)
probe.raises("start -1", ValueError, clip_indices, span + last, L, step, -1)
probe.raises("the last start", ValueError, clip_indices, span + last, L, step, last)
probe.raises("one after the last start", ValueError, clip_indices, span + last, L, step, last + 1)
probe.raises("start 0 of a video one frame short", ValueError, clip_indices, span - 1, L, step, 0)
probe.show(
    starts=torch.tensor([count_starts(num_frames, L, step) for num_frames in range(1, span + last + 1)]),
    indices=clip_indices(span + last, L, step, more),
    video=video,
    frame=frame,
)

# %% [raw] mocolab={"role": "misconception", "id": "0.2", "cause": "step L needed", "says": "The last frame sits at start + step (L - 1), not at step L."}
# def count_starts(num_frames, clip_length, step):
#     return max(0, num_frames - step * clip_length + 1)
#
# def clip_indices(num_frames, clip_length, step, start):
#     if not 0 <= start < count_starts(num_frames, clip_length, step):
#         raise ValueError("not valid")
#     return torch.arange(start, start + step * clip_length, step)
#
# def locate_frame(index, lengths):
#     ends = lengths.cumsum(dim=0)
#     video = torch.searchsorted(ends, index, right=True)
#     return video, index - (ends - lengths)[video]

# %% [raw] mocolab={"role": "misconception", "id": "0.2", "cause": "released condition", "says": "This is the released loader's condition: it turns away videos of step (L - 1) + 1 frames and a few more, which are long enough."}
# def count_starts(num_frames, clip_length, step):
#     return num_frames - step * (clip_length - 1) if num_frames >= step * clip_length else 0
#
# def clip_indices(num_frames, clip_length, step, start):
#     if not 0 <= start < count_starts(num_frames, clip_length, step):
#         raise ValueError("not valid")
#     return torch.arange(start, start + step * clip_length, step)
#
# def locate_frame(index, lengths):
#     ends = lengths.cumsum(dim=0)
#     video = torch.searchsorted(ends, index, right=True)
#     return video, index - (ends - lengths)[video]

# %% [raw] mocolab={"role": "misconception", "id": "0.2", "cause": "last start lost", "says": "One valid start is never drawn: count them for a video that fits exactly."}
# def count_starts(num_frames, clip_length, step):
#     return max(0, num_frames - step * (clip_length - 1) - 1)
#
# def clip_indices(num_frames, clip_length, step, start):
#     if not 0 <= start < count_starts(num_frames, clip_length, step):
#         raise ValueError("not valid")
#     return torch.arange(start, start + step * clip_length, step)
#
# def locate_frame(index, lengths):
#     ends = lengths.cumsum(dim=0)
#     video = torch.searchsorted(ends, index, right=True)
#     return video, index - (ends - lengths)[video]

# %% [raw] mocolab={"role": "misconception", "id": "0.2", "cause": "last start not counted", "says": "A video in which one clip fits exactly has one start: from its first frame to its last a clip spans step (L - 1) frames more."}
# def count_starts(num_frames, clip_length, step):
#     return max(0, num_frames - step * (clip_length - 1) - 1)
#
# def clip_indices(num_frames, clip_length, step, start):
#     if not 0 <= start < num_frames - step * (clip_length - 1):
#         raise ValueError("not valid")
#     return torch.arange(start, start + step * clip_length, step)
#
# def locate_frame(index, lengths):
#     ends = lengths.cumsum(dim=0)
#     video = torch.searchsorted(ends, index, right=True)
#     return video, index - (ends - lengths)[video]

# %% [raw] mocolab={"role": "misconception", "id": "0.2", "cause": "step forgotten", "says": "You counted as if step were 1."}
# def count_starts(num_frames, clip_length, step):
#     return max(0, num_frames - clip_length + 1)
#
# def clip_indices(num_frames, clip_length, step, start):
#     if not 0 <= start < count_starts(num_frames, clip_length, step):
#         raise ValueError("not valid")
#     return torch.arange(start, start + step * clip_length, step)
#
# def locate_frame(index, lengths):
#     ends = lengths.cumsum(dim=0)
#     video = torch.searchsorted(ends, index, right=True)
#     return video, index - (ends - lengths)[video]

# %% [raw] mocolab={"role": "misconception", "id": "0.2", "cause": "negative counts", "says": "A video that is too short has 0 starts, not a negative number of them."}
# def count_starts(num_frames, clip_length, step):
#     return num_frames - step * (clip_length - 1)
#
# def clip_indices(num_frames, clip_length, step, start):
#     if not 0 <= start < count_starts(num_frames, clip_length, step):
#         raise ValueError("not valid")
#     return torch.arange(start, start + step * clip_length, step)
#
# def locate_frame(index, lengths):
#     ends = lengths.cumsum(dim=0)
#     video = torch.searchsorted(ends, index, right=True)
#     return video, index - (ends - lengths)[video]

# %% [raw] mocolab={"role": "misconception", "id": "0.2", "cause": "falls back to step 1", "says": "That keeps the clip and changes its speed; say no instead."}
# def count_starts(num_frames, clip_length, step):
#     return max(0, num_frames - step * (clip_length - 1))
#
# def clip_indices(num_frames, clip_length, step, start):
#     if count_starts(num_frames, clip_length, step) == 0 and num_frames >= clip_length:
#         return torch.arange(clip_length)
#     if not 0 <= start < count_starts(num_frames, clip_length, step):
#         raise ValueError("not valid")
#     return torch.arange(start, start + step * clip_length, step)
#
# def locate_frame(index, lengths):
#     ends = lengths.cumsum(dim=0)
#     video = torch.searchsorted(ends, index, right=True)
#     return video, index - (ends - lengths)[video]

# %% [raw] mocolab={"role": "misconception", "id": "0.2", "cause": "start not checked", "says": "Your clip_indices gives frames that do not exist: refuse a start that is not valid, with a ValueError."}
# def count_starts(num_frames, clip_length, step):
#     return max(0, num_frames - step * (clip_length - 1))
#
# def clip_indices(num_frames, clip_length, step, start):
#     return torch.arange(start, start + step * clip_length, step)
#
# def locate_frame(index, lengths):
#     ends = lengths.cumsum(dim=0)
#     video = torch.searchsorted(ends, index, right=True)
#     return video, index - (ends - lengths)[video]

# %% [raw] mocolab={"role": "misconception", "id": "0.2", "cause": "released index", "says": "Frames 0 and 1 coincide and the last is out of reach: this is the released off-by-one."}
# def count_starts(num_frames, clip_length, step):
#     return max(0, num_frames - step * (clip_length - 1))
#
# def clip_indices(num_frames, clip_length, step, start):
#     if not 0 <= start < count_starts(num_frames, clip_length, step):
#         raise ValueError("not valid")
#     return torch.arange(start, start + step * clip_length, step)
#
# def locate_frame(index, lengths):
#     index = (index - 1).clamp(min=0)
#     ends = lengths.cumsum(dim=0)
#     video = torch.searchsorted(ends, index, right=True)
#     return video, index - (ends - lengths)[video]

# %% [raw] mocolab={"role": "misconception", "id": "0.2", "cause": "wrong side in searchsorted", "says": "The first frame of a video is booked on the one before."}
# def count_starts(num_frames, clip_length, step):
#     return max(0, num_frames - step * (clip_length - 1))
#
# def clip_indices(num_frames, clip_length, step, start):
#     if not 0 <= start < count_starts(num_frames, clip_length, step):
#         raise ValueError("not valid")
#     return torch.arange(start, start + step * clip_length, step)
#
# def locate_frame(index, lengths):
#     ends = lengths.cumsum(dim=0)
#     video = torch.searchsorted(ends, index)
#     return video, index - (ends - lengths)[video]

# %% [raw] mocolab={"role": "misconception", "id": "0.2", "cause": "frame counted from the end", "says": "Your frames are negative: take away the frames of the videos before, not those up to the end of this one."}
# def count_starts(num_frames, clip_length, step):
#     return max(0, num_frames - step * (clip_length - 1))
#
# def clip_indices(num_frames, clip_length, step, start):
#     if not 0 <= start < count_starts(num_frames, clip_length, step):
#         raise ValueError("not valid")
#     return torch.arange(start, start + step * clip_length, step)
#
# def locate_frame(index, lengths):
#     ends = lengths.cumsum(dim=0)
#     video = torch.searchsorted(ends, index, right=True)
#     return video, index - ends[video]

# %% [raw] mocolab={"role": "misconception", "id": "0.2", "cause": "subtracted in place", "says": "The places are right, but the numbers you were given are gone: subtract into a new tensor, not with -=."}
# def count_starts(num_frames, clip_length, step):
#     return max(0, num_frames - step * (clip_length - 1))
#
# def clip_indices(num_frames, clip_length, step, start):
#     if not 0 <= start < count_starts(num_frames, clip_length, step):
#         raise ValueError("not valid")
#     return torch.arange(start, start + step * clip_length, step)
#
# def locate_frame(index, lengths):
#     ends = lengths.cumsum(dim=0)
#     video = torch.searchsorted(ends, index, right=True)
#     index -= (ends - lengths)[video]
#     return video, index

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** the four clips of length 4 at step 3 in a video of 13 frames, the last of which ends on the
# last frame; and a small table in which the released numbering stays one behind yours.

# %% mocolab={"role": "demo"}
figure, axes = plt.subplots(figsize=(7, 2.2))
for start in range(count_starts(13, 4, 3)):
    axes.plot(clip_indices(13, 4, 3, start), [start] * 4, "o-")
axes.set(xlabel="frame of the video", ylabel="start", xticks=range(13), yticks=range(4), ylim=(3.5, -0.5))
display.picture(
    figure,
    alt="Four rows of four dots, each row shifted by one frame. The dots are three frames apart; those of the last row "
    "are at frames 3, 6, 9 and 12.",
)
numbers, lengths = torch.arange(6), torch.tensor([3, 1, 2])
released = (numbers - 1).clamp(min=0)
print("number   video, frame   as released")
for row in zip(numbers, *locate_frame(numbers, lengths), *locate_frame(released, lengths)):
    print("{:6}   {:5}, {:5}   {:5}, {:3}".format(*row))

# %% [markdown] mocolab={"role": "text"}
# ## 3. Drawing the data
#
# The shape-motion set was made by a program that was not released. Its rules could be read from its pixels: a square or
# disc of 8, 10, 12 or 14 pixels and one flat colour on black, 64 pixels high and wide, 32 frames. Its top-left corner
# follows a Bezier curve with five control points,
#
# $$B(t) = \sum_{n=0}^{N} \binom{N}{n}\, t^n\, (1 - t)^{N - n}\, P_n, \qquad t_i = \frac{i}{T - 1}, \quad
# i = 0, \dots, T - 1, \qquad N = 4,$$
#
# from the bottom to the top, or from the right to the left. The first and the last point are hit; those between only
# pull. The fraction of a pixel is cut off: `floor`, as measured on the released strips, and not the nearest.
#
# *Paper and data disagree here.* The paper describes 4,000 videos of 16 frames that move left to right and top to
# bottom. The released set has 8,000 of 32 frames, right to left and bottom to top.
#
# Mind the order: a point is (x, y), and a pixel of a tensor is [row, column], which is [y, x]. Row 0 is at the top.
#
# ### Exercise 0.3: a path and a square
#
# | | |
# |---|---|
# | **Write** | `bezier(points, num_frames)`: control points `[N + 1, 2]`, any N, to `[num_frames, 2]`; num_frames is 2 or more |
# | **and** | `draw_square(corners, size, colour, canvas)`: top-left corners (x, y) `[T, 2]` with fractions, a side in pixels, a colour uint8 `[3]`, the side of the picture |
# | **Returns** | the clip, float32 `[3, T, canvas, canvas]`; the square covers size x size pixels and always lies inside |
# | **Corners** | are cut to whole pixels by `floor` |
# | **Values** | black is -1; the colour is scaled as in 0.1 |
# | **Worth** | 4 points, difficulty 2 of 5, about 15 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# A curve is a weighted mean of its control points, with other weights at each time: a matrix of weights `[T, N + 1]`
# times the points. For the square, start from a black clip and assign to a slice of each frame.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# t is `[T]`; N + 1 weights of shape `[T]`, stacked along a new axis 1, are `[T, N + 1]`; times `[N + 1, 2]` gives
# `[T, 2]`. A colour `[3]` fills a slice `[3, size, size]` if it has the shape `[3, 1, 1]`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# def bezier(points, num_frames):
#     degree = ...
#     t = torch.arange(num_frames) / ...
#     weights = torch.stack([comb(degree, n) * ... for n in range(...)], dim=1)
#     return ...
#
# def draw_square(corners, size, colour, canvas):
#     clip = torch.full((3, len(corners), canvas, canvas), ...)
#     for frame, (x, y) in enumerate(...):  # as whole numbers
#         clip[:, frame, ..., ...] = ...
#     return clip
# ```
#
# </details>
# <details><summary>Help: TypeError: slice indices must be integers or None or have an __index__ method</summary>
#
# A corner with a fraction cannot index pixels: `floor`, then `int`.
#
# </details>
# <details><summary>Help: RuntimeError: The expanded size of the tensor (7) must match the existing size (3) at non-singleton dimension 2</summary>
#
# The colour was lined up with the last axis, width. Give it two axes of length 1 behind: `colour[:, None, None]`.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "0.3"}
# def bezier(points: Tensor, num_frames: int) -> Tensor:
#     """Places [num_frames, 2] on the Bezier curve with control points [N + 1, 2], both ends included."""
#     raise NotImplementedError("Exercise 0.3: weights for each time and point, times the points.")
#
#
# def draw_square(corners: Tensor, size: int, colour: Tensor, canvas: int) -> Tensor:
#     """A clip [3, T, canvas, canvas] of a flat square on black, its top-left corner at (x, y) = corners [T, 2]."""
#     raise NotImplementedError("Exercise 0.3: a black clip, then one slice in each frame.")


# %% mocolab={"role": "answer", "id": "0.3", "points": 4, "minutes": 15, "difficulty": 2, "depends": []}
def bezier(points: Tensor, num_frames: int) -> Tensor:
    """Places [num_frames, 2] on the Bezier curve with control points [N + 1, 2], both ends included."""
    degree = len(points) - 1
    t = torch.arange(num_frames) / (num_frames - 1)
    weights = [comb(degree, n) * t**n * (1 - t) ** (degree - n) for n in range(degree + 1)]
    return torch.stack(weights, dim=1) @ points


def draw_square(corners: Tensor, size: int, colour: Tensor, canvas: int) -> Tensor:
    """A clip [3, T, canvas, canvas] of a flat square on black, its top-left corner at (x, y) = corners [T, 2]."""
    clip = torch.full((3, len(corners), canvas, canvas), -1.0)
    paint = colour[:, None, None] / 127.5 - 1
    for frame, (x, y) in enumerate(corners.floor().int().tolist()):
        clip[:, frame, y : y + size, x : x + size] = paint
    return clip


# %% mocolab={"role": "check", "id": "0.3"}
probe = check("0.3", bezier, draw_square)
T, size, room = probe.sizes(3, low=5)
corners = probe.given(probe.integers(room, T, 2) + 0.25 + 0.5 * probe.integers(2, T, 2))
colour = probe.given(probe.integers(256, 3).byte())
probe.show(
    curves=torch.stack([bezier(probe.tensor(degree + 1, 2), T) for degree in range(1, 6)]),
    pixels=draw_square(corners, size, colour, room + size),
)

# %% [raw] mocolab={"role": "misconception", "id": "0.3", "cause": "polyline", "says": "Your path touches its inner control points; a Bezier curve is only pulled by them."}
# def bezier(points, num_frames):
#     place = torch.arange(num_frames) / (num_frames - 1) * (len(points) - 1)
#     before = place.floor().long().clamp(max=len(points) - 2)
#     return points[before].lerp(points[before + 1], (place - before)[:, None])
#
# def draw_square(corners, size, colour, canvas):
#     clip = torch.full((3, len(corners), canvas, canvas), -1.0)
#     for frame, (x, y) in enumerate(corners.int().tolist()):
#         clip[:, frame, y : y + size, x : x + size] = colour[:, None, None] / 127.5 - 1
#     return clip

# %% [raw] mocolab={"role": "misconception", "id": "0.3", "cause": "i/T", "says": "The last control point is never reached: divide by num_frames - 1."}
# def bezier(points, num_frames):
#     degree, t = len(points) - 1, torch.arange(num_frames) / num_frames
#     return torch.stack([comb(degree, n) * t**n * (1 - t) ** (degree - n) for n in range(degree + 1)], dim=1) @ points
#
# def draw_square(corners, size, colour, canvas):
#     clip = torch.full((3, len(corners), canvas, canvas), -1.0)
#     for frame, (x, y) in enumerate(corners.int().tolist()):
#         clip[:, frame, y : y + size, x : x + size] = colour[:, None, None] / 127.5 - 1
#     return clip

# %% [raw] mocolab={"role": "misconception", "id": "0.3", "cause": "no binomials", "says": "Your weights do not sum to 1: N over n is missing."}
# def bezier(points, num_frames):
#     degree, t = len(points) - 1, torch.arange(num_frames) / (num_frames - 1)
#     return torch.stack([t**n * (1 - t) ** (degree - n) for n in range(degree + 1)], dim=1) @ points
#
# def draw_square(corners, size, colour, canvas):
#     clip = torch.full((3, len(corners), canvas, canvas), -1.0)
#     for frame, (x, y) in enumerate(corners.int().tolist()):
#         clip[:, frame, y : y + size, x : x + size] = colour[:, None, None] / 127.5 - 1
#     return clip

# %% [raw] mocolab={"role": "misconception", "id": "0.3", "cause": "backwards in time", "says": "Your path begins at the last control point: exchange t and 1 - t."}
# def bezier(points, num_frames):
#     degree, t = len(points) - 1, 1 - torch.arange(num_frames) / (num_frames - 1)
#     return torch.stack([comb(degree, n) * t**n * (1 - t) ** (degree - n) for n in range(degree + 1)], dim=1) @ points
#
# def draw_square(corners, size, colour, canvas):
#     clip = torch.full((3, len(corners), canvas, canvas), -1.0)
#     for frame, (x, y) in enumerate(corners.int().tolist()):
#         clip[:, frame, y : y + size, x : x + size] = colour[:, None, None] / 127.5 - 1
#     return clip

# %% [raw] mocolab={"role": "misconception", "id": "0.3", "cause": "degree 4 only", "says": "Your curve counts on five control points: take the degree from their number."}
# def bezier(points, num_frames):
#     t = torch.arange(num_frames) / (num_frames - 1)
#     weights = torch.stack([comb(4, n) * t**n * (1 - t) ** (4 - n) for n in range(5)], dim=1)
#     number = min(len(points), 5)
#     return weights[:, :number] @ points[:number]
#
# def draw_square(corners, size, colour, canvas):
#     clip = torch.full((3, len(corners), canvas, canvas), -1.0)
#     for frame, (x, y) in enumerate(corners.int().tolist()):
#         clip[:, frame, y : y + size, x : x + size] = colour[:, None, None] / 127.5 - 1
#     return clip

# %% [raw] mocolab={"role": "misconception", "id": "0.3", "cause": "x, y swapped", "says": "The square moves along the other axis: x is the column."}
# def bezier(points, num_frames):
#     degree, t = len(points) - 1, torch.arange(num_frames) / (num_frames - 1)
#     return torch.stack([comb(degree, n) * t**n * (1 - t) ** (degree - n) for n in range(degree + 1)], dim=1) @ points
#
# def draw_square(corners, size, colour, canvas):
#     clip = torch.full((3, len(corners), canvas, canvas), -1.0)
#     for frame, (x, y) in enumerate(corners.int().tolist()):
#         clip[:, frame, x : x + size, y : y + size] = colour[:, None, None] / 127.5 - 1
#     return clip

# %% [raw] mocolab={"role": "misconception", "id": "0.3", "cause": "background 0", "says": "Zero is mid-grey here; black is -1."}
# def bezier(points, num_frames):
#     degree, t = len(points) - 1, torch.arange(num_frames) / (num_frames - 1)
#     return torch.stack([comb(degree, n) * t**n * (1 - t) ** (degree - n) for n in range(degree + 1)], dim=1) @ points
#
# def draw_square(corners, size, colour, canvas):
#     clip = torch.zeros(3, len(corners), canvas, canvas)
#     for frame, (x, y) in enumerate(corners.int().tolist()):
#         clip[:, frame, y : y + size, x : x + size] = colour[:, None, None] / 127.5 - 1
#     return clip

# %% [raw] mocolab={"role": "misconception", "id": "0.3", "cause": "one pixel too large", "says": "A slice excludes its end: size, not size + 1."}
# def bezier(points, num_frames):
#     degree, t = len(points) - 1, torch.arange(num_frames) / (num_frames - 1)
#     return torch.stack([comb(degree, n) * t**n * (1 - t) ** (degree - n) for n in range(degree + 1)], dim=1) @ points
#
# def draw_square(corners, size, colour, canvas):
#     clip = torch.full((3, len(corners), canvas, canvas), -1.0)
#     for frame, (x, y) in enumerate(corners.int().tolist()):
#         clip[:, frame, y : y + size + 1, x : x + size + 1] = colour[:, None, None] / 127.5 - 1
#     return clip

# %% [raw] mocolab={"role": "misconception", "id": "0.3", "cause": "rounded", "says": "The released set cuts the fraction off: floor, not the nearest pixel."}
# def bezier(points, num_frames):
#     degree, t = len(points) - 1, torch.arange(num_frames) / (num_frames - 1)
#     return torch.stack([comb(degree, n) * t**n * (1 - t) ** (degree - n) for n in range(degree + 1)], dim=1) @ points
#
# def draw_square(corners, size, colour, canvas):
#     clip = torch.full((3, len(corners), canvas, canvas), -1.0)
#     for frame, (x, y) in enumerate(corners.round().int().tolist()):
#         clip[:, frame, y : y + size, x : x + size] = colour[:, None, None] / 127.5 - 1
#     return clip

# %% [raw] mocolab={"role": "misconception", "id": "0.3", "cause": "colour not scaled", "says": "Your square shines at up to 255: scale its colour as in 0.1."}
# def bezier(points, num_frames):
#     degree, t = len(points) - 1, torch.arange(num_frames) / (num_frames - 1)
#     return torch.stack([comb(degree, n) * t**n * (1 - t) ** (degree - n) for n in range(degree + 1)], dim=1) @ points
#
# def draw_square(corners, size, colour, canvas):
#     clip = torch.full((3, len(corners), canvas, canvas), -1.0)
#     for frame, (x, y) in enumerate(corners.int().tolist()):
#         clip[:, frame, y : y + size, x : x + size] = colour[:, None, None]
#     return clip

# %% [raw] mocolab={"role": "misconception", "id": "0.3", "cause": "T before C", "says": "A clip is [C, T, H, W]."}
# def bezier(points, num_frames):
#     degree, t = len(points) - 1, torch.arange(num_frames) / (num_frames - 1)
#     return torch.stack([comb(degree, n) * t**n * (1 - t) ** (degree - n) for n in range(degree + 1)], dim=1) @ points
#
# def draw_square(corners, size, colour, canvas):
#     clip = torch.full((len(corners), 3, canvas, canvas), -1.0)
#     for frame, (x, y) in enumerate(corners.int().tolist()):
#         clip[frame, :, y : y + size, x : x + size] = colour[:, None, None] / 127.5 - 1
#     return clip

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** a curve that starts and ends at its outer control points and passes the inner ones at a
# distance, and then four clips of your squares. They are the package's own clips, drawn again by your function, and the
# largest difference is 0.

# %% mocolab={"role": "demo"}
points = torch.tensor([[20.0, 52.0], [58.0, 44.0], [2.0, 30.0], [60.0, 20.0], [20.0, 1.0]])
curve = bezier(points, 32)
figure, axes = plt.subplots(figsize=(4, 4))
axes.plot(*points.T, "s--", color="tab:gray", label="control points")
axes.plot(*curve.T, "o-", markersize=3, label="your curve, 32 frames")
axes.set(xlim=(0, 64), ylim=(64, 0), xlabel="x", ylabel="y", aspect="equal")
axes.legend(loc="lower right")
display.picture(
    figure,
    alt="Five control points joined by a dashed zigzag from bottom to top, and a smooth curve that shares only its two "
    "ends with them.",
)
factors = filmed.factors(torch.arange(40))
squares = torch.where(~factors.is_disc)[0][:4]
yours = torch.stack(
    [draw_square(factors.corner[k], int(factors.side[k]), factors.colour[k].byte(), 64) for k in squares]
)
package = filmed.draw(filmed.factors(squares), torch.arange(32).expand(4, -1)) / 127.5 - 1
print(f"Largest difference to the package: {(yours - package).abs().max():.3f}")
display.show(yours, alt="Four clips of flat squares of different sizes and colours, each on its way over black.")

# %% [markdown] mocolab={"role": "text"}
# ## 4. What stays: content distance
#
# A clip is of one thing, and the thing should stay the same. So take a *feature* of each frame that describes what is
# seen and not where, and ask how far the features of a clip lie apart. This is the paper's *average content distance*
# (ACD; Tulyakov et al., 2018):
#
# $$\mathrm{ACD} = \frac{1}{N} \sum_{n=1}^{N} \frac{2}{T (T - 1)} \sum_{i < j} \lVert f_{n,i} - f_{n,j} \rVert_2 .$$
#
# For shapes the feature is the mean colour of the shape, for faces it is an embedding by a network that recognises
# people. In this course the shape is whatever is brighter than half of the brightest pixel of its frame, and colours
# count from 0 to 255 (`segment` in `mocolab.metrics.shapes`). Lower is better. The paper reports, on 256 clips of 16
# frames each:
#
# | ACD | shape motion | faces |
# |---|---:|---:|
# | the training set | 0 | 0.116 |
# | VGAN | 5.02 | 0.322 |
# | TGAN (Saito et al., 2017) | 2.08 | 0.305 |
# | MoCoGAN | 1.79 | 0.201 |
#
# ### Exercise 0.4: content distance
#
# | | |
# |---|---|
# | **Write** | `content_distance(features)` |
# | **Takes** | features `[N, T, F]`: N clips, T frames, F numbers a frame; T is 2 or more |
# | **Returns** | one number, `[]`: the L2 distance over F, mean over all pairs of frames i < j of a clip, mean over clips |
# | **Worth** | 4 points, difficulty 2 of 5, about 12 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# There are T (T - 1) / 2 pairs in a clip. Either name them all, or take the full table of distances, T by T, and think
# about what stands on its diagonal.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# `torch.triu_indices(T, T, offset=1)` gives all i and all j of pairs with i < j, each `[P]`. Features at i are
# `[N, P, F]`, and so are those at j; their distances are `[N, P]`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# i, j = torch.triu_indices(..., ..., offset=1)
# apart = ... - ...
# return apart.norm(dim=...).mean()
# ```
#
# </details>
# <details><summary>Help: RuntimeError: The size of tensor a (6) must match the size of tensor b (5) at non-singleton dimension 1</summary>
#
# You subtracted slices of different lengths. For all pairs put an axis of length 1 into each: `[N, T, 1, F]` and
# `[N, 1, T, F]`.
#
# </details>
# <details><summary>Help: RuntimeError: pdist only supports 2D tensors, got: 3D</summary>
#
# `pdist` takes one clip at a time. Loop over the clips, or name the pairs yourself.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "0.4"}
# def content_distance(features: Tensor) -> Tensor:
#     """ACD of features [N, T, F]: mean over clips of the mean distance of two frames."""
#     raise NotImplementedError("Exercise 0.4: all pairs of frames of a clip.")


# %% mocolab={"role": "answer", "id": "0.4", "points": 4, "minutes": 12, "difficulty": 2, "depends": []}
def content_distance(features: Tensor) -> Tensor:
    """ACD of features [N, T, F]: mean over clips of the mean distance of two frames."""
    num_frames = features.shape[1]
    first, second = torch.triu_indices(num_frames, num_frames, offset=1)
    return (features[:, first] - features[:, second]).norm(dim=2).mean()


# %% mocolab={"role": "check", "id": "0.4"}
probe = check("0.4", content_distance)
N, T, dim = probe.sizes(3, low=4)
lively = 1 + torch.arange(N)[:, None, None]  # how much a clip changes
many, two_frames = probe.given(probe.tensor(N, T, dim) * lively), probe.given(probe.tensor(N, 2, dim) * lively)
probe.gate("a frozen clip", content_distance(probe.tensor(1, 1, dim).repeat(2, T, 1)))
probe.show(
    many_clips=content_distance(many),
    one_clip=content_distance(probe.tensor(1, T, dim)),
    two_frames=content_distance(two_frames),
)

# %% [raw] mocolab={"role": "misconception", "id": "0.4", "cause": "neighbours only", "says": "A slow drift looks small between neighbours: take all pairs."}
# def content_distance(features):
#     return features.diff(dim=1).norm(dim=2).mean()

# %% [raw] mocolab={"role": "misconception", "id": "0.4", "cause": "diagonal counted", "says": "You averaged T zeros in: a frame is no pair with itself."}
# def content_distance(features):
#     return (features[:, :, None] - features[:, None]).norm(dim=3).mean()

# %% [raw] mocolab={"role": "misconception", "id": "0.4", "cause": "squared", "says": "Distance, not squared distance."}
# def content_distance(features):
#     i, j = torch.triu_indices(features.shape[1], features.shape[1], offset=1)
#     return (features[:, i] - features[:, j]).square().sum(dim=2).mean()

# %% [raw] mocolab={"role": "misconception", "id": "0.4", "cause": "to the first frame", "says": "Pairs with frame 0 are not all pairs."}
# def content_distance(features):
#     return (features[:, 1:] - features[:, :1]).norm(dim=2).mean()

# %% [raw] mocolab={"role": "misconception", "id": "0.4", "cause": "to the mean frame", "says": "The distance to the clip's mean is smaller than that of two frames: compare frames with each other."}
# def content_distance(features):
#     return (features - features.mean(dim=1, keepdim=True)).norm(dim=2).mean()

# %% [raw] mocolab={"role": "misconception", "id": "0.4", "cause": "across clips", "says": "Different clips may differ; compare frames within a clip."}
# def content_distance(features):
#     return torch.nn.functional.pdist(features.flatten(0, 1)).mean()

# %% [raw] mocolab={"role": "misconception", "id": "0.4", "cause": "mean of absolute values", "says": "L2 norm over the feature axis, then means."}
# def content_distance(features):
#     i, j = torch.triu_indices(features.shape[1], features.shape[1], offset=1)
#     return (features[:, i] - features[:, j]).abs().mean()

# %% [raw] mocolab={"role": "misconception", "id": "0.4", "cause": "sum of absolute values", "says": "That is the L1 distance: the L2 norm is the root of a sum of squares."}
# def content_distance(features):
#     i, j = torch.triu_indices(features.shape[1], features.shape[1], offset=1)
#     return (features[:, i] - features[:, j]).abs().sum(dim=2).mean()

# %% [raw] mocolab={"role": "misconception", "id": "0.4", "cause": "summed over pairs", "says": "A mean over pairs, not their sum: long clips would look worse."}
# def content_distance(features):
#     i, j = torch.triu_indices(features.shape[1], features.shape[1], offset=1)
#     return (features[:, i] - features[:, j]).norm(dim=2).sum(dim=1).mean()

# %% [raw] mocolab={"role": "misconception", "id": "0.4", "cause": "pairs counted twice", "says": "Your value is twice as large: the full table holds each pair two times, so divide by T (T - 1)."}
# def content_distance(features):
#     num_frames = features.shape[1]
#     table = (features[:, :, None] - features[:, None]).norm(dim=3)
#     return table.sum(dim=(1, 2)).mean() / (num_frames * (num_frames - 1) / 2)

# %% [raw] mocolab={"role": "misconception", "id": "0.4", "cause": "one number for each clip", "says": "One number for the whole set: take the mean over clips, too."}
# def content_distance(features):
#     i, j = torch.triu_indices(features.shape[1], features.shape[1], offset=1)
#     return (features[:, i] - features[:, j]).norm(dim=2).mean(dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "0.4", "cause": "norm over frames", "says": "Your norm runs over the wrong axis: the numbers of one frame are on the last."}
# def content_distance(features):
#     i, j = torch.triu_indices(features.shape[1], features.shape[1], offset=1)
#     return (features[:, i] - features[:, j]).norm(dim=1).mean()

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** the distance of every frame to every other, for three clips. The real one is black, since its
# colour is flat and stays. The flickering one is bright here and there. In the dream it grows with the distance in
# time: its colour drifts. Neighbours alone would not show that. Above each panel stands the mean of all pairs, your
# content distance.

# %% mocolab={"role": "demo"}
candidates = {"real": real[:1], "flicker": sets["flicker"][:1], "dream": dreams[:1]}
figure, panels = plt.subplots(1, 3, figsize=(9, 3.2), sharey=True, layout="constrained")
for panel, (name, clip) in zip(panels, candidates.items()):
    colour = segment(clip).colour
    image = panel.imshow(torch.cdist(colour, colour)[0], cmap="magma", vmin=0, vmax=200)
    panel.set(title=f"{name}: {content_distance(colour):.1f}", xlabel="frame")
panels[0].set(ylabel="frame")
figure.colorbar(image, ax=panels, label="distance of colours, 0 to 255")
display.picture(
    figure,
    alt="Three square tables of distances between frames. The first is black. The second has bright and dark rows and "
    "columns. The third is dark along its diagonal and brighter towards the corners off it.",
)

# %% [markdown] mocolab={"role": "text"}
# ## 5. What moves: energy and roughness
#
# A frozen clip has a content distance of 0, and so has the real data. Content distance must never stand alone. Two
# measures of motion to put beside it:
#
# $$\mathrm{energy} = \frac{1}{C\,(T - 1)\,H\,W} \sum_{c, t, y, x} \lvert x_{t+1} - x_t \rvert, \qquad
# \mathrm{roughness} = \frac{1}{T - 2} \sum_{t} \lVert c_{t+1} - 2\,c_t + c_{t-1} \rVert_2 .$$
#
# Energy asks how much of the picture changes between neighbouring frames, whatever the reason. Roughness looks at the
# path of the shape's centre, (x, y) in pixels, and asks how much its *velocity* changes: the difference of two
# differences. A thing that flies straight at any constant speed has roughness 0.
#
# ### Exercise 0.5: two measures of motion
#
# | | |
# |---|---|
# | **Write** | `motion_energy(clips)`: `[N, 3, T, H, W]` to one energy for each clip, `[N]` |
# | **and** | `path_roughness(centres)`: `[N, T, 2]` to one roughness for each clip, `[N]` |
# | **Measures** | energy: mean absolute difference of neighbours, over channels, T - 1 steps and pixels; roughness: L2 norm over (x, y), then the mean over T - 2 moments |
# | **Know that** | T is 2 or more for the energy, 3 or more for the roughness |
# | **Worth** | 4 points, difficulty 2 of 5, about 18 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# All frames but the first, minus all frames but the last. Once for the energy, twice for the roughness. Then take
# absolute values for the energy, lengths for the roughness, and only then means.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# Clips `[N, 3, T, H, W]`, differences `[N, 3, T - 1, H, W]`, energy `[N]`. Centres `[N, T, 2]`, second differences
# `[N, T - 2, 2]`, norms `[N, T - 2]`, roughness `[N]`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# def motion_energy(clips):
#     steps = clips[:, :, 1:] - ...
#     return ...  # positive first, then the mean of each clip
#
# def path_roughness(centres):
#     bend = centres[:, 2:] - ... + ...
#     return bend.norm(dim=...).mean(dim=...)
# ```
#
# </details>
# <details><summary>Help: IndexError: Dimension out of range (expected to be in range of [-1, 0], but got 1)</summary>
#
# A mean without `dim` has already taken all axes; nothing is left for the next. Name the axes in every mean.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "0.5"}
# def motion_energy(clips: Tensor) -> Tensor:
#     """Mean absolute difference of neighbouring frames, [N], of clips [N, 3, T, H, W]."""
#     raise NotImplementedError("Exercise 0.5: differences along time, absolute, mean of each clip.")
#
#
# def path_roughness(centres: Tensor) -> Tensor:
#     """Mean length of the second difference, [N], of paths [N, T, 2] of (x, y) in pixels."""
#     raise NotImplementedError("Exercise 0.5: second differences along time, their length, mean of each clip.")


# %% mocolab={"role": "answer", "id": "0.5", "points": 4, "minutes": 18, "difficulty": 2, "depends": []}
def motion_energy(clips: Tensor) -> Tensor:
    """Mean absolute difference of neighbouring frames, [N], of clips [N, 3, T, H, W]."""
    return clips.diff(dim=2).abs().mean(dim=(1, 2, 3, 4))


def path_roughness(centres: Tensor) -> Tensor:
    """Mean length of the second difference, [N], of paths [N, T, 2] of (x, y) in pixels."""
    return centres.diff(n=2, dim=1).norm(dim=2).mean(dim=1)


# %% mocolab={"role": "check", "id": "0.5"}
probe = check("0.5", motion_energy, path_roughness)
N, T, H, W = probe.sizes(4, low=4)
clips, centres = probe.tensor(N, 3, T, H, W), probe.tensor(N, T, 2)
time = torch.arange(T)[:, None]
straight = probe.integers(40, N, 1, 2) + (1 + probe.integers(8, N, 1, 2)) * time
thrown = straight + probe.tensor(N, 1, 2) * time**2
probe.gate("energy of frozen clips", motion_energy(clips[:, :, :1].repeat(1, 1, T, 1, 1)))
probe.gate("shape of the energy of one clip", str(list(motion_energy(clips[:1]).shape)))
probe.gate("shape of the roughness of one path", str(list(path_roughness(centres[:1]).shape)))
probe.gate("roughness at constant velocity", path_roughness(straight.float()))
probe.show(energy=motion_energy(clips), roughness=path_roughness(centres), acceleration=path_roughness(thrown))

# %% [raw] mocolab={"role": "misconception", "id": "0.5", "cause": "signed mean", "says": "Ups and downs cancel: take the absolute value first."}
# def motion_energy(clips):
#     return clips.diff(dim=2).mean(dim=(1, 2, 3, 4)).abs()
#
# def path_roughness(centres):
#     return centres.diff(n=2, dim=1).norm(dim=2).mean(dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "0.5", "cause": "first to last", "says": "A shape that comes back counts as still: compare neighbours."}
# def motion_energy(clips):
#     return (clips[:, :, -1] - clips[:, :, 0]).abs().mean(dim=(1, 2, 3))
#
# def path_roughness(centres):
#     return centres.diff(n=2, dim=1).norm(dim=2).mean(dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "0.5", "cause": "squared", "says": "Absolute, not squared."}
# def motion_energy(clips):
#     return clips.diff(dim=2).square().mean(dim=(1, 2, 3, 4))
#
# def path_roughness(centres):
#     return centres.diff(n=2, dim=1).norm(dim=2).mean(dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "0.5", "cause": "one number", "says": "One value per clip, please: [N]."}
# def motion_energy(clips):
#     return clips.diff(dim=2).abs().mean()
#
# def path_roughness(centres):
#     return centres.diff(n=2, dim=1).norm(dim=2).mean()

# %% [raw] mocolab={"role": "misconception", "id": "0.5", "cause": "roll wraps", "says": "torch.roll joins the last frame to the first."}
# def motion_energy(clips):
#     return (clips.roll(-1, dims=2) - clips).abs().mean(dim=(1, 2, 3, 4))
#
# def path_roughness(centres):
#     return centres.diff(n=2, dim=1).norm(dim=2).mean(dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "0.5", "cause": "roll wraps in the path", "says": "torch.roll joins the last moment of a path to the first."}
# def motion_energy(clips):
#     return clips.diff(dim=2).abs().mean(dim=(1, 2, 3, 4))
#
# def path_roughness(centres):
#     return (centres.roll(-1, dims=1) - 2 * centres + centres.roll(1, dims=1)).norm(dim=2).mean(dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "0.5", "cause": "along the rows", "says": "You compared neighbouring rows of one frame: time is axis 2."}
# def motion_energy(clips):
#     return clips.diff(dim=3).abs().mean(dim=(1, 2, 3, 4))
#
# def path_roughness(centres):
#     return centres.diff(n=2, dim=1).norm(dim=2).mean(dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "0.5", "cause": "first difference as roughness", "says": "That is speed; a straight fast path is not rough."}
# def motion_energy(clips):
#     return clips.diff(dim=2).abs().mean(dim=(1, 2, 3, 4))
#
# def path_roughness(centres):
#     return centres.diff(dim=1).norm(dim=2).mean(dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "0.5", "cause": "change of speed", "says": "A curve at constant speed is rough, too: take the difference of the velocities as vectors, then its length."}
# def motion_energy(clips):
#     return clips.diff(dim=2).abs().mean(dim=(1, 2, 3, 4))
#
# def path_roughness(centres):
#     return centres.diff(dim=1).norm(dim=2).diff(dim=1).abs().mean(dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "0.5", "cause": "axes apart", "says": "Roughness is a length in pixels: the L2 norm over (x, y), and not the mean of both."}
# def motion_energy(clips):
#     return clips.diff(dim=2).abs().mean(dim=(1, 2, 3, 4))
#
# def path_roughness(centres):
#     return centres.diff(n=2, dim=1).abs().mean(dim=(1, 2))

# %% [raw] mocolab={"role": "misconception", "id": "0.5", "cause": "divided by T", "says": "T frames have T - 2 second differences: take the mean over these."}
# def motion_energy(clips):
#     return clips.diff(dim=2).abs().mean(dim=(1, 2, 3, 4))
#
# def path_roughness(centres):
#     return centres.diff(n=2, dim=1).norm(dim=2).sum(dim=1) / centres.shape[1]

# %% [markdown] mocolab={"role": "text"}
# ## 6. The map, read
#
# Before you run anything else: which letter of the map is which set? Scroll up to it, think of what each axis sees, and
# write a letter behind each name. Nobody scores this.

# %% mocolab={"role": "predict"}
guess = {"real": "?", "frozen": "?", "shuffled": "?", "flicker": "?", "noise": "?", "untrained": "?"}

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** the table below, from *your* three functions, and the map with names. The last row and the
# orange point are clips of the trained network, whose dreams you voted on.

# %% mocolab={"role": "demo"}
torch.manual_seed(0)
with torch.no_grad():
    named = sets | {"dreams": trained.sample(len(real), needs.num_frames)}
places = {}
print("set         letter  guess   content distance   motion energy   path roughness")
for name, clips in named.items():
    found = segment(clips)
    places[name] = content_distance(found.colour).item(), motion_energy(clips).mean().item()
    rough, letter = path_roughness(found.centre).mean(), letters.get(name, "")
    print(
        f"{name:10}  {letter:6}  {guess.get(name, ''):5} {places[name][0]:18.2f} {places[name][1]:15.4f} {rough:16.2f}"
    )
display.picture(
    draw_map(places, dict(zip(places, places))),
    alt="The map with names. At content distance 0: frozen at the bottom, real above it, shuffled above real. Flicker "
    "is far to the right at the height of real, noise at the top, untrained between shuffled and noise. Dreams are "
    "beside flicker, further to the right.",
)

# %% [markdown] mocolab={"role": "text"}
# Read it row by row.
#
# - *Frozen* beats every generator of the paper's table in content distance. So does *shuffled*, which does not lack
#   motion either: it has more energy than real clips. That its frames are in no order shows in its roughness.
# - *Untrained* has less content distance than the dreams of the trained network, by far. Its pictures hold no shape, so
#   what is averaged is most of a picture, and such a mean hardly changes. The same holds for *noise*. Nor does the
#   centre of so many pixels move: by roughness both are smoother than real clips. A feature means something only where
#   it finds what it was made for.
# - *Flicker* has nearly the motion energy of real clips, and its shapes go the very same ways. Only content distance
#   sees it.
# - *The dreams* have the energy of real clips, and their content drifts. That is the state of a small network after a
#   short training, and the figure that you want to lower in lab 02.
#
# ## Where this stands in the package
#
# | yours | in `mocolab` | there it also |
# |---|---|---|
# | `strip_to_clip`, 0.1 | `media.load` | reads videos and folders of pictures; bytes stay bytes until the device |
# | `count_starts`, `clip_indices`, 0.2 | `VideoData.span` and `clips` in `data` | draws a video first, then a start |
# | `locate_frame`, 0.2 | `StoredData.frames` in `data.clips` | reads one frame from the disk, and nothing else |
# | `bezier`, 0.3 | `data.shapes.bezier` | takes many curves at once |
# | `draw_square`, 0.3 | `Shapes.draw` in `data.shapes` | draws discs, and shapes between pixels |
# | `content_distance`, 0.4 | `metrics.content` | |
# | `motion_energy`, `path_roughness`, 0.5 | `metrics.motion` | |
#
# ## What you built
#
# | part | in | out |
# |---|---|---|
# | a reader | a strip of bytes | a clip `[3, T, S, S]` in [-1, 1] |
# | a sampler | lengths of videos, a length of clips, a step | starts, indices, places |
# | a data set | control points, a size, a colour | clips of a moving square |
# | three measures | clips, and what was found in them | what stays, what moves, how smoothly |
#
# ## What it cannot do
#
# It measures and makes nothing. And all of its measures look at one clip at a time: a generator that paints the same
# perfect clip for ever gets perfect marks. How a network paints clips at all is lab 01.
#
# ## Discuss
#
# 1. The content distance of real shapes is 0, and that of a frozen clip too. Which pair of numbers would you print in a
#    paper's table?
# 2. The paper prints 1.79, 2.08 and 5.02 for MoCoGAN, TGAN and VGAN, without a spread. What would you ask the authors
#    before you believe the order of the first two? (Colours can be counted from 0 to 1 or from 0 to 255, for a start.)
# 3. Which of the three measures notices a generator that copies the training set?
#
# ## References
#
# - S. Tulyakov, M.-Y. Liu, X. Yang, J. Kautz. MoCoGAN: Decomposing Motion and Content for Video Generation. CVPR 2018.
#   [arXiv 1707.04993](https://arxiv.org/abs/1707.04993). Released code and data:
#   [sergeytulyakov/mocogan](https://github.com/sergeytulyakov/mocogan), for non-commercial use; nothing here is copied
#   from it.
# - C. Vondrick, H. Pirsiavash, A. Torralba. Generating Videos with Scene Dynamics. NIPS 2016.
# - M. Saito, E. Matsumoto, S. Saito. Temporal Generative Adversarial Nets with Singular Value Clipping. ICCV 2017.
