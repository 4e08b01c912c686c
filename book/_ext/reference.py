"""Reference pages, from what the program and the package say of themselves: the help of each verb, every docstring."""

import io
import os
import re
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from unittest.mock import patch

from collect import replace

from mocolab import cli

COMMANDS = """# The command line

Every verb, as `mocolab VERB --help` tells it. Settings in square brackets may be left out.

"""
MARKDOWN = r"([*<$\[{_])"
RST = r"([|*\\]|_(?!\w))"
PACKAGES = {
    "mocolab": "The frame: contract, training, evaluation",
    "mocolab.systems": "Systems",
    "mocolab.networks": "Networks",
    "mocolab.data": "Data",
    "mocolab.metrics": "Metrics",
    "mocolab.course": "The course's machinery",
}


def write_pages(app, config) -> None:
    pages = {f"{package.rpartition('.')[2]}.rst": api(package, title) for package, title in PACKAGES.items()}
    replace(Path(app.srcdir) / "reference", pages | {"command-line.md": COMMANDS + "\n".join(commands())})


def commands() -> Iterator[str]:
    """A section for each verb, and for each of its subcommands; `train` as it is for one system."""
    for verb in cli.VERBS:
        words = ("train", "mocogan") if verb == "train" else (verb,)
        text = told(*words)
        yield f"## mocolab {' '.join(words)}\n\n{page(text)}"
        tasks = re.search(r"\{(.+)\}", text)[1].split(",") if "─ subcommands" in text else ()
        for task in tasks:
            yield f"### mocolab {verb} {task}\n\n{page(told(verb, task))}"


def told(*words: str) -> str:
    """What `mocolab ... --help` prints."""
    boxes = io.TextIOWrapper(io.BytesIO(), "utf-8")  # a stream that knows no encoding would get another form
    with redirect_stdout(boxes), suppress(SystemExit), patch.dict(os.environ, COLUMNS="200"):
        cli.parse([*words, "--help"])
    boxes.seek(0)
    return boxes.read().replace("{None}|", "")


def page(text: str) -> str:
    """Help in Markdown: what the verb does, how it is called, and the settings of each box as a list."""
    usage, about, boxes = text.strip().split("\n\n", 2)
    lines = [outside_code(MARKDOWN, about), "", "```text", usage.removeprefix("usage: "), "```", ""]
    for box in boxes.split("╭─ ")[1:]:
        title, *rows = box.splitlines()
        if not title.startswith("subcommands"):  # they have sections of their own
            lines += [f"**{title.strip(' ─╮').capitalize()}**", "", *settings(rows), ""]
    return "\n".join(lines)


def settings(rows: list[str]) -> Iterator[str]:
    """The rows of a box as a list of definitions; a long name stands on a row of its own, above what is said of it."""
    for row in rows:
        name, _, said = row.strip("│╰╯─ ").partition("  ")
        if name.startswith("-h,"):
            continue
        if row.startswith("│  "):
            yield f": {outside_code(MARKDOWN, f'{name}{_}{said}')}"
        elif said or row.startswith("│ -"):
            yield from ("", f"`{name}`")
            if said:
                yield f": {outside_code(MARKDOWN, said.strip())}"


def api(package: str, title: str) -> str:
    """The page of a package: its modules, and in them everything public that says what it is."""
    parts = [f"{title}\n{'=' * len(title)}\n\n.. automodule:: {package}\n"]
    for name in modules(package):
        heading = name.removeprefix(f"{package}.")
        parts.append(f"{heading}\n{'-' * len(heading)}\n\n.. automodule:: {name}\n   :members:\n")
    return "\n".join(parts)


def modules(package: str) -> Iterator[str]:
    """The public modules in a package; of mocolab itself only those that are no packages."""
    for part in iter_modules(import_module(package).__path__, f"{package}."):
        if part.name.rpartition(".")[2].startswith("_"):
            continue
        if not part.ispkg:
            yield part.name
        elif package == "mocolab.systems":
            yield from modules(part.name)


def in_rst(app, what, name, thing, options, lines: list[str]) -> None:
    """Docstrings are plain text with `code`, and equations further in, line by line; other signs are made harmless."""
    lines[:] = [re.sub(r"^( {4,})(?=\S)", r"\1| ", outside_code(RST, line)) for line in lines]


def outside_code(signs: str, text: str) -> str:
    """The text, with a backslash before these signs where they do not stand in `code`."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(signs, r"\\\1", part) for part in parts)


def setup(app) -> dict[str, bool]:
    app.connect("config-inited", write_pages, priority=400)
    app.connect("autodoc-process-docstring", in_rst)
    return {"parallel_read_safe": True}
