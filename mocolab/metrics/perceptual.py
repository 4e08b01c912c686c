"""What AlexNet sees: LPIPS between two clips, and features of frames.

Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018, version 0.1.
"""

import warnings

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from mocolab import store
from mocolab.types import Clips, Frames

try:
    import torchvision  # noqa: F401  lpips imports it
except RuntimeError:
    # Some wheels of torchvision hold operators built for another torch and die on import for want of two names.
    # Naming them is enough: nothing here ever calls them. The library object must live as long as the names.
    _DETECTION = torch.library.Library("torchvision", "FRAGMENT")
    for _operator in ("nms", "qnms"):
        _DETECTION.define(f"{_operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import lpips

SMALLEST = 31  # pixels: below, AlexNet's pooling has nothing left


def alexnet() -> nn.Module:
    """LPIPS with an AlexNet of random weights: `lpips.LPIPS`, without its download."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it asks torchvision in words of 2021
        network = lpips.LPIPS(net="alex", pretrained=False, pnet_rand=True, verbose=False)
    return network.eval().requires_grad_(False)


def published_alexnet() -> nn.Module:
    """LPIPS as published, ready to judge. `FileNotFoundError` while the store lacks its weights."""
    network, arrays = alexnet(), store.weights("lpips")

    def kernel(key: str) -> Tensor:
        return torch.from_numpy(arrays[f"{key}|kernel"]).float().permute(3, 2, 0, 1)

    convolutions = [layer for layer in network.net.modules() if isinstance(layer, nn.Conv2d)]
    for index, layer in enumerate(convolutions):
        key = f"AlexNet_0|Conv_{index}"
        layer.load_state_dict({"weight": kernel(key), "bias": torch.from_numpy(arrays[f"{key}|bias"]).float()})
    for index, head in enumerate(network.lins):
        head.model[-1].load_state_dict({"weight": kernel(f"NetLinLayer_{index}|Conv_0")})
    return network


def perceptual_distance(made: Clips, real: Clips, network: nn.Module) -> Float[Tensor, "B T"]:
    """LPIPS of every frame: 0 for equal ones. Compared with one true future it fools by what it forgives: texture
    that looks right in the wrong place costs little. `ValueError` below 31 px or without colour."""
    _check(made)
    num_clips = len(made)
    pairs = (rearrange(clips, "B C T H W -> (B T) C H W") for clips in (made, real))
    parts = zip(*(frames.split(64) for frames in pairs))  # memory does not grow with the number of clips
    return rearrange(torch.cat([network(*part).flatten() for part in parts]), "(B T) -> B T", B=num_clips)


def _check(pixels: Tensor) -> None:
    if pixels.shape[1] != 3 or min(pixels.shape[-2:]) < SMALLEST:
        raise ValueError(
            f"Pictures of {pixels.shape[1]} channels and {pixels.shape[-2]}x{pixels.shape[-1]} px were given, but "
            f"AlexNet needs 3 channels and at least {SMALLEST} px: measure at a larger size."
        )


def frame_features(frames: Frames, network: nn.Module) -> Float[Tensor, "N 256"]:
    """The last convolution's features, averaged over the picture; frames in [-1, 1]. `ValueError` as above."""
    _check(frames)
    return network.net(network.scaling_layer(frames)).relu5.mean(dim=(2, 3))
