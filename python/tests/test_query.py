"""Queries: arrays in and out, compared with xarray's and pandas' own answers on the same work; errors, names, signals."""

import datetime
import gc
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest
import warnings
import weakref
from pathlib import Path

import cftime
import dask.array
import numpy as np
import pandas as pd
import pyarrow
import rasterio
import rastra
import xarray as xr

ROOT = Path(__file__).parents[2]
DAYS = pd.date_range("2020-01-15", periods=400, freq="D")


def rain(dtype="float32", lat=(52.5, 52.0, 51.5, 51.0), lon=(5.0, 5.5, 6.0), times=DAYS):
    """A field with missing pixels, unless it is of integers."""
    numbers = np.random.default_rng(3).normal(10, 4, (len(times), len(lat), len(lon))).clip(0)
    if dtype.startswith("float"):
        numbers[::7, 1, 2] = np.nan
    da = xr.DataArray(
        numbers.astype(dtype),
        dims=("time", "lat", "lon"),
        coords={"time": times, "lat": list(lat), "lon": list(lon)},
        name="rain",
        attrs={"units": "mm", "long_name": "rain of a day"},
    )
    da.lat.attrs["units"], da.lon.attrs["units"] = "degrees_north", "degrees_east"
    return da


def equal(made, expected, **tolerance):
    """Cell by cell; rows in the order of latitudes of each."""
    dims = [dim for dim in ("lat", "y") if dim in expected.dims]
    made, expected = (of.sortby(dims) if dims else of for of in (made, expected))
    np.testing.assert_allclose(made.values, expected.values, **(tolerance or {"rtol": 1e-6}))


class Arrays(unittest.TestCase):
    def monthly(self, da, **names):
        made = rastra.query("$da | resample 1mo mean", da=da, **names).to_xarray()["rain"]
        expected = da.astype("float64").resample(time="MS").mean()
        equal(made, expected)
        self.assertEqual(list(made.time.values), list(expected.time.values))

    def test_means_of_months_are_those_of_xarray(self):
        self.monthly(rain())

    def test_every_type_that_pixels_have(self):
        for dtype in ("float64", "float32", "int16", "uint8", "int32", "uint16", "int64", "int8", "uint32", "uint64"):
            with self.subTest(dtype):
                self.monthly(rain(dtype))

    def test_sums_beyond_64_bits_are_told(self):
        large = rastra.array(np.full((3, 2, 2), 2**63, "uint64"), times=["2020-01-01", "2020-01-02", "2020-01-03"])
        with self.assertRaises(rastra.Error) as failed:
            rastra.query("$large | mean").to_numpy()
        self.assertEqual(failed.exception.number, "E0404")
        np.testing.assert_array_equal(rastra.query("$large | head 1 | sum").to_numpy(), float(2**63))

    def test_types_that_pixels_cannot_have_are_read_as_wider_ones(self):
        half = rain().astype("float16")
        equal(rastra.query("$half | mean").to_xarray()["rain"], half.astype("float32").mean("time"))
        wet = rain() > 10
        equal(rastra.query("$wet | sum").to_xarray()["rain"], wet.sum("time"))
        swapped = rain().astype(">f4")
        equal(rastra.query("$swapped | mean").to_xarray()["rain"], swapped.astype("f4").mean("time"))

    def test_types_that_cannot_be_read_are_refused(self):
        with self.assertRaisesRegex(TypeError, "complex128"):
            rastra.query("$v | mean", v=rain().astype("complex128"))

    def test_rows_from_the_south_come_back_as_they_went(self):
        da = rain(lat=(51.0, 51.5, 52.0, 52.5))
        made = rastra.query("$da | map rain = rain + 1").to_xarray()["rain"]
        np.testing.assert_array_equal(made.lat, da.lat)
        np.testing.assert_allclose(made.values, da.values + np.float32(1))

    def test_views_of_every_stride(self):
        whole = rain()
        for name, view in {
            "columns from the east": whole[:, :, ::-1],
            "every second row": whole[:, ::2],
            "steps from the last": whole[::-1],
            "turned": whole.transpose("lon", "lat", "time"),
            "one of more": whole.expand_dims(member=[1, 2]).isel(member=1),
        }.items():
            with self.subTest(name):
                made = rastra.query("$view | mean").to_xarray()["rain"]
                equal(made.sortby("lon"), whole.sel(lat=view.lat).mean("time"))

    def test_dask_arrays_are_read_chunk_by_chunk(self):
        read = []

        def chunk(block, block_info=None):
            read.append(block_info[0]["chunk-location"])
            return block

        da = rain().chunk({"time": 50})
        da = da.copy(data=da.data.map_blocks(chunk, dtype=da.dtype, meta=np.empty((0, 0, 0), da.dtype)))
        equal(rastra.query("$da | mean").to_xarray()["rain"], rain().mean("time"))
        self.assertEqual({place[0] for place in read}, set(range(8)))
        read.clear()
        rastra.query("$da | head 10 | mean").to_xarray()
        self.assertEqual({place[0] for place in read}, {0})

    def test_files_that_xarray_has_open_are_read_when_they_are_needed(self):
        with tempfile.TemporaryDirectory() as folder:
            rain().to_netcdf(f"{folder}/rain.nc")
            with xr.open_dataset(f"{folder}/rain.nc") as opened:
                query = rastra.query("$opened | mean")
                self.assertFalse(opened.rain.variable._in_memory)
                equal(query.to_xarray()["rain"], rain().mean("time"))
                self.assertFalse(opened.rain.variable._in_memory)

    def test_calendars_of_models(self):
        for calendar in ("noleap", "360_day", "julian"):
            with self.subTest(calendar):
                times = xr.date_range("2001-01-01", periods=400, freq="D", calendar=calendar, use_cftime=True)
                da = rain(times=times)
                made = rastra.query("$da | resample 1mo mean").to_xarray()["rain"]
                expected = da.resample(time="MS").mean()
                equal(made, expected)
                self.assertEqual(list(made.time.values), list(expected.time.values))
                self.assertIsInstance(made.time.values[0], cftime.datetime)

    def test_data_sets_with_several_bands(self):
        ds = xr.Dataset({"rain": rain(), "snow": rain() * 2}, attrs={"title": "both"})
        made = rastra.query("$ds | map total = rain + snow | mean").to_xarray()
        equal(made["total"], (ds.rain + ds.snow).mean("time"), rtol=1e-5)

    def test_reference_systems_go_in_and_come_out(self):
        values = np.arange(24, dtype="float32").reshape(2, 3, 4)
        utm = rastra.array(values, transform=(500000, 10, 0, 4600000, 0, -10), crs="EPSG:32631", times=["2020-01-01", "2021-01-01"])
        query = rastra.query("$utm | mean")
        self.assertEqual(query.schema["grid"]["crs"]["name"], "EPSG:32631")
        made = query.to_xarray()
        np.testing.assert_allclose(made["value"], values.mean(0))
        np.testing.assert_allclose(made.x, [500005, 500015, 500025, 500035])
        self.assertEqual(rasterio.CRS.from_wkt(made.spatial_ref.attrs["crs_wkt"]).to_epsg(), 32631)
        with self.assertRaisesRegex(ValueError, "unknown reference system `EPSG:99999`"):
            rastra.array(values, transform=(500000, 10, 0, 4600000, 0, -10), crs="EPSG:99999")
        # And in again.
        again = rastra.query("$made | mean")
        self.assertEqual(again.schema["grid"]["crs"]["name"], "EPSG:32631")
        self.assertEqual(again.schema["grid"]["transform"], query.schema["grid"]["transform"])

    def test_numpy_alone(self):
        values = np.arange(24.0).reshape(2, 3, 4)
        made = rastra.query("$values | mean").to_numpy()
        np.testing.assert_allclose(made, values.mean(0)[None, None])
        hole = rastra.array(np.array([[1, -9], [3, 4]], "int16"), nodata=-9)
        np.testing.assert_array_equal(rastra.query("$hole").to_numpy()[0, 0], [[1, np.nan], [3, 4]])
        several = rastra.array(np.ones((2, 2, 3, 4)), bands=["red", "nir"], times=["2020-01-01", "2020-01-02"])
        bare = xr.DataArray(values, dims=("time", "a", "b"))
        np.testing.assert_allclose(rastra.query("$bare | mean").to_numpy()[0, 0], values.mean(0))
        self.assertEqual([band["name"] for band in rastra.query("$several").schema["bands"]], ["red", "nir"])

    def test_missing_pixels_are_told_by_their_number_on_request(self):
        query = rastra.query("ramp 2 3 gaps 4")
        self.assertEqual(query.to_xarray().v.dtype.kind, "f")
        self.assertEqual(int(query.to_xarray().v.isnull().sum()), 4)
        raw = query.to_xarray(masked=False).v
        self.assertEqual(raw.dtype, "int16")
        self.assertEqual(int((raw == raw.attrs["_FillValue"]).sum()), 4)

    def test_results_are_what_a_store_of_them_says(self):
        da = rain()
        for program in ("$da | resample 1mo mean", "$da | groupby season mean", "$da | mean", "$da | head 3", "ramp 3 4 gaps 5",
                        "ramp 24 4 | groupby month mean"):
            with self.subTest(program), tempfile.TemporaryDirectory() as folder:
                made = rastra.query(program).to_xarray()
                rastra.run(f'{program} | save zarr "{folder}/a.zarr"')
                stored = xr.open_zarr(f"{folder}/a.zarr", decode_coords="all", decode_timedelta=False)
                xr.testing.assert_equal(made, stored.load())
                self.assertEqual(set(made.coords), set(stored.coords))

    def test_arrays_that_need_care(self):
        masked = np.ma.masked_greater(np.arange(8.0).reshape(2, 2, 2), 5)
        np.testing.assert_array_equal(rastra.query("$masked | sum").to_numpy()[0, 0], [[4, 6], [2, 3]])
        da = rain()
        # Packing of the file that coordinates came from is not theirs any more.
        da.lat.encoding.update(dtype="int16", scale_factor=10.0, _FillValue=-1)
        np.testing.assert_allclose(rastra.query("$da | mean").to_xarray().lat, da.lat)
        dated = xr.DataArray(da.time.values, dims="time", coords={"time": da.time}).expand_dims(lat=da.lat, lon=da.lon)
        dated = dated.transpose("time", "lat", "lon").copy()
        dated[0] = np.datetime64("NaT", "ns")
        days = (DAYS[1:] - pd.Timestamp(0)).days.to_numpy().mean()
        np.testing.assert_allclose(rastra.query("$dated | mean").to_numpy(), days)
        with self.assertRaisesRegex(rastra.Error, "empty"):
            rastra.query("$empty", empty=da.isel(time=slice(0, 0)))
        with self.assertRaisesRegex(ValueError, "`times` has 2 values"):
            rastra.array(np.ones((5, 2, 2)), times=["2020-01-01", "2020-01-02"])
        with self.assertRaisesRegex(TypeError, "tz_convert"):
            rastra.query("$zoned", zoned=rain(times=DAYS.tz_localize("Europe/Berlin")))
        endless = da.assign_attrs(valid_range=[0.0, np.inf])
        equal(rastra.query("$endless | max").to_xarray()["rain"], da.max("time"))

    def test_bands_that_are_called_as_coordinates_are_refused(self):
        with self.assertRaisesRegex(ValueError, "the name of a coordinate"):
            rastra.query("ramp 2 2 | map y = v").to_xarray()

    def test_frames_of_cubes_have_a_row_a_pixel(self):
        frame = rastra.query("ramp 4 2 | resample 2mo sum").to_pandas()
        self.assertEqual((len(frame), list(frame.columns), frame.v.sum()), (8, ["v"], sum(range(4)) * 400 + 4 * 22))

    def test_what_nobody_refers_to_any_more_is_freed(self):
        da = rain()
        seen = weakref.ref(da.values)
        # What is found among the variables of a function its frame may keep until it ends.
        query = rastra.query("$da | mean", da=da, scope=False)
        equal(query.to_xarray()["rain"], da.mean("time"))
        del da
        gc.collect()
        self.assertIsNotNone(seen())
        # The query still reads it.
        self.assertEqual(query.to_numpy().shape, (1, 1, 4, 3))
        del query
        gc.collect()
        self.assertIsNone(seen())

    def test_groups_by_the_names_of_another_calendar_are_refused(self):
        # xarray's weekdays are 0 to 6; Rastra's are Mon to Sun. None of them would meet, and all be missing.
        da = rain()
        normal = da.groupby("time.weekday").mean()
        with self.assertRaises(rastra.Error) as failed:
            rastra.query("$da | join $normal as normal on weekday")
        self.assertEqual(failed.exception.number, "E0208")
        self.assertIn("weekdays are Mon", str(failed.exception))
        days = [str(day) for day in da.time.dt.strftime("%a").values]
        named = normal.assign_coords(weekday=["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
        made = rastra.query("$da | join $named as normal on weekday").to_xarray().normal
        for step, day in enumerate(days):
            np.testing.assert_allclose(made[step], named.sel(weekday=day))

    def test_coordinates_that_are_no_grid_are_refused_as_of_a_file(self):
        with self.assertRaises(rastra.Error) as failed:
            rastra.query("$da", da=rain().expand_dims(level=[1.0, 2.0]).assign_coords(level=("level", [1.0, 2.0], {"units": "hPa"})))
        self.assertEqual(failed.exception.number, "E0310")


class Tables(unittest.TestCase):
    def test_frames(self):
        # On a plane, since pixels of degrees are weighted by their areas.
        plane = rastra.array(rain().values, transform=(0, 10, 0, 40, 0, -10), crs="EPSG:32631", times=DAYS)
        made = rastra.query("$plane | reduce [mean count] over space").to_pandas()
        expected = rain().mean(("lat", "lon")).to_pandas()
        np.testing.assert_allclose(made["mean"], expected.values, rtol=1e-5)
        self.assertTrue((made["time"].values == expected.index.values).all())
        self.assertEqual(list(made["count"][:2]), [11, 12])
        self.assertEqual(made["count"].dtype, "int64")

    def test_arrow(self):
        query = rastra.query("$da | reduce [mean count] over space", da=rain())
        table = pyarrow.table(query)
        self.assertEqual(table.column_names, ["time", "band", "mean", "count"])
        self.assertEqual(str(table.schema.field("time").type), "timestamp[us, tz=UTC]")
        np.testing.assert_array_equal(table["mean"].to_numpy(), query.to_pandas()["mean"])

    def test_records_and_a_frame_of_a_cube(self):
        records = rastra.query("ramp 2 2 | reduce [mean] over space").to_numpy()
        self.assertEqual(list(records["mean"]), [5.5, 105.5])
        self.assertEqual(len(rastra.query("ramp 2 2").to_pandas()), 8)

    def test_a_cube_is_no_table(self):
        with self.assertRaisesRegex(TypeError, "gives a cube, not a table"):
            pyarrow.table(rastra.query("ramp 2 2"))


class Programs(unittest.TestCase):
    def test_values_of_every_kind(self):
        day, months = datetime.date(2020, 6, 1), 24
        made = rastra.query("ramp $months 4 | filter time >= $day | map v + $add", add=0.5, months=months)
        self.assertEqual(len(made.schema["time"]["Instants"]["values"]), 19)
        bands = ["a", "b"]
        self.assertEqual(rastra.query("ramp 2 2 bands $bands").schema["bands"][1]["name"], "b")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "out $1.nc"
            rastra.run("ramp 2 2 | save netcdf $path")
            self.assertTrue(path.is_file())

    def test_queries_are_sources(self):
        monthly = rastra.query("$da | resample 1mo mean", da=rain())
        np.testing.assert_allclose(rastra.query("$monthly | mean").to_numpy()[0, 0], rain().resample(time="MS").mean().mean("time"), rtol=1e-5)

    def test_names_of_the_caller_can_be_left_alone(self):
        months = 3
        self.assertEqual(rastra.query("ramp $months 2").to_numpy().shape[0], months)
        with self.assertRaises(rastra.Error) as failed:
            rastra.query("ramp $months 2", scope=False)
        self.assertEqual(failed.exception.unknown, "months")

    def test_names_that_are_no_value_say_so(self):
        odd = object()
        with self.assertRaises(rastra.Error) as failed:
            rastra.query("ramp $odd 2")
        if sys.version_info >= (3, 11):
            self.assertIn("no value for object", failed.exception.__notes__[0])
        with self.assertRaisesRegex(TypeError, "no value for object"):
            rastra.query("ramp $odd 2", odd=odd)

    def test_errors_carry_number_place_and_help(self):
        text = '# é\nramp 2 2 | map w = vv'
        with self.assertRaises(rastra.Error) as failed:
            rastra.query(text)
        error = failed.exception
        first, end = error.span
        self.assertEqual((error.number, text[first:end]), ("E0202", "vv"))
        self.assertTrue(error.help)
        self.assertIn("error[E0202]", str(error))

    def test_all_errors_of_a_text(self):
        with self.assertRaises(rastra.Error) as failed:
            rastra.run("ramp 1 1 | | stats\nramp 1 1 | | stats")
        self.assertEqual(len(failed.exception.all), 2)

    def test_sessions_keep_names_and_settings(self):
        session = rastra.Session(threads=1, memory="500MiB", requests=8, on_error="skip", executor="local")
        session.query("let half = 0.5; ramp 2 2")
        half = 7
        offset = 1
        self.assertEqual(session.query("ramp 1 1 | map v + $half + $offset").to_numpy().item(), 1.5)
        offset = 2
        self.assertEqual(session.query("ramp 1 1 | map v + $half + $offset").to_numpy().item(), 2.5)
        self.assertIn("at most on 1 thread", session.query("ramp 2 2 | mean").explain())

    def test_names_are_given_to_one_program(self):
        session = rastra.Session(scope=False)
        self.assertEqual(session.query("ramp 1 1 | map v + $by", by=3).to_numpy().item(), 3)
        with self.assertRaises(rastra.Error):
            session.query("ramp 1 1 | map v + $by")
        with self.assertRaisesRegex(TypeError, "`of` is given"):
            session.query("ramp 1 1", of=1)
        program = "param by: number = 2\nramp 1 1 | map v + $by"
        self.assertEqual(rastra.query(program).to_numpy().item(), 2)
        self.assertEqual(rastra.query(program, by=5).to_numpy().item(), 5)

    def test_days_and_moments(self):
        hours = rastra.query('ramp 12 1 every "6h"')
        steps = lambda at: rastra.query("$hours | time $at", hours=hours).to_numpy().shape[0]
        self.assertEqual(steps(datetime.date(2020, 1, 2)), 4)
        self.assertEqual(steps(np.datetime64("2020-01-02")), 4)
        self.assertEqual(steps(datetime.datetime(2020, 1, 2)), 1)
        self.assertEqual(steps(pd.Timestamp("2020-01-02", tz="UTC")), 1)
        self.assertEqual(steps(np.datetime64("2020-01")), 12)
        for length in (datetime.timedelta(hours=12), np.timedelta64(12, "h"), pd.Timedelta("12h")):
            self.assertEqual(rastra.query("$hours | resample $length mean", hours=hours).to_numpy().shape[0], 6)

    def test_runs_say_what_they_saved_and_showed(self):
        with tempfile.TemporaryDirectory() as folder:
            saved, shown = rastra.run(f'ramp 2 2 | save netcdf "{folder}/a.nc"; ramp 1 2 | show')
            self.assertEqual(list(map(str, saved.files)), [f"{folder}/a.nc"])
            self.assertIn("saved", repr(saved))
            self.assertIn(" 0  1", shown.data["text/plain"])

    def test_a_query_that_saves_waits_until_it_is_run(self):
        with tempfile.TemporaryDirectory() as folder:
            query = rastra.query(f'ramp 2 2 | save netcdf "{folder}/a.nc"')
            self.assertEqual(query._repr_html_(), None)
            self.assertFalse(Path(folder, "a.nc").exists())
            query.run()
            self.assertTrue(Path(folder, "a.nc").exists())

    def test_what_the_user_did_not_decide_is_told(self):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            rastra.query("ramp 2 2 | map v = 1 / (v - v)").to_xarray()
        self.assertTrue(any(issubclass(one.category, rastra.Notice) for one in told), told)
        self.assertEqual(told[0].filename, __file__)

    def test_cards_and_pictures(self):
        card = rastra.query("ramp 24 4")
        self.assertIn("<", card._repr_html_())
        self.assertIn("24 steps", repr(card))
        picture = rastra.query("ramp 24 4 | mean | plot")
        self.assertEqual(picture._repr_png_()[:4], b"\x89PNG")

    def test_plans_are_data(self):
        query = rastra.query("ramp 24 4 | mean")
        self.assertEqual(query.kind, "cube")
        self.assertIn("cube", query.plan)

    def test_threads_share_a_session(self):
        session, made = rastra.Session(), []
        ask = lambda n: made.append(session.query("ramp $n 2 | sum", n=n).to_numpy().shape)
        threads = [threading.Thread(target=ask, args=(n,)) for n in range(1, 9)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        self.assertEqual(made, [(1, 1, 2, 2)] * 8)
        # Each with its own names.
        given = []
        ask = lambda n: given.append((n, session.query("ramp 1 1 | map v + $n", n=n).to_numpy().item()))
        threads = [threading.Thread(target=ask, args=(n,)) for n in range(1, 9)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        self.assertTrue(all(n == got for n, got in given), given)

    def test_a_source_cannot_ask_the_session_that_reads_it(self):
        session = rastra.Session()
        ask = lambda block: block + session.query("ramp 1 1").to_numpy().item()
        da = rain().chunk({"time": 100})
        da = da.copy(data=da.data.map_blocks(ask, dtype=da.dtype, meta=np.empty((0, 0, 0), da.dtype)))
        with self.assertRaisesRegex(rastra.Error, "take another"):
            session.query("$da | mean", da=da).to_numpy()
        # Another one can.
        equal(rastra.query("$da | mean", da=da).to_xarray()["rain"], rain().mean("time"))

    def test_the_lock_of_the_interpreter_is_free_while_it_computes(self):
        ticks, query = 0, rastra.query("ramp 200 200 | median")
        done = threading.Event()
        thread = threading.Thread(target=lambda: (query.to_numpy(), done.set()))
        thread.start()
        while not done.wait(0.001):
            ticks += 1
        thread.join()
        self.assertGreater(ticks, 20)


class Processes(unittest.TestCase):
    """What needs a process of its own."""

    def python(self, program, **options):
        return subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=240, **options
        )

    def test_ctrl_c_ends_a_run(self):
        program = """
            import os, signal, threading, time, rastra
            threading.Timer(1.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
            began = time.monotonic()
            try:
                rastra.query("ramp 100000 900 | median").to_numpy()
            except KeyboardInterrupt:
                print("stopped", time.monotonic() - began < 10)
            print(rastra.query("ramp 2 2 | mean").to_numpy().shape)
        """
        ran = self.python(program)
        self.assertEqual(ran.stdout.split("\n")[:2], ["stopped True", "(1, 1, 2, 2)"], ran.stderr)

    def test_neighbors_in_every_order(self):
        names = ["rastra", "rasterio", "netCDF4", "h5py"]
        for turn in range(len(names)):
            order = names[turn:] + names[:turn]
            program = f"""
                import {", ".join(order)}
                import numpy as np, xarray as xr
                with netCDF4.Dataset("a.nc", "w") as file:
                    file.createDimension("y", 2); file.createDimension("x", 3)
                    file.createVariable("v", "f4", ("y", "x"))[:] = np.arange(6).reshape(2, 3)
                with h5py.File("a.nc") as file:
                    assert file["v"][1, 2] == 5
                rastra.run('ramp 1 8 | save tif "a.tif" overwrite; ramp 2 4 | save netcdf "b.nc" overwrite')
                with rasterio.open("a.tif") as file:
                    assert file.read(1)[1, 2] == 12, file.read(1)
                with netCDF4.Dataset("b.nc") as file:
                    assert file["v"][1, 1, 1] == 111
                assert rastra.query('load files "a.tif" | mean').to_numpy().max() == 77
                print("fine")
            """
            with tempfile.TemporaryDirectory() as folder, self.subTest(order):
                ran = self.python(program, cwd=folder)
                self.assertEqual((ran.stdout, ran.returncode), ("fine\n", 0), ran.stderr)

    def test_the_command(self):
        ran = subprocess.run([sys.executable, "-m", "rastra", "-c", "ramp 1 2 | show"], capture_output=True, text=True)
        self.assertEqual((ran.returncode, ran.stdout.split("\n")[1]), (0, " 0  1"), ran.stderr)
        wrong = subprocess.run([sys.executable, "-m", "rastra", "-c", "rump"], capture_output=True, text=True)
        self.assertEqual(wrong.returncode, 2)

    def test_progress_in_a_terminal(self):
        # A build that is optimized needs no patience.
        program = """if True:
            import rastra.progress
            rastra.progress.PATIENCE = 0
            rastra.query("ramp 500 300 | median", progress=True).to_numpy()
        """
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True)
        self.assertIn(b"%", ran.stderr)
        self.assertTrue(ran.stderr.endswith(b"\r\033[K"), ran.stderr[-40:])
        quiet = self.python(program.replace("progress=True", "progress=False"))
        self.assertEqual(quiet.stderr, "")

    def test_magic(self):
        program = """
            from IPython.core.interactiveshell import InteractiveShell
            shell = InteractiveShell.instance()
            shell.run_line_magic("load_ext", "rastra")
            shell.run_cell("import numpy as np; months = 24; field = np.ones((3, 4, 5))")
            shell.run_cell("%%rastra mean\\nlet twice = 2\\nramp $months 2 | mean")
            shell.run_cell("%%rastra\\n$field | map field * $twice | sum | show")
            shell.run_cell("print(mean.to_numpy().shape, type(mean).__name__)")
            shell.run_cell("%rastra ramp 1 1 | stats")
        """
        ran = self.python(program)
        self.assertIn("(1, 1, 2, 2) Query", ran.stdout, ran.stderr)
        self.assertIn("6 6 6 6 6", ran.stdout)


if __name__ == "__main__":
    unittest.main()
