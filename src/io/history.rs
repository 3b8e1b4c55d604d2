//! The attribute `history` of what is written: the program and when it ran, before what the source says of itself.

use crate::cube::Schema;
use crate::plan::SinkSpec;
use chrono::{DateTime, Utc};

/// The history of a target, newest line first, as CDO and NCO write it.
pub(super) fn of(spec: &SinkSpec, schema: &Schema) -> String {
    let program = spec.program.as_deref().map_or(String::new(), |program| format!(": {program}"));
    let own = format!("{}: rastra {}{program}", now().format("%a %b %d %H:%M:%S %Y"), env!("CARGO_PKG_VERSION"));
    onto(&own, schema.history.as_deref())
}

/// When it is; or when `SOURCE_DATE_EPOCH` says that it is, in seconds since 1970, for files that are the same byte by byte
/// whenever they are made (the convention of reproducible-builds.org).
fn now() -> DateTime<Utc> {
    let said = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|said| said.trim().parse().ok());
    said.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).unwrap_or_else(Utc::now)
}

/// A line before those that are there.
pub(super) fn onto(line: &str, earlier: Option<&str>) -> String {
    match earlier.map(str::trim).filter(|earlier| !earlier.is_empty()) {
        Some(earlier) => format!("{line}\n{earlier}"),
        None => line.to_string(),
    }
}
