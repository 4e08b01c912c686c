"""The parts of grading that run no kernel: intake, extraction, tables, pages."""

import json
import os
import re
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import corpus
import pytest

from mocolab.course import batch, jail
from mocolab.course.batch import Record, by_student, slug
from mocolab.course.extract import answers, objection, reaches_out
from mocolab.course.grade import nothing
from mocolab.course.intake import LARGEST, proper_name, submissions
from mocolab.course.report import marked, write_marks, write_reports
from mocolab.course.roster import LatePolicy, fill_canvas, read_late, read_marks, read_roster
from mocolab.tables import read_table, write_table

LAB = corpus.LAB


def read_all(place: Path) -> dict[str, str]:
    """What reading each submission says; 'notebook' where it is one."""
    said = {}
    for one in submissions(place):
        try:
            said[one.student] = "notebook" if one.read()["cells"] else ""
        except ValueError as error:
            said[one.student] = str(error)
    return said


def test_archives_are_read_and_never_extracted(tmp_path):
    place = tmp_path / "in"
    place.mkdir()
    notebook = corpus.WHOLE.encode()

    def archive(name: str, members: dict[str, bytes], mode: int = 0) -> None:
        with zipfile.ZipFile(place / name, "w", zipfile.ZIP_DEFLATED) as made:
            for member, content in members.items():
                info = zipfile.ZipInfo(member, date_time=(2026, 3, 1, 12, 0, 0))
                info.external_attr, info.compress_type = mode << 16, zipfile.ZIP_DEFLATED
                made.writestr(info, content)

    archive("anna.zip", {"lab90.ipynb": notebook, "data.pkl": b"x", "conftest.py": b"raise SystemExit"})
    archive("slip.zip", {"../../evil.ipynb": notebook, "/evil.ipynb": notebook})
    archive("link.zip", {"lab90.ipynb": b"/etc/passwd"}, stat.S_IFLNK | 0o777)
    archive("bomb.zip", {"lab90.ipynb": b" " * (40 * LARGEST)})
    archive("nested.zip", {"lab90.zip": (place / "anna.zip").read_bytes()})
    archive("canvas.zip", {"doejane_LATE_1234_77_lab90.ipynb": notebook, "roejim_99_78_lab90-2.ipynb": notebook})
    archive("moodle.zip", {"Zoë Ng_55_assignsubmission_file_/lab90.ipynb": notebook})
    (place / "damaged.zip").write_bytes((place / "anna.zip").read_bytes()[:-40])
    broken = bytearray((place / "anna.zip").read_bytes())
    broken[200] ^= 255
    (place / "flipped.zip").write_bytes(broken)
    before = sorted(tmp_path.rglob("*"))
    said = read_all(place)
    assert {name for name, text in said.items() if text == "notebook"} == {"anna", "doejane", "roejim", "Zoë Ng"}
    refused = {"slip", "link", "bomb", "nested", "damaged", "flipped"}
    assert {name for name, text in said.items() if "unreadable" in text} == refused
    assert "link" in said["link"] and "16 MB" in said["bomb"]
    assert sorted(tmp_path.rglob("*")) == before, "nothing was written"
    assert time.localtime(next(one.when for one in submissions(place) if one.student == "anna")).tm_year == 2026


def test_links_pipes_and_deep_folders_are_refused(tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_text(corpus.WHOLE)
    place = tmp_path / "in"
    (place / "deep" / "a" / "b" / "c" / "d").mkdir(parents=True)
    (place / "deep" / "a" / "b" / "c" / "d" / "lab90.ipynb").write_text(corpus.WHOLE)
    (place / "file.ipynb").symlink_to(secret)
    (place / "folder").symlink_to(tmp_path)
    (place / "inside").mkdir()
    (place / "inside" / "lab90.ipynb").symlink_to(secret)
    os.mkfifo(place / "pipe.ipynb")
    os.mkfifo(place / "pipe2.zip")
    said = read_all(place)
    assert set(said) == {"deep", "file", "folder", "inside", "pipe", "pipe2"}
    assert all("unreadable" in text for text in said.values())


def test_the_right_file_of_the_right_student_is_taken(tmp_path):
    place, canvas = tmp_path / "in", tmp_path / "canvas.zip"
    (place / "anna").mkdir(parents=True)
    for age, name in enumerate(("lab90.ipynb", "lab90-old.ipynb", "lab91.ipynb")):
        (place / "anna" / name).write_text("{}")
        os.utime(place / "anna" / name, (1e9 - age, 1e9 - age))
    table = tmp_path / "roster.csv"
    table.write_text("\ufeffstudent;id\nanna;\nben;1234\ncarla;\n", encoding="utf-8")
    with zipfile.ZipFile(canvas, "w") as made:
        made.writestr("anyname_1234_77_lab90.ipynb", "{}")
    roster = read_roster(table)
    work = by_student([*submissions(place), *submissions(canvas)], roster, LAB)
    assert list(work) == ["anna", "ben", "carla"]
    assert [one.path.name for one in work["anna"]] == ["lab90-old.ipynb", "lab90.ipynb"], "the last one last"
    assert work["ben"][0].member and not work["carla"]
    with zipfile.ZipFile(place / "anna.zip", "w") as made:
        made.writestr("ben_1234_77_lab90.ipynb", "{}")
    assert len(by_student(submissions(place), roster, LAB)["anna"]) == 3, "nobody hands in for another"
    with pytest.raises(ValueError, match="needs student too"):
        read_roster(_written(tmp_path / "wrong.csv", "name,id\nx,1\n"))


@pytest.mark.parametrize("name", ["A\u202eB", "a\nb", "a/b", "", " ", "x" * 200, "..", "\x00", "a\u200bb", "\ud800"])
def test_names_that_deceive_are_refused(name):
    with pytest.raises(ValueError, match="no name of a student"):
        proper_name(name)


def test_names_have_one_form_and_files_of_their_own():
    assert proper_name("Zoe\u0308") == "Zo\u00eb"
    names = ["Dora", "dora", "DORA", "d-ora", "=cmd|' /C calc'!A0", "Zo\u00eb", "CON", "a.b", "a b"]
    assert len({slug(name).casefold() for name in names}) == len(names)
    assert all(set(slug(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_") for name in names)


def test_answers_and_objections():
    for name in ("right", "metadata-lost", "ids-lost-too", "cell-type", "odd-cells", "written-below", "duplicate"):
        found = answers(json.loads(corpus.CASES[name].content), LAB)
        assert {id: one.source.strip() for id, one in found.items() if id in LAB.exercises} == corpus.RIGHT, name
    forbidden, allowed = ["expand"], {"torch", "mocolab.course"}
    for source in ("import mocolab", "from mocolab import load", "def f():\n  import mocolab.data.shapes as s",
                   "import importlib as i\ni.import_module('mocolab.networks')", "__import__('mocolab')"):  # fmt: skip
        assert "imports mocolab" in objection(source, forbidden, allowed), source
    for source in ("from mocolab.course import check", "'mocolab'", "x = (", "import torch", "expanding = 1"):
        assert objection(source, forbidden, allowed) is None, source
    assert "uses expand" in objection("def f(x): return x.expand(2)", forbidden, allowed)


def test_what_reaches_beyond_its_cell():
    exercise = LAB.exercises["90.1"]
    for source in (
        "SCALE = 2",
        "torch.relu = None",
        "os.environ['a'] = 'b'",
        "print(1)",
        "class Hinge: pass",
        "%reset -f",
        "del check",
    ):
        assert reaches_out(source, exercise), source
    for source in (corpus.RIGHT["90.1"], corpus.STUB["90.1"], "import math\ndef content_codes(): SCALE = 2"):
        assert not reaches_out(source, exercise), source


def test_the_jail_holds_only_what_the_lab_was_given(tmp_path):
    jail.furnish(tmp_path, {"torch", "mocolab.course"})
    held = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.py")}
    assert "mocolab/course/checks.py" in held and all(
        re.match(r"mocolab/(__init__|course/\w+)\.py", path) for path in held
    )
    assert not held & {f"mocolab/course/{name}.py" for name in ("exercise", "source", "grade", "release", "audit")}
    jail.furnish(tmp_path, {"mocolab.networks.latents"})
    held = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.py")}
    assert "mocolab/networks/latents.py" in held and not any("systems" in path for path in held)


def test_what_the_machine_failed_at_is_tried_again(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    for student in ("lucky", "unlucky"):
        (tmp_path / "in" / f"{student}.ipynb").write_text(corpus.WHOLE)
    work = by_student(submissions(tmp_path / "in"), {}, LAB)
    works = iter([False, True, False, False, True])  # lucky's second try, and the next day

    def grade(lab, bench, key, seed, found):
        if not next(works):
            raise RuntimeError("no kernel")
        return {id: {"points": 1, "of": 1, "verdict": "right", "notes": []} for id in lab.exercises}

    monkeypatch.setattr(batch, "grade", grade)
    monkeypatch.setattr(batch, "make_key", lambda lab, bench, seed: {})
    bench = batch.Bench(tmp_path, (), True)
    first, second = batch.grade_class(LAB, work, bench, tmp_path / "out", workers=1, seed=5)
    assert first.seed == 5 and first.points == len(LAB.exercises)
    assert second.seed is None and "Not graded: no kernel" in str(second.results) and second.points == 0
    assert [path.stem for path in (tmp_path / "out" / "results").iterdir()] == ["lucky"], "the other is not done"
    assert all(record.points for record in batch.grade_class(LAB, work, bench, tmp_path / "out", workers=1, seed=None))


def test_tables_hold_no_formulas(tmp_path):
    hostile = ["=1+1", "+1", "-1", "@x", "\tx", "plain", 'quote"d, and\nmore']
    write_table(tmp_path / "t.csv", ["student", "points"], [{"student": name, "points": 2.5} for name in hostile])
    rows = read_table(tmp_path / "t.csv", "student")
    assert [row["student"][:1] for row in rows[:5]] == ["'"] * 5 and rows[5]["student"] == "plain"
    assert rows[6]["student"] == hostile[6] and {row["points"] for row in rows} == {"2.5"}


def test_late_work_keeps_a_share(tmp_path):
    due = {"due": "2026-03-01T12:00:00+00:00", "grace_minutes": 10, "extensions": {"ben": "2026-03-02T12:00:00+00:00"}}
    late = read_late(_written(tmp_path / "late.json", json.dumps(due)))
    noon, day = 1772366400.0, 86400
    times = [noon, noon + 600, noon + 601, noon + day + 1, noon + 40 * day]
    assert [late.kept("anna", when) for when in times] == pytest.approx([1, 1, 0.9, 0.8, 0.5])
    assert late.kept("ben", noon + day) == 1 and late.kept("ben", noon + day + 601) == pytest.approx(0.9)
    with pytest.raises(ValueError, match="no late policy"):
        read_late(_written(tmp_path / "bad.json", '{"when": 3}'))


def test_canvas_is_filled_in(tmp_path):
    export = "Student,ID,SIS User ID,SIS Login ID,Section,Lab 90 (17),Lab 9 (18)\n" + \
        "    Points Possible,,,,,12,10\n\"Doe, Jane\",1234,s1,jdoe,A,,7\n\"Roe, Jim\",99,s2,jroe,A,,8\n"  # fmt: skip
    roster = {"jane": {"student": "jane", "id": "1234"}}
    totals = {"jane": 9.5, "jroe": 3.0, "eve": 1.0}
    unknown = fill_canvas(_written(tmp_path / "e.csv", export), tmp_path / "c.csv", "90", roster, totals)
    rows = read_table(tmp_path / "c.csv", "Student")
    assert [row["Lab 90 (17)"] for row in rows] == ["12", "9.5", "3.0"] and unknown == ["eve"]
    assert [row["Lab 9 (18)"] for row in rows] == ["10", "7", "8"], "other columns stay"
    with pytest.raises(ValueError, match="one column must be lab 07's"):
        fill_canvas(tmp_path / "e.csv", tmp_path / "c.csv", "07", roster, totals)


def test_reports_show_hostile_words_and_a_person_has_the_last_one(tmp_path):
    nasty = "<script>alert(1)</script>"
    results = nothing(LAB, nasty)
    waits = results | {"90.4": {"points": 0, "of": 2, "verdict": "by hand", "notes": []}}
    anna = "=anna<script>"
    records = [Record(anna, waits, when=0.0, words={"90.4": nasty}), Record("ben", results)]
    marks_file = tmp_path / "marks.csv"
    write_marks(marks_file, records, {})
    marks = read_marks(marks_file)
    assert list(marks) == [(anna, "90.4")], "one free answer waits"
    write_table(marks_file, ["student", "exercise", "points", "reason"], [
        {"student": anna, "exercise": "90.4", "points": "1,5", "reason": "good"},
        {"student": "ben", "exercise": "90.2", "points": "3", "reason": ""}])  # fmt: skip
    late = LatePolicy("2000-01-01T00:00:00+00:00")
    records = [marked(one, read_marks(marks_file), late) for one in records]
    write_reports(LAB, records, tmp_path, {"protection": "none"})
    assert [one.total for one in records] == [1.5, 3]
    pages = [*(tmp_path / "feedback").glob("*.html"), tmp_path / "by-hand.html"]
    assert len(pages) == 3
    for page in pages:
        text = page.read_text()
        assert "<script" not in text and "src=" not in text and "default-src 'none'" in text
    assert nasty.replace("<", "&lt;").replace(">", "&gt;") in (tmp_path / "by-hand.html").read_text()
    summary = read_table(tmp_path / "summary.csv", "student", "total")
    assert next(iter(summary[0])) == "student" and summary[0]["student"].startswith("'=")
    scores = read_table(tmp_path / "scores.csv", "student", "exercise", "points")
    assert [row["by"] for row in scores if row["student"] == "ben"] == ["machine", "person", "machine", "machine"]
    write_marks(marks_file, records, read_marks(marks_file))
    assert len(read_marks(marks_file)) == 2, "nothing is asked for twice"


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_nbval_compares_bundles_and_nothing_else(tmp_path):
    def notebook(shown: float, stored: float, ours: bool, text: str = "one") -> dict:
        bundle = {"version": 1, "id": "90.2", "types": {}, "items": [
            {"name": "few", "gate": False, "kind": "float", "shape": [], "rtol": 1e-4, "atol": 1e-6}]}  # fmt: skip
        items = [bundle["items"][0] | {"values": [value]} for value in (shown, stored)]
        data = [{corpus.MIME: bundle | {"items": [item]}, "text/plain": text} for item in items]
        source = f"from IPython.display import display\nprint('{text}')\ndisplay({data[0]!r}, raw=True)"
        outputs = [{"output_type": "stream", "name": "stdout", "text": "one\n"}]
        outputs.append({"output_type": "display_data", "metadata": {}, "data": data[1] | {"text/plain": "one"}})
        cell = {"cell_type": "code", "metadata": {}, "source": source, "execution_count": 1, "outputs": outputs}
        return {"nbformat": 4, "nbformat_minor": 4, "metadata": {"mocolab": {}} if ours else {}, "cells": [cell]}

    made = {
        "near": notebook(0.5, 0.500001, True, "another line"),
        "far": notebook(0.5, 0.51, True),
        "foreign": notebook(0.5, 0.5, False, "another line"),
    }
    for name, content in made.items():
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(content))
    command = [sys.executable, "-m", "pytest", "-p", "mocolab.course.plugin", "-p", "nbval.plugin", "--nbval", "-rA"]
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(corpus.TOY.parents[2])}
    done = subprocess.run(
        [*command, "--nbval-current-env"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    told = {name: word for word, name in re.findall(r"^(PASSED|FAILED) (\w+)", done.stdout, re.MULTILINE)}
    assert told == {"near": "PASSED", "far": "FAILED", "foreign": "FAILED"}, done.stdout
    assert "few" in done.stdout
