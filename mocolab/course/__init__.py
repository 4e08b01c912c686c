"""The machinery of the course: sources of labs, checks, release, audit and grading. Importing it loads no torch."""

from importlib import import_module

_HOMES = {"check": "mocolab.course.checks", "tier": "mocolab.course.checks"}


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"mocolab.course has no {name!r}; it offers {', '.join(_HOMES)}.")
    return getattr(import_module(_HOMES[name]), name)
