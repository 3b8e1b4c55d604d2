//! One range under way, from try to try.

use super::super::address::host;
use super::super::pool;
use super::super::range::{self, Answer, Got, is_tail};
use super::super::refusal;
use super::super::retry::Next;
use super::super::waits::Waits;
use super::object::{Object, lock};
use super::parts::is_head;
use super::room::{HELD, USED, forget, keep_head, note_replaced};
use crate::diagnostic::{Diagnostic, ServerFault};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// One range under way, from try to try.
pub(super) struct Errand {
    pub(super) object: Arc<Object>,
    pub(super) range: Range<u64>,
    /// What it takes of the room while it is under way.
    pub(super) weight: u64,
    pub(super) attempt: u32,
    pub(super) renewed: bool,
    /// From the first try to the end.
    pub(super) waits: Option<Waits>,
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
        if let Some(answer) = way.ask(&name, &self.range) {
            return match answer {
                Ok(Some(got)) => self.arrive(got),
                Ok(None) => self.absent(),
                Err(failure) => self.fail(failure),
            };
        }
        let wire = match way.wire(&name) {
            Ok(wire) => wire,
            Err(failure) => return self.fail(failure),
        };
        self.waits.get_or_insert_with(|| Waits::begin(host(wire.url.expose()).unwrap_or_default()));
        let answer = range::get(&wire, &self.range);
        match answer {
            Answer::Bytes(got) => return self.arrive(got),
            Answer::Beyond { size } => {
                // What has no first byte has none, also where the server does not say how many there are.
                let nothing = self.range.start == 0 || is_tail(&self.range);
                let Some(size) = size.or(nothing.then_some(0)) else {
                    let what = format!("it has no byte {}, and the server does not say how many", self.range.start);
                    return self.fail(refusal::told(ServerFault::Status(416), &name, &what, way.signer(&name)));
                };
                let end = if is_tail(&self.range) { size } else { self.range.start };
                return self.arrive(Got { start: end, bytes: Vec::new(), size: Some(size), version: None });
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
        let Some(failed) = answer.failed() else { return };
        match way.retries().next(self.attempt, failed) {
            Next::Again(pause) => {
                pool::pause(&host_of(&name), Instant::now() + pause);
                self.attempt += 1;
                self.send(true);
            }
            Next::GiveUp(refused) => self.fail(refused.told(&name, way.signer(&name))),
        }
    }

    fn arrive(self, got: Got) {
        let Got { start, bytes, size, version } = got;
        let object = &self.object;
        let mut state = lock(&object.state);
        if state.version.is_some() && version.is_some() && state.version != version {
            drop(state);
            note_replaced(&object.name);
            forget(&object.name);
            let failure = object.replaced();
            return self.fail(failure);
        }
        state.size = state.size.or(size);
        state.version = state.version.take().or(version);
        let end = start + bytes.len() as u64;
        let Some(part) = state.parts.iter_mut().find(|part| part.bytes.is_none() && part.range == self.range) else {
            // It was forgotten meanwhile.
            USED.fetch_sub(self.weight, Ordering::Relaxed);
            return;
        };
        part.fill(start, bytes);
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
