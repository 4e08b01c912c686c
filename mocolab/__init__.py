"""mocolab: understand and build GAN video synthesis.

The names a student imports first; each is fetched when it is first used, so that `import mocolab` is instant.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "SYSTEMS": "mocolab.systems",
    "DATASETS": "mocolab.data",
    "open_data": "mocolab.data",
    "load": "mocolab.loading",
    "Trainer": "mocolab.trainer",
    "TrainConfig": "mocolab.trainer",
}


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"mocolab has no {name!r}; it offers {', '.join(_HOMES)}.")
    return getattr(import_module(_HOMES[name]), name)
