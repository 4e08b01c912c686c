"""Types and shapes are checked. Real samples are found through $MOCOLAB_TEST_DATA, or the tests that want them skip."""

import os
from pathlib import Path

import pytest
import torch
from jaxtyping import install_import_hook

install_import_hook("mocolab", "beartype.beartype")  # here, since pytest has imported our plugin before any option
torch.set_num_threads(1)  # the suite runs in several processes


@pytest.fixture
def real_data():
    """A function from a name below $MOCOLAB_TEST_DATA to its path; skips the test where it is absent."""

    def find(name: str) -> Path:
        path = Path(os.environ.get("MOCOLAB_TEST_DATA", "")) / name
        if "MOCOLAB_TEST_DATA" not in os.environ or not path.exists():
            pytest.skip(f"the real sample {name} is not below $MOCOLAB_TEST_DATA")
        return path

    return find


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Every test has a $MOCOLAB_HOME of its own."""
    monkeypatch.setenv("MOCOLAB_HOME", str(tmp_path / "home"))
