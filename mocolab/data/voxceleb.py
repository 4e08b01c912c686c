"""VoxCeleb as it lies on people's disks: which videos there are, who is in them, and who is held out.

J. S. Chung, A. Nagrani, A. Zisserman: VoxCeleb (2017) and VoxCeleb2 (2018), Interspeech. Of the many forms it is
handed on in, all that hold pictures are known here; each is cut once and for all, so a clip is one static box.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path, PurePath

from mocolab import decoding
from mocolab.data.build import Choices, build
from mocolab.data.clips import StoredData, recall
from mocolab.data.layouts import Source, labels_of, tabled, walk
from mocolab.data.published import folder as published
from mocolab.data.splits import Split
from mocolab.store import home
from mocolab.tables import read_table

FILM = r"(?P<film>[\w-]{11})"
LAYOUTS = {
    "VoxCeleb2 videos": rf"(?P<person>id\d{{5}})/{FILM}/\d{{5}}\.mp4",
    "VoxCeleb1 faces, dense": rf"(?P<person>[^/]+)/1\.6/{FILM}/[^/.]+",
    "VoxCeleb1 faces, one a second": rf"(?P<person>[^/]+)/1\.6/{FILM}(/\d+\.jpg)?",
    "crops of the first order motion model": rf"(?P<person>[^/#]+)#{FILM}#\d+#\d+\.(mp4|png|jpg)",
}
"""What the end of a path looks like; a crop is a video, a folder of pictures or a strip."""
SIDES: dict[str, Split] = {"dev": "train", "train": "train", "test": "test"}
EVERY = 25  # frames between two pictures of `one a second`
TERMS = (
    "VoxCeleb shows people who can be recognised and who were not asked; its lists may be shared (Creative Commons), "
    "but every video belongs to whoever made it. Use it for research alone, publish neither clips nor weights from it, "
    "and read what its makers say (the page 'VoxCeleb' of the book). If you agree, repeat the command with --agree."
)


def register(root: Path, agree: bool) -> None:
    """From now on the data set `voxceleb` is what lies in `root`; `ValueError` before its terms were agreed to."""
    if not agree and not _memory().exists():
        raise ValueError(TERMS)
    if not root.is_dir():
        raise ValueError(f"{root} is not a folder: give the one that VoxCeleb lies in, as --root.")
    find(root.resolve())
    _memory().parent.mkdir(parents=True, exist_ok=True)
    _memory().write_text(json.dumps({"root": str(root.resolve()), "agreed": True}))


def registered() -> Path:
    """The folder that VoxCeleb lies in; `ValueError` if none was named."""
    if not _memory().exists():
        raise ValueError("VoxCeleb is not known yet: name its folder once (mocolab data voxceleb --root FOLDER).")
    return Path(json.loads(_memory().read_text())["root"])


def voxceleb_data(size: int, split: Split | None = None, choices: Choices | None = None) -> StoredData:
    """The clips of VoxCeleb at `size` px, labelled by who is in them; without choices, by those of the last build."""
    root = registered()
    choices = choices or recall(root)
    sources = find(root)
    sources = tabled(sources, choices.table) if choices.table else sources
    return StoredData("voxceleb", build(root, sources, size, choices), split)


def identities() -> tuple[str, ...]:
    """The people of VoxCeleb, as far as they are here."""
    return labels_of(find(registered()))


def find(root: Path) -> list[Source]:
    """All clips below a folder, labelled and grouped by person; `ValueError` in a sentence that helps if it has none.

    A person on the test side anywhere, in a folder's name or in a table, is left out of training: the published list
    of crops has two people on both sides.
    """
    people = _people(root)
    sources = [source for path in walk(root, set()) for source in _sources(path, root, people)]
    if not any(source.label for source in sources):
        raise ValueError(_instead(root))
    tested = {who["id"] for who in people.values() if who.get("split") == "test"}
    tested |= {source.group for source in sources if source.split == "test"}
    if not tested & {source.group for source in sources}:  # whoever has the training part alone holds out some of it
        return [replace(source, split=None) for source in sources]
    return [_repaired(source, tested) for source in sources]


def _sources(path: Path, root: Path, people: dict[str, dict[str, str]]) -> Iterator[Source]:
    """The clips of one video, picture or folder of pictures, which may hold several."""
    name = path.relative_to(root).as_posix()
    whole = PurePath(*root.parts[-3:], name).as_posix()  # the root may lie inside the layout
    places = {layout: re.search(rf"(?:^|/){pattern}$", whole) for layout, pattern in LAYOUTS.items()}
    layout = next((layout for layout, found in places.items() if found), None)
    if layout is None:
        yield Source(path, name, group=name, refused=f"{path} does not lie where VoxCeleb has its clips.")
        return
    found = places[layout]
    who = {"id": found["person"]} | people.get(found["person"], {})
    above = [SIDES[part] for part in PurePath(whole[: found.start()]).parts if part in SIDES]
    about = {"layout": layout, "film": found["film"]}
    about |= {key: who[key] for key in ("gender", "nationality") if key in who}
    split = above[-1] if above else who.get("split")
    clip = Source(path, name, group=who["id"], label=who["id"], split=split, about=about)
    yield from _tracks(clip) if layout.endswith("a second") and path.is_dir() else [clip]


def _tracks(film: Source) -> Iterator[Source]:
    """The faces of a film, one picture a second, cut where a second or more is missing: there is another shot."""
    moments = [int(re.sub(r"\D", "", path.stem) or 0) for path in decoding.pictures(film.path)]
    cuts = [place for place, (now, then) in enumerate(pairwise(moments), 1) if then - now > EVERY]
    for start, stop in pairwise([0, *cuts, len(moments)]):
        yield replace(film, name=f"{film.name}/{moments[start]:07}-{moments[stop - 1]:07}", part=(start, stop))


def _repaired(source: Source, tested: set[str]) -> Source:
    if source.group not in tested or source.split == "test":
        return source
    if source.split == "train":
        return replace(source, refused=f"{source.path}: {source.group} is in the test part too, so it cannot train.")
    return replace(source, split="test")


def _people(root: Path) -> dict[str, dict[str, str]]:
    """What the tables say of a person, by number and by name; tables lie in the root, or where `data get` puts them."""
    people: dict[str, dict[str, str]] = {}
    for table in ("vox1_meta.csv", "vox2_meta.csv", "vox-metadata.csv"):
        places = [place / table for place in (root, published("voxceleb-tables")) if (place / table).exists()]
        for row in read_table(places[0]) if places else []:
            number = row.get("VoxCeleb1 ID") or row.get("VoxCeleb2 ID") or row.get("person_id")
            if not number:
                raise ValueError(f"The table {places[0]} has a row without a person: {row}; bring the published one.")
            who = people.setdefault(number, {"id": number})
            side = SIDES.get(row.get("Set") or row.get("partition") or "")
            if side and who.get("split") != "test":
                who["split"] = side
            who |= {key.lower(): row[key] for key in ("Gender", "Nationality") if row.get(key)}
            if name := row.get("VGGFace1 ID"):  # the faces of VoxCeleb1 lie in folders of names
                people[name] = who
    return people


def _instead(root: Path) -> str:
    """A sentence about a folder without clips: what is in it, and what to do."""
    names = [name for _, _, files in os.walk(root) for name in files]
    if parts := sorted(name for name in names if re.fullmatch(r"vox.*_parta[a-z]", name)):
        letters, stem = [name[-1] for name in parts], parts[0][:-2]
        missing = sorted(set(map(chr, range(ord("a"), ord(letters[-1])))) - set(letters))
        lack = f" (part a{missing[0]} is missing)" if missing else ""
        return (
            f"{root} holds {len(parts)} parts of an archive, {parts[0]} to {parts[-1]}{lack}: join all of them (cat "
            f"{stem}* > {stem.removesuffix('_part')}.zip), unpack that, and give the folder it makes."
        )
    if archives := [name for name in names if re.search(r"\.(zip|tar|tgz|tar\.gz)$", name)]:
        return f"{root} holds archives such as {archives[0]}: unpack them, and give the folder that makes."
    if sounds := [name for name in names if name.endswith((".wav", ".m4a", ".aac", ".flac"))]:
        return (
            f"{root} holds sound alone ({len(sounds):,} files such as {sounds[0]}): the pictures are in other "
            "archives, vox2_dev_mp4 and vox2_test_mp4, or the faces of VoxCeleb1."
        )
    return (
        f"No clips of VoxCeleb were found in {root}: neither {', '.join(LAYOUTS)}; the book's page 'VoxCeleb' shows "
        "how each of them lies."
    )


def _memory() -> Path:
    return home() / "data" / "voxceleb.json"
