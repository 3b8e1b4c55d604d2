//! The chunks of a file being written and the order in which they lie there: longitudes and latitudes first, then place by
//! place the bands.

use super::form::Form;
use super::hdf5::{number, position};
use crate::cube::Schema;
use std::ops::Range;

/// What a chunk is of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stored {
    /// Longitudes or latitudes of pixels.
    Located(usize),
    /// A band.
    Field(usize),
}

/// A chunk and where it lies: steps, rows and columns, which end where the cube does.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Numbered {
    pub number: usize,
    pub within: [Range<usize>; 3],
}

pub(super) struct Numbers {
    located: usize,
    fields: usize,
    /// Steps, rows and columns of the cube.
    shape: [usize; 3],
    /// And of a chunk.
    lengths: [usize; 3],
    has_steps: bool,
    /// The bands are one variable.
    is_cube: bool,
}

impl Numbers {
    pub(super) fn new(form: &Form, schema: &Schema) -> Numbers {
        Numbers {
            located: form.located.len(),
            fields: form.fields.len(),
            shape: [schema.time.len().max(1), schema.grid.height, schema.grid.width],
            lengths: form.chunk,
            has_steps: form.step.is_some(),
            is_cube: form.cube.is_some(),
        }
    }

    /// Steps, rows and columns of a chunk.
    pub(super) fn lengths(&self, of: Stored) -> [usize; 3] {
        match of {
            Stored::Located(_) => [1, self.lengths[1], self.lengths[2]],
            Stored::Field(_) => self.lengths,
        }
    }

    pub(super) fn count(&self) -> usize {
        let [t, y, x] = self.counts();
        (self.located + t * self.fields) * y * x
    }

    /// The chunks that a region reaches into.
    pub(super) fn touched(&self, of: Stored, region: &[Range<usize>; 3]) -> Vec<Numbered> {
        let lengths = self.lengths(of);
        let [t, y, x] = std::array::from_fn(|i| region[i].start / lengths[i]..region[i].end.div_ceil(lengths[i]));
        let mut touched = Vec::with_capacity(t.len() * y.len() * x.len());
        for t in t {
            for y in y.clone() {
                touched.extend(x.clone().map(|x| {
                    let at = [t, y, x];
                    let within =
                        std::array::from_fn(|i| at[i] * lengths[i]..((at[i] + 1) * lengths[i]).min(self.shape[i]));
                    Numbered { number: self.number(of, at), within }
                }));
            }
        }
        touched
    }

    /// The variable of a chunk, by its place in [`Form::variables`], and its first element.
    pub(super) fn place(&self, number: usize) -> (usize, Vec<usize>) {
        let [steps, rows, columns] = self.counts();
        let map = |y: usize, x: usize| [y * self.lengths[1], x * self.lengths[2]];
        let Some(number) = number.checked_sub(self.located * rows * columns) else {
            let index = position(number, &[self.located, rows, columns]);
            return (index[0], map(index[1], index[2]).into());
        };
        let index = position(number, &[steps, rows, columns, self.fields]);
        let first = self.has_steps.then_some(index[0] * self.lengths[0]).into_iter();
        let first = first.chain(self.is_cube.then_some(index[3])).chain(map(index[1], index[2])).collect();
        (self.located + if self.is_cube { 0 } else { index[3] }, first)
    }

    fn number(&self, of: Stored, [t, y, x]: [usize; 3]) -> usize {
        let [steps, rows, columns] = self.counts();
        match of {
            Stored::Located(i) => number(&[i, y, x], &[self.located, rows, columns]),
            Stored::Field(i) => {
                self.located * rows * columns + number(&[t, y, x, i], &[steps, rows, columns, self.fields])
            }
        }
    }

    /// Chunks along steps, rows and columns.
    fn counts(&self) -> [usize; 3] {
        std::array::from_fn(|i| self.shape[i].div_ceil(self.lengths[i]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chunk_has_one_number_and_finds_its_place() {
        for (located, has_steps, is_cube) in [(0, true, false), (2, true, true), (2, false, false)] {
            let steps = if has_steps { 5 } else { 1 };
            let lengths = [2.min(steps), 3, 4];
            let numbers = Numbers { located, fields: 2, shape: [steps, 7, 8], lengths, has_steps, is_cube };
            let mut seen = Vec::new();
            for (i, of) in (0..located).map(Stored::Located).chain((0..2).map(Stored::Field)).enumerate() {
                let whole = [0..if i < located { 1 } else { steps }, 0..7, 0..8];
                for Numbered { number, within: [t, y, x] } in numbers.touched(of, &whole) {
                    let (variable, first) = numbers.place(number);
                    let mut expected = vec![y.start, x.start];
                    if i >= located {
                        if is_cube {
                            expected.insert(0, i - located);
                        }
                        if has_steps {
                            expected.insert(0, t.start);
                        }
                    }
                    assert_eq!((variable, first), (if is_cube { i.min(located) } else { i }, expected));
                    assert!(t.end <= steps && y.end <= 7 && x.end <= 8);
                    seen.push(number);
                }
            }
            seen.sort_unstable();
            assert_eq!(seen, (0..numbers.count()).collect::<Vec<_>>());
        }
    }
}
