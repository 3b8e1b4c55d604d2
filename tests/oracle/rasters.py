"""What several queries ask of the data."""

import re
from datetime import datetime
from pathlib import Path

from harness import raster


def dated(folder, pattern=r"(\d{4})[._-](\d{1,2})[._-](\d{1,2})", suffix=".tif"):
    """The rasters of a folder in the order of their dates: (time, y, x), dates, transform."""
    import numpy as np

    files = [p for p in Path(folder).iterdir() if p.name.endswith(suffix)]
    date = lambda p: datetime(*map(int, re.search(pattern, p.name).groups()))
    files.sort(key=date)
    steps = [raster(p) for p in files]
    return np.concatenate([s.values[:, 0] for s in steps]), [date(p) for p in files], steps[0].transform


def days(dates):
    return [f"{d:%Y-%m-%d}" for d in dates]


def centers(transform, shape):
    import numpy as np

    x0, dx, _, y0, _, dy = transform
    return x0 + dx * (np.arange(shape[-1]) + 0.5), y0 + dy * (np.arange(shape[-2]) + 0.5)
