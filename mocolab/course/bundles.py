"""Bundles, the JSON that a check shows: what is right, what is wrong, which mistake it is. Torch-free.

    {"version": 1, "id": "1.1", "types": {...}, "items": [
        {"name": "codes", "gate": false, "kind": "float", "dtype": "float32", "shape": [3, 5, 7], "at": [0, 2, ...],
         "values": [...], "norm": 10.2, "sum": -1.3, "rtol": 1e-4, "atol": 1e-6}, ...]}

A long tensor is shown as its values `at` chosen places, its L2 norm and its sum against chosen signs. A bundle that was
given is hostile input: what is compared, and how closely, is read from the expected side alone.
"""

import json
import math
import re
import reprlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Bundle = dict[str, Any]
MIME = "application/vnd.mocolab.check+json"
KEYS = Path(__file__).parent / "expected"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
HOLDS = {"float": "real numbers", "int": "whole numbers", "bool": "truth values", "text": "text"}
MOST_ITEMS = 100


@dataclass(frozen=True)
class Verdict:
    """What a given bundle is worth."""

    passed: bool
    share: float
    """Right items over all items that are no gates; 0 if a gate is broken."""
    differences: tuple[str, ...]
    """One sentence for each item that is wrong; expected values only of gates, which are no secrets."""
    wrong: tuple[str, ...]
    """The names of these items."""


def among(outputs: list) -> list:
    """The bundles among the outputs of a notebook's cell."""
    datas = [output["data"] for output in outputs if isinstance(output.get("data"), dict)]
    return [data[MIME] for data in datas if MIME in data]


def compare(expected: Bundle, given: object) -> Verdict:
    """The verdict on a given bundle, which may be anything that JSON can hold."""
    found = _items(given, expected["id"])
    wrong = {item["name"]: said for item in expected["items"] if (said := _difference(item, found.get(item["name"])))}
    gates = {item["name"] for item in expected["items"] if item["gate"]}
    right = [item["name"] not in wrong for item in expected["items"] if not item["gate"]]
    share = 0.0 if gates & wrong.keys() else sum(right) / len(right)
    return Verdict(not wrong, share, tuple(wrong.values()), tuple(wrong))


def recognise(given: object, misconceptions: dict[str, Any]) -> str | None:
    """What is said about the misconception, {cause: (bundle, says)}, that the given bundle equals, if there is one."""
    return next((says for bundle, says in misconceptions.values() if compare(bundle, given).passed), None)


def judge(known: dict[str, Any], given: object) -> tuple[float, list[str]]:
    """(share of the points, what to say) of a given bundle, by the right one and known misconceptions; all is well
    where nothing is said."""
    if foreign := _foreign(known["expected"], given):
        return 0.0, [f"You handed in {foreign}, of the package: write it yourself, the package is the answer key."]
    verdict = compare(known["expected"], given)
    said = None if verdict.passed else recognise(given, known["misconceptions"])
    return verdict.share, [said] if said else list(verdict.differences)


def shipped(id: str) -> dict[str, Any] | None:
    """The right bundle of an exercise and its misconceptions, for the public seed; None if the package has none."""
    path = KEYS / f"lab{int(id.split('.')[0]):02d}.json"
    return json.loads(path.read_text()).get(id) if path.exists() else None


def _foreign(expected: Bundle, given: object) -> str | None:
    """A class or function of the package that was passed off as the student's."""
    match given:
        case {"types": {**types}}:
            for name, homes in types.items():
                for home in homes if isinstance(homes, list) else ():
                    if str(home).startswith("mocolab.") and home not in expected["types"].get(name, []):
                        return plain(f"{name[:80]} from {str(home)[:80]}")
    return None


def _items(given: object, id: str) -> dict[str, dict]:
    """The items of a given bundle by name; none if it does not look like one for this exercise."""
    match given:
        case {"id": own, "items": [*items]} if own == id:
            items = [item for item in items[:MOST_ITEMS] if isinstance(item, dict)]
            return {item["name"]: item for item in items if isinstance(item.get("name"), str)}
    return {}


def _difference(item: dict, given: dict | None) -> str | None:
    """What is wrong with a given item, in a student's terms; None if nothing is."""
    name, values = item["name"], given and given.get("values")
    if given is None or not isinstance(values, list):
        return f"{name}: nothing was shown."
    if (kind := given.get("kind")) != item["kind"]:
        what = _said(values[0]) if kind == "text" and values else HOLDS.get(_said(kind), "of no known kind")
        return f"{name}: yours is {what}, needed are {HOLDS[item['kind']]}."
    if given.get("shape") != item["shape"]:
        return f"{name}: the shape of yours is {_said(given.get('shape'))}, needed is {item['shape']}."
    if "dtype" in item and given.get("dtype") != item["dtype"]:
        return f"{name}: yours is {_said(given.get('dtype'))}, needed is {item['dtype']}."
    if len(values) != len(item["values"]):
        return f"{name}: it was not measured as this check measures."
    numbers = [value for value in item["values"] if item["kind"] == "float" and value is not None]
    typical = math.hypot(*numbers) / math.sqrt(len(numbers) or 1)  # a sum near 0 is not more exact than its fellows
    for number, (right, value) in enumerate(zip(item["values"], values)):
        if not _equal(item, right, value, typical):
            needed = f", needed is {right}" if item["gate"] and not item["shape"] else ""
            return f"{name}{_place(item, number)}: yours is {_said(value)}{needed}."
    if "norm" in item:
        size = math.sqrt(math.prod(item["shape"]))
        rounded = item | {"rtol": max(item["rtol"], 1e-6)}  # also of whole numbers the norm is not whole
        if not all(_near(item[what], given.get(what), rounded, size, item["norm"]) for what in ("norm", "sum")):
            return f"{name}: it differs somewhere, though not at the first places looked at."
    return None


def _equal(item: dict, right: object, value: object, typical: float) -> bool:
    """Whether a value is of the item's kind and near enough."""
    if item["kind"] in ("text", "bool"):
        return type(value) is type(right) and value == right
    if item["kind"] == "int" and type(value) is not int:
        return False
    return right is not None and _near(right, value, item, 1, max(abs(right), typical))


def _near(right: object, value: object, item: dict, size: int | float, scale: object) -> bool:
    """|value - right| <= atol size + rtol |scale|; a number that is not finite is near to nothing."""
    if right is None or type(value) not in (int, float) or not abs(value) < 1e300:
        return False
    return abs(value - right) <= item["atol"] * size + item["rtol"] * abs(scale)


def _place(item: dict, number: int) -> str:
    """Where a probe stands, as an index: ' differs first at [0, 2, 1]'; nothing for a single value."""
    flat, index = item["at"][number] if "at" in item else number, []
    for length in reversed(item["shape"]):
        flat, rest = divmod(flat, length)
        index.insert(0, rest)
    return f" differs first at {index}" if index else ""


def _said(value: object) -> str:
    """A given value in a few harmless characters."""
    if isinstance(value, str):
        return plain(value[:80])
    if isinstance(value, float):
        return f"{value:.4g}"
    return "no finite number" if value is None else reprlib.repr(value)[:80]


def plain(text: str) -> str:
    """Foreign text as one line without colours, controls or tricks of direction."""
    return "".join(sign if sign.isprintable() else " " for sign in COLOURS.sub("", text)[:300]).strip()
