"""The tensors that travel between the parts, by name; pixel values lie in [-1, 1] throughout."""

from jaxtyping import Float, Int, UInt8
from torch import Tensor

Clips = Float[Tensor, "B C T H W"]
Frames = Float[Tensor, "N C H W"]
LatentPath = Float[Tensor, "B T D"]
Codes = Float[Tensor, "N D"]
Labels = Int[Tensor, "B"]
Scores = Float[Tensor, "N *patches"]
Scalar = Float[Tensor, ""]
ByteClips = UInt8[Tensor, "B C T H W"]
ByteFrames = UInt8[Tensor, "N C H W"]
