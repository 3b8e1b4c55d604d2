//! Messages from standard input, until the editor closes it or is no more.

use super::threads::{self, guarded};
use lsp_server::Message;
use std::io::{BufRead, ErrorKind};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// How often it is asked whether the editor still lives.
const WATCH: Duration = Duration::from_secs(2);

/// Reads messages on a thread of its own. The channel closes where they end.
pub(super) fn messages(input: impl FnOnce() -> Box<dyn BufRead> + Send + 'static) -> Receiver<Message> {
    let (to, messages) = mpsc::channel();
    threads::start("read", move || {
        let mut input = input();
        // A length that no memory has makes the reader panic, and there is no message after it.
        while let Some(read) = guarded(|| Message::read(&mut input)) {
            match read {
                Ok(Some(message)) => {
                    if to.send(message).is_err() {
                        break;
                    }
                }
                // One that cannot be understood is passed over.
                Err(error) if error.kind() == ErrorKind::InvalidData => {}
                Ok(None) | Err(_) => break,
            }
        }
    });
    messages
}

/// Calls `gone` once the process that asked is no more: its end of the pipe may be held open by others.
pub(super) fn watch(process: i32, gone: impl Fn() + Send + 'static) {
    let Some(process) = rustix::process::Pid::from_raw(process) else { return };
    threads::start("watch", move || {
        let is_there = || rustix::process::test_kill_process(process) != Err(rustix::io::Errno::SRCH);
        while is_there() {
            std::thread::sleep(WATCH);
        }
        gone();
    });
}
