"""The tensors that travel between the parts, by name; pixel values lie in [-1, 1] throughout.

Where types are checked, an axis has one size in all arguments and the result of a call; an axis whose name
begins with an underscore may differ from one to the next.
"""

from jaxtyping import Float, Int, UInt8
from torch import Tensor

Clips = Float[Tensor, "B C T H W"]
Frames = Float[Tensor, "N C H W"]
Features = Float[Tensor, "N _F _h _w"]
LatentPath = Float[Tensor, "B T _D"]
Codes = Float[Tensor, "N _D"]
Labels = Int[Tensor, "B"]
Scores = Float[Tensor, "_N ..."]
Scalar = Float[Tensor, ""]
ByteClips = UInt8[Tensor, "B C T H W"]
ByteFrames = UInt8[Tensor, "N C H W"]
