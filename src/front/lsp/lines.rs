//! Places in a text: bytes here, lines and UTF-16 units in the protocol.

use super::protocol::{Position, Range};

/// Where the lines of a text begin.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// A line ends in `\n`, `\r\n` or `\r`, as the protocol has it.
    pub(super) fn of(text: &'t str) -> Lines<'t> {
        let bytes = text.as_bytes();
        let ends = |at: &usize| bytes[*at] == b'\n' || bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
        let starts = std::iter::once(0).chain((0..bytes.len()).filter(ends).map(|at| at + 1)).collect();
        Lines { text, starts }
    }

    /// The byte of a position. One beyond the end of its line is that end, one beyond the last line the end of the
    /// text, and one inside of a letter its beginning.
    pub(super) fn byte(&self, position: Position) -> usize {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        let Some(&start) = self.starts.get(line) else { return self.text.len() };
        let end = self.starts.get(line.saturating_add(1)).copied().unwrap_or(self.text.len());
        let line = self.text[start..end].trim_end_matches(['\n', '\r']);
        let mut units = 0;
        for (at, letter) in line.char_indices() {
            units += letter.len_utf16() as u64;
            if units > position.character {
                return start + at;
            }
        }
        start + line.len()
    }

    /// The position of a byte; of one beyond the text that of its end, of one inside of a letter that of its beginning.
    pub(super) fn position(&self, byte: usize) -> Position {
        let byte = (0..=byte.min(self.text.len())).rev().find(|&at| self.text.is_char_boundary(at)).unwrap_or(0);
        let line = self.starts.partition_point(|&start| start <= byte).saturating_sub(1);
        let before = &self.text[self.starts[line]..byte];
        Position { line: line as u64, character: before.encode_utf16().count() as u64 }
    }

    pub(super) fn range(&self, bytes: std::ops::Range<usize>) -> Range {
        Range { start: self.position(bytes.start), end: self.position(bytes.end.max(bytes.start)) }
    }

    pub(super) fn bytes(&self, range: Range) -> std::ops::Range<usize> {
        let start = self.byte(range.start);
        start..self.byte(range.end).max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_every_width() {
        // One, two, three and four bytes; one unit each, but two for the last.
        let text = "aä€😀z\r\nü\rb\n";
        let lines = Lines::of(text);
        for (byte, line, character) in [
            (0, 0, 0),
            (1, 0, 1),
            (3, 0, 2),
            (6, 0, 3),
            (10, 0, 5),
            (11, 0, 6),
            (13, 1, 0),
            (15, 1, 1),
            (16, 2, 0),
            (18, 3, 0),
        ] {
            let position = Position { line, character };
            assert_eq!((lines.position(byte), lines.byte(position)), (position, byte));
        }
        let byte = |line, character| lines.byte(Position { line, character });
        // Between the two units of a letter, beyond a line, beyond all lines.
        assert_eq!((byte(0, 4), byte(0, 99), byte(1, u64::MAX), byte(u64::MAX, 0)), (6, 11, 15, text.len()));
        // Inside of a letter, and beyond the text.
        assert_eq!((lines.position(2), lines.position(99)), (lines.position(1), lines.position(text.len())));
        assert_eq!(Lines::of("").position(3), Position { line: 0, character: 0 });
        let backwards = Range { start: lines.position(6), end: lines.position(1) };
        assert_eq!(lines.bytes(backwards), 6..6);
    }
}
