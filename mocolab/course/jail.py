"""Where a submission runs: a machine of its own that holds Python, what its lab was given, and nothing else.

Two rooms, one in the other. The outer one holds pytest and all that belongs to one submission: it has no network, sees
no other process, and everything in it dies with it. The inner one holds the kernel: its root is an empty disk in memory
into which Python is mounted read-only, beside a copy of the few files of mocolab that the lab's given cells import. So
there is no solution, no package to copy from and no other student's work to be found, and no process to be killed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil

import mocolab
from mocolab.course.extract import imports

MEMORY = 3 << 30  # bytes that a kernel and its children may hold together
DISK = 64 << 20
MOST_PROCESSES = 64
LIMITS = ("prlimit", f"--data={MEMORY}", f"--as={16 << 30}", f"--fsize={DISK // 2}", "--nofile=1024", "--core=0")
POWERLESS = ("setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all")
OUTER = ("setpriv", "--pdeathsig=KILL", "unshare", "--user", "--map-root-user", "--mount", "--net", "--ipc", "--pid")
OUTER += ("--fork", "--kill-child", "--mount-proc", "sh", "-c")
OUTER += ('mount -t tmpfs -o size=16m tmpfs "$1" && mkdir "$1/sockets" "$1/root" && shift && exec "$@"', "sh")
INNER = ("unshare", "--mount", "--ipc", "--pid", "--fork", "--kill-child", "sh", "-c")
INNER += (Path(__file__).with_name("room.sh").read_text(), "sh")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives", "/sys/devices/system/cpu")
INSTALLED = ("mocolab", "lib*/python*/*-packages/mocolab")
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
OPEN = """no namespaces here ({reason}); only time, memory and file sizes are limited. Open are then: reading the
solutions, the expected values, the package and other submissions from disk; the network; killing the grader; processes
and files that outlive a submission. Grade on Linux, as root or where user namespaces are allowed."""


def missing() -> str | None:
    """Why there is no jail on this machine; None if it holds."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        scratch, package = Path(folder, "scratch"), Path(folder, "package")
        scratch.mkdir(), package.mkdir()
        command = outer(scratch, inner(scratch, package, [], [sys.executable, "-c", "import numpy"]))
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60)
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it could not be entered"])[-1]


def outer(scratch: Path, command: list[str]) -> list[str]:
    """A command in a room of its own, which falls with its builder; `scratch` becomes a disk in memory in it."""
    return [*OUTER, str(scratch), *command]


def inner(scratch: Path, package: Path, hidden: list[Path], command: list[str]) -> list[str]:
    """A command in the inner room, to be entered from the outer one; `package` stands at /course there."""
    homes = [sys.base_prefix, sys.prefix]
    packages = [place for place in sys.path if place.endswith("-packages")]
    homes += [place for place in packages if not any(Path(place).is_relative_to(home) for home in homes)]
    seen = [place for place in dict.fromkeys([*SYSTEM, *homes, *DEVICES]) if os.path.exists(place)]
    copies = [copy for place in (*seen, "/usr/local") for pattern in INSTALLED for copy in Path(place).glob(pattern)]
    inside = {str(p) for p in [*hidden, *copies] if any(p.is_relative_to(place) for place in seen) and p.exists()}
    about = [str(scratch), str(package), ":".join(seen), ":".join(inside), str(DISK)]
    return [*INNER, *about, *LIMITS, "--nproc=400", *POWERLESS, *command]


def limited(command: list[str]) -> list[str]:
    """A command under the limits alone, for a machine without namespaces."""
    return [*LIMITS, *command] if shutil.which("prlimit") else command


def confined(
    scratch: Path, package: Path, hidden: list[Path], command: list[str], seed: int, jailed: bool
) -> tuple[list[str], dict[str, str]]:
    """(A command in the inner room, or else under the limits alone; all that it learns about the world)."""
    home, course = ("/home", "/course") if jailed else (str(scratch / "home"), str(package))
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "LANG": "C.UTF-8",
        "HOME": home,
        "USER": "student",
        "PYTHONPATH": course,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "MOCOLAB_TIER": "smoke",
        "MOCOLAB_CHECK_SEED": str(seed),
    } | {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")}
    return inner(scratch, package, hidden, command) if jailed else limited(command), environment


def furnish(package: Path, modules: set[str]) -> None:
    """Copy these modules of mocolab, and what they import, into an empty folder."""
    root, todo, done = Path(mocolab.__file__).parent.parent, {*modules, "mocolab.course.checks"}, set()
    while todo:
        done.add(name := todo.pop())
        place = root.joinpath(*name.split("."))
        for file in (place / "__init__.py", place.with_suffix(".py")):
            if name.split(".")[0] == "mocolab" and file.is_file():  # else a function's name, or somebody else's module
                copy = package / file.relative_to(root)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
                todo |= {name.rpartition(".")[0], *imports([copy.read_text(encoding="utf-8")])} - done


def excess(root: int) -> str | None:
    """Of what a process and all that it has started together have too much."""
    with suppress(psutil.NoSuchProcess):  # it ended meanwhile
        family = [psutil.Process(root), *psutil.Process(root).children(recursive=True)]
        if len(family) > MOST_PROCESSES:
            return f"More than {MOST_PROCESSES} processes were started."
        if sum(map(held, family)) > MEMORY:
            return f"More than {MEMORY >> 30} GB of memory were used."
    return None


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
