//! Objects on their way to servers: sent by the threads for requests, while whoever makes them goes on.

use super::object;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::remote::patience::{self, LOOK, Patience};
use crate::io::remote::{objects, pool};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// The objects of one target.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    under_way: usize,
    bytes: u64,
    /// What has not been begun is not sent any more.
    abandoned: bool,
    /// Of the first that failed.
    failure: Option<Box<Diagnostic>>,
}

/// One object under way, until this goes.
struct Sent {
    shared: Arc<Shared>,
    bytes: u64,
    failure: Option<Box<Diagnostic>>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> Result<MutexGuard<'a, State>> {
        let (state, _) = self.changed.wait_timeout(state, LOOK).unwrap_or_else(|e| e.into_inner());
        if patience::is_canceled() { Err(Diagnostic::new(codes::INTERRUPTED, "interrupted")) } else { Ok(state) }
    }
}

/// Two are the same if they send the same objects.
impl PartialEq for Outbox {
    fn eq(&self, other: &Outbox) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Outbox {
    /// Sends an object, which replaces what is there. Waits until there is room for its bytes beside those that are under
    /// way; one object is sent however large it is.
    ///
    /// # Errors
    /// What became of an earlier one.
    pub(crate) fn write(&self, name: &str, bytes: Vec<u8>) -> Result<()> {
        let size = bytes.len() as u64;
        self.send(name, size, move |name| object::write(name, &bytes))
    }

    /// Sends a file, which replaces what is there. It must stay until all has arrived.
    ///
    /// # Errors
    /// What became of an earlier one.
    pub(crate) fn upload(&self, name: &str, path: &Path) -> Result<()> {
        let path = path.to_path_buf();
        self.send(name, 0, move |name| object::upload(name, &path))
    }

    /// Removes an object, if it is there.
    ///
    /// # Errors
    /// What became of an earlier one.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        self.send(name, 0, object::remove)
    }

    fn send(&self, name: &str, bytes: u64, act: impl FnOnce(&str) -> Result<()> + Send + 'static) -> Result<()> {
        let mut state = self.0.state();
        loop {
            if let Some(failure) = &state.failure {
                return Err(failure.clone());
            }
            if objects::take_room(bytes, state.bytes == 0) {
                break;
            }
            state = self.0.wait(state)?;
        }
        state.under_way += 1;
        state.bytes += bytes;
        drop(state);
        let mut sent =
            Sent { shared: self.0.clone(), bytes, failure: Some(Diagnostic::new(codes::REMOTE, "it was given up")) };
        let (own, cancel) = (name.to_string(), patience::cancel());
        let host = objects::host_of(name);
        pool::submit(
            &host,
            Box::new(move || {
                let _patience = cancel.map(Patience::until);
                let wanted = !sent.shared.state().abandoned;
                sent.failure = if wanted { act(&own).err() } else { None };
                drop(sent);
            }),
        );
        Ok(())
    }

    /// Waits until what is under way has arrived, and sends nothing more.
    pub(crate) fn abandon(&self) {
        let mut state = self.0.state();
        state.abandoned = true;
        while state.under_way > 0 {
            state = self.0.changed.wait(state).unwrap_or_else(|e| e.into_inner());
        }
    }

    /// Waits until all has arrived.
    ///
    /// # Errors
    /// What became of the first that failed.
    pub(crate) fn settle(&self) -> Result<()> {
        let mut state = self.0.state();
        while state.under_way > 0 {
            state = self.0.wait(state)?;
        }
        state.failure.clone().map_or(Ok(()), Err)
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.under_way -= 1;
        state.bytes -= self.bytes;
        if state.failure.is_none() {
            state.failure = self.failure.take();
        }
        drop(state);
        objects::give_room(self.bytes);
        self.shared.changed.notify_all();
    }
}
