//! The only task that publishes: it keeps messages in order, gathers the text of streams and welcomes new listeners.

use crate::transport::Frames;
use crate::wire::{Message, Signer};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{oneshot, watch};

/// Text of a stream is held back this long, so that a loop of prints is few messages.
const GATHER: Duration = Duration::from_millis(30);
/// The most bytes of text that are held back.
const GATHER_BYTES: usize = 64 << 10;
/// ZeroMQ tries to connect again after 100 to 200 ms: whoever waited for the kernel has subscribed so long after the first.
const SETTLING: Duration = Duration::from_millis(250);
/// So long, and of so many requests, a new listener is told that they have ended.
const RECENT: Duration = Duration::from_secs(2);
const MOST_RECENT: usize = 16;

enum Item {
    Stream { name: &'static str, text: String, parent: Value },
    Message(Box<Message>),
    Barrier(oneshot::Sender<()>),
}

/// The way to the publisher, for any thread.
#[derive(Clone)]
pub struct Publisher {
    queue: UnboundedSender<Item>,
    signer: Signer,
    /// The time at which somebody listened first.
    open: watch::Receiver<Option<Instant>>,
    states: Arc<Mutex<States>>,
}

/// What was said of the kernel's state.
#[derive(Default)]
struct States {
    /// The headers of requests that ended lately.
    ended: VecDeque<(Instant, Value)>,
    /// The header of the request that keeps the kernel busy, if that was said last.
    busy: Option<Value>,
}

impl Publisher {
    pub fn start(signer: Signer, out: UnboundedSender<Frames>, mut listeners: UnboundedReceiver<()>) -> Publisher {
        let (queue, items) = unbounded_channel();
        let (opened, open) = watch::channel(None);
        let publisher = Publisher { queue, signer: signer.clone(), open, states: Arc::default() };
        let welcoming = publisher.clone();
        tokio::spawn(async move {
            let mut first = true;
            while listeners.recv().await.is_some() {
                // The welcome must be the first message to a new listener.
                welcoming.publish("iopub_welcome", &json!({}), json!({ "subscription": "" }));
                if first {
                    welcoming.status("starting", &json!({}));
                }
                welcoming.tell_again();
                welcoming.barrier().await;
                if std::mem::take(&mut first) {
                    let _ = opened.send(Some(Instant::now()));
                }
            }
        });
        tokio::spawn(publish(items, signer, out));
        publisher
    }

    pub fn publish(&self, kind: &str, parent: &Value, content: Value) {
        let _ = self.queue.send(Item::Message(Box::new(self.signer.message(kind, parent, content))));
    }

    pub fn status(&self, state: &str, parent: &Value) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.busy = (state == "busy").then(|| parent.clone());
        if state == "idle" {
            states.ended.push_back((Instant::now(), parent.clone()));
            if states.ended.len() > MOST_RECENT {
                states.ended.pop_front();
            }
        }
        // Under the lock: what is remembered last is published last.
        self.tell(state, parent);
    }

    fn tell(&self, state: &str, parent: &Value) {
        self.publish("status", parent, json!({ "execution_state": state }));
    }

    /// Tells once more which requests have ended: whoever asked before its subscription had arrived waits for that.
    fn tell_again(&self) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.ended.retain(|(at, _)| at.elapsed() < RECENT);
        states.ended.iter().for_each(|(_, parent)| self.tell("idle", parent));
        // Front ends show the state that came last.
        if let Some(parent) = states.busy.as_ref().filter(|_| !states.ended.is_empty()) {
            self.tell("busy", parent);
        }
    }

    pub fn stream(&self, name: &'static str, text: String, parent: &Value) {
        let _ = self.queue.send(Item::Stream { name, text, parent: parent.clone() });
    }

    /// Returns when all earlier messages have been handed to the socket.
    pub async fn barrier(&self) {
        let (done, waiting) = oneshot::channel();
        if self.queue.send(Item::Barrier(done)).is_ok() {
            let _ = waiting.await;
        }
    }

    /// The same for a thread outside the runtime.
    pub fn blocking_barrier(&self) {
        let (done, waiting) = oneshot::channel();
        if self.queue.send(Item::Barrier(done)).is_ok() {
            let _ = waiting.blocking_recv();
        }
    }

    /// Waits until somebody listens, at most for `longest`: a client may ask before its subscription has arrived, and
    /// would miss that the kernel is idle again.
    pub async fn opened(&self, longest: Duration) {
        let mut open = self.open.clone();
        let _ = tokio::time::timeout(longest, open.wait_for(Option::is_some)).await;
    }

    /// Waits until all who waited for the kernel listen. What a cell shows is published once, so nobody must miss it.
    pub async fn settled(&self) {
        let first = *self.open.borrow();
        let left = first.map_or(Duration::ZERO, |at| SETTLING.saturating_sub(at.elapsed()));
        if !left.is_zero() {
            tokio::time::sleep(left).await;
        }
    }
}

async fn publish(mut items: UnboundedReceiver<Item>, signer: Signer, out: UnboundedSender<Frames>) {
    let mut held: Option<(&'static str, String, Value)> = None;
    let send = |mut message: Message| {
        // The topic of the message; front ends subscribe to all topics.
        message.identities = vec![message.kind().as_bytes().to_vec()];
        let _ = out.send(signer.encode(&message));
    };
    let flush = |held: &mut Option<(&'static str, String, Value)>| {
        if let Some((name, text, parent)) = held.take() {
            send(signer.message("stream", &parent, json!({ "name": name, "text": text })));
        }
    };
    loop {
        let item = match &held {
            None => items.recv().await,
            Some(_) => match tokio::time::timeout(GATHER, items.recv()).await {
                Ok(item) => item,
                Err(_) => {
                    flush(&mut held);
                    continue;
                }
            },
        };
        match item {
            None => {
                flush(&mut held);
                return;
            }
            Some(Item::Stream { name, text, parent }) => {
                let goes_on = held.as_ref().is_some_and(|(n, _, p)| *n == name && *p == parent);
                if !goes_on {
                    flush(&mut held);
                }
                let (_, gathered, _) = held.get_or_insert_with(|| (name, String::new(), parent));
                gathered.push_str(&text);
                if gathered.len() >= GATHER_BYTES {
                    flush(&mut held);
                }
            }
            Some(Item::Message(message)) => {
                flush(&mut held);
                send(*message);
            }
            Some(Item::Barrier(done)) => {
                flush(&mut held);
                let _ = done.send(());
            }
        }
    }
}
