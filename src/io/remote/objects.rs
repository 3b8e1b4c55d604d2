//! Bytes of objects on servers: many ranges are asked for at a time, and what came is held for the session.
//!
//! A reader takes what is held, waits for what is under way, and asks for the rest. Whoever knows what will be read says
//! so before ([`want`]), as far as there is room; what was wanted is held until it is read, then as long as nothing else
//! needs the room.
//!
//! **Invariant:** only "it is not there" reads as absent. A server that refuses or fails is an error.

mod errand;
mod object;
mod parts;
mod readers;
mod room;

use super::patience::{LOOK, is_canceled};
use super::range::{is_tail, tail};
use crate::diagnostic::{Diagnostic, Result, codes};
use errand::Errand;
use object::{NEWS, Object, lock};
use parts::{Part, State, WHOLE, near};
use readers::{Charge, turn};
use room::{HELD, USED, make_room, object, was_replaced};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub(crate) use errand::host_of;
pub(crate) use object::Way;
pub(crate) use parts::HEAD;
pub(crate) use readers::{Reader, When};
pub(crate) use room::{Run, begin_run, forget, forget_below, forgotten, give_room, set_room, take_room};

/// What is taken for the size of an object whose size is not known.
const UNKNOWN: u64 = 1 << 20;

/// Where a reader needs some of the last bytes of an object, it is given as many.
const TAIL: u64 = 66 << 10;

/// A reader that goes through an object is given at least so much.
const LEAST: u64 = 16 << 10;

/// What became of bytes that were asked for ahead. Nobody waits for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Held,
    /// All of them, or what is not held already.
    UnderWay,
    /// There is no room for some of them now.
    NoRoom,
    /// The object is not there, or its server has refused it; whoever reads it is told.
    Hopeless,
}

/// The size of an object, if it is there. It comes with the head.
pub(crate) fn size(name: &str, way: &'static dyn Way) -> Result<Option<u64>> {
    let object = object(name, way);
    if lock(&object.state).size.is_none() && read_object(&object, 0..HEAD)?.is_none() {
        return Ok(None);
    }
    let size = lock(&object.state).size;
    size.map(Some).ok_or_else(|| {
        Diagnostic::new(codes::UNREADABLE, format!("the server does not say how large `{}` is", object.shown()))
    })
}

/// Bytes of an object, if it is there; fewer than asked for where it ends before.
pub(crate) fn read(name: &str, way: &'static dyn Way, range: Range<u64>) -> Result<Option<Vec<u8>>> {
    read_object(&object(name, way), range)
}

/// A whole object, if it is there, by one request.
pub(crate) fn read_whole(name: &str, way: &'static dyn Way) -> Result<Option<Vec<u8>>> {
    read_object(&object(name, way), WHOLE)
}

/// Asks for a whole object that will be read, if there is room for `bytes`, which are about as many as it has.
pub(crate) fn want_whole(name: &str, way: &'static dyn Way, bytes: u64) -> Wanted {
    let object = object(name, way);
    let mut state = lock(&object.state);
    if state.is_hopeless() {
        return Wanted::Hopeless;
    }
    if !state.missing(&WHOLE).is_empty() {
        if !make_room(&object, &mut state, bytes) {
            return Wanted::NoRoom;
        }
        fetch(&object, &mut state, WHOLE, Some(bytes), false);
    }
    state.wish(turn(), &WHOLE);
    Wanted::UnderWay
}

/// Asks for the head of an object, if it is not held.
pub(crate) fn want_head(name: &str, way: &'static dyn Way) -> Wanted {
    let object = object(name, way);
    let mut state = lock(&object.state);
    let head = 0..HEAD.min(state.size.unwrap_or(HEAD));
    if state.taken(turn(), head).is_some() {
        return Wanted::Held;
    }
    if state.is_hopeless() {
        return Wanted::Hopeless;
    }
    if !state.missing(&(0..HEAD)).is_empty() {
        fetch(&object, &mut state, 0..HEAD, None, false);
    }
    Wanted::UnderWay
}

/// Asks for the last bytes of an object, by one request also where its size is not known.
pub(crate) fn want_tail(name: &str, way: &'static dyn Way, bytes: u64) -> Wanted {
    let object = object(name, way);
    let mut state = lock(&object.state);
    if state.is_hopeless() {
        return Wanted::Hopeless;
    }
    let range = match state.size {
        Some(size) => size.saturating_sub(bytes)..size,
        None if state.parts.iter().any(|part| is_tail(&part.range) || part.range == WHOLE) => return Wanted::UnderWay,
        None => tail(bytes),
    };
    if state.taken(turn(), range.clone()).is_some() {
        return Wanted::Held;
    }
    if !state.missing(&range).is_empty() {
        if !make_room(&object, &mut state, bytes) {
            return Wanted::NoRoom;
        }
        fetch(&object, &mut state, range.clone(), Some(bytes), false);
    }
    state.wish(turn(), &range);
    Wanted::UnderWay
}

/// Waits until something arrives from any server, or some time has gone by.
///
/// # Errors
/// `E0401`
pub(crate) fn wait_for_news() -> Result<()> {
    let (guard, _) = NEWS.1.wait_timeout(lock(&NEWS.0), LOOK).unwrap_or_else(|e| e.into_inner());
    drop(guard);
    if is_canceled() { Err(Diagnostic::new(codes::INTERRUPTED, "interrupted")) } else { Ok(()) }
}

/// What is held of a range of an object, whole; nobody is asked.
pub(crate) fn held(name: &str, range: &Range<u64>) -> Option<Vec<u8>> {
    let object = lock(&HELD).objects.get(name).cloned()?;
    let mut state = lock(&object.state);
    let end = range.end.min(state.size?);
    state.taken(turn(), range.start..end)
}

/// The size of an object, if something of it came.
pub(crate) fn held_size(name: &str) -> Option<u64> {
    let object = lock(&HELD).objects.get(name).cloned()?;
    lock(&object.state).size
}

/// What a server calls the version of an object, if something of it came.
pub(crate) fn held_version(name: &str) -> Option<String> {
    let object = lock(&HELD).objects.get(name).cloned()?;
    lock(&object.state).version.clone()
}

/// Asks for ranges that will be read, as far as there is room.
pub(crate) fn want(name: &str, way: &'static dyn Way, ranges: &[Range<u64>]) -> Wanted {
    let object = object(name, way);
    let mut state = lock(&object.state);
    if state.is_hopeless() {
        return Wanted::Hopeless;
    }
    let missing = ranges.iter().flat_map(|range| state.missing(range)).collect();
    for range in near(missing) {
        if !make_room(&object, &mut state, range.end - range.start) {
            return Wanted::NoRoom;
        }
        fetch(&object, &mut state, range, None, false);
    }
    ranges.iter().for_each(|range| state.wish(turn(), range));
    Wanted::UnderWay
}

fn read_object(object: &Arc<Object>, range: Range<u64>) -> Result<Option<Vec<u8>>> {
    if was_replaced(&object.name) {
        return Err(object.replaced());
    }
    let mut state = lock(&object.state);
    state.has_failed = false;
    loop {
        if state.absent {
            return Ok(None);
        }
        // The size of a whole object comes with it.
        let wanted = range.start..range.end.min(state.size.unwrap_or(u64::MAX));
        if wanted.start >= wanted.end {
            return Ok(Some(Vec::new()));
        }
        if wanted.end < u64::MAX
            && let Some(bytes) = state.taken(turn(), wanted.clone())
        {
            return Ok(Some(bytes));
        }
        for missing in near(state.missing(&wanted)) {
            // Whoever reads needs it now, whether there is room or not.
            make_room(object, &mut state, expected(&missing));
            fetch(object, &mut state, missing, None, true);
        }
        state.wish(turn(), &wanted);
        state = object.wait(state)?;
    }
}

/// About how many bytes a range will bring.
fn expected(range: &Range<u64>) -> u64 {
    if *range == WHOLE { UNKNOWN } else { range.end - range.start }
}

/// Puts a range under way, of which so many bytes are expected.
fn fetch(object: &Arc<Object>, state: &mut State, range: Range<u64>, bytes: Option<u64>, now: bool) {
    let is_first = range.start == 0 && state.size.is_none();
    let least = if is_first { HEAD } else { LEAST * u64::from(now) };
    let end = range.end.max(range.start + least).min(state.size.unwrap_or(u64::MAX));
    // Who reads the end of an object goes back from there: the lists of archives stand there.
    let tail = state.size.map_or(u64::MAX, |size| size.saturating_sub(TAIL));
    let start = if now && range.start > tail { tail } else { range.start };
    let range = start..end;
    let expected = bytes.unwrap_or_else(|| expected(&range));
    let mut part = Part { range: range.clone(), bytes: None, wishes: Vec::new(), charge: None, expected };
    let weight = part.weight();
    part.charge = Some(Charge::new(turn(), weight));
    USED.fetch_add(weight, Ordering::Relaxed);
    state.parts.push(part);
    let errand = Errand { object: object.clone(), range, weight, attempt: 0, renewed: false, waits: None };
    errand.send(now);
}
