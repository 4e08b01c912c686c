"""One pytest process that runs the notebooks of one submission with nbval, each in a kernel of its own, in the jail."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mocolab
from mocolab.course import jail
from mocolab.course.notebooks import Notebook, text

STARTUP = 60  # seconds on top of what the cells may take
# Without the module that is put aside, jsonschema does not check addresses, and starts 1.4 s sooner.
START = "import sys; sys.modules['rfc3987_syntax'] = None; import pytest; sys.exit(pytest.main(sys.argv[1:]))"
PLUGINS = ("-p", "nbval.plugin", "-p", "mocolab.course.plugin", "-p", "no:cacheprovider", "--noconftest")
OPTIONS = ("-c", os.devnull, "-q", "--tb=short", "--nbval-lax", "--nbval-current-env")
KERNEL = (sys.executable, "-m", "ipykernel_launcher", "-f")

DIED = "The kernel died."

Line = dict[str, Any]
"""What one cell did: its metadata, outcome, seconds, and error, ended, share, differences, bundle where it has them."""


@dataclass(frozen=True)
class Bench:
    """What all submissions of a batch share."""

    package: Path
    """What the kernels may import of mocolab."""
    hidden: tuple[Path, ...]
    """Folders that no kernel may see."""
    jailed: bool

    def digest(self) -> str:
        """Of what the kernels may import."""
        files = sorted(self.package.rglob("*.py"))
        return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()

    def run(self, notebooks: dict[str, Notebook], seed: int) -> list[Line]:
        """What the cells of some notebooks did, in order; a line for each that was reached."""
        with tempfile.TemporaryDirectory(prefix="mocolab-", dir="/tmp") as name:
            folder, scratch = Path(name), Path(name, "scratch")
            (scratch / "sockets").mkdir(parents=True)
            (scratch / "home").mkdir()
            for stem, notebook in notebooks.items():
                (folder / f"{stem}.ipynb").write_text(text(notebook), encoding="utf-8")
            (folder / "settings.json").write_text(json.dumps(self._settings(folder, scratch, seed)))
            (folder / "cells.jsonl").touch()
            paths = [str(folder / f"{stem}.ipynb") for stem in notebooks]
            command = [sys.executable, "-c", START, *PLUGINS, *OPTIONS, "--mocolab-grade", name, *paths]
            seconds = sum(cell["metadata"]["mocolab"]["timeout"] for n in notebooks.values() for cell in n["cells"])
            said = _finish(jail.outer(scratch, command) if self.jailed else command, folder, STARTUP + seconds)
            lines = [json.loads(line) for line in (folder / "cells.jsonl").read_text().splitlines()]
        if broken := next((line["no kernel"] for line in lines if "no kernel" in line), not lines and said):
            raise RuntimeError(f"No kernel could be started, or none was heard of: {broken}")
        return lines

    def _settings(self, folder: Path, scratch: Path, seed: int) -> dict[str, Any]:
        if self.jailed:
            home, package = "/home", "/course"
            kernel = jail.inner(scratch, self.package, [*self.hidden, folder], list(KERNEL))
        else:
            home, package = str(scratch / "home"), str(self.package)
            kernel = jail.limited(list(KERNEL))
        return {
            "kernel": kernel,
            "environment": jail.environment(home, package, seed),
            "home": str(folder),
            "sockets": str(scratch / "sockets"),
        }


def _finish(command: list[str], folder: Path, seconds: int | float) -> str:
    """Run a command to its end, or for so many seconds; the end of what it said."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment |= {"PYTHONPATH": str(Path(mocolab.__file__).parent.parent), "LANG": "C.UTF-8"}
    with open(folder / "log", "w+", errors="replace") as log:
        process = subprocess.Popen(
            jail.limited(command),
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        log.seek(0)
        return log.read()[-500:]
