//! Threads for requests, apart from those that compute: waiting for a server costs nothing, so there are many.
//!
//! Hosts take turns, so that a slow one with a long queue does not keep the others waiting. Threads begin when there is
//! something to ask, and end when there has been nothing for a while.

use std::cell::Cell;
use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Requests under way at a time, unless `set requests` says otherwise.
pub(crate) const REQUESTS: usize = 32;

/// A thread that has had nothing to do for so long ends.
const IDLE: Duration = Duration::from_secs(10);

/// Requests are small calls of a library, which need no more.
const STACK: usize = 512 << 10;

/// Something that waits for a server; it is run on one of the threads.
pub(crate) type Task = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Queues {
    most: usize,
    threads: usize,
    idle: usize,
    /// Threads of earlier times end as soon as they can: they were left behind.
    time: u64,
    /// Tasks in the queues of all hosts.
    waiting: usize,
    hosts: HashMap<String, Host>,
    /// The hosts that have something to ask, in the order of their turns.
    turns: VecDeque<String>,
}

#[derive(Default)]
struct Host {
    tasks: VecDeque<Task>,
    /// It has asked not to be asked before.
    paused: Option<Instant>,
}

static QUEUES: LazyLock<Mutex<Queues>> = LazyLock::new(|| Mutex::new(Queues { most: REQUESTS, ..Queues::default() }));
static CHANGED: Condvar = Condvar::new();

fn queues() -> MutexGuard<'static, Queues> {
    QUEUES.lock().unwrap_or_else(|e| e.into_inner())
}

/// How many requests may be under way at a time, from now on.
pub(crate) fn set_requests(most: usize) {
    queues().most = most.max(1);
    CHANGED.notify_all();
}

/// How many requests may be under way at a time.
pub(crate) fn requests() -> usize {
    queues().most
}

thread_local! {
    static IS_HERE: Cell<bool> = const { Cell::new(false) };
}

/// Whether this is one of the threads of the pool.
pub(super) fn is_here() -> bool {
    IS_HERE.get()
}

/// Requests that nobody waits for any more keep no thread from the next ones: those under way end as they may, on threads
/// that do not count.
pub(crate) fn leave_behind() {
    let mut queues = queues();
    (queues.threads, queues.idle) = (0, 0);
    queues.time += 1;
    // What still stands in the queues needs a thread to come to it.
    let left = queues.waiting.min(queues.most);
    (0..left).for_each(|_| queues.begin_thread());
    drop(queues);
    CHANGED.notify_all();
}

/// Puts a task at the end of the queue of its host.
pub(crate) fn submit(host: &str, task: Task) {
    put(host, task, |tasks, task| tasks.push_back(task));
}

/// Puts a task before all others of its host: someone waits for it, or has waited already.
pub(crate) fn submit_first(host: &str, task: Task) {
    put(host, task, |tasks, task| tasks.push_front(task));
}

/// Nobody asks a host before then: it said so, or it failed just now.
pub(crate) fn pause(host: &str, until: Instant) {
    let mut queues = queues();
    let paused = &mut queues.hosts.entry(host.to_string()).or_default().paused;
    *paused = Some(paused.map_or(until, |earlier| earlier.max(until)));
}

/// Until when a host is not to be asked.
pub(super) fn paused(host: &str) -> Option<Instant> {
    queues().hosts.get(host).and_then(|host| host.paused)
}

fn put(host: &str, task: Task, place: impl FnOnce(&mut VecDeque<Task>, Task)) {
    let mut queues = queues();
    place(&mut queues.hosts.entry(host.to_string()).or_default().tasks, task);
    if !queues.turns.iter().any(|waiting| waiting == host) {
        queues.turns.push_back(host.to_string());
    }
    queues.waiting += 1;
    // Threads that were woken for earlier tasks count as idle until they run.
    if queues.waiting > queues.idle && queues.threads < queues.most {
        queues.begin_thread();
    }
    drop(queues);
    CHANGED.notify_one();
}

/// What a thread does: one task after the other, of each host in turn.
fn work(time: u64) {
    IS_HERE.set(true);
    let mut queues = queues();
    loop {
        if queues.time != time {
            return;
        }
        if queues.threads > queues.most {
            queues.threads -= 1;
            return;
        }
        let wait = match queues.next() {
            Ok(task) => {
                drop(queues);
                // A task that panics takes down its own answer, not the thread that others need.
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(task));
                queues = self::queues();
                continue;
            }
            Err(wait) => wait,
        };
        queues.idle += 1;
        let (woken, timeout) = CHANGED.wait_timeout(queues, wait.unwrap_or(IDLE)).unwrap_or_else(|e| e.into_inner());
        queues = woken;
        if queues.time != time {
            return;
        }
        queues.idle -= 1;
        if timeout.timed_out() && wait.is_none() && queues.turns.is_empty() {
            queues.threads -= 1;
            return;
        }
    }
}

impl Queues {
    fn begin_thread(&mut self) {
        let time = self.time;
        let begun = std::thread::Builder::new().name("request".into()).stack_size(STACK).spawn(move || work(time));
        // Where it cannot begin, those that run will come to the task; the first can on a machine that runs anything.
        self.threads += usize::from(begun.is_ok());
    }

    /// The next task, or how long to wait for one; nothing to wait for where no host has any.
    fn next(&mut self) -> Result<Task, Option<Duration>> {
        let now = Instant::now();
        let mut soonest: Option<Duration> = None;
        for _ in 0..self.turns.len() {
            let Some(name) = self.turns.pop_front() else { break };
            let Some(host) = self.hosts.get_mut(&name) else { continue };
            if let Some(left) = host.paused.map(|until| until.saturating_duration_since(now)).filter(|d| !d.is_zero()) {
                soonest = Some(soonest.map_or(left, |known| known.min(left)));
                self.turns.push_back(name);
                continue;
            }
            host.paused = None;
            let Some(task) = host.tasks.pop_front() else { continue };
            self.waiting -= 1;
            if !host.tasks.is_empty() {
                self.turns.push_back(name);
            }
            return Ok(task);
        }
        Err(soonest)
    }
}
