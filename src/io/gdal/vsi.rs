//! GDAL's virtual file system: archives and servers as folders.

use super::enter::{enter, patiently};
use super::object;
use super::signed::enter_gdal;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::gdal::library;
use crate::gdal::quiet::Quiet;
use crate::io::remote::address::{is_remote, without_secrets};
use std::path::Path;

/// The cause where neither GDAL nor a server says anything.
pub(crate) const NOTHING: &str = "nothing is there";

/// Every file below a folder or in an archive, at any depth, as paths relative to it.
///
/// # Errors
/// Where it cannot be listed, with GDAL's words.
pub(crate) fn list(name: &str) -> Result<Vec<String>> {
    patiently(name, || {
        // What is in an archive is read; a folder of a server is listed in ways that only GDAL knows.
        let entered = if is_remote(name) { enter_gdal(name)? } else { enter(name)? };
        library::messages();
        let _quiet = Quiet::start();
        let Ok(found) = gdal::vsi::read_dir(Path::new(entered.path()), true) else {
            let said = library::messages();
            // A folder that cannot be listed for some reason fails without a word; asked for as a file, with it.
            if said.is_empty() {
                object::size(name)?;
            }
            let told = Diagnostic::new(codes::NOT_FOUND, format!("`{}` cannot be listed", without_secrets(name)));
            return Err(told.cause(if said.is_empty() { NOTHING.into() } else { said }));
        };
        let names = found.into_iter().map(|p| p.to_string_lossy().into_owned());
        Ok(names.filter(|name| !name.ends_with('/')).collect())
    })
}
