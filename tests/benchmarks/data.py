"""What a batch costs: `python tests/benchmarks/data.py [FOLDER OF REAL STRIPS ...]`.

Side by side, in one process: our memory-mapped store, and a plain loader that decodes an item's whole file, as the
official code does (its strips are decoded by OpenCV or Pillow, item by item). A batch is 32 clips of 16 frames and 32
single frames at 64 px, in bytes. Ratios are what counts; seconds depend on the machine and on its neighbours.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from einops import rearrange

from mocolab import media
from mocolab.data import open_data
from mocolab.data.clips import StoredData
from mocolab.data.contract import draw_batch
from mocolab.data.layouts import find
from mocolab.system import Needs

NEEDS = Needs(clips=32, frames=32, num_frames=16, step=2, size=64)


def seconds(*works: Callable[[], object], repeats: int = 5) -> list[float]:
    """The best of some runs of each, taken in turns: a busy moment hits all of them."""
    times = [[] for _ in works]
    for _ in range(repeats):
        for work, taken in zip(works, times):
            begin = time.perf_counter()
            work()
            taken.append(time.perf_counter() - begin)
    return [min(taken) for taken in times]


def plain_batch(files: list[Path], random: np.random.Generator) -> dict[str, torch.Tensor]:
    """The same batch by decoding: a file for every clip, and a file for every frame."""
    clips, frames = [], []
    for number in random.integers(len(files), size=NEEDS.clips):
        clip = media.load(files[number])
        start = random.integers(clip.shape[1] - NEEDS.step * (NEEDS.num_frames - 1))
        clips.append(clip[:, start :: NEEDS.step][:, : NEEDS.num_frames])
    for number in random.integers(len(files), size=NEEDS.frames):
        clip = media.load(files[number])
        frames.append(clip[:, random.integers(clip.shape[1])])
    return {"clip": torch.stack(clips), "frame": torch.stack(frames)}


def beside_plain(title: str, folder: Path, wanted: float) -> None:
    files = [source.path for source in find(folder)]
    data, random = open_data(str(folder), NEEDS.size), np.random.default_rng(0)
    ours, plain = seconds(lambda: draw_batch(data, NEEDS, random), lambda: plain_batch(files, random))
    print(
        f"{title:<28} {1e3 * ours:7.1f} ms, decoding {1e3 * plain:8.1f} ms: {plain / ours:5.0f} x (wanted {wanted:g})"
    )


def drawn_videos(folder: Path, write: Callable[[Path, torch.Tensor], None], number: int, num_frames: int) -> Path:
    """A folder of shapes, drawn longer than the set has them by playing to and fro."""
    shapes = open_data("shapes", 64)
    folder.mkdir(parents=True)
    there = torch.cat([torch.arange(32), torch.arange(31).flip(0)])
    moments = there.repeat(1 + num_frames // len(there))[:num_frames]
    for index in range(number):
        clip = shapes.draw(shapes.factors(torch.tensor([index])), moments[None])
        write(folder / f"{index:05}", clip)
    return folder


def as_strip(path: Path, clip: torch.Tensor) -> None:
    media.save(path.with_suffix(".png"), clip)


def as_array(path: Path, clip: torch.Tensor) -> None:
    np.save(path.with_suffix(".npy"), rearrange(clip, "1 C T H W -> T H W C").numpy())


def as_video(path: Path, clip: torch.Tensor) -> None:
    """64 px: `media.save` would enlarge it and add an edge."""
    import av

    with av.open(str(path.with_suffix(".mp4")), "w") as file:
        stream = file.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = 64, 64, "yuv420p"
        for frame in rearrange(clip, "1 C T H W -> T H W C").numpy():
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        file.mux(stream.encode())


def beside_length(folder: Path) -> None:
    """The cost of a batch does not grow with the length of the clips."""
    short, long = (
        open_data(str(drawn_videos(folder / str(length), as_array, number, length)), 64)
        for length, number in ((100, 200), (10_000, 2))
    )
    for data in (short, long):
        data.pixels.sum()  # both are in memory now: a cold disk is not what is compared
    random = np.random.default_rng(0)
    works = [lambda data=data: draw_batch(data, NEEDS, random) for data in (short, long)]
    small, large = seconds(*works, repeats=60)
    print(f"{'100 and 10,000 frames':<28} {1e3 * small:7.1f} ms and {1e3 * large:.1f} ms: ratio {large / small:.2f}")


def drawing(name: str) -> None:
    data, random = open_data(name, 64), np.random.default_rng(0)
    (taken,) = seconds(lambda: data.clips(32, 16, 2, random))
    print(
        f"{'drawing ' + name:<28} {1e3 * taken:7.1f} ms for 32 clips of 16 frames, {torch.get_num_threads()} thread(s)"
    )


def memory(store: Path, megabytes: int) -> None:
    """An epoch over a store in a process that may allocate only so much; run by `flat_memory`."""
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 2**20, resource.RLIM_INFINITY))
    data, random, seen = StoredData("large", store), np.random.default_rng(0), []
    for _ in range(len(data.pixels) // (NEEDS.clips * NEEDS.num_frames + NEEDS.frames)):
        draw_batch(data, NEEDS, random)
        status = Path("/proc/self/status").read_text()
        seen.append(int(status.split("RssAnon:")[1].split()[0]) // 1024)
    print(
        f"{'memory over an epoch':<28} {seen[4]} MB of its own in step 5, {max(seen[4:])} MB at most; "
        f"store {data.pixels.nbytes // 2**20} MB, limit {megabytes} MB"
    )


def flat_memory(folder: Path) -> None:
    """A store larger than what the process that reads it may allocate."""
    store = open_data(str(drawn_videos(folder, as_array, 6, 10_000)), 64).store
    subprocess.run([sys.executable, __file__, "--memory", str(store), "600"], check=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        os.environ["MOCOLAB_HOME"] = f"{name}/home"
        work = Path(name)
        beside_plain("strips of drawn shapes", drawn_videos(work / "strips", as_strip, 300, 32), 8)
        beside_plain("strips of 100 frames", drawn_videos(work / "long", as_strip, 60, 100), 40)
        beside_plain("mp4 of 250 frames", drawn_videos(work / "mp4", as_video, 20, 250), 100)
        for folder in sys.argv[1:]:
            beside_plain(folder[-28:], Path(folder), 40 if "actions" in folder else 8)
        beside_length(work / "length")
        drawing("shapes")
        drawing("faces")
        flat_memory(work / "large")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--memory"]:
        memory(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
