"""The same work by the libraries of Python: peers.py TASK URL DATA THREADS, prints the answer."""

import json
import sys

import dask
import numpy as np
import xarray as xr

task, url, data, threads = sys.argv[1:5]
dask.config.set(scheduler="threads", num_workers=int(threads))


def items(name):
    import pystac

    with open(f"{data}/{name}") as file:
        text = file.read().replace("URL", url)
    return [pystac.Item.from_dict(item) for item in json.loads(text)["features"]]


def load(name, bands, box):
    import odc.stac

    odc.stac.configure_rio(cloud_defaults=True)
    west, south, east, north = box
    return odc.stac.load(items(name), bands=bands, crs="EPSG:32632", resolution=10, x=(west, east), y=(south, north),
                         chunks={"x": 512, "y": 512}, nodata=-9999, dtype="int16", resampling="bilinear")


def window(cube):
    return cube.v.sel(lat=slice(49.5, 46.5), lon=slice(0.5, 3.5))


match task:
    case "crop":
        cube = load("crop.json", ["v"], (505_000, 5_090_000, 508_000, 5_093_000)).v
        answer = cube.where(cube != -9999).mean("time").mean()
    case "scenes":
        cube = load("crop.json", ["v"], (500_000, 5_079_520, 520_480, 5_100_000)).v
        answer = cube.where(cube != -9999).mean("time").mean()
    case "ndvi":
        cube = load("ndvi.json", ["red", "nir"], (1_000_000, 5_090_000, 1_004_000, 5_094_000))
        red, nir = (cube[band].where(cube[band] != -9999).astype("f4") for band in ("red", "nir"))
        answer = ((nir - red) / (nir + red)).mean("time").mean()
    case "zarr":
        answer = xr.open_zarr(f"{url}/cube.zarr", chunks={"time": 50}).v.mean("time").mean()
    case "shards":
        answer = window(xr.open_zarr(f"{url}/shards.zarr", chunks={"time": 50})).mean("time").mean()
    case "netcdf":
        import fsspec

        file = fsspec.open(f"{url}/cube.nc", block_size=1 << 20).open()
        answer = xr.open_dataset(file, engine="h5netcdf", chunks={"time": 50}).v.mean("time").mean()
    case "kerchunk":
        with open(f"{data}/cube.json") as file:
            references = json.loads(file.read())
        for key, value in references["refs"].items():
            if isinstance(value, list):
                value[0] = f"{url}/cube.nc"
        mapper = {"fo": references, "remote_protocol": "http", "asynchronous": True, "remote_options": {"asynchronous": True}}
        options = {"consolidated": False, "storage_options": mapper}
        answer = xr.open_dataset("reference://", engine="zarr", chunks={"time": 50}, backend_kwargs=options)
        answer = answer.v.mean("time").mean()
    case other:
        sys.exit(f"no task {other}")
print(float(np.asarray(answer.compute())))
