"""Queries along time: windows, anomalies, trends; beside xarray, CDO, scipy and pymannkendall."""

import subprocess
import warnings

from harness import Answer, query, raster

F64 = "float64 sums in another order"
F32 = "stored as float32"


def daily(folder):
    """The daily rasters of Coello as a cube of xarray, rows from north to south."""
    import numpy as np
    import pandas as pd
    import xarray as xr

    files = sorted(folder.glob("*.tif"), key=lambda p: int(p.name.split("_")[0]))
    values = np.concatenate([raster(p).values[:, 0] for p in files])
    return xr.DataArray(values, dims=("time", "y", "x"), coords={"time": pd.date_range("2009-01-01", periods=len(files))})


def opened(path, **options):
    import xarray as xr

    return xr.open_dataset(path, decode_times=xr.coders.CFDatetimeCoder(use_cftime=True), **options)


def cdo(data, work, name, *operators):
    """A chain of operators on a file, its one variable, rows from north to south."""
    target = work / f"{name}.nc"
    subprocess.run(["cdo", "-s", "--double", "-b", "F64", "-f", "nc4", *operators, str(target)], check=True, capture_output=True)
    cube = opened(target)
    band = [v for v in cube.data_vars if "time" in cube[v].dims or cube[v].ndim >= 2][-1]
    found = cube[band].values
    rows = next(d for d in cube[band].dims if cube[d].attrs.get("axis") == "Y")
    return found[:, ::-1] if cube[rows][0] < cube[rows][-1] else found


PREC = 'load files "DATA/coello_daily/prec/*.tif" | map p = _ | where p > 0.5 | cast float64'


def rain(data):
    cube = daily(data / "coello_daily/prec")
    # The source is of float32.
    import numpy as np

    return cube.where(cube.astype("f4") > np.float32(0.5))


@query(PREC + """ | rolling 7 [mean sum std min max] min_count 3""", rtol=1e-9, atol=1e-9, why=F64)
def rolling_weeks(data, work):
    import numpy as np

    windows = rain(data).rolling(time=7, min_periods=3)
    return Answer(np.stack([windows.mean(), windows.sum(), windows.std(), windows.min(), windows.max()], axis=1))


@query(
    """load files "DATA/coello_daily/temp/*.tif" | map t = _ | cast float64 | rolling 10 [mean var prod] center""",
    rtol=1e-9,
    why=F64,
)
def rolling_centered(data, work):
    import numpy as np

    windows = daily(data / "coello_daily/temp").rolling(time=10, center=True)
    return Answer(np.stack([windows.mean(), windows.var(), windows.prod()], axis=1))


@query(PREC + """ | rolling 9 [median p90] center min_count 2""", rtol=1e-12, why="quantiles are interpolated in another order")
def rolling_quantiles(data, work):
    import numpy as np

    windows = rain(data).rolling(time=9, center=True, min_periods=2).construct("w")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        enough = windows.notnull().sum("w") >= 2
        bands = [windows.quantile(q, "w").where(enough).transpose("time", "y", "x") for q in (0.5, 0.9)]
    return Answer(np.stack(bands, axis=1))


@query(
    PREC + """ | filter dayofyear(time) % 7 != 0 and dayofyear(time) % 11 < 8
    | rolling 5d [sum count median]""",
    rtol=1e-9,
    why=F64,
)
def rolling_by_time(data, work):
    import numpy as np

    cube = rain(data)
    of_year = cube.time.dt.dayofyear
    cube = cube[(of_year % 7 != 0) & (of_year % 11 < 8)]
    frame = cube.stack(p=("y", "x")).reset_index("p", drop=True).to_pandas()
    windows = frame.rolling("5D")
    bands = [windows.sum(), windows.count(), windows.median()]
    bands[0] = bands[0].where(bands[1] > 0)
    return Answer(np.stack([b.values.reshape(cube.shape) for b in bands], axis=1))


@query(
    PREC + """ | filter dayofyear(time) % 7 != 0 and dayofyear(time) % 11 < 8 | rolling 6d [max count] center"""
)
def rolling_by_time_centered(data, work):
    import numpy as np

    cube = rain(data)
    of_year = cube.time.dt.dayofyear
    cube = cube[(of_year % 7 != 0) & (of_year % 11 < 8)]
    frame = cube.stack(p=("y", "x")).reset_index("p", drop=True).to_pandas()
    windows = frame.rolling("6D", center=True)
    return Answer(np.stack([b.values.reshape(cube.shape) for b in (windows.max(), windows.count())], axis=1))


@query(
    """load netcdf "DATA/ferret/monthly_navy_winds.cdf" var UWND | cast float64 | rolling 5 mean center | head 130 | tail 128""",
    rtol=1e-9,
    atol=1e-9,
    why=F64,
)
def running_mean(data, work):
    return Answer(cdo(data, work, "runmean", "-runmean,5", "-selname,UWND", str(data / "ferret/monthly_navy_winds.cdf")))


@query("""load netcdf "DATA/ferret/monthly_navy_winds.cdf" var UWND | rolling 12 max center | head 127 | tail 121""")
def running_maximum(data, work):
    # CDO names a window after its middle, which of twelve is the sixth; here it is the seventh.
    return Answer(cdo(data, work, "runmax", "-runmax,12", "-selname,UWND", str(data / "ferret/monthly_navy_winds.cdf")))


@query(PREC + """ | cumulate [sum count max]""", rtol=1e-12, why=F64)
def cumulated(data, work):
    import numpy as np

    cube = rain(data)
    count = cube.notnull().cumsum("time")
    total = cube.cumsum("time").where(count > 0)
    greatest = np.fmax.accumulate(cube.values)
    return Answer(np.stack([total.values, count.values, greatest], axis=1))


@query(
    """load netcdf "DATA/ferret/monthly_navy_winds.cdf" var UWND | cast float64 | cumulate sum""",
    rtol=1e-9,
    atol=1e-9,
    why=F64,
)
def cumulated_by_cdo(data, work):
    return Answer(cdo(data, work, "timcumsum", "-timcumsum", "-selname,UWND", str(data / "ferret/monthly_navy_winds.cdf")))


@query(PREC + """ | shift 3""")
def shifted(data, work):
    return Answer(rain(data).shift(time=3).values)


@query(PREC + """ | shift -40""")
def shifted_back(data, work):
    return Answer(rain(data).shift(time=-40).values)


@query(PREC + """ | diff 7""")
def weekly_change(data, work):
    cube = rain(data)
    return Answer((cube - cube.shift(time=7)).values)


@query(PREC + """ | diff | tail 99""")
def daily_change(data, work):
    return Answer(rain(data).diff("time").values)


UNEVEN = PREC + " | filter dayofyear(time) % 5 != 0 and dayofyear(time) % 9 < 7"


def uneven(data):
    cube = rain(data)
    of_year = cube.time.dt.dayofyear
    return cube[(of_year % 5 != 0) & (of_year % 9 < 7)]


@query(UNEVEN + """ | fill time linear""", rtol=1e-12, atol=1e-12, why="interpolated in another order")
def filled_by_lines(data, work):
    return Answer(uneven(data).interpolate_na("time", use_coordinate=True).values)


@query(UNEVEN + """ | fill time linear max 6d""", rtol=1e-12, atol=1e-12, why="interpolated in another order")
def filled_short_gaps(data, work):
    import pandas as pd

    return Answer(uneven(data).interpolate_na("time", use_coordinate=True, max_gap=pd.Timedelta("6D")).values)


@query(UNEVEN + """ | fill time linear max 3""", rtol=1e-12, atol=1e-12, why="interpolated in another order")
def filled_gaps_of_steps(data, work):
    import numpy as np

    # xarray measures a gap of three missing steps as four.
    cube = uneven(data)
    by_step = cube.assign_coords(time=np.arange(cube.sizes["time"]))
    short = by_step.interpolate_na("time", use_coordinate=True, max_gap=4).notnull().values
    return Answer(np.where(short, cube.interpolate_na("time", use_coordinate=True).values, np.nan))


@query(UNEVEN + """ | fill time previous max 2""")
def carried_two_steps(data, work):
    cube = uneven(data)
    return Answer(cube.stack(p=("y", "x")).reset_index("p", drop=True).to_pandas().ffill(limit=2).values.reshape(cube.shape))


@query(UNEVEN + """ | fill time next""")
def carried_back(data, work):
    cube = uneven(data)
    return Answer(cube.stack(p=("y", "x")).reset_index("p", drop=True).to_pandas().bfill().values.reshape(cube.shape))


@query(UNEVEN + """ | fill time previous max 4d""")
def carried_four_days(data, work):
    import numpy as np

    cube = uneven(data)
    days = np.broadcast_to(cube.time.values.astype("datetime64[D]").astype("f8")[:, None, None], cube.shape)
    since = np.maximum.accumulate(np.where(cube.notnull(), days, -np.inf))
    frame = cube.stack(p=("y", "x")).reset_index("p", drop=True).to_pandas()
    return Answer(np.where(days - since <= 4, frame.ffill().values.reshape(cube.shape), np.nan))


@query(
    """load netcdf "DATA/ferret/monthly_navy_winds.cdf" var UWND | cast float64 | anomaly month""",
    atol=1e-9,
    why=F64,
)
def anomalies_of_months(data, work):
    winds = ["-selname,UWND", str(data / "ferret/monthly_navy_winds.cdf")]
    return Answer(cdo(data, work, "ymonsub", "-ymonsub", *winds, "-ymonmean", *winds))


@query(
    PREC + """ | anomaly weekday""",
    atol=1e-9,
    why=F64,
)
def anomalies_of_weekdays(data, work):
    groups = rain(data).groupby("time.dayofweek")
    return Answer((groups - groups.mean()).transpose("time", "y", "x").values)


@query(
    """load netcdf "DATA/ferret/monthly_navy_winds.cdf" var VWND | cast float64 | anomaly season base 1982..1985 standardized""",
    rtol=1e-8,
    atol=1e-9,
    why=F64,
)
def standardized_seasons(data, work):
    import numpy as np

    cube = opened(data / "ferret/monthly_navy_winds.cdf").VWND[:, ::-1].astype("f8")
    seasons = np.array([t.month % 12 // 3 for t in cube.TIME.values])
    base = np.array([t.year <= 1985 for t in cube.TIME.values])
    out = np.empty(cube.shape)
    for season in range(4):
        normal = cube.values[(seasons == season) & base]
        out[seasons == season] = (cube.values[seasons == season] - normal.mean(axis=0)) / normal.std(axis=0)
    return Answer(out)


# A step a month, as the index counts; a file with a 360-day calendar; a series with gaps.


def fitted(cube, x, fit):
    """What `fit(x, y)` says of every series, its valid values only."""
    import numpy as np

    bands = np.full((4, *cube.shape[1:]), np.nan)
    for at in np.ndindex(cube.shape[1:]):
        y = cube[(slice(None), *at)]
        valid = ~np.isnan(y)
        bands[3][at] = valid.sum()
        if valid.sum() >= 2:
            bands[(slice(0, 3), *at)] = fit(x[valid], y[valid])
    return Answer(bands[None])


def least_squares(x, y):
    from scipy import stats

    line = stats.linregress(x, y)
    return line.slope, line.intercept, line.pvalue if len(x) > 2 else float("nan")


def theil_sen(x, y):
    import pymannkendall
    from scipy import stats

    slope, intercept, _, _ = stats.theilslopes(y, x)
    return slope, intercept, pymannkendall.original_test(y).p


@query(
    """load netcdf "DATA/climate_nc/A1B_north_america.nc" var air_temperature | cast float64 | trend""",
    rtol=1e-7,
    atol=1e-12,
    why="sums of squares in another order; probabilities below 1e-12 are nothing",
)
def trend_of_years(data, work):
    import numpy as np

    cube = opened(data / "climate_nc/A1B_north_america.nc").air_temperature[:, ::-1].astype("f8")
    # Years of 360 days are equally long, and the steps a year apart.
    return fitted(cube.values, np.arange(cube.shape[0], dtype="f8"), least_squares)


@query(
    """load netcdf "DATA/climate_nc/A1B_north_america.nc" var air_temperature | cast float64 | trend per step
    | select intercept slope""",
    rtol=1e-7,
    why="CDO sums in another order",
)
def trend_of_cdo(data, work):
    import numpy as np

    source = str(data / "climate_nc/A1B_north_america.nc")
    parts = [work / "trend_a.nc", work / "trend_b.nc"]
    command = ["cdo", "-s", "--double", "-b", "F64", "-f", "nc4", "trend", "-selname,air_temperature", source, *map(str, parts)]
    subprocess.run(command, check=True, capture_output=True)
    bands = [opened(p).air_temperature.values.reshape(37, 49)[::-1] for p in parts]
    return Answer(np.stack(bands)[None])


@query(
    PREC + """ | trend linear per day min_count 2""",
    rtol=1e-7,
    atol=1e-12,
    why="sums of squares in another order; probabilities below 1e-12 are nothing",
)
def trend_with_gaps(data, work):
    import numpy as np

    return fitted(rain(data).values, np.arange(100.0), least_squares)


@query(
    """load netcdf "DATA/climate_nc/sst_ndjfm_anom.nc" var sst | cast float64 | trend sen""",
    rtol=1e-9,
    atol=1e-12,
    why="slopes are divided in another order",
)
def sen_of_years(data, work):
    import numpy as np

    cube = opened(data / "climate_nc/sst_ndjfm_anom.nc").sst.astype("f8")
    cube = cube[:, ::-1] if cube.latitude[0] < cube.latitude[-1] else cube
    of_year = [t.dayofyr - 1 + t.hour / 24 for t in cube.time.values]
    length = [366 if t.year % 4 == 0 else 365 for t in cube.time.values]
    years = np.array([t.year for t in cube.time.values]) + np.array(of_year) / length
    return fitted(cube.values, years - years[0], theil_sen)


@query(
    UNEVEN + """ | map p = round(p / 3) | trend sen per day min_count 2""",
    rtol=1e-9,
    atol=1e-12,
    why="slopes are divided in another order",
)
def sen_with_ties(data, work):
    import numpy as np

    cube = uneven(data)
    days = (cube.time.values - cube.time.values[0]) / np.timedelta64(1, "D")
    # Halves are put to the even number by numpy, so they are moved off it.
    rounded = np.floor(cube.values / 3 + 0.5)
    return fitted(rounded, days.astype("f8"), theil_sen)


@query(
    """load netcdf "DATA/ferret/monthly_navy_winds.cdf" var UWND | cast float64 | groupby season mean seasons [JJAS ON DJF MAM]""",
    rtol=1e-9,
    atol=1e-9,
    why=F64,
)
def own_seasons(data, work):
    from xarray.groupers import SeasonGrouper

    cube = opened(data / "ferret/monthly_navy_winds.cdf").UWND[:, ::-1].astype("f8")
    means = cube.groupby(TIME=SeasonGrouper(["JJAS", "ON", "DJF", "MAM"])).mean()
    return Answer(means.sel(season=["JJAS", "ON", "DJF", "MAM"]).transpose("season", ...).values, ["JJAS", "ON", "DJF", "MAM"])


@query(
    """load netcdf "DATA/ferret/monthly_navy_winds.cdf" var UWND | cast float64
    | resample seasonal mean seasons [NDJFM JJAS] complete""",
    rtol=1e-9,
    atol=1e-9,
    why=F64,
)
def own_seasons_in_time(data, work):
    from xarray.groupers import SeasonResampler

    cube = opened(data / "ferret/monthly_navy_winds.cdf").UWND[:, ::-1].astype("f8").rename(TIME="time")
    means = cube.resample(time=SeasonResampler(["NDJFM", "JJAS"], drop_incomplete=True)).mean()
    return Answer(means.values, [f"{t:%Y-%m-%d}" if hasattr(t, "strftime") else str(t)[:10] for t in means.time.values])


@query(
    """load netcdf "DATA/ferret/monthly_navy_winds.cdf" var UWND | cast float64 | p70""",
    rtol=1e-9,
    atol=1e-9,
    why="quantiles are interpolated in another order",
)
def percentile_of_cdo(data, work):
    import numpy as np

    # CDO counts into bins and takes a value that was there; it lies beside what is interpolated here.
    winds = ["-selname,UWND", str(data / "ferret/monthly_navy_winds.cdf")]
    found = cdo(data, work, "timpctl", "-timpctl,70", *winds, "-timmin", *winds, "-timmax", *winds)[0]
    cube = np.sort(opened(data / "ferret/monthly_navy_winds.cdf").UWND[:, ::-1].astype("f8").values, axis=0)
    bin = (cube[-1] - cube[0]) / 101
    at = int(0.7 * (cube.shape[0] - 1))
    assert ((cube[at - 1] - bin <= found) & (found <= cube[at + 2] + bin)).all(), "another percentile"
    return Answer(np.quantile(cube, 0.7, axis=0)[None])
