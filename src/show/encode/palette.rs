//! The numbers of colors in a palette: exact where the palette has the color, else the nearest.

use super::{Frame, refused};
use color_quant::NeuQuant;
use std::collections::HashMap;
use std::io::Result;

/// The number of slots of the table of recent colors, a power of two.
const SLOTS: usize = 1 << 12;
/// The most colors whose nearest one is remembered, because a picture may have millions.
const REMEMBERED: usize = 1 << 16;

/// A picture of at most 256 colors: the colors, and for each pixel the number of its color.
pub(crate) fn indexed(frame: &Frame) -> Result<(Vec<[u8; 4]>, Vec<u8>)> {
    frame.checked()?;
    let (mut palette, mut indices) = (Palette::fitting(frame)?, Vec::new());
    palette.index(frame, &mut indices);
    Ok((palette.colors(), indices))
}

/// At most 256 colors, each opaque or fully transparent where it stands for missing.
pub(super) struct Palette {
    colors: Vec<[u8; 4]>,
    /// The number of the transparent color.
    transparent: Option<u8>,
    labs: Vec<[f32; 3]>,
    known: HashMap<[u8; 4], u8>,
    /// Recent colors, at the slots of their hashes.
    recent: Vec<([u8; 4], u8)>,
}

impl Palette {
    pub(super) fn new(colors: Vec<[u8; 4]>) -> Result<Palette> {
        if colors.is_empty() || colors.len() > 256 {
            return refused(format!("a palette of {} colors", colors.len()));
        }
        let mut known = HashMap::new();
        for (index, color) in (0..=255).zip(&colors) {
            known.entry(*color).or_insert(index);
        }
        let transparent = (0..=255).zip(&colors).find(|(_, color)| color[3] == 0).map(|(index, _)| index);
        let labs = colors.iter().map(oklab).collect();
        // Every slot holds a valid pair from the start.
        let recent = vec![(colors[0], known[&colors[0]]); SLOTS];
        Ok(Palette { colors, transparent, labs, known, recent })
    }

    /// The palette of a picture that has at most `most` colors; transparent ones come first.
    pub(super) fn of(frame: &Frame, most: usize) -> Option<Palette> {
        let mut seen = HashMap::new();
        let mut last = None;
        for pixel in frame.pixels() {
            if last != Some(pixel) {
                last = Some(pixel);
                seen.insert(pixel, ());
                if seen.len() > most {
                    return None;
                }
            }
        }
        let mut colors: Vec<[u8; 4]> = seen.into_keys().collect();
        colors.sort_by_key(|color| (color[3], *color));
        Palette::new(colors).ok()
    }

    /// The exact palette of a picture, or one that approximates it.
    pub(super) fn fitting(frame: &Frame) -> Result<Palette> {
        Palette::of(frame, 256).map_or_else(|| Palette::new(quantized(frame)), Ok)
    }

    pub(super) fn transparent(&self) -> Option<u8> {
        self.transparent
    }

    /// Adds a transparent color if there is room for one.
    pub(super) fn with_transparent(self) -> Result<Palette> {
        match self.transparent.is_none() && self.colors.len() < 256 {
            true => Palette::new([self.colors, vec![[0; 4]]].concat()),
            false => Ok(self),
        }
    }

    pub(super) fn colors(self) -> Vec<[u8; 4]> {
        self.colors
    }

    pub(super) fn rgb(&self) -> Vec<u8> {
        self.colors.iter().flat_map(|c| [c[0], c[1], c[2]]).collect()
    }

    /// Alpha of the colors up to the last that is not opaque, as PNG stores it.
    pub(super) fn alpha(&self) -> Vec<u8> {
        let end = self.colors.iter().rposition(|c| c[3] < 255).map_or(0, |last| last + 1);
        self.colors[..end].iter().map(|c| c[3]).collect()
    }

    /// The number of each pixel's color.
    pub(super) fn index(&mut self, frame: &Frame, out: &mut Vec<u8>) {
        out.clear();
        let mut last = self.recent[0];
        out.extend(frame.pixels().map(|pixel| {
            if pixel != last.0 {
                last = (pixel, self.find(pixel));
            }
            last.1
        }));
    }

    fn find(&mut self, pixel: [u8; 4]) -> u8 {
        // Fibonacci hashing: the upper bits of a product with 2^32 divided by the golden ratio.
        let slot = (u32::from_le_bytes(pixel).wrapping_mul(0x9E37_79B9) >> (32 - SLOTS.trailing_zeros())) as usize;
        let (color, index) = self.recent[slot];
        if color == pixel {
            return index;
        }
        let index = self.known.get(&pixel).copied().unwrap_or_else(|| self.nearest(pixel));
        if self.known.len() < REMEMBERED {
            self.known.insert(pixel, index);
        }
        self.recent[slot] = (pixel, index);
        index
    }

    /// The nearest color. A pixel that is more than half transparent becomes transparent if the palette allows it;
    /// others are laid over white.
    fn nearest(&self, pixel: [u8; 4]) -> u8 {
        if let (0..128, Some(index)) = (pixel[3], self.transparent) {
            return index;
        }
        let lab = oklab(&pixel);
        let distance = |other: &[f32; 3]| (0..3).map(|k| (lab[k] - other[k]).powi(2)).sum::<f32>();
        let candidates = (0..=255).zip(&self.labs).filter(|(index, _)| Some(*index) != self.transparent);
        let best = candidates.min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b)));
        best.map_or(0, |(index, _)| index)
    }
}

/// 255 colors that represent those of the picture, and a transparent one. They are learnt from every tenth pixel, as
/// the gif crate suggests.
fn quantized(frame: &Frame) -> Vec<[u8; 4]> {
    let opaque: Vec<u8> = frame.pixels().filter(|p| p[3] >= 128).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
    let colors = NeuQuant::new(10, 255, &opaque).color_map_rgb();
    let colors = colors.chunks_exact(3).map(|c| [c[0], c[1], c[2], 255]);
    std::iter::once([0; 4]).chain(colors).collect()
}

/// A color over white in OKLab, where equal distances look equal; B. Ottosson, "A perceptual color space for image
/// processing", 2020.
fn oklab(color: &[u8; 4]) -> [f32; 3] {
    let alpha = f32::from(color[3]) / 255.0;
    let linear = |channel: u8| {
        let over_white = f32::from(channel) / 255.0 * alpha + 1.0 - alpha;
        // The transfer function of sRGB, IEC 61966-2-1.
        if over_white <= 0.04045 { over_white / 12.92 } else { ((over_white + 0.055) / 1.055).powf(2.4) }
    };
    let [r, g, b] = [linear(color[0]), linear(color[1]), linear(color[2])];
    let l = (0.412_221_46 * r + 0.536_332_55 * g + 0.051_445_995 * b).cbrt();
    let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).cbrt();
    let s = (0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b).cbrt();
    [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ]
}
