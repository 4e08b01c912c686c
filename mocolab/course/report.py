"""What a graded class is given: scores.csv, summary.csv, a page for each student, one to mark by hand, report.json."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

from mocolab.course.batch import Record, slug, versions
from mocolab.course.grade import Result
from mocolab.course.roster import LatePolicy
from mocolab.course.source import Lab
from mocolab.store import write
from mocolab.tables import Row, write_table

STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.4rem .6rem;text-align:left;
vertical-align:top}td:nth-child(2){white-space:nowrap}.right{color:#11602f}.wrong{color:#9c1c1c}.partly{color:#7a4b00}
p{margin:.2rem 0;overflow-wrap:anywhere}pre{white-space:pre-wrap;background:#f4f4f4;padding:.6rem}"""
SAID = {"right": "right", "partly": "partly right", "wrong": "not right", "by hand": "waits to be read by a person"}


@dataclass(frozen=True)
class Standing:
    """A student's results with what a person and the calendar have to say."""

    record: Record
    results: dict[str, Result]
    kept: float
    """The share of the points that lateness leaves."""

    @property
    def points(self) -> float:
        return float(sum(result["points"] for result in self.results.values()))

    @property
    def total(self) -> float:
        return round(self.points * self.kept, 2)


def standing(record: Record, marks: dict[tuple[str, str], Row], late: LatePolicy | None) -> Standing:
    """A record under the marks of a person, which replace the machine's, and the late policy."""
    results: dict[str, Result] = {}
    for id, result in record.results.items():
        mark = marks.get((record.student, id))
        if mark and mark["points"]:
            points = float(mark["points"].replace(",", "."))
            reason = f": {mark['reason']}" if mark.get("reason") else "."
            result = result | {"points": points, "verdict": _verdict(points, result["of"])}
            result |= {"notes": [f"Marked by a person{reason}", *result["notes"]], "by": "person"}
        results[id] = result
    kept = late.kept(record.student, record.when) if late and record.when is not None else 1.0
    return Standing(record, results, kept)


def write_reports(lab: Lab, standings: list[Standing], out: Path, about: dict[str, Any]) -> None:
    """All reports, each whole or not at all; pages of students who left the class go."""
    rows = [
        {"student": one.record.student, "exercise": id, "by": "machine"} | result | {"notes": " ".join(result["notes"])}
        for one in standings
        for id, result in one.results.items()
    ]
    write_table(out / "scores.csv", ["student", "exercise", "points", "of", "verdict", "by", "notes"], rows)
    ids = [*lab.exercises, *(cell.id for cell in lab.free)]
    wide = [
        {"student": one.record.student, "late": f"{one.kept:.0%}", "total": one.total}
        | {id: result["points"] for id, result in one.results.items()}
        for one in standings
    ]
    write_table(out / "summary.csv", ["student", *ids, "late", "total"], wide)
    _write_pages(lab, standings, out / "feedback")
    if lab.free:
        write(out / "by-hand.html", _page(f"Lab {lab.number}, to be read by a person", _to_mark(lab, standings)))
    details = {one.record.student: asdict(one.record) | {"total": one.total} for one in standings}
    facts = {"lab": lab.path.name, "source": lab.digest, "versions": versions()} | about
    write(out / "report.json", json.dumps(facts | {"students": details}, indent=1))


def write_marks(path: Path, standings: list[Standing], marks: dict[tuple[str, str], Row]) -> None:
    """The person's table again, with a line to fill in for every answer that waits for one."""
    waiting = [
        {"student": one.record.student, "exercise": id, "points": "", "reason": ""}
        for one in standings
        for id, result in one.results.items()
        if result["verdict"] == "by hand" and (one.record.student, id) not in marks
    ]
    if waiting:
        write_table(path, ["student", "exercise", "points", "reason"], [*marks.values(), *waiting])


def _write_pages(lab: Lab, standings: list[Standing], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for one in standings:
        write(
            folder / f"{slug(one.record.student)}.html",
            _page(f"Lab {lab.number}, {one.record.student}", _feedback(one)),
        )
    for page in set(folder.glob("*.html")) - {folder / f"{slug(one.record.student)}.html" for one in standings}:
        page.unlink()


def _feedback(one: Standing) -> Iterable[str]:
    of = sum(result["of"] for result in one.results.values())
    yield f"<p><strong>{one.total:g} of {of:g} points</strong></p>"
    if one.kept < 1:
        yield f"<p>Handed in late: {one.kept:.0%} of {one.points:g} points are kept.</p>"
    yield from (f"<p>{escape(note)}</p>" for note in one.record.notes)
    yield "<table><tr><th>Exercise</th><th>Points</th><th>What was found</th></tr>"
    for id, result in one.results.items():
        verdict = result["verdict"]
        notes = "".join(f"<p>{escape(note)}</p>" for note in result["notes"])
        yield f"<tr><td>{escape(id)}</td><td>{result['points']:g} of {result['of']:g}</td>"
        yield f'<td><p class="{escape(verdict)}">{escape(SAID[verdict])}</p>{notes}</td></tr>'
    yield "</table>"
    yield "<p>Values were asked for with numbers that nobody knew before; so they are not printed here.</p>"


def _to_mark(lab: Lab, standings: list[Standing]) -> Iterable[str]:
    yield "<p>Write points, and a reason if you like, into marks.csv, then run the same command again.</p>"
    for cell in lab.free:
        yield f"<h2>Exercise {escape(cell.id)}, {cell.meta['points']:g} points</h2><p>{escape(cell.meta['rubric'])}</p>"
        for one in standings:
            if one.record.results[cell.id]["verdict"] == "by hand":
                yield f"<h3>{escape(one.record.student)}</h3><pre>{escape(one.record.words[cell.id])}</pre>"


def _page(title: str, body: Iterable[str]) -> str:
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>
<meta http-equiv="Content-Security-Policy" content="{policy}"><meta name="viewport" content="width=device-width">
<style>{STYLE}</style><h1>{escape(title)}</h1>
{chr(10).join(body)}
</html>
"""


def _verdict(points: float, of: int | float) -> str:
    return "right" if points >= of else "partly" if points else "wrong"
