"""Queries on the data of the examples, which everybody has, each beside a computation of the same by other tools.

They are the twin of `queries.py`: a question of every kind that is asked there of real data.
"""

import json
import subprocess
import zipfile

from harness import Answer, main, query, raster
from rasters import centers, dated, days, shapes

F32 = "float32 results of sums in another order"
RAIN = 'load files "DATA/rain/*.tif"'


def rain(data):
    """The daily rain as xarray has it, the text of its dates, and its transform."""
    import pandas as pd
    import xarray as xr

    values, dates, transform = dated(data / "rain")
    # Packed values of int16 are float32.
    return xr.DataArray(values.astype("f4").astype("f8"), dims=("time", "y", "x"), coords={"time": pd.to_datetime(dates)}), days(dates), transform


def opened(path):
    """A file with rows from north to south, unpacked as xarray does."""
    import xarray as xr

    return xr.open_dataset(path).astype("f8")


def text(times):
    return [str(t)[:10] for t in times.values]


# Files.


@query(RAIN + """ | resample 1mo [mean sum max count] | save zarr "OUT/rain_months.zarr" """, rtol=1e-6, why=F32)
def rain_months(data, work):
    import numpy as np

    cube, _, transform = rain(data)
    months = cube.resample(time="MS")
    count = months.count()
    bands = [months.mean(), months.sum().where(count > 0), months.max(), count]
    return Answer(np.stack(bands, axis=1), text(count.time), transform, 4326)


@query(RAIN + """ | map wet = rain > 1 | groupby month sum | fill value 0 | save netcdf "OUT/wet_days.nc" """)
def wet_days(data, work):
    cube, _, transform = rain(data)
    counts = (cube > 1).where(cube.notnull()).groupby("time.month").sum()
    return Answer(counts.transpose("month", "y", "x").values, [1, 2, 3], transform, 4326)


@query(RAIN + """ | reduce [p10 median p90 std1 var]""", rtol=2e-6, atol=1e-6, why=F32)
def rain_spread(data, work):
    import numpy as np

    cube, _, transform = rain(data)
    bands = [*cube.quantile([0.1, 0.5, 0.9], "time").values, cube.std("time", ddof=1).values, cube.var("time").values]
    return Answer(np.stack(bands)[None], None, transform, 4326)


@query(RAIN + """ | crop lonlat 9.02 47.13 10.71 48.02 | step 3 | save tif "OUT/cropped.tif" """, rtol=1e-6, why="stored as float32")
def cropped(data, work):
    import numpy as np

    cube, _, transform = rain(data)
    x, y = centers(transform, cube.shape)
    columns = (x + 0.05 > 9.02) & (x - 0.05 < 10.71)
    rows = (y + 0.05 > 47.13) & (y - 0.05 < 48.02)
    x0, dx, _, y0, _, dy = transform
    place = (x0 + dx * columns.argmax(), dx, 0.0, y0 + dy * rows.argmax(), 0.0, dy)
    return Answer(cube.values[3:4][:, rows][:, :, columns], None, place, 4326)


@query("""load archive "DATA/rain_march.zip" glob "*.tif" dates "%Y-%m-%d" | sum""", rtol=1e-6, why=F32)
def zipped(data, work):
    import numpy as np
    import rasterio

    names = zipfile.ZipFile(data / "rain_march.zip").namelist()
    steps = []
    for name in names:
        with rasterio.open(f"zip://{data}/rain_march.zip!{name}") as file:
            steps.append(file.read(1, masked=True).astype("f8").filled(np.nan) * file.scales[0])
    total = np.nansum(steps, axis=0)
    return Answer(np.where(np.isnan(steps).all(axis=0), np.nan, total)[None])


# Space.


@query("""load files "DATA/dem.tif" | cast float32 | reproject EPSG:32632 res 5000 method bilinear""", rtol=1e-6, why="float32")
def reprojected(data, work):
    args = ["-t_srs", "EPSG:32632", "-tr", "5000", "5000", "-r", "bilinear", "-ot", "Float32", "-dstnodata", "nan"]
    subprocess.run(["gdalwarp", "-q", "-et", "0", "-overwrite", *args, str(data / "dem.tif"), str(work / "w.tif")], check=True)
    step = raster(work / "w.tif")
    return Answer(step.values, None, step.transform, 32632)


@query(RAIN + """ | step 10 | crop polygon "DATA/basin.geojson" """, rtol=1e-6, why="stored as float32")
def basin(data, work):
    import numpy as np
    from rasterio.features import geometry_mask
    from rasterio.transform import Affine

    cube, _, transform = rain(data)
    shape = json.loads((data / "basin.geojson").read_text())["features"][0]["geometry"]
    outside = geometry_mask([shape], cube.shape[1:], Affine.from_gdal(*transform))
    corners = np.array(shape["coordinates"][0])
    x, y = centers(transform, cube.shape)
    columns = (x + 0.05 > corners[:, 0].min()) & (x - 0.05 < corners[:, 0].max())
    rows = (y + 0.05 > corners[:, 1].min()) & (y - 0.05 < corners[:, 1].max())
    return Answer(np.where(outside, np.nan, cube.values[10])[np.ix_(rows, columns)][None])


@query(RAIN + """ | head 3 | coarsen 4 [mean max count]""", rtol=1e-6, atol=1e-6, why=F32)
def coarse(data, work):
    import numpy as np

    cube, dates, _ = rain(data)
    blocks = cube[:3].coarsen(y=4, x=4)
    return Answer(np.stack([blocks.mean(), blocks.max(), blocks.count()], axis=1), dates[:3])


@query(
    """load stac "DATA/items.json" assets [red nir scl] group solar_day | mask scl in [9] | map ndvi = (nir - red) / (nir + red)
    | median | save zarr "OUT/scenes.zarr" """,
    rtol=2e-5,
    atol=1e-6,
    why="float32 of packed values",
)
def scenes(data, work):
    """Two places, ten pixels apart both ways, laid on one grid by hand."""
    import numpy as np

    steps = []
    for item in json.loads((data / "items.json").read_text())["features"]:
        red, nir, scl = (raster(data / item["assets"][a]["href"]) for a in ("red", "nir", "scl"))
        clear = np.where(scl.values[0, 0] == 9, np.nan, 1.0)
        down = round((5_300_000 - red.transform[3]) / 20)
        whole = np.full((70, 70), np.nan)
        red, nir = (band.values[0, 0] for band in (red, nir))
        whole[down : down + 60, down : down + 60] = (nir - red) / (nir + red) * clear
        steps.append(whole)
    missing = np.isnan(steps).all(axis=0)
    median = np.full((70, 70), np.nan)
    median[~missing] = np.nanmedian(np.array(steps)[:, ~missing], axis=0)
    return Answer(median[None], None, (600_000, 20, 0, 5_300_000, 0, -20), 32632)


# Time, NetCDF.


@query("""load netcdf "DATA/t2m.nc" var t2m | groupby season [mean std] | save netcdf "OUT/seasons.nc" """, rtol=2e-6, atol=2e-4, why=F32)
def seasons(data, work):
    import numpy as np

    cube = opened(data / "t2m.nc").t2m.groupby("time.season")
    names = ["DJF", "MAM", "JJA", "SON"]
    of = lambda v: v.transpose("season", "lat", "lon").sel(season=names).values
    return Answer(np.stack([of(cube.mean()), of(cube.std())], axis=1), names)


@query("""load netcdf "DATA/t2m.nc" var t2m | resample yearly mean weights days""", rtol=1e-6, why=F32)
def weighted_years(data, work):
    cube = opened(data / "t2m.nc").t2m
    length = cube.time.dt.days_in_month
    years = (cube * length).groupby("time.year").sum() / length.groupby("time.year").sum()
    return Answer(years.values, [f"{y}-01-01" for y in years.year.values])


@query("""load netcdf "DATA/t2m.nc" var t2m | anomaly month base 2019..2022 | time 2023..""", rtol=1e-5, atol=1e-4, why=F32)
def anomalies(data, work):
    cube = opened(data / "t2m.nc").t2m
    normal = cube.sel(time=slice("2019", "2022")).groupby("time.month").mean()
    found = (cube.groupby("time.month") - normal).sel(time=slice("2023", None))
    return Answer(found.values, text(found.time))


@query("""load netcdf "DATA/t2m.nc" var t2m | cast float64 | rolling 3 [mean max] center""", rtol=1e-9, why="float64 sums in another order")
def smoothed(data, work):
    import numpy as np

    windows = opened(data / "t2m.nc").t2m.rolling(time=3, center=True)
    return Answer(np.stack([windows.mean(), windows.max()], axis=1))


@query("""load netcdf "DATA/sst.nc" var sst | trend per year | select slope""", rtol=1e-4, atol=1e-6, why="290 K is good to 3e-5 as float32")
def warming(data, work):
    import numpy as np

    cube = opened(data / "sst.nc").sst
    since = (cube.time.values - cube.time.values[0]) / np.timedelta64(1, "s") / (365.2425 * 86400)
    t = since - since.mean()
    slope = np.tensordot(t, cube.values, 1) / (t**2).sum()
    return Answer(slope[None])


@query("""load netcdf "DATA/t2m.nc" var t2m | cast float64 | resample yearly max""", rtol=1e-9, why="CDO writes float64")
def yearly_by_cdo(data, work):
    run = ["cdo", "-s", "--double", "-b", "F64", "-f", "nc4", "yearmax", str(data / "t2m.nc"), str(work / "years.nc")]
    subprocess.run(run, check=True, capture_output=True)
    import xarray as xr

    return Answer(xr.open_dataset(work / "years.nc").t2m.values)


@query("""load netcdf "DATA/t2m.nc" var t2m | cast float64 | groupby month mean | save netcdf "OUT/climatology.nc" """, rtol=1e-9, why="float64")
def climatology(data, work):
    """CDO takes the file as a climatology, and xarray finds the intervals of the months in it."""
    import numpy as np
    import xarray as xr

    ours = str(work / "climatology.nc")
    subprocess.run(["cdo", "-s", "--double", "-b", "F64", "-f", "nc4", "ymonmean", str(data / "t2m.nc"), str(work / "means.nc")], check=True, capture_output=True)
    for made, other in [("subtracted.nc", ours), ("wanted.nc", str(work / "means.nc"))]:
        run = ["cdo", "-s", "--double", "-b", "F64", "-f", "nc4", "ymonsub", str(data / "t2m.nc"), other, str(work / made)]
        subprocess.run(run, check=True, capture_output=True)
    found, wanted = (opened(work / name).t2m for name in ("subtracted.nc", "wanted.nc"))
    assert found.size == wanted.size > 0 and np.allclose(found, wanted, atol=1e-3), "CDO subtracts something else"
    with xr.open_dataset(ours) as seen:
        assert seen.t2m.attrs["cell_methods"].endswith("time: mean within years time: mean over years"), seen.t2m.attrs
        assert seen.attrs["history"].split("\n")[0].endswith('save netcdf "' + ours + '"'), seen.attrs
        starts, ends = seen.climatology_bnds.values.T
        assert (starts == seen.time.values).all() and (ends > starts).all(), seen.climatology_bnds
    cube = opened(data / "t2m.nc").t2m
    return Answer(cube.groupby("time.month").mean().values, list(range(1, 13)))


# Tables.


@query(
    RAIN + """ | resample 1mo sum | zonal "DATA/basin.geojson" [mean count max min] by name exact | save parquet "OUT/zone.parquet" """,
    rtol=2e-6,
    why="exactextract keeps shares as float32",
)
def zone(data, work):
    import numpy as np
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    cube, _, (x0, dx, _, y0, _, dy) = rain(data)
    months = cube.resample(time="MS")
    sums = months.sum().where(months.count() > 0)
    feature = json.loads((data / "basin.geojson").read_text())["features"][0]
    rows = []
    for step in sums.values:
        height, width = step.shape
        source = NumPyRasterSource(step, xmin=x0, xmax=x0 + dx * width, ymin=y0 + dy * height, ymax=y0)
        found = exact_extract(source, [feature], ["mean", "count", "max", "min"])[0]["properties"]
        rows.append([found[k] for k in ("mean", "count", "max", "min")])
    keys = [f"{t} the basin rain" for t in text(sums.time)]
    return Answer(np.array(rows)[:, :, None, None], keys)


@query(
    RAIN + """ | head 2 | map p = _ | zonal "DATA/basin.geojson" count by name geometry | save parquet "OUT/zone_shapes.parquet" """
)
def zone_shapes(data, work):
    import numpy as np
    from rasterio.features import rasterize
    from rasterio.transform import Affine

    shapes(work / "zone_shapes.parquet", data / "basin.geojson", "name", 4326)
    cube, days, transform = rain(data)
    feature = json.loads((data / "basin.geojson").read_text())["features"][0]
    inside = rasterize([feature["geometry"]], cube.shape[1:], transform=Affine.from_gdal(*transform), dtype="uint8") == 1
    count = [(~np.isnan(cube.values[step]) & inside).sum() for step in (0, 1)]
    return Answer(np.array(count, dtype="f8")[:, None, None, None], [f"{day} the basin p" for day in days[:2]])


DAILY = RAIN + """ | map p = _, q = _ / 2 + 1 | reduce mean over space weights none | rename rain = mean
    | derive month = month(time)"""


def daily_rows(data):
    """The means of the days as a table of pandas, a row a day and band."""
    import pandas as pd

    cube, _, _ = rain(data)
    means = cube.mean(("y", "x")).to_series()
    frame = pd.concat([means.rename("p"), (means / 2 + 1).rename("q")], axis=1).stack().rename("rain")
    frame = frame.rename_axis(["time", "band"]).reset_index()
    return frame.assign(month=frame.time.dt.month)


@query(
    DAILY + """ | groupby [month band] [mean sum max std1 median count first] | save parquet "OUT/band_months.parquet" """,
    rtol=1e-6,
    atol=1e-9,
    why=F32,
)
def band_months(data, work):
    import numpy as np

    groups = daily_rows(data).groupby(["month", "band"]).rain
    columns = [groups.mean(), groups.sum(min_count=1), groups.max(), groups.std(), groups.median(), groups.count(), groups.first()]
    numbers = np.column_stack([np.asarray(c, dtype="f8") for c in columns])
    return Answer(numbers[:, :, None, None], [f"{month} {band}" for month, band in columns[0].index])


@query(
    "let all = "
    + DAILY
    + """
$all | join ($all | groupby [band month] mean) by [band month] as normal | derive anomaly = rain - normal_rain_mean
    | filter rain > 1 and anomaly > 0.5 and time >= @2024-02 | sort [rain band] descending | head 40
    | select time band rain anomaly | save csv "OUT/wettest_days.csv" """,
    rtol=1e-6,
    atol=1e-6,
    why="CSV holds float32 in as few digits as tell it apart",
)
def wettest_days(data, work):
    import numpy as np

    frame = daily_rows(data)
    normal = frame.groupby(["band", "month"]).rain.mean().rename("normal").reset_index()
    frame = frame.merge(normal, on=["band", "month"], how="left")
    frame = frame.assign(anomaly=frame.rain - frame.normal)
    frame = frame[(frame.rain > 1) & (frame.anomaly > 0.5) & (frame.time >= "2024-02")]
    frame = frame.sort_values(["rain", "band"], ascending=False, kind="stable").head(40)
    assert len(frame) > 10, "too few rows to tell anything"
    keys = [f"{str(t)[:10]} {band}" for t, band in zip(frame.time, frame.band)]
    return Answer(np.column_stack([frame.rain, frame.anomaly])[:, :, None, None], keys)


@query("""load netcdf "DATA/t2m.nc" var t2m | head 6 | at lonlat 9.05 47.05 | save csv "OUT/here.csv" """, rtol=1e-6, why="float32 printed in full")
def here(data, work):
    import numpy as np

    series = opened(data / "t2m.nc").t2m.sel(lon=9.05, lat=47.05, method="nearest")[:6]
    numbers = np.column_stack([np.full(6, 9.05), np.full(6, 47.05), series.values])
    return Answer(numbers[:, :, None, None], [f"{t} t2m" for t in text(series.time)])


if __name__ == "__main__":
    main()
