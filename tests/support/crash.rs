//! Says where the process was when a library below crashed it: its frames and the test, to standard error.

use std::ffi::c_int;
use std::sync::Once;

/// Listens from now on, once a process.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    // SAFETY: the handler calls nothing but what writes to a file, and the process ends with it.
    ONCE.call_once(|| unsafe {
        // The first call loads a library, which a handler must not.
        libc::backtrace([std::ptr::null_mut(); 2].as_mut_ptr(), 2);
        for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGABRT] {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = tell as extern "C" fn(c_int) as usize;
            // On the stack that Rust keeps for it, and with the default handling from then on.
            action.sa_flags = libc::SA_ONSTACK | libc::SA_RESETHAND | libc::SA_NODEFER;
            libc::sigaction(signal, &action, std::ptr::null_mut());
        }
    });
}

extern "C" fn tell(signal: c_int) {
    let mut frames = [std::ptr::null_mut(); 64];
    let mut name = [0u8; 17];
    // SAFETY: the arrays are as long as is said, a name of a thread has 16 bytes, and 2 is standard error.
    unsafe {
        libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr());
        libc::write(2, c"\ncrashed in thread ".as_ptr().cast(), 19);
        libc::write(2, name.as_ptr().cast(), 16);
        libc::write(2, c"\n".as_ptr().cast(), 1);
        let count = libc::backtrace(frames.as_mut_ptr(), 64);
        libc::backtrace_symbols_fd(frames.as_ptr(), count, 2);
        libc::raise(signal);
    }
}
