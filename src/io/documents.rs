//! Documents by their place: the text of a file, of an object, or of what a web server answers.

use super::gdal::object;
use super::remote::patience::{LOOK, Patience};
use super::remote::{Failure, Location, Request, http};
use super::signers::Signing;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::gdal::settings::along;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};

/// Who asks: the signer of requests, and whether an answer is still wanted.
#[derive(Clone, Debug)]
pub(super) struct Client<'a> {
    pub signing: Signing,
    pub cancel: &'a AtomicBool,
}

impl Client<'_> {
    /// The text at a place: a file, an object or what a web server answers.
    pub(super) fn text(&self, location: &Location) -> Result<String> {
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

    /// Asks a question whose answer is waited for later.
    pub(super) fn ahead(&self, request: Request) -> UnderWay {
        let (sender, answer) = mpsc::channel();
        let cancel = Arc::new(AtomicBool::new(false));
        let (signing, wanted) = (self.signing.clone(), cancel.clone());
        let ask = along(move |()| {
            let _patience = Patience::until(wanted.clone());
            http::send(&request, &signing, &wanted)
        });
        // A thread that cannot begin drops the sender, which is told where the answer is waited for.
        let _ = std::thread::Builder::new().name("page".into()).spawn(move || sender.send(ask(())));
        UnderWay { answer, cancel }
    }

    /// The answer to a question, asked again where that may help.
    pub(super) fn send(&self, request: &Request) -> Result<String, Failure> {
        http::send(request, &self.signing, self.cancel)
    }
}

/// A question under way; it is given up where this ends before the answer is here.
pub(super) struct UnderWay {
    answer: mpsc::Receiver<Result<String, Failure>>,
    cancel: Arc<AtomicBool>,
}

impl UnderWay {
    pub(super) fn wait(self, cancel: &AtomicBool) -> Result<String, Failure> {
        loop {
            match self.answer.recv_timeout(LOOK) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Timeout) if !cancel.load(Ordering::Relaxed) => {}
                Err(RecvTimeoutError::Timeout) => return Err(Failure::Interrupted),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Failure::Other(Diagnostic::new(codes::REMOTE, "a request ended early")));
                }
            }
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

fn read(path: &std::path::Path, location: &Location) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| {
        let shown = location.shown();
        match e.kind() {
            std::io::ErrorKind::NotFound => Diagnostic::new(codes::NOT_FOUND, format!("`{shown}` does not exist")),
            std::io::ErrorKind::InvalidData => not_text(location),
            _ => Diagnostic::new(codes::UNREADABLE, format!("`{shown}` cannot be read")).cause(e),
        }
    })
}

fn not_text(location: &Location) -> Box<Diagnostic> {
    Diagnostic::new(codes::BAD_STAC, format!("malformed STAC: `{}` is not text", location.shown()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::time::{Duration, Instant};

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
        let url = server(vec![BUSY; 5]);
        let busy = text(&url).unwrap_err();
        assert_eq!(busy.cause_text(), Some("HTTP 503 Service Unavailable, 5 times"));
        let words = "{\"code\":\"InvalidParameterValue\",\"description\":\"bad  bbox\"}";
        let wrong = format!("HTTP/1.1 400 No\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{words}", words.len());
        let refused = text(&server(vec![wrong.leak()])).unwrap_err();
        assert_eq!(refused.cause_text(), Some("HTTP 400 Bad Request: bad bbox"));
        let absent = text("/no/such/items.json").unwrap_err();
        assert_eq!((absent.code, absent.message.as_str()), (codes::NOT_FOUND, "`/no/such/items.json` does not exist"));
    }
}
