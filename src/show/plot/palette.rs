//! The colors of color maps.

use crate::plan::picture::{Color, colormap};
use colorous::Gradient;

/// The number of colors of a smooth map: so few that a palette of 256 also has room for those of letters.
pub(super) const SHADES: usize = 200;

/// The map that is used unless another is given.
const DEFAULT: &str = "viridis";

enum Source {
    Gradient(&'static Gradient),
    /// A gradient, reversed.
    Turned(&'static Gradient),
    /// Colors at some places, between which the others are interpolated.
    Stops(&'static [(f64, u32)]),
    Classes(&'static [colorous::Color]),
}

/// The map of Moreland (2009), at evenly spread places.
const COOLWARM: &[(f64, u32)] = &[
    (0.0 / 12.0, 0x3b4cc0),
    (1.0 / 12.0, 0x5470de),
    (2.0 / 12.0, 0x6f92f3),
    (3.0 / 12.0, 0x8db0fe),
    (4.0 / 12.0, 0xaac7fd),
    (5.0 / 12.0, 0xc5d6f2),
    (6.0 / 12.0, 0xdddcdc),
    (7.0 / 12.0, 0xefcebd),
    (8.0 / 12.0, 0xf7b89c),
    (9.0 / 12.0, 0xf4987a),
    (10.0 / 12.0, 0xe7745b),
    (11.0 / 12.0, 0xd1493f),
    (1.0, 0xb40426),
];
const GRAY: &[(f64, u32)] = &[(0.0, 0x000000), (1.0, 0xffffff)];
const TERRAIN: &[(f64, u32)] =
    &[(0.0, 0x333399), (0.15, 0x0099ff), (0.25, 0x00cc66), (0.5, 0xffff99), (0.75, 0x805c54), (1.0, 0xffffff)];
const JET: &[(f64, u32)] = &[
    (0.0, 0x00007f),
    (0.11, 0x0000ff),
    (0.125, 0x0000ff),
    (0.34, 0x00dbff),
    (0.375, 0x15ffe2),
    (0.64, 0xeeff08),
    (0.66, 0xffec00),
    (0.89, 0xff1300),
    (0.91, 0xe80000),
    (1.0, 0x7f0000),
];
const HSV: &[(f64, u32)] = &[
    (0.0 / 12.0, 0xff0000),
    (1.0 / 12.0, 0xff7c00),
    (2.0 / 12.0, 0xfcf500),
    (3.0 / 12.0, 0x84ff00),
    (4.0 / 12.0, 0x08ff00),
    (5.0 / 12.0, 0x00ff74),
    (6.0 / 12.0, 0x00fff6),
    (7.0 / 12.0, 0x008cff),
    (8.0 / 12.0, 0x0010ff),
    (9.0 / 12.0, 0x7200ff),
    (10.0 / 12.0, 0xee00ff),
    (11.0 / 12.0, 0xff0094),
    (1.0, 0xff0018),
];

fn source(name: &str) -> Option<Source> {
    use colorous as c;
    Some(match name {
        "viridis" => Source::Gradient(&c::VIRIDIS),
        "plasma" => Source::Gradient(&c::PLASMA),
        "inferno" => Source::Gradient(&c::INFERNO),
        "magma" => Source::Gradient(&c::MAGMA),
        "cividis" => Source::Gradient(&c::CIVIDIS),
        "turbo" => Source::Gradient(&c::TURBO),
        "cubehelix" => Source::Gradient(&c::CUBEHELIX),
        "gray" => Source::Stops(GRAY),
        "Blues" => Source::Gradient(&c::BLUES),
        "Greens" => Source::Gradient(&c::GREENS),
        "Greys" => Source::Gradient(&c::GREYS),
        "Oranges" => Source::Gradient(&c::ORANGES),
        "Purples" => Source::Gradient(&c::PURPLES),
        "Reds" => Source::Gradient(&c::REDS),
        "BuGn" => Source::Gradient(&c::BLUE_GREEN),
        "BuPu" => Source::Gradient(&c::BLUE_PURPLE),
        "GnBu" => Source::Gradient(&c::GREEN_BLUE),
        "OrRd" => Source::Gradient(&c::ORANGE_RED),
        "PuBu" => Source::Gradient(&c::PURPLE_BLUE),
        "PuBuGn" => Source::Gradient(&c::PURPLE_BLUE_GREEN),
        "PuRd" => Source::Gradient(&c::PURPLE_RED),
        "RdPu" => Source::Gradient(&c::RED_PURPLE),
        "YlGn" => Source::Gradient(&c::YELLOW_GREEN),
        "YlGnBu" => Source::Gradient(&c::YELLOW_GREEN_BLUE),
        "YlOrBr" => Source::Gradient(&c::YELLOW_ORANGE_BROWN),
        "YlOrRd" => Source::Gradient(&c::YELLOW_ORANGE_RED),
        "BrBG" => Source::Gradient(&c::BROWN_GREEN),
        "PRGn" => Source::Gradient(&c::PURPLE_GREEN),
        "PiYG" => Source::Gradient(&c::PINK_GREEN),
        // In matplotlib it runs from orange to purple.
        "PuOr" => Source::Turned(&c::PURPLE_ORANGE),
        "RdBu" => Source::Gradient(&c::RED_BLUE),
        "RdGy" => Source::Gradient(&c::RED_GREY),
        "RdYlBu" => Source::Gradient(&c::RED_YELLOW_BLUE),
        "RdYlGn" => Source::Gradient(&c::RED_YELLOW_GREEN),
        "Spectral" => Source::Gradient(&c::SPECTRAL),
        "coolwarm" => Source::Stops(COOLWARM),
        "terrain" => Source::Stops(TERRAIN),
        "jet" => Source::Stops(JET),
        "hsv" => Source::Stops(HSV),
        "tab10" => Source::Classes(&c::TABLEAU10),
        "Accent" => Source::Classes(&c::ACCENT),
        "Dark2" => Source::Classes(&c::DARK2),
        "Paired" => Source::Classes(&c::PAIRED),
        "Pastel1" => Source::Classes(&c::PASTEL1),
        "Pastel2" => Source::Classes(&c::PASTEL2),
        "Set1" => Source::Classes(&c::SET1),
        "Set2" => Source::Classes(&c::SET2),
        "Set3" => Source::Classes(&c::SET3),
        _ => return None,
    })
}

fn of(c: colorous::Color) -> Color {
    Color([c.r, c.g, c.b])
}

/// The color at `t` of 0 to 1 between colors at places that rise from 0 to 1.
fn between(stops: &[(f64, Color)], t: f64) -> Color {
    let after = stops.partition_point(|(place, _)| *place <= t).clamp(1, stops.len().max(2) - 1);
    let (Some((from, Color(a))), Some((to, Color(b)))) = (stops.get(after - 1), stops.get(after)) else {
        return stops[0].1;
    };
    let f = (t - from) / (to - from);
    let mix = |k: usize| (f64::from(a[k]) + (f64::from(b[k]) - f64::from(a[k])) * f).round() as u8;
    Color([mix(0), mix(1), mix(2)])
}

/// `n` colors of a map, evenly spread from end to end. If `list` has colors, they are the map.
pub(super) fn shades(name: Option<&str>, list: &[Color], n: usize) -> Vec<Color> {
    let name = name.unwrap_or(DEFAULT);
    let (plain, turned) = name.strip_suffix("_r").map_or((name, false), |plain| (plain, true));
    let place = |i: usize| {
        let t = if n == 1 { 0.5 } else { i as f64 / (n - 1) as f64 };
        if turned { 1.0 - t } else { t }
    };
    let spread = |i: usize| i as f64 / (list.len().max(2) - 1) as f64;
    let own: Vec<(f64, Color)> = list.iter().enumerate().map(|(i, color)| (spread(i), *color)).collect();
    let at = |t: f64| match source(plain).unwrap_or(Source::Gradient(&colorous::VIRIDIS)) {
        _ if !own.is_empty() => between(&own, t),
        Source::Gradient(gradient) => of(gradient.eval_continuous(t)),
        Source::Turned(gradient) => of(gradient.eval_continuous(1.0 - t)),
        Source::Stops(stops) => between(&stops.iter().map(|(t, rgb)| (*t, Color::hex(*rgb))).collect::<Vec<_>>(), t),
        Source::Classes(colors) => of(colors[((t * colors.len() as f64) as usize).min(colors.len() - 1)]),
    };
    (0..n).map(|i| at(place(i))).collect()
}

/// A color for each class: those of `list` or of a map made for classes, repeated if there are too few.
pub(super) fn classes(name: Option<&str>, list: &[Color], n: usize) -> Vec<Color> {
    if !list.is_empty() {
        return (0..n).map(|i| list[i % list.len()]).collect();
    }
    let name = name.filter(|name| colormap::is_qualitative(name)).unwrap_or("tab10");
    let plain = name.strip_suffix("_r").unwrap_or(name);
    let Some(Source::Classes(colors)) = source(plain) else { return shades(Some(name), list, n) };
    let mut colors: Vec<Color> = colors.iter().copied().map(of).collect();
    if plain != name {
        colors.reverse();
    }
    (0..n).map(|i| colors[i % colors.len()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_colors() {
        for name in colormap::NAMES.iter().chain(colormap::QUALITATIVE) {
            assert!(source(name).is_some(), "{name}");
        }
    }

    /// The ends of maps as matplotlib has them.
    #[test]
    fn ends() {
        for (name, first, last) in [
            ("viridis", [68, 1, 84], [253, 231, 37]),
            ("viridis_r", [253, 231, 37], [68, 1, 84]),
            ("RdBu", [103, 0, 31], [5, 48, 97]),
            ("PuOr", [127, 59, 8], [45, 0, 75]),
            ("YlGn", [255, 255, 229], [0, 69, 41]),
            ("gray", [0, 0, 0], [255, 255, 255]),
        ] {
            let shades = shades(Some(name), &[], 5);
            let near = |a: Color, b: [u8; 3]| a.0.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 2);
            assert!(near(shades[0], first) && near(shades[4], last), "{name}: {:?} {:?}", shades[0], shades[4]);
        }
        let own = [Color::WHITE, Color::BLACK];
        assert_eq!(super::shades(None, &own, 3)[1], Color([128; 3]));
        assert_eq!(classes(None, &own, 3)[2], Color::WHITE);
        assert_eq!(classes(Some("Set1"), &[], 1)[0], Color([228, 26, 28]));
    }
}
