"""Folders of videos: what they become, and that every frame of them is drawn, in order, and no other."""

import multiprocessing
import os
import signal

import numpy as np
import pytest
import torch
from einops import rearrange
from PIL import Image
from video_files import numbered, write_strip, write_video

from mocolab import decoding, media
from mocolab.cli import main
from mocolab.data import TwoDomains, build, categories, check, layouts, open_data
from mocolab.data.inspect import info, show
from mocolab.store import home
from mocolab.system import Needs

SIZE = 8


@pytest.fixture
def folder(tmp_path):
    """Three labelled videos of 5, 7 and 6 frames, in both orientations."""
    write_strip(tmp_path / "walks" / "left" / "a.png", numbered(0, 5))
    write_strip(tmp_path / "walks" / "left" / "b.JPG", numbered(1, 7), upright=True)
    write_strip(tmp_path / "walks" / "right" / "c.png", numbered(2, 6))
    (tmp_path / "walks" / "right" / "notes.txt").write_text("not a video")
    (tmp_path / "walks" / ".hidden").mkdir()
    return tmp_path / "walks"


def test_a_folder_becomes_data(folder):
    data = open_data(str(folder), SIZE)
    assert (data.name, data.size, data.num_frames, data.categories) == (
        str(folder.resolve()),
        SIZE,
        5,
        ("left", "right"),
    )
    assert data.categories == categories(str(folder))
    assert data.lengths.tolist() == [5, 7, 6] and data.labels.tolist() == [0, 0, 1]
    assert np.array_equal(data.pixels, np.concatenate([numbered(0, 5), numbered(1, 7), numbered(2, 6)]))
    assert all(word in info(data) for word in ("left (2)", "right (1)", "5 to 7 frames", "18", str(home())))


def test_every_start_is_drawn_equally_and_frames_are_in_order(folder):
    """Of 3 frames at step 2, that span 5: the videos have 1, 3 and 2 starts, each third shared evenly."""
    data = open_data(str(folder), SIZE)
    drawn, labels = data.clips(9000, 3, 2, np.random.default_rng(0))
    assert drawn.dtype == torch.uint8 and drawn.shape == (9000, 3, 3, SIZE, SIZE) and drawn.is_contiguous()
    video, moments = drawn[:, 0, 0, 0, 0].long(), drawn[:, 1, :, 0, 0].long()
    assert torch.equal(moments - moments[:, :1], torch.tensor([0, 2, 4]).expand(9000, -1))
    assert torch.equal(labels, (video == 2).long())
    counts = torch.bincount(video * 3 + moments[:, 0], minlength=9)
    expected = torch.tensor([3000, 0, 0, 1000, 1000, 1000, 1500, 1500, 0])
    assert torch.equal(counts == 0, expected == 0) and (counts - expected).abs().max() < 200  # 4.5 deviations
    again, _ = data.clips(9000, 3, 2, np.random.default_rng(0))
    assert torch.equal(drawn, again)


def test_single_frames_are_drawn_equally_from_first_to_last(folder):
    data = open_data(str(folder), SIZE)
    frames = data.frames(9000, np.random.default_rng(0))
    assert frames.shape == (9000, 3, SIZE, SIZE)
    counts = torch.bincount(frames[:, 0, 0, 0].long() * 7 + frames[:, 1, 0, 0].long(), minlength=21)
    there = torch.arange(7) < torch.tensor([5, 7, 6])[:, None]
    assert torch.equal(counts > 0, there.flatten()) and (counts[counts > 0] - 500).abs().max() < 100


def test_a_batch_reads_its_own_frames_and_no_others(folder):
    """The array is asked once, for all frames of the batch."""
    data = open_data(str(folder), SIZE)
    assert isinstance(data.pixels.base, np.memmap)

    asked = []

    class Counting(np.ndarray):
        def __getitem__(self, index):
            asked.append(np.shape(index))
            return np.asarray(self)[index]

    data.pixels = data.pixels.view(Counting)
    data.clips(4, 3, 2, np.random.default_rng(0))
    data.frames(5, np.random.default_rng(0))
    assert asked == [(4, 3), (5,)]


@pytest.mark.parametrize("suffix, codec, pixels", [("mkv", "libx264rgb", "rgb24"), ("avi", "rawvideo", "bgr24")])
def test_lossless_videos_are_exact(tmp_path, suffix, codec, pixels):
    write_video(tmp_path / f"a.{suffix}", numbered(3, 9, size=16), codec, pixels)
    data = open_data(str(tmp_path), 16)
    assert np.array_equal(data.pixels, numbered(3, 9, size=16)) and data.categories == ()
    assert data.clips(2, 4, 1, np.random.default_rng(0))[1].tolist() == [0, 0]


def test_videos_and_strips_together(tmp_path):
    blocks = np.repeat(np.repeat(numbered(3, 6, 4), 16, 1), 16, 2)  # 64 px
    media.save(tmp_path / "a.gif", rearrange(torch.from_numpy(blocks), "T H W C -> 1 C T H W"))
    write_video(tmp_path / "b.mp4", blocks, "libx264", "yuv420p")
    write_strip(tmp_path / "c.png", blocks)
    data = open_data(str(tmp_path), 4)
    assert data.lengths.tolist() == [6, 6, 6]
    error = np.abs(data.pixels[6:12].astype(int) - data.pixels[12:])
    assert error.mean() < 12 and np.array_equal(data.pixels[12:], numbered(3, 6, 4))


def test_the_centre_is_cut_out_and_averaged(tmp_path):
    wide = np.zeros((1, 16, 24, 3), dtype=np.uint8)
    wide[:, :, 4:20] = np.random.default_rng(0).integers(256, size=(1, 16, 16, 3))
    write_video(tmp_path / "a.avi", wide.repeat(3, 0), "rawvideo", "bgr24")
    data = open_data(str(tmp_path), 8)
    mean = wide[0, :, 4:20].reshape(8, 2, 8, 2, 3).mean((1, 3))
    assert np.abs(data.pixels[0] - mean).max() <= 1  # rounded along each axis
    assert open_data(str(tmp_path), 32).pixels.shape == (3, 32, 32, 3)


def test_damaged_files_are_named_and_left_out_whole(folder):
    """A video that breaks off half-way leaves nothing of itself behind."""
    write_video(folder / "left" / "aa.mkv", numbered(9, 60, size=64), "libx264", "yuv420p")
    path = folder / "left" / "aa.mkv"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (folder / "right" / "zero.mp4").write_bytes(b"")
    write_strip(folder / "right" / "photo.png", np.zeros((1, 8, 12, 3), dtype=np.uint8))
    with pytest.warns(UserWarning, match=r"3 of 6 videos were left out: .*aa\.mkv .*photo\.png .*zero\.mp4 "):
        data = open_data(str(folder), SIZE)
    assert data.lengths.tolist() == [5, 7, 6] and data.labels.tolist() == [0, 0, 1]
    assert np.array_equal(data.pixels, np.concatenate([numbered(0, 5), numbered(1, 7), numbered(2, 6)]))
    assert "zero.mp4" in info(open_data(str(folder), SIZE))


def test_what_cannot_be_data_is_refused_in_a_sentence(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        ValueError, match=r"No videos were found in .*empty.*video files.*strips.*folders of such pictures.*arrays"
    ):
        open_data(str(tmp_path / "empty"), SIZE)
    (tmp_path / "empty" / "a.mp4").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="None of the 1 videos"):
        open_data(str(tmp_path / "empty"), SIZE)
    with pytest.raises(ValueError, match=r"'shaps' is neither a folder nor a data set.*did you mean shapes\?"):
        open_data("shaps", SIZE)
    data = open_data(str(folder), SIZE)
    with pytest.raises(
        ValueError, match=r"spans 6 frames, but the shortest video of .*walks has 5.*folder with --least 6"
    ):
        data.clips(1, 6, 1, np.random.default_rng(0))
    write_strip(folder / "loose.png", numbered(0, 5))
    with pytest.raises(ValueError, match="both with labels"):
        open_data(str(folder), SIZE)


def test_check_compares_needs_with_the_data(folder):
    data = open_data(str(folder), SIZE)
    good = {"clips": 2, "num_frames": 3, "step": 2, "size": SIZE, "labels": 2}
    check(data, Needs(**good))
    check(TwoDomains(data, data), Needs(**good, domains=2))
    for wrong, match in (
        ({"step": 3}, "spans 7 frames"),
        ({"size": 16}, "frames of 16 px"),
        ({"labels": 4}, "labels of 4 categories"),
        ({"domains": 2}, "2 domain"),
    ):
        with pytest.raises(ValueError, match=match):
            check(data, Needs(**good | wrong))


def content(store) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.iterdir()}


@pytest.fixture
def decoded(monkeypatch):
    """The names of the videos that are decoded."""
    read, names = decoding.read, []
    monkeypatch.setattr(decoding, "read", lambda path, *how: names.append(path.name) or read(path, *how))
    return names


def test_only_what_has_changed_is_decoded_again(folder, decoded):
    first = open_data(str(folder), SIZE)
    assert open_data(str(folder), SIZE).store == first.store and sorted(decoded) == ["a.png", "b.JPG", "c.png"]
    open_data(str(folder), 4)
    assert len(decoded) == 6
    write_strip(folder / "right" / "c.png", numbered(7, 6))
    write_strip(folder / "left" / "aa.png", numbered(8, 5))
    (folder / "left" / "b.JPG").unlink()
    changed = open_data(str(folder), SIZE)
    assert sorted(decoded[6:]) == ["aa.png", "c.png"] and changed.store == first.store
    assert np.array_equal(changed.pixels, np.concatenate([numbered(0, 5), numbered(8, 5), numbered(7, 6)]))
    assert first.pixels[-1, 0, 0, 0] == 2, "who has the old store open keeps it"


def test_a_store_built_twice_is_byte_identical(folder, monkeypatch, tmp_path):
    (folder / "left" / "broken.mp4").write_bytes(b"")
    first = content(open_data(str(folder), SIZE).store)
    monkeypatch.setenv("MOCOLAB_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(build, "WORKERS", 1)
    assert content(open_data(str(folder), SIZE).store) == first


def _build_and_die(folder) -> None:
    read = decoding.read
    build.WORKERS = 1

    def deadly(path, *how):
        return os.kill(os.getpid(), signal.SIGKILL) if path.name == "c.png" else read(path, *how)

    decoding.read = deadly
    open_data(str(folder), SIZE)


def test_a_killed_build_goes_on_where_it_was(folder, decoded, monkeypatch, tmp_path):
    for number in range(6):
        write_strip(folder / "left" / f"z{number}.png", numbered(10 + number, 5))
    process = multiprocessing.get_context("fork").Process(target=_build_and_die, args=(folder,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    unfinished, *others = [path for path in (home() / "data").iterdir() if path.is_dir()]
    assert unfinished.name.startswith(".walks") and not others
    with open(unfinished / "manifest.jsonl", "a") as torn:
        torn.write('{"file": "left/')
    before = len(build.read_manifest(unfinished))
    assert 0 < before < 9
    resumed = open_data(str(folder), SIZE)
    assert len(decoded) == 9 - before and [path.name[:5] for path in (home() / "data").glob("*/")] == ["walks"]
    monkeypatch.setenv("MOCOLAB_HOME", str(tmp_path / "elsewhere"))
    assert content(open_data(str(folder), SIZE).store) == content(resumed.store)


def test_a_full_disk_is_told_and_what_is_done_is_kept(folder, monkeypatch, decoded):
    fit, calls = build.fit, []

    def full(*what):
        calls.append(what)
        if len(calls) > 8:
            raise OSError(28, "No space left on device")
        return fit(*what)

    monkeypatch.setattr(build, "WORKERS", 1)
    monkeypatch.setattr(build, "fit", full)
    with pytest.raises(OSError, match=r"No space left.*free some space and start again"):
        open_data(str(folder), SIZE)
    monkeypatch.setattr(build, "fit", fit)
    decoded.clear()
    assert open_data(str(folder), SIZE).lengths.tolist() == [5, 7, 6]


def test_show_writes_pictures(folder, tmp_path):
    paths = show(open_data(str(folder), SIZE), tmp_path / "out", num_clips=2, num_frames=3)
    assert [path.name for path in paths] == ["walks.png", "walks.gif"] and media.load(paths[1]).shape[1] == 3
    assert "on the fly" in info(open_data("shapes-labels", 32))


def test_the_command_line_builds_tells_and_shows(folder, tmp_path, capsys, monkeypatch):
    """What a build left out stays out for whoever opens the folder afterwards."""
    monkeypatch.chdir(folder.parent)
    with pytest.warns(UserWarning, match="1 of 3 videos were left out"):
        main(["data", "build", "walks", "--size", "8", "--least", "6"])
    built = capsys.readouterr().out
    assert all(word in built for word in ("6 to 7 frames", "left (1), right (1)", "a.png has 5 frame(s)"))
    main(["data", "info", "walks", "--size", "8"])
    assert capsys.readouterr().out == built
    main(["data", "show", "walks", "--size", "8", "--clips", "2", "--frames", "3", "--out", "out"])
    assert capsys.readouterr().out.split() == ["out/walks.png", "out/walks.gif"]
    assert media.load(tmp_path / "out" / "walks.gif").shape[1] == 3
    main(["data", "list"])
    assert f"from {folder.resolve()}" in capsys.readouterr().out


def test_real_strips(real_data):
    """The released sets as far as they are here; the actions' names end in .jpg, and they are PNG."""
    actions = open_data(str(real_data("mocogan/actions")), 64)
    assert len(actions.lengths) == 48 and actions.num_frames == 51 and actions.lengths.max() == 146
    assert actions.categories == ("0", "1", "3", "4") and actions.labels.bincount().tolist() == [12] * 4
    assert len(layouts.find(real_data("mocogan/shapes"))) == 2000
    one = sorted((real_data("mocogan/actions") / "0").iterdir())[0]
    with Image.open(one) as strip:
        pixels = np.asarray(strip)[..., :3]
    assert np.array_equal(actions.pixels[: actions.lengths[0]], rearrange(pixels, "H (T W) C -> T H W C", W=64))
