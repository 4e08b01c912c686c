"""Audit of a lab's checks: what is right passes, what is wrong does not, and known mistakes are known by name.

Trusted code only; it runs in this process. Wrong answers come from three sources: *trivial* ones know the right answer
to every call and return something empty of its shape, so that nothing but values stands between them and points;
*spoilt* ones return the right answer with one small thing wrong, or lack one statement of it; and the lab's own
misconceptions.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from mocolab.course.bundles import Bundle, compare, recognise
from mocolab.course.exercise import run
from mocolab.course.source import Exercise, Lab

THREADS = (1, 2)
TRIVIAL = {
    "0": "0",
    "None": "None",
    "zeros": "each(right, lambda x: x * 0)",
    "ones": "each(right, lambda x: x * 0 + 1)",
    "nan": "each(right, lambda x: x * float('nan'))",
    "first argument": "arguments[0]",
}
SPOILT = {
    "given tensors changed": "changed(arguments, right)",
    "float64": "each(right, lambda x: long(x).double())",
    "last element off": "each(right, off)",
    "one percent off": "each(right, lambda x: x * 1.01)",
    "first axis reversed": "each(right, lambda x: long(x).flip(0))",
    "last axis reversed": "each(right, lambda x: long(x).flip(-1))",
}
WRAP = """
import torch as _torch

def _spoilt(function, is_method):
    def each(value, change):
        if isinstance(value, dict):
            return {{key: each(part, change) for key, part in value.items()}}
        if isinstance(value, (tuple, list)):
            return type(value)(each(part, change) for part in value)
        return change(value)

    def off(x):
        if not isinstance(x, _torch.Tensor):
            return x + 1
        mark = _torch.zeros(x.numel(), dtype=x.dtype)
        mark[-1] = 1
        return x + mark.view(x.shape)

    def long(x):
        if not isinstance(x, _torch.Tensor) or not x.dim():
            raise LookupError("a single value has no order, and may be of any kind")
        return x

    def changed(arguments, right):
        tensors = [part for part in arguments if isinstance(part, _torch.Tensor)]
        for tensor in tensors:
            tensor.data.add_(1)
        if not tensors:
            raise LookupError("there is nothing to change")
        return right

    def stub(*arguments, **named):
        right = function(*arguments, **named)
        arguments = arguments[is_method:]
        return {expression}

    return stub
"""


@dataclass(frozen=True)
class Adequacy:
    """What the check of one exercise was seen to do, over all seeds."""

    exercise: str
    points: int | float
    misconceptions: int
    wrong: int
    """Wrong answers tried, misconceptions among them."""
    killers: dict[str, int]
    """Item of the bundle -> wrong answers that break it."""
    faults: tuple[str, ...]


def audit(lab: Lab, seeds: Sequence[int]) -> Iterator[Adequacy]:
    """Each exercise's adequacy, one after the other."""
    before = torch.get_num_threads()
    try:
        for exercise in lab.exercises.values():
            yield _adequacy(lab, exercise, seeds)
    finally:
        torch.set_num_threads(before)


def table(rows: Sequence[Adequacy]) -> str:
    """The adequacy table, in Markdown."""
    lines = [
        "| exercise | points | items | wrong answers | recognised by name | weakest item | faults |",
        "|---|--:|--:|--:|--:|---|--:|",
    ]
    for row in rows:
        name, count = min(row.killers.items(), key=lambda item: item[1])
        weakest = f"{name}: broken by {count} of {row.wrong}"
        cells = (row.exercise, row.points, len(row.killers), row.wrong, row.misconceptions, weakest, len(row.faults))
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _adequacy(lab: Lab, exercise: Exercise, seeds: Sequence[int]) -> Adequacy:
    faults, killers = Counter(), Counter()
    answers = dict(_wrong_answers(exercise))
    for seed in seeds:
        right = _agreed(lab, exercise.id, seed, faults)
        shown = {name: _attempt(lab, exercise.id, seed, source) for name, (_, source) in answers.items()}
        killers.update({item["name"]: 0 for item in right["items"]})
        for name, (kind, _) in answers.items():
            verdict = compare(right, shown[name])
            killers.update(verdict.wrong if shown[name] else ())
            if verdict.passed or (kind == "trivial" and verdict.share):
                faults[f"{kind} answer {name!r} earns {verdict.share:.0%} of the points"] += 1
        faults.update(_misnamed(exercise, shown))
    faults.update(f"item {name!r} is broken by no wrong answer" for name, count in killers.items() if not count)
    faults.update([f"{len(exercise.misconceptions)} misconceptions, needed are 3"][: len(exercise.misconceptions) < 3])
    said = [f"{exercise.id}: {fault} ({count} of {len(seeds)} seeds)." for fault, count in faults.items()]
    known = {name: count // len(seeds) for name, count in killers.items()}
    return Adequacy(exercise.id, exercise.points, len(exercise.misconceptions), len(answers), known, tuple(said))


def _agreed(lab: Lab, id: str, seed: int, faults: Counter) -> Bundle:
    """What the reference shows; a fault if it depends on the number of threads."""
    bundles = []
    for threads in THREADS:
        torch.set_num_threads(threads)
        bundles.append(run(lab, id, seed))
    torch.set_num_threads(THREADS[0])
    if not all(compare(bundles[0], bundle).passed for bundle in bundles):
        faults["the reference disagrees with itself"] += 1
    return bundles[0]


def _wrong_answers(exercise: Exercise) -> Iterator[tuple[str, tuple[str, str]]]:
    """Name -> (kind, source) of everything that must not pass."""
    yield "stub", ("trivial", exercise.stub.source)
    yield "pass", ("trivial", _hollow(exercise.answer.source))
    for kind, expressions in (("trivial", TRIVIAL), ("spoilt", SPOILT)):
        for name, expression in expressions.items():
            yield name, (kind, _replaced(exercise.answer.source, expression))
    for statement, source in _shortened(exercise.answer.source):
        yield f"without {statement}", ("spoilt", source)
    for cell in exercise.misconceptions:
        yield cell.meta["cause"], ("misconception", cell.source)


def _attempt(lab: Lab, id: str, seed: int, source: str) -> Bundle | None:
    """What a wrong answer shows; None if it raises."""
    try:
        return run(lab, id, seed, {id: source})
    except Exception:
        return None


def _misnamed(exercise: Exercise, shown: dict[str, Bundle | None]) -> Iterator[str]:
    """A fault for each misconception that is not recognised by exactly its sentence."""
    known = {cell.meta["cause"]: (shown[cell.meta["cause"]], cell.meta["says"]) for cell in exercise.misconceptions}
    known = {cause: entry for cause, entry in known.items() if entry[0]}
    for cell in exercise.misconceptions:
        cause = cell.meta["cause"]
        if cause not in known:
            yield f"misconception {cause!r} raises, so nothing can be said about it"
        elif (said := recognise(shown[cause], known)) != cell.meta["says"]:
            yield f"misconception {cause!r} is taken for {said!r}"


def _hollow(source: str) -> str:
    """The answer with nothing in its functions."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = [ast.Pass()]
    return ast.unparse(tree)


def _shortened(source: str) -> Iterator[tuple[str, str]]:
    """(what is missing, source) for each statement in a function of the answer, its docstrings left out."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.For | ast.While | ast.If | ast.With):
            whole = node.body
            for number, statement in enumerate(whole):
                if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                    node.body = [*whole[:number], *whole[number + 1 :]] or [ast.Pass()]
                    yield f"line {statement.lineno}: {ast.unparse(statement).splitlines()[0]}", ast.unparse(tree)
            node.body = whole


def _replaced(source: str, expression: str) -> str:
    """The answer, each of whose functions and public methods returns the expression of its right result instead."""
    lines = [source, WRAP.format(expression=expression)]
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            lines.append(f"{node.name} = _spoilt({node.name}, False)")
        elif isinstance(node, ast.ClassDef):
            methods = [part.name for part in node.body if isinstance(part, ast.FunctionDef) and part.name[0] != "_"]
            lines += [f"{node.name}.{name} = _spoilt({node.name}.{name}, True)" for name in methods]
    return "\n".join(lines)
