"""Animations as Pillow reads them.

`frames FOLDER` holds `a.png` and `a.gif` against the pixels in `frames.rgba` and what `about.json` says of them;
`same FOLDER` holds them against each other.
"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence


def read(path):
    """Pixels, milliseconds and how often it is played, 0 being for ever."""
    with Image.open(path) as image:
        loop = image.info.get("loop", 1)
        frames, times = [], []
        for frame in ImageSequence.Iterator(image):
            times.append(frame.info["duration"])
            frames.append(np.array(frame.convert("RGBA")))
    pixels = np.stack(frames)
    # What is transparent has no color.
    pixels[pixels[..., 3] == 0] = 0
    return pixels, times, loop


def frames(folder):
    about = json.loads((folder / "about.json").read_text())
    shape = (about["frames"], about["height"], about["width"], 4)
    drawn = np.fromfile(folder / "frames.rgba", dtype=np.uint8).reshape(shape)
    for name in ["a.png", "a.gif"]:
        pixels, times, loop = read(folder / name)
        assert pixels.shape == shape, (name, pixels.shape)
        assert (pixels == drawn).all(), (name, np.argwhere((pixels != drawn).any(axis=(1, 2, 3))))
        assert loop == 0, (name, loop)
        assert abs(sum(times) - 1000 * about["frames"] / about["fps"]) <= 5, (name, times)
        assert max(times) - min(times) <= 10, (name, times)


def same(folder):
    (a, a_times, a_loop), (b, b_times, b_loop) = read(folder / "a.png"), read(folder / "a.gif")
    assert a.shape == b.shape and len(a) > 1, (a.shape, b.shape)
    assert (a == b).all(), f"{(a != b).any(axis=-1).sum()} pixels differ"
    assert (a_loop, b_loop) == (1, 1) and a_times == b_times, (a_loop, b_loop, a_times, b_times)
    assert any((a[0] != frame).any() for frame in a[1:]), "nothing moves"


{"frames": frames, "same": same}[sys.argv[1]](Path(sys.argv[2]))
