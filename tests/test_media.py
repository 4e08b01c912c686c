"""Clips come back from files as they went in, or as near as the format allows."""

import numpy as np
import pytest
import torch
from einops import rearrange
from PIL import Image

from mocolab import media
from mocolab.data import open_data


@pytest.fixture
def clips():
    """Six drawn shapes [6, 3, 8, 32, 32] in bytes."""
    data = open_data("shapes", 32)
    return data.draw(data.factors(torch.arange(6)), torch.arange(0, 32, 4).expand(6, -1))


def test_grid_enlarges_by_whole_numbers_and_keeps_order(clips):
    shown = media.grid(clips, columns=3)
    height, width = 2 * (128 + 4) + 4, 3 * (128 + 4) + 4
    assert shown.shape == (3, 8, height, width)
    for position, clip in enumerate(clips):
        top, left = (4 + 132 * place for place in divmod(position, 3))
        cell = shown[..., top : top + 128, left : left + 128]
        assert torch.equal(cell[..., 1::4, 2::4], clip) and torch.equal(cell[..., ::4, 3::4], clip)
    assert (shown[..., :4, :] == media.PAPER).all() and (shown[..., 132:136] == media.PAPER).all()
    assert media.grid(clips[:1], least=32).shape == (3, 8, 40, 40)
    assert media.grid(clips[:5], columns=2, least=32).shape == (3, 8, 3 * 36 + 4, 2 * 36 + 4)


def test_gif_keeps_up_to_256_colours_exactly(clips, tmp_path):
    media.save(tmp_path / "a.gif", clips.float() / 127.5 - 1)
    assert torch.equal(media.load(tmp_path / "a.gif"), media.grid(clips))
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.info["loop"] == 0 and gif.info["duration"] == 100


def test_gif_of_many_colours_keeps_the_small_shapes(tmp_path):
    """A shape of 1 % of the picture among thousands of shades of noise."""
    clips = torch.randint(0, 30, (4, 3, 4, 64, 64), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    colours = torch.tensor([[250, 40, 40], [40, 250, 40], [40, 90, 250], [200, 200, 30]])
    shapes = clips[..., 20:27, 30:37]
    shapes += colours[:, :, None, None, None].byte() - 20
    wanted = media.grid(clips).int()
    media.save(tmp_path / "a.gif", clips)
    error = (media.load(tmp_path / "a.gif").int() - wanted).abs()
    assert error[(wanted.amax(dim=0) > 100).expand(3, -1, -1, -1)].float().mean() < 4


def test_mp4_is_near_and_of_even_size(clips, tmp_path):
    media.save(tmp_path / "a.mp4", clips[..., :31, :31], columns=3, fps=25)
    loaded, shown = media.load(tmp_path / "a.mp4"), media.grid(clips[..., :31, :31], columns=3)
    assert loaded.shape[-2] % 2 == loaded.shape[-1] % 2 == 0 and loaded.shape[1] == 8
    assert (loaded[..., : shown.shape[2], : shown.shape[3]].float() - shown.float()).abs().mean() < 1


def test_png_of_one_clip_is_a_strip_and_of_several_a_sheet(clips, tmp_path):
    media.save(tmp_path / "strip.png", clips[:1])
    with Image.open(tmp_path / "strip.png") as strip:
        assert strip.size == (8 * 32, 32)
    assert torch.equal(media.load(tmp_path / "strip.png"), clips[0])
    media.save(tmp_path / "sheet.png", clips[:3])
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (8 * 68 + 4, 3 * 68 + 4)


def test_one_channel_is_shown_grey(tmp_path):
    clips = torch.linspace(-1, 1, 2 * 16 * 16).reshape(1, 1, 2, 16, 16)
    media.save(tmp_path / "a.png", clips)
    loaded = media.load(tmp_path / "a.png")
    assert torch.equal(loaded[0], loaded[2]) and torch.equal(loaded[1], ((clips[0, 0] + 1) * 127.5).round().byte())


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
@pytest.mark.parametrize("upright", [False, True])
def test_strips_of_any_kind(clips, tmp_path, mode, upright):
    """In both orientations, with alpha (dropped, not blended), in grey or with a palette, and named .jpg."""
    pattern = "C T H W -> (T H) W C" if upright else "C T H W -> H (T W) C"
    image = Image.fromarray(rearrange(clips[1], pattern).numpy()).convert(mode)
    if mode == "RGBA":
        image.putalpha(7)
    image.save(tmp_path / "a.jpg", format="png")
    expected = torch.from_numpy(np.array(image.convert("RGB")))
    assert torch.equal(rearrange(media.load(tmp_path / "a.jpg"), pattern), expected)


def test_what_cannot_be_read_or_written_is_refused(clips, tmp_path):
    with pytest.raises(ValueError, match=r"name it \.gif, \.mp4 or \.png"):
        media.save(tmp_path / "a.tiff", clips)
    with pytest.raises(ValueError, match="clips are video files"):
        media.load(tmp_path / "a.txt")
    with pytest.raises(ValueError, match=r"b\.mp4 cannot be read"):
        media.load(tmp_path / "b.mp4")
    Image.new("RGB", (100, 64)).save(tmp_path / "photo.png")
    with pytest.raises(ValueError, match="square frames, but its sides, 100 and 64 px, are not multiples"):
        media.load(tmp_path / "photo.png")
    Image.new("I;16", (128, 64)).save(tmp_path / "deep.png")
    with pytest.raises(ValueError, match="8 bits"):
        media.load(tmp_path / "deep.png")


@pytest.mark.parametrize("suffix", [".png", ".gif", ".mp4"])
def test_half_a_file_is_damaged(clips, tmp_path, suffix):
    noise = torch.randint(0, 256, (1, 3, 8, 64, 64), dtype=torch.uint8)
    path = tmp_path / f"a{suffix}"
    media.save(path, noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    with pytest.raises(ValueError, match="cannot be read"):
        media.load(path)


def test_a_failed_write_leaves_the_old_file(clips, tmp_path, monkeypatch):
    media.save(tmp_path / "a.gif", clips)
    before = (tmp_path / "a.gif").read_bytes()
    monkeypatch.setattr(media, "_write_gif", lambda path, clip, fps: path.write_bytes(b"half") and 1 / 0)
    with pytest.raises(ZeroDivisionError):
        media.save(tmp_path / "a.gif", clips)
    assert [file.name for file in tmp_path.iterdir()] == ["a.gif"] and (tmp_path / "a.gif").read_bytes() == before
