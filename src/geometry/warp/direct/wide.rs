//! Kernels whose weights are worked out for each pixel along both axes: all but bilinear and cubic that do not shrink.

use super::number::stored;
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::plan::Resampling;

/// GDAL widens a kernel below this scale.
pub(super) const WIDENED: f64 = 0.95;

/// The result is missing if the weights of the valid pixels add up to less than this, as in GDAL.
const LEAST: f64 = 1e-6;

/// A sum of weights this close to one counts as one, and the result is not divided by it.
const ONE: f64 = 1e-5;

/// Kernels that reach over more than four pixels.
#[derive(Clone)]
pub(super) struct Wide {
    kernel: Kernel,
    /// Along x and y, the target pixels for each source pixel, and the pixels that the kernel covers on either side.
    scale: [f64; 2],
    reach: [usize; 2],
    /// The pixels that have a weight: along x and y, the first of them and their number.
    windows: Vec<[(u32, u32); 2]>,
    /// For each window the weights of its columns, then those of its rows.
    weights: Vec<f64>,
}

impl Wide {
    /// The kernel of a method for such a scale; nothing for a method that has none, and where the pixels around do.
    pub(super) fn new(method: Resampling, sx: f64, sy: f64) -> Option<Wide> {
        let kernel = Kernel::of(method)?;
        if sx >= WIDENED && sy >= WIDENED && matches!(kernel, Kernel::Triangle | Kernel::Cubic) {
            return None;
        }
        let radius = kernel.radius();
        let reach = |scale: f64| if scale < WIDENED { (radius / scale).ceil() as usize } else { radius as usize };
        // GDAL takes this one as it is unless it widens it.
        let scale = |scale: f64| if matches!(kernel, Kernel::Lanczos) && scale >= WIDENED { 1.0 } else { scale };
        Some(Wide {
            kernel,
            scale: [scale(sx), scale(sy)],
            reach: [reach(sx), reach(sy)],
            windows: Vec::new(),
            weights: Vec::new(),
        })
    }

    /// The number of places for the weights of one window.
    pub(super) fn stride(&self) -> usize {
        2 * (self.reach[0] + self.reach[1]) + 2
    }

    pub(super) fn clear(&mut self) {
        self.windows.clear();
        self.weights.clear();
    }

    pub(super) fn push(&mut self, x: f64, y: f64, width: usize, height: usize) {
        let start = self.weights.len();
        self.weights.resize(start + self.stride(), 0.0);
        let (columns, rows) = self.weights[start..].split_at_mut(2 * self.reach[0] + 1);
        let x = along(self.kernel, x, width, self.scale[0], self.reach[0], columns);
        let y = along(self.kernel, y, height, self.scale[1], self.reach[1], rows);
        self.windows.push([x, y]);
    }

    /// The weighted mean of the valid pixels in window number `i`.
    #[inline]
    pub(super) fn weigh<T: PixelType>(&self, i: usize, source: &[T], width: usize, missing: Missing<T>) -> Option<T> {
        let [(column, columns), (row, rows)] = self.windows[i];
        let (across, down) = self.weights[i * self.stride()..(i + 1) * self.stride()].split_at(2 * self.reach[0] + 1);
        let (mut sum, mut weight) = (0.0, 0.0);
        for (row, by) in (row..row + rows).zip(down) {
            let from = row as usize * width + column as usize;
            let (mut row_sum, mut row_weight) = (0.0, 0.0);
            for (&value, by) in source[from..from + columns as usize].iter().zip(across) {
                if !missing.is(value) {
                    row_sum += value.to_f64() * by;
                    row_weight += by;
                }
            }
            sum += row_sum * by;
            weight += row_weight * by;
        }
        if weight < LEAST {
            return None;
        }
        Some(stored(if (weight - 1.0).abs() > ONE { sum / weight } else { sum }))
    }
}

/// How weights fall off with the distance, as GDAL has it.
#[derive(Clone, Copy, Debug)]
enum Kernel {
    Triangle,
    Cubic,
    BSpline,
    Lanczos,
}

impl Kernel {
    fn of(method: Resampling) -> Option<Kernel> {
        match method {
            Resampling::Bilinear => Some(Kernel::Triangle),
            Resampling::Cubic => Some(Kernel::Cubic),
            Resampling::CubicSpline => Some(Kernel::BSpline),
            Resampling::Lanczos => Some(Kernel::Lanczos),
            Resampling::Nearest
            | Resampling::Average
            | Resampling::Rms
            | Resampling::Mode
            | Resampling::Max
            | Resampling::Min
            | Resampling::Med
            | Resampling::Q1
            | Resampling::Q3
            | Resampling::Sum => None,
        }
    }

    /// The distance at which it ends, where nothing shrinks.
    fn radius(self) -> f64 {
        match self {
            Kernel::Triangle => 1.0,
            Kernel::Cubic | Kernel::BSpline => 2.0,
            Kernel::Lanczos => 3.0,
        }
    }

    /// The weight at a distance; those of the spline come to 6 in all.
    fn weight(self, x: f64) -> f64 {
        let far = x.abs();
        match self {
            Kernel::Triangle => (1.0 - far).max(0.0),
            Kernel::Cubic if far <= 1.0 => x * x * (1.5 * far - 2.5) + 1.0,
            Kernel::Cubic if far <= 2.0 => x * x * (-0.5 * far + 2.5) - 4.0 * far + 2.0,
            Kernel::Cubic => 0.0,
            Kernel::BSpline => {
                let cube = |x: f64| x.max(0.0).powi(3);
                cube(x + 2.0) - 4.0 * cube(x + 1.0) + 6.0 * cube(x) - 4.0 * cube(x - 1.0)
            }
            Kernel::Lanczos if x == 0.0 => 1.0,
            Kernel::Lanczos if far <= 3.0 => {
                let (turn, third) = (std::f64::consts::PI * x, std::f64::consts::PI * x / 3.0);
                turn.sin() * third.sin() / (turn * third)
            }
            Kernel::Lanczos => 0.0,
        }
    }
}

/// The pixels along one axis that have a weight at `v`. Their weights are written.
fn along(kernel: Kernel, v: f64, len: usize, scale: f64, reach: usize, weights: &mut [f64]) -> (u32, u32) {
    let (len, reach) = (len as i64, reach as i64);
    let before = (v - 0.5).floor();
    let beyond = v - 0.5 - before;
    if !(-1.0..len as f64).contains(&before) {
        return (0, 0);
    }
    let before = before as i64;
    let weight = |i: i64| kernel.weight((i as f64 - beyond) * scale);
    let mut taps = (1 - reach).max(-before)..reach.min(len - before - 1) + 1;
    while taps.start < taps.end && weight(taps.start) == 0.0 {
        taps.start += 1;
    }
    while taps.end > taps.start && weight(taps.end - 1) == 0.0 {
        taps.end -= 1;
    }
    for (to, i) in weights.iter_mut().zip(taps.clone()) {
        *to = weight(i);
    }
    ((before + taps.start).max(0) as u32, (taps.end - taps.start).max(0) as u32)
}
