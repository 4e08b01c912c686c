"""The built book, of students and of teachers: whole, nothing given away, and as a browser without network sees it."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
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
    video.muted = true; await video.play();
    await new Promise(resolve => { video.ontimeupdate = () => video.currentTime > 0 && resolve(); });
    video.pause(); return video.videoWidth > 0; }"""


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


def telling_lines() -> set[str]:
    """Lines of answers that neither the package nor a lab shows."""
    shown = [path.read_text(encoding="utf-8") for path in (ROOT / "mocolab").rglob("*.py")]
    shown += [cell["source"] for path in (ROOT / "labs").glob("*.ipynb") for cell in notebooks.read(path)["cells"]]
    public = {line.strip() for text in shown for line in text.splitlines()}
    labs = map(source.read, source.find(folder=ROOT / "solutions"))
    answers = [exercise.answer.source for lab in labs for exercise in lab.exercises.values()]
    lines = {line.strip() for answer in answers for line in answer.splitlines()}
    return {line for line in lines - public if len(line) >= faults.LONG_ENOUGH}


def test_the_students_book_gives_nothing_away(students, soups):
    secret = telling_lines()
    assert len(secret) > 100
    for page, soup in soups.items():
        text = soup.get_text()
        assert [line for line in secret if line in text] == [], page
    solutions = {hashlib.sha256(path.read_bytes()).digest() for path in (ROOT / "solutions").iterdir()}
    labs = {path.read_bytes() for path in (ROOT / "labs").glob("*.ipynb")}
    for path in filter(Path.is_file, students.rglob("*")):
        assert "solutions" not in path.parts and hashlib.sha256(path.read_bytes()).digest() not in solutions, path
        assert path.suffix != ".py" and (path.suffix != ".ipynb" or path.read_bytes() in labs), path


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
        assert "NotImplementedError" in soup.get_text()


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


@pytest.fixture
def visit(browser, address):
    """Opens a page of the book; what went wrong meanwhile is in `visit.faults`, foreign requests among it."""
    page = browser.new_page(viewport=WIDE, reduced_motion="reduce")

    def local(route):
        route.continue_() if route.request.url.startswith(address) else route.abort()

    page.route("**/*", local)
    page.on("console", lambda said: said.type == "error" and visit.faults.append(f"{page.url}: {said.text}"))
    page.on("pageerror", lambda error: visit.faults.append(f"{page.url}: {error}"))
    page.on("requestfailed", lambda request: visit.faults.append(f"{page.url}: {request.url[:200]} failed"))

    def visit(name: str):
        page.goto(f"{address}/{name}")
        return page

    visit.faults = []
    yield visit
    page.close()


def test_every_page_opens_without_errors_and_its_clips_play(visit, students):
    pages = toc_pages(students)
    assert len(pages) > 15
    for name in pages:
        for video in visit(name).query_selector_all("video"):
            assert video.evaluate(PLAYS), name
    assert visit.faults == []


def test_search_finds(visit):
    page = visit("search.html?q=generator")
    page.wait_for_selector("#search-results li a")
    assert page.locator("#search-results li").count() >= 3
    assert visit.faults == []


def test_no_page_is_wider_than_a_phone(visit, students):
    too_wide = []
    for name in toc_pages(students):
        page = visit(name)
        page.set_viewport_size(NARROW)
        width = page.evaluate("document.documentElement.scrollWidth")
        too_wide += [f"{name}: {width} px"] if width > NARROW["width"] else []
    assert too_wide == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility_has_no_serious_finding(visit, students, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    found = []
    for name in toc_pages(students):
        page = visit(name)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for finding in axe.run(page).response["violations"]:
            if finding["impact"] in ("serious", "critical"):
                places = [node["html"][:150] for node in finding["nodes"][:3]]
                found.append(f"{name}: {finding['id']}, {len(finding['nodes'])} times: {places}")
    assert found == []
