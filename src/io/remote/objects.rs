//! Bytes of objects on servers: many ranges are asked for at a time, and what came is held for the session.
//!
//! A reader takes what is held, waits for what is under way, and asks for the rest. Whoever knows what will be read says
//! so before ([`want`]), as far as there is room; what was wanted is held until it is read, then as long as nothing else
//! needs the room.
//!
//! **Invariant:** only "it is not there" reads as absent. A server that refuses or fails is an error.

use super::address::host;
use super::patience::{LOOK, is_canceled};
use super::pool;
use super::range::{self, Answer, Wire};
use super::refusal;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::plan::Signer;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

/// How names are asked for; the room of signers answers it.
pub(crate) trait Way: Send + Sync {
    /// # Errors
    /// Where there is no token, and the token server gives none.
    fn wire(&self, name: &str) -> Result<Wire>;

    /// Drops what signed a request begun at `asked`, which was refused; whether another try may be answered. `region` is
    /// where the server says that the bucket lies.
    fn renew(&self, name: &str, asked: Instant, region: Option<&str>) -> bool;

    fn signer(&self, name: &str) -> Signer;

    /// How often a request that may pass is made again, and the first pause before; each is twice as long as the last.
    fn retries(&self) -> (u32, Duration);
}

/// The first bytes of an object are asked for in one request, of this length: the header of most formats.
pub(crate) const HEAD: u64 = 32 << 10;

/// Ranges this near to one another are one request: what lies between costs less than another one.
const NEAR: u64 = 64 << 10;

/// The longest range of one request; longer ones are cut, so that their parts come at the same time.
const LONGEST: u64 = 8 << 20;

/// A reader that goes through an object is given at least so much.
const LEAST: u64 = 16 << 10;

/// Bytes held of objects, unless a run says otherwise; heads come on top.
const ROOM: u64 = 256 << 20;

/// What is taken for the size of an object whose size is not known.
const UNKNOWN: u64 = 1 << 20;

/// Heads that are held, at most.
const HEADS: usize = 4096;

/// What is known and held of one object.
struct Object {
    name: String,
    way: &'static dyn Way,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    size: Option<u64>,
    version: Option<String>,
    absent: bool,
    parts: Vec<Part>,
    /// Readers that wait for a part, and what failed since they do.
    waiting: usize,
    failure: Option<Box<Diagnostic>>,
    /// What was wanted failed while nobody waited: whoever reads asks again, and is told.
    has_failed: bool,
}

struct Part {
    range: Range<u64>,
    /// Nothing while it is under way.
    bytes: Option<Arc<Vec<u8>>>,
    is_read: bool,
}

#[derive(Default)]
struct Held {
    objects: HashMap<String, Arc<Object>>,
    /// Heads in the order in which they came.
    heads: VecDeque<Weak<Object>>,
    /// Other parts that are held, by where they begin, in the order in which they came.
    parts: VecDeque<(Weak<Object>, u64)>,
}

/// The range of an object of whatever size.
const WHOLE: Range<u64> = 0..u64::MAX;

/// Told of whatever arrives or fails.
static NEWS: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());

static HELD: LazyLock<Mutex<Held>> = LazyLock::new(Mutex::default);
/// Bytes that are held, or under way.
static USED: AtomicU64 = AtomicU64::new(0);
static MOST: AtomicU64 = AtomicU64::new(ROOM);
static FORGOTTEN: AtomicU64 = AtomicU64::new(0);

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

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(|e| e.into_inner())
}

/// The most bytes of objects that are held or under way, from now on.
pub(crate) fn set_room(bytes: u64) {
    MOST.store(bytes.max(LONGEST), Ordering::Relaxed);
}

fn object(name: &str, way: &'static dyn Way) -> Arc<Object> {
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
    if let Some(object) = object {
        let parts = std::mem::take(&mut lock(&object.state).parts);
        release(parts.iter().filter(|part| part.bytes.is_some()));
    }
}

fn release<'a>(parts: impl Iterator<Item = &'a Part>) {
    USED.fetch_sub(parts.map(|part| counted(&part.range)).sum(), Ordering::Relaxed);
}

fn is_head(range: &Range<u64>) -> bool {
    range.start == 0 && range.end <= HEAD
}

/// What a part takes of the room; one of unknown size takes as much as most have, until it is here.
fn counted(range: &Range<u64>) -> u64 {
    if is_head(range) {
        0
    } else if range.end == u64::MAX {
        UNKNOWN
    } else {
        range.end - range.start
    }
}

/// The size of an object, if it is there. It comes with the head.
pub(crate) fn size(name: &str, way: &'static dyn Way) -> Result<Option<u64>> {
    let object = object(name, way);
    if lock(&object.state).size.is_none() && object.read(0..HEAD)?.is_none() {
        return Ok(None);
    }
    let size = lock(&object.state).size;
    size.map(Some).ok_or_else(|| {
        Diagnostic::new(codes::UNREADABLE, format!("the server does not say how large `{}` is", object.shown()))
    })
}

/// Bytes of an object, if it is there; fewer than asked for where it ends before.
pub(crate) fn read(name: &str, way: &'static dyn Way, range: Range<u64>) -> Result<Option<Vec<u8>>> {
    object(name, way).read(range)
}

/// A whole object, if it is there, by one request.
pub(crate) fn read_whole(name: &str, way: &'static dyn Way) -> Result<Option<Vec<u8>>> {
    object(name, way).read(WHOLE)
}

/// Asks for a whole object that will be read, if there is room for `bytes`, which are about as many as it has.
pub(crate) fn want_whole(name: &str, way: &'static dyn Way, bytes: u64) -> Wanted {
    let object = object(name, way);
    let mut state = lock(&object.state);
    if state.is_hopeless() {
        return Wanted::Hopeless;
    }
    if !state.missing(&WHOLE).is_empty() {
        if !make_room(&object, &mut state, bytes, false) {
            return Wanted::NoRoom;
        }
        object.fetch(&mut state, WHOLE, false);
    }
    Wanted::UnderWay
}

/// Asks for the head of an object, if it is not held.
pub(crate) fn want_head(name: &str, way: &'static dyn Way) -> Wanted {
    let object = object(name, way);
    let mut state = lock(&object.state);
    let head = 0..HEAD.min(state.size.unwrap_or(HEAD));
    if state.taken(head).is_some() {
        return Wanted::Held;
    }
    if state.is_hopeless() {
        return Wanted::Hopeless;
    }
    if !state.missing(&(0..HEAD)).is_empty() {
        object.fetch(&mut state, 0..HEAD, false);
    }
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
    state.taken(range.start..end)
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
        if !make_room(&object, &mut state, range.end - range.start, false) {
            return Wanted::NoRoom;
        }
        object.fetch(&mut state, range, false);
    }
    Wanted::UnderWay
}

impl Object {
    fn shown(&self) -> String {
        super::address::without_secrets(&self.name)
    }

    fn read(self: &Arc<Object>, range: Range<u64>) -> Result<Option<Vec<u8>>> {
        let mut state = lock(&self.state);
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
                && let Some(bytes) = state.taken(wanted.clone())
            {
                return Ok(Some(bytes));
            }
            for missing in near(state.missing(&wanted)) {
                // Whoever reads needs it now, whether there is room or not.
                make_room(self, &mut state, counted(&missing), true);
                self.fetch(&mut state, missing, true);
            }
            state = self.wait(state)?;
        }
    }

    /// Wakes whoever waits for it.
    fn tell(&self) {
        self.changed.notify_all();
        NEWS.1.notify_all();
    }

    /// Waits for a change of the state.
    fn wait<'a>(&self, mut state: MutexGuard<'a, State>) -> Result<MutexGuard<'a, State>> {
        state.waiting += 1;
        let (mut state, _) = self.changed.wait_timeout(state, LOOK).unwrap_or_else(|e| e.into_inner());
        state.waiting -= 1;
        if is_canceled() {
            return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
        }
        match state.failure.take() {
            Some(failure) => Err(failure),
            None => Ok(state),
        }
    }

    /// Puts a range under way.
    fn fetch(self: &Arc<Object>, state: &mut State, range: Range<u64>, now: bool) {
        let least = if range.start == 0 { HEAD } else { LEAST * u64::from(now) };
        let end = range.end.max(range.start + least).min(state.size.unwrap_or(u64::MAX));
        let range = range.start..end;
        USED.fetch_add(counted(&range), Ordering::Relaxed);
        state.parts.push(Part { range: range.clone(), bytes: None, is_read: false });
        let errand = Errand { object: self.clone(), range, attempt: 0, renewed: false };
        errand.send(now);
    }
}

impl State {
    fn is_hopeless(&self) -> bool {
        self.absent || self.has_failed
    }

    /// The parts of a range that are neither held nor under way.
    fn missing(&self, range: &Range<u64>) -> Vec<Range<u64>> {
        let whole = range.start..range.end.min(self.size.unwrap_or(u64::MAX));
        let mut left = Vec::from([whole]);
        for part in &self.parts {
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
    fn taken(&mut self, range: Range<u64>) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let covers = |part: &&mut Part| part.range.contains(&at) && part.bytes.is_some();
            let part = self.parts.iter_mut().find(covers)?;
            let bytes = part.bytes.as_ref()?;
            let end = range.end.min(part.range.end);
            let within = |place: u64| (place - part.range.start) as usize;
            if out.is_empty() {
                out.reserve_exact((range.end - range.start) as usize);
            }
            out.extend_from_slice(&bytes[within(at)..within(end)]);
            part.is_read |= end == part.range.end;
            at = end;
        }
        Some(out)
    }
}

/// Ranges that are near to one another as one, and long ones in pieces.
fn near(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
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

/// Drops what was read until so many bytes more have room; whether they have. `own` is locked by the caller as `state`.
/// What is needed at once takes the place of what was wanted and not yet read, too.
fn make_room(own: &Arc<Object>, state: &mut State, bytes: u64, needed: bool) -> bool {
    let most = MOST.load(Ordering::Relaxed);
    let has_room = || USED.load(Ordering::Relaxed) + bytes <= most;
    if has_room() {
        return true;
    }
    let mut looked_at = lock(&HELD).parts.len();
    while !has_room() && looked_at > 0 {
        looked_at -= 1;
        let Some((object, start)) = lock(&HELD).parts.pop_front() else { break };
        let Some(object) = object.upgrade() else { continue };
        let drop_of = |state: &mut State| {
            let at = state.parts.iter().position(|part| part.range.start == start && part.bytes.is_some())?;
            (state.parts[at].is_read || needed).then(|| release(std::iter::once(&state.parts.swap_remove(at))))
        };
        let dropped = if Arc::ptr_eq(&object, own) {
            drop_of(state)
        } else if let Ok(mut other) = object.state.try_lock() {
            drop_of(&mut other)
        } else {
            None
        };
        if dropped.is_none() {
            lock(&HELD).parts.push_back((Arc::downgrade(&object), start));
        }
    }
    has_room()
}

/// Requests that wait for an answer, in the order in which they began.
static WAITING: Mutex<BTreeMap<(Instant, u64), String>> = Mutex::new(BTreeMap::new());

/// A request that waits, as long as this lives.
struct Waits(Instant, u64);

impl Waits {
    fn begin(host: &str) -> Waits {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let waits = Waits(Instant::now(), NUMBER.fetch_add(1, Ordering::Relaxed));
        lock(&WAITING).insert((waits.0, waits.1), host.to_string());
        waits
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        lock(&WAITING).remove(&(self.0, self.1));
    }
}

/// The host of the request that has waited longest, and how long.
pub(crate) fn waiting_for() -> Option<(String, Duration)> {
    lock(&WAITING).first_key_value().map(|((began, _), host)| (host.clone(), began.elapsed()))
}

/// One range under way, from try to try.
struct Errand {
    object: Arc<Object>,
    range: Range<u64>,
    attempt: u32,
    renewed: bool,
}

impl Errand {
    fn send(self, now: bool) {
        // Where it is asked for is told by the wire; hosts are only told apart here, so the name will do.
        let host = host_of(&self.object.name);
        let task: pool::Task = Box::new(move || self.run());
        if now { pool::submit_first(&host, task) } else { pool::submit(&host, task) }
    }

    fn run(mut self) {
        let name = self.object.name.clone();
        let way = self.object.way;
        let asked = Instant::now();
        let wire = match way.wire(&name) {
            Ok(wire) => wire,
            Err(failure) => return self.fail(failure),
        };
        let answer = {
            let _waits = Waits::begin(host(wire.url.expose()).unwrap_or_default());
            range::get(&wire, &self.range)
        };
        match answer {
            Answer::Bytes { start, bytes, size, version } => return self.arrive(start, bytes, size, version),
            Answer::Beyond { size } => {
                let end = self.range.start;
                return self.arrive(end, Vec::new(), size, None);
            }
            Answer::Status { status: 404 | 410, .. } => return self.absent(),
            Answer::Status { status, ref region, .. } => {
                let other = matches!(status, 401 | 403) || region.is_some();
                if other && !self.renewed && way.renew(&name, asked, region.as_deref()) {
                    self.renewed = true;
                    return self.send(true);
                }
            }
            Answer::Broken { .. } => {}
        }
        let Some((fault, said, again, pause)) = answer.fault() else { return };
        let (retries, first) = way.retries();
        if again && self.attempt < retries {
            let pause = pause.unwrap_or(first * 2u32.saturating_pow(self.attempt));
            pool::pause(&host_of(&name), Instant::now() + pause);
            self.attempt += 1;
            return self.send(true);
        }
        let said = if again && retries > 0 { format!("{said}, {} times", retries + 1) } else { said };
        self.fail(refusal::told(fault, &name, &said, way.signer(&name)));
    }

    fn arrive(self, start: u64, bytes: Vec<u8>, size: Option<u64>, version: Option<String>) {
        let object = &self.object;
        let mut state = lock(&object.state);
        if state.version.is_some() && version.is_some() && state.version != version {
            drop(state);
            forget(&object.name);
            let what = format!("`{}` was replaced while it was read", object.shown());
            return self.fail(Diagnostic::new(codes::FILES_DIFFER, what).help("run it again"));
        }
        state.size = state.size.or(size);
        state.version = state.version.take().or(version);
        let end = start + bytes.len() as u64;
        let Some(part) = state.parts.iter_mut().find(|part| part.bytes.is_none() && part.range == self.range) else {
            // It was forgotten meanwhile.
            USED.fetch_sub(counted(&self.range), Ordering::Relaxed);
            return;
        };
        part.range = start..end;
        part.bytes = Some(Arc::new(bytes));
        drop(state);
        USED.fetch_add(counted(&(start..end)), Ordering::Relaxed);
        USED.fetch_sub(counted(&self.range), Ordering::Relaxed);
        let mut all = lock(&HELD);
        if is_head(&(start..end)) {
            all.heads.push_back(Arc::downgrade(object));
        } else {
            all.parts.push_back((Arc::downgrade(object), start));
        }
        let oldest = (all.heads.len() > HEADS).then(|| all.heads.pop_front()).flatten().and_then(|head| head.upgrade());
        drop(all);
        if let Some(oldest) = oldest.filter(|oldest| !Arc::ptr_eq(oldest, object)) {
            lock(&oldest.state).parts.retain(|part| !is_head(&part.range) || part.bytes.is_none());
        }
        object.tell();
    }

    fn absent(self) {
        self.give_up();
        lock(&self.object.state).absent = true;
        self.object.tell();
    }

    fn fail(self, failure: Box<Diagnostic>) {
        self.give_up();
        let mut state = lock(&self.object.state);
        // Who comes later asks anew.
        state.failure = (state.waiting > 0).then_some(failure);
        state.has_failed = state.waiting == 0;
        drop(state);
        self.object.tell();
    }

    /// Its range is neither held nor under way any more.
    fn give_up(&self) {
        let mut state = lock(&self.object.state);
        let before = state.parts.len();
        state.parts.retain(|part| part.bytes.is_some() || part.range != self.range);
        if state.parts.len() < before {
            USED.fetch_sub(counted(&self.range), Ordering::Relaxed);
        }
    }
}

/// The host of a name GDAL opens; a bucket is as good as one.
fn host_of(name: &str) -> String {
    match host(name) {
        Some(host) => host.to_string(),
        None => name.splitn(4, '/').take(3).collect::<Vec<_>>().join("/"),
    }
}
