"""Arrays of Python as sources: what a session is handed of numpy's and xarray's.

Every one becomes a data set as CF describes it: variables with dimensions, attributes and values, so that whatever Rastra
understands of a file it understands of an array. Numpy's values are read where they lie, those of dask and of files that
xarray has open part by part, by the threads that compute.
"""

import contextlib
import json
import math
import sys
import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import _rastra

__all__ = ["array"]

# What pixels can be.
TYPES = {"uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"}
# What is read as another type, since pixels cannot be it.
WIDER = {"bool": "uint8", "float16": "float32"}
# What xarray keeps beside the attributes and a file would say.
SAID = ("grid_mapping", "coordinates", "bounds", "climatology")

# Whether this thread is handing values to a run.
here = threading.local()


@dataclass
class Dataset:
    """Variables and the attributes of the whole, ready for a session."""

    # As JSON.
    attributes: str = "{}"
    variables: list = field(default_factory=list)

    def add(self, name, dims, values, attributes=None, chunks=None):
        """Adds a variable: an array of numpy, anything with a shape and a type that gives arrays for slices, or texts."""
        dims = [str(dim) for dim in dims]
        kind = getattr(values, "dtype", None)
        if isinstance(values, np.ma.MaskedArray):
            values = unmasked(values)
            kind = values.dtype
        shape, dtype = np.shape(values), None
        if kind is None or kind.kind in "OUS":
            values = [str(value) for value in np.asarray(values).ravel()]
        elif not can_be_read(kind):
            raise TypeError(f"`{name}` is of {kind}, which pixels cannot be")
        elif not isinstance(values, np.ndarray) or kind.name not in TYPES or not kind.isnative:
            dtype = WIDER.get(kind.name, kind.name)
            values = reader(values, dtype)
        self.variables.append((str(name), dims, list(shape), to_json(attributes), chunks, values, dtype))


def can_be_read(kind):
    """Whether values of a type are numbers that pixels can be, or texts."""
    return isinstance(kind, np.dtype) and (kind.kind in "OUS" or (kind.kind in "biuf" and kind.itemsize <= 8))


def unmasked(values):
    """A masked array with NaN where it is masked, for which integers become floats."""
    if values.dtype.kind != "f":
        values = values.astype("float32" if values.dtype.itemsize <= 2 else "float64")
    return values.filled(np.nan)


def reader(values, dtype):
    """A function from slices to an array of that type."""

    def read(slices):
        before, here.reading = getattr(here, "reading", False), True
        try:
            # Rastra asks for many parts at a time already.
            dask = sys.modules.get("dask")
            with dask.config.set(scheduler="synchronous") if dask else contextlib.nullcontext():
                return np.ascontiguousarray(np.asarray(values[slices]), dtype=dtype)
        finally:
            here.reading = before

    return read


def to_json(attributes):
    """Attributes as JSON; numbers that it has no word for are texts."""

    def plain(value):
        if isinstance(value, np.generic):
            return plain(value.item())
        if isinstance(value, float) and not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
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
    for name, variable in given.variables.items():
        kind = variable.dtype
        if not can_be_read(kind) and getattr(kind, "kind", "") not in "mM" or not isinstance(kind, np.dtype):
            if name in given.data_vars or name in given.dims:
                hint = ": `tz_convert(None)` makes times of UTC of it" if "datetime64" in str(kind) else ""
                raise TypeError(f"`{name}` is of {kind}, which Rastra cannot read{hint}")
            # What no band needs.
            given = given.drop_vars(name)
    chunks = {name: lengths_of_chunks(variable) for name, variable in given.variables.items()}
    for variable in given.variables.values():
        # Packing was undone when it was read, and computing may have changed what it was for.
        variable.encoding = {key: variable.encoding[key] for key in SAID if key in variable.encoding}
    bands = set(given.data_vars)
    described, attributes = conventions.encode_dataset_coordinates(given)
    coordinates, _ = conventions.cf_encoder({k: v for k, v in described.items() if k not in bands}, {})
    made = Dataset(attributes=to_json(attributes))
    for name, variable in {**described, **coordinates}.items():
        attrs = dict(variable.attrs)
        attrs.update((key, variable.encoding[key]) for key in SAID if key in variable.encoding)
        if name in bands and variable.dtype.kind in "mM":
            values, attrs["units"] = in_days(variable.values)
        elif isinstance(variable._data, np.ndarray) or name not in bands:
            values = variable.values
        else:
            values = variable
        made.add(name, variable.dims, values, attrs, chunks.get(name))
    return made


def in_days(values):
    """Dates, or lengths of time, as days, missing ones as NaN, and their unit."""
    kind = values.dtype.kind
    days = values.astype(f"{kind}8[us]").astype("float64") / 86400e6
    days[np.isnat(values)] = np.nan
    return days, "days since 1970-01-01" if kind == "M" else "days"


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
            row), or an `affine.Affine`. Squares of length 1 above and right of (0, 0) unless given.
        crs: The reference system: `"EPSG:32631"`, well-known text, or what has `to_wkt()`; needs a transform.
        times: A date for each step, also of `cftime`.
        bands: A name for each band.
        nodata: The number that stands for missing, beside NaN.
        name: What the band is called, if there is one.
        unit: As UDUNITS writes it.

    Raises:
        ValueError: A part does not fit the array, or the reference system is not known.

    The array is read where it lies while a query runs, and must not change meanwhile.

    >>> import numpy as np, rastra
    >>> rain = rastra.array(np.ones((2, 3, 4)), transform=(0, 10, 0, 40, 0, -10), times=["2020-01-01", "2020-01-02"])
    >>> float(rastra.query("$rain | sum", rain=rain).to_numpy().max())
    2.0
    """
    if not isinstance(values, np.ndarray):
        raise TypeError(f"`rastra.array` takes an array of numpy, not {type(values).__name__}; those of xarray are sources as they are")
    dims = list(dims or {2: ["y", "x"], 3: ["time", "y", "x"], 4: ["time", "band", "y", "x"]}.get(np.ndim(values), []))
    if len(dims) != np.ndim(values) or not {"y", "x"} <= set(dims):
        raise ValueError(f"an array of {np.ndim(values)} dimensions needs as many names in `dims`, `y` and `x` among them")
    sizes = dict(zip(dims, np.shape(values)))
    for dim, labels, word in (("time", times, "times"), ("band", bands, "bands")):
        if labels is not None and len(labels) != sizes.get(dim):
            raise ValueError(f"`{word}` has {len(labels)} values, and the array {sizes.get(dim, 'no dimension')} along `{dim}`")
    if transform is None:
        if crs is not None:
            raise ValueError("`crs` says in what the coordinates are, and `transform` has to say which they are")
        transform = (0, 1, 0, sizes["y"], 0, -1)
    six = tuple(map(float, transform.to_gdal() if hasattr(transform, "to_gdal") else transform))
    if len(six) != 6:
        raise ValueError(f"`transform` has six numbers in GDAL's order, not {len(six)}")
    made = Dataset()
    attrs = {"units": unit} if unit else {}
    if nodata is not None:
        attrs["_FillValue"] = nodata
    place = {"GeoTransform": " ".join(map(repr, six))}
    if crs is None:
        attrs.update(place)
    else:
        attrs["grid_mapping"] = "spatial_ref"
        place["crs_wkt"] = _rastra.system(crs.to_wkt() if hasattr(crs, "to_wkt") else str(crs))
        made.add("spatial_ref", [], np.array(0, "int32"), place)
    made.add(name, dims, values, attrs)
    west, dx, skew_x, north, skew_y, dy = six
    if not (skew_x or skew_y):
        made.add("x", ["x"], west + (np.arange(sizes["x"]) + 0.5) * dx, {"axis": "X"})
        made.add("y", ["y"], north + (np.arange(sizes["y"]) + 0.5) * dy, {"axis": "Y"})
    if times is not None:
        made.add("time", ["time"], *stamps(times))
    if bands is not None:
        made.add("band", ["band"], list(bands))
    return made


def stamps(times):
    """Dates as numbers, and what those are."""
    units, first = "microseconds since 1970-01-01", times[0]
    if hasattr(first, "calendar"):
        import cftime

        numbers = np.asarray(cftime.date2num(list(times), units, first.calendar), "int64")
        return numbers, {"units": units, "calendar": first.calendar}
    if isinstance(first, (int, float, np.number)):
        raise TypeError(f"`times` are dates, such as \"2020-01-01\", not numbers such as {first}")
    return np.asarray(times, "datetime64[us]").astype("int64"), {"units": units, "calendar": "proleptic_gregorian"}
