//! GDAL's virtual file system: archives and servers as folders.

use super::signed::{enter, patiently};
use super::{handles, quiet::Quiet};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::remote::address::without_secrets;
use std::path::Path;

/// Every file below a folder or in an archive, at any depth, as paths relative to it.
///
/// # Errors
/// Where it cannot be listed, with GDAL's words.
pub fn list(name: &str) -> Result<Vec<String>> {
    patiently(name, || {
        let entered = enter(name)?;
        handles::messages();
        let _quiet = Quiet::start();
        let found = gdal::vsi::read_dir(Path::new(entered.path()), true).map_err(|_| {
            Diagnostic::new(codes::NOT_FOUND, format!("`{}` cannot be listed", without_secrets(name)))
                .cause(handles::messages())
        })?;
        let names = found.into_iter().map(|p| p.to_string_lossy().into_owned());
        Ok(names.filter(|name| !name.ends_with('/')).collect())
    })
}
