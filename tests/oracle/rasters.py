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


def shapes(path, original, field, epsg):
    """Checks the shapes of a table, which geopandas reads as GeoParquet, against those of the file they come from."""
    import geopandas

    frame = geopandas.read_parquet(path)
    assert frame.crs.to_epsg() == epsg, frame.crs
    wanted = geopandas.read_file(original).to_crs(frame.crs).set_index(field).geometry
    assert len(frame) > 0
    for name, shape in zip(frame[field], frame.geometry):
        assert shape.is_valid and shape.symmetric_difference(wanted[name]).area < 1e-9 * shape.area, name
