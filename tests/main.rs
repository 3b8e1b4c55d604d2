//! Every integration test, in one binary: golden programs, reference cases, oracles, and what keeps the house tidy.

#![allow(clippy::unwrap_used)]

mod animations;
mod bad_input;
mod cli;
mod climatology;
mod clusters;
mod containers;
mod correlation;
mod curvilinear;
mod docs;
mod doors;
mod functions;
mod fuzz;
mod globe;
mod golden;
mod grib;
mod intervals;
mod kills;
mod limits;
mod lsp;
mod memory;
mod notebook;
mod numbers;
mod oracle;
mod overviews;
mod packing;
mod pictures;
mod polygons;
mod random;
mod real;
mod reducers;
mod references;
mod remote;
mod scripts;
mod sources;
mod support;
mod tables;
mod targets;
mod tidy;
mod tiff;
