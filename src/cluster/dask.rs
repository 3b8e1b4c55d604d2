//! Runs on Dask: a Python program, which is part of this one, talks to the scheduler; its workers run `rastra job serve`.

use super::frames;
use super::groups::cut;
use super::here::version;
use super::serve::Reply;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::exec::{Done, Executor, Limits, Work};
use crate::io::SharedTarget;
use crate::io::source::go_on;
use crate::program;
use serde::{Deserialize, Serialize};
use std::io::{BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const DRIVER: &str = include_str!("dask/driver.py");

/// The Python that the driver runs in.
const PYTHON: &str = "RASTRA_PYTHON";

/// The Python that is started, and whether the environment names it.
pub(super) fn python() -> (String, bool) {
    match std::env::var(PYTHON) {
        Ok(named) => (named, true),
        Err(_) => ("python3".into(), false),
    }
}

/// Groups for each process: so many that the last ones end at about the same time.
const GROUPS_A_PROCESS: usize = 16;

/// Groups under way for each process: one is computed, the next one waits at its door.
const AHEAD: usize = 2;

/// How long the driver may take to leave.
const FAREWELL: Duration = Duration::from_secs(10);

/// What the driver is told.
#[derive(Serialize)]
#[serde(tag = "tell", rename_all = "snake_case")]
enum Tell<'a> {
    Connect {
        address: Option<&'a str>,
        processes: usize,
        binary: &'a str,
        version: &'a str,
    },
    /// The body is the work without its tasks.
    Work {
        key: &'a str,
    },
    /// The body is a list of tasks.
    Group {
        key: &'a str,
        group: usize,
    },
    /// Nothing of a work is needed any more.
    Leave {
        key: &'a str,
    },
}

/// What the driver says.
#[derive(Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
enum Say {
    Connected {
        processes: usize,
        /// Bytes that each process may take.
        memory: Option<u64>,
    },
    /// What a worker answered; the body is what was made.
    Group { key: String, reply: Reply },
    /// What went wrong with Dask, and a way out.
    Failed { problem: String, cause: String, help: Option<String> },
}

/// A cluster to which this process is connected.
pub(super) struct Cluster {
    driver: Mutex<Driver>,
    processes: usize,
    memory: Option<u64>,
    works: AtomicU64,
}

struct Driver {
    child: Child,
    to: Option<ChildStdin>,
    from: Receiver<(Say, Vec<u8>)>,
    /// The end of what it and the libraries in it said for people.
    words: Arc<Mutex<String>>,
}

impl Cluster {
    pub(super) fn connect(address: &str, own: &Limits) -> Result<Cluster> {
        let mut driver = Driver::start()?;
        let binary = program::named()
            .map_or_else(std::env::current_exe, Ok)
            .map_err(|e| no_workers("this program cannot find itself").cause(e))?;
        let scheduler = address.strip_prefix("dask://").map(|rest| match rest.split_once("://") {
            Some(_) => rest.to_string(),
            None => format!("tcp://{rest}"),
        });
        driver.tell(
            &Tell::Connect {
                address: scheduler.as_deref(),
                processes: own.threads.max(1),
                binary: &binary.to_string_lossy(),
                version: &version(),
            },
            &[],
        )?;
        loop {
            match driver.from.recv() {
                Ok((Say::Connected { processes, memory }, _)) => {
                    return Ok(Cluster { driver: driver.into(), processes, memory, works: AtomicU64::new(0) });
                }
                Ok((Say::Failed { problem, cause, help }, _)) => {
                    return Err(no_workers(problem).cause(cause).help_if(help));
                }
                Ok((Say::Group { .. }, _)) => {}
                Err(_) => return Err(driver.gone()),
            }
        }
    }

    /// Whether the driver is still there.
    pub(super) fn is_alive(&self) -> bool {
        let mut driver = self.driver.lock().unwrap_or_else(|e| e.into_inner());
        matches!(driver.child.try_wait(), Ok(None))
    }
}

impl Executor for Cluster {
    fn limits(&self, own: &Limits) -> Limits {
        // Beside what tasks hold, a process has its libraries and what it sends.
        let share = |memory: u64| memory / 5 * 3;
        Limits {
            threads: 1,
            processes: self.processes,
            memory: self.memory.map_or(own.memory, |memory| own.memory.min(share(memory))),
            ..own.clone()
        }
    }

    fn shares(&self, _: &SharedTarget) -> bool {
        true
    }

    fn run(&self, work: &Work, take: &(dyn Fn(Done) -> Result<()> + Sync), cancel: &AtomicBool) -> Result<()> {
        let mut driver = self.driver.lock().unwrap_or_else(|e| e.into_inner());
        let key = self.works.fetch_add(1, Ordering::Relaxed).to_string();
        let head = serde_json::to_vec(&work.with(Vec::new())).unwrap_or_default();
        driver.tell(&Tell::Work { key: &key }, &head)?;
        let result = driver.compute(&key, work, self.processes, take, cancel);
        // What is under way is of no use to anybody.
        driver.tell(&Tell::Leave { key: &key }, &[])?;
        result
    }
}

impl Driver {
    fn start() -> Result<Driver> {
        let (python, _) = python();
        let mut command = Command::new(&python);
        command.args(["-u", "-c", DRIVER]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C is for this process, which then tells the driver.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let failed = |e: std::io::Error| {
            no_workers(format!("`{python}` cannot be started"))
                .cause(e)
                .help(format!("`{PYTHON}` names a Python that has `distributed`"))
        };
        let mut child = command.spawn().map_err(failed)?;
        let (Some(to), Some(from), Some(mut words)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            unreachable!("all three were asked for")
        };
        let (say, said) = channel();
        let kept = Arc::new(Mutex::new(String::new()));
        let keep = kept.clone();
        let listen = move || {
            let mut from = BufReader::new(from);
            while let Ok(Some(message)) = frames::read(&mut from) {
                if say.send(message).is_err() {
                    return;
                }
            }
        };
        let overhear = move || {
            let mut bytes = [0; 4096];
            while let Ok(n) = words.read(&mut bytes) {
                if n == 0 {
                    return;
                }
                let mut kept = keep.lock().unwrap_or_else(|e| e.into_inner());
                kept.push_str(&String::from_utf8_lossy(&bytes[..n]));
                let excess = kept.len().saturating_sub(8192);
                let start = (excess..kept.len()).find(|at| kept.is_char_boundary(*at)).unwrap_or(0);
                kept.drain(..start);
            }
        };
        std::thread::Builder::new().spawn(listen).map_err(failed)?;
        std::thread::Builder::new().spawn(overhear).map_err(failed)?;
        Ok(Driver { child, to: Some(to), from: said, words: kept })
    }

    fn tell(&mut self, head: &Tell, body: &[u8]) -> Result<()> {
        let told = self.to.as_mut().map(|to| frames::write(to as &mut dyn Write, head, body));
        if matches!(told, Some(Ok(()))) { Ok(()) } else { Err(self.gone()) }
    }

    /// The driver has ended, and nobody asked it to.
    fn gone(&mut self) -> Box<Diagnostic> {
        let _ = self.child.wait();
        let words = self.words.lock().unwrap_or_else(|e| e.into_inner());
        let last = words.trim_end().lines().last().unwrap_or_default().to_string();
        no_workers("the connection to Dask has ended").cause(last)
    }

    fn compute(
        &mut self,
        key: &str,
        work: &Work,
        processes: usize,
        take: &(dyn Fn(Done) -> Result<()> + Sync),
        cancel: &AtomicBool,
    ) -> Result<()> {
        let mut groups = cut(&work.job.tasks, processes * GROUPS_A_PROCESS).enumerate();
        let mut under_way = 0;
        loop {
            while under_way < processes * AHEAD
                && let Some((group, tasks)) = groups.next()
            {
                let body = serde_json::to_vec(tasks).unwrap_or_default();
                self.tell(&Tell::Group { key, group }, &body)?;
                under_way += 1;
            }
            if under_way == 0 {
                return Ok(());
            }
            go_on(cancel)?;
            let (said, body) = match self.from.recv_timeout(Duration::from_millis(100)) {
                Ok(said) => said,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return Err(self.gone()),
            };
            match said {
                Say::Group { key: of, reply, .. } if of == key => {
                    under_way -= 1;
                    match reply {
                        Reply::Done => take(Done::from_bytes(&body)?)?,
                        Reply::Error(diagnostic) => return Err(diagnostic),
                        Reply::Version(_) => {}
                    }
                }
                Say::Failed { problem, cause, help } => return Err(no_workers(problem).cause(cause).help_if(help)),
                // Of a work that was left.
                Say::Group { .. } | Say::Connected { .. } => {}
            }
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It leaves when nobody talks to it any more.
        self.to = None;
        let end = Instant::now() + FAREWELL;
        while Instant::now() < end {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn no_workers(problem: impl Into<String>) -> Box<Diagnostic> {
    Diagnostic::new(codes::NO_WORKERS, problem)
}
