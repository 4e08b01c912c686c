"""The tables of the book are what its script makes, and its Python runs."""

import csv
import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

BOOK = Path(__file__).parent.parent / "book"


@pytest.fixture(scope="module")
def figures():
    """book/figures.py, which is no module of the package."""
    spec = importlib.util.spec_from_file_location("figures", BOOK / "figures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def table(path: Path) -> tuple[list[str], list[str], np.ndarray]:
    """Names of columns and rows, and the numbers."""
    with open(path, newline="") as stream:
        columns, *rows = csv.reader(stream)
    return columns, [row[0] for row in rows], np.array([row[1:] for row in rows], dtype=float)


@pytest.mark.parametrize("name, make", [("guesses", "guesses"), ("fooled", "fooled"), ("codes", "codes_decide")])
def test_a_table_of_the_book_is_made_again(figures, tmp_path, name, make):
    getattr(figures, make)(tmp_path)
    *printed, numbers = table(BOOK / "images" / f"{name}.csv")
    *names, made = table(tmp_path / f"{name}.csv")
    assert names == printed
    np.testing.assert_allclose(made, numbers, rtol=0.03, atol=0.005)  # another CPU rounds, and finds a blob, otherwise


def test_the_python_on_the_pages_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = [
        block
        for page in sorted(BOOK.glob("*.md"))
        for block in re.findall(r"^```python\n(.*?)^```$", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    ]
    assert blocks
    for block in blocks:
        exec(block, {})
    assert (tmp_path / "runs" / "mine" / "last.pt").exists()
