"""A made-up lab of two exercises, for tests of release, checks and grading."""

import json
from pathlib import Path

HEADER = {"role": "header", "id": "90", "title": "Numbers", "minutes": 20}
FIRST = {"role": "answer", "id": "90.1", "points": 2, "minutes": 5, "difficulty": 1}
SECOND = {"role": "answer", "id": "90.2", "points": 3, "minutes": 9, "difficulty": 2, "depends": ["90.1"]}
FREE = {"role": "free", "id": "90.3", "points": 1, "minutes": 6, "difficulty": 1, "rubric": "One reason."}
ONCE = {
    "role": "misconception",
    "id": "90.1",
    "cause": "drawn once",
    "says": "All rows are equal: draw num_rows of them.",
}

CELLS = [
    (HEADER, "# Numbers\n\nTwo functions about rows."),
    ({"role": "given"}, "import torch\n\nfrom mocolab.course import check"),
    ({"role": "text"}, "## 90.1 Rows\n\nWrite `rows(num_rows, dim, normal)`: one call `normal(num_rows, dim)`."),
    (FIRST, "def rows(num_rows, dim, normal=torch.randn):\n    return normal(num_rows, dim).mul(2).add(1)"),
    (
        {"role": "stub", "id": "90.1"},
        'def rows(num_rows, dim, normal=torch.randn):\n    raise NotImplementedError("Exercise 90.1: rows of numbers")',
    ),
    (
        {"role": "check", "id": "90.1"},
        'probe = check("90.1")\nB, D = probe.sizes(2)\ntape = probe.tape()\n'
        "probe.show(rows=rows(B, D, normal=tape), calls=tape.calls)",
    ),
    (
        ONCE,
        "def rows(num_rows, dim, normal=torch.randn):\n    return normal(1, dim).mul(2).add(1).expand(num_rows, dim)",
    ),
    ({"role": "text"}, "## 90.2 Their lengths\n\nWrite `lengths(num_rows, dim, normal)`: the L2 norm of each row."),
    (SECOND, "def lengths(num_rows, dim, normal=torch.randn):\n    return rows(num_rows, dim, normal).norm(dim=1)"),
    (
        {"role": "stub", "id": "90.2"},
        "def lengths(num_rows, dim, normal=torch.randn):\n"
        '    raise NotImplementedError("Exercise 90.2: the length of each row")',
    ),
    (
        {"role": "check", "id": "90.2"},
        'probe = check("90.2")\nB, D = probe.sizes(2)\nprobe.show(lengths=lengths(B, D, normal=probe.tape()))',
    ),
    (
        {"role": "misconception", "id": "90.2", "cause": "norm of columns", "says": "One length a row: [B]."},
        "def lengths(num_rows, dim, normal=torch.randn):\n    return rows(num_rows, dim, normal).norm(dim=0)",
    ),
    ({"role": "demo"}, 'print("mean length", lengths(2000, 3, torch.ones).mean())'),
    ({"role": "predict"}, "my_guess = None  # the mean length for dim = 4"),
    (FREE, "**90.3** Why do longer rows have longer norms? Write one sentence."),
]


def percent(cells: list[tuple[dict, str]]) -> str:
    """The percent form of (metadata, source) pairs."""
    kinds = {"header": "markdown", "text": "markdown", "free": "markdown", "stub": "raw", "misconception": "raw"}
    written = []
    for meta, source in cells:
        kind = kinds.get(meta["role"])
        lines = [f"# {line}".rstrip() for line in source.splitlines()] if kind else source.splitlines()
        marker = "# %%" + (f" [{kind}]" if kind else "") + f" mocolab={json.dumps(meta)}"
        written.append("\n".join([marker, *lines, ""]))
    return "\n".join(written)


def write_lab(folder: Path, cells: list[tuple[dict, str]] = CELLS, name: str = "lab90_numbers.py") -> Path:
    """The toy lab's source in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(percent(cells))
    return path
