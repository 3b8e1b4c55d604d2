//! Time: calendars, the time axis, dates as people and files write them, and periods to group steps by.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod axis;
pub mod calendar;
pub mod cf;
mod civil;
pub mod date;
pub mod format;

pub use axis::{Label, TimeAxis};
pub use calendar::{Calendar, Fields, Instant};
pub use cf::{CfUnits, Unit, decode, encode};
pub use date::{Interval, interval, parse_partial, parse_rfc3339};
