"""Figures in the eyes of networks: asked for by name, since they need weights from elsewhere, or minutes of work."""

from collections.abc import Callable
from functools import cache
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from mocolab import engine
from mocolab.data import Faces, VideoData, open_data
from mocolab.metrics.content import content_distance
from mocolab.metrics.control import control_figures, motion_classifier
from mocolab.metrics.frechet import (
    FEWEST_CLIPS,
    clip_features,
    frame_distance,
    fvd,
    picture_features,
    require_enough,
)
from mocolab.metrics.identity import drawn_face_embedding, identity_features
from mocolab.metrics.photographed_identity import FaceIdentity, face_figures
from mocolab.metrics.prediction import Measure
from mocolab.networks.i3d import published_i3d
from mocolab.store import weights_path
from mocolab.types import Clips, Labels

Judge = Literal["lpips", "fvd", "frames", "faces", "mcs"]
"""lpips: of predicted frames; fvd and frames: of clips, in time and without; faces: of photographed people; mcs: of
clips with labels."""
LEAST = 31  # pixels: of smaller pictures AlexNet sees nothing
CLASSIFIED = 256  # clips of the training split that a classifier of MCS learns from


def labelled_clips(data: VideoData, num_clips: int, num_frames: int, step: int, seed: int) -> tuple[Clips, Labels]:
    """Clips of the data in [-1, 1] and their labels, the same for equal arguments."""
    clips, labels = data.clips(num_clips, num_frames, step, engine.data_random(seed, 0, 0))
    return engine.to_pixels(clips, torch.device("cpu")), labels


def at_hand(num_clips: int, size: int) -> tuple[Judge, ...]:
    """Who can say something of so many predicted clips of this size, if the store has the weights."""
    can = (("lpips", "lpips", size >= LEAST), ("fvd", "i3d", num_clips >= FEWEST_CLIPS))
    return tuple(judge for judge, weights, enough in can if enough and weights_path(weights).exists())


def lpips_measure() -> Measure:
    """LPIPS of predicted frames, on the device that is at hand."""
    from mocolab.metrics.perceptual import perceptual_distance, published_alexnet  # imports torchvision: seconds

    device = engine.start().device
    network = published_alexnet().to(device)

    def compare(made: Clips, true: Clips) -> Float[Tensor, "B T"]:
        return perceptual_distance(made.to(device), true.to(device), network).cpu()

    return Measure(compare, higher_is_better=False)


def clip_figures(made: Clips, data: VideoData, step: int, seed: int, also: tuple[Judge, ...]) -> dict[str, float]:
    """What those who judge whole clips say: the distance of N >= 256 clips, and of as many real ones, to N others, by
    I3D (fvd) and by AlexNet (frames)."""
    result = {}
    for judge, features, distance in (("fvd", i3d_features, fvd), ("frames", alexnet_features, frame_distance)):
        if judge in also:
            num_real = 2 * len(made)
            require_enough(f"--also {judge}", len(made), num_real)  # before minutes of work
            result |= distance(features(made), real_features(features, data, num_real, made.shape[2], step, seed + 1))
    return result


def identity_figures(clips: Clips, data: VideoData, also: tuple[Judge, ...]) -> dict[str, float]:
    """How far apart the persons in two frames of a clip are: of drawn faces, and, if `faces` is asked, of photographed
    ones. 0 for a frozen clip."""
    result = {}
    if isinstance(data, Faces):
        result["identity distance"] = content_distance(identity_features(clips, drawn_face_embedding())).item()
    return result | (face_figures(clips, FaceIdentity()) if "faces" in also else {})


@cache
def real_features(
    features: Callable[[Clips], Tensor], data: VideoData, num_clips: int, num_frames: int, step: int, seed: int
) -> Tensor:
    """Those of real clips; kept, for several systems are compared with the same."""
    real, _ = labelled_clips(data, num_clips, num_frames, step, seed)
    return features(real)


def i3d_features(clips: Clips) -> Float[Tensor, "B 400"]:
    """I3D's, on the device at hand and in bf16 where that is fast: on drawn faces FVD changes by a thousandth of it."""
    device = engine.start().device
    with engine.autocast(device, engine.uses_bf16(device, "auto")):
        return clip_features(clips, published_i3d().to(device)).float()


def alexnet_features(clips: Clips) -> Float[Tensor, "B T 256"]:
    """AlexNet's, on the device at hand."""
    from mocolab.metrics.perceptual import published_alexnet  # imports torchvision: seconds

    return picture_features(clips, published_alexnet().to(engine.start().device))


def mcs_figures(made: Clips, asked: Labels, data: VideoData, step: int, seed: int) -> dict[str, float]:
    """MCS, by a classifier that has learnt from clips of the training split."""
    shown = open_data(data.name, data.size, seed=0, split="train")
    network = motion_classifier(*labelled_clips(shown, CLASSIFIED, made.shape[2], step, seed))
    return control_figures(made, asked, *labelled_clips(data, len(made), made.shape[2], step, seed), network)
