//! Pictures for terminals: by two protocols that take a PNG, as Sixel, and as half blocks for all others.
//!
//! It is written here because the crates for it wait for an answer of the terminal, or depend on code under the LGPL.

use crate::show::encode::{Frame, indexed};
use crate::show::plot::Cell;
use base64::{Engine, prelude::BASE64_STANDARD};
use std::fmt::Write as _;

/// Pixels row by row, with straight alpha.
pub(super) struct Pixels {
    pub width: usize,
    pub height: usize,
    rgba: Vec<[u8; 4]>,
}

impl Pixels {
    pub(super) fn from_rgba((width, height, rgba): (u32, u32, Vec<u8>)) -> Pixels {
        let rgba = rgba.chunks_exact(4).map(|p| [p[0], p[1], p[2], p[3]]).collect();
        Pixels { width: width as usize, height: height as usize, rgba }
    }

    /// The picture at another size: each pixel is the mean of the opaque pixels that it covers.
    fn scaled(&self, width: usize, height: usize) -> Pixels {
        let span = |i: usize, new: usize, old: usize| {
            let from = i * old / new;
            from..((i + 1) * old / new).max(from + 1)
        };
        let mut rgba = Vec::with_capacity(width * height);
        for row in 0..height {
            for column in 0..width {
                let (mut sum, mut count) = ([0u64; 4], 0);
                for y in span(row, height, self.height) {
                    for pixel in &self.rgba[y * self.width..][span(column, width, self.width)] {
                        let alpha = u64::from(pixel[3]);
                        (0..3).for_each(|k| sum[k] += u64::from(pixel[k]) * alpha);
                        sum[3] += alpha;
                        count += 1;
                    }
                }
                let color = |k: usize| (sum[k] / sum[3].max(1)) as u8;
                rgba.push([color(0), color(1), color(2), (sum[3] / count) as u8]);
            }
        }
        Pixels { width, height, rgba }
    }

    fn rows_for(&self, width: usize) -> usize {
        (self.height * width).div_ceil(self.width).max(1)
    }
}

/// The graphics protocol of Kitty: the PNG in pieces of at most 4096 letters. `q=2` keeps the terminal from answering.
pub(super) fn kitty(png: &[u8], columns: usize) -> String {
    let data = BASE64_STANDARD.encode(png);
    let mut out = String::new();
    let mut control = format!("a=T,f=100,q=2,c={columns},");
    let mut rest = data.as_str();
    while !rest.is_empty() {
        let (piece, more) = rest.split_at(rest.len().min(4096));
        let _ = write!(out, "\x1b_G{control}m={};{piece}\x1b\\", u8::from(!more.is_empty()));
        control.clear();
        rest = more;
    }
    out.push('\n');
    out
}

/// The inline images of iTerm2.
pub(super) fn iterm(png: &[u8], columns: usize) -> String {
    let data = BASE64_STANDARD.encode(png);
    format!("\x1b]1337;File=inline=1;size={};width={columns};preserveAspectRatio=1:{data}\x07\n", png.len())
}

/// The picture as Sixel, at most `width` pixels wide: six rows at a time, color by color. Transparent pixels are not
/// drawn.
pub(super) fn sixel(pixels: &Pixels, width: usize) -> Option<String> {
    let width = width.min(pixels.width);
    let scaled = pixels.scaled(width, pixels.rows_for(width));
    let (w, h) = (scaled.width, scaled.height);
    let frame = Frame { width: w as u32, height: h as u32, rgba: &scaled.rgba.concat() };
    let (colors, indices) = indexed(&frame).ok()?;
    let mut out = format!("\x1bP0;1q\"1;1;{w};{h}");
    for (number, color) in colors.iter().enumerate() {
        let [r, g, b] = [0, 1, 2].map(|k| (u32::from(color[k]) * 100 + 127) / 255);
        let _ = write!(out, "#{number};2;{r};{g};{b}");
    }
    for band in indices.chunks(6 * w) {
        // The bits of each column say which of its six pixels have the color.
        let mut columns = vec![Vec::new(); colors.len()];
        for (i, number) in band.iter().enumerate() {
            let of_color = &mut columns[usize::from(*number)];
            of_color.resize(w, 0u8);
            of_color[i % w] |= 1 << (i / w);
        }
        let drawn =
            columns.iter().enumerate().filter(|(number, of_color)| !of_color.is_empty() && colors[*number][3] >= 128);
        for (number, of_color) in drawn {
            let _ = write!(out, "#{number}");
            for run in of_color.chunk_by(|a, b| a == b) {
                let letter = char::from(63 + run[0]);
                match run.len() {
                    1..=3 => out.extend(std::iter::repeat_n(letter, run.len())),
                    long => out.push_str(&format!("!{long}{letter}")),
                }
            }
            out.push('$');
        }
        out.push('-');
    }
    out.push_str("\x1b\\\n");
    Some(out)
}

/// Two pixels in each cell: the upper one is a half block, the lower one its background.
pub(super) fn blocks(pixels: &Pixels, columns: usize, all_colors: bool) -> String {
    let scaled = pixels.scaled(columns, pixels.rows_for(columns).next_multiple_of(2));
    let row = |rows: &[[u8; 4]]| {
        let (upper, lower) = rows.split_at(columns);
        let pairs = upper.iter().zip(lower).map(|(a, b)| [*a, *b].map(|p| (p[3] >= 128).then_some([p[0], p[1], p[2]])));
        let cell = |pair: [Option<[u8; 3]>; 2]| match pair {
            [Some(upper), paper] => Cell { letter: '▀', ink: Some(upper), paper },
            [None, Some(lower)] => Cell { letter: '▄', ink: Some(lower), paper: None },
            [None, None] => Cell { letter: ' ', ink: None, paper: None },
        };
        pairs.map(cell).collect()
    };
    let rows: Vec<Vec<Cell>> = scaled.rgba.chunks_exact(2 * columns).map(row).collect();
    written(&rows, all_colors)
}

/// Cells with their colors, which hold until the next ones.
pub(super) fn written(rows: &[Vec<Cell>], all_colors: bool) -> String {
    let mut out = String::new();
    for row in rows {
        let mut last = None;
        for Cell { letter, ink, paper } in row.iter().copied() {
            if last != Some((ink, paper)) {
                out.push_str("\x1b[0");
                ink.into_iter().for_each(|rgb| out.push_str(&color(38, rgb, all_colors)));
                paper.into_iter().for_each(|rgb| out.push_str(&color(48, rgb, all_colors)));
                out.push('m');
                last = Some((ink, paper));
            }
            out.push(letter);
        }
        out.push_str("\x1b[0m\n");
    }
    out
}

/// A color as parameters of an escape sequence: `place` is 38 for the foreground and 48 for the background.
fn color(place: u8, [r, g, b]: [u8; 3], all_colors: bool) -> String {
    match all_colors {
        true => format!(";{place};2;{r};{g};{b}"),
        false => format!(";{place};5;{}", of_256([r, g, b])),
    }
}

/// The nearest of the 256 colors of xterm: a cube of 6 levels a channel from number 16 on, and 24 greys from 232 on.
fn of_256(rgb: [u8; 3]) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let distance = |other: [u8; 3]| (0..3).map(|k| u32::from(rgb[k].abs_diff(other[k])).pow(2)).sum::<u32>();
    let nearest = rgb.map(|c| (0u8..6).min_by_key(|i| LEVELS[usize::from(*i)].abs_diff(c)).unwrap_or(0));
    let cube = (distance(nearest.map(|i| LEVELS[usize::from(i)])), 16 + 36 * nearest[0] + 6 * nearest[1] + nearest[2]);
    let greys = (0u8..24).map(|i| (distance([8 + 10 * i; 3]), 232 + i));
    greys.chain([cube]).min_by_key(|(distance, _)| *distance).map_or(16, |(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 4] = [255, 0, 0, 255];
    const BLUE: [u8; 4] = [0, 0, 255, 255];
    const HOLE: [u8; 4] = [9, 9, 9, 0];

    fn pixels(width: usize, rgba: &[[u8; 4]]) -> Pixels {
        Pixels { width, height: rgba.len() / width, rgba: rgba.to_vec() }
    }

    #[test]
    fn cells_hold_two_pixels() {
        let four = pixels(4, &[RED, RED, HOLE, HOLE, BLUE, BLUE, BLUE, HOLE]);
        let expected = "\x1b[0;38;2;255;0;0;48;2;0;0;255m▀▀\x1b[0;38;2;0;0;255m▄\x1b[0m \x1b[0m\n";
        assert_eq!(blocks(&four, 4, true), expected);
        // The mean of what is there; three rows take two lines.
        let mixed = pixels(2, &[RED, HOLE, RED, HOLE, RED, HOLE]);
        assert_eq!(blocks(&mixed, 1, true).lines().count(), 1);
        assert!(blocks(&mixed, 2, false).starts_with("\x1b[0;38;5;196;48;5;196m▀"));
    }

    #[test]
    fn of_the_256_colors_the_nearest() {
        let cases =
            [([255, 0, 0], 196), ([128, 128, 128], 244), ([0, 0, 0], 16), ([94, 136, 170], 67), ([238; 3], 255)];
        for (rgb, number) in cases {
            assert_eq!(of_256(rgb), number, "{rgb:?}");
        }
    }

    #[test]
    fn long_pictures_go_in_pieces() {
        let text = kitty(&[7; 6000], 40);
        let pieces: Vec<&str> = text.trim_end().split_terminator("\x1b\\").collect();
        assert_eq!(pieces.len(), 2);
        assert!(pieces[0].starts_with("\x1b_Ga=T,f=100,q=2,c=40,m=1;") && pieces[1].starts_with("\x1b_Gm=0;"));
        let data: String = pieces.iter().filter_map(|p| p.split_once(';')).map(|(_, data)| data).collect();
        assert_eq!(BASE64_STANDARD.decode(data).ok(), Some(vec![7; 6000]));
        assert!(iterm(&[7; 3], 40).contains("size=3;width=40;preserveAspectRatio=1:BwcH\x07"));
    }

    #[test]
    fn sixel_goes_color_by_color() {
        let four = pixels(4, &[RED, RED, HOLE, HOLE, BLUE, BLUE, BLUE, BLUE]);
        let expected = "\x1bP0;1q\"1;1;4;2#0;2;0;0;0#1;2;0;0;100#2;2;100;0;0#1!4A$#2@@??$-\x1b\\\n";
        assert_eq!(sixel(&four, 4).unwrap_or_default(), expected);
    }
}
