//! What a process that works with others has of its own: its version, its open sources, its settings.

use crate::cube::Schema;
use crate::diagnostic::Result;
use crate::exec::{Limits, Opener};
use crate::io::{self, Source};
use crate::plan::SourceSpec;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The version that all who work together have: plans and results are understood only by the same one.
pub(crate) fn version() -> String {
    format!("{} (GDAL {})", env!("CARGO_PKG_VERSION"), crate::gdal::library::version())
}

/// Sets for this process what was set where the run was planned.
///
/// # Errors
/// `E0503` for an option that GDAL refuses.
pub(super) fn set_up(limits: &Limits, options: &BTreeMap<String, String>) -> Result<()> {
    limits.hold_for_requests();
    options.iter().try_for_each(|(name, value)| crate::gdal::settings::set(name, value))
}

/// Opens sources that nobody has open.
pub(super) struct Unopened;

impl Opener for Unopened {
    fn open(&self, spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
        io::open(spec, schema)
    }
}
