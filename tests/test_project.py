"""The project around the package: what its files promise each other, and the user."""

import ast
import json
import re
import shlex
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, version
from itertools import chain
from pathlib import Path

import pytest
import yaml

import mocolab
from mocolab.cli import parse
from mocolab.verbs import train

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
README = (ROOT / "README.md").read_text()
PAGES = [
    *(ROOT / folder / "README.md" for folder in (".", "labs", "solutions")),
    *sorted((ROOT / "book").glob("*.md")),
    *sorted((ROOT / "labs").glob("*.ipynb")),
]
MACHINE_PATH = re.compile(r"(?<![\w.~/}])/(work|root|home|Users|opt|mnt|tmp)/\w")


def prose(page: Path) -> str:
    """A page's text; of a notebook its Markdown."""
    if page.suffix == ".md":
        return page.read_text()
    cells = json.loads(page.read_text())["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def fenced_lines(page: Path) -> list[str]:
    """The lines of a page's fenced blocks that have no language, which are command lines."""
    blocks = re.findall(r"^```(.*)\n([\s\S]*?)^```$", prose(page), flags=re.MULTILINE)
    return [line for language, block in blocks if not language for line in block.splitlines()]


def printed_commands() -> list[str]:
    """Every command line of ours that a page prints, from its verb on; comments, and verbs alone in a sentence, not."""
    steps = [step for page in PAGES for line in fenced_lines(page) for step in line.split(" && ")]
    inline = (" ".join(found.split()) for page in PAGES for found in re.findall(r"`(mocolab [^`]+)`", prose(page)))
    steps += [command for command in inline if len(command.split()) > 3]
    found = {match[1] for step in steps if (match := re.search(r"(?:^|-m )mocolab (.*)", step))}
    return sorted({shlex.join(shlex.split(command, comments=True)) for command in found})


def kept_files() -> list[Path]:
    """The files that git keeps, or would keep."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a git checkout, so what belongs to the repository is unknown")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def test_the_conda_environment_is_the_package_and_its_extras():
    python, pip, packages = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert PROJECT["requires-python"] == ">=" + python.removeprefix("python=")
    assert (pip, packages) == ("pip", {"pip": ["-e .[all]"]})
    assert PROJECT["optional-dependencies"]["all"] == ["mocolab[lab,book,test]"]


def test_two_commands_do_all_the_set_up():
    assert [line for line in fenced_lines(ROOT / "README.md") if "install" in line] == [
        'pip install -e ".[all]" && mocolab quickstart',
        'pip install -e ".[all]" && pytest',
    ]


def test_what_the_readme_points_to_is_there():
    linked = re.findall(r"\]\((?!http)([^)]+)\)", README)
    named = re.findall(r"`((?:mocolab|book|labs|solutions|tests)/[\w/.-]*)`", README)
    made = {"book/_build/html/index.html"}
    assert [path for path in [*linked, *named] if path not in made and not (ROOT / path).exists()] == []


def test_licence_citation_and_version_agree():
    licence = (ROOT / "LICENSE").read_text()
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert licence.startswith(f"{PROJECT['license']} License") and "CC BY 4.0" in licence
    assert citation["license"] == PROJECT["license"]
    assert citation["authors"] == PROJECT["authors"]
    assert citation["authors"][0]["name"] in licence
    assert citation["references"][0]["year"] == 2018
    assert "version" not in PROJECT and "version" not in citation, "the version stands in mocolab/__init__.py alone"
    assert version("mocolab") == mocolab.__version__


@pytest.mark.parametrize("command", printed_commands())
def test_a_printed_command_line_is_understood(command, monkeypatch):
    monkeypatch.setattr(train, "categories", lambda data: ())  # a reader's own clips are not here
    if command.endswith("--help"):
        with pytest.raises(SystemExit, match=r"^0$"):
            parse(shlex.split(command))
    else:
        assert parse(shlex.split(command))


def test_what_the_package_imports_is_declared():
    imported = set()
    for path in ROOT.glob("mocolab/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module.split(".")[0])
    wanted = [*PROJECT["dependencies"], *chain(*PROJECT["optional-dependencies"].values())]
    declared = {re.match(r"[\w-]+", line)[0].lower() for line in wanted}
    home = packages_distributions() | {"dlib": ["dlib-bin"]}  # an extra, and its wheel does not tell what it holds
    foreign = imported - sys.stdlib_module_names - {"mocolab"}
    assert {name for name in foreign if not {at.lower() for at in home.get(name, [])} & declared} == set()


def test_no_file_names_a_path_of_somebodys_machine():
    found = []
    for path in kept_files():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:  # a picture or a checkpoint
            continue
        found += [f"{path.name}: {line.strip()}" for line in lines if MACHINE_PATH.search(line)]
    assert found == []


def test_files_are_small_and_named_for_what_they_are():
    files = kept_files()
    most = [8 if path.parent.name == "checkpoints" else 1 if path.suffix == ".ipynb" else 2 for path in files]
    heavy = [path for path, limit in zip(files, most) if path.stat().st_size > limit * 2**20]
    assert heavy == []
    vague = re.compile(r"(utils?|misc|helpers?|common|base_.*)\.py")
    assert [path for path in files if vague.fullmatch(path.name)] == []
    package = [path for path in files if path.suffix == ".py" and path.is_relative_to(ROOT / "mocolab")]
    assert [path for path in package if len(path.read_text().splitlines()) > 250] == []
