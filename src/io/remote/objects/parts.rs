//! What is known of one object, and the parts of it that are held or under way.

use super::super::range::is_tail;
use super::readers::{Charge, Turn, Wish};
use crate::diagnostic::Diagnostic;
use std::ops::Range;
use std::sync::Arc;

/// The first bytes of an object are asked for in one request, of this length: the header of most formats.
pub(crate) const HEAD: u64 = 32 << 10;

/// Ranges this near to one another are one request: what lies between costs less than another one.
pub(super) const NEAR: u64 = 64 << 10;

/// So many bytes behind what was read last are not waited for: formats repeat lengths between blocks that few readers need.
const REST: u64 = 64;

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
    /// What of it will be read, and by whom; without any it may go.
    pub(super) wishes: Vec<Wish>,
    /// What it takes of the share of who asked for it, until it has been read.
    pub(super) charge: Option<Charge>,
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

    /// Notes what of a range lies in the part, for somebody who will read it; once, however often it is asked for.
    fn wish(&mut self, turn: Turn, range: &Range<u64>) {
        let within = range.start.max(self.range.start)..range.end.min(self.range.end);
        let is_sliver = within.end < within.start.saturating_add(REST) && within != *range;
        let wish = Wish::new(turn, within);
        let is_there = || self.wishes.iter().any(|other| other.is_of(turn) && other.range == wish.range);
        if !is_head(&self.range) && !wish.range.is_empty() && !is_sliver && !is_there() {
            self.wishes.push(wish);
        }
    }

    /// What was read of it: wishes that end there are met, one's own, or else another's, who asked for it on another thread.
    fn meet(&mut self, turn: Turn, read: &Range<u64>) {
        let ends_there = |wish: &Wish| (read.start..read.end.saturating_add(REST)).contains(&(wish.range.end - 1));
        let mut met: Vec<Range<u64>> = Vec::new();
        // Who wants the same for two reads gets it twice.
        self.wishes.retain(|wish| {
            let stays = !wish.is_by(turn) || !ends_there(wish) || met.contains(&wish.range);
            met.extend((!stays).then(|| wish.range.clone()));
            stays
        });
        if met.is_empty()
            && let Some(at) = self.wishes.iter().position(ends_there)
        {
            self.wishes.swap_remove(at);
        }
        if self.wishes.is_empty() {
            self.charge = None;
        }
    }

    /// Bytes came for it, which begin there.
    pub(super) fn fill(&mut self, start: u64, bytes: Vec<u8>) {
        let end = start + bytes.len() as u64;
        for wish in &mut self.wishes {
            wish.range = if is_tail(&wish.range) { start..end } else { wish.range.start..wish.range.end.min(end) };
        }
        self.wishes.retain(|wish| !wish.range.is_empty());
        self.range = start..end;
        self.bytes = Some(Arc::new(bytes));
        let weight = self.weight();
        self.charge = self.charge.take().map(|charge| charge.now(weight));
    }

    /// Whether nobody who is there will read it.
    pub(super) fn can_go(&self) -> bool {
        !self.wishes.iter().any(Wish::is_alive)
    }
}

pub(super) fn is_head(range: &Range<u64>) -> bool {
    range.start == 0 && range.end <= HEAD
}

impl State {
    /// Notes that a range will be read, of which all is held or under way.
    pub(super) fn wish(&mut self, turn: Turn, range: &Range<u64>) {
        let overlaps = |part: &&mut Part| part.range.start < range.end && range.start < part.range.end;
        self.parts.iter_mut().filter(overlaps).for_each(|part| part.wish(turn, range));
    }

    /// Drops the part that begins there, if it may go: what it took of the room, nothing of one that stays, and 0 where there
    /// is none.
    pub(super) fn let_go(&mut self, start: u64) -> Option<u64> {
        let here = |part: &Part| part.range.start == start && part.bytes.is_some() && !is_head(&part.range);
        match self.parts.iter().position(here) {
            None => Some(0),
            Some(at) if self.parts[at].can_go() => Some(self.parts.swap_remove(at).weight()),
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
    pub(super) fn taken(&mut self, turn: Turn, range: Range<u64>) -> Option<Vec<u8>> {
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
            used.push((number, at..end));
            at = end;
        }
        used.iter().for_each(|(number, read)| self.parts[*number].meet(turn, read));
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
    use super::super::readers::{Reader, When, turn};
    use super::*;

    fn part(range: Range<u64>, bytes: Option<u8>) -> Part {
        let bytes = bytes.map(|byte| Arc::new(vec![byte; (range.end - range.start) as usize]));
        Part { range, bytes, wishes: Vec::new(), charge: None, expected: 0 }
    }

    #[test]
    fn what_is_lacking_and_what_is_there() {
        let mut state = State { size: Some(100), ..State::default() };
        state.parts = vec![part(0..10, Some(1)), part(10..30, Some(2)), part(40..50, None)];
        assert_eq!(state.missing(&(5..60)), [30..40, 50..60]);
        assert_eq!(state.missing(&(35..200)), [35..40, 50..100]);
        assert!(state.missing(&(0..30)).is_empty() && state.missing(&(42..48)).is_empty());
        assert_eq!(state.taken(turn(), 8..12), Some(vec![1, 1, 2, 2]));
        assert_eq!((state.taken(turn(), 28..32), state.taken(turn(), 42..44)), (None, None));
    }

    #[test]
    fn what_will_be_read_stays() {
        let (one, other) = (Reader::new(), Reader::new());
        let mut state = State { size: Some(90_000), ..State::default() };
        state.parts = vec![part(80_000..80_300, Some(1)), part(80_300..80_600, Some(2))];
        // Two readers want chunks that came as one part, and the first wants one for two of its reads.
        let (first, second, third) = (80_000..80_100, 80_100..80_200, 80_200..80_303);
        for (reader, number, range) in [(&one, 1, &first), (&one, 2, &first), (&one, 1, &third), (&other, 1, &second)] {
            // Asked for again, it is the same wish; what is common with the next part is no wish for that.
            for _ in 0..2 {
                reader.turn(number, When::Then, || state.wish(turn(), range));
            }
        }
        assert_eq!(state.parts.iter().map(|part| part.wishes.len()).collect::<Vec<_>>(), [4, 0]);
        let mut read = |reader: &Reader, number, range| {
            reader.turn(number, When::Next, || state.taken(turn(), range).expect("it is held"));
            state.parts[0].can_go()
        };
        // The last bytes of a block, which repeat its length, are not read.
        assert!(!read(&one, 1, first.clone()) && !read(&one, 1, 80_200..80_292) && !read(&one, 2, first));
        assert!(read(&other, 1, second));
        assert_eq!([80_000, 80_300, 7].map(|start| state.let_go(start)), [Some(300), Some(300), Some(0)]);
    }

    #[test]
    fn who_is_gone_wants_nothing() {
        let reader = Reader::new();
        let mut state = State { parts: vec![part(tail(20), None)], ..State::default() };
        reader.turn(1, When::Then, || state.wish(turn(), &tail(20)));
        state.parts[0].fill(80_000, vec![0; 20]);
        assert_eq!(state.parts[0].wishes[0].range, 80_000..80_020);
        assert_eq!(state.let_go(80_000), None);
        drop(reader);
        assert_eq!(state.let_go(80_000), Some(20));
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
