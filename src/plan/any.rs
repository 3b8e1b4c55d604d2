//! What flows through a pipeline: a cube, a table made of one, or a picture of either.

use super::{Picture, Plan, TablePlan};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What flows through a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnyPlan {
    /// Pixels along time, bands, rows and columns.
    Cube(Arc<Plan>),
    /// Rows and columns.
    Table(Arc<TablePlan>),
    /// A drawing of either.
    Picture(Arc<Picture>),
}

impl From<&Arc<Plan>> for AnyPlan {
    fn from(plan: &Arc<Plan>) -> AnyPlan {
        AnyPlan::Cube(plan.clone())
    }
}

impl From<&Arc<TablePlan>> for AnyPlan {
    fn from(plan: &Arc<TablePlan>) -> AnyPlan {
        AnyPlan::Table(plan.clone())
    }
}

impl AnyPlan {
    /// What kind of result it is and what is known of it, in words for messages.
    pub fn describe(&self) -> String {
        format!("{}: {}", self.noun(), self.summary())
    }

    /// `a cube`.
    pub fn noun(&self) -> &'static str {
        match self {
            AnyPlan::Cube(_) => "a cube",
            AnyPlan::Table(_) => "a table",
            AnyPlan::Picture(_) => "a picture",
        }
    }

    /// The line that `:schema` and `schema` print.
    pub fn summary(&self) -> String {
        match self {
            AnyPlan::Cube(plan) => super::show::summary(&plan.schema),
            AnyPlan::Table(plan) => plan.schema.summary(),
            AnyPlan::Picture(picture) => picture.summary(),
        }
    }

    /// The cube, where it is one.
    pub fn cube(&self) -> Option<&Arc<Plan>> {
        if let AnyPlan::Cube(plan) = self { Some(plan) } else { None }
    }

    /// The table, where it is one.
    pub fn table(&self) -> Option<&Arc<TablePlan>> {
        if let AnyPlan::Table(plan) = self { Some(plan) } else { None }
    }

    /// The picture, where it is one.
    pub fn picture(&self) -> Option<&Arc<Picture>> {
        if let AnyPlan::Picture(picture) = self { Some(picture) } else { None }
    }

    /// The cube that is computed, or that a table or picture is made of.
    pub fn cube_below(&self) -> &Arc<Plan> {
        match self {
            AnyPlan::Cube(plan) => plan,
            AnyPlan::Table(plan) => &plan.input,
            AnyPlan::Picture(picture) => picture.whole.cube_below(),
        }
    }

    /// Whether it is to be written to a file.
    pub fn is_write(&self) -> bool {
        match self {
            AnyPlan::Cube(plan) => plan.sink().is_some(),
            AnyPlan::Table(plan) => plan.sink.is_some(),
            AnyPlan::Picture(picture) => picture.sink.is_some(),
        }
    }

    /// The result without its sink, where the pipeline saves it; else the result itself.
    pub fn unwritten(&self) -> AnyPlan {
        match self {
            AnyPlan::Cube(plan) => match plan.sink() {
                Some(_) => AnyPlan::Cube(plan.node.inputs()[0].clone()),
                None => self.clone(),
            },
            AnyPlan::Table(plan) => AnyPlan::Table(plan.unwritten()),
            AnyPlan::Picture(picture) => AnyPlan::Picture(picture.unwritten()),
        }
    }

    /// The cube or table that a picture is drawn of; else the result itself.
    pub fn undrawn(&self) -> &AnyPlan {
        match self {
            AnyPlan::Picture(picture) => &picture.whole,
            AnyPlan::Cube(_) | AnyPlan::Table(_) => self,
        }
    }
}
