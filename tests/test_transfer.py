"""Dual-MTGAN's parts: a motion told in cosines, and looks without a place."""

import pytest
import torch

from mocolab.networks.encoders import LookEncoder, frame_encoder
from mocolab.networks.painters import painter
from mocolab.networks.transfer import Unfold, WaveEncoder, cosines


def test_as_many_cosines_as_moments_tell_everything():
    features = torch.randn(7, 3, dtype=torch.float64)
    waves = cosines(7, 7, 7).double()
    told = waves @ features / 7
    again = 2 * waves.T @ told - told[0]
    assert torch.allclose(again, features, atol=1e-5)


def test_behind_its_period_a_motion_runs_back():
    unfold, code = Unfold(waves=4, code_dim=2, dim=8), torch.randn(3, 8)
    there, longer = unfold(code, 5), unfold(code, 10, period=5)
    assert torch.allclose(longer[:, :5], there, atol=1e-5)
    assert torch.allclose(longer[:, 5:], there.flip(1), atol=1e-5)
    assert (there[:, 0] - there[:, 1]).abs().max() > 1e-2


def test_a_motion_code_knows_what_moves_and_nothing_of_what_stays():
    encoder = WaveEncoder(frame_encoder(8, 4, size=16, norm=False), 8, waves=3, dim=2)
    clips, background = torch.randn(2, 3, 5, 16, 16), torch.randn(2, 3, 1, 16, 16)
    (mean, _), (with_background, _) = encoder(clips), encoder(clips + background)
    assert torch.allclose(mean, with_background, atol=1e-4)
    still = encoder(background.expand_as(clips))[0]
    assert torch.allclose(still[0], still[1], atol=1e-4) and not torch.allclose(mean[0], mean[1], atol=1e-2)


def test_looks_have_no_place():
    def square(x: int, y: int, side: int = 5) -> torch.Tensor:
        frame = torch.full((3, 32, 32), -1.0)
        frame[:, y : y + side, x : x + side] = 1.0
        return frame

    encoder = LookEncoder(5, width=4, size=32)
    here, there, smaller = encoder(torch.stack([square(10, 12), square(16, 10), square(10, 12, side=4)]))
    assert torch.allclose(here, there, atol=1e-5)
    assert (here - smaller).abs().max() > 1e-3


@pytest.mark.parametrize("size", [16, 32])
def test_a_fine_painter_gives_every_pixel_its_look(size):
    draw, look = painter("fine", look_dim=3, dim=7, place_dim=4, width=4, size=size, blocks=0)
    assert look is None
    codes = torch.randn(1, 7).repeat(2, 1)
    codes[1, :3] += 1
    frames = draw(codes)
    assert frames.shape == (2, 3, size, size)
    assert ((frames[0] - frames[1]).abs().amax(dim=0) > 1e-4).all()
