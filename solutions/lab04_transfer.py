# %% [markdown] mocolab={"role": "header", "id": "04", "title": "A motion encoder for the whole video; motion transfer", "minutes": 150}
# # Lab 04. A motion encoder for the whole video; motion transfer
#
# **Can I take the motion of one clip and the content of another?** 25 points, about 150 minutes.
#
# Run the next cell. It shows a clip A and a picture B, and the request of this lab: *give B the motion of A*. Third
# comes what we want, drawn by hand. Fourth comes the answer of the simplest model that follows lab 03: its content code
# is the first picture, and its motion code is the sum of all changes since then. It has never seen anything of A
# but differences. And it is no bad model: it rebuilds every clip without any error.

# %% mocolab={"role": "demo"}
import matplotlib.pyplot as plt
import torch
from einops import rearrange, repeat

import mocolab
from mocolab import display
from mocolab.course import tier
from mocolab.metrics.disentanglement import disentanglement

world = mocolab.open_data("shapes", size=64)
moments = 2 * torch.arange(16)


def drawn(factors):
    """Clips [B, 3, 16, 64, 64] of these factors."""
    return world.draw(factors, moments.expand(len(factors.side), -1)) / 127.5 - 1


def with_changes(pictures, clips):
    """Pictures [B, 3, H, W], to which all changes of the clips [B, 3, T, H, W] since their first frames are added."""
    return pictures[:, :, None] + clips - clips[:, :, :1]


whose, other = world.factors(torch.tensor([11])), world.factors(torch.tensor([3]))
clip_a, clip_b = drawn(whose), drawn(other)
picture_b = clip_b[:, :, 0]
wanted = drawn(other._replace(corner=whose.corner))  # the object of B on the path of A
answer = with_changes(picture_b, clip_a)
print(f"Largest error of A, rebuilt by the same model: {(with_changes(clip_a[:, :, 0], clip_a) - clip_a).abs().max()}")
display.show(
    torch.cat([clip_a, repeat(picture_b, "B C H W -> B C T H W", T=16), wanted, answer]),
    columns=4,
    alt="Four clips. A blue disc travels from the lower right to the upper right corner on a bent way. A green square stands still. "
    "The green square travels on the way of the disc. And the model's answer: the green square stands still, and a blue "
    "disc travels beside it, as in the first clip.",
)

# %% [markdown] mocolab={"role": "text"}
# The colour of A leaks in: the difference of a moving blue disc is blue. And B stays where it was, because its place is
# part of its picture. Both codes hold what belongs to the other one, and a perfect reconstruction does not mind.
#
# *Motion* means the whole path from here on, its first place included. What we want is the object of B where the object
# of A is.
#
# **Predict first.** Take the two codes of that model, for a thousand clips. From each, guess by the best straight line
# what is true of the clip: its *content* (colour and size) and its *motion* (where it is at four moments). Which of the
# four guesses will be good?

# %% mocolab={"role": "predict"}
# Not scored. Write your guess before you run the next cell: good, so-so, or useless?
content_code_tells_content = "..."
content_code_tells_motion = "..."
motion_code_tells_content = "..."
motion_code_tells_motion = "..."

# %% [markdown] mocolab={"role": "text"}
# ## The picture to remember
#
# Each field says how well one code tells one thing: 1 is perfect, 0 is no better than the mean. The left map is that of
# the hook, the right one that of the true factors themselves, taken for codes. (Its .10 is no leak: a large shape has
# less room, so its path begins and ends a little further in. This world knows no cleaner map.)


# %% mocolab={"role": "demo"}
def truth_of(factors, moments):
    """(content [N, 4]: colour and size, motion [N, 8]: the places at four moments) of clips."""
    four = moments[torch.linspace(0, len(moments) - 1, 4).round().long()]
    return torch.cat([factors.colour / 255, factors.side[:, None]], dim=1), factors.corner[:, four].flatten(1)


def heat_maps(maps):
    """A figure of maps {name: [2, 2]}, at most four in a row."""
    columns = min(4, len(maps))
    rows = -(-len(maps) // columns)
    figure, panels = plt.subplots(rows, columns, figsize=(2.4 * columns, 2.7 * rows), squeeze=False)
    for panel in panels.flat:
        panel.axis("off")
    for panel, (name, values) in zip(panels.flat, maps.items()):
        panel.axis("on")
        panel.imshow(values, vmin=0, vmax=1, cmap="Blues")
        for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
            value = float(values[row][column])
            panel.text(column, row, f"{value:.2f}", ha="center", va="center", color="white" if value > 0.6 else "black")
        panel.set(title=name, xticks=[0, 1], xticklabels=["content", "motion"], xlabel="what is true")
        panel.set(yticks=[0, 1], yticklabels=["content", "motion"], ylabel="code")
    figure.tight_layout()
    return figure


def strongest(pictures, number):
    """Pictures [N, ...] as so many numbers each, chosen so that as little as possible is lost (by principal components)."""
    flat = pictures.flatten(1) - pictures.flatten(1).mean(dim=0)
    return flat @ torch.pca_lowrank(flat, number, center=False, niter=4)[2]


torch.manual_seed(0)
small = mocolab.open_data("shapes", size=16)
factors = small.factors(torch.arange(1000))
thousand = small.draw(factors, moments.expand(1000, -1)) / 127.5 - 1
content, motion = truth_of(factors, moments)
hook_codes = strongest(thousand[:, :, 0], 64), strongest(thousand - thousand[:, :, :1], 64)
print(f"Your predictions: {content_code_tells_content}, {content_code_tells_motion} for the content code,")
print(f"{motion_code_tells_content}, {motion_code_tells_motion} for the motion code")
display.picture(
    heat_maps(
        {
            "the hook": disentanglement(*hook_codes, content, motion),
            "what we want": disentanglement(content, motion, content, motion),
        }
    ),
    alt="Two maps of two by two fields. In the left one all four fields are lit: the content code tells content and "
    "less of the motion, the motion code tells motion and nearly as much content. In the right one the diagonal is dark and the "
    "corners are white.",
)

# %% [markdown] mocolab={"role": "text"}
# > **A dark diagonal is what we want. A dark corner is a leak. And the reconstruction error sees neither.**
#
# So something else has to ask for it. The system of this lab, *Dual-MTGAN* (Yang et al., 2020), asks by losses on the
# codes, by critics, and by a bottleneck. It does two things with one network: it moves a picture as a given clip does
# (deterministic), and as it likes (stochastic). Its losses are printed here as in the authors' slides. Their sizes,
# weights, and the form of the motion encoder are not known to us; those here are ours.
#
# **After this lab you can**
#
# 1. encode a whole clip as one code that can also be drawn, and say what that costs in nats;
# 2. rebuild, transfer and imagine with one network;
# 3. say for each of the losses which useless network makes it zero, and which other loss objects;
# 4. write a critic's game in which a true picture with the wrong partner is a lie;
# 5. measure what a code holds, on clips that the measure has not seen.
#
# **You need** lab 01 (painter), lab 02 (the game) and lab 03 (the two encoders).
#
# **The boxes** are those of the earlier labs. Checks are called `ask` here, because the last exercise is called
# `probe`. Clips are `[B, 3, T, H, W]` with pixels in [-1, 1].

# %% mocolab={"role": "given"}
import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from torch import Tensor, nn

from mocolab.course import check
from mocolab.networks.encoders import MotionEncoder
from mocolab.networks.generators import paint

# %% [markdown] mocolab={"role": "text"}
# ## 1. One code for a whole clip
#
# The rule of lab 03 reads any number of pictures, so it reads all of them; the last state has seen every change. Two
# things are new. Its head gives *two* vectors, and the code is drawn from the normal distribution that they describe
# (Kingma & Welling, 2014):
#
# $$q(z \mid V) = \mathcal{N}\big(\mu,\, \operatorname{diag}(\sigma^2)\big), \qquad (\mu, \log \sigma^2) =
# \operatorname{head}(s_{T-1}), \qquad z = \mu + \sigma\, \varepsilon, \quad \varepsilon \sim \mathcal{N}(0, I).$$
#
# A network cannot have a negative variance if it speaks of the logarithm. And with the noise outside, as $\varepsilon$,
# gradients reach $\mu$ and $\sigma$.
#
# The price of a code is its distance to $\mathcal{N}(0, I)$, in nats:
#
# $$\operatorname{KL} = \frac{1}{2} \sum_{d} \big(\mu_d^2 + \sigma_d^2 - 1 - \log \sigma_d^2\big), \qquad
# \text{then the mean over clips.}$$
#
# It does two jobs. Codes of true clips fill the place from which codes are drawn later. And each nat has to be worth
# it: a code that may say little says what no other code can. This is the bottleneck.
#
# The second new thing is the way back. The painter needs a code for every frame, and now there is one for all. So a
# GRU is fed the clip's code at each step and *unfolds* it:
#
# $$u_t = \operatorname{GRU}(z,\, u_{t-1}), \quad u_0 = 0, \qquad \tilde{x}_t = G\big(E_C(x),\, u_t\big), \quad t = 1,
# \dots, T.$$
#
# Both networks are given.


# %% mocolab={"role": "given"}
class ClipEncoder(nn.Module):
    """E_M of a whole clip: the mean and the log-variance of its code, both [B, dim_code], from lab 03's last code."""

    def __init__(self, trunk: nn.Module, dim_feature: int, dim_code: int):
        super().__init__()
        self.codes = MotionEncoder(trunk, dim_feature, 2 * dim_code)

    def forward(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = self.codes(clips)[:, -1].chunk(2, dim=1)
        return mean, log_variance


class Unfold(nn.Module):
    """From a clip's code [B, dim_code] to the codes of its moments, [B, num_frames, dim]."""

    def __init__(self, dim_code: int, dim: int):
        super().__init__()
        self.cell = nn.GRUCell(dim_code, dim)

    def forward(self, code: Tensor, num_frames: int) -> Tensor:
        moments = [self.cell(code)]
        for _ in range(num_frames - 1):
            moments.append(self.cell(code, moments[-1]))
        return torch.stack(moments, dim=1)


# %% [markdown] mocolab={"role": "text"}
# ### Exercise 4.1: a code that can be drawn
#
# | | |
# |---|---|
# | **Write** | `sample_code(mean, log_variance, normal=torch.randn)` and `kl_to_normal(mean, log_variance)` |
# | **Takes** | `mean` and `log_variance` `[B, D]`; the logarithm is that of $\sigma^2$ |
# | **Returns** | codes `[B, D]`; the KL as above, a single number: the *sum* over D, the *mean* over B |
# | **Noise** | one call `normal(B, D)` |
# | **Worth** | 4 points, difficulty 2 of 5, about 12 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# You have $\log \sigma^2$ and need $\sigma$ for the one and $\sigma^2$ for the other. Halving a logarithm is taking a
# root.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# Everything is `[B, D]`, the noise too. For the KL: a term for each clip and dimension, summed over axis 1 to `[B]`,
# then averaged to `[]`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# deviation = (...).exp()
# return mean + deviation * normal(...)
#
# terms = mean.square() + ... - 1 - ...
# return terms.sum(dim=...).mean() / ...
# ```
#
# </details>
# <details><summary>Help: calls of normal: yours is 5 x [7], needed is 1 x [5, 7].</summary>
#
# One call for all clips: `normal(B, D)`, or `normal(*mean.shape)`.
#
# </details>
# <details><summary>Help: KL of N(0, I) itself: yours is ..., needed is 0.0.</summary>
#
# A code that is already N(0, I) costs nothing. Each term $\mu^2 + \sigma^2 - 1 - \log \sigma^2$ is at least 0, because
# $\sigma^2 - 1 \ge \log \sigma^2$. Look at the signs, and at which of the two is exponentiated.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "4.1"}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     """Codes [B, D], one drawn from each N(mean, exp(log_variance))."""
#     raise NotImplementedError("Exercise 4.1: mean + deviation * noise, the noise from one call.")
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     """KL(N(mean, exp(log_variance)) || N(0, I)) in nats: summed over D, averaged over clips."""
#     raise NotImplementedError("Exercise 4.1: a sum over D, a mean over B.")


# %% mocolab={"role": "answer", "id": "4.1", "points": 4, "minutes": 12, "difficulty": 2, "depends": []}
def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
    """Codes [B, D], one drawn from each N(mean, exp(log_variance))."""
    return mean + (log_variance / 2).exp() * normal(*mean.shape)


def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, exp(log_variance)) || N(0, I)) in nats: summed over D, averaged over clips."""
    return (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean() / 2


# %% mocolab={"role": "check", "id": "4.1"}
ask = check("4.1", sample_code, kl_to_normal)
B, D = ask.sizes(2)
mean = ask.tensor(B, D).requires_grad_()
log_variance = ask.given(12 * torch.sigmoid(2 * ask.tensor(B, D)) - 8).requires_grad_()  # from -8 to 4
tape = ask.tape()
codes, kl = sample_code(mean, log_variance, normal=tape), kl_to_normal(mean, log_variance)
ask.gate("calls of normal", tape.calls)
ask.gate("KL of N(0, I) itself", kl_to_normal(torch.zeros(B, D), torch.zeros(B, D)))
ask.gate("code of one clip", sample_code(mean[:1], log_variance[:1], normal=ask.tape()))
ask.show(
    codes=codes,
    gradient_of_codes_by_the_mean=ask.gradient(codes, mean),
    gradient_of_codes_by_the_log_variance=ask.gradient(codes, log_variance),
    kl=kl,
    gradient_of_kl_by_the_mean=ask.gradient(100 * kl, mean),
    gradient_of_kl_by_the_log_variance=ask.gradient(100 * kl, log_variance),
)

# %% [raw] mocolab={"role": "misconception", "id": "4.1", "cause": "log-variance as deviation", "says": "exp(log_variance / 2) is the deviation."}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     return mean + log_variance * normal(*mean.shape)
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     return (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean() / 2

# %% [raw] mocolab={"role": "misconception", "id": "4.1", "cause": "exp without half", "says": "That is the variance: the deviation is its root, exp(log_variance / 2)."}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     return mean + log_variance.exp() * normal(*mean.shape)
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     return (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean() / 2

# %% [raw] mocolab={"role": "misconception", "id": "4.1", "cause": "mean over D", "says": "Nats add over dimensions: sum."}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     return mean + (log_variance / 2).exp() * normal(*mean.shape)
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     return (mean.square() + log_variance.exp() - 1 - log_variance).mean() / 2

# %% [raw] mocolab={"role": "misconception", "id": "4.1", "cause": "sign", "says": "KL is never negative: yours is."}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     return mean + (log_variance / 2).exp() * normal(*mean.shape)
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     return (1 + log_variance - mean.square() - log_variance.exp()).sum(dim=1).mean() / 2

# %% [raw] mocolab={"role": "misconception", "id": "4.1", "cause": "sum over clips", "says": "Mean over the batch, or its size becomes a weight."}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     return mean + (log_variance / 2).exp() * normal(*mean.shape)
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     return (mean.square() + log_variance.exp() - 1 - log_variance).sum() / 2

# %% [raw] mocolab={"role": "misconception", "id": "4.1", "cause": "no half in the KL", "says": "The KL has a factor of one half."}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     return mean + (log_variance / 2).exp() * normal(*mean.shape)
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     return (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.1", "cause": "log-variance as log-deviation", "says": "The logarithm is that of the variance, not of the deviation: you squared once too often."}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     return mean + log_variance.exp() * normal(*mean.shape)
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     return (mean.square() + (2 * log_variance).exp() - 1 - 2 * log_variance).sum(dim=1).mean() / 2

# %% [raw] mocolab={"role": "misconception", "id": "4.1", "cause": "variance not exponentiated", "says": "The KL needs the variance, exp(log_variance), beside its logarithm."}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     return mean + (log_variance / 2).exp() * normal(*mean.shape)
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     return (mean.square() + log_variance - 1 - log_variance).sum(dim=1).mean() / 2

# %% [raw] mocolab={"role": "misconception", "id": "4.1", "cause": "KL the other way round", "says": "That is the distance from N(0, I) to q: asked is the one from q to N(0, I)."}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     return mean + (log_variance / 2).exp() * normal(*mean.shape)
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     return ((mean.square() + 1) / log_variance.exp() - 1 + log_variance).sum(dim=1).mean() / 2

# %% [raw] mocolab={"role": "misconception", "id": "4.1", "cause": "one forgotten", "says": "Without the - 1, the KL of N(0, I) to itself is not 0."}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     return mean + (log_variance / 2).exp() * normal(*mean.shape)
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     return (mean.square() + log_variance.exp() - log_variance).sum(dim=1).mean() / 2

# %% [raw] mocolab={"role": "misconception", "id": "4.1", "cause": "noise shared by all clips", "says": "Every clip has noise of its own: one call of [B, D]."}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     return mean + (log_variance / 2).exp() * normal(1, mean.shape[1])
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     return (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean() / 2

# %% [raw] mocolab={"role": "misconception", "id": "4.1", "cause": "one number of noise a clip", "says": "Every number of a code has noise of its own: one call of [B, D]."}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     return mean + (log_variance / 2).exp() * normal(mean.shape[0], 1)
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     return (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean() / 2

# %% [raw] mocolab={"role": "misconception", "id": "4.1", "cause": "clip by clip", "says": "Right idea; asked is one call of [B, D] for all clips."}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     return mean + (log_variance / 2).exp() * torch.stack([normal(mean.shape[1]) for _ in mean])
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     return (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean() / 2

# %% [raw] mocolab={"role": "misconception", "id": "4.1", "cause": "nothing drawn", "says": "That is the mean: training must feel the noise."}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     return mean + 0 * normal(*mean.shape)
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     return (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean() / 2

# %% [raw] mocolab={"role": "misconception", "id": "4.1", "cause": "detached", "says": "The values are right, and no gradient comes back to the encoder: do not detach what it says."}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     return mean.detach() + (log_variance.detach() / 2).exp() * normal(*mean.shape)
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     return (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean() / 2

# %% [raw] mocolab={"role": "misconception", "id": "4.1", "cause": "variance without gradient", "says": "The values are right, and the deviation hears nothing of what its noise did: gradients must reach the log-variance, too."}
# def sample_code(mean: Tensor, log_variance: Tensor, normal=torch.randn) -> Tensor:
#     return mean + (log_variance.detach() / 2).exp() * normal(*mean.shape)
#
#
# def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
#     return (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean() / 2

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** left, the price of one number: 0 only at mean 0 and variance 1, and rising to both sides.
# Right, codes drawn by your function for three clips whose $\mu$ and $\sigma$ differ. A clip with small $\sigma$ is
# known exactly, and pays for it.

# %% mocolab={"role": "demo"}
torch.manual_seed(0)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8))
values, zero = torch.linspace(-4, 4, 81)[:, None, None], torch.zeros(1, 1)
left.plot(values.flatten(), [kl_to_normal(value, zero) for value in values], label="mean, at variance 1")
left.plot(values.flatten(), [kl_to_normal(zero, value) for value in values], label="log-variance, at mean 0")
left.set(xlabel="value", ylabel="KL (nats)", ylim=(0, 8))
left.legend()
for mean, log_variance in (([-2.0, 0.5], [-4.0, -4.0]), ([1.0, 1.5], [-2.0, -5.0]), ([0.0, 0.0], [0.0, 0.0])):
    mean, log_variance = torch.tensor([mean]), torch.tensor([log_variance])
    codes = sample_code(mean.expand(200, -1), log_variance.expand(200, -1))
    right.plot(*codes.T, ".", markersize=3, label=f"{kl_to_normal(mean, log_variance):.1f} nats")
right.set(xlabel="first number of the code", ylabel="second number", aspect="equal")
right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
figure.tight_layout()
display.picture(
    figure,
    alt="Left, two curves that touch 0 at the value 0: a parabola for the mean, and for the log-variance a curve that "
    "rises slowly to the left and steeply to the right. Right, three clouds of dots, a small, a flat and a wide one, with their prices in nats; "
    "the wide one costs nothing.",
)

# %% [markdown] mocolab={"role": "text"}
# ## 2. One network, three verbs
#
# | verb | content of | motion code | what for |
# |---|---|---|---|
# | *reconstruct* | one frame of the clip V, any one | drawn from $q(z \mid V)$ | training: $\tilde{V}_x$ |
# | *transfer* | a picture y | $\mu$ of the driving clip V, no noise | the same answer every time: $\tilde{V}_{y,d}$ |
# | *imagine* | a picture y | drawn from $\mathcal{N}(0, I)$ | another future every time: $\tilde{V}_{y,s}$ |
#
# All three do the same with a content code and a motion code: hold the one, unfold the other, and paint.
#
# Look at the first line. The content comes from *any* frame, so it cannot tell the painter where the shape began; that
# has to come out of $z$. In lab 03 the first picture told it.
#
# ### Exercise 4.2: motion transfer
#
# | | |
# |---|---|
# | **Write** | `MotionTransfer(content_encoder, motion_encoder, unfold, draw)`, a module that keeps its four parts |
# | **Parts** | `content_encoder(pictures [B, 3, H, W])` gives `[B, d_C]`; `motion_encoder(clips)` gives the mean and the log-variance of the clip's code, both `[B, D]`; `unfold(code, num_frames)` gives `[B, num_frames, d_M]`; `draw` is a painter of codes, content first, then motion |
# | **Write** | `reconstruct(clips, frame, normal=torch.randn)`: the clips `[B, 3, T, H, W]` again, content from `clips[:, :, frame]`, the code drawn by `sample_code` of 4.1 |
# | **Write** | `transfer(pictures, driving)`: pictures `[B, 3, H, W]`, moved as the driving clips `[B, 3, T, H, W]` are |
# | **Write** | `imagine(pictures, num_frames, dim_code, normal=torch.randn)`: pictures, moved by codes from one call `normal(B, dim_code)` |
# | **Returns** | each verb `[B, 3, T, H, W]`; T is that of the clips or of the driving clips, or `num_frames` |
# | **Calls** | one `paint(draw, path)` of lab 01, path `[B, T, d_C + d_M]` (imported above), and so one call of `draw`, for each verb |
# | **Worth** | 6 points, difficulty 3 of 5, about 30 minutes |
#
# If your `sample_code` is not right yet, write this one all the same: the grader then lends it a right one. The check
# at home does not.
#
# <details><summary>Hint 1: the idea</summary>
#
# Write the common part first, a method of your own that takes pictures, a code for each and a number of frames. Then
# each verb is one or two lines that say which pictures and which code.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# Content `[B, d_C]`, repeated along time to `[B, T, d_C]`. Motion, unfolded, `[B, T, d_M]`. Joined along the last axis,
# `[B, T, d_C + d_M]`; painted, `[B, 3, T, H, W]`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# def _move(self, pictures, code, num_frames):
#     content = repeat(self.content_encoder(...), "B D -> B T D", T=...)
#     return paint(self.draw, torch.cat([content, ...], dim=...))
#
# def transfer(self, pictures, driving):
#     mean, _ = self.motion_encoder(...)
#     return self._move(..., ..., driving.shape[...])
# ```
#
# </details>
# <details><summary>Help: AttributeError: 'tuple' object has no attribute 'shape'</summary>
#
# The motion encoder gives two tensors, mean and log-variance. Unpack them: `mean, log_variance = ...`.
#
# </details>
# <details><summary>Help: RuntimeError: Sizes of tensors must match except in dimension 2. Expected size 16 but got size 8 for tensor number 1 in the list.</summary>
#
# Content and motion have different numbers of frames. Both are as long as the clip that says how it moves.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "4.2"}
# class MotionTransfer(nn.Module):
#     """A clip again, a picture moved as a clip is, and a picture moved as it likes."""
#
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         raise NotImplementedError("Exercise 4.2: keep the four parts.")
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         """The clips [B, 3, T, H, W] again: content of one frame, a code drawn for the clip."""
#         raise NotImplementedError("Exercise 4.2: content of clips[:, :, frame], a drawn code.")
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         """Pictures [B, 3, H, W], moved as the driving clips [B, 3, T, H, W] are; nothing is drawn."""
#         raise NotImplementedError("Exercise 4.2: content of the pictures, mean code of the driving clips.")
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         """Pictures [B, 3, H, W], moved by codes [B, dim_code] from N(0, I): [B, 3, num_frames, H, W]."""
#         raise NotImplementedError("Exercise 4.2: content of the pictures, a code from the prior.")


# %% mocolab={"role": "answer", "id": "4.2", "points": 6, "minutes": 30, "difficulty": 3, "depends": ["4.1"]}
class MotionTransfer(nn.Module):
    """A clip again, a picture moved as a clip is, and a picture moved as it likes."""

    def __init__(self, content_encoder, motion_encoder, unfold, draw):
        super().__init__()
        self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
        self.unfold, self.draw = unfold, draw

    def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
        content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
        return paint(self.draw, torch.cat([content, self.unfold(code, num_frames)], dim=2))

    def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
        """The clips [B, 3, T, H, W] again: content of one frame, a code drawn for the clip."""
        code = sample_code(*self.motion_encoder(clips), normal=normal)
        return self._move(clips[:, :, frame], code, clips.shape[2])

    def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
        """Pictures [B, 3, H, W], moved as the driving clips [B, 3, T, H, W] are; nothing is drawn."""
        mean, _ = self.motion_encoder(driving)
        return self._move(pictures, mean, driving.shape[2])

    def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
        """Pictures [B, 3, H, W], moved by codes [B, dim_code] from N(0, I): [B, 3, num_frames, H, W]."""
        return self._move(pictures, normal(len(pictures), dim_code), num_frames)


# %% mocolab={"role": "check", "id": "4.2"}
ask = check("4.2", MotionTransfer)
B, T, K, H, W, content_dim, code_dim, motion_dim = ask.sizes(8, low=3, high=10)
content_encoder = ask.fill(nn.Sequential(nn.Flatten(), nn.Linear(3 * H * W, content_dim), nn.Tanh()))
change, rest = ask.tensor(3 * H * W, 2 * code_dim) / (3 * H * W) ** 0.5, ask.tensor(2 * code_dim)
weights = ask.tensor(code_dim, motion_dim)


def motion_encoder(clips):
    when = torch.arange(1.0, clips.shape[2])  # so that the order of frames matters
    changes = rearrange(clips.diff(dim=2), "B C T H W -> B T (C H W)") * when[:, None]
    return torch.tanh(changes.mean(dim=1) @ change + rest).chunk(2, dim=1)


def unfold(code, num_frames):
    return torch.stack([torch.sin((k + 1) * code) @ weights for k in range(num_frames)], dim=1)


draw = ask.draw(content_dim + motion_dim, 3, H, W)
network = MotionTransfer(content_encoder, motion_encoder, unfold, draw)
clips, pictures = ask.tensor(B, 3, T, H, W).requires_grad_(), ask.tensor(B, 3, H, W).requires_grad_()
frame = T // 2
tapes = ask.tape(), ask.tape()
rebuilt = network.reconstruct(clips, frame, normal=tapes[0])
moved = network.transfer(pictures, clips)
imagined = network.imagine(pictures, K, code_dim, normal=tapes[1])
ask.gate("calls of normal in reconstruct", tapes[0].calls)
ask.gate("calls of normal in imagine", tapes[1].calls)
ask.gate("calls of draw", draw.calls)
ask.gate("transfer twice is equal", torch.equal(moved, network.transfer(pictures, clips)))
driven, quiet = network.transfer(clips[:, :, 0], clips), network.reconstruct(clips, 0, normal=torch.zeros)
same = driven.shape == quiet.shape and torch.allclose(driven, quiet, atol=1e-5)
ask.gate("driven by itself a clip is rebuilt as without noise", same)
ask.show(
    reconstruct=rebuilt,
    gradient_of_reconstruct_by_the_clips=ask.gradient(rebuilt, clips),
    transfer=moved,
    gradient_of_transfer_by_the_pictures=ask.gradient(moved, pictures),
    gradient_of_transfer_by_the_driving_clips=ask.gradient(moved, clips),
    imagine=imagined,
    gradient_of_imagine_by_the_pictures=ask.gradient(imagined, pictures),
)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "content of the driving clip", "says": "You copied A instead of moving B."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
#         return paint(self.draw, torch.cat([content, self.unfold(code, num_frames)], dim=2))
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         code = sample_code(*self.motion_encoder(clips), normal=normal)
#         return self._move(clips[:, :, frame], code, clips.shape[2])
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         mean, _ = self.motion_encoder(driving)
#         return self._move(driving[:, :, 0], mean, driving.shape[2])
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         return self._move(pictures, normal(len(pictures), dim_code), num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "sampled in transfer", "says": "Deterministic transfer uses the mean."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
#         return paint(self.draw, torch.cat([content, self.unfold(code, num_frames)], dim=2))
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         code = sample_code(*self.motion_encoder(clips), normal=normal)
#         return self._move(clips[:, :, frame], code, clips.shape[2])
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         code = sample_code(*self.motion_encoder(driving))
#         return self._move(pictures, code, driving.shape[2])
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         return self._move(pictures, normal(len(pictures), dim_code), num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "mean in reconstruct", "says": "Training must feel the noise, or sampling later meets holes."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
#         return paint(self.draw, torch.cat([content, self.unfold(code, num_frames)], dim=2))
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         code, _ = self.motion_encoder(clips)
#         return self._move(clips[:, :, frame], code, clips.shape[2])
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         mean, _ = self.motion_encoder(driving)
#         return self._move(pictures, mean, driving.shape[2])
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         return self._move(pictures, normal(len(pictures), dim_code), num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "noise drawn and unused", "says": "Training must feel the noise, or sampling later meets holes."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
#         return paint(self.draw, torch.cat([content, self.unfold(code, num_frames)], dim=2))
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         code, _ = self.motion_encoder(clips)
#         normal(*code.shape)
#         return self._move(clips[:, :, frame], code, clips.shape[2])
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         mean, _ = self.motion_encoder(driving)
#         return self._move(pictures, mean, driving.shape[2])
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         return self._move(pictures, normal(len(pictures), dim_code), num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "imagine uses a driver", "says": "No clip here: draw from the prior."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
#         return paint(self.draw, torch.cat([content, self.unfold(code, num_frames)], dim=2))
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         code = sample_code(*self.motion_encoder(clips), normal=normal)
#         return self._move(clips[:, :, frame], code, clips.shape[2])
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         mean, _ = self.motion_encoder(driving)
#         return self._move(pictures, mean, driving.shape[2])
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         still = repeat(pictures, "B C H W -> B C T H W", T=num_frames)
#         return self._move(pictures, sample_code(*self.motion_encoder(still), normal=normal), num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "imagine uses the mean of a still clip", "says": "No clip here: draw from the prior."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
#         return paint(self.draw, torch.cat([content, self.unfold(code, num_frames)], dim=2))
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         code = sample_code(*self.motion_encoder(clips), normal=normal)
#         return self._move(clips[:, :, frame], code, clips.shape[2])
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         mean, _ = self.motion_encoder(driving)
#         return self._move(pictures, mean, driving.shape[2])
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         still = repeat(pictures, "B C H W -> B C T H W", T=num_frames)
#         return self._move(pictures, self.motion_encoder(still)[0], num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "one code for all pictures", "says": "Each picture moves in its own way: one call of [B, dim_code]."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
#         return paint(self.draw, torch.cat([content, self.unfold(code, num_frames)], dim=2))
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         code = sample_code(*self.motion_encoder(clips), normal=normal)
#         return self._move(clips[:, :, frame], code, clips.shape[2])
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         mean, _ = self.motion_encoder(driving)
#         return self._move(pictures, mean, driving.shape[2])
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         return self._move(pictures, normal(1, dim_code).expand(len(pictures), -1), num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "content per frame", "says": "Content once, from the frame asked for."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
#         return paint(self.draw, torch.cat([content, self.unfold(code, num_frames)], dim=2))
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         code = sample_code(*self.motion_encoder(clips), normal=normal)
#         content = torch.stack([self.content_encoder(picture) for picture in clips.unbind(2)], dim=1)
#         return paint(self.draw, torch.cat([content, self.unfold(code, clips.shape[2])], dim=2))
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         mean, _ = self.motion_encoder(driving)
#         return self._move(pictures, mean, driving.shape[2])
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         return self._move(pictures, normal(len(pictures), dim_code), num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "always the first frame", "says": "Content is that of the frame asked for, not always of the first: the place must not be told by it."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
#         return paint(self.draw, torch.cat([content, self.unfold(code, num_frames)], dim=2))
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         code = sample_code(*self.motion_encoder(clips), normal=normal)
#         return self._move(clips[:, :, 0], code, clips.shape[2])
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         mean, _ = self.motion_encoder(driving)
#         return self._move(pictures, mean, driving.shape[2])
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         return self._move(pictures, normal(len(pictures), dim_code), num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "unfold to the wrong length", "says": "As long as the driving clip."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
#         return paint(self.draw, torch.cat([content, self.unfold(code, num_frames)], dim=2))
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         code = sample_code(*self.motion_encoder(clips), normal=normal)
#         return self._move(clips[:, :, frame], code, clips.shape[2])
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         mean, _ = self.motion_encoder(driving)
#         return self._move(pictures, mean, 16)
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         return self._move(pictures, normal(len(pictures), dim_code), num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "as long as the batch", "says": "Axis 0 counts clips, axis 2 frames: T is clips.shape[2]."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
#         return paint(self.draw, torch.cat([content, self.unfold(code, num_frames)], dim=2))
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         code = sample_code(*self.motion_encoder(clips), normal=normal)
#         return self._move(clips[:, :, frame], code, len(clips))
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         mean, _ = self.motion_encoder(driving)
#         return self._move(pictures, mean, driving.shape[2])
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         return self._move(pictures, normal(len(pictures), dim_code), num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "motion first", "says": "Codes are content, then motion: the painter was built for this order."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
#         return paint(self.draw, torch.cat([self.unfold(code, num_frames), content], dim=2))
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         code = sample_code(*self.motion_encoder(clips), normal=normal)
#         return self._move(clips[:, :, frame], code, clips.shape[2])
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         mean, _ = self.motion_encoder(driving)
#         return self._move(pictures, mean, driving.shape[2])
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         return self._move(pictures, normal(len(pictures), dim_code), num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "first moment repeated", "says": "The picture stands still: the motion differs from moment to moment."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
#         return paint(self.draw, torch.cat([content, repeat(self.unfold(code, 1)[:, 0], "B D -> B T D", T=num_frames)], dim=2))
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         code = sample_code(*self.motion_encoder(clips), normal=normal)
#         return self._move(clips[:, :, frame], code, clips.shape[2])
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         mean, _ = self.motion_encoder(driving)
#         return self._move(pictures, mean, driving.shape[2])
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         return self._move(pictures, normal(len(pictures), dim_code), num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "painted frame by frame", "says": "One call of draw for all frames, or each moment gets its own batch statistics."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
#         path = torch.cat([content, self.unfold(code, num_frames)], dim=2)
#         return torch.stack([self.draw(codes) for codes in path.unbind(1)], dim=2)
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         code = sample_code(*self.motion_encoder(clips), normal=normal)
#         return self._move(clips[:, :, frame], code, clips.shape[2])
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         mean, _ = self.motion_encoder(driving)
#         return self._move(pictures, mean, driving.shape[2])
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         return self._move(pictures, normal(len(pictures), dim_code), num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "mean and log-variance swapped", "says": "The motion encoder gives the mean first, then the log-variance."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
#         return paint(self.draw, torch.cat([content, self.unfold(code, num_frames)], dim=2))
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         mean, log_variance = self.motion_encoder(clips)
#         code = sample_code(log_variance, mean, normal=normal)
#         return self._move(clips[:, :, frame], code, clips.shape[2])
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         _, mean = self.motion_encoder(driving)
#         return self._move(pictures, mean, driving.shape[2])
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         return self._move(pictures, normal(len(pictures), dim_code), num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "encoders without gradient", "says": "The values are right, and no gradient comes back to the encoders: without it they never learn."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures).detach(), "B D -> B T D", T=num_frames)
#         return paint(self.draw, torch.cat([content, self.unfold(code.detach(), num_frames)], dim=2))
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         code = sample_code(*self.motion_encoder(clips), normal=normal)
#         return self._move(clips[:, :, frame], code, clips.shape[2])
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         mean, _ = self.motion_encoder(driving)
#         return self._move(pictures, mean, driving.shape[2])
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         return self._move(pictures, normal(len(pictures), dim_code), num_frames)

# %% [raw] mocolab={"role": "misconception", "id": "4.2", "cause": "motion of the driver without gradient", "says": "The values are right, and no gradient reaches the driving clip: L_M has to pass through here."}
# class MotionTransfer(nn.Module):
#     def __init__(self, content_encoder, motion_encoder, unfold, draw):
#         super().__init__()
#         self.content_encoder, self.motion_encoder = content_encoder, motion_encoder
#         self.unfold, self.draw = unfold, draw
#
#     def _move(self, pictures: Tensor, code: Tensor, num_frames: int) -> Tensor:
#         content = repeat(self.content_encoder(pictures), "B D -> B T D", T=num_frames)
#         return paint(self.draw, torch.cat([content, self.unfold(code, num_frames)], dim=2))
#
#     def reconstruct(self, clips: Tensor, frame: int, normal=torch.randn) -> Tensor:
#         code = sample_code(*self.motion_encoder(clips), normal=normal)
#         return self._move(clips[:, :, frame], code, clips.shape[2])
#
#     def transfer(self, pictures: Tensor, driving: Tensor) -> Tensor:
#         mean, _ = self.motion_encoder(driving)
#         return self._move(pictures, mean.detach(), driving.shape[2])
#
#     def imagine(self, pictures: Tensor, num_frames: int, dim_code: int, normal=torch.randn) -> Tensor:
#         return self._move(pictures, normal(len(pictures), dim_code), num_frames)

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** an untrained network of your parts, asked twice for each verb. *Transfer* answers the same
# both times; the others do not.

# %% mocolab={"role": "demo"}
from mocolab.networks.encoders import frame_encoder
from mocolab.networks.generators import FrameGenerator

torch.manual_seed(0)
width = tier(smoke=8, cpu=16, gpu=64)
untrained = MotionTransfer(
    content_encoder=frame_encoder(32, width),
    motion_encoder=ClipEncoder(frame_encoder(128, width, norm=False), 128, 16),
    unfold=Unfold(16, 32),
    draw=FrameGenerator(32 + 32, width),
).eval()
verbs = {
    "reconstruct": lambda: untrained.reconstruct(clip_a, frame=5),
    "transfer": lambda: untrained.transfer(picture_b, clip_a),
    "imagine": lambda: untrained.imagine(picture_b, 16, 16),
}
with torch.no_grad():
    for name, verb in verbs.items():
        print(f"{name:12} {list(verb().shape)}, largest difference of two answers: {(verb() - verb()).abs().max():.4f}")

# %% [markdown] mocolab={"role": "text"}
# ## 3. Wishes, and how to cheat each of them
#
# The first wish is that of lab 03: $\tilde{V}_x$ should be V again, $L_{rec} = \lvert \tilde{V}_x - V \rvert_1$. The
# hook has shown how to grant it and be useless. Two more wishes are about the codes. Content is what does not change,
# so the content codes of neighbouring frames should agree; and what was painted should move as the clip that it was
# taken from:
#
# $$L_C = \big\lvert E_C(x^{t}) - E_C(x^{t+1}) \big\rvert_1, \qquad
# L_M = \big\lvert E_M(\tilde{V}_x) - z \big\rvert_1 + \big\lvert E_M(\tilde{V}_{y,d}) - z \big\rvert_1 .$$
#
# The norms stand for means here: over clips, moments and numbers.
#
# ### Exercise 4.3: two wishes
#
# | | |
# |---|---|
# | **Write** | `content_agreement(codes)` and `motion_consistency(code, code_of_reconstruction, code_of_transfer)` |
# | **Takes** | the content codes of all frames of B clips, `[B, T, D]`, T at least 2; three motion codes `[B, D]` |
# | **Returns** | $L_C$, the mean absolute difference of neighbours in time; $L_M$, the sum of two mean absolute differences; single numbers |
# | **Detach** | nothing |
# | **Worth** | 4 points, difficulty 2 of 5, about 12 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# Cut the codes twice, once without the first moment and once without the last, and compare. For the motion, the clip's
# own code is the master, and each of the other two is compared with it.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# `[B, T, D]` has T - 1 pairs of neighbours, `[B, T - 1, D]`. All means are over everything.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# return (codes[:, ...] - codes[:, ...]).abs().mean()
#
# return (... - code).abs().mean() + ...
# ```
#
# </details>
# <details><summary>Help: RuntimeError: The size of tensor a (6) must match the size of tensor b (5) at non-singleton dimension 1</summary>
#
# One of the two cuts is missing: both must leave T - 1 moments.
#
# </details>
# <details><summary>Help: the loss does not change when I train</summary>
#
# `.item()` and `.detach()` take the gradient away. A loss stays a tensor.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "4.3"}
# def content_agreement(codes: Tensor) -> Tensor:
#     """L_C: the mean |difference| of neighbouring moments of content codes [B, T, D]."""
#     raise NotImplementedError("Exercise 4.3: moments t and t + 1.")
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     """L_M: the mean |differences| of the codes of two painted clips to that of their source, [B, D] each, added."""
#     raise NotImplementedError("Exercise 4.3: each of the two against the source's code.")


# %% mocolab={"role": "answer", "id": "4.3", "points": 4, "minutes": 12, "difficulty": 2, "depends": []}
def content_agreement(codes: Tensor) -> Tensor:
    """L_C: the mean |difference| of neighbouring moments of content codes [B, T, D]."""
    return (codes[:, 1:] - codes[:, :-1]).abs().mean()


def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
    """L_M: the mean |differences| of the codes of two painted clips to that of their source, [B, D] each, added."""
    return (code_of_reconstruction - code).abs().mean() + (code_of_transfer - code).abs().mean()


# %% mocolab={"role": "check", "id": "4.3"}
ask = check("4.3", content_agreement, motion_consistency)
B, T, D, E = ask.sizes(4, low=3, high=9)
codes = ask.tensor(B, T, D).requires_grad_()
code, of_reconstruction, of_transfer = (ask.tensor(B, E).requires_grad_() for _ in range(3))
agreement, consistency = content_agreement(codes), motion_consistency(code, of_reconstruction, of_transfer)
ask.gate("agreement of two moments", content_agreement(codes[:1, :2]))
ask.show(
    content_agreement=agreement,
    gradient_by_the_content_codes=ask.gradient(1000 * agreement, codes),
    motion_consistency=consistency,
    gradient_by_the_code=ask.gradient(1000 * consistency, code),
    gradient_by_the_code_of_the_reconstruction=ask.gradient(1000 * consistency, of_reconstruction),
    gradient_by_the_code_of_the_transfer=ask.gradient(1000 * consistency, of_transfer),
)

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "all pairs", "says": "The slides compare t with t + 1."}
# def content_agreement(codes: Tensor) -> Tensor:
#     return (codes[:, :, None] - codes[:, None]).abs().sum() / (codes.numel() * (codes.shape[1] - 1))
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     return (code_of_reconstruction - code).abs().mean() + (code_of_transfer - code).abs().mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "to the first frame", "says": "Neighbours, please: t with t + 1, not with the first frame."}
# def content_agreement(codes: Tensor) -> Tensor:
#     return (codes[:, 1:] - codes[:, :1]).abs().mean()
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     return (code_of_reconstruction - code).abs().mean() + (code_of_transfer - code).abs().mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "neighbours in the batch", "says": "Different clips should differ: axis 0 counts clips, time is axis 1."}
# def content_agreement(codes: Tensor) -> Tensor:
#     return (codes[1:] - codes[:-1]).abs().sum() / max(1, codes[1:].numel())
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     return (code_of_reconstruction - code).abs().mean() + (code_of_transfer - code).abs().mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "neighbours in the code", "says": "Numbers of one code need not agree: time is axis 1."}
# def content_agreement(codes: Tensor) -> Tensor:
#     return (codes[:, :, 1:] - codes[:, :, :-1]).abs().mean()
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     return (code_of_reconstruction - code).abs().mean() + (code_of_transfer - code).abs().mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "squared", "says": "L1: absolute values, not squares."}
# def content_agreement(codes: Tensor) -> Tensor:
#     return (codes[:, 1:] - codes[:, :-1]).square().mean()
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     return (code_of_reconstruction - code).square().mean() + (code_of_transfer - code).square().mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "agreement squared", "says": "L1: absolute values, not squares."}
# def content_agreement(codes: Tensor) -> Tensor:
#     return (codes[:, 1:] - codes[:, :-1]).square().mean()
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     return (code_of_reconstruction - code).abs().mean() + (code_of_transfer - code).abs().mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "consistency squared", "says": "L1: absolute values, not squares."}
# def content_agreement(codes: Tensor) -> Tensor:
#     return (codes[:, 1:] - codes[:, :-1]).abs().mean()
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     return (code_of_reconstruction - code).square().mean() + (code_of_transfer - code).square().mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "one term", "says": "Both outputs must carry the motion: the reconstruction and the transfer."}
# def content_agreement(codes: Tensor) -> Tensor:
#     return (codes[:, 1:] - codes[:, :-1]).abs().mean()
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     return (code_of_reconstruction - code).abs().mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "transfer alone", "says": "Both outputs must carry the motion: the reconstruction and the transfer."}
# def content_agreement(codes: Tensor) -> Tensor:
#     return (codes[:, 1:] - codes[:, :-1]).abs().mean()
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     return (code_of_transfer - code).abs().mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "result to transfer", "says": "Each is compared with the source's code."}
# def content_agreement(codes: Tensor) -> Tensor:
#     return (codes[:, 1:] - codes[:, :-1]).abs().mean()
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     return (code_of_reconstruction - code).abs().mean() + (code_of_transfer - code_of_reconstruction).abs().mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "consistency averaged", "says": "The sum of the two means, not their mean."}
# def content_agreement(codes: Tensor) -> Tensor:
#     return (codes[:, 1:] - codes[:, :-1]).abs().mean()
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     return ((code_of_reconstruction - code).abs().mean() + (code_of_transfer - code).abs().mean()) / 2

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "signed", "says": "Ups and downs cancel: absolute values first."}
# def content_agreement(codes: Tensor) -> Tensor:
#     return (codes[:, 1:] - codes[:, :-1]).mean()
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     return (code_of_reconstruction - code).mean() + (code_of_transfer - code).mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "summed over numbers", "says": "Means over everything: clips, moments and numbers."}
# def content_agreement(codes: Tensor) -> Tensor:
#     return (codes[:, 1:] - codes[:, :-1]).abs().sum(dim=2).mean()
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     return (code_of_reconstruction - code).abs().sum(dim=1).mean() + (code_of_transfer - code).abs().sum(dim=1).mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "summed over moments", "says": "The mean over moments, not their sum: longer clips would pay more."}
# def content_agreement(codes: Tensor) -> Tensor:
#     return (codes[:, 1:] - codes[:, :-1]).abs().mean(dim=(0, 2)).sum()
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     return (code_of_reconstruction - code).abs().mean() + (code_of_transfer - code).abs().mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "detached", "says": "A loss keeps its gradient: do not detach, and take no item()."}
# def content_agreement(codes: Tensor) -> Tensor:
#     return (codes.detach()[:, 1:] - codes.detach()[:, :-1]).abs().mean()
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     return ((code_of_reconstruction - code).abs().mean() + (code_of_transfer - code).abs().mean()).detach()

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "master held fixed", "says": "The clip's own code may move too: detach nothing."}
# def content_agreement(codes):
#     return codes.diff(dim=1).abs().mean()
#
# def motion_consistency(code, code_of_reconstruction, code_of_transfer):
#     code = code.detach()
#     return (code_of_reconstruction - code).abs().mean() + (code_of_transfer - code).abs().mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.3", "cause": "neighbour held fixed", "says": "Both neighbours may move towards each other: detach neither."}
# def content_agreement(codes: Tensor) -> Tensor:
#     return (codes[:, 1:] - codes[:, :-1].detach()).abs().mean()
#
#
# def motion_consistency(code: Tensor, code_of_reconstruction: Tensor, code_of_transfer: Tensor) -> Tensor:
#     return (code_of_reconstruction - code).abs().mean() + (code_of_transfer - code).abs().mean()

# %% [markdown] mocolab={"role": "text"}
# **Predict first.** For each of the four losses $L_{rec}$, $L_C$, $L_M$ and KL, name a network that makes it 0 and is
# of no use for transfer.

# %% mocolab={"role": "predict"}
# Not scored. One useless network for each loss.
useless_without_reconstruction_error = "..."
useless_with_agreeing_contents = "..."
useless_with_consistent_motion = "..."
useless_without_nats = "..."

# %% [markdown] mocolab={"role": "text"}
# Here are three that we know, measured by your functions on the two clips of the hook. They need no training, because
# their codes are pictures and differences themselves:
#
# - *adds changes*, the hook: the content code is the picture, the motion code holds the changes;
# - *copies the driver*: the content code says nothing, the motion code holds the whole clip;
# - *says nothing*: both codes are 0, and every clip that it paints is black.
#
# For the KL, each number of a motion code counts as a mean, with variance 1.
#
# **What you should see:** a 0 in every column, and no row without one. Of the three wishes only $L_C$ objects to the
# hook, and none at all to the copier. It pays more nats than the hook, and that is all.


# %% mocolab={"role": "demo"}
def adds_changes(clips):
    """(content codes of all frames, motion code) of the hook."""
    return rearrange(clips, "B C T H W -> B T (C H W)"), (clips - clips[:, :, :1]).flatten(1)


def copies_the_driver(clips):
    return torch.zeros(len(clips), clips.shape[2], 1), clips.flatten(1)


def says_nothing(clips):
    return torch.zeros(len(clips), clips.shape[2], 1), torch.zeros(len(clips), 1)


black = torch.full_like(clip_a, -1)
networks = {  # name: (encoders, reconstruction of A, B with the motion of A)
    "adds changes": (adds_changes, clip_a, answer),
    "copies the driver": (copies_the_driver, clip_a, clip_a),
    "says nothing": (says_nothing, black, black),
}
print(f"{'':20}{'L_rec':>8}{'L_C':>8}{'L_M':>8}{'KL':>10}")
for name, (encoders, rebuilt, moved) in networks.items():
    contents, code = encoders(clip_a)
    consistency = motion_consistency(code, encoders(rebuilt)[1], encoders(moved)[1])
    kl = kl_to_normal(code, torch.zeros_like(code))
    losses = (rebuilt - clip_a).abs().mean(), content_agreement(contents), consistency
    print(f"{name:20}" + "".join(f"{loss:8.4f}" for loss in losses) + f"{kl:10.1f}")

# %% [markdown] mocolab={"role": "text"}
# So no wish stands alone. And the copier is dangerous: nats can be afforded, if they buy a reconstruction. It paints
# *somebody else's* clip, without a flaw. To be caught it needs a judge who knows whose clip was asked for.
#
# ## 4. A judge who knows the reference
#
# $D_I$ judges pairs, as in lab 03: a reference picture and a frame, on six channels. Lab 03's critic saw painted frames
# as lies. This one has a second kind of lie, a *true frame of somebody else*, so it has to compare (Reed et al., 2016,
# did this with texts and pictures).
#
# | name | what it is |
# |---|---|
# | x, the *source* | the object of the clip V; `x_first` is its first frame, `x_frame` any frame, `x_fake` a frame of $\tilde{V}_x$ |
# | y, the *target* | the other object; `y` is the one picture of it that was given, `y_frame` any frame of its own clip, `y_fake` a frame of $\tilde{V}_y$ |
#
# The slides write, with $D$ a probability that the discriminator makes *large*,
#
# $$L_x = \log D(x^1, x^t) + \tfrac{1}{2} \big[ \log(1 - D(x^1, \tilde{x}^t)) + \log(1 - D(y, x^t)) \big],$$
#
# $$L_y = \log D(y, y) + \tfrac{1}{2} \big[ \log(1 - D(y, \tilde{y}^t)) + \log(1 - D(x^1, y^t)) \big].$$
#
# Our discriminator gives logits, and we *minimise*: each $\log D$ becomes a BCE with target 1, each $\log(1 - D)$ one
# with target 0, and the signs turn round. Note the true pair of the second line: y with itself. So as a true pair the
# target needs only its one picture; the last term takes frames of its clip because we have them here.
#
# ### Exercise 4.4: the pair game
#
# | | |
# |---|---|
# | **Write** | `pair_game(discriminator, x_first, x_frame, x_fake, y, y_frame, y_fake)` |
# | **Takes** | `discriminator`, from pairs `[N, 2C, H, W]`, the reference on the first C channels, to logits of any shape; six batches of pictures `[N, C, H, W]` |
# | **Returns** | what the discriminator minimises, both lines together: BCE((x_first, x_frame), 1) + ½ [BCE((x_first, x_fake), 0) + BCE((y, x_frame), 0)] + BCE((y, y), 1) + ½ [BCE((y, y_fake), 0) + BCE((x_first, y_frame), 0)]; each BCE is a mean over its scores |
# | **Detach** | nothing: whoever calls decides whose move it is |
# | **Worth** | 5 points, difficulty 4 of 5, about 25 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# Six terms of one form. Write a small function for one of them (reference, frame, true or false), and call it six
# times.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# Two pictures `[N, C, H, W]` side by side on the channels are `[N, 2C, H, W]`: axis 1. The targets have the shape of
# the scores.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# def term(reference, frame, truth):
#     scores = discriminator(torch.cat([...], dim=...))
#     return F.binary_cross_entropy_with_logits(scores, torch.full_like(..., ...))
#
# source = term(x_first, x_frame, 1.0) + (term(..., ..., 0.0) + term(..., ..., 0.0)) / 2
# target = ...
# ```
#
# </details>
# <details><summary>Help: RuntimeError: Given groups=1, weight of size [4, 6, 3, 3], expected input[2, 3, 8, 8] to have 6 channels, but got 3 channels instead</summary>
#
# The discriminator wants a pair. Join reference and frame along axis 1.
#
# </details>
# <details><summary>Help: ValueError: Target size (torch.Size([3])) must be the same as input size (torch.Size([3, 1]))</summary>
#
# Scores may have any shape. `torch.full_like(scores, 1.0)` has the same.
#
# </details>
# <details><summary>Help: I lose track of who is x and who is y</summary>
#
# In each line of the formula the reference of the true pair is the reference of the fake. The last term of each line
# takes the frame of the true pair's own clip, and the *other* one's reference.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "4.4"}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     """What a discriminator of pairs (reference, frame) minimises: painted frames and wrong partners are lies."""
#     raise NotImplementedError("Exercise 4.4: three terms for the source, three for the target.")


# %% mocolab={"role": "answer", "id": "4.4", "points": 5, "minutes": 25, "difficulty": 4, "depends": []}
def pair_game(
    discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
) -> Tensor:
    """What a discriminator of pairs (reference, frame) minimises: painted frames and wrong partners are lies."""

    def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
        scores = discriminator(torch.cat([reference, frame], dim=1))
        return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))

    source = term(x_first, x_frame, 1.0) + (term(x_first, x_fake, 0.0) + term(y, x_frame, 0.0)) / 2
    target = term(y, y, 1.0) + (term(y, y_fake, 0.0) + term(x_first, y_frame, 0.0)) / 2
    return source + target


# %% mocolab={"role": "check", "id": "4.4"}
ask = check("4.4", pair_game)
N, C, H, W = ask.sizes(4, low=3, high=9)
discriminator = ask.fill(nn.Sequential(nn.Conv2d(2 * C, 5, 3), nn.LeakyReLU(0.2), nn.Conv2d(5, 1, (1, 1))))
names = ("x_first", "x_frame", "x_fake", "y", "y_frame", "y_fake")
pictures = {name: ask.tensor(N, C, H, W).requires_grad_() for name in names}
loss = pair_game(discriminator, *pictures.values())
ask.gate("loss of one picture each", pair_game(discriminator, *(picture[:1] for picture in pictures.values())))
ask.show(
    loss=loss,
    **{f"gradient_by_{name}": ask.gradient(1000 * loss, picture) for name, picture in pictures.items()},
    gradient_by_the_discriminator=ask.gradient(1000 * loss, next(discriminator.parameters())),
)

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "mismatch as real", "says": "A true frame of somebody else must be rejected."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_frame, 1.0) + (term(x_first, x_fake, 0.0) + term(y, x_frame, 1.0)) / 2
#     target = term(y, y, 1.0) + (term(y, y_fake, 0.0) + term(x_first, y_frame, 1.0)) / 2
#     return source + target

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "no halves", "says": "Two kinds of lies share one weight."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_frame, 1.0) + (term(x_first, x_fake, 0.0) + term(y, x_frame, 0.0))
#     target = term(y, y, 1.0) + (term(y, y_fake, 0.0) + term(x_first, y_frame, 0.0))
#     return source + target

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "order swapped", "says": "Reference first."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([frame, reference], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_frame, 1.0) + (term(x_first, x_fake, 0.0) + term(y, x_frame, 0.0)) / 2
#     target = term(y, y, 1.0) + (term(y, y_fake, 0.0) + term(x_first, y_frame, 0.0)) / 2
#     return source + target

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "(y, y_frame) as the true pair", "says": "The slides pair y with itself: one target picture is enough."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_frame, 1.0) + (term(x_first, x_fake, 0.0) + term(y, x_frame, 0.0)) / 2
#     target = term(y, y_frame, 1.0) + (term(y, y_fake, 0.0) + term(x_first, y_frame, 0.0)) / 2
#     return source + target

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "(x_first, x_first) as the true pair", "says": "Only the target is paired with itself: the source has a whole clip, so its true pair is (x_first, x_frame)."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_first, 1.0) + (term(x_first, x_fake, 0.0) + term(y, x_frame, 0.0)) / 2
#     target = term(y, y, 1.0) + (term(y, y_fake, 0.0) + term(x_first, y_frame, 0.0)) / 2
#     return source + target

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "mismatches dropped", "says": "Nothing then ties a frame to its reference."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_frame, 1.0) + term(x_first, x_fake, 0.0)
#     target = term(y, y, 1.0) + term(y, y_fake, 0.0)
#     return source + target

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "mismatches dropped, halves kept", "says": "Nothing then ties a frame to its reference."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_frame, 1.0) + term(x_first, x_fake, 0.0) / 2
#     target = term(y, y, 1.0) + term(y, y_fake, 0.0) / 2
#     return source + target

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "only x's line", "says": "Two lines: source and target."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_frame, 1.0) + (term(x_first, x_fake, 0.0) + term(y, x_frame, 0.0)) / 2
#     target = term(y, y, 1.0) + (term(y, y_fake, 0.0) + term(x_first, y_frame, 0.0)) / 2
#     return source

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "only y's line", "says": "Two lines: source and target."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_frame, 1.0) + (term(x_first, x_fake, 0.0) + term(y, x_frame, 0.0)) / 2
#     target = term(y, y, 1.0) + (term(y, y_fake, 0.0) + term(x_first, y_frame, 0.0)) / 2
#     return target

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "averaged", "says": "The two lines are added: no mean of them."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_frame, 1.0) + (term(x_first, x_fake, 0.0) + term(y, x_frame, 0.0)) / 2
#     target = term(y, y, 1.0) + (term(y, y_fake, 0.0) + term(x_first, y_frame, 0.0)) / 2
#     return (source + target) / 2

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "everything halved", "says": "The half belongs to the lies alone: a true pair has the full weight."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_frame, 1.0) / 2 + (term(x_first, x_fake, 0.0) + term(y, x_frame, 0.0)) / 2
#     target = term(y, y, 1.0) / 2 + (term(y, y_fake, 0.0) + term(x_first, y_frame, 0.0)) / 2
#     return source + target

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "labels swapped", "says": "The discriminator is paid for being wrong: true pairs have target 1, lies 0."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, 1.0 - truth))
#
#     source = term(x_first, x_frame, 1.0) + (term(x_first, x_fake, 0.0) + term(y, x_frame, 0.0)) / 2
#     target = term(y, y, 1.0) + (term(y, y_fake, 0.0) + term(x_first, y_frame, 0.0)) / 2
#     return source + target

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "sign of the slides", "says": "The slides make L large; asked is what the discriminator makes small: turn the sign round."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_frame, 1.0) + (term(x_first, x_fake, 0.0) + term(y, x_frame, 0.0)) / 2
#     target = term(y, y, 1.0) + (term(y, y_fake, 0.0) + term(x_first, y_frame, 0.0)) / 2
#     return -source - target

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "fakes of the other one", "says": "A fake is judged with its own reference: (x_first, x_fake) and (y, y_fake)."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_frame, 1.0) + (term(y, x_fake, 0.0) + term(y, x_frame, 0.0)) / 2
#     target = term(y, y, 1.0) + (term(x_first, y_fake, 0.0) + term(x_first, y_frame, 0.0)) / 2
#     return source + target

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "mismatch inside one clip", "says": "A wrong partner comes from the other clip: (y, x_frame) and (x_first, y_frame)."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_frame, 1.0) + (term(x_first, x_fake, 0.0) + term(x_first, x_frame, 0.0)) / 2
#     target = term(y, y, 1.0) + (term(y, y_fake, 0.0) + term(y, y_frame, 0.0)) / 2
#     return source + target

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "sigmoid first", "says": "The scores are logits already, and BCE-with-logits has the sigmoid inside."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = torch.sigmoid(discriminator(torch.cat([reference, frame], dim=1)))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_frame, 1.0) + (term(x_first, x_fake, 0.0) + term(y, x_frame, 0.0)) / 2
#     target = term(y, y, 1.0) + (term(y, y_fake, 0.0) + term(x_first, y_frame, 0.0)) / 2
#     return source + target

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "summed over scores", "says": "Each BCE is a mean over its scores."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth), reduction="sum")
#
#     source = term(x_first, x_frame, 1.0) + (term(x_first, x_fake, 0.0) + term(y, x_frame, 0.0)) / 2
#     target = term(y, y, 1.0) + (term(y, y_fake, 0.0) + term(x_first, y_frame, 0.0)) / 2
#     return source + target

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "fakes detached", "says": "The values are right, and G could never learn from this: whoever calls decides what is detached."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_frame, 1.0) + (term(x_first, x_fake.detach(), 0.0) + term(y, x_frame, 0.0)) / 2
#     target = term(y, y, 1.0) + (term(y, y_fake.detach(), 0.0) + term(x_first, y_frame, 0.0)) / 2
#     return source + target

# %% [raw] mocolab={"role": "misconception", "id": "4.4", "cause": "joined along the width", "says": "The pair is joined on the channels, axis 1."}
# def pair_game(
#     discriminator, x_first: Tensor, x_frame: Tensor, x_fake: Tensor, y: Tensor, y_frame: Tensor, y_fake: Tensor
# ) -> Tensor:
#     def term(reference: Tensor, frame: Tensor, truth: float) -> Tensor:
#         scores = discriminator(torch.cat([reference, frame], dim=3)[:, :, :, ::2].repeat(1, 2, 1, 1))
#         return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, truth))
#
#     source = term(x_first, x_frame, 1.0) + (term(x_first, x_fake, 0.0) + term(y, x_frame, 0.0)) / 2
#     target = term(y, y, 1.0) + (term(y, y_fake, 0.0) + term(x_first, y_frame, 0.0)) / 2
#     return source + target

# %% [markdown] mocolab={"role": "text"}
# Three critics that we have made by hand play your game on the clips of the hook, with black frames for fakes. The
# first is never sure and always scores 0. The second looks at the frame alone: it takes everything for true that is not
# black. The third compares the colours of frame and reference.
#
# **What you should see:** 4 ln 2 = 2.773 for the first; about 5 for the second, who is fooled by the wrong partners and
# would do better to say nothing; nearly 0 for the third. Only comparing pays. In the last line the third critic judges
# the copier's frame as a picture of B, and does not believe it.


# %% mocolab={"role": "demo"}
def brightest(frames):
    """The brightest value of each channel, [N, 3]: here, the colour of the shape."""
    return frames.amax(dim=(2, 3))


def unsure(pairs):
    return torch.zeros(len(pairs))


def looks_at_the_frame(pairs):
    return 5 - 10 * (brightest(pairs[:, 3:]) == -1).all(dim=1).float()


def compares(pairs):
    apart = (brightest(pairs[:, :3]) - brightest(pairs[:, 3:])).abs().amax(dim=1)
    return 5 - 50 * apart


x_frame, y_frame, nothing = clip_a[:, :, 9], clip_b[:, :, 9], black[:, :, 0]
for name, critic in {"unsure": unsure, "looks at the frame": looks_at_the_frame, "compares": compares}.items():
    loss = pair_game(critic, clip_a[:, :, 0], x_frame, nothing, picture_b, y_frame, nothing)
    print(f"{name:20} {loss:.3f}")
belief = torch.sigmoid(compares(torch.cat([picture_b, x_frame], dim=1))).item()
print(f"The copier's frame, judged as B: true with probability {belief:.4f}")

# %% [markdown] mocolab={"role": "text"}
# ## 5. What does a code hold?
#
# Losses go down; that is their job. Whether content codes hold content and motion codes hold motion is another
# question, and in a drawn world it has an answer, because the true factors are known. *Probe* the codes (Alain &
# Bengio, 2017): find the straight line that tells the factor best from the code, on one half of the clips, and look at
# its errors on the *other* half:
#
# $$R^2 = 1 - \frac{\sum_{n} (f_n - \hat{f}_n)^2}{\sum_{n} (f_n - \bar{f})^2}, \qquad \hat{f}_n = w^{\top} z_n + b .$$
#
# Both sums are over the second half, $\bar{f}$ is the mean of the second half, and w and b come from the first. 1 is
# perfect, 0 is as good as knowing the mean, and less than 0 is worse than that: held-out errors have no ceiling.
#
# ### Exercise 4.5: the probe
#
# | | |
# |---|---|
# | **Write** | `probe(codes, factors)` |
# | **Takes** | codes `[N, D]` and true factors `[N, F]`, N clips; D is well below N / 2, and no column of the codes is constant or follows from the others |
# | **Fits** | least squares with a constant column, on the first N // 2 clips, in float64 |
# | **Returns** | a single number: $R^2$ of each factor on the other clips, then the mean over factors |
# | **Worth** | 6 points, difficulty 3 of 5, about 25 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# A column of ones beside the codes makes the constant one more weight. `torch.linalg.lstsq` finds all weights of all
# factors in one call.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# Codes with ones `[N, D + 1]`, their first half `[N // 2, D + 1]`; weights `[D + 1, F]`; guesses for the other half
# `[N - N // 2, F]`; both sums `[F]`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# half = len(codes) // 2
# codes = torch.cat([codes.double(), ...], dim=1)
# weights = torch.linalg.lstsq(codes[:half], ...).solution
# error = (factors[half:] - ...).square().sum(dim=...)
# spread = ...
# return (1 - error / spread).mean()
# ```
#
# </details>
# <details><summary>Help: RuntimeError: torch.linalg.lstsq: Expected input and other to have the same dtype</summary>
#
# Codes and factors must both be made double before they meet.
#
# </details>
# <details><summary>Help: of_codes_far_from_zero: yours is ...</summary>
#
# Codes with a large mean look almost like the constant column. float32 has too few digits to tell them apart: make
# codes and factors double before anything else.
#
# </details>
# <details><summary>Help: my R² of random codes is far above 0</summary>
#
# You score the clips that the line was fitted to. With half as many numbers as clips, chance explains half of anything.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "4.5"}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     """Held-out R^2 of factors [N, F] told by straight lines from codes [N, D]: fitted on the first half, mean over F."""
#     raise NotImplementedError("Exercise 4.5: fit on the first half, score on the other.")


# %% mocolab={"role": "answer", "id": "4.5", "points": 6, "minutes": 25, "difficulty": 3, "depends": []}
def probe(codes: Tensor, factors: Tensor) -> Tensor:
    """Held-out R^2 of factors [N, F] told by straight lines from codes [N, D]: fitted on the first half, mean over F."""
    codes, factors = codes.double(), factors.double()
    half, codes = len(codes) // 2, torch.cat([codes, codes.new_ones(len(codes), 1)], dim=1)
    weights = torch.linalg.lstsq(codes[:half], factors[:half]).solution
    truth = factors[half:]
    error = (truth - codes[half:] @ weights).square().sum(dim=0)
    return (1 - error / (truth - truth.mean(dim=0)).square().sum(dim=0)).mean()


# %% mocolab={"role": "check", "id": "4.5"}
ask = check("4.5", probe)
D, num_factors = ask.sizes(2, low=3, high=7)
(half,) = ask.sizes(1, low=20, high=40)
codes, noise = ask.tensor(2 * half + 1, D), ask.tensor(2 * half + 1, num_factors)
told = codes @ ask.tensor(D, num_factors)
units = 10.0 ** torch.linspace(-1, 2, num_factors)  # a colour is below 1, a place may be at 100
share = torch.linspace(0.2, 2, num_factors)
factors = ask.given(units * (told + share * noise + 3))
ask.gate("factors that are the codes, in other units", probe(codes, 5 * codes + 2))
ask.show(
    told_in_part=probe(codes, factors),
    pure_noise=probe(codes, noise),
    of_fewer_clips=probe(codes[:-3], factors[:-3]),
    of_one_factor=probe(codes, factors[:, -1:]),
    of_codes_far_from_zero=probe(codes + 3000, factors),
)

# %% [raw] mocolab={"role": "misconception", "id": "4.5", "cause": "scored on the fitted half", "says": "Random codes then 'explain' factors: about half of them with 16 codes and 32 clips."}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     codes, factors = codes.double(), factors.double()
#     half, codes = len(codes) // 2, torch.cat([codes, codes.new_ones(len(codes), 1)], dim=1)
#     weights = torch.linalg.lstsq(codes[:half], factors[:half]).solution
#     truth = factors[:half]
#     error = (truth - codes[:half] @ weights).square().sum(dim=0)
#     return (1 - error / (truth - truth.mean(dim=0)).square().sum(dim=0)).mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.5", "cause": "no constant column", "says": "Factors have means: give the line a constant."}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     codes, factors = codes.double(), factors.double()
#     half = len(codes) // 2
#     weights = torch.linalg.lstsq(codes[:half], factors[:half]).solution
#     truth = factors[half:]
#     error = (truth - codes[half:] @ weights).square().sum(dim=0)
#     return (1 - error / (truth - truth.mean(dim=0)).square().sum(dim=0)).mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.5", "cause": "mean of the fitted half", "says": "Compare with the held-out mean."}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     codes, factors = codes.double(), factors.double()
#     half, codes = len(codes) // 2, torch.cat([codes, codes.new_ones(len(codes), 1)], dim=1)
#     weights = torch.linalg.lstsq(codes[:half], factors[:half]).solution
#     truth = factors[half:]
#     error = (truth - codes[half:] @ weights).square().sum(dim=0)
#     return (1 - error / (truth - factors[:half].mean(dim=0)).square().sum(dim=0)).mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.5", "cause": "correlation squared", "says": "That forgives wrong scale and offset."}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     codes, factors = codes.double(), factors.double()
#     half, codes = len(codes) // 2, torch.cat([codes, codes.new_ones(len(codes), 1)], dim=1)
#     weights = torch.linalg.lstsq(codes[:half], factors[:half]).solution
#     truth = factors[half:]
#     guess = codes[half:] @ weights
#     guess, truth = guess - guess.mean(dim=0), truth - truth.mean(dim=0)
#     return ((guess * truth).sum(dim=0).square() / (guess.square().sum(dim=0) * truth.square().sum(dim=0))).mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.5", "cause": "pooled over factors", "says": "The factor with the largest unit would decide: R² per factor first."}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     codes, factors = codes.double(), factors.double()
#     half, codes = len(codes) // 2, torch.cat([codes, codes.new_ones(len(codes), 1)], dim=1)
#     weights = torch.linalg.lstsq(codes[:half], factors[:half]).solution
#     truth = factors[half:]
#     error = (truth - codes[half:] @ weights).square().sum(dim=0)
#     return 1 - error.sum() / (truth - truth.mean(dim=0)).square().sum()

# %% [raw] mocolab={"role": "misconception", "id": "4.5", "cause": "one mean for all factors", "says": "Each factor has its own mean: average over clips, axis 0, alone."}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     codes, factors = codes.double(), factors.double()
#     half, codes = len(codes) // 2, torch.cat([codes, codes.new_ones(len(codes), 1)], dim=1)
#     weights = torch.linalg.lstsq(codes[:half], factors[:half]).solution
#     truth = factors[half:]
#     error = (truth - codes[half:] @ weights).square().sum(dim=0)
#     return (1 - error / (truth - truth.mean()).square().sum(dim=0)).mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.5", "cause": "fitted on everything", "says": "Clips that are scored must not be fitted: the first half alone fits."}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     codes, factors = codes.double(), factors.double()
#     half, codes = len(codes) // 2, torch.cat([codes, codes.new_ones(len(codes), 1)], dim=1)
#     weights = torch.linalg.lstsq(codes, factors).solution
#     truth = factors[half:]
#     error = (truth - codes[half:] @ weights).square().sum(dim=0)
#     return (1 - error / (truth - truth.mean(dim=0)).square().sum(dim=0)).mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.5", "cause": "halves swapped", "says": "Fit on the first half, score on the other: yours are swapped."}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     codes, factors = codes.double(), factors.double()
#     half, codes = len(codes) // 2, torch.cat([codes, codes.new_ones(len(codes), 1)], dim=1)
#     weights = torch.linalg.lstsq(codes[half:], factors[half:]).solution
#     truth = factors[:half]
#     error = (truth - codes[:half] @ weights).square().sum(dim=0)
#     return (1 - error / (truth - truth.mean(dim=0)).square().sum(dim=0)).mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.5", "cause": "half rounded up", "says": "The first N // 2 clips fit; of an odd number the middle one is held out."}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     codes, factors = codes.double(), factors.double()
#     half, codes = (len(codes) + 1) // 2, torch.cat([codes, codes.new_ones(len(codes), 1)], dim=1)
#     weights = torch.linalg.lstsq(codes[:half], factors[:half]).solution
#     truth = factors[half:]
#     error = (truth - codes[half:] @ weights).square().sum(dim=0)
#     return (1 - error / (truth - truth.mean(dim=0)).square().sum(dim=0)).mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.5", "cause": "every second clip", "says": "The first N // 2 clips fit, the others are held out."}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     codes, factors = codes.double(), factors.double()
#     half, codes = len(codes) // 2, torch.cat([codes, codes.new_ones(len(codes), 1)], dim=1)
#     weights = torch.linalg.lstsq(codes[1::2], factors[1::2]).solution
#     truth = factors[::2]
#     error = (truth - codes[::2] @ weights).square().sum(dim=0)
#     return (1 - error / (truth - truth.mean(dim=0)).square().sum(dim=0)).mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.5", "cause": "centred instead of constant", "says": "The constant is fitted on the first half: centring each half by its own mean peeks at the answers."}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     codes, factors = codes.double(), factors.double()
#     half = len(codes) // 2
#     codes = torch.cat([part - part.mean(dim=0) for part in (codes[:half], codes[half:])])
#     factors = torch.cat([part - part.mean(dim=0) for part in (factors[:half], factors[half:])])
#     weights = torch.linalg.lstsq(codes[:half], factors[:half]).solution
#     truth = factors[half:]
#     error = (truth - codes[half:] @ weights).square().sum(dim=0)
#     return (1 - error / (truth - truth.mean(dim=0)).square().sum(dim=0)).mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.5", "cause": "share of error", "says": "That is the share that is not explained: subtract it from 1."}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     codes, factors = codes.double(), factors.double()
#     half, codes = len(codes) // 2, torch.cat([codes, codes.new_ones(len(codes), 1)], dim=1)
#     weights = torch.linalg.lstsq(codes[:half], factors[:half]).solution
#     truth = factors[half:]
#     error = (truth - codes[half:] @ weights).square().sum(dim=0)
#     return (error / (truth - truth.mean(dim=0)).square().sum(dim=0)).mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.5", "cause": "summed over factors", "says": "The mean over factors, not their sum."}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     codes, factors = codes.double(), factors.double()
#     half, codes = len(codes) // 2, torch.cat([codes, codes.new_ones(len(codes), 1)], dim=1)
#     weights = torch.linalg.lstsq(codes[:half], factors[:half]).solution
#     truth = factors[half:]
#     error = (truth - codes[half:] @ weights).square().sum(dim=0)
#     return (1 - error / (truth - truth.mean(dim=0)).square().sum(dim=0)).sum()

# %% [raw] mocolab={"role": "misconception", "id": "4.5", "cause": "one value a factor", "says": "A single number: the mean over factors."}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     codes, factors = codes.double(), factors.double()
#     half, codes = len(codes) // 2, torch.cat([codes, codes.new_ones(len(codes), 1)], dim=1)
#     weights = torch.linalg.lstsq(codes[:half], factors[:half]).solution
#     truth = factors[half:]
#     error = (truth - codes[half:] @ weights).square().sum(dim=0)
#     return 1 - error / (truth - truth.mean(dim=0)).square().sum(dim=0)

# %% [raw] mocolab={"role": "misconception", "id": "4.5", "cause": "never below 0", "says": "A held-out R² may be negative: do not clamp it."}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     codes, factors = codes.double(), factors.double()
#     half, codes = len(codes) // 2, torch.cat([codes, codes.new_ones(len(codes), 1)], dim=1)
#     weights = torch.linalg.lstsq(codes[:half], factors[:half]).solution
#     truth = factors[half:]
#     error = (truth - codes[half:] @ weights).square().sum(dim=0)
#     return (1 - error / (truth - truth.mean(dim=0)).square().sum(dim=0)).clamp(min=0).mean()

# %% [raw] mocolab={"role": "misconception", "id": "4.5", "cause": "variance with N - 1", "says": "Sums over the same clips on both sides: a variance with N - 1 is not their mean square."}
# def probe(codes: Tensor, factors: Tensor) -> Tensor:
#     codes, factors = codes.double(), factors.double()
#     half, codes = len(codes) // 2, torch.cat([codes, codes.new_ones(len(codes), 1)], dim=1)
#     weights = torch.linalg.lstsq(codes[:half], factors[:half]).solution
#     truth = factors[half:]
#     error = (truth - codes[half:] @ weights).square().sum(dim=0)
#     return (1 - error / len(truth) / truth.var(dim=0)).mean()

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** three maps by your probe. The first is the hook again. (The package's probe also tries lines
# with small weights, so its fields were a little higher.) The copier has a white first row, because its content code
# says nothing (noise stands for it here), and a dark second one. The third pair of codes is made by hand, of pictures
# and nothing else: the colour and area of the first frame, and where the clip is lit. So codes as we want them can be
# read from pictures. Below the maps, why one half is held out: codes of 16 random numbers tell about half of
# everything, of the 32 clips to which the line was fitted, and of 32 others less than the mean does.


# %% mocolab={"role": "demo"}
def map_of(content_codes, motion_codes, content, motion):
    """The 2 x 2 map by your probe."""
    return [[probe(codes, truth).item() for truth in (content, motion)] for codes in (content_codes, motion_codes)]


torch.manual_seed(0)
lit = (thousand.amax(dim=1, keepdim=True) > -1).float()  # where a shape is, [N, 1, T, H, W]
colour_and_area = torch.cat([brightest(thousand[:, :, 0]), lit[:, :, 0].mean(dim=(2, 3)).sqrt()], dim=1)
codes_of_networks = {
    "adds changes": hook_codes,
    "copies the driver": (torch.randn(1000, 1), strongest(thousand, 64)),
    "by hand": (colour_and_area, strongest(lit, 64)),
}
display.picture(
    heat_maps({name: map_of(*pair, content, motion) for name, pair in codes_of_networks.items()}),
    alt="Three maps of two by two fields. Adding changes: all four fields are lit. Copying the driver: the row of the content code "
    "is white, the row of the motion code is dark. By hand: the diagonal is dark and the corners are nearly white.",
)
seen, held = [], []
for _ in range(50):
    codes, factors = torch.randn(64, 16), torch.randn(64, 4)
    held.append(probe(codes, factors))
    seen.append(probe(codes[:32].repeat(2, 1), factors[:32].repeat(2, 1)))  # scored on what was fitted
print(f"random codes, fitted half: {torch.stack(seen).mean():.2f}, held-out half: {torch.stack(held).mean():.2f}")

# %% [markdown] mocolab={"role": "text"}
# A probe sees only straight dependence. A code may hold a colour in a curved way, and the painter may find it there. So
# a white corner says "not plainly", and a dark one "certainly".
#
# ## 6. All together
#
# The package's `DualMTGAN` plays all of this at once. Here is its step. `pair_game` is yours, for some random moments
# of each clip, its two lines kept apart; `D_V` is lab 02's critic of whole clips; `fake_y` is the driven clip in one
# half of the steps and the imagined one in the other half.

# %% mocolab={"role": "demo"}
import inspect

from IPython.display import Markdown

from mocolab.systems.retargeting.dual_mtgan import DualMTGAN

Markdown(f"```python\n{inspect.getsource(DualMTGAN.training_step)}```")

# %% [markdown] mocolab={"role": "text"}
# Three things differ from the slides, and on purpose. Pixels are compared by squares, for the reason of 3.1. And $L_M$
# comes in slowly: while codes mean nothing yet, the cheapest way to make them agree is to make them all equal. And the
# network may begin `alone`, without judges and $L_M$, as long as there is nothing to judge; here it does so for three
# quarters of the steps of the smoke and cpu tiers.
#
# Two parts of it are not those of section 1 either. A GRU has to learn how a path goes on before it can unfold one, and
# that took longer than everything else. So the clip's code is a short list of cosines over time, slowest first, as JPEG
# has them over a row of pixels: `WaveEncoder` finds them in what distinguishes the frames from their mean, `Unfold`
# adds them up again. And its content encoder keeps of every feature only the strongest answer in the whole picture,
# which says *what*, and cannot say *where*.
#
# Now the question of this lab, five times with the same clips and for the same number of steps: lab 03's encoders; the
# full system; and the system without one of its three losses on codes: $L_C$, $L_M$, KL.
#
# **Predict first:** which field of the map gets darker or lighter without $L_C$, without $L_M$, without the KL?

# %% mocolab={"role": "predict"}
# Not scored. Name a field (content code, motion code; for content, for motion) and a direction for each.
without_content_agreement = "..."
without_motion_consistency = "..."
without_kl = "..."

# %% mocolab={"role": "demo"}
import tempfile
from dataclasses import replace

from mocolab import TrainConfig, Trainer
from mocolab.systems.prediction import mocogan_predict
from mocolab.systems.retargeting import dual_mtgan

steps, preset = tier(smoke=4, cpu=160, gpu=10_000), tier("smoke", "smoke", "gpu")
full = dual_mtgan.presets(0)[preset].config
if preset == "smoke":
    full = replace(full, num_frames=8, step=4, content_dim=16, code_dim=2, motion_dim=16, feature_dim=32)
    full = replace(full, draw="fine", generator_rate=1e-3, alone=3 * steps // 4, motion_warm_up=20)
of_lab_03 = replace(
    mocogan_predict.presets(0)[preset].config,
    **{name: getattr(full, name) for name in ("num_frames", "step", "content_dim", "feature_dim", "generator_rate")},
    motion_dim=full.waves * full.code_dim,
)
makers = {
    "lab 03's encoders": lambda: mocogan_predict.MoCoGANPredict(of_lab_03),
    "the full system": lambda: DualMTGAN(full),
    "without L_C": lambda: DualMTGAN(replace(full, content_weight=0.0)),
    "without L_M": lambda: DualMTGAN(replace(full, motion_weight=0.0)),
    "without KL": lambda: DualMTGAN(replace(full, kl_weight=0.0)),
}


def made(name, steps):
    """The system of that name after so many steps; all begin with the same seed."""
    torch.manual_seed(0)
    system = makers[name]()
    if steps == 0:
        return system.eval()
    with tempfile.TemporaryDirectory() as folder:
        config = TrainConfig(steps, preview_every=steps, save_every=steps)
        Trainer(system, mocolab.open_data("shapes", size=full.size), f"{folder}/run", config).fit()
        return mocolab.load(f"{folder}/run")


runs = {name: made(name, steps) for name in makers}

# %% [markdown] mocolab={"role": "text"}
# A network reads something from pictures even before it has learned anything, and a straight line finds it. So the
# first map is that of the full system *before* its first step. What another map shows beyond this one was learnt. The
# last map is that of the checkpoint `dual-mtgan-shapes`, which comes with the package; it was trained for longer than
# the others, so compare it with the first map only.
#
# **What you should see:** seven maps. Compare them with your prediction, and say of which differences you would be
# sure.

# %% mocolab={"role": "demo"}
from mocolab.loading import read, released


def held_out(system, path, indices):
    """(clips that no training has seen, their true factors) in the size of a system."""
    data = mocolab.open_data(path, size=system.config.size, seed=1)
    moments = system.config.step * torch.arange(system.config.num_frames)
    factors = data.factors(indices)
    return data.draw(factors, moments.expand(len(indices), -1)) / 127.5 - 1, truth_of(factors, moments)


def codes_of(system, clips):
    """(content codes of first frames, motion codes of whole clips), as the system reads them."""
    parts = system.generator
    motion = parts.motion_code(clips)[0] if isinstance(system, DualMTGAN) else parts.motion(clips)[:, -1]
    return parts.content(clips[:, :, 0]), motion


@torch.no_grad()
def measured(system, path="shapes"):
    """The 2 x 2 map of a system on held-out clips, read in small heaps."""
    heaps = []
    for indices in torch.arange(tier(200, 400, 1000)).split(50):
        clips, truth = held_out(system, path, indices)
        heaps.append((*codes_of(system, clips), *truth))
    return map_of(*map(torch.cat, zip(*heaps)))


trained, path, source = mocolab.load("dual-mtgan-shapes"), "shapes", "released checkpoint"
maps = {"before training": measured(made("the full system", 0))}
maps |= {name: measured(system) for name, system in runs.items()} | {source: measured(trained, path)}
display.picture(
    heat_maps(maps),
    alt="Maps of two by two fields with the numbers printed in them: the full system before training, lab 03's "
    "encoders, the full system, the system without each of its three losses on codes, and the released checkpoint.",
)

# %% [markdown] mocolab={"role": "text"}
# What to look for, in the order of these three losses:
#
# - *without $L_C$* nothing keeps the place of the shape out of the content code: field (content code, motion);
# - *without $L_M$* nothing asks whether the painted clip moves as the code says: field (motion code, motion);
# - *without KL* nothing keeps the code short, and what else a clip holds can move in: field (motion code, content).
#
# Be slow to see this in the 160 steps of the cpu tier. With one seed, and networks that have hardly begun to paint, a
# field that moves by a few hundredths says nothing. And a field that does not move does not say that the wish is idle:
# where there is nothing yet to agree about, no wish can show. Before you read an ablation, see whether the thing that
# was ablated had begun to work. The gpu tier trains for 10,000 steps at 64 x 64 pixels.
#
# ## 7. Transfer
#
# Now the request of the hook, to trained networks: four held-out pictures, each with the motion of four held-out clips,
# by *your* `MotionTransfer` with the trained parts. It uses the released checkpoint.
#
# **What you should see:** a largest difference of 0, or of one rounding, to what the system itself paints. Then the
# chooser: one slider for the picture, one for the driving clip. A good system has its object in every row, and its path
# in every column. Where the checkpoint fails, look at colours and corners.


# %% mocolab={"role": "demo"}
def every_pair(pictures, driving):
    """(pictures, driving clips) of all pairs, pictures first."""
    return (
        repeat(pictures, "A C H W -> (A M) C H W", M=len(driving)),
        repeat(driving, "M C T H W -> (A M) C T H W", A=len(pictures)),
    )


clips, _ = held_out(trained, path, torch.arange(8))
pictures, driving = every_pair(clips[:4, :, 0], clips[4:])
with torch.no_grad():
    moved = trained.retarget(pictures[:, :, None], driving)
    parts = trained.generator
    yours = (
        MotionTransfer(parts.content, parts.motion_code, parts.unfold, parts.draw).eval().transfer(pictures, driving)
    )
print(f"{source}: {trained.config.size} x {trained.config.size} pixels")
print(f"Largest difference to the system's own transfer: {(moved - yours).abs().max():.6f}")
display.slider_grid(
    rearrange(moved, "(A M) C T H W -> A M C T H W", M=4),
    rows="picture",
    columns="driving clip",
    alt="Sixteen clips, four pictures by four driving clips, as a network paints them.",
)

# %% [markdown] mocolab={"role": "text"}
# The table asks four questions of all pairs. How far is the painted colour from that of the picture, and from that of
# the driver (0 to 255, the largest of the three channels)? How far is the shape from the driver's path (in % of the
# picture's width)? And how many of the pairs are right in everything: one shape, of the picture's form and colour, on
# the driver's path? In the place of a shape the measure takes the brightest blot that it finds; so it has numbers for
# clips without a shape, too, and the last column is the one that cannot be fooled by them.

# %% mocolab={"role": "demo"}
from mocolab.metrics.shapes import centre_error, moved_right, segment


@torch.no_grad()
def lab_03_transfer(system, pictures, driving):
    """Content of the pictures, motion codes of the driving clips, moment by moment."""
    content = repeat(system.generator.content(pictures), "B D -> B T D", T=driving.shape[2])
    codes = torch.cat([content, system.generator.motion(driving)], dim=2)
    return paint(system.generator.draw, codes, system.generator.look and system.generator.look(pictures))


def row(name, moved, pictures, driving):
    """A line of the table."""
    made, source, driver = segment(moved), segment(pictures[:, :, None]), segment(driving)
    colours = [(made.colour.mean(1) - shape.colour.mean(1)).abs().amax(1).mean() for shape in (source, driver)]
    away = 100 * centre_error(made, driver).mean() / moved.shape[-1]
    right = moved_right(made, source, driver, moved.shape[-1]).sum()
    return f"| {name} | {colours[0]:.0f} | {colours[1]:.0f} | {away:.0f} | {right} of {len(moved)} |"


old, old_path, old_source = runs["lab 03's encoders"], "shapes", "trained here"
if "predict-shapes" in released():
    old, old_path, old_source = mocolab.load("predict-shapes"), read("predict-shapes")[0]["data"], "released checkpoint"
old_clips, _ = held_out(old, old_path, torch.arange(8))
old_pairs = every_pair(old_clips[:4, :, 0], old_clips[4:])
table = ["| motion transfer by | colour: from the picture's | from the driver's | path: % off | right |"]
table += ["|---|--:|--:|--:|--:|", row("adding changes (the hook)", with_changes(pictures, driving), pictures, driving)]
table += [row(f"lab 03's encoders, {old_source}", lab_03_transfer(old, *old_pairs), *old_pairs)]
table += [row(f"Dual-MTGAN, {source}", moved, pictures, driving), row("copying the driver", driving, pictures, driving)]
Markdown("\n".join(table))

# %% [markdown] mocolab={"role": "text"}
# The last line is a bound worth knowing: copying has the path for nothing, and the wrong colour. A system that is no
# better than it in the picture's colour and no better than the hook in the path has not learned to transfer.
#
# The same network can also be asked for the future of a picture: it imagines. So it gets its rows on the board of lab
# 03, with the same question, held-out clips and PSNR of what follows three given pictures, and two warnings. An
# imagined clip need not begin where the past ends, because the place is part of the motion. And the last row has seen
# the future it paints: it is no prediction, but what the codes can keep of a clip. Look for the row *black* before you
# are proud of another one.

# %% mocolab={"role": "demo"}
from mocolab.metrics.prediction import MEASURES, horizon

clips, _ = held_out(trained, path, torch.arange(32))
past, future = clips[:, :, :3], clips[:, :, 3:]
torch.manual_seed(0)
with torch.no_grad():
    rows = {
        "black": (0, torch.full_like(future, -1)[None]),
        "copy the last": (1, past[:, :, -1:].expand_as(future)[None]),
        f"Dual-MTGAN imagines, {source}": (1, trained.predict(past, future.shape[2], samples=8)),
        "Dual-MTGAN rebuilds the whole clip": ("all", trained.retarget(clips[:, :, :1], clips)[None, :, :, 3:]),
    }
board = ["| answer | given | best of 1 | best of 8 |", "|---|--:|--:|--:|"]
for name, (given, samples) in rows.items():
    first, best = (horizon(part, future, MEASURES["PSNR"]).best.mean() for part in (samples[:1], samples))
    board.append(f"| {name} | {given} | {first:.1f} | {f'{best:.1f}' if len(samples) > 1 else ''} |")
size = trained.config.size
Markdown(f"Mean PSNR in dB over {future.shape[2]} frames of {path}, {size} x {size} pixels:\n\n" + "\n".join(board))

# %% [markdown] mocolab={"role": "text"}
# As in lab 03: PSNR likes the ghost and likes black, so read it beside the clips. To train longer than this lab does:
# `mocolab train dual_mtgan --data shapes --preset cpu`, and then `mocolab retarget RUN --source PICTURE --driving
# CLIP`.
#
# ## What you built
#
# | part | in | out | in `mocolab` |
# |---|---|---|---|
# | a code that can be drawn, and its price | mean, log-variance `[B, D]` | codes `[B, D]`, nats | `networks.latents.sample_code`, `objectives.kl_to_normal` |
# | motion transfer | clips, pictures | `[B, 3, T, H, W]` by three verbs | `systems.retargeting.dual_mtgan.MotionTransfer` |
# | two wishes | codes | single numbers | `DualMTGAN.training_step`, terms `content` and `motion` |
# | the pair game | six batches of pictures | a single number | `DualMTGAN.pair_game` |
# | the probe | codes, true factors | held-out R² | `metrics.disentanglement.probe` |
#
# ## What it cannot do
#
# It takes the whole clip for granted: a motion code is read when the clip is over. It paints with the painter of lab
# 01, from a few dozen numbers, so even the right motion comes in soft pictures; that is lab 05. And the probe needs
# true factors. Of a face nobody knows them: there, all that is left are the leaks that the eye finds, and lab 06's
# measures of identity.
#
# ## Discuss
#
# 1. How many numbers does a shape's path have? (Its way across: one bit; where it starts: one; three inner points: six.)
#    Why might a code of 16 still carry colour, and which loss is to be blamed?
# 2. The slides compare systems on robot clips by LPIPS, a distance of pictures, .0422 for Dual-MTGAN and .0398 for SVG,
#    and *higher* is better there. Which two pictures must have been compared?
# 3. MCnet (Villegas et al., 2017) subtracts *grey* frames. What does that hide from the motion encoder, and what not?
#
# ## References
#
# - F.-E. Yang, J.-C. Chang, Y.-H. Lee, Y.-C. F. Wang. Dual-MTGAN: Stochastic and Deterministic Motion Transfer for
#   Image-to-Video Synthesis. ICPR 2020. [arXiv 2102.13329](https://arxiv.org/abs/2102.13329). We know of no released
#   code.
# - D. P. Kingma, M. Welling. Auto-Encoding Variational Bayes. ICLR 2014.
# - S. Reed, Z. Akata, X. Yan, L. Logeswaran, B. Schiele, H. Lee. Generative Adversarial Text to Image Synthesis. ICML
#   2016.
# - G. Alain, Y. Bengio. Understanding Intermediate Layers Using Linear Classifier Probes. ICLR Workshop 2017.
# - R. Villegas, J. Yang, S. Hong, X. Lin, H. Lee. Decomposing Motion and Content for Natural Video Sequence Prediction.
#   ICLR 2017.
