"""Queries on real data, each beside a computation of the same answer by other tools."""

import re
import subprocess
import warnings
from datetime import datetime
from pathlib import Path

from harness import Answer, beside, main, query, raster
from rasters import centers, dated, days

F32 = "float32 results of sums in another order"


def gdalwarp(source, target, *args):
    subprocess.run(["gdalwarp", "-q", "-et", "0", "-overwrite", *args, str(source), str(target)], check=True)
    return raster(target)


# A missing pixel of one band says nothing of the others.
APART = ["-wo", "UNIFIED_SRC_NODATA=NO"]


def touched(centers, half, low, high):
    """The pixels that a range touches."""
    return (centers + half > low) & (centers - half < high)


def moved(transform, columns, rows):
    """The transform of a window that begins at these."""
    x0, dx, _, y0, _, dy = transform
    return (x0 + dx * columns, dx, 0.0, y0 + dy * rows, 0.0, dy)


def grouped(values, keys, reduce):
    import numpy as np

    keys = np.array(keys)
    order = sorted(set(keys.tolist()))
    return np.stack([reduce(values[keys == k]) for k in order]), order


def nanmean(v):
    import numpy as np

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.nanmean(v, axis=0)


# Files.


@query(
    """load files "DATA/coello_daily/prec/*.tif" | groupby month mean | save zarr "OUT/coello_months.zarr" """,
    rtol=1e-6,
    why=F32,
)
def coello_months(data, work):
    values, dates, transform = dated(data / "coello_daily/prec")
    means, months = grouped(values, [d.month for d in dates], nanmean)
    return Answer(means, months, transform, 32618)


@query(
    """load files "DATA/coello_daily/temp/*.tif" | map t = _ | resample "10D" [min max]
    | save netcdf "OUT/coello_extremes.nc" """
)
def coello_extremes(data, work):
    import numpy as np
    import xarray as xr

    values, dates, transform = dated(data / "coello_daily/temp")
    cube = xr.DataArray(values, dims=("time", "y", "x"), coords={"time": dates}).resample(time="10D")
    low, high = cube.min(), cube.max()
    return Answer(np.stack([low, high], axis=1), days(low.time.values.astype("datetime64[us]").tolist()), transform, 32618)


@query(
    """let evap = load files "DATA/coello_daily/evap/*.tif" | map e = _
    load files "DATA/coello_daily/prec/*.tif" | map p = _ | join $evap | map w = p - e
    | resample 1mo sum min_count 28 | save netcdf "OUT/coello_balance.nc" """,
    rtol=2e-6,
    atol=2e-5,
    why="differences are rounded to float32 before they are summed",
)
def coello_balance(data, work):
    import numpy as np

    prec, dates, transform = dated(data / "coello_daily/prec")
    evap, _, _ = dated(data / "coello_daily/evap")
    total = lambda v: np.where((~np.isnan(v)).sum(axis=0) >= 28, np.nansum(v, axis=0), np.nan)
    sums, months = grouped(prec - evap, [d.month for d in dates], total)
    return Answer(sums, [f"2009-{m:02}-01" for m in months], transform, 32618)


@query(
    """load files "DATA/coello_daily/temp/*.tif" | map t = _ | reduce [p10 median p90 std1 count]""",
    rtol=1e-6,
    why="quantiles and spreads are stored as float32",
)
def coello_quantiles(data, work):
    import numpy as np

    values, _, transform = dated(data / "coello_daily/temp")
    valid = ~np.isnan(values).all(axis=0)
    bands = np.full((5, *valid.shape), np.nan)
    for i, q in enumerate([10, 50, 90]):
        bands[i][valid] = np.nanpercentile(values[:, valid], q, axis=0)
    bands[3][valid] = np.nanstd(values[:, valid], axis=0, ddof=1)
    bands[4] = (~np.isnan(values)).sum(axis=0)
    return Answer(bands[None], None, transform, 32618)


@query("""load files "DATA/rhine_daily/qtot/*.tif" | map q = _ | reduce [sum max argmax count]""")
def rhine_sums(data, work):
    import numpy as np

    values, dates, transform = dated(data / "rhine_daily/qtot")
    missing = np.isnan(values).all(axis=0)
    since = np.array([(d - datetime(1970, 1, 1)).days for d in dates], dtype="f8")
    first = since[np.argmax(np.where(np.isnan(values), -np.inf, values), axis=0)]
    bands = [np.nansum(values, axis=0), np.nanmax(np.where(np.isnan(values), -np.inf, values), axis=0), first]
    bands = [np.where(missing, np.nan, b) for b in bands] + [(~np.isnan(values)).sum(axis=0)]
    return Answer(np.stack(bands)[None], None, transform, 4647)


@query(
    """let dem = load files "DATA/rhine_daily/DEM5km_Rhine_burned_fill.tif" | map height = _
    load files "DATA/rhine_daily/mswep/*.tif" | map rain = _ | join $dem | where height > 500 | map wet = rain >= 1
    | sum | fill value 0 | save zarr "OUT/rhine_wet_days.zarr" version 2"""
)
def rhine_wet_days(data, work):
    import numpy as np

    rain, _, transform = dated(data / "rhine_daily/mswep")
    high = raster(data / "rhine_daily/DEM5km_Rhine_burned_fill.tif").values[0, 0] > 500
    return Answer(np.nansum((rain >= 1) & high & ~np.isnan(rain), axis=0)[None], None, transform, 4647)


@query("""load files "DATA/rhine_daily/unpadded" | map rain = _""")
def rhine_unpadded(data, work):
    values, dates, transform = dated(data / "rhine_daily/unpadded")
    return Answer(values, days(dates), transform, 4647)


@query("""load files "DATA/rhine_daily/ascii/*.asc" | step 2""")
def rhine_ascii(data, work):
    values, dates, transform = dated(data / "rhine_daily/ascii", suffix=".asc")
    return Answer(values[2:3], days(dates[2:3]), transform)


@query("""load files "DATA/modis_sinop/*.jp2" | map ndvi = _ / 10000 | groupby season mean""", rtol=1e-6, atol=1e-8, why=F32)
def modis_seasons(data, work):
    import numpy as np

    values, dates, transform = dated(data / "modis_sinop", suffix=".jp2")
    seasons = ["DJF", "MAM", "JJA", "SON"]
    of = np.array([seasons[d.month % 12 // 3] for d in dates])
    return Answer(np.stack([(values[of == s] / 10000).mean(axis=0) for s in seasons]), seasons, transform)


@query("""load files "DATA/modis_bands/modisraster.tif" bands_as time | groupby year max""")
def modis_years(data, work):
    import numpy as np
    import rasterio

    path = data / "modis_bands/modisraster.tif"
    with rasterio.open(path) as file:
        years = [int(re.search(r"X(\d{4})\.", d).group(1)) for d in file.descriptions]
    step = raster(path)
    values, years = grouped(step.values[0], years, lambda v: np.nanmax(v, axis=0))
    return Answer(values, years, step.transform, 4267)


@query("""load files "DATA/cogs/cog_scale.tif" """, rtol=1e-6, why="physical values of int16 are float32")
def cog_scaled(data, work):
    return Answer(raster(data / "cogs/cog_scale.tif").values)


@query(
    """let red = load files "DATA/landsat_scene/*_B4.tiff" | map red = _
    load files "DATA/landsat_scene/*_B5.tiff" | map nir = _ | join $red | map ndvi = (nir - red) / (nir + red)
    | crop bbox 620000 6830000 640000 6850000 | save zarr "OUT/landsat_ndvi.zarr" chunks [y 128 x 128]""",
    atol=1e-7,
    why="float32",
)
def landsat_ndvi(data, work):
    import numpy as np

    red, nir = (raster(data / f"landsat_scene/LC80030172015001LGN00_{b}.tiff") for b in ("B4", "B5"))
    x, y = centers(red.transform, red.values.shape)
    columns, rows = touched(x, 15, 620000, 640000), touched(y, 15, 6830000, 6850000)
    cut = lambda r: r.values[0, 0][np.ix_(rows, columns)]
    with np.errstate(invalid="ignore"):
        ndvi = (cut(nir) - cut(red)) / (cut(nir) + cut(red))
    return Answer(ndvi[None], None, moved(red.transform, columns.argmax(), rows.argmax()), 32622)


# Grids that are not as usual.


@query("""load files "DATA/global_grids/MSWEP_1979010100.tif" | crop lonlat 5 45 10 50""")
def south_up(data, work):
    import numpy as np

    step = raster(data / "global_grids/MSWEP_1979010100.tif")
    values = step.values[0, 0][::-1]
    x0, dx, _, y0, _, dy = step.transform
    north = (x0, dx, 0.0, y0 + dy * values.shape[0], 0.0, -dy)
    x, y = centers(north, values.shape)
    # A box on pixel edges takes no pixel beside it; the edges of this file are rounded.
    columns, rows = touched(x, dx / 2 - 1e-6, 5, 10), touched(y, dy / 2 - 1e-6, 45, 50)
    return Answer(values[np.ix_(rows, columns)][None], None, moved(north, columns.argmax(), rows.argmax()), 4326)


@query("""load files "DATA/global_grids/noah-precipitation-1979.tif" | crop lonlat -10 40 10 50""")
def across_greenwich(data, work):
    import numpy as np

    step = raster(data / "global_grids/noah-precipitation-1979.tif")
    values = step.values[0, :, 80:100]
    return Answer(np.concatenate([values[..., 700:720], values[..., :20]], axis=-1)[None], None, (-10, 0.5, 0, 50, 0, -0.5), 4326)


@query("""load archive "DATA/zonal_flood/Map1.zip" glob "*.asc" | crop bbox 32600000 5700000 32700000 5720000""")
def zipped_ascii(data, work):
    import numpy as np
    import rasterio

    with rasterio.open(f"zip://{data}/zonal_flood/Map1.zip!Map1.asc") as file:
        transform = file.transform.to_gdal()
        x, y = centers(transform, file.shape)
        half = transform[1] / 2
        columns = np.flatnonzero(touched(x, half, 32600000, 32700000))
        rows = np.flatnonzero(touched(y, half, 5700000, 5720000))
        window = rasterio.windows.Window(columns[0], rows[0], columns.size, rows.size)
        values = file.read(1, window=window, masked=True).astype("f8").filled(np.nan)
    return Answer(values[None], None, moved(transform, columns[0], rows[0]))


# Polygons and warping, as GDAL does.


@query("""load files "DATA/terra_lux/elev.tif" | crop polygon "DATA/terra_lux/lux.shp" """)
def luxembourg(data, work):
    import json

    import numpy as np
    from rasterio.features import geometry_mask
    from rasterio.transform import Affine

    step = raster(data / "terra_lux/elev.tif")
    text = subprocess.run(
        ["ogr2ogr", "-f", "GeoJSON", "/vsistdout/", str(data / "terra_lux/lux.shp")], check=True, capture_output=True
    ).stdout
    shapes = [f["geometry"] for f in json.loads(text)["features"]]
    values = step.values[0, 0]
    outside = geometry_mask(shapes, values.shape, Affine.from_gdal(*step.transform))
    corners = np.array([p for s in shapes for ring in polygons(s) for p in ring])
    x, y = centers(step.transform, values.shape)
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    columns, rows = touched(x, step.transform[1] / 2, west, east), touched(y, step.transform[1] / 2, south, north)
    masked = np.where(outside, np.nan, values)[np.ix_(rows, columns)]
    return Answer(masked[None], None, moved(step.transform, columns.argmax(), rows.argmax()), 4326)


def polygons(geometry):
    many = geometry["type"] == "MultiPolygon"
    return [ring for part in (geometry["coordinates"] if many else [geometry["coordinates"]]) for ring in part]


@query("""load files "DATA/terra_lux/elev.tif" | reproject EPSG:32631 res 700 method bilinear""")
def reprojected(data, work):
    path = data / "terra_lux/elev.tif"
    step = gdalwarp(path, work / "warped.tif", "-t_srs", "EPSG:32631", "-tr", "700", "700", "-r", "bilinear")
    return Answer(step.values, None, step.transform, 32631)


@query("""load files "DATA/cogs/RGB.byte.tif" | reproject EPSG:3857 method cubic""")
def reprojected_rgb(data, work):
    import numpy as np

    # Band by band: with several at once, gdalwarp weighs neighbors of a pixel that is missing in one band otherwise, and
    # a band's answer would depend on the bands beside it.
    steps = []
    for band in ("1", "2", "3"):
        single = work / f"rgb_{band}.vrt"
        source = str(data / "cogs/RGB.byte.tif")
        subprocess.run(["gdal_translate", "-q", "-of", "VRT", "-b", band, source, str(single)], check=True)
        steps.append(gdalwarp(single, work / f"warped_{band}.tif", "-t_srs", "EPSG:3857", "-r", "cubic"))
    return Answer(np.concatenate([s.values for s in steps], axis=1), None, steps[0].transform, 3857)


@query("""load files "DATA/coello_daily/raw/prec/*.tif" | align "DATA/coello_daily/acc4000.tif" method average""")
def aligned(data, work):
    import numpy as np

    like = raster(data / "coello_daily/acc4000.tif")
    x0, dx, _, y0, _, dy = like.transform
    rows, columns = like.values.shape[-2:]
    edges = [x0, y0 + dy * rows, x0 + dx * columns, y0]
    args = ["-t_srs", "EPSG:32618", "-te", *map(repr, edges), "-ts", str(columns), str(rows), "-r", "average"]
    files = sorted((data / "coello_daily/raw/prec").glob("*.tif"))
    steps = [gdalwarp(f, work / "aligned.tif", *args) for f in files]
    values = np.concatenate([s.values for s in steps])
    values[..., beside(files[0], like.transform, (rows, columns), 32618)] = np.nan
    return Answer(values, None, like.transform, 32618)


# NetCDF: calendars, packing, orders of axes.


@query(
    """load netcdf "DATA/climate_nc/A1B_north_america.nc" var air_temperature | resample yearly mean
    | save netcdf "OUT/a1b_years.nc" """,
    rtol=1e-6,
    why=F32,
)
def a1b_years(data, work):
    cube = opened(data / "climate_nc/A1B_north_america.nc").air_temperature[:, ::-1]
    means, years = grouped(cube.values.astype("f8"), [t.year for t in cube.time.values], nanmean)
    return Answer(means, [f"{y}-01-01" for y in years])


@query(
    """load netcdf "DATA/ferret/monthly_navy_winds.cdf" var UWND | resample yearly mean weights days""", rtol=2e-6, atol=1e-6, why=F32
)
def navy_weighted(data, work):
    import numpy as np

    cube = opened(data / "ferret/monthly_navy_winds.cdf").UWND[:, ::-1]
    values, lengths = cube.values.astype("f8"), np.array([t.daysinmonth for t in cube.TIME.values], dtype="f8")
    years = np.array([t.year for t in cube.TIME.values])
    mean = lambda y: np.average(values[years == y], axis=0, weights=lengths[years == y])
    order = sorted(set(years.tolist()))
    return Answer(np.stack([mean(y) for y in order]), [f"{y}-01-01" for y in order])


@query(
    """load netcdf "DATA/climate_nc/tasmax_day_CanESM2_rcp85_r1i1p1_na10kgrid_qm-moving-50bins-detrend_2095.nc" var tasmax
    | filter dayofyear(time) in 59..60 or month(time) == 12 and day(time) == 31"""
)
def noleap_days(data, work):
    name = "tasmax_day_CanESM2_rcp85_r1i1p1_na10kgrid_qm-moving-50bins-detrend_2095.nc"
    cube = opened(data / "climate_nc" / name).tasmax
    cube = cube[[58, 59, 364]].transpose("time", "lat", "lon")
    cube = cube[:, ::-1] if cube.lat[0] < cube.lat[-1] else cube
    return Answer(cube.values, ["2095-02-28", "2095-03-01", "2095-12-31"])


@query(
    """load netcdf "DATA/ferret/coads_climatology.cdf" var [SST AIRT] | groupby season mean
    | save zarr "OUT/coads_year_zero.zarr" """,
    rtol=1e-6,
    why=F32,
)
def coads_year_zero(data, work):
    import numpy as np

    # Months of a year that is no year: xarray does not decode it, cftime does.
    import cftime
    import netCDF4

    with netCDF4.Dataset(data / "ferret/coads_climatology.cdf") as file:
        times = cftime.num2date(file["TIME"][:], file["TIME"].units, "standard", has_year_zero=True)
        bands = [file[v][:].astype("f8").filled(np.nan)[:, ::-1] for v in ("SST", "AIRT")]
    seasons = [t.month % 12 // 3 for t in times]
    means = [grouped(b, seasons, nanmean)[0] for b in bands]
    return Answer(np.stack(means, axis=1), ["DJF", "MAM", "JJA", "SON"])


@query(
    """load netcdf "DATA/ferret/monthly_navy_winds.cdf" var [UWND VWND] | map speed = sqrt(UWND ^ 2 + VWND ^ 2)
    | groupby month mean""",
    rtol=2e-6,
    why="CDO computes in float32 where Rastra computes the mean in float64",
)
def navy_speeds(data, work):
    import netCDF4

    target = work / "speeds.nc"
    chain = ["-ymonmean", "-expr,speed=sqrt(UWND*UWND+VWND*VWND)", str(data / "ferret/monthly_navy_winds.cdf")]
    subprocess.run(["cdo", "-s", "-f", "nc4", *chain, str(target)], check=True, capture_output=True)
    with netCDF4.Dataset(target) as file:
        return Answer(file["speed"][:, ::-1].filled(float("nan")), list(range(1, 13)))


@query(
    """load netcdf "DATA/xarray_data/eraint_uvz.nc" var [z u] at level 500 | crop lonlat -10 35 30 60""",
    rtol=1e-5,
    why="int16 unpacked into float32",
)
def negative_scale(data, work):
    import numpy as np
    import xarray as xr

    cube = xr.open_dataset(data / "xarray_data/eraint_uvz.nc").sel(level=500)
    columns, rows = touched(cube.longitude.values, 0.375, -10, 30), touched(cube.latitude.values, 0.375, 35, 60)
    cube = cube.isel(longitude=columns, latitude=rows)
    return Answer(np.stack([cube.z.astype("f8"), cube.u.astype("f8")], axis=1), None, (-10.125, 0.75, 0, 60.375, 0, -0.75))


@query(
    """load netcdf "DATA/ostia_daily/*.nc" var analysed_sst | crop lonlat -20 -10 20 40 | mean | save netcdf "OUT/ostia_mean.nc" """,
    atol=1e-4,
    why="int16 unpacked into float32 around 290 K",
)
def ostia_mean(data, work):
    import numpy as np
    import xarray as xr

    steps = [xr.open_dataset(p).analysed_sst.astype("f8") for p in sorted((data / "ostia_daily").glob("*.nc"))]
    cube = np.concatenate([s.values for s in steps])[:, ::-1]
    cube = np.concatenate([cube[..., 1360:], cube[..., :80]], axis=-1)[:, 200:400]
    return Answer(nanmean(cube)[None], None, (-20, 0.25, 0, 40, 0, -0.25))


@query(
    """load netcdf "DATA/climate_nc/bcsd_obs_1999.nc" var [pr tas] | resample "QS" max""",
)
def bcsd_quarters(data, work):
    import numpy as np
    import xarray as xr

    cube = xr.open_dataset(data / "climate_nc/bcsd_obs_1999.nc")
    cube = cube.isel(latitude=slice(None, None, -1)) if cube.latitude[0] < cube.latitude[-1] else cube
    quarters = cube.resample(time="QS").max()
    values = np.stack([quarters.pr, quarters.tas], axis=1)
    return Answer(values, days(quarters.time.values.astype("datetime64[us]").tolist()), (-85, 0.125, 0, 37.125, 0, -0.125))


@query("""load netcdf "DATA/climate_nc/3B42_Daily.19991231.7.test.nc" var precipitation""")
def transposed(data, work):
    import xarray as xr

    cube = xr.open_dataset(data / "climate_nc/3B42_Daily.19991231.7.test.nc").precipitation.transpose("lat", "lon")
    cube = cube[::-1] if cube.lat[0] < cube.lat[-1] else cube
    return Answer(cube.values[None])


@query(
    """load netcdf "DATA/climate_nc/air.nc" var air | groupby hour [mean std1] | save zarr "OUT/air_hours.zarr" version 2""",
    rtol=3e-6,
    why="int16 unpacked into float32",
)
def air_hours(data, work):
    import numpy as np
    import xarray as xr

    hours = xr.open_dataset(data / "climate_nc/air.nc").air.astype("f8").groupby("time.hour")
    mean, std = hours.mean(), hours.std(ddof=1)
    return Answer(np.stack([mean, std], axis=1), mean.hour.values.tolist(), (248.75, 2.5, 0, 76.25, 0, -2.5))


@query(
    """load netcdf "DATA/climate_nc/air.nc" var air | resample monthly mean""",
    rtol=1e-6,
    why="CDO and Rastra unpack into float32",
)
def air_months(data, work):
    import netCDF4

    target = work / "months.nc"
    subprocess.run(
        ["cdo", "-s", "-b", "F64", "monmean", str(data / "climate_nc/air.nc"), str(target)], check=True, capture_output=True
    )
    with netCDF4.Dataset(target) as file:
        return Answer(file["air"][:].filled(float("nan")))


@query("""load netcdf "DATA/xarray_data/basin_mask.nc" var basin at Z 100""")
def signed_bytes(data, work):
    import xarray as xr

    cube = xr.open_dataset(data / "xarray_data/basin_mask.nc").basin.sel(Z=100)[::-1]
    return Answer(cube.values[None], None, (0, 1, 0, 90, 0, -1))


def opened(path):
    import xarray as xr

    return xr.open_dataset(path, decode_times=xr.coders.CFDatetimeCoder(use_cftime=True))


# Zarr.


@query(
    """load zarr "DATA/chl_zarr2/cube-1-250-250.zarr" var [conc_chl kd489] | crop lonlat 1 51 2.5 52 | mean
    | save zarr "OUT/absent_chunks.zarr" """,
    rtol=1e-12,
    why="float64 sums in another order",
)
def absent_chunks(data, work):
    import numpy as np
    import xarray as xr

    cube = xr.open_zarr(data / "chl_zarr2/cube-1-250-250.zarr")
    half = 0.00125 - 1e-9
    columns, rows = touched(cube.lon.values, half, 1, 2.5), touched(cube.lat.values, half, 51, 52)
    cube = cube.isel(lon=columns, lat=rows)
    return Answer(np.stack([nanmean(cube[v].values) for v in ("conc_chl", "kd489")])[None])


@query(
    """load zarr "DATA/zarr3_a1b.zarr" var air_temperature | time 1990..1999 | groupby month [mean std]""",
    rtol=3e-6,
    why=F32,
)
def zarr_three(data, work):
    import numpy as np
    import xarray as xr

    cube = xr.open_zarr(data / "zarr3_a1b.zarr", decode_times=xr.coders.CFDatetimeCoder(use_cftime=True))
    # A step stands for the year between its bounds, of which a part lies in the nineties for eleven.
    # Every year begins and ends with the first of December.
    inside = [start.year < 2000 and end.year >= 1990 for start, end in cube.time_bnds.values]
    cube = cube.air_temperature[:, ::-1]
    cube = cube[inside]
    values, months = cube.values.astype("f8"), [t.month for t in cube.time.values]
    mean, order = grouped(values, months, nanmean)
    std, _ = grouped(values, months, lambda v: v.std(axis=0))
    return Answer(np.stack([mean, std], axis=1), order)


# STAC: every scene on a grid of its own.


@query(
    """load stac "DATA/l8ny18_stac/items.json" assets [B4 B5] | crop lonlat -74 40.5 -73 41.2
    | map ndvi = (B5 - B4) / (B5 + B4) | groupby month mean | save zarr "OUT/scenes_ndvi.zarr" """,
    atol=2e-6,
    why="float32",
)
def scenes_ndvi(data, work):
    import json

    import numpy as np
    import rasterio
    import xarray as xr

    # The grid is the one place where Rastra decides: that of most items' system and of the finest pixels.
    x, y = (xr.open_zarr(work / "scenes_ndvi.zarr")[c].values for c in "xy")
    items = json.loads((data / "l8ny18_stac/items.json").read_text())["features"]
    steps, months, finest = [], [], np.inf
    for item in sorted(items, key=lambda i: i["properties"]["datetime"]):
        bands = []
        for asset in ("B4", "B5"):
            with rasterio.open(data / "l8ny18_stac" / item["assets"][asset]["href"]) as file:
                assert file.crs.to_epsg() == 32618
                values = file.read(1, masked=True).astype("f8").filled(np.nan)
                x0, dx, _, y0, _, dy = file.transform.to_gdal()
                finest = min(finest, dx, -dy)
                columns, rows = np.floor((x - x0) / dx).astype(int), np.floor((y - y0) / dy).astype(int)
                inside = np.ix_((rows >= 0) & (rows < file.height), (columns >= 0) & (columns < file.width))
                nodata = item["assets"][asset].get("raster:bands", [{}])[0].get("nodata")
                onto = np.full((y.size, x.size), np.nan)
                onto[inside] = values[rows.clip(0, file.height - 1)][:, columns.clip(0, file.width - 1)][inside]
                bands.append(np.where(onto == nodata, np.nan, onto) if nodata is not None else onto)
        red, nir = bands
        with np.errstate(invalid="ignore", divide="ignore"):
            ndvi = (nir - red) / (nir + red)
        steps.append(np.where(np.isfinite(ndvi), ndvi, np.nan))
        months.append(int(item["properties"]["datetime"][5:7]))
    assert abs((x[1] - x[0]) - finest) < 1e-6 * finest, (x[1] - x[0], finest)
    means, order = grouped(np.stack(steps), months, nanmean)
    return Answer(means, order, None, 32618)


# GeoTIFF.


@query("""load files "DATA/rhine_daily/mswep/*.tif" | map rain = _ | save tif "OUT/rhine_steps.tif/rain_{time:%Y%m%d}.tif" """)
def rhine_steps(data, work):
    values, dates, transform = dated(data / "rhine_daily/mswep")
    names = sorted(p.name for p in (work / "rhine_steps.tif").iterdir())
    assert names == [f"rain_{d:%Y%m%d}.tif" for d in dates], names
    return Answer(values, None, transform, 4647)


@query(
    """load files "DATA/terra_lux/sent2_L2A_2024-08-24.tif" | reproject EPSG:32631 res 900 method average
    | save cog "OUT/lux_cog.tif" blocksize 128 """
)
def lux_cog(data, work):
    path = data / "terra_lux/sent2_L2A_2024-08-24.tif"
    args = ["-t_srs", "EPSG:32631", "-tr", "900", "900", "-r", "average", *APART]
    step = gdalwarp(path, work / "lux_warped.tif", *args)
    step.values[..., beside(path, step.transform, step.values.shape[-2:], 32631)] = float("nan")
    return Answer(step.values, None, step.transform, 32631)


@query(
    """load files "DATA/landsat_scene/*_B5.tiff" | map v = _ | cast uint16 nodata 0 | crop bbox 620000 6830000 640000 6850000
    | save cog "OUT/landsat_cog.tif" compress zstd"""
)
def landsat_cog(data, work):
    import numpy as np
    import rasterio

    step = raster(data / "landsat_scene/LC80030172015001LGN00_B5.tiff")
    x, y = centers(step.transform, step.values.shape)
    columns, rows = touched(x, 15, 620000, 640000), touched(y, 15, 6830000, 6850000)
    values = step.values[0, 0][np.ix_(rows, columns)]
    with rasterio.open(work / "landsat_cog.tif") as file:
        assert file.dtypes == ("uint16",) and file.overviews(1) and file.compression.name == "zstd", file.profile
    return Answer(np.where(values == 0, np.nan, values)[None], None, moved(step.transform, columns.argmax(), rows.argmax()), 32622)


if __name__ == "__main__":
    import along_time  # noqa: F401  their queries are of this list too
    import messages  # noqa: F401
    import space  # noqa: F401
    import tables  # noqa: F401

    # Of files that are odd on purpose.
    warnings.filterwarnings("ignore", module="xarray|cftime|along_time|__main__")
    main()
