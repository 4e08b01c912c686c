"""One pytest process that runs the notebooks of one submission with nbval, each in a kernel of its own, in the jail."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
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
KERNEL = [sys.executable, "-m", "ipykernel_launcher", "-f"]
DIED = "The kernel died."

Line = dict[str, Any]
"""What one cell did: its metadata, notebook, outcome, and error, ended, differences, bundle where it has them."""


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
            for room in ("sockets", "home"):
                (scratch / room).mkdir(parents=True)
            paths = [folder / f"{stem}.ipynb" for stem in notebooks]
            for path in paths:
                path.write_text(text(notebooks[path.stem]), encoding="utf-8")
            command = [sys.executable, "-c", START, *PLUGINS, *OPTIONS, "--mocolab-grade", name, *map(str, paths)]
            if self.jailed:
                command = jail.outer(scratch, command)
            hidden = [*self.hidden, folder]
            kernel, environment = jail.confined(scratch, self.package, hidden, KERNEL, seed, self.jailed)
            (folder / "settings.json").write_text(json.dumps({"kernel": kernel, "environment": environment}))
            cells = [cell["metadata"]["mocolab"] for notebook in notebooks.values() for cell in notebook["cells"]]
            said = _finish(command, folder, STARTUP + sum(cell["timeout"] for cell in cells))
            record = folder / "cells.jsonl"
            lines = [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []
        if not lines or any("no kernel" in line for line in lines):
            reason = next((line["no kernel"] for line in lines if "no kernel" in line), said or "nothing was said")
            raise RuntimeError(f"No kernel could be started, or none was heard of: {reason}")
        return lines


def _finish(command: list[str], folder: Path, seconds: int | float) -> str:
    """Run a command to its end, or for so many seconds; the end of what it said."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment |= {"PYTHONPATH": str(Path(mocolab.__file__).parent.parent), "LANG": "C.UTF-8"}
    how = {"cwd": folder, "env": environment, "stdin": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
    with open(folder / "log", "w") as log, suppress(subprocess.TimeoutExpired):
        subprocess.run(jail.limited(command), stdout=log, timeout=seconds, start_new_session=True, **how)
    return (folder / "log").read_text(errors="replace")[-500:]
