//! `rastra job serve`: a process that stays, and computes tasks as it is asked to on standard input.

use super::frames;
use super::here::{Unopened, set_up, version};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::exec::tasks::Task;
use crate::exec::{Silent, Work, Worker};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

/// What is asked; works are known by their keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub(super) enum Ask {
    /// For the version.
    Hello,
    /// To open a work; the body is the work in JSON.
    Open { work: String },
    /// To compute tasks; the body is a list of them in JSON. The body of the answer is what was made.
    Compute { work: String },
    /// To leave a work.
    Close { work: String },
    /// To leave what is being computed. It has no answer of its own.
    Stop,
}

/// What is answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    Version(String),
    Done,
    Error(Box<Diagnostic>),
}

/// Answers until standard input is closed.
///
/// # Errors
/// What reading and writing fail with.
pub(crate) fn serve() -> std::io::Result<()> {
    let cancel = Arc::new(AtomicBool::new(false));
    let (asked, asks) = mpsc::channel();
    let stop = cancel.clone();
    // Someone has to listen while tasks are computed.
    let listener = std::thread::Builder::new().spawn(move || {
        let mut from = std::io::stdin().lock();
        while let Ok(Some((ask, body))) = frames::read::<Ask>(&mut from) {
            match ask {
                Ask::Stop => stop.store(true, Ordering::Relaxed),
                ask => {
                    if asked.send((ask, body)).is_err() {
                        return;
                    }
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
    })?;
    let mut serving = Serving { works: HashMap::new(), cancel };
    let mut to = std::io::stdout().lock();
    for (ask, body) in asks {
        let (reply, body) = serving.answer(ask, &body).unwrap_or_else(|d| (Reply::Error(d), Vec::new()));
        frames::write(&mut to, &reply, &body)?;
    }
    drop(listener);
    to.flush()
}

struct Serving {
    works: HashMap<String, Worker>,
    cancel: Arc<AtomicBool>,
}

impl Serving {
    fn answer(&mut self, ask: Ask, body: &[u8]) -> Result<(Reply, Vec<u8>)> {
        match ask {
            Ask::Hello => return Ok((Reply::Version(version()), Vec::new())),
            Ask::Open { work } => {
                let read: Work = read(body)?;
                set_up(&read.limits, &read.options)?;
                let worker = Worker::open(read, &Unopened, self.cancel.clone())?;
                self.works.insert(work, worker);
            }
            Ask::Compute { work } => {
                let tasks: Vec<Task> = read(body)?;
                let Some(worker) = self.works.get(&work) else {
                    return Err(Diagnostic::new(codes::BAD_JOB, "the work is not open"));
                };
                self.cancel.store(false, Ordering::Relaxed);
                let done = worker.compute(tasks, 1, self.cancel.clone(), &Silent)?;
                return Ok((Reply::Done, done.to_bytes()));
            }
            Ask::Close { work } => drop(self.works.remove(&work)),
            Ask::Stop => {}
        }
        Ok((Reply::Done, Vec::new()))
    }
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|e| Diagnostic::new(codes::BAD_JOB, "a message cannot be read").cause(e))
}
