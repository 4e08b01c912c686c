"""What there is to know about a data set before training on it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mocolab import media
from mocolab.data.clips import StoredData
from mocolab.data.contract import TwoDomains, VideoData
from mocolab.mistakes import require


def info(data: VideoData | TwoDomains) -> str:
    """A table in text: how many videos and frames, how long and large, which labels, and where it is kept."""
    if isinstance(data, TwoDomains):
        return f"{info(data.a)}\n\n{info(data.b)}"
    rows = {"name": data.name, "size": f"{data.size} x {data.size} px"}
    if isinstance(data, StoredData):
        labels = [data.categories[label] for label in data.labels] if data.categories else []
        rows |= {
            "videos": f"{len(data.lengths):,}",
            "frames": f"{len(data.pixels):,}",
            "a video": f"{data.num_frames} to {data.lengths.max()} frames",
            "labels": _counted(labels),
            "groups": f"{len(set(data.groups)):,}, of which {len(data.held_out):,} are held out for testing",
        }
        for known in sorted({key for about in data.about for key in about} & {"layout", "gender"}):
            rows[known] = _counted([about.get(known, "unknown") for about in data.about])
        rows |= {
            "left out": _left_out(data),
            "kept in": f"{data.store} ({data.pixels.nbytes / 2**20:,.1f} MB)",
        }
    else:
        rows |= {
            "videos": "as many as are asked for, drawn on the fly",
            "a video": f"{data.num_frames} frames",
            "labels": ", ".join(data.categories) or "none",
        }
    return "\n".join(f"{name:<9} {value}" for name, value in rows.items())


def _counted(names: Sequence[str]) -> str:
    """How often each name occurs, the most frequent first; of many names, some."""
    counts = Counter(names).most_common()
    more = f", and {len(counts) - 12:,} more" if len(counts) > 12 else ""
    return ", ".join(f"{name} ({count:,})" for name, count in counts[:12]) + more or "none"


def _left_out(data: StoredData) -> str:
    """The first reasons; the manifest has all."""
    reasons = list(data.left_out.values())
    more = f" ({len(reasons) - 3:,} more in {data.store / 'manifest.jsonl'})" if len(reasons) > 3 else ""
    return " ".join(reasons[:3]) + more or "none"


def show(
    data: VideoData | TwoDomains, folder: Path, num_clips: int = 8, num_frames: int = 16, step: int = 2, seed: int = 0
) -> list[Path]:
    """Write some clips into the folder, as a sheet of frames (.png) and moving (.gif); the two paths, of each set."""
    require("--", 1, clips=num_clips)
    if isinstance(data, TwoDomains):
        return [path for each in (data.a, data.b) for path in show(each, folder, num_clips, num_frames, step, seed)]
    clips, _ = data.clips(num_clips, num_frames, step, np.random.default_rng(seed))
    name = Path(data.name).name
    paths = [folder / f"{name}.png", folder / f"{name}.gif"]
    for path in paths:
        media.save(path, clips)
    return paths
