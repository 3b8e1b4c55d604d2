//! The language server: a session behind the Language Server Protocol, on standard input and output.
//!
//! Three threads know a program: this one has its text and answers what follows from that, one checks it, and one
//! completes and explains, so that a server which is slow to answer keeps nobody from typing.

mod address;
mod assistant;
mod checker;
mod client;
mod completion;
mod diagnostics;
mod document;
mod fixes;
mod layout;
mod lines;
mod names;
mod protocol;
mod threads;
mod tokens;
mod transport;

use assistant::{Assistant, Question};
use checker::{Checker, Order};
use client::{Client, Refusal, Reply};
use document::Document;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId};
use protocol::{Changed, Initialize, Opened, Part, Place, Whole};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufReader, IsTerminal, stdin, stdout};
use std::path::PathBuf;
use threads::guarded;

/// Serves an editor until it says so or is no more. Returns the exit code.
pub(crate) fn serve() -> u8 {
    threads::keep_silent();
    if stdin().is_terminal() {
        eprintln!("`rastra lsp` waits for the messages of an editor; docs/editors.md says how to set one up");
    }
    let client = Client::new(stdout());
    let messages = transport::messages(|| Box::new(BufReader::new(stdin())));
    let mut server = Server::new(client.clone());
    while let Ok(message) = messages.recv() {
        let ended = match message {
            Message::Request(request) => {
                let id = request.id.clone();
                let reply = guarded(|| server.request(request));
                let fault = || Some(Err(Refusal(ErrorCode::InternalError, "a fault of rastra".into())));
                if let Some(reply) = reply.unwrap_or_else(fault) {
                    client.reply(id, reply);
                }
                None
            }
            Message::Notification(notification) if notification.method == "exit" => {
                Some(if server.state == State::ShutDown { super::OK } else { super::FAILED })
            }
            Message::Notification(notification) => {
                guarded(|| server.notification(notification));
                None
            }
            // The server asks nothing, so there is nothing to be told.
            Message::Response(_) => None,
        };
        match ended {
            Some(code) => return code,
            None if client.is_gone() => break,
            None => {}
        }
    }
    super::FAILED
}

/// How far the conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Open,
    ShutDown,
}

struct Server {
    state: State,
    checker: Checker,
    assistant: Assistant,
    documents: HashMap<String, Document>,
    /// The folders the editor works in.
    folders: Vec<PathBuf>,
}

/// What a message holds, in the form that its method has.
fn read<T: DeserializeOwned>(params: Value) -> Result<T, Refusal> {
    serde_json::from_value(params).map_err(|error| Refusal(ErrorCode::InvalidParams, error.to_string()))
}

impl Server {
    fn new(client: Client) -> Server {
        let assistant = Assistant::start(client.clone());
        let checker = Checker::start(client, Box::new(assistant.learner()));
        Server { state: State::New, checker, assistant, documents: HashMap::new(), folders: Vec::new() }
    }

    /// The answer to a request; none where another thread will give it.
    fn request(&mut self, request: Request) -> Option<Reply> {
        let Request { id, method, params } = request;
        match (self.state, method.as_str()) {
            (State::New, "initialize") => Some(read(params).map(|params| self.initialize(params))),
            (State::New, _) => Some(Err(Refusal(ErrorCode::ServerNotInitialized, "`initialize` comes first".into()))),
            (State::Open, "shutdown") => {
                self.state = State::ShutDown;
                Some(Ok(Value::Null))
            }
            (State::Open, _) => self.answer(id, &method, params).unwrap_or_else(|refusal| Some(Err(refusal))),
            (State::ShutDown, _) => Some(Err(Refusal(ErrorCode::InvalidRequest, "the server is shut down".into()))),
        }
    }

    fn initialize(&mut self, params: Initialize) -> Value {
        self.state = State::Open;
        let named = params.workspace_folders.into_iter().flatten().map(|folder| folder.uri).chain(params.root_uri);
        self.folders = named.filter_map(|uri| address::path(&uri)).collect();
        if self.folders.is_empty() {
            self.folders.extend(std::env::current_dir());
        }
        if let Some(process) = params.process_id {
            // Nothing is left half done that would have to be tidied up.
            transport::watch(process, || signal_hook::low_level::exit(super::FAILED.into()));
        }
        json!({
            "capabilities": {
                "positionEncoding": "utf-16",
                "textDocumentSync": { "openClose": true, "change": 2, "save": {} },
                "completionProvider": { "triggerCharacters": completion::TRIGGERS, "resolveProvider": true },
                "signatureHelpProvider": { "triggerCharacters": [" "] },
                "hoverProvider": true,
                "definitionProvider": true,
                "referencesProvider": true,
                "documentHighlightProvider": true,
                "documentSymbolProvider": true,
                "documentFormattingProvider": true,
                "renameProvider": { "prepareProvider": true },
                "codeActionProvider": { "codeActionKinds": ["quickfix"] },
                "semanticTokensProvider": {
                    "legend": { "tokenTypes": tokens::LEGEND, "tokenModifiers": [] },
                    "full": true,
                },
            },
            "serverInfo": { "name": "rastra", "version": env!("CARGO_PKG_VERSION") },
        })
    }

    fn answer(&mut self, id: RequestId, method: &str, params: Value) -> Result<Option<Reply>, Refusal> {
        let value = match method {
            "textDocument/completion" => {
                let mut place: Place = read(params)?;
                let trigger = place.context.take().unwrap_or_default().trigger_character;
                return self.ask(id, &place, Question::Complete(trigger)).map(|()| None);
            }
            "textDocument/hover" => return self.ask(id, &read(params)?, Question::Hover).map(|()| None),
            "textDocument/signatureHelp" => return self.ask(id, &read(params)?, Question::Signature).map(|()| None),
            "completionItem/resolve" => completion::resolved(params),
            "textDocument/formatting" => {
                json!(layout::edits(self.document(&read::<Whole>(params)?.text_document.uri)?))
            }
            "textDocument/semanticTokens/full" => {
                json!({ "data": tokens::tokens(self.document(&read::<Whole>(params)?.text_document.uri)?) })
            }
            "textDocument/documentSymbol" => names::symbols(self.document(&read::<Whole>(params)?.text_document.uri)?),
            "textDocument/definition" => {
                let place: Place = read(params)?;
                names::definition(self.at(&place)?, place.position).unwrap_or_default()
            }
            "textDocument/references" => {
                let mut place: Place = read(params)?;
                let with_bound = place.context.take().unwrap_or_default().include_declaration;
                names::references(self.at(&place)?, place.position, with_bound)
            }
            "textDocument/documentHighlight" => {
                let place: Place = read(params)?;
                names::highlights(self.at(&place)?, place.position)
            }
            "textDocument/prepareRename" => {
                let place: Place = read(params)?;
                names::renamable(self.at(&place)?, place.position).unwrap_or_default()
            }
            "textDocument/rename" => {
                let place: Place = read(params)?;
                return Ok(Some(names::rename(self.at(&place)?, place.position, &place.new_name)));
            }
            "textDocument/codeAction" => {
                let part: Part = read(params)?;
                json!(self.checker.fixes(self.document(&part.text_document.uri)?, &part.range))
            }
            _ => return Err(Refusal(ErrorCode::MethodNotFound, format!("`{method}` is not known"))),
        };
        Ok(Some(Ok(value)))
    }

    fn document(&self, uri: &str) -> Result<&Document, Refusal> {
        self.documents.get(uri).ok_or_else(|| Refusal(ErrorCode::InvalidParams, "the text is not open".into()))
    }

    fn at(&self, place: &Place) -> Result<&Document, Refusal> {
        self.document(&place.text_document.uri)
    }

    fn ask(&self, id: RequestId, place: &Place, question: Question) -> Result<(), Refusal> {
        self.assistant.ask(id, self.at(place)?.clone(), place.position, question);
        Ok(())
    }

    /// Takes note of something. What cannot be understood, or comes at a wrong time, is passed over.
    fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        if self.state != State::Open {
            return;
        }
        match method.as_str() {
            "textDocument/didOpen" => {
                let Ok(Opened { text_document: opened }) = read(params) else { return };
                let document = Document::opened(opened.uri.clone(), opened.version, opened.text, &self.folders);
                self.documents.insert(opened.uri, document.clone());
                self.checker.order(Order::Check { document, anew: true });
            }
            "textDocument/didChange" => {
                let Ok(Changed { text_document: changed, content_changes }) = read(params) else { return };
                let Some(document) = self.documents.get_mut(&changed.uri) else { return };
                document.change(changed.version, &content_changes);
                self.checker.order(Order::Check { document: document.clone(), anew: false });
            }
            "textDocument/didSave" => {
                // What it loads may have been written meanwhile, and others may import it.
                let Ok(Whole { text_document: saved }) = read(params) else { return };
                let others = self.documents.values().filter(|document| *document.uri != *saved.uri);
                let own = self.documents.get(&saved.uri);
                for document in own.into_iter().chain(others) {
                    self.checker.order(Order::Check { document: document.clone(), anew: true });
                }
            }
            "textDocument/didClose" => {
                let Ok(Whole { text_document: closed }) = read(params) else { return };
                if let Some(document) = self.documents.remove(&closed.uri) {
                    self.checker.order(Order::Close(document.uri));
                }
            }
            "$/cancelRequest" => {
                if let Ok(id) = serde_json::from_value::<RequestId>(params["id"].clone()) {
                    self.assistant.cancel(&id);
                }
            }
            _ => {}
        }
    }
}
