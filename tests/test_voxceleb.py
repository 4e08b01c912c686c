"""VoxCeleb in every form it is handed on in, made of drawn faces: found, joined with its tables, trained on."""

import multiprocessing
import os
import signal
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from einops import rearrange
from PIL import Image
from video_files import write_strip, write_video

from mocolab.cli import main
from mocolab.data import open_data, voxceleb
from mocolab.data.build import read_manifest
from mocolab.data.faces import Faces
from mocolab.run import Run

SIZE = 64
LENGTH = 24
PEOPLE = {"id10270": "Eartha_Kitt", "id10271": "Eddie_Griffin", "id10001": "A.J._Buckley", "id10002": "A.R._Rahman"}
FILMS = ("8jEAjG6SegY", "x6uYqmx31kE")


@cache
def face(number: int) -> np.ndarray:
    """[T, H, W, 3]: a drawn person, the same for the same number."""
    clip, _ = Faces(size=SIZE).clips(1, LENGTH, 1, np.random.default_rng(number))
    return rearrange(clip, "1 C T H W -> T H W C").numpy()


def pictures(folder: Path, frames: np.ndarray, name: str, step: int = 1, quality: int = 95) -> None:
    folder.mkdir(parents=True)
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(folder / name.format(number * step), quality=quality)


def crop(number: int, person: str, film: str) -> str:
    return f"{'test' if person == 'id10270' else 'train'}/{person}#{film}#{100 * number:06}#{100 * number + 24:06}"


def faces_a_second(root: Path, number: int, person: str, film: str, frames: np.ndarray) -> None:
    pictures(root / "unzippedFaces" / PEOPLE[person] / "1.6" / film, frames, "{:07}.jpg", step=25)


def dense(root: Path, number: int, person: str, film: str, frames: np.ndarray) -> None:
    folder = root / "unzippedIntervalFaces" / "data" / PEOPLE[person] / "1.6" / film / str(number)
    pictures(folder, frames, "{:06}.jpg")


def videos(root: Path, number: int, person: str, film: str, frames: np.ndarray) -> None:
    side = "test" if person == "id10270" else "dev"
    write_video(root / side / "mp4" / person / film / f"{number:05}.mp4", frames, "libx264", "yuv420p")


def crops(root: Path, number: int, person: str, film: str, frames: np.ndarray) -> None:
    write_video(root / f"{crop(number, person, film)}.mp4", frames, "libx264", "yuv420p")


def crops_in_pictures(root: Path, number: int, person: str, film: str, frames: np.ndarray) -> None:
    pictures(root / f"{crop(number, person, film)}.mp4", frames, "{:07}.png")


def strips(root: Path, number: int, person: str, film: str, frames: np.ndarray) -> None:
    write_strip(root / f"{crop(number, person, film)}.png", frames)


LAYOUTS = [faces_a_second, dense, videos, crops, crops_in_pictures, strips]
VOX1 = "VoxCeleb1 ID\tVGGFace1 ID\tGender\tNationality\tSet\n" + "".join(
    f"{number}\t{name}\t{'mf'[number == 'id10270']}\tUSA\t{'test' if number == 'id10270' else 'dev'}\n"
    for number, name in PEOPLE.items()
)


def tree(root: Path, layout, tables: bool = True) -> Path:
    """Four people in two films each."""
    for person, number in zip(PEOPLE, range(4)):
        for again, film in enumerate(FILMS):
            layout(root, 2 * number + again, person, film, face(2 * number + again))
    if tables:
        (root / "vox1_meta.csv").write_text(VOX1)
    return root


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_every_layout_gives_the_same_people(tmp_path, layout, capsys):
    root = tree(tmp_path / "vox", layout)
    main(["data", "voxceleb", "--root", str(root), "--agree", "--size", str(SIZE)])
    told = capsys.readouterr().out
    assert "left out  none" in told and "gender    m (6), f (2)" in told and f"{LENGTH} to {LENGTH} frames" in told
    data = open_data("voxceleb", SIZE)
    assert data.categories == tuple(sorted(PEOPLE)) and data.labels.bincount().tolist() == [2] * 4
    for file, label, first in zip(data.files, data.labels, data.first):
        person = data.categories[label]
        assert person in file or PEOPLE[person] in file
        near = [
            np.abs(data.pixels[first : first + LENGTH].astype(int) - face(number)).mean()
            for number in (2 * list(PEOPLE).index(person), 2 * list(PEOPLE).index(person) + 1)
        ]
        assert min(near) < 8
    sides = [{data.groups[number] for number in range(len(data.groups))} for data in both(SIZE)]
    assert sides == [set(PEOPLE) - {"id10270"}, {"id10270"}]


def both(size: int) -> list:
    return [open_data("voxceleb", size, split=split) for split in ("train", "test")]


@pytest.mark.parametrize("layout", [faces_a_second, videos, crops])
def test_found_from_above_and_from_inside(tmp_path, layout):
    """Whichever folder of the tree is named, a clip shows the same person."""
    root = tree(tmp_path / "vox", layout, tables=False)
    known = {source.path: source.label for source in voxceleb.find(root)}
    assert len(known) == 8 and len(set(known.values())) == 4
    inside = next(path for path in sorted(root.rglob("*")) if path.name in ("Eartha_Kitt", "mp4", "test"))
    for start in (root.parent, inside):
        found = {source.path: source.label for source in voxceleb.find(start)}
        assert found and found.items() <= known.items()


def test_people_are_joined_by_tables_with_tabs_and_padded_cells(tmp_path):
    root = tree(tmp_path / "vox", videos, tables=False)
    faces_a_second(root, 9, "id10001", "abcdefghijk", face(9))
    assert {source.label for source in voxceleb.find(root)} == {*PEOPLE, "A.J._Buckley"}, "without tables, a name"
    (root / "vox1_meta.csv").write_text(VOX1)
    padded = "Name \tVoxCeleb2 ID \tVGGFace2 ID \tGender \tSet \nAaron_Ashmore \tid10001 \tn000012 \tm \tdev \n"
    (root / "vox2_meta.csv").write_text(padded)
    found = voxceleb.find(root)
    assert {source.label for source in found} == set(PEOPLE)
    assert {source.about["gender"] for source in found if source.group == "id10270"} == {"f"}


def test_the_leak_of_the_published_crops_is_repaired(tmp_path):
    """A person on both sides, as in the published list: the training clips are left out, and say why."""
    root = tree(tmp_path / "vox", strips, tables=False)
    write_strip(root / "train" / "id10270#hgB5ziAudzU#000100#000124.png", face(20))
    rows = "video_id,start,end,bbox,fps,width,height,partition,person_id\n"
    rows += f"{FILMS[0]},600,624,0-0-9-9,25,1280,720,test,id10002\n"
    (root / "vox-metadata.csv").write_text(rows)
    main(["data", "voxceleb", "--root", str(root), "--agree"])
    train, test = both(SIZE)
    assert set(train.groups) == {"id10271", "id10001"} and set(test.groups) == {"id10270"}
    assert not set(train.groups) & set(test.groups)
    left_out = {row["file"]: row["left_out"] for row in read_manifest(train.store) if row["left_out"]}
    assert len(left_out) == 3 and all("is in the test part too" in reason for reason in left_out.values())


def test_the_training_part_alone_holds_some_people_out(tmp_path):
    root = tree(tmp_path / "vox", crops)
    for path in (root / "test").iterdir():
        path.unlink()
    main(["data", "voxceleb", "--root", str(root), "--agree"])
    train, test = both(SIZE)
    assert set(train.groups) | set(test.groups) == set(PEOPLE) - {"id10270"} and len(set(test.groups)) == 1


def test_another_shot_is_another_clip(tmp_path):
    """Pictures of one second each; where one is missing, the film was cut."""
    folder = tmp_path / "Eartha_Kitt" / "1.6" / FILMS[0]
    pictures(folder, face(0), "{:07}.jpg", step=25)
    (folder / "0000250.jpg").unlink()
    names = [source.name.split("/")[-1] for source in voxceleb.find(tmp_path)]
    assert names == ["0000000-0000225", "0000275-0000575"]
    voxceleb.register(tmp_path, agree=True)
    assert open_data("voxceleb", SIZE).lengths.tolist() == [10, 13]


def test_terms_are_agreed_to_once(tmp_path):
    root = tree(tmp_path / "vox", strips)
    with pytest.raises(SystemExit, match=r"VoxCeleb is not known yet.*mocolab data voxceleb --root"):
        main(["train", "mocogan", "--data", "voxceleb", "--preset", "smoke"])
    with pytest.raises(SystemExit, match=r"people who can be recognised.*--agree"):
        main(["data", "voxceleb", "--root", str(root)])
    main(["data", "voxceleb", "--root", str(root), "--agree"])
    main(["data", "voxceleb", "--root", str(root), "--size", "32"])
    assert open_data("voxceleb", 32).size == 32


def touch(*names: str):
    def make(root: Path) -> None:
        for name in names:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).touch()

    return make


PARTS = [f"vox2_dev_mp4_parta{letter}" for letter in "abcdefghi"]
INSTEAD = {
    "audio of VoxCeleb1": (touch("wav/id10270/x6uYqmx31kE/00001.wav"), r"sound alone \(1 files such as 00001\.wav"),
    "audio of VoxCeleb2": (touch("dev/aac/id00012/21Uxsk56VDQ/00001.m4a"), "vox2_dev_mp4 and vox2_test_mp4"),
    "parts of an archive": (touch(*PARTS), r"9 parts .*cat vox2_dev_mp4_part\* > vox2_dev_mp4\.zip"),
    "not all parts": (touch(*PARTS[:3], *PARTS[4:]), r"\(part ad is missing\)"),
    "an archive": (touch("vox2_test_mp4.zip"), r"archives such as vox2_test_mp4\.zip: unpack"),
    "boxes": (touch("txt/id10270/x6uYqmx31kE/00001.txt"), r"No clips of VoxCeleb were found .*VoxCeleb2 videos"),
    "nothing": (touch(), "No clips of VoxCeleb were found"),
    "other videos": (touch("holiday.mp4"), "No clips of VoxCeleb were found"),
    "no person": (touch(f"train/#{FILMS[0]}#000000#000024.mp4"), "No clips of VoxCeleb were found"),
}


@pytest.mark.parametrize("make, sentence", INSTEAD.values(), ids=INSTEAD)
def test_what_is_no_clip_gets_the_sentence_that_helps(tmp_path, make, sentence):
    make(tmp_path)
    with pytest.raises(ValueError, match=sentence):
        voxceleb.register(tmp_path, agree=True)
    with pytest.raises(ValueError, match="not known yet"):
        voxceleb.registered()


def test_a_table_without_people_is_refused(tmp_path):
    root = tree(tmp_path / "vox", strips, tables=False)
    (root / "vox1_meta.csv").write_text("VoxCeleb1 ID\tVGGFace1 ID\n \tEartha_Kitt\n")
    with pytest.raises(ValueError, match="a row without a person"):
        voxceleb.find(root)


def _train_and_die(arguments: list[str]) -> None:
    save, saved = Run.save, []

    def deadly(run: Run, checkpoint: dict) -> None:
        save(run, checkpoint)
        saved.append(run)
        if len(saved) == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    Run.save = deadly
    main(arguments)


@pytest.mark.parametrize("system", ["mocogan", "mocogan_predict"])
def test_all_the_way_trained_killed_and_resumed(tmp_path, system):
    """Ten steps, a kill after the sixth, and the same weights as of a run that was left alone."""
    main(["data", "voxceleb", "--root", str(tree(tmp_path / "vox", strips)), "--agree", "--size", "16"])
    common = ["train", system, "--data", "voxceleb", "--preset", "smoke", "--train.steps", "10"]
    common += ["--train.save-every", "3", "--train.preview-every", "10", "--train.device", "cpu"]
    killed = [*common, "--folder", str(tmp_path / "killed")]
    process = multiprocessing.get_context("fork").Process(target=_train_and_die, args=(killed,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    main([*killed, "--resume"])
    main([*common, "--folder", str(tmp_path / "whole")])
    one, other = (torch.load(tmp_path / name / "last.pt", weights_only=True) for name in ("whole", "killed"))
    assert one["system"].keys() == other["system"].keys()
    assert all(torch.equal(one["system"][key], other["system"][key]) for key in one["system"])


def test_real_faces_of_voxceleb1(real_data):
    root = real_data("faces/x2face_voxceleb")
    found = voxceleb.find(root)
    assert {source.label for source in found} == {path.name for path in root.iterdir() if path.is_dir()}
    voxceleb.register(root, agree=True)
    with pytest.warns(UserWarning, match=r"3 of 43 .* has 1 frame\(s\)"):
        assert open_data("voxceleb", 64).lengths.sum() == 279


def test_the_published_tables_have_the_known_leak(real_data, tmp_path):
    for name in ("fomm/vox-metadata.csv", "voxceleb/vox1_meta.csv", "voxceleb/vox2_meta.csv"):
        (tmp_path / Path(name).name).symlink_to(real_data("meta") / name)
    for side, person, film in (("train", "id10282", "hgB5ziAudzU"), ("train", "id10001", FILMS[0])):
        write_strip(tmp_path / side / f"{person}#{film}#000000#000024.png", face(0))
    leaked, other = sorted(voxceleb.find(tmp_path), key=lambda source: source.group, reverse=True)
    assert "is in the test part too" in leaked.refused and not other.refused
    assert other.about["nationality"] == "Ireland"
