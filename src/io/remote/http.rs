//! Requests to web servers, with patience for busy ones and an ear for Ctrl-C.

use super::address::{host, redact};
use super::patience::{self, LOOK, silence};
use super::refusal;
use super::secret::Secret;
use crate::diagnostic::{Diagnostic, Result, ServerFault, codes};
use crate::plan::Signer;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, mpsc};
use std::time::{Duration, Instant, SystemTime};
use ureq::Agent;

/// Tries after the first, when a server is busy or the line drops.
const RETRIES: u32 = 4;
/// A catalog is text; what is larger is something else.
const MOST_BYTES: u64 = 1 << 30;
/// A server may ask for a pause, but not for a nap.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Requests under way at a time: waiting costs nothing, and servers allow a browser as many.
const AT_ONCE: usize = 16;

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
        .build()
        .into()
});

/// Until when a host has asked not to be asked, by any thread.
static PAUSED: LazyLock<Mutex<HashMap<String, Instant>>> = LazyLock::new(Mutex::default);

/// Runs `f`, which starts rayon's parallel loops, with threads enough to wait for a server where `remote`.
pub(crate) fn waiting<R: Send>(remote: bool, f: impl FnOnce() -> R + Send) -> R {
    let cancel = patience::cancel();
    let begin = move |_| patience::wait_until(cancel.clone());
    let pool = remote.then(|| rayon::ThreadPoolBuilder::new().num_threads(AT_ONCE).start_handler(begin).build());
    match pool {
        Some(Ok(pool)) => pool.install(f),
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
        fault: ServerFault,
        said: String,
        url: String,
        signer: Signer,
    },
    /// Before anything was sent.
    Other(Box<Diagnostic>),
}

impl Failure {
    pub fn status(&self) -> Option<u16> {
        match self {
            Failure::Refused { fault: ServerFault::Status(status), .. } => Some(*status),
            _ => None,
        }
    }
}

impl From<Failure> for Box<Diagnostic> {
    fn from(failure: Failure) -> Box<Diagnostic> {
        match failure {
            Failure::Interrupted => Diagnostic::new(codes::INTERRUPTED, "interrupted"),
            Failure::Refused { fault, said, url, signer } => refusal::told(fault, &url, &said, signer),
            Failure::Other(diagnostic) => diagnostic,
        }
    }
}

/// Who signs requests, for a room that knows no signers.
pub(crate) trait Credentials {
    fn signer(&self) -> Signer;

    /// The `Authorization` of a request to an address, where there is one.
    ///
    /// # Errors
    /// Where there is no token, and the token server gives none.
    fn header(&self, url: &str) -> Result<Option<Secret>>;

    /// Drops the token of an address, which was refused to a request begun at `asked`; whether another may be had.
    fn forget(&self, url: &str, asked: Instant) -> bool;
}

struct Unsigned;

impl Credentials for Unsigned {
    fn signer(&self) -> Signer {
        Signer::None
    }

    fn header(&self, _: &str) -> Result<Option<Secret>> {
        Ok(None)
    }

    fn forget(&self, _: &str, _: Instant) -> bool {
        false
    }
}

/// What came of one try.
enum Answer {
    Text(String),
    Status { status: u16, pause: Option<Duration>, said: String },
    Broken { said: String, for_good: bool },
}

/// The answer to a question, asked again where that may help.
pub(crate) fn send(request: &Request, credentials: &dyn Credentials, cancel: &AtomicBool) -> Result<String, Failure> {
    let (mut attempt, mut renewed) = (0, false);
    let host = host(&request.url).unwrap_or_default();
    loop {
        pause_of(host, cancel)?;
        let token = credentials.header(&request.url).map_err(Failure::Other)?;
        let asked = Instant::now();
        let (fault, said, pause, again) = match once(request, token, cancel)? {
            Answer::Text(text) => return Ok(text),
            Answer::Status { status: 401 | 403, .. } if !renewed && credentials.forget(&request.url, asked) => {
                renewed = true;
                continue;
            }
            Answer::Status { status, pause, said } => {
                let fault = ServerFault::Status(status);
                (fault, said, pause, refusal::passes(fault))
            }
            Answer::Broken { said, for_good } => (ServerFault::Dropped, said, None, !for_good),
        };
        if !again || attempt == RETRIES {
            let said = if again { format!("{said}, {} times", RETRIES + 1) } else { said };
            return Err(Failure::Refused { fault, said, url: request.url.clone(), signer: credentials.signer() });
        }
        let pause = pause.unwrap_or(Duration::from_millis(250 << attempt)).min(LONGEST_PAUSE);
        if fault == ServerFault::Status(429) || fault == ServerFault::Status(503) {
            // The other threads would be told the same.
            let mut paused = PAUSED.lock().unwrap_or_else(|e| e.into_inner());
            paused.insert(host.to_string(), Instant::now() + pause);
        } else {
            sleep(Instant::now() + pause, cancel)?;
        }
        attempt += 1;
    }
}

fn pause_of(host: &str, cancel: &AtomicBool) -> Result<(), Failure> {
    let until = PAUSED.lock().unwrap_or_else(|e| e.into_inner()).get(host).copied();
    until.map_or(Ok(()), |until| sleep(until, cancel))
}

fn sleep(until: Instant, cancel: &AtomicBool) -> Result<(), Failure> {
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(Failure::Interrupted);
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        std::thread::sleep(left.min(LOOK));
    }
}

/// One try, on a thread of its own: a thread that waits for a server cannot be interrupted, only left behind.
fn once(request: &Request, token: Option<Secret>, cancel: &AtomicBool) -> Result<Answer, Failure> {
    let (sender, receiver) = mpsc::channel();
    let request = request.clone();
    // A receiver that has gone wants no answer.
    let spawned = std::thread::Builder::new().name("request".into()).spawn(move || {
        let _ = sender.send(ask(&request, token));
    });
    if let Err(e) = spawned {
        return Ok(Answer::Broken { said: e.to_string(), for_good: false });
    }
    loop {
        match receiver.recv_timeout(LOOK) {
            Ok(answer) => return Ok(answer),
            Err(mpsc::RecvTimeoutError::Timeout) if !cancel.load(Ordering::Relaxed) => {}
            Err(mpsc::RecvTimeoutError::Timeout) => return Err(Failure::Interrupted),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Ok(Answer::Broken { said: "the request ended early".into(), for_good: true });
            }
        }
    }
}

/// The same for what nobody signs and few wait for: tokens.
pub(crate) fn send_unsigned(request: &Request) -> Result<String, Failure> {
    send(request, &Unsigned, &AtomicBool::new(false))
}

fn ask(request: &Request, token: Option<Secret>) -> Answer {
    const ACCEPT: &str = "application/geo+json, application/json";
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let headers: Vec<(&str, Secret)> = headers.chain(token.map(|token| ("authorization", token))).collect();
    let answer = match &request.body {
        Body::None => {
            let call = patient(AGENT.get(&request.url)).header("accept", ACCEPT);
            headers.iter().fold(call, |call, (name, value)| call.header(*name, value.expose())).call()
        }
        body => {
            let call = patient(AGENT.post(&request.url)).header("accept", ACCEPT);
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
            return Answer::Broken { said: said(&e, &request.url), for_good: is_for_good(&e) };
        }
    };
    let status = response.status();
    let pause = response.headers().get("retry-after").and_then(|h| retry_after(h.to_str().ok()?));
    let text = response.body_mut().with_config().limit(MOST_BYTES).read_to_string();
    match text {
        Ok(text) if status.is_success() => Answer::Text(text),
        Ok(text) => {
            let words = words(&text).map(|words| format!(": {words}")).unwrap_or_default();
            Answer::Status { status: status.as_u16(), pause, said: format!("HTTP {status}{words}") }
        }
        Err(_) if !status.is_success() => {
            Answer::Status { status: status.as_u16(), pause, said: format!("HTTP {status}") }
        }
        Err(e) => Answer::Broken { said: said(&e, &request.url), for_good: false },
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
    redact(&e.to_string().replace(url, "the address"))
}

/// Seconds, or a date.
pub(super) fn retry_after(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = SystemTime::from(chrono::DateTime::parse_from_rfc2822(text.trim()).ok()?);
    Some(at.duration_since(SystemTime::now()).unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("soon"), None);
    }
}
