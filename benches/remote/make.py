"""The data of the remote benchmarks: make.py FOLDER (about 900 MB)."""

import datetime
import json
import os
import sys

import numpy as np
import rasterio
import xarray as xr
from rasterio.transform import from_origin

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
random = np.random.default_rng(1)
EDGE = 2048
waves = np.sin(np.linspace(0, 20, EDGE))[None, :] * 800 + np.cos(np.linspace(0, 15, EDGE))[:, None] * 600 + 2000


def scene(name, epsg, west, north, add):
    pixels = np.clip(waves + random.integers(0, 200, (EDGE, EDGE)) + add, 1, 9000).astype("int16")
    pixels[:50] = -9999
    options = dict(driver="COG", height=EDGE, width=EDGE, count=1, dtype="int16", nodata=-9999, crs=f"EPSG:{epsg}")
    options |= dict(transform=from_origin(west, north, 10, 10), compress="DEFLATE", predictor=2, blocksize=512)
    with rasterio.open(os.path.join(folder, name), "w", **options) as target:
        target.write(pixels, 1)
    return {"proj:epsg": epsg, "proj:shape": [EDGE, EDGE], "proj:transform": [10, 0, west, 0, -10, north]}


def collection(name, features):
    with open(os.path.join(folder, name), "w") as file:
        json.dump({"type": "FeatureCollection", "features": features}, file)


def item(number, days, properties, bbox, assets):
    date = datetime.date(2020, 1, 1) + datetime.timedelta(days * number)
    w, s, e, n = bbox
    ring = [[w, s], [e, s], [e, n], [w, n], [w, s]]
    hrefs = {key: {"href": f"URL/{href}", "type": "image/tiff; application=geotiff"} for key, href in assets.items()}
    return {
        "type": "Feature", "stac_version": "1.0.0", "id": f"i{number:03}", "bbox": bbox, "assets": hrefs, "links": [],
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"datetime": f"{date}T10:00:00Z", **properties},
    }


# 120 scenes on one grid, of which a corner is wanted.
features = []
for number in range(120):
    properties = scene(f"v{number:03}.tif", 32632, 500_000, 5_100_000, 10 * number)
    features.append(item(number, 3, properties, [9, 45.8, 9.3, 46.1], {"v": f"v{number:03}.tif"}))
collection("crop.json", features)

# 60 items of two bands, in turn in one of two zones, of which a square that both cover is wanted.
features = []
for number in range(60):
    epsg, west = [(32632, 990_000), (32633, 520_000)][number % 2]
    bbox = [[15.3, 45.8, 15.6, 46.1], [15.25, 45.85, 15.53, 46.05]][number % 2]
    for band, add in (("red", 0), ("nir", 1500)):
        properties = scene(f"{band}{number:03}.tif", epsg, west, 5_100_000, 10 * number + add)
    assets = {band: f"{band}{number:03}.tif" for band in ("red", "nir")}
    features.append(item(number, 3, properties, bbox, assets))
collection("ndvi.json", features)

# 500 steps in 2,000 chunks, in every form.
values = random.normal(15, 5, (500, 200, 200)).astype("f4")
axes = {"lat": np.linspace(50, 30.1, 200), "lon": np.linspace(0, 19.9, 200)}
axes["time"] = np.datetime64("2020-01-01") + np.arange(500)
cube = xr.Dataset({"v": (("time", "lat", "lon"), values)}, coords=axes)
path = lambda name: os.path.join(folder, name)
cube.to_zarr(path("cube.zarr"), mode="w", zarr_format=3, encoding={"v": {"chunks": (1, 100, 100)}})
sharded = {"v": {"chunks": (1, 50, 50), "shards": (50, 100, 100)}}
cube.to_zarr(path("shards.zarr"), mode="w", zarr_format=3, encoding=sharded)
compressed = {"chunksizes": (1, 100, 100), "zlib": True, "complevel": 1}
cube.to_netcdf(path("cube.nc"), engine="h5netcdf", encoding={"v": compressed})
open(path("done"), "w").close()
