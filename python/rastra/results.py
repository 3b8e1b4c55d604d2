"""What a query gives as what Python knows: xarray's data sets, pandas' frames."""

import json

import numpy as np


def to_xarray(made, masked):
    """A data set of xarray as `xarray.open_zarr` would give it of the saved cube."""
    import xarray

    attributes, variables = made
    held = {name: (dims, values, json.loads(said)) for name, dims, said, values in variables}
    for dims, _, said in held.values():
        for key in ("_FillValue", "scale_factor", "add_offset"):
            # Numbers that JSON has no word for come as texts.
            if isinstance(said.get(key), str):
                said[key] = float(said[key])
    raw = xarray.Dataset(held, attrs=json.loads(attributes))
    return xarray.decode_cf(raw, mask_and_scale=masked, decode_coords="all", decode_timedelta=False)


def to_pandas(columns):
    """A frame of pandas; whole numbers of which some are missing are of pandas' own types."""
    import pandas

    def series(kind, cells, missing):
        if kind == "timestamp":
            return pandas.Series(cells.view("datetime64[us]"))
        if missing is not None:
            return pandas.Series(pandas.arrays.IntegerArray(cells, missing))
        return pandas.Series(cells, dtype="object" if kind == "text" else None)

    return pandas.DataFrame({name: series(kind, cells, missing) for name, kind, _, _, cells, missing in columns})


def to_records(columns):
    """An array of numpy with a field a column; missing whole numbers make theirs floats."""

    def field(kind, cells, missing):
        if kind == "timestamp":
            return cells.view("datetime64[us]")
        if missing is not None:
            return np.where(missing, np.nan, cells)
        return np.array(cells, dtype="object") if kind == "text" else cells

    names = [column[0] for column in columns]
    return np.rec.fromarrays([field(kind, cells, missing) for _, kind, _, _, cells, missing in columns], names=names)
