//! The verbs. A file here is a const [`Verb`] and the function that lowers a call of it to plan nodes; the build script
//! lists them. A format brings its own `load` or `save` in its row of the tables of `io`. Help, completion, documentation
//! and the example tests are read off the list of both.
//!
//! **Invariant:** a verb touches no pixel, no file and no terminal.

use crate::io::{PICTURE_SINKS, SINKS, SOURCES, TABLE_SINKS, TABLE_SOURCES};
use crate::lang::registry::{Group, Lower, Verb};
use crate::signature::Signature;
use std::sync::LazyLock;

include!(concat!(env!("OUT_DIR"), "/verbs.rs"));
include!(concat!(env!("OUT_DIR"), "/drawing.rs"));

/// What to say of a stage that only builds with pictures have, where `pictures` says whether this is one.
pub(crate) fn absence(name: &str, pictures: bool) -> Option<String> {
    let draws = || DRAWING.contains(&name) || PICTURE_SINKS.iter().any(|format| format.stage.name == name);
    let absent = !pictures && draws();
    absent.then(|| format!("this build lacks the feature `pictures`, which `{name}` needs"))
}

/// Every verb, by name.
pub static VERBS: LazyLock<Vec<&'static Verb>> = LazyLock::new(|| {
    let mut all: Vec<&Verb> = FILES.iter().copied().chain(FORMATS.iter()).collect();
    all.sort_by_key(|verb| verb.name);
    all
});

/// The verbs that formats bring.
static FORMATS: LazyLock<Vec<Verb>> = LazyLock::new(|| {
    let sources = SOURCES.iter().filter_map(|format| format.stage);
    let sources = sources.map(|stage| verb(stage, Group::Source, Lower::Source(|call| call.load())));
    let catalogs = TABLE_SOURCES
        .iter()
        .map(|format| verb(format.stage, Group::Source, Lower::TableSource(|call| call.load_table())));
    let sinks = SINKS.iter().map(|format| {
        let lower = match format.refers {
            true => Lower::Sink(|call, input| call.save_references(input)),
            false => Lower::Sink(|call, input| call.save(input)),
        };
        verb(format.stage, Group::Out, lower)
    });
    let tables = TABLE_SINKS
        .iter()
        .map(|format| verb(format.stage, Group::Out, Lower::TableSink(|call, input| call.save_table(input))));
    let drawn = if cfg!(feature = "pictures") { PICTURE_SINKS } else { &[] };
    let pictures = drawn.iter().map(|format| verb(format.stage, Group::Out, Lower::PictureSink(format.holds)));
    sources.chain(catalogs).chain(sinks).chain(tables).chain(pictures).collect()
});

fn verb(stage: &Signature, group: Group, lower: Lower) -> Verb {
    let Signature { name, summary, params, seek, examples } = *stage;
    Verb { name, group, summary, params, seek, examples, lower }
}

/// What every verb file uses.
pub(crate) mod prelude {
    pub(crate) use crate::cube::{BBox, Band, DType, GeoBox, Label, Schema, TimeAxis};
    pub(crate) use crate::diagnostic::{Diagnostic, Result, codes};
    pub(crate) use crate::lang::registry::{Call, Example, Group, Lower, Param, Shape, Verb, View, crs_of, some_of};
    pub(crate) use crate::lang::value::{Arg, Value};
    #[cfg(feature = "pictures")]
    pub(crate) use crate::plan::Picture;
    pub(crate) use crate::plan::{AnyPlan, Expr, MaskBy, Plan, Reducer, Resampling, Rows, Selection, TablePlan};
    pub(crate) use crate::reducers;
    pub(crate) use std::sync::Arc;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every verb that draws is known by name to a build that lacks it, and no other is.
    #[test]
    fn verbs_that_a_build_without_pictures_lacks() {
        for verb in VERBS.iter() {
            let draws = matches!(verb.lower, Lower::Picture(_) | Lower::PictureSink(_));
            assert_eq!(absence(verb.name, false).is_some(), draws, "{}", verb.name);
            assert_eq!(absence(verb.name, true), None, "{}", verb.name);
        }
        let plot = "this build lacks the feature `pictures`, which `plot` needs";
        assert_eq!(absence("plot", false).as_deref(), Some(plot));
        assert_eq!(absence("no such verb", false), None);
    }
}
