"""Tables on real data, each beside exactextract, rasterio, xarray or CDO; read back by pandas from every format."""

import json
import subprocess

from harness import Answer, query, raster
from rasters import centers, dated, days, shapes

SHARES = "exactextract keeps shares as float32"


def features(path, epsg=None):
    """The features of a vector file as GeoJSON, in another system where asked, to the last digit."""
    system = ["-t_srs", f"EPSG:{epsg}"] if epsg else []
    digits = ["-lco", "RFC7946=NO", "-lco", "COORDINATE_PRECISION=17"]
    run = ["ogr2ogr", "-f", "GeoJSON", *digits, *system, "/vsistdout/", str(path)]
    text = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    return json.loads(text)["features"]


def rows(keys, *columns):
    """The answer of a table: a line a row, and the numbers of its columns."""
    import numpy as np

    numbers = np.array([np.asarray(c, dtype="f8") for c in columns]).T
    return Answer(numbers[:, :, None, None], [" ".join(str(k) for k in key) for key in keys])


def extracted(values, transform, shapes, statistics):
    """What exactextract says of steps of one band, step by step and shape by shape."""
    import numpy as np
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    x0, dx, _, y0, _, dy = transform
    out = []
    for step in values:
        height, width = step.shape
        source = NumPyRasterSource(step, xmin=x0, xmax=x0 + dx * width, ymin=y0 + dy * height, ymax=y0)
        shapes = [{"type": "Feature", "properties": {}, "geometry": f["geometry"]} for f in shapes]
        for answer in exact_extract(source, shapes, list(statistics.values())):
            properties = answer["properties"]
            # Columns are called by the statistic, quantiles by their number.
            name = lambda s: "quantile_" + f"{float(s[11:-1]) * 100:.0f}" if s.startswith("quantile") else s
            out.append([properties[name(s)] for s in statistics.values()])
    return np.array(out, dtype="f8").T


STATISTICS = {
    "mean": "mean",
    "sum": "sum",
    "count": "count",
    "min": "min",
    "max": "max",
    "std": "stdev",
    "var": "variance",
    "median": "median",
    "p10": "quantile(q=0.1)",
    "p90": "quantile(q=0.9)",
}


@query(
    f"""load files "DATA/coello_daily/temp/*.tif" | cast float64 | map t = _ + x / 1e7 + 3 * y / 1e7
    | zonal "DATA/coello_daily/coello_polygons.geojson" [{" ".join(STATISTICS)}] by columns3 exact
    | save parquet "OUT/coello_zones_exact.parquet" """,
    rtol=2e-6,
    atol=1e-6,
    why=SHARES,
)
def coello_zones_exact(data, work):
    """No two pixels are equal: of equal ones exactextract makes one, so that its median of 1, 1, 1, 2 is 1.5."""
    values, dates, transform = dated(data / "coello_daily/temp")
    x, y = centers(transform, values.shape)
    values = values + x / 1e7 + 3 * y[:, None] / 1e7
    shapes = features(data / "coello_daily/coello_polygons.geojson")
    keys = [(d, f["properties"]["columns3"], "t") for d in days(dates) for f in shapes]
    return rows(keys, *extracted(values, transform, shapes, STATISTICS))


@query(
    """load files "DATA/coello_daily/temp/*.tif" | map t = _
    | zonal "DATA/coello_daily/coello_polygons.geojson" [mean sum count min max std1 median p90 range] by columns3 keep_empty
    | save csv "OUT/coello_zones_centers.csv" """,
    rtol=1e-7,
    why="CSV holds float32 in as few digits as tell it apart",
)
def coello_zones_centers(data, work):
    """As rasterstats: the pixels that GDAL burns for each feature."""
    import numpy as np
    from rasterio.features import rasterize
    from rasterio.transform import Affine

    values, dates, transform = dated(data / "coello_daily/temp")
    shapes = features(data / "coello_daily/coello_polygons.geojson")
    keys, columns = [], []
    for step, day in zip(values, days(dates)):
        for f in shapes:
            inside = rasterize([f["geometry"]], step.shape, transform=Affine.from_gdal(*transform), dtype="uint8") == 1
            v = step[inside]
            v = v[~np.isnan(v)]
            keys.append((day, f["properties"]["columns3"], "t"))
            some = [v.mean(), v.sum(), len(v), v.min(), v.max()]
            columns.append([*some, v.std(ddof=1) if len(v) > 1 else np.nan, np.median(v), np.quantile(v, 0.9), np.ptp(v)])
    return rows(keys, *np.array(columns).T)


@query(
    """load files "DATA/terra_lux/sent2_L2A_2024-08-24.tif"
    | zonal "DATA/terra_lux/lux.shp" [mean count std max] by NAME_2 exact geometry
    | save parquet "OUT/lux_cantons.parquet" """,
    rtol=2e-6,
    atol=1e-6,
    why=SHARES,
)
def lux_cantons(data, work):
    import numpy as np

    shapes(work / "lux_cantons.parquet", data / "terra_lux/lux.shp", "NAME_2", 4326)
    step = raster(data / "terra_lux/sent2_L2A_2024-08-24.tif")
    found = features(data / "terra_lux/lux.shp")
    names = ["mean", "count", "std", "max"]
    wanted = {name: STATISTICS[name] for name in names}
    # Bands within zones.
    bands = [extracted(step.values[:, b], step.transform, found, wanted) for b in range(4)]
    columns = np.stack(bands, axis=2).reshape(len(names), -1)
    keys = [("2024-08-24", f["properties"]["NAME_2"], b) for f in found for b in ["B02", "B03", "B04", "B08"]]
    return rows(keys, *columns)


@query(
    """load netcdf "DATA/ostia_daily/*.nc" var sst_anomaly | head 2
    | zonal "DATA/vectors/ne_110m_admin_0_map_units.shp" [mean count max] by NAME exact keep_empty
    | save parquet "OUT/coasts_of_the_world.parquet" compress zstd""",
    rtol=2e-6,
    atol=2e-6,
    why=SHARES,
)
def coasts_of_the_world(data, work):
    """Longitudes of 0 to 360 under polygons of -180 to 180."""
    import numpy as np
    import xarray as xr

    steps = []
    for path in sorted((data / "ostia_daily").glob("*.nc"))[:2]:
        values = xr.open_dataset(path, decode_times=False)["sst_anomaly"].values.squeeze()[::-1].astype("f8")
        steps.append(np.roll(values, 720, axis=1))
    shapes = features(data / "vectors/ne_110m_admin_0_map_units.shp")
    wanted = {name: STATISTICS[name] for name in ["mean", "count", "max"]}
    columns = extracted(np.stack(steps), (-180, 0.25, 0, 90, 0, -0.25), shapes, wanted)
    times = ["2017-06-05T12:00", "2017-06-06T12:00"]
    return rows([(t, f["properties"]["NAME"], "sst_anomaly") for t in times for f in shapes], *columns)


@query(
    """load netcdf "DATA/climate_nc/air.nc" var air | reduce [mean std var min max sum median count] over space
    | save parquet "OUT/air_fldmean.parquet" """,
    rtol=5e-5,
    why="CDO bounds its cells by great circles instead of parallels",
)
def air_fldmean(data, work):
    import numpy as np

    source = f"-setmissval,-9e33 -unpack -selname,air {data / 'climate_nc/air.nc'}"
    columns = [cdo(work, f"-{op} {source}") for op in ["fldmean", "fldstd", "fldvar", "fldmin", "fldmax", "fldsum", "fldmedian"]]
    count = np.full(len(columns[0]), 11 * 21)
    run = subprocess.run(["cdo", "-s", "showtimestamp", *source.split()], check=True, capture_output=True, text=True)
    times = [t.removesuffix(":00").removesuffix("T00:00") for t in run.stdout.split()]
    return rows([(t, "air") for t in times], *columns, count)


@query(
    """load netcdf "DATA/climate_nc/air.nc" var air | reduce [mean std] over space | save json "OUT/air_by_area.json" """,
    rtol=1e-7,
    atol=5e-6,
    why="packed values are read as float32",
)
def air_by_area(data, work):
    """By the areas between parallels, exactly."""
    import numpy as np
    import xarray as xr

    air = xr.open_dataset(data / "climate_nc/air.nc")["air"].astype("f8")
    edge = lambda shift: np.sin(np.radians(air.lat.astype("f8") + shift))
    by_area = air.weighted(edge(1.25) - edge(-1.25))
    times = [t.isoformat() for t in air.time.values.astype("datetime64[us]").tolist()]
    times = [t.removesuffix(":00").removesuffix("T00:00") for t in times]
    dims = ("lat", "lon")
    return rows([(t, "air") for t in times], by_area.mean(dims).values, by_area.std(dims).values)


def cdo(work, arguments):
    import xarray as xr

    path = work / "cdo.nc"
    subprocess.run(["cdo", "-s", "-O", "-b", "F64", "-f", "nc4", *arguments.split(), str(path)], check=True, capture_output=True)
    with xr.open_dataset(path, decode_times=False) as file:
        return file["air"].values.reshape(-1).copy()


@query(
    """load files "DATA/coello_daily/prec/*.tif" | map p = _
    | extract "DATA/coello_daily/coello-gauges.geojson" by id | save parquet "OUT/coello_gauges.parquet" """
)
def coello_gauges(data, work):
    import xarray as xr

    return gauges(data, lambda cube, x, y: cube.sel(x=xr.DataArray(x), y=xr.DataArray(y), method="nearest"))


@query(
    """load files "DATA/coello_daily/prec/*.tif" | map p = _
    | extract "DATA/coello_daily/coello-gauges.geojson" by id method bilinear | save csv "OUT/coello_between.csv" delimiter ";" """,
    rtol=1e-9,
    atol=1e-9,
    why="the same four products in another order",
)
def coello_between(data, work):
    """Beside gaps the valid neighbors count, unless the nearest pixel is missing; beyond the outermost centers there is no
    second pixel."""
    import xarray as xr

    def between(cube, x, y):
        clipped = lambda v, axis: xr.DataArray(v.clip(float(axis.min()), float(axis.max())))
        at = {"x": clipped(x, cube.x), "y": clipped(y, cube.y)}
        weights = cube.notnull().astype("f8").interp(at)
        return (cube.fillna(0).interp(at) / weights).where(cube.sel(at, method="nearest").notnull())

    return gauges(data, between)


def gauges(data, pick):
    """Points outside are missing in every step."""
    import numpy as np
    import xarray as xr

    values, dates, transform = dated(data / "coello_daily/prec")
    x, y = centers(transform, values.shape)
    cube = xr.DataArray(values, dims=("time", "y", "x"), coords={"x": x, "y": y})
    points = features(data / "coello_daily/coello-gauges.geojson")
    px, py = np.array([f["geometry"]["coordinates"] for f in points]).T
    inside = (abs(px - (x[0] + x[-1]) / 2) <= 7 * 4000) & (abs(py - (y[0] + y[-1]) / 2) <= 6.5 * 4000)
    found = np.where(inside[None], pick(cube, px, py).values, np.nan)
    keys = [(d, f["properties"]["id"], "p") for d in days(dates) for f in points]
    every = lambda v: np.tile(v, len(dates))
    return rows(keys, every(px), every(py), found.reshape(-1))


GAUGES = """let all = load files "DATA/coello_daily/prec/*.tif" | map p = _
    | extract "DATA/coello_daily/coello-gauges.geojson" by id | rename rain = value
let dated = $all | derive month = month(time), year = year(time)
"""


def gauge_rows(data):
    """The pixels at the gauges as a table of pandas."""
    import pandas as pd
    import xarray as xr

    answer = gauges(data, lambda cube, x, y: cube.sel(x=xr.DataArray(x), y=xr.DataArray(y), method="nearest"))
    values, dates, _ = dated(data / "coello_daily/prec")
    points = features(data / "coello_daily/coello-gauges.geojson")
    ids = [f["properties"]["id"] for f in points] * len(dates)
    frame = pd.DataFrame({"time": pd.to_datetime(dates).repeat(len(points)), "id": ids, "rain": answer.values[:, 2, 0, 0]})
    return frame.assign(month=frame.time.dt.month, year=frame.time.dt.year)


@query(
    GAUGES
    + """$dated | groupby [id month] [mean sum min max std1 var median p90 count first last] | derive band = "p"
    | select id month band rain_mean rain_sum rain_min rain_max rain_std1 rain_var rain_median rain_p90 rain_count rain_first rain_last
    | save parquet "OUT/gauge_months.parquet" """,
    rtol=2e-7,
    atol=1e-9,
    why="sums of float32 in another order",
)
def gauge_months(data, work):
    groups = gauge_rows(data).groupby(["id", "month"]).rain
    columns = [groups.mean(), groups.sum(min_count=1), groups.min(), groups.max(), groups.std(), groups.var(ddof=0)]
    columns += [groups.median(), groups.quantile(0.9), groups.count(), groups.first(), groups.last()]
    return rows([(*key, "p") for key in columns[0].index], *columns)


@query(
    GAUGES
    + """$dated | join ($dated | groupby [id month] mean) by [id month] as normal
    | derive ratio = rain / normal_rain_mean, anomaly = rain - normal_rain_mean, wet = rain > 10 or anomaly > 5
    | filter wet == 1 and time >= @2004 and not (id in [1 2]) | sort [rain id time] descending | head 200
    | select time id band rain anomaly ratio | save csv "OUT/gauge_wettest.csv" """,
    rtol=1e-6,
    atol=1e-6,
    why="CSV holds float32 in as few digits as tell it apart",
)
def gauge_wettest(data, work):
    frame = gauge_rows(data)
    normal = frame.groupby(["id", "month"]).rain.mean().rename("normal").reset_index()
    frame = frame.merge(normal, on=["id", "month"], how="left")
    frame = frame.assign(anomaly=frame.rain - frame.normal, ratio=frame.rain / frame.normal)
    frame = frame[((frame.rain > 10) | (frame.anomaly > 5)) & (frame.time >= "2004") & ~frame.id.isin([1, 2])]
    frame = frame.sort_values(["rain", "id", "time"], ascending=False, kind="stable").head(200)
    keys = [(str(t)[:10], i, "p") for t, i in zip(frame.time, frame.id)]
    return rows(keys, frame.rain, frame.anomaly, frame.ratio)


@query(
    """load files "DATA/rhine_daily/mswep/*.tif" | map p = _
    | overlay "DATA/rhine_daily/germany-classes.tif" [mean sum count min max std] | save csv "OUT/rhine_classes.csv" """,
    rtol=1e-7,
    why="CSV holds float32 in as few digits as tell it apart",
)
def rhine_classes(data, work):
    import numpy as np

    values, dates, _ = dated(data / "rhine_daily/mswep")
    classes = raster(data / "rhine_daily/germany-classes.tif").values[0, 0]
    keys, columns = [], []
    for step, day in zip(values, days(dates)):
        for c in np.unique(classes[~np.isnan(classes)]):
            v = step[classes == c]
            v = v[~np.isnan(v)]
            keys.append((day, f"{c:g}", "p"))
            some = [v.mean(), v.sum(), len(v), v.min(), v.max(), v.std()] if len(v) else [*[np.nan] * 2, 0, *[np.nan] * 3]
            columns.append(some)
    return rows(keys, *np.array(columns).T)


@query(
    """load netcdf "DATA/climate_nc/tasmax_day_CanESM2_rcp85_r1i1p1_na10kgrid_qm-moving-50bins-detrend_2095.nc" var tasmax
    | time 2095-02..2095-03 | at lonlat -73.5 44.3 | save csv "OUT/model_days.csv" """,
    rtol=1e-7,
    why="float32 printed to its last digit",
)
def model_days(data, work):
    """Dates of a calendar without leap days are text."""
    import numpy as np
    import xarray as xr

    path = next((data / "climate_nc").glob("tasmax_day*.nc"))
    cube = xr.open_dataset(path)["tasmax"].sel(lon=-73.5, lat=44.3, method="nearest").sel(time=slice("2095-02", "2095-03"))
    times = [t.isoformat().removesuffix(":00").removesuffix("T00:00") for t in cube.time.values]
    every = lambda v: np.full(len(times), v)
    return rows([(t, "tasmax") for t in times], every(-73.5), every(44.3), cube.values)
