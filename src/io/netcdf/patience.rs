//! Reads headers on a thread of its own, and gives up where the library below does not come back.
//!
//! A damaged header can hold HDF5 in a loop for good (a heap of strings whose free space has the length zero does). No call
//! of it can be stopped, so the thread is lost, and the library with it: whatever is asked of it later is refused.

use crate::diagnostic::Cause;
use std::ffi::{c_int, c_void};
use std::os::unix::thread::JoinHandleExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Time of a processor after which a header is given up. A large one takes a second; waiting for a disk takes none.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it is looked at how long a header has taken.
const LOOK: Duration = Duration::from_millis(100);

type Errand = Box<dyn FnOnce() + Send>;

/// The thread that reads headers, one after the other, as the lock of the library has it in any case.
struct Reader {
    errands: Sender<Errand>,
    clock: libc::clockid_t,
}

impl Reader {
    fn begin() -> Option<Reader> {
        let (errands, queue) = mpsc::channel::<Errand>();
        // One that panics is missed by who waits for it, and ends no more than itself.
        let work = move || queue.into_iter().for_each(|errand| drop(catch_unwind(AssertUnwindSafe(errand))));
        let thread = std::thread::Builder::new().name("headers".into()).spawn(work).ok()?;
        let mut clock = 0;
        // SAFETY: the thread runs until the process ends, since who gives it errands is kept that long.
        let has_clock = unsafe { libc::pthread_getcpuclockid(thread.as_pthread_t(), &mut clock) } == 0;
        has_clock.then_some(Reader { errands, clock })
    }
}

static READER: Mutex<Option<Reader>> = Mutex::new(None);

/// The file that the library does not come back from.
static STUCK: OnceLock<String> = OnceLock::new();

/// # Errors
/// Once the library does not come back any more.
pub(super) fn go_on() -> Result<(), Cause> {
    match STUCK.get() {
        None => Ok(()),
        Some(path) => Err(format!("the netCDF library did not come back from `{path}`: start Rastra again").into()),
    }
}

/// What `f` reads of the header of the file at `path`.
pub(super) fn read<R: Send + 'static>(
    path: &str,
    f: impl FnOnce() -> Result<R, Cause> + Send + 'static,
) -> Result<R, Cause> {
    within(path, PATIENCE, f)
}

fn within<R: Send + 'static>(
    path: &str,
    patience: Duration,
    f: impl FnOnce() -> Result<R, Cause> + Send + 'static,
) -> Result<R, Cause> {
    go_on()?;
    let (tell, told) = mpsc::channel();
    let (begin, begun) = mpsc::channel();
    let errand = move || {
        let _ = begin.send(());
        let _ = tell.send(f());
    };
    let clock = match hand_over(Box::new(errand)) {
        Ok(clock) => clock,
        // Without threads it is waited for as long as it takes.
        Err(errand) => {
            errand();
            return told.recv().unwrap_or_else(|_| Err("it is damaged".into()));
        }
    };
    // Those before it are waited for in their own names.
    while begun.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        go_on()?;
    }
    let start = used(clock);
    loop {
        match told.recv_timeout(LOOK) {
            Ok(read) => return read,
            Err(RecvTimeoutError::Disconnected) => return Err("it is damaged".into()),
            Err(RecvTimeoutError::Timeout) if used(clock).saturating_sub(start) > patience => {
                give_up(path);
                return Err("the library does not come back from its header, which is damaged".into());
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Gives an errand to the thread that reads headers, and tells its clock; or gives it back where there is no thread.
fn hand_over(errand: Errand) -> Result<libc::clockid_t, Errand> {
    let mut reader = READER.lock().unwrap_or_else(PoisonError::into_inner);
    if reader.is_none() {
        *reader = Reader::begin();
    }
    match reader.as_ref() {
        Some(Reader { errands, clock }) => errands.send(errand).map(|()| *clock).map_err(|unsent| unsent.0),
        None => Err(errand),
    }
}

/// Time of a processor that a thread has used.
fn used(clock: libc::clockid_t) -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock is that of a thread which runs until the process ends.
    unsafe {
        libc::clock_gettime(clock, &mut now);
    }
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// From now on the library is left alone; also at the end of the process, when it would wait for itself.
fn give_up(path: &str) {
    if STUCK.set(path.to_string()).is_ok() {
        // SAFETY: the function is called at the end of the process, and takes what is promised.
        unsafe {
            on_exit(leave, std::ptr::null_mut());
        }
    }
}

unsafe extern "C" {
    /// glibc's `atexit` for those who ask for the status.
    fn on_exit(f: extern "C" fn(c_int, *mut c_void), argument: *mut c_void) -> c_int;
}

extern "C" fn leave(status: c_int, _: *mut c_void) {
    // SAFETY: what Rust had to write is written before this is called.
    unsafe { libc::_exit(status) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::time::Instant;

    #[test]
    fn what_takes_no_processor_may_take_long() {
        let waits = || {
            std::thread::sleep(Duration::from_millis(300));
            Ok(7)
        };
        assert_eq!(within("a.nc", Duration::from_millis(50), waits).unwrap(), 7);
        assert!(within::<u8>("a.nc", PATIENCE, || panic!("as the crate below does")).is_err());
    }

    /// In a process of its own the library would be lost; here the thread comes back, and only the clock is tried.
    #[test]
    fn the_clock_is_that_of_the_thread() {
        let busy = || {
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_millis(200) {}
        };
        let clock = hand_over(Box::new(busy)).ok().unwrap();
        let before = used(clock);
        std::thread::sleep(Duration::from_millis(400));
        assert!(used(clock) - before > Duration::from_millis(50));
    }
}
