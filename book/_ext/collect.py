"""Labs, and in a teacher's book solutions, as chapters.

Copies go into ignored folders of the source, and only what changed is written, so that Sphinx builds only that again.
`MOCOLAB_BOOK=teacher` makes the teacher's book; in any other, no file of `solutions/` is read but for what cells show.
"""

import os
from html import escape
from pathlib import Path
from shutil import rmtree

from mocolab.course import notebooks, source

NOTEBOOK = (
    "*A chapter to read: the pictures are those of a solved run, answers are left to you. To work,* "
    "{{download}}`get the notebook <../../labs/{name}>`*.*"
)


def collect(app, config) -> None:
    """Write the chapters, before Sphinx looks for its sources."""
    book = Path(app.srcdir)
    root, teacher = book.parent, os.environ.get("MOCOLAB_BOOK") == "teacher"
    chapters = {"README.md": (root / "labs" / "README.md").read_text(encoding="utf-8")}
    for path in sorted((root / "labs").glob("lab*.ipynb")):
        chapters[path.name] = notebooks.text(student_chapter(path, root / "solutions" / path.name))
    replace(book / "labs", chapters)
    solved = sorted((root / "solutions").glob("lab*.ipynb")) if teacher else []
    replace(book / "solutions", {path.name: notebooks.text(teacher_chapter(path)) for path in solved})


def replace(folder: Path, files: dict[str, str]) -> None:
    """Make the folder hold these files and no others; one that is right is not touched. No files: no folder."""
    if not files:
        return rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def student_chapter(lab: Path, solved: Path) -> notebooks.Notebook:
    """The lab, its demos with what they show in the solution; stubs and checks show nothing."""
    shown = {cell["id"]: cell.get("outputs", []) for cell in notebooks.read(solved)["cells"]}
    chapter = notebooks.read(lab)
    for cell in chapter["cells"]:
        if cell["metadata"]["mocolab"]["role"] == "demo":
            cell["outputs"] = shown[cell["id"]]
            cell["metadata"]["tags"] = ["hide-input"] if cell["outputs"] else []  # what is seen, then how it was made
    return with_notes(chapter, {chapter["cells"][0]["id"]: NOTEBOOK.format(name=lab.name)})


def teacher_chapter(solved: Path) -> notebooks.Notebook:
    """The solution, its points on top, below every check what goes wrong, below every free question its rubric."""
    lab = source.read(solved.with_suffix(".py"))
    chapter = notebooks.read(solved)
    header = chapter["cells"][0]
    header["source"] = header["source"].replace("# Lab", "# Solution of lab", 1)
    notes = {exercise.check.name: mistakes(exercise) for exercise in lab.exercises.values()}
    notes |= {cell.name: f"**Rubric, {cell.meta['points']} points.** {cell.meta['rubric']}" for cell in lab.free}
    return with_notes(chapter, notes | {header["id"]: points(lab)})


def with_notes(chapter: notebooks.Notebook, notes: dict[str, str]) -> notebooks.Notebook:
    """The notebook with a text below each cell that is named."""
    cells = []
    for cell in chapter["cells"]:
        cells.append(cell)
        if note := notes.get(cell["id"]):
            cells.append({"cell_type": "markdown", "id": f"{cell['id']}-note", "metadata": {}, "source": note})
    return chapter | {"cells": cells}


def points(lab: source.Lab) -> str:
    """The table of what is graded, and by whom."""
    rows = ["| exercise | points | minutes | difficulty | needs | graded |", "|---|--:|--:|--:|---|---|"]
    for cell in lab.cells:
        if cell.role in ("answer", "free"):
            meta, needs = cell.meta, ", ".join(cell.meta.get("depends", ()))
            by = "by its check" if cell.role == "answer" else "by hand"
            rows.append(f"| {cell.id} | {meta['points']} | {meta['minutes']} | {meta['difficulty']} | {needs} | {by} |")
    return "\n".join(rows)


def mistakes(exercise: source.Exercise) -> str:
    """The wrong answers that the check knows by name, each with the sentence that a student reads."""
    folded = [
        f"<details><summary><em>{escape(cell.meta['cause'])}.</em> {escape(cell.meta['says'])}</summary>\n\n"
        f"```python\n{cell.source}\n```\n\n</details>"
        for cell in exercise.misconceptions
    ]
    return "\n\n".join([f"**Known mistakes in {exercise.id}, and what a student is told**", *folded])


def setup(app) -> dict[str, bool]:
    app.connect("config-inited", collect, priority=400)  # the table of contents looks for files at 900
    return {"parallel_read_safe": True}
