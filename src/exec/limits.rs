//! How a run may use the machine, and numbers of bytes as text.

use crate::cube::geobox::trim;
use crate::io::requests;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

/// How a run may use the machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Threads that compute.
    pub threads: usize,
    /// Bytes the tasks in flight may hold.
    pub memory: u64,
    /// Processes that share the tasks; threads and memory are those of each.
    pub processes: usize,
    /// Requests to servers under way at a time.
    pub requests: usize,
    /// How long a server may be silent before it is given up for this time.
    pub silence: Duration,
    /// How long a pause a server may ask for (`Retry-After`) before that counts as a refusal.
    pub pause: Duration,
    /// Pages that a catalog may have before it is taken for endless.
    pub pages: usize,
    /// Pixels along an edge of a task instead of what the planner would choose; for tests.
    pub tile: Option<usize>,
    /// Whether plans go through the rules that make them cheaper.
    pub optimize: bool,
}

impl Limits {
    /// Threads of all processes, which are to be kept busy.
    pub(crate) fn busy(&self) -> usize {
        self.threads.max(1) * self.processes.max(1)
    }

    /// Requests to servers keep to these limits from now on.
    pub(crate) fn hold_for_requests(&self) {
        let Limits { requests, silence, pause, pages, memory, .. } = *self;
        requests::Allowed { requests, silence, pause, pages, memory }.allow();
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            threads: std::thread::available_parallelism().map_or(1, |n| n.get()),
            memory: half_of_memory(),
            processes: 1,
            requests: requests::REQUESTS,
            silence: requests::SILENCE,
            pause: requests::PAUSE,
            pages: requests::PAGES,
            tile: None,
            optimize: true,
        }
    }
}

impl Limits {
    /// Bytes of results that may be held for all tasks. Tests that choose the size of tasks let none be held, so that
    /// plans are computed both ways.
    pub(crate) fn to_hold(&self) -> u64 {
        if self.tile.is_none() { self.memory / 4 } else { 0 }
    }
}

/// Half of the machine's memory, or of what a container or the process (`ulimit -v`) is allowed.
fn half_of_memory() -> u64 {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let total = read("/proc/meminfo")
        .and_then(|text| {
            let line = text.lines().find(|l| l.starts_with("MemTotal:"))?.to_string();
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        })
        .map_or(4 << 30, |kib| kib * 1024);
    let limit = control_group().unwrap_or(u64::MAX);
    // The program, its libraries and the stacks of threads count there, too.
    let addresses = read("/proc/self/limits").and_then(|text| addresses(&text)).unwrap_or(u64::MAX);
    (total.min(limit) / 2).min(addresses / 4)
}

/// The least memory that a control group of this process allows, in either version of their file system.
pub(crate) fn control_group() -> Option<u64> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let limit = |folder: &Path, file: &str| -> Option<u64> {
        std::fs::read_to_string(folder.join(file)).ok()?.trim().parse().ok()
    };
    let of = |line: &str| -> Option<u64> {
        let (kinds, path) = line.split_once(':')?.1.split_once(':')?;
        let (root, file) = match kinds {
            "" => ("/sys/fs/cgroup", "memory.max"),
            _ if kinds.split(',').any(|kind| kind == "memory") => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            _ => return None,
        };
        // What holds for a group holds for those below it. In a container the path may be that of the machine outside, of
        // which only the root is seen.
        let folder = Path::new(root).join(path.trim_start_matches('/'));
        folder.ancestors().take_while(|folder| folder.starts_with(root)).filter_map(|folder| limit(folder, file)).min()
    };
    // The first version writes a number near the largest there is where there is no limit.
    groups.lines().filter_map(of).min().filter(|limit| *limit < 1 << 60)
}

/// The bytes that a process may address, of `/proc/self/limits`.
fn addresses(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// `1.5 GiB`.
pub(crate) fn bytes(n: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = n as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    let rounded = if value < 10.0 && unit > 0 { (value * 10.0).round() / 10.0 } else { value.round() };
    format!("{} {}", trim(rounded), units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_the_process_are_read() {
        let of = |first: &str| {
            addresses(&format!("Limit  Soft Limit\nMax address space         {first}  unlimited  bytes\n"))
        };
        assert_eq!((of("614400000"), of("unlimited"), addresses("")), (Some(614_400_000), None, None));
    }
}
