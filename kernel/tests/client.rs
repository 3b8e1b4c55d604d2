//! A front end: sends requests, gathers replies and what is published.

use crate::toy::Toy;
use hmac::{Hmac, Mac};
use rastra_kernel::{Connection, Ending, serve};
use serde_json::{Value, json};
use sha2::Sha256;
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Runtime;
use zeromq::{DealerSocket, ReqSocket, Socket, SocketOptions, SocketRecv, SocketSend, SubSocket, ZmqMessage};

pub const KEY: &str = "a key";
/// Longer than anything here takes; what waits for nothing fails.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Client {
    runtime: Runtime,
    pub connection: Connection,
    shell: DealerSocket,
    control: DealerSocket,
    stdin: DealerSocket,
    iopub: SubSocket,
    /// The kernel's thread.
    pub kernel: Option<JoinHandle<Result<Ending, String>>>,
}

/// A message as it came: channel topics and identities are gone.
#[derive(Clone, Debug)]
pub struct Got {
    pub kind: String,
    pub parent: String,
    pub content: Value,
}

fn free_ports() -> Vec<u64> {
    let listeners: Vec<_> = (0..5).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    listeners.iter().map(|l| u64::from(l.local_addr().unwrap().port())).collect()
}

/// Frames of a request, signed.
pub fn frames(kind: &str, content: Value) -> (String, Vec<Vec<u8>>) {
    let id = uuid::Uuid::new_v4().to_string();
    let header = json!({"msg_id": id, "session": "s", "username": "u", "date": "", "msg_type": kind, "version": "5.3",
        "subshell_id": null});
    let parts = [header, json!({}), json!({}), content].map(|v| v.to_string().into_bytes());
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
    parts.iter().for_each(|p| mac.update(p));
    let signature: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
    let mut frames = vec![b"<IDS|MSG>".to_vec(), signature.into_bytes()];
    frames.extend(parts);
    (id, frames)
}

fn message(frames: Vec<Vec<u8>>) -> ZmqMessage {
    let frames: Vec<bytes::Bytes> = frames.into_iter().map(Into::into).collect();
    ZmqMessage::try_from(frames).unwrap()
}

fn parsed(message: ZmqMessage) -> Got {
    let frames: Vec<Vec<u8>> = message.into_vec().into_iter().map(|f| f.to_vec()).collect();
    let at = frames.iter().position(|f| f == b"<IDS|MSG>").unwrap();
    let json = |i: usize| serde_json::from_slice::<Value>(&frames[at + i]).unwrap();
    Got {
        kind: json(2)["msg_type"].as_str().unwrap().into(),
        parent: json(3)["msg_id"].as_str().unwrap_or_default().into(),
        content: json(5),
    }
}

impl Client {
    /// Starts a kernel on a thread and connects to it.
    pub fn start() -> Client {
        let ports = free_ports();
        let connection = Connection {
            transport: "tcp".into(),
            ip: "127.0.0.1".into(),
            shell: ports[0],
            iopub: ports[1],
            stdin: ports[2],
            control: ports[3],
            heartbeat: ports[4],
            key: KEY.into(),
        };
        let served = connection.clone();
        let kernel = std::thread::spawn(move || serve(&served, Toy::default));
        Client { kernel: Some(kernel), ..Client::connect(connection) }
    }

    /// Another front end of a kernel that runs.
    pub fn connect(connection: Connection) -> Client {
        let runtime = Runtime::new().unwrap();
        let (shell, control, stdin, iopub) = runtime.block_on(async {
            let identity = uuid::Uuid::new_v4().to_string();
            let dealer = async |port: u64| {
                let mut options = SocketOptions::default();
                options.peer_identity(identity.parse().unwrap());
                let mut socket = DealerSocket::with_options(options);
                reach(&mut socket, port).await;
                socket
            };
            let mut iopub = SubSocket::new();
            reach(&mut iopub, connection.iopub).await;
            iopub.subscribe("").await.unwrap();
            (dealer(connection.shell).await, dealer(connection.control).await, dealer(connection.stdin).await, iopub)
        });
        Client { runtime, connection, shell, control, stdin, iopub, kernel: None }
    }

    pub fn send(&mut self, kind: &str, content: Value) -> String {
        let (id, frames) = frames(kind, content);
        self.runtime.block_on(self.shell.send(message(frames))).unwrap();
        id
    }

    pub fn send_raw(&mut self, frames: Vec<Vec<u8>>) {
        self.runtime.block_on(self.shell.send(message(frames))).unwrap();
    }

    /// The next reply on the shell channel.
    pub fn reply(&mut self) -> Got {
        let receive = async { tokio::time::timeout(PATIENCE, self.shell.recv()).await };
        parsed(self.runtime.block_on(receive).expect("a reply comes").unwrap())
    }

    /// Asks on the control channel and waits for the answer.
    pub fn control(&mut self, kind: &str, content: Value) -> Got {
        let (_, frames) = frames(kind, content);
        let ask = async {
            self.control.send(message(frames)).await.unwrap();
            tokio::time::timeout(PATIENCE, self.control.recv()).await
        };
        parsed(self.runtime.block_on(ask).expect("a reply comes").unwrap())
    }

    /// Waits for a question and answers it.
    pub fn answer(&mut self, value: &str) -> Got {
        let asked = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, self.stdin.recv()).await });
        let asked = parsed(asked.expect("a question comes").unwrap());
        let (_, frames) = frames("input_reply", json!({ "value": value }));
        self.runtime.block_on(self.stdin.send(message(frames))).unwrap();
        asked
    }

    /// What is published next, of any request.
    pub fn published(&mut self) -> Got {
        let receive = async { tokio::time::timeout(PATIENCE, self.iopub.recv()).await };
        parsed(self.runtime.block_on(receive).expect("something is published").unwrap())
    }

    /// All that is published for a request, up to its end.
    pub fn until_idle(&mut self, request: &str) -> Vec<Got> {
        let mut all = Vec::new();
        loop {
            let got = self.published();
            if got.parent != request {
                continue;
            }
            let done = got.kind == "status" && got.content["execution_state"] == "idle";
            all.push(got);
            if done {
                return all;
            }
        }
    }

    /// Runs a cell; its reply and what it published.
    pub fn execute(&mut self, code: &str) -> (Got, Vec<Got>) {
        let id = self.send("execute_request", cell(code));
        let published = self.until_idle(&id);
        (self.reply(), published)
    }

    pub fn beat(&mut self, bytes: &'static [u8]) -> Vec<u8> {
        let port = self.connection.heartbeat;
        let beat = self.runtime.block_on(async {
            let mut socket = ReqSocket::new();
            reach(&mut socket, port).await;
            socket.send(message(vec![bytes.to_vec()])).await.unwrap();
            tokio::time::timeout(PATIENCE, socket.recv()).await
        });
        beat.expect("the heart beats").unwrap().into_vec()[0].to_vec()
    }

    /// Stops the kernel and says how it ended.
    pub fn shut_down(&mut self, restart: bool) -> Ending {
        let reply = self.control("shutdown_request", json!({ "restart": restart }));
        assert_eq!(reply.content, json!({ "status": "ok", "restart": restart }));
        self.kernel.take().expect("this client started it").join().unwrap().unwrap()
    }
}

/// The content of an `execute_request` that may not ask.
pub fn cell(code: &str) -> Value {
    json!({ "code": code, "silent": false, "store_history": true, "allow_stdin": false, "stop_on_error": true,
        "user_expressions": {} })
}

/// The kernel may still be starting.
async fn reach(socket: &mut impl Socket, port: u64) {
    let address = format!("tcp://127.0.0.1:{port}");
    for _ in 0..200 {
        if socket.connect(&address).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody listens on {address}");
}
