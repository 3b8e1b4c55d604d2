//! Time: calendars, the time axis, dates as people and files write them, and periods to group steps by.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod axis;
mod cadence;
pub mod calendar;
pub mod cf;
mod civil;
pub mod date;
pub mod format;
pub mod group;
pub mod names;
mod pandas;
pub mod period;
mod position;
mod resample;
mod season;
mod strptime;
mod wellknown;
mod window;

pub use axis::TimeAxis;
pub use calendar::{Calendar, Fields, Instant};
pub use cf::{decode, encode};
pub use date::{Interval, interval, is_date, parse_partial, parse_rfc3339, period as date_period};
pub use group::{Groups, NOUNS};
pub use period::{ADVERBS, Period};
pub use position::{Per, positions};
pub use resample::resample;
pub use season::Seasons;
pub use window::Base;
