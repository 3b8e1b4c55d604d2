//! The thread that answers what needs a session: completion, help and usage. It has a copy of that which checked.

use super::client::{Client, Refusal, Reply};
use super::completion;
use super::document::Document;
use super::protocol::{Position, Range};
use super::threads::{self, guarded};
use crate::io::requests;
use crate::lang::complete::signature;
use crate::lang::inspect::Form;
use crate::session::Session;
use lsp_server::{ErrorCode, RequestId};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

/// What is asked of a place in a text.
pub(super) enum Question {
    /// What may be typed, and the sign that was typed where that is why it is asked.
    Complete(Option<String>),
    Hover,
    Signature,
}

enum Job {
    /// A session that knows more, and where the paths of a text begin.
    Known {
        uri: Arc<str>,
        base: PathBuf,
        session: Box<Session>,
    },
    Ask {
        id: RequestId,
        document: Document,
        position: Position,
        question: Question,
    },
}

/// The flags that end the waiting for servers, by the requests that wait.
type Waiting = Mutex<HashMap<RequestId, Arc<AtomicBool>>>;

/// The door to the thread.
pub(super) struct Assistant {
    jobs: Sender<Job>,
    waiting: Arc<Waiting>,
}

impl Assistant {
    pub(super) fn start(client: Client) -> Assistant {
        let (jobs, queue) = mpsc::channel();
        let waiting = Arc::<Waiting>::default();
        let work = Work { client, session: Session::new(), bases: HashMap::new(), waiting: waiting.clone() };
        threads::start("assist", move || work.serve(&queue));
        Assistant { jobs, waiting }
    }

    /// Lets it know what was learned by checking a text.
    pub(super) fn learner(&self) -> impl FnMut(&Document, PathBuf, Session) + Send + 'static {
        let jobs = self.jobs.clone();
        move |document, base, session| {
            let _ = jobs.send(Job::Known { uri: document.uri.clone(), base, session: Box::new(session) });
        }
    }

    pub(super) fn ask(&self, id: RequestId, document: Document, position: Position, question: Question) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), Arc::default());
        let _ = self.jobs.send(Job::Ask { id, document, position, question });
    }

    /// Gives a request up, if it is not answered yet.
    pub(super) fn cancel(&self, id: &RequestId) {
        if let Some(flag) = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).get(id) {
            flag.store(true, Ordering::Relaxed);
        }
    }
}

struct Work {
    client: Client,
    session: Session,
    bases: HashMap<Arc<str>, PathBuf>,
    waiting: Arc<Waiting>,
}

impl Work {
    fn serve(mut self, queue: &Receiver<Job>) {
        while let Ok(job) = queue.recv() {
            match job {
                Job::Known { uri, base, session } => {
                    self.session = *session;
                    self.bases.insert(uri, base);
                }
                Job::Ask { id, document, position, question } => {
                    let flag = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
                    let flag = flag.unwrap_or_default();
                    let reply = self.answer(&flag, &document, position, &question);
                    self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                    self.client.reply(id, reply);
                }
            }
        }
    }

    fn answer(
        &mut self,
        flag: &Arc<AtomicBool>,
        document: &Document,
        position: Position,
        question: &Question,
    ) -> Reply {
        let canceled = || Err(Refusal(ErrorCode::RequestCanceled, "no longer wanted".into()));
        if flag.load(Ordering::Relaxed) {
            return canceled();
        }
        let base = self.bases.get(&document.uri).or(document.bases.first()).cloned().unwrap_or_default();
        self.session.set_base(base);
        self.session.obey(flag.clone());
        let _patience = requests::wait_until(flag);
        let answered = guarded(|| match question {
            Question::Complete(trigger) => self.complete(document, position, trigger.as_deref()),
            Question::Hover => self.hover(document, position),
            Question::Signature => usage(document, position),
        });
        match answered {
            _ if flag.load(Ordering::Relaxed) => {
                requests::leave_behind();
                canceled()
            }
            Some(answer) => Ok(answer.unwrap_or(Value::Null)),
            None => {
                self.session = Session::new();
                Err(Refusal(ErrorCode::InternalError, "a fault of rastra".into()))
            }
        }
    }

    fn complete(&mut self, document: &Document, position: Position, trigger: Option<&str>) -> Option<Value> {
        let first = completion::list(&self.session, document, position, trigger);
        // Nothing in a text tells where its paths begin until one of them leads somewhere.
        let mut others = document.bases.iter().skip(1);
        let found = first.or_else(|| {
            others.find_map(|base| {
                self.session.set_base(base);
                completion::list(&self.session, document, position, trigger)
            })
        });
        found.or_else(|| Some(json!({ "isIncomplete": true, "items": [] })))
    }

    fn hover(&self, document: &Document, position: Position) -> Option<Value> {
        let (word, text) = self.session.inspect(&document.text, document.byte(position), Form::Markdown)?;
        let range: Range = document.lines().range(word);
        Some(json!({ "contents": { "kind": "markdown", "value": text.trim_end() }, "range": range }))
    }
}

/// The usage of the stage that is typed, with what comes next.
fn usage(document: &Document, position: Position) -> Option<Value> {
    let found = signature(&document.text, document.byte(position))?;
    let units = |text: &str| text.encode_utf16().count();
    let mut label = String::new();
    let mut parts = Vec::new();
    for (number, part) in found.parts.iter().enumerate() {
        if number > 0 {
            label.push(' ');
        }
        let start = units(&label);
        label.push_str(part);
        let about = number.checked_sub(1).and_then(|number| found.verb.arguments().nth(number)).map(|param| param.help);
        parts.push(json!({ "label": [start, units(&label)], "documentation": about.unwrap_or(found.verb.summary) }));
    }
    Some(json!({
        "signatures": [{ "label": label, "documentation": found.verb.summary, "parameters": parts }],
        "activeSignature": 0,
        "activeParameter": found.active,
    }))
}
