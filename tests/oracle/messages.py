"""Messages of GRIB files, read by CDO and its own decoder."""

import subprocess

from harness import Answer, query

PACKED = "CDO writes float32"


def cdo(path, work, variable, pick=None):
    """(time, y, x) from north to south, and from -180 on as GDAL has it; labels; transform."""
    import netCDF4
    import numpy as np

    out = work / f"{path.stem}.cdo.nc"
    if not out.exists():
        subprocess.run(["cdo", "-s", "-f", "nc", "copy", str(path), str(out)], check=True, capture_output=True)
    with netCDF4.Dataset(out) as file:
        v = file[variable]
        values = np.ma.filled(v[:].astype("f8"), np.nan)
        x, y = file[v.dimensions[-1]][:].data, file[v.dimensions[-2]][:].data
        time = netCDF4.num2date(file["time"][:], file["time"].units, file["time"].calendar)
    if values.ndim == 4:
        values = values[:, pick or 0]
    if y[0] < y[-1]:
        values, y = values[:, ::-1], y[::-1]
    x = np.where(x >= 180, x - 360, x)
    order = np.argsort(x)
    values, x = values[..., order], x[order]
    dx, dy = x[1] - x[0], y[1] - y[0]
    labels = [f"{t:%Y-%m-%d}" if (t.hour, t.minute) == (0, 0) else f"{t:%Y-%m-%dT%H:%M}" for t in time]
    return values, labels, (x[0] - dx / 2, dx, 0, y[0] - dy / 2, 0, dy)


@query("""load files "DATA/grib/era5-levels-members.grib" at level 850 at member 3 | select [t z]""", rtol=1e-6, why=PACKED)
def grib_level_and_member(data, work):
    import numpy as np

    path = data / "grib/era5-levels-members.grib"
    (t, labels, transform), (z, *_) = cdo(path, work, "t_4", 1), cdo(path, work, "z_4", 1)
    return Answer(np.stack([t, z], axis=1), labels, transform)


@query("""load files "DATA/grib/fields_with_missing_values.grib" """, rtol=1e-6, why=PACKED)
def grib_missing(data, work):
    return Answer(*cdo(data / "grib/fields_with_missing_values.grib", work, "2t"))


@query("""load files "DATA/grib/lambert_grid.grib" """, rtol=1e-6, why=PACKED)
def grib_lambert(data, work):
    values, labels, _ = cdo(data / "grib/lambert_grid.grib", work, "nlwrs")
    # CDO counts meters from the corner of the grid, not from the origin of the projection.
    return Answer(values, labels)


@query("""load files "DATA/grib/regular_ll_msl.grib" """, rtol=1e-6, why=PACKED)
def grib_forecast(data, work):
    return Answer(*cdo(data / "grib/regular_ll_msl.grib", work, "prmsl"))


@query("""load files "DATA/grib/scanning_mode_64.grib" """, rtol=1e-6, why=PACKED)
def grib_from_the_south(data, work):
    return Answer(*cdo(data / "grib/scanning_mode_64.grib", work, "skt"))


@query("""load files "DATA/xarray_data/era5-2mt-2019-03-uk.grib" """, rtol=1e-6, why=PACKED)
def grib_hours(data, work):
    return Answer(*cdo(data / "xarray_data/era5-2mt-2019-03-uk.grib", work, "2t"))
