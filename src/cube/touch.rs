//! Which pixels belong to a box or a polygon.

use serde::{Deserialize, Serialize};

/// What of a pixel must lie inside for it to belong to a box or a polygon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Touch {
    /// Anything of it: `touch true`.
    Any,
    /// Its center: `touch false`.
    #[default]
    Center,
    /// All of it: `touch inside`.
    Inside,
}
