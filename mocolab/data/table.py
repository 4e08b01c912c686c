"""Tables about videos, as people write them: with commas, semicolons or tabs, with padded cells, with a byte mark."""

import csv
import io
from pathlib import Path


def read_table(path: Path, *needed: str) -> list[dict[str, str]]:
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
