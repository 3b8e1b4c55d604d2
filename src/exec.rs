//! Computes plans: cut into tasks that fit the memory, each pulled region by region, on a pool of threads.

mod abreast;
mod ahead;
mod asked;
mod collect;
mod cx;
mod held;
#[cfg(feature = "pictures")]
mod histogram;
mod inputs;
mod limits;
mod local;
mod nodes;
mod observe;
mod op;
pub(crate) mod ops;
mod prepare;
mod regions;
mod share;
mod sizes;
mod stats;
mod table;
pub(crate) mod tasks;
mod waiting;

pub(crate) use collect::collect;
pub(crate) use cx::RunCx;
#[cfg(feature = "pictures")]
pub(crate) use histogram::{Bins, histogram};
pub use limits::Limits;
pub(crate) use limits::bytes;
pub use local::Outcome;
pub(crate) use local::run;
pub use observe::{Observer, Progress, Silent};
pub(crate) use op::Op;
pub(crate) use prepare::Opener;
pub(crate) use stats::{BandStats, statistics};
pub(crate) use table::{TableJob, TableOp, plan as plan_table, tabulate};
pub(crate) use tasks::Job;
pub(crate) use waiting::told_of;
