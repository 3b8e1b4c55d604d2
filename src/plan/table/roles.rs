//! What the columns of a table are to each other: what a row is about, where it stands along an axis, and its values.

use super::edit::Edit;
use super::{Rows, TableFrom, TablePlan};
use crate::expr::{Body, Expr};
use crate::table::{ColumnType, steps};

/// Positions of columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Roles {
    /// The columns that say what a row is about: its step, zone or point, class, band; the keys of groups.
    pub about: Vec<usize>,
    /// The one of them along which rows follow one another: time, or a part of it.
    pub along: Option<usize>,
    /// Parts of dates, which say again what these say.
    pub parts: Vec<usize>,
}

impl TablePlan {
    /// What its columns are to each other. Shapes on the ground name nothing.
    pub(crate) fn roles(&self) -> Roles {
        let mut roles = self.roles_of_all();
        roles.about.retain(|column| self.schema.columns[*column].geometry.is_none());
        roles
    }

    fn roles_of_all(&self) -> Roles {
        let columns = &self.schema.columns;
        match &self.from {
            TableFrom::Pixels { rows: Rows::Bands, .. } => Roles { about: vec![0], ..Roles::default() },
            TableFrom::Pixels { input, rows } => {
                let band = self.schema.position("band").unwrap_or(0);
                let along = steps(&input.schema.time).and_then(|(step, _)| self.schema.position(&step.name));
                // Of counts a row is about a value, too.
                let last = if let Rows::Counts { .. } = rows { band + 1 } else { band };
                Roles { about: (0..=last).collect(), along, parts: Vec::new() }
            }
            TableFrom::Known { of, .. } => {
                let step = of.as_ref().and_then(|cube| steps(&cube.schema.time));
                let along = step.and_then(|(step, _)| self.schema.position(&step.name));
                let along = along.or_else(|| columns.iter().position(|column| column.kind == ColumnType::Time));
                let is_about = |i: &usize| !columns[*i].kind.is_number() || Some(*i) == along;
                Roles { about: (0..columns.len()).filter(is_about).collect(), along, parts: Vec::new() }
            }
            TableFrom::Edited { input, edit } => {
                let before = input.roles();
                match edit {
                    Edit::Filter(_) | Edit::Sort { .. } | Edit::Join { .. } => before,
                    Edit::Columns(all) => {
                        let among = |own: &[usize], expr: &Expr| matches!(expr, Expr::Band(i) if own.contains(i));
                        let about = all.iter().enumerate().filter(|(_, expr)| among(&before.about, expr));
                        let along = before.along.and_then(|along| all.iter().position(|expr| among(&[along], expr)));
                        // Seasons of groups are named once they are in order.
                        let named = |expr: &Expr| matches!(expr, Expr::Case { .. }) && !expr.bands().is_empty();
                        let renamed = |i: &usize| {
                            named(&all[*i]) && all[*i].bands().iter().all(|band| before.about.contains(band))
                        };
                        let about: Vec<usize> = about.map(|(i, _)| i).chain((0..all.len()).filter(renamed)).collect();
                        let along = along.or_else(|| {
                            let of = before.along?;
                            about.iter().copied().find(|i| named(&all[*i]) && all[*i].bands() == [of])
                        });
                        let is_part = |expr: &Expr| match expr {
                            Expr::Call(part, _) => matches!(part.body, Body::Time(_)),
                            other => among(&before.parts, other),
                        };
                        let parts = (0..all.len()).filter(|i| is_part(&all[*i])).collect();
                        Roles { about, along, parts }
                    }
                    Edit::Group { keys, .. } => {
                        let follows = |key: &Expr| match key {
                            Expr::Band(own) => Some(*own) == before.along,
                            Expr::Call(part, _) => matches!(part.body, Body::Time(_)),
                            _ => false,
                        };
                        let along = keys.iter().position(follows);
                        Roles { about: (0..keys.len()).collect(), along, parts: Vec::new() }
                    }
                }
            }
        }
    }
}
