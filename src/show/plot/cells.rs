//! A figure in the cells of a terminal: letters are letters, maps are half blocks, lines are dots of braille, and what is
//! not drawn keeps the terminal's own background.

use super::basemap::GRATICULE;
use super::figure::{FAINT, Figure, INK, Image, Mark, Paint, Rect, Side, Text};
use super::key::SWATCH;
use crate::plan::picture::Color;
use crate::table::geometry::encloses;

/// Pixels of a figure that a cell stands for, across and down: about the room that a letter takes.
pub(crate) const CELL: [usize; 2] = [8, 16];

/// What a cell shows. No color is the terminal's own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cell {
    pub letter: char,
    pub ink: Option<[u8; 3]>,
    pub paper: Option<[u8; 3]>,
}

/// The cells of a figure, row by row.
pub(crate) fn cells(figure: &Figure) -> Vec<Vec<Cell>> {
    let (width, height) = (figure.size.0 as usize, figure.size.1 as usize);
    let mut sheet = Sheet::new(width.div_ceil(CELL[0]), height.div_ceil(CELL[1]));
    figure.images.iter().for_each(|image| sheet.image(image));
    for mark in &figure.marks {
        match mark {
            Mark::Line { points, color, .. } if !is_frame(points, *color) => sheet.line(points, *color),
            Mark::Line { .. } => {}
            Mark::Area { points, color } => sheet.fill(*color, |at| encloses(points, at)),
            Mark::Box { rect, color } => sheet.block(*rect, *color),
            Mark::Frame { rect, .. } if rect.w.max(rect.h) <= SWATCH => sheet.patch(*rect),
            Mark::Frame { rect, color } if *color == INK => sheet.frame(*rect),
            Mark::Frame { .. } => {}
            Mark::Dot { at, radius, color } => sheet.dot(*at, *radius, *color),
            Mark::Text(text) => sheet.text(text),
        }
    }
    let mut rows = sheet.cells();
    // What a map of its own shape leaves free of the window is no reason to scroll.
    let is_blank = |row: &[Cell]| row.iter().all(|cell| cell.letter == ' ' && cell.paper.is_none());
    rows.dedup_by(|row, above| is_blank(row) && is_blank(above));
    rows
}

/// The color of a cell, which is the terminal's own for what a theme would choose.
fn own(paint: Paint) -> Option<[u8; 3]> {
    match paint {
        Paint::Color(Color(color)) | Paint::Wash(Color(color)) => Some(color),
        Paint::Ink | Paint::Faint | Paint::Paper => None,
    }
}

/// Lines of a grid and the edges of keys, which would hide what they stand before.
fn is_frame(points: &[[f64; 2]], color: Paint) -> bool {
    [FAINT, GRATICULE].contains(&color) || color == INK && points.len() > 2 && points.first() == points.last()
}

struct Sheet {
    columns: usize,
    rows: usize,
    /// The color of each half cell, two rows of them a cell.
    halves: Vec<Option<[u8; 3]>>,
    /// The dots of braille of each cell, and their color.
    dots: Vec<(u8, Option<[u8; 3]>)>,
    /// Letters with their own colors, where they have one.
    letters: Vec<Option<(char, Option<[u8; 3]>)>>,
}

impl Sheet {
    fn new(columns: usize, rows: usize) -> Sheet {
        let n = columns * rows;
        Sheet { columns, rows, halves: vec![None; 2 * n], dots: vec![(0, None); n], letters: vec![None; n] }
    }

    /// Colors each half cell by the mean of the pixels of a block that it covers, where most of them are there.
    fn image(&mut self, image: &Image) {
        let Rect { x, y, w, h } = image.rect;
        let [width, height] = [CELL[0] as i32, CELL[1] as i32 / 2];
        for row in 0..2 * self.rows {
            for column in 0..self.columns {
                let [left, top] = [column as i32 * width - x, row as i32 * height - y];
                let (mut sum, mut count) = ([0u32; 3], 0u32);
                for py in top.max(0)..(top + height).min(h) {
                    for px in left.max(0)..(left + width).min(w) {
                        let at = ((py * w + px) * 4) as usize;
                        let Some([r, g, b, alpha]) = image.rgba.get(at..at + 4) else { continue };
                        if *alpha >= 128 {
                            [*r, *g, *b].iter().zip(&mut sum).for_each(|(c, sum)| *sum += u32::from(*c));
                            count += 1;
                        }
                    }
                }
                if 2 * count > (width * height) as u32 {
                    self.halves[row * self.columns + column] = Some(sum.map(|c| (c / count) as u8));
                }
            }
        }
    }

    /// Colors the half cells whose centers lie inside.
    fn fill(&mut self, color: Paint, inside: impl Fn([f64; 2]) -> bool) {
        for row in 0..2 * self.rows {
            for column in 0..self.columns {
                if inside(middle_of(column, row)) {
                    self.halves[row * self.columns + column] = own(color);
                }
            }
        }
    }

    /// Colors the half cells that a box fills most of, and one at least across and down, so that thin bars are seen.
    fn block(&mut self, rect: Rect, color: Paint) {
        let near = |from: i32, to: i32, size: usize| {
            let [from, to] = [from, to].map(|at| (f64::from(at.max(0)) / size as f64).round() as usize);
            from..to.max(from + 1)
        };
        for half in near(rect.y, rect.bottom(), CELL[1] / 2) {
            for column in near(rect.x, rect.right(), CELL[0]) {
                if half < 2 * self.rows && column < self.columns {
                    self.halves[half * self.columns + column] = own(color);
                }
            }
        }
    }

    /// Sets the dot of braille at a place; a cell has two across and four down.
    fn set(&mut self, [x, y]: [f64; 2], color: Paint) {
        /// The bits of Unicode's braille patterns (U+2800), by row and column.
        const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        let (width, height) = (CELL[0] as f64 / 2.0, CELL[1] as f64 / 4.0);
        if x < 0.0 || y < 0.0 {
            return;
        }
        let (across, down) = ((x / width) as usize, (y / height) as usize);
        let (column, row) = (across / 2, down / 4);
        if column < self.columns && row < self.rows {
            let own = &mut self.dots[row * self.columns + column];
            own.0 |= BITS[down % 4][across % 2];
            own.1 = self::own(color);
        }
    }

    fn line(&mut self, points: &[[f64; 2]], color: Paint) {
        for pair in points.windows(2) {
            let [[x0, y0], [x1, y1]] = [pair[0], pair[1]];
            let length = (x1 - x0).hypot(y1 - y0);
            // The ticks of axes are shorter than a cell, and their letters are enough.
            if color == INK && points.len() == 2 && length < CELL[0] as f64 {
                continue;
            }
            let steps = length.ceil().max(1.0);
            (0..=steps as usize).for_each(|i| {
                let share = i as f64 / steps;
                self.set([x0 + (x1 - x0) * share, y0 + (y1 - y0) * share], color);
            });
        }
    }

    fn dot(&mut self, [x, y]: [f64; 2], radius: f64, color: Paint) {
        let step = CELL[0] as f64 / 2.0;
        let reach = (radius / step).round() as i32;
        for down in -reach..=reach {
            for across in -reach..=reach {
                let [dx, dy] = [f64::from(across) * step, f64::from(down) * step];
                if dx.hypot(dy) <= radius.max(step / 2.0) {
                    self.set([x + dx, y + dy], color);
                }
            }
        }
    }

    /// The lines left of and below what is drawn, where axes stand; texts stay.
    fn frame(&mut self, rect: Rect) {
        // The cells next to those that a map fills most of.
        let near = |at: i32, size: usize| (f64::from(at) / size as f64).round() as i32;
        let (left, right) = (near(rect.x, CELL[0]) - 1, near(rect.right(), CELL[0]));
        let (top, bottom) = (near(rect.y, CELL[1]), (near(rect.bottom(), CELL[1] / 2) + 1) / 2);
        let sides = (top..bottom).map(|row| (row, left, '│'));
        let foot = (left + 1..right).map(|column| (bottom, column, '─'));
        for (row, column, letter) in sides.chain(foot).chain([(bottom, left, '└')]) {
            if let Some(at) = self.at(row, column) {
                self.letters[at].get_or_insert((letter, None));
            }
        }
    }

    /// The patch of color before a name of a legend, as one letter in place of what was filled.
    fn patch(&mut self, rect: Rect) {
        let center = [rect.x + rect.w / 2, rect.y + rect.h / 2];
        let (column, row) = (center[0] / CELL[0] as i32, center[1] / CELL[1] as i32);
        let mut ink = None;
        for half in 0..2 * self.rows {
            for column in 0..self.columns {
                if holds(rect, middle_of(column, half)) {
                    ink = self.halves[half * self.columns + column].take().or(ink);
                }
            }
        }
        if let Some(at) = self.at(row, column) {
            self.letters[at] = Some(('■', ink));
        }
    }

    /// Writes a text beside what is written already, or leaves it out where there is no room.
    fn text(&mut self, text: &Text) {
        let letters: Vec<char> = text.text.chars().collect();
        let n = letters.len() as i32;
        let begin = |at: i32, side: Side, cell: usize| {
            let at = f64::from(at) / cell as f64;
            let from = match side {
                Side::Start => at,
                Side::Middle => at - f64::from(n) / 2.0,
                Side::End => at - f64::from(n),
            };
            from.round() as i32
        };
        // Where on a line the middle of the letters lies.
        let middle = |at: i32, side: Side| match side {
            Side::Start => f64::from(at) + text.size / 2.0,
            Side::Middle => f64::from(at),
            Side::End => f64::from(at) - text.size / 2.0,
        };
        if text.upright {
            let row = begin(text.at.1, Side::Middle, CELL[1]).max(0);
            let own = (f64::from(text.at.0) / CELL[0] as f64) as i32;
            // Numbers beside it may be wider than they are in a picture.
            let columns = [own, own - 1, own + 1, own - 2, own + 2, own - 3, own + 3];
            let fits = |column: i32, around: i32| {
                let mut beside = (0..n).flat_map(|i| (column - around..=column + around).map(move |c| (row + i, c)));
                beside.all(|(row, column)| self.is_free(row, column))
            };
            let free = [1, 0].into_iter().find_map(|around| columns.into_iter().find(|column| fits(*column, around)));
            let Some(column) = free else { return };
            (row..).zip(letters).for_each(|(row, letter)| self.write(row, column, letter));
        } else {
            let row = (middle(text.at.1, text.v) / CELL[1] as f64).floor() as i32;
            // At an edge a text is moved, so that its first letters are read.
            let column = begin(text.at.0, text.h, CELL[0]).min(self.columns as i32 - n).max(0);
            // A gap keeps apart what stands on one line.
            if (column - 1..=column + n).all(|column| self.is_free(row, column) || !self.has(row, column)) {
                (column..).zip(letters).for_each(|(column, letter)| self.write(row, column, letter));
            }
        }
    }

    fn at(&self, row: i32, column: i32) -> Option<usize> {
        let (row, column) = (usize::try_from(row).ok()?, usize::try_from(column).ok()?);
        (row < self.rows && column < self.columns).then_some(row * self.columns + column)
    }

    fn has(&self, row: i32, column: i32) -> bool {
        self.at(row, column).is_some()
    }

    /// Whether no text stands in a cell.
    fn is_free(&self, row: i32, column: i32) -> bool {
        self.at(row, column).is_some_and(|at| self.letters[at].is_none_or(|(letter, _)| "│─└".contains(letter)))
    }

    fn write(&mut self, row: i32, column: i32, letter: char) {
        if let Some(at) = self.at(row, column) {
            self.letters[at] = Some((letter, None));
        }
    }

    fn cells(&self) -> Vec<Vec<Cell>> {
        let cell = |row: usize, column: usize| {
            let at = row * self.columns + column;
            let [upper, lower] = [0, 1].map(|half| self.halves[(2 * row + half) * self.columns + column]);
            let paper = lower.or(upper);
            if let Some((letter, ink)) = self.letters[at] {
                return Cell { letter, ink: ink.or(paper.map(readable)), paper };
            }
            match (self.dots[at], upper, lower) {
                ((bits, ink), ..) if bits != 0 => {
                    let letter = char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ');
                    Cell { letter, ink: ink.or(paper.map(readable)), paper }
                }
                (_, None, None) => Cell { letter: ' ', ink: None, paper: None },
                (_, None, Some(lower)) => Cell { letter: '▄', ink: Some(lower), paper: None },
                (_, Some(upper), lower) => Cell { letter: '▀', ink: Some(upper), paper: lower },
            }
        };
        (0..self.rows).map(|row| (0..self.columns).map(|column| cell(row, column)).collect()).collect()
    }
}

/// The middle of half a cell.
fn middle_of(column: usize, half: usize) -> [f64; 2] {
    [(column as f64 + 0.5) * CELL[0] as f64, (half as f64 + 0.5) * CELL[1] as f64 / 2.0]
}

/// Black or white, whichever is read on a color.
fn readable([r, g, b]: [u8; 3]) -> [u8; 3] {
    let light = 299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b);
    if light > 128_000 { [0; 3] } else { [255; 3] }
}

fn holds(rect: Rect, [x, y]: [f64; 2]) -> bool {
    let inside = |from: i32, to: i32, at: f64| f64::from(from) <= at && at < f64::from(to);
    inside(rect.x, rect.right(), x) && inside(rect.y, rect.bottom(), y)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(size: (u32, u32), images: Vec<Image>, marks: Vec<Mark>) -> Vec<String> {
        let rows = cells(&Figure { size, images, marks, ..Figure::default() });
        rows.iter().map(|row| row.iter().map(|cell| cell.letter).collect::<String>().trim_end().to_string()).collect()
    }

    #[test]
    fn letters_are_letters() {
        let text = |at, text: &str, h| Mark::text(at, text, 13.0, h, Side::Middle);
        let marks =
            vec![text((0, 8), "ab", Side::Start), text((80, 8), "cd", Side::End), text((40, 24), "efg", Side::Middle)];
        assert_eq!(drawn((80, 32), vec![], marks), ["ab      cd", "    efg"]);
        let upright = Mark::upright((4, 24), "abc", 13.0, Side::Middle, Side::Middle);
        assert_eq!(drawn((16, 48), vec![], vec![upright]), ["a", "b", "c"]);
    }

    #[test]
    fn lines_are_dots_and_maps_are_blocks() {
        let red = Color([255, 0, 0]);
        let line = Mark::Line { points: vec![[0.0, 15.0], [31.0, 15.0]], color: red.into(), width: 1.0 };
        assert_eq!(drawn((32, 16), vec![], vec![line]), ["⣀⣀⣀⣀"]);
        let image = Image { rect: Rect::new(0, 8, 16, 16), rgba: [10, 20, 30, 255].repeat(256) };
        let rows = cells(&Figure { size: (16, 32), images: vec![image], ..Figure::default() });
        assert_eq!(rows[0][0], Cell { letter: '▄', ink: Some([10, 20, 30]), paper: None });
        assert_eq!(rows[1][1], Cell { letter: '▀', ink: Some([10, 20, 30]), paper: None });
        let bar = Mark::Box { rect: Rect::new(0, 0, 8, 16), color: red.into() };
        let rows = cells(&Figure { size: (16, 16), marks: vec![bar], ..Figure::default() });
        assert_eq!(rows[0][0], Cell { letter: '▀', ink: Some(red.0), paper: Some(red.0) });
        assert_eq!(rows[0][1], Cell { letter: ' ', ink: None, paper: None });
    }
}
