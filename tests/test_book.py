"""The built book, of students and of teachers: whole, nothing given away, and as a browser without network sees it."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from mocolab.course import faults, notebooks, source

pytestmark = pytest.mark.book
ROOT = Path(__file__).parent.parent
BUILD = ROOT / "book" / "_build"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NARROW, WIDE = {"width": 390, "height": 780}, {"width": 1280, "height": 900}
PLAYS = """async video => {
    await video.play();
    await new Promise(resolve => { video.ontimeupdate = () => video.currentTime > 0 && resolve(); });
    video.pause(); return video.videoWidth > 0; }"""

ALIKE = re.compile(
    "labs/lab(?!01)|reference/(?!command|networks)|genindex"
)  # axe is slow; these are made as others are
LIGHTEN = """() => {
    const all = selector => [...document.querySelectorAll(selector)];
    all("[src^='data:']").forEach(picture => picture.removeAttribute("src"));
    all("[poster^='data:']").forEach(clip => clip.removeAttribute("poster"));
    [".highlight", "dl.py"].forEach(alike => all(alike).slice(10).forEach(one => one.remove())) }"""


def build(edition: str, *to: str) -> str:
    """Build an edition of the book, strictly; what Sphinx said."""
    program = shutil.which("jupyter-book", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if not program:
        pytest.skip("jupyter-book is not installed: pip install -e '.[book]'")
    command = [program, "build", "book", "-W", "-n", "--keep-going", *to]
    env = os.environ | {"MOCOLAB_BOOK": edition}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    return done.stdout


@pytest.fixture(scope="session")
def teachers() -> Path:
    build("teacher", "--path-output", str(BUILD / "teacher"))
    return BUILD / "teacher" / "_build" / "html"


@pytest.fixture(scope="session")
def students(teachers) -> Path:
    """Built after the teacher's book, from the same tree: nothing of that one may stay."""
    build("student")
    return BUILD / "html"


@pytest.fixture(scope="session")
def soups(students) -> dict[Path, object]:
    from bs4 import BeautifulSoup

    pages = (page for page in students.rglob("*.html") if "_static" not in page.parts)
    return {page: BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser") for page in pages}


def telling_lines() -> tuple[set[str], set[str]]:
    """Lines of answers that neither the package nor a lab shows: as lines of their own, and not even inside others."""
    shown = [path.read_text(encoding="utf-8") for path in (ROOT / "mocolab").rglob("*.py")]
    shown += [cell["source"] for path in (ROOT / "labs").glob("*.ipynb") for cell in notebooks.read(path)["cells"]]
    public = "\n".join(shown)
    labs = map(source.read, source.find(folder=ROOT / "solutions"))
    answers = [exercise.answer.source for lab in labs for exercise in lab.exercises.values()]
    lines = {line.strip() for answer in answers for line in answer.splitlines()}
    long = {line for line in lines if len(line) >= faults.LONG_ENOUGH}
    known = {line.strip() for line in public.splitlines()}
    return long - known, {line for line in long if line not in public}


def test_the_students_book_gives_nothing_away(students, soups):
    own, inside = telling_lines()
    assert len(inside) > 100
    for page, soup in soups.items():
        text = soup.get_text()
        assert own & {line.strip() for line in text.splitlines()} == set(), page
        assert [line for line in inside if line in text] == [], page
    solved = filter(Path.is_file, (ROOT / "solutions").iterdir())
    solutions = {hashlib.sha256(path.read_bytes()).digest() for path in solved}
    labs = {path.read_bytes() for path in (ROOT / "labs").glob("*.ipynb")}
    for path in filter(Path.is_file, students.rglob("*")):
        assert "solutions" not in path.parts and hashlib.sha256(path.read_bytes()).digest() not in solutions, path
        assert path.suffix != ".py" and (path.suffix != ".ipynb" or path.read_bytes() in labs), path


def test_tables_are_tables(soups):
    raw = {
        page: [p.get_text() for p in soup.find_all("p") if p.get_text().startswith("|")] for page, soup in soups.items()
    }
    assert {page: lines for page, lines in raw.items() if lines} == {}


def test_the_teachers_book_adds_solutions_mistakes_and_rubrics(teachers):
    for path in source.find(folder=ROOT / "solutions"):
        page = (teachers / "solutions" / f"{path.stem}.html").read_text(encoding="utf-8")
        lab = source.read(path)
        assert all(f"Known mistakes in {id}," in page for id, exercise in lab.exercises.items())
        assert page.count("Rubric, ") == len(lab.free)


def test_a_lab_is_shown_with_the_pictures_of_its_solution(soups):
    for path in sorted((ROOT / "labs").glob("*.ipynb")):
        soup = soups[BUILD / "html" / "labs" / f"{path.stem}.html"]
        solved = notebooks.read(ROOT / "solutions" / path.name)["cells"]
        figures = json.dumps([cell.get("outputs", []) for cell in solved]).count("<figure")
        assert len(soup.select("div.output figure")) == figures > 0


def test_building_again_reads_nothing(students):
    assert "0 added, 0 changed, 0 removed" in build("student")


def test_links_lead_somewhere_and_nothing_is_remote(soups):
    anchors = {page: {tag["id"] for tag in soup.select("[id]")} for page, soup in soups.items()}
    broken = []
    for page, soup in soups.items():
        for tag in soup.select("a[href], link[href], img[src], video[src], video[poster], source[src], script[src]"):
            for link in filter(None, (tag.get(name) for name in ("href", "src", "poster"))):
                parts = urlsplit(link)
                if parts.scheme in {"a": ("http", "https", "mailto")}.get(tag.name, ("data",)):
                    continue
                target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
                known = parts.fragment in ("", *anchors.get(target, ()))
                if parts.netloc or not target.is_file() or not known:
                    broken.append(f"{page.name}: {link}")
    assert broken == []


def test_every_picture_and_clip_is_described(soups):
    silent = [
        f"{page.name}: {str(tag)[:120]}"
        for page, soup in soups.items()
        for tag in soup.select("article img, article video")
        if len((tag.get("alt") or tag.get("aria-label") or "").split()) < 3
    ]
    assert silent == []


def toc_pages(site: Path) -> list[str]:
    """The pages of the table of contents, from the front page on."""
    index = (site / "intro.html").read_text(encoding="utf-8")
    linked = re.findall(r'<a class="[^"]*reference internal" href="([^"#]+\.html)"', index)
    return ["intro.html", *dict.fromkeys(linked), "search.html", "genindex.html"]


@pytest.fixture(scope="session")
def address(students):
    """Where the students' book is served, on this machine alone."""
    handler = partial(
        type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *words: None}), directory=students
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass(frozen=True)
class Visit:
    """What one page of the table of contents was like in a browser without a network."""

    name: str
    errors: list[str]
    """Of the console and of requests, all to other machines among them."""
    plays: list[bool]
    """Of each clip."""
    phone: int
    """px: the width that it takes on a narrow screen."""
    findings: list[str]
    """Serious ones of an accessibility check, in light and in dark."""


@pytest.fixture(scope="session")
def visits(browser, address, students) -> list[Visit]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page, errors = open_page(browser, address)
    visits = []
    for name in toc_pages(students):
        page.goto(f"{address}/{name}")
        plays = [video.evaluate(PLAYS) for video in page.query_selector_all("video")]
        page.set_viewport_size(NARROW)
        phone, seen = page.evaluate("document.documentElement.scrollWidth"), errors.copy()
        page.set_viewport_size(WIDE)
        page.evaluate(LIGHTEN)
        findings = [] if ALIKE.match(name) else serious(axe, page, "light") + serious(axe, page, "dark")
        visits.append(Visit(name, seen, plays, phone, findings))
        errors.clear()  # axe asks for style sheets again
    page.close()
    return visits


def open_page(browser, address: str):
    """A fresh page, and the list that its errors go to."""
    page, errors = browser.new_page(viewport=WIDE, reduced_motion="reduce"), []
    page.route("**/*", lambda asked: asked.continue_() if asked.request.url.startswith(address) else asked.abort())
    page.on("console", lambda said: said.type == "error" and errors.append(said.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("requestfailed", lambda request: errors.append(f"{request.url[:200]} failed"))
    return page, errors


def serious(axe, page, scheme: str) -> list[str]:
    """What axe finds; in dark only contrast can be worse."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    only = {"runOnly": ["color-contrast"]} if scheme == "dark" else {}
    violations = axe.run(page, options={"resultTypes": ["violations"], **only}).response["violations"]
    return [
        f"{scheme}, {found['id']}, {len(found['nodes'])} times: {[node['html'][:120] for node in found['nodes'][:2]]}"
        for found in violations
        if found["impact"] in ("serious", "critical")
    ]


def test_every_page_opens_without_an_error(visits):
    assert len(visits) > 15
    assert {visit.name: visit.errors for visit in visits if visit.errors} == {}


def test_every_clip_plays(visits):
    assert sum(len(visit.plays) for visit in visits) > 20
    assert [visit.name for visit in visits if not all(visit.plays)] == []


def test_no_page_is_wider_than_a_phone(visits):
    assert {visit.name: visit.phone for visit in visits if visit.phone > NARROW["width"]} == {}


def test_accessibility_has_no_serious_finding(visits):
    assert {visit.name: visit.findings for visit in visits if visit.findings} == {}


def test_search_finds(browser, address):
    page, errors = open_page(browser, address)
    page.goto(f"{address}/search.html?q=generator")
    page.wait_for_selector("#search-results li a")
    assert page.locator("#search-results li").count() >= 3
    assert errors == []
    page.close()
