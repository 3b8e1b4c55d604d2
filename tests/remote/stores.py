"""Items whose assets are stores of arrays, with numbers that can be told by hand.

`stores.py FOLDER` makes

- `climate.json`: two items, of the years 2001 and 2000, each with five days from 26 February of a calendar without leap
  days, in a Zarr store (`data`, also of version 3), a NetCDF file (`nc`), a NetCDF file of `tas` alone (`tas`), and kerchunk-like
  other names. `tas` is 1000 x year + 100 x day + 10 x row + column, `pr` is twice that, `ta` has two levels.
- `scenes.json`: two scenes side by side in UTM zone 32 and one in zone 33, groups of a Zarr store that is consolidated at its
  root: 1000 x day + 10 x row + column (+ 500 in `b04`), packed by halves, the first pixel missing.
"""

import json
import pathlib
import sys

import cftime
import numpy
import xarray
import zarr

folder = pathlib.Path(sys.argv[1])


def item(name, assets, **properties):
    return {
        "type": "Feature", "stac_version": "1.1.0", "id": name, "links": [], "collection": "c", "bbox": [0, 0, 4, 3],
        "geometry": None, "properties": properties, "assets": assets,
    }


def save(name, items):
    (folder / name).write_text(json.dumps({"type": "FeatureCollection", "features": items}))


items = []
for year in [2001, 2000]:
    days = [cftime.DatetimeNoLeap(year, 2, 26 + d) if d < 3 else cftime.DatetimeNoLeap(year, 3, d - 2) for d in range(5)]
    day, row, column = numpy.meshgrid(range(5), range(3), range(4), indexing="ij")
    tas = (1000 * year + 100 * day + 10 * row + column).astype("f8")
    dims = ("time", "lat", "lon")
    data = xarray.Dataset(
        {"tas": (dims, tas, {"units": "K", "long_name": "air"}), "pr": (dims, 2 * tas)},
        coords={"time": days, "lat": [2.5, 1.5, 0.5], "lon": [0.5, 1.5, 2.5, 3.5]},
    )
    data.to_zarr(folder / f"d{year}.zarr", zarr_format=2, consolidated=True, encoding={"tas": {"chunks": (2, 2, 2)}})
    data.to_zarr(folder / f"v3_{year}.zarr", zarr_format=3, consolidated=True)
    data.to_netcdf(folder / f"d{year}.nc")
    data[["tas"]].to_netcdf(folder / f"only_{year}.nc")
    levels = xarray.concat([data.tas, data.tas + 0.5], "level").assign_coords(level=[500.0, 850.0]).rename("ta")
    levels.attrs = {}
    levels.to_dataset().to_netcdf(folder / f"levels_{year}.nc")
    shorter = data[["pr"]].isel(time=slice(0, 3))
    shorter.to_netcdf(folder / f"short_{year}.nc")
    variables = {"tas": {"dimensions": dims, "type": "data"}, "pr": {"type": "data"}, "lat": {"type": "auxiliary"}}
    items.append(item(
        f"i{year}",
        {
            "data": {"href": f"d{year}.zarr", "type": "application/vnd+zarr", "cube:variables": variables},
            "three": {"href": f"v3_{year}.zarr/"},
            "nc": {"href": f"d{year}.nc", "type": "application/x-netcdf"},
            "tas": {"href": f"only_{year}.nc", "type": "application/netcdf"},
            "levels": {"href": f"levels_{year}.nc"},
            "short": {"href": f"short_{year}.nc"},
            "quicklook": {"href": f"q{year}.png", "type": "image/png", "roles": ["thumbnail"]},
        },
        datetime=None, start_datetime=f"{year}-01-01T00:00:00Z", end_datetime=f"{year}-12-31T00:00:00Z",
        **{"cmip6:model": "A" if year == 2000 else "B"},
    ))
save("climate.json", items)

items = []
for number, (epsg, west) in enumerate([(32632, 500000), (32632, 500080), (32633, 500000)], 1):
    store = folder / f"s{number}.zarr"
    root = zarr.open_group(store, mode="w", zarr_format=2)
    group = root.create_group("measurements").create_group("reflectance").create_group("r10m")
    row, column = numpy.meshgrid(range(6), range(8), indexing="ij")
    for name, more in [("b02", 0), ("b04", 500)]:
        array = group.create_array(name, shape=(6, 8), chunks=(3, 4), dtype="u2", fill_value=0)
        values = 2 * (1000 * number + 10 * row + column + more)
        values[0, 0] = 0
        array[:] = values.astype("u2")
        array.attrs.update({"_ARRAY_DIMENSIONS": ["y", "x"], "scale_factor": 0.5})
    for name, values in [("x", west + 5.0 + 10 * numpy.arange(8)), ("y", 5000000.0 - 5 - 10 * numpy.arange(6))]:
        array = group.create_array(name, shape=values.shape, chunks=values.shape, dtype="f8")
        array[:] = values
        array.attrs["_ARRAY_DIMENSIONS"] = [name]
    zarr.consolidate_metadata(store, zarr_format=2)
    base = f"s{number}.zarr/measurements/reflectance/r10m"
    items.append(item(
        f"s{number}",
        {
            "SR_10m": {"href": base, "type": "application/vnd+zarr", "roles": ["data"],
                       "bands": [{"name": "B02"}, {"name": "B04", "eo:common_name": "red"}]},
            "B04_10m": {"href": base + "/b04", "type": "application/vnd+zarr; version=2", "roles": ["data"],
                        "bands": [{"name": "B04"}]},
            "product": {"href": f"s{number}.zarr", "type": "application/vnd+zarr",
                        "xarray:open_kwargs": {"group": "measurements/reflectance/r10m"}},
            "root": {"href": f"s{number}.zarr", "type": "application/vnd+zarr"},
            "tif": {"href": "a.tif", "type": "image/tiff"},
        },
        datetime=f"2024-06-{number // 2 + 1:02}T10:00:00Z", **{"proj:epsg": epsg, "eo:cloud_cover": number},
    ))
save("scenes.json", items)
