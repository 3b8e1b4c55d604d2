//! Who reads objects: each task of a run has a share of the room, so that none stands still while another looks far ahead.

use super::object::lock;
use super::room::RUN;
use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex};

/// Numbers of readers and of runs, which read too.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// The readers that live, and the bytes that each has under way or held and has not read.
static READERS: LazyLock<Mutex<HashMap<u64, u64>>> = LazyLock::new(Mutex::default);

thread_local! {
    /// For whom this thread reads now.
    static TURN: Cell<Option<Turn>> = const { Cell::new(None) };
}

/// For whom something is asked: a reader, and which of its reads it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    reader: u64,
    number: u64,
    when: When,
}

impl Turn {
    pub(super) fn is_next(self) -> bool {
        self.when == When::Next
    }
}

/// When something is read that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// It is the next read: that it has no room does not matter.
    Next,
    /// After what was asked for before.
    Then,
    /// After something that cannot be asked for yet, for which half of the share is left.
    Later,
}

/// Whoever reads objects, while this lives: what it wanted and did not read keeps no room afterwards.
#[derive(Debug)]
pub(crate) struct Reader(u64);

impl Reader {
    pub(crate) fn new() -> Reader {
        let id = next();
        lock(&READERS).insert(id, 0);
        Reader(id)
    }

    /// Runs `f`, which asks for or reads what its read of this number needs.
    pub(crate) fn turn<T>(&self, number: u64, when: When, f: impl FnOnce() -> T) -> T {
        let before = TURN.replace(Some(Turn { reader: self.0, number, when }));
        let result = f();
        TURN.set(before);
        result
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        lock(&READERS).remove(&self.0);
    }
}

/// The number of another reader or run.
pub(super) fn next() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// For whom this thread asks: outside of tasks for the run.
pub(super) fn turn() -> Turn {
    TURN.get().unwrap_or_else(|| Turn { reader: RUN.load(Ordering::Relaxed), number: 0, when: When::Then })
}

/// Whether so many bytes more are within the share of a reader.
pub(super) fn has_share(turn: Turn, bytes: u64, room: u64) -> bool {
    let readers = lock(&READERS);
    let Some(taken) = readers.get(&turn.reader) else { return true };
    let share = room / readers.len() as u64;
    match turn.when {
        When::Next => true,
        When::Then => taken + bytes <= share,
        When::Later => taken + bytes <= share / 2,
    }
}

/// Bytes of the share of a reader, until they are read or let go.
#[derive(Debug)]
pub(super) struct Charge {
    reader: u64,
    bytes: u64,
}

impl Charge {
    pub(super) fn new(turn: Turn, bytes: u64) -> Charge {
        let charge = Charge { reader: turn.reader, bytes: 0 };
        charge.now(bytes)
    }

    /// The same for so many bytes.
    pub(super) fn now(mut self, bytes: u64) -> Charge {
        if let Some(taken) = lock(&READERS).get_mut(&self.reader) {
            *taken = (*taken + bytes).saturating_sub(self.bytes);
        }
        self.bytes = bytes;
        self
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        if let Some(taken) = lock(&READERS).get_mut(&self.reader) {
            *taken = taken.saturating_sub(self.bytes);
        }
    }
}

/// Bytes of a part that somebody will read.
#[derive(Debug, PartialEq)]
pub(super) struct Wish {
    turn: Turn,
    pub(super) range: Range<u64>,
}

impl Wish {
    pub(super) fn new(turn: Turn, range: Range<u64>) -> Wish {
        Wish { turn, range }
    }

    /// Whether it is of the same reader and read.
    pub(super) fn is_of(&self, turn: Turn) -> bool {
        self.is_by(turn) && self.turn.number == turn.number
    }

    pub(super) fn is_by(&self, turn: Turn) -> bool {
        self.turn.reader == turn.reader
    }

    /// Whether who has it is still there to read.
    pub(super) fn is_alive(&self) -> bool {
        self.turn.reader == RUN.load(Ordering::Relaxed) || lock(&READERS).contains_key(&self.turn.reader)
    }
}
