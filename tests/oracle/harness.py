"""Reads what Rastra answered and holds it against what xarray, CDO and GDAL's tools answer.

A query is a Rastra program beside a function that computes the same with other tools. `DATA` in a program is the folder
of the data, `OUT` that of the answers. A program that saves is read back from the file by xarray or rasterio; of
the others the test writes the numbers down as they are.
"""

import json
import subprocess
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path

QUERIES = []


@dataclass
class Query:
    name: str
    program: str
    answer: object
    rtol: float
    atol: float
    why: str


def query(program, rtol=0.0, atol=0.0, why="exactly"):
    """Registers a function `(data, work) -> Answer` under its name; `why` is the reason for the tolerance."""

    def register(function):
        text = "\n".join(line.strip() for line in program.strip().splitlines())
        QUERIES.append(Query(function.__name__, text, function, rtol, atol, why))
        return function

    return register


@dataclass
class Answer:
    """`values` are (time, band, y, x) or (time, y, x), missing as NaN, rows from north to south."""

    values: object
    labels: list | None = None
    transform: tuple | None = None
    epsg: int | None = None


def ours(name, out):
    """What Rastra answered: from whichever file the program left."""
    tables = [(".parquet", parquet), (".csv", csv), (".json", records)]
    for suffix, read in [*tables, (".f64", dumped), (".zarr", zarr), (".nc", netcdf), (".tif", tif)]:
        if (out / (name + suffix)).exists():
            if suffix == ".json" and (out / (name + ".f64")).exists():
                continue
            return read(out / (name + suffix))
    raise FileNotFoundError(f"the program of {name} left nothing")


def parquet(path):
    """By pandas; times are instants in UTC."""
    import pandas as pd

    frame = pd.read_parquet(path)
    if "time" in frame:
        assert str(frame["time"].dtype) == "datetime64[us, UTC]", frame.dtypes
    return table(frame)


def csv(path):
    """By pandas; GDAL has to see as many rows."""
    import pandas as pd

    with path.open() as file:
        delimiter = ";" if ";" in file.readline() else ","
    frame = pd.read_csv(path, sep=delimiter, float_precision="round_trip")
    run = ["ogrinfo", "-so", "-al", str(path)]
    seen = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    assert f"Feature Count: {len(frame)}" in seen, seen
    return table(frame)


def records(path):
    import pandas as pd

    return table(pd.read_json(path, convert_dates=["time"]))


def table(frame):
    """Columns up to the band tell rows apart, as do classes and steps; those behind it, and coordinates, are numbers."""
    import pandas as pd

    # Which pixel answered is asked elsewhere.
    columns = [c for c in frame.columns if not c.startswith("cell_") and c != "geometry"]
    named = [c for c in columns[: columns.index("band") + 1] if c not in ("x", "y", "lon", "lat")]
    numbers = [c for c in columns if c not in named]
    times = lambda c: pd.to_datetime(frame[c], utc=True).dt.tz_localize(None) if c == "time" else frame[c]
    text = lambda v: label(v) if hasattr(v, "isoformat") else f"{v:g}" if isinstance(v, float) else str(v)
    keys = [[text(v) for v in times(c)] for c in named]
    values = frame[numbers].astype("f8").to_numpy()
    return Answer(values[:, :, None, None], [" ".join(key) for key in zip(*keys)])


def dumped(path):
    import numpy as np

    path = path.with_suffix(".json")
    head = json.loads(path.read_text())
    values = np.fromfile(path.with_suffix(".f64"), dtype="<f8").reshape(head["shape"])
    epsg = head["crs"].removeprefix("EPSG:")
    return Answer(values, head["labels"], tuple(head["transform"]), int(epsg) if epsg.isdigit() else None)


def zarr(path):
    """By xarray; GDAL, which knows version 2, has to see the same in the first step of the first band."""
    import numpy as np
    import xarray as xr

    answer, bands = dataset(xr.open_zarr(path, decode_times=xr.coders.CFDatetimeCoder(use_cftime=True)))
    if (path / ".zgroup").exists():
        step = "" if answer.labels is None else ":0"
        seen = translated(f'ZARR:"{path}":/{bands[0]}{step}', path.with_suffix(".gdal"))
        assert np.allclose(seen.transform, answer.transform, rtol=1e-9), ("GDAL", seen.transform, answer.transform)
        assert np.array_equal(seen.values[0, 0], answer.values[0, 0], equal_nan=True), "GDAL sees other pixels"
    return answer


def netcdf(path):
    """By xarray; CDO and GDAL have to see the same."""
    import numpy as np
    import xarray as xr

    answer, bands = dataset(xr.open_dataset(path, decode_times=xr.coders.CFDatetimeCoder(use_cftime=True)))
    seen = translated(f'NETCDF:"{path}":{bands[0]}', path.with_suffix(".gdal"))
    # GDAL turns longitudes that begin east of 180 by a whole turn.
    turned = (answer.transform[0] - 360, *answer.transform[1:])
    same = any(np.allclose(seen.transform, t, rtol=1e-9) for t in (answer.transform, turned))
    assert same, ("GDAL", seen.transform, answer.transform)
    assert np.array_equal(seen.values[0], answer.values[:, 0], equal_nan=True), "GDAL sees other pixels"
    copied = path.with_suffix(".cdo")
    subprocess.run(["cdo", "-s", "-b", "F64", "-f", "nc4", "copy", str(path), str(copied)], check=True, capture_output=True)
    again, copies = dataset(xr.open_dataset(copied, decode_times=xr.coders.CFDatetimeCoder(use_cftime=True)))
    assert np.array_equal(again.values, answer.values, equal_nan=True), "CDO sees other pixels"
    # CDO has a time for steps that have none, as groups of months.
    assert "time" not in bands.steps or copies.times == bands.times, ("CDO", copies.times, bands.times)
    return answer


def translated(name, target):
    subprocess.run(["gdal_translate", "-q", "-of", "GTiff", name, str(target)], check=True)
    return raster(target)


def dataset(cube):
    import numpy as np

    bands = [v for v in cube.data_vars if {"y", "lat"} & set(cube[v].dims)]
    y, x = cube[bands[0]].dims[-2:]
    steps = cube[bands[0]].dims[0] if cube[bands[0]].ndim == 3 else None
    values = np.stack([cube[b].values.astype("f8").reshape(-1, cube.sizes[y], cube.sizes[x]) for b in bands], axis=1)
    labels = [label(v) for v in grouped(cube[steps])] if steps else None
    times = [label(v) for v in cube[steps].values] if steps else None
    # Every band points to the system, and coordinates and GeoTransform agree with each other.
    mapping = cube[bands[0]].attrs.get("grid_mapping") or cube[bands[0]].encoding.get("grid_mapping")
    transform, epsg = from_centers(cube[x].values, cube[y].values), None
    if mapping:
        attributes = cube[mapping].attrs
        stated = [float(v) for v in attributes["GeoTransform"].split()]
        assert np.allclose(stated, transform, rtol=1e-9, atol=1e-6 * abs(stated[1])), (stated, transform)
        epsg = epsg_of(attributes["crs_wkt"])
    # Rows stay in the order of the source; they are compared from the north.
    if transform[5] > 0:
        values = values[:, :, ::-1]
        transform = (*transform[:3], transform[3] + transform[5] * cube.sizes[y], transform[4], -transform[5])
    return Answer(values, labels, transform, epsg), Names(bands, steps, times)


SEASONS = {12: "DJF", 3: "MAM", 6: "JJA", 9: "SON"}


def grouped(times):
    """Dates, or what they stand for where they are those of a climatology."""
    of = {"month": lambda t: t.month, "hour": lambda t: t.hour, "season": lambda t: SEASONS[t.month]}
    part = of.get(times.attrs.get("grouped_by"))
    if part is None:
        return times.values
    moments = times.to_index() if times.dtype.kind == "M" else times.values
    return [part(t) for t in moments]


def beside(source, transform, shape, epsg):
    """The pixels of a raster that no part of a source lies under, to which GDAL's methods over areas leak."""
    import numpy as np
    import rasterio
    from rasterio.warp import transform as project

    rows, columns = shape
    x0, dx, _, y0, _, dy = transform
    shares = np.linspace(0, 1, 5)
    x = x0 + dx * (np.arange(columns)[None, :, None, None] + shares[None, None, None, :])
    y = y0 + dy * (np.arange(rows)[:, None, None, None] + shares[None, None, :, None])
    x, y = (v.ravel() for v in np.broadcast_arrays(x, y))
    with rasterio.open(source) as file:
        x, y = (np.array(v) for v in project(f"EPSG:{epsg}", file.crs, x, y))
        column, row = ~file.transform * (x, y)
        inside = (column > 1e-6) & (column < file.width - 1e-6) & (row > 1e-6) & (row < file.height - 1e-6)
    return ~inside.reshape(rows, columns, -1).any(axis=2)


class Names(list):
    """The bands of a file, the dimension of its steps, and these as they are stored."""

    def __init__(self, bands, steps, times):
        super().__init__(bands)
        self.steps = steps or ""
        self.times = times


def tif(path):
    """One file, or a folder of one a step, in the order of their names."""
    import numpy as np
    import rasterio

    files = sorted(path.iterdir()) if path.is_dir() else [path]
    steps = [raster(file) for file in files]
    with rasterio.open(files[0]) as first:
        epsg = first.crs.to_epsg()
    return Answer(np.stack([s.values[0] for s in steps]), None, steps[0].transform, epsg)


def raster(path):
    """All bands of a raster as one step, missing as NaN, scale and offset applied."""
    import numpy as np
    import rasterio

    with rasterio.open(path) as file:
        values = file.read(masked=True).astype("f8").filled(np.nan)
        scale, offset = (np.array(v)[:, None, None] for v in (file.scales, file.offsets))
        return Answer((values * scale + offset)[None], None, file.transform.to_gdal())


def from_centers(x, y):
    dx, dy = (x[-1] - x[0]) / (len(x) - 1), (y[-1] - y[0]) / (len(y) - 1)
    return (float(x[0] - dx / 2), float(dx), 0.0, float(y[0] - dy / 2), 0.0, float(dy))


def epsg_of(wkt):
    from rasterio.crs import CRS

    return CRS.from_wkt(wkt).to_epsg()


def label(value):
    """A step as people name it: midnight is only its date."""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    text = text.split(".")[0] if ":" in text else text.removesuffix(".0")
    return text.removesuffix(":00").removesuffix("T00:00")


def compare(query, got, expected):
    import numpy as np

    values = np.asarray(expected.values, dtype="f8")
    values = values[:, None] if values.ndim == 3 else values
    if got.values.shape != values.shape:
        raise AssertionError(f"shape {got.values.shape} instead of {values.shape}")
    if expected.labels is not None:
        mine, theirs = got.labels, [label(v) for v in expected.labels]
        mine = None if mine is None else [label(v) for v in mine]
        if mine != theirs:
            raise AssertionError(f"steps {mine} instead of {theirs}")
    if expected.transform is not None:
        pixel = abs(expected.transform[1])
        if not np.allclose(got.transform, expected.transform, rtol=1e-9, atol=1e-5 * pixel):
            raise AssertionError(f"transform {got.transform} instead of {expected.transform}")
    if expected.epsg is not None and got.epsg != expected.epsg:
        raise AssertionError(f"EPSG:{got.epsg} instead of EPSG:{expected.epsg}")
    missing = np.isnan(values)
    differ = (np.isnan(got.values) != missing).sum()
    if differ:
        raise AssertionError(f"{differ} pixels missing on one side only, of {missing.sum()} and {values.size}")
    gap = np.abs(got.values - values)[~missing]
    allowed = query.atol + query.rtol * np.abs(values[~missing])
    if (gap > allowed).any():
        worst = int(np.argmax(gap - allowed))
        pair = got.values[~missing][worst], values[~missing][worst]
        raise AssertionError(f"{(gap > allowed).sum()} of {gap.size} pixels differ, most {pair[0]!r} from {pair[1]!r}")
    if not (~missing).any():
        raise AssertionError("all is missing: nothing is compared")
    return values.size, float(gap.max(initial=0.0))


def check(data, out):
    wrong = 0
    for q in QUERIES:
        try:
            cells, gap = compare(q, ours(q.name, out), q.answer(data, out))
            print(f"{q.name:<24} {cells:>9} cells  largest difference {gap:.3g} ({q.why})")
        except Exception as error:
            wrong += 1
            print(f"{q.name:<24} WRONG: {type(error).__name__}: {error}")
            if not isinstance(error, AssertionError):
                traceback.print_exc(file=sys.stdout)
    print(f"{len(QUERIES) - wrong} of {len(QUERIES)} answers agree")
    return wrong


def main():
    match sys.argv[1:]:
        case ["list"]:
            print(json.dumps([{"name": q.name, "program": q.program} for q in QUERIES]))
        case ["check", data, out]:
            sys.exit(1 if check(Path(data), Path(out)) else 0)
        case _:
            sys.exit("usage: list | check DATA OUT")
