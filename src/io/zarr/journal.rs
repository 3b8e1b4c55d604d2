//! Documents of a store that change together: written down in one object first, so that a run that is killed amid them is
//! completed by the next, and readers see all of them as they will be.

use super::store::Store;
use crate::diagnostic::Cause;
use crate::io::json;
use serde_json::Value;

/// The object that holds them meanwhile. Other readers pass over it.
pub(super) const KEY: &str = ".rastra-append";

/// Documents by key, in the order in which they are written.
pub(super) type Documents = Vec<(String, Value)>;

/// Writes down which documents are to change. From here on the store is what they say.
pub(super) fn begin(store: &Store, documents: &Documents) -> Result<(), Cause> {
    let list: Vec<Value> =
        documents.iter().map(|(key, held)| Value::from(vec![key.clone().into(), held.clone()])).collect();
    store.put(KEY, Value::from(list).to_string().into_bytes())?;
    settle(store)
}

/// Changes the documents, the root's last, and forgets that they were to change.
pub(super) fn end(store: &Store, documents: &Documents) -> Result<(), Cause> {
    let (last, others) = documents.split_last().ok_or("there are no documents")?;
    for (key, document) in others {
        store.put_document(key, document)?;
    }
    settle(store)?;
    store.put_document(&last.0, &last.1)?;
    settle(store)?;
    store.remove(KEY)?;
    settle(store)
}

/// The documents that were to change when a run was killed.
pub(super) fn pending(store: &Store) -> Result<Documents, Cause> {
    let Some(text) = store.get_text(KEY)? else { return Ok(Vec::new()) };
    let damaged = || Cause::from(format!("`{KEY}` cannot be read"));
    let entry = |held: Value| match held {
        Value::Array(parts) => match <[Value; 2]>::try_from(parts) {
            Ok([Value::String(key), document]) => Some((key, document)),
            _ => None,
        },
        _ => None,
    };
    match json::parse(&text)? {
        Value::Array(list) => list.into_iter().map(|held| entry(held).ok_or_else(damaged)).collect(),
        _ => Err(damaged()),
    }
}

/// Changes the documents that a run before did not come to.
pub(super) fn complete(store: &Store) -> Result<bool, Cause> {
    let documents = pending(store)?;
    if !documents.is_empty() {
        end(store, &documents)?;
    }
    Ok(!documents.is_empty())
}

/// Until everything lies where it is read.
fn settle(store: &Store) -> Result<(), Cause> {
    store.settle().map_err(|e| e.below())
}

/// The one of a key.
pub(super) fn of<'a>(documents: &'a [(String, Value)], key: &str) -> Option<&'a Value> {
    documents.iter().find(|(known, _)| known == key).map(|(_, document)| document)
}
