"""Makes files of many kinds, and reads references to them by fsspec and xarray beside the files by netCDF4 and rasterio.

`make FOLDER` writes the files and `cases.json`; `check FOLDER` compares what Rastra wrote for each case; `write FOLDER`
makes references by kerchunk and fsspec for Rastra to read.
"""

import json
import sys
from pathlib import Path

import numpy as np

ROWS, COLUMNS = 29, 37


def values(step, band=0, dtype="f4"):
    """Numbers that tell place, step and band apart."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    return ((step * 7 + band * 3 + y * 5 + x) % 251).astype(dtype)


def nc(path, first, steps, variables, chunks=None, unlimited=True, level=0, south_up=True, fmt="NETCDF4"):
    import netCDF4

    with netCDF4.Dataset(path, "w", format=fmt) as file:
        file.createDimension("time", None if unlimited else steps)
        dims = ["time"]
        if level:
            file.createDimension("level", level)
            file.createVariable("level", "f4", ["level"])[:] = [1000, 500, 200][:level]
            file["level"].units = "hPa"
            dims.append("level")
        file.createDimension("lat", ROWS)
        file.createDimension("lon", COLUMNS)
        time = file.createVariable("time", "f8", ["time"])
        time.units, time.calendar = "hours since 2001-01-01 06:00", "standard"
        time[:] = np.arange(first, first + steps) * 6
        lat = file.createVariable("lat", "f4", ["lat"])
        lat.units = "degrees_north"
        lat[:] = np.arange(ROWS) * 0.5 + 40 if south_up else 60 - np.arange(ROWS) * 0.5
        lon = file.createVariable("lon", "f4", ["lon"])
        lon.units = "degrees_east"
        lon[:] = np.arange(COLUMNS) * 0.5 + 5
        for name, dtype, options, attributes in variables:
            shape = chunks and [*chunks[:1], *([1] if level else []), *chunks[1:]]
            v = file.createVariable(name, dtype, [*dims, "lat", "lon"], chunksizes=shape, **options)
            v.set_auto_maskandscale(False)
            v.setncatts(attributes)
            for step in range(steps):
                whole = values(first + step, len(name), np.dtype(dtype).newbyteorder("="))
                if attributes.get("hole") and step >= chunks[0]:
                    v[step, :10, :20] = whole[:10, :20]
                elif level:
                    for at in range(level):
                        v[step, at] = whole + at
                else:
                    v[step] = whole


def tif(path, steps, bands=1, dtype="int16", tags=None, **options):
    import rasterio
    from rasterio.transform import from_origin

    profile = dict(driver="GTiff", width=COLUMNS, height=ROWS, count=bands, dtype=dtype, crs="EPSG:32632")
    profile |= dict(transform=from_origin(400000, 5000000, 30, 30)) | options
    for step in range(steps):
        with rasterio.open(path.format(step + 1), "w", **profile) as file:
            for band in range(bands):
                file.write(values(step, band, dtype), band + 1)
            if tags:
                file.scales, file.offsets = [tags[0]] * bands, [tags[1]] * bands


def make(folder):
    packed = ("t2m", "i2", dict(zlib=True, shuffle=True, fill_value=np.int16(3)), dict(scale_factor=0.5, add_offset=10.0, units="K"))
    plain = ("rain", "f4", dict(zlib=True, shuffle=False, fill_value=np.float32(-1)), dict(units="mm"))
    tiles = dict(tiled=True, blockxsize=16, blockysize=16)
    cases = []

    def case(name, load, kind, refused=None):
        cases.append(dict(name=name, load=load, kind=kind, refused=refused))

    for name, first, steps in [("a", 0, 6), ("b", 6, 6), ("c", 12, 4)]:
        nc(folder / f"many_{name}.nc", first, steps, [packed, plain], (3, 8, 16))
    case("many", 'load netcdf "many_*.nc"', "nc")
    case("picked", 'load netcdf "many_*.nc" | select rain | time 2001-01-01T06:00Z..2001-01-02T18:00Z', "nc")
    nc(folder / "flat.nc", 0, 5, [("rain", "f8", {}, {})], unlimited=False, level=3, south_up=False)
    case("flat", 'load netcdf "flat.nc" var rain at level 500', "nc")
    nc(folder / "levels.nc", 0, 4, [packed], (2, 8, 16), level=2)
    case("levels", 'load netcdf "levels.nc" at level 1000', "nc")
    nc(folder / "big.nc", 0, 4, [("rain", ">f4", dict(zlib=True), {})], (2, 8, 16))
    case("big", 'load netcdf "big.nc"', "nc")
    nc(folder / "holes.nc", 0, 6, [("rain", "f4", dict(zlib=True, fill_value=np.float32(-9)), {"hole": 1})], (2, 8, 16))
    case("holes", 'load netcdf "holes.nc"', "nc")
    nc(folder / "packed.nc", 0, 4, [("rain", "f4", dict(fletcher32=True), {})], (2, 8, 16))
    case("packed", 'load netcdf "packed.nc"', "nc", "is packed by fletcher32")
    nc(folder / "classic.nc", 0, 4, [("rain", "f4", {}, {})], fmt="NETCDF3_CLASSIC")
    case("classic", 'load netcdf "classic.nc"', "nc", "classic NetCDF file")
    case("cut", 'load netcdf "many_*.nc" | step 1', "nc", "chunks of `t2m` hold 3 steps")
    case("computed", 'load netcdf "many_*.nc" | map rain = rain * 2', "nc", "pixels are computed here")
    case("cropped", 'load netcdf "many_*.nc" | crop lonlat 6 45 7 46', "nc", "the grid is cut here")

    def tiffs(name, steps=3, bands=1, refused=None, **options):
        tif(str(folder / f"{name}_2020010{{}}.tif"), steps, bands, **options)
        case(name, f'load files "{name}_*.tif"', "tif", refused)

    tiffs("deflate", compress="deflate", nodata=3, **tiles)
    tiffs("zstd", compress="zstd", dtype="float32", nodata=3, **tiles)
    tiffs("scaled", nodata=3, tags=(0.5, -2.0), compress="deflate", **tiles)
    tiffs("none", dtype="uint8", **tiles)
    tiffs("bands", bands=3, compress="deflate", interleave="band", nodata=3, **tiles)
    tiffs("pixel", bands=3, compress="deflate", interleave="pixel", nodata=3, **tiles)
    tiffs("endian", compress="deflate", ENDIANNESS="BIG", **tiles)
    tiffs("large", compress="deflate", BIGTIFF="YES", **tiles)
    tiffs("strip", compress="deflate", blockysize=ROWS)
    tiffs("south", compress="deflate", transform=(30, 0, 400000, 0, 30, 5000000), **tiles)
    tiffs("lzw", compress="lzw", refused="compressed by LZW", **tiles)
    tiffs("predictor", compress="deflate", predictor=2, refused="predictor 2", **tiles)
    tiffs("strips", compress="deflate", blockysize=8, refused="last strip is shorter")
    tif(str(folder / "mixed_2020010{}.tif"), 1, compress="deflate", **tiles)
    tif(str(folder / "mixed_2020020{}.tif"), 1, compress="zstd", **tiles)
    case("mixed", 'load files "mixed_*.tif"', "tif", "another compression")
    (folder / "cases.json").write_text(json.dumps(cases))


def variables(case):
    return {"many": ["rain", "t2m"], "levels": ["t2m"]}.get(case["name"], ["rain"])


def source(folder, case):
    """(time, band, y, x) as stored, by a library that knows nothing of references."""
    name = case["name"]
    if case["kind"] == "tif":
        import rasterio

        steps = []
        for path in sorted(folder.glob(f"{name}_*.tif")):
            with rasterio.open(path) as file:
                data = file.read(masked=True).astype("f8").filled(np.nan)
                steps.append(data * file.scales[0] + file.offsets[0])
        return np.stack(steps)
    import netCDF4

    files = sorted(folder.glob("many_*.nc")) if name in ("many", "picked") else [folder / f"{name}.nc"]
    bands = []
    for variable in variables(case):
        parts = []
        for path in files:
            with netCDF4.Dataset(path) as file:
                data = np.ma.filled(file[variable][:].astype("f8"), np.nan)
                parts.append(data[:, 1 if name == "flat" else 0] if data.ndim == 4 else data)
        bands.append(np.concatenate(parts))
    both = np.stack(bands, axis=1)
    return both[:7] if name == "picked" else both


def opened(path):
    import fsspec
    import xarray as xr

    fs = fsspec.filesystem("reference", fo=str(path), remote_protocol="file")
    return xr.open_zarr(fs.get_mapper(""), consolidated=False)


def check(folder):
    failed = 0
    for case in json.loads((folder / "cases.json").read_text()):
        if case["refused"]:
            continue
        for suffix in (".json", ".parquet"):
            label = case["name"] + suffix
            try:
                cube = opened(folder / label)
                names = variables(case) if case["kind"] == "nc" else [n for n in cube.data_vars if cube[n].ndim >= 3]
                if names == ["data"]:
                    ours = cube["data"].transpose("time", "band", "y", "x").values.astype("f8")
                else:
                    ours = np.stack([cube[n].values.astype("f8") for n in names], axis=1)
                theirs = source(folder, case)
                np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=0, equal_nan=True)
                assert np.isfinite(theirs).mean() > 0.3, "hardly any numbers"
                steps = cube.time.values.astype("datetime64[h]")
                first = np.datetime64("2001-01-01T06" if case["kind"] == "nc" else "2020-01-01T00")
                every = np.timedelta64(6 if case["kind"] == "nc" else 24, "h")
                assert (steps == first + np.arange(len(steps)) * every).all(), steps
                if case["kind"] == "tif":
                    south = case["name"] == "south"
                    assert cube.x.values[0] == 400015 and cube.y.values[0] == (5000015 if south else 4999985), cube
                else:
                    edge = 60 if case["name"] == "flat" else 40
                    assert cube.lon.values[0] == 5 and cube.lat.values[0] == edge, cube
                print(f"{label:<20} {ours.shape} agrees")
            except Exception as e:
                failed += 1
                print(f"{label:<20} {type(e).__name__}: {e}")
    return failed


def write(folder):
    """References by other writers: one file by kerchunk, the same as Parquet, and with templates."""
    import base64

    import fsspec
    from fsspec.implementations.reference import LazyReferenceMapper
    from kerchunk.hdf import SingleHdf5ToZarr

    refs = SingleHdf5ToZarr(str(folder / "many_a.nc"), inline_threshold=300).translate()
    (folder / "theirs.json").write_text(json.dumps(refs))
    short = json.loads(json.dumps(refs).replace(f'"{folder}/many_a.nc"', '"{{where}}/many_a.nc"'))
    short["templates"] = {"where": str(folder)}
    (folder / "theirs_templates.json").write_text(json.dumps(short))
    beside = json.loads(json.dumps(refs).replace(f'"{folder}/many_a.nc"', '"many_a.nc"'))
    (folder / "theirs_beside.json").write_text(json.dumps(beside["refs"]))
    fs = fsspec.filesystem("file")
    lazy = LazyReferenceMapper.create(str(folder / "theirs.parquet"), fs=fs, record_size=7)
    for key, value in sorted(refs["refs"].items(), key=lambda item: "/.z" not in item[0]):
        if isinstance(value, str) and value.startswith("base64:"):
            value = base64.b64decode(value[7:])
        lazy[key] = value
    lazy.flush()
    return 0


if __name__ == "__main__":
    sys.exit({"make": make, "check": check, "write": write}[sys.argv[1]](Path(sys.argv[2])))
