"""What of a frame becomes a square of the right size."""

import numpy as np
from PIL import Image

from mocolab.decoding import Frame

Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels


def fit(frame: Frame, size: int, crop: str = "centre", box: Box | None = None) -> Frame:
    """A frame at `size` px: the mean of the pixels that it shrinks to one, or a smooth enlargement."""
    if box:
        left, top, right, bottom = box
        if bottom > frame.shape[0] or right > frame.shape[1]:
            raise ValueError(f"the box {box} does not lie in its {frame.shape[1]} x {frame.shape[0]} px.")
        frame = frame[top:bottom, left:right]
    height, width = frame.shape[:2]
    if crop == "centre":
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        frame = frame[top : top + side, left : left + side]
    side = max(frame.shape[:2])
    if side != size:
        how = Image.Resampling.BOX if side > size else Image.Resampling.BICUBIC
        height, width = (max(1, round(edge * size / side)) for edge in frame.shape[:2])
        frame = np.asarray(Image.fromarray(np.ascontiguousarray(frame)).resize((width, height), how))
    above, before = ((size - edge) // 2 for edge in frame.shape[:2])
    square = np.zeros((size, size, 3), np.uint8)
    square[above : above + frame.shape[0], before : before + frame.shape[1]] = frame
    return square
