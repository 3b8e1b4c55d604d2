//! What was found out for a tile and will be needed again: scenes of one grid follow one another, and the bands of each.

use super::job::Part;
use super::transform::Grids;
use crate::plan::Resampling;
use std::collections::VecDeque;
use std::sync::Arc;

/// The pair of grids, the part of the target, the part of the source that is held, and how pixels are weighed.
#[derive(Clone)]
pub(super) struct Key {
    pub grids: Arc<Grids>,
    pub tile: Part,
    pub held: Option<(Part, [usize; 2])>,
    pub method: Resampling,
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.tile == other.tile
            && self.held == other.held
            && self.method == other.method
            && (Arc::ptr_eq(&self.grids, &other.grids) || self.grids == other.grids)
    }
}

/// The latest results for some keys, of no more bytes in all than `most`.
pub(super) struct Kept<V> {
    most: usize,
    bytes: usize,
    entries: VecDeque<(Key, V, usize)>,
}

impl<V: Clone> Kept<V> {
    pub(super) const fn new(most: usize) -> Kept<V> {
        Kept { most, bytes: 0, entries: VecDeque::new() }
    }

    /// Whether one result of so many bytes leaves room for others.
    pub(super) fn has_room_for(&self, bytes: usize) -> bool {
        bytes <= self.most / 2
    }

    pub(super) fn get(&self, key: &Key) -> Option<V> {
        self.entries.iter().find(|(known, ..)| known == key).map(|(_, value, _)| value.clone())
    }

    pub(super) fn keep(&mut self, key: Key, value: V, bytes: usize) {
        // Another thread may have found out the same meanwhile.
        if self.entries.iter().any(|(known, ..)| *known == key) {
            return;
        }
        self.bytes += bytes;
        self.entries.push_back((key, value, bytes));
        while self.bytes > self.most {
            let Some((_, _, bytes)) = self.entries.pop_front() else { return };
            self.bytes -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::cube::GeoBox;

    #[test]
    fn the_latest_are_kept_as_far_as_bytes_go() {
        let grid = |width: usize| GeoBox::new(None, [0.0, 1.0, 0.0, 0.0, 0.0, -1.0], width, 4);
        let key = |width: usize, end: usize, method: Resampling| Key {
            grids: Arc::new(Grids { source: grid(width), target: grid(9) }),
            tile: Part { y: 0..end, x: 0..2 },
            held: None,
            method,
        };
        let mut kept = Kept::new(100);
        assert!(kept.has_room_for(50) && !kept.has_room_for(51));
        kept.keep(key(4, 1, Resampling::Nearest), "first", 40);
        kept.keep(key(4, 2, Resampling::Nearest), "second", 40);
        assert_eq!(kept.get(&key(4, 1, Resampling::Nearest)), Some("first"));
        // Another grid, another part and another method are others.
        assert_eq!(kept.get(&key(5, 1, Resampling::Nearest)), None);
        assert_eq!(kept.get(&key(4, 3, Resampling::Nearest)), None);
        assert_eq!(kept.get(&key(4, 1, Resampling::Bilinear)), None);
        kept.keep(key(4, 3, Resampling::Nearest), "third", 40);
        assert_eq!(kept.get(&key(4, 1, Resampling::Nearest)), None);
        assert_eq!(kept.get(&key(4, 2, Resampling::Nearest)), Some("second"));
    }
}
