"""Tables as people write them: with commas, semicolons or tabs, with padded cells, with a byte mark."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mocolab.store import whole

Row = dict[str, str]


def read_table(path: Path, *needed: str) -> list[Row]:
    """The rows of a csv file, every cell stripped; `ValueError` if it lacks a needed column or a cell in one."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"The table {path} cannot be read ({error}): give a csv file in UTF-8.") from error
    delimiter = max("\t;,", key=text.partition("\n")[0].count)
    head, *body = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if text.strip() else [[]]
    names = [name.strip() for name in head]
    if missing := set(needed) - set(names):
        raise ValueError(f"The table {path} has the columns {names}: it needs {', '.join(sorted(missing))} too.")
    rows = []
    for cells in body:
        if not any(cells):
            continue
        row = dict(zip(names, (cell.strip() for cell in cells)))
        if empty := [name for name in needed if not row.get(name)]:
            raise ValueError(f"The table {path} has nothing under {empty[0]} in its row {len(rows) + 1}: fill it in.")
        rows.append(row)
    return rows


def write_table(path: Path, columns: list[str], rows: Iterable[dict[str, Any]]) -> None:
    """A csv file in which no cell is a formula; whole or not at all."""
    with whole(path) as unfinished, open(unfinished, "w", encoding="utf-8", newline="") as stream:
        cells = [columns, *([row.get(column, "") for column in columns] for row in rows)]
        csv.writer(stream).writerows([_harmless(cell) for cell in line] for line in cells)


def _harmless(value: Any) -> Any:
    """A cell that a spreadsheet shows and does not compute."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
