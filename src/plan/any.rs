//! What flows through a pipeline: a cube, a table made of one, or a picture of either.

use super::picture::{Drawn, FRAMES, Lines, Look, Maps, PANELS, Picture, Timing};
use super::{Node, Plan, SinkSpec, TablePlan};
use crate::diagnostic::{Result, Span};
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

impl From<Arc<Plan>> for AnyPlan {
    fn from(plan: Arc<Plan>) -> AnyPlan {
        AnyPlan::Cube(plan)
    }
}

impl From<Arc<TablePlan>> for AnyPlan {
    fn from(plan: Arc<TablePlan>) -> AnyPlan {
        AnyPlan::Table(plan)
    }
}

impl From<Arc<Picture>> for AnyPlan {
    fn from(picture: Arc<Picture>) -> AnyPlan {
        AnyPlan::Picture(picture)
    }
}

impl From<&Drawn> for AnyPlan {
    fn from(drawn: &Drawn) -> AnyPlan {
        match drawn {
            Drawn::Cube(plan) => AnyPlan::Cube(plan.clone()),
            Drawn::Table(plan) => AnyPlan::Table(plan.clone()),
        }
    }
}

/// The most levels and nodes of a plan, more than anybody types. Nodes are counted wherever they are met again: that is
/// how often they are looked at.
const MOST_LEVELS: usize = 1000;
const MOST_NODES: usize = 100_000;

/// Counts the nodes of a plan, which has these inputs, until there are too many; nothing then, else what is left of `nodes`.
fn counted<P>(plan: &P, inputs: fn(&P) -> Vec<&Arc<P>>, levels: usize, nodes: usize) -> Option<usize> {
    let (levels, nodes) = (levels.checked_sub(1)?, nodes.checked_sub(1)?);
    inputs(plan).into_iter().try_fold(nodes, |nodes, input| counted(&**input, inputs, levels, nodes))
}

impl AnyPlan {
    /// In what a plan is more than can be optimized and shown, if it is: chains and doublings that go through names.
    pub(crate) fn is_too_large(&self) -> Option<String> {
        let is_too_large = match self {
            AnyPlan::Cube(cube) => {
                counted(&**cube, |plan: &Plan| plan.node.inputs(), MOST_LEVELS, MOST_NODES).is_none()
            }
            AnyPlan::Table(table) => counted(&**table, TablePlan::inputs, MOST_LEVELS, MOST_NODES).is_none(),
            AnyPlan::Picture(_) => false,
        };
        is_too_large.then(|| format!("made of more than {MOST_LEVELS} stages in a row, or {MOST_NODES} in all"))
    }

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

    /// The result, whose target remembers the program that writes it, where it can.
    pub(crate) fn with_program(&self, program: &str) -> AnyPlan {
        let AnyPlan::Cube(plan) = self else { return self.clone() };
        let Node::Write { input, sink } = &plan.node else { return self.clone() };
        let sink = SinkSpec { program: Some(program.into()), ..sink.clone() };
        AnyPlan::Cube(Plan::write(input, sink, plan.span))
    }

    /// The cube or table that a picture is drawn of; else the result itself.
    pub fn undrawn(&self) -> AnyPlan {
        match self {
            AnyPlan::Picture(picture) => AnyPlan::from(&picture.whole),
            AnyPlan::Cube(_) | AnyPlan::Table(_) => self.clone(),
        }
    }

    /// The picture it is, or one drawn as it is where nobody said how: for a target that holds an animation, `moving`.
    pub(crate) fn drawn(&self, moving: bool, span: Span) -> Result<Arc<Picture>> {
        match self {
            AnyPlan::Cube(cube) if moving => {
                Picture::animation(cube, Maps::default(), Timing::default(), FRAMES, Look::default(), span)
            }
            AnyPlan::Cube(cube) => Picture::maps(cube, Maps::default(), None, PANELS, Look::default(), span),
            AnyPlan::Table(table) => Ok(Picture::series(table, Lines::default(), [None; 2], Look::default(), span)),
            AnyPlan::Picture(picture) => Ok(picture.clone()),
        }
    }
}
