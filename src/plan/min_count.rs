//! How many valid values a reduction needs.

use serde::{Deserialize, Serialize};

/// How many valid values a result needs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MinCount {
    Steps(u32),
    /// At least this share of the steps of the group.
    Percent(f64),
}

impl Default for MinCount {
    fn default() -> MinCount {
        MinCount::Steps(1)
    }
}

impl MinCount {
    pub fn of(self, steps: usize) -> u32 {
        match self {
            MinCount::Steps(n) => n.max(1),
            MinCount::Percent(p) => ((p / 100.0 * steps as f64).ceil() as u32).max(1),
        }
    }
}
