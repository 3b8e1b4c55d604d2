//! Coasts and borders of the earth, from Natural Earth, which is in the public domain.
//!
//! `natural_earth/pack.py` makes the packed lines, and says how they are packed.

use flate2::read::ZlibDecoder;
use std::io::{Cursor, Read};

/// How much the lines were simplified for a scale of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generalization {
    /// 1:110 million, for maps of the world.
    Coarse,
    /// 1:50 million, for maps of continents and countries.
    Medium,
}

/// Points of longitude and latitude in degrees, each within a few tens of kilometers of the one before.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WorldLine {
    /// Whether it lies between two countries; else it is a coast.
    pub is_border: bool,
    pub points: Vec<[f64; 2]>,
}

static COARSE: &[u8] = include_bytes!("natural_earth/lines_110m.bin");
static MEDIUM: &[u8] = include_bytes!("natural_earth/lines_50m.bin");

/// All coasts and borders.
///
/// # Panics
/// Never: the lines are part of the program, and a test reads them.
pub(crate) fn lines(generalization: Generalization) -> Vec<WorldLine> {
    let packed = match generalization {
        Generalization::Coarse => COARSE,
        Generalization::Medium => MEDIUM,
    };
    let mut bytes = Vec::new();
    ZlibDecoder::new(packed).read_to_end(&mut bytes).expect("the lines are packed whole");
    unpack(&bytes)
}

fn unpack(bytes: &[u8]) -> Vec<WorldLine> {
    let [sx, ox, sy, oy] =
        [0, 8, 16, 24].map(|at| f64::from_le_bytes(bytes[at..at + 8].try_into().expect("a slice of eight")));
    let mut rest = Cursor::new(&bytes[32..]);
    let mut lines = Vec::new();
    while let Some(is_border) = whole(&mut rest) {
        let count = whole(&mut rest).unwrap_or(0);
        let (mut x, mut y) = (0, 0);
        let points = (0..count).map_while(|_| {
            x += signed(&mut rest)?;
            y += signed(&mut rest)?;
            Some([x as f64 * sx + ox, y as f64 * sy + oy])
        });
        lines.push(WorldLine { is_border: is_border == 1, points: points.collect() });
    }
    lines
}

/// A whole number in LEB128; `None` at the end.
fn whole(bytes: &mut Cursor<&[u8]>) -> Option<u64> {
    let (mut value, mut shift) = (0, 0);
    loop {
        let mut byte = [0];
        bytes.read_exact(&mut byte).ok()?;
        value |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] & 0x80 == 0 {
            return Some(value);
        }
        shift += 7;
    }
}

/// A number in zigzag, where small ones of either sign are short.
fn signed(bytes: &mut Cursor<&[u8]>) -> Option<i64> {
    let value = whole(bytes)?;
    Some((value >> 1) as i64 ^ -((value & 1) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The southern tip of Africa and the North Cape are on it, the lines are as many as were packed, and none leaps.
    #[test]
    fn the_earth_is_whole() {
        for (generalization, points, near) in
            [(Generalization::Coarse, 8_000, 1.5), (Generalization::Medium, 80_000, 0.3)]
        {
            let lines = lines(generalization);
            let all = || lines.iter().flat_map(|line| &line.points);
            assert!(all().count() > points, "{}", all().count());
            assert!(all().all(|[x, y]| (-180.0..=180.001).contains(x) && (-90.0..=90.0).contains(y)));
            for place in [[20.0, -34.8], [25.7, 71.1], [-68.0, -55.6], [174.8, -41.3]] {
                let nearest = all().map(|p| (p[0] - place[0]).hypot(p[1] - place[1])).fold(f64::INFINITY, f64::min);
                assert!(nearest < near, "{place:?} is {nearest} degrees from a line");
            }
            // The Rhine between France and Germany.
            let border = lines.iter().filter(|line| line.is_border).flat_map(|line| &line.points);
            assert!(border.clone().any(|p| (p[0] - 7.6).hypot(p[1] - 48.0) < 0.6));
            let leaps = lines.iter().flat_map(|line| line.points.windows(2)).filter(|pair| {
                let across = (pair[0][0] - pair[1][0]).abs();
                across.min(360.0 - across).hypot(pair[0][1] - pair[1][1]) > 12.0
            });
            assert!(leaps.count() <= 8);
        }
    }
}
