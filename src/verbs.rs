//! The verbs, one file each. A file here is a const [`Verb`] and the function that lowers a call of it to plan nodes;
//! the build script lists them, and help, completion, documentation and the example tests are read off the list.
//!
//! **Invariant:** a verb touches no pixel, no file and no terminal.

use crate::lang::registry::Verb;

include!(concat!(env!("OUT_DIR"), "/verbs.rs"));
include!(concat!(env!("OUT_DIR"), "/absent.rs"));

/// What every verb file uses.
pub mod prelude {
    pub use crate::cube::{BBox, Band, DType, GeoBox, Label, Schema, TimeAxis};
    pub use crate::diagnostic::{Diagnostic, Result, codes};
    pub use crate::lang::registry::{
        Arg, Call, Example, Group, Lower, Param, Shape, Value, Verb, View, crs_of, some_of,
    };
    pub use crate::plan::{
        Carried, Expr, MaskBy, Picture, Plan, Reducer, Resampling, Rows, Selection, Signer, TablePlan,
    };
    pub use crate::reducers;
    pub use serde_json::json;
    pub use std::sync::Arc;

    /// `sign`, which all loads of remote files have.
    pub const SIGN: Param = Param::named(
        "sign",
        Shape::Choice(Signer::WORDS),
        "Who signs requests to servers; tokens and keys come from the environment, never from here.",
    );
}
