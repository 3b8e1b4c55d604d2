//! The editor at the other end of standard output. Every thread of the server speaks to it, one message at a time.

use lsp_server::{ErrorCode, Message, Notification, RequestId, Response, ResponseError};
use serde_json::Value;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Why a request is not answered, in the words of the protocol.
#[derive(Debug)]
pub(super) struct Refusal(pub ErrorCode, pub String);

/// What a request is answered with.
pub(super) type Reply = Result<Value, Refusal>;

/// Where messages go.
#[derive(Clone)]
pub(super) struct Client(Arc<Inner>);

struct Inner {
    out: Mutex<Box<dyn Write + Send>>,
    /// Nobody reads any more.
    gone: AtomicBool,
}

impl Client {
    pub(super) fn new(out: impl Write + Send + 'static) -> Client {
        Client(Arc::new(Inner { out: Mutex::new(Box::new(out)), gone: AtomicBool::new(false) }))
    }

    pub(super) fn reply(&self, id: RequestId, reply: Reply) {
        let failed = |Refusal(code, message)| ResponseError { code: code as i32, message, data: None };
        self.send(&Message::Response(Response { id, response_result: reply.map_err(failed) }));
    }

    pub(super) fn notify(&self, method: &str, params: Value) {
        self.send(&Message::Notification(Notification { method: method.into(), params }));
    }

    pub(super) fn is_gone(&self) -> bool {
        self.0.gone.load(Ordering::Relaxed)
    }

    fn send(&self, message: &Message) {
        // A thread that failed within a message has left half of it, and the editor will end the connection.
        let mut out = self.0.out.lock().unwrap_or_else(PoisonError::into_inner);
        if message.write(&mut *out).is_err() {
            self.0.gone.store(true, Ordering::Relaxed);
        }
    }
}
