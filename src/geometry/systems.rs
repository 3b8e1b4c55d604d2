//! The reference systems of the EPSG registry by code and name, for those who look one up.

use crate::gdal::library::init;
use std::ffi::{CStr, c_char};
use std::sync::LazyLock;

/// A system of the registry.
pub(crate) struct System {
    /// `EPSG:32632`.
    pub code: String,
    /// `WGS 84 / UTM zone 32N`.
    pub name: String,
    /// Where it is used, in words.
    pub area: String,
}

/// The folders in which PROJ looks for its database and its grids, and whether it asks its server for grids.
#[cfg(feature = "cli")]
pub(crate) fn folders() -> (Vec<std::path::PathBuf>, bool) {
    use std::os::unix::ffi::OsStrExt;
    init();
    let mut folders = Vec::new();
    // SAFETY: the list of texts ends in null, and is ours until it is destroyed, after all texts in it were copied.
    unsafe {
        let list = gdal_sys::OSRGetPROJSearchPaths();
        let mut at = list;
        while !at.is_null() && !(*at).is_null() {
            folders.push(std::ffi::OsStr::from_bytes(CStr::from_ptr(*at).to_bytes()).into());
            at = at.add(1);
        }
        gdal_sys::CSLDestroy(list);
        (folders, gdal_sys::OSRGetPROJEnableNetwork() != 0)
    }
}

/// The projected and geographic systems that are in use. Read from PROJ's database when first asked for, which takes a
/// tenth of a second.
static SYSTEMS: LazyLock<Vec<System>> = LazyLock::new(read);

fn read() -> Vec<System> {
    use gdal_sys::OSRCRSType::{OSR_CRS_TYPE_GEOGRAPHIC_2D, OSR_CRS_TYPE_PROJECTED};
    init();
    let mut count = 0;
    // SAFETY: the name is a static string, no parameters ask for all, and the list of `count` entries is ours until it is
    // destroyed below, after all texts in it were copied.
    unsafe {
        let list = gdal_sys::OSRGetCRSInfoListFromDatabase(c"EPSG".as_ptr(), std::ptr::null(), &mut count);
        if list.is_null() {
            return Vec::new();
        }
        let text = |text: *const c_char| match text.is_null() {
            true => String::new(),
            false => CStr::from_ptr(text).to_string_lossy().into_owned(),
        };
        let entries = (0..count as usize).map(|index| &**list.add(index));
        let wanted = entries.filter(|entry| {
            entry.bDeprecated == 0 && [OSR_CRS_TYPE_GEOGRAPHIC_2D, OSR_CRS_TYPE_PROJECTED].contains(&entry.eType)
        });
        let systems = wanted.map(|entry| System {
            code: format!("EPSG:{}", text(entry.pszCode)),
            name: text(entry.pszName),
            area: text(entry.pszAreaName),
        });
        let systems = systems.collect();
        gdal_sys::OSRDestroyCRSInfoList(list);
        systems
    }
}

/// The systems whose code begins with `text`, or whose name or area holds each of its words; those whose name does
/// first, and of these the shortest, which are the general ones.
pub(crate) fn find(text: &str) -> Vec<&'static System> {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let holds = |text: &str| {
        let known = text.to_lowercase();
        let own: Vec<&str> = known.split(|c: char| !c.is_alphanumeric()).collect();
        words.iter().all(|word| own.iter().any(|own| own.starts_with(word)))
    };
    let is_named = |system: &&System| holds(&format!("{} {}", system.name, system.area));
    let mut found: Vec<&System> = match text.strip_prefix("epsg:") {
        Some(_) => SYSTEMS.iter().filter(|system| system.code.to_lowercase().starts_with(&text)).collect(),
        None if words.is_empty() => Vec::new(),
        None => SYSTEMS.iter().filter(is_named).collect(),
    };
    found.sort_by_key(|system| (!holds(&system.name), system.name.len(), system.code.len(), &system.code));
    found
}

/// So many systems have a name in common that naming some of them helps nobody.
const MANY: usize = 100;

/// The systems that an unknown text may mean, for a message.
pub(crate) fn suggestion(text: &str) -> Option<String> {
    let named = find(text);
    if named.is_empty() || named.len() >= MANY {
        return None;
    }
    let shown: Vec<String> =
        named.iter().take(4).map(|system| format!("`{}` ({})", system.code, system.name)).collect();
    let more = if named.len() > 4 { format!(" and {} more", named.len() - 4) } else { String::new() };
    Some(format!("of that name: {}{more}", shown.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_have_codes_and_names() {
        assert!(find("EPSG:3263").iter().any(|system| system.name == "WGS 84 / UTM zone 32N"));
        assert_eq!(find("wgs 84 utm zone 32n")[0].code, "EPSG:32632");
        assert!(find("lambert 93").iter().any(|system| system.code == "EPSG:2154"));
        assert!(find("no such place").is_empty() && find("").is_empty());
    }
}
