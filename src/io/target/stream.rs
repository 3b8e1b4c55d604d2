//! Targets that take bytes one after another: standard output, pipes, sockets, devices.

use std::fs::OpenOptions;
use std::io::{BufWriter, ErrorKind, Result, Write, stderr, stdout};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

pub(in crate::io) enum Stream {
    /// An open file of this process.
    Descriptor(u32),
    /// A pipe or a device, which is opened by its name.
    Open(PathBuf),
    /// A socket, to which is connected.
    Socket(PathBuf),
}

/// A stream that was opened, and what was written to it.
pub(super) struct Opened {
    to: BufWriter<Box<dyn Write + Send>>,
    bytes: u64,
    is_left: bool,
}

/// Whether standard output is somebody's who would not look for a table there.
static LEFT: AtomicBool = AtomicBool::new(false);

/// Lets nothing be saved to standard output: for a process whose users see its answers elsewhere.
#[cfg(feature = "kernel")]
pub(crate) fn leave_output() {
    LEFT.store(true, Ordering::Relaxed);
}

impl Stream {
    /// Why nothing can be written to it.
    pub(super) fn check(&self) -> std::result::Result<(), &'static str> {
        match self {
            Stream::Descriptor(1 | 2) if LEFT.load(Ordering::Relaxed) => {
                Err("a notebook does not show the standard output of its kernel")
            }
            Stream::Descriptor(_) | Stream::Open(_) | Stream::Socket(_) => Ok(()),
        }
    }

    /// Waits, at a pipe, for somebody who reads.
    pub(super) fn open(&self) -> Result<Opened> {
        let to: Box<dyn Write + Send> = match self {
            Stream::Descriptor(1) => Box::new(stdout()),
            Stream::Descriptor(2) => Box::new(stderr()),
            // Opened anew, a file would be written from its beginning.
            Stream::Descriptor(number) => Box::new(OpenOptions::new().append(true).open(format!("/dev/fd/{number}"))?),
            Stream::Open(path) => Box::new(OpenOptions::new().write(true).open(path)?),
            Stream::Socket(path) => Box::new(UnixStream::connect(path)?),
        };
        Ok(Opened { to: BufWriter::new(to), bytes: 0, is_left: false })
    }

    /// What a report calls it.
    pub(super) fn name(&self) -> PathBuf {
        match self {
            Stream::Descriptor(1) => "/dev/stdout".into(),
            Stream::Descriptor(2) => "/dev/stderr".into(),
            Stream::Descriptor(number) => format!("/dev/fd/{number}").into(),
            Stream::Open(path) | Stream::Socket(path) => path.clone(),
        }
    }
}

impl Opened {
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether whoever reads went away before the end.
    pub(super) fn is_left(&self) -> bool {
        self.is_left
    }

    fn noticed<T>(&mut self, result: Result<T>) -> Result<T> {
        self.is_left |= result.as_ref().is_err_and(|e| e.kind() == ErrorKind::BrokenPipe);
        result
    }
}

impl Write for Opened {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let written = self.to.write(bytes);
        let written = self.noticed(written)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> Result<()> {
        let flushed = self.to.flush();
        self.noticed(flushed)
    }
}
