"""Where mocolab keeps what it makes once and opens often."""

import os
from pathlib import Path


def home() -> Path:
    """`$MOCOLAB_HOME`, or else `~/.cache/mocolab`."""
    return Path(os.environ.get("MOCOLAB_HOME") or Path.home() / ".cache" / "mocolab")
