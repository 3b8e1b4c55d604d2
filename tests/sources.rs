//! What a source tells the engine of itself: the tile it proposes to be read in, and the bytes that count as read.

use crate::support::{plain, run_in, session, session_in};
use rastra::inside::{natural_tile, read};
use rastra::{Plan, Region};
use std::path::Path;
use std::sync::Arc;

/// A cube of 6 steps of 300 x 300 pixels of `int32`, saved in the folder by the end of a pipeline.
fn save(folder: &Path, rest: &str) {
    let mut session = session(&[], &plain());
    session.set_base(folder);
    let ran = run_in(&mut session, &format!("ramp 6 300 | cast int32 | {rest}"));
    assert!(ran.failed.is_empty(), "{rest}: {}", ran.text);
}

fn load(folder: &Path, program: &str) -> Arc<Plan> {
    let mut session = session(&[], &plain());
    session.set_base(folder);
    session.plan(program).unwrap_or_else(|all| panic!("{program}: {all:?}"))
}

/// The tile follows the chunks of the store or file: whoever reads less of one decodes it twice.
#[test]
fn tiles_of_chunks() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (chunks, tile) in [("time 2 y 50 x 70", [2, 50, 70]), ("time 6 y 300 x 300", [6, 300, 300])] {
        for (format, more) in [("netcdf", ""), ("zarr", "version 2"), ("zarr", "version 3")] {
            save(folder, &format!("save {format} \"cube\" chunks [{chunks}] {more} overwrite"));
            assert_eq!(natural_tile(&load(folder, &format!("load {format} \"cube\""))), Some(tile), "{format} {more}");
            std::fs::remove_dir_all(folder.join("cube"))
                .or_else(|_| std::fs::remove_file(folder.join("cube")))
                .unwrap();
        }
    }
}

/// Strips of a TIFF are put together, as are small tiles; large ones are read as they are.
#[test]
fn tiles_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (options, tile) in
        [("tiled no blocksize 64", [1, 256, 300]), ("blocksize 64", [1, 256, 256]), ("blocksize 256", [1, 256, 256])]
    {
        save(folder, &format!("step 0 | save tif \"one.tif\" {options} overwrite"));
        assert_eq!(natural_tile(&load(folder, "load files \"one.tif\"")), Some(tile), "{options}");
    }
}

/// Progress and the forecast of a run count the bytes of the pixels that were asked for, in the type of the cube.
#[test]
fn bytes_that_count_as_read() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    save(folder, "save zarr \"cube.zarr\" chunks [time 2 y 64 x 64]");
    save(folder, "save netcdf \"cube.nc\" chunks [time 2 y 64 x 64]");
    save(folder, "step 0 | save tif \"one.tif\"");
    for (program, steps) in
        [("load zarr \"cube.zarr\"", 3), ("load netcdf \"cube.nc\"", 3), ("load files \"one.tif\"", 1)]
    {
        let region = Region { time: 0..steps, bands: vec![0], y: 10..110, x: 20..270 };
        let (chunk, bytes) = read(&load(folder, program), &region).unwrap();
        assert_eq!(chunk.shape, [steps, 100, 250], "{program}");
        assert_eq!(bytes as usize, steps * 100 * 250 * 4, "{program}");
    }
}

/// Files whose names only number them have no dates; a range of numbers is what `match` gives them.
#[test]
fn numbers_in_names_have_a_way() {
    let folder = tempfile::tempdir().unwrap();
    let said = |program: &str| {
        let mut session = crate::support::session_in(folder.path(), &crate::support::plain());
        crate::support::run_in(&mut session, program).text
    };
    let grid = "ncols 2\nnrows 1\nxllcorner 0\nyllcorner 0\ncellsize 1\n1 2\n";
    (5..9).for_each(|number| std::fs::write(folder.path().join(format!("rain_{number}.asc")), grid).unwrap());
    let text = said("load files \"rain_*.asc\" | time 5..7 | schema");
    assert!(text.contains("error[E0203]") && text.contains(r#"`match r"(\d+)"` in the `load files`"#), "{text}");
    let text = said(r#"load files "rain_*.asc" match r"(\d+)" | time 5..7 | schema"#);
    assert!(text.contains("3 steps (step 5 .. 7)"), "{text}");
}

/// Tasks that lie askew over the blocks of their sources decode some of them twice; one task, whose steps the threads share,
/// decodes each once.
#[test]
fn warped_steps_are_shared_out() {
    let folder = tempfile::tempdir().unwrap();
    let program = "ramp 64 600 | reproject \"EPSG:4326\" method bilinear | max | save cog \"o.tif\"";
    let run = |arguments: &[&str], threads: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_rastra"));
        let ran = command.current_dir(&folder).args(["--threads", threads, "-c", program]).args(arguments).output();
        let ran = ran.unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).into_owned()
    };
    for threads in ["1", "2"] {
        let plan = run(&["--dry-run"], threads);
        assert!(plan.contains("tasks   1 of up to 1 x 491 x 693"), "{plan}");
    }
    let saved = ["1", "2"].map(|threads| {
        run(&[], threads);
        let path = folder.path().join("o.tif");
        let bytes = std::fs::read(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        bytes
    });
    assert!(saved[0] == saved[1]);
}

/// Chunks of many steps and few pixels are decoded for many steps at a time, however few the target stores together: a task takes
/// as many as fit.
#[test]
fn deep_chunks_are_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let told = |program: &str, memory: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_rastra"));
        let ran = command.current_dir(folder).args(["--dry-run", "--threads", "1", "--memory", memory, "-c", program]);
        let ran = ran.output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let text = String::from_utf8_lossy(&ran.stdout).into_owned();
        text.lines().find(|line| line.trim_start().starts_with("tasks")).unwrap().trim().to_string()
    };
    let mut session = session(&[], &plain());
    session.set_base(folder);
    for deep in ["save zarr \"deep.zarr\"", "save netcdf \"deep.nc\""] {
        let program = format!("ramp 120 400 dtype float64 every \"1D\" | {deep} chunks [time all y 50 x 50]");
        assert!(run_in(&mut session, &program).failed.is_empty());
    }
    for load in ["load zarr \"deep.zarr\"", "load netcdf \"deep.nc\""] {
        for save in
            ["save netcdf \"o.nc\" chunks [time 1 y 200 x 200]", "save zarr \"o.zarr\" chunks [time 1 y 200 x 200]"]
        {
            let program = format!("{load} | map v + 1 | {save}");
            assert_eq!(
                told(&program, "1GiB"),
                "tasks   8 of up to 60 x 200 x 200 (steps x rows x columns)",
                "{program}"
            );
            assert_eq!(
                told(&program, "100MiB"),
                "tasks   16 of up to 30 x 200 x 200 (steps x rows x columns)",
                "{program}"
            );
        }
    }
}

/// The card of a cube has the blocks that its files are read in, and what these say of themselves.
#[test]
fn cards_say_what_files_say() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session_in(folder.path(), &plain());
    let mut card = |program: &str| {
        let mut html = String::new();
        let ran = session.run("program", program, &mut |answer| {
            let page = answer.output.as_ref().and_then(|output| output.by_mime.get("text/html"));
            html.push_str(&page.map_or(String::new(), |page| String::from_utf8_lossy(page).into_owned()));
        });
        assert!(ran.is_ok(), "{program}");
        html
    };
    card(
        "ramp 6 4 | save netcdf \"a.nc\" chunks [time 2 y 3 x 4]; ramp 6 4 | save zarr \"a.zarr\" chunks [time 2 y 3 x 4]",
    );
    for program in ["load netcdf \"a.nc\"", "load zarr \"a.zarr\"", "load netcdf \"a.nc\" | mean"] {
        let html = card(program);
        assert!(html.contains("2 x 3 x 4 (steps"), "{program}: {html}");
        assert!(html.contains(">Conventions</th>") && html.contains("CF-1."), "{program}: {html}");
        // What stands elsewhere on the card, or is about storage, is not said again.
        assert!(!html.contains(">history</th>") && !html.contains("_FillValue"), "{program}: {html}");
    }
    let drawn = card("load netcdf \"a.nc\" | join ( load zarr \"a.zarr\" ) as b");
    assert!(!drawn.contains("attributes"), "of two sources neither is the one: {drawn}");
}
