//! At most 256 colors, and which of them a pixel has.

use super::Frame;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// The entries of an indexed picture.
pub const MOST: usize = 256;

#[derive(Clone, Debug)]
pub struct Palette {
    colors: Vec<[u8; 4]>,
    /// Colors that were looked up, the palette's own among them.
    known: HashMap<[u8; 4], u8>,
}

impl Palette {
    /// # Panics
    /// If there are none, or more than 256.
    pub fn new(colors: Vec<[u8; 4]>) -> Palette {
        assert!((1..=MOST).contains(&colors.len()), "a palette of {} colors", colors.len());
        let mut known = HashMap::new();
        for (i, color) in colors.iter().enumerate() {
            known.entry(*color).or_insert(i as u8);
        }
        Palette { colors, known }
    }

    /// Every color of a picture, in the order they are met; nothing where there are too many.
    pub fn of(frame: &Frame) -> Option<Palette> {
        let mut colors: Vec<[u8; 4]> = Vec::new();
        let mut known = HashMap::new();
        let mut last = None;
        for pixel in frame.rgba.chunks_exact(4) {
            let color = seen([pixel[0], pixel[1], pixel[2], pixel[3]]);
            if last == Some(color) {
                continue;
            }
            last = Some(color);
            if let Entry::Vacant(entry) = known.entry(color) {
                if colors.len() == MOST {
                    return None;
                }
                entry.insert(colors.len() as u8);
                colors.push(color);
            }
        }
        Some(Palette { colors, known })
    }

    /// The entry nobody sees.
    pub fn transparent(&self) -> Option<u8> {
        self.colors.iter().position(|c| c[3] == 0).map(|i| i as u8)
    }

    /// The same with an entry that is transparent, where there is room for one.
    pub fn with_transparent(mut self) -> Palette {
        if self.transparent().is_none() && self.colors.len() < MOST {
            self.known.insert([0; 4], self.colors.len() as u8);
            self.colors.push([0; 4]);
        }
        self
    }

    pub fn rgb(&self) -> Vec<u8> {
        self.colors.iter().flat_map(|c| c[..3].to_vec()).collect()
    }

    pub fn alpha(&self) -> Vec<u8> {
        self.colors.iter().map(|c| c[3]).collect()
    }

    /// The entry of each pixel: its own color, or the nearest.
    pub fn indices(&mut self, frame: &Frame) -> Vec<u8> {
        let mut out = Vec::with_capacity(frame.rgba.len() / 4);
        let mut last: Option<([u8; 4], u8)> = None;
        for pixel in frame.rgba.chunks_exact(4) {
            let color = seen([pixel[0], pixel[1], pixel[2], pixel[3]]);
            let index = match last {
                Some((same, index)) if same == color => index,
                _ => self.index(color),
            };
            last = Some((color, index));
            out.push(index);
        }
        out
    }

    fn index(&mut self, color: [u8; 4]) -> u8 {
        if let Some(index) = self.known.get(&color) {
            return *index;
        }
        let near = (0..self.colors.len()).min_by_key(|i| distance(self.colors[*i], color)).unwrap_or(0) as u8;
        self.known.insert(color, near);
        near
    }
}

/// Transparent pixels have no color.
fn seen(color: [u8; 4]) -> [u8; 4] {
    if color[3] == 0 { [0; 4] } else { color }
}

/// How different two colors look, after Riemersma's "low-cost approximation" of 2001; what can be seen through differs
/// most.
fn distance(a: [u8; 4], b: [u8; 4]) -> u64 {
    let d = |i: usize| i64::from(a[i]) - i64::from(b[i]);
    let red = (i64::from(a[0]) + i64::from(b[0])) / 2;
    let color = (((512 + red) * d(0) * d(0)) >> 8) + 4 * d(1) * d(1) + (((767 - red) * d(2) * d(2)) >> 8);
    (color + 16 * d(3) * d(3)) as u64
}
