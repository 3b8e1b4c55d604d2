//! One request that GDAL makes, on a thread of the requests: for names that only it can sign, and under options that only
//! it understands.

use super::opened::{length, open, part};
use super::signed::{enter_gdal, patiently_by_gdal};
use crate::diagnostic::Result;
use crate::gdal::settings::ThreadOption;
use crate::io::remote::range::{Got, is_tail};
use std::ops::Range;

/// A part of an object, if it is there; less where it ends before, and nothing behind its end.
pub(super) fn ask(name: &str, range: &Range<u64>) -> Result<Option<Got>> {
    // The size comes with the first bytes.
    let _first = ThreadOption::set("CPL_VSIL_CURL_USE_HEAD", "NO");
    patiently_by_gdal(name, || {
        let entered = enter_gdal(name)?;
        let Some(handle) = open(&entered, name, c"rb")? else { return Ok(None) };
        let size = length(&handle, name)?;
        let (start, end) = match is_tail(range) {
            true => (size.saturating_sub(range.end - range.start), size),
            false => (range.start.min(size), range.end.min(size)),
        };
        let bytes = part(&handle, name, &(start..end.max(start)), size)?;
        Ok(Some(Got { start, bytes, size: Some(size), version: None }))
    })
}
