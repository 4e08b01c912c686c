"""Any folder of videos: every layout becomes the same clips; choices, tables, and splits that leak nothing."""

from pathlib import Path

import numpy as np
import pytest
from einops import rearrange
from PIL import Image
from video_files import numbered, write_folder, write_strip, write_video

from mocolab.cli import main
from mocolab.data import build_folder, open_data
from mocolab.data.build import Choices
from mocolab.data.layouts import find
from mocolab.data.splits import held_out

SIZE = 16
CLIPS = [numbered(3, 12, SIZE), numbered(4, 14, SIZE)]


def write_gif(path: Path, frames: np.ndarray) -> None:
    """Exact: at most 256 colours a frame, each frame with its own palette."""
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *rest = [Image.fromarray(frame).quantize(256) for frame in frames]
    first.save(path, save_all=True, append_images=rest, duration=40)


def write_array(path: Path, frames: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, frames)


WRITERS = {
    "video.mkv": write_video,
    "video.MOV": write_video,
    "film.avi": lambda path, frames: write_video(path, frames, "rawvideo", "bgr24"),
    "strip.png": write_strip,
    "upright.jpg": lambda path, frames: write_strip(path, frames, upright=True),
    "array.npy": write_array,
    "frames": write_folder,
    "bitmaps.mp4": lambda path, frames: write_folder(path, frames, "frame-{}.bmp"),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("labels", [(), ("run", "walk")])
def test_every_layout_gives_the_same_frames(tmp_path, name, labels):
    """12 and 14 frames: frame 10 comes after frame 9 although it is before it in the dictionary."""
    for number, frames in enumerate(CLIPS):
        WRITERS[name](tmp_path / "set" / (labels[number] if labels else "") / f"{number}-{name}", frames)
    data = open_data(str(tmp_path / "set"), SIZE)
    assert np.array_equal(data.pixels, np.concatenate(CLIPS)) and data.lengths.tolist() == [12, 14]
    assert data.categories == labels and data.labels.tolist() == ([0, 1] if labels else [0, 0])


def test_one_folder_of_frames_is_one_video(tmp_path):
    write_folder(tmp_path / "frames", CLIPS[0], "{:03}.png")
    assert np.array_equal(open_data(str(tmp_path / "frames"), SIZE).pixels, CLIPS[0])


@pytest.mark.parametrize("suffix, codec", [("mpg", "mpeg1video"), ("webm", "libvpx"), ("mp4", "libx264")])
def test_lossy_videos_are_near(tmp_path, suffix, codec):
    blocks = np.repeat(np.repeat(numbered(3, 12, 4), 16, 1), 16, 2)
    write_video(tmp_path / f"a.{suffix}", blocks, codec, "yuv420p")
    data = open_data(str(tmp_path), 4)
    assert (
        data.lengths.tolist() == [12]
        and np.abs(data.pixels[..., :2].astype(int) - numbered(3, 12, 4)[..., :2]).mean() < 12
    )


def test_gifs_play_at_their_own_pace(tmp_path):
    """Frames on show for 0.1, 0.3 and 0.1 seconds, asked for every 0.1 seconds."""
    first, *rest = [Image.new("RGB", (SIZE, SIZE), (shade, 0, 0)) for shade in (50, 100, 200)]
    first.save(tmp_path / "a.gif", save_all=True, append_images=rest, duration=[100, 300, 100])
    assert build_folder(str(tmp_path), SIZE, Choices(fps=10.0)).pixels[:, 0, 0, 0].tolist() == [50, 100, 100, 100, 200]


@pytest.mark.parametrize(
    "moments, fps, shown",
    [
        (range(0, 480, 40), 0.0, list(range(12))),
        (range(0, 480, 40), 12.5, [0, 2, 4, 6, 8, 10]),
        (range(0, 480, 40), 50.0, [n // 2 for n in range(23)]),
        ([0, 40, 80, 400, 440], 25.0, [0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 4]),
        ([500, 510, 700], 10.0, [0, 1, 2]),
    ],
)
def test_a_pace_is_what_a_player_shows(tmp_path, moments, fps, shown):
    """Of constant and of variable rates; no frame is shown before its time, or before a later one."""
    write_video(tmp_path / "a.mkv", CLIPS[0][: len(moments)], moments=list(moments))
    assert build_folder(str(tmp_path), SIZE, Choices(fps=fps)).pixels[:, 0, 0, 1].tolist() == shown


@pytest.mark.parametrize("name, channels", [("grey", 1), ("alpha", 4), ("flat", 0)])
def test_arrays_and_pictures_of_any_channels(tmp_path, name, channels):
    frames = numbered(0, 12, SIZE)
    stored = frames[..., 1] if channels == 0 else np.concatenate([frames, frames], 3)[..., 1 : 1 + channels]
    np.save(tmp_path / "a.npy", stored)
    expected = frames[..., [1, 1, 1]] if channels < 3 else np.concatenate([frames, frames], 3)[..., 1:4]
    assert np.array_equal(open_data(str(tmp_path), SIZE).pixels, expected)


def test_the_whole_picture_stands_on_a_black_square(tmp_path):
    wide = np.full((3, 32, 64, 3), 200, np.uint8)
    write_video(tmp_path / "a.avi", wide, "rawvideo", "bgr24")
    pixels = build_folder(str(tmp_path), SIZE, Choices(crop="none")).pixels
    assert (pixels[:, 4:12] == 200).all() and not pixels[:, :4].any() and not pixels[:, 12:].any()
    assert (build_folder(str(tmp_path), SIZE, Choices()).pixels == 200).all()


def test_a_phone_held_upright(tmp_path):
    """The matrix in the head of an MP4 turns the picture by a quarter, clockwise, to the eye."""
    turned = np.zeros((4, 32, 64, 3), np.uint8)
    turned[:, :, :32] = 255  # the left half; it will be the upper
    write_video(tmp_path / "a.mp4", turned, "libx264", "yuv420p")
    content = bytearray((tmp_path / "a.mp4").read_bytes())
    matrix = content.index(b"tkhd") + 44
    content[matrix : matrix + 36] = np.array([0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30], ">i4").tobytes()
    (tmp_path / "a.mp4").write_bytes(content)
    pixels = build_folder(str(tmp_path), SIZE, Choices(crop="none")).pixels
    assert pixels[:, :8, 4:12].min() > 240 and pixels[:, 8:].max() < 15


def test_a_table_tells_boxes_labels_groups_and_splits(tmp_path):
    for name, frames in zip(("a", "b", "c"), (numbered(1, 5, 24), numbered(2, 5, 24), numbered(3, 5, 24))):
        write_array(tmp_path / "set" / f"{name}.npy", frames)
    table = tmp_path / "about.csv"
    table.write_text(
        "file ; left;top;right;bottom; label ;group;split\na.npy; 2;4;18;20;x;p;train\nb.npy;;;;; y ; q ;\n"
    )
    with pytest.raises(ValueError, match="both with labels"):
        build_folder(str(tmp_path / "set"), SIZE, Choices(table=table))
    table.write_text(table.read_text() + "c.npy;0;0;16;16;x;q;test\n")
    data = build_folder(str(tmp_path / "set"), SIZE, Choices(table=table))
    assert np.array_equal(data.pixels[:5], numbered(1, 5, 24)[:, 4:20, 2:18])
    assert data.categories == ("x", "y") and data.labels.tolist() == [0, 1, 0] and data.groups == ["p", "q", "q"]
    assert open_data(str(tmp_path / "set"), SIZE, split="test").files == ["b.npy", "c.npy"], "where one of q is"
    assert open_data(str(tmp_path / "set"), SIZE, split="train").files == ["a.npy"]


def test_choices_are_remembered_for_the_folder(tmp_path, capsys):
    write_video(tmp_path / "set" / "a.mkv", CLIPS[0])
    write_video(tmp_path / "set" / "b.mkv", CLIPS[0][:3])
    with pytest.warns(UserWarning, match=r"1 of 2 .*b\.mkv has 2 frame\(s\), fewer than the 4 of --least"):
        main(["data", "build", str(tmp_path / "set"), "--size", "16", "--fps", "12.5", "--least", "4"])
    assert "6 to 6 frames" in capsys.readouterr().out
    assert open_data(str(tmp_path / "set"), SIZE).lengths.tolist() == [6]
    with pytest.raises(SystemExit, match="None of the 2 videos"):
        main(["data", "build", str(tmp_path / "set"), "--least", "40"])
    assert open_data(str(tmp_path / "set"), SIZE).lengths.tolist() == [6], "choices that failed are not kept"
    main(["data", "build", str(tmp_path / "set"), "--size", "16"])
    assert open_data(str(tmp_path / "set"), SIZE).lengths.tolist() == [12, 3]


def test_no_group_is_on_both_sides(tmp_path):
    """40 people, each in three folders of one label or another, and none is seen in training and in testing."""
    for person in range(40):
        for clip in range(3):
            write_array(
                tmp_path / "set" / f"act{clip % 2}" / f"person{person}" / f"{clip}.npy", numbered(person, 4, SIZE)
            )
    parts = [open_data(str(tmp_path / "set"), SIZE, split=split) for split in ("train", "test", None)]
    train, test, every = ({file.split("/")[1] for file in data.files} for data in parts)
    assert not train & test and train | test == every and len(every) == 40 and 1 <= len(test) <= 10
    seen = [set(data.clips(3000, 2, 1, np.random.default_rng(0))[0][:, 0, 0, 0, 0].tolist()) for data in parts]
    assert [len(persons) for persons in seen] == [len(train), len(test), 40] and not seen[0] & seen[1]
    frames = [set(data.frames(3000, np.random.default_rng(0))[:, 0, 0, 0].tolist()) for data in parts]
    assert frames == seen


def test_what_is_held_out_depends_on_names_alone():
    groups = [f"person{number}" for number in range(1000)]
    chosen = held_out(groups)
    assert 70 < len(chosen) < 130 and held_out(reversed(groups)) == chosen
    assert chosen & set(groups[:500]) == held_out(groups[:500]), "more people move nobody to the other side"
    assert len(held_out(["a", "b"])) == 1 and not held_out(["a"]) and not held_out([])


def test_folders_of_train_and_test_are_the_split(tmp_path):
    for split, label, number in (("train", "run", 0), ("train", "walk", 1), ("test", "run", 2)):
        write_array(tmp_path / "set" / split / label / f"{number}.npy", numbered(number, 5, SIZE))
    data = open_data(str(tmp_path / "set"), SIZE, split="test")
    assert data.files == ["test/run/2.npy"] and data.categories == ("run", "walk")
    write_array(tmp_path / "one" / "a.npy", numbered(0, 5, SIZE))
    with pytest.raises(ValueError, match=r"no videos to test with: 1 videos are 1 group.*--table"):
        open_data(str(tmp_path / "one"), SIZE, split="test")


def test_a_folder_that_links_lead_to_again_is_read_once(tmp_path):
    write_array(tmp_path / "set" / "a" / "1.npy", numbered(0, 5, SIZE))
    (tmp_path / "set" / "a" / "up").symlink_to(tmp_path / "set")
    (tmp_path / "set" / "z").symlink_to(tmp_path / "set" / "a")
    assert [source.name for source in find(tmp_path / "set")] == ["a/1.npy"]


def test_official_strips_look_alike_in_every_layout(real_data, tmp_path):
    """A real strip as strip, as frames and as array."""
    path = sorted((real_data("mocogan/actions") / "0").iterdir())[0]
    strip = rearrange(np.asarray(Image.open(path).convert("RGB")), "H (T W) C -> T H W C", W=64)
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.jpg").write_bytes(path.read_bytes())
    write_array(tmp_path / "set" / "b.npy", strip)
    write_folder(tmp_path / "set" / "c", strip)
    data = open_data(str(tmp_path / "set"), 64)
    assert np.array_equal(data.pixels, np.concatenate([strip] * 3))
