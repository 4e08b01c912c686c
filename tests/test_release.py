"""Releasing a lab: one source becomes a solution, a student's lab and the values its checks compare with."""

import course_toys
import jupytext
import pytest
from course_toys import CELLS, write_lab

from mocolab.course import source


def test_a_source_reads_as_jupytext_reads_it(tmp_path):
    path = write_lab(tmp_path)
    lab, notebook = source.read(path), jupytext.read(path, fmt="py:percent")
    ours = [(cell.kind, cell.meta, cell.source) for cell in lab.cells]
    assert ours == [(cell.cell_type, cell.metadata["mocolab"], cell.source) for cell in notebook.cells]


def test_a_source_has_exercises(tmp_path):
    lab = source.read(write_lab(tmp_path))
    assert (lab.number, lab.name, list(lab.exercises)) == ("90", "numbers", ["90.1", "90.2"])
    second = lab.exercises["90.2"]
    assert (second.points, second.depends, second.misconceptions[0].meta["cause"]) == (3, ("90.1",), "norm of columns")
    assert (second.stub.name, second.check.name, lab.cells[2].name) == ("ex-90-2-stub", "ex-90-2-check", "text-02")
    assert [cell.source.splitlines()[0] for cell in lab.given_before("90.1")] == ["import torch"]
    assert [cell.id for cell in lab.free] == ["90.3"]


def without(role: str, key: str) -> list:
    return [({k: v for k, v in meta.items() if (meta["role"], k) != (role, key)}, text) for meta, text in CELLS]


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        (CELLS[1:], 'py:1: the first cell must be the header, with "id": "90"'),
        (without("answer", "minutes"), r"py:16: the answer cell has no minutes"),
        (without("answer", "points"), "the answer cell has no points"),
        (without("free", "difficulty"), "the free cell has no difficulty"),
        ([*CELLS, CELLS[3]], "id 90.1 repeats; its answer stands in line 16"),
        (CELLS[:4] + CELLS[5:], "exercise 90.1 has no stub cell"),
        (CELLS[:5] + CELLS[6:], "exercise 90.1 has no check cell"),
        (CELLS[:3] + CELLS[6:], "depends on 90.1, which is not before it"),
        ([*CELLS, ({"role": "quiz"}, "x = 1")], "'quiz' is not a role of a cell"),
        ([*CELLS, ({"role": "stub", "id": "90.7"}, "x = 1")], "the stub belongs to exercise 90.7, which has no answer"),
    ],
)
def test_a_source_that_is_no_lab_is_refused(cells, complaint, tmp_path):
    with pytest.raises(ValueError, match=complaint):
        source.read(write_lab(tmp_path, cells))


@pytest.mark.parametrize("text", ["x = 1\n", "# %%\nx = 1\n", "# %% mocolab={'role': 'given'}\n"])
def test_a_marker_that_is_none_is_refused(text, tmp_path):
    path = tmp_path / "lab90_numbers.py"
    path.write_text(course_toys.percent(CELLS[:1]) + "\n" + text if text[0] == "#" else text)
    with pytest.raises(ValueError, match=r"lab90_numbers\.py:\d+: "):
        source.read(path)
