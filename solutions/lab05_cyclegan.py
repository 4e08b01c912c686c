# %% [markdown] mocolab={"role": "header", "id": "05", "title": "CycleGAN generators: better pictures", "minutes": 150}
# # Lab 05. CycleGAN generators: better pictures
#
# **How do I get better pictures without losing the motion code?** 25 points, about 150 minutes.
#
# The painter of lab 01 sees sixty numbers and never the picture it goes on from. CycleGAN's generator sees a whole
# picture and repaints it. So take that one, and give it the motion code as most people would: as ten more channels,
# each filled with one number of the code. The next cell builds it, fresh and untrained. Choose a picture with the first
# slider, then move the second, which chooses one of five paths of motion codes, and play.

# %% mocolab={"role": "demo"}
import matplotlib.pyplot as plt
import torch
from einops import rearrange, repeat
from torch import nn

import mocolab
from mocolab import display
from mocolab.course import tier
from mocolab.networks import resnet

world = mocolab.open_data("shapes-day", size=32)
day = world.draw(world.factors(torch.arange(2)), torch.tensor([[4], [12]]))[:, :, 0] / 127.5 - 1  # [2, 3, 32, 32]
torch.manual_seed(0)
blind = resnet.ResNetGenerator(blocks=2, width=16)
blind.layers[1] = nn.Conv2d(3 + 10, 16, 7)  # the first convolution also sees the code
blind.double()
motion = torch.randn(5, 6, 10).double().requires_grad_()  # five paths of six codes
pictures = repeat(day.double(), "A C H W -> (A M T) C H W", M=5, T=6)
tiled = repeat(motion, "M T D -> (A M T) D H W", A=2, H=32, W=32)
hook = rearrange(blind(torch.cat([pictures, tiled], dim=1)), "(A M T) C H W -> A M C T H W", A=2, M=5)
(slope,) = torch.autograd.grad((hook * torch.randn_like(hook)).sum(), motion)
print(f"Largest gradient by a number of the motion code: {slope.abs().max():.1e}")
display.slider_grid(
    hook.float(),
    rows="picture",
    columns="motion",
    alt="Ten clips of fine noise, rougher around the place where the given picture shows its shape: two pictures by five "
    "motions. Clips of one picture are the same for every motion, and none of them moves.",
)

# %% [markdown] mocolab={"role": "text"}
# Nothing moves, and the gradient is what is left of 0 after rounding. This is not a matter of training: without a
# gradient no training will ever begin. Every layer is right, and the sum is blind.
#
# ## The picture to remember
#
# One picture and five codes. In the second row the code is tiled and concatenated as above; in the third it *modulates*:
# it scales and shifts what comes out of the norms.


# %% mocolab={"role": "demo"}
def rows_of_pictures(rows):
    """A figure of rows {name: frames [N, 3, H, W]}."""
    columns = max(map(len, rows.values()))
    figure, panels = plt.subplots(len(rows), columns, figsize=(9, 1.7 * len(rows)), squeeze=False)
    for line, (name, frames) in zip(panels, rows.items()):
        for panel in line:
            panel.axis("off")
        for panel, frame in zip(line, frames.detach().float().clamp(-1, 1)):
            panel.imshow(frame.permute(1, 2, 0) / 2 + 0.5)
        line[0].set_title(name, loc="left", fontsize=10)
    figure.tight_layout()
    return figure


look, modulated = nn.Sequential(*resnet.look_layers(16)), resnet.ModulatedGenerator(10, blocks=2, width=16)
codes = 3 * torch.randn(5, 10)
features = repeat(look(day[:1]), "1 F H W -> N F H W", N=5)
display.picture(
    rows_of_pictures(
        {
            "the given picture": day[:1],
            "five codes, tiled and concatenated": hook[0, :, :, 0],
            "five codes, modulating": modulated(codes, features),
        }
    ),
    alt="A picture of a disc over a bright pattern, and two rows of five pictures that untrained networks make of it "
    "with five codes. The five of the first row are equal; those of the second differ from code to code.",
)

# %% [markdown] mocolab={"role": "text"}
# > **A norm takes out what is constant. What must survive a norm has to be said behind it.**
#
# **After this lab you can**
#
# 1. write CycleGAN's residual block and generator from their tables, down to the number of parameters;
# 2. prove that a tiled code vanishes, and measure when it does;
# 3. modulate norms by a code, and say which layers would wipe it out again;
# 4. write CycleGAN's three losses for both directions, and its image pool;
# 5. compare two painters fairly: at the same steps, and in the same minutes.
#
# **You need** lab 01 (codes, painter), lab 02 (the game), and lab 03 (the predictor, the board).
#
# **The boxes** are those of the earlier labs. Networks are filled with numbers that a seed decides, so layers of equal
# shape must be *created in the order of their use*. Pictures are `[N, C, H, W]` with pixels in [-1, 1].

# %% mocolab={"role": "given"}
import torch
from einops import rearrange, repeat
from torch import Tensor, nn

from mocolab.course import check

# %% [markdown] mocolab={"role": "text"}
# ## 1. A block that adds
#
# The generator of CycleGAN (Zhu et al., 2017; its form is that of Johnson et al., 2016) makes a picture smaller, works
# on it there, and makes it large again. The work is done by *residual blocks*: each adds something to the maps that it
# is given, and leaves their size alone,
#
# $$h' = h + F(h).$$
#
# Two of its layers matter for all that follows. *Reflection padding* continues a map beyond its border by its mirror
# image. *InstanceNorm* normalises each channel $k$ of each picture $n$ alone, by its own mean and variance over the
# pixels:
#
# $$\operatorname{IN}(x)_{n k i j} = \frac{x_{n k i j} - \mu_{n k}}{\sqrt{\sigma^2_{n k} + \varepsilon}}.$$
#
# As released it has no gain and no shift of its own, and keeps no running statistics. Yet the convolutions before it
# have biases, which it takes away again.
#
# ### Exercise 5.1: the residual block
#
# | | |
# |---|---|
# | **Write** | `ResidualBlock(channels)` and its `forward(h)` |
# | **F** | ReflectionPad 1, Conv 3 x 3, InstanceNorm, ReLU, ReflectionPad 1, Conv 3 x 3, InstanceNorm |
# | **Returns** | `h + F(h)`, of the shape of `h`, `[N, channels, H, W]`; nothing after the sum |
# | **Details** | both convolutions have biases; the norms have neither weights nor running statistics |
# | **Worth** | 3 points, difficulty 2 of 5, about 12 minutes |
#
# Count your parameters: 1,180,160 at 256 channels.
#
# <details><summary>Hint 1: the idea</summary>
#
# All of F is one `nn.Sequential`; the sum is the only line of `forward`.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# Every layer keeps `[N, channels, H, W]`, but for the paddings, which add 2 pixels to height and width that the
# convolution behind them takes away.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# self.layers = nn.Sequential(
#     nn.ReflectionPad2d(...),
#     nn.Conv2d(...),
#     nn.InstanceNorm2d(...),
#     ...,
# )
# ```
#
# </details>
# <details><summary>Help: RuntimeError: The size of tensor a (9) must match the size of tensor b (5) at non-singleton dimension 3</summary>
#
# F made the maps smaller, so it cannot be added to them. Each convolution needs a padding of 1 before it, and none
# of its own.
#
# </details>
# <details><summary>Help: RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.</summary>
#
# `h += ...` writes into the tensor that was given. Return a new one: `h + ...`.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "5.1"}
# class ResidualBlock(nn.Module):
#     """h + F(h): two convolutions with reflection padding and InstanceNorm."""
#
#     def __init__(self, channels: int):
#         raise NotImplementedError("Exercise 5.1: seven layers.")
#
#     def forward(self, h: Tensor) -> Tensor:
#         raise NotImplementedError("Exercise 5.1: add what the layers give.")


# %% mocolab={"role": "answer", "id": "5.1", "points": 3, "minutes": 12, "difficulty": 2, "depends": []}
class ResidualBlock(nn.Module):
    """h + F(h): two convolutions with reflection padding and InstanceNorm."""

    def __init__(self, channels: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            nn.InstanceNorm2d(channels),
            nn.ReLU(),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            nn.InstanceNorm2d(channels),
        )

    def forward(self, h: Tensor) -> Tensor:
        return h + self.layers(h)


# %% mocolab={"role": "check", "id": "5.1"}
probe = check("5.1", ResidualBlock)
N, C, H, W = probe.sizes(4, low=4, high=9)
with torch.device("meta"):  # weights that are counted and never made
    network = ResidualBlock(256)
probe.gate("parameters at 256 channels", sum(weight.numel() for weight in network.parameters()))
block = probe.fill(ResidualBlock(C))
h = probe.tensor(N, C, H, W).requires_grad_()
maps = block(h)
probe.show(
    maps_in_train_mode=maps,
    gradient_by_the_given_maps=probe.gradient(maps, h),
    maps_in_eval_mode=block.eval()(h),
    one_picture=block(h[:1]),
)

# %% [raw] mocolab={"role": "misconception", "id": "5.1", "cause": "ReLU after the sum", "says": "The released block adds and stops: no ReLU after the sum."}
# class ResidualBlock(nn.Module):
#     def __init__(self, channels: int):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.InstanceNorm2d(channels),
#             nn.ReLU(),
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.InstanceNorm2d(channels),
#         )
#
#     def forward(self, h: Tensor) -> Tensor:
#         return (h + self.layers(h)).relu()

# %% [raw] mocolab={"role": "misconception", "id": "5.1", "cause": "zero padding", "says": "Borders darken: reflect, do not pad with zeros."}
# class ResidualBlock(nn.Module):
#     def __init__(self, channels: int):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ZeroPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.InstanceNorm2d(channels),
#             nn.ReLU(),
#             nn.ZeroPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.InstanceNorm2d(channels),
#         )
#
#     def forward(self, h: Tensor) -> Tensor:
#         return h + self.layers(h)

# %% [raw] mocolab={"role": "misconception", "id": "5.1", "cause": "border pixels repeated", "says": "Your padding repeats the border pixel: reflect, so that its neighbour follows."}
# class ResidualBlock(nn.Module):
#     def __init__(self, channels: int):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ReplicationPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.InstanceNorm2d(channels),
#             nn.ReLU(),
#             nn.ReplicationPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.InstanceNorm2d(channels),
#         )
#
#     def forward(self, h: Tensor) -> Tensor:
#         return h + self.layers(h)

# %% [raw] mocolab={"role": "misconception", "id": "5.1", "cause": "affine norm", "says": "Parameters too many: CycleGAN's norm has none."}
# class ResidualBlock(nn.Module):
#     def __init__(self, channels: int):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.InstanceNorm2d(channels, affine=True),
#             nn.ReLU(),
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.InstanceNorm2d(channels, affine=True),
#         )
#
#     def forward(self, h: Tensor) -> Tensor:
#         return h + self.layers(h)

# %% [raw] mocolab={"role": "misconception", "id": "5.1", "cause": "BatchNorm", "says": "Each picture is normalised alone: InstanceNorm, not BatchNorm."}
# class ResidualBlock(nn.Module):
#     def __init__(self, channels: int):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.BatchNorm2d(channels, affine=False),
#             nn.ReLU(),
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.BatchNorm2d(channels, affine=False),
#         )
#
#     def forward(self, h: Tensor) -> Tensor:
#         return h + self.layers(h)

# %% [raw] mocolab={"role": "misconception", "id": "5.1", "cause": "running statistics", "says": "In eval mode your norm uses running statistics: the released one keeps none."}
# class ResidualBlock(nn.Module):
#     def __init__(self, channels: int):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.InstanceNorm2d(channels, track_running_stats=True),
#             nn.ReLU(),
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.InstanceNorm2d(channels, track_running_stats=True),
#         )
#
#     def forward(self, h: Tensor) -> Tensor:
#         return h + self.layers(h)

# %% [raw] mocolab={"role": "misconception", "id": "5.1", "cause": "no skip", "says": "The input is lost: return h + F(h)."}
# class ResidualBlock(nn.Module):
#     def __init__(self, channels: int):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.InstanceNorm2d(channels),
#             nn.ReLU(),
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.InstanceNorm2d(channels),
#         )
#
#     def forward(self, h: Tensor) -> Tensor:
#         return self.layers(h)

# %% [raw] mocolab={"role": "misconception", "id": "5.1", "cause": "no biases", "says": "The values are right and 512 parameters are missing: with this norm the released convolutions keep their biases."}
# class ResidualBlock(nn.Module):
#     def __init__(self, channels: int):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3, bias=False),
#             nn.InstanceNorm2d(channels),
#             nn.ReLU(),
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3, bias=False),
#             nn.InstanceNorm2d(channels),
#         )
#
#     def forward(self, h: Tensor) -> Tensor:
#         return h + self.layers(h)

# %% [raw] mocolab={"role": "misconception", "id": "5.1", "cause": "second norm missing", "says": "The second convolution has its norm too."}
# class ResidualBlock(nn.Module):
#     def __init__(self, channels: int):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.InstanceNorm2d(channels),
#             nn.ReLU(),
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#         )
#
#     def forward(self, h: Tensor) -> Tensor:
#         return h + self.layers(h)

# %% [raw] mocolab={"role": "misconception", "id": "5.1", "cause": "ReLU twice", "says": "One ReLU, between the two halves: F ends in its norm, so that it can also subtract."}
# class ResidualBlock(nn.Module):
#     def __init__(self, channels: int):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.InstanceNorm2d(channels),
#             nn.ReLU(),
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.InstanceNorm2d(channels),
#             nn.ReLU(),
#         )
#
#     def forward(self, h: Tensor) -> Tensor:
#         return h + self.layers(h)

# %% [raw] mocolab={"role": "misconception", "id": "5.1", "cause": "ReLU before the norm", "says": "Norm first, then ReLU."}
# class ResidualBlock(nn.Module):
#     def __init__(self, channels: int):
#         super().__init__()
#         self.layers = nn.Sequential(
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.ReLU(),
#             nn.InstanceNorm2d(channels),
#             nn.ReflectionPad2d(1),
#             nn.Conv2d(channels, channels, 3),
#             nn.InstanceNorm2d(channels),
#         )
#
#     def forward(self, h: Tensor) -> Tensor:
#         return h + self.layers(h)

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** what a fresh block adds to a flat grey map, with your padding and with zeros. Yours adds
# nothing anywhere: a flat map stays flat behind a reflection, and the norm takes it out. With zeros the border is
# seen from the inside, and becomes a frame.

# %% mocolab={"role": "demo"}
torch.manual_seed(0)
grey = torch.ones(1, 8, 24, 24)
half = nn.ZeroPad2d(1), nn.Conv2d(8, 8, 3), nn.InstanceNorm2d(8)
zeros = nn.Sequential(*half, nn.ReLU(), nn.ZeroPad2d(1), nn.Conv2d(8, 8, 3), nn.InstanceNorm2d(8))
added = {"reflection padding": ResidualBlock(8)(grey) - grey, "zero padding": zeros(grey)}
figure, panels = plt.subplots(1, 2, figsize=(6, 2.6))
for panel, (name, change) in zip(panels, added.items()):
    shown = panel.imshow(change.detach()[0].abs().mean(dim=0), cmap="magma", vmin=0, vmax=2)
    panel.set(title=name, xticks=[], yticks=[])
figure.colorbar(shown, ax=panels, label="mean |F(h)| over channels")
display.picture(
    figure,
    alt="Two maps of what a block adds to a flat map. With reflection padding it is black, 0 everywhere; with zero "
    "padding a bright frame of two pixels runs along the border.",
)

# %% [markdown] mocolab={"role": "text"}
# Keep this figure in mind. For pictures it speaks for reflection. For codes it will speak against it.
#
# ## 2. The generator
#
# | layer | padding | gives | then |
# |---|---|---|---|
# | Conv 7 x 7, C -> w | reflection 3 | H x W | InstanceNorm, ReLU |
# | Conv 3 x 3, stride 2, w -> 2 w | zeros, 1 | H/2 x W/2 | InstanceNorm, ReLU |
# | Conv 3 x 3, stride 2, 2 w -> 4 w | zeros, 1 | H/4 x W/4 | InstanceNorm, ReLU |
# | the residual blocks, 4 w -> 4 w | reflection 1 | H/4 x W/4 | |
# | ConvTranspose 3 x 3, stride 2, 4 w -> 2 w | 1, output padding 1 | H/2 x W/2 | InstanceNorm, ReLU |
# | ConvTranspose 3 x 3, stride 2, 2 w -> w | 1, output padding 1 | H x W | InstanceNorm, ReLU |
# | Conv 7 x 7, w -> C | reflection 3 | H x W | Tanh |
#
# A convolution of stride 2 sends pictures of 31 and of 32 pixels to 16. Its transpose therefore has to be told which
# of the two is meant: it returns $(n - 1) \cdot 2 - 2 \cdot 1 + 3$ pixels for $n$, an odd number, and one more with
# `output_padding=1`.
#
# ### Exercise 5.2: the generator
#
# | | |
# |---|---|
# | **Write** | `ResNetGenerator(blocks=9, width=64, channels=3)` as in the table, and its `forward(pictures)` |
# | **Takes** | `[N, channels, H, W]`, H and W divisible by 4, at least 8 |
# | **Returns** | the same shape, in (-1, 1) |
# | **Details** | biases everywhere; norms as in 5.1; your own `ResidualBlock`; w is `width` |
# | **Worth** | 5 points, difficulty 3 of 5, about 25 minutes |
#
# Count your parameters: 11,378,179 with 9 blocks, 7,837,699 with 6. If your `ResidualBlock` is not right yet, write
# this one all the same: the grader then lends it a right one. The check at home does not.
#
# <details><summary>Hint 1: the idea</summary>
#
# Build a list of layers from the top of the table to the bottom, then make it one `nn.Sequential`. A convolution, its
# norm and its ReLU come five times: a small function that returns the three saves typing.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# Channels: C, w, 2 w, 4 w, then 4 w as many times as there are blocks, 2 w, w, C.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# layers = [nn.ReflectionPad2d(3), ..., nn.ReLU()]
# for narrow in (...):  # downwards
#     layers += [...]
# layers += [... for _ in range(blocks)]
# for narrow in (...):  # upwards
#     layers += [...]
# layers += [..., nn.Tanh()]
# ```
#
# </details>
# <details><summary>Help: RuntimeError: Given groups=1, weight of size [8, 4, 3, 3], expected input[2, 8, 16, 16] to have 4 channels, but got 8 channels instead</summary>
#
# A layer takes as many channels as the one before it gives. Write the channels of hint 2 beside your layers.
#
# </details>
# <details><summary>Help: RuntimeError: Argument #4: Padding size should be less than the corresponding input dimension</summary>
#
# Reflection cannot show more than there is. It stands before the first and the last convolution, where the picture is
# large, and not before those of stride 2.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "5.2"}
# class ResNetGenerator(nn.Module):
#     """Pictures [N, channels, H, W] to pictures of the same shape, in (-1, 1)."""
#
#     def __init__(self, blocks: int = 9, width: int = 64, channels: int = 3):
#         raise NotImplementedError("Exercise 5.2: down, blocks, up.")
#
#     def forward(self, pictures: Tensor) -> Tensor:
#         raise NotImplementedError("Exercise 5.2: through all layers.")


# %% mocolab={"role": "answer", "id": "5.2", "points": 5, "minutes": 25, "difficulty": 3, "depends": ["5.1"]}
class ResNetGenerator(nn.Module):
    """Pictures [N, channels, H, W] to pictures of the same shape, in (-1, 1)."""

    def __init__(self, blocks: int = 9, width: int = 64, channels: int = 3):
        super().__init__()
        layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
        for narrow in (width, 2 * width):
            layers += [nn.Conv2d(narrow, 2 * narrow, 3, 2, 1), nn.InstanceNorm2d(2 * narrow), nn.ReLU()]
        layers += [ResidualBlock(4 * width) for _ in range(blocks)]
        for narrow in (2 * width, width):
            layers += [nn.ConvTranspose2d(2 * narrow, narrow, 3, 2, 1, 1), nn.InstanceNorm2d(narrow), nn.ReLU()]
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.layers(pictures)


# %% mocolab={"role": "check", "id": "5.2"}
probe = check("5.2", ResNetGenerator)
N, B = probe.sizes(2, low=2, high=4)
C, W = probe.sizes(2, low=5, high=7)
high, wide = probe.sizes(2, low=3, high=5)
with torch.device("meta"):  # weights that are counted and never made
    networks = {9: ResNetGenerator(), 6: ResNetGenerator(blocks=6)}
for blocks, network in networks.items():
    probe.gate(f"parameters with {blocks} blocks", sum(weight.numel() for weight in network.parameters()))
draw = probe.fill(ResNetGenerator(B, W, C))
pictures = probe.tensor(N, C, 4 * high, 4 * wide).requires_grad_()
frames = draw(pictures)
probe.show(
    frames_in_train_mode=frames,
    gradient_by_the_pictures=probe.gradient(frames, pictures),
    frames_in_eval_mode=draw.eval()(pictures),
    one_picture=draw(pictures[:1]),
)

# %% [raw] mocolab={"role": "misconception", "id": "5.2", "cause": "no output_padding", "says": "Your picture comes back too small, a pixel short at each level: output_padding=1."}
# class ResNetGenerator(nn.Module):
#     def __init__(self, blocks: int = 9, width: int = 64, channels: int = 3):
#         super().__init__()
#         layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
#         for narrow in (width, 2 * width):
#             layers += [nn.Conv2d(narrow, 2 * narrow, 3, 2, 1), nn.InstanceNorm2d(2 * narrow), nn.ReLU()]
#         layers += [ResidualBlock(4 * width) for _ in range(blocks)]
#         for narrow in (2 * width, width):
#             layers += [nn.ConvTranspose2d(2 * narrow, narrow, 3, 2, 1), nn.InstanceNorm2d(narrow), nn.ReLU()]
#         layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh()]
#         self.layers = nn.Sequential(*layers)
#
#     def forward(self, pictures: Tensor) -> Tensor:
#         return self.layers(pictures)

# %% [raw] mocolab={"role": "misconception", "id": "5.2", "cause": "reflection in the strided layers", "says": "Those two pad with zeros: only the layers of stride 1 reflect."}
# class ResNetGenerator(nn.Module):
#     def __init__(self, blocks: int = 9, width: int = 64, channels: int = 3):
#         super().__init__()
#         layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
#         for narrow in (width, 2 * width):
#             layers += [nn.Conv2d(narrow, 2 * narrow, 3, 2, 1, padding_mode="reflect"), nn.InstanceNorm2d(2 * narrow), nn.ReLU()]
#         layers += [ResidualBlock(4 * width) for _ in range(blocks)]
#         for narrow in (2 * width, width):
#             layers += [nn.ConvTranspose2d(2 * narrow, narrow, 3, 2, 1, 1), nn.InstanceNorm2d(narrow), nn.ReLU()]
#         layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh()]
#         self.layers = nn.Sequential(*layers)
#
#     def forward(self, pictures: Tensor) -> Tensor:
#         return self.layers(pictures)

# %% [raw] mocolab={"role": "misconception", "id": "5.2", "cause": "zeros at the ends", "says": "The first and the last layer reflect."}
# class ResNetGenerator(nn.Module):
#     def __init__(self, blocks: int = 9, width: int = 64, channels: int = 3):
#         super().__init__()
#         layers = [nn.ZeroPad2d(3), nn.Conv2d(channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
#         for narrow in (width, 2 * width):
#             layers += [nn.Conv2d(narrow, 2 * narrow, 3, 2, 1), nn.InstanceNorm2d(2 * narrow), nn.ReLU()]
#         layers += [ResidualBlock(4 * width) for _ in range(blocks)]
#         for narrow in (2 * width, width):
#             layers += [nn.ConvTranspose2d(2 * narrow, narrow, 3, 2, 1, 1), nn.InstanceNorm2d(narrow), nn.ReLU()]
#         layers += [nn.ZeroPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh()]
#         self.layers = nn.Sequential(*layers)
#
#     def forward(self, pictures: Tensor) -> Tensor:
#         return self.layers(pictures)

# %% [raw] mocolab={"role": "misconception", "id": "5.2", "cause": "norm before Tanh", "says": "The last layer has no norm: it would force every picture to the same mean colour."}
# class ResNetGenerator(nn.Module):
#     def __init__(self, blocks: int = 9, width: int = 64, channels: int = 3):
#         super().__init__()
#         layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
#         for narrow in (width, 2 * width):
#             layers += [nn.Conv2d(narrow, 2 * narrow, 3, 2, 1), nn.InstanceNorm2d(2 * narrow), nn.ReLU()]
#         layers += [ResidualBlock(4 * width) for _ in range(blocks)]
#         for narrow in (2 * width, width):
#             layers += [nn.ConvTranspose2d(2 * narrow, narrow, 3, 2, 1, 1), nn.InstanceNorm2d(narrow), nn.ReLU()]
#         layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.InstanceNorm2d(channels), nn.Tanh()]
#         self.layers = nn.Sequential(*layers)
#
#     def forward(self, pictures: Tensor) -> Tensor:
#         return self.layers(pictures)

# %% [raw] mocolab={"role": "misconception", "id": "5.2", "cause": "shared block", "says": "The same weights at every block: build a new one for each."}
# class ResNetGenerator(nn.Module):
#     def __init__(self, blocks: int = 9, width: int = 64, channels: int = 3):
#         super().__init__()
#         layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
#         for narrow in (width, 2 * width):
#             layers += [nn.Conv2d(narrow, 2 * narrow, 3, 2, 1), nn.InstanceNorm2d(2 * narrow), nn.ReLU()]
#         layers += [ResidualBlock(4 * width)] * blocks
#         for narrow in (2 * width, width):
#             layers += [nn.ConvTranspose2d(2 * narrow, narrow, 3, 2, 1, 1), nn.InstanceNorm2d(narrow), nn.ReLU()]
#         layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh()]
#         self.layers = nn.Sequential(*layers)
#
#     def forward(self, pictures: Tensor) -> Tensor:
#         return self.layers(pictures)

# %% [raw] mocolab={"role": "misconception", "id": "5.2", "cause": "no biases", "says": "Parameters are missing: with this norm the released layers keep their bias."}
# class ResNetGenerator(nn.Module):
#     def __init__(self, blocks: int = 9, width: int = 64, channels: int = 3):
#         super().__init__()
#         layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7, bias=False), nn.InstanceNorm2d(width), nn.ReLU()]
#         for narrow in (width, 2 * width):
#             layers += [nn.Conv2d(narrow, 2 * narrow, 3, 2, 1, bias=False), nn.InstanceNorm2d(2 * narrow), nn.ReLU()]
#         layers += [ResidualBlock(4 * width) for _ in range(blocks)]
#         for narrow in (2 * width, width):
#             layers += [nn.ConvTranspose2d(2 * narrow, narrow, 3, 2, 1, 1, bias=False), nn.InstanceNorm2d(narrow), nn.ReLU()]
#         layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh()]
#         self.layers = nn.Sequential(*layers)
#
#     def forward(self, pictures: Tensor) -> Tensor:
#         return self.layers(pictures)

# %% [raw] mocolab={"role": "misconception", "id": "5.2", "cause": "sigmoid", "says": "Pictures live in [-1, 1]: Tanh."}
# class ResNetGenerator(nn.Module):
#     def __init__(self, blocks: int = 9, width: int = 64, channels: int = 3):
#         super().__init__()
#         layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
#         for narrow in (width, 2 * width):
#             layers += [nn.Conv2d(narrow, 2 * narrow, 3, 2, 1), nn.InstanceNorm2d(2 * narrow), nn.ReLU()]
#         layers += [ResidualBlock(4 * width) for _ in range(blocks)]
#         for narrow in (2 * width, width):
#             layers += [nn.ConvTranspose2d(2 * narrow, narrow, 3, 2, 1, 1), nn.InstanceNorm2d(narrow), nn.ReLU()]
#         layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Sigmoid()]
#         self.layers = nn.Sequential(*layers)
#
#     def forward(self, pictures: Tensor) -> Tensor:
#         return self.layers(pictures)

# %% [raw] mocolab={"role": "misconception", "id": "5.2", "cause": "no Tanh", "says": "Your pictures leave [-1, 1]: the last layer is Tanh."}
# class ResNetGenerator(nn.Module):
#     def __init__(self, blocks: int = 9, width: int = 64, channels: int = 3):
#         super().__init__()
#         layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
#         for narrow in (width, 2 * width):
#             layers += [nn.Conv2d(narrow, 2 * narrow, 3, 2, 1), nn.InstanceNorm2d(2 * narrow), nn.ReLU()]
#         layers += [ResidualBlock(4 * width) for _ in range(blocks)]
#         for narrow in (2 * width, width):
#             layers += [nn.ConvTranspose2d(2 * narrow, narrow, 3, 2, 1, 1), nn.InstanceNorm2d(narrow), nn.ReLU()]
#         layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7)]
#         self.layers = nn.Sequential(*layers)
#
#     def forward(self, pictures: Tensor) -> Tensor:
#         return self.layers(pictures)

# %% [raw] mocolab={"role": "misconception", "id": "5.2", "cause": "three channels always", "says": "Your pictures have three channels whatever is asked for: use channels."}
# class ResNetGenerator(nn.Module):
#     def __init__(self, blocks: int = 9, width: int = 64, channels: int = 3):
#         super().__init__()
#         layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
#         for narrow in (width, 2 * width):
#             layers += [nn.Conv2d(narrow, 2 * narrow, 3, 2, 1), nn.InstanceNorm2d(2 * narrow), nn.ReLU()]
#         layers += [ResidualBlock(4 * width) for _ in range(blocks)]
#         for narrow in (2 * width, width):
#             layers += [nn.ConvTranspose2d(2 * narrow, narrow, 3, 2, 1, 1), nn.InstanceNorm2d(narrow), nn.ReLU()]
#         layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh()]
#         self.layers = nn.Sequential(*layers)
#
#     def forward(self, pictures: Tensor) -> Tensor:
#         return self.layers(pictures)

# %% [raw] mocolab={"role": "misconception", "id": "5.2", "cause": "nine blocks always", "says": "Nine blocks whatever is asked for: use blocks."}
# class ResNetGenerator(nn.Module):
#     def __init__(self, blocks: int = 9, width: int = 64, channels: int = 3):
#         super().__init__()
#         layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
#         for narrow in (width, 2 * width):
#             layers += [nn.Conv2d(narrow, 2 * narrow, 3, 2, 1), nn.InstanceNorm2d(2 * narrow), nn.ReLU()]
#         layers += [ResidualBlock(4 * width) for _ in range(9)]
#         for narrow in (2 * width, width):
#             layers += [nn.ConvTranspose2d(2 * narrow, narrow, 3, 2, 1, 1), nn.InstanceNorm2d(narrow), nn.ReLU()]
#         layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh()]
#         self.layers = nn.Sequential(*layers)
#
#     def forward(self, pictures: Tensor) -> Tensor:
#         return self.layers(pictures)

# %% [raw] mocolab={"role": "misconception", "id": "5.2", "cause": "BatchNorm", "says": "Each picture is normalised alone: InstanceNorm, not BatchNorm."}
# class ResNetGenerator(nn.Module):
#     def __init__(self, blocks: int = 9, width: int = 64, channels: int = 3):
#         super().__init__()
#         layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), nn.BatchNorm2d(width, affine=False), nn.ReLU()]
#         for narrow in (width, 2 * width):
#             layers += [nn.Conv2d(narrow, 2 * narrow, 3, 2, 1), nn.BatchNorm2d(2 * narrow, affine=False), nn.ReLU()]
#         layers += [ResidualBlock(4 * width) for _ in range(blocks)]
#         for narrow in (2 * width, width):
#             layers += [nn.ConvTranspose2d(2 * narrow, narrow, 3, 2, 1, 1), nn.BatchNorm2d(narrow, affine=False), nn.ReLU()]
#         layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh()]
#         self.layers = nn.Sequential(*layers)
#
#     def forward(self, pictures: Tensor) -> Tensor:
#         return self.layers(pictures)

# %% [raw] mocolab={"role": "misconception", "id": "5.2", "cause": "upsampled", "says": "Right size, other layer: the released way up is a transposed convolution."}
# class ResNetGenerator(nn.Module):
#     def __init__(self, blocks: int = 9, width: int = 64, channels: int = 3):
#         super().__init__()
#         layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
#         for narrow in (width, 2 * width):
#             layers += [nn.Conv2d(narrow, 2 * narrow, 3, 2, 1), nn.InstanceNorm2d(2 * narrow), nn.ReLU()]
#         layers += [ResidualBlock(4 * width) for _ in range(blocks)]
#         for narrow in (2 * width, width):
#             layers += [nn.Upsample(scale_factor=2), nn.Conv2d(2 * narrow, narrow, 3, 1, 1), nn.InstanceNorm2d(narrow), nn.ReLU()]
#         layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh()]
#         self.layers = nn.Sequential(*layers)
#
#     def forward(self, pictures: Tensor) -> Tensor:
#         return self.layers(pictures)

# %% [raw] mocolab={"role": "misconception", "id": "5.2", "cause": "no norm on the way up", "says": "Norm and ReLU follow the transposed convolutions too."}
# class ResNetGenerator(nn.Module):
#     def __init__(self, blocks: int = 9, width: int = 64, channels: int = 3):
#         super().__init__()
#         layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
#         for narrow in (width, 2 * width):
#             layers += [nn.Conv2d(narrow, 2 * narrow, 3, 2, 1), nn.InstanceNorm2d(2 * narrow), nn.ReLU()]
#         layers += [ResidualBlock(4 * width) for _ in range(blocks)]
#         for narrow in (2 * width, width):
#             layers += [nn.ConvTranspose2d(2 * narrow, narrow, 3, 2, 1, 1), nn.ReLU()]
#         layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh()]
#         self.layers = nn.Sequential(*layers)
#
#     def forward(self, pictures: Tensor) -> Tensor:
#         return self.layers(pictures)

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** what one frame of 64 x 64 pixels costs. With nine blocks your generator does about thirty
# times the work of lab 01's painter, and with six about twenty times, though it has only a few times the weights: it
# works on maps of 16 x 16 pixels where the other works on 4 x 4. A clip of 16 frames costs 16 times that.


# %% mocolab={"role": "demo"}
from mocolab.networks.generators import FrameGenerator


def multiply_adds(network, given):
    """Multiplications in the convolutions of a network, each with an addition, for one given tensor."""
    counted = []

    def count(layer, inputs, output):
        places = inputs[0] if isinstance(layer, nn.ConvTranspose2d) else output
        counted.append(places[:, 0].numel() * layer.weight.numel())

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            layer.register_forward_hook(count)
    network(given)
    return sum(counted)


with torch.device("meta"):  # shapes without numbers
    painters = {"lab 01's FrameGenerator(60)": (FrameGenerator(60), torch.empty(2, 60))}
    painters |= {f"ResNetGenerator({n})": (ResNetGenerator(n), torch.empty(2, 3, 64, 64)) for n in (6, 9)}
    for name, (painter, given) in painters.items():
        weights = sum(weight.numel() for weight in painter.parameters())
        print(f"{name:28} {weights:>12,} weights {multiply_adds(painter, given) / 2e9:6.2f} G multiply-adds a frame")

# %% [markdown] mocolab={"role": "text"}
# ## 3. Why the sum was blind
#
# A code has no pixels. The usual way to give it to a network of pictures is to tile it: number $c_j$ fills a map of its
# own, and the maps are concatenated to the picture's channels. In front of reflection padding and InstanceNorm this
# cannot work, and the proof has four lines.
#
# 1. A constant map, continued by its mirror image, is constant beyond the border too.
# 2. So its convolution is one number per output channel, the same at every pixel:
#    $\kappa_k(c) = \sum_j c_j \sum_{u v} w_{k j u v}$.
# 3. A convolution is linear, so it gives $\operatorname{conv}(x)_k + \kappa_k(c)$: the code shifts whole channels.
# 4. InstanceNorm subtracts the mean of each channel, and $\kappa_k(c)$ with it. Nothing is left, whatever the weights.
#
# Others have met this. The source of StarGAN (Choi et al., 2018) says that with reflection padding its labels were
# ignored, and pads with zeros throughout.
#
# **Predict first.** Which of these let a tiled code through, in front of one InstanceNorm: zero padding; repeating the
# border pixels; a BatchNorm in train mode instead of the InstanceNorm, for a batch of one picture; a gain and a shift
# in the norm?

# %% mocolab={"role": "predict"}
# Not scored. Write your guess before you measure.
lets_the_code_through = "..."

# %% [markdown] mocolab={"role": "text"}
# A proof is better when a measurement agrees, and a measurement of "nothing" needs care. In float32 the constant is
# added and taken away again with rounding, and the rounding looks like a small effect; so measure in float64. And one
# number is not enough: two outputs may differ although no gradient arrives, and the other way round. So measure both:
#
# $$\max \lvert y(c_a) - y(c_b) \rvert \qquad\text{and}\qquad
# \Big\lVert \frac{\partial}{\partial c_a} \sum_{k i j} d_{k i j}\, y(c_a)_{k i j} \Big\rVert_2,$$
#
# where $y(c)$ is what the layers give for picture and code, and $d$ is a given direction. The sum of $y$ alone would
# not do: behind a norm it is 0 for every network, and has no gradient even where the code is seen well.
#
# ### Exercise 5.3: the effect of a code
#
# | | |
# |---|---|
# | **Write** | `code_effect(layers, image, code_a, code_b, direction)` |
# | **Takes** | a network, `image [1, C, H, W]`, codes `[1, D]`, a direction of the shape of the output, all in float32 |
# | **Input of the layers** | the image's channels, then the D maps of one code, in float64; one call for each code |
# | **Returns** | `(difference, gradient)`, two single numbers: $\max \lvert y(c_a) - y(c_b) \rvert$, and the L2 norm of the gradient of $\sum d\, y(c_a)$ by `code_a` |
# | **Details** | `layers.double()` converts the network itself, and may; the mode of the network stays as it is |
# | **Worth** | 4 points, difficulty 3 of 5, about 20 minutes |
#
# <details><summary>Hint 1: the idea</summary>
#
# A small inner function from a code to the output; call it twice. For the gradient make a float64 copy of `code_a`
# first, ask it to require a gradient, and tile *that*.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# Code `[1, D]`, tiled `[1, D, H, W]`, joined `[1, C + D, H, W]`; gradient `[1, D]`.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# layers = ...
# def seen(code):
#     maps = repeat(code, "1 D -> 1 D H W", H=..., W=...)
#     return layers(torch.cat([...], dim=1))
# first = code_a.double().requires_grad_()
# ...
# (slope,) = torch.autograd.grad(..., first)
# ```
#
# </details>
# <details><summary>Help: RuntimeError: Input type (double) and bias type (float) should be the same</summary>
#
# The layers are still float32: `layers.double()`.
#
# </details>
# <details><summary>Help: RuntimeError: The differentiated Tensor at index 0 appears to not have been used in the graph</summary>
#
# You tiled one tensor and asked for the gradient by another. Convert first, then tile the one that requires a gradient.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "5.3"}
# def code_effect(layers: nn.Module, image: Tensor, code_a: Tensor, code_b: Tensor, direction: Tensor):
#     """(max |y(c_a) - y(c_b)|, |gradient of sum(direction y(c_a)) by c_a|) of tiled codes, in float64."""
#     raise NotImplementedError("Exercise 5.3: tile, join, measure.")


# %% mocolab={"role": "answer", "id": "5.3", "points": 4, "minutes": 20, "difficulty": 3, "depends": []}
def code_effect(layers: nn.Module, image: Tensor, code_a: Tensor, code_b: Tensor, direction: Tensor):
    """(max |y(c_a) - y(c_b)|, |gradient of sum(direction y(c_a)) by c_a|) of tiled codes, in float64."""
    layers = layers.double()

    def seen(code):
        maps = repeat(code, "1 D -> 1 D H W", H=image.shape[2], W=image.shape[3])
        return layers(torch.cat([image.double(), maps], dim=1))

    first = code_a.detach().double().clone().requires_grad_()
    one, other = seen(first), seen(code_b.double())
    (slope,) = torch.autograd.grad((one * direction).sum(), first)
    return (one - other).abs().max(), slope.norm()


# %% mocolab={"role": "check", "id": "5.3"}
probe = check("5.3", code_effect)
C, D, K, H, W = probe.sizes(5, low=3, high=9)
image, direction = probe.tensor(1, C, H, W), probe.tensor(1, K, H, W)
code_a, code_b = (probe.given(100 * probe.tensor(1, D)) for _ in range(2))  # so large that float32 would show


def stack(padding, norm):
    first, last = (nn.Conv2d(channels, K, 3, padding=1, padding_mode=padding) for channels in (C + D, K))
    return probe.fill(nn.Sequential(first, norm, nn.LeakyReLU(0.2), last))


for name, layers in {
    "reflection": stack("reflect", nn.InstanceNorm2d(K)),
    "repeated borders": stack("replicate", nn.InstanceNorm2d(K)),
    "BatchNorm of one picture": stack("reflect", nn.BatchNorm2d(K)),
}.items():
    difference, gradient = code_effect(layers, image, code_a, code_b, direction)
    probe.gate(f"{name}: no difference above 1e-9", bool(difference < 1e-9))
    probe.gate(f"{name}: no gradient above 1e-9", bool(gradient < 1e-9))
layers = stack("zeros", nn.InstanceNorm2d(K))
behind_zeros = code_effect(layers, image, code_a, code_b, direction)
swapped = code_effect(layers, image, code_b, code_a, direction)
without_norm = code_effect(stack("reflect", nn.Identity()), image, code_a, code_b, direction)
probe.show(
    difference_with_zero_padding=behind_zeros[0],
    gradient_with_zero_padding=behind_zeros[1],
    difference_with_codes_swapped=swapped[0],
    difference_without_norm=without_norm[0],
    gradient_without_norm=without_norm[1],
)

# %% [raw] mocolab={"role": "misconception", "id": "5.3", "cause": "mean of the output", "says": "After the norm the mean is constant for every network: use the direction given."}
# def code_effect(layers: nn.Module, image: Tensor, code_a: Tensor, code_b: Tensor, direction: Tensor):
#     layers = layers.double()
#
#     def seen(code):
#         maps = repeat(code, "1 D -> 1 D H W", H=image.shape[2], W=image.shape[3])
#         return layers(torch.cat([image.double(), maps], dim=1))
#
#     first = code_a.detach().double().clone().requires_grad_()
#     one, other = seen(first), seen(code_b.double())
#     (slope,) = torch.autograd.grad(one.mean(), first)
#     return (one - other).abs().max(), slope.norm()

# %% [raw] mocolab={"role": "misconception", "id": "5.3", "cause": "sum of the output", "says": "After the norm the sum is constant for every network: multiply by the direction first."}
# def code_effect(layers: nn.Module, image: Tensor, code_a: Tensor, code_b: Tensor, direction: Tensor):
#     layers = layers.double()
#
#     def seen(code):
#         maps = repeat(code, "1 D -> 1 D H W", H=image.shape[2], W=image.shape[3])
#         return layers(torch.cat([image.double(), maps], dim=1))
#
#     first = code_a.detach().double().clone().requires_grad_()
#     one, other = seen(first), seen(code_b.double())
#     (slope,) = torch.autograd.grad(one.sum(), first)
#     return (one - other).abs().max(), slope.norm()

# %% [raw] mocolab={"role": "misconception", "id": "5.3", "cause": "mean square", "says": "The mean square is nearly constant after the norm too: use the direction given."}
# def code_effect(layers: nn.Module, image: Tensor, code_a: Tensor, code_b: Tensor, direction: Tensor):
#     layers = layers.double()
#
#     def seen(code):
#         maps = repeat(code, "1 D -> 1 D H W", H=image.shape[2], W=image.shape[3])
#         return layers(torch.cat([image.double(), maps], dim=1))
#
#     first = code_a.detach().double().clone().requires_grad_()
#     one, other = seen(first), seen(code_b.double())
#     (slope,) = torch.autograd.grad(one.square().mean(), first)
#     return (one - other).abs().max(), slope.norm()

# %% [raw] mocolab={"role": "misconception", "id": "5.3", "cause": "float32", "says": "Rounding looks like an effect: compute in float64."}
# def code_effect(layers: nn.Module, image: Tensor, code_a: Tensor, code_b: Tensor, direction: Tensor):
#     layers = layers.float()
#
#     def seen(code):
#         maps = repeat(code, "1 D -> 1 D H W", H=image.shape[2], W=image.shape[3])
#         return layers(torch.cat([image, maps], dim=1))
#
#     first = code_a.detach().clone().requires_grad_()
#     one, other = seen(first), seen(code_b)
#     (slope,) = torch.autograd.grad((one * direction).sum(), first)
#     return (one - other).abs().max(), slope.norm()

# %% [raw] mocolab={"role": "misconception", "id": "5.3", "cause": "gradient by the image", "says": "That is the gradient by the image: ask for the one by the code."}
# def code_effect(layers: nn.Module, image: Tensor, code_a: Tensor, code_b: Tensor, direction: Tensor):
#     layers = layers.double()
#
#     image = image.detach().double().clone().requires_grad_()
#
#     def seen(code):
#         maps = repeat(code, "1 D -> 1 D H W", H=image.shape[2], W=image.shape[3])
#         return layers(torch.cat([image, maps], dim=1))
#
#     first = code_a.detach().double().clone().requires_grad_()
#     one, other = seen(first), seen(code_b.double())
#     (slope,) = torch.autograd.grad((one * direction).sum(), image)
#     return (one - other).abs().max(), slope.norm()

# %% [raw] mocolab={"role": "misconception", "id": "5.3", "cause": "gradient by the second code", "says": "The gradient is asked for by code_a, where it is measured."}
# def code_effect(layers: nn.Module, image: Tensor, code_a: Tensor, code_b: Tensor, direction: Tensor):
#     layers = layers.double()
#
#     def seen(code):
#         maps = repeat(code, "1 D -> 1 D H W", H=image.shape[2], W=image.shape[3])
#         return layers(torch.cat([image.double(), maps], dim=1))
#
#     first = code_b.detach().double().clone().requires_grad_()
#     other, one = seen(code_a.double()), seen(first)
#     (slope,) = torch.autograd.grad((one * direction).sum(), first)
#     return (one - other).abs().max(), slope.norm()

# %% [raw] mocolab={"role": "misconception", "id": "5.3", "cause": "random map for the code", "says": "Tiled means constant over the picture."}
# def code_effect(layers: nn.Module, image: Tensor, code_a: Tensor, code_b: Tensor, direction: Tensor):
#     layers = layers.double()
#
#     def seen(code):
#         maps = repeat(code, "1 D -> 1 D H W", H=image.shape[2], W=image.shape[3])
#         maps = maps * torch.rand(image.shape[2:], dtype=torch.double)
#         return layers(torch.cat([image.double(), maps], dim=1))
#
#     first = code_a.detach().double().clone().requires_grad_()
#     one, other = seen(first), seen(code_b.double())
#     (slope,) = torch.autograd.grad((one * direction).sum(), first)
#     return (one - other).abs().max(), slope.norm()

# %% [raw] mocolab={"role": "misconception", "id": "5.3", "cause": "code first", "says": "The image's channels come first, then the code's maps."}
# def code_effect(layers: nn.Module, image: Tensor, code_a: Tensor, code_b: Tensor, direction: Tensor):
#     layers = layers.double()
#
#     def seen(code):
#         maps = repeat(code, "1 D -> 1 D H W", H=image.shape[2], W=image.shape[3])
#         return layers(torch.cat([maps, image.double()], dim=1))
#
#     first = code_a.detach().double().clone().requires_grad_()
#     one, other = seen(first), seen(code_b.double())
#     (slope,) = torch.autograd.grad((one * direction).sum(), first)
#     return (one - other).abs().max(), slope.norm()

# %% [raw] mocolab={"role": "misconception", "id": "5.3", "cause": "mean difference", "says": "Asked is the largest difference of all pixels, not their mean."}
# def code_effect(layers: nn.Module, image: Tensor, code_a: Tensor, code_b: Tensor, direction: Tensor):
#     layers = layers.double()
#
#     def seen(code):
#         maps = repeat(code, "1 D -> 1 D H W", H=image.shape[2], W=image.shape[3])
#         return layers(torch.cat([image.double(), maps], dim=1))
#
#     first = code_a.detach().double().clone().requires_grad_()
#     one, other = seen(first), seen(code_b.double())
#     (slope,) = torch.autograd.grad((one * direction).sum(), first)
#     return (one - other).abs().mean(), slope.norm()

# %% [raw] mocolab={"role": "misconception", "id": "5.3", "cause": "no absolute value", "says": "A difference may be negative: take absolute values, then the largest."}
# def code_effect(layers: nn.Module, image: Tensor, code_a: Tensor, code_b: Tensor, direction: Tensor):
#     layers = layers.double()
#
#     def seen(code):
#         maps = repeat(code, "1 D -> 1 D H W", H=image.shape[2], W=image.shape[3])
#         return layers(torch.cat([image.double(), maps], dim=1))
#
#     first = code_a.detach().double().clone().requires_grad_()
#     one, other = seen(first), seen(code_b.double())
#     (slope,) = torch.autograd.grad((one * direction).sum(), first)
#     return (one - other).max(), slope.norm()

# %% [raw] mocolab={"role": "misconception", "id": "5.3", "cause": "squared norm", "says": "The L2 norm has a square root."}
# def code_effect(layers: nn.Module, image: Tensor, code_a: Tensor, code_b: Tensor, direction: Tensor):
#     layers = layers.double()
#
#     def seen(code):
#         maps = repeat(code, "1 D -> 1 D H W", H=image.shape[2], W=image.shape[3])
#         return layers(torch.cat([image.double(), maps], dim=1))
#
#     first = code_a.detach().double().clone().requires_grad_()
#     one, other = seen(first), seen(code_b.double())
#     (slope,) = torch.autograd.grad((one * direction).sum(), first)
#     return (one - other).abs().max(), slope.square().sum()

# %% [raw] mocolab={"role": "misconception", "id": "5.3", "cause": "largest gradient", "says": "Asked is the L2 norm of the gradient, not its largest number."}
# def code_effect(layers: nn.Module, image: Tensor, code_a: Tensor, code_b: Tensor, direction: Tensor):
#     layers = layers.double()
#
#     def seen(code):
#         maps = repeat(code, "1 D -> 1 D H W", H=image.shape[2], W=image.shape[3])
#         return layers(torch.cat([image.double(), maps], dim=1))
#
#     first = code_a.detach().double().clone().requires_grad_()
#     one, other = seen(first), seen(code_b.double())
#     (slope,) = torch.autograd.grad((one * direction).sum(), first)
#     return (one - other).abs().max(), slope.abs().max()

# %% [raw] mocolab={"role": "misconception", "id": "5.3", "cause": "both codes in one batch", "says": "One call for each code: in a batch of two, BatchNorm sees both and lets their difference through."}
# def code_effect(layers: nn.Module, image: Tensor, code_a: Tensor, code_b: Tensor, direction: Tensor):
#     layers = layers.double()
#
#     def seen(code):
#         maps = repeat(code, "1 D -> 1 D H W", H=image.shape[2], W=image.shape[3])
#         return layers(torch.cat([image.double(), maps], dim=1))
#
#     first = code_a.detach().double().clone().requires_grad_()
#     maps = repeat(torch.cat([first, code_b.double()]), "N D -> N D H W", H=image.shape[2], W=image.shape[3])
#     one, other = layers(torch.cat([image.double().expand(2, -1, -1, -1), maps], dim=1)).split(1)
#     (slope,) = torch.autograd.grad((one * direction).sum(), first)
#     return (one - other).abs().max(), slope.norm()

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** the answers to the prediction, measured by your function. What is blind has numbers below
# 1e-9, the rounding of float64; what sees has numbers of 1 and more.

# %% mocolab={"role": "demo"}
torch.manual_seed(0)


def first_layers(padding, norm):
    return nn.Sequential(nn.Conv2d(3 + 10, 16, 3, padding=1, padding_mode=padding), norm, nn.ReLU())


stacks = {
    "reflection, InstanceNorm": first_layers("reflect", nn.InstanceNorm2d(16)),
    "repeated borders, InstanceNorm": first_layers("replicate", nn.InstanceNorm2d(16)),
    "reflection, InstanceNorm with gain and shift": first_layers("reflect", nn.InstanceNorm2d(16, affine=True)),
    "reflection, BatchNorm, one picture": first_layers("reflect", nn.BatchNorm2d(16)),
    "zeros, InstanceNorm": first_layers("zeros", nn.InstanceNorm2d(16)),
    "reflection, no norm": first_layers("reflect", nn.Identity()),
}
two_codes, direction = torch.randn(2, 1, 10), torch.randn(1, 16, 32, 32)
print(f"Your prediction: {lets_the_code_through}\n")
print(f"{'':46} {'difference':>10} {'gradient':>10}")
for name, layers in stacks.items():
    difference, gradient = code_effect(layers, day[:1], *two_codes, direction)
    print(f"{name:46} {difference:10.1e} {gradient:10.1e}")

# %% [markdown] mocolab={"role": "text"}
# Zero padding lets the code through, by the frame of the figure after exercise 5.1: what was a fault there is the only
# thing here that knows the code. It is a poor messenger: only a frame of pixels knows the code at first hand, all
# others know it by the mean, which that frame moves. A gain and a shift of the norm do not help, because they do not
# depend on the code. BatchNorm in train mode subtracts one mean for the whole batch, so codes that differ *within* a
# batch pass as differences to the batch's mean; alone, a picture's code is gone again.
#
# ## 4. Said behind the norm
#
# So the code must speak behind the norm, where nothing takes it out again: as a gain
# and a shift that are computed from it,
#
# $$M(x, c) = (1 + g)\,\operatorname{IN}(x) + s, \qquad [g;\, s] = W c + b .$$
#
# Residual blocks with such norms are the decoder of MUNIT (Huang et al., 2018), where they are called AdaIN; a
# conditional InstanceNorm of this kind is how Augmented CycleGAN gives a code to CycleGAN's generator. The 1 is ours to
# add: with it a code of no effect, $g = s = 0$, leaves the block of 5.1 as it was.
#
# ### Exercise 5.4: the modulated block
#
# | | |
# |---|---|
# | **Write** | `ModulatedBlock(channels, dim)` and its `forward(h, code)` |
# | **Takes** | `h` of shape `[N, channels, H, W]` and a code for each picture, `[N, dim]` |
# | **Returns** | as 5.1, but each norm is followed by $(1 + g)\,x + s$; ReLU after the first modulation, nothing after the sum |
# | **Details** | each norm has its own `nn.Linear(dim, 2 * channels)`, left as PyTorch initialises it; the first half of what it gives is $g$, the second $s$ |
# | **Order of creation** | convolution, linear, convolution, linear |
# | **Worth** | 7 points, difficulty 4 of 5, about 30 minutes |
#
# Count your parameters: 1,443,328 for `ModulatedBlock(256, 256)`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Write down one half of the block: pad, convolve, normalise, modulate. The block is this half, a ReLU, the half again
# with other weights, and the sum.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# Linear gives `[N, 2 channels]`; its halves are `[N, channels]`, and become `[N, channels, 1, 1]` to meet the maps.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# gain, shift = linear(code).chunk(2, dim=1)
# x = self.norm(conv(self.pad(x)))
# x = ... * x + ...  # with two new axes
# ```
#
# </details>
# <details><summary>Help: RuntimeError: The size of tensor a (16) must match the size of tensor b (4) at non-singleton dimension 3</summary>
#
# A tensor `[N, channels]` meets maps `[N, channels, H, W]` from the right, so the channels fell on the width. Add two
# axes: `gain[:, :, None, None]`.
#
# </details>
# <details><summary>Help: RuntimeError: mat1 and mat2 shapes cannot be multiplied</summary>
#
# `nn.Linear(dim, 2 * channels)` takes the code, not the maps.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "5.4"}
# class ModulatedBlock(nn.Module):
#     """A residual block whose norms are each followed by a gain and a shift that the code decides."""
#
#     def __init__(self, channels: int, dim: int):
#         raise NotImplementedError("Exercise 5.4: convolution, linear, convolution, linear.")
#
#     def forward(self, h: Tensor, code: Tensor) -> Tensor:
#         raise NotImplementedError("Exercise 5.4: as in 5.1, and behind each norm the code speaks.")


# %% mocolab={"role": "answer", "id": "5.4", "points": 7, "minutes": 30, "difficulty": 4, "depends": []}
class ModulatedBlock(nn.Module):
    """A residual block whose norms are each followed by a gain and a shift that the code decides."""

    def __init__(self, channels: int, dim: int):
        super().__init__()
        self.pad, self.norm = nn.ReflectionPad2d(1), nn.InstanceNorm2d(channels)
        self.conv_1, self.code_1 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
        self.conv_2, self.code_2 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)

    def forward(self, h: Tensor, code: Tensor) -> Tensor:
        inside = self.said(self.norm(self.conv_1(self.pad(h))), self.code_1(code)).relu()
        return h + self.said(self.norm(self.conv_2(self.pad(inside))), self.code_2(code))

    def said(self, x: Tensor, both: Tensor) -> Tensor:
        gain, shift = rearrange(both, "N (two C) -> two N C 1 1", two=2)
        return (1 + gain) * x + shift


# %% mocolab={"role": "check", "id": "5.4"}
probe = check("5.4", ModulatedBlock)
N, C, D, H, W = probe.sizes(5, low=4, high=9)
with torch.device("meta"):  # weights that are counted and never made
    network = ModulatedBlock(256, 256)
probe.gate("parameters at 256 channels, 256 numbers", sum(weight.numel() for weight in network.parameters()))
h, code = probe.tensor(N, C, H, W), probe.tensor(N, D).requires_grad_()
untrained = ModulatedBlock(C, D)(h[:1].repeat(2, 1, 1, 1), code[:2])
probe.gate("two codes differ before training", bool((untrained[0] - untrained[1]).abs().max() > 1e-3))
probe.gate("a gradient arrives before training", bool(probe.gradient(untrained, code).norm() > 1e-3))
block = probe.fill(ModulatedBlock(C, D))
maps = block(h, code)
probe.show(
    maps_in_train_mode=maps,
    gradient_by_the_codes=probe.gradient(maps, code),
    maps_in_eval_mode=block.eval()(h, code),
    one_picture=block(h[:1], code[:1]),
)

# %% [raw] mocolab={"role": "misconception", "id": "5.4", "cause": "modulated before the norm", "says": "The norm takes it out again: only its epsilon lets a trace through. Modulate behind it."}
# class ModulatedBlock(nn.Module):
#     def __init__(self, channels: int, dim: int):
#         super().__init__()
#         self.pad, self.norm = nn.ReflectionPad2d(1), nn.InstanceNorm2d(channels)
#         self.conv_1, self.code_1 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#         self.conv_2, self.code_2 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#
#     def forward(self, h: Tensor, code: Tensor) -> Tensor:
#         inside = self.norm(self.said(self.conv_1(self.pad(h)), self.code_1(code))).relu()
#         return h + self.norm(self.said(self.conv_2(self.pad(inside)), self.code_2(code)))
#
#     def said(self, x: Tensor, both: Tensor) -> Tensor:
#         gain, shift = rearrange(both, "N (two C) -> two N C 1 1", two=2)
#         return (1 + gain) * x + shift

# %% [raw] mocolab={"role": "misconception", "id": "5.4", "cause": "gain without 1", "says": "At the start the maps are multiplied by almost nothing: (1 + gain)."}
# class ModulatedBlock(nn.Module):
#     def __init__(self, channels: int, dim: int):
#         super().__init__()
#         self.pad, self.norm = nn.ReflectionPad2d(1), nn.InstanceNorm2d(channels)
#         self.conv_1, self.code_1 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#         self.conv_2, self.code_2 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#
#     def forward(self, h: Tensor, code: Tensor) -> Tensor:
#         inside = self.said(self.norm(self.conv_1(self.pad(h))), self.code_1(code)).relu()
#         return h + self.said(self.norm(self.conv_2(self.pad(inside))), self.code_2(code))
#
#     def said(self, x: Tensor, both: Tensor) -> Tensor:
#         gain, shift = rearrange(both, "N (two C) -> two N C 1 1", two=2)
#         return gain * x + shift

# %% [raw] mocolab={"role": "misconception", "id": "5.4", "cause": "halves swapped", "says": "First half gain, second half shift."}
# class ModulatedBlock(nn.Module):
#     def __init__(self, channels: int, dim: int):
#         super().__init__()
#         self.pad, self.norm = nn.ReflectionPad2d(1), nn.InstanceNorm2d(channels)
#         self.conv_1, self.code_1 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#         self.conv_2, self.code_2 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#
#     def forward(self, h: Tensor, code: Tensor) -> Tensor:
#         inside = self.said(self.norm(self.conv_1(self.pad(h))), self.code_1(code)).relu()
#         return h + self.said(self.norm(self.conv_2(self.pad(inside))), self.code_2(code))
#
#     def said(self, x: Tensor, both: Tensor) -> Tensor:
#         shift, gain = rearrange(both, "N (two C) -> two N C 1 1", two=2)
#         return (1 + gain) * x + shift

# %% [raw] mocolab={"role": "misconception", "id": "5.4", "cause": "every other number", "says": "Gain and shift are the two halves: you took every other number."}
# class ModulatedBlock(nn.Module):
#     def __init__(self, channels: int, dim: int):
#         super().__init__()
#         self.pad, self.norm = nn.ReflectionPad2d(1), nn.InstanceNorm2d(channels)
#         self.conv_1, self.code_1 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#         self.conv_2, self.code_2 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#
#     def forward(self, h: Tensor, code: Tensor) -> Tensor:
#         inside = self.said(self.norm(self.conv_1(self.pad(h))), self.code_1(code)).relu()
#         return h + self.said(self.norm(self.conv_2(self.pad(inside))), self.code_2(code))
#
#     def said(self, x: Tensor, both: Tensor) -> Tensor:
#         gain, shift = rearrange(both, "N (C two) -> two N C 1 1", two=2)
#         return (1 + gain) * x + shift

# %% [raw] mocolab={"role": "misconception", "id": "5.4", "cause": "one linear for both", "says": "Each norm has its own linear layer."}
# class ModulatedBlock(nn.Module):
#     def __init__(self, channels: int, dim: int):
#         super().__init__()
#         self.pad, self.norm = nn.ReflectionPad2d(1), nn.InstanceNorm2d(channels)
#         self.conv_1, self.code_1 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#         self.conv_2 = nn.Conv2d(channels, channels, 3)
#
#     def forward(self, h: Tensor, code: Tensor) -> Tensor:
#         inside = self.said(self.norm(self.conv_1(self.pad(h))), self.code_1(code)).relu()
#         return h + self.said(self.norm(self.conv_2(self.pad(inside))), self.code_1(code))
#
#     def said(self, x: Tensor, both: Tensor) -> Tensor:
#         gain, shift = rearrange(both, "N (two C) -> two N C 1 1", two=2)
#         return (1 + gain) * x + shift

# %% [raw] mocolab={"role": "misconception", "id": "5.4", "cause": "affine norm instead", "says": "The norm's own gain does not know the code: use what the linear layers give."}
# class ModulatedBlock(nn.Module):
#     def __init__(self, channels: int, dim: int):
#         super().__init__()
#         self.pad, self.norm = nn.ReflectionPad2d(1), nn.InstanceNorm2d(channels, affine=True)
#         self.conv_1, self.code_1 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#         self.conv_2, self.code_2 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#
#     def forward(self, h: Tensor, code: Tensor) -> Tensor:
#         inside = self.norm(self.conv_1(self.pad(h))).relu()
#         return h + self.norm(self.conv_2(self.pad(inside)))
#
#     def said(self, x: Tensor, both: Tensor) -> Tensor:
#         gain, shift = rearrange(both, "N (two C) -> two N C 1 1", two=2)
#         return (1 + gain) * x + shift

# %% [raw] mocolab={"role": "misconception", "id": "5.4", "cause": "ReLU after the sum", "says": "As in 5.1: nothing after the sum."}
# class ModulatedBlock(nn.Module):
#     def __init__(self, channels: int, dim: int):
#         super().__init__()
#         self.pad, self.norm = nn.ReflectionPad2d(1), nn.InstanceNorm2d(channels)
#         self.conv_1, self.code_1 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#         self.conv_2, self.code_2 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#
#     def forward(self, h: Tensor, code: Tensor) -> Tensor:
#         inside = self.said(self.norm(self.conv_1(self.pad(h))), self.code_1(code)).relu()
#         return (h + self.said(self.norm(self.conv_2(self.pad(inside))), self.code_2(code))).relu()
#
#     def said(self, x: Tensor, both: Tensor) -> Tensor:
#         gain, shift = rearrange(both, "N (two C) -> two N C 1 1", two=2)
#         return (1 + gain) * x + shift

# %% [raw] mocolab={"role": "misconception", "id": "5.4", "cause": "no ReLU", "says": "Between the two halves stands a ReLU."}
# class ModulatedBlock(nn.Module):
#     def __init__(self, channels: int, dim: int):
#         super().__init__()
#         self.pad, self.norm = nn.ReflectionPad2d(1), nn.InstanceNorm2d(channels)
#         self.conv_1, self.code_1 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#         self.conv_2, self.code_2 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#
#     def forward(self, h: Tensor, code: Tensor) -> Tensor:
#         inside = self.said(self.norm(self.conv_1(self.pad(h))), self.code_1(code))
#         return h + self.said(self.norm(self.conv_2(self.pad(inside))), self.code_2(code))
#
#     def said(self, x: Tensor, both: Tensor) -> Tensor:
#         gain, shift = rearrange(both, "N (two C) -> two N C 1 1", two=2)
#         return (1 + gain) * x + shift

# %% [raw] mocolab={"role": "misconception", "id": "5.4", "cause": "ReLU before the code", "says": "The code speaks between norm and ReLU, so that it decides what is cut."}
# class ModulatedBlock(nn.Module):
#     def __init__(self, channels: int, dim: int):
#         super().__init__()
#         self.pad, self.norm = nn.ReflectionPad2d(1), nn.InstanceNorm2d(channels)
#         self.conv_1, self.code_1 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#         self.conv_2, self.code_2 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#
#     def forward(self, h: Tensor, code: Tensor) -> Tensor:
#         inside = self.said(self.norm(self.conv_1(self.pad(h))).relu(), self.code_1(code))
#         return h + self.said(self.norm(self.conv_2(self.pad(inside))), self.code_2(code))
#
#     def said(self, x: Tensor, both: Tensor) -> Tensor:
#         gain, shift = rearrange(both, "N (two C) -> two N C 1 1", two=2)
#         return (1 + gain) * x + shift

# %% [raw] mocolab={"role": "misconception", "id": "5.4", "cause": "first norm only", "says": "Both norms are modulated."}
# class ModulatedBlock(nn.Module):
#     def __init__(self, channels: int, dim: int):
#         super().__init__()
#         self.pad, self.norm = nn.ReflectionPad2d(1), nn.InstanceNorm2d(channels)
#         self.conv_1, self.code_1 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#         self.conv_2, self.code_2 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#
#     def forward(self, h: Tensor, code: Tensor) -> Tensor:
#         inside = self.said(self.norm(self.conv_1(self.pad(h))), self.code_1(code)).relu()
#         return h + self.norm(self.conv_2(self.pad(inside)))
#
#     def said(self, x: Tensor, both: Tensor) -> Tensor:
#         gain, shift = rearrange(both, "N (two C) -> two N C 1 1", two=2)
#         return (1 + gain) * x + shift

# %% [raw] mocolab={"role": "misconception", "id": "5.4", "cause": "first code for all", "says": "All pictures obey the first code: each has its own."}
# class ModulatedBlock(nn.Module):
#     def __init__(self, channels: int, dim: int):
#         super().__init__()
#         self.pad, self.norm = nn.ReflectionPad2d(1), nn.InstanceNorm2d(channels)
#         self.conv_1, self.code_1 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#         self.conv_2, self.code_2 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#
#     def forward(self, h: Tensor, code: Tensor) -> Tensor:
#         inside = self.said(self.norm(self.conv_1(self.pad(h))), self.code_1(code)).relu()
#         return h + self.said(self.norm(self.conv_2(self.pad(inside))), self.code_2(code))
#
#     def said(self, x: Tensor, both: Tensor) -> Tensor:
#         gain, shift = rearrange(both[:1], "N (two C) -> two N C 1 1", two=2)
#         return (1 + gain) * x + shift

# %% [raw] mocolab={"role": "misconception", "id": "5.4", "cause": "zero start", "says": "With weights of 0 no code moves anything at the start: leave the linear layers as they are made."}
# class ModulatedBlock(nn.Module):
#     def __init__(self, channels: int, dim: int):
#         super().__init__()
#         self.pad, self.norm = nn.ReflectionPad2d(1), nn.InstanceNorm2d(channels)
#         self.conv_1, self.code_1 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#         self.conv_2, self.code_2 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#         for weight in (*self.code_1.parameters(), *self.code_2.parameters()):
#             nn.init.zeros_(weight)
#
#     def forward(self, h: Tensor, code: Tensor) -> Tensor:
#         inside = self.said(self.norm(self.conv_1(self.pad(h))), self.code_1(code)).relu()
#         return h + self.said(self.norm(self.conv_2(self.pad(inside))), self.code_2(code))
#
#     def said(self, x: Tensor, both: Tensor) -> Tensor:
#         gain, shift = rearrange(both, "N (two C) -> two N C 1 1", two=2)
#         return (1 + gain) * x + shift

# %% [raw] mocolab={"role": "misconception", "id": "5.4", "cause": "no norm", "says": "The norms are missing: modulate what they give."}
# class ModulatedBlock(nn.Module):
#     def __init__(self, channels: int, dim: int):
#         super().__init__()
#         self.pad, self.norm = nn.ReflectionPad2d(1), nn.Identity()
#         self.conv_1, self.code_1 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#         self.conv_2, self.code_2 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#
#     def forward(self, h: Tensor, code: Tensor) -> Tensor:
#         inside = self.said(self.norm(self.conv_1(self.pad(h))), self.code_1(code)).relu()
#         return h + self.said(self.norm(self.conv_2(self.pad(inside))), self.code_2(code))
#
#     def said(self, x: Tensor, both: Tensor) -> Tensor:
#         gain, shift = rearrange(both, "N (two C) -> two N C 1 1", two=2)
#         return (1 + gain) * x + shift

# %% [raw] mocolab={"role": "misconception", "id": "5.4", "cause": "zero padding", "says": "As in 5.1: reflect."}
# class ModulatedBlock(nn.Module):
#     def __init__(self, channels: int, dim: int):
#         super().__init__()
#         self.pad, self.norm = nn.ZeroPad2d(1), nn.InstanceNorm2d(channels)
#         self.conv_1, self.code_1 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#         self.conv_2, self.code_2 = nn.Conv2d(channels, channels, 3), nn.Linear(dim, 2 * channels)
#
#     def forward(self, h: Tensor, code: Tensor) -> Tensor:
#         inside = self.said(self.norm(self.conv_1(self.pad(h))), self.code_1(code)).relu()
#         return h + self.said(self.norm(self.conv_2(self.pad(inside))), self.code_2(code))
#
#     def said(self, x: Tensor, both: Tensor) -> Tensor:
#         gain, shift = rearrange(both, "N (two C) -> two N C 1 1", two=2)
#         return (1 + gain) * x + shift

# %% [markdown] mocolab={"role": "text"}
# ### The painter
#
# A painter for clips runs its downward half, the first three rows of the generator's table, *once per clip*, on the
# picture that it goes on from. Its blocks run *once per frame*, each with the code of that frame. So features are
# repeated over time, and here students stumble: codes are folded from `[B, T, D]` to `[B T, D]`, and the features must
# stand in the same order, T times the first clip's, then T times the second's. `repeat(features, "B F h w -> (B T) F h
# w", T=T)` does that; `features.repeat(T, 1, 1, 1)` does not, and paints clips with each other's codes. The `paint` of
# `mocolab.networks.generators` takes the features beside the path and repeats them itself.
#
# And upwards the trap waits again. The last block's shift is one number per channel. A reflection-padded convolution
# and an InstanceNorm behind it would take that number out, by the same four lines. So the upward half has norms over
# all channels together (LayerNorm, as in MUNIT), or none.
#
# **What you should see:** a row like the third of the picture to remember, painted by the package's
# `ModulatedGenerator` with *your* blocks in it; its weights are new, so the colours differ. Then the gradient by the
# last block's shift: with LayerNorm behind it, and with InstanceNorm.

# %% mocolab={"role": "demo"}
torch.manual_seed(1)
painter = resnet.ModulatedGenerator(10, blocks=2, width=16)
painter.blocks = nn.ModuleList(ModulatedBlock(64, 64) for _ in range(2))
display.picture(
    rows_of_pictures({"your blocks, five codes": painter(3 * codes, features)}),
    alt="Five pictures of soft coloured texture, made from one given picture; they differ from code to code.",
)
shift = torch.zeros(1, 64, 1, 1, dtype=torch.double, requires_grad=True)
maps = features[:1].detach().double() + shift  # as the last block hands them on
layer_norm = painter.layers.double()
instance_norm = nn.Sequential(
    *[nn.InstanceNorm2d(p.num_channels) if isinstance(p, nn.GroupNorm) else p for p in layer_norm]
)
for name, layers in {"LayerNorm": layer_norm, "InstanceNorm": instance_norm}.items():
    frames = layers(maps)
    (slope,) = torch.autograd.grad((frames * torch.randn_like(frames)).sum(), shift)
    print(f"{name + ' behind the blocks:':34} gradient by the last shift {slope.norm():.1e}")

# %% [markdown] mocolab={"role": "text"}
# ## 5. There and back
#
# The generator comes from a system that translates without pairs: two heaps of pictures, A and B, and no picture of A
# has its counterpart in B. $G$ paints A as B, $F$ paints B as A. Three wishes make translators of them (Zhu et al.,
# 2017):
#
# - *gan*: what G paints should pass for a B, and what F paints for an A. The game is that of least squares (Mao et al.,
#   2017): $\operatorname{mean}\,(D_B(G(a)) - 1)^2 + \operatorname{mean}\,(D_A(F(b)) - 1)^2$.
# - *cycle*: what was translated must come back, $\operatorname{mean} \lvert F(G(a)) - a \rvert + \operatorname{mean}
#   \lvert G(F(b)) - b \rvert$. Without it G may paint any B for any a.
# - *identity*: what is there already is left alone, $\operatorname{mean} \lvert G(b) - b \rvert + \operatorname{mean}
#   \lvert F(a) - a \rvert$.
#
# The translators minimise *gan* + 10 *cycle* + 5 *identity*. A discriminator minimises half of $\operatorname{mean}\,
# (D(real) - 1)^2 + \operatorname{mean} D(fake)^2$. Scores are plain numbers without a sigmoid, one for each patch of
# the picture, and all means are over everything.
#
# *Paper and code disagree about a name.* The paper names a discriminator after the domain that it judges, so $D_B$ here
# judges pictures of B. In the released code that network is called `D_A`, because it belongs to the generator that
# starts from A. Here we follow the paper.
#
# The fakes that a discriminator sees come out of an *image pool* of (in the release) 50 older ones. It works picture by
# picture. As long as it is not full, it stores the fake and returns it. When it is full, a coin decides: heads, the
# fake is returned and not stored; tails, it changes places with a stored one, which is returned. So a discriminator
# cannot forget what the generator did a while ago.
#
# The luck is an argument, as noise was in the other labs.


# %% mocolab={"role": "given"}
class Chance:
    """Luck that an image pool can ask for."""

    def coin(self) -> bool:
        """Heads?"""
        return bool(torch.rand(()) < 0.5)

    def index(self, size: int) -> int:
        """One of 0 to size - 1."""
        return int(torch.randint(size, ()))


# %% [markdown] mocolab={"role": "text"}
# ### Exercise 5.5: three wishes, a judge and a pool
#
# | | |
# |---|---|
# | **Write** | `cycle_terms(G, F, D_A, D_B, a, b)` |
# | **Returns** | a dict of single numbers `gan`, `cycle`, `identity`, each without its weight, and `total` |
# | **Write** | `discriminator_term(real_scores, fake_scores)`, a single number |
# | **Write** | `ImagePool(size, chance)` and its `query(frames)`, `[N, C, H, W]` to the same shape, without gradients |
# | **Luck** | only when the pool is full: `chance.coin()` for each picture, True is heads; on tails `chance.index(size)`, the place where it is stored. A pool of size 0 returns what it is given, detached as all answers are, and asks for nothing |
# | **Worth** | 6 points, difficulty 3 of 5, about 35 minutes |
#
# A and B need not have equally many pictures.
#
# <details><summary>Hint 1: the idea</summary>
#
# Paint G(a) and F(b) once; gan and cycle share them. For the pool write what happens to a single picture first.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# Scores have any shape: `mean()` over everything. The pool keeps a list of `[C, H, W]`; `torch.stack` makes a batch of
# the answers.
#
# </details>
# <details><summary>Hint 3: a skeleton</summary>
#
# ```python
# fake_b, fake_a = ...
# gan = (D_B(...) - 1).square().mean() + ...
# cycle = (F(...) - a).abs().mean() + ...
#
# for frame in frames.detach():
#     if ...: ...  # not full yet
#     elif ...: ...
#     else: ...
# ```
#
# </details>
# <details><summary>Help: RuntimeError: The size of tensor a (4) must match the size of tensor b (3) at non-singleton dimension 0</summary>
#
# A picture of A was compared with one of B. Nothing here is paired: what comes back to A is compared with a.
#
# </details>
# <details><summary>Help: RuntimeError: Trying to backward through the graph a second time</summary>
#
# The pool has stored fakes together with the graph that made them. Store them detached.
#
# </details>

# %% [raw] mocolab={"role": "stub", "id": "5.5"}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     """What the translators G: A -> B and F: B -> A play for: gan, cycle, identity, and their weighted total."""
#     raise NotImplementedError("Exercise 5.5: three wishes, each in both directions.")
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     """Half of: squared distance of real scores to 1, plus that of fake scores to 0."""
#     raise NotImplementedError("Exercise 5.5: least squares.")
#
#
# class ImagePool:
#     """Of each fake either itself or, half of the time once it is full, an older one, which it replaces."""
#
#     def __init__(self, size: int, chance):
#         raise NotImplementedError("Exercise 5.5: an empty pool.")
#
#     def query(self, frames: Tensor) -> Tensor:
#         raise NotImplementedError("Exercise 5.5: picture by picture.")


# %% mocolab={"role": "answer", "id": "5.5", "points": 6, "minutes": 35, "difficulty": 3, "depends": []}
def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
    """What the translators G: A -> B and F: B -> A play for: gan, cycle, identity, and their weighted total."""
    fake_b, fake_a = G(a), F(b)
    gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
    cycle = (F(fake_b) - a).abs().mean() + (G(fake_a) - b).abs().mean()
    identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
    return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}


def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Half of: squared distance of real scores to 1, plus that of fake scores to 0."""
    return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2


class ImagePool:
    """Of each fake either itself or, half of the time once it is full, an older one, which it replaces."""

    def __init__(self, size: int, chance):
        self.size, self.chance, self.stored = size, chance, []

    def query(self, frames: Tensor) -> Tensor:
        return torch.stack([self._answer(frame) for frame in frames.detach()])

    def _answer(self, frame: Tensor) -> Tensor:
        if len(self.stored) < self.size:
            self.stored.append(frame)
            return frame
        if self.size == 0 or self.chance.coin():
            return frame
        place = self.chance.index(self.size)
        older, self.stored[place] = self.stored[place], frame
        return older


# %% mocolab={"role": "check", "id": "5.5"}
class ChanceTape:
    """Luck that the seed decides."""

    def __init__(self, coins, places):
        self.coins, self.places = iter(coins.tolist()), iter(places.tolist())

    def coin(self):
        return bool(next(self.coins))

    def index(self, size):
        return next(self.places) % size


probe = check("5.5", cycle_terms, discriminator_term, ImagePool)
N, M, C, H, W = probe.sizes(5, low=3, high=8)
G, F = (probe.fill(nn.Sequential(nn.Conv2d(C, C, 3, padding=1), nn.Tanh())) for _ in range(2))
D_A, D_B = (probe.fill(nn.Conv2d(C, 1, 3, 2)) for _ in range(2))
a, b = probe.tensor(N, C, H, W), probe.tensor(M, C, H, W)
terms = cycle_terms(G, F, D_A, D_B, a, b)
gradients = [probe.gradient(terms["total"], next(network.parameters())) for network in (G, F)]
real, fake = probe.tensor(N, H, W), probe.tensor(M, H).requires_grad_()
judged = discriminator_term(real, fake)


def answered(size):
    """What a pool, and beside it one of size 0 with the same luck, answers to eight batches of four fakes."""
    luck = ChanceTape(probe.integers(2, 99), probe.integers(60, 99))
    pool, none = ImagePool(size, luck), ImagePool(0, luck)
    batches = probe.tensor(8, 4, C, 2, 2).requires_grad_()
    answers = torch.cat([(none if number == 3 else pool).query(1 * batch) for number, batch in enumerate(batches)])
    return 0 * answers if answers.requires_grad else answers  # with a gradient they count for nothing


small, large = probe.sizes(2, low=2, high=6)
probe.show(
    gan=terms["gan"],
    cycle=terms["cycle"],
    identity=terms["identity"],
    total=terms["total"],
    gradient_by_G=gradients[0],
    gradient_by_F=gradients[1],
    discriminator=judged,
    gradient_by_the_fake_scores=probe.gradient(judged, fake),
    answers_of_one_pool=answered(small),
    answers_of_another_pool=answered(large),
)

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "one direction", "says": "Only one map is held to its word; the other may forget its input: the cycle runs both ways."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
#     cycle = (F(fake_b) - a).abs().mean()
#     identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.size == 0 or self.chance.coin():
#             return frame
#         place = self.chance.index(self.size)
#         older, self.stored[place] = self.stored[place], frame
#         return older

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "G(a) against a", "says": "G(a) near a forbids translation: compare what came back."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
#     cycle = (fake_b - a).abs().mean() + (fake_a - b).abs().mean()
#     identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.size == 0 or self.chance.coin():
#             return frame
#         place = self.chance.index(self.size)
#         older, self.stored[place] = self.stored[place], frame
#         return older

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "identity on a", "says": "Identity asks G to leave B alone, and F to leave A alone."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
#     cycle = (F(fake_b) - a).abs().mean() + (G(fake_a) - b).abs().mean()
#     identity = (fake_b - a).abs().mean() + (fake_a - b).abs().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.size == 0 or self.chance.coin():
#             return frame
#         place = self.chance.index(self.size)
#         older, self.stored[place] = self.stored[place], frame
#         return older

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "wrong judge", "says": "G(a) claims to be a B: D_B judges it."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = (D_A(fake_b) - 1).square().mean() + (D_B(fake_a) - 1).square().mean()
#     cycle = (F(fake_b) - a).abs().mean() + (G(fake_a) - b).abs().mean()
#     identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.size == 0 or self.chance.coin():
#             return frame
#         place = self.chance.index(self.size)
#         older, self.stored[place] = self.stored[place], frame
#         return older

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "fakes called fake", "says": "For the translators the target is 1: they want to pass."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = D_B(fake_b).square().mean() + D_A(fake_a).square().mean()
#     cycle = (F(fake_b) - a).abs().mean() + (G(fake_a) - b).abs().mean()
#     identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.size == 0 or self.chance.coin():
#             return frame
#         place = self.chance.index(self.size)
#         older, self.stored[place] = self.stored[place], frame
#         return older

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "squared cycle", "says": "Cycle and identity are mean absolute errors."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
#     cycle = (F(fake_b) - a).square().mean() + (G(fake_a) - b).square().mean()
#     identity = (G(b) - b).square().mean() + (F(a) - a).square().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.size == 0 or self.chance.coin():
#             return frame
#         place = self.chance.index(self.size)
#         older, self.stored[place] = self.stored[place], frame
#         return older

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "no weights", "says": "The total is gan + 10 cycle + 5 identity."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
#     cycle = (F(fake_b) - a).abs().mean() + (G(fake_a) - b).abs().mean()
#     identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + cycle + identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.size == 0 or self.chance.coin():
#             return frame
#         place = self.chance.index(self.size)
#         older, self.stored[place] = self.stored[place], frame
#         return older

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "weights in the terms", "says": "The terms are asked for without their weights; only the total has them."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
#     cycle = (F(fake_b) - a).abs().mean() + (G(fake_a) - b).abs().mean()
#     identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
#     return {"gan": gan, "cycle": 10 * cycle, "identity": 5 * identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.size == 0 or self.chance.coin():
#             return frame
#         place = self.chance.index(self.size)
#         older, self.stored[place] = self.stored[place], frame
#         return older

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "fakes detached", "says": "The numbers are right and the translators learn nothing from their fakes: no detach here."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a).detach(), F(b).detach()
#     gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
#     cycle = (F(fake_b) - a).abs().mean() + (G(fake_a) - b).abs().mean()
#     identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.size == 0 or self.chance.coin():
#             return frame
#         place = self.chance.index(self.size)
#         older, self.stored[place] = self.stored[place], frame
#         return older

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "no half", "says": "CycleGAN halves the discriminator's loss."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
#     cycle = (F(fake_b) - a).abs().mean() + (G(fake_a) - b).abs().mean()
#     identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return (real_scores - 1).square().mean() + fake_scores.square().mean()
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.size == 0 or self.chance.coin():
#             return frame
#         place = self.chance.index(self.size)
#         older, self.stored[place] = self.stored[place], frame
#         return older

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "judges swapped", "says": "Real scores go to 1, fake ones to 0."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
#     cycle = (F(fake_b) - a).abs().mean() + (G(fake_a) - b).abs().mean()
#     identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return (real_scores.square().mean() + (fake_scores - 1).square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.size == 0 or self.chance.coin():
#             return frame
#         place = self.chance.index(self.size)
#         older, self.stored[place] = self.stored[place], frame
#         return older

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "coin for the batch", "says": "Each picture has its own coin."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
#     cycle = (F(fake_b) - a).abs().mean() + (G(fake_a) - b).abs().mean()
#     identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         full = self.size > 0 and len(self.stored) >= self.size
#         heads = full and self.chance.coin()
#         return torch.stack([self._answer(frame, heads) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor, heads) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.size == 0 or heads:
#             return frame
#         place = self.chance.index(self.size)
#         older, self.stored[place] = self.stored[place], frame
#         return older

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "pool keeps the graph", "says": "What the pool stores and returns still hangs on the graph that made it: store detached copies."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
#     cycle = (F(fake_b) - a).abs().mean() + (G(fake_a) - b).abs().mean()
#     identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.size == 0 or self.chance.coin():
#             return frame
#         place = self.chance.index(self.size)
#         older, self.stored[place] = self.stored[place], frame
#         return older

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "heads and tails swapped", "says": "Heads, the fake itself is returned; tails, it changes places with a stored one."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
#     cycle = (F(fake_b) - a).abs().mean() + (G(fake_a) - b).abs().mean()
#     identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.size == 0 or not self.chance.coin():
#             return frame
#         place = self.chance.index(self.size)
#         older, self.stored[place] = self.stored[place], frame
#         return older

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "older one stays", "says": "What the pool gives away it must not keep: the new fake takes its place."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
#     cycle = (F(fake_b) - a).abs().mean() + (G(fake_a) - b).abs().mean()
#     identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.size == 0 or self.chance.coin():
#             return frame
#         place = self.chance.index(self.size)
#         return self.stored[place]

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "oldest first", "says": "Which stored one is given is a matter of chance, not of age: ask chance.index(size)."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
#     cycle = (F(fake_b) - a).abs().mean() + (G(fake_a) - b).abs().mean()
#     identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.size == 0 or self.chance.coin():
#             return frame
#         self.stored.append(frame)
#         return self.stored.pop(0)

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "coin from the start", "says": "Until the pool is full, no coin is tossed: every fake is stored and returned."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
#     cycle = (F(fake_b) - a).abs().mean() + (G(fake_a) - b).abs().mean()
#     identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if self.size == 0 or self.chance.coin():
#             return frame
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         place = self.chance.index(self.size)
#         older, self.stored[place] = self.stored[place], frame
#         return older

# %% [raw] mocolab={"role": "misconception", "id": "5.5", "cause": "coin for an empty pool", "says": "A pool of size 0 passes everything through, and tosses no coin."}
# def cycle_terms(G, F, D_A, D_B, a: Tensor, b: Tensor) -> dict[str, Tensor]:
#     fake_b, fake_a = G(a), F(b)
#     gan = (D_B(fake_b) - 1).square().mean() + (D_A(fake_a) - 1).square().mean()
#     cycle = (F(fake_b) - a).abs().mean() + (G(fake_a) - b).abs().mean()
#     identity = (G(b) - b).abs().mean() + (F(a) - a).abs().mean()
#     return {"gan": gan, "cycle": cycle, "identity": identity, "total": gan + 10 * cycle + 5 * identity}
#
#
# def discriminator_term(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
#     return ((real_scores - 1).square().mean() + fake_scores.square().mean()) / 2
#
#
# class ImagePool:
#     def __init__(self, size: int, chance):
#         self.size, self.chance, self.stored = size, chance, []
#
#     def query(self, frames: Tensor) -> Tensor:
#         return torch.stack([self._answer(frame) for frame in frames.detach()])
#
#     def _answer(self, frame: Tensor) -> Tensor:
#         if len(self.stored) < self.size:
#             self.stored.append(frame)
#             return frame
#         if self.chance.coin() or self.size == 0:
#             return frame
#         place = self.chance.index(self.size)
#         older, self.stored[place] = self.stored[place], frame
#         return older

# %% [markdown] mocolab={"role": "text"}
# **What you should see:** what your pool of 20 answers to fakes with the numbers 0 to 199. On the diagonal lies what
# passes; below it lies what is older.

# %% mocolab={"role": "demo"}
torch.manual_seed(0)
numbers = torch.arange(200.0)
given_back = ImagePool(20, Chance()).query(numbers[:, None, None, None]).flatten()
figure, axes = plt.subplots(figsize=(5, 3))
axes.plot(numbers, given_back, ".", markersize=4)
axes.set(xlabel="number of the fake that came", ylabel="number of the fake returned")
print(f"{(given_back < numbers).sum()} of 200 answers are older fakes.")
display.picture(
    figure,
    alt="Dots: many lie on the diagonal, where a fake is returned at once; the others lie below it, a few of them at "
    "fakes that came more than a hundred pictures before.",
)

# %% [markdown] mocolab={"role": "text"}
# ## 6. Day and night
#
# The package has the same moving shapes in two looks: `shapes-day`, warm colours before a bright pattern, and
# `shapes-night`, striped shapes in cold colours before dark waves. A and B are drawn unpaired. `mocolab.Trainer` plays
# the package's `CycleGAN`, most of whose parts you have just written, for a small number of steps.
#
# **What you should see:** frames of a clip of the day, what G paints of them, and what F paints of that: first by the
# translator trained here, then by the checkpoint `cyclegan-shapes`, with twice the width and 4,000 steps. Ask three
# things of both. Are the colours those of the night? Is the shape still there, and where it was? Does it come back?
# After the 60 steps of the cpu tier we saw the first and neither of the others: a discriminator is content with colours
# for a while, and a cycle that has not yet been learned holds nobody to anything. For the checkpoint, hold a ruler to
# the screen.

# %% mocolab={"role": "demo"}
import tempfile

from mocolab import TrainConfig, Trainer
from mocolab.systems.translation.cyclegan import CycleGAN, CycleGANConfig


def trained_here(system, data, steps, minutes=0.0):
    """The system after so many steps or minutes, whichever are over first."""
    with tempfile.TemporaryDirectory() as folder:
        config = TrainConfig(steps, minutes=minutes, preview_every=steps, save_every=steps)
        Trainer(system, mocolab.open_data(data, size=system.config.size), f"{folder}/run", config).fit()
        return mocolab.load(f"{folder}/run")


torch.manual_seed(0)
steps = tier(smoke=8, cpu=60, gpu=5000)
translator = trained_here(
    CycleGAN(CycleGANConfig(size=32, width=8, blocks=2, frames=4, pool=16)), "shapes-day+shapes-night", steps
)
moments = torch.arange(0, 24, 2)[None]
source = world.draw(world.factors(torch.tensor([0])), moments) / 127.5 - 1  # [1, 3, 12, 32, 32]


def there_and_back(system, clips):
    """G(a), and F(G(a))."""
    with torch.no_grad():
        night = system.translate(clips, to="b")
        return night, system.translate(night, to="a")


trained = mocolab.load("cyclegan-shapes")
night, back = there_and_back(translator, source)
later_night, later_back = there_and_back(trained, source)
shown = {"a, a clip of the day": source, f"G(a), {steps} steps": night, "F(G(a))": back}
shown |= {"G(a), checkpoint": later_night, "F(G(a)), checkpoint": later_back}
display.picture(
    rows_of_pictures({name: rearrange(clip[:, :, ::2], "1 C T H W -> T C H W") for name, clip in shown.items()}),
    alt="Five rows of six frames: a disc on its way over a bright pattern; what the translator to night makes of "
    "each frame; what the translator to day makes of that; the same two rows by the checkpoint.",
)

# %% [markdown] mocolab={"role": "text"}
# The checkpoint's night has the shape, in colours of the night, and its day is the day again. But is the shape where it
# was? These looks are drawn, so we can do what nobody can with horses and zebras: ask where it should be. The next cell
# takes 64 days and measures how far G moves what stands out from the background, and F after it.


# %% mocolab={"role": "demo"}
def middles(clips):
    """Where the thing is that stands out from what most clips show: (x, y) in pixels, [N, 2]."""
    away = (clips - clips.median(dim=0).values).abs().sum(dim=1)[:, 0]  # [N, H, W]
    away = away * (away > away.amax(dim=(1, 2), keepdim=True) / 2)
    place, light = torch.arange(32.0), away.sum(dim=(1, 2))
    return torch.stack([away.sum(dim=1) @ place, away.sum(dim=2) @ place], dim=1) / light[:, None]


days = world.draw(world.factors(torch.arange(64)), torch.full((64, 1), 8)) / 127.5 - 1  # [64, 3, 1, 32, 32]
nights, days_again = there_and_back(trained, days)
for name, before, after in (("G", days, nights), ("F", nights, days_again), ("F(G(a))", days, days_again)):
    moves = middles(after) - middles(before)
    right, down = moves.median(dim=0).values.tolist()
    print(f"{name:8} moves shapes by {right:+.1f} pixels to the right and {down:+.1f} down (medians of 64)")

# %% [markdown] mocolab={"role": "text"}
# G displaces every shape, F displaces it back, and all losses are content. $L_\mathrm{cyc}$ asks whether $F(G(a)) = a$,
# and it is. $L_\mathrm{GAN}$ asks whether $G(a)$ is a night, and a night with its shape elsewhere is a night.
# $L_\mathrm{id}$ asks G about nights alone, and those it leaves as they are. **No loss of this game compares $G(a)$
# with $a$**: whatever F can undo is free. (We trained twice; with the other seed shapes moved a pixel down and one to
# the left.) Horses stay in their place more often: big things before rich backgrounds leave a network little choice.
# `mocolab evaluate cyclegan-shapes --frames 4 --step 4` finds no shape in its place.
#
# Each frame was translated alone; nothing in CycleGAN knows time. Users of the released code saw their videos flicker,
# and its authors pointed them to video methods. You can measure it. Take the pixels that show background in *all*
# frames of the source: there nothing happens, so a translator has no reason to change them from one frame to the next.

# %% mocolab={"role": "demo"}
still = (source == source[:, :, :1]).all(dim=1).all(dim=1)[0]  # [H, W]
for name, clip in {"the clip of the day": source, "translated to night": night}.items():
    change = clip.diff(dim=2).abs()[0, :, :, still].mean()
    print(f"{name:20} mean change of the still background from frame to frame: {change:.4f}")
display.show(
    torch.cat([source, night]),
    alt="Two clips side by side: a disc on its way over a bright pattern, and the same frames, each translated to "
    "night by itself.",
)

# %% [markdown] mocolab={"role": "text"}
# The source's change is 0 by construction. The translation's is not: a norm takes its mean over the whole map, so a
# shape that moves *here* changes the background *there*. Recycle-GAN (Bansal et al., 2018) answers with time: a frame,
# translated, continued in the *other* domain and translated back, must be the next frame.
#
# ## 7. The predictor of lab 03 with this painter
#
# Now the question of this lab. `mocogan_predict` takes `draw="resnet"`: the downward half sees the first given picture
# once, and modulated blocks repaint it for every frame, as you have built it. Against it stands the painter of lab 01,
# twice: trained for the same number of *steps*, and for the same *minutes*. The second has seen more clips by then,
# because its steps are cheaper.
#
# **Predict first:** after so short a training, which of the three predicts best? And copying the last picture?

# %% mocolab={"role": "demo"}
import time
from dataclasses import replace

from IPython.display import Markdown

from mocolab.metrics.prediction import MEASURES, horizon
from mocolab.systems.prediction.mocogan_predict import MoCoGANPredict, presets

config = presets(0)[tier(smoke="smoke", cpu="smoke", gpu="gpu")].config
steps = tier(smoke=6, cpu=100, gpu=20_000)


def predictor(draw, steps, minutes=0.0):
    """(the predictor with this painter after training, the minutes it took)."""
    torch.manual_seed(0)
    begin = time.monotonic()
    system = MoCoGANPredict(replace(config, draw=draw))
    trained = trained_here(system, "shapes-acceleration", steps, minutes)
    return trained, (time.monotonic() - begin) / 60


repaints, minutes = predictor("resnet", steps)
rivals = {
    f"ResNet painter, {steps} steps": repaints,
    f"DCGAN painter, {steps} steps": predictor("dcgan", steps)[0],
    "DCGAN painter, the minutes of the ResNet painter": predictor("dcgan", 1_000_000, minutes)[0],
}

# %% [markdown] mocolab={"role": "text"}
# The board has the protocol of lab 03: held-out clips, three given pictures, PSNR of what follows. At the smoke and cpu
# tiers pictures are 16 x 16 pixels and the networks tiny, so these rows can be compared with each other only, and
# with those of lab 03 at most at the gpu tier. PSNR likes blur; the sheet below shows what it does not see.

# %% mocolab={"role": "demo"}
held_out = mocolab.open_data("shapes-acceleration", size=config.size, seed=1)
moments = config.step * torch.arange(config.num_frames)
clips = held_out.draw(held_out.factors(torch.arange(32)), moments.expand(32, -1)) / 127.5 - 1
past, future = clips[:, :, :3], clips[:, :, 3:]


def decibels(samples):
    """PSNR of the first sample and of the best of all, as cells of a table."""
    first, best = (horizon(part, future, MEASURES["PSNR"]).best.mean() for part in (samples[:1], samples))
    return f"{first:.1f} | {best:.1f}" if len(samples) > 1 else f"{first:.1f} | "


futures = {"copy the last": past[None, :, :, -1:].expand(1, *future.shape)}
torch.manual_seed(0)
with torch.no_grad():
    futures |= {name: rival.predict(past, future.shape[2], samples=8) for name, rival in rivals.items()}
board = ["| answer | weights that paint | PSNR (dB) | best of 8 |", "|---|--:|--:|--:|"]
for name, samples in futures.items():
    painter = [rivals[name].generator.draw, rivals[name].generator.look] if name in rivals else []
    weights = sum(weight.numel() for part in filter(None, painter) for weight in part.parameters())
    board.append(f"| {name} | {weights:,} | {decibels(samples)} |")
display.show(
    torch.cat([future[:1], *(futures[name][0, :1] for name in rivals)]),
    alt="Four clips, all after the same three given pictures: what came, a shape on its way over black, and what each of "
    "the three predictors paints.",
)
Markdown("\n".join(board))

# %% [markdown] mocolab={"role": "text"}
# Look at the clips before you believe the numbers. After the 100 steps of the cpu tier the ResNet painter had 22 to 24
# dB, and the DCGAN painter 8 in the same steps and between 9 and 13 in the same minutes, which hold more steps or fewer
# as the machine is busy; yet none of them showed a shape. The first had learned that this world is black, the others
# less of that. Copying the last picture had 25 dB *and* a shape. So these rows say who learns black sooner. Who
# predicts better is a question for longer training, and for `mocolab evaluate`, which also asks where the shape is.
#
# And read all such rows with care. They come from one short training with one seed. A row that wins by less than
# another seed would change is no winner; lab 06 shows how to tell. To train longer: `mocolab train mocogan_predict
# --preset cpu --data shapes-acceleration`, once with `--system.draw resnet` and once with `--system.draw dcgan`.
#
# ## What you built
#
# | part | in | out | parameters | in `mocolab` |
# |---|---|---|--:|---|
# | residual block | `[N, C, H, W]` | the same shape | 1,180,160 at 256 | `networks.resnet.ResidualBlock` |
# | generator, 9 blocks | `[N, 3, H, W]` | the same shape | 11,378,179 | `networks.resnet.ResNetGenerator` |
# | effect of a code | layers, picture, codes | two numbers | | |
# | modulated block | maps, codes | the maps' shape | 1,443,328 at 256, 256 | `networks.resnet.ModulatedBlock` |
# | CycleGAN's game | two heaps of pictures | losses, older fakes | | `systems.translation.cyclegan` |
#
# ## What it cannot do
#
# A picture translated frame by frame flickers. A painter that repaints the first picture shows what that picture shows:
# what was hidden behind the shape, or comes into view, has to be made up. Its price is twenty to thirty times that of
# lab 01's painter for a frame. And shapes are easy: one flat colour, no face to recognise. Whether all this survives
# real people is lab 06.
#
# ## Discuss
#
# 1. Same steps or same minutes: which comparison is fair, and to whom? What would you print if you had proposed the
#    ResNet painter, and what if you had proposed the other?
# 2. Would BatchNorm have saved the tiled code, and when not? Think of a batch of one clip whose frames all have the
#    same code.
# 3. An encoder full of InstanceNorm looks at two pictures, one of them darker by a constant. What does it no longer
#    know, and who needs to know it?
#
# ## References
#
# - J.-Y. Zhu, T. Park, P. Isola, A. A. Efros. Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial
#   Networks. ICCV 2017. [arXiv 1703.10593](https://arxiv.org/abs/1703.10593).
# - J. Johnson, A. Alahi, L. Fei-Fei. Perceptual Losses for Real-Time Style Transfer and Super-Resolution. ECCV 2016.
# - X. Mao et al. Least Squares Generative Adversarial Networks. ICCV 2017.
# - X. Huang, M.-Y. Liu, S. Belongie, J. Kautz. Multimodal Unsupervised Image-to-Image Translation. ECCV 2018.
# - A. Almahairi et al. Augmented CycleGAN: Learning Many-to-Many Mappings from Unpaired Data. ICML 2018.
# - Y. Choi et al. StarGAN: Unified Generative Adversarial Networks for Multi-Domain Image-to-Image Translation. CVPR
#   2018.
# - A. Bansal, S. Ma, D. Ramanan, Y. Sheikh. Recycle-GAN: Unsupervised Video Retargeting. ECCV 2018.
