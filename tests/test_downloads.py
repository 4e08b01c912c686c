"""Downloads from a server that misbehaves, archives that do, and the sets that others publish."""

import inspect
import io
import shutil
import socket
import sys
import tarfile
import threading
import zipfile
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from mocolab import downloads
from mocolab.archives import unpack
from mocolab.cli import main
from mocolab.data import open_data, published
from mocolab.data.published import PUBLISHED, Published
from mocolab.downloads import Remote, checksum, fetch

CONTENT = np.random.default_rng(0).bytes(900_000)
SHA256 = sha256(CONTENT).hexdigest()
PAGE = "https://example.org/where-people-look"
QUOTA = b"<!DOCTYPE html><p>Sorry. Too many users have viewed or downloaded this file recently."


class Handler(BaseHTTPRequestHandler):
    """Answers /NAME by the method NAME; the ranges asked for are kept in the server's list `asked`."""

    def do_GET(self):
        self.server.asked.append(self.headers["Range"])
        getattr(self, self.path.strip("/"))()

    def log_message(self, *_):
        pass

    def answer(self, status=200, body=b"", kind="application/octet-stream", length=None, **headers):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": length or len(body), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def piece(self, most=None):
        """At most so many bytes from where the client wants to go on, though all the rest is promised."""
        start = int((self.headers["Range"] or "bytes=0-")[6:-1])
        if start >= len(CONTENT):
            return self.answer(416)
        range_ = {"Content_Range": f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"} if start else {}
        rest = CONTENT[start:]
        self.answer(206 if start else 200, rest[:most], length=len(rest), **range_)

    def good(self):
        self.piece()

    def breaks(self):
        self.piece(most=400_000)

    def breaks_then_is_busy(self):
        self.breaks() if len(self.server.asked) == 1 else self.answer(503)

    def breaks_without_ranges(self):
        self.answer(body=CONTENT[:400_000], length=len(CONTENT))

    def knows_no_ranges(self):
        self.answer(body=CONTENT)

    def stalls(self):
        self.piece(most=0)
        self.server.closing.wait(5)

    def gone(self):
        self.answer(404)

    def forbidden(self):
        self.answer(403)

    def busy(self):
        self.answer(503)

    def turns(self):
        self.answer(302, Location="/turns")

    def page(self):
        self.answer(body=b"<html>Log in, please", kind="text/html")

    def page_in_disguise(self):
        self.answer(body=b"\n<!doctype HTML><body>Accept the terms")

    def quota(self):
        self.answer(body=QUOTA, kind="text/html")

    def other(self):
        self.answer(body=b"something else")


@pytest.fixture
def server(monkeypatch):
    """A local server; `server.url("good")` is one of its addresses."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(downloads, "TIMEOUT", 0.3)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.closing = [], threading.Event()
    server.url = lambda name: f"http://127.0.0.1:{server.server_port}/{name}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.closing.set()
    server.shutdown()
    server.server_close()


def remote(*sources, hashed=True):
    return Remote("clips.bin", sources, PAGE, SHA256 if hashed else None)


@pytest.mark.parametrize("behaviour", ["good", "breaks", "knows_no_ranges"])
def test_a_file_arrives_whole_and_is_fetched_once(server, tmp_path, behaviour):
    path = fetch(remote(server.url(behaviour)), tmp_path)
    assert path.read_bytes() == CONTENT
    requests = len(server.asked)
    assert fetch(remote(server.url(behaviour)), tmp_path) == path
    assert len(server.asked) == requests == (3 if behaviour == "breaks" else 1)
    assert [file.name for file in tmp_path.iterdir() if file.suffix != ".lock"] == ["clips.bin"]


FAILURES = {
    "breaks_without_ranges": "broke off after 400,000 of 900,000 bytes",
    "stalls": "sent nothing for 0.3 seconds",
    "gone": "no longer has the file (404)",
    "forbidden": "(403): it may want a login or a licence accepted",
    "busy": "answers 503 Service Unavailable: try again later",
    "turns": "sends from one address to the next without end (302)",
    "page": "sent a web page in place of the file",
    "page_in_disguise": "sent a web page in place of the file",
    "quota": "has reached its quota for this file: try again in a day",
    "other": f"gave a file with the sha256 {sha256(b'something else').hexdigest()}",
}


@pytest.mark.parametrize("behaviour", FAILURES)
def test_each_failure_has_its_sentence_and_the_way_by_hand(server, tmp_path, behaviour):
    with pytest.raises(OSError) as failure:
        fetch(remote(server.url(behaviour)), tmp_path)
    said = str(failure.value)
    assert FAILURES[behaviour] in said and f"127.0.0.1:{server.server_port}" in said
    assert f"open {PAGE} in a browser, save the file as {tmp_path / 'clips.bin'}, with the sha256 {SHA256}" in said
    assert not (tmp_path / "clips.bin").exists()


def test_no_network_and_nobody_at_the_address(server, tmp_path, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(OSError, match=r"cannot be reached, or broke off \(.*refused"):
        fetch(remote(f"http://127.0.0.1:{port}/clips.bin"), tmp_path)

    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(OSError, match=r"example\.org was not found: this machine has no network"):
        fetch(remote("http://example.org/clips.bin"), tmp_path)


def test_mirrors_are_tried_in_order_and_each_is_answered_for(server, tmp_path):
    with pytest.raises(OSError) as failure:
        fetch(remote(server.url("gone"), server.url("page")), tmp_path)
    said = str(failure.value)
    assert said.index(FAILURES["gone"]) < said.index(FAILURES["page"])
    assert fetch(remote(server.url("gone"), server.url("good")), tmp_path).read_bytes() == CONTENT


def test_a_second_try_goes_on_where_the_first_broke_off(server, tmp_path, monkeypatch):
    url = server.url("breaks_then_is_busy")
    with pytest.raises(OSError, match="503"):
        fetch(remote(url), tmp_path)
    (part,) = tmp_path.glob(".*.part")
    assert part.read_bytes() == CONTENT[:400_000]
    server.asked.clear()
    monkeypatch.setattr(Handler, "breaks_then_is_busy", Handler.good)
    assert fetch(remote(url), tmp_path).read_bytes() == CONTENT
    assert server.asked == ["bytes=400000-"]


def test_a_page_does_not_cost_what_has_come(server, tmp_path):
    url = server.url("page")
    part = tmp_path / f".clips.bin.{sha256(url.encode()).hexdigest()[:8]}.part"
    part.write_bytes(CONTENT[:1000])
    with pytest.raises(OSError, match="web page"):
        fetch(remote(url), tmp_path)
    assert part.read_bytes() == CONTENT[:1000]


def test_what_was_complete_or_wrong_before_is_judged_by_its_hash(server, tmp_path):
    url = server.url("good")
    part = tmp_path / f".clips.bin.{sha256(url.encode()).hexdigest()[:8]}.part"
    part.write_bytes(CONTENT + b"more")
    with pytest.raises(OSError, match="gave a file with the sha256"):
        fetch(remote(url), tmp_path)
    assert not part.exists()
    part.write_bytes(CONTENT)
    assert fetch(remote(url), tmp_path).read_bytes() == CONTENT


def test_without_a_hash_halves_are_not_joined(server, tmp_path):
    with pytest.raises(OSError, match="broke off"):
        fetch(remote(server.url("breaks"), hashed=False), tmp_path)
    with pytest.raises(OSError, match="broke off"):
        fetch(remote(server.url("breaks"), hashed=False), tmp_path)
    assert server.asked == [None, None]
    assert fetch(remote(server.url("good"), hashed=False), tmp_path).read_bytes() == CONTENT


def test_a_file_put_there_by_hand_is_checked(tmp_path):
    path = tmp_path / "clips.bin"
    path.write_bytes(CONTENT)
    assert fetch(remote("http://nowhere.invalid/"), tmp_path) == path
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(ValueError, match=f"not {SHA256}: it is damaged, or another file; remove it"):
        fetch(remote("http://nowhere.invalid/"), tmp_path)
    assert path.read_bytes() == CONTENT[:-1]


def test_a_full_disk_is_seen_before_and_during(server, tmp_path, monkeypatch):
    url = server.url("good")
    with monkeypatch.context() as small:
        small.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=len(CONTENT) - 1))
        with pytest.raises(OSError, match=r"disk is full.*set MOCOLAB_HOME elsewhere"):
            fetch(remote(url), tmp_path)
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    (tmp_path / f".clips.bin.{sha256(url.encode()).hexdigest()[:8]}.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="disk is full"):
        fetch(remote(url, server.url("good")), tmp_path)
    assert len(server.asked) == 2, "another mirror does not help"


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"cannot be written.*set MOCOLAB_HOME elsewhere"):
        fetch(remote("http://nowhere.invalid/"), tmp_path / "file")


def test_google_drive_is_asked_by_id_alone(tmp_path, monkeypatch):
    def download(*, id, output, resume):
        assert id == "1a2B" and resume
        Path(output).write_bytes(CONTENT)
        return output

    monkeypatch.setitem(sys.modules, "gdown", SimpleNamespace(download=download))
    assert fetch(remote("drive:1a2B"), tmp_path).read_bytes() == CONTENT


def test_the_installed_gdown_takes_what_it_is_given():
    inspect.signature(pytest.importorskip("gdown").download).bind(id="1a2B", output="part", resume=True)


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (RuntimeError("Too many users have viewed or downloaded this file recently."), "has reached its quota"),
        (RuntimeError("Cannot retrieve the public\nlink of the file."), r"\(Cannot retrieve the public link of the"),
        (None, "no reason given"),
        (QUOTA, "has reached its quota"),
    ],
)
def test_google_drive_fails_in_its_own_ways(tmp_path, monkeypatch, happens, said):
    def download(output, **_):
        if isinstance(happens, Exception):
            raise happens
        if happens:
            Path(output).write_bytes(happens)
        return happens and output

    monkeypatch.setitem(sys.modules, "gdown", SimpleNamespace(download=download))
    with pytest.raises(OSError, match=f"Google Drive .*{said}.*By hand"):
        fetch(remote("drive:1a2B"), tmp_path)


def packed(kind, files, links=()):
    """A zip or tar archive in bytes."""
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
            for name in links:
                link = zipfile.ZipInfo(name)
                link.external_attr = 0o120777 << 16
                archive.writestr(link, "/etc/passwd")
    else:
        with tarfile.open(fileobj=buffer, mode=f"w:{kind[4:]}") as archive:
            for name, content in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
            for name in links:
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
                archive.addfile(entry)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_of_an_archive_only_what_is_inside_is_unpacked(tmp_path, kind):
    archive, folder = tmp_path / f"set.{kind}", tmp_path / "set"
    archive.write_bytes(packed(kind, {"top/data/0/a": b"one", "top/data/b": b"two", "top/code": b"no"}, ["top/link"]))
    unpack(archive, folder, "top/data/", most_bytes=6)
    found = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert found == {"0/a": b"one", "b": b"two"}
    lines = "".join(f"{sha256(found[name]).hexdigest()}  {name}\n" for name in sorted(found))
    assert checksum(folder) == sha256(lines.encode()).hexdigest()


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
@pytest.mark.parametrize(
    ("files", "links", "said"),
    [
        ({"in/a": b"1", "in/../../evil": b"1"}, (), "a path that leads elsewhere"),
        ({"in/a": b"1", "in//evil": b"1"}, (), "a path that leads elsewhere"),
        ({"in/a": b"1", "in/c:\\evil": b"1"}, (), "a path that leads elsewhere"),
        ({"in/a": b"1"}, ("in/link",), "a link"),
        ({"in/a": b"1", "in/large": bytes(10**6)}, (), "more than the 100 bytes expected"),
        ({"out/a": b"1"}, (), "holds nothing below 'in/'"),
    ],
)
def test_a_bad_archive_leaves_nothing_behind(tmp_path, kind, files, links, said):
    archive, folder = tmp_path / f"set.{kind}", tmp_path / "there" / "set"
    folder.parent.mkdir()
    archive.write_bytes(packed(kind, files, links))
    with pytest.raises(ValueError, match=said):
        unpack(archive, folder, "in/", most_bytes=100)
    assert list(folder.parent.iterdir()) == [] and len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "tar.bz2", "tar.xz"])
def test_a_cut_archive_is_called_damaged(tmp_path, kind):
    archive = tmp_path / f"set.{kind}"
    whole = packed(kind, {"in/a": CONTENT})
    middle = len(whole) // 2
    cuts = [whole[:0], whole[:100], whole[:middle]]
    if kind in ("zip", "tar.bz2"):  # the check of the others comes after the last file, where nobody looks
        cuts.append(whole[:middle] + bytes(1000) + whole[middle + 1000 :])
    for content in cuts:
        archive.write_bytes(content)
        with pytest.raises(ValueError, match="no whole tar or zip archive"):
            unpack(archive, tmp_path / "set", "in/", most_bytes=10**7)
        assert not (tmp_path / "set").exists()


def strip(seed):
    buffer = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(256, size=(16, 16 * 4, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, "png")
    return buffer.getvalue()


def test_a_published_set_comes_and_opens_by_its_name(server, tmp_path, monkeypatch, capsys):
    strips = {f"{label}/{number}.png": strip(number) for label in "ab" for number in range(2)}
    archive = packed("zip", {f"top/data/{name}": content for name, content in strips.items()})
    for name, content in strips.items():
        (tmp_path / "truth" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "truth" / name).write_bytes(content)
    monkeypatch.setattr(Handler, "toy", lambda handler: handler.answer(body=archive), raising=False)
    files = (Remote("toy.zip", (server.url("toy"),), PAGE),)
    right = Published("four strips", "none of ours", 1.0, files, "top/data/", checksum(tmp_path / "truth"))

    monkeypatch.setitem(PUBLISHED, "toy", replace(right, sha256="0" * 64))
    with pytest.raises(SystemExit, match="it is damaged or no longer the same; remove it"):
        main(["data", "get", "toy"])
    monkeypatch.setitem(PUBLISHED, "toy", right)
    with pytest.raises(ValueError, match="`mocolab data get toy` fetches it"):
        open_data("toy", 16)
    main(["data", "list"])
    assert "not here: mocolab data get toy" in capsys.readouterr().out
    main(["data", "get", "toy"])
    assert capsys.readouterr().out == f"{published.folder('toy')}\nlicence: none of ours\n"
    data = open_data("toy", 16)
    assert (list(data.lengths), data.categories) == ([4] * 4, ("a", "b"))
    main(["data", "list"])
    said = capsys.readouterr().out
    assert f"here: {published.folder('toy')}" in said and f"from {published.folder('toy')}" in said


def test_a_set_of_single_files_comes_whole_or_not_at_all(server, monkeypatch):
    files = (remote(server.url("good")), replace(remote(server.url("gone")), name="second.bin"))
    monkeypatch.setitem(PUBLISHED, "toy", Published("two files", "none of ours", 1.0, files))
    with pytest.raises(SystemExit, match=r"second\.bin did not come"):
        main(["data", "get", "toy"])
    assert not published.folder("toy").exists()
    monkeypatch.setattr(Handler, "gone", Handler.good)
    main(["data", "get", "toy"])
    assert sorted(file.name for file in published.folder("toy").iterdir()) == ["clips.bin", "second.bin"]
    assert len(server.asked) == 3, "what had come was not fetched again"


def test_everything_published_is_vouched_for():
    files = {}
    for name, known in PUBLISHED.items():
        assert known.licence and known.about, name
        assert (known.inside is None) == (known.sha256 is None), "an archive is known by what is in it"
        assert known.inside is None or len(known.files) == 1
        for file in known.files:
            assert known.sha256 or file.sha256, f"nothing vouches for {file.name}"
            assert files.setdefault(file.name, file) == file, "files arrive in one folder"


def test_a_name_that_cannot_be_fetched():
    with pytest.raises(SystemExit, match="'shapes' is not a set that can be fetched: choose from official-shapes"):
        main(["data", "get", "shapes"])
