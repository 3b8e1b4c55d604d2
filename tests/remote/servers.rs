//! Servers of `tests/servers` as child processes, and the command that asks them.

use crate::support::root;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server that ends with the test.
pub(super) struct Server {
    child: Child,
    /// What it printed when it was ready: its port first.
    pub ready: Vec<String>,
}

impl Server {
    /// `script` is a file of `tests/servers`.
    pub(super) fn start(script: &str, args: &[&str]) -> Server {
        let python = root().join(".venv/bin/python");
        assert!(python.exists(), "the Python libraries are missing: `./setup.sh test` installs them and runs this");
        let mut child = Command::new(python)
            .arg(root().join("tests/servers").join(script))
            .args(args)
            // Nothing of the user's own is to be sent to it, and it asks nobody either.
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("STAC_FASTAPI_TITLE", "test")
            // It ends when this pipe does, even if the test is killed.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Vec<String> = line.split_whitespace().map(str::to_string).collect();
        assert!(!ready.is_empty(), "{script} did not start");
        Server { child, ready }
    }

    /// `web.py` on a folder.
    pub(super) fn web(folder: &Path, more: &[&str]) -> Server {
        Server::start("web.py", &[&[folder.to_str().unwrap()], more].concat())
    }

    pub(super) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.ready[0])
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.host())
    }

    /// The requests so far.
    pub(super) fn log(&self) -> Vec<Value> {
        let mut stream = TcpStream::connect(self.host()).unwrap();
        stream.write_all(b"GET /log HTTP/1.0\r\nhost: test\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a run of the command left: code, standard output and standard error.
#[derive(Debug)]
pub(super) struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs a program as a user would who has set these variables, and nothing else that leads to a server. Busy servers are
/// asked again soon. Whatever the run says holds no secret.
#[track_caller]
pub(super) fn rastra(program: &str, env: &[(&str, &str)]) -> Run {
    let ran = command(env).args(["-c", program]).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    // The text of the program comes back under an error, with what its writer put into it.
    let (out, err) = (text(ran.stdout), text(ran.stderr).replace(program, "PROGRAM"));
    for (what, text) in [("output", &out), ("messages", &err)] {
        assert!(!text.contains("HUSH"), "a secret in the {what} of\n{program}\n{text}");
    }
    Run { code: ran.status.code().unwrap(), out, err }
}

/// The command in an environment of its own.
pub(super) fn command(env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rastra"));
    command.env_clear().stdin(Stdio::null());
    for kept in ["PATH", "LD_LIBRARY_PATH", "PROJ_DATA", "PROJ_LIB", "GDAL_DATA"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command.env("HOME", "/nonexistent").env("GDAL_HTTP_RETRY_DELAY", "0.05").envs(env.iter().copied());
    command
}

impl Run {
    /// It worked; what it printed.
    #[track_caller]
    pub(super) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}", self.err);
        self.out
    }

    /// It failed with this number, saying each of the words.
    #[track_caller]
    pub(super) fn fails(self, number: &str, words: &[&str]) -> String {
        assert!(self.err.contains(&format!("error[{number}]")), "{number} is not in\n{}{}", self.out, self.err);
        for word in words {
            assert!(self.err.contains(word), "`{word}` is not in\n{}", self.err);
        }
        self.err
    }
}
