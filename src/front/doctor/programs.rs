//! What works with this program: Jupyter, Dask in a Python, the terminal.

use super::finding::Finding;
use crate::cluster;
use std::process::{Command, Stdio};

pub(super) fn look() -> Vec<Finding> {
    [kernels(), vec![dask(), terminal()]].concat()
}

#[cfg(not(feature = "kernel"))]
fn kernels() -> Vec<Finding> {
    Vec::new()
}

/// The kernels that Jupyter would start, each with the program that it runs.
#[cfg(feature = "kernel")]
fn kernels() -> Vec<Finding> {
    use std::path::{Path, PathBuf};
    let what = "Jupyter";
    let install = "`rastra kernel install`";
    let own = std::env::current_exe().and_then(|path| path.canonicalize()).ok();
    let of = |(folder, argv): (PathBuf, Vec<String>)| {
        let program = argv.first().cloned().unwrap_or_default();
        let folder = folder.display();
        match Path::new(&program).canonicalize().ok() {
            None => Finding::fails(what, format!("{folder} starts {program}, which is not there"))
                .cure(format!("{install} `--force`, or remove the folder")),
            same if same == own => Finding::ok(what, format!("{folder} starts this program")),
            Some(_) => Finding::note(what, format!("{folder} starts another one: {program}"))
                .cure(format!("for this one: {install} `--force`")),
        }
    };
    let found: Vec<Finding> = rastra_kernel::spec::installed("rastra").into_iter().map(of).collect();
    match found.is_empty() {
        true => vec![Finding::note(what, "the kernel is not installed").cure(install)],
        false => found,
    }
}

/// Asks the Python that `--on dask` would start.
fn dask() -> Finding {
    let what = "Dask";
    let (python, is_named) = cluster::python();
    let asked = Command::new(&python)
        .args(["-c", "import distributed; print(distributed.__version__)"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let cure = format!("`{} -m pip install distributed`, or set RASTRA_PYTHON to a Python that has it", python);
    match asked {
        Ok(answer) if answer.status.success() => {
            let version = String::from_utf8_lossy(&answer.stdout).trim().to_string();
            Finding::ok(what, format!("distributed {version} in {python}"))
        }
        // Whoever named one means to use it.
        Ok(_) if is_named => {
            Finding::fails(what, format!("{python}, of RASTRA_PYTHON, has no `distributed`")).cure(cure)
        }
        Ok(_) => Finding::note(what, format!("{python} has no `distributed`, which `--on dask` needs")).cure(cure),
        Err(e) if is_named => {
            Finding::fails(what, format!("{python}, of RASTRA_PYTHON, cannot be started: {e}")).cure(cure)
        }
        Err(_) => Finding::note(what, format!("there is no {python}, which `--on dask` needs")).cure(cure),
    }
}

fn terminal() -> Finding {
    #[cfg(feature = "pictures")]
    let says = crate::front::picture::told();
    #[cfg(not(feature = "pictures"))]
    let says = "this build draws no pictures";
    Finding::ok("terminal", says)
}
