"""Arrays of Python as sources: what a session is handed of numpy's and xarray's.

Every one becomes a data set as CF describes it: variables with dimensions, attributes and values, so that whatever Rastra
understands of a file it understands of an array. Numpy's values are read where they lie, those of dask and of files that
xarray has open part by part, by the threads that compute.
"""

import json
import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["array"]

# What pixels can be.
TYPES = {"uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"}
# What is read as another type, since pixels cannot be it.
WIDER = {"bool": "uint8", "float16": "float32"}


@dataclass
class Dataset:
    """Variables and the attributes of the whole, ready for a session."""

    # As JSON.
    attributes: str = "{}"
    variables: list = field(default_factory=list)

    def add(self, name, dims, values, attributes=None, chunks=None):
        """Adds a variable: an array of numpy, anything with a shape and a type that gives arrays for slices, or texts."""
        dims = [str(dim) for dim in dims]
        shape, kind = np.shape(values), getattr(values, "dtype", None)
        dtype = None
        if kind is None or kind.kind in "OUS":
            values = [str(value) for value in np.asarray(values).ravel()]
        elif kind.kind not in "biuf" or kind.itemsize > 8:
            raise TypeError(f"`{name}` is of {kind}, which pixels cannot be")
        elif not isinstance(values, np.ndarray) or kind.name not in TYPES or not kind.isnative:
            dtype = WIDER.get(kind.name, kind.name)
            values = reader(values, dtype)
        self.variables.append((str(name), dims, list(shape), to_json(attributes), chunks, values, dtype))


def reader(values, dtype):
    """A function from slices to an array of that type."""
    return lambda slices: np.ascontiguousarray(np.asarray(values[slices]), dtype=dtype)


def to_json(attributes):
    """Attributes as JSON; what JSON has no word for is left out."""

    def plain(value):
        if isinstance(value, np.generic):
            return plain(value.item())
        if isinstance(value, float) and value != value:
            return "NaN"
        if isinstance(value, np.ndarray):
            return [plain(item) for item in value.ravel().tolist()]
        if isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        if isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        return value if isinstance(value, (str, bool, int, float)) or value is None else str(value)

    return json.dumps({str(name): plain(value) for name, value in (attributes or {}).items()})


def dataset(value, name):
    """The data set that a value is, or `None` where it is no array; `name` is what it is called in a program."""
    if isinstance(value, Dataset):
        return value
    if xarray := sys.modules.get("xarray"):
        if isinstance(value, xarray.Dataset):
            return of_xarray(value)
        if isinstance(value, xarray.DataArray):
            return of_xarray(value.to_dataset(name=value.name if isinstance(value.name, str) else name, promote_attrs=False))
    if isinstance(value, np.ndarray) and value.ndim >= 2:
        return array(value, name=name)
    return None


def of_xarray(given):
    """What xarray would write to a file, but that the bands stay where they are and as they are."""
    from xarray import conventions

    given = given.copy(deep=False)
    for band in given.data_vars.values():
        # Packing was undone when it was read.
        band.encoding = {key: band.encoding[key] for key in ("grid_mapping", "coordinates") if key in band.encoding}
    chunks = {name: lengths_of_chunks(variable) for name, variable in given.variables.items()}
    described, attributes = conventions.encode_dataset_coordinates(given)
    bands = set(given.data_vars)
    made = Dataset(attributes=to_json(attributes))
    coordinates, _ = conventions.cf_encoder({k: v for k, v in described.items() if k not in bands}, {})
    for name, variable in {**described, **coordinates}.items():
        if name in bands and variable.dtype.kind not in "biuf":
            variable = conventions.encode_cf_variable(variable, name=name)
        attrs = dict(variable.attrs)
        attrs.update((key, variable.encoding[key]) for key in ("grid_mapping",) if key in variable.encoding)
        in_memory = isinstance(variable._data, np.ndarray) or name not in bands
        values = variable.values if in_memory else variable
        made.add(name, variable.dims, values, attrs, chunks.get(name))
    return made


def lengths_of_chunks(variable):
    """How long the chunks of an array are along each dimension, where it has some."""
    if variable.chunks:
        return [max(lengths) for lengths in variable.chunks]
    preferred = variable.encoding.get("preferred_chunks")
    if preferred and not isinstance(variable._data, np.ndarray):
        return [preferred.get(dim, length) for dim, length in variable.sizes.items()]
    return None


def array(
    values: Any,
    *,
    dims: Any = None,
    transform: Any = None,
    crs: Any = None,
    times: Any = None,
    bands: Any = None,
    nodata: Any = None,
    name: str = "value",
    unit: str | None = None,
) -> Dataset:
    """An array of numpy with what it lacks: where its pixels lie and when.

    Args:
        values: `(y, x)`, `(time, y, x)` or `(time, band, y, x)`, rows from the north.
        dims: The names of its dimensions, where they are in another order.
        transform: Six numbers in GDAL's order (x of the upper left edge, x per column, x per row, y, y per column, y per
            row), or an `affine.Affine`. Squares of length 1 above and right of (0, 0)
            unless there is one or a system.
        crs: The reference system: `"EPSG:32631"`, well-known text, or what has `to_wkt()`.
        times: A date for each step.
        bands: A name for each band.
        nodata: The number that stands for missing, beside NaN.
        name: What the band is called, if there is one.
        unit: As UDUNITS writes it.

    The array is read where it lies while a query runs, and must not change meanwhile.

    >>> import numpy as np, rastra
    >>> rain = rastra.array(np.ones((2, 3, 4)), transform=(0, 10, 0, 40, 0, -10), times=["2020-01-01", "2020-01-02"])
    >>> float(rastra.query("$rain | sum", rain=rain).to_numpy().max())
    2.0
    """
    dims = list(dims or {2: ["y", "x"], 3: ["time", "y", "x"], 4: ["time", "band", "y", "x"]}.get(np.ndim(values), []))
    if len(dims) != np.ndim(values):
        raise ValueError(f"an array of {np.ndim(values)} dimensions needs as many names in `dims`")
    sizes = dict(zip(dims, np.shape(values)))
    if transform is None and crs is None and {"x", "y"} <= sizes.keys():
        transform = (0, 1, 0, sizes["y"], 0, -1)
    made = Dataset()
    attrs = {"units": unit} if unit else {}
    if nodata is not None:
        attrs["_FillValue"] = nodata
    if transform is not None or crs is not None:
        attrs["grid_mapping"] = "spatial_ref"
    made.add(name, dims, values, attrs)
    if transform is not None:
        six = transform.to_gdal() if hasattr(transform, "to_gdal") else tuple(map(float, transform))
        west, dx, skew_x, north, skew_y, dy = six
        if not (skew_x or skew_y):
            made.add("x", ["x"], west + (np.arange(sizes["x"]) + 0.5) * dx, {"axis": "X"})
            made.add("y", ["y"], north + (np.arange(sizes["y"]) + 0.5) * dy, {"axis": "Y"})
    if "grid_mapping" in attrs:
        held = {} if transform is None else {"GeoTransform": " ".join(map(repr, six))}
        if crs is not None:
            held["crs_wkt"] = crs.to_wkt() if hasattr(crs, "to_wkt") else str(crs)
        made.add("spatial_ref", [], np.array(0, "int32"), held)
    if times is not None:
        stamps = np.asarray(times, "datetime64[us]").astype("int64")
        made.add("time", ["time"], stamps, {"units": "microseconds since 1970-01-01", "calendar": "proleptic_gregorian"})
    if bands is not None:
        made.add("band", ["band"], list(bands))
    return made
