//! The only task that publishes: it keeps messages in order, gathers the text of streams and welcomes new listeners.

use crate::transport::Frames;
use crate::wire::{Message, Signer};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{oneshot, watch};

/// Text of a stream is held back this long, so that a loop of prints is few messages.
const GATHER: Duration = Duration::from_millis(30);
/// The most bytes of text that are held back.
const GATHER_BYTES: usize = 64 << 10;

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
    /// True once somebody listens.
    open: watch::Receiver<bool>,
}

impl Publisher {
    pub fn start(signer: Signer, out: UnboundedSender<Frames>, mut listeners: UnboundedReceiver<()>) -> Publisher {
        let (queue, items) = unbounded_channel();
        let (opened, open) = watch::channel(false);
        let publisher = Publisher { queue, signer: signer.clone(), open };
        let welcoming = publisher.clone();
        tokio::spawn(async move {
            let mut first = true;
            while listeners.recv().await.is_some() {
                // The welcome must be the first message to a new listener.
                welcoming.publish("iopub_welcome", &json!({}), json!({ "subscription": "" }));
                if std::mem::take(&mut first) {
                    welcoming.status("starting", &json!({}));
                }
                welcoming.barrier().await;
                let _ = opened.send(true);
            }
        });
        tokio::spawn(publish(items, signer, out));
        publisher
    }

    pub fn publish(&self, kind: &str, parent: &Value, content: Value) {
        let _ = self.queue.send(Item::Message(Box::new(self.signer.message(kind, parent, content))));
    }

    pub fn status(&self, state: &str, parent: &Value) {
        self.publish("status", parent, json!({ "execution_state": state }));
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
        let _ = tokio::time::timeout(longest, open.wait_for(|open| *open)).await;
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
