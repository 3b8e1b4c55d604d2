//! One request for a range of bytes, and what a server may answer.

use super::address::escaped;
use super::http::{AGENT, WORDS, is_for_good, patient, said, words};
use super::retry::{Failed, retry_after};
use super::secret::Secret;
use crate::diagnostic::ServerFault;
use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;
use std::time::Duration;

/// Where and how a name is asked for, with what signs the request.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub url: Secret,
    pub headers: Vec<(Cow<'static, str>, Secret)>,
}

/// A server that gives no parts of files may give a whole one, if it is as small.
const LARGEST_WHOLE: usize = 64 << 20;

/// More in one answer is no chunk of anything.
const LARGEST_PART: usize = 2 << 30;

/// Room for the answer to begin with: what a server says of its length may be false.
const ROOM: usize = 1 << 20;

/// Bytes that came, and what the server said of the object.
pub(crate) struct Got {
    /// Where they begin in the object.
    pub start: u64,
    pub bytes: Vec<u8>,
    /// The size of the object, where the server says it.
    pub size: Option<u64>,
    pub version: Option<String>,
}

/// What came of one try.
pub(super) enum Answer {
    Bytes(Got),
    /// The range begins behind the end.
    Beyond {
        size: Option<u64>,
    },
    Status {
        status: u16,
        pause: Option<Duration>,
        said: String,
        /// Where the server says that the bucket lies.
        region: Option<String>,
    },
    Broken {
        said: String,
        for_good: bool,
    },
}

impl Answer {
    fn dropped(said: impl Into<String>) -> Answer {
        Answer::Broken { said: said.into(), for_good: false }
    }

    /// Why there are no bytes, unless there are none to be had.
    pub(super) fn failed(self) -> Option<Failed> {
        match self {
            Answer::Bytes(_) | Answer::Beyond { .. } => None,
            Answer::Status { status, pause, said, .. } => {
                Some(Failed { fault: ServerFault::Status(status), said, for_good: false, pause })
            }
            Answer::Broken { said, for_good } => {
                Some(Failed { fault: ServerFault::Dropped, said, for_good, pause: None })
            }
        }
    }
}

/// The last bytes of an object whose size is not known. When they come, they say where they begin.
pub(super) fn tail(bytes: u64) -> Range<u64> {
    u64::MAX - bytes..u64::MAX
}

/// No object is half as large as numbers go.
pub(crate) fn is_tail(range: &Range<u64>) -> bool {
    range.start > u64::MAX / 2
}

/// Asks once. A range that ends behind the end gives what there is, one without an end all, and a tail the last bytes.
pub(super) fn get(wire: &Wire, range: &Range<u64>) -> Answer {
    let url = wire.url.expose();
    let bytes = match range {
        tail if is_tail(tail) => format!("bytes=-{}", tail.end - tail.start),
        Range { start, end: u64::MAX } => format!("bytes={start}-"),
        Range { start, end } => format!("bytes={start}-{}", end.saturating_sub(1)),
    };
    let call = patient(AGENT.get(&*escaped(url))).header("accept-encoding", "identity").header("range", bytes);
    let call = wire.headers.iter().fold(call, |call, (name, value)| call.header(name.as_ref(), value.expose()));
    let mut response = match call.call() {
        Ok(response) => response,
        Err(e) => {
            return Answer::Broken { said: said(&e, url), for_good: is_for_good(&e) };
        }
    };
    let status = response.status().as_u16();
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_string);
    let placed = header("content-range").and_then(|text| content_range(&text));
    let version = header("etag").or_else(|| header("last-modified"));
    let length = header("content-length").and_then(|text| text.trim().parse::<u64>().ok());
    let region = header("x-amz-bucket-region");
    let pause = header("retry-after").and_then(|text| retry_after(&text));
    match status {
        206 => {
            let Some((Some(start), size)) = placed else {
                return Answer::Broken { said: "the answer does not say which bytes it is".into(), for_good: true };
            };
            let end = range.end.min(size.unwrap_or(u64::MAX));
            let first = match size {
                Some(size) if is_tail(range) => size.saturating_sub(range.end - range.start),
                _ => range.start,
            };
            if start != first || end <= start {
                return Answer::Broken {
                    said: "the answer holds other bytes than were asked for".into(),
                    for_good: true,
                };
            }
            let wanted = usize::try_from(end - start).unwrap_or(usize::MAX);
            if wanted > LARGEST_PART {
                return Answer::Broken { said: format!("the server says that it has {wanted} bytes"), for_good: true };
            }
            match body(&mut response, wanted) {
                Ok(bytes) if bytes.len() == wanted || size.is_none() => {
                    Answer::Bytes(Got { start, bytes, size, version })
                }
                Ok(bytes) => Answer::dropped(format!("{} of {wanted} bytes came", bytes.len())),
                Err(e) => Answer::dropped(said(&e, url)),
            }
        }
        200 => match body(&mut response, LARGEST_WHOLE) {
            Ok(bytes) if bytes.len() > LARGEST_WHOLE => {
                Answer::Broken { said: "the server gives no parts of files".into(), for_good: true }
            }
            Ok(bytes) if length.is_some_and(|length| length != bytes.len() as u64) => {
                Answer::dropped(format!("{} of {} bytes came", bytes.len(), length.unwrap_or_default()))
            }
            Ok(bytes) => Answer::Bytes(Got { start: 0, size: Some(bytes.len() as u64), bytes, version }),
            Err(e) => Answer::dropped(said(&e, url)),
        },
        416 => Answer::Beyond { size: placed.and_then(|(_, size)| size) },
        status => {
            let text = response.body_mut().with_config().limit(WORDS).read_to_string().unwrap_or_default();
            let words = words(&text).map(|words| format!(": {words}")).unwrap_or_default();
            Answer::Status { status, pause, said: format!("HTTP {}{words}", response.status()), region }
        }
    }
}

/// Up to so many bytes of the answer.
fn body(response: &mut ureq::http::Response<ureq::Body>, most: usize) -> Result<Vec<u8>, ureq::Error> {
    let mut bytes = Vec::with_capacity(most.min(ROOM));
    // One byte more, so that the end is seen and the connection serves the next request.
    response.body_mut().as_reader().take(most as u64 + 1).read_to_end(&mut bytes).map_err(ureq::Error::from)?;
    Ok(bytes)
}

/// The first byte and the size in `bytes 0-99/1000`, `bytes 0-99/*` and `bytes */1000`.
pub(super) fn content_range(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (place, size) = text.trim().strip_prefix("bytes")?.trim().split_once('/')?;
    Some((place.split_once('-').and_then(|(start, _)| start.trim().parse().ok()), size.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_part_an_answer_is() {
        assert_eq!(content_range("bytes 5-99/1000"), Some((Some(5), Some(1000))));
        assert_eq!(content_range("bytes 0-99/*"), Some((Some(0), None)));
        assert_eq!(content_range("bytes */1000"), Some((None, Some(1000))));
        assert_eq!(content_range("pages 1-2"), None);
    }
}
