//! Rastra: a small array query language for time series of geospatial rasters.
//!
//! # Embedding
//!
//! ```
//! use rastra::Session;
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
//! What a program does may be watched ([`Observer`]), stopped ([`Session::cancel_flag`]) and bounded ([`Settings`]); what it
//! shows comes as an [`Answer`] in several forms ([`Output`]), what is wrong with it as a [`Diagnostic`] with a number, places
//! in the text and ways out. Plans ([`Plan`], [`TablePlan`], [`Picture`]) are data that travels as JSON. [`reference()`] is the
//! language as a page; what a function or reducer computes, and after whom, stands there.
//!
//! # Features
//!
//! All are on unless `default-features = false`, which leaves the engine alone.
//!
//! | feature | what it adds |
//! |---|---|
//! | `cli` | the command `rastra` with its prompt |
//! | `kernel` | `rastra kernel`, for notebooks |
//! | `lsp` | `rastra lsp`, for editors |
//! | `pictures` | `plot`, `hist`, `animate`, and what saves pictures |
//! | `bundled` | nothing to call: GDAL, NetCDF, HDF5 and what is under them are built in; off unless asked for |
//!
#![doc = include_str!("../docs/architecture.md")]

// Its libraries are linked because it is named.
#[cfg(feature = "bundled")]
extern crate rastra_native;

mod certificates;
mod cluster;
mod cube;
mod diagnostic;
mod exec;
mod expr;
#[cfg(feature = "cli")]
mod front;
mod gdal;
mod geometry;
mod io;
mod lang;
mod params;
mod plan;
mod program;
mod reducers;
mod reference;
mod run;
mod session;
mod settings;
mod show;
mod signature;
mod table;
mod verbs;

// The public face: what is named here, and nothing else.
pub use cube::time::{Calendar, Climatology, Instant};
pub use cube::{BBox, Band, Chunk, Crs, DType, GeoBox, Label, Packing, Pixels, Region, Schema, TimeAxis};
pub use diagnostic::{
    Cause, Code, Diagnostic, DiskFault, Fault, Label as DiagnosticLabel, Result, ServerFault, Span, Style, codes,
};
pub use exec::{Limits, Observer, Outcome, Progress, Silent};
#[cfg(feature = "cli")]
pub use front::command;
pub use io::{ArrayReader, Dataset, SkippedInput, Values, Variable};
pub use lang::complete::{Candidate, What};
pub use lang::inspect::Form;
pub use lang::{Completeness, Kind, format, highlight};
pub use plan::{AnyPlan, Picture, Plan, TablePlan};
pub use program::set_program;
pub use reference::{reference, text_mate, words};
pub use run::Answer;
pub use session::{ProgressMode, Session, Settings, Thumbnails};
pub use show::Output;
pub use table::{Cells, Column, ColumnType, Table, TableSchema};

/// What the tests of this repository look at; no part of the face.
#[doc(hidden)]
pub mod inside {
    pub use crate::expr::{Body, FUNCTIONS, Function};
    pub use crate::geometry::crs;
    pub use crate::lang::{parse, print};
    pub use crate::plan::{Reducer, Signer};
    #[cfg(feature = "pictures")]
    pub use crate::show::encode::{Animation, AnimationFormat, Frame, Timing};
    pub use crate::signature::ParamKind;
    pub use crate::verbs::VERBS;

    /// Steps, rows and columns that the source of a plan proposes to read in one piece; nothing where the plan does more
    /// than load.
    pub fn natural_tile(plan: &crate::Plan) -> Option<[usize; 3]> {
        let crate::plan::Node::Scan { source } = &plan.node else { return None };
        let tile = crate::io::open(source, &plan.schema).ok()?.natural_tile();
        Some([tile.time, tile.y, tile.x])
    }

    /// The pixels of a region of a source, and the bytes that count as read for them; nothing where the plan does more
    /// than load.
    pub fn read(plan: &crate::Plan, region: &crate::Region) -> Option<(crate::Chunk, u64)> {
        let crate::plan::Node::Scan { source } = &plan.node else { return None };
        let cx = crate::io::ReadCx::default();
        let chunk = crate::io::open(source, &plan.schema).ok()?.read(region, &cx).ok()?;
        Some((chunk, cx.bytes_read.into_inner()))
    }
}
