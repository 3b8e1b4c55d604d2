//! What a server answers for an address, by the requests that a run would make, for whoever wants to know before one does.

use super::gdal::way::WAY;
use super::remote::address::{self, gdal_name};
use super::remote::objects::Way;
use super::remote::{probe, refusal};
use crate::diagnostic::{Diagnostic, Result, ServerFault, codes};
use crate::gdal::library;
use crate::plan::Signer;
use std::time::{Duration, Instant};

/// So many bytes tell what it is: the head of a file, the first lines of a document.
const HEAD: u64 = 64 << 10;

/// What a store begins with: a folder of objects has no bytes of its own.
const STORES: [&str; 3] = ["zarr.json", ".zmetadata", ".zgroup"];

/// What a server gave.
pub(crate) struct Answered {
    /// 200 or 206; nothing where GDAL asked, which does not say.
    pub status: Option<u16>,
    /// From the question to the first bytes of the answer.
    pub after: Duration,
    pub gives_parts: bool,
    /// Bytes of all of it, where the server says it.
    pub size: Option<u64>,
    /// The first bytes.
    pub head: Vec<u8>,
    /// The object that was there, of a store.
    pub part: Option<&'static str>,
}

/// Asks once; of a folder for what may make it a store.
///
/// # Errors
/// `E0311` where the server refuses, has no such thing or does not answer, `E0313` for what is on no server.
pub(crate) fn ask(address: &str) -> Result<Answered> {
    library::init();
    address::check_scheme(address)?;
    let Some(name) = gdal_name(address) else {
        let message = format!("`{}` is on no server", address::redact(address));
        return Err(Diagnostic::new(codes::UNSUPPORTED, message)
            .help("name an address with `https://`, `s3://`, `gs://` or `az://`; files of this machine `load` opens"));
    };
    let absent = match of(&name) {
        Err(e) if e.server_fault() == Some(ServerFault::Status(404)) => e,
        other => return other,
    };
    let folder = name.trim_end_matches('/');
    let part = |part| of(&format!("{folder}/{part}")).ok().map(|found| Answered { part: Some(part), ..found });
    STORES.into_iter().find_map(part).ok_or(absent)
}

/// Asks for an object, twice where the server says that its bucket lies elsewhere.
fn of(name: &str) -> Result<Answered> {
    let asked = Instant::now();
    if let Some(answer) = WAY.ask(name, &(0..HEAD)) {
        let told = |fault, said: &str| refusal::told(fault, name, said, Signer::None);
        let got = answer.map_err(|e| refusal::explained(e, name, Signer::None))?;
        let got = got.ok_or_else(|| told(ServerFault::Status(404), "HTTP 404 Not Found"))?;
        let after = asked.elapsed();
        return Ok(Answered { status: None, after, gives_parts: true, size: got.size, head: got.bytes, part: None });
    }
    let refused = |fault, said: String| refusal::told(fault, name, &said, Signer::None);
    let mut answer = probe::ask(&WAY.wire(name)?, HEAD).map_err(|said| refused(ServerFault::Dropped, said))?;
    if !matches!(answer.status, 200 | 206) && WAY.renew(name, asked, answer.region.as_deref()) {
        answer = probe::ask(&WAY.wire(name)?, HEAD).map_err(|said| refused(ServerFault::Dropped, said))?;
    }
    let probe::Probe { status, after, gives_parts, size, head, words, .. } = answer;
    match status {
        200 | 206 => Ok(Answered { status: Some(status), after, gives_parts, size, head, part: None }),
        // What is empty has no first byte.
        416 => Ok(Answered { status: Some(status), after, gives_parts: true, size: Some(0), head, part: None }),
        _ => {
            let words = words.map(|words| format!(": {words}")).unwrap_or_default();
            Err(refused(ServerFault::Status(status), format!("HTTP {status}{words}")))
        }
    }
}
