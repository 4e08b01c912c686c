"""The grader's side of a jailed kernel: starts it, watches it, and writes down what each cell did.

Lives in the pytest process that nbval runs in. Whatever comes from the kernel may be forged.
"""

import json
import os
import re
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

import nbval.plugin
import psutil
import pytest
import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager
from nbval.kernel import RunningKernel

from mocolab.course.bundles import MIME, among
from mocolab.course.jail import MEMORY
from mocolab.course.session import DIED

STARTUP = 60
LOUDEST = 1_000_000  # bytes of output that are heard of one cell; bundles are heard beyond
LARGEST_MESSAGE = 100 << 20
LARGEST_BUNDLE = 64_000
MOST_BUNDLES = 3
MOST_PROCESSES = 64
MOMENT = 0.2  # seconds between two looks at the kernel
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
UNPRINTED = re.compile(r"[^\S ]+|[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff]")


class JailedKernel(RunningKernel):
    """A kernel in its jail, killed when its time, its memory or its processes are too many."""

    settings: dict[str, Any]
    started = 0

    def __init__(self, kernel_name: str, cwd: str | None = None, startup_timeout: float = STARTUP):
        JailedKernel.started += 1
        place = f"{self.settings['sockets']}/{JailedKernel.started}"
        context = zmq.Context()
        context.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE)
        self.km = KernelManager(transport="ipc", ip=place, connection_file=f"{place}.json", context=context)
        self.km._kernel_spec = KernelSpec(argv=[*self.settings["kernel"], "{connection_file}"], language="python")
        self.ended: str | None = None
        self.begin_cell(2 * STARTUP)
        self.km.start_kernel(env=self.settings["environment"], cwd=self.settings["home"])
        self.kc = self.km.client()
        self.kc.start_channels()
        self.kc.wait_for_ready(timeout=STARTUP)
        self._ensure_iopub_up()

    def begin_cell(self, seconds: float) -> None:
        """Nothing was heard of the next cell yet; so long may it be heard at all."""
        self.heard = self.bundles = 0
        self.looked, self.deadline = 0.0, time.monotonic() + seconds

    def get_message(self, stream: str, timeout: float | None = None) -> dict[str, Any]:
        """The next message worth hearing; `Empty` when the time is over or the kernel is dead."""
        end = time.monotonic() + (timeout or STARTUP)
        while True:
            alive = self.watch()  # also while messages come without an end
            try:
                message = super().get_message(stream, timeout=MOMENT)
                if stream != "iopub" or self._worth_hearing(message):
                    return message
            except Empty:
                if not alive:
                    raise
            if time.monotonic() > self.deadline:
                self.interrupt()
            if time.monotonic() > end:
                raise Empty

    def watch(self) -> bool:
        """Whether the kernel lives and keeps to its limits; it is looked at once in a moment."""
        if time.monotonic() < self.looked + MOMENT:
            return not self.ended
        self.looked = time.monotonic()
        if not self.is_alive():
            self.ended = self.ended or DIED
            return False
        family = psutil.Process(self.km.provisioner.pid).children(recursive=True)
        if len(family) > MOST_PROCESSES:
            self.end(f"More than {MOST_PROCESSES} processes were started.")
        elif sum(map(held, family)) > MEMORY:
            self.end(f"More than {MEMORY >> 30} GB of memory were used.")
        return not self.ended

    def end(self, reason: str) -> None:
        self.ended = self.ended or reason
        self.km.provisioner.process.kill()
        self.km.provisioner.process.wait()

    def interrupt(self) -> None:
        """What nbval does when a cell's time is over. Here that is the end: code may catch an interrupt."""
        self.end("The time was over: is there a loop without an end?")

    def _worth_hearing(self, message: dict[str, Any]) -> bool:
        content = message["content"]
        if message["msg_type"] in ("status", "error"):
            return True
        if MIME in (content.get("data") or {}):
            self.bundles += 1
            return self.bundles <= MOST_BUNDLES
        self.heard += 1000 + len(str(content))
        return self.heard <= LOUDEST


class Warden:
    """Runs the notebooks of a submission as its settings say, and leaves a line for each cell in cells.jsonl."""

    def __init__(self, folder: Path):
        JailedKernel.settings = json.loads((folder / "settings.json").read_text())
        nbval.plugin.RunningKernel = JailedKernel
        self.record = open(folder / "cells.jsonl", "w", buffering=1)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The cell's role alone says what is done with it; then nobody can find the notebook any more."""
        for item in items:
            item.options.update(skip=False, check_exception=False, check=item.cell.metadata.mocolab.role == "check")
            item.parent.path.unlink(missing_ok=True)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        kernel = item.parent.kernel
        item.parent.timed_out = False  # else nbval expects the rest to fail
        seconds = item.cell.metadata.mocolab.timeout
        item.config.option.nbval_cell_timeout = item.output_timeout = seconds
        if kernel is not None:
            kernel.begin_cell(2 * seconds)
            if not kernel.watch():
                pytest.skip("the kernel has ended")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo):
        report = yield
        if report.when == "call" or (report.when == "setup" and not report.passed):
            line = {"notebook": item.parent.path.stem, **item.cell.metadata.mocolab, "outcome": report.outcome}
            line |= {"seconds": round(report.duration, 2), "error": error(item), "ended": ended(item)}
            if report.when == "setup" and report.failed:
                line["no kernel"] = str(call.excinfo.value)[:300]
            self.record.write(json.dumps(line | measured(item)) + "\n")
        return report


def held(process: psutil.Process) -> int:
    """Bytes of memory that a process holds, those in files without a name among them."""
    total = 0
    with suppress(psutil.Error, OSError):  # it ended meanwhile
        total += process.memory_info().rss
        for file in Path(f"/proc/{process.pid}/fd").iterdir():
            with suppress(OSError):  # it was closed meanwhile
                if "memfd:" in os.readlink(file):
                    total += file.stat().st_blocks * 512
    return total


def error(item: pytest.Item) -> str | None:
    """What the cell raised, in one harmless line."""
    for output in item.test_outputs or []:
        if output.get("output_type") == "error":
            return plain(": ".join(part for part in (output.ename, output.evalue) if isinstance(part, str)))
    return None


def ended(item: pytest.Item) -> str | None:
    """Why the kernel has ended, if it has."""
    kernel = item.parent.kernel
    if kernel is None:
        return None
    kernel.looked = 0.0
    kernel.watch()
    return kernel.ended


def measured(item: pytest.Item) -> dict[str, Any]:
    """The check's verdict, and its bundle if it is one of a bearable size."""
    shown = among(item.test_outputs or [])
    line = {"bundle": shown[0]} if len(shown) == 1 and bearable(shown[0]) else {}
    if hasattr(item, "share"):
        line |= {"share": item.share, "differences": [plain(said) for said in item.comparison_traceback]}
    return line


def bearable(bundle: Any) -> bool:
    """Whether a bundle can be written down."""
    try:
        return len(json.dumps(bundle)) <= LARGEST_BUNDLE
    except (RecursionError, ValueError):
        return False


def plain(text: str) -> str:
    """Foreign text as one line without colours, controls or tricks of direction."""
    return UNPRINTED.sub(" ", COLOURS.sub("", text))[:300].strip()
