"""The published networks, written down once more from their table, give what ours give with the same tensors."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from mocolab.interop import generator_sizes, load_official, open_official
from mocolab.loading import from_official
from mocolab.networks.discriminators import CategoricalClipDiscriminator, ClipDiscriminator, FrameDiscriminator
from mocolab.networks.generators import ClipGenerator, FrameGenerator
from mocolab.networks.latents import ContentMotionLatent

WIDTH = 4


class Noise(nn.Module):
    def forward(self, x):
        return x + 0.1 * torch.randn_like(x)


class VideoGenerator(nn.Module):
    """Published: a GRU cell and five transposed convolutions; z = [content, category, motion]."""

    def __init__(self, content: int, category: int, motion: int):
        super().__init__()
        self.content, self.category, self.motion = content, category, motion
        self.recurrent = nn.GRUCell(motion, motion)
        layers, channels = [], [content + category + motion, 8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH]
        for (before, after), stride, padding in zip(pairwise(channels), [1, 2, 2, 2], [0, 1, 1, 1]):
            layers += [nn.ConvTranspose2d(before, after, 4, stride, padding, bias=False)]
            layers += [nn.BatchNorm2d(after), nn.ReLU()]
        self.main = nn.Sequential(*layers, nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, clips: int, frames: int, label=None):
        """Draws content, then h_0, then the noise of every step."""
        held = [torch.randn(clips, self.content)]
        if self.category:
            held.append(torch.eye(self.category)[label])
        state, moments = torch.randn(clips, self.motion), []
        for _ in range(frames):
            state = self.recurrent(torch.randn(clips, self.motion), state)
            moments.append(torch.cat([*held, state], dim=1))
        codes = torch.stack(moments, dim=1).flatten(0, 1)
        return self.main(codes[:, :, None, None]).view(clips, frames, 3, 64, 64).transpose(1, 2)


class Judge(nn.Module):
    """Published: `levels` strided convolutions with noise before each, norm from the second on; then `last`."""

    def __init__(self, conv, norm, levels: int, last: list[nn.Module], **inside):
        super().__init__()
        layers, channels = [], [3, WIDTH, 2 * WIDTH, 4 * WIDTH, 8 * WIDTH][: levels + 1]
        for before, after in pairwise(channels):
            layers += [Noise(), conv(before, after, 4, bias=False, **inside)]
            layers += [nn.LeakyReLU(0.2)] if before == 3 else [norm(after), nn.LeakyReLU(0.2)]
        self.main = nn.Sequential(*layers, *last)

    def forward(self, x):
        return self.main(x)


FLAT = {"stride": 2, "padding": 1}
DEEP = {"stride": (1, 2, 2), "padding": (0, 1, 1)}


def judges():
    """Name -> the published network, ours, and what it judges."""
    frames, clips = (3, 3, 64, 64), (2, 3, 16, 64, 64)
    flat, deep = (nn.Conv2d, nn.BatchNorm2d), (nn.Conv3d, nn.BatchNorm3d)
    return {
        "ImageDiscriminator": (
            Judge(*flat, 4, [nn.Conv2d(8 * WIDTH, 1, 4, bias=False)], **FLAT),
            FrameDiscriminator(WIDTH, patch=False, noise=0.1),
            frames,
        ),
        "PatchImageDiscriminator": (
            Judge(*flat, 3, [Noise(), nn.Conv2d(4 * WIDTH, 1, 4, bias=False, **FLAT)], **FLAT),
            FrameDiscriminator(WIDTH, noise=0.1),
            frames,
        ),
        "VideoDiscriminator": (
            Judge(*deep, 4, [nn.Conv3d(8 * WIDTH, 1, 4, bias=False)], **DEEP),
            ClipDiscriminator(WIDTH, patch=False, noise=0.1),
            clips,
        ),
        "PatchVideoDiscriminator": (
            Judge(*deep, 3, [nn.Conv3d(4 * WIDTH, 1, 4, bias=False, **DEEP)], **DEEP),
            ClipDiscriminator(WIDTH, noise=0.1),
            clips,
        ),
        "CategoricalVideoDiscriminator": (
            Judge(*deep, 4, [nn.Conv3d(8 * WIDTH, 1 + 5, 4, bias=False)], **DEEP),
            CategoricalClipDiscriminator(5, WIDTH, noise=0.1),
            clips,
        ),
    }


def trained(network: nn.Module) -> nn.Module:
    """As if trained: no tensor is what it was initialised to."""
    for name, tensor in network.state_dict().items():
        if name.endswith("num_batches_tracked"):
            tensor.fill_(7)
        elif name.endswith("running_mean"):
            tensor.normal_(std=0.3)
        elif tensor.ndim == 1:
            tensor.uniform_(0.5, 1.5)
    return network


def old(network: nn.Module) -> dict:
    """Its state dict as torch 0.2 wrote it."""
    return {name: tensor for name, tensor in network.state_dict().items() if not name.endswith("num_batches_tracked")}


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("name", judges())
def test_judges_agree(name, train):
    torch.manual_seed(0)
    published, ours, shape = judges()[name]
    load_official(ours, old(trained(published)))
    x = torch.randn(shape)
    torch.manual_seed(1)
    expected = published.train(train)(x)
    torch.manual_seed(1)
    found = ours.train(train)(x)
    assert expected.std() > 0.01
    torch.testing.assert_close(found.flatten(), expected.flatten(), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("categories", [0, 4])
def test_generators_agree(categories, train, tmp_path):
    """From the file alone to equal clips, in the old file format too; the same luck gives the same clip."""
    torch.manual_seed(0)
    published = trained(VideoGenerator(5, categories, 3))
    torch.save(old(published), tmp_path / "generator.pt", _use_new_zipfile_serialization=train)
    state = open_official(tmp_path / "generator.pt")

    sizes = generator_sizes(state, categories)
    assert sizes == {"content_dim": 5, "motion_dim": 3, "categories": categories, "width": WIDTH, "size": 64}
    ours = from_official(tmp_path / "generator.pt", categories).generator

    label = torch.tensor([3, 1]) if categories else None
    torch.manual_seed(1)
    expected = published.train(train)(2, 6, label)
    torch.manual_seed(1)
    found = ours.train(train)(2, 6, label=label)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_other_sizes_are_read_off():
    latent = ContentMotionLatent(7, 2)
    state = ClipGenerator(latent, FrameGenerator(latent.dim, width=6, size=32)).state_dict()
    official = {
        k.replace("latent.motion.cell", "recurrent").replace("draw.layers", "main"): v for k, v in state.items()
    }
    assert generator_sizes(official) == {"content_dim": 7, "motion_dim": 2, "categories": 0, "width": 6, "size": 32}
    with pytest.raises(ValueError, match="7 numbers for content"):
        generator_sizes(official, categories=7)
    with pytest.raises(ValueError, match="VideoGenerator"):
        generator_sizes({"main.1.weight": torch.zeros(4, 3, 4, 4)})


def test_nothing_is_half_loaded():
    """One wrong tensor among many right ones: each problem is named, and not a weight has changed."""
    published, ours, _ = judges()["PatchImageDiscriminator"]
    before = {name: tensor.clone() for name, tensor in ours.state_dict().items()}
    state = old(trained(published))
    state["main.1.weight"] = state["main.1.weight"][:, :1]
    state["main.5.weird"] = state.pop("main.5.running_var")
    with pytest.raises(ValueError) as refused:
        load_official(ours, state)
    for problem in (
        "main.1.weight is [4, 1, 4, 4] and not [4, 3, 4, 4]",
        "main.5.running_var is missing",
        "main.5.weird is unexpected",
    ):
        assert problem in str(refused.value)
    assert all(torch.equal(tensor, before[name]) for name, tensor in ours.state_dict().items())


class Trap:
    """Unpickling it would be noticed."""

    def __reduce__(self):
        return pytest.fail, ("a pickled object was run",)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("content", [nn.Linear(2, 2), Trap(), [torch.zeros(2)], {"epoch": 3}])
def test_other_pickles_are_refused_unopened(content, zipped, tmp_path):
    path = tmp_path / "generator.pytorch"
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match=r"torch\.save\(network\.state_dict\(\), path\)"):
        open_official(path)


def test_files_that_are_none_of_torch(tmp_path):
    for content in (b"", b"not a checkpoint", b"PK\x03\x04 damaged"):
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(ValueError, match="holds no state dict"):
            open_official(tmp_path / "file")
    with pytest.raises(FileNotFoundError):
        open_official(tmp_path / "absent")
