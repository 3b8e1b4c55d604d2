//! Keeps what C libraries `printf` off the stream that carries results.
//!
//! GDAL's GRIB driver writes warnings to C's `stdout` while it opens a file. Rust's own output does not pass through C's
//! `stdout`, so pointing that variable elsewhere for the time of the call loses nothing of ours and blocks no thread.

use std::sync::Mutex;

/// While one of these lives, C's `stdout` leads nowhere. Any number may live at once, on any thread.
pub(crate) struct Quiet(());

/// How many live, and the stream that comes back with the last of them.
static STATE: Mutex<(usize, usize)> = Mutex::new((0, 0));

impl Quiet {
    pub(crate) fn start() -> Quiet {
        let mut state = STATE.lock().unwrap_or_else(|e| e.into_inner());
        if state.0 == 0 {
            state.1 = swap(nowhere());
        }
        state.0 += 1;
        Quiet(())
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let mut state = STATE.lock().unwrap_or_else(|e| e.into_inner());
        state.0 -= 1;
        if state.0 == 0 {
            swap(state.1);
        }
    }
}

/// C's `stdout` is a variable that may be assigned, by promise of glibc and in practice on macOS. Elsewhere it stays.
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "macos"))]
mod stream {
    unsafe extern "C" {
        #[cfg_attr(target_os = "macos", link_name = "__stdoutp")]
        static mut stdout: *mut libc::FILE;
    }

    /// Makes `stream` (0: no change) C's `stdout` and returns the one before, as a number.
    pub(super) fn swap(stream: usize) -> usize {
        if stream == 0 {
            return 0;
        }
        // SAFETY: only called under the lock of `STATE`, with a stream that is never closed. Threads of C that print
        // meanwhile read an aligned pointer, either of the two, and both are open.
        unsafe {
            let variable = &raw mut stdout;
            let before = variable.read_volatile();
            variable.write_volatile(stream as *mut libc::FILE);
            before as usize
        }
    }

    /// A stream into the void, opened once; 0 if there is none.
    pub(super) fn nowhere() -> usize {
        static STREAM: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
        // SAFETY: both arguments are NUL-terminated strings.
        *STREAM.get_or_init(|| unsafe { libc::fopen(c"/dev/null".as_ptr(), c"w".as_ptr()) as usize })
    }
}

#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_os = "macos")))]
mod stream {
    pub fn swap(_stream: usize) -> usize {
        0
    }

    pub fn nowhere() -> usize {
        0
    }
}

use stream::{nowhere, swap};
