"""Makes the data of the examples: a small invented country of rain, hills, fields and weather, and invented temperatures
within the coasts of Europe. No measurement is in it.

Run by hand where it changes: `.venv/bin/python examples/data/make.py`.
"""

import datetime as dt
import json
import shutil
import zipfile
from pathlib import Path

import netCDF4
import numpy as np
import rasterio
import rasterio.warp
from rasterio.transform import from_origin

HERE = Path(__file__).parent
RNG = np.random.default_rng(7)


def tif(path, array, transform, crs, nodata=None, scale=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = dict(
        driver="GTiff", width=array.shape[1], height=array.shape[0], count=1, dtype=array.dtype, crs=crs,
        transform=transform, nodata=nodata, compress="deflate", predictor=2,
    )
    with rasterio.open(path, "w", **profile) as out:
        out.write(array, 1)
        if scale:
            out.scales = (scale,)


def smooth(shape, passes):
    field = RNG.normal(size=shape)
    for _ in range(passes):
        padded = np.pad(field, 1, mode="edge")
        field = sum(padded[i : i + shape[0], j : j + shape[1]] for i in range(3) for j in range(3)) / 9
    return (field - field.min()) / (field.max() - field.min())


def rain():
    """91 days in tenths of a millimetre, 0.1 degree; a corner the radar does not see."""
    rows, columns = 36, 48
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    blind = (x - 47) ** 2 + y**2 < 60
    hills = smooth((rows, columns), 12)
    day = dt.date(2024, 1, 1)
    for n in range(91):
        front = np.exp(-(((x - (n * 7) % 70 + 10) / 8.0) ** 2)) * (0.6 + 0.8 * hills)
        amount = np.clip(180 * front * (0.5 + 0.5 * np.sin(n / 9.0)) + RNG.normal(0, 4, (rows, columns)) - 4, 0, None)
        values = np.where(blind, -1, np.round(amount)).astype("int16")
        tif(HERE / f"rain/rain_{day + dt.timedelta(n)}.tif", values, from_origin(8.0, 49.0, 0.1, 0.1), 4326, -1, 0.1)
    with zipfile.ZipFile(HERE / "rain_march.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted((HERE / "rain").glob("rain_2024-03-*.tif"))[:10]:
            archive.writestr(zipfile.ZipInfo(file.name, (2024, 1, 1, 0, 0, 0)), file.read_bytes(), zipfile.ZIP_DEFLATED)
    tif(HERE / "dem.tif", np.round(200 + 1800 * hills).astype("int16"), from_origin(8.0, 49.0, 0.1, 0.1), 4326)
    ring = [[9.03, 48.71], [10.9, 48.33], [11.6, 47.2], [10.2, 46.41], [8.9, 46.9], [8.55, 47.9], [9.03, 48.71]]
    basin = {"type": "Feature", "properties": {"name": "the basin"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    (HERE / "basin.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [basin]}) + "\n")


def scenes():
    """Twelve satellite scenes of 20 m in two places that overlap, with clouds."""
    size = 60
    fields = smooth((80, 80), 3)
    items = []
    for n in range(12):
        day = dt.date(2023, 1, 20) + dt.timedelta(days=59 * (n // 2) + n % 2)
        shift = 10 * (n % 2)
        part = fields[shift : shift + size, shift : shift + size]
        green = 0.25 + 0.5 * part * (0.5 - 0.5 * np.cos(2 * np.pi * (day.timetuple().tm_yday - 15) / 365))
        cloud = smooth((size, size), 6) > (0.9 - 0.5 * ((n * 5) % 7) / 7)
        reflectance = RNG.normal(0, 0.004, (2, size, size)) + np.array([0.16 - 0.14 * green, 0.18 + 0.3 * green])
        reflectance = np.where(cloud, 0.6, reflectance)
        name, origin = f"scene_{day:%Y%m%d}", from_origin(600_000 + 20 * shift, 5_300_000 - 20 * shift, 20, 20)
        for asset, band in zip(["red", "nir"], reflectance):
            tif(HERE / f"scenes/{name}_{asset}.tif", np.round(band * 10_000).astype("uint16"), origin, 32632, 0)
        tif(HERE / f"scenes/{name}_scl.tif", np.where(cloud, 9, 4).astype("uint8"), origin, 32632, 0)
        bounds = rasterio.warp.transform_bounds(
            32632, 4326, origin.c, origin.f - 20 * size, origin.c + 20 * size, origin.f
        )
        asset = lambda key, **more: {"href": f"./scenes/{name}_{key}.tif", "type": "image/tiff; application=geotiff", **more}
        packed = {"raster:bands": [{"data_type": "uint16", "nodata": 0, "scale": 0.0001, "offset": 0}]}
        items.append({
            "type": "Feature", "stac_version": "1.0.0", "id": name, "bbox": [round(v, 6) for v in bounds],
            "geometry": None, "links": [],
            "properties": {
                "datetime": f"{day}T10:2{n % 2}:31Z", "eo:cloud_cover": round(float(cloud.mean()) * 100, 1),
                "proj:epsg": 32632, "proj:shape": [size, size], "proj:transform": list(origin)[:6],
            },
            "assets": {"red": asset("red", **packed), "nir": asset("nir", **packed), "scl": asset("scl")},
        })
    (HERE / "items.json").write_text(json.dumps({"type": "FeatureCollection", "features": items}, indent=1) + "\n")


def temperature():
    """Five years of monthly means, packed as reanalyses are."""
    rows, columns = 18, 24
    with netCDF4.Dataset(HERE / "t2m.nc", "w") as out:
        out.Conventions = "CF-1.8"
        for name, n in [("time", 60), ("lat", rows), ("lon", columns)]:
            out.createDimension(name, n)
        time = out.createVariable("time", "i4", ("time",))
        time.units, time.calendar, time.standard_name = "days since 2000-01-01", "standard", "time"
        time[:] = [(dt.date(2019 + n // 12, n % 12 + 1, 1) - dt.date(2000, 1, 1)).days for n in range(60)]
        for name, first, step, n in [("lat", 49.9, -0.2, rows), ("lon", 8.1, 0.2, columns)]:
            axis = out.createVariable(name, "f8", (name,))
            axis.units = "degrees_north" if name == "lat" else "degrees_east"
            axis[:] = np.round(first + step * np.arange(n), 6)
        t2m = out.createVariable("t2m", "i2", ("time", "lat", "lon"), zlib=True, shuffle=True, fill_value=-32767)
        t2m.units, t2m.long_name = "K", "2 metre temperature"
        t2m.scale_factor, t2m.add_offset = 0.01, 280.0
        hills = smooth((rows, columns), 8)
        month = np.arange(60)[:, None, None]
        values = 282 - 9 * np.cos(2 * np.pi * month / 12) - 8 * hills + 0.004 * month + RNG.normal(0, 0.9, (60, 1, 1))
        t2m[:] = values


def sea():
    """Thirty years of a sea that warms in the west and not in the east."""
    years, rows, columns = 30, 20, 30
    own = np.random.default_rng(11)
    with netCDF4.Dataset(HERE / "sst.nc", "w") as out:
        out.Conventions = "CF-1.8"
        for name, n in [("time", years), ("lat", rows), ("lon", columns)]:
            out.createDimension(name, n)
        time = out.createVariable("time", "i4", ("time",))
        time.units, time.calendar, time.standard_name = "days since 1994-01-01", "standard", "time"
        time[:] = [(dt.date(1994 + n, 7, 1) - dt.date(1994, 1, 1)).days for n in range(years)]
        for name, first, step, n in [("lat", 43.9, -0.2, rows), ("lon", 8.1, 0.2, columns)]:
            axis = out.createVariable(name, "f8", (name,))
            axis.units = "degrees_north" if name == "lat" else "degrees_east"
            axis[:] = np.round(first + step * np.arange(n), 6)
        sst = out.createVariable("sst", "i2", ("time", "lat", "lon"), zlib=True, shuffle=True, fill_value=-32767)
        sst.units, sst.long_name, sst.scale_factor, sst.add_offset = "K", "sea surface temperature", 0.05, 290.0
        x, y = np.meshgrid(np.arange(columns), np.arange(rows))
        rise = 0.03 * np.cos(np.pi * x / columns) * (1 - 0.3 * y / rows)
        year = np.arange(years)[:, None, None]
        values = 291 - 0.08 * y + rise * year + own.normal(0, 0.25, (years, 1, 1)) + own.normal(0, 0.1, (years, rows, columns))
        land = (x - 29) ** 2 + (y - 19) ** 2 < 70
        sst[:] = np.ma.masked_array(values, np.broadcast_to(land, values.shape))


# Land of Europe in squares of 2.5 degrees from 10 W, 65 N, and of Iberia in squares of 1 degree from 10 W, 44 N, as
# the coasts of Natural Earth have it.
EUROPE = """
.......########
......#####.###
......#####..##
.##....####.###
####..#########
#.#############
..#############
...############
.##############
#####..#.######
####........###
.##.####.......
"""
IBERIA = """
.#############
.############.
.############.
.##########...
.#########....
.#########....
.########.....
....##........
"""


def land(drawn):
    return np.array([[cell == "#" for cell in row] for row in drawn.split()])


def weather(own, steps, shape, passes, memory):
    """Fields of mean 0 and deviation 1 that hang together in space, and from step to step by `memory`."""
    pad = passes
    field = own.normal(size=(steps, shape[0] + 2 * pad, shape[1] + 2 * pad))
    for _ in range(passes):
        rows, columns = field.shape[1] - 2, field.shape[2] - 2
        field = sum(field[:, i : i + rows, j : j + columns] for i in range(3) for j in range(3))
    field /= field.std()
    for n in range(1, steps):
        field[n] = memory * field[n - 1] + np.sqrt(1 - memory**2) * field[n]
    return field


def temperatures(name, variable, long_name, dates, west, north, size, values):
    """A grid of air temperatures in fifths of a degree, which keeps files small; NaN where there are none."""
    _, rows, columns = values.shape
    with netCDF4.Dataset(HERE / name, "w") as out:
        out.Conventions = "CF-1.8"
        for axis, n in [("time", len(dates)), ("lat", rows), ("lon", columns)]:
            out.createDimension(axis, n)
        time = out.createVariable("time", "i4", ("time",))
        time.units, time.calendar, time.standard_name = f"days since {dates[0]}", "standard", "time"
        time[:] = [(date - dates[0]).days for date in dates]
        for axis, first, step, n in [("lat", north - size / 2, -size, rows), ("lon", west + size / 2, size, columns)]:
            made = out.createVariable(axis, "f8", (axis,))
            made.units = "degrees_north" if axis == "lat" else "degrees_east"
            made.standard_name = "latitude" if axis == "lat" else "longitude"
            made[:] = first + step * np.arange(n)
        packed = out.createVariable(
            variable, "i2", ("time", "lat", "lon"), zlib=True, complevel=9, shuffle=True, fill_value=-9999,
            chunksizes=(len(dates), 1, columns),
        )
        packed.units, packed.long_name, packed.scale_factor = "degC", long_name, 0.2
        packed[:] = np.ma.masked_array(np.nan_to_num(values), np.isnan(values))


def europe():
    """34 years of monthly means over land, which warm, most in the north-east in winter and in the south in summer."""
    own = np.random.default_rng(23)
    ground = land(EUROPE)
    dates = [dt.date(1991 + n // 12, n % 12 + 1, 1) for n in range(408)]
    lat = (63.75 - 2.5 * np.arange(12))[:, None]
    lon = (-8.75 + 2.5 * np.arange(15))[None, :]
    inland = np.clip((lon + 12) / 45, 0, 1)
    month, year = np.arange(408)[:, None, None] % 12, np.arange(408)[:, None, None] / 12
    winter = 0.5 + 0.5 * np.cos(2 * np.pi * (month - 0.5) / 12)
    mean = 30 - 0.42 * lat - 4 * inland
    swing = 5 + 9 * inland + 0.02 * (lat - 35)
    warming = 0.004 + 0.04 * inland * winter + 0.045 * (1 - winter) * np.clip((56 - lat) / 18, 0, 1)
    noise = (0.8 + 1.9 * winter * (0.4 + inland) * np.clip((lat - 30) / 30, 0.4, 1)) * weather(own, 408, (12, 15), 4, 0.25)
    values = mean - swing * np.cos(2 * np.pi * (month - 0.5) / 12) + warming * year + noise
    # The summer of 2024 is hot in the south-east.
    heat = 2.6 * np.exp(-(((lon - 23) / 10) ** 2) - ((lat - 44) / 7) ** 2)
    values[402:404] += heat
    values[401] += 0.6 * heat
    temperatures("europe.nc", "tas", "air temperature at 2 m", dates, -10, 65, 2.5, np.where(ground, values, np.nan))


def iberia():
    """The days of eight summers, each with its spells of heat; in one of them the south-west was not measured for weeks."""
    own = np.random.default_rng(31)
    ground = land(IBERIA)
    dates = [dt.date(2017 + n // 92, 6, 1) + dt.timedelta(n % 92) for n in range(736)]
    lat = (43.5 - np.arange(8))[:, None]
    lon = (-9.5 + np.arange(14))[None, :]
    # Coasts are cool, the basins of the south are hot.
    sea = np.exp(-(lon + 9.5) / 1.5) + np.exp(-(43.8 - lat) / 0.7) + 0.5 * np.exp(-(3.5 - lon) / 2)
    mean = 30.5 + 0.55 * (40 - lat) - 5 * sea + 2.5 * np.exp(-(((lon + 5.5) / 1.8) ** 2) - ((lat - 37.8) / 1.0) ** 2)
    mean = mean - 2.5 * np.exp(-(((lon + 3.5) / 1.5) ** 2) - ((lat - 40.8) / 1.0) ** 2)
    day, summer = np.arange(736)[:, None, None] % 92, np.arange(736)[:, None, None] // 92
    season = 3 * np.sin(np.pi * (day + 8) / 105) - 1.5
    years = 0.08 * summer + own.normal(0, 0.6, 8)[np.arange(736) // 92, None, None]
    values = mean + season + years + 3.1 * weather(own, 736, (8, 14), 4, 0.8)
    # The heat waves of 2022: from the south-west to the north-east, in June and in July.
    for start, strength in [(11, 6.0), (40, 7.5)]:
        for n in range(12):
            west = -8 + 0.8 * n
            place = np.exp(-(((lon - west) / 5) ** 2) - ((lat - 38 - 0.3 * n) / 3.5) ** 2)
            values[5 * 92 + start + n] += strength * np.sin(np.pi * (n + 0.5) / 12) * place
    gap = (lon < -6) & (lat < 40)
    values[2 * 92 + 30 : 2 * 92 + 70][:, gap] = np.nan
    temperatures("iberia.nc", "tmax", "daily maximum temperature", dates, -10, 44, 1, np.where(ground, values, np.nan))


def places():
    """Districts of the country, which share their borders, and fields below the scenes."""
    node = {
        "nw": [8.15, 48.9], "n1": [9.5, 48.75], "n2": [11.0, 48.85], "ne": [12.65, 48.8], "e": [12.7, 47.35], "se": [12.6, 45.6],
        "s2": [10.9, 45.5], "s1": [9.4, 45.65], "sw": [8.2, 45.55], "w": [8.1, 47.4], "a": [9.35, 47.55], "b": [11.15, 47.3],
        "na": [9.2, 48.1], "nb": [11.3, 48.05], "wa": [8.7, 47.25], "ab": [10.3, 47.75], "be": [11.95, 47.6], "as": [9.6, 46.5],
        "bs": [10.7, 46.35],
    }
    districts = {
        "Upland": ["nw", "n1", "na", "a", "wa", "w"],
        "Heath": ["n1", "n2", "nb", "b", "ab", "a", "na"],
        "East Moor": ["n2", "ne", "e", "be", "b", "nb"],
        "Lakes": ["w", "wa", "a", "as", "s1", "sw"],
        "Vale": ["a", "ab", "b", "bs", "s2", "s1", "as"],
        "Fells": ["b", "be", "e", "se", "s2", "bs"],
    }
    features = []
    for number, (name, corners) in enumerate(districts.items()):
        ring = [node[corner] for corner in corners + corners[:1]]
        properties = {"district": name, "code": f"D{number + 1}"}
        features.append({"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}})
    text = ",\n".join(json.dumps(feature) for feature in features)
    (HERE / "districts.geojson").write_text(f'{{"type": "FeatureCollection", "features": [\n{text}\n]}}\n')
    fields = ["meadow,10.34355,47.84071", "pasture,10.34700,47.83959", "orchard,10.34947,47.84208", "vineyard,10.35093,47.83667"]
    (HERE / "fields.csv").write_text("\n".join(["field,lon,lat", *fields]) + "\n")


if __name__ == "__main__":
    for old in ["rain", "scenes"]:
        shutil.rmtree(HERE / old, ignore_errors=True)
    rain()
    scenes()
    temperature()
    sea()
    europe()
    iberia()
    places()
