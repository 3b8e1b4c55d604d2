//! One question to a server, asked once, for whoever wants to know what it answers rather than what it holds.

use super::address::escaped;
use super::http::{AGENT, patient, said, words};
use super::range::{Wire, content_range};
use std::io::Read;
use std::time::{Duration, Instant};

/// What came of it.
pub(crate) struct Probe {
    pub status: u16,
    /// From the question to the first bytes of the answer.
    pub after: Duration,
    /// Whether it gave the part that was asked for, and no more.
    pub gives_parts: bool,
    /// Bytes of the whole, where the server says it.
    pub size: Option<u64>,
    /// The first bytes.
    pub head: Vec<u8>,
    /// What it says of a refusal.
    pub words: Option<String>,
    /// Where it says that the bucket lies.
    pub region: Option<String>,
}

/// Asks for so many of the first bytes.
///
/// # Errors
/// What the library said, where no answer came.
pub(crate) fn ask(wire: &Wire, most: u64) -> Result<Probe, String> {
    let url = wire.url.expose();
    let call = patient(AGENT.get(&*escaped(url))).header("accept-encoding", "identity");
    let call = call.header("range", format!("bytes=0-{}", most.saturating_sub(1)));
    let call = wire.headers.iter().fold(call, |call, (name, value)| call.header(name.as_ref(), value.expose()));
    let asked = Instant::now();
    let mut response = call.call().map_err(|e| said(&e, url))?;
    let after = asked.elapsed();
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_string);
    let status = response.status().as_u16();
    let placed = header("content-range").and_then(|text| content_range(&text));
    let length = header("content-length").and_then(|text| text.trim().parse().ok()).filter(|_| status == 200);
    let region = header("x-amz-bucket-region");
    let mut head = Vec::new();
    response.body_mut().as_reader().take(most).read_to_end(&mut head).map_err(|e| said(&e.into(), url))?;
    let is_refusal = !response.status().is_success();
    Ok(Probe {
        status,
        after,
        gives_parts: status == 206 && placed.is_some(),
        size: placed.and_then(|(_, size)| size).or(length),
        words: is_refusal.then(|| words(&String::from_utf8_lossy(&head))).flatten(),
        head,
        region,
    })
}
