//! One run of CMake: a library configured and built static, for the compiler that cargo builds with.

use std::env;
use std::io::stderr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A library to be built by CMake.
pub struct Project {
    folder: PathBuf,
    arguments: Vec<String>,
    configure: Command,
}

impl Project {
    /// The sources of a library, and where it is built. CMake keeps there what it has done, and a second run does only the rest.
    /// `cpp_level` is how C++ is optimized; C, in which codecs are written, always is for speed.
    pub fn new(source: &Path, folder: &Path, cpp_level: &str) -> Project {
        let mut configure = Command::new(program());
        configure.arg("-S").arg(source).arg("-B").arg(folder);
        Project { folder: folder.to_owned(), arguments: Vec::new(), configure }
            .on("CMAKE_POSITION_INDEPENDENT_CODE")
            .off("BUILD_SHARED_LIBS")
            .off("BUILD_TESTING")
            .set("CMAKE_BUILD_TYPE", "Release")
            // Several files at a time, which both PROJ and GDAL are made for: most of the time goes into their headers.
            .on("CMAKE_UNITY_BUILD")
            .set("CMAKE_INSTALL_LIBDIR", "lib")
            // Nothing of the machine gets in by being found.
            .off("CMAKE_FIND_USE_SYSTEM_PACKAGE_REGISTRY")
            .off("CMAKE_FIND_USE_CMAKE_SYSTEM_PATH")
            .compilers(cpp_level)
    }

    pub fn set(mut self, name: &str, value: impl AsRef<Path>) -> Project {
        self.arguments.push(format!("-D{name}={}", value.as_ref().display()));
        self
    }

    pub fn on(self, name: &str) -> Project {
        self.set(name, "ON")
    }

    pub fn off(self, name: &str) -> Project {
        self.set(name, "OFF")
    }

    /// The compilers of the target as crates are built with them: those that `CC` and its kin name, or the machine's.
    fn compilers(self, cpp_level: &str) -> Project {
        // A function in a section of its own is left out of the binary where nobody calls it.
        let mut build = cc::Build::new();
        build.debug(false).pic(true).warnings(false).flag("-DNDEBUG").flag("-fvisibility=hidden");
        // Whoever calls the compiler may have asked for a gigabyte of debug information.
        build.flag("-g0");
        // Zig looks for undefined behavior by default, and what is found would end the program.
        build.flag("-fno-sanitize=all");
        let archiver = build.get_archiver();
        let ranlib = build.get_ranlib();
        let mut project =
            self.set("CMAKE_AR", found(archiver.get_program())).set("CMAKE_RANLIB", found(ranlib.get_program()));
        for (language, is_cpp) in [("C", false), ("CXX", true)] {
            let level = if is_cpp { cpp_level } else { "2" };
            let tool = build.clone().cpp(is_cpp).opt_level_str(level).get_compiler();
            let flags: Vec<_> = tool.args().iter().map(|flag| flag.to_string_lossy()).collect();
            project = project
                .set(&format!("CMAKE_{language}_COMPILER"), found(tool.path().as_os_str()))
                .set(&format!("CMAKE_{language}_FLAGS"), flags.join(" "))
                // CMake's own would come after these.
                .set(&format!("CMAKE_{language}_FLAGS_RELEASE"), "");
        }
        project
    }

    /// Builds one target of the library, with as many compilers at a time as cargo may run.
    pub fn build(mut self, target: &str) {
        if Command::new("ninja").arg("--version").stdout(Stdio::null()).status().is_ok_and(|s| s.success()) {
            self.configure.args(["-G", "Ninja"]);
        }
        run(self.configure.args(&self.arguments));
        let jobs = env::var("NUM_JOBS").unwrap_or_else(|_| "1".into());
        run(Command::new(program()).arg("--build").arg(&self.folder).args(["--parallel", &jobs, "--target", target]));
    }
}

/// Takes an archive apart below a folder, unless that is done.
pub fn unpack(archive: &Path, folder: &Path) {
    std::fs::create_dir_all(folder).expect("the folder to build in can be made");
    run(Command::new(program()).args(["-E", "tar", "xzf"]).arg(archive).current_dir(folder));
}

fn program() -> String {
    println!("cargo:rerun-if-env-changed=CMAKE");
    env::var("CMAKE").unwrap_or_else(|_| "cmake".into())
}

/// The path of a program, which CMake wants whole.
fn found(program: &std::ffi::OsStr) -> PathBuf {
    let folders = env::var_os("PATH").unwrap_or_default();
    let candidates = env::split_paths(&folders).map(|folder| folder.join(program));
    candidates.into_iter().find(|path| path.is_file()).unwrap_or_else(|| program.into())
}

/// What a command says goes to the errors: cargo reads the output.
fn run(command: &mut Command) {
    let status = command.stdout(stderr()).status();
    let status = status.unwrap_or_else(|e| panic!("{:?} does not start: {e}", command.get_program()));
    assert!(status.success(), "{command:?} failed; what it said is above");
}
