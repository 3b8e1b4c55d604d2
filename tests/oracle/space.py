"""Queries on blocks and windows of pixels, on cubes put together, and on spectral indices."""

import re
import warnings
from datetime import datetime
from pathlib import Path

from harness import Answer, query, raster

F32 = "float32 results of sums in another order"
MSWEP = r"(\d{4})[._-](\d{1,2})[._-](\d{1,2})"


def rain(data):
    """The daily rain of the Rhine as xarray has it."""
    import numpy as np
    import xarray as xr

    files = list((data / "rhine_daily/mswep").glob("*.tif"))
    date = lambda p: datetime(*map(int, re.search(MSWEP, p.name).groups()))
    files.sort(key=date)
    steps = [raster(p) for p in files]
    cube = np.stack([s.values[0, 0] for s in steps])
    return xr.DataArray(cube, dims=("time", "y", "x")), [f"{date(p):%Y-%m-%d}" for p in files], steps[0].transform


@query(
    """load files "DATA/rhine_daily/mswep/*.tif" | head 5 | coarsen 4 [mean max std count median]""",
    rtol=1e-6,
    atol=1e-6,
    why=F32,
)
def rhine_coarse(data, work):
    import numpy as np

    cube, dates, (x0, dx, _, y0, _, dy) = rain(data)
    blocks = cube[:5].coarsen(y=4, x=4, boundary="pad")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bands = [blocks.mean(), blocks.max(), blocks.std(), blocks.count(), blocks.median()]
    return Answer(np.stack(bands, axis=1), dates[:5], (x0, 4 * dx, 0.0, y0, 0.0, 4 * dy), 4647)


@query(
    """load files "DATA/rhine_daily/mswep/*.tif" | head 3 | coarsen 7 sum trim min_count 49""",
    rtol=1e-6,
    why=F32,
)
def rhine_whole_blocks(data, work):
    import numpy as np

    cube, dates, (x0, dx, _, y0, _, dy) = rain(data)
    sums = cube[:3].coarsen(y=7, x=7, boundary="trim").reduce(np.sum)
    return Answer(sums.values, dates[:3], (x0, 7 * dx, 0.0, y0, 0.0, 7 * dy), 4647)


@query(
    """load files "DATA/rhine_daily/mswep/*.tif" | head 3 | focal 5 [mean max median count]""",
    rtol=1e-6,
    atol=1e-6,
    why=F32,
)
def rhine_focal(data, work):
    import numpy as np

    cube, dates, transform = rain(data)
    around = cube[:3].rolling(y=5, x=5, center=True, min_periods=1)
    # By hand where xarray's own functions lose small numbers in running sums.
    windows = around.construct(y="dy", x="dx").values.reshape(*cube[:3].shape, 25)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bands = [f(windows, axis=-1) for f in (np.nanmean, np.nanmax, np.nanmedian)]
    return Answer(np.stack([*bands, (~np.isnan(windows)).sum(axis=-1)], axis=1), dates[:3], transform, 4647)


@query(
    """load files "DATA/rhine_daily/mswep/*.tif" | head 2 | focal 3 mean kernel [1 2 1 2 4 2 1 2 1] hold""",
    rtol=1e-6,
    atol=1e-6,
    why=F32,
)
def rhine_kernel(data, work):
    import numpy as np
    from scipy.ndimage import correlate

    cube, dates, transform = rain(data)
    kernel = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], dtype="f8")
    means = []
    for step in cube[:2].values:
        valid = ~np.isnan(step)
        total = correlate(np.where(valid, step, 0), kernel, mode="constant")
        weight = correlate(valid.astype("f8"), kernel, mode="constant")
        means.append(np.where(valid, total / np.where(valid, weight, 1), np.nan))
    return Answer(np.stack(means), dates[:2], transform, 4647)


@query("""load files "DATA/rhine_daily/mswep/*.tif" | head 4 | fill space 5""", rtol=1e-6, why=F32)
def rhine_filled(data, work):
    import numpy as np

    cube, dates, transform = rain(data)
    return Answer(np.stack([filled(step, 5) for step in cube[:4].values.astype("f4")]), dates[:4], transform, 4647)


@query("""load files "DATA/terra_lux/elev.tif" | fill space 12""")
def luxembourg_filled(data, work):
    """Integers, which are rounded; the far corners have nothing within reach."""
    import numpy as np

    step = raster(data / "terra_lux/elev.tif")
    values = step.values[0, 0]
    answer = filled(np.where(np.isnan(values), -32768, values).astype("i2"), 12, ~np.isnan(values)).astype("f8")
    return Answer(np.where(answer == -32768, np.nan, answer)[None], None, step.transform, 4326)


def filled(values, reach, valid=None):
    """By GDAL's own function."""
    import numpy as np
    from rasterio.fill import fillnodata

    mask = ~np.isnan(values) if valid is None else valid
    return fillnodata(values.copy(), mask=mask.astype("u1"), max_search_distance=reach)


@query(
    """let rain = load files "DATA/rhine_daily/mswep/*.tif" | head 4
    concat [( $rain | tail 2 ) ( $rain | head 2 | crop bbox 32256686 5600000 32400000 5744900 | align $rain )]"""
)
def rhine_put_together(data, work):
    import numpy as np

    cube, dates, transform = rain(data)
    x0, dx, _, y0, _, dy = transform
    values = cube[:4].values.copy()
    left = x0 + dx * np.arange(values.shape[2])
    top = y0 + dy * np.arange(values.shape[1])
    columns = (left < 32400000) & (left + dx > 32256686)
    rows = (top > 5600000) & (top + dy < 5744900)
    values[:2] = np.where(rows[:, None] & columns, values[:2], np.nan)
    return Answer(values, dates[:4], transform, 4647)


INDICES = "ndvi gndvi evi evi2 savi osavi msavi arvi wdrvi vari ndwi mndwi ndmi nbr nbr2 bai ndbi bsi".split()


@query(
    f"""load stac "DATA/l8ny18_stac/items.json" assets [B2 B3 B4 B5 B6 B7] max 1 | head 1
    | map b = B2 / 10000, g = B3 / 10000, r = B4 / 10000, n = B5 / 10000, s = B6 / 10000, t = B7 / 10000 | coarsen 8 mean
    | index {" ".join(INDICES)} blue b green g red r nir n swir16 s swir22 t""",
    rtol=2e-4,
    atol=2e-5,
    why="float32 formulas, some of differences of near numbers",
)
def landsat_indices(data, work):
    import numpy as np
    import spyndex

    bands = {}
    for name, key in zip("BGRN", ["B2", "B3", "B4", "B5"]):
        bands[name] = key
    bands |= {"S1": "B6", "S2": "B7"}
    first = sorted((data / "l8ny18").rglob("*_B2.*"), key=lambda p: re.search(r"_(\d{8})_", p.name).group(1))[0]
    coarse = {}
    for name, key in bands.items():
        step = raster(first.with_name(first.name.replace("_B2.", f"_{key}.")))
        values = step.values[0, 0] / 10000
        pad = [(0, -n % 8) for n in values.shape]
        padded = np.pad(values, pad, constant_values=np.nan)
        h, w = padded.shape
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            coarse[name] = np.nanmean(padded.reshape(h // 8, 8, w // 8, 8), axis=(1, 3))
    # Their ARVI turns the sign of gamma: Kaufman and Tanre (1992) have red - gamma * (blue - red).
    constants = {"g": 2.5, "C1": 6.0, "C2": 7.5, "L": 1.0, "gamma": -1.0, "alpha": 0.1}
    # Their names for ours, and constants that differ from formula to formula.
    theirs = {"bsi": "BI"}
    results = []
    for name in INDICES:
        of = constants | ({"L": 0.5} if name == "savi" else {})
        results.append(spyndex.computeIndex(theirs.get(name, name.upper()), params=coarse | of))
    x0, dx, _, y0, _, dy = step.transform
    return Answer(np.stack(results)[None], None, (x0, 8 * dx, 0.0, y0, 0.0, 8 * dy), 32618)
