"""Identity of faces: near for one face, far for two; ACD of faces."""

import sys

import numpy as np
import pytest
import torch

from mocolab.data.faces import IDENTITY, Faces, paint
from mocolab.metrics.content import content_distance
from mocolab.metrics.identity import FaceEmbedding, drawn_face_embedding, identity_features
from mocolab.metrics.photographed_identity import FaceIdentity, face_figures


def moving_faces(num_clips: int, mode: str = "idle"):
    """Clips of 4 frames, far apart in time, of faces that no training drew; in [-1, 1]."""
    return Faces(64, mode, seed=7).clips(num_clips, 4, 16, np.random.default_rng(0))[0].float() / 127.5 - 1


@pytest.mark.parametrize("mode", ["idle", "expressions", "talking"])
def test_frames_of_one_drawn_face_are_nearer_than_frames_of_two(mode):
    features = identity_features(moving_faces(32, mode), drawn_face_embedding())
    others = features.roll(1, dims=0)
    between = (features[:, 0] - others[:, 1]).norm(dim=1).mean()
    assert content_distance(features) < between / 2


def test_the_embedding_of_drawn_faces_looks_at_the_face_alone():
    """Another shirt and background change it less than another face."""
    faces, index, moments = Faces(64, seed=7), torch.arange(32), torch.full((32, 1), 20)
    identity, motion = faces.identity(index), faces.motion(index, moments)
    dressed, other = identity.clone(), identity.roll(1, dims=0)
    around = slice(IDENTITY.index("shirt"), None)
    dressed[:, around], other[:, around] = other[:, around], identity[:, around]
    clips = [paint(who, motion, 64).float() / 127.5 - 1 for who in (identity, dressed, other)]
    same, redressed, another = (identity_features(part, drawn_face_embedding()) for part in clips)
    assert (redressed - same).norm(dim=2).mean() < (another - same).norm(dim=2).mean() / 2


def test_features_stay_with_their_frame():
    network = FaceEmbedding().eval()
    clips = moving_faces(33)
    features = identity_features(clips, network)
    assert features.shape == (33, 4, 32)
    torch.testing.assert_close(features[32], network(clips[32].transpose(0, 1)))


def test_dlib_and_its_weights_are_asked_for_in_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "dlib", None)
    with pytest.raises(ImportError, match=r"pip install mocolab\[faces\]"):
        FaceIdentity()
    monkeypatch.undo()
    pytest.importorskip("dlib")
    with pytest.raises(FileNotFoundError, match="mocolab weights get faces"):
        FaceIdentity()


class OneFeature(FaceIdentity):
    """Stands for dlib: the feature of a frame is its mean, and black frames have no face."""

    def __init__(self):
        pass

    def __call__(self, clips):
        means = clips.mean(dim=(1, 3, 4))
        return means[..., None].expand(-1, -1, 128), means > -1


def test_acd_of_photographs_is_of_clips_with_a_face_in_every_frame():
    clips = torch.full((3, 3, 2, 8, 8), -1.0)
    clips[0, :, 0], clips[0, :, 1] = 0.0, 0.5
    clips[1, :, 1] = 0.7
    figures = face_figures(clips, OneFeature())
    assert figures["ACD (dlib)"] == pytest.approx(0.5 * 128**0.5, rel=1e-5)
    assert figures["face rate"] == 0.5
    assert np.isnan(face_figures(clips[2:], OneFeature())["ACD (dlib)"])
