//! Runs whose file system fails, or which are killed, at one of their acts.

use super::root;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

/// The library that stands between, made once.
static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (made, library) = (folder.join(format!("faults.{}.so", std::process::id())), folder.join("faults.so"));
    let source = root().join("tests/support/faults.c");
    let ran =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&made).arg(source).arg("-ldl").output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    std::fs::rename(made, &library).unwrap();
    library
});

/// What happens at one act, counted from 1.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault<'a> {
    Kill(usize),
    Error(usize, i32),
    /// A call that the file system does not know.
    Refuse(&'a str, i32),
    /// So many threads can be begun, and no more.
    Threads(usize),
}

/// What became of a run, and its acts: the call and the path of each.
pub(crate) struct Faulted {
    pub output: Output,
    pub acts: Vec<(String, String)>,
}

/// Runs a program below a folder with faults, as many as there are.
pub(crate) fn run_with(folder: &Path, program: &str, faults: &[Fault]) -> Faulted {
    of(&["--progress", "off", "-c", program], folder, faults)
}

/// The same for any arguments.
pub(crate) fn of(args: &[&str], folder: &Path, faults: &[Fault]) -> Faulted {
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rastra"));
    command.args(args).current_dir(folder);
    command.env("LD_PRELOAD", &*LIBRARY).env("FAULT_UNDER", folder).env("FAULT_LOG", log.path());
    for fault in faults {
        match fault {
            Fault::Kill(at) => command.env("FAULT_AT", at.to_string()).env("FAULT_DO", "kill"),
            Fault::Error(at, error) => command.env("FAULT_AT", at.to_string()).env("FAULT_DO", error.to_string()),
            // A library of GDAL's begins some as it is loaded, and ends the process where it cannot.
            Fault::Threads(most) => command.env("OPENBLAS_NUM_THREADS", "1").env("FAULT_THREADS", most.to_string()),
            Fault::Refuse(call, error) => command.env("FAULT_REFUSE", format!("{call}:{error}")),
        };
    }
    let output = command.output().unwrap();
    let acts = std::fs::read_to_string(log.path()).unwrap();
    let acts = acts.lines().filter_map(|line| line.split_once(' ')).map(|(call, path)| (call.into(), path.into()));
    Faulted { output, acts: acts.collect() }
}
