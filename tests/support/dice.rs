//! Numbers that look random and are the same in every run (Knuth's MMIX generator).

pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub(crate) fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % sides
    }

    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.throw(from.len())]
    }

    /// The same bytes, changed in one place or a few: cut, doubled, exchanged, overwritten, mixed with those of another.
    pub(crate) fn mutated(&mut self, bytes: &[u8], other: &[u8]) -> Vec<u8> {
        const TELLING: [u64; 8] = [0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, u64::MAX];
        let mut out = bytes.to_vec();
        for _ in 0..=self.throw(3) {
            let at = self.throw(out.len().max(1));
            let end = (at + 1 + self.throw(24)).min(out.len());
            match self.throw(7) {
                0 => out.truncate(at),
                1 => drop(out.drain(at..end)),
                2 => {
                    let piece = out[at..end].to_vec();
                    out.splice(at..at, piece);
                }
                3 if at < out.len() => out[at] ^= 1 << self.throw(8),
                4 if at < out.len() => out[at] = self.throw(256) as u8,
                5 => {
                    let number = TELLING[self.throw(TELLING.len())].to_le_bytes();
                    let width = [1, 2, 4, 8][self.throw(4)];
                    let end = (at + width).min(out.len());
                    out[at..end].copy_from_slice(&number[..end - at]);
                }
                _ => {
                    let from = self.throw(other.len().max(1));
                    let piece = other[from..(from + 1 + self.throw(40)).min(other.len())].to_vec();
                    out.splice(at..at, piece);
                }
            }
        }
        out
    }
}
