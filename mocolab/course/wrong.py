"""Wrong answers, made from a right one: what the checks of a lab must not let pass."""

import ast
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import torch

from mocolab.course.source import Exercise

Change = Callable[[Any, tuple], Any]
"""(right result of a call, its arguments) -> what is returned instead."""


def each(change: Callable) -> Change:
    """The change of every value in a result, which may be a dict or a tuple of them."""

    def changed(value: Any, arguments: tuple = ()) -> Any:
        if isinstance(value, dict):
            return {key: changed(part) for key, part in value.items()}
        if isinstance(value, tuple | list):
            return type(value)(map(changed, value))
        return change(value)

    return changed


def last_off(value: Any) -> Any:
    """The value, its last element larger by 1."""
    if not isinstance(value, torch.Tensor):
        return value + 1
    mark = torch.zeros(value.numel(), dtype=value.dtype)
    mark[-1] = 1
    return value + mark.view(value.shape)


def axes(value: Any) -> torch.Tensor:
    """The value if it is a tensor with axes: a single one has no order, and may be of any kind."""
    if not isinstance(value, torch.Tensor) or not value.dim():
        raise LookupError("a single value was returned")
    return value


def arguments_changed(right: Any, arguments: tuple) -> Any:
    """The right result; the tensors that were given are no longer what they were."""
    if not (tensors := [part for part in arguments if isinstance(part, torch.Tensor)]):
        raise LookupError("no tensor was given")
    for tensor in tensors:
        tensor.data.add_(1)
    return right


CHANGES: dict[str, dict[str, Change]] = {
    "trivial": {
        "0": lambda right, arguments: 0,
        "None": lambda right, arguments: None,
        "zeros": each(lambda x: x * 0),
        "ones": each(lambda x: x * 0 + 1),
        "nan": each(lambda x: x * float("nan")),
        "first argument": lambda right, arguments: arguments[0],
    },
    "spoilt": {
        "given tensors changed": arguments_changed,
        "float64": each(lambda x: axes(x).double()),
        "last element off": each(last_off),
        "one percent off": each(lambda x: x * 1.01),
        "first axis reversed": each(lambda x: axes(x).flip(0)),
        "last axis reversed": each(lambda x: axes(x).flip(-1)),
    },
}


def wrong_answers(exercise: Exercise) -> Iterator[tuple[str, str, str]]:
    """(kind, name, source) of everything that must not pass.

    A trivial answer knows the right result of each call and returns something empty of its shape, so that nothing but
    values stands between it and points. A spoilt one has one small thing wrong, or lacks one statement.
    """
    right = exercise.answer.source
    yield "trivial", "stub", exercise.stub.source
    yield "trivial", "pass", _hollow(right)
    for kind, changes in CHANGES.items():
        yield from ((kind, name, _changed(right, kind, name)) for name in changes)
    yield from (("spoilt", f"without {statement}", source) for statement, source in _shortened(right))
    yield from (("misconception", cell.meta["cause"], cell.source) for cell in exercise.misconceptions)


def returning(kind: str, name: str, function: Callable, is_method: bool) -> Callable:
    """The function, but for what it returns."""

    @wraps(function)
    def other(*arguments, **named):
        return CHANGES[kind][name](function(*arguments, **named), arguments[is_method:])

    return other


def _changed(source: str, kind: str, name: str) -> str:
    """The answer, with another result of each of its functions and public methods."""
    lines = [source, "from mocolab.course.wrong import returning as _returning"]
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            lines.append(f"{node.name} = _returning({kind!r}, {name!r}, {node.name}, False)")
        for part in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(part, ast.FunctionDef) and not part.name.startswith("_"):
                method = f"{node.name}.{part.name}"
                lines.append(f"{method} = _returning({kind!r}, {name!r}, {method}, True)")
    return "\n".join(lines)


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
