//! Rastra: a small array query language for time series of geospatial rasters.
//!
//! # Embedding
//!
//! ```
//! use rastra::session::Session;
//!
//! let mut session = Session::new();
//! let plan = session.plan("ramp 24 4 | groupby season mean").expect("the program is right");
//! assert_eq!(plan.schema().time.len(), 4);
//!
//! let chunk = session.collect(&plan).expect("it fits in memory");
//! // (time, band, y, x), missing pixels as NaN.
//! let seasons = chunk.to_array(&plan.schema().nodata());
//! assert_eq!(seasons.shape(), [4, 1, 4, 4]);
//! assert_eq!(seasons[[1, 0, 0, 0]], 900.0);
//! ```
//!
//! # Features
//!
//! All are on unless `default-features = false`, which leaves the engine alone.
//!
//! | feature | what it adds |
//! |---|---|
//! | `cli` | the command `rastra` with its prompt |
//! | `kernel` | `rastra kernel`, for notebooks |
//! | `pictures` | `plot`, `hist`, `animate`, and what saves pictures |
//!
#![doc = include_str!("../docs/architecture.md")]
// Pictures are planned in every build, so that plans travel; without the feature nobody asks for one.
#![cfg_attr(not(feature = "pictures"), allow(dead_code))]

pub mod cube;
pub mod diagnostic;
pub mod exec;
pub mod expr;
#[cfg(feature = "cli")]
pub mod front;
mod gdal;
pub mod geometry;
pub mod io;
pub mod lang;
mod params;
pub mod plan;
pub mod reducers;
pub mod run;
pub mod session;
pub mod settings;
pub mod show;
pub mod signature;
pub mod table;
pub mod verbs;
