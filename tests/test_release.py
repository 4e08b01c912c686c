"""Releasing a lab: one source becomes a solution, a student's lab and the values its checks compare with."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import course_toys
import jupytext
import nbformat
import pytest
from course_toys import CELLS, SECOND, write_lab

from mocolab.cli import main
from mocolab.course import bundles, faults, notebooks, release, source
from mocolab.course.bundles import recognise
from mocolab.verbs import check

ROOT = Path(__file__).parent.parent


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
        ([*CELLS, ({"role": "stub", "id": "90.7"}, "x = 1")], "the stub of exercise 90.7 has no answer cell"),
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


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The toy lab, released; tests that change it take a copy."""
    root = tmp_path_factory.mktemp("course")
    lab = source.read(write_lab(root / "solutions"))
    release.release(lab, ("smoke",), root / "labs", root / "keys")
    return root


@pytest.fixture
def course(released, tmp_path):
    return Path(shutil.copytree(released, tmp_path / "course"))


def faults_in(course: Path) -> str:
    lab = source.read(course / "solutions/lab90_numbers.py")
    return "\n".join([*faults.of_lab(lab, course / "labs", course / "keys"), *faults.of_leaks([lab], course / "labs")])


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_release_has_no_faults_and_is_what_jupyter_writes(released):
    assert faults_in(released) == ""
    for path in [released / "solutions/lab90_numbers.ipynb", released / "labs/lab90_numbers.ipynb"]:
        notebook = nbformat.read(path, 4)
        nbformat.validate(notebook)
        assert nbformat.writes(notebook) + "\n" == path.read_text()


def test_students_get_stubs_and_no_outputs(released):
    notebook = notebooks.read(released / "labs/lab90_numbers.ipynb")
    cells = {cell["id"]: cell for cell in notebook["cells"]}
    assert (
        len(cells) == len(notebook["cells"]) == len([c for c, _ in CELLS if c["role"] not in ("stub", "misconception")])
    )
    assert all(
        cell["outputs"] == [] and cell["execution_count"] is None for cell in cells.values() if "outputs" in cell
    )
    assert cells["ex-90-1-answer"]["source"] == CELLS[4][1] and cells["ex-90-1-check"]["source"] == CELLS[5][1]
    assert cells["ex-90-2-answer"]["metadata"]["mocolab"] == SECOND
    text = json.dumps(notebook)
    assert not any(secret in text for secret in ("mul(2)", "norm(dim=", "drawn once", "One reason"))


def test_only_a_course_with_an_address_offers_itself_to_colab(tmp_path, monkeypatch):
    lab = source.read(write_lab(tmp_path))
    assert notebooks.repository() == "" and notebooks.student(lab, {})["cells"][1]["source"] == lab.cells[1].source
    monkeypatch.setattr(notebooks, "PROJECT", tmp_path / "pyproject.toml")
    notebooks.PROJECT.write_text('[project.urls]\nRepository = "https://example.org/a/course"\n')
    _, first, second, *_ = notebooks.student(lab, {})["cells"]
    assert '%pip install -q "mocolab @ git+https://example.org/a/course"' in first["source"]
    assert second["source"] == lab.cells[1].source
    shown, _ = release.execute({**notebooks.solution(lab, {}), "cells": [first]}, "smoke")
    assert shown[0]["outputs"] == [], "where mocolab is, nothing is installed"


def test_a_solution_is_executed_and_says_what_it_costs(released):
    notebook = notebooks.read(released / "solutions/lab90_numbers.ipynb")
    codes = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in codes] == list(range(1, 8))
    assert codes[5]["outputs"][0]["text"] == ["mean length tensor(5.1962)\n"]
    (cost,) = notebook["metadata"]["mocolab"]["costs"].values()
    assert f"| {cost['seconds']} | {cost['megabytes']} |" in notebook["cells"][0]["source"]
    assert 50 < cost["megabytes"] < 5000


def test_the_expected_values_know_right_and_wrong(released):
    values = json.loads((released / "keys/lab90.json").read_text())
    for id, cause in (("90.1", "drawn once"), ("90.2", "norm of columns")):
        known = {cause: tuple(wrong) for cause, wrong in values[id]["misconceptions"].items()}
        assert recognise(known[cause][0], known) == known[cause][1]
        assert recognise(values[id]["expected"], known) is None


def test_releasing_again_changes_no_byte(released):
    before = {path: path.read_bytes() for path in released.rglob("*.*")}
    lab = source.read(released / "solutions/lab90_numbers.py")
    release.release(lab, ("smoke",), released / "labs", released / "keys")
    assert {path: path.read_bytes() for path in released.rglob("*.*")} == before


@pytest.mark.parametrize(
    ("new", "kept"),
    [
        ({"seconds": 39, "megabytes": 500}, True),
        ({"seconds": 7, "megabytes": 310}, True),
        ({"seconds": 101, "megabytes": 500}, False),
        ({"seconds": 30, "megabytes": 1701}, False),
        ({"seconds": 6, "megabytes": 90}, False),
    ],
)
def test_measured_figures_are_kept_until_they_are_far_off(new, kept):
    old = {"seconds": 30, "megabytes": 500}
    assert release.settled(old, new) == (old if kept else new)
    assert release.settled(None, new) == new


@pytest.mark.parametrize(
    ("path", "old", "new", "complaint"),
    [
        ("solutions/lab90_numbers.py", "about rows.", "about rows!", "is not made from"),
        ("keys/lab90.json", '"source": "', '"source": "0', "lab90.json is not made from"),
        ("labs/lab90_numbers.ipynb", "the L2 norm of each row", "the norm", "was edited by hand"),
        ("solutions/lab90_numbers.ipynb", ".mul(2)", ".mul(3)", "was edited by hand"),
        ("solutions/lab90_numbers.ipynb", '"execution_count": 3', '"execution_count": 9', "not run once each"),
        ("solutions/lab90_numbers.ipynb", "0.2368305", "0.3368305", "does not pass its own check"),
        (
            "labs/lab90_numbers.ipynb",
            "the L2 norm of each row",
            "return rows(num_rows, dim, normal).norm(dim=1)",
            "gives away",
        ),
    ],
)
def test_what_has_changed_since_the_release_is_found(path, old, new, complaint, course):
    edit(course / path, old, new)
    assert complaint in faults_in(course)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "# def lengths(num_rows, dim,",
            "# def lengths(num_rows, size,",
            "the stub of 90.2 and the answer disagree: def lengths",
        ),
        ("# def rows(num_rows,", "# def row(num_rows,", "disagree: nothing and def rows"),
        (
            'Error("Exercise 90.1: rows',
            'Error("Exercise 90.2: rows',
            'rows must end in raise NotImplementedError("Exercise',
        ),
        ("#     raise NotImplementedError", "#     return NotImplementedError", "must end in raise"),
        ("# def rows(num_rows,", "# def rows(num_rows", "is not Python"),
        ("# Two functions", "# ![](rows.png) Two functions", "a picture has no description: '![]('"),
        ("# Two functions", '# <img src="rows.png"> Two functions', "a picture has no description: '<img"),
    ],
)
def test_a_source_with_faults_is_found(old, new, complaint, course):
    edit(course / "solutions/lab90_numbers.py", old, new)
    assert complaint in faults_in(course)


def test_lines_of_the_package_and_headers_give_nothing_away(course, monkeypatch):
    monkeypatch.setattr(faults, "PACKAGE", course / "package")
    telling = "return rows(num_rows, dim, normal).norm(dim=1)"
    edit(course / "labs/lab90_numbers.ipynb", "the L2 norm of each row", telling)
    assert "gives away" in faults_in(course)
    (course / "package").mkdir()
    (course / "package/lengths.py").write_text(f"def lengths(num_rows, dim, normal):\n    {telling}\n")
    assert "gives away" not in faults_in(course)


HTML = {"output_type": "display_data", "metadata": {}}


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        ({"output_type": "error", "ename": "KeyError", "evalue": "'x'", "traceback": []}, "it fails: KeyError: 'x'"),
        ({"output_type": "stream", "name": "stderr", "text": ["UserWarning: old\n"]}, "it warns: 'UserWarning: old'"),
        ({"output_type": "stream", "name": "stdout", "text": [f"{Path.home()}/x"]}, "it shows a path of this machine"),
        (HTML | {"data": {"text/plain": ["<Net object at 0x7fd2a4b0c1d0>"]}}, "an address in memory, 0x7fd2a4b0c1d0"),
        (HTML | {"data": {"image/png": "iVBOR"}}, "shows a picture without a description"),
        (HTML | {"data": {"text/html": ["<video src='data:'></video>"]}}, 'a picture has no description: "<video'),
        (HTML | {"data": {"text/html": "x" * 400_000}}, "its outputs have 400 kB"),
    ],
)
def test_outputs_that_do_not_belong_into_a_book_are_refused(output, complaint, released):
    notebook = notebooks.read(released / "solutions/lab90_numbers.ipynb")
    notebook["cells"][-3]["outputs"] = [output]
    values = json.loads((released / "keys/lab90.json").read_text())
    (fault,) = faults.of_outputs("lab90_numbers.ipynb", notebook, values)
    assert fault.startswith("lab90_numbers.ipynb, cell demo-12: ") and complaint in fault


def test_the_labs_stand_as_their_sources_say_and_asking_needs_no_torch():
    code = "import sys; from mocolab.cli import main; main(['release', '--check']); sys.exit('torch' in sys.modules)"
    asked = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert asked.returncode == 0, asked.stderr


def test_a_student_is_told_points_and_mistakes(course, monkeypatch, capsys):
    """One answer is a known mistake, the other one is right although it is written otherwise."""
    monkeypatch.setattr(bundles, "KEYS", course / "keys")
    notebook = course / "labs/lab90_numbers.ipynb"
    raising = 'raise NotImplementedError(\\"Exercise 90.{}: {}\\")'
    edit(notebook, raising.format(1, "rows of numbers"), "return normal(1, dim).expand(num_rows, dim) * 2 + 1")
    edit(notebook, raising.format(2, "the length of each row"), "return (1 + 2 * normal(num_rows, dim)).norm(dim=-1)")
    main(["check", str(notebook)])
    first, second, words, total = capsys.readouterr().out.splitlines()
    assert first.split()[:4] == ["90.1", "0", "of", "2"] and first.endswith(
        "All rows are equal: draw num_rows of them."
    )
    assert second.split() == ["90.2", "3", "of", "3", "right"]
    assert words.split()[1:3] == ["?", "of"] and words.endswith("read by a person")
    assert total.split()[:3] == ["3", "of", "5"]


@pytest.mark.parametrize("path", sorted(ROOT.glob("labs/*.ipynb")), ids=lambda path: path.stem)
def test_an_untouched_lab_fails_only_where_an_answer_is_missing(path):
    lab = notebooks.read(path)
    ran, _ = release.execute(lab, "smoke")
    raised = {cell["id"]: error["ename"] for cell, error in zip(lab["cells"], map(error_of, ran)) if error}
    assert set(raised.values()) <= {"NotImplementedError"}
    checks = {cell["id"] for cell in lab["cells"] if cell["metadata"]["mocolab"]["role"] == "check"}
    given = {cell["id"] for cell in lab["cells"] if cell["metadata"]["mocolab"]["role"] == "given"}
    assert checks <= set(raised) and not given & set(raised)


def error_of(ran: dict) -> dict | None:
    return next((output for output in ran.get("outputs", ()) if output["output_type"] == "error"), None)


def test_cells_are_found_as_the_grader_finds_them(course, monkeypatch, capsys):
    """Another program has lost all metadata and ids, and one answer stands in a cell of its own."""
    monkeypatch.setattr(bundles, "KEYS", course / "keys")
    monkeypatch.setattr(check, "LABS", course / "labs")
    notebook = notebooks.read(course / "labs/lab90_numbers.ipynb")
    cells = [{"cell_type": cell["cell_type"], "metadata": {}, "source": cell["source"]} for cell in notebook["cells"]]
    cells.append({"cell_type": "code", "metadata": {}, "source": CELLS[3][1]})
    borrowed = f"import mocolab.metrics\n{CELLS[8][1]}"
    cells.append({"cell_type": "code", "metadata": {}, "source": borrowed})
    own = course / "lab90.ipynb"
    own.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    main(["check", str(own)])
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.split() == ["90.1", "2", "of", "2", "right"]
    assert second.split()[:4] == ["90.2", "0", "of", "3"] and "imports mocolab.metrics" in second


def test_what_is_no_lab_is_not_checked(tmp_path):
    path = tmp_path / "lab.ipynb"
    empty = '{"cells": [], "nbformat": 4}'
    free = json.dumps({"cells": [{"metadata": {"mocolab": {"role": "free"}}, "source": "words"}], "nbformat": 4})
    complaints = {"[]": "a notebook of format 4", empty: "holds no answer cells", "{": "unreadable", free: "a person"}
    for text, complaint in complaints.items():
        path.write_text(text)
        with pytest.raises(SystemExit, match=complaint):
            main(["check", str(path)])
    with pytest.raises(SystemExit, match="is no file: name your copy of a lab"):
        main(["check", str(tmp_path / "other.ipynb")])
