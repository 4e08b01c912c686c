"""What notebooks show: it plays, it is described, and it is the same every time."""

import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from PIL import Image

from mocolab import display, media
from mocolab.data import open_data


@pytest.fixture
def shown(monkeypatch):
    """The HTML that was displayed, one piece a call."""
    pieces = []

    def keep(data: dict, raw: bool):
        assert raw and data["text/plain"] in ("Four shapes wander.", 'He says "a < b" here.')
        pieces.append(data["text/html"])

    monkeypatch.setattr(display, "display", keep)
    return pieces


@pytest.fixture(scope="module")
def clips():
    return open_data("shapes", 64, seed=1).clips(4, 9, 1, np.random.default_rng(0))[0]


def attributes(html: str, tag: str) -> dict[str, str]:
    (found,) = re.findall(rf"<{tag}\b([^>]*)>", html)
    return dict(re.findall(r'([\w-]+)="([^"]*)"', found)) | {
        name: "" for name in re.findall(r" ([a-z]+)(?= |$)", found)
    }


def content(uri: str) -> bytes:
    return base64.b64decode(uri.split(",")[1])


def test_shown_clips_play_and_are_described(clips, shown, tmp_path):
    display.show(clips, alt="Four shapes wander.")
    video, image = attributes(shown[0], "video"), attributes(shown[0], "img")
    assert {"controls", "loop", "muted"} <= set(video) and "autoplay" not in shown[0]
    assert video["aria-label"] == "Four shapes wander." and image["alt"].endswith("Four shapes wander.")
    (tmp_path / "clip.mp4").write_bytes(content(video["src"]))
    played, meant = media.load(tmp_path / "clip.mp4"), media.grid(clips)
    assert played.shape == meant.shape and (played.float() - meant.float()).abs().mean() < 4
    poster, sheet = (Image.open(io.BytesIO(content(uri))) for uri in (video["poster"], image["src"]))
    assert (np.asarray(poster) == meant[:, 4].permute(1, 2, 0).numpy()).all()
    assert sheet.format == "PNG" and sheet.height == 4 * 68 + 4
    assert len(shown[0]) < 100_000


def test_the_same_clips_look_the_same(clips, shown):
    display.show(clips, alt="Four shapes wander.")
    display.show(clips.float() / 127.5 - 1, alt="Four shapes wander.")
    assert shown[0] == shown[1]


def test_a_description_is_needed_and_is_harmless(clips, shown):
    things = {display.show: clips, display.slider_grid: clips[None] / 255, display.picture: plt.figure()}
    for act, thing in things.items():
        with pytest.raises(ValueError, match="'clips' says too little: tell in a sentence"):
            act(thing, alt="clips")
        with pytest.raises(TypeError, match="alt"):
            act(thing)
    plt.close()
    display.show(clips, alt='He says "a < b" here.')
    assert attributes(shown[0], "video")["aria-label"] == "He says &quot;a &lt; b&quot; here."


def test_a_slider_shows_the_clip_that_it_names(clips, shown):
    grid = (clips.float() / 127.5 - 1).unflatten(0, (2, 2))
    display.slider_grid(grid, alt="Four shapes wander.", rows="shape", columns="path")
    style = attributes(shown[0], "video")["style"]
    width = float(re.search(r"[^-]width: ([\d.]+)px", style)[1])
    zoom, margin, pitch = map(float, re.search(r"left: calc\(-([\d.]+)px \* \((\d+) \+ (\d+) \*", style).groups())
    picture = media.grid(clips, columns=2)
    assert width == pytest.approx(zoom * picture.shape[-1], abs=0.1) and zoom * pitch == pytest.approx(320, abs=0.1)
    for number in range(4):
        top, left = (int(margin + pitch * place) for place in divmod(number, 2))
        tile = picture[:, :, top : top + int(pitch), left : left + int(pitch)]
        assert torch.equal(tile[..., 2:-2, 2:-2], media.grid(clips[number : number + 1])[..., 4:-4, 4:-4])
    assert re.findall(r'max="(\d)" value="0" aria-label="(\w+): 0 to 1"', shown[0]) == [("1", "shape"), ("1", "path")]
    assert "autoplay" not in shown[0] and attributes(shown[0], "img")["alt"].endswith("Four shapes wander.")


def test_what_cannot_play_is_a_picture(clips, shown):
    stills = (clips[:, :, :1].float() / 127.5 - 1).unflatten(0, (2, 2))
    display.slider_grid(stills, alt="Four shapes wander.")
    assert "<video" not in shown[0] and "<button" not in shown[0] and shown[0].count("<img") == 2
    assert shown[0].count('type="range"') == 2 and shown[0].count("left: calc(") == 1


def test_votes_stand_over_the_clips_they_are_about(clips, shown):
    display.vote(clips, [True, False, False, True], alt="Four shapes wander.", columns=2)
    keys = 'data-lm-suppress-shortcuts="true"'
    box = rf'<label data-real="(\d)"[^>]*><input type="checkbox" {keys} aria-label="Clip (\d) is real">'
    boxes = re.findall(box, shown[0])
    assert boxes == [("1", "1"), ("0", "2"), ("0", "3"), ("1", "4")] and "1 real, 2 made, 3 made, 4 real" in shown[0]
    assert attributes(shown[0], "img")["alt"].endswith("Four shapes wander.") and "autoplay" not in shown[0]
    with pytest.raises(ValueError, match="4 clips and 3 truths were given: say of each clip"):
        display.vote(clips, [True, False, True], alt="Four shapes wander.")


def test_a_figure_is_described_and_closed(shown):
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3])
    display.picture(figure, alt="Four shapes wander.")
    image = attributes(shown[0], "img")
    assert image["alt"] == "Four shapes wander." and Image.open(io.BytesIO(content(image["src"]))).width > 300
    assert plt.get_fignums() == []


def test_noise_stays_small(shown):
    display.show(torch.rand(4, 3, 8, 64, 64) * 2 - 1, alt="Four shapes wander.", columns=4)
    image = attributes(shown[0], "img")
    assert image["src"].startswith("data:image/jpeg") and len(image["src"]) < 200_000
