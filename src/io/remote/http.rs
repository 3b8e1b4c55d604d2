//! Requests to web servers, with patience for busy ones and an ear for Ctrl-C.

use super::address::{escaped, host, redact};
use super::patience::{self, LOOK, silence};
use super::pool;
use super::retry::{Failed, Next, Refused, Retries, retry_after};
use super::secret::Secret;
use super::trust;
use super::waits::Waits;
use crate::diagnostic::{Diagnostic, Result, ServerFault, codes};
use crate::plan::Signer;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, mpsc};
use std::time::{Duration, Instant};
use ureq::Agent;

/// A catalog is text; what is larger is something else.
const MOST_BYTES: u64 = 1 << 30;

/// Of an answer that is an error, so many bytes are looked at.
pub(super) const WORDS: u64 = 1 << 16;

pub(super) static AGENT: LazyLock<Agent> = LazyLock::new(|| {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(Duration::from_secs(15)))
        .timeout_global(Some(Duration::from_secs(300)))
        // Requests and answers of many connections at a time; a body comes past these.
        .input_buffer_size(32 << 10)
        .output_buffer_size(4 << 10)
        // As many as requests may be under way, else most would begin with a new connection.
        .max_idle_connections(512)
        .max_idle_connections_per_host(256)
        .user_agent(concat!("rastra/", env!("CARGO_PKG_VERSION")))
        .tls_config(trust::config())
        .build()
        .into()
});

/// Runs `f`, which starts rayon's parallel loops, with threads enough to wait for a server where `remote`.
pub(crate) fn waiting<R: Send>(remote: bool, f: impl FnOnce() -> R + Send) -> R {
    let cancel = patience::cancel();
    let begin = move |_| patience::wait_until(cancel.clone());
    let threads =
        remote.then(|| rayon::ThreadPoolBuilder::new().num_threads(pool::requests()).start_handler(begin).build());
    match threads {
        Some(Ok(threads)) => threads.install(f),
        _ => f(),
    }
}

/// One question.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub url: String,
    pub body: Body,
    pub headers: Vec<(String, Secret)>,
}

#[derive(Clone, Debug, Default)]
pub(crate) enum Body {
    /// A GET.
    #[default]
    None,
    /// The text of a JSON document, in a POST.
    Json(String),
    Form(Vec<(&'static str, Secret)>),
}

impl Request {
    pub(crate) fn get(url: impl Into<String>) -> Request {
        Request { url: url.into(), ..Request::default() }
    }
}

/// Why a question has no answer.
#[derive(Debug)]
pub enum Failure {
    Interrupted,
    Refused {
        refused: Refused,
        url: String,
        signer: Signer,
    },
    /// Before anything was sent.
    Other(Box<Diagnostic>),
}

impl Failure {
    pub fn status(&self) -> Option<u16> {
        match self {
            Failure::Refused { refused: Refused { fault: ServerFault::Status(status), .. }, .. } => Some(*status),
            Failure::Refused { .. } | Failure::Interrupted | Failure::Other(_) => None,
        }
    }
}

impl From<Failure> for Box<Diagnostic> {
    fn from(failure: Failure) -> Box<Diagnostic> {
        match failure {
            Failure::Interrupted => Diagnostic::new(codes::INTERRUPTED, "interrupted"),
            Failure::Refused { refused, url, signer } => refused.told(&url, signer),
            Failure::Other(diagnostic) => diagnostic,
        }
    }
}

/// Who signs requests, for a room that knows no signers.
pub(crate) trait Credentials {
    fn signer(&self) -> Signer;

    fn retries(&self) -> Retries;

    /// The `Authorization` of a request to an address, where there is one.
    ///
    /// # Errors
    /// Where there is no token, and the token server gives none.
    fn header(&self, url: &str) -> Result<Option<Secret>>;

    /// Drops the token of an address, which was refused to a request begun at `asked`; whether another may be had.
    fn forget(&self, url: &str, asked: Instant) -> bool;
}

/// What came of one try.
enum Answer {
    Text(String),
    Failed(Failed),
}

impl Answer {
    fn dropped(said: impl Into<String>, for_good: bool) -> Answer {
        Answer::Failed(Failed { fault: ServerFault::Dropped, said: said.into(), for_good, pause: None })
    }
}

/// Where a request waits for its answer.
///
/// Requests of the pool may wait for tokens, so tokens are not asked for there: the last free thread would wait for one
/// that cannot begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// On a thread of the pool, in its turn.
    Pool,
    /// On a thread of its own, or on the thread of the pool that needs it.
    Own,
}

/// The answer to a question, asked again where that may help.
pub(crate) fn send(request: &Request, credentials: &dyn Credentials, cancel: &AtomicBool) -> Result<String, Failure> {
    send_at(Place::Pool, request, credentials, cancel)
}

/// The same for tokens, which requests of the pool wait for. They are waited for as long as this thread is to wait.
pub(crate) fn send_apart(request: &Request, credentials: &dyn Credentials) -> Result<String, Failure> {
    let cancel = patience::cancel().unwrap_or_default();
    send_at(Place::Own, request, credentials, &cancel)
}

fn send_at(
    place: Place,
    request: &Request,
    credentials: &dyn Credentials,
    cancel: &AtomicBool,
) -> Result<String, Failure> {
    let (mut attempt, mut renewed) = (0, false);
    let host = host(&request.url).unwrap_or_default();
    let _waits = Waits::begin(host);
    loop {
        let token = credentials.header(&request.url).map_err(Failure::Other)?;
        let asked = Instant::now();
        let failed = match once(place, host, request, token, cancel)? {
            Answer::Text(text) => return Ok(text),
            Answer::Failed(Failed { fault: ServerFault::Status(401 | 403), .. })
                if !renewed && credentials.forget(&request.url, asked) =>
            {
                renewed = true;
                continue;
            }
            Answer::Failed(failed) => failed,
        };
        match credentials.retries().next(attempt, failed) {
            Next::Again(pause) => pool::pause(host, Instant::now() + pause),
            Next::GiveUp(refused) => {
                return Err(Failure::Refused { refused, url: request.url.clone(), signer: credentials.signer() });
            }
        }
        attempt += 1;
    }
}

/// One try, on another thread: a thread that waits for a server cannot be interrupted, only left behind.
fn once(
    place: Place,
    host: &str,
    request: &Request,
    token: Option<Secret>,
    cancel: &AtomicBool,
) -> Result<Answer, Failure> {
    let asks_here = pool::is_here();
    if asks_here || place == Place::Own {
        sleep(pool::paused(host), cancel)?;
    }
    if asks_here {
        return Ok(ask(request, token));
    }
    let (sender, receiver) = mpsc::channel();
    let request = request.clone();
    let begun = Arc::new(());
    let wanted = Arc::downgrade(&begun);
    let work = move || {
        // Whoever is not waited for any more asks nobody; a receiver that has gone wants no answer.
        if wanted.strong_count() > 0 {
            let _ = sender.send(ask(&request, token));
        }
    };
    match place {
        Place::Pool => pool::submit_first(host, Box::new(work)),
        Place::Own => {
            if let Err(e) = std::thread::Builder::new().name("token".into()).spawn(work) {
                return Ok(Answer::dropped(e.to_string(), false));
            }
        }
    }
    loop {
        match receiver.recv_timeout(LOOK) {
            Ok(answer) => return Ok(answer),
            Err(mpsc::RecvTimeoutError::Timeout) if !cancel.load(Ordering::Relaxed) => {}
            Err(mpsc::RecvTimeoutError::Timeout) => return Err(Failure::Interrupted),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Ok(Answer::dropped("the request ended early", true));
            }
        }
    }
}

fn sleep(until: Option<Instant>, cancel: &AtomicBool) -> Result<(), Failure> {
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(Failure::Interrupted);
        }
        let left = until.map(|until| until.saturating_duration_since(Instant::now())).unwrap_or_default();
        if left.is_zero() {
            return Ok(());
        }
        std::thread::sleep(left.min(LOOK));
    }
}

fn ask(request: &Request, token: Option<Secret>) -> Answer {
    const ACCEPT: &str = "application/geo+json, application/json";
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let headers: Vec<(&str, Secret)> = headers.chain(token.map(|token| ("authorization", token))).collect();
    let answer = match &request.body {
        Body::None => {
            let call = patient(AGENT.get(&*escaped(&request.url))).header("accept", ACCEPT);
            headers.iter().fold(call, |call, (name, value)| call.header(*name, value.expose())).call()
        }
        body => {
            let call = patient(AGENT.post(&*escaped(&request.url))).header("accept", ACCEPT);
            let call = headers.iter().fold(call, |call, (name, value)| call.header(*name, value.expose()));
            match body {
                Body::Form(fields) => call.send_form(fields.iter().map(|(name, value)| (*name, value.expose()))),
                Body::Json(text) => call.header("content-type", "application/json").send(text.as_str()),
                Body::None => call.send_empty(),
            }
        }
    };
    let mut response = match answer {
        Ok(response) => response,
        Err(e) => {
            return Answer::dropped(said(&e, &request.url), is_for_good(&e));
        }
    };
    let status = response.status();
    let pause = response.headers().get("retry-after").and_then(|h| retry_after(h.to_str().ok()?));
    let most = if status.is_success() { MOST_BYTES } else { WORDS };
    // It grows with what comes: what a server says of its length may be false.
    let text = response.body_mut().with_config().limit(most).read_to_string();
    let refused = |said: String| {
        let fault = ServerFault::Status(status.as_u16());
        Answer::Failed(Failed { fault, said, for_good: false, pause })
    };
    match text {
        Ok(text) if status.is_success() => Answer::Text(text),
        Ok(text) => {
            let words = words(&text).map(|words| format!(": {words}")).unwrap_or_default();
            refused(format!("HTTP {status}{words}"))
        }
        Err(_) if !status.is_success() => refused(format!("HTTP {status}")),
        Err(e) => Answer::dropped(said(&e, &request.url), matches!(e, ureq::Error::BodyExceedsLimit(_))),
    }
}

/// A call that waits as long as is allowed.
pub(super) fn patient<B>(call: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
    call.config().timeout_recv_response(silence()).timeout_per_read(silence()).build()
}

/// Whether the same call fails again.
pub(super) fn is_for_good(e: &ureq::Error) -> bool {
    matches!(e, ureq::Error::BadUri(_) | ureq::Error::HostNotFound | ureq::Error::TooManyRedirects)
}

/// What the library said, without the address, whose query may be a secret.
pub(super) fn said(e: &ureq::Error, url: &str) -> String {
    redact(&e.to_string().replace(url, "the address").replace(&*escaped(url), "the address"))
}

/// What a server says of its refusal, in the ways that are usual: JSON, and the XML of object stores.
pub(super) fn words(body: &str) -> Option<String> {
    let fields = ["description", "detail", "error_description", "message", "title", "error", "code"];
    let text = match serde_json::from_str::<serde_json::Value>(body) {
        Ok(value) => {
            let found = fields.iter().find_map(|field| value.get(field).filter(|v| !v.is_null()))?;
            found.as_str().map_or_else(|| found.to_string(), str::to_string)
        }
        Err(_) => ["Message", "Code"].iter().find_map(|tag| {
            let (_, rest) = body.split_once(&format!("<{tag}>"))?;
            Some(rest.split_once("</")?.0.to_string())
        })?,
    };
    let text = redact(text.split_whitespace().collect::<Vec<_>>().join(" ").as_str());
    Some(text.chars().take(300).collect())
}
