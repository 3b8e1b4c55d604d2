//! The names of the color maps; their colors are in `show`.

use crate::diagnostic;

/// The names that matplotlib gives the maps. Each may have `_r` behind it, which reverses the map.
pub(crate) const NAMES: &[&str] = &[
    // From dark to light, equal steps of lightness.
    "viridis",
    "plasma",
    "inferno",
    "magma",
    "cividis",
    "turbo",
    "cubehelix",
    "gray",
    // One or two hues, from light to dark.
    "Blues",
    "Greens",
    "Greys",
    "Oranges",
    "Purples",
    "Reds",
    "BuGn",
    "BuPu",
    "GnBu",
    "OrRd",
    "PuBu",
    "PuBuGn",
    "PuRd",
    "RdPu",
    "YlGn",
    "YlGnBu",
    "YlOrBr",
    "YlOrRd",
    // Two hues that meet in the middle.
    "BrBG",
    "PRGn",
    "PiYG",
    "PuOr",
    "RdBu",
    "RdGy",
    "RdYlBu",
    "RdYlGn",
    "Spectral",
    "coolwarm",
    // Cyclic maps, whose ends have the same color.
    "hsv",
    "terrain",
    "jet",
];

/// Maps of a few colors, one for each class.
pub(crate) const QUALITATIVE: &[&str] =
    &["tab10", "Accent", "Dark2", "Paired", "Pastel1", "Pastel2", "Set1", "Set2", "Set3"];

/// The map for values on two sides of a center; both ends are equally strong.
pub(crate) const DIVERGING: &str = "RdBu_r";

/// Whether there is such a map, and if not, what may have been meant.
pub(crate) fn check(name: &str) -> Result<(), Option<String>> {
    let plain = name.strip_suffix("_r").unwrap_or(name);
    let known = || NAMES.iter().chain(QUALITATIVE).copied();
    match known().any(|n| n == plain) {
        true => Ok(()),
        false => {
            let alike = known().find(|n| n.eq_ignore_ascii_case(plain));
            Err(alike.map(|n| format!("did you mean `{n}`?")).or_else(|| diagnostic::did_you_mean(plain, known())))
        }
    }
}

pub(crate) fn is_qualitative(name: &str) -> bool {
    QUALITATIVE.contains(&name.strip_suffix("_r").unwrap_or(name))
}
