"""What a query gives as what Python knows: xarray's data sets, numpy's arrays, pandas' frames."""

import json

import numpy as np


def variables(made):
    """Each variable of a data set with dimensions, values and attributes; no two of them have one name.

    Raises:
        ValueError: A band is called as a coordinate or as another band.
    """
    held = {}
    for name, dims, said, values in made[1]:
        if name in held:
            raise ValueError(f"the band `{name}` is the name of a coordinate or of another band, too: `rename` it first")
        attributes = json.loads(said)
        for key in ("_FillValue", "scale_factor", "add_offset"):
            # Numbers that JSON has no word for come as texts.
            if isinstance(attributes.get(key), str):
                attributes[key] = float(attributes[key])
        held[name] = (dims, values, attributes)
    return held


def to_xarray(made, masked):
    """A data set of xarray as `xarray.open_zarr` would give it of the saved cube, in memory."""
    import xarray

    raw = xarray.Dataset(variables(made), attrs=json.loads(made[0]))
    return xarray.decode_cf(raw, mask_and_scale=masked, decode_coords="all", decode_timedelta=False).load()


def to_numpy(made):
    """The bands of a cube as `(time, band, y, x)` of float64, missing pixels as NaN."""
    bands = []
    for name, _, said, values in made[1]:
        said = json.loads(said)
        if "grid_mapping" in said:
            band = values.astype("float64")
            if "_FillValue" in said:
                band[values == values.dtype.type(float(said["_FillValue"]))] = np.nan
            bands.append(band if band.ndim == 3 else band[None])
    return np.stack(bands, axis=1)


def to_frame(made):
    """A frame of pandas with a row a step and pixel, which are its index, and a column a band."""
    cube = to_xarray(made, masked=True)
    dims = {dim for band in cube.data_vars.values() for dim in band.dims}
    # What describes others, such as bounds of steps, has dimensions of its own.
    return cube.drop_vars([name for name, one in cube.coords.items() if not one.dims or not dims.issuperset(one.dims)]).to_dataframe()


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
