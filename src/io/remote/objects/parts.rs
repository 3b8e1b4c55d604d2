//! What is known of one object, and the parts of it that are held or under way.

use super::super::range::is_tail;
use crate::diagnostic::Diagnostic;
use std::ops::Range;
use std::sync::Arc;

/// The first bytes of an object are asked for in one request, of this length: the header of most formats.
pub(crate) const HEAD: u64 = 32 << 10;

/// Ranges this near to one another are one request: what lies between costs less than another one.
pub(super) const NEAR: u64 = 64 << 10;

/// The longest range of one request; longer ones are cut, so that their parts come at the same time.
pub(super) const LONGEST: u64 = 8 << 20;

/// The range of an object of whatever size.
pub(super) const WHOLE: Range<u64> = 0..u64::MAX;

#[derive(Default)]
pub(super) struct State {
    pub(super) size: Option<u64>,
    pub(super) version: Option<String>,
    pub(super) absent: bool,
    pub(super) parts: Vec<Part>,
    /// Readers that wait for a part, and what failed since they do.
    pub(super) waiting: usize,
    pub(super) failure: Option<Box<Diagnostic>>,
    /// What was wanted failed while nobody waited: whoever reads asks again, and is told.
    pub(super) has_failed: bool,
}

pub(super) struct Part {
    pub(super) range: Range<u64>,
    /// Nothing while it is under way.
    pub(super) bytes: Option<Arc<Vec<u8>>>,
    pub(super) is_read: bool,
    /// The run that wanted it: later ones may have its room.
    pub(super) run: u64,
    /// About so many bytes are expected.
    pub(super) expected: u64,
}

impl Part {
    /// What it takes of the room; heads have one of their own.
    pub(super) fn weight(&self) -> u64 {
        match &self.bytes {
            _ if is_head(&self.range) => 0,
            Some(bytes) => bytes.len() as u64,
            None => self.expected,
        }
    }
}

pub(super) fn is_head(range: &Range<u64>) -> bool {
    range.start == 0 && range.end <= HEAD
}

impl State {
    /// Drops the part that begins there, if it may go: what it took of the room, nothing of one that stays, and 0 where there
    /// is none.
    pub(super) fn let_go(&mut self, start: u64, can_go: impl Fn(&Part) -> bool) -> Option<u64> {
        let here = |part: &Part| part.range.start == start && part.bytes.is_some() && !is_head(&part.range);
        match self.parts.iter().position(here) {
            None => Some(0),
            Some(at) if can_go(&self.parts[at]) => Some(self.parts.swap_remove(at).weight()),
            Some(_) => None,
        }
    }

    pub(super) fn is_hopeless(&self) -> bool {
        self.absent || self.has_failed
    }

    /// The parts of a range that are neither held nor under way.
    pub(super) fn missing(&self, range: &Range<u64>) -> Vec<Range<u64>> {
        let whole = range.start..range.end.min(self.size.unwrap_or(u64::MAX));
        let mut left = Vec::from([whole]);
        for part in self.parts.iter().filter(|part| !is_tail(&part.range)) {
            left = left
                .into_iter()
                .flat_map(|gap| {
                    let before = gap.start..gap.end.min(part.range.start);
                    let behind = gap.start.max(part.range.end)..gap.end;
                    [before, behind]
                })
                .filter(|gap| gap.start < gap.end)
                .collect();
        }
        left
    }

    /// The bytes of a range, if all of them are held.
    pub(super) fn taken(&mut self, range: Range<u64>) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let mut used = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let covers = |part: &Part| part.range.contains(&at) && part.bytes.is_some();
            let number = self.parts.iter().position(covers)?;
            let part = &self.parts[number];
            let bytes = part.bytes.as_ref()?;
            let end = range.end.min(part.range.end);
            let within = |place: u64| (place - part.range.start) as usize;
            if out.is_empty() {
                out.reserve_exact((range.end - range.start) as usize);
            }
            out.extend_from_slice(&bytes[within(at)..within(end)]);
            used.extend((end == part.range.end).then_some(number));
            at = end;
        }
        // Read to its end, a part is not likely to be read again.
        used.into_iter().for_each(|number| self.parts[number].is_read = true);
        Some(out)
    }
}

/// Ranges that are near to one another as one, and long ones in pieces.
pub(super) fn near(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end + NEAR => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    let cut = |range: Range<u64>| {
        // What is beyond the end of an object is not asked for.
        let count = if range.end == u64::MAX { 1 } else { (range.end - range.start).div_ceil(LONGEST) };
        let piece = move |i: u64| {
            range.start + i * LONGEST..if count == 1 {
                range.end
            } else {
                range.end.min(range.start + (i + 1) * LONGEST)
            }
        };
        (0..count).map(piece)
    };
    joined.into_iter().flat_map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::range::tail;
    use super::*;

    fn part(range: Range<u64>, bytes: Option<u8>) -> Part {
        let bytes = bytes.map(|byte| Arc::new(vec![byte; (range.end - range.start) as usize]));
        Part { range, bytes, is_read: false, run: 0, expected: 0 }
    }

    #[test]
    fn what_is_lacking_and_what_is_there() {
        let mut state = State { size: Some(100), ..State::default() };
        state.parts = vec![part(0..10, Some(1)), part(10..30, Some(2)), part(40..50, None)];
        assert_eq!(state.missing(&(5..60)), [30..40, 50..60]);
        assert_eq!(state.missing(&(35..200)), [35..40, 50..100]);
        assert!(state.missing(&(0..30)).is_empty() && state.missing(&(42..48)).is_empty());
        assert_eq!(state.taken(8..12), Some(vec![1, 1, 2, 2]));
        assert_eq!((state.taken(28..32), state.taken(42..44)), (None, None));
        // Read to its end, a part may go.
        assert!(state.parts[0].is_read && !state.parts[1].is_read);
        let mut let_go = |start| state.let_go(start, |part| part.is_read);
        assert_eq!((let_go(10), let_go(77), let_go(40)), (None, Some(0), Some(0)));
    }

    #[test]
    fn where_a_tail_lies_is_known_when_it_came() {
        let mut state = State { parts: Vec::from([part(tail(20), None)]), ..State::default() };
        assert!(is_tail(&state.parts[0].range) && !is_tail(&WHOLE) && !is_tail(&(5..u64::MAX)));
        assert_eq!(state.missing(&WHOLE), Vec::from([WHOLE]));
        assert_eq!(state.missing(&(0..9)).first(), Some(&(0..9)));
        (state.size, state.parts) = (Some(100), vec![part(80..100, Some(1))]);
        assert_eq!(state.missing(&(70..100)).first(), Some(&(70..80)));
    }

    #[test]
    fn ranges_near_to_one_another_are_one_request() {
        let far = 10 * NEAR;
        assert_eq!(near(vec![far..far + 5, 0..10, 20..30]), [0..30, far..far + 5]);
        assert_eq!(near(vec![0..9, 9..LONGEST + 5]), [0..LONGEST, LONGEST..LONGEST + 5]);
        assert_eq!(near(Vec::from([WHOLE])), Vec::from([WHOLE]));
        assert!(near(Vec::new()).is_empty());
    }
}
