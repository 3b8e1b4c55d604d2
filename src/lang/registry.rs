//! What a verb is (its name, its parameters, its examples and how it is lowered), and a checked call of it.

mod call;
#[cfg(feature = "pictures")]
pub(crate) mod drawing;
mod named;
mod payload;
#[cfg(feature = "pictures")]
pub(crate) mod projection;
mod reductions;
pub(crate) mod stretch;
mod wrong_result;

pub(crate) use call::{Call, crs_of, extents};
pub(crate) use named::Named;
pub(crate) use reductions::Reduction;
pub(crate) use stretch::Stretch;
pub(crate) use wrong_result::wrong_result;

pub(crate) use crate::signature::{Example, Param, ParamKind, Shape};

use crate::diagnostic::Result;
use crate::plan::{AnyPlan, Holds, Picture, Plan, Reducer, TablePlan};
use std::sync::Arc;

/// A stage of the language.
#[derive(Debug)]
pub struct Verb {
    /// One word, or two for families: `load zarr`.
    pub name: &'static str,
    pub group: Group,
    pub summary: &'static str,
    pub params: &'static [Param],
    /// Other words by which people look for it.
    pub seek: &'static [&'static str],
    pub examples: &'static [Example],
    pub lower: Lower,
}

impl Verb {
    /// Whether an expression follows the name; the grammar reads it differently from arguments.
    pub fn takes_expression(&self) -> bool {
        self.params.iter().any(|p| p.is_positional() && p.shape.is_expression())
    }

    /// Its parameters without the options of its format.
    pub fn arguments(&self) -> impl Iterator<Item = &'static Param> {
        self.params.iter().filter(|param| param.kind != ParamKind::Option)
    }

    /// The options of its format.
    pub fn options(&self) -> impl Iterator<Item = &'static Param> {
        self.params.iter().filter(|param| param.kind == ParamKind::Option)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Source,
    Pick,
    Space,
    Pixel,
    Time,
    Combine,
    Table,
    See,
    Out,
}

impl Group {
    pub const ALL: [(Group, &'static str); 9] = [
        (Group::Source, "Sources"),
        (Group::Pick, "Picking steps and bands"),
        (Group::Space, "Space"),
        (Group::Pixel, "Pixels"),
        (Group::Time, "Time"),
        (Group::Combine, "Combining cubes"),
        (Group::Table, "Tables"),
        (Group::See, "Seeing"),
        (Group::Out, "Saving"),
    ];
}

/// Where a verb may stand, and what it becomes.
#[derive(Debug)]
pub enum Lower {
    Source(fn(&Call) -> Result<Arc<Plan>>),
    /// Begins with a table.
    TableSource(fn(&Call) -> Result<Arc<TablePlan>>),
    Stage(fn(&Call, &Arc<Plan>) -> Result<Arc<Plan>>),
    Sink(fn(&Call, &Arc<Plan>) -> Result<Arc<Plan>>),
    /// Makes a table from a cube.
    Table(fn(&Call, &Arc<Plan>) -> Result<Arc<TablePlan>>),
    /// Writes a table.
    TableSink(fn(&Call, &Arc<TablePlan>) -> Result<Arc<TablePlan>>),
    /// Makes a cube of a cube, and a table of a table.
    Both(fn(&Call, &Arc<Plan>) -> Result<Arc<Plan>>, fn(&Call, &Arc<TablePlan>) -> Result<Arc<TablePlan>>),
    /// Works on a cube or a table, or makes one of the other.
    Either(fn(&Call, &AnyPlan) -> Result<AnyPlan>),
    /// Draws a cube or a table.
    Picture(fn(&Call, &AnyPlan) -> Result<Arc<Picture>>),
    /// Writes a picture. A cube or table that flows in is drawn first, as `plot` without options draws it.
    PictureSink(Holds),
    See(View),
}

/// How a result is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    Describe,
    Schema,
    Stats,
    Explain,
    Show,
}

/// The verb of that full name.
pub(crate) fn find(name: &str) -> Option<&'static Verb> {
    crate::verbs::VERBS.iter().copied().find(|v| v.name == name)
}

/// Whether a stage of this one word is a reducer: `median`, `p90`.
pub(crate) fn is_reducer(word: &str) -> bool {
    word == "quantile" || Reducer::from_word(word).is_some()
}

/// The first words of all verbs, each once, and the reducers: what may stand at the start of a stage.
pub(crate) fn first_words() -> Vec<&'static str> {
    let mut words: Vec<&str> = crate::verbs::VERBS.iter().filter_map(|v| v.name.split(' ').next()).collect();
    words.extend(Reducer::words().map(|reducer| reducer.name));
    words.push("quantile");
    words.sort_unstable();
    words.dedup();
    words
}

/// The second words of a family: `files stac zarr` for `load`.
pub(crate) fn family(first: &str) -> Vec<&'static str> {
    crate::verbs::VERBS
        .iter()
        .filter_map(|v| v.name.split_once(' '))
        .filter(|(a, _)| *a == first)
        .map(|(_, b)| b)
        .collect()
}
