//! Nothing is lost: every sink is killed at each of its acts on the disk, and what is there then is the old or the new.

use crate::support::faults::{Fault, run_with};
use crate::support::{plain, printed, run_in, session_in};
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A program that writes a target, before which another program may have written it, and what tells what is there.
struct Case {
    name: &'static str,
    before: Option<&'static str>,
    program: &'static str,
    look: Look,
    /// What lies in the folder when all is done.
    left: &'static [&'static str],
    faults: &'static [Fault<'static>],
}

enum Look {
    /// The bytes of a file.
    Bytes(&'static str),
    /// What a program prints.
    Prints(&'static str),
}

const CASES: &[Case] = &[
    Case {
        name: "a new store",
        before: None,
        program: "ramp 2 6 | save zarr \"a.zarr\" chunks [time 1]",
        look: Look::Prints("load zarr \"a.zarr\" | stats"),
        left: &["a.zarr"],
        faults: &[],
    },
    Case {
        name: "a store that is replaced",
        before: Some("ramp 2 6 | map v = v + 7 | save zarr \"a.zarr\""),
        program: "ramp 2 6 | save zarr \"a.zarr\" overwrite",
        look: Look::Prints("load zarr \"a.zarr\" | stats"),
        left: &["a.zarr"],
        faults: &[],
    },
    Case {
        name: "a store that is replaced where two names cannot be exchanged",
        before: Some("ramp 2 6 | map v = v + 7 | save zarr \"a.zarr\""),
        program: "ramp 2 6 | save zarr \"a.zarr\" overwrite",
        look: Look::Prints("load zarr \"a.zarr\" | stats"),
        left: &["a.zarr"],
        faults: &[Fault::Refuse("renameat2", libc::EINVAL)],
    },
    Case {
        name: "a store of version 3 that grows",
        before: Some("ramp 4 6 | save zarr \"a.zarr\" chunks [time 3]"),
        program: "ramp 3 6 start 2021-01-01 | save zarr \"a.zarr\" append",
        look: Look::Prints("load zarr \"a.zarr\" | reduce mean over space | show"),
        left: &["a.zarr"],
        faults: &[],
    },
    Case {
        name: "a store of version 2 that grows",
        before: Some("ramp 4 6 | save zarr \"a.zarr\" version 2"),
        program: "ramp 3 6 start 2021-01-01 | save zarr \"a.zarr\" append",
        look: Look::Prints("load zarr \"a.zarr\" | reduce mean over space | show"),
        left: &["a.zarr"],
        faults: &[],
    },
    Case {
        name: "a new set of files in several folders",
        before: None,
        program: "ramp 2 6 bands [a b] | save tif \"s/{time:%m}/{band}.tif\"",
        look: Look::Prints("load files \"s/*/a.tif\" | reduce mean over space | show"),
        left: &["s"],
        faults: &[],
    },
    Case {
        name: "a set that is replaced",
        before: Some("ramp 3 6 | map v = v + 7 | save tif \"s_{time:%Y%m}.tif\""),
        program: "ramp 3 6 | save tif \"s_{time:%Y%m}.tif\" overwrite",
        look: Look::Prints("load files \"s_*.tif\" | reduce mean over space | show"),
        left: &["s_202001.tif", "s_202002.tif", "s_202003.tif"],
        faults: &[],
    },
    Case {
        name: "a set in several folders that is replaced",
        before: Some("ramp 2 6 bands [a b] | map a = a + 7, b = b + 7 | save cog \"s/{time:%m}/{band}.tif\""),
        program: "ramp 2 6 bands [a b] | save cog \"s/{time:%m}/{band}.tif\" overwrite",
        look: Look::Prints("load files \"s/*/b.tif\" | reduce mean over space | show"),
        left: &["s"],
        faults: &[],
    },
    Case {
        name: "one raster",
        before: Some("ramp 2 6 | map v = v + 7 | save tif \"a.tif\""),
        program: "ramp 2 6 | save tif \"a.tif\" overwrite",
        look: Look::Prints("load files \"a.tif\" | stats"),
        left: &["a.tif"],
        faults: &[],
    },
    Case {
        name: "a NetCDF file",
        before: Some("ramp 2 6 | map v = v + 7 | save netcdf \"a.nc\""),
        program: "ramp 2 6 | save netcdf \"a.nc\" overwrite",
        look: Look::Prints("load netcdf \"a.nc\" | stats"),
        left: &["a.nc"],
        faults: &[],
    },
    Case {
        name: "a table",
        before: Some("ramp 2 6 | map v = v + 7 | reduce mean over space | save csv \"a.csv\""),
        program: "ramp 2 6 | reduce mean over space | save csv \"a.csv\" overwrite",
        look: Look::Bytes("a.csv"),
        left: &["a.csv"],
        faults: &[],
    },
    Case {
        name: "a table where nothing is known but plain renaming",
        before: None,
        program: "ramp 2 6 | reduce mean over space | save parquet \"a.parquet\"",
        look: Look::Bytes("a.parquet"),
        left: &["a.parquet"],
        faults: &[Fault::Refuse("renameat2", libc::EINVAL)],
    },
    Case {
        name: "a picture",
        before: Some("ramp 2 6 | plot title \"old\" | save png \"a.png\""),
        program: "ramp 2 6 | plot title \"new\" | save png \"a.png\" overwrite",
        look: Look::Bytes("a.png"),
        left: &["a.png"],
        faults: &[],
    },
];

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into()).collect();
    names.sort();
    names
}

impl Look {
    /// What is there; nothing where there is no target.
    fn seen(&self, folder: &Path) -> Option<String> {
        match self {
            Look::Bytes(name) => std::fs::read(folder.join(name)).ok().map(|bytes| format!("{bytes:?}")),
            Look::Prints(program) => {
                let ran = run_in(&mut session_in(folder, &plain()), program);
                let is_absent = ran.failed.iter().any(|d| ["E0301", "E0302"].contains(&d.code.number));
                assert!(ran.failed.is_empty() || is_absent, "{program}: {}", ran.text);
                // That something was completed is told, once.
                let lines = ran.text.lines().filter(|line| !line.contains("a run that was killed"));
                (!is_absent).then(|| lines.map(|line| format!("{line}\n")).collect())
            }
        }
    }
}

impl Case {
    fn begin(&self) -> tempfile::TempDir {
        let here = tempfile::tempdir().unwrap();
        if let Some(before) = self.before {
            printed(here.path(), before);
        }
        here
    }

    /// Killed at every act in turn; answers how often.
    fn kill(&self) -> usize {
        let here = self.begin();
        let old = self.look.seen(here.path());
        let whole = run_with(here.path(), self.program, self.faults);
        assert!(whole.output.status.success(), "{}: {:?}", self.name, whole.output);
        assert_eq!(names(here.path()), self.left, "{}", self.name);
        let new = self.look.seen(here.path());
        assert!(old != new && new.is_some(), "{}: {old:?} {new:?}", self.name);
        let mut times = 0;
        loop {
            let here = self.begin();
            let faults = [self.faults, &[Fault::Kill(times + 1)]].concat();
            let killed = run_with(here.path(), self.program, &faults);
            if killed.output.status.signal() != Some(9) {
                assert!(killed.output.status.success(), "{}: {:?}", self.name, killed.output);
                return times;
            }
            times += 1;
            let place = || format!("{}, killed at act {times}, after {:?}", self.name, killed.acts.last());
            let seen = self.look.seen(here.path());
            assert!(seen == old || seen == new, "{}: {seen:?}", place());
            // The next run does not need to know. What is whole already cannot be appended or created once more.
            let again = run_with(here.path(), self.program, self.faults);
            let said = String::from_utf8_lossy(&again.output.stderr);
            let is_over =
                !self.program.contains("overwrite") && ["E0501", "E0505"].iter().any(|code| said.contains(code));
            assert!(again.output.status.success() || is_over, "{}: {said}", place());
            assert_eq!(self.look.seen(here.path()), new, "{}", place());
            if is_over {
                // Whoever writes there next removes what is left.
                printed(here.path(), "ramp 1 1 | reduce mean over space | save csv \"z.csv\"");
                std::fs::remove_file(here.path().join("z.csv")).unwrap();
            }
            assert_eq!(names(here.path()), self.left, "{}", place());
            assert!(!here.path().join("a.zarr/.rastra-append").exists(), "{}", place());
        }
    }
}

/// Cases that share nothing, so that several threads take one after another.
#[test]
fn every_sink_at_every_act() {
    let next = AtomicUsize::new(0);
    let work = || std::iter::from_fn(|| CASES.get(next.fetch_add(1, Ordering::Relaxed))).map(|c| (c.name, c.kill()));
    let times: BTreeMap<&str, usize> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(|| work().collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let sum: usize = times.values().sum();
    assert!(sum >= 200 && times.values().all(|n| *n > 3), "{sum} kills: {times:?}");
    println!("{sum} kills: {times:?}");
}

/// A full or broken disk at every act: the run says so or has done its work, and the old or the new is there.
#[test]
fn every_act_can_fail() {
    for case in CASES.iter().filter(|case| case.before.is_some()) {
        let here = case.begin();
        let old = case.look.seen(here.path());
        let acts = run_with(here.path(), case.program, case.faults).acts.len();
        let new = case.look.seen(here.path());
        for at in (1..=acts).step_by(3) {
            let error = [libc::ENOSPC, libc::EIO, libc::EACCES][at / 3 % 3];
            let here = case.begin();
            let ran = run_with(here.path(), case.program, &[case.faults, &[Fault::Error(at, error)]].concat());
            let said = String::from_utf8_lossy(&ran.output.stderr);
            let place = || format!("{}, error {error} at act {at} after {:?}: {said}", case.name, ran.acts.last());
            let seen = case.look.seen(here.path());
            match ran.output.status.code() {
                Some(0) => assert!(seen == new, "{}", place()),
                Some(1) => assert!((seen == old || seen == new) && said.contains("error[E0"), "{}", place()),
                _ => panic!("{}", place()),
            }
        }
    }
}

/// Before a target gets its name, what it is made of is on the disk; before the run says so, the name is.
#[test]
fn saved_is_said_when_it_is_on_the_disk() {
    for case in CASES {
        let here = case.begin();
        let ran = run_with(here.path(), case.program, case.faults);
        assert!(ran.output.status.success());
        let is_name = |path: &str| !path.contains(".partial") && !path.contains("/.rastra");
        // In a store that grows, what is renamed are objects; its room holds no targets.
        let grows = case.program.ends_with("append");
        let named: Vec<usize> = ran
            .acts
            .iter()
            .enumerate()
            .filter(|(_, (call, path))| call.starts_with("rename") && is_name(path) && !grows)
            .map(|(i, _)| i)
            .collect();
        let is_sync = |(call, _): &(String, String)| ["fsync", "syncfs"].contains(&call.as_str());
        for &at in &named {
            let (_, name) = &ran.acts[at];
            let file = Path::new(name).file_name().unwrap().to_string_lossy();
            let before = ran.acts[..at].iter().any(|(call, path)| {
                path.contains(".partial/files")
                    && (call == "syncfs" || call == "fsync" && path.contains(&format!("files/{file}")))
            });
            assert!(before, "{}: {:?}", case.name, ran.acts);
            let folder = Path::new(name).parent().unwrap().canonicalize().unwrap();
            let after = ran.acts[at..].iter().any(|(call, path)| call == "fsync" && Path::new(path) == folder);
            assert!(after, "{}: {:?}", case.name, ran.acts);
        }
        assert_eq!(named.is_empty(), grows, "{}", case.name);
        if grows {
            // Chunks, then the word how documents grow, then these: between each two the disk is waited for.
            let journal: Vec<usize> =
                (0..ran.acts.len()).filter(|i| ran.acts[*i].1.ends_with(".rastra-append")).collect();
            let [written, gone] = journal[..] else { panic!("{}: {:?}", case.name, ran.acts) };
            let waits = |range: std::ops::Range<usize>| ran.acts[range].iter().any(is_sync);
            let first = (written + 1..gone).find(|i| ran.acts[*i].0 == "rename").unwrap();
            assert!(
                waits(0..written) && waits(written..first) && waits(gone..ran.acts.len()),
                "{}: {:?}",
                case.name,
                ran.acts
            );
        }
    }
}

/// A run that was killed goes on where it was, leaves nothing of itself in the store, and takes no other plan's place.
#[test]
fn resumed_runs_leave_nothing_behind() {
    let program = "ramp 6 8 | save zarr \"a.zarr\" chunks [time 1] resume";
    let print = "load zarr \"a.zarr\" | reduce mean over space | show";
    let whole = tempfile::tempdir().unwrap();
    printed(whole.path(), program);
    let files = |folder: &Path| {
        let mut found: Vec<String> = Vec::new();
        let mut folders = vec![folder.to_path_buf()];
        while let Some(next) = folders.pop() {
            for entry in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
                found.push(entry.strip_prefix(folder).unwrap().to_string_lossy().into());
                folders.extend(entry.is_dir().then_some(entry));
            }
        }
        found.sort();
        found
    };
    let expected = files(whole.path());
    let mut went_on = 0;
    for at in (20..).step_by(9) {
        let here = tempfile::tempdir().unwrap();
        let killed = run_with(here.path(), program, &[Fault::Kill(at)]);
        if killed.output.status.signal() != Some(9) {
            break;
        }
        if names(here.path()) == [".a.zarr.partial"] && here.path().join(".a.zarr.partial/progress").exists() {
            let other = run_with(here.path(), &program.replace("ramp 6 8", "ramp 6 8 | map v = v * 2"), &[]);
            let said = String::from_utf8_lossy(&other.output.stderr);
            assert!(said.contains("E0505") && said.contains("leave out `resume`"), "{said}");
            went_on += 1;
        }
        let again = run_with(here.path(), program, &[]);
        let said = String::from_utf8_lossy(&again.output.stderr);
        assert!(again.output.status.success() || said.contains("is finished"), "act {at}: {said}");
        assert_eq!(printed(here.path(), print), printed(whole.path(), print));
        if again.output.status.success() {
            assert_eq!(files(here.path()), expected, "act {at}");
        }
    }
    assert!(went_on > 3, "{went_on}");
}

/// Where the file system of a cluster has no locks, that is told.
#[test]
fn what_cannot_be_locked_is_told() {
    let here = tempfile::tempdir().unwrap();
    for (program, left) in [("ramp 1 4 | save tif \"a.tif\"", "a.tif"), ("ramp 1 4 | save zarr \"a.zarr\"", "a.zarr")] {
        let ran = run_with(here.path(), program, &[Fault::Refuse("flock", libc::ENOLCK)]);
        let said = String::from_utf8_lossy(&ran.output.stderr);
        assert!(
            ran.output.status.success() && said.contains("note: files in `") && said.contains("` cannot be locked"),
            "{said}"
        );
        assert!(here.path().join(left).exists());
    }
    assert_eq!(names(here.path()), ["a.tif", "a.zarr"]);
}

/// The second of two runs on one target is refused, whatever it is called by and whether it would replace.
#[test]
fn two_runs_on_one_target() {
    for (sink, name) in [("zarr", "a.zarr"), ("netcdf", "a.nc"), ("tif", "a.tif"), ("csv", "a.csv"), ("gif", "a.gif")] {
        let here = tempfile::tempdir().unwrap();
        let long = match sink {
            "csv" => "ramp 2000 2000 | median | mean over space",
            "gif" => "ramp 4000 700 | animate max 4000",
            _ => "ramp 2000 2000 | median",
        };
        std::os::unix::fs::symlink(name, here.path().join("link")).unwrap();
        let mut first = Command::new(env!("CARGO_BIN_EXE_rastra"))
            .args(["-c", &format!("{long} | save {sink} \"{name}\" overwrite")])
            .current_dir(here.path())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !here.path().join(format!(".{name}.partial/names")).exists() {
            assert!(first.try_wait().unwrap().is_none(), "{sink}");
            std::thread::sleep(Duration::from_millis(5));
        }
        for (target, existing) in [(name, ""), (name, "overwrite"), ("link", "overwrite")] {
            let short = long.replace("4000", "2").replace("2000", "2");
            let second = run_with(here.path(), &format!("{short} | save {sink} \"{target}\" {existing}"), &[]);
            let said = String::from_utf8_lossy(&second.output.stderr);
            assert!(said.contains("another run is writing it"), "{sink} {target} {existing}: {said}");
        }
        first.kill().unwrap();
        first.wait().unwrap();
        printed(
            here.path(),
            &format!("ramp 2 2 | {}save {sink} \"{name}\"", if sink == "csv" { "mean over space | " } else { "" }),
        );
        assert_eq!(names(here.path()), [name, "link"]);
    }
}
