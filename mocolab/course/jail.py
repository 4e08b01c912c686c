"""Where a submission runs: a machine of its own that holds Python, what its lab was given, and nothing else.

Two rooms, one in the other. The outer one holds pytest and all that belongs to one submission: it has no network, sees
no other process, and everything in it dies with it. The inner one holds the kernel: its root is an empty disk in memory
into which Python is mounted read-only, beside a copy of the few files of mocolab that the lab's given cells import. So
there is no solution, no package to copy from and no other student's work to be found, and no process to be killed.
"""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import mocolab

NAMESPACES = ("--user", "--map-root-user", "--mount", "--net", "--ipc", "--pid", "--fork", "--kill-child")
MEMORY = 3 << 30  # bytes that a kernel and its children may hold together
DISK = 64 << 20
LIMITS = (f"--data={MEMORY}", f"--as={16 << 30}", f"--fsize={DISK // 2}", "--nofile=1024", "--core=0")
INSTALLED = "lib*/python*/*-packages/mocolab"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives", "/sys/devices/system/cpu")
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
OUTER = """
set -e
mount -t tmpfs -o size=16m tmpfs "$1"
mkdir "$1/sockets" "$1/root"
shift
exec "$@"
"""
INNER = f"""
set -e
root=$1/root sockets=$1/sockets package=$2 seen=$3 hidden=$4
shift 4
mount -t tmpfs -o size={DISK},nr_inodes=10k,mode=755 tmpfs "$root"
cd "$root"
mkdir -p home proc dev/shm dev/pts tmp old course "$root$sockets"
bind() {{
    if [ -L "$1" ]; then cp -P "$1" "$root$1"; return; fi
    if [ -d "$1" ]; then mkdir -p "$root$2"; else mkdir -p "$root$(dirname "$2")"; touch "$root$2"; fi
    mount --rbind "$1" "$root$2"
}}
IFS=:
for place in $seen; do bind "$place" "$place"; done
for place in $hidden; do mount -t tmpfs -o ro tmpfs "$root$place"; done
bind "$package" /course
IFS='
'
for place in $(awk -v root="$root/" 'index($5, root) == 1 {{print $5}}' /proc/self/mountinfo); do
    mount -o remount,bind,ro,nosuid "$place"
done
mount --bind "$sockets" "$root$sockets"
mount -t proc proc "$root/proc"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
pivot_root . old
umount -l old
rmdir old
cd /home
lower() {{ echo "$1" > "/proc/sys/$2" || true; }} 2> /dev/null
lower 0 user/max_user_namespaces
lower 0 kernel/shmmni  # memory that belongs to no process
lower 0 kernel/msgmni
lower 400 kernel/pid_max  # a namespace's own from Linux 6.14 on; --nproc spares root
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
exec prlimit {" ".join(LIMITS)} --nproc=400 setpriv --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
"""
OPEN = """no namespaces here ({reason}); only time, memory and file sizes are limited. Open are then: reading the
solutions, the expected values, the package and other submissions from disk; the network; killing the grader; processes
and files that outlive a submission. Grade on Linux, as root or where user namespaces are allowed."""


def missing() -> str | None:
    """Why there is no jail on this machine; None if it holds."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        scratch, package = Path(folder, "scratch"), Path(folder, "package")
        scratch.mkdir(), package.mkdir()
        inside = inner(scratch, package, [], [sys.executable, "-c", "import numpy"])
        try:
            done = subprocess.run(outer(scratch, inside), capture_output=True, text=True, errors="replace", timeout=60)
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it could not be entered"])[-1]


def outer(scratch: Path, command: list[str]) -> list[str]:
    """A command in a room of its own, which falls with its builder; `scratch` becomes a disk in memory in it."""
    return [
        "setpriv",
        "--pdeathsig=KILL",
        "unshare",
        *NAMESPACES,
        "--mount-proc",
        "sh",
        "-c",
        OUTER,
        "sh",
        str(scratch),
        *command,
    ]


def inner(scratch: Path, package: Path, hidden: list[Path], command: list[str]) -> list[str]:
    """A command in the inner room, to be entered from the outer one; `package` stands at /course there."""
    seen = [place for place in dict.fromkeys([*SYSTEM, *_pythons(), *DEVICES]) if os.path.exists(place)]
    copies = [copy for place in (*_pythons(), "/usr", "/usr/local") for copy in Path(place).glob(INSTALLED)]
    inside = {str(p) for p in [*hidden, *copies] if any(p.is_relative_to(place) for place in seen) and p.exists()}
    rooms = ["unshare", "--mount", "--ipc", "--pid", "--fork", "--kill-child", "sh", "-c", INNER, "sh"]
    return [*rooms, str(scratch), str(package), ":".join(seen), ":".join(inside), *command]


def limited(command: list[str]) -> list[str]:
    """A command under the limits alone, for a machine without namespaces."""
    return ["prlimit", *LIMITS, *command] if shutil.which("prlimit") else command


def environment(home: str, package: str, seed: int) -> dict[str, str]:
    """All that a kernel learns about the world."""
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")}
    return threads | {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "LANG": "C.UTF-8",
        "HOME": home,
        "USER": "student",
        "PYTHONPATH": package,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "MOCOLAB_TIER": "smoke",
        "MOCOLAB_CHECK_SEED": str(seed),
    }


def furnish(package: Path, modules: set[str]) -> None:
    """Copy these modules of mocolab, and what they import, into an empty folder."""
    root, todo, done = Path(mocolab.__file__).parent.parent, {*modules, "mocolab.course.checks"}, set()
    while todo:
        name = todo.pop()
        done.add(name)
        if name.split(".")[0] == "mocolab" and (source := _source(root, name)):
            path = package / source.relative_to(root)
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, path)
            todo |= ({name.rpartition(".")[0]} | _imports(path)) - done


def _source(root: Path, name: str) -> Path | None:
    """The file of a module; None if the name is that of a function or class."""
    place = root.joinpath(*name.split("."))
    return next((path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file()), None)


def _imports(path: Path) -> set[str]:
    """What a file imports; of `from a import b` both a and a.b, as b may be a module."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _pythons() -> list[str]:
    """The folders of this Python and of the packages it finds."""
    homes = [sys.base_prefix, sys.prefix]
    packages = [place for place in sys.path if Path(place).name in ("site-packages", "dist-packages")]
    return homes + [place for place in packages if not any(Path(place).is_relative_to(home) for home in homes)]
