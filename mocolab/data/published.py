"""Sets of clips that others publish: where they are, under which licence, how they come here, and what is here."""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mocolab.archives import unpack
from mocolab.downloads import Remote, checksum, fetch
from mocolab.mistakes import choose_from
from mocolab.store import home, whole

MOCOGAN = "937a99de73a3385fe0c0d1cde65dfa8a2c4177ec"  # commits that are fetched
LIPNET = "bec592aa1e66378bc7ab33f6110f1c8a431b3b9a"
SPEAKERS = "f13c06f852178dbd543caedd53a9909052a5fdbc"
CROPS = "ac40aac58657a3d8db85421cd4afcf465e86ead1"


@dataclass(frozen=True)
class Published:
    """A set of clips, or of tables about clips."""

    about: str
    licence: str
    megabytes: float  # unpacked
    files: tuple[Remote, ...]
    inside: str | None = None
    """The one file is an archive, of which what is below this folder is taken."""
    sha256: str | None = None
    """`checksum` of that folder; an archive that GitHub packs anew for each asker has no hash that lasts."""


def _on_github(repository: str, commit: str, below: str, sha256_by_name: dict[str, str]) -> tuple[Remote, ...]:
    """Files of one folder of a repository, as they were at a commit."""
    return tuple(
        Remote(
            name,
            (f"https://raw.githubusercontent.com/{repository}/{commit}/{below}{name}",),
            f"https://github.com/{repository}/blob/{commit}/{below}{name}",
            sha256,
        )
        for name, sha256 in sha256_by_name.items()
    )


_MOCOGAN_ARCHIVE = Remote(
    "mocogan.zip",
    (f"https://github.com/sergeytulyakov/mocogan/archive/{MOCOGAN}.zip",),
    f"https://github.com/sergeytulyakov/mocogan/archive/{MOCOGAN}.zip",
)

PUBLISHED: dict[str, Published] = {
    "official-shapes": Published(
        "MoCoGAN's shape motion: 8,000 strips of 32 frames, 64 px, 2 directions",
        "no licence file, headers say CC BY-NC-ND 4.0",
        10.9,
        (_MOCOGAN_ARCHIVE,),
        f"mocogan-{MOCOGAN}/data/shapes/",
        "50a68e710c6aa09a6baed175e2e8fd8d020a632887fac2aace3ecec947e0df90",
    ),
    "official-actions": Published(
        "MoCoGAN's actions: 72 strips of 51 to 146 frames, 64 px, 9 people, 4 actions",
        "as official-shapes; from the Weizmann actions, for academic use",
        36.7,
        (_MOCOGAN_ARCHIVE,),
        f"mocogan-{MOCOGAN}/data/actions/",
        "f9b909dad95c4be2f2ee799f6501b35f0dcee960719e3df0be2fbe416aaa79c3",
    ),
    "grid-faces": Published(
        "10 speakers of the GRID corpus: talking faces from the front, 75 frames, 360 x 288 px",
        "repository MIT; GRID is CC BY 4.0 as far as we know",
        4.2,
        _on_github(
            "rizkiarm/LipNet",
            LIPNET,
            "evaluation/samples/GRID/",
            {
                "bbaf2n.mpg": "e468120039e208b5ff9b9e269f8dc96bbddc45701f8dddcf2c0ae21abc0df546",
                "brbk7n.mpg": "2122707c6dd3b59a32b5272870afb37397dc6b20cf52241cf8ff7cfda7b3efa3",
                "lbax4n.mpg": "8f80c8ced6a8cb47d55c5c01704d4669b410369af653f6be7fbda9003337dedf",
                "lbbc2a.mpg": "9447e5e0732eeaf4444b5ba1e3412c8a9e194975ba7c814fa64c4c41c83d4e4c",
                "lrwp9a.mpg": "1a6c86fc5e7d4e9ee66a891f188f9a648c9b8be3bdc2431d73ac7e533aa70b3f",
                "lwbsza.mpg": "09090d1f7a8a946233a015a1b4258fafcb790ed6dbbd884ed88ae51fe36841a0",
                "pwij3p.mpg": "a610d98c101dde3587cc66d70cb569d3b1d0111cfad90bd0037e47e21316beda",
                "sbia1a.mpg": "768e49272122f1577839db576ea00146d08e83d778c7fe8b9ca1b194dff57c7d",
                "sbwe5n.mpg": "6707e709f1d713a6ff6673c85605e2fa721cfe59749c56b9f34e6d159c5fdf55",
                "swiz3n.mpg": "080f3e1511879a3baa41cdc31aa7029981f29c71434a570de3d52ee78f9e5dd0",
            },
        ),
    ),
    "voxceleb-tables": Published(
        "who speaks in VoxCeleb 1 and 2, and the crops of the first order motion model; no clips",
        "VoxCeleb's tables Creative Commons, with attribution; the crops have no licence file",
        1.6,
        _on_github(
            "hechmik/voxceleb_enrichment_age_gender",
            SPEAKERS,
            "dataset/",
            {
                "vox1_meta.csv": "48bcb2f0024cae5d4ccf37e4480f686afb1161c5793a2a9a4c670c0e8dab0892",
                "vox2_meta.csv": "a5c7c3eb2893f26e3d0db28fc63c7dd44f0ff8253ecc92ef52e6b5052de584ca",
            },
        )
        + _on_github(
            "AliaksandrSiarohin/video-preprocessing",
            CROPS,
            "",
            {"vox-metadata.csv": "dfbaf55a6edaaf84add29f93692f8bb7289aff1102631bcdf1b1aaf52f3953f7"},
        ),
    ),
}
"""Name -> the set. Every address was read in a public repository, every hash was taken from that repository's files."""


def folder(name: str) -> Path:
    """Where a published set is kept once it is here."""
    return home() / "published" / name


def get(name: str) -> Path:
    """The folder of a published set, fetched unless it is there."""
    if name not in PUBLISHED:
        raise ValueError(f"{name!r} is not a set that can be fetched: {choose_from(name, PUBLISHED)}")
    target, published = folder(name), PUBLISHED[name]
    if target.is_dir():
        return target
    arrived = [fetch(remote, home() / "downloads") for remote in published.files]
    with whole(target) as unfinished:
        if published.inside is None:
            unfinished.mkdir()
            for file in arrived:
                shutil.move(file, unfinished)
        else:
            unpack(arrived[0], unfinished, published.inside, most_bytes=int(published.megabytes * 2**21))
            _check(unfinished, published, arrived[0])
    return target


def _check(unpacked: Path, published: Published, archive: Path) -> None:
    if (found := checksum(unpacked)) != published.sha256:
        raise ValueError(
            f"What is in {archive} has the checksum {found}, not {published.sha256}: it is damaged or no longer the "
            f"same; remove it, and repeat the command or save it there again from {published.files[0].page}."
        )


def listing(drawn: Iterable[str]) -> str:
    """A table in text: the sets that are drawn, those that others publish, and the stores built from folders."""
    lines = ["drawn on the fly:", *(f"  {name}" for name in drawn), "published by others:"]
    for name, published in PUBLISHED.items():
        state = f"here: {folder(name)}" if folder(name).is_dir() else f"not here: mocolab data get {name}"
        lines.append(f"  {name:<18} {published.megabytes:>6} MB  {state}")
        lines += [f"      {published.about}", f"      licence: {published.licence}"]
    lines.append("built from folders:")
    for index in sorted((home() / "data").glob("[!.]*/index.json")):
        megabytes = (index.parent / "frames.npy").stat().st_size / 1e6
        lines.append(f"  {index.parent.name}  {megabytes:.1f} MB, from {json.loads(index.read_text())['folder']}")
    return "\n".join(lines)
