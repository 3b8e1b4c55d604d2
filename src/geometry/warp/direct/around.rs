//! The pixels around each target pixel, and their weights: four for bilinear, four by four for cubic.

use super::number::stored;
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;

pub(super) const NOWHERE: u32 = u32::MAX;

/// The bit of a pixel that has no pixel to its right or below.
pub(super) const AT_EDGE: u32 = 1 << 31;

/// Pixels that are weighed side by side where they and all around them are valid.
pub(super) const LANES: usize = 8;

/// The result is missing if the weights of the valid pixels add up to less than this, as in GDAL.
const LEAST: f64 = 1e-5;

/// Four pixels of a layer around each target pixel; nothing for methods that look at others.
#[derive(Default)]
pub(super) struct Around {
    /// The upper left one, with [`AT_EDGE`] where the others are not all there, or [`NOWHERE`].
    pub corner: Vec<u32>,
    /// The weights of the left and of the upper ones.
    left: Vec<f64>,
    upper: Vec<f64>,
}

impl Around {
    pub(super) fn clear(&mut self) {
        self.corner.clear();
        self.left.clear();
        self.upper.clear();
    }

    pub(super) fn push(&mut self, x: f64, y: f64, is_inside: bool, width: usize, height: usize) {
        // Beyond the centers of the outermost pixels there is no second pixel to interpolate with.
        let pair = |v: f64| match (v - 0.5).floor() {
            before if before < 0.0 => (0, 1.0),
            before => (before as u32, 1.5 - (v - before)),
        };
        let ((column, left), (row, upper)) = (pair(x), pair(y));
        let (at, is_edge) =
            (row as usize * width + column as usize, column as usize + 1 >= width || row as usize + 1 >= height);
        self.corner.push(match (is_inside, is_edge) {
            (false, _) => NOWHERE,
            (true, false) => at as u32,
            (true, true) => at as u32 | AT_EDGE,
        });
        self.left.push(left);
        self.upper.push(upper);
    }

    /// The weights of the upper left, upper right, lower left and lower right pixel.
    #[inline(always)]
    pub(super) fn weights(left: f64, upper: f64) -> [f64; 4] {
        let (right, lower) = (1.0 - left, 1.0 - upper);
        [left * upper, right * upper, left * lower, right * lower]
    }

    /// The weighted means of the pixels from `at` on, if all pixels around them are there and valid. Most are, and without
    /// questions the arithmetic goes on side by side.
    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "of several iterators some stay calls, without wide registers")]
    pub(super) fn whole<T: PixelType>(
        &self,
        at: usize,
        source: &[T],
        width: usize,
        missing: Missing<T>,
    ) -> Option<[T; LANES]> {
        let corner: &[u32; LANES] = self.corner.get(at..at + LANES)?.try_into().ok()?;
        let left: &[f64; LANES] = self.left.get(at..at + LANES)?.try_into().ok()?;
        let upper: &[f64; LANES] = self.upper.get(at..at + LANES)?.try_into().ok()?;
        // Gathered before anything is asked or reckoned: what follows is done to all lanes at once.
        let mut pixels = [[T::default(); LANES]; 4];
        for lane in 0..LANES {
            // Pixels at an edge and outside of it have numbers beyond the layer.
            let at = corner[lane] as usize;
            let around = source.get(at..at + width + 2)?;
            pixels[0][lane] = around[0];
            pixels[1][lane] = around[1];
            pixels[2][lane] = around[width];
            pixels[3][lane] = around[width + 1];
        }
        let mut any_missing = false;
        for four in 0..4 {
            any_missing |= missing.is_among(&pixels[four]);
        }
        if any_missing {
            return None;
        }
        let mut means = [T::default(); LANES];
        for lane in 0..LANES {
            let weights = Around::weights(left[lane], upper[lane]);
            let (mut sum, mut weight) = (0.0, 0.0);
            for four in 0..4 {
                sum += pixels[four][lane].to_f64() * weights[four];
                weight += weights[four];
            }
            means[lane] = stored(sum / weight);
        }
        Some(means)
    }

    /// What a cubic through the four by four pixels around comes to; between the inner four where one is missing or beyond
    /// the edge.
    #[inline(always)]
    pub(super) fn cubic<T: PixelType>(&self, i: usize, source: &[T], width: usize, missing: Missing<T>) -> Option<T> {
        let at = (self.corner[i] & !AT_EDGE) as usize;
        let column = at % width;
        if column == 0 || column + 2 >= width || at < width || at + 2 * width >= source.len() {
            return self.weigh(i, source, width, missing);
        }
        let (right, lower) = (1.0 - self.left[i], 1.0 - self.upper[i]);
        let mut rows = [0.0; 4];
        for (row, value) in rows.iter_mut().enumerate() {
            let from = at + row * width - width - 1;
            let four = [source[from], source[from + 1], source[from + 2], source[from + 3]];
            if four.iter().any(|&value| missing.is(value)) {
                return self.weigh(i, source, width, missing);
            }
            *value = convolve(right, four.map(|value| value.to_f64()));
        }
        Some(stored(convolve(lower, rows)))
    }

    /// The weighted mean of the valid ones among four neighbors.
    #[inline(always)]
    pub(super) fn weigh<T: PixelType>(&self, i: usize, source: &[T], width: usize, missing: Missing<T>) -> Option<T> {
        let weights = Around::weights(self.left[i], self.upper[i]);
        let at = (self.corner[i] & !AT_EDGE) as usize;
        let (has_right, has_lower) = (at % width + 1 < width, at + width < source.len());
        let there = [true, has_right, has_lower, has_right && has_lower];
        let (mut sum, mut weight) = (0.0, 0.0);
        for (i, offset) in [0, 1, width, width + 1].into_iter().enumerate() {
            if there[i]
                && let value = source[at + offset]
                && !missing.is(value)
            {
                weight += weights[i];
                sum += value.to_f64() * weights[i];
            }
        }
        if weight < LEAST {
            return None;
        }
        Some(stored(if weight == 1.0 { sum } else { sum / weight }))
    }
}

/// The cubic through four values, in the middle of which `at` goes from 0 to 1.
#[inline(always)]
fn convolve(at: f64, [f0, f1, f2, f3]: [f64; 4]) -> f64 {
    let (second, third) = (at * at, at * at * at);
    let bend = 2.0 * f0 - 5.0 * f1 + 4.0 * f2 - f3;
    f1 + 0.5 * (at * (f2 - f0) + second * bend + third * (3.0 * (f1 - f2) + f3 - f0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pixels side by side come to what each comes to alone, to the last bit.
    #[test]
    fn side_by_side_is_one_by_one() {
        fn check<T: PixelType>() {
            let (width, height) = (19, 11);
            let source: Vec<T> = (0..width * height).map(|i| T::from_f64((i * 37 % 101) as f64 + 0.25)).collect();
            let missing = Missing::<T>::new(Some(1.0));
            let mut around = Around::default();
            let place = |i: usize, step: f64, len: usize| 0.1 + (i as f64 * step) % (len as f64 - 0.2);
            for i in 0..400 {
                around.push(place(i, 0.37, width), place(i, 0.11, height), true, width, height);
            }
            let mut batches = 0;
            for at in 0..400 - LANES {
                let alone = |lane| around.weigh(at + lane, &source, width, missing);
                let Some(found) = around.whole(at, &source, width, missing) else { continue };
                batches += 1;
                assert!((0..LANES).all(|lane| alone(lane) == Some(found[lane])), "{at} {:?}", T::DTYPE);
            }
            assert!(batches > 20, "{batches} {:?}", T::DTYPE);
            // With a missing pixel among them, at an edge, outside of it, and where there are no more, they are not whole.
            around.corner[8] = NOWHERE;
            assert!(around.whole(4, &source, width, missing).is_none());
            assert!(around.whole(400 - LANES + 1, &source, width, missing).is_none());
        }
        check::<u8>();
        check::<i16>();
        check::<u16>();
        check::<i32>();
        check::<u32>();
        check::<f32>();
        check::<f64>();
    }
}
