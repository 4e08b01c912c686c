"""The grader's side of a jailed kernel: starts it, watches it, and writes down what each cell did.

Lives in the pytest process that nbval runs in. Whatever comes from the kernel may be forged.
"""

import json
import time
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from queue import Empty
from typing import Any

import nbval.plugin
import pytest
import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager
from nbval.kernel import RunningKernel

from mocolab.course.bundles import MIME, among, plain
from mocolab.course.jail import excess
from mocolab.course.session import DIED, STARTUP

LOUDEST = 1_000_000  # bytes of output that are heard of one cell; bundles are heard beyond
LARGEST_MESSAGE = 100 << 20
LARGEST_BUNDLE = 64_000
MOST_BUNDLES = 3
MOMENT = 0.2  # seconds between two looks at the kernel


class JailedKernel(RunningKernel):
    """A kernel in its jail, killed when its time, its memory or its processes are too many."""

    numbers = count()

    def __init__(self, folder: Path, settings: dict[str, Any], kernel_name: str, **_: object):
        place = str(folder / "scratch" / "sockets" / str(next(self.numbers)))
        context = zmq.Context()
        context.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE)
        self.km = KernelManager(transport="ipc", ip=place, connection_file=f"{place}.json", context=context)
        self.km._kernel_spec = KernelSpec(argv=[*settings["kernel"], "{connection_file}"], language="python")
        self.ended: str | None = None
        self.begin_cell(2 * STARTUP)
        self.km.start_kernel(env=settings["environment"], cwd=str(folder))
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
            ended = self.watch()  # also while messages come without an end
            try:
                message = super().get_message(stream, timeout=MOMENT)
                if stream != "iopub" or self._worth_hearing(message):
                    return message
            except Empty:
                if ended:
                    raise
            if time.monotonic() > end:
                raise Empty

    def watch(self) -> str | None:
        """Why the kernel has ended, if it has, because of its limits or by itself; it is looked at once in a moment."""
        if self.ended or time.monotonic() < self.looked + MOMENT:
            return self.ended
        self.looked = time.monotonic()
        if not self.is_alive():
            self.ended = DIED
        elif self.looked > self.deadline:
            self.interrupt()
        elif reason := excess(self.km.provisioner.pid):
            self.end(reason)
        return self.ended

    def interrupt(self) -> None:
        """What nbval does when a cell's time is over. Here that is the end: code may catch an interrupt."""
        self.end("The time was over: is there a loop without an end?")

    def end(self, reason: str) -> None:
        self.ended = self.ended or reason
        self.km.provisioner.process.kill()
        self.km.provisioner.process.wait()

    def _worth_hearing(self, message: dict[str, Any]) -> bool:
        if message["msg_type"] in ("status", "error"):
            return True
        if MIME in (message["content"].get("data") or {}):
            self.bundles += 1
            return self.bundles <= MOST_BUNDLES
        self.heard += 1000 + len(str(message["content"]))
        return self.heard <= LOUDEST


class Warden:
    """Runs the notebooks of a submission as its settings say, and leaves a line for each cell in cells.jsonl."""

    def __init__(self, folder: Path):
        settings = json.loads((folder / "settings.json").read_text())
        nbval.plugin.RunningKernel = partial(JailedKernel, folder, settings)
        self.record = open(folder / "cells.jsonl", "w", buffering=1)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The cell's role alone says what is done with it; then nobody can find the notebook any more."""
        for item in items:
            item.options.update(skip=False, check_exception=False, check=item.cell.metadata.mocolab.role == "check")
            item.parent.path.unlink(missing_ok=True)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        item.parent.timed_out = False  # else nbval expects the rest to fail
        seconds = item.cell.metadata.mocolab.timeout
        item.config.option.nbval_cell_timeout = item.output_timeout = seconds
        if kernel := item.parent.kernel:
            kernel.begin_cell(2 * seconds)
            if kernel.watch():
                pytest.skip("the kernel has ended")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo):
        report = yield
        if report.when == "call" or (report.when == "setup" and not report.passed):
            line = {"notebook": item.parent.path.stem, **item.cell.metadata.mocolab, "outcome": report.outcome}
            if kernel := item.parent.kernel:
                kernel.looked = 0.0
                line["ended"] = kernel.watch()
            else:
                line["no kernel"] = str(call.excinfo.value)[:300]
            self.record.write(json.dumps(line | seen(item)) + "\n")
        return report


def seen(item: pytest.Item) -> dict[str, Any]:
    """What the cell raised, in one harmless line; else, of a check, what is wrong, and the bundle if it can be kept."""
    outputs = item.test_outputs or []
    if raised := [output for output in outputs if output.get("output_type") == "error"]:
        said = [raised[0].get(part) for part in ("ename", "evalue")]
        return {"error": plain(": ".join(part for part in said if isinstance(part, str)))}
    if not hasattr(item, "comparison_traceback"):
        return {}
    line, shown = {"differences": [plain(said) for said in item.comparison_traceback]}, among(outputs)
    with suppress(RecursionError, ValueError):
        if len(shown) == 1 and len(json.dumps(shown[0])) <= LARGEST_BUNDLE:
            line["bundle"] = shown[0]
    return line
