"""In the jail: asks the `Predictor` of one file what comes after the given pictures, and answers in bytes.

`python -m mocolab.course.contestant` finds entry/predictor.py and asked.npz beside its own copy of mocolab, where the
grader has laid them. The answer leaves by the standard output, in the 256 levels of a saved clip: so nothing has to be
trusted outside but the number of bytes.
"""

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

COURSE = Path(__file__).parents[2]
BATCH = 16  # clips in one call


def main() -> None:
    """Write the futures of all worlds, [worlds, samples, B, 3, T, H, W] in bytes."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the file prints is not its answer
    with np.load(COURSE / "asked.npz") as asked:
        pasts, samples, num_frames = asked["pasts"], int(asked["samples"]), int(asked["num_frames"])
    os.chdir(COURSE / "entry")
    sys.path.insert(0, str(COURSE / "entry"))
    torch.manual_seed(0)
    predictor = load()
    for past in torch.from_numpy(pasts):
        with torch.no_grad():
            parts = [futures(predictor, part, num_frames, samples) for part in past.split(BATCH)]
        answer.write(torch.cat(parts, dim=1).numpy().tobytes())
    answer.close()


def load() -> object:
    """A `Predictor` of the file predictor.py."""
    path = COURSE / "entry" / "predictor.py"
    if not path.is_file():
        sys.exit("There is no predictor.py.")
    spec = spec_from_file_location("predictor", path)  # by its file: a folder of that name beside it is not meant
    sys.modules["predictor"] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "Predictor"):
        sys.exit("The file has no class Predictor.")
    return module.Predictor()


def futures(predictor: object, past: Tensor, num_frames: int, samples: int) -> Tensor:
    """What it says of some clips, in bytes; ends with one sentence if that is no answer."""
    said = predictor.predict(past.float() / 127.5 - 1, num_frames, samples)
    asked = [samples, len(past), 3, num_frames, *past.shape[-2:]]
    if not isinstance(said, Tensor) or list(said.shape) != asked:
        given = list(said.shape) if isinstance(said, Tensor) else type(said).__name__
        sys.exit(f"predict returned {given}, asked was for a tensor {asked}.")
    if not (said.isfinite().all() and said.abs().max() <= 1.001):
        sys.exit("predict returned numbers that are not finite or not in [-1, 1].")
    return ((said.float() + 1) * 127.5).round().clamp(0, 255).byte()


if __name__ == "__main__":
    main()
