"""Types and shapes are checked. Real samples are found through $MOCOLAB_TEST_DATA, or the tests that want them skip."""

import os
from pathlib import Path

import pytest
import torch
from jaxtyping import install_import_hook

install_import_hook("mocolab", "beartype.beartype")  # here, since pytest has imported our plugin before any option
torch.set_num_threads(1)  # the suite runs in several processes

FILES = {"lpips": "lpips_alexnet_v0.1.fp16.npz", "i3d": "i3d_kinetics400_tfhub.fp16.npz"}


@pytest.fixture
def real_data():
    """A function from a name below $MOCOLAB_TEST_DATA to its path; skips the test where it is absent."""

    def find(name: str) -> Path:
        path = Path(os.environ.get("MOCOLAB_TEST_DATA", "")) / name
        if "MOCOLAB_TEST_DATA" not in os.environ or not path.exists():
            pytest.skip(f"the real sample {name} is not below $MOCOLAB_TEST_DATA")
        return path

    return find


@pytest.fixture
def real_weights(tmp_path):
    """A function that puts published weights of a name into the store; skips the test where they are absent."""

    def put(name: str) -> None:
        path = Path(os.environ.get("MOCOLAB_TEST_WEIGHTS", "")) / FILES[name]
        if "MOCOLAB_TEST_WEIGHTS" not in os.environ or not path.exists():
            pytest.skip(f"{FILES[name]} is not below $MOCOLAB_TEST_WEIGHTS")
        store = tmp_path / "home" / "weights"
        store.mkdir(parents=True)
        (store / f"{name}.npz").symlink_to(path.resolve())

    return put


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Every test has a $MOCOLAB_HOME of its own."""
    monkeypatch.setenv("MOCOLAB_HOME", str(tmp_path / "home"))
