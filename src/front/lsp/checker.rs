//! The thread that checks what is typed: the latest text wins, and is looked at when nothing is typed for a moment.

use super::client::Client;
use super::diagnostics::Checked;
use super::document::Document;
use super::fixes::{Fix, fixes};
use super::protocol::Range;
use super::threads::{self, guarded};
use crate::diagnostic::{Sources, codes};
use crate::front::meta;
use crate::io::requests;
use crate::session::Session;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long nothing is typed before a text is checked.
const PAUSE: Duration = Duration::from_millis(150);

/// What is to be checked.
pub(super) enum Order {
    /// A text; `anew` where files may have changed since the last one.
    Check { document: Document, anew: bool },
    /// A text that is no longer open: what was said of it is taken back.
    Close(Arc<str>),
}

/// What is told when a text was checked: where its paths begin, and a session that has its files open.
pub(super) type Known = Box<dyn FnMut(&Document, PathBuf, Session) + Send>;

/// The fixes of the last version of each text that was checked.
type Fixes = Mutex<HashMap<Arc<str>, (i64, Vec<Fix>)>>;

/// The door to the thread.
pub(super) struct Checker {
    orders: Sender<Order>,
    running: Arc<Mutex<Option<Running>>>,
    fixes: Arc<Fixes>,
}

/// The text that is being checked, and the flag that ends its waiting for servers.
struct Running {
    uri: Arc<str>,
    cancel: Arc<AtomicBool>,
}

impl Checker {
    pub(super) fn start(client: Client, known: Known) -> Checker {
        let (orders, waiting) = mpsc::channel();
        let (running, fixes) = (Arc::default(), Arc::default());
        let work =
            Work { client, known, session: Session::new(), running: Arc::clone(&running), fixes: Arc::clone(&fixes) };
        threads::start("check", move || work.serve(&waiting));
        Checker { orders, running, fixes }
    }

    pub(super) fn order(&self, order: Order) {
        let (Order::Check { document: Document { uri, .. }, .. } | Order::Close(uri)) = &order;
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = running.as_ref().filter(|running| running.uri == *uri) {
            running.cancel.store(true, Ordering::Relaxed);
        }
        // Where the thread could not be started, nothing is checked, and all else is answered.
        let _ = self.orders.send(order);
    }

    /// What is offered for a part of a text, if that is the version that was checked.
    pub(super) fn fixes(&self, document: &Document, range: &Range) -> Vec<Value> {
        let all = self.fixes.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(&document.uri).filter(|(version, _)| *version == document.version);
        let met = known.into_iter().flat_map(|(_, fixes)| fixes).filter(|fix| fix.meets(range));
        met.map(|fix| fix.action(&document.uri)).collect()
    }
}

struct Work {
    client: Client,
    known: Known,
    session: Session,
    running: Arc<Mutex<Option<Running>>>,
    fixes: Arc<Fixes>,
}

impl Work {
    fn serve(mut self, orders: &Receiver<Order>) {
        while let Ok(order) = orders.recv() {
            let mut latest = vec![order];
            while let Ok(order) = orders.recv_timeout(PAUSE) {
                latest.push(order);
            }
            self.all(latest);
        }
    }

    /// Does what is left to do of some orders: of each text the last.
    fn all(&mut self, orders: Vec<Order>) {
        let mut texts: Vec<(Document, bool)> = Vec::new();
        for order in orders {
            let (Order::Check { document: Document { uri, .. }, .. } | Order::Close(uri)) = &order;
            let before = texts.iter().position(|(known, _)| known.uri == *uri).map(|at| texts.remove(at));
            match order {
                Order::Check { document, anew } => texts.push((document, anew || before.is_some_and(|(_, anew)| anew))),
                Order::Close(uri) => {
                    self.fixes.lock().unwrap_or_else(PoisonError::into_inner).remove(&uri);
                    self.client.notify("textDocument/publishDiagnostics", json!({ "uri": *uri, "diagnostics": [] }));
                }
            }
        }
        for (document, anew) in texts {
            // A session in which something failed that must not is given up for a new one.
            if guarded(|| self.text(&document, anew)).is_none() {
                self.session = Session::new();
            }
            *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    fn text(&mut self, document: &Document, anew: bool) {
        let cancel = Arc::new(AtomicBool::new(false));
        let running = Running { uri: document.uri.clone(), cancel: cancel.clone() };
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
        self.session.obey(cancel.clone());
        let _patience = requests::wait_until(&cancel);
        if anew {
            self.session.reset();
        }
        let (checked, base) = self.where_paths_lead(document);
        let is_stale = || cancel.load(Ordering::Relaxed);
        if is_stale() {
            // No thread stays with a server that nobody waits for.
            return requests::leave_behind();
        }
        self.client.notify(
            "textDocument/publishDiagnostics",
            json!({ "uri": *document.uri, "version": document.version, "diagnostics": checked.shown }),
        );
        (self.known)(document, base, self.session.snapshot());
        let fixes = fixes(&checked, document, &mut |document| self.check(document));
        if !is_stale() {
            let mut all = self.fixes.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert(document.uri.clone(), (document.version, fixes));
        }
    }

    /// Checks a text in the first of its folders from which its paths lead somewhere, or else in the first of all. The
    /// session stays there.
    fn where_paths_lead(&mut self, document: &Document) -> (Checked, PathBuf) {
        let is_lost = |checked: &Checked| checked.found.iter().any(|found| found.code == codes::NOT_FOUND);
        let first = document.bases.first().cloned().unwrap_or_default();
        self.session.set_base(&first);
        let checked = self.check(document);
        if is_lost(&checked) {
            for base in document.bases.iter().skip(1) {
                self.session.set_base(base);
                let other = self.check(document);
                if !is_lost(&other) {
                    return (other, base.clone());
                }
            }
            self.session.set_base(&first);
        }
        (checked, first)
    }

    fn check(&mut self, document: &Document) -> Checked {
        // Those of the texts before are not needed any more.
        self.session.sources = Sources::default();
        let found = self.session.check(&document.name, &meta::program(&document.text)).err().unwrap_or_default();
        Checked::new(found, document, self.session.sources.clone())
    }
}
