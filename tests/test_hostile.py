"""What people really have in their folders: every broken thing is named and left out, and nothing else is lost."""

import os
import pickle
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from video_files import numbered, write_folder, write_strip, write_video

from mocolab.data import build_folder, open_data
from mocolab.data.build import Choices, read_manifest

SIZE = 16
CLIP = numbered(3, 12, 64)


def encoded(suffix: str, codec: str = "libx264", pixels: str = "yuv420p", frames: np.ndarray = CLIP) -> Callable:
    """A writer of a video of that kind, whatever the name of the file."""

    def write(path: Path) -> None:
        write_video(path.with_name(f"x.{suffix}"), frames, codec, pixels)
        path.with_name(f"x.{suffix}").rename(path)

    return write


def picture(image: Image.Image, kind: str = "png") -> Callable:
    return lambda path: image.save(path, format=kind)


def array(content: np.ndarray) -> Callable:
    """`np.save` would add its own suffix to another name."""

    def write(path: Path) -> None:
        with open(path, "wb") as file:
            np.save(file, content)

    return write


def cut(write: Callable, share: float = 0.6) -> Callable:
    """The beginning of the file alone, as a broken download leaves it."""

    def write_less(path: Path) -> None:
        write(path)
        os.truncate(path, int(path.stat().st_size * share))

    return write_less


def scratched(write: Callable) -> Callable:
    """A tenth of the file, in its middle, is overwritten by noise."""

    def write_noisy(path: Path) -> None:
        write(path)
        content = bytearray(path.read_bytes())
        length = len(content) // 10
        content[5 * length : 6 * length] = np.random.default_rng(0).bytes(length)
        path.write_bytes(content)

    return write_noisy


def frames_with(name: str, spoil: Callable) -> Callable:
    """A folder of five frames, of which one is spoilt."""

    def write(path: Path) -> None:
        write_folder(path, CLIP[:5])
        spoil(path / name)

    return write


def sound(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))


def strip(frames: np.ndarray) -> Image.Image:
    return Image.fromarray(np.concatenate(list(frames), axis=1))


def text(content: str) -> Callable:
    return lambda path: path.write_text(content)


def link(target: str) -> Callable:
    return lambda path: path.symlink_to(target)


def locked(path: Path) -> None:
    np.save(path, CLIP)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")


NOISE = np.random.default_rng(0).integers(256, size=(12, 64, 64, 3), dtype=np.uint8)
BROKEN = {
    "no bytes, video": ("a.mp4", text(""), "Invalid data"),
    "no bytes, strip": ("a.png", text(""), "cannot identify"),
    "no bytes, array": ("a.npy", text(""), "cannot be read"),
    "half an mp4": ("a.mp4", cut(encoded("mp4")), "cannot be read"),
    "half a mov": ("a.mov", cut(encoded("mov")), "cannot be read"),
    "half an mkv": ("a.mkv", cut(encoded("mkv", frames=NOISE)), "its pictures end"),
    "half a webm": ("a.webm", cut(encoded("webm", "libvpx", frames=NOISE)), "cannot be read"),
    "half an avi": ("a.avi", cut(encoded("avi", "mpeg4", frames=NOISE)), "cannot be read"),
    "half a gif": ("a.gif", cut(lambda path: encoded_gif(path)), "cannot be read"),
    "half a strip": ("a.png", cut(picture(strip(NOISE))), "truncated"),
    "half a jpeg": ("a.jpg", cut(picture(strip(NOISE), "jpeg")), "truncated"),
    "half an array": ("a.npy", cut(array(CLIP)), "cannot be read"),
    "a scratched mp4": ("a.mp4", scratched(encoded("mp4", frames=NOISE)), "cannot be read"),
    "a scratched mkv": ("a.mkv", scratched(encoded("mkv", frames=NOISE)), "cannot be read"),
    "a scratched strip": ("a.png", scratched(picture(strip(NOISE))), "cannot be read"),
    "a web page named mp4": ("a.mp4", text("<!DOCTYPE html><html>Too many users have viewed"), "Invalid data"),
    "a text named png": ("a.png", text("hello"), "cannot identify"),
    "a text named npy": ("a.npy", text("hello"), "cannot be read"),
    "a picture named mp4": ("a.mp4", picture(Image.new("RGB", (64, 64))), "1 frame(s), fewer than the 2"),
    "a video named png": ("a.png", encoded("mp4"), "cannot identify"),
    "a sound named mp4": ("a.mp4", sound, "sound, but no pictures"),
    "one frame, video": ("a.mkv", encoded("mkv", frames=CLIP[:1]), "1 frame(s), fewer than the 2"),
    "one frame, gif": ("a.gif", picture(Image.new("RGB", (64, 64)), "gif"), "1 frame(s), fewer than the 2"),
    "a square photo": ("a.png", picture(Image.new("RGB", (64, 64))), "1 frame(s), fewer than the 2"),
    "a photo of 3 : 2": (
        "a.jpg",
        picture(Image.new("RGB", (60, 40)), "jpeg"),
        "sides, 60 and 40 px, are not multiples",
    ),
    "16 bits a channel": ("a.png", picture(Image.new("I;16", (128, 16))), "more than 8 bits"),
    "a bomb": ("a.png", picture(Image.new("1", (20000, 20000))), "exceeds limit"),
    "an array of numbers": ("a.npy", array(np.zeros((5, 16, 16, 3))), "holds float64 of shape (5, 16, 16, 3)"),
    "an array of channels first": ("a.npy", array(np.zeros((5, 3, 16, 16), np.uint8)), "with 1, 3 or 4 channels"),
    "an array of nothing": ("a.npy", array(np.zeros((0, 16, 16, 3), np.uint8)), "a clip is uint8"),
    "an array of one axis": ("a.npy", array(np.zeros(16, np.uint8)), "a clip is uint8"),
    "a pickle named npy": ("a.npy", lambda path: path.write_bytes(pickle.dumps(print)), "cannot be read"),
    "an array of objects": ("a.npy", array(np.array([print])), "cannot be read"),
    "a damaged frame": ("a", frames_with("3.png", text("")), "3.png: cannot identify"),
    "a frame of another shape": ("a", frames_with("3.png", picture(Image.new("RGB", (9, 7)))), "3.png has 9 x 7 px"),
    "a pipe": ("a.mp4", os.mkfifo, "not a regular file"),
    "a broken link": ("a.mp4", link("nowhere.mp4"), "No such file"),
    "a link to itself": ("a.mp4", link("a.mp4"), "cannot be read"),
    "an unreadable file": ("a.npy", locked, "Permission denied"),
}


def encoded_gif(path: Path) -> None:
    first, *rest = [Image.fromarray(frame) for frame in NOISE]
    first.save(path, format="gif", save_all=True, append_images=rest)


@pytest.mark.parametrize("name, make, sentence", BROKEN.values(), ids=BROKEN)
@pytest.mark.filterwarnings("ignore:Image size")
def test_a_broken_file_is_named_and_left_out(tmp_path, name, make, sentence):
    """Its neighbours, before and after it in the store, are whole."""
    folder = tmp_path / "set"
    write_strip(folder / "0.png", numbered(1, 9, SIZE))
    write_strip(folder / "z.png", numbered(2, 9, SIZE))
    make(folder / name)
    with pytest.warns(UserWarning, match="1 of 3 videos were left out"):
        data = open_data(str(folder), SIZE)
    assert np.array_equal(data.pixels, np.concatenate([numbered(1, 9, SIZE), numbered(2, 9, SIZE)]))
    (row,) = [row for row in read_manifest(data.store) if row["file"] == name]
    assert str(folder / name) in row["left_out"] and sentence in row["left_out"] and row["frames"] == 0


ODD = {
    "another suffix": ("a.avi", encoded("mp4")),
    "capitals": ("A.MP4", encoded("mp4")),
    "letters of all the world": ("vidéo 視頻 🎬.mp4", encoded("mp4")),
    "a line break": ("one\ntwo.mp4", encoded("mp4")),
    "quotes and commas": ("\"a\", 'b';%s{}.mp4", encoded("mp4")),
    "no letters at all": (os.fsdecode(b"\xff\xfe.mp4"), encoded("mp4")),
    "a long name": ("n" * 251 + ".mp4", encoded("mp4")),
    "a name like an option": ("--size.mp4", encoded("mp4")),
    "a deep place": ("/".join("abcdefgh" * 6) + "/a.mp4", encoded("mp4")),
    "10,000 px": ("a", lambda path: write_folder(path, np.zeros((2, 2600, 10_000, 3), np.uint8))),
    "one pixel": ("a.npy", array(np.zeros((5, 1, 1, 3), np.uint8))),
    "one line": ("a.avi", encoded("avi", "rawvideo", "bgr24", np.zeros((5, 1, 640, 3), np.uint8))),
    "columns before rows": ("a.npy", array(np.asfortranarray(CLIP))),
    "read only": ("a.npy", lambda path: array(CLIP)(path) or path.chmod(0o444)),
}


@pytest.mark.parametrize("name, make", ODD.values(), ids=ODD)
def test_what_is_odd_but_whole_is_read(tmp_path, name, make):
    (tmp_path / "set" / name).parent.mkdir(parents=True)
    make(tmp_path / "set" / name)
    data = open_data(str(tmp_path / "set"), SIZE)
    assert data.files == [name] and not data.left_out and data.lengths[0] in (2, 5, 12)


def test_one_name_is_one_group(tmp_path):
    """The same recording in three forms: all are read, and none is torn from the others."""
    for name in ("a.mp4", "a.MP4", "a.mkv", "b.mp4"):
        encoded(name[2:].lower())(tmp_path / name)
    sides = [set(open_data(str(tmp_path), SIZE, split=split).files) for split in ("train", "test")]
    assert {"a.mp4", "a.MP4", "a.mkv"} in sides and {"b.mp4"} in sides


def test_litter_is_no_video(tmp_path):
    for name in (".DS_Store", "._a.mp4", "Thumbs.db", "a.mp4.part", "a.txt", "a.srt", "a.wav", "README"):
        (tmp_path / name).write_text("litter")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.mp4").mkdir()
    with pytest.raises(ValueError, match="No videos were found"):
        open_data(str(tmp_path), SIZE)
    array(CLIP)(tmp_path / "a.npy")
    assert open_data(str(tmp_path), SIZE).files == ["a.npy"]


def test_a_clock_that_jumps_fills_no_disk(tmp_path):
    write_video(tmp_path / "a.mkv", CLIP[:3], moments=[0, 40, 1_000_000])
    with pytest.raises(ValueError, match="its clock is missing or jumps"):
        build_folder(str(tmp_path), SIZE, Choices(fps=25.0))


TABLES = {
    "nothing": ("", r"has the columns \[\]: it needs file"),
    "no column file": ("name,label\na.npy,x\n", "it needs file too"),
    "an unknown video": ("file,label\nb.npy,x\n", "names b.npy, which is not among"),
    "two rows": ("file,label\na.npy,x\na.npy,y\n", "two rows for a.npy"),
    "an empty cell": ("file,label\n ,x\n", "nothing under file in its row 1"),
    "an empty identity": ("file,group\na.npy,  \n", "empty group for a.npy"),
    "an odd split": ("file,split\na.npy,valid\n", "'valid': a split is train or test"),
    "half a box": ("file,left,top\na.npy,1,2\n", "left < right and top < bottom"),
    "a box inside out": ("file,left,top,right,bottom\na.npy,9,9,1,1\n", "left < right"),
    "a box of words": ("file,left,top,right,bottom\na.npy,1,2,x,inf\n", "left < right"),
    "a box outside": ("file,left,top,right,bottom\na.npy,0,0,99,99\n", "does not lie in its 64 x 64 px"),
    "a torn group": ("file,group,split\na.npy,p,train\nz.npy,p,test\n", "group p into train and into test"),
    "bytes": (b"file\xff\xfe", "cannot be read"),
    "no file": (None, "cannot be read"),
}


@pytest.mark.parametrize("content, sentence", TABLES.values(), ids=TABLES)
def test_a_wrong_table_is_refused(tmp_path, content, sentence):
    (tmp_path / "set").mkdir()
    for name in ("a.npy", "z.npy"):
        array(CLIP)(tmp_path / "set" / name)
    table = tmp_path / "about.csv"
    if content is not None:
        table.write_bytes(content if isinstance(content, bytes) else content.encode())
    if "outside" in sentence or "does not lie" in sentence:
        with pytest.warns(UserWarning, match=sentence):
            build_folder(str(tmp_path / "set"), SIZE, Choices(table=table))
    else:
        with pytest.raises(ValueError, match=sentence):
            build_folder(str(tmp_path / "set"), SIZE, Choices(table=table))


@pytest.mark.parametrize("encoding, separator", [("utf-8-sig", ","), ("utf-8", "\t"), ("utf-8", ";")])
def test_tables_as_people_write_them(tmp_path, encoding, separator):
    """With a byte mark, with tabs, with padded cells, with blank lines and with Windows line ends."""
    array(CLIP)(tmp_path / "a, b.npy")
    rows = [["file ", " group"], ['"a, b.npy"', " Zoë "], ["", ""]]
    table = tmp_path / "about.csv"
    table.write_bytes("\r\n".join(separator.join(row) for row in rows).encode(encoding))
    assert build_folder(str(tmp_path), SIZE, Choices(table=table)).groups == ["Zoë"]


@pytest.mark.parametrize("choices", [{"fps": -1.0}, {"fps": float("nan")}, {"fps": float("inf")}, {"least": 0}])
def test_choices_that_mean_nothing(choices):
    with pytest.raises(ValueError, match="was given"):
        Choices(**choices)


@pytest.mark.parametrize("size", [0, -64, 5000])
def test_sizes_that_mean_nothing(tmp_path, size):
    array(CLIP)(tmp_path / "a.npy")
    with pytest.raises(ValueError, match="4 to 1024 px"):
        open_data(str(tmp_path), size)
