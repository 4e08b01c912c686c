"""Who is in a photographed frame, by dlib's face embedding: ACD of real faces, without OpenFace of the paper."""

from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from mocolab import store
from mocolab.metrics.content import content_distance
from mocolab.types import Clips

SIZE = 256  # pixels at which faces are sought: dlib's detector wants faces of 80 px or more


class FaceIdentity:
    """dlib's detector, 5 landmarks and 128 numbers of a face; some 0.1 s a frame, at any size of the clips.

    Measured on films of 8 people: 0.24 between frames of one (0.26 from 64 px), 0.85 between people, all faces found.

    `ImportError` without the extra `faces`, `FileNotFoundError` while the store lacks the weights.
    """

    def __init__(self):
        try:
            import dlib
        except ImportError as error:
            raise ImportError(
                "Identities in photographs need dlib, which is not installed: run `pip install mocolab[faces]`."
            ) from error
        self.detect = dlib.get_frontal_face_detector()
        with TemporaryDirectory() as folder:  # dlib opens files alone
            for name, content in store.weights("faces").items():
                Path(folder, name).write_bytes(content.tobytes())
            self.landmarks = dlib.shape_predictor(f"{folder}/shape_predictor_5_face_landmarks.dat")
            self.embed = dlib.face_recognition_model_v1(f"{folder}/dlib_face_recognition_resnet_model_v1.dat")

    def __call__(self, clips: Clips) -> tuple[Float[Tensor, "B T 128"], Bool[Tensor, "B T"]]:
        """Embeddings, and in which frames a face was found; the others have zeros."""
        frames = rearrange(clips, "B C T H W -> (B T) C H W")
        frames = F.interpolate(frames, (SIZE, SIZE), mode="bilinear", align_corners=False)
        pixels = rearrange(frames.add(1).mul(127.5).round().byte(), "N C H W -> N H W C").contiguous()
        features, found = zip(*map(self._of_frame, pixels.cpu()))
        shape = {"B": len(clips), "T": clips.shape[2]}
        return (
            rearrange(torch.stack(features), "(B T) F -> B T F", **shape),
            rearrange(torch.tensor(found), "(B T) -> B T", **shape),
        )

    def _of_frame(self, pixels: UInt8[Tensor, "H W 3"]) -> tuple[Tensor, bool]:
        image = pixels.numpy()
        boxes = self.detect(image)
        if len(boxes) == 0:
            return torch.zeros(128), False
        largest = max(boxes, key=lambda box: box.area())
        return torch.tensor(self.embed.compute_face_descriptor(image, self.landmarks(image, largest))), True


def face_figures(clips: Clips, identity: FaceIdentity) -> dict[str, float]:
    """ACD over the clips with a face in every frame (nan without any), and the share of frames with a face.

    Frozen clips have ACD 0, and so have clips of one average face; read it with the rate and motion energy.
    """
    features, found = identity(clips)
    return {
        "ACD (dlib)": content_distance(features[found.all(dim=1)]).item(),
        "face rate": found.float().mean().item(),
    }
