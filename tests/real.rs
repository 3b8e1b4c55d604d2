//! Tests on real data, in `../shared` beside the repository or where `RASTRA_SHARED` points. Whoever has none of it is told
//! so in the last line of the run; what the tests look at is then still looked at by their twins, on data made for it.
//!
//! **Invariant:** every test here names its twin, which `tidy` looks up.

mod archive;
mod cases;
mod files;
mod netcdf;
mod oracle;
mod references;
mod stac;
mod vectors;
mod warp;
mod zarr;

use crate::support::{plain, root, session};
use ndarray::Array4;
use rastra::Diagnostic;
use rastra::Plan;
use rastra::Schema;
use rastra::Session;
use rastra::inside;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// The sets that were asked for: whether they are there, and by which tests.
static ASKED: Mutex<BTreeMap<String, (bool, Vec<String>)>> = Mutex::new(BTreeMap::new());

/// The folder of the real data.
fn folder() -> PathBuf {
    std::env::var_os("RASTRA_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from)
}

/// A file or folder of the real data, or nothing where its set is not there; the last line of the run tells of either.
pub(crate) fn shared(what: &str) -> Option<PathBuf> {
    let path = folder().join(what);
    let there = path.exists();
    let set = what.trim_start_matches("data/").split('/').next().unwrap_or(what).to_string();
    let mut asked = ASKED.lock().unwrap_or_else(|e| e.into_inner());
    if asked.is_empty() {
        // SAFETY: the function is one of this program, and touches nothing that has ended by then.
        unsafe { libc::atexit(tell) };
    }
    let (all_there, tests) = asked.entry(set).or_insert((true, Vec::new()));
    *all_there &= there;
    // The harness calls the thread of a test by its name.
    let test = std::thread::current().name().unwrap_or("a test").to_string();
    if !tests.contains(&test) {
        tests.push(test);
    }
    there.then(|| fs::canonicalize(path).unwrap())
}

/// Says which sets were there. Printed at the end of the process and past the harness, which would swallow it.
extern "C" fn tell() {
    let asked = ASKED.lock().unwrap_or_else(|e| e.into_inner());
    let (there, absent): (Vec<_>, Vec<_>) = asked.iter().partition(|(_, (there, _))| *there);
    let names = |sets: &[(&String, &(bool, Vec<String>))]| {
        sets.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let mut line = format!("\nreal data: {} of {} sets were there", there.len(), asked.len());
    if !there.is_empty() {
        line += &format!(" ({})", names(&there));
    }
    if !absent.is_empty() {
        let tests: BTreeSet<&String> = absent.iter().flat_map(|(_, (_, tests))| tests).collect();
        line += &format!(
            "; NOT there: {}; {} tests looked at nothing, only their twins on made data count",
            names(&absent),
            tests.len()
        );
    }
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A cube of the real data, whose paths are relative to the folder of the data.
pub(crate) struct Cube {
    pub session: Session,
    pub plan: Arc<Plan>,
}

impl Cube {
    /// Plans a program, or gives its first error.
    pub(crate) fn plan(program: &str) -> Result<Cube, Box<Diagnostic>> {
        let mut session = session(&[], &plain());
        session.set_base(folder().join("data"));
        let plan = session.plan(program).map_err(|all| all.into_iter().next().expect("an error says why"))?;
        Ok(Cube { session, plan })
    }

    pub(crate) fn of(program: &str) -> Cube {
        Cube::plan(program).unwrap_or_else(|e| panic!("{program}: {e:?}"))
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.plan.schema
    }

    /// Steps, rows and columns that the source of a `load` proposes to read in one piece.
    pub(crate) fn natural_tile(&self) -> [usize; 3] {
        inside::natural_tile(&self.plan).expect("a load alone, which can be opened")
    }

    /// `(time, band, y, x)`, missing as NaN.
    pub(crate) fn values(&self) -> Array4<f64> {
        let chunk = self.session.collect(&self.plan).unwrap_or_else(|e| panic!("{e:?}"));
        chunk.to_array(&self.schema().nodata())
    }

    /// The same in tasks of so many pixels along an edge, after the plan has traveled as text.
    pub(crate) fn values_in_pieces(&self, tile: usize) -> Array4<f64> {
        let text = serde_json::to_string(&*self.plan).unwrap();
        let traveled: Arc<Plan> = Arc::new(serde_json::from_str(&text).unwrap());
        let mut config = plain();
        config.limits.tile = Some(tile);
        let chunk = session(&[], &config).collect(&traveled).unwrap_or_else(|e| panic!("{e:?}"));
        chunk.to_array(&self.schema().nodata())
    }
}

/// What an error advises, with the folder of the data left out of its paths.
pub(crate) fn advice(e: &Diagnostic) -> Vec<String> {
    let prefix = format!("{}/", folder().join("data").display());
    e.help.iter().map(|line| line.replace(&prefix, "")).collect()
}

/// How many values are valid, and their sum.
pub(crate) fn summary<'a>(values: impl IntoIterator<Item = &'a f64>) -> (usize, f64) {
    let valid = values.into_iter().filter(|v| !v.is_nan());
    valid.fold((0, 0.0), |(n, sum), v| (n + 1, sum + v))
}

/// To so many parts of the larger one, or of one; missing is like missing.
pub(crate) fn near(a: f64, b: f64, part: f64) -> bool {
    (a - b).abs() <= part * b.abs().max(1.0) || a.is_nan() && b.is_nan()
}

/// Equal pixels, missing where the other is missing.
pub(crate) fn same(a: &Array4<f64>, b: &Array4<f64>) -> bool {
    a.shape() == b.shape() && a.iter().zip(b).all(|(a, b)| a == b || a.is_nan() && b.is_nan())
}
