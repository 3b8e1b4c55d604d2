//! Time: calendars, the time axis, dates as people and files write them, and periods to group steps by.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub(crate) mod axis;
mod cadence;
pub(crate) mod calendar;
pub(crate) mod cf;
mod civil;
mod climatology;
mod cycles;
pub(crate) mod date;
pub(crate) mod days;
pub(crate) mod format;
pub(crate) mod group;
pub(crate) mod names;
mod nouns;
mod pandas;
mod parts;
pub(crate) mod period;
mod position;
mod resample;
mod samples;
mod season;
mod series;
mod strptime;
mod titles;
mod wellknown;
mod window;

pub(crate) use axis::{BY_INTERVALS, TimeAxis, owned};
pub(crate) use cadence::{first_gap, lengths};
pub(crate) use calendar::Fields;
pub use calendar::{Calendar, Instant};
pub(crate) use cf::decode;
pub use climatology::Climatology;
pub(crate) use date::{Interval, interval, is_date, parse_partial, parse_rfc3339, period as date_period};
pub(crate) use group::Groups;
pub(crate) use nouns::{NOUNS, is_label, labels_text};
pub(crate) use period::{ADVERBS, Period};
pub(crate) use position::{Per, positions};
pub(crate) use resample::resample;
pub(crate) use samples::Whole;
pub(crate) use season::Seasons;
#[cfg(feature = "pictures")]
pub(crate) use titles::month_name;
pub(crate) use window::Base;
