//! Requests to web servers, with patience for busy ones and an ear for Ctrl-C.

use super::address::{self, Location, host, redact};
use super::secret::Secret;
use super::trouble::Trouble;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::gdal::object;
use crate::io::signers::Signing;
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
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Requests under way at a time: waiting costs nothing, and servers allow a browser as many.
const AT_ONCE: usize = 16;
/// How often a waiting request looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(50);

static AGENT: LazyLock<Agent> = LazyLock::new(|| {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(Duration::from_secs(15)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        .timeout_global(Some(Duration::from_secs(300)))
        .user_agent(concat!("rastra/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
});

/// Until when a host has asked not to be asked, by any thread.
static PAUSED: LazyLock<Mutex<HashMap<String, Instant>>> = LazyLock::new(Mutex::default);

/// Runs `f`, which starts rayon's parallel loops, with threads enough to wait for a server where `remote`.
pub fn waiting<R: Send>(remote: bool, f: impl FnOnce() -> R + Send) -> R {
    let pool = remote.then(|| rayon::ThreadPoolBuilder::new().num_threads(AT_ONCE).build());
    match pool {
        Some(Ok(pool)) => pool.install(f),
        _ => f(),
    }
}

/// One question.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub url: String,
    pub body: Body,
    pub headers: Vec<(String, Secret)>,
}

#[derive(Clone, Debug, Default)]
pub enum Body {
    /// A GET.
    #[default]
    None,
    /// The text of a JSON document, in a POST.
    Json(String),
    Form(Vec<(&'static str, Secret)>),
}

impl Request {
    pub fn get(url: impl Into<String>) -> Request {
        Request { url: url.into(), ..Request::default() }
    }
}

/// Why a question has no answer.
#[derive(Debug)]
pub enum Failure {
    Interrupted,
    Refused {
        trouble: Trouble,
        said: String,
        url: String,
        signing: Signing,
    },
    /// Before anything was sent.
    Other(Box<Diagnostic>),
}

impl Failure {
    pub fn status(&self) -> Option<u16> {
        match self {
            Failure::Refused { trouble: Trouble::Status(status), .. } => Some(*status),
            _ => None,
        }
    }
}

impl From<Failure> for Box<Diagnostic> {
    fn from(failure: Failure) -> Box<Diagnostic> {
        match failure {
            Failure::Interrupted => Diagnostic::new(codes::INTERRUPTED, "interrupted"),
            Failure::Refused { trouble, said, url, signing } => trouble.told(&url, &said, signing.signer),
            Failure::Other(diagnostic) => diagnostic,
        }
    }
}

/// Who asks: the signer of requests, and whether an answer is still wanted.
#[derive(Clone, Debug)]
pub struct Client<'a> {
    pub signing: Signing,
    pub cancel: &'a AtomicBool,
}

/// What came of one try.
enum Answer {
    Text(String),
    Status { status: u16, pause: Option<Duration>, said: String },
    Broken { said: String, for_good: bool },
}

impl Client<'static> {
    /// For what nobody signs and few wait for: tokens.
    pub fn unsigned() -> Client<'static> {
        static NEVER: AtomicBool = AtomicBool::new(false);
        Client { signing: Signing::default(), cancel: &NEVER }
    }
}

impl Client<'_> {
    /// The text at a place: a file, an object or what a web server answers.
    pub fn text(&self, location: &Location) -> Result<String> {
        let url = match location {
            Location::File(path) => return read(path, location),
            Location::Url(url) => url,
        };
        if self.cancel.load(Ordering::Relaxed) {
            return Err(Failure::Interrupted.into());
        }
        if url.starts_with("http://") || url.starts_with("https://") {
            return Ok(self.send(&Request::get(url))?);
        }
        let missing = || Diagnostic::new(codes::NOT_FOUND, format!("`{}` does not exist", location.shown()));
        let bytes = object::get(&self.signing.name(&location.gdal()))?.ok_or_else(missing)?;
        String::from_utf8(bytes).map_err(|_| not_text(location))
    }

    /// The answer to a question, asked again where that may help.
    pub fn send(&self, request: &Request) -> Result<String, Failure> {
        let (mut attempt, mut renewed) = (0, false);
        let host = host(&request.url).unwrap_or_default();
        loop {
            self.pause_of(host)?;
            let token = self.signing.header(&request.url).map_err(Failure::Other)?;
            let asked = Instant::now();
            let (trouble, said, pause, again) = match self.once(request, token)? {
                Answer::Text(text) => return Ok(text),
                Answer::Status { status: 401 | 403, .. } if !renewed && self.signing.forget(&request.url, asked) => {
                    renewed = true;
                    continue;
                }
                Answer::Status { status, pause, said } => {
                    let trouble = Trouble::Status(status);
                    (trouble, said, pause, trouble.passes())
                }
                Answer::Broken { said, for_good } => (Trouble::Dropped, said, None, !for_good),
            };
            if !again || attempt == RETRIES {
                let said = if again { format!("{said}, {} times", RETRIES + 1) } else { said };
                return Err(Failure::Refused {
                    trouble,
                    said,
                    url: request.url.clone(),
                    signing: self.signing.clone(),
                });
            }
            let pause = pause.unwrap_or(Duration::from_millis(250 << attempt)).min(LONGEST_PAUSE);
            if trouble == Trouble::Status(429) || trouble == Trouble::Status(503) {
                // The other threads would be told the same.
                let mut paused = PAUSED.lock().unwrap_or_else(|e| e.into_inner());
                paused.insert(host.to_string(), Instant::now() + pause);
            } else {
                self.sleep(Instant::now() + pause)?;
            }
            attempt += 1;
        }
    }

    fn pause_of(&self, host: &str) -> Result<(), Failure> {
        let until = PAUSED.lock().unwrap_or_else(|e| e.into_inner()).get(host).copied();
        until.map_or(Ok(()), |until| self.sleep(until))
    }

    fn sleep(&self, until: Instant) -> Result<(), Failure> {
        loop {
            if self.cancel.load(Ordering::Relaxed) {
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
    fn once(&self, request: &Request, token: Option<Secret>) -> Result<Answer, Failure> {
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
                Err(mpsc::RecvTimeoutError::Timeout) if !self.cancel.load(Ordering::Relaxed) => {}
                Err(mpsc::RecvTimeoutError::Timeout) => return Err(Failure::Interrupted),
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return Ok(Answer::Broken { said: "the request ended early".into(), for_good: true });
                }
            }
        }
    }
}

fn ask(request: &Request, token: Option<Secret>) -> Answer {
    const ACCEPT: &str = "application/geo+json, application/json";
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let headers: Vec<(&str, Secret)> = headers.chain(token.map(|token| ("authorization", token))).collect();
    let answer = match &request.body {
        Body::None => {
            let call = AGENT.get(&request.url).header("accept", ACCEPT);
            headers.iter().fold(call, |call, (name, value)| call.header(*name, value.expose())).call()
        }
        body => {
            let call = AGENT.post(&request.url).header("accept", ACCEPT);
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
            let for_good =
                matches!(e, ureq::Error::BadUri(_) | ureq::Error::HostNotFound | ureq::Error::TooManyRedirects);
            return Answer::Broken { said: said(&e, &request.url), for_good };
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

/// What the library said, without the address, whose query may be a secret.
fn said(e: &ureq::Error, url: &str) -> String {
    redact(&e.to_string().replace(url, "the address"))
}

/// Seconds, or a date.
fn retry_after(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = SystemTime::from(chrono::DateTime::parse_from_rfc2822(text.trim()).ok()?);
    Some(at.duration_since(SystemTime::now()).unwrap_or_default())
}

/// What a server says of its refusal, in the ways that are usual.
fn words(body: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(body).ok()?;
    let fields = ["description", "detail", "error_description", "message", "title", "error", "code"];
    let found = fields.iter().find_map(|field| value.get(field).filter(|v| !v.is_null()))?;
    let text = found.as_str().map_or_else(|| found.to_string(), str::to_string);
    let text = redact(text.split_whitespace().collect::<Vec<_>>().join(" ").as_str());
    Some(text.chars().take(300).collect())
}

fn read(path: &std::path::Path, location: &Location) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| {
        let shown = location.shown();
        match e.kind() {
            std::io::ErrorKind::NotFound => Diagnostic::new(codes::NOT_FOUND, format!("`{shown}` does not exist")),
            std::io::ErrorKind::InvalidData => not_text(location),
            _ => Diagnostic::new(codes::UNREADABLE, format!("`{shown}` cannot be read")).cause(e.to_string()),
        }
    })
}

fn not_text(location: &Location) -> Box<Diagnostic> {
    Diagnostic::new(codes::BAD_STAC, format!("malformed STAC: `{}` is not text", location.shown()))
}

/// An address with further parameters in its query.
pub fn with_query(url: &str, parameters: &[(&str, String)]) -> String {
    let (base, fragment) = url.split_once('#').map_or((url, None), |(base, fragment)| (base, Some(fragment)));
    let mut out = base.trim_end_matches('?').to_string();
    for (name, value) in parameters {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(&format!("{name}={}", address::percent_encoded(value)));
    }
    out + &fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::Arc;

    /// Answers each connection with the next of these, on loopback.
    fn server(answers: Vec<&'static str>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 4096]).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        format!("http://{address}/items.json?sig=secret")
    }

    fn text(url: &str) -> Result<String> {
        Client { signing: Signing::default(), cancel: &AtomicBool::new(false) }.text(&Location::of(url, None))
    }

    const BUSY: &str = "HTTP/1.1 503 Busy\r\nretry-after: 0\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

    #[test]
    fn a_busy_server_is_asked_again() {
        let url = server(vec![
            BUSY,
            "HTTP/1.1 429 Slow\r\nretry-after: 0\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            "",
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\n[]",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]",
        ]);
        assert_eq!(text(&url).unwrap(), "[]");
    }

    #[test]
    fn pauses_are_kept() {
        let slow = "HTTP/1.1 429 Slow\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let url = server(vec![slow, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]"]);
        let started = Instant::now();
        assert_eq!(text(&url).unwrap(), "[]");
        assert!(started.elapsed() > Duration::from_millis(950), "{:?}", started.elapsed());
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("soon"), None);
    }

    #[test]
    fn waiting_ends_when_nobody_waits_any_more() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let cancel = Arc::new(AtomicBool::new(false));
        let flag = cancel.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            flag.store(true, Ordering::Relaxed);
        });
        let started = Instant::now();
        let client = Client { signing: Signing::default(), cancel: &cancel };
        let failed = client.text(&Location::of(&url, None)).unwrap_err();
        assert_eq!(failed.code, codes::INTERRUPTED);
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    }

    #[test]
    fn failures_name_the_address_without_its_query() {
        let url = server(vec!["HTTP/1.1 404 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"]);
        let gone = text(&url).unwrap_err();
        assert_eq!(gone.code, codes::REMOTE);
        assert!(gone.message.ends_with("/items.json` does not exist") && !gone.message.contains("secret"));
        let url = server(vec![BUSY; RETRIES as usize + 1]);
        let busy = text(&url).unwrap_err();
        assert_eq!(busy.cause.as_deref(), Some("HTTP 503 Service Unavailable, 5 times"));
        let words = "{\"code\":\"InvalidParameterValue\",\"description\":\"bad  bbox\"}";
        let wrong = format!("HTTP/1.1 400 No\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{words}", words.len());
        let refused = text(&server(vec![wrong.leak()])).unwrap_err();
        assert_eq!(refused.cause.as_deref(), Some("HTTP 400 Bad Request: bad bbox"));
        let absent = text("/no/such/items.json").unwrap_err();
        assert_eq!((absent.code, absent.message.as_str()), (codes::NOT_FOUND, "`/no/such/items.json` does not exist"));
    }

    #[test]
    fn queries() {
        let url = with_query("https://h/search?a=1", &[("bbox", "1,2".into()), ("t", "2020-01-01/..".into())]);
        assert_eq!(url, "https://h/search?a=1&bbox=1,2&t=2020-01-01/..");
        assert_eq!(with_query("https://h/s", &[("sortby", "+a b&c".into())]), "https://h/s?sortby=%2Ba%20b%26c");
    }
}
