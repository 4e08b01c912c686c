"""What grading costs by the number of submissions: `python tests/benchmarks/grading.py solutions/lab01_generator.py`;
without a lab's source, of the grader's toy lab.

Peak megabytes (resident) of the grader's own process, of it and all that it has started, and seconds a submission.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from mocolab.course import notebooks
from mocolab.course.source import read

TOY = Path(__file__).parents[1] / "grading" / "lab90_toy.py"
NUMBERS = (5, 15, 30)


def megabytes(processes: list[psutil.Process]) -> float:
    """What some processes hold together; pages that they share count for each."""
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 2**20


def measure(lab: Path, number: int, workers: int) -> tuple[float, float, float]:
    """(peak of the grader, peak of all, seconds a submission) for so many right submissions of a lab."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "in")
        place.mkdir()
        for student in range(number):
            (place / f"student{student}.ipynb").write_text(notebooks.text(notebooks.solution(read(lab), {})))
        command = [sys.executable, "-m", "mocolab", "grade", str(lab), "--submissions", str(place)]
        begin = time.perf_counter()
        grader = psutil.Popen(
            [*command, "--out", f"{folder}/out", "--workers", str(workers)], stdout=subprocess.DEVNULL
        )
        alone = together = 0.0
        while grader.poll() is None:
            alone = max(alone, megabytes([grader]))
            together = max(together, megabytes([grader, *grader.children(recursive=True)]))
            time.sleep(0.2)
        if grader.returncode:
            raise RuntimeError(f"Grading {number} submissions ended with {grader.returncode}.")
        return alone, together, (time.perf_counter() - begin) / number


if __name__ == "__main__":
    lab = Path(*sys.argv[1:] or [TOY])
    print(f"{'submissions':>12}{'workers':>9}{'grader, MB':>12}{'all, MB':>9}{'s each':>8}")
    for number in NUMBERS:
        alone, together, seconds = measure(lab, number, workers=2)
        print(f"{number:>12}{2:>9}{alone:>12.0f}{together:>9.0f}{seconds:>8.1f}", flush=True)
