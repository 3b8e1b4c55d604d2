//! The arguments of a call as the options of a format, each with the type that its parameter's shape demands.

use super::{Call, Param, Shape};
use crate::cube::time::{Calendar, interval};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::lang::filter;
use crate::lang::value::Value;
use crate::plan::{DateRange, Extent, Payload, Plan, TablePlan};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Call<'_> {
    /// The plan of any `load` verb, which scans the source that the format finds.
    pub fn load(&self) -> Result<Arc<Plan>> {
        let options = self.payload(|_| true)?;
        // The name of a file of another format says by what it is read.
        let other = || {
            let path = self.text("path")?;
            let stage = crate::verbs::stage_for("load", &path).filter(|stage| *stage != self.verb.name)?;
            Some(format!("write `{stage} \"{path}\"`"))
        };
        self.catalog.scan(self.format(), options, self.span).map_err(|d| match self.takes("path") {
            true => {
                let other = if d.code == codes::WRONG_FORMAT { other() } else { None };
                self.in_place(d).or_at(self.span_of("path"), "loaded here").help_if(other)
            }
            false => self.in_place(d),
        })
    }

    /// The plan of a verb that begins with a table, which the format reads now.
    pub fn load_table(&self) -> Result<Arc<TablePlan>> {
        let options = self.payload(|_| true)?;
        let known = self.catalog.read_table(self.format(), options);
        let known = known.map_err(|d| self.in_place(d).or_at(self.span_of("path"), "read here"))?;
        Ok(TablePlan::known(known, None, self.span))
    }

    /// The format that the verb reads or writes: `zarr` for `load zarr`.
    pub fn format(&self) -> &'static str {
        self.verb.name.split_once(' ').map_or(self.verb.name, |(_, format)| format)
    }

    /// Gives a diagnostic of a format the place of the argument that it names.
    pub fn in_place(&self, diagnostic: Box<Diagnostic>) -> Box<Diagnostic> {
        match diagnostic.argument {
            Some(name) if self.has(name) => diagnostic.or_at(self.span_of(name), "here"),
            _ => diagnostic,
        }
    }

    /// The given arguments by name, of those parameters that `wanted` chooses; paths are made relative to the script.
    pub fn payload(&self, wanted: impl Fn(&Param) -> bool) -> Result<Payload> {
        let mut out = Payload::default();
        for (param, _) in self.args.iter().filter(|(param, _)| wanted(param)) {
            self.put(param, &mut out)?;
        }
        Ok(out)
    }

    fn put(&self, param: &Param, out: &mut Payload) -> Result<()> {
        let name = param.name;
        let names = || self.names(name).into_iter().map(|(text, _)| text);
        match param.shape {
            Shape::Flag => out.set(name, true),
            Shape::Bool => out.set(name, self.boolean(name)),
            Shape::Number => out.set(name, self.number(name)),
            // It is a whole number: the check of the shape refused all others.
            Shape::Integer => out.set(name, self.number(name).map(|n| n as i64)),
            Shape::Switch => {
                let no = self.text(name).is_some_and(|text| matches!(text.as_str(), "false" | "no"));
                out.set(name, self.boolean(name).unwrap_or(!no));
            }
            Shape::Choice(_) => out.set(name, self.text(name).and_then(|text| param.choice(&text))),
            Shape::MaybeChoice(_) | Shape::Any | Shape::Text | Shape::Crs | Shape::Period => {
                out.set(name, self.text(name))
            }
            Shape::Path => out.set(name, self.text(name).map(|path| self.scope.resolve(&path))),
            Shape::Paths => out.set(name, names().map(|path| self.scope.resolve(&path)).collect::<Vec<_>>()),
            Shape::Names | Shape::Codec => out.set(name, names().collect::<Vec<_>>()),
            Shape::BBox => out.set(name, self.bbox(name).map(|b| [b.west, b.south, b.east, b.north])),
            Shape::Point => out.set(name, self.point(name)),
            Shape::Pair | Shape::Sizes => {
                let names: Vec<String> = names().collect();
                out.set(name, names.chunks_exact(2).map(|pair| (&pair[0], &pair[1])).collect::<BTreeMap<_, _>>());
            }
            Shape::Length => {
                let crs = if self.takes("crs") { self.crs("crs")? } else { None };
                out.set(name, self.length(name, crs.as_ref())?);
            }
            Shape::Extent => out.set(name, self.extent(name)?),
            Shape::Interval => out.set(name, self.interval(name)?),
            Shape::CubeOrPath => out.set(name, self.cube_or_file(name)?.map(|cube| cube.schema.grid.clone())),
            Shape::Filter => {
                if let Some(expr) = self.raw_expr(name) {
                    out.set(name, filter::items(expr, self.scope)?);
                }
            }
            Shape::Stretch
            | Shape::Groups
            | Shape::Touch
            | Shape::Reducers
            | Shape::MinCount
            | Shape::Cube
            | Shape::Result
            | Shape::Expr
            | Shape::Assigns
            | Shape::AssignsOrExpr
            | Shape::Span
            | Shape::Size
            | Shape::Numbers
            | Shape::Steps
            | Shape::Color
            | Shape::Colors
            | Shape::ColorMap
            | Shape::Legend => unreachable!("no format has a parameter of the shape of `{name}`, as a test sees"),
        }
        Ok(())
    }

    fn extent(&self, name: &str) -> Result<Option<Extent>> {
        Ok(match self.get(name).map(|arg| &arg.value) {
            Some(Value::Quantity { value, unit, .. }) if unit == "px" => Some(Extent::Pixels(*value)),
            Some(Value::Number(value)) => Some(Extent::Pixels(*value)),
            _ => self.length(name, None)?.map(Extent::Length),
        })
    }

    /// A range of dates of the calendar, as it was written.
    fn interval(&self, name: &str) -> Result<Option<DateRange>> {
        let Some(arg) = self.get(name) else { return Ok(None) };
        let (start, end, half_open) = arg.value.ends();
        interval(start.as_deref(), end.as_deref(), half_open, Calendar::Standard)
            .map_err(|d| d.or_at(arg.span, "no such dates"))?;
        Ok(Some(DateRange { start, end, half_open }))
    }
}
