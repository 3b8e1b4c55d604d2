//! Names whose requests are signed, as GDAL takes them: a token in the address, or in options of this thread.

use super::cache;
use crate::diagnostic::{Diagnostic, Result, ServerFault, codes};
use crate::gdal::defaults::said;
use crate::gdal::library;
use crate::gdal::settings::ThreadOption;
use crate::io::remote::Secret;
use crate::io::remote::address::{is_behind_server, split_signer};
use crate::io::remote::patience;
use crate::io::remote::refusal::explained;
use crate::io::signers;
use crate::plan::Signer;
use std::borrow::Cow;
use std::time::{Duration, Instant};

/// A name GDAL can open on this thread while this lives.
pub(crate) struct SignedName<'a> {
    pub signer: Signer,
    path: Path<'a>,
    _options: Vec<ThreadOption>,
}

enum Path<'a> {
    Plain(Cow<'a, str>),
    /// With a token in its query.
    Signed(Secret),
}

impl SignedName<'_> {
    /// A name that is read through requests which are signed elsewhere.
    pub(super) fn elsewhere(name: &str, path: String) -> SignedName<'static> {
        SignedName { signer: split_signer(name).0, path: Path::Plain(path.into()), _options: Vec::new() }
    }

    pub(crate) fn path(&self) -> &str {
        match &self.path {
            Path::Plain(path) => path,
            Path::Signed(path) => path.expose(),
        }
    }
}

/// Prepares this thread for a name that GDAL asks for itself: what is written, listed or removed.
///
/// # Errors
/// Where there is no token, and the token server gives none.
pub(crate) fn enter_gdal(name: &str) -> Result<SignedName<'_>> {
    library::init();
    let (signer, path) = split_signer(name);
    let plain = |path, options| Ok(SignedName { signer, path: Path::Plain(path), _options: options });
    match signer {
        Signer::None => plain(path, Vec::new()),
        Signer::Pc => Ok(SignedName { signer, path: Path::Signed(signers::with_sas(&path)?), _options: Vec::new() }),
        Signer::RequesterPays => {
            let options = vec![
                ThreadOption::set("AWS_REQUEST_PAYER", "requester"),
                // Asking for the size alone is a request that is paid for, too.
                ThreadOption::set("CPL_VSIL_CURL_USE_HEAD", "NO"),
            ];
            plain(path, options)
        }
        Signer::Earthdata | Signer::Cdse | Signer::Bearer => {
            let token = signers::bearer(signer)?;
            let own = said("GDAL_HTTP_HEADERS");
            let headers = format!("{own}{}Authorization: {}", if own.is_empty() { "" } else { "," }, token.expose());
            plain(path, vec![ThreadOption::set("GDAL_HTTP_HEADERS", &headers)])
        }
    }
}

/// Runs `f` until it succeeds, fails for good, or has been tried often enough; the failure is told as a server's where
/// it was one. GDAL itself asks again where a server is busy, not where the line drops.
pub(super) fn patiently_by_gdal<R>(name: &str, f: impl FnMut() -> Result<R>) -> Result<R> {
    tried(name, false, f)
}

/// The same of what is `ours`: requests of this program, which are patient themselves. What is remembered of the name is
/// dropped before it is asked again.
pub(super) fn tried<R>(name: &str, ours: bool, mut f: impl FnMut() -> Result<R>) -> Result<R> {
    const RETRIES: u32 = 3;
    if !is_behind_server(name) {
        return f();
    }
    let (mut attempt, mut renewed) = (0, false);
    loop {
        let asked = Instant::now();
        let e = match f() {
            Ok(done) => return Ok(done),
            Err(e) => e,
        };
        let (signer, path) = split_signer(name);
        let met = e.server_fault();
        let again = match met {
            Some(ServerFault::Status(401 | 403)) => !ours && !renewed && signers::forget(signer, &path, asked),
            Some(ServerFault::Dropped) => !ours && attempt < RETRIES,
            // Bytes that are missing or make no sense may be half an answer; a file that is broken stays so.
            None => attempt < RETRIES && is_reading(&e) && !patience::is_canceled(),
            Some(_) => false,
        };
        if patience::is_canceled() {
            return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
        }
        if !again {
            return Err(explained(e, name, signer));
        }
        renewed |= matches!(met, Some(ServerFault::Status(_)));
        if ours {
            cache::forget(name);
        } else {
            cache::forget_gdal(name);
        }
        std::thread::sleep(Duration::from_millis(100 << attempt));
        attempt += 1;
    }
}

fn is_reading(e: &Diagnostic) -> bool {
    e.code == codes::READ_FAILED || e.code.is_unreadable()
}
