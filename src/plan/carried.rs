//! What flows through a pipeline: a cube, a table made of one, or a picture of either.

use super::{Picture, Plan, TablePlan};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What flows through a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carried {
    /// Pixels along time, bands, rows and columns.
    Cube(Arc<Plan>),
    /// Rows and columns.
    Table(Arc<TablePlan>),
    /// A drawing of either.
    Picture(Arc<Picture>),
}

impl From<&Arc<Plan>> for Carried {
    fn from(plan: &Arc<Plan>) -> Carried {
        Carried::Cube(plan.clone())
    }
}

impl From<&Arc<TablePlan>> for Carried {
    fn from(plan: &Arc<TablePlan>) -> Carried {
        Carried::Table(plan.clone())
    }
}

impl Carried {
    /// For messages: the result as people call it, with what is known of it.
    pub fn describe(&self) -> String {
        format!("{}: {}", self.noun(), self.summary())
    }

    /// `a cube`.
    pub fn noun(&self) -> &'static str {
        match self {
            Carried::Cube(_) => "a cube",
            Carried::Table(_) => "a table",
            Carried::Picture(_) => "a picture",
        }
    }

    /// In a line: what `:schema` and `schema` print.
    pub fn summary(&self) -> String {
        match self {
            Carried::Cube(plan) => super::show::summary(&plan.schema),
            Carried::Table(plan) => plan.schema.summary(),
            Carried::Picture(picture) => picture.summary(),
        }
    }

    /// The cube, where it is one.
    pub fn cube(&self) -> Option<&Arc<Plan>> {
        if let Carried::Cube(plan) = self { Some(plan) } else { None }
    }

    /// The table, where it is one.
    pub fn table(&self) -> Option<&Arc<TablePlan>> {
        if let Carried::Table(plan) = self { Some(plan) } else { None }
    }

    /// The picture, where it is one.
    pub fn picture(&self) -> Option<&Arc<Picture>> {
        if let Carried::Picture(picture) = self { Some(picture) } else { None }
    }

    /// The cube that is computed, or that a table or picture is made of.
    pub fn cube_below(&self) -> &Arc<Plan> {
        match self {
            Carried::Cube(plan) => plan,
            Carried::Table(plan) => &plan.input,
            Carried::Picture(picture) => picture.whole.cube_below(),
        }
    }

    /// Whether it is to be written to a file.
    pub fn is_write(&self) -> bool {
        match self {
            Carried::Cube(plan) => plan.sink().is_some(),
            Carried::Table(plan) => plan.sink.is_some(),
            Carried::Picture(picture) => picture.sink.is_some(),
        }
    }

    /// What is written, where the pipeline saves; else itself.
    pub fn unwritten(&self) -> Carried {
        match self {
            Carried::Cube(plan) => match plan.sink() {
                Some(_) => Carried::Cube(plan.node.inputs()[0].clone()),
                None => self.clone(),
            },
            Carried::Table(plan) => Carried::Table(plan.unwritten()),
            Carried::Picture(picture) => Carried::Picture(picture.unwritten()),
        }
    }

    /// What a picture was drawn of; else itself.
    pub fn undrawn(&self) -> &Carried {
        match self {
            Carried::Picture(picture) => &picture.whole,
            Carried::Cube(_) | Carried::Table(_) => self,
        }
    }
}
