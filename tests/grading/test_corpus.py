"""Grading from end to end: every attack gets its points and harms nobody. Takes minutes; `pytest -n 0 -m corpus`."""

import json
import os
import re
import shutil
import site
import stat
import subprocess
import sys
import time
from pathlib import Path

import corpus
import psutil
import pytest

from mocolab.cli import main
from mocolab.course import jail, notebooks
from mocolab.course.source import read
from mocolab.tables import read_table

pytestmark = pytest.mark.corpus
SOLUTIONS = corpus.TOY.parents[2] / "solutions"
LAB01 = SOLUTIONS / "lab01_generator.py"


def hand_in(place: Path, work: dict[str, str | bytes]) -> Path:
    """A folder with a notebook for each student."""
    place.mkdir()
    for student, content in work.items():
        data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
        (place / f"{student}.ipynb").write_bytes(data)
    return place


def points(out: Path) -> dict[str, dict[str, float]]:
    """{student: {exercise: points}} of a graded class."""
    found: dict[str, dict[str, float]] = {}
    for row in read_table(out / "scores.csv", "student", "exercise", "points"):
        found.setdefault(row["student"], {})[row["exercise"]] = float(row["points"])
    return found


def daemons() -> list[psutil.Process]:
    """What the attack 'leftovers' would leave."""
    return [process for process in psutil.process_iter(["cmdline"]) if "86397" in (process.info["cmdline"] or [])]


@pytest.fixture(scope="module", autouse=True)
def jailed():
    if reason := jail.missing():
        pytest.skip(f"there is no jail on this machine: {reason}")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The whole corpus, graded as one class."""
    folder = tmp_path_factory.mktemp("class")
    place = hand_in(folder / "in", {name: case.content for name, case in corpus.CASES.items()})
    (place / "conftest.py").write_text("raise SystemExit('read by the grader')")
    (place / "pytest.ini").write_text("[pytest]\naddopts = --collect-only")
    main(["grade", str(corpus.TOY), "--submissions", str(place), "--out", str(folder / "out"), "--workers", "2"])
    return folder / "out"


@pytest.fixture(scope="module")
def rows(graded):
    return points(graded)


@pytest.mark.parametrize("name", corpus.CASES)
def test_points(graded, rows, name):
    expected, said = corpus.CASES[name], json.loads((graded / "report.json").read_text())["students"][name]["results"]
    assert tuple(rows[name][f"90.{number}"] for number in (1, 2, 3)) == expected.points, said
    assert expected.says in " ".join(note for result in said.values() for note in result["notes"])


def test_everybody_has_a_row_and_a_page(graded, rows):
    assert set(corpus.CASES) <= set(rows)
    pages = list((graded / "feedback").glob("*.html"))
    assert len(pages) == len(rows)
    for page in [*pages, graded / "by-hand.html"]:
        text = page.read_text()
        assert "<script" not in text and not re.search(r"[\x00-\x08\x1b\u202a-\u202e]", text), page.name


def test_the_machine_is_unharmed(graded):
    assert not daemons()
    sites = [*site.getsitepackages(), sys.prefix, corpus.TOY.parents[2]]
    written = ["/etc/evil.py", corpus.TOY.with_name("evil.py")]
    written += [Path(place, name) for place in sites for name in ("sitecustomize.py", "torch.py")]
    written.append(Path.home() / ".ipython/profile_default/startup/evil.py")
    assert not [path for path in map(Path, written) if path.exists()]
    report = json.loads((graded / "report.json").read_text())
    seeds = {student["seed"] for student in report["students"].values()} - {None}
    assert len(seeds) == 1
    assert str(seeds.pop()) not in "".join(page.read_text() for page in (graded / "feedback").glob("*.html"))


def test_a_killed_batch_goes_on_and_a_persons_mark_stays(tmp_path):
    work = {f"student{number}": corpus.WHOLE for number in range(4)}
    place, out = hand_in(tmp_path / "in", work), tmp_path / "out"
    command = ["grade", str(corpus.TOY), "--submissions", str(place), "--out", str(out), "--workers", "2"]
    batch = subprocess.Popen([sys.executable, "-m", "mocolab", *command], stderr=subprocess.DEVNULL)
    while not list((out / "results").glob("s*.json")):
        assert batch.poll() is None
        time.sleep(0.1)
    family = psutil.Process(batch.pid).children(recursive=True)
    batch.kill()
    batch.wait()
    kept = {path: path.read_text() for path in (out / "results").glob("s*.json")}
    seed = (out / "seed").read_text()
    assert family and not psutil.wait_procs(family, timeout=20)[1], "all kernels fall with the grader"
    assert not (out / "scores.csv").exists()
    (out / "marks.csv").write_text("student,exercise,points,reason\nstudent1,90.2,1,copied\n")
    main(command)
    assert all(path.read_text() == text for path, text in kept.items()), "what was graded stays"
    assert {json.loads(path.read_text())["seed"] for path in (out / "results").glob("*.json")} == {int(seed)}
    (place / "student1.ipynb").write_text(corpus.CASES["says-passed"].content)
    main(command)
    rows = {student: tuple(row[f"90.{n}"] for n in (1, 2, 3)) for student, row in points(out).items()}
    assert rows == {student: (2, 3, 5) for student in work} | {"student1": (2, 1, 5)}
    assert json.loads((out / "results" / "student1.json").read_text())["seed"] != int(seed), "a new one each time"


def test_without_a_jail_it_says_what_is_open(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(jail, "missing", lambda: "not here")
    names = ("right", "untouched", "searches-disk", "exit")
    place = hand_in(tmp_path / "in", {name: corpus.CASES[name].content for name in names})
    main(["grade", str(corpus.TOY), "--submissions", str(place), "--out", str(tmp_path / "out"), "--workers", "2"])
    assert "Open are then" in capsys.readouterr().out
    rows = points(tmp_path / "out")
    said = (tmp_path / "out" / "report.json").read_text()
    assert [sum(rows[name].values()) for name in names] == [10, 0, 10, 7], f"the search finds what is hidden: {said}"


def test_an_ordinary_user_grades(tmp_path):
    if os.getuid() != 0:
        pytest.skip("this user is an ordinary one: the whole corpus was graded by it")
    if not Path(sys.prefix).stat().st_mode & stat.S_IXOTH:
        pytest.skip(f"other users may not look into the environment {sys.prefix}: chmod 755 it")
    place = Path("/tmp", "mocolab-test-user")
    shutil.rmtree(place, ignore_errors=True)
    hand_in(place, {name: corpus.CASES[name].content for name in ("right", "searches-disk", "forks", "kills-all")})
    for path in (place, *place.iterdir()):
        os.chown(path, 65534, 65534)
    (place / "python").mkdir()
    top = "/" + Path(sys.base_prefix).parts[1]
    script = f"""set -e
    if ! setpriv --reuid 65534 --clear-groups test -x {sys.base_prefix}/bin; then
        mount --rbind {sys.base_prefix} {place}/python
        mount -t tmpfs -o mode=755 none {top}
        mkdir -p {sys.base_prefix}
        mount --rbind {place}/python {sys.base_prefix}
    fi
    cd {place}
    export HOME={place} PYTHONPATH={corpus.TOY.parents[2]}
    exec setpriv --reuid 65534 --regid 65534 --clear-groups {sys.executable} -m mocolab grade {corpus.TOY} \
        --submissions {place} --out {place}/out --workers 2"""
    try:
        done = subprocess.run(["unshare", "--mount", "sh", "-c", script], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "jailed" in done.stdout
        rows = points(place / "out")
    finally:
        shutil.rmtree(place)
    for name in ("right", "searches-disk", "forks", "kills-all"):
        assert tuple(rows[name][f"90.{number}"] for number in (1, 2, 3)) == corpus.CASES[name].points


@pytest.mark.parametrize("seed", [1, 2, 2**31 - 1])
def test_lab_01(tmp_path, seed):
    lab = read(LAB01)
    solved, untouched = notebooks.solution(lab, {}), notebooks.student(lab, {})
    borrowed = json.loads(notebooks.text(solved))
    for cell in borrowed["cells"]:
        if cell["metadata"]["mocolab"].get("role") == "answer":
            cell["source"] = "import mocolab.networks.generators\n" + "".join(cell["source"])
    work = {"solved": notebooks.text(solved), "untouched": notebooks.text(untouched), "borrowed": json.dumps(borrowed)}
    place = hand_in(tmp_path / "in", work)
    out = tmp_path / "out"
    main(["grade", str(LAB01), "--submissions", str(place), "--out", str(out), "--workers", "2", "--seed", str(seed)])
    rows = points(out)
    assert rows["solved"] == {id: exercise.points for id, exercise in lab.exercises.items()}
    assert set(rows["untouched"].values()) == set(rows["borrowed"].values()) == {0}
