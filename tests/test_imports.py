"""Imports go one way, down this list: a part may use those named beside it, itself, `types`, `store` and `mistakes`."""

import ast
import subprocess
import sys
from pathlib import Path

import mocolab

ALLOWED = {
    "cli": {"verbs", "course"},
    "verbs": {
        "board",
        "judges",
        "charts",
        "course",
        "evaluation",
        "figures",
        "experiments",
        "loading",
        "protocol",
        "trainer",
        "systems",
        "data",
        "metrics",
        "system",
        "engine",
        "media",
        "weights",
    },
    "course": {
        "board",
        "evaluation",
        "figures",
        "experiments",
        "loading",
        "trainer",
        "systems",
        "data",
        "metrics",
        "display",
        "media",
        "tables",
    },
    "checkpoints": {"loading", "trainer", "systems", "data", "metrics", "engine"},
    "experiments": {
        "board",
        "charts",
        "evaluation",
        "figures",
        "futures",
        "judges",
        "protocol",
        "loading",
        "trainer",
        "systems",
        "data",
        "metrics",
        "engine",
        "system",
    },
    "judges": {"data", "metrics", "networks", "engine"},
    "evaluation": {"figures", "futures", "swaps", "judges", "protocol", "data", "metrics", "system", "engine"},
    "futures": {"figures", "judges", "protocol", "data", "metrics", "engine"},
    "swaps": {"figures", "protocol", "data", "metrics", "engine"},
    "protocol": {"judges", "data"},
    "board": {"figures", "futures", "protocol", "data", "metrics"},
    "charts": set(),
    "figures": set(),
    "display": {"media"},
    "trainer": {"run", "averaging", "engine", "system", "data"},
    "loading": {"interop", "run", "systems", "system"},
    "interop": {"systems", "system"},
    "run": {"media"},
    "averaging": {"system"},
    "data": {"system", "media", "decoding", "downloads", "archives", "tables"},
    "systems": {"networks", "objectives", "system", "engine"},
    "metrics": {"networks"},
    "networks": set(),
    "objectives": set(),
    "system": set(),
    "engine": set(),
    "media": {"decoding"},
    "decoding": set(),
    "weights": {"arrays", "archives", "downloads"},
    "downloads": set(),
    "archives": set(),
    "arrays": set(),
    "store": set(),
    "mistakes": set(),
    "tables": set(),
    "types": set(),
}
ROOT = Path(mocolab.__file__).parent


def imported(path: Path) -> set[str]:
    """The modules of mocolab that a file imports, as 'mocolab.networks.latents'."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "mocolab":
            names |= {f"mocolab.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: name modules in full"
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.startswith("mocolab.")}


def test_imports_go_one_way():
    for path in ROOT.rglob("*.py"):
        part = path.relative_to(ROOT).parts[0].removesuffix(".py")
        if not part.startswith("__"):
            used = {name.split(".")[1] for name in imported(path) if name != "mocolab.__version__"}
            assert used <= ALLOWED[part] | {part, "types", "store", "mistakes"}, path


def test_a_system_imports_no_other_system():
    for path in (ROOT / "systems").glob("*/*.py"):
        assert not {name for name in imported(path) if name.startswith("mocolab.systems")}, path


def test_the_command_line_answers_without_torch():
    code = "import sys, mocolab, mocolab.cli; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT.parent).returncode == 0
