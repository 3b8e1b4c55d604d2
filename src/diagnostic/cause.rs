//! What a library, the system or a server said of a failure, and what kind of failure it is where that is known.

use serde::{Deserialize, Serialize};
use std::{fmt, io};

/// The words that stand under a diagnostic as its cause, kept as they were said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// What was said.
    pub text: String,
    /// What kind of failure it is, where that is known.
    pub fault: Option<Fault>,
}

/// A kind of failure that decides what may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// A request failed.
    Server(ServerFault),
    /// A file or a folder could not be used.
    Disk(DiskFault),
}

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServerFault {
    /// The status of HTTP that the server answered with.
    Status(u16),
    /// There was no answer, or half of one.
    Dropped,
    /// Nothing was asked: there is nothing to sign the request with.
    NoCredentials,
}

/// Why a file or a folder could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiskFault {
    /// No room is left.
    Full,
    /// The user's share of the disk is used up.
    QuotaUsed,
    /// No file may be as large, by a limit of the process or of the file system.
    Limited,
    /// The system does not allow it.
    Denied,
    /// There is nothing of that name.
    Absent,
}

impl Cause {
    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The kind of a failed request, where it was one.
    pub fn server_fault(&self) -> Option<ServerFault> {
        self.fault.and_then(|fault| match fault {
            Fault::Server(fault) => Some(fault),
            Fault::Disk(_) => None,
        })
    }

    /// The kind of a failure of the disk, where it was one.
    pub fn disk_fault(&self) -> Option<DiskFault> {
        self.fault.and_then(|fault| match fault {
            Fault::Disk(fault) => Some(fault),
            Fault::Server(_) => None,
        })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Cause {}

impl From<String> for Cause {
    fn from(text: String) -> Cause {
        Cause { text, fault: None }
    }
}

impl From<&str> for Cause {
    fn from(text: &str) -> Cause {
        text.to_string().into()
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Cause {
        Cause::from(&error)
    }
}

impl From<&io::Error> for Cause {
    fn from(error: &io::Error) -> Cause {
        if let Some(cause) = error.get_ref().and_then(|inner| inner.downcast_ref::<Cause>()) {
            return cause.clone();
        }
        Cause { text: error.to_string(), fault: DiskFault::of(error.kind()).map(Fault::Disk) }
    }
}

impl From<serde_json::Error> for Cause {
    fn from(error: serde_json::Error) -> Cause {
        error.to_string().into()
    }
}

impl DiskFault {
    /// What the system's kind of error means for a file; most mean nothing in particular.
    pub fn of(kind: io::ErrorKind) -> Option<DiskFault> {
        match kind {
            io::ErrorKind::StorageFull => Some(DiskFault::Full),
            io::ErrorKind::QuotaExceeded => Some(DiskFault::QuotaUsed),
            io::ErrorKind::FileTooLarge => Some(DiskFault::Limited),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Some(DiskFault::Denied),
            io::ErrorKind::NotFound => Some(DiskFault::Absent),
            _ => None,
        }
    }
}
