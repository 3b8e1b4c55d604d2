//! One range under way, from try to try.

use super::super::address::host;
use super::super::range::{self, Answer, is_tail};
use super::super::{pool, refusal};
use super::object::{Object, lock};
use super::parts::is_head;
use super::room::{HELD, USED, forget, keep_head};
use crate::diagnostic::{Diagnostic, codes};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

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
pub(super) struct Errand {
    pub(super) object: Arc<Object>,
    pub(super) range: Range<u64>,
    /// What it takes of the room while it is under way.
    pub(super) weight: u64,
    pub(super) attempt: u32,
    pub(super) renewed: bool,
}

impl Errand {
    pub(super) fn send(self, now: bool) {
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
                let end = if is_tail(&self.range) { size.unwrap_or_default() } else { self.range.start };
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
            USED.fetch_sub(self.weight, Ordering::Relaxed);
            return;
        };
        part.range = start..end;
        part.bytes = Some(Arc::new(bytes));
        let weight = part.weight();
        drop(state);
        USED.fetch_add(weight, Ordering::Relaxed);
        USED.fetch_sub(self.weight, Ordering::Relaxed);
        if is_head(&(start..end)) {
            keep_head(object, end);
        } else {
            lock(&HELD).parts.push_back((Arc::downgrade(object), start));
        }
        object.tell();
    }

    fn absent(self) {
        self.give_up();
        lock(&self.object.state).absent = true;
        keep_head(&self.object, 0);
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
            USED.fetch_sub(self.weight, Ordering::Relaxed);
        }
    }
}

/// The host of a name GDAL opens; a bucket is as good as one.
pub(crate) fn host_of(name: &str) -> String {
    match host(name) {
        Some(host) => host.to_string(),
        None => name.splitn(4, '/').take(3).collect::<Vec<_>>().join("/"),
    }
}
