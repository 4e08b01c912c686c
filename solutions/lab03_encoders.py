# %% [markdown] mocolab={"role": "header", "id": "03", "title": "Encoders for 1, 2 and 3 images: from generation to prediction", "minutes": 160}
# # Lab 03. Encoders for 1, 2 and 3 images: from generation to prediction
#
# **What happens next, given 1, 2 or 3 pictures?** 30 points, about 160 minutes.
#
# Run the next cell. One picture, and nine things that may happen next, all equally likely. The first clip is the one
# that came true. The second is no future at all, but a ghost: the average of the nine. The others are the eight
# futures that did not come, each as possible as the first.

# %% mocolab={"role": "demo"}
import matplotlib.pyplot as plt
import torch

import mocolab
from mocolab import display
from mocolab.course import tier

world = mocolab.open_data("shapes-velocity", size=64)


def setting_out(angles, num_frames=12):
    """Clips of one shape that leaves the middle of the picture at these angles, [B, 3, num_frames, 64, 64]."""
    way = torch.stack([angles.cos(), angles.sin()], dim=1)
    corner = 26 + 2.2 * way[:, None] * torch.arange(num_frames)[:, None]  # [B, T, 2]
    factors = world.factors(torch.full((len(angles),), 8))._replace(corner=corner)
    return world.draw(factors, torch.arange(num_frames).expand(len(angles), -1)) / 127.5 - 1


possible = setting_out(torch.arange(9) * 2 * torch.pi / 9 + 0.3)
truth, samples = possible[:1], possible[1:]
ghost = possible.mean(dim=0, keepdim=True)
display.show(
    torch.cat([truth, ghost, samples]),
    columns=5,
    alt="Ten clips that begin with one shape in the middle of a black picture. In the first it leaves to the right and "
    "down, in the second it dissolves into nine faint copies, in the other eight it leaves in other directions.",
)

# %% [markdown] mocolab={"role": "text"}
# **Predict first.** Eight sampled futures and a ghost: which of these nine has the smallest squared pixel error to the
# truth? And the smallest absolute one, if a tenth candidate joins them, a clip that is black from beginning to end?

# %% mocolab={"role": "predict"}
# Not scored. Write your guess before you run the next cell: a sample, the ghost, or the empty clip?
smallest_squared_error = "..."
smallest_absolute_error = "..."

# %% [markdown] mocolab={"role": "text"}
# ## The picture to remember

# %% mocolab={"role": "demo"}
empty = torch.full_like(truth, -1)
candidates = {"truth": truth, "ghost": ghost, "empty": empty}
candidates |= {f"sample {k + 1}": samples[k : k + 1] for k in (0, 2, 4, 7)}
print(f"Your predictions: {smallest_squared_error} (squared), {smallest_absolute_error} (absolute)")
figure, panels = plt.subplots(1, len(candidates), figsize=(10, 2.1))
for panel, (name, clip) in zip(panels, candidates.items()):
    error = (clip - truth)[:, :, 6:]  # the second half: what is far enough ahead to be uncertain
    panel.imshow(clip[0, :, -1].permute(1, 2, 0) / 2 + 0.5)
    panel.set(title=name, xticks=[], yticks=[])
    panel.set_xlabel(f"squared {error.square().mean():.3f}\nabsolute {error.abs().mean():.3f}")
figure.tight_layout()
display.picture(
    figure,
    alt="The last frames of seven clips with their errors below: the truth, a ghost of nine faint copies, an empty "
    "picture, and four sharp samples. The ghost has a smaller squared error than every sample, and the empty picture a "
    "smaller absolute error than every sample and than the ghost.",
)

# %% [markdown] mocolab={"role": "text"}
# > **The future is not one. A pixel error asks for one answer to all futures, and gets the answer that no future is.**
#
# The eight sampled futures are what a good model should say, and both errors call them worse than a smear or than
# nothing. A network that is trained on such an error learns what the error asks for. So this lab builds a model that
# draws its future and is asked to rebuild only what it was given. The rest it leaves to critics, which ask whether a
# future is possible, and not whether it is the one that came.
#
# **After this lab you can**
#
# 1. say what a network learns from squared and from absolute errors when the future is open, and why;
# 2. encode one picture as content, and one, two, three or all pictures as motion, by one rule;
# 3. let the walk of lab 01 go on from what was seen, and place the seam between past and future;
# 4. choose losses that do not punish a future for being another one;
# 5. measure a prediction along its horizon, beside baselines that a child could think of.
#
# **You need** lab 01 (codes, walk, painter) and lab 02 (the game and its critics).
#
# **The boxes** are those of lab 01: a *tape* stands in for `torch.randn`, a *tell-tale* painter shows which codes were
# painted together, and networks are filled with numbers that a seed decides. Clips are `[B, C, T, H, W]` with pixels
# in [-1, 1]; `past` are the given pictures, n of them.

# %% mocolab={"role": "given"}
import torch
from einops import rearrange, repeat
from torch import Tensor, nn

from mocolab.course import check
from mocolab.networks.generators import paint

# %% [markdown] mocolab={"role": "text"}
# ## 1. One answer to many futures
#
# Let K futures $y_1, \dots, y_K$ be equally likely, and let one answer $g$ be asked for before it is known which of
# them comes. Its expected error, with power $p$, is
#
# $$E_p(g) = \frac{1}{K} \sum_{k=1}^{K} \operatorname{mean}\, \lvert g - y_k \rvert^{p},$$
#
# the inner mean over pixels. No pixel takes part in the error of another, so each is minimised alone. For $p = 2$ the
# derivative $\frac{2}{K} \sum_k (g - y_k)$ vanishes at the mean. For $p = 1$ the derivative is
# $\frac{1}{K} \sum_k \operatorname{sign}(g - y_k)$: it vanishes with as many futures above as below, at the median.
#
# ### Exercise 3.1: the best single guess
#
# | | |
# |---|---|
# | **Write** | `best_guess(futures, power)` and `expected_error(guess, futures, power)` |
# | **Takes** | `futures` `[K, ...]`, K odd, all equally likely; `guess` `[...]`; `power` 1 or 2 |
# | **Returns** | the guess `[...]` with the smallest expected error; the expected error as above, a single number |
# | **Worth** | 3 points, difficulty 2 of 5, about 12 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# Each element on its own, over the K futures: the mean for squares, the median for absolute values.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# Reduce axis 0 only: `[K, C, H, W]` becomes `[C, H, W]`. In the error, `guess - futures` is `[K, C, H, W]` by itself.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# if power == 2:
#     return futures.mean(...)
# return futures.median(...).values
# ```
#
# </details>
# <details><summary>Help: guess_for_power_1: yours is torch.return_types.median(...), needed are real numbers</summary>
#
# `median` along an axis returns values and indices: take `.values`.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "3.1"}
# def best_guess(futures: Tensor, power: int) -> Tensor:
#     """The one answer [...] to equally likely futures [K, ...] with the smallest mean of |guess - future|^power."""
#     raise NotImplementedError("Exercise 3.1: mean or median, element by element.")
#
#
# def expected_error(guess: Tensor, futures: Tensor, power: int) -> Tensor:
#     """The mean over futures [K, ...] and all elements of |guess - future|^power."""
#     raise NotImplementedError("Exercise 3.1: one number.")


# %% mocolab={"role": "answer", "id": "3.1", "points": 3, "minutes": 12, "difficulty": 2, "depends": []}
def best_guess(futures: Tensor, power: int) -> Tensor:
    """The one answer [...] to equally likely futures [K, ...] with the smallest mean of |guess - future|^power."""
    return futures.mean(dim=0) if power == 2 else futures.median(dim=0).values


def expected_error(guess: Tensor, futures: Tensor, power: int) -> Tensor:
    """The mean over futures [K, ...] and all elements of |guess - future|^power."""
    return (guess - futures).abs().pow(power).mean()


# %% mocolab={"role": "check", "id": "3.1"}
probe = check("3.1", best_guess, expected_error)
half, C, H, W = probe.sizes(4, low=2, high=9)
futures = probe.tensor(2 * half + 1, C, H, W)
guess = probe.tensor(C, H, W)
probe.gate("guess for one future", best_guess(futures[:1], 2))
probe.show(
    guess_for_power_2=best_guess(futures, 2),
    guess_for_power_1=best_guess(futures, 1),
    error_with_power_2=expected_error(guess, futures, 2),
    error_with_power_1=expected_error(guess, futures, 1),
)

# %% [raw] mocolab={"role": "misconception", "id": "3.1", "cause": "mean for both", "says": "L1 asks for the median: for a small object on black that is no object."}
# def best_guess(futures, power):
#     return futures.mean(dim=0)
#
# def expected_error(guess, futures, power):
#     return (guess - futures).abs().pow(power).mean()

# %% [raw] mocolab={"role": "misconception", "id": "3.1", "cause": "best sample", "says": "No single future is the best compromise; that is why blur wins."}
# def best_guess(futures, power):
#     errors = [expected_error(future, futures, power) for future in futures]
#     return futures[torch.stack(errors).argmin()]
#
# def expected_error(guess, futures, power):
#     return (guess - futures).abs().pow(power).mean()

# %% [raw] mocolab={"role": "misconception", "id": "3.1", "cause": "swapped", "says": "Mean for L2, median for L1."}
# def best_guess(futures, power):
#     return futures.mean(dim=0) if power == 1 else futures.median(dim=0).values
#
# def expected_error(guess, futures, power):
#     return (guess - futures).abs().pow(power).mean()

# %% [raw] mocolab={"role": "misconception", "id": "3.1", "cause": "root taken", "says": "Error, not its root."}
# def best_guess(futures, power):
#     return futures.mean(dim=0) if power == 2 else futures.median(dim=0).values
#
# def expected_error(guess, futures, power):
#     return (guess - futures).abs().pow(power).mean() ** (1 / power)

# %% [raw] mocolab={"role": "misconception", "id": "3.1", "cause": "mean over all axes", "says": "One value per pixel."}
# def best_guess(futures, power):
#     level = futures.mean() if power == 2 else futures.median()
#     return level.expand(futures.shape[1:])
#
# def expected_error(guess, futures, power):
#     return (guess - futures).abs().pow(power).mean()

# %% [raw] mocolab={"role": "misconception", "id": "3.1", "cause": "one number for a guess", "says": "One value per pixel."}
# def best_guess(futures, power):
#     return futures.mean() if power == 2 else futures.median()
#
# def expected_error(guess, futures, power):
#     return (guess - futures).abs().pow(power).mean()

# %% [raw] mocolab={"role": "misconception", "id": "3.1", "cause": "summed over pixels", "says": "The mean over pixels too, not their sum."}
# def best_guess(futures, power):
#     return futures.mean(dim=0) if power == 2 else futures.median(dim=0).values
#
# def expected_error(guess, futures, power):
#     return (guess - futures).abs().pow(power).flatten(1).sum(dim=1).mean()

# %% [raw] mocolab={"role": "misconception", "id": "3.1", "cause": "averaged before the power", "says": "Power first, then the mean: errors of different pixels must not be mixed before."}
# def best_guess(futures, power):
#     return futures.mean(dim=0) if power == 2 else futures.median(dim=0).values
#
# def expected_error(guess, futures, power):
#     return (guess - futures).abs().mean().pow(power)

# %% [raw] mocolab={"role": "misconception", "id": "3.1", "cause": "signed", "says": "Without absolute values, errors of different signs cancel."}
# def best_guess(futures, power):
#     return futures.mean(dim=0) if power == 2 else futures.median(dim=0).values
#
# def expected_error(guess, futures, power):
#     return (guess - futures).pow(power).mean()

# %% [markdown] mocolab={"role": "text"}
# A network at the start of its training is in the same place: it cannot yet tell one clip from another, so it says one
# thing for all of them. The next cell asks your functions for the best single answer to the nine futures of the hook,
# and then for the best single picture for 101 frames of the shapes set.
#
# **What you should see:** a line that says that your guess for power 2 is the ghost. Then, for power 2 a dim cloud, for power 1 a black picture, both shown five times as bright as they
# are; and below each its expected errors. The black one has the smallest absolute error of all single answers. This is why an absolute error *alone* teaches a
# network on small shapes to paint nothing: nothing is the first good answer on its way.

# %% mocolab={"role": "demo"}
pictures = world.draw(world.factors(torch.arange(101)), torch.zeros(101, 1, dtype=torch.long))[:, :, 0] / 127.5 - 1
guesses = {
    "one of them": pictures[4],
    "best for power 2": best_guess(pictures, 2),
    "best for power 1": best_guess(pictures, 1),
}
print(f"Largest difference of your guess to the ghost: {(best_guess(possible, 2) - ghost[0]).abs().max():.4f}")
figure, panels = plt.subplots(1, 3, figsize=(8, 3))
for panel, (name, guess) in zip(panels, guesses.items()):
    brighter = 5 if "power" in name else 1  # or the eye would see nothing
    panel.imshow((brighter * (guess + 1) / 2).clamp(max=1).permute(1, 2, 0))
    panel.set(title=name, xticks=[], yticks=[])
    squared, absolute = (expected_error(guess, pictures, power).item() for power in (2, 1))
    panel.set_xlabel(f"squared {squared:.3f}\nabsolute {absolute:.3f}")
figure.tight_layout()
display.picture(
    figure,
    alt="Three pictures with their errors below: one frame with a shape, a dim cloud over the whole picture, and black. "
    "The cloud has the smallest squared error, black the smallest absolute one.",
)

# %% [markdown] mocolab={"role": "text"}
# ## 2. What is there
#
# From here on nothing is drawn from noise that can be read from a picture. The content code was
# $z_C \sim \mathcal{N}(0, I)$; now it is read from the first given picture,
#
# $$z_C = E_C(x_0).$$
#
# It holds what the shape looks like *and where it is*: motion will be what has changed since $x_0$, and a change says
# nothing of the place at which it began.
#
# $E_C$ is built like the frame critic of lab 02 in its full form, which has one layer more, with `dim` numbers at the
# end instead of one score, and without its noise:
#
# | layer, all with kernel 4 and without bias | stride, padding | gives | then |
# |---|---|---|---|
# | channels -> width | 2, 1 | 32 x 32 | LeakyReLU 0.2 |
# | width -> 2 width | 2, 1 | 16 x 16 | BatchNorm, LeakyReLU 0.2 |
# | 2 width -> 4 width | 2, 1 | 8 x 8 | BatchNorm, LeakyReLU 0.2 |
# | 4 width -> 8 width | 2, 1 | 4 x 4 | BatchNorm, LeakyReLU 0.2 |
# | 8 width -> dim | 1, 0 | 1 x 1 | nothing |
#
# ### Exercise 3.2: the content encoder
#
# | | |
# |---|---|
# | **Write** | `ContentEncoder(dim=50, width=64, channels=3)` as in the table, and its `forward(frames)` |
# | **Takes** | frames `[N, channels, 64, 64]` |
# | **Returns** | codes `[N, dim]`, also for N = 1 |
# | **Layers** | `nn.Conv2d`, `nn.BatchNorm2d`; created in the order of the table |
# | **Worth** | 3 points, difficulty 2 of 5, about 10 minutes |
#
# Count your parameters: 3,166,976 for `ContentEncoder()`, 275,648 at width 16.
#
# <details><summary>Hint 1: the idea</summary>
#
# The painter of 1.4 backwards: four halvings, then one convolution that sees all of the 4 x 4 that are left.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# `[N, C, 64, 64]`, `[N, w, 32, 32]`, `[N, 2w, 16, 16]`, `[N, 4w, 8, 8]`, `[N, 8w, 4, 4]`, `[N, dim, 1, 1]`,
# `[N, dim]`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# self.layers = nn.Sequential(
#     nn.Conv2d(channels, width, 4, stride=..., padding=..., bias=...),
#     nn.LeakyReLU(0.2),
#     nn.Conv2d(...),
#     nn.BatchNorm2d(...),
#     ...,
#     nn.Flatten(),
# )
# ```
#
# </details>
# <details><summary>Help: RuntimeError: Calculated padded input size per channel: (2 x 2). Kernel size: (4 x 4). Kernel size can't be greater than actual input size</summary>
#
# One halving too many. Four layers have stride 2, the fifth has stride 1 and no padding.
#
# </details>
# <details><summary>Help: With one picture the batch axis vanishes.</summary>
#
# A bare `squeeze()` removes every axis of length 1, and with one picture the batch axis is one. `nn.Flatten()` never
# touches it.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "3.2"}
# class ContentEncoder(nn.Module):
#     """E_C: what is in frames [N, channels, 64, 64] and where, as codes [N, dim]."""
#
#     def __init__(self, dim: int = 50, width: int = 64, channels: int = 3):
#         raise NotImplementedError("Exercise 3.2: five convolutions.")
#
#     def forward(self, frames: Tensor) -> Tensor:
#         raise NotImplementedError("Exercise 3.2: frames to codes.")


# %% mocolab={"role": "answer", "id": "3.2", "points": 3, "minutes": 10, "difficulty": 2, "depends": []}
class ContentEncoder(nn.Module):
    """E_C: what is in frames [N, channels, 64, 64] and where, as codes [N, dim]."""

    def __init__(self, dim: int = 50, width: int = 64, channels: int = 3):
        super().__init__()
        layers = [nn.Conv2d(channels, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
        for wide in (2 * width, 4 * width, 8 * width):
            layers += [nn.Conv2d(wide // 2, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(8 * width, dim, 4, 1, 0, bias=False), nn.Flatten())

    def forward(self, frames: Tensor) -> Tensor:
        return self.layers(frames)


# %% mocolab={"role": "check", "id": "3.2"}
probe = check("3.2", ContentEncoder)
N, D, W, C = probe.sizes(4, low=4, high=7)
with torch.device("meta"):  # weights that are counted and never made
    networks = {64: ContentEncoder(), 16: ContentEncoder(width=16)}
for width, network in networks.items():
    probe.gate(f"parameters at width {width}", sum(weight.numel() for weight in network.parameters()))
encoder = probe.fill(ContentEncoder(D, W, C))
frames = probe.tensor(N, C, 64, 64).requires_grad_()
codes = encoder(frames)
probe.show(
    codes_in_train_mode=codes,
    gradient_by_the_frames=probe.gradient(codes, frames),
    codes_in_eval_mode=encoder.eval()(frames),
    code_of_one_frame=encoder(frames[:1]),
)

# %% [raw] mocolab={"role": "misconception", "id": "3.2", "cause": "InstanceNorm", "says": "A norm per picture hides how bright a shape is: content should keep it."}
# class ContentEncoder(nn.Module):
#     def __init__(self, dim=50, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.Conv2d(channels, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
#             nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False), nn.InstanceNorm2d(2 * width, affine=True), nn.LeakyReLU(0.2),
#             nn.Conv2d(2 * width, 4 * width, 4, 2, 1, bias=False), nn.InstanceNorm2d(4 * width, affine=True), nn.LeakyReLU(0.2),
#             nn.Conv2d(4 * width, 8 * width, 4, 2, 1, bias=False), nn.InstanceNorm2d(8 * width, affine=True), nn.LeakyReLU(0.2),
#             nn.Conv2d(8 * width, dim, 4, 1, 0, bias=False), nn.Flatten(),
#         )
#
#     def forward(self, frames):
#         return self.layers(frames)

# %% [raw] mocolab={"role": "misconception", "id": "3.2", "cause": "Tanh on the code", "says": "The code takes the place of z_C, a normal vector: no squashing."}
# class ContentEncoder(nn.Module):
#     def __init__(self, dim=50, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.Conv2d(channels, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
#             nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2),
#             nn.Conv2d(2 * width, 4 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * width), nn.LeakyReLU(0.2),
#             nn.Conv2d(4 * width, 8 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(8 * width), nn.LeakyReLU(0.2),
#             nn.Conv2d(8 * width, dim, 4, 1, 0, bias=False), nn.Flatten(), nn.Tanh(),
#         )
#
#     def forward(self, frames):
#         return self.layers(frames)

# %% [raw] mocolab={"role": "misconception", "id": "3.2", "cause": "patch scores", "says": "The last layer must see all of 4 x 4, with stride 1 and no padding: yours scores patches."}
# class ContentEncoder(nn.Module):
#     def __init__(self, dim=50, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.Conv2d(channels, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
#             nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2),
#             nn.Conv2d(2 * width, 4 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * width), nn.LeakyReLU(0.2),
#             nn.Conv2d(4 * width, 8 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(8 * width), nn.LeakyReLU(0.2),
#             nn.Conv2d(8 * width, dim, 4, 2, 1, bias=False), nn.Flatten(),
#         )
#
#     def forward(self, frames):
#         return self.layers(frames)

# %% [raw] mocolab={"role": "misconception", "id": "3.2", "cause": "squeeze", "says": "With one picture the batch axis vanishes."}
# class ContentEncoder(nn.Module):
#     def __init__(self, dim=50, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.Conv2d(channels, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
#             nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2),
#             nn.Conv2d(2 * width, 4 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * width), nn.LeakyReLU(0.2),
#             nn.Conv2d(4 * width, 8 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(8 * width), nn.LeakyReLU(0.2),
#             nn.Conv2d(8 * width, dim, 4, 1, 0, bias=False),
#         )
#
#     def forward(self, frames):
#         return self.layers(frames).squeeze()

# %% [raw] mocolab={"role": "misconception", "id": "3.2", "cause": "norm on the first layer", "says": "The first layer has no BatchNorm."}
# class ContentEncoder(nn.Module):
#     def __init__(self, dim=50, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.Conv2d(channels, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.LeakyReLU(0.2),
#             nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2),
#             nn.Conv2d(2 * width, 4 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * width), nn.LeakyReLU(0.2),
#             nn.Conv2d(4 * width, 8 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(8 * width), nn.LeakyReLU(0.2),
#             nn.Conv2d(8 * width, dim, 4, 1, 0, bias=False), nn.Flatten(),
#         )
#
#     def forward(self, frames):
#         return self.layers(frames)

# %% [raw] mocolab={"role": "misconception", "id": "3.2", "cause": "biases", "says": "Parameters too many: a norm already shifts, no layer has a bias."}
# class ContentEncoder(nn.Module):
#     def __init__(self, dim=50, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.Conv2d(channels, width, 4, 2, 1, bias=True), nn.LeakyReLU(0.2),
#             nn.Conv2d(width, 2 * width, 4, 2, 1, bias=True), nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2),
#             nn.Conv2d(2 * width, 4 * width, 4, 2, 1, bias=True), nn.BatchNorm2d(4 * width), nn.LeakyReLU(0.2),
#             nn.Conv2d(4 * width, 8 * width, 4, 2, 1, bias=True), nn.BatchNorm2d(8 * width), nn.LeakyReLU(0.2),
#             nn.Conv2d(8 * width, dim, 4, 1, 0, bias=True), nn.Flatten(),
#         )
#
#     def forward(self, frames):
#         return self.layers(frames)

# %% [raw] mocolab={"role": "misconception", "id": "3.2", "cause": "ReLU", "says": "An encoder keeps what lies below zero, scaled down: LeakyReLU with 0.2."}
# class ContentEncoder(nn.Module):
#     def __init__(self, dim=50, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.Conv2d(channels, width, 4, 2, 1, bias=False), nn.ReLU(),
#             nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width), nn.ReLU(),
#             nn.Conv2d(2 * width, 4 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * width), nn.ReLU(),
#             nn.Conv2d(4 * width, 8 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(8 * width), nn.ReLU(),
#             nn.Conv2d(8 * width, dim, 4, 1, 0, bias=False), nn.Flatten(),
#         )
#
#     def forward(self, frames):
#         return self.layers(frames)

# %% [raw] mocolab={"role": "misconception", "id": "3.2", "cause": "norm missing", "says": "Parameters are missing: three BatchNorms."}
# class ContentEncoder(nn.Module):
#     def __init__(self, dim=50, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.Conv2d(channels, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
#             nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False), nn.Identity(), nn.LeakyReLU(0.2),
#             nn.Conv2d(2 * width, 4 * width, 4, 2, 1, bias=False), nn.Identity(), nn.LeakyReLU(0.2),
#             nn.Conv2d(4 * width, 8 * width, 4, 2, 1, bias=False), nn.Identity(), nn.LeakyReLU(0.2),
#             nn.Conv2d(8 * width, dim, 4, 1, 0, bias=False), nn.Flatten(),
#         )
#
#     def forward(self, frames):
#         return self.layers(frames)

# %% [raw] mocolab={"role": "misconception", "id": "3.2", "cause": "norm after the activation", "says": "Norm first, then LeakyReLU."}
# class ContentEncoder(nn.Module):
#     def __init__(self, dim=50, width=64, channels=3):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.Conv2d(channels, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
#             nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2), nn.BatchNorm2d(2 * width),
#             nn.Conv2d(2 * width, 4 * width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2), nn.BatchNorm2d(4 * width),
#             nn.Conv2d(4 * width, 8 * width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2), nn.BatchNorm2d(8 * width),
#             nn.Conv2d(8 * width, dim, 4, 1, 0, bias=False), nn.Flatten(),
#         )
#
#     def forward(self, frames):
#         return self.layers(frames)

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** the encoder takes frames to codes, and its parameters number 3,166,976 (the smoke tier builds
# a narrower one). Untrained, it already tells pictures apart: each row below is the code of one picture.

# %% mocolab={"role": "demo"}
torch.manual_seed(0)
width = tier(smoke=8, cpu=64, gpu=64)
content_encoder = ContentEncoder(width=width)
with torch.no_grad():
    codes = content_encoder(pictures[:6])
print(f"{sum(weight.numel() for weight in content_encoder.parameters()):,} parameters")
figure, axes = plt.subplots(figsize=(9, 1.8))
axes.imshow(codes, aspect="auto", cmap="PuOr", interpolation="none")
axes.set(xlabel="number in the code", ylabel="picture")
display.picture(
    figure, alt="A heat map of six rows of fifty numbers; every row, the code of one picture, is different."
)

# %% [markdown] mocolab={"role": "text"}
# ## 3. How it moves
#
# Motion is change, so the motion encoder sees nothing but differences of neighbouring pictures. One rule serves every
# number n of given pictures:
#
# $$s_0 = 0, \qquad s_k = \operatorname{GRU}\big(E(x_k - x_{k-1}),\, s_{k-1}\big)\ (k \ge 1), \qquad
# m_k = \operatorname{head}(s_k)\ (k \ge 0).$$
#
# | n | differences | what the last code can know |
# |---:|---:|---|
# | 1 | 0 | nothing: $m_0 = \operatorname{head}(0)$ is a learned constant, "no evidence yet" |
# | 2 | 1 | velocity |
# | 3 | 2 | velocity and acceleration |
# | T | T - 1 | the whole clip (lab 04) |
#
# $E$, the *trunk*, turns a difference `[N, 3, H, W]` into features `[N, dim_feature]`. It is given, and it has neither
# bias nor norm. So a difference of zero has the feature zero, and a clip that stands still has the same codes whatever
# it shows: appearance has no way in where nothing moves. Where something moves, its look does get in; see *Discuss*.
#
# ### Exercise 3.3: the motion encoder
#
# | | |
# |---|---|
# | **Write** | `MotionEncoder(trunk, dim_feature, dim_motion)`, a module with `trunk`, then `nn.GRUCell(dim_feature, dim_feature)`, then `nn.Linear(dim_feature, dim_motion)`; and its `forward(past)` |
# | **Takes** | `past` `[B, 3, n, H, W]`, n = 1, 2, 3, ... |
# | **Returns** | codes `[B, n, dim_motion]`: $m_0$ to $m_{n-1}$ |
# | **Worth** | 7 points, difficulty 4 of 5, about 30 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# Lab 01's walk, with features of differences where noise was, a start of zeros, and a linear layer behind. Keep the
# states, $s_0$ among them, and give them all to the head at the end.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# `past[:, :, k]` is `[B, 3, H, W]`, the feature of a difference `[B, F]`, and so is each state. n states, stacked along
# axis 1, are `[B, n, F]`; the head makes `[B, n, D]` of them in one call.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# states = [past.new_zeros(len(past), ...)]
# for k in range(1, ...):
#     change = ...
#     states.append(self.cell(..., states[-1]))
# return self.head(torch.stack(states, dim=...))
# ```
#
# </details>
# <details><summary>Help: RuntimeError: Expected all tensors to be on the same device</summary>
#
# `torch.zeros` lies on the processor. `past.new_zeros(...)` lies where the pictures are, in their kind of number.
#
# </details>
# <details><summary>Help: RuntimeError: mat1 and mat2 shapes cannot be multiplied</summary>
#
# The trunk takes pictures `[N, 3, H, W]`. A difference that still has an axis of time, or `past.diff(dim=1)`, which
# subtracts colours, does not fit it.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "3.3"}
# class MotionEncoder(nn.Module):
#     """E_M: s_0 = 0, s_k = GRU(trunk(x_k - x_(k-1)), s_(k-1)), m_k = head(s_k)."""
#
#     def __init__(self, trunk: nn.Module, dim_feature: int, dim_motion: int):
#         raise NotImplementedError("Exercise 3.3: trunk, GRU cell and head.")
#
#     def forward(self, past: Tensor) -> Tensor:
#         """The codes m_0 to m_(n-1), [B, n, dim_motion], of pictures [B, 3, n, H, W]."""
#         raise NotImplementedError("Exercise 3.3: one state for each picture, the first is zero.")


# %% mocolab={"role": "answer", "id": "3.3", "points": 7, "minutes": 30, "difficulty": 4, "depends": []}
class MotionEncoder(nn.Module):
    """E_M: s_0 = 0, s_k = GRU(trunk(x_k - x_(k-1)), s_(k-1)), m_k = head(s_k)."""

    def __init__(self, trunk: nn.Module, dim_feature: int, dim_motion: int):
        super().__init__()
        self.trunk = trunk
        self.cell = nn.GRUCell(dim_feature, dim_feature)
        self.head = nn.Linear(dim_feature, dim_motion)

    def forward(self, past: Tensor) -> Tensor:
        """The codes m_0 to m_(n-1), [B, n, dim_motion], of pictures [B, 3, n, H, W]."""
        states = [past.new_zeros(len(past), self.cell.hidden_size)]
        for k in range(1, past.shape[2]):
            change = past[:, :, k] - past[:, :, k - 1]
            states.append(self.cell(self.trunk(change), states[-1]))
        return self.head(torch.stack(states, dim=1))


# %% mocolab={"role": "check", "id": "3.3"}
probe = check("3.3", MotionEncoder)
B, H, W, F, D = probe.sizes(5, low=3, high=9)
trunk = nn.Sequential(
    nn.Flatten(), nn.Linear(3 * H * W, 16, bias=False), nn.LeakyReLU(0.2), nn.Linear(16, F, bias=False)
)
encoder = probe.fill(MotionEncoder(trunk, F, D))
clips = probe.tensor(B, 3, 5, H, W).requires_grad_()
still = encoder(clips[:, :, :1].repeat(1, 1, 3, 1, 1))
probe.gate("a still clip has the same codes whatever it shows", torch.allclose(still, still[:1], atol=1e-5))
probe.gate("codes of one picture", encoder(clips[:, :, :1]))
codes = encoder(clips)
probe.show(
    codes_of_two_pictures=encoder(clips[:, :, :2]),
    codes_of_three_pictures=encoder(clips[:, :, :3]),
    codes_of_five_pictures=codes,
    gradient_by_the_pictures=probe.gradient(codes, clips),
)

# %% [raw] mocolab={"role": "misconception", "id": "3.3", "cause": "raw frames", "says": "A still pair should say 'no motion' whatever it shows: subtract first."}
# class MotionEncoder(nn.Module):
#     def __init__(self, trunk, dim_feature, dim_motion):
#         super().__init__()
#         self.trunk = trunk
#         self.cell = nn.GRUCell(dim_feature, dim_feature)
#         self.head = nn.Linear(dim_feature, dim_motion)
#
#     def forward(self, past):
#         states = [past.new_zeros(len(past), self.cell.hidden_size)]
#         for k in range(1, past.shape[2]):
#             change = past[:, :, k]
#             states.append(self.cell(self.trunk(change), states[-1]))
#         return self.head(torch.stack(states, dim=1))

# %% [raw] mocolab={"role": "misconception", "id": "3.3", "cause": "time backwards", "says": "Your arrow of time points backward: x_k - x_(k-1)."}
# class MotionEncoder(nn.Module):
#     def __init__(self, trunk, dim_feature, dim_motion):
#         super().__init__()
#         self.trunk = trunk
#         self.cell = nn.GRUCell(dim_feature, dim_feature)
#         self.head = nn.Linear(dim_feature, dim_motion)
#
#     def forward(self, past):
#         states = [past.new_zeros(len(past), self.cell.hidden_size)]
#         for k in range(1, past.shape[2]):
#             change = past[:, :, k - 1] - past[:, :, k]
#             states.append(self.cell(self.trunk(change), states[-1]))
#         return self.head(torch.stack(states, dim=1))

# %% [raw] mocolab={"role": "misconception", "id": "3.3", "cause": "difference to frame 0", "says": "Velocity is the change from the last frame."}
# class MotionEncoder(nn.Module):
#     def __init__(self, trunk, dim_feature, dim_motion):
#         super().__init__()
#         self.trunk = trunk
#         self.cell = nn.GRUCell(dim_feature, dim_feature)
#         self.head = nn.Linear(dim_feature, dim_motion)
#
#     def forward(self, past):
#         states = [past.new_zeros(len(past), self.cell.hidden_size)]
#         for k in range(1, past.shape[2]):
#             change = past[:, :, k] - past[:, :, 0]
#             states.append(self.cell(self.trunk(change), states[-1]))
#         return self.head(torch.stack(states, dim=1))

# %% [raw] mocolab={"role": "misconception", "id": "3.3", "cause": "state reset", "says": "The third picture forgets the second: acceleration is lost."}
# class MotionEncoder(nn.Module):
#     def __init__(self, trunk, dim_feature, dim_motion):
#         super().__init__()
#         self.trunk = trunk
#         self.cell = nn.GRUCell(dim_feature, dim_feature)
#         self.head = nn.Linear(dim_feature, dim_motion)
#
#     def forward(self, past):
#         states = [past.new_zeros(len(past), self.cell.hidden_size)]
#         for k in range(1, past.shape[2]):
#             change = past[:, :, k] - past[:, :, k - 1]
#             states.append(self.cell(self.trunk(change), states[0]))
#         return self.head(torch.stack(states, dim=1))

# %% [raw] mocolab={"role": "misconception", "id": "3.3", "cause": "arguments swapped", "says": "cell(feature, state): the feature is the input, the state is what is carried on."}
# class MotionEncoder(nn.Module):
#     def __init__(self, trunk, dim_feature, dim_motion):
#         super().__init__()
#         self.trunk = trunk
#         self.cell = nn.GRUCell(dim_feature, dim_feature)
#         self.head = nn.Linear(dim_feature, dim_motion)
#
#     def forward(self, past):
#         states = [past.new_zeros(len(past), self.cell.hidden_size)]
#         for k in range(1, past.shape[2]):
#             change = past[:, :, k] - past[:, :, k - 1]
#             states.append(self.cell(states[-1], self.trunk(change)))
#         return self.head(torch.stack(states, dim=1))

# %% [raw] mocolab={"role": "misconception", "id": "3.3", "cause": "first code missing", "says": "n pictures have n codes; the first is head(0)."}
# class MotionEncoder(nn.Module):
#     def __init__(self, trunk, dim_feature, dim_motion):
#         super().__init__()
#         self.trunk = trunk
#         self.cell = nn.GRUCell(dim_feature, dim_feature)
#         self.head = nn.Linear(dim_feature, dim_motion)
#
#     def forward(self, past):
#         states = [past.new_zeros(len(past), self.cell.hidden_size)]
#         for k in range(1, past.shape[2]):
#             change = past[:, :, k] - past[:, :, k - 1]
#             states.append(self.cell(self.trunk(change), states[-1]))
#         return self.head(torch.stack(states, dim=1)[:, 1:])

# %% [raw] mocolab={"role": "misconception", "id": "3.3", "cause": "absolute difference", "says": "Without the sign, forward and backward look alike."}
# class MotionEncoder(nn.Module):
#     def __init__(self, trunk, dim_feature, dim_motion):
#         super().__init__()
#         self.trunk = trunk
#         self.cell = nn.GRUCell(dim_feature, dim_feature)
#         self.head = nn.Linear(dim_feature, dim_motion)
#
#     def forward(self, past):
#         states = [past.new_zeros(len(past), self.cell.hidden_size)]
#         for k in range(1, past.shape[2]):
#             change = (past[:, :, k] - past[:, :, k - 1]).abs()
#             states.append(self.cell(self.trunk(change), states[-1]))
#         return self.head(torch.stack(states, dim=1))

# %% [raw] mocolab={"role": "misconception", "id": "3.3", "cause": "difference of features", "says": "Subtract pictures, then encode: the trunk is not linear, so what stands still would not cancel."}
# class MotionEncoder(nn.Module):
#     def __init__(self, trunk, dim_feature, dim_motion):
#         super().__init__()
#         self.trunk = trunk
#         self.cell = nn.GRUCell(dim_feature, dim_feature)
#         self.head = nn.Linear(dim_feature, dim_motion)
#
#     def forward(self, past):
#         states = [past.new_zeros(len(past), self.cell.hidden_size)]
#         for k in range(1, past.shape[2]):
#             states.append(self.cell(self.trunk(past[:, :, k]) - self.trunk(past[:, :, k - 1]), states[-1]))
#         return self.head(torch.stack(states, dim=1))

# %% [raw] mocolab={"role": "misconception", "id": "3.3", "cause": "state detached", "says": "The values are right and the gradient stops: do not detach the state, or the second picture never hears what the third made of it."}
# class MotionEncoder(nn.Module):
#     def __init__(self, trunk, dim_feature, dim_motion):
#         super().__init__()
#         self.trunk = trunk
#         self.cell = nn.GRUCell(dim_feature, dim_feature)
#         self.head = nn.Linear(dim_feature, dim_motion)
#
#     def forward(self, past):
#         states = [past.new_zeros(len(past), self.cell.hidden_size)]
#         for k in range(1, past.shape[2]):
#             change = past[:, :, k] - past[:, :, k - 1]
#             states.append(self.cell(self.trunk(change), states[-1].detach()))
#         return self.head(torch.stack(states, dim=1))

# %% [raw] mocolab={"role": "misconception", "id": "3.3", "cause": "last code only", "says": "All n codes, please: each paints its own given picture."}
# class MotionEncoder(nn.Module):
#     def __init__(self, trunk, dim_feature, dim_motion):
#         super().__init__()
#         self.trunk = trunk
#         self.cell = nn.GRUCell(dim_feature, dim_feature)
#         self.head = nn.Linear(dim_feature, dim_motion)
#
#     def forward(self, past):
#         states = [past.new_zeros(len(past), self.cell.hidden_size)]
#         for k in range(1, past.shape[2]):
#             change = past[:, :, k] - past[:, :, k - 1]
#             states.append(self.cell(self.trunk(change), states[-1]))
#         return self.head(states[-1])

# %% [raw] mocolab={"role": "misconception", "id": "3.3", "cause": "a step for the first picture", "says": "m_0 is head(0): the first state is zero, and no step of the GRU comes before it."}
# class MotionEncoder(nn.Module):
#     def __init__(self, trunk, dim_feature, dim_motion):
#         super().__init__()
#         self.trunk, self.cell, self.head = trunk, nn.GRUCell(dim_feature, dim_feature), nn.Linear(dim_feature, dim_motion)
#
#     def forward(self, past):
#         state, codes, last = past.new_zeros(len(past), self.cell.hidden_size), [], past[:, :, 0]
#         for frame in past.unbind(dim=2):
#             state, last = self.cell(self.trunk(frame - last), state), frame
#             codes.append(self.head(state))
#         return torch.stack(codes, dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "3.3", "cause": "no head", "says": "A state is not yet a code: the linear head makes dim_motion numbers of it."}
# class MotionEncoder(nn.Module):
#     def __init__(self, trunk, dim_feature, dim_motion):
#         super().__init__()
#         self.trunk = trunk
#         self.cell = nn.GRUCell(dim_feature, dim_feature)
#         self.head = nn.Linear(dim_feature, dim_motion)
#
#     def forward(self, past):
#         states = [past.new_zeros(len(past), self.cell.hidden_size)]
#         for k in range(1, past.shape[2]):
#             change = past[:, :, k] - past[:, :, k - 1]
#             states.append(self.cell(self.trunk(change), states[-1]))
#         return torch.stack(states, dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "3.3", "cause": "stacked along axis 0", "says": "Your codes are [n, B, dim_motion]: stack the states along axis 1."}
# class MotionEncoder(nn.Module):
#     def __init__(self, trunk, dim_feature, dim_motion):
#         super().__init__()
#         self.trunk = trunk
#         self.cell = nn.GRUCell(dim_feature, dim_feature)
#         self.head = nn.Linear(dim_feature, dim_motion)
#
#     def forward(self, past):
#         states = [past.new_zeros(len(past), self.cell.hidden_size)]
#         for k in range(1, past.shape[2]):
#             change = past[:, :, k] - past[:, :, k - 1]
#             states.append(self.cell(self.trunk(change), states[-1]))
#         return self.head(torch.stack(states, dim=0))

# %% [raw] mocolab={"role": "misconception", "id": "3.3", "cause": "learned start added", "says": "s_0 is zero: what one picture cannot tell is in the head's bias already."}
# class MotionEncoder(nn.Module):
#     def __init__(self, trunk, dim_feature, dim_motion):
#         super().__init__()
#         self.trunk = trunk
#         self.cell = nn.GRUCell(dim_feature, dim_feature)
#         self.head = nn.Linear(dim_feature, dim_motion)
#
#     def forward(self, past):
#         states = [past.new_ones(len(past), self.cell.hidden_size)]
#         for k in range(1, past.shape[2]):
#             change = past[:, :, k] - past[:, :, k - 1]
#             states.append(self.cell(self.trunk(change), states[-1]))
#         return self.head(torch.stack(states, dim=1))

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** left, the codes of an untrained encoder for a shape that stands still. They drift, as the state
# finds its rest, but they would do so for any still clip. The other panels show by how much the codes change when the
# shape goes right, and when it goes left: not at all for the first picture, and differently from the second on.

# %% mocolab={"role": "demo"}
from mocolab.networks.encoders import frame_encoder

torch.manual_seed(0)
trunk = frame_encoder(64, width, norm=False)  # the layers of 3.2 without their norms: no biases either
motion_encoder = MotionEncoder(trunk, 64, 10)
rightwards = setting_out(torch.tensor([0.0]), num_frames=6)
still = rightwards[:, :, :1].expand(-1, -1, 6, -1, -1)
with torch.no_grad():
    at_rest, right, left = motion_encoder(torch.cat([still, rightwards, rightwards.flip(2)]))
changes = {"still": at_rest, "right, less still": right - at_rest, "left, less still": left - at_rest}
figure, panels = plt.subplots(1, 3, figsize=(9, 2.4), sharey=True)
for panel, (name, codes) in zip(panels, changes.items()):
    largest = codes.abs().max() if name == "still" else (right - at_rest).abs().max()
    panel.imshow(codes.T, aspect="auto", cmap="PuOr", vmin=-largest, vmax=largest, interpolation="none")
    panel.set(title=name, xlabel="given picture")
panels[0].set(ylabel="motion number")
display.picture(
    figure,
    alt="Three heat maps of ten motion numbers over six pictures: the codes of a shape that stands still, and by how "
    "much they change when it goes right and when it goes left. The first column of both changes is zero; the others "
    "differ from each other.",
)

# %% [markdown] mocolab={"role": "text"}
# ## 4. And then?
#
# Up to the present, codes are read; from there on they are drawn. In lab 01 the walk started at
# $h_0 \sim \mathcal{N}(0, I)$. Now it starts at the last code of the past, and fresh noise leads it on:
#
# $$h_0 = m_{n-1}, \qquad h_j = R_M(\varepsilon_j, h_{j-1}), \quad \varepsilon_j \sim \mathcal{N}(0, I), \qquad j = 1,
# \dots, K.$$
#
# The whole path of motion codes is then $m_0, \dots, m_{n-1}, h_1, \dots, h_K$, and every point of it is painted with
# the same $z_C$:
#
# ```
# pictures   x_0   x_1  ...  x_(n-1) |
# motion     m_0   m_1  ...  m_(n-1) |  h_1   h_2  ...  h_K       h_1 = R_M(e_1, m_(n-1))
# painted    x~_0  x~_1 ... x~_(n-1) |  x~_n  ...       x~_(n+K-1)
#            rebuilt                seam  predicted
# ```
#
# $h_0$ itself is not painted a second time: it is $m_{n-1}$, and has painted the present already. It needs no noise
# either. All that is open about the future enters with the steps.
#
# Remember the table at the end of lab 01: `sample_z_content` and `sample_z_m`, the two functions the challenge points
# to, now ask the pictures first.
#
# ### Exercise 3.4: the predictor
#
# | | |
# |---|---|
# | **Write** | `Predictor(content_encoder, motion_encoder, cell, draw)`, a module that keeps its four parts; and its `predict(past, num_frames, normal=torch.randn)` |
# | **Parts** | `content_encoder(frames [B, 3, H, W])` gives `[B, d_C]`; `motion_encoder(past)` gives `[B, n, d_M]`; `cell` is an `nn.GRUCell(d_M, d_M)`; `draw` a painter of codes, content first, then motion |
# | **Takes** | `past` `[B, 3, n, H, W]` and the number K of frames to predict |
# | **Returns** | `[B, 3, n + num_frames, H, W]`: n frames rebuilt, then the predicted ones |
# | **Noise** | one call `normal(B, d_M)` for each predicted frame, in order |
# | **Calls** | one `paint`, imported from `mocolab`, for all frames |
# | **Worth** | 6 points, difficulty 4 of 5, about 25 minutes |
#
# The check lends you right parts, so 3.2 and 3.3 need not be done before; the cell after it needs them.
#
# <details><summary>Hint 1: the idea</summary>
#
# Keep a list of motion codes. The encoder fills its beginning; each step of the walk takes the list's last entry and
# appends one.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# Content `[B, d_C]`, repeated to `[B, n + K, d_C]`. Motion `[B, n, d_M]`, as a list n times `[B, d_M]`, with the walk
# n + K times, stacked `[B, n + K, d_M]`. Joined along the last axis, `[B, n + K, d_C + d_M]`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# content = self.content_encoder(past[:, :, ...])
# motion = list(self.motion_encoder(past).unbind(...))
# for step in range(num_frames):
#     noise = normal(...)
#     motion.append(self.cell(..., ...))
# path = torch.cat([repeat(content, "B D -> ...", T=...), torch.stack(motion, dim=...)], dim=...)
# return paint(...)
# ```
#
# </details>
# <details><summary>Help: RuntimeError: Tensors must have same number of dimensions: got 3 and 2</summary>
#
# The content code has no axis of time yet. Repeat it before you join it with the motion.
#
# </details>
# <details><summary>Help: TypeError: 'Tensor' object is not callable</summary>
#
# You gave `paint` something painted. It takes the painter and the path: `paint(self.draw, path)`.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "3.4"}
# class Predictor(nn.Module):
#     """Given pictures, rebuilt, and a future to them."""
#
#     def __init__(self, content_encoder, motion_encoder, cell: nn.GRUCell, draw):
#         raise NotImplementedError("Exercise 3.4: keep the four parts.")
#
#     def predict(self, past: Tensor, num_frames: int, normal=torch.randn) -> Tensor:
#         """Clips [B, 3, n + num_frames, H, W] of pictures [B, 3, n, H, W]: n rebuilt, then the predicted ones."""
#         raise NotImplementedError("Exercise 3.4: read the past's codes, walk on, paint all in one call.")


# %% mocolab={"role": "answer", "id": "3.4", "points": 6, "minutes": 25, "difficulty": 4, "depends": []}
class Predictor(nn.Module):
    """Given pictures, rebuilt, and a future to them."""

    def __init__(self, content_encoder, motion_encoder, cell: nn.GRUCell, draw):
        super().__init__()
        self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
        self.cell, self.draw = cell, draw

    def predict(self, past: Tensor, num_frames: int, normal=torch.randn) -> Tensor:
        """Clips [B, 3, n + num_frames, H, W] of pictures [B, 3, n, H, W]: n rebuilt, then the predicted ones."""
        motion = list(self.motion_encoder(past).unbind(1))
        for _ in range(num_frames):
            noise = normal(len(past), self.cell.hidden_size)
            motion.append(self.cell(noise, motion[-1]))
        content = repeat(self.content_encoder(past[:, :, 0]), "B D -> B T D", T=len(motion))
        return paint(self.draw, torch.cat([content, torch.stack(motion, dim=1)], dim=2))


# %% mocolab={"role": "check", "id": "3.4"}
probe = check("3.4", Predictor)
B, H, W, content_dim, motion_dim, K = probe.sizes(6, low=2, high=9)
appearance = probe.tensor(3 * H * W, content_dim) / (3 * H * W) ** 0.5
change = probe.tensor(3 * H * W, motion_dim) / (3 * H * W) ** 0.5
cell, draw = nn.GRUCell(motion_dim, motion_dim), probe.draw(content_dim + motion_dim, 3, H, W)
predictor = Predictor(
    lambda frames: torch.tanh(frames.flatten(1) @ appearance),
    lambda past: torch.tanh(rearrange(past, "B C n H W -> B n (C H W)") @ change),
    cell,
    draw,
)
predictor = probe.fill(predictor)
past = probe.tensor(B, 3, 3, H, W).requires_grad_()
tape = probe.tape()
clips = predictor.predict(past, K, normal=tape)
probe.gate("calls of normal", tape.calls)
probe.gate("calls of draw", draw.calls)
probe.show(
    clips_from_one_picture=predictor.predict(past[:, :, :1], K, normal=probe.tape()),
    clips_from_two_pictures=predictor.predict(past[:, :, :2], K + 1, normal=probe.tape()),
    clips_from_three_pictures=clips,
    gradient_by_the_pictures=probe.gradient(clips, past),
    gradient_by_the_cell=probe.gradient(clips, cell.weight_ih),
)

# %% [raw] mocolab={"role": "misconception", "id": "3.4", "cause": "last past code twice", "says": "Your first prediction repeats the present: step the walk before painting."}
# class Predictor(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, cell, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.cell, self.draw = cell, draw
#
#     def predict(self, past, num_frames, normal=torch.randn):
#         motion = [*self.motion_encoder(past).unbind(1)]
#         state = motion[-1]
#         for _ in range(num_frames):
#             motion.append(state)
#             state = self.cell(normal(*state.shape), state)
#         content = repeat(self.content_encoder(past[:, :, 0]), "B D -> B T D", T=len(motion))
#         return paint(self.draw, torch.cat([content, torch.stack(motion, dim=1)], dim=2))

# %% [raw] mocolab={"role": "misconception", "id": "3.4", "cause": "walk from zero", "says": "The future forgot the past: start at the last code."}
# class Predictor(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, cell, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.cell, self.draw = cell, draw
#
#     def predict(self, past, num_frames, normal=torch.randn):
#         motion = [*self.motion_encoder(past).unbind(1)]
#         state = torch.zeros_like(motion[-1])
#         for _ in range(num_frames):
#             state = self.cell(normal(*state.shape), state)
#             motion.append(state)
#         content = repeat(self.content_encoder(past[:, :, 0]), "B D -> B T D", T=len(motion))
#         return paint(self.draw, torch.cat([content, torch.stack(motion, dim=1)], dim=2))

# %% [raw] mocolab={"role": "misconception", "id": "3.4", "cause": "walk from the first code", "says": "The walk starts at the last of the past's codes, not at the first."}
# class Predictor(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, cell, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.cell, self.draw = cell, draw
#
#     def predict(self, past, num_frames, normal=torch.randn):
#         motion = [*self.motion_encoder(past).unbind(1)]
#         state = motion[0]
#         for _ in range(num_frames):
#             state = self.cell(normal(*state.shape), state)
#             motion.append(state)
#         content = repeat(self.content_encoder(past[:, :, 0]), "B D -> B T D", T=len(motion))
#         return paint(self.draw, torch.cat([content, torch.stack(motion, dim=1)], dim=2))

# %% [raw] mocolab={"role": "misconception", "id": "3.4", "cause": "start drawn", "says": "h_0 needs no noise here: it is the last code of the past."}
# class Predictor(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, cell, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.cell, self.draw = cell, draw
#
#     def predict(self, past, num_frames, normal=torch.randn):
#         motion = [*self.motion_encoder(past).unbind(1)]
#         state = normal(*motion[-1].shape)
#         for _ in range(num_frames):
#             state = self.cell(normal(*state.shape), state)
#             motion.append(state)
#         content = repeat(self.content_encoder(past[:, :, 0]), "B D -> B T D", T=len(motion))
#         return paint(self.draw, torch.cat([content, torch.stack(motion, dim=1)], dim=2))

# %% [raw] mocolab={"role": "misconception", "id": "3.4", "cause": "content of every frame", "says": "Content is what does not change: encode once."}
# class Predictor(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, cell, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.cell, self.draw = cell, draw
#
#     def predict(self, past, num_frames, normal=torch.randn):
#         motion = [*self.motion_encoder(past).unbind(1)]
#         for _ in range(num_frames):
#             motion.append(self.cell(normal(*motion[-1].shape), motion[-1]))
#         codes = [self.content_encoder(frame) for frame in past.unbind(2)]
#         content = torch.stack(codes + codes[-1:] * num_frames, dim=1)
#         return paint(self.draw, torch.cat([content, torch.stack(motion, dim=1)], dim=2))

# %% [raw] mocolab={"role": "misconception", "id": "3.4", "cause": "content of the last frame", "says": "Content is that of the first picture: motion is what has changed since."}
# class Predictor(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, cell, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.cell, self.draw = cell, draw
#
#     def predict(self, past, num_frames, normal=torch.randn):
#         motion = [*self.motion_encoder(past).unbind(1)]
#         for _ in range(num_frames):
#             motion.append(self.cell(normal(*motion[-1].shape), motion[-1]))
#         content = repeat(self.content_encoder(past[:, :, -1]), "B D -> B T D", T=len(motion))
#         return paint(self.draw, torch.cat([content, torch.stack(motion, dim=1)], dim=2))

# %% [raw] mocolab={"role": "misconception", "id": "3.4", "cause": "noise once", "says": "Draw fresh noise per step and clip."}
# class Predictor(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, cell, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.cell, self.draw = cell, draw
#
#     def predict(self, past, num_frames, normal=torch.randn):
#         motion = [*self.motion_encoder(past).unbind(1)]
#         noise = normal(*motion[-1].shape)
#         for _ in range(num_frames):
#             motion.append(self.cell(noise, motion[-1]))
#         content = repeat(self.content_encoder(past[:, :, 0]), "B D -> B T D", T=len(motion))
#         return paint(self.draw, torch.cat([content, torch.stack(motion, dim=1)], dim=2))

# %% [raw] mocolab={"role": "misconception", "id": "3.4", "cause": "noise shared", "says": "Draw fresh noise per step and clip."}
# class Predictor(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, cell, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.cell, self.draw = cell, draw
#
#     def predict(self, past, num_frames, normal=torch.randn):
#         motion = [*self.motion_encoder(past).unbind(1)]
#         for _ in range(num_frames):
#             motion.append(self.cell(normal(1, motion[-1].shape[1]).expand(len(past), -1), motion[-1]))
#         content = repeat(self.content_encoder(past[:, :, 0]), "B D -> B T D", T=len(motion))
#         return paint(self.draw, torch.cat([content, torch.stack(motion, dim=1)], dim=2))

# %% [raw] mocolab={"role": "misconception", "id": "3.4", "cause": "noise in one call", "says": "Right idea; asked is one draw per step, so that a longer future begins like a shorter one."}
# class Predictor(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, cell, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.cell, self.draw = cell, draw
#
#     def predict(self, past, num_frames, normal=torch.randn):
#         motion = [*self.motion_encoder(past).unbind(1)]
#         for noise in normal(num_frames, *motion[-1].shape):
#             motion.append(self.cell(noise, motion[-1]))
#         content = repeat(self.content_encoder(past[:, :, 0]), "B D -> B T D", T=len(motion))
#         return paint(self.draw, torch.cat([content, torch.stack(motion, dim=1)], dim=2))

# %% [raw] mocolab={"role": "misconception", "id": "3.4", "cause": "given frames pasted in", "says": "Paint them too: the loss on them teaches the encoders."}
# class Predictor(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, cell, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.cell, self.draw = cell, draw
#
#     def predict(self, past, num_frames, normal=torch.randn):
#         motion = [*self.motion_encoder(past).unbind(1)]
#         for _ in range(num_frames):
#             motion.append(self.cell(normal(*motion[-1].shape), motion[-1]))
#         content = repeat(self.content_encoder(past[:, :, 0]), "B D -> B T D", T=len(motion))
#         clips = paint(self.draw, torch.cat([content, torch.stack(motion, dim=1)], dim=2))
#         return torch.cat([past, clips[:, :, past.shape[2] :]], dim=2)

# %% [raw] mocolab={"role": "misconception", "id": "3.4", "cause": "only the new frames", "says": "Return past and future: D_V judges the seam."}
# class Predictor(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, cell, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.cell, self.draw = cell, draw
#
#     def predict(self, past, num_frames, normal=torch.randn):
#         motion = [*self.motion_encoder(past).unbind(1)]
#         for _ in range(num_frames):
#             motion.append(self.cell(normal(*motion[-1].shape), motion[-1]))
#         content = repeat(self.content_encoder(past[:, :, 0]), "B D -> B T D", T=len(motion))
#         return paint(self.draw, torch.cat([content, torch.stack(motion, dim=1)], dim=2))[:, :, past.shape[2] :]

# %% [raw] mocolab={"role": "misconception", "id": "3.4", "cause": "painted in two calls", "says": "Past and future share one call of draw: with statistics of their own, the seam would show."}
# class Predictor(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, cell, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.cell, self.draw = cell, draw
#
#     def predict(self, past, num_frames, normal=torch.randn):
#         motion = [*self.motion_encoder(past).unbind(1)]
#         for _ in range(num_frames):
#             motion.append(self.cell(normal(*motion[-1].shape), motion[-1]))
#         content = repeat(self.content_encoder(past[:, :, 0]), "B D -> B T D", T=len(motion))
#         path = torch.cat([content, torch.stack(motion, dim=1)], dim=2)
#         n = past.shape[2]
#         return torch.cat([paint(self.draw, path[:, :n]), paint(self.draw, path[:, n:])], dim=2)

# %% [raw] mocolab={"role": "misconception", "id": "3.4", "cause": "motion first", "says": "Codes are content, then motion: the painter was built for this order."}
# class Predictor(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, cell, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.cell, self.draw = cell, draw
#
#     def predict(self, past, num_frames, normal=torch.randn):
#         motion = [*self.motion_encoder(past).unbind(1)]
#         for _ in range(num_frames):
#             motion.append(self.cell(normal(*motion[-1].shape), motion[-1]))
#         content = repeat(self.content_encoder(past[:, :, 0]), "B D -> B T D", T=len(motion))
#         return paint(self.draw, torch.cat([torch.stack(motion, dim=1), content], dim=2))

# %% [raw] mocolab={"role": "misconception", "id": "3.4", "cause": "cell's arguments swapped", "says": "cell(input, state): noise is the input, the code is the state."}
# class Predictor(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, cell, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.cell, self.draw = cell, draw
#
#     def predict(self, past, num_frames, normal=torch.randn):
#         motion = [*self.motion_encoder(past).unbind(1)]
#         for _ in range(num_frames):
#             motion.append(self.cell(motion[-1], normal(*motion[-1].shape)))
#         content = repeat(self.content_encoder(past[:, :, 0]), "B D -> B T D", T=len(motion))
#         return paint(self.draw, torch.cat([content, torch.stack(motion, dim=1)], dim=2))

# %% [raw] mocolab={"role": "misconception", "id": "3.4", "cause": "encoders without gradient", "says": "The values are right, and no gradient comes back to the pictures: without it the encoders never learn."}
# class Predictor(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, cell, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.cell, self.draw = cell, draw
#
#     def predict(self, past, num_frames, normal=torch.randn):
#         motion = [*self.motion_encoder(past).detach().unbind(1)]
#         for _ in range(num_frames):
#             motion.append(self.cell(normal(*motion[-1].shape), motion[-1]))
#         content = repeat(self.content_encoder(past[:, :, 0]).detach(), "B D -> B T D", T=len(motion))
#         return paint(self.draw, torch.cat([content, torch.stack(motion, dim=1)], dim=2))

# %% [raw] mocolab={"role": "misconception", "id": "3.4", "cause": "walk without gradient", "says": "The values are right, and the gradient of the future stops at the seam: do not detach the walk's start."}
# class Predictor(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, cell, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.cell, self.draw = cell, draw
#
#     def predict(self, past, num_frames, normal=torch.randn):
#         motion = [*self.motion_encoder(past).unbind(1)]
#         state = motion[-1].detach()
#         for _ in range(num_frames):
#             state = self.cell(normal(*state.shape), state)
#             motion.append(state)
#         content = repeat(self.content_encoder(past[:, :, 0]), "B D -> B T D", T=len(motion))
#         return paint(self.draw, torch.cat([content, torch.stack(motion, dim=1)], dim=2))

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** your parts put together, untrained, asked twice for eight frames after three given ones. The
# rebuilt frames do not depend on the noise, so they are the same both times; the predicted ones are not.

# %% mocolab={"role": "demo"}
from mocolab.networks.generators import FrameGenerator

torch.manual_seed(0)
encoders = ContentEncoder(width=width), MotionEncoder(trunk, 64, 10)
untrained = Predictor(*encoders, nn.GRUCell(10, 10), FrameGenerator(60, width)).eval()
with torch.no_grad():
    one, other = (untrained.predict(rightwards[:, :, :3], 8) for _ in range(2))
for name, part in {"rebuilt": slice(0, 3), "predicted": slice(3, 11)}.items():
    print(f"Largest difference in the {name} frames: {(one - other)[:, :, part].abs().max():.4f}")

# %% [markdown] mocolab={"role": "text"}
# ## 5. What to ask for
#
# Section 1 says what must *not* be asked: that a drawn future equals the one that came. What may be asked?
#
# - **The given frames.** They are known, to us and to the encoders, so they can be compared pixel by pixel. The loss
#   on them teaches $E_C$ what to keep and $E_M$ what to say:
#
#   $$L_{\text{given}} = \operatorname{mean}_{k < n} \lvert \tilde{x}_k - x_k \rvert.$$
#
# - **Edges.** Where pixels are compared, edges can be too. Mathieu et al. (2016) add the *gradient difference*, here
#   with exponent 1 and means in the place of sums:
#
#   $$L_{\text{gd}} = \operatorname{mean}_{i,j} \Big\lvert\, \lvert Y_{i,j} - Y_{i-1,j} \rvert - \lvert \tilde{Y}_{i,j} -
#   \tilde{Y}_{i-1,j} \rvert \,\Big\rvert + \operatorname{mean}_{i,j} \Big\lvert\, \lvert Y_{i,j} - Y_{i,j-1} \rvert -
#   \lvert \tilde{Y}_{i,j} - \tilde{Y}_{i,j-1} \rvert \,\Big\rvert.$$
#
#   It compares how strong the edges are, not which way they go, and only within a picture.
#
# - **Critics that know the past.** $D_I$ of lab 02 judged one frame; now it judges a pair, $x_0$ and $x_k$ on six
#   channels, so a fine shape in another colour is a lie too. $D_V$ judges the given frames with the painted future
#   behind them, so a jump at the seam is a lie. Neither says *which* future it wants.
#
# ### Exercise 3.5: two losses
#
# | | |
# |---|---|
# | **Write** | `given_frame_loss(clips, past)` and `gradient_difference(prediction, target)` |
# | **Takes** | `clips` `[B, C, n + K, H, W]` as your predictor returns them, `past` `[B, C, n, H, W]`; two tensors of one shape, `[B, C, T, H, W]` |
# | **Returns** | a single number each, as above; the means are over everything: clips, channels, frames and pixels or pairs |
# | **Worth** | 4 points, difficulty 2 of 5, about 15 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# Cut the clips to the length of the past, then compare. For edges, take differences of neighbours along one axis of
# both, make them positive, then compare those.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# `clips[:, :, :n]` with n = `past.shape[2]`. `Y.diff(dim=-1)` has one column less, `Y.diff(dim=-2)` one row less.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# return (clips[:, :, :...] - past).abs().mean()
#
# horizontal = (target.diff(dim=...).abs() - ...).abs().mean()
# vertical = ...
# return ...
# ```
#
# </details>
# <details><summary>Help: RuntimeError: The size of tensor a (7) must match the size of tensor b (3) at non-singleton dimension 2</summary>
#
# The clips are longer than the past. Only their beginning was given.
#
# </details>
# <details><summary>Help: RuntimeError: The size of tensor a (5) must match the size of tensor b (4) at non-singleton dimension 4</summary>
#
# There is one horizontal pair less than there are columns. Take the mean of each direction on its own, then add.
#
# </details>
# <details><summary>Help: AttributeError: 'float' object has no attribute 'shape'</summary>
#
# You took `.item()`. A loss stays a tensor, or nothing can learn from it.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "3.5"}
# def given_frame_loss(clips: Tensor, past: Tensor) -> Tensor:
#     """The mean |difference| of the first n frames of clips [B, C, n + K, H, W] to the past [B, C, n, H, W]."""
#     raise NotImplementedError("Exercise 3.5: the first n frames alone.")
#
#
# def gradient_difference(prediction: Tensor, target: Tensor) -> Tensor:
#     """How much the strengths of edges differ, [B, C, T, H, W]: two means, one of each direction, added."""
#     raise NotImplementedError("Exercise 3.5: | |a| - |b| | of neighbours in a row and in a column.")


# %% mocolab={"role": "answer", "id": "3.5", "points": 4, "minutes": 15, "difficulty": 2, "depends": []}
def given_frame_loss(clips: Tensor, past: Tensor) -> Tensor:
    """The mean |difference| of the first n frames of clips [B, C, n + K, H, W] to the past [B, C, n, H, W]."""
    return (clips[:, :, : past.shape[2]] - past).abs().mean()


def gradient_difference(prediction: Tensor, target: Tensor) -> Tensor:
    """How much the strengths of edges differ, [B, C, T, H, W]: two means, one of each direction, added."""
    horizontal, vertical = (
        (target.diff(dim=axis).abs() - prediction.diff(dim=axis).abs()).abs().mean() for axis in (-1, -2)
    )
    return horizontal + vertical


# %% mocolab={"role": "check", "id": "3.5"}
probe = check("3.5", given_frame_loss, gradient_difference)
B, C, H, W = probe.sizes(4, low=3, high=9)
n, K = probe.sizes(2, low=2, high=6)
clips, past = probe.tensor(B, C, n + K, H, W).requires_grad_(), probe.tensor(B, C, n, H, W)
prediction, target = probe.tensor(B, C, K, H, W).requires_grad_(), probe.tensor(B, C, K, H, W)
loss, difference = given_frame_loss(clips, past), gradient_difference(prediction, target)
probe.show(
    given_frame_loss=loss,
    gradient_by_the_clips=probe.gradient(1000 * loss, clips),
    gradient_difference=difference,
    gradient_by_the_prediction=probe.gradient(1000 * difference, prediction),
)

# %% [raw] mocolab={"role": "misconception", "id": "3.5", "cause": "all frames compared", "says": "You compare painted futures with something that was given, and that is the ghost of 3.1: the first n frames alone."}
# def given_frame_loss(clips, past):
#     n = past.shape[2]
#     held = torch.cat([past, past[:, :, -1:].expand(-1, -1, clips.shape[2] - n, -1, -1)], dim=2)
#     return (clips - held).abs().mean()
#
# def gradient_difference(prediction, target):
#     horizontal = (target.diff(dim=-1).abs() - prediction.diff(dim=-1).abs()).abs().mean()
#     vertical = (target.diff(dim=-2).abs() - prediction.diff(dim=-2).abs()).abs().mean()
#     return horizontal + vertical

# %% [raw] mocolab={"role": "misconception", "id": "3.5", "cause": "last frames compared", "says": "The given frames are the first n, not the last."}
# def given_frame_loss(clips, past):
#     return (clips[:, :, -past.shape[2] :] - past).abs().mean()
#
# def gradient_difference(prediction, target):
#     horizontal = (target.diff(dim=-1).abs() - prediction.diff(dim=-1).abs()).abs().mean()
#     vertical = (target.diff(dim=-2).abs() - prediction.diff(dim=-2).abs()).abs().mean()
#     return horizontal + vertical

# %% [raw] mocolab={"role": "misconception", "id": "3.5", "cause": "first frame only", "says": "All n given frames, not the first alone."}
# def given_frame_loss(clips, past):
#     return (clips[:, :, 0] - past[:, :, 0]).abs().mean()
#
# def gradient_difference(prediction, target):
#     horizontal = (target.diff(dim=-1).abs() - prediction.diff(dim=-1).abs()).abs().mean()
#     vertical = (target.diff(dim=-2).abs() - prediction.diff(dim=-2).abs()).abs().mean()
#     return horizontal + vertical

# %% [raw] mocolab={"role": "misconception", "id": "3.5", "cause": "squared error", "says": "Absolute differences here, not squares."}
# def given_frame_loss(clips, past):
#     return (clips[:, :, : past.shape[2]] - past).square().mean()
#
# def gradient_difference(prediction, target):
#     horizontal = (target.diff(dim=-1).abs() - prediction.diff(dim=-1).abs()).abs().mean()
#     vertical = (target.diff(dim=-2).abs() - prediction.diff(dim=-2).abs()).abs().mean()
#     return horizontal + vertical

# %% [raw] mocolab={"role": "misconception", "id": "3.5", "cause": "sum for a mean", "says": "A sum grows with the size of the pictures: take means."}
# def given_frame_loss(clips, past):
#     return (clips[:, :, : past.shape[2]] - past).abs().sum()
#
# def gradient_difference(prediction, target):
#     horizontal = (target.diff(dim=-1).abs() - prediction.diff(dim=-1).abs()).abs().mean()
#     vertical = (target.diff(dim=-2).abs() - prediction.diff(dim=-2).abs()).abs().mean()
#     return horizontal + vertical

# %% [raw] mocolab={"role": "misconception", "id": "3.5", "cause": "divided by all frames", "says": "The mean over the n given frames, not over all n + K."}
# def given_frame_loss(clips, past):
#     return (clips[:, :, : past.shape[2]] - past).abs().sum() / clips.numel()
#
# def gradient_difference(prediction, target):
#     horizontal = (target.diff(dim=-1).abs() - prediction.diff(dim=-1).abs()).abs().mean()
#     vertical = (target.diff(dim=-2).abs() - prediction.diff(dim=-2).abs()).abs().mean()
#     return horizontal + vertical

# %% [raw] mocolab={"role": "misconception", "id": "3.5", "cause": "loss without gradient", "says": "The values are right, and no gradient comes back: no detach, no item()."}
# def given_frame_loss(clips, past):
#     return (clips[:, :, : past.shape[2]] - past).detach().abs().mean()
#
# def gradient_difference(prediction, target):
#     horizontal = (target.diff(dim=-1).abs() - prediction.diff(dim=-1).abs()).abs().mean()
#     vertical = (target.diff(dim=-2).abs() - prediction.diff(dim=-2).abs()).abs().mean()
#     return (horizontal + vertical).detach()

# %% [raw] mocolab={"role": "misconception", "id": "3.5", "cause": "signed gradients", "says": "Compare the strengths | |a| - |b| |, as the formula of section 5 does."}
# def given_frame_loss(clips, past):
#     return (clips[:, :, : past.shape[2]] - past).abs().mean()
#
# def gradient_difference(prediction, target):
#     horizontal = (target.diff(dim=-1) - prediction.diff(dim=-1)).abs().mean()
#     vertical = (target.diff(dim=-2) - prediction.diff(dim=-2)).abs().mean()
#     return horizontal + vertical

# %% [raw] mocolab={"role": "misconception", "id": "3.5", "cause": "vertical edges only", "says": "Vertical edges only: add the other direction."}
# def given_frame_loss(clips, past):
#     return (clips[:, :, : past.shape[2]] - past).abs().mean()
#
# def gradient_difference(prediction, target):
#     horizontal = (target.diff(dim=-1).abs() - prediction.diff(dim=-1).abs()).abs().mean()
#     return horizontal

# %% [raw] mocolab={"role": "misconception", "id": "3.5", "cause": "horizontal edges only", "says": "Horizontal edges only: add the other direction."}
# def given_frame_loss(clips, past):
#     return (clips[:, :, : past.shape[2]] - past).abs().mean()
#
# def gradient_difference(prediction, target):
#     vertical = (target.diff(dim=-2).abs() - prediction.diff(dim=-2).abs()).abs().mean()
#     return vertical

# %% [raw] mocolab={"role": "misconception", "id": "3.5", "cause": "along time", "says": "This loss is about edges in a picture."}
# def given_frame_loss(clips, past):
#     return (clips[:, :, : past.shape[2]] - past).abs().mean()
#
# def gradient_difference(prediction, target):
#     horizontal = (target.diff(dim=-1).abs() - prediction.diff(dim=-1).abs()).abs().mean()
#     vertical = (target.diff(dim=-2).abs() - prediction.diff(dim=-2).abs()).abs().mean()
#     through_time = (target.diff(dim=2).abs() - prediction.diff(dim=2).abs()).abs().mean()
#     return horizontal + vertical + through_time

# %% [raw] mocolab={"role": "misconception", "id": "3.5", "cause": "squared", "says": "Exponent 1 here."}
# def given_frame_loss(clips, past):
#     return (clips[:, :, : past.shape[2]] - past).abs().mean()
#
# def gradient_difference(prediction, target):
#     horizontal = (target.diff(dim=-1).abs() - prediction.diff(dim=-1).abs()).square().mean()
#     vertical = (target.diff(dim=-2).abs() - prediction.diff(dim=-2).abs()).square().mean()
#     return horizontal + vertical

# %% [raw] mocolab={"role": "misconception", "id": "3.5", "cause": "averaged", "says": "Sum of two means."}
# def given_frame_loss(clips, past):
#     return (clips[:, :, : past.shape[2]] - past).abs().mean()
#
# def gradient_difference(prediction, target):
#     horizontal = (target.diff(dim=-1).abs() - prediction.diff(dim=-1).abs()).abs().mean()
#     vertical = (target.diff(dim=-2).abs() - prediction.diff(dim=-2).abs()).abs().mean()
#     return (horizontal + vertical) / 2

# %% [raw] mocolab={"role": "misconception", "id": "3.5", "cause": "gradients summed", "says": "Means, not sums: a sum grows with the size of the pictures."}
# def given_frame_loss(clips, past):
#     return (clips[:, :, : past.shape[2]] - past).abs().mean()
#
# def gradient_difference(prediction, target):
#     horizontal = (target.diff(dim=-1).abs() - prediction.diff(dim=-1).abs()).abs().sum()
#     vertical = (target.diff(dim=-2).abs() - prediction.diff(dim=-2).abs()).abs().sum()
#     return horizontal + vertical

# %% [raw] mocolab={"role": "misconception", "id": "3.5", "cause": "strengths not compared pairwise", "says": "Compare pair by pair, then average: yours asks only for as much edge on the whole."}
# def given_frame_loss(clips, past):
#     return (clips[:, :, : past.shape[2]] - past).abs().mean()
#
# def gradient_difference(prediction, target):
#     horizontal = (target.diff(dim=-1).abs().mean() - prediction.diff(dim=-1).abs().mean()).abs()
#     vertical = (target.diff(dim=-2).abs().mean() - prediction.diff(dim=-2).abs().mean()).abs()
#     return horizontal + vertical

# %% [markdown] mocolab={"role": "text"}
# The parts you have written stand in `mocolab` under their names or nearly so, and the system `mocogan_predict` lets
# them learn together. Here are its step and `play`, which the step calls, printed from the package. Read them beside
# the list above: `judge_pairs` is $D_I$ on six channels, `seam` is what $D_V$ sees.

# %% mocolab={"role": "demo"}
import inspect

from IPython.display import Markdown

from mocolab.systems.prediction.mocogan_predict import MoCoGANPredict

step, play = map(inspect.getsource, (MoCoGANPredict.training_step, MoCoGANPredict.play))
Markdown(f"```python\n{step}\n{play}```")

# %% [markdown] mocolab={"role": "text"}
# Some things differ from this lab, and on purpose. n is another one in each step, so that one model learns to go on
# from 1, 2 and 3 pictures. Pixels are compared by squares (`c.distance` is `"l2"`) and not by absolute values, for the
# reason that you saw in section 1, and the gradient difference has weight 0 unless you ask for it. The critics join the
# game after `c.alone` steps. And with a `posterior` a clip is rebuilt *beyond* its given frames: not on drawn noise,
# but on noise that is read from the clip itself, which then knows the one future that is meant. That is lab 04. Last,
# the trunk on differences ends in a norm (`RMSNorm`, without gain: zero stays zero). Nothing else holds the size of what
# it gives, and in thousands of steps that grows until the cell's states are all -1 or 1.
#
# The next cell opens the checkpoint `predict-shapes`, which comes with `mocolab`: this step, five thousand times, on
# the curved paths of lab 00. Steady and accelerated paths, as below, it has never seen. Its painter is another than
# that of lab 01: it takes looks from $z_C$ as gains and shifts. And it begins without its judges, which play only at
# the end: a small network learns first where a shape is, then its colour, and last its edges.

# %% mocolab={"role": "demo"}
trained = mocolab.load("predict-shapes")
size = trained.config.size
print(f"{size} x {size} pixels, {sum(part.numel() for part in trained.generator.parameters()):,} parameters")

# %% [markdown] mocolab={"role": "text"}
# Let your own `Predictor` run with the trained parts: you give it the encoders, the cell and the painter of the trained
# system, and both draw the same noise.
#
# **What you should see:** a largest difference of 0, or of one rounding. Below it a true clip, and two futures that
# your predictor draws for its first three frames.

# %% mocolab={"role": "demo"}
num_given, num_future = 3, trained.config.num_frames - 3


def held_out(path, num_clips):
    """Clips that no training has seen, `num_given` + `num_future` frames at distance 2."""
    data = mocolab.open_data(f"shapes-{path}", size=size, seed=1)
    moments = 2 * torch.arange(num_given + num_future)
    return data.draw(data.factors(torch.arange(num_clips)), moments.expand(num_clips, -1)) / 127.5 - 1


parts = trained.generator
yours = Predictor(parts.content, parts.motion, parts.walk.cell, parts.draw).eval()
true = held_out("acceleration", 1)
with torch.no_grad():
    torch.manual_seed(5)
    theirs = trained.predict(true[:, :, :3], num_future)[0]
    torch.manual_seed(5)
    drawn = [yours.predict(true[:, :, :3], num_future) for _ in range(2)]
print(f"Largest difference to the system's own prediction: {(drawn[0][:, :, 3:] - theirs).abs().max():.6f}")
print(f"Your loss on the given frames: {given_frame_loss(drawn[0], true[:, :, :3]):.3f}")
display.show(
    torch.cat([true, *drawn]),
    alt="Three clips side by side: a true one, in which a shape moves over black, and two that a model has painted, "
    "each from the first three frames of the true one.",
)

# %% [markdown] mocolab={"role": "text"}
# A story from this challenge. One public solution of it chooses painted frames at random and asks for a small absolute
# difference to a real batch, in order, so that the two do not belong together. The best answer to such a loss is that
# of 3.1, over all frames of all clips.
#
# ## 6. Whose frames does it step from?
#
# There is another way to predict: a network that steps from a frame to the next, again and again. It raises a question
# that the walk never meets. In training there is always a true last frame to step from, and stepping from it is called
# *teacher forcing*. When the model is used there is none, and it steps from its own last output, with the errors in it.
# It was never taught there. That is *exposure bias*.
#
# ### Exercise 3.6: roll out
#
# | | |
# |---|---|
# | **Write** | `roll_out(step, frame, num_frames, truth=None)` |
# | **Takes** | `step`, a function from frames `[B, 3, H, W]` to the next ones; the last given `frame`; `truth` `[B, 3, num_frames, H, W]`, the true future, or None |
# | **Returns** | `[B, 3, num_frames, H, W]`: predictions alone. The first is `step(frame)`; each later one steps from the prediction before it, or, if `truth` is given, from the true frame in that one's place |
# | **Worth** | 3 points, difficulty 2 of 5, about 12 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# A loop over the remaining frames, with one choice in it: what the next step starts from.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# The true frame in the place of output k, counted from 0, is `truth[:, :, k]`, `[B, 3, H, W]`. From it comes output
# k + 1. The last true frame is never stepped from.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# frames = [step(...)]
# for k in range(...):
#     latest = ... if truth is None else ...
#     frames.append(...)
# return torch.stack(frames, dim=...)
# ```
#
# </details>
# <details><summary>Help: RuntimeError: Boolean value of Tensor with more than one value is ambiguous</summary>
#
# `if truth:` asks a whole tensor for one yes or no. Ask `if truth is None`.
#
# </details>
# <details><summary>Help: IndexError: index 5 is out of bounds for dimension 2 with size 5</summary>
#
# You asked for a true frame after the last one. Output k + 1 starts from `truth[:, :, k]`.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "3.6"}
# def roll_out(step, frame: Tensor, num_frames: int, truth: Tensor | None = None) -> Tensor:
#     """Predictions [B, 3, num_frames, H, W], each stepped from the one before, or from its truth if that is given."""
#     raise NotImplementedError("Exercise 3.6: step from the latest frame.")


# %% mocolab={"role": "answer", "id": "3.6", "points": 3, "minutes": 12, "difficulty": 2, "depends": []}
def roll_out(step, frame: Tensor, num_frames: int, truth: Tensor | None = None) -> Tensor:
    """Predictions [B, 3, num_frames, H, W], each stepped from the one before, or from its truth if that is given."""
    frames = [step(frame)]
    for k in range(num_frames - 1):
        frames.append(step(frames[-1] if truth is None else truth[:, :, k]))
    return torch.stack(frames, dim=2)


# %% mocolab={"role": "check", "id": "3.6"}
probe = check("3.6", roll_out)
B, T, H, W = probe.sizes(4, low=4, high=9)
columns, rows = probe.tensor(W, W), probe.tensor(H, H)


def step(frame):
    return torch.tanh((rows @ frame @ columns) / (H * W) ** 0.5)


frame, truth = probe.tensor(B, 3, H, W).requires_grad_(), probe.tensor(B, 3, T, H, W)
alone = roll_out(step, frame, T)
probe.gate("a single step", roll_out(step, frame, 1))
probe.show(alone=alone, taught=roll_out(step, frame, T, truth), gradient_by_the_frame=probe.gradient(alone, frame))

# %% [raw] mocolab={"role": "misconception", "id": "3.6", "cause": "truth one step ahead", "says": "You showed the answer before asking."}
# def roll_out(step, frame, num_frames, truth=None):
#     frames = [step(frame)]
#     for k in range(num_frames - 1):
#         frames.append(step(frames[-1] if truth is None else truth[:, :, k + 1]))
#     return torch.stack(frames, dim=2)

# %% [raw] mocolab={"role": "misconception", "id": "3.6", "cause": "truth ignored", "says": "With a teacher the input is the true frame."}
# def roll_out(step, frame, num_frames, truth=None):
#     frames = [step(frame)]
#     for k in range(num_frames - 1):
#         frames.append(step(frames[-1]))
#     return torch.stack(frames, dim=2)

# %% [raw] mocolab={"role": "misconception", "id": "3.6", "cause": "always the first frame", "says": "Step from the latest frame."}
# def roll_out(step, frame, num_frames, truth=None):
#     frames = [step(frame)]
#     for k in range(num_frames - 1):
#         frames.append(step(frame if truth is None else truth[:, :, k]))
#     return torch.stack(frames, dim=2)

# %% [raw] mocolab={"role": "misconception", "id": "3.6", "cause": "start returned", "says": "Return predictions only."}
# def roll_out(step, frame, num_frames, truth=None):
#     frames = [frame]
#     for k in range(num_frames - 1):
#         frames.append(step(frames[-1] if truth is None else truth[:, :, k]))
#     return torch.stack(frames, dim=2)

# %% [raw] mocolab={"role": "misconception", "id": "3.6", "cause": "first input from truth", "says": "The first step starts at the given frame."}
# def roll_out(step, frame, num_frames, truth=None):
#     frames = [step(frame if truth is None else truth[:, :, 0])]
#     for k in range(num_frames - 1):
#         frames.append(step(frames[-1] if truth is None else truth[:, :, k]))
#     return torch.stack(frames, dim=2)

# %% [raw] mocolab={"role": "misconception", "id": "3.6", "cause": "truth copied", "says": "A teacher gives inputs; the outputs are still the step's own."}
# def roll_out(step, frame, num_frames, truth=None):
#     frames = [step(frame)]
#     for k in range(num_frames - 1):
#         frames.append(step(frames[-1]) if truth is None else truth[:, :, k + 1])
#     return torch.stack(frames, dim=2)

# %% [raw] mocolab={"role": "misconception", "id": "3.6", "cause": "teacher at the start only", "says": "With a teacher every later input is a true frame, not only the second."}
# def roll_out(step, frame, num_frames, truth=None):
#     frames = [step(frame)]
#     for k in range(num_frames - 1):
#         frames.append(step(truth[:, :, k] if truth is not None and k == 0 else frames[-1]))
#     return torch.stack(frames, dim=2)

# %% [raw] mocolab={"role": "misconception", "id": "3.6", "cause": "time first", "says": "Stack along axis 2: clips are [B, 3, T, H, W]."}
# def roll_out(step, frame, num_frames, truth=None):
#     frames = [step(frame)]
#     for k in range(num_frames - 1):
#         frames.append(step(frames[-1] if truth is None else truth[:, :, k]))
#     return torch.stack(frames, dim=1)

# %% [raw] mocolab={"role": "misconception", "id": "3.6", "cause": "no gradient through time", "says": "The values are right, and the gradient stops after one step: do not detach your own outputs."}
# def roll_out(step, frame, num_frames, truth=None):
#     frames = [step(frame)]
#     for k in range(num_frames - 1):
#         frames.append(step(frames[-1].detach() if truth is None else truth[:, :, k]))
#     return torch.stack(frames, dim=2)

# %% [raw] mocolab={"role": "misconception", "id": "3.6", "cause": "one step too many", "says": "num_frames outputs, the first of them step(frame)."}
# def roll_out(step, frame, num_frames, truth=None):
#     frames = [step(frame)]
#     for k in range(num_frames):
#         frames.append(step(frames[-1] if truth is None else truth[:, :, min(k, num_frames - 2)]))
#     return torch.stack(frames, dim=2)

# %% [markdown] mocolab={"role": "text"}
# To see it, take a world in which one frame nearly tells the next: all shapes drift to the lower right, each by 0.3 to
# 1 pixel a frame in each direction. The best linear map from a frame to the next is found in closed form, by least
# squares on true pairs, which is teaching by truth and nothing else.
#
# **What you should see:** stepping from true frames, the error stays about where it is. Stepping from its own, the same
# map gets worse from step to step: each output is a little blurred and a little beside, and so is what comes of it.

# %% mocolab={"role": "demo"}
small = mocolab.open_data("shapes-velocity", size=24)


def drifting(first, num_clips, num_frames=12):
    """Clips of shapes that drift by 0.3 to 1 pixel a frame in each direction, [num_clips, 3, num_frames, 24, 24]."""
    factors = small.factors(torch.arange(first, first + num_clips))
    start, pace = 1 + 4 * torch.rand(num_clips, 1, 2), 0.3 + 0.7 * torch.rand(num_clips, 1, 2)
    corner = start + pace * torch.arange(num_frames)[:, None]
    return small.draw(factors._replace(corner=corner), torch.arange(num_frames).expand(num_clips, -1)) / 127.5 - 1


torch.manual_seed(0)
lit = (drifting(0, 300) + 1).flatten(3)  # black is 0; [B, 3, T, pixels]
before, after = (frames.flatten(0, 2) for frames in (lit[:, :, :-1], lit[:, :, 1:]))
weights = torch.linalg.solve(before.T @ before + 0.1 * torch.eye(24 * 24), before.T @ after)


def linear_step(frame):
    """The next frame by the linear map, [B, 3, 24, 24]."""
    return ((frame + 1).flatten(2) @ weights).unflatten(2, (24, 24)) - 1


unseen = drifting(1000, 50)
frame, future = unseen[:, :, 0], unseen[:, :, 1:]
taught, alone = roll_out(linear_step, frame, 11, future), roll_out(linear_step, frame, 11)
figure, axes = plt.subplots(figsize=(7, 2.6))
for name, made in {"from true frames": taught, "from its own": alone}.items():
    axes.plot(range(1, 12), (made - future).square().mean(dim=(0, 1, 3, 4)).sqrt(), "o-", label=name)
axes.set(xlabel="predicted frame", ylabel="error (root mean square)", ylim=(0, None))
axes.legend()
display.picture(
    figure,
    alt="Two curves of the error over eleven predicted frames. Stepping from true frames it stays low and nearly "
    "level; stepping from its own frames it starts at the same value and rises.",
)
display.show(
    torch.stack([future[0], taught[0], alone[0]]),
    alt="Three clips of a square that drifts to the lower right: true, stepped from true frames, and stepped from its "
    "own, where the shape dissolves on its way.",
)

# %% [markdown] mocolab={"role": "text"}
# Another public solution of the challenge is of this kind: it reads the code of each *true* frame in training, and
# re-encodes its own frames in use. It has no noise either, and so one future for each picture.
#
# MoCoGAN's walk never reads its own pictures. It steps from code to code, so blur cannot come back in. Is that free?
# No: it never reads *any* picture after the given ones, and what its codes have lost of the past is lost for good.
#
# ## 7. How good is a future?
#
# With a true future at hand, the usual figure is the peak signal-to-noise ratio. Pixels lie in [-1, 1], so the peak is
# 2 and its square 4: for clip b at step t,
#
# $$\operatorname{PSNR}_{b,t} = 10 \log_{10} \frac{4}{\operatorname{mean}\, (\tilde{x}_{b,t} - x_{b,t})^2} \ \text{dB},$$
#
# the inner mean over channels and pixels. Two habits make it worth reading. First, a curve over the horizon and not one
# number: far steps are harder than near ones. Second, for a model that draws its future, the *best of K* samples: if
# one of eight futures comes near the true one, the model knows that it was possible.
#
# ### Exercise 3.7: along the horizon
#
# | | |
# |---|---|
# | **Write** | `psnr_by_horizon(prediction, future)` and `best_of(samples, future)` |
# | **Takes** | `prediction` and `future` `[B, C, T, H, W]`; `samples` `[K, B, C, T, H, W]` |
# | **Returns** | curves `[T]` in dB. The first: PSNR of each clip and step, then the mean over clips. The second: of each clip the one sample whose PSNR, averaged over its steps, is highest; the curve of that sample; then the mean over clips |
# | **Worth** | 4 points, difficulty 3 of 5, about 20 minutes |
#
# No frame in the check equals its truth, so no logarithm is infinite.
#
# <details><summary>Hint 1: the idea</summary>
#
# First a table of decibels, one for each clip and step (and sample). Everything else is choosing from it and averaging.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# Errors `[B, T]`, the means over axes 1, 3 and 4. For samples `[K, B, T]`; averaged over steps `[K, B]`; the best
# sample of each clip, `argmax` over axis 0, `[B]`; chosen, `[B, T]`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# error = (samples - future).square().mean(dim=...)  # [K, B, T]
# psnr = 10 * torch.log10(... / error)
# best = psnr.mean(dim=...).argmax(dim=...)  # [B]
# return psnr[best, torch.arange(...)].mean(dim=...)
# ```
#
# </details>
# <details><summary>Help: IndexError: shape mismatch: indexing tensors could not be broadcast together with shapes [5], [8]</summary>
#
# Two lists of indices are read in pairs: the chosen sample of clip b, and b itself. Both have B entries.
#
# </details>
# <details><summary>Help: best_of: the shape of yours is [5, 7], needed is [7]</summary>
#
# `psnr[best]` takes whole rows of samples. Name the clip too: `psnr[best, torch.arange(B)]`.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "3.7"}
# def psnr_by_horizon(prediction: Tensor, future: Tensor) -> Tensor:
#     """PSNR [T] in dB of predictions [B, C, T, H, W]: of each clip and step, then the mean over clips."""
#     raise NotImplementedError("Exercise 3.7: decibels first, then the mean.")
#
#
# def best_of(samples: Tensor, future: Tensor) -> Tensor:
#     """PSNR [T] of the best of samples [K, B, C, T, H, W]: for each clip that with the highest mean over steps."""
#     raise NotImplementedError("Exercise 3.7: one sample for each clip, and its whole curve.")


# %% mocolab={"role": "answer", "id": "3.7", "points": 4, "minutes": 20, "difficulty": 3, "depends": []}
def psnr_by_horizon(prediction: Tensor, future: Tensor) -> Tensor:
    """PSNR [T] in dB of predictions [B, C, T, H, W]: of each clip and step, then the mean over clips."""
    error = (prediction - future).square().mean(dim=(1, 3, 4))
    return (10 * torch.log10(4 / error)).mean(dim=0)


def best_of(samples: Tensor, future: Tensor) -> Tensor:
    """PSNR [T] of the best of samples [K, B, C, T, H, W]: for each clip that with the highest mean over steps."""
    error = (samples - future).square().mean(dim=(2, 4, 5))
    psnr = 10 * torch.log10(4 / error)  # [K, B, T]
    best = psnr.mean(dim=2).argmax(dim=0)
    return psnr[best, torch.arange(len(best))].mean(dim=0)


# %% mocolab={"role": "check", "id": "3.7"}
probe = check("3.7", psnr_by_horizon, best_of)
K, B, T, H, W = probe.sizes(5, low=5, high=10)
future = probe.tensor(B, 3, T, H, W)
uneven = (1.5 * probe.tensor(K, B, 1, T, 1, 1)).exp()  # every clip and step has another best sample
samples = probe.given(future + uneven * probe.tensor(K, B, 3, T, H, W))
probe.gate("curve of one clip", psnr_by_horizon(samples[0, :1], future[:1]))
probe.gate("best of one", best_of(samples[:1], future))
probe.show(psnr_by_horizon=psnr_by_horizon(samples[0], future), best_of=best_of(samples, future))

# %% [raw] mocolab={"role": "misconception", "id": "3.7", "cause": "peak 1", "says": "Values span 2: you are 6 dB low."}
# def psnr_by_horizon(prediction, future):
#     error = (prediction - future).square().mean(dim=(1, 3, 4))
#     return (10 * torch.log10(1 / error)).mean(dim=0)
#
# def best_of(samples, future):
#     error = (samples - future).square().mean(dim=(2, 4, 5))
#     psnr = 10 * torch.log10(1 / error)  # [K, B, T]
#     best = psnr.mean(dim=2).argmax(dim=0)
#     return psnr[best, torch.arange(len(best))].mean(dim=0)

# %% [raw] mocolab={"role": "misconception", "id": "3.7", "cause": "MSE averaged first", "says": "One bad clip drowns the rest: dB per clip, then average."}
# def psnr_by_horizon(prediction, future):
#     error = (prediction - future).square().mean(dim=(1, 3, 4))
#     return 10 * torch.log10(4 / error.mean(dim=0))
#
# def best_of(samples, future):
#     error = (samples - future).square().mean(dim=(2, 4, 5))
#     psnr = 10 * torch.log10(4 / error)  # [K, B, T]
#     best = psnr.mean(dim=2).argmax(dim=0)
#     chosen = error[best, torch.arange(len(best))]
#     return 10 * torch.log10(4 / chosen.mean(dim=0))

# %% [raw] mocolab={"role": "misconception", "id": "3.7", "cause": "time averaged", "says": "Keep the horizon: a curve of length T."}
# def psnr_by_horizon(prediction, future):
#     error = (prediction - future).square().mean(dim=(1, 3, 4))
#     return (10 * torch.log10(4 / error)).mean()
#
# def best_of(samples, future):
#     error = (samples - future).square().mean(dim=(2, 4, 5))
#     psnr = 10 * torch.log10(4 / error)  # [K, B, T]
#     best = psnr.mean(dim=2).argmax(dim=0)
#     return psnr[best, torch.arange(len(best))].mean()

# %% [raw] mocolab={"role": "misconception", "id": "3.7", "cause": "best per frame", "says": "Sewing the best frames of eight samples is cheating: one sample per clip."}
# def psnr_by_horizon(prediction, future):
#     error = (prediction - future).square().mean(dim=(1, 3, 4))
#     return (10 * torch.log10(4 / error)).mean(dim=0)
#
# def best_of(samples, future):
#     error = (samples - future).square().mean(dim=(2, 4, 5))
#     psnr = 10 * torch.log10(4 / error)  # [K, B, T]
#     return psnr.amax(dim=0).mean(dim=0)

# %% [raw] mocolab={"role": "misconception", "id": "3.7", "cause": "one sample for all clips", "says": "Choose per clip."}
# def psnr_by_horizon(prediction, future):
#     error = (prediction - future).square().mean(dim=(1, 3, 4))
#     return (10 * torch.log10(4 / error)).mean(dim=0)
#
# def best_of(samples, future):
#     error = (samples - future).square().mean(dim=(2, 4, 5))
#     psnr = 10 * torch.log10(4 / error)  # [K, B, T]
#     return psnr[psnr.mean(dim=(1, 2)).argmax()].mean(dim=0)

# %% [raw] mocolab={"role": "misconception", "id": "3.7", "cause": "mean of samples", "says": "That is expectation, not best."}
# def psnr_by_horizon(prediction, future):
#     error = (prediction - future).square().mean(dim=(1, 3, 4))
#     return (10 * torch.log10(4 / error)).mean(dim=0)
#
# def best_of(samples, future):
#     error = (samples - future).square().mean(dim=(2, 4, 5))
#     psnr = 10 * torch.log10(4 / error)  # [K, B, T]
#     return psnr.mean(dim=(0, 1))

# %% [raw] mocolab={"role": "misconception", "id": "3.7", "cause": "blurred mean of samples", "says": "That is the ghost of the samples: choose one of them for each clip."}
# def psnr_by_horizon(prediction, future):
#     error = (prediction - future).square().mean(dim=(1, 3, 4))
#     return (10 * torch.log10(4 / error)).mean(dim=0)
#
# def best_of(samples, future):
#     error = (samples - future).square().mean(dim=(2, 4, 5))
#     psnr = 10 * torch.log10(4 / error)  # [K, B, T]
#     return psnr_by_horizon(samples.mean(dim=0), future)

# %% [raw] mocolab={"role": "misconception", "id": "3.7", "cause": "worst sample", "says": "The best has the highest PSNR, not the lowest: argmax."}
# def psnr_by_horizon(prediction, future):
#     error = (prediction - future).square().mean(dim=(1, 3, 4))
#     return (10 * torch.log10(4 / error)).mean(dim=0)
#
# def best_of(samples, future):
#     error = (samples - future).square().mean(dim=(2, 4, 5))
#     psnr = 10 * torch.log10(4 / error)  # [K, B, T]
#     best = psnr.mean(dim=2).argmin(dim=0)
#     return psnr[best, torch.arange(len(best))].mean(dim=0)

# %% [raw] mocolab={"role": "misconception", "id": "3.7", "cause": "chosen by squared error", "says": "Choose by the mean PSNR: by the mean squared error, one bad step decides."}
# def psnr_by_horizon(prediction, future):
#     error = (prediction - future).square().mean(dim=(1, 3, 4))
#     return (10 * torch.log10(4 / error)).mean(dim=0)
#
# def best_of(samples, future):
#     error = (samples - future).square().mean(dim=(2, 4, 5))
#     psnr = 10 * torch.log10(4 / error)  # [K, B, T]
#     best = error.mean(dim=2).argmin(dim=0)
#     return psnr[best, torch.arange(len(best))].mean(dim=0)

# %% [raw] mocolab={"role": "misconception", "id": "3.7", "cause": "chosen by the last step", "says": "Choose by the PSNR averaged over all steps."}
# def psnr_by_horizon(prediction, future):
#     error = (prediction - future).square().mean(dim=(1, 3, 4))
#     return (10 * torch.log10(4 / error)).mean(dim=0)
#
# def best_of(samples, future):
#     error = (samples - future).square().mean(dim=(2, 4, 5))
#     psnr = 10 * torch.log10(4 / error)  # [K, B, T]
#     best = psnr[:, :, -1].argmax(dim=0)
#     return psnr[best, torch.arange(len(best))].mean(dim=0)

# %% [raw] mocolab={"role": "misconception", "id": "3.7", "cause": "natural logarithm", "says": "A decibel counts in powers of ten: log10."}
# def psnr_by_horizon(prediction, future):
#     error = (prediction - future).square().mean(dim=(1, 3, 4))
#     return (10 * torch.log(4 / error)).mean(dim=0)
#
# def best_of(samples, future):
#     error = (samples - future).square().mean(dim=(2, 4, 5))
#     psnr = 10 * torch.log(4 / error)  # [K, B, T]
#     best = psnr.mean(dim=2).argmax(dim=0)
#     return psnr[best, torch.arange(len(best))].mean(dim=0)

# %% [raw] mocolab={"role": "misconception", "id": "3.7", "cause": "20 for 10", "says": "10 log10 of squares; 20 belongs to the ratio of amplitudes."}
# def psnr_by_horizon(prediction, future):
#     error = (prediction - future).square().mean(dim=(1, 3, 4))
#     return (20 * torch.log10(4 / error)).mean(dim=0)
#
# def best_of(samples, future):
#     error = (samples - future).square().mean(dim=(2, 4, 5))
#     psnr = 20 * torch.log10(4 / error)  # [K, B, T]
#     best = psnr.mean(dim=2).argmax(dim=0)
#     return psnr[best, torch.arange(len(best))].mean(dim=0)

# %% [raw] mocolab={"role": "misconception", "id": "3.7", "cause": "absolute error", "says": "PSNR is about the mean squared error."}
# def psnr_by_horizon(prediction, future):
#     error = (prediction - future).abs().mean(dim=(1, 3, 4))
#     return (10 * torch.log10(4 / error)).mean(dim=0)
#
# def best_of(samples, future):
#     error = (samples - future).abs().mean(dim=(2, 4, 5))
#     psnr = 10 * torch.log10(4 / error)  # [K, B, T]
#     best = psnr.mean(dim=2).argmax(dim=0)
#     return psnr[best, torch.arange(len(best))].mean(dim=0)

# %% [markdown] mocolab={"role": "text"}
# ## The board
#
# From this lab to the last, every model gets its rows on one board: held-out clips, up to three frames given, PSNR of
# what follows. Beside the models stand answers that need no learning. One says nothing and paints black. Three find
# where the light of each given picture lies and shift the last picture:
#
# - from 1 picture, *copy the last*: it stays where it is;
# - from 2 pictures, *constant velocity*: $k\,v$ pixels after k steps;
# - from 3 pictures, *constant acceleration*: $k\,v + \frac{k (k + 1)}{2} a$, with v and a the last first and second
#   differences of the places.
#
# **Predict first:** which of the three is best on clips of constant velocity, which on accelerated ones? And by how much
# does copying beat black?


# %% mocolab={"role": "demo"}
def places(clips):
    """Where the light of each frame lies, [B, T, 2]: (x, y) in pixels."""
    light = (clips + 1).sum(dim=1)  # [B, T, H, W]
    columns, rows = light.sum(dim=2), light.sum(dim=3)
    pixel = torch.arange(clips.shape[-1]).float()
    return torch.stack([columns @ pixel, rows @ pixel], dim=2) / columns.sum(dim=2, keepdim=True)


def shifted(frames, way):
    """Frames [B, 3, H, W], each shifted by its way [B, 2], (x, y) in pixels; black comes in from outside."""
    matrix = torch.eye(2, 3).repeat(len(frames), 1, 1)
    matrix[:, :, 2] = -2 * way / (frames.shape[-1] - 1)
    grid = torch.nn.functional.affine_grid(matrix, list(frames.shape), align_corners=True)
    return torch.nn.functional.grid_sample(frames + 1, grid, align_corners=True) - 1


def extrapolated(past, num_frames):
    """The last of the n given pictures, n = 1, 2 or 3, shifted as the given ones have moved: [B, 3, K, H, W]."""
    moves = [places(past).diff(n=order, dim=1)[:, -1] for order in range(1, past.shape[2])]
    velocity, acceleration = [*moves, torch.zeros(len(past), 2), torch.zeros(len(past), 2)][:2]
    ways = [k * velocity + k * (k + 1) / 2 * acceleration for k in range(1, num_frames + 1)]
    return torch.stack([shifted(past[:, :, -1], way) for way in ways], dim=2)


held = {name: held_out(path, 32) for name, path in {"steady": "velocity", "accelerated": "acceleration"}.items()}
curves, board = {}, ["| answer | given | " + " | ".join(f"{name}, best of {k}" for name in held for k in (1, 8)) + " |"]
board += ["|---|--:|--:|--:|--:|--:|"]


def row(answer, n, samples_of, drawn=8):
    """Add the answer from the last n given pictures to the board: `samples_of(past)` gives [K, B, 3, T, H, W]."""
    cells = []
    for name, clips in held.items():
        samples, future = samples_of(clips[:, :, 3 - n : 3]), clips[:, :, 3:]
        curves[answer, n, name] = psnr_by_horizon(samples[0], future)
        best = f"{best_of(samples, future).mean():.1f}" if drawn > 1 else ""
        cells += [f"{curves[answer, n, name].mean():.1f}", best]
    board.append(f"| {answer} | {n} | {' | '.join(cells)} |")


torch.manual_seed(0)
row("black", 0, lambda past: past.new_full((1, len(past), 3, num_future, size, size), -1), drawn=1)
for n, answer in enumerate(("copy the last", "constant velocity", "constant acceleration"), 1):
    row(answer, n, lambda past: extrapolated(past, num_future)[None], drawn=1)
with torch.no_grad():
    for n in (1, 2, 3):
        row("predict-shapes", n, lambda past: trained.predict(past, num_future, samples=8))
Markdown(f"Mean PSNR in dB over {num_future} predicted frames, {size} x {size} pixels:\n\n" + "\n".join(board))

# %% mocolab={"role": "demo"}
figure, panels = plt.subplots(1, 2, figsize=(9, 3), sharey=True)
for panel, name in zip(panels, held):
    for (answer, n, where), curve in curves.items():
        if where == name:
            style, label = ":" if answer.startswith("predict") else "-", f"{answer.split(',')[0]}, {n} given"
            panel.plot(range(1, num_future + 1), curve, style, color=f"C{n}", label=label)
    panel.set(title=name, xlabel="predicted frame")
panels[0].set(ylabel="PSNR (dB)")
panels[1].legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
figure.tight_layout()
display.picture(
    figure,
    alt="PSNR over the predicted frames on steady and on accelerated clips: solid lines for black, copying, constant "
    "velocity and constant acceleration, dotted ones for the model given one, two and three pictures. On steady clips constant "
    "velocity stays far above copying; on accelerated ones constant acceleration is the best solid line.",
)

# %% [markdown] mocolab={"role": "text"}
# The same along the horizon, to look at: one accelerated clip, four answers, and a slider for how far ahead.

# %% mocolab={"role": "demo"}
clip = held["accelerated"][:1]
past, future = clip[:, :, :3], clip[:, :, 3:]
torch.manual_seed(0)
with torch.no_grad():
    answers = [future, extrapolated(past[:, :, 2:], num_future), extrapolated(past, num_future)]
    answers.append(trained.predict(past, num_future)[0])
display.slider_grid(
    rearrange(answers, "A 1 C K H W -> A K C 1 H W"),
    alt="The true frame, the last one held, the shape moved on with constant acceleration, and a future of the model: "
    "one clip at ten steps ahead. The held shape stays behind more and more; the moved one is where the true one is.",
    rows="true, copied, accelerated, model",
    columns="frame of the future",
)

# %% [markdown] mocolab={"role": "text"}
# The solid lines say what one, two and three pictures are worth to somebody who knows the law of this world. The model
# does not know it: it has to learn it from clips, through codes of ten numbers and a painter that has to paint the
# shape anew in every frame. Read its three rows against each other before you read them against the solid lines: does
# the third picture help *it*, and is it better than black?
#
# Look where copying falls below black. A shape that is painted where it no longer is counts twice, as what should not be
# there and as what is missing; black is charged once. The same holds for every sharp future that is another one.
#
# Still, read copying with respect. In a table of Mathieu et al. (2016, appendix), measured on full frames of UCF-101, copying
# the last input beats almost every learned model: most of a real frame does not move. They therefore report errors in
# moving areas. A board without this row hides it.
#
# So remember the hook: PSNR is a squared error in another dress, and prefers the ghost. Best of eight softens that and
# does not cure it.
#
# ## What you built
#
# | part | in | out | in `mocolab` |
# |---|---|---|---|
# | content encoder | `[N, 3, 64, 64]` | `[N, 50]`; 3,166,976 parameters | `networks.encoders.frame_encoder` |
# | motion encoder | `[B, 3, n, H, W]`, any n | `[B, n, 10]` | `networks.encoders.MotionEncoder` |
# | predictor | `[B, 3, n, H, W]` | `[B, 3, n + K, H, W]` | `systems.prediction.mocogan_predict` |
# | losses | clips, past | single numbers | `objectives.gradient_difference` |
# | figures | samples, future | curves over the horizon | `metrics.prediction` |
#
# ## What it cannot do
#
# $z_C$ holds the place of the shape, because it is read from a picture and motion is only a change: content is not
# pure. $m_k$ may hold the colour, because the difference of a moving red square is red: motion is not pure either. Give
# the motion of one clip to the content of another, and both impurities show. That is lab 04. And pictures are as soft
# as a painter makes them that sees sixty numbers and never the given picture itself: lab 05.
#
# To train such a model yourself: `mocolab train mocogan_predict --data shapes-acceleration`.
#
# ## Discuss
#
# 1. The difference of a moving red square is red: what did subtracting hide from the motion encoder, and what not?
# 2. Where does the *place* of the object live, and what would have to change for it to live in the motion code?
# 3. Best of 100 samples rewards whom? Think of a model that ignores its input and draws from all clips alike.
#
# ## References
#
# - M. Mathieu, C. Couprie, Y. LeCun. Deep Multi-Scale Video Prediction Beyond Mean Square Error. ICLR 2016.
#   [arXiv 1511.05440](https://arxiv.org/abs/1511.05440).
# - S. Tulyakov, M.-Y. Liu, X. Yang, J. Kautz. MoCoGAN: Decomposing Motion and Content for Video Generation. CVPR 2018.
#   [arXiv 1707.04993](https://arxiv.org/abs/1707.04993). The paper has a variant that continues an image; its code was
#   never released, and the encoders here are ours.
# - R. Villegas, J. Yang, S. Hong, X. Lin, H. Lee. Decomposing Motion and Content for Natural Video Sequence Prediction.
#   ICLR 2017. Its motion encoder reads differences of pictures, too.
# - E. Denton, R. Fergus. Stochastic Video Generation with a Learned Prior. ICML 2018.
