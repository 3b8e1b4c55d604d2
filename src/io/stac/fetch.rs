//! Documents from files and servers.

use super::href::Location;
use crate::diagnostic::{Diagnostic, Result, codes};
use std::sync::LazyLock;
use std::time::Duration;
use ureq::Agent;

/// Tries after the first, when a server is busy or the line drops.
const RETRIES: u32 = 4;
/// A catalog is text; what is larger is something else.
const MOST_BYTES: u64 = 1 << 30;
/// A server may ask for a pause, but not for a nap.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

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

/// Requests under way at a time: waiting costs nothing, and servers allow a browser as many.
const AT_ONCE: usize = 16;

/// Runs `f`, which starts rayon's parallel loops, with threads enough to wait for a server where `remote`.
pub fn waiting<R: Send>(remote: bool, f: impl FnOnce() -> R + Send) -> R {
    let pool = remote.then(|| rayon::ThreadPoolBuilder::new().num_threads(AT_ONCE).build());
    match pool {
        Some(Ok(pool)) => pool.install(f),
        _ => f(),
    }
}

/// The text at a place.
pub fn text(location: &Location) -> Result<String> {
    match location {
        Location::File(path) => std::fs::read_to_string(path).map_err(|e| {
            let shown = location.shown();
            match e.kind() {
                std::io::ErrorKind::NotFound => Diagnostic::new(codes::NOT_FOUND, format!("`{shown}` does not exist")),
                std::io::ErrorKind::InvalidData => {
                    Diagnostic::new(codes::BAD_STAC, format!("malformed STAC: `{shown}` is not text"))
                }
                _ => Diagnostic::new(codes::UNREADABLE, format!("`{shown}` cannot be read")).cause(e.to_string()),
            }
        }),
        Location::Url(url) if url.starts_with("http://") || url.starts_with("https://") => get(url, location),
        Location::Url(_) => Err(Diagnostic::new(
            codes::UNREADABLE,
            format!("`{}` cannot be fetched: STAC documents come from files and http servers", location.shown()),
        )),
    }
}

/// Fetches an address, with patience for busy servers.
fn get(url: &str, location: &Location) -> Result<String> {
    let mut attempt = 0;
    loop {
        let (why, pause) = match AGENT.get(url).header("accept", "application/geo+json, application/json").call() {
            Ok(mut response) => {
                let status = response.status();
                if status.is_success() {
                    match response.body_mut().with_config().limit(MOST_BYTES).read_to_string() {
                        Ok(text) => return Ok(text),
                        Err(e) => (cause(&e, url), None),
                    }
                } else {
                    let pause = response.headers().get("retry-after").and_then(|h| h.to_str().ok()?.parse().ok());
                    let why = format!("HTTP {status}");
                    if status.as_u16() != 429 && !status.is_server_error() {
                        return Err(refused(location, status.as_u16()).cause(why));
                    }
                    (why, pause.map(Duration::from_secs))
                }
            }
            Err(e) => {
                let why = cause(&e, url);
                if matches!(e, ureq::Error::BadUri(_) | ureq::Error::HostNotFound | ureq::Error::TooManyRedirects) {
                    return Err(silent(location).cause(why));
                }
                (why, None)
            }
        };
        if attempt == RETRIES {
            return Err(silent(location).cause(format!("{why}, {} times", RETRIES + 1)));
        }
        let backoff = Duration::from_millis(250 << attempt);
        std::thread::sleep(pause.unwrap_or(backoff).min(LONGEST_PAUSE));
        attempt += 1;
    }
}

/// What the library said, without the address, whose query may be a secret.
fn cause(e: &ureq::Error, url: &str) -> String {
    e.to_string().replace(url, "the address")
}

fn silent(location: &Location) -> Box<Diagnostic> {
    Diagnostic::new(codes::REMOTE, format!("`{}` cannot be fetched", location.shown()))
}

fn refused(location: &Location, status: u16) -> Box<Diagnostic> {
    let shown = location.shown();
    let message = match status {
        401 | 403 => format!("`{shown}` may not be read without signing in"),
        404 | 410 => format!("`{shown}` does not exist"),
        _ => format!("`{shown}` cannot be fetched"),
    };
    Diagnostic::new(codes::REMOTE, message)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

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

    const BUSY: &str = "HTTP/1.1 503 Busy\r\nretry-after: 0\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

    #[test]
    fn a_busy_server_is_asked_again() {
        let url = server(vec![
            BUSY,
            "HTTP/1.1 429 Slow\r\nretry-after: 0\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]",
        ]);
        assert_eq!(text(&Location::of(&url, None)).unwrap(), "[]");
    }

    #[test]
    fn failures_name_the_address_without_its_query() {
        let url = server(vec!["HTTP/1.1 404 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"]);
        let gone = text(&Location::of(&url, None)).unwrap_err();
        assert_eq!(gone.code, codes::REMOTE);
        assert!(gone.message.ends_with("/items.json` does not exist") && !gone.message.contains("secret"));
        let url = server(vec![BUSY; RETRIES as usize + 1]);
        let busy = text(&Location::of(&url, None)).unwrap_err();
        assert_eq!(busy.cause.as_deref(), Some("HTTP 503 Service Unavailable, 5 times"));
        let absent = text(&Location::of("/no/such/items.json", None)).unwrap_err();
        assert_eq!((absent.code, absent.message.as_str()), (codes::NOT_FOUND, "`/no/such/items.json` does not exist"));
    }
}
