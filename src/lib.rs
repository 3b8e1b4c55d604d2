//! Rastra: a small array query language for time series of geospatial rasters.

pub mod cube;
pub mod diagnostic;
pub mod exec;
pub mod io;
pub mod lang;
mod params;
pub mod plan;
pub mod run;
pub mod session;
mod settings;
pub mod show;
pub mod verbs;
