"""What a graded class is given: scores.csv, summary.csv, a page for each student, one to mark by hand, report.json."""

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from mocolab.course.batch import Record, slug, versions
from mocolab.course.roster import LatePolicy
from mocolab.course.source import Lab
from mocolab.store import write
from mocolab.tables import Row, write_table

PAGE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
SAID = {"right": "right", "partly": "partly right", "wrong": "not right", "by hand": "waits to be read by a person"}
Marks = dict[tuple[str, str], Row]


def marked(record: Record, marks: Marks, late: LatePolicy | None) -> Record:
    """A record under the marks of a person, which replace the machine's, and the late policy."""
    results = dict(record.results)
    for id, result in results.items():
        mark = marks.get((record.student, id), {})
        if mark.get("points"):
            points = float(mark["points"].replace(",", "."))
            verdict = "right" if points >= result["of"] else "partly" if points else "wrong"
            notes = [": ".join(filter(None, ["Marked by a person", mark.get("reason")])), *result["notes"]]
            results[id] = result | {"points": points, "verdict": verdict, "notes": notes, "by": "person"}
    kept = late.kept(record.student, record.when) if late and record.when is not None else 1.0
    return replace(record, results=results, kept=kept)


def write_reports(lab: Lab, records: list[Record], out: Path, about: dict[str, Any]) -> None:
    """All reports, each whole or not at all; pages of students who left the class go."""
    scores, summary = [], []
    for one in records:
        total = {"student": one.student, "late": f"{one.kept:.0%}", "total": one.total}
        summary.append(total | {id: result["points"] for id, result in one.results.items()})
        for id, result in one.results.items():
            row = {"student": one.student, "exercise": id, "by": "machine"}
            scores.append(row | result | {"notes": " ".join(result["notes"])})
    ids = [*lab.exercises, *(cell.id for cell in lab.free)]
    write_table(out / "summary.csv", ["student", *ids, "late", "total"], summary)
    write_table(out / "scores.csv", ["student", "exercise", "points", "of", "verdict", "by", "notes"], scores)
    pages = {out / "feedback" / f"{slug(one.student)}.html": one for one in records}
    for path, one in pages.items():
        _write_page(path, f"Lab {lab.number}, {one.student}", _feedback(one))
    for path in set((out / "feedback").glob("*.html")) - set(pages):
        path.unlink()
    if lab.free:
        _write_page(out / "by-hand.html", f"Lab {lab.number}, to be read by a person", _to_mark(lab, records))
    facts = {"lab": lab.path.name, "source": lab.digest, "versions": versions()} | about
    details = {one.student: asdict(one) | {"total": one.total} for one in records}
    write(out / "report.json", json.dumps(facts | {"students": details}, indent=1))


def write_marks(path: Path, records: list[Record], marks: Marks) -> None:
    """The person's table again, with a line to fill in for every answer that waits for one."""
    waiting = [
        {"student": one.student, "exercise": id}
        for one in records
        for id, result in one.results.items()
        if result["verdict"] == "by hand" and (one.student, id) not in marks
    ]
    if waiting:
        write_table(path, ["student", "exercise", "points", "reason"], [*marks.values(), *waiting])


def _write_page(path: Path, title: str, body: Iterable[str]) -> None:
    write(path, PAGE.substitute(title=escape(title), body="\n".join(body)))


def _feedback(one: Record) -> Iterable[str]:
    of = sum(result["of"] for result in one.results.values())
    yield f"<p><strong>{one.total:g} of {of:g} points</strong></p>"
    if one.kept < 1:
        yield f"<p>Handed in late: {one.kept:.0%} of {one.points:g} points are kept.</p>"
    yield from (f"<p>{escape(note)}</p>" for note in one.notes)
    yield "<table><tr><th>Exercise</th><th>Points</th><th>What was found</th></tr>"
    for id, result in one.results.items():
        notes = "".join(f"<p>{escape(note)}</p>" for note in result["notes"])
        yield f"<tr><td>{escape(id)}</td><td>{result['points']:g} of {result['of']:g}</td>"
        yield f'<td><p class="{result["verdict"]}">{SAID[result["verdict"]]}</p>{notes}</td></tr>'
    yield "</table>"
    yield "<p>Values were asked for with numbers that nobody knew before; so they are not printed here.</p>"


def _to_mark(lab: Lab, records: list[Record]) -> Iterable[str]:
    yield "<p>Write points, and a reason if you like, into marks.csv, then run the same command again.</p>"
    for cell in lab.free:
        yield f"<h2>Exercise {escape(cell.id)}, {cell.meta['points']:g} points</h2><p>{escape(cell.meta['rubric'])}</p>"
        for one in records:
            if (words := one.words.get(cell.id, "").strip()) not in ("", cell.source.strip()):
                yield f"<h3>{escape(one.student)}</h3><pre>{escape(words)}</pre>"
