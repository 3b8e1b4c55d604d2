//! The objects of which something is held, and the room that they take.

use super::object::{Object, Way, lock};
use super::parts::{LONGEST, State, is_head};
use super::readers;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, Weak};

/// Bytes held of objects, unless a run says otherwise; a quarter more is for heads.
const ROOM: u64 = 256 << 20;

/// Objects whose heads are held, or that are known not to be there, at most.
const MOST_HEADS: usize = 1 << 16;

/// More is not held of all objects together, however much memory a run has.
const LARGEST_ROOM: u64 = 512 << 20;

#[derive(Default)]
pub(super) struct Held {
    pub(super) objects: HashMap<String, Arc<Object>>,
    /// Heads in the order in which they came.
    pub(super) heads: VecDeque<Weak<Object>>,
    /// Other parts that are held, by where they begin, in the order in which they came.
    pub(super) parts: VecDeque<(Weak<Object>, u64)>,
}

pub(super) static HELD: LazyLock<Mutex<Held>> = LazyLock::new(Mutex::default);
/// Bytes that are held, or under way.
pub(super) static USED: AtomicU64 = AtomicU64::new(0);
/// Bytes of heads.
pub(super) static HEADS: AtomicU64 = AtomicU64::new(0);
pub(super) static RUN: AtomicU64 = AtomicU64::new(0);
pub(super) static MOST: AtomicU64 = AtomicU64::new(ROOM);
/// Runs under way, and the objects that were replaced meanwhile.
static REPLACED: LazyLock<Mutex<(usize, HashSet<String>)>> = LazyLock::new(Mutex::default);
pub(super) static FORGOTTEN: AtomicU64 = AtomicU64::new(0);

/// The most bytes of objects that are held or under way, from now on.
pub(crate) fn set_room(bytes: u64) {
    MOST.store(bytes.clamp(LONGEST, LARGEST_ROOM), Ordering::Relaxed);
}

/// A run, until this goes.
pub(crate) struct Run(());

/// A run begins: what earlier ones wanted and did not read keeps no room any more.
#[must_use]
pub(crate) fn begin_run() -> Run {
    RUN.store(readers::next(), Ordering::Relaxed);
    lock(&REPLACED).0 += 1;
    Run(())
}

impl Drop for Run {
    fn drop(&mut self) {
        let mut replaced = lock(&REPLACED);
        replaced.0 -= 1;
        if replaced.0 == 0 {
            replaced.1.clear();
        }
    }
}

/// An object is another one than it was: what a run has read of it before does not fit what it would read now.
pub(super) fn note_replaced(name: &str) {
    let mut replaced = lock(&REPLACED);
    if replaced.0 > 0 {
        replaced.1.insert(name.to_string());
    }
}

/// Whether an object was replaced while the run that is under way has read it.
pub(super) fn was_replaced(name: &str) -> bool {
    lock(&REPLACED).1.contains(name)
}

pub(super) fn object(name: &str, way: &'static dyn Way) -> Arc<Object> {
    let mut held = lock(&HELD);
    let new = || Arc::new(Object { name: name.to_string(), way, state: Mutex::default(), changed: Condvar::new() });
    held.objects.entry(name.to_string()).or_insert_with(new).clone()
}

/// How often something was forgotten: what others know of objects is of no use once this is another number.
pub(crate) fn forgotten() -> u64 {
    FORGOTTEN.load(Ordering::Relaxed)
}

/// Drops all that is known of an object.
pub(crate) fn forget(name: &str) {
    FORGOTTEN.fetch_add(1, Ordering::Relaxed);
    let object = lock(&HELD).objects.remove(name);
    object.iter().for_each(|object| empty(object));
}

/// Drops all that is known of the objects whose names begin so.
pub(crate) fn forget_below(prefix: &str) {
    FORGOTTEN.fetch_add(1, Ordering::Relaxed);
    let below: Vec<_> = lock(&HELD).objects.extract_if(|name, _| name.starts_with(prefix)).collect();
    below.iter().for_each(|(_, object)| empty(object));
}

fn empty(object: &Object) {
    let parts = std::mem::take(&mut lock(&object.state).parts);
    for part in parts.iter().filter(|part| part.bytes.is_some()) {
        give_room(part.weight());
        HEADS.fetch_sub(if is_head(&part.range) { part.range.end } else { 0 }, Ordering::Relaxed);
    }
}

/// Takes room for bytes that are sent, if there is some; a first one has it always.
pub(crate) fn take_room(bytes: u64, is_first: bool) -> bool {
    let most = MOST.load(Ordering::Relaxed);
    let has_room = is_first || USED.load(Ordering::Relaxed) + bytes <= most;
    USED.fetch_add(if has_room { bytes } else { 0 }, Ordering::Relaxed);
    has_room
}

/// Bytes that took room have been sent, or are not held any more.
pub(crate) fn give_room(bytes: u64) {
    USED.fetch_sub(bytes, Ordering::Relaxed);
}

/// Drops what was read until so many bytes more have room; whether they have. `own` is locked by the caller as `state`.
/// What somebody wants and has not read stays, also where something is needed at once: that comes on top.
pub(super) fn make_room(own: &Arc<Object>, state: &mut State, bytes: u64) -> bool {
    let most = MOST.load(Ordering::Relaxed);
    let has_room = || USED.load(Ordering::Relaxed) + bytes <= most;
    let turn = readers::turn();
    if !readers::has_share(turn, bytes, most) {
        return false;
    }
    if has_room() {
        return true;
    }
    let mut looked_at = lock(&HELD).parts.len();
    while !has_room() && looked_at > 0 {
        looked_at -= 1;
        let Some((object, start)) = lock(&HELD).parts.pop_front() else { break };
        let Some(object) = object.upgrade() else { continue };
        let gone = if Arc::ptr_eq(&object, own) {
            state.let_go(start)
        } else if let Ok(mut other) = object.state.try_lock() {
            let gone = other.let_go(start);
            let is_empty = other.parts.is_empty();
            drop(other);
            if is_empty {
                drop_entry(&object);
            }
            gone
        } else {
            None
        };
        match gone {
            Some(weight) => give_room(weight),
            None => lock(&HELD).parts.push_back((Arc::downgrade(&object), start)),
        }
    }
    has_room() || turn.is_next()
}

/// Keeps a head, or that there is nothing, and drops the oldest where there are too many.
pub(super) fn keep_head(object: &Arc<Object>, bytes: u64) {
    HEADS.fetch_add(bytes, Ordering::Relaxed);
    let most = MOST.load(Ordering::Relaxed) / 4;
    let mut held = lock(&HELD);
    held.heads.push_back(Arc::downgrade(object));
    let mut gone = Vec::new();
    while held.heads.len() > MOST_HEADS || HEADS.load(Ordering::Relaxed) > most && held.heads.len() > 1 {
        let Some(oldest) = held.heads.pop_front().and_then(|head| head.upgrade()) else { continue };
        if !Arc::ptr_eq(&oldest, object)
            && let Ok(mut state) = oldest.state.try_lock()
        {
            state.parts.retain(|part| {
                let goes = is_head(&part.range) && part.bytes.is_some();
                HEADS.fetch_sub(if goes { part.range.end } else { 0 }, Ordering::Relaxed);
                !goes
            });
            gone.extend(state.parts.is_empty().then(|| oldest.clone()));
        }
    }
    drop(held);
    gone.iter().for_each(drop_entry);
}

/// An object of which nothing is held is not listed either.
pub(super) fn drop_entry(object: &Arc<Object>) {
    let mut held = lock(&HELD);
    if held.objects.get(&object.name).is_some_and(|listed| Arc::ptr_eq(listed, object)) {
        held.objects.remove(&object.name);
    }
}
