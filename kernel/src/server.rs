//! Answers all requests, also while a cell runs.

use crate::cells::{self, Queue, Shared, lock};
use crate::connection::Connection;
use crate::iopub::Publisher;
use crate::language::{Assist, Completeness, Info, Language};
use crate::transport::{Channels, Frames};
use crate::wire::{self, Message, Signer};
use crate::zmq;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, mpsc};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Notify, oneshot, watch};

/// The number of threads that move messages, so that a client that stalls does not delay others.
const WORKERS: usize = 2;
/// The stack of the thread that runs cells, because a language may recurse deeply.
const STACK: usize = 64 << 20;
/// The longest time that the first request waits for its sender to subscribe.
const SUBSCRIPTION: Duration = Duration::from_secs(1);
/// The time that queued messages have to be sent before the process ends.
const LINGER: Duration = Duration::from_millis(60);

/// Why a kernel stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A front end asked for it; true if another kernel is to follow.
    Shutdown { restart: bool },
    /// The process that started it is gone.
    Orphaned,
    /// SIGTERM.
    Terminated,
}

/// Serves a language on a connection until it is told to stop. `make` is called on the thread that runs the cells.
///
/// After it returns the process should exit: a cell that would not stop may still run on its thread.
///
/// # Errors
/// An address that cannot be listened on, or threads that cannot be started.
pub fn serve<L: Language>(
    connection: &Connection,
    make: impl FnOnce() -> L + Send + 'static,
) -> Result<Ending, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .map_err(|e| format!("threads cannot be started: {e}"))?;
    let ending = runtime.block_on(async {
        let channels = zmq::bind(connection).await?;
        run(channels, &connection.key, make).await
    });
    runtime.shutdown_background();
    ending
}

/// The kernel on any channels.
pub async fn run<L: Language>(
    channels: Channels,
    key: &str,
    make: impl FnOnce() -> L + Send + 'static,
) -> Result<Ending, String> {
    let signer = Signer::new(key);
    let publisher = Publisher::start(signer.clone(), channels.iopub, channels.listeners);
    let (typing, typed) = mpsc::channel();
    let shared = Arc::new(Shared {
        publisher,
        signer,
        shell: channels.shell.outgoing,
        stdin: channels.stdin.outgoing,
        typed: Mutex::new(typed),
        queue: Queue::default(),
        cancel: Arc::new(AtomicBool::new(false)),
        history: Mutex::default(),
        running: Mutex::default(),
        assist: RwLock::default(),
    });
    let (ready, information) = oneshot::channel();
    let of_cells = shared.clone();
    std::thread::Builder::new()
        .name("cells".into())
        .stack_size(STACK)
        .spawn(move || cells::run(&of_cells, make, ready))
        .map_err(|e| format!("threads cannot be started: {e}"))?;
    let (known, info) = watch::channel(None);
    tokio::spawn(async move {
        if let Ok(info) = information.await {
            let _ = known.send(Some(info));
        }
    });
    let stop = Arc::new(Stop::default());
    let server = Arc::new(Server { shared: shared.clone(), info, stop: stop.clone() });
    tokio::spawn(stdin(channels.stdin.incoming, shared.signer.clone(), typing));
    tokio::spawn(server.clone().control(channels.control.incoming, channels.control.outgoing));
    tokio::spawn(server.clone().shell(channels.shell.incoming));
    tokio::spawn(signals(shared.cancel.clone(), stop.clone()));
    tokio::spawn(parent(stop.clone()));
    let ending = stop.wait().await;
    shared.cancel.store(true, Ordering::Relaxed);
    shared.queue.close();
    shared.publisher.barrier().await;
    tokio::time::sleep(LINGER).await;
    Ok(ending)
}

/// The reason to stop, once there is one.
#[derive(Default)]
struct Stop {
    ending: Mutex<Option<Ending>>,
    changed: Notify,
}

impl Stop {
    fn because(&self, ending: Ending) {
        lock(&self.ending).get_or_insert(ending);
        self.changed.notify_one();
    }

    async fn wait(&self) -> Ending {
        loop {
            if let Some(ending) = *lock(&self.ending) {
                return ending;
            }
            self.changed.notified().await;
        }
    }
}

struct Server {
    shared: Arc<Shared>,
    info: watch::Receiver<Option<Info>>,
    stop: Arc<Stop>,
}

impl Server {
    async fn shell(self: Arc<Self>, mut requests: UnboundedReceiver<Frames>) {
        let mut first = true;
        while let Some(frames) = requests.recv().await {
            let Some(request) = self.shared.signer.decode(frames) else { continue };
            if std::mem::take(&mut first) {
                self.shared.publisher.opened(SUBSCRIPTION).await;
            }
            if request.kind() == "execute_request" {
                self.shared.publisher.settled().await;
                self.shared.queue.push(request);
                continue;
            }
            let server = self.clone();
            // Requests are answered at the same time, so that a slow completion does not delay others.
            tokio::spawn(async move {
                server.shared.publisher.status("busy", &request.header);
                if let Some((kind, content)) = server.answer(&request).await {
                    server.shared.reply(&request, kind, content);
                }
                server.answered(&request);
            });
        }
    }

    async fn control(
        self: Arc<Self>,
        mut requests: UnboundedReceiver<Frames>,
        replies: tokio::sync::mpsc::UnboundedSender<Frames>,
    ) {
        let signer = &self.shared.signer;
        while let Some(frames) = requests.recv().await {
            let Some(request) = signer.decode(frames) else { continue };
            self.shared.publisher.status("busy", &request.header);
            let mut ending = None;
            let answer = match request.kind() {
                "interrupt_request" => {
                    self.shared.cancel.store(true, Ordering::Relaxed);
                    Some(("interrupt_reply", json!({ "status": "ok" })))
                }
                "shutdown_request" => {
                    let restart = request.content["restart"].as_bool().unwrap_or(false);
                    ending = Some(Ending::Shutdown { restart });
                    let content = json!({ "status": "ok", "restart": restart });
                    self.shared.publisher.publish("shutdown_reply", &request.header, content.clone());
                    Some(("shutdown_reply", content))
                }
                "debug_request" => Some(("debug_reply", debugging(&request))),
                _ => self.answer(&request).await,
            };
            if let Some((kind, content)) = answer {
                let _ = replies.send(signer.encode(&request.reply(kind, content, signer)));
            }
            self.answered(&request);
            if let Some(ending) = ending {
                self.stop.because(ending);
            }
        }
    }

    fn answered(&self, request: &Message) {
        self.shared.publisher.status("idle", &request.header);
        // Front ends show a single state of the kernel, so it stays busy while a cell runs.
        if let Some(cell) = lock(&self.shared.running).as_ref() {
            self.shared.publisher.status("busy", cell);
        }
    }

    /// The reply to a request on the control channel or one that needs no cell; nothing for requests without a reply.
    async fn answer(&self, request: &Message) -> Option<(&'static str, Value)> {
        let content = &request.content;
        Some(match request.kind() {
            "kernel_info_request" => ("kernel_info_reply", self.kernel_info().await),
            "complete_request" => ("complete_reply", self.assisted(content, complete).await),
            "inspect_request" => ("inspect_reply", self.assisted(content, inspect).await),
            "is_complete_request" => ("is_complete_reply", self.assisted(content, is_complete).await),
            "history_request" => ("history_reply", lock(&self.shared.history).answer(content)),
            "comm_info_request" => ("comm_info_reply", json!({ "status": "ok", "comms": {} })),
            "comm_open" => {
                // This kernel has no targets for comms, so each is closed at once.
                let closed = json!({ "comm_id": content["comm_id"], "data": {} });
                self.shared.publisher.publish("comm_close", &request.header, closed);
                return None;
            }
            "shutdown_request" => {
                let restart = content["restart"].as_bool().unwrap_or(false);
                self.stop.because(Ending::Shutdown { restart });
                ("shutdown_reply", json!({ "status": "ok", "restart": restart }))
            }
            "debug_request" => ("debug_reply", debugging(request)),
            // Messages to closed comms have no reply.
            kind if kind.starts_with("comm_") => return None,
            kind => {
                eprintln!("nothing here answers a `{kind}`");
                return None;
            }
        })
    }

    async fn kernel_info(&self) -> Value {
        let mut info = self.info.clone();
        let info = match info.wait_for(Option::is_some).await {
            Ok(info) => info.clone().unwrap_or_default(),
            Err(_) => Info::default(),
        };
        let links: Vec<Value> = info.help_links.iter().map(|(text, url)| json!({ "text": text, "url": url })).collect();
        json!({
            "status": "ok",
            "protocol_version": wire::VERSION,
            "implementation": info.name,
            "implementation_version": info.version,
            "language_info": {
                "name": info.name,
                "version": info.version,
                "mimetype": info.mimetype,
                "file_extension": info.file_extension,
                "pygments_lexer": info.pygments_lexer,
                "codemirror_mode": info.codemirror_mode,
            },
            "banner": info.banner,
            "help_links": links,
            "debugger": false,
            "supported_features": [],
        })
    }

    /// An answer from the session as it was after the last cell, computed on a thread that may wait for files.
    async fn assisted(&self, content: &Value, answer: fn(&dyn Assist, &str, usize) -> Value) -> Value {
        let code = content["code"].as_str().unwrap_or_default().to_string();
        let cursor = content["cursor_pos"].as_u64().map_or(code.len(), |points| byte_of(&code, points as usize));
        let assist = self.shared.assist.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(assist) = assist else { return answer(&NoHelp, &code, cursor) };
        let work = tokio::task::spawn_blocking(move || answer(&*assist, &code, cursor));
        work.await
            .unwrap_or_else(|_| json!({ "status": "error", "ename": "Panic", "evalue": "a bug", "traceback": [] }))
    }
}

/// Answers while there is no session yet.
struct NoHelp;

impl Assist for NoHelp {
    fn complete(&self, _: &str, cursor: usize) -> crate::Completions {
        crate::Completions { start: cursor, end: cursor, matches: Vec::new() }
    }

    fn inspect(&self, _: &str, _: usize) -> Option<crate::Bundle> {
        None
    }

    fn is_complete(&self, _: &str) -> Completeness {
        Completeness::Complete
    }
}

fn complete(assist: &dyn Assist, code: &str, cursor: usize) -> Value {
    let found = assist.complete(code, cursor);
    let (start, end) = (points_of(code, found.start), points_of(code, found.end));
    let texts: Vec<&str> = found.matches.iter().map(|m| m.text.as_str()).collect();
    let kinds: Vec<Value> = found
        .matches
        .iter()
        .map(|m| json!({ "start": start, "end": end, "text": m.text, "type": m.kind, "signature": m.detail }))
        .collect();
    json!({
        "status": "ok",
        "matches": texts,
        "cursor_start": start,
        "cursor_end": end,
        "metadata": { "_jupyter_types_experimental": kinds },
    })
}

fn inspect(assist: &dyn Assist, code: &str, cursor: usize) -> Value {
    let found = assist.inspect(code, cursor);
    let is_found = found.is_some();
    let bundle = found.unwrap_or_default();
    json!({ "status": "ok", "found": is_found, "data": bundle.data, "metadata": bundle.metadata })
}

fn is_complete(assist: &dyn Assist, code: &str, _: usize) -> Value {
    match assist.is_complete(code) {
        Completeness::Complete => json!({ "status": "complete" }),
        Completeness::Incomplete { indent } => json!({ "status": "incomplete", "indent": indent }),
        Completeness::Invalid => json!({ "status": "invalid" }),
    }
}

fn debugging(request: &Message) -> Value {
    json!({
        "type": "response",
        "request_seq": request.content["seq"],
        "success": false,
        "command": request.content["command"],
        "message": "there is no debugger",
        "body": {},
    })
}

/// The byte at which a code point begins, because front ends count code points.
fn byte_of(code: &str, points: usize) -> usize {
    code.char_indices().nth(points).map_or(code.len(), |(at, _)| at)
}

fn points_of(code: &str, byte: usize) -> usize {
    code.char_indices().take_while(|(at, _)| *at < byte).count()
}

async fn stdin(mut frames: UnboundedReceiver<Frames>, signer: Signer, typing: mpsc::Sender<Message>) {
    while let Some(frames) = frames.recv().await {
        if let Some(message) = signer.decode(frames).filter(|m| m.kind() == "input_reply") {
            let _ = typing.send(message);
        }
    }
}

async fn signals(cancel: Arc<AtomicBool>, stop: Arc<Stop>) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return;
        };
        loop {
            tokio::select! {
                _ = interrupt.recv() => cancel.store(true, Ordering::Relaxed),
                _ = terminate.recv() => stop.because(Ending::Terminated),
            }
        }
    }
    #[cfg(not(unix))]
    while tokio::signal::ctrl_c().await.is_ok() {
        let _ = &stop;
        cancel.store(true, Ordering::Relaxed);
    }
}

/// Stops the kernel when the process that started it has ended, if Jupyter names that process in the environment.
async fn parent(stop: Arc<Stop>) {
    #[cfg(unix)]
    {
        let wanted = std::env::var("JPY_PARENT_PID").ok().and_then(|pid| pid.parse::<u32>().ok());
        if wanted.is_none_or(|pid| pid <= 1) {
            return;
        }
        let first = std::os::unix::process::parent_id();
        // It may have ended before this line ran: then the parent is process 1.
        while first > 1 && std::os::unix::process::parent_id() == first {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        stop.because(Ending::Orphaned);
    }
    #[cfg(not(unix))]
    let _ = stop;
}
