//! Messages as they travel: identities, a delimiter, a signature and four JSON documents.

use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// The version of the messaging specification that is spoken.
pub const VERSION: &str = "5.4";

const DELIMITER: &[u8] = b"<IDS|MSG>";

/// A message of Jupyter. Headers stay JSON as it came, so that a reply carries its parent's header verbatim.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The routing prefix: the sender to answer, or a topic.
    pub identities: Vec<Vec<u8>>,
    pub header: Value,
    pub parent: Value,
    pub metadata: Value,
    pub content: Value,
    pub buffers: Vec<Vec<u8>>,
}

impl Message {
    /// The type of the message, such as `execute_request`.
    pub fn kind(&self) -> &str {
        self.header["msg_type"].as_str().unwrap_or_default()
    }

    /// A reply to the sender of `self`.
    pub fn reply(&self, kind: &str, content: Value, from: &Signer) -> Message {
        Message { identities: self.identities.clone(), ..from.message(kind, &self.header, content) }
    }
}

/// Makes and checks messages of one session.
#[derive(Clone)]
pub struct Signer {
    mac: Option<Hmac<Sha256>>,
    session: String,
    seen: Arc<Mutex<Seen>>,
}

/// As many signatures are remembered as by Jupyter's own sessions.
const REMEMBERED: usize = 1 << 16;

/// Signatures of messages that came: whoever listens on a connection cannot sign, but could send what was sent once more.
#[derive(Default)]
struct Seen {
    all: HashSet<Vec<u8>>,
    order: VecDeque<Vec<u8>>,
}

impl Seen {
    /// Whether it is new.
    fn take(&mut self, signature: Vec<u8>) -> bool {
        let is_new = self.all.insert(signature.clone());
        if is_new {
            self.order.push_back(signature);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.all.remove(&oldest);
        }
        is_new
    }
}

impl Signer {
    /// A signer for a key; with an empty key, messages are not signed.
    pub fn new(key: &str) -> Signer {
        let mac = (!key.is_empty()).then(|| Hmac::new_from_slice(key.as_bytes()).ok()).flatten();
        Signer { mac, session: uuid::Uuid::new_v4().to_string(), seen: Arc::default() }
    }

    /// A message that belongs to the request with the header `parent`.
    pub fn message(&self, kind: &str, parent: &Value, content: Value) -> Message {
        let date = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        let header = json!({
            "msg_id": uuid::Uuid::new_v4().to_string(),
            "session": self.session,
            "username": "kernel",
            "date": date,
            "msg_type": kind,
            "version": VERSION,
        });
        Message { identities: vec![], header, parent: parent.clone(), metadata: json!({}), content, buffers: vec![] }
    }

    /// The frames of a message, signed.
    pub fn encode(&self, message: &Message) -> Vec<Vec<u8>> {
        let parts = [&message.header, &message.parent, &message.metadata, &message.content];
        let parts = parts.map(|part| part.to_string().into_bytes());
        let mut frames = message.identities.clone();
        frames.push(DELIMITER.to_vec());
        frames.push(self.sign(&parts).into_bytes());
        frames.extend(parts);
        frames.extend(message.buffers.iter().cloned());
        frames
    }

    /// The message of some frames; nothing if they are no message, not signed by the key, or came before.
    pub fn decode(&self, frames: Vec<Vec<u8>>) -> Option<Message> {
        let at = frames.iter().position(|f| f == DELIMITER)?;
        let [signature, parts @ ..] = &frames[at + 1..] else { return None };
        let parts: &[Vec<u8>; 4] = parts.first_chunk()?;
        if let Some(mac) = &self.mac {
            let mut mac = mac.clone();
            parts.iter().for_each(|part| mac.update(part));
            let signature = bytes(signature)?;
            mac.verify_slice(&signature).ok()?;
            let is_new = self.seen.lock().unwrap_or_else(PoisonError::into_inner).take(signature);
            is_new.then_some(())?;
        }
        let value = |part: &[u8]| serde_json::from_slice::<Value>(part).ok();
        // Some clients have null or an empty text where there is nothing to say.
        let object = |part: &[u8]| value(part).map(|value| if value.is_object() { value } else { json!({}) });
        let message = Message {
            identities: frames[..at].to_vec(),
            header: value(&parts[0]).filter(Value::is_object)?,
            parent: object(&parts[1])?,
            metadata: object(&parts[2])?,
            content: object(&parts[3])?,
            buffers: frames[at + 6..].to_vec(),
        };
        (!message.kind().is_empty()).then_some(message)
    }

    fn sign(&self, parts: &[Vec<u8>]) -> String {
        let Some(mac) = &self.mac else { return String::new() };
        let mut mac = mac.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// The bytes of hexadecimal digits.
fn bytes(hex: &[u8]) -> Option<Vec<u8>> {
    let digit = |c: u8| (c as char).to_digit(16).map(|d| d as u8);
    hex.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests;
