//! The thread that runs cells, one after another, in the language's session.

use crate::history::History;
use crate::iopub::Publisher;
use crate::language::{Assist, Bundle, Cell, Failure, Info, Language, NoInput};
use crate::transport::Frames;
use crate::wire::{Message, Signer};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

/// The most bytes of text that one cell may print: notebooks with more are slow to open, and front ends limit the rate.
const MOST_TEXT: usize = 1 << 20;

/// The time after which a cell that waits for input looks again whether it should stop.
const POLL: Duration = Duration::from_millis(50);

/// The state that the threads share.
pub struct Shared {
    pub publisher: Publisher,
    pub signer: Signer,
    pub shell: UnboundedSender<Frames>,
    pub stdin: UnboundedSender<Frames>,
    /// Replies to requests for input, as they come in.
    pub typed: Mutex<Receiver<Message>>,
    pub queue: Queue,
    pub cancel: Arc<AtomicBool>,
    pub history: Mutex<History>,
    /// The header of the request whose cell runs.
    pub running: Mutex<Option<Value>>,
    /// Help from the session after the last cell; nothing before the session is made.
    pub assist: RwLock<Option<Arc<dyn Assist>>>,
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub fn reply(&self, request: &Message, kind: &str, content: Value) {
        let _ = self.shell.send(self.signer.encode(&request.reply(kind, content, &self.signer)));
    }

    fn set_assist(&self, assist: Arc<dyn Assist>) {
        *self.assist.write().unwrap_or_else(PoisonError::into_inner) = Some(assist);
    }
}

/// Cells that wait to be run.
#[derive(Default)]
pub struct Queue {
    waiting: Mutex<(VecDeque<Message>, bool)>,
    changed: Condvar,
}

impl Queue {
    pub fn push(&self, request: Message) {
        lock(&self.waiting).0.push_back(request);
        self.changed.notify_one();
    }

    /// Lets the thread end after the cell that runs.
    pub fn close(&self) {
        lock(&self.waiting).1 = true;
        self.changed.notify_one();
    }

    fn next(&self) -> Option<Message> {
        let mut waiting = lock(&self.waiting);
        loop {
            if waiting.1 {
                return None;
            }
            if let Some(request) = waiting.0.pop_front() {
                return Some(request);
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn drain(&self) -> Vec<Message> {
        lock(&self.waiting).0.drain(..).collect()
    }
}

/// Makes the language and runs cells until the queue is closed.
pub fn run<L: Language>(shared: &Arc<Shared>, make: impl FnOnce() -> L, ready: oneshot::Sender<Info>) {
    let mut language = make();
    shared.set_assist(language.assist());
    let _ = ready.send(language.info());
    let mut count = 0;
    while let Some(request) = shared.queue.next() {
        for waiting in execute(shared, &mut language, &request, &mut count) {
            shared.publisher.status("busy", &waiting.header);
            shared.reply(&waiting, "execute_reply", json!({ "status": "aborted" }));
            shared.publisher.status("idle", &waiting.header);
        }
    }
}

/// Runs a cell. Returns the waiting cells that must not run because it failed.
fn execute(shared: &Arc<Shared>, language: &mut dyn Language, request: &Message, count: &mut u64) -> Vec<Message> {
    let parent = &request.header;
    let flag = |key: &str, default: bool| request.content[key].as_bool().unwrap_or(default);
    let code = request.content["code"].as_str().unwrap_or_default();
    let silent = flag("silent", false);
    shared.cancel.store(false, Ordering::Relaxed);
    *lock(&shared.running) = Some(parent.clone());
    shared.publisher.status("busy", parent);
    if flag("store_history", !silent) && !silent {
        *count += 1;
        lock(&shared.history).add(*count, code);
    }
    if !silent {
        shared.publisher.publish("execute_input", parent, json!({ "code": code, "execution_count": *count }));
    }
    let reporter = Arc::new(Reporter {
        shared: shared.clone(),
        request: request.clone(),
        silent,
        may_ask: flag("allow_stdin", false),
        text: AtomicUsize::new(0),
    });
    let cell = Cell { reporter, cancel: shared.cancel.clone(), silent, count: *count };
    let result =
        catch_unwind(AssertUnwindSafe(|| language.execute(code, &cell))).unwrap_or_else(|panic| Err(broken(&panic)));
    let content = match &result {
        Ok(shown) => {
            if let Some(Bundle { data, metadata }) = shown.as_ref().filter(|_| !silent) {
                let result = json!({ "execution_count": *count, "data": data, "metadata": metadata });
                shared.publisher.publish("execute_result", parent, result);
            }
            json!({ "status": "ok", "execution_count": *count, "payload": [], "user_expressions": {} })
        }
        Err(Failure { name, message, traceback }) => {
            let error = json!({ "ename": name, "evalue": message, "traceback": traceback });
            if !silent {
                shared.publisher.publish("error", parent, error.clone());
            }
            let mut reply = error;
            reply["status"] = "error".into();
            reply["execution_count"] = (*count).into();
            reply
        }
    };
    if let Ok(assist) = catch_unwind(AssertUnwindSafe(|| language.assist())) {
        shared.set_assist(assist);
    }
    // Everything that the cell has shown must be sent before its reply.
    shared.publisher.blocking_barrier();
    // An interrupt stops all waiting cells, also where a failure would not.
    let interrupted = result.is_err() && shared.cancel.load(Ordering::Relaxed);
    let go_on = result.is_ok() || !(interrupted || flag("stop_on_error", true));
    // The queue is emptied before the end of the cell is reported: a cell that is sent after that is meant to run.
    let aborted = if go_on { Vec::new() } else { shared.queue.drain() };
    shared.reply(request, "execute_reply", content);
    *lock(&shared.running) = None;
    shared.publisher.status("idle", parent);
    aborted
}

fn broken(panic: &Box<dyn std::any::Any + Send>) -> Failure {
    let words = panic.downcast_ref::<String>().cloned();
    let message = words.or_else(|| panic.downcast_ref::<&str>().map(|s| s.to_string())).unwrap_or_default();
    let line = format!("internal error, which is a bug: {message}");
    Failure { name: "Panic".into(), message, traceback: vec![line] }
}

/// Where the output of one cell goes.
pub struct Reporter {
    shared: Arc<Shared>,
    request: Message,
    silent: bool,
    may_ask: bool,
    /// Bytes printed so far.
    text: AtomicUsize,
}

impl Reporter {
    pub fn publish(&self, kind: &str, content: Value) {
        if !self.silent {
            self.shared.publisher.publish(kind, &self.request.header, content);
        }
    }

    pub fn stream(&self, name: &'static str, text: &str) {
        if self.silent || text.is_empty() {
            return;
        }
        let before = self.text.fetch_add(text.len(), Ordering::Relaxed);
        if before >= MOST_TEXT {
            return;
        }
        let parent = &self.request.header;
        let room = MOST_TEXT - before;
        if text.len() <= room {
            return self.shared.publisher.stream(name, text.to_string(), parent);
        }
        let cut = (0..=room).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        self.shared.publisher.stream(name, text[..cut].to_string(), parent);
        self.shared.publisher.stream(
            "stderr",
            format!("\n.. more than {MOST_TEXT} bytes: the rest is left out\n"),
            parent,
        );
    }

    pub fn ask(&self, prompt: &str, password: bool, cancel: &AtomicBool) -> Result<String, NoInput> {
        if !self.may_ask {
            return Err(NoInput::NotAllowed);
        }
        let typed = lock(&self.shared.typed);
        // Replies that are there already belong to a request of an interrupted cell.
        while typed.try_recv().is_ok() {}
        self.shared.publisher.blocking_barrier();
        let question = json!({ "prompt": prompt, "password": password });
        let question = self.request.reply("input_request", question, &self.shared.signer);
        let _ = self.shared.stdin.send(self.shared.signer.encode(&question));
        loop {
            match typed.recv_timeout(POLL) {
                Ok(answer) => return Ok(answer.content["value"].as_str().unwrap_or_default().to_string()),
                Err(RecvTimeoutError::Disconnected) => return Err(NoInput::NotAllowed),
                Err(RecvTimeoutError::Timeout) if cancel.load(Ordering::Relaxed) => return Err(NoInput::Interrupted),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}
