//! The package for Python passes its own tests, with the module as cargo has built it.

use std::path::Path;
use std::process::Command;

#[test]
fn the_package_works() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the repository");
    let test = std::env::current_exe().expect("the test has a path");
    let deps = test.parent().expect("the test lies beside what it tests");
    let command = deps.with_file_name("rastra");
    let site = tempfile::tempdir().expect("there is room for a copy");
    // That of `setup.sh`, unless another is named.
    let python = std::env::var_os("RASTRA_PYTHON").map_or_else(|| root.join(".venv/bin/python"), Into::into);
    let run = |arguments: &[&std::ffi::OsStr]| {
        let mut ran = Command::new(&python);
        ran.current_dir(root).args(arguments).env("PYTHONPATH", site.path()).env("RASTRA", &command);
        let ran = ran.env("HDF5_USE_FILE_LOCKING", "FALSE").output().expect("Python starts");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()));
    };
    let module = deps.join("lib_rastra.so");
    run(&["python/develop.py".as_ref(), module.as_ref(), site.path().as_ref()]);
    run(&["-m", "unittest", "discover", "-s", "python/tests"].map(std::ffi::OsStr::new));
}
