//! Computes plans: cut into tasks that fit the memory, each pulled region by region, on a pool of threads.

mod abreast;
mod ahead;
mod asked;
#[cfg(feature = "pictures")]
mod bins;
mod collect;
mod cx;
mod executor;
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
mod partial;
mod prepare;
mod regions;
mod room;
mod runner;
mod share;
mod sizes;
mod stats;
mod table;
pub(crate) mod tasks;
pub(crate) mod threads;
mod waiting;
mod worker;

#[cfg(feature = "pictures")]
pub(crate) use bins::Bins;
pub(crate) use collect::collect;
pub(crate) use cx::RunCx;
pub(crate) use executor::{Done, Executor, Work};
#[cfg(feature = "pictures")]
pub(crate) use histogram::histogram;
pub use limits::Limits;
pub(crate) use limits::bytes;
#[cfg(feature = "cli")]
pub(crate) use limits::control_group;
pub use local::Outcome;
pub use observe::{Observer, Progress, Silent};
pub(crate) use op::Op;
pub(crate) use partial::{Partial, Wanted, Whole};
pub(crate) use prepare::Opener;
pub(crate) use runner::Runner;
pub(crate) use stats::{BandStats, statistics};
pub(crate) use table::{TableJob, TableOp, edit, plan as plan_table, tabulate};
pub(crate) use tasks::Job;
pub(crate) use waiting::told_of;
pub(crate) use worker::Worker;
