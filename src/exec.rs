//! Computes plans: cut into tasks that fit the memory, each pulled region by region, on a pool of threads.

mod asked;
mod collect;
mod cx;
#[cfg(feature = "pictures")]
mod histogram;
mod inputs;
mod limits;
mod local;
mod nodes;
mod observe;
mod op;
pub mod ops;
mod prepare;
mod regions;
mod sizes;
mod stats;
mod table;
pub mod tasks;

pub use collect::collect;
pub use cx::RunCx;
#[cfg(feature = "pictures")]
pub use histogram::{Bins, histogram};
pub use limits::{Limits, bytes};
pub use local::{Outcome, run};
pub use observe::{Observer, Progress, Silent};
pub use op::Op;
pub use prepare::Opener;
pub use stats::{BandStats, statistics};
pub use table::{TableJob, TableOp, plan as plan_table, tabulate};
pub use tasks::Job;
