//! Programs, files and machines at their limits: an error with a number, and no panic, no hang, no signal.

use crate::support::faults::{Fault, run_with};
use crate::support::{plain, root, run, run_in, session_in};
use std::fmt::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

/// The number of the first error of a program.
#[track_caller]
fn refused(program: &str) -> (&'static str, String) {
    let ran = run(program, &[], &plain());
    let first = ran.failed.first().unwrap_or_else(|| panic!("{}", ran.text));
    (first.code.number, ran.text.clone())
}

/// Runs a program under a limit of the shell.
fn limited(limit: &str, program: &str, folder: &Path) -> Output {
    let command = format!("ulimit {limit}; exec {} -c '{program}'", env!("CARGO_BIN_EXE_rastra"));
    let mut shell = Command::new("sh");
    shell.args(["-c", &command]).current_dir(folder);
    // What other tests have open at the moment would count to the limit: GDAL lets children inherit its files.
    // SAFETY: the child calls one function of the system before its program begins, which marks files to be closed then.
    unsafe {
        shell.pre_exec(|| match libc::close_range(3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC as libc::c_int) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
    shell.output().unwrap()
}

/// `let`s that each go on from the one before.
fn chain(first: &str, next: &str, count: usize, last: &str) -> String {
    let mut program = format!("let a0 = {first}\n");
    for i in 1..count {
        let _ = writeln!(program, "let a{i} = {}", next.replace('@', &format!("a{}", i - 1)));
    }
    program + &last.replace('@', &format!("a{}", count - 1))
}

#[test]
fn plans_that_grow_without_end() {
    let long = chain("ramp 1 2", "$@ | map v = v + 1", 3000, "$@ | show");
    let (code, said) = refused(&long);
    assert!(code == "E0003" && said.contains("1000 stages in a row") && said.contains("save zarr"), "{said}");
    let doubled = chain("ramp 1 2", "$@ | join $@ as w | map v = v + w", 40, "$@ | show");
    assert_eq!(refused(&doubled).0, "E0003");
    let text = chain("\"x\"", "\"${@}${@}\"", 60, "ramp 1 2 | plot title \"${@}\"");
    assert_eq!(refused(&text).0, "E0118");
    // What anybody writes is far from it.
    let ran = run(&chain("ramp 1 2", "$@ | map v = v + 1", 200, "$@ | show"), &[], &plain());
    assert!(ran.text.contains("199 200"), "{}", ran.text);
}

#[test]
fn titles_that_nobody_reads() {
    for length in [1001, 10_000_000] {
        let (code, said) = refused(&format!("ramp 1 2 | plot title \"{}\"", "x".repeat(length)));
        assert!(code == "E0118" && said.len() < 4000, "{}", said.len());
    }
    assert!(run(&format!("ramp 1 2 | plot title \"{}\"", "x".repeat(1000)), &[], &plain()).failed.is_empty());
}

#[test]
fn numbers_that_nothing_can_be_made_of() {
    for program in
        ["ramp 2 3 gaps 0", "ramp 2 3 dtype uint8 gaps 0", "ramp 2 3 gaps -3", "ramp -1 3", "ramp 2 0", "ramp 0 2"]
    {
        assert_eq!(refused(&format!("{program} | show")).0, "E0118", "{program}");
    }
    assert!(run("ramp 1 2 dtype uint8 gaps 1 | show", &[], &plain()).text.contains("nodata nodata"));
}

#[test]
fn devices_and_pipes_as_inputs() {
    let here = tempfile::tempdir().unwrap();
    assert!(Command::new("mkfifo").arg(here.path().join("p.tif")).status().unwrap().success());
    for program in [
        "load files \"/dev/zero\"",
        "load files \"p.tif\"",
        "load netcdf \"p.tif\"",
        "load zarr \"/dev/zero\"",
        "load stac \"/dev/zero\" assets [a]",
        "load stac \"p.tif\" assets [a]",
        "load kerchunk \"/dev/zero\"",
        "load archive \"p.tif\"",
        "ramp 1 3 | mask polygon \"/dev/zero\" | show",
        "ramp 1 3 | zonal \"p.tif\" mean | show",
    ] {
        let ran = run_in(&mut session_in(here.path(), &plain()), program);
        assert_eq!(ran.failed.first().map(|d| d.code.number), Some("E0302"), "{program}: {}", ran.text);
    }
}

#[test]
fn machines_that_allow_few_threads() {
    let here = tempfile::tempdir().unwrap();
    for program in ["save zarr \"b.zarr\"", "save tif \"b_{i}.tif\"", "save netcdf \"b.nc\""] {
        assert!(run_in(&mut session_in(here.path(), &plain()), &format!("ramp 40 9 | {program}")).failed.is_empty());
    }
    for most in 0..8 {
        for program in [
            "ramp 2 3 | mean | show",
            "ramp 400 3 | median | show",
            "ramp 2 3 | save tif \"a.tif\" overwrite",
            "load zarr \"b.zarr\" | trend | stats",
            "load files \"b_*.tif\" | mean | show",
            "load netcdf \"b.nc\" | mean | save zarr \"a.zarr\" overwrite",
        ] {
            let ran = run_with(here.path(), program, &[Fault::Threads(most)]);
            assert!(ran.output.status.success(), "{most} threads, {program}: {:?}", ran.output);
        }
    }
}

/// Writing goes on failing here, as on a disk that stays full.
#[test]
fn files_that_may_not_be_as_large() {
    let here = tempfile::tempdir().unwrap();
    for (sink, name) in [("tif", "a.tif"), ("cog", "b.tif"), ("netcdf", "a.nc"), ("zarr", "a.zarr"), ("csv", "a.csv")] {
        let program = match sink {
            "csv" => "ramp 20000 2 every \"1d\" | mean over space | save csv \"a.csv\"".to_string(),
            "zarr" => {
                "ramp 2 900 | map v = v * v % 8191 | save zarr \"a.zarr\" chunks [time 2 y 900 x 900]".to_string()
            }
            _ => format!("ramp 2 900 | map v = v * v % 8191 | save {sink} \"{name}\" compress none"),
        };
        let ran = limited("-f 100", &program, here.path());
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.code() == Some(1) && said.contains("error[E0502]"), "{sink}: {:?} {said}", ran.status);
        assert_eq!(std::fs::read_dir(here.path()).unwrap().count(), 0, "{sink}");
    }
}

/// A header whose heap of strings has free space of no length: HDF5 goes through it for good.
#[test]
fn a_header_that_the_library_does_not_come_back_from() {
    let here = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(root().join("examples/data/t2m.nc")).unwrap();
    let heap = bytes.windows(4).position(|word| word == b"GCOL").unwrap();
    let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    // Objects of the heap begin with their number, which is 0 for free space, and their length (the HDF5 File Format
    // Specification, III.E).
    let mut object = heap + 16;
    while word(object) & 0xffff != 0 {
        object += 16 + word(object + 8).next_multiple_of(8) as usize;
    }
    bytes[object + 8..object + 16].fill(0);
    std::fs::write(here.path().join("a.nc"), bytes).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rastra"));
    let ran = command.current_dir(here.path()).args(["-c", "load netcdf \"a.nc\" | schema"]).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.code() == Some(1) && said.contains("E0312") && said.contains("does not come back"), "{said}");
}

/// As on machines of many users (`ulimit -v`): the memory of a run is a part of what may be addressed.
#[test]
fn processes_that_may_address_little() {
    let here = tempfile::tempdir().unwrap();
    let ran = limited("-v 1000000", "ramp 60 1000 dtype float64 | map v + 1 | median | stats", here.path());
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// Fewer files may be open than a series has. A child has those of its parent, too, which other tests of this process open.
#[test]
fn processes_that_may_open_few_files() {
    let here = tempfile::tempdir().unwrap();
    let made = run_in(&mut session_in(here.path(), &plain()), "ramp 400 4 every \"1D\" | save tif \"{time}.tif\"");
    assert!(made.failed.is_empty(), "{}", made.text);
    let ran = limited("-n 160", "load files \"*.tif\" | mean | save zarr \"a.zarr\"", here.path());
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}
