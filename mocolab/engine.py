"""Devices, precision and many processes, in the open: nothing is wrapped, torchrun starts them all.

Every process holds the whole system. They start equal, average the gradients of each move, and so stay equal.
"""

import atexit
import os
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from mocolab.mistakes import require

Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "fp32", "bf16"]


@dataclass(frozen=True)
class Place:
    """Where this process computes."""

    device: torch.device
    rank: int = 0

    @property
    def leads(self) -> bool:
        """Whether this process is the one that shows and saves."""
        return self.rank == 0


def start(device: Device = "auto") -> Place:
    """This process' place; under torchrun, as one of a group that lasts as long as the process.

    `ValueError` if cuda is asked for where there is none.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("Device cuda was asked for, but torch finds none on this machine: set --train.device cpu.")
    if "LOCAL_RANK" not in os.environ:
        return Place(torch.device(device))
    if device == "cuda":
        device = f"cuda:{os.environ['LOCAL_RANK']}"
        torch.cuda.set_device(device)
    if not dist.is_initialized():  # a second group in one process would meet the first one's stale addresses, and hang
        dist.init_process_group("nccl" if device.startswith("cuda") else "gloo")
        atexit.register(dist.destroy_process_group)
    return Place(torch.device(device), dist.get_rank())


def seed_step(seed: int, step: int, rank: int) -> None:
    """Before a step: torch's generator becomes this process' own, a function of (seed, step, rank); Python's
    `random`, a function of (seed, step) alone, agrees on all processes. No generator state need be saved."""
    require("--", 0, seed=seed)
    random.seed(f"{seed}/{step}")
    state = np.random.SeedSequence([seed, step, rank]).generate_state(1, np.uint64)[0]
    torch.manual_seed(int(state >> np.uint64(1)))


def data_random(seed: int, step: int, rank: int) -> np.random.Generator:
    """What the batch of a step is drawn with."""
    return np.random.default_rng([seed, step, rank, 1])


def same_start(system: nn.Module) -> None:
    """Give every process the weights and buffers of rank 0."""
    if dist.is_initialized():
        for tensor in system.state_dict().values():
            dist.broadcast(tensor, src=0)


def wait() -> None:
    """Until all processes have come here."""
    if dist.is_initialized():
        dist.barrier()


def average(tensor: Tensor) -> Tensor:
    """The tensor, made its mean over processes, in place."""
    if dist.is_initialized():
        dist.all_reduce(tensor)
        tensor /= dist.get_world_size()
    return tensor


def average_gradients(weights: Iterable[nn.Parameter]) -> None:
    """Replace each gradient by its mean over processes: data-parallel training, in one sum."""
    if not dist.is_initialized():
        return
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    means = average(torch.cat([gradient.flatten() for gradient in gradients]))
    for gradient, mean in zip(gradients, means.split([gradient.numel() for gradient in gradients])):
        gradient.copy_(mean.view_as(gradient))


def uses_bf16(device: torch.device, precision: Precision) -> bool:
    """`auto` is bf16 where the hardware multiplies it fast: CUDA sm_80 and up, CPUs with AVX512-BF16 or AMX."""
    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return device.type == "cpu" and (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def autocast(device: torch.device, bf16: bool) -> torch.autocast:
    """Mixed precision for a training step. Never with the cache: it hides an optimizer's step from the
    next forward pass, so that the generator would play against the discriminator of the move before."""
    return torch.autocast(device.type, torch.bfloat16, enabled=bf16, cache_enabled=False)


def channels_last(system: nn.Module, device: torch.device) -> None:
    """Lay convolution weights out as CUDA's tensor cores like them, and activations follow. CPUs: measured
    up to 1.5 times slower on our three-channel first layers, so they keep their layout."""
    if device.type != "cuda":
        return
    layouts = {4: torch.channels_last, 5: torch.channels_last_3d}
    for weight in system.parameters():
        if weight.dim() in layouts:
            weight.data = weight.data.contiguous(memory_format=layouts[weight.dim()])


def to_pixels(bytes_: Tensor, device: torch.device) -> Tensor:
    """uint8 0..255, moved to the device as bytes, then float32 in [-1, 1]."""
    return bytes_.to(device).float() / 127.5 - 1
