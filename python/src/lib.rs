//! The module `rastra._rastra`: Rastra's sessions for the package around it, which turns what Python has into names and
//! what a query gives into what Python knows.
//!
//! Nothing here is for users: `python/rastra` is, and its `.pyi` says what is promised.

mod answers;
mod arrays;
mod errors;
mod memory;
mod plan;
mod session;
mod tables;
mod watch;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

#[pymodule]
mod _rastra {
    #[pymodule_export]
    use super::command;
    #[pymodule_export]
    use super::plan::Plan;
    #[pymodule_export]
    use super::program;
    #[pymodule_export]
    use super::session::Session;
    #[pymodule_export]
    use super::system;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}

/// Runs the command `rastra` with these arguments, the first of them its name. The process ends here.
#[pyfunction]
fn command(py: Python<'_>, arguments: Vec<std::ffi::OsString>) {
    py.detach(|| rastra::command(arguments))
}

/// Says where the command `rastra` of this installation lies, which kernels and workers are started by.
#[pyfunction]
fn program(path: std::path::PathBuf) {
    rastra::set_program(path);
}

/// A reference system as well-known text.
#[pyfunction]
fn system(text: &str) -> PyResult<String> {
    let system: Result<rastra::Crs, _> = text.parse();
    let said = |error: &rastra::Diagnostic| {
        [&error.message].into_iter().chain(&error.help).cloned().collect::<Vec<_>>().join("; ")
    };
    system.map(|system| system.wkt.to_string()).map_err(|error| PyValueError::new_err(said(&error)))
}
