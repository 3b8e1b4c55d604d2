//! What becomes of dimensions beside time, rows and columns: levels, members of an ensemble.

use std::collections::BTreeMap;

/// What becomes of dimensions beside time, rows and columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Dimensions {
    /// Those of which one coordinate is chosen, as text, since labels may be words.
    pub at: BTreeMap<String, String>,
    /// Those whose coordinates are bands.
    pub spread: Vec<String>,
}

impl Dimensions {
    /// Whether it is known what becomes of a dimension.
    pub(crate) fn decides(&self, dim: &str) -> bool {
        self.at.contains_key(dim) || self.spread.iter().any(|spread| spread == dim)
    }

    /// The dimensions that are named.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.at.keys().chain(&self.spread)
    }
}

/// The name of a band that is one coordinate of a dimension: `t_0`, with letters that an expression can hold.
pub(crate) fn band_at(name: &str, coordinate: &str) -> String {
    let letter = |c: char| if c.is_alphanumeric() || c == '_' { c } else { '_' };
    format!("{name}_{}", coordinate.chars().map(letter).collect::<String>())
}
