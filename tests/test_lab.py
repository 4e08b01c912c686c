"""`mocolab lab`: a student's own copy, never written over, open in JupyterLab."""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from urllib.request import urlopen

import pytest

from mocolab.cli import main
from mocolab.verbs import lab


def said(capsys, *arguments: str) -> str:
    try:
        main(["lab", *arguments])
    except SystemExit as stop:
        return str(stop.code)
    return capsys.readouterr().out


@pytest.mark.parametrize("name", ["01", "1", "lab01", "lab01_generator"])
def test_a_lab_is_copied_once_and_then_left_alone(name, tmp_path, capsys):
    folder = ["--folder", str(tmp_path / "mine"), "--no-open"]
    assert "lab01_generator.ipynb: the lab, new." in said(capsys, name, *folder)
    own = tmp_path / "mine/lab01_generator.ipynb"
    assert own.read_bytes() == (lab.LABS / own.name).read_bytes()
    own.write_text("my work")
    assert "as you left it." in said(capsys, name, *folder) and own.read_text() == "my work"


def test_another_version_is_told_of_and_forced_on_nobody(tmp_path, capsys):
    folder = ["--folder", str(tmp_path), "--no-open"]
    said(capsys, "01", *folder)
    assert "newer" not in said(capsys, "01", *folder)
    own = tmp_path / "lab01_generator.ipynb"
    notebook = json.loads(own.read_text())
    notebook["metadata"]["mocolab"]["source"] = "of last year"
    own.write_text(json.dumps(notebook))
    assert "There is a newer version: rename yours" in said(capsys, "01", *folder)
    assert json.loads(own.read_text()) == notebook


def test_a_lab_that_is_not_there(tmp_path, capsys, monkeypatch):
    folder = ["--folder", str(tmp_path / "mine"), "--no-open"]
    assert "'77' is not a lab: choose from lab00_clips, lab01_generator" in said(capsys, "77", *folder)
    monkeypatch.setattr(lab, "LABS", tmp_path)
    assert "they come with the repository" in said(capsys, "01", *folder)
    assert not (tmp_path / "mine").exists()


def test_jupyterlab_serves_the_copy(tmp_path):
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed: it comes with the extra lab")
    (tmp_path / "jupyter_server_config.json").write_text(
        json.dumps({"ServerApp": {"allow_root": True, "open_browser": False, "port": 0}})
    )
    places = {f"JUPYTER_{kind}_DIR": str(tmp_path) for kind in ("CONFIG", "RUNTIME", "DATA")}
    command = [sys.executable, "-m", "mocolab", "lab", "01", "--folder", str(tmp_path / "mine")]
    started = subprocess.Popen(command, env=os.environ | places, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        answer = None
        while answer is None:
            assert started.poll() is None
            time.sleep(0.2)
            with suppress(StopIteration, OSError, ValueError):  # not there, not whole or not listening yet
                server = json.loads(next(tmp_path.glob("jpserver-*.json")).read_text())
                with urlopen(f"{server['url']}api/contents/lab01_generator.ipynb?token={server['token']}") as stream:
                    answer = json.load(stream)
        assert answer["content"]["metadata"]["mocolab"]["lab"] == "01"
    finally:
        os.killpg(started.pid, 15)
        started.wait()
