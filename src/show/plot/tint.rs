//! The colors of one band, or of three bands that are colors themselves.

use super::norm::Norm;
use super::palette;
use super::seen::ValueSummary;
use crate::cube::{Band, DType};
use crate::plan::picture::{Color, Colors, Scale, colormap};

/// How values become colors.
#[derive(Clone, Debug)]
pub(crate) enum Tint {
    Smooth {
        norm: Norm,
        /// The colors from the low end to the high one.
        shades: Vec<Color>,
        /// Whether there are values beyond the ends.
        beyond: [bool; 2],
        /// The center that was asked for.
        center: Option<f64>,
    },
    /// Value, color and name.
    Classes(Vec<(f64, Color, String)>),
    /// For red, green and blue, the norm between black and full light.
    Rgb([Norm; 3]),
}

impl Tint {
    pub(crate) fn new(colors: &Colors, seen: &ValueSummary) -> Tint {
        if let Some(classes) = classes(colors, seen) {
            return classes;
        }
        let [low, high] = match colors.robust {
            true => [seen.quantile(0.02), seen.quantile(0.98)],
            false => [seen.low, seen.high],
        };
        // A logarithmic scale begins at the smallest positive value.
        let low = if colors.scale == Scale::Log && low <= 0.0 { seen.positive } else { low };
        let [low, high] = [colors.range[0].unwrap_or(low), colors.range[1].unwrap_or(high)];
        let norm = Norm::new(colors, low, high);
        let centered = colors.center.is_some() || colors.scale == Scale::Midpoint;
        let map = colors.map.as_deref().or(centered.then_some(colormap::DIVERGING));
        let n = match &norm {
            Norm::Boundary { edges } => edges.len() - 1,
            _ => palette::SHADES,
        };
        let shades = match map.is_some_and(colormap::is_qualitative) {
            true => palette::classes(map, &colors.list, n),
            false => palette::shades(map, &colors.list, n),
        };
        let [first, last] = norm.ends();
        let beyond = [seen.low < first, seen.high > last];
        Tint::Smooth { norm, shades, beyond, center: colors.center }
    }

    /// Three bands as red, green and blue: bytes unchanged, other types from their 2nd to their 98th percentile.
    pub(crate) fn rgb(colors: &Colors, bands: &[Band], seen: &[ValueSummary]) -> Tint {
        let channel = |i: usize| {
            let own = match bands[i].dtype {
                DType::U8 if !colors.robust => [0.0, 255.0],
                _ => [seen[i].quantile(0.02), seen[i].quantile(0.98)],
            };
            let [low, high] = [colors.range[0].unwrap_or(own[0]), colors.range[1].unwrap_or(own[1])];
            Norm::new(&Colors { scale: colors.scale, ..Colors::default() }, low, high)
        };
        Tint::Rgb([channel(0), channel(1), channel(2)])
    }

    /// The color of a value; nothing for a missing one or one without a place on the scale.
    pub(crate) fn color(&self, value: f64) -> Option<Color> {
        match self {
            Tint::Smooth { norm, shades, .. } => {
                let t = norm.place(value);
                let n = shades.len();
                (!t.is_nan()).then(|| shades[((t * n as f64).max(0.0) as usize).min(n - 1)])
            }
            Tint::Classes(classes) => classes.iter().find(|(v, ..)| *v == value).map(|(_, color, _)| *color),
            Tint::Rgb(_) => None,
        }
    }

    pub(crate) fn mixed(&self, values: [f64; 3]) -> Option<Color> {
        let Tint::Rgb(norms) = self else { return None };
        let light = [0, 1, 2].map(|i| norms[i].place(values[i]));
        let byte = |t: f64| (t.clamp(0.0, 1.0) * 255.0).round() as u8;
        light.iter().all(|t| !t.is_nan()).then(|| Color(light.map(byte)))
    }

    /// All its colors, if they are few.
    pub(crate) fn shades(&self) -> Option<Vec<Color>> {
        match self {
            Tint::Smooth { shades, .. } => Some(shades.clone()),
            Tint::Classes(classes) => Some(classes.iter().map(|(_, color, _)| *color).collect()),
            Tint::Rgb(_) => None,
        }
    }

    /// Its range in words: `0 .. 0.9`, `3 classes`.
    pub(crate) fn describe(&self, precision: Option<usize>) -> String {
        let number = |v: f64| match precision {
            Some(digits) => format!("{v:.digits$}"),
            None => super::super::text::number(v, DType::F32),
        };
        match self {
            Tint::Smooth { norm, center, .. } => {
                let [low, high] = norm.ends();
                let center = center.map_or(String::new(), |c| format!(", centered on {}", number(c)));
                format!("{} .. {}{center}", number(low), number(high))
            }
            Tint::Classes(classes) if classes.len() == 1 => "1 class".into(),
            Tint::Classes(classes) => format!("{} classes", classes.len()),
            Tint::Rgb(norms) => {
                let ends: Vec<String> =
                    norms.iter().map(|n| n.ends()).map(|[a, b]| format!("{} .. {}", number(a), number(b))).collect();
                ends.join(", ")
            }
        }
    }
}

/// Classes, if the user named them, or chose a map for classes and the values can be classes.
fn classes(colors: &Colors, seen: &ValueSummary) -> Option<Tint> {
    let map = colors.map.as_deref();
    let named = if !colors.classes.is_empty() {
        colors.classes.clone()
    } else {
        let values = seen.classes.as_ref().filter(|_| map.is_some_and(colormap::is_qualitative))?;
        if colors.levels.is_some() {
            return None;
        }
        values.keys().map(|v| (*v as f64, v.to_string())).collect()
    };
    let tints = palette::classes(map, &colors.list, named.len());
    Some(Tint::Classes(named.into_iter().zip(tints).map(|((value, name), color)| (value, color, name)).collect()))
}
