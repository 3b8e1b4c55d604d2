//! Whoever computes the tasks of a run where that is not this process, and what goes there and comes back.

use super::limits::Limits;
use super::partial::{Wanted, from_bytes, to_bytes};
use super::tasks::{Job, Task};
use crate::cube::{Losses, Region};
use crate::diagnostic::Result;
use crate::io::{SharedTarget, SkippedInput};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

/// Computes the tasks of a work somewhere.
pub(crate) trait Executor: Send + Sync {
    /// What a process that computes tasks may use of its machine; the job is cut for it.
    fn limits(&self, own: &Limits) -> Limits {
        own.clone()
    }

    /// Whether those who compute write to a target that this process has laid out.
    fn shares(&self, target: &SharedTarget) -> bool;

    /// Whether it knows by itself which tasks are done, and hands out what was made of them before.
    fn remembers(&self) -> bool {
        false
    }

    /// Computes every task and hands what was made to `take`, each task once, from one thread or many.
    ///
    /// # Errors
    /// The first failure of a task or of `take`, `E0401` once `cancel` is set, `E0405` where nobody computes any more.
    fn run(&self, work: &Work, take: &(dyn Fn(Done) -> Result<()> + Sync), cancel: &AtomicBool) -> Result<()>;
}

/// A job with what is to be made of its chunks. It holds all that a worker needs but the keys of servers, which each
/// worker has from its own environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Work {
    pub job: Job,
    pub wanted: Wanted,
    pub limits: Limits,
    /// Options of GDAL, without those that hold secrets.
    pub options: BTreeMap<String, String>,
}

/// What was made of the parts of some tasks, as bytes, and what was counted meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Done {
    /// The tasks, by their numbers.
    pub tasks: Vec<usize>,
    pub made: Vec<(Region, ByteBuf)>,
    pub counted: Counted,
}

/// What is counted while tasks are computed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counted {
    pub bytes_read: u64,
    pub invalid: u64,
    pub losses: Losses,
    pub skipped: Vec<SkippedInput>,
    pub noticed: Vec<String>,
}

impl Work {
    /// The same work with some of its tasks only.
    pub(crate) fn with(&self, tasks: Vec<Task>) -> Work {
        Work {
            job: self.job.with_tasks(tasks),
            wanted: self.wanted.clone(),
            limits: self.limits.clone(),
            options: self.options.clone(),
        }
    }
}

impl Done {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }

    /// # Errors
    /// `E0407` for bytes that are not of this version of Rastra, or were cut off.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Done> {
        from_bytes(bytes)
    }
}
