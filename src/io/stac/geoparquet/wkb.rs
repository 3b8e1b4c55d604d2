//! The box around a geometry in well-known binary.

/// West, south, east and north of all its points; nothing of an empty one, or of what is none.
pub(super) fn bounds(wkb: &[u8]) -> Option<[f64; 4]> {
    let mut cursor = Cursor { left: wkb, bounds: [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY] };
    cursor.geometry(0)?;
    (cursor.bounds[0] <= cursor.bounds[2]).then_some(cursor.bounds)
}

/// Collections within collections are not followed further down.
const DEEPEST: usize = 16;

struct Cursor<'a> {
    left: &'a [u8],
    bounds: [f64; 4],
}

impl Cursor<'_> {
    fn geometry(&mut self, depth: usize) -> Option<()> {
        let little = match self.take::<1>()? {
            [0] => false,
            [1] => true,
            _ => return None,
        };
        let kind = self.number(little)?;
        // PostGIS marks further dimensions by high bits, the standard by thousands.
        if kind & 0x2000_0000 != 0 {
            self.take::<4>()?;
        }
        let base = (kind & 0xffff) % 1000;
        let thousands = (kind & 0xffff) / 1000;
        let high = |bit: u32| usize::from(kind & bit != 0);
        let more = high(0x8000_0000) + high(0x4000_0000) + [0, 1, 1, 2].get(thousands as usize)?;
        match base {
            1 => self.points(1, more, little),
            2 => {
                let n = self.number(little)?;
                self.points(n, more, little)
            }
            3 => {
                for _ in 0..self.number(little)? {
                    let n = self.number(little)?;
                    self.points(n, more, little)?;
                }
                Some(())
            }
            4..=7 if depth < DEEPEST => {
                for _ in 0..self.number(little)? {
                    self.geometry(depth + 1)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    fn points(&mut self, n: u32, more: usize, little: bool) -> Option<()> {
        for _ in 0..n {
            let [x, y] = [self.float(little)?, self.float(little)?];
            for _ in 0..more {
                self.float(little)?;
            }
            // An empty point has no numbers.
            if !x.is_nan() && !y.is_nan() {
                let [west, south, east, north] = self.bounds;
                self.bounds = [west.min(x), south.min(y), east.max(x), north.max(y)];
            }
        }
        Some(())
    }

    fn number(&mut self, little: bool) -> Option<u32> {
        let bytes = self.take::<4>()?;
        Some(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn float(&mut self, little: bool) -> Option<f64> {
        let bytes = self.take::<8>()?;
        Some(if little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) })
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, left) = self.left.split_first_chunk::<N>()?;
        self.left = left;
        Some(*taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wkb(little: bool, kind: u32, n: &[u32], numbers: &[f64]) -> Vec<u8> {
        let mut out = vec![u8::from(little)];
        let mut put = |bytes: [u8; 4]| out.extend(bytes);
        let order = |value: u32| if little { value.to_le_bytes() } else { value.to_be_bytes() };
        put(order(kind));
        n.iter().for_each(|n| put(order(*n)));
        numbers.iter().for_each(|v| out.extend(if little { v.to_le_bytes() } else { v.to_be_bytes() }));
        out
    }

    #[test]
    fn boxes() {
        let square = [3.0, 45.0, 4.0, 45.0, 4.0, 46.5, 3.0, 45.0];
        let polygon = wkb(true, 3, &[1, 4], &square);
        assert_eq!(bounds(&polygon), Some([3.0, 45.0, 4.0, 46.5]));
        assert_eq!(bounds(&wkb(false, 3, &[1, 4], &square)), Some([3.0, 45.0, 4.0, 46.5]));
        // With heights, in both ways to say so.
        let high = [1.0, 2.0, 99.0, 5.0, 6.0, 99.0];
        assert_eq!(bounds(&wkb(true, 1002, &[2], &high)), Some([1.0, 2.0, 5.0, 6.0]));
        assert_eq!(bounds(&wkb(true, 0x8000_0002, &[2], &high)), Some([1.0, 2.0, 5.0, 6.0]));
        let many = [wkb(true, 6, &[2], &[]), polygon.clone(), wkb(true, 3, &[1, 1], &[-9.0, 1.0])].concat();
        assert_eq!(bounds(&many), Some([-9.0, 1.0, 4.0, 46.5]));
        // Empty ones, and what is none.
        assert_eq!(
            (bounds(&wkb(true, 1, &[], &[f64::NAN; 2])), bounds(&polygon[..40]), bounds(&[7])),
            (None, None, None)
        );
        assert_eq!(bounds(&wkb(true, 2, &[u32::MAX], &[1.0, 2.0])), None);
    }
}
