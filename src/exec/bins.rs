//! Counts of values by ranges of equal width.

use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use serde::{Deserialize, Serialize};

/// Bins of equal width between two ends, both of which belong to them, and the number of values outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bins {
    pub ends: [f64; 2],
    pub counts: Vec<u64>,
    pub outside: u64,
}

impl Bins {
    pub(crate) fn new(ends: [f64; 2], bins: usize) -> Bins {
        Bins { ends, counts: vec![0; bins], outside: 0 }
    }

    pub(super) fn count<T: PixelType>(&mut self, values: &[T], missing: Missing<T>) {
        let [low, high] = self.ends;
        let n = self.counts.len();
        for v in values.iter().filter(|v| !missing.is(**v)).map(|v| v.to_f64()) {
            match low <= v && v <= high {
                true => self.counts[(((v - low) / (high - low) * n as f64) as usize).min(n - 1)] += 1,
                false => self.outside += 1,
            }
        }
    }

    pub(super) fn add(&mut self, other: &Bins) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| *a += b);
        self.outside += other.outside;
    }
}
