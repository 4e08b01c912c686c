"""The contract of a system: what it asks of the data, how it learns, and what it can do afterwards."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from jaxtyping import Float
from torch import Tensor, nn, optim

from mocolab.types import Clips, Labels, LatentPath

# Keys of a batch: 'clip' [B,C,T,H,W]; 'frame' [N,C,H,W], an independent draw; 'label' [B].
# With two domains each key comes twice, unpaired: 'clip_a', 'clip_b', and so on. Pixels lie in [-1, 1].
Batch = dict[str, Tensor]
# update("G", frames=..., clips=...): one gradient step of that player on the sum of the terms.
Update = Callable[..., None]


@dataclass(frozen=True)
class Needs:
    """What a system takes from the data in one training step, on each process."""

    clips: int = 0
    """Clips in a batch."""
    frames: int = 0
    """Single frames in a batch, drawn independently of the clips."""
    num_frames: int = 1
    """Frames in a clip."""
    step: int = 1
    """Distance in frames between neighbours of a clip."""
    size: int = 64
    """Height and width in pixels."""
    labels: int = 0
    """Categories that labels must come from; 0: labels are not used."""
    domains: int = 1
    """1: one set of videos; 2: an unpaired pair of sets, a and b."""


class Preset(NamedTuple):
    """A recipe by name: what a system is built from, and for how long it trains."""

    config: Any
    """The system's config."""
    steps: int
    decay_after: float = 1.0
    """Share of the steps after which learning rates fall linearly to 0."""


class System(nn.Module, ABC):
    """Networks that learn together, and the algorithm that trains them."""

    config: Any
    """The frozen dataclass that the system was built from; with the class, all that is needed to build it again."""
    needs: Needs
    averaged: tuple[str, ...] = ()
    """Names of the modules whose weights are averaged over training."""

    @abstractmethod
    def optimizers(self) -> dict[str, optim.Optimizer]:
        """Player name -> the optimizer of that player's weights. Called once."""

    @abstractmethod
    def training_step(self, batch: Batch, update: Update) -> None:
        """One pass of the paper's algorithm over a batch.

        Compute a player's terms after the moves they should see. Torch's generator is each process' own;
        choices that change the graph come from Python's `random`, the same on all processes. The step may
        run in bf16 autocast: a constraint on weights is computed under `no_grad`, outside autocast.
        """

    @abstractmethod
    def preview(self, batch: Batch) -> Clips:
        """Clips worth looking at during training, at least as many as the batch holds.

        It changes no state, and it reaches every BatchNorm of the averaged modules: their statistics for the
        averaged weights are measured on previews.
        """


class Sampler(ABC):
    """A system that dreams: x ~ p(x)."""

    categories: int = 0
    """Labels that `sample` obeys are 0 to categories - 1; 0: it takes none."""

    @abstractmethod
    def sample(
        self,
        num_clips: int,
        num_frames: int,
        *,
        labels: Labels | None = None,
        content: Tensor | None = None,
        motion: LatentPath | None = None,
    ) -> Clips:
        """New clips; what is None is drawn from the prior."""

    @abstractmethod
    def codes(self, num_clips: int, num_frames: int, labels: Labels | None = None) -> tuple[Tensor, LatentPath]:
        """(content, motion) from the prior, to be held or swapped in `sample`. `ValueError` where one code is both."""


class Predictor(ABC):
    """A system that says what happens next: x ~ p(x | first frames)."""

    @abstractmethod
    def predict(self, past: Clips, num_frames: int, *, samples: int = 1) -> Tensor:
        """Futures `[samples, B, C, num_frames, H, W]`, without the past, of which it sees what it has learnt to."""


class Translator(ABC):
    """A system that repaints a clip in the look of another domain."""

    @abstractmethod
    def translate(self, source: Clips, *, to: str) -> Clips:
        """The source in domain `to` ('a' or 'b'), frame for frame."""


class Retargeter(ABC):
    """A system that moves one object as another does: x ~ p(x | picture, motion)."""

    @abstractmethod
    def retarget(self, source: Float[Tensor, "B C _S H W"], driving: Clips) -> Clips:
        """Content of the source's first frame with the motion of the driving clips."""
