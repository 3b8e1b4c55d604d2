//! Colors by name and number.

use serde::{Deserialize, Serialize};

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Color(pub [u8; 3]);

/// The names of CSS that people use for marks.
const NAMED: &[(&str, u32)] = &[
    ("black", 0x000000),
    ("white", 0xffffff),
    ("red", 0xff0000),
    ("green", 0x008000),
    ("blue", 0x0000ff),
    ("yellow", 0xffff00),
    ("orange", 0xffa500),
    ("purple", 0x800080),
    ("magenta", 0xff00ff),
    ("cyan", 0x00ffff),
    ("brown", 0xa52a2a),
    ("pink", 0xffc0cb),
    ("gray", 0x808080),
    ("grey", 0x808080),
    ("lightgray", 0xd3d3d3),
    ("lightgrey", 0xd3d3d3),
    ("darkgray", 0xa9a9a9),
    ("darkgrey", 0xa9a9a9),
    ("navy", 0x000080),
    ("teal", 0x008080),
    ("olive", 0x808000),
    ("gold", 0xffd700),
    ("lime", 0x00ff00),
    ("darkgreen", 0x006400),
    ("lightgreen", 0x90ee90),
    ("lightblue", 0xadd8e6),
    ("skyblue", 0x87ceeb),
    ("darkblue", 0x00008b),
    ("darkred", 0x8b0000),
    ("beige", 0xf5f5dc),
    ("tan", 0xd2b48c),
];

impl Color {
    pub const BLACK: Color = Color([0; 3]);
    pub const WHITE: Color = Color([255; 3]);
    pub const RED: Color = Color([255, 0, 0]);

    pub const fn hex(rgb: u32) -> Color {
        Color([(rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8])
    }

    /// `red`, `#f00`, `#ff0000`.
    pub fn parse(text: &str) -> Option<Color> {
        if let Some((_, rgb)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Some(Color::hex(*rgb));
        }
        let digits = text.strip_prefix('#').filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        match digits.len() {
            6 => Some(Color::hex(value)),
            3 => Some(Color([(value >> 8) as u8 & 15, (value >> 4) as u8 & 15, value as u8 & 15].map(|v| v * 17))),
            _ => None,
        }
    }

    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(name, _)| *name)
    }

    /// How light it is to the eye, 0 to 1: ITU-R BT.601 luma.
    pub fn lightness(self) -> f64 {
        let [r, g, b] = self.0.map(f64::from);
        (0.299 * r + 0.587 * g + 0.114 * b) / 255.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors() {
        for (text, rgb) in [
            ("red", Some([255, 0, 0])),
            ("#f80", Some([255, 136, 0])),
            ("#0a0B0c", Some([10, 11, 12])),
            ("#ff", None),
            ("reddish", None),
            ("#+12345", None),
        ] {
            assert_eq!(Color::parse(text).map(|c| c.0), rgb, "{text}");
        }
    }
}
