//! The words of GDAL and of the libraries below it, which have no numbers for what went wrong: this is the one place that
//! reads them.

use crate::diagnostic::{Cause, DiskFault, Fault, ServerFault, redact};

/// What was said as a cause, without secrets, with the kind of failure that its words stand for.
pub(crate) fn cause(said: &str) -> Cause {
    Cause { text: redact(said), fault: fault(said) }
}

fn fault(said: &str) -> Option<Fault> {
    server(said).map(Fault::Server).or_else(|| disk(said).map(Fault::Disk))
}

fn server(said: &str) -> Option<ServerFault> {
    const STATUS: [&str; 5] =
        ["HTTP response code: ", "HTTP error code: ", "HTTP error code : ", "response_code=", "HTTP "];
    for before in STATUS {
        let mut rest = said;
        while let Some(at) = rest.find(before) {
            rest = &rest[at + before.len()..];
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if let Ok(status @ 400..=599) = rest[..digits].parse() {
                return Some(ServerFault::Status(status));
            }
        }
    }
    let says = |words: &[&str]| words.iter().any(|w| said.contains(w));
    if says(&[
        "AWS_NO_SIGN_REQUEST",
        "AZURE_NO_SIGN_REQUEST",
        "AZURE_STORAGE_CONNECTION_STRING",
        "GS_SECRET_ACCESS_KEY",
    ]) || says(&["configuration option not defined", "InvalidCredentials"])
    {
        return Some(ServerFault::NoCredentials);
    }
    // The words of object stores, which GDAL hands on without the status.
    if says(&["Access Denied", "AccessDenied", "InvalidAccessKeyId", "Access Key Id", "SignatureDoesNotMatch"])
        || says(&["signature we calculated", "ExpiredToken", "InvalidClientTokenId", "security token"])
    {
        return Some(ServerFault::Status(403));
    }
    if says(&["NoSuchKey", "NoSuchBucket", "specified key does not exist", "specified bucket does not exist"]) {
        return Some(ServerFault::Status(404));
    }
    says(&["CURL error", "onnection reset", "onnection refused", "timed out", "Empty reply"])
        .then_some(ServerFault::Dropped)
}

fn disk(said: &str) -> Option<DiskFault> {
    let says = |words: &[&str]| words.iter().any(|w| said.contains(w));
    if says(&["Disk quota exceeded"]) {
        return Some(DiskFault::QuotaUsed);
    }
    if says(&["No space left"]) {
        return Some(DiskFault::Full);
    }
    if says(&["File too large"]) {
        return Some(DiskFault::Limited);
    }
    if says(&["Permission denied", "Operation not permitted", "Read-only file system"]) {
        return Some(DiskFault::Denied);
    }
    says(&["No such file"]).then_some(DiskFault::Absent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_understood() {
        let status = |status| Some(Fault::Server(ServerFault::Status(status)));
        for (said, meant) in [
            ("HTTP response code: 403", status(403)),
            ("HTTP error code: 503 - http://h/a.tif. Retrying again in 0.5 secs", status(503)),
            ("DownloadRegion(http://h/HTTP 2/x): response_code=429, msg=", status(429)),
            ("HTTP 404 Not Found", status(404)),
            ("HTTP 200 OK", None),
            ("CURL error: Empty reply from server", Some(Fault::Server(ServerFault::Dropped))),
            ("The AWS Access Key Id you provided does not exist in our records.", status(403)),
            (
                "_tiffWriteProc:No space left on device; TIFFAppendToStrip:Write error",
                Some(Fault::Disk(DiskFault::Full)),
            ),
            (
                "Missing AZURE_STORAGE_ACCOUNT+(AZURE_STORAGE_ACCESS_KEY or AZURE_STORAGE_SAS_TOKEN or AZURE_NO_SIGN_REQUEST)",
                Some(Fault::Server(ServerFault::NoCredentials)),
            ),
            ("a.tif: No such file or directory", Some(Fault::Disk(DiskFault::Absent))),
            ("", None),
        ] {
            assert_eq!(fault(said), meant, "{said}");
        }
    }
}
