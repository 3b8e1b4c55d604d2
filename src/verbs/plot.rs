//! `plot`: maps of a cube, or a chart of a table.

use super::prelude::*;
use crate::lang::registry::drawing::map_params;
use crate::plan::picture::{Lines, Marks, PANELS};
use crate::table::ColumnType;

pub(super) const VERB: Verb = Verb {
    name: "plot",
    group: Group::See,
    summary: "Draw a map for each step and band, or the values of a table against time.",
    params: map_params![
        Param::named("columns", Shape::Integer, "Maps in a row."),
        Param::named(
            "x",
            Shape::Text,
            "Of a table: the column that lines follow; time, or a part of it, unless given."
        ),
        Param::named(
            "by",
            Shape::Names,
            "Of a table: the columns that tell lines apart; what its rows are about unless given."
        ),
        Param::named("y", Shape::Names, "Of a table: the columns of values; all other numbers unless given."),
        Param::named("top", Shape::Integer, "Of a table: draw so many lines, those of the largest means."),
        Param::named(
            "marks",
            Shape::Choice(&["lines", "bars", "points"]),
            "Of a table: what stands for its values; lines where they follow something, else bars, unless given."
        ),
        Param::named("shade", Shape::Names, "Of a table: shade from one column to another: `shade [p10 p90]`."),
    ],
    seek: &["map", "imshow", "picture", "draw", "chart", "line", "facet", "figure", "image", "quicklook"],
    examples: &[
        Example {
            title: "A map, its colors centered on zero",
            script: "ramp 1 4 | map trend = v - 16 | plot title \"Trend\" cmap RdBu_r center 0",
            output: "picture of 1 map, 711 x 629 pixels\ntrend  -17 .. 17, centered on 0\n",
        },
        Example {
            title: "Classes with a legend",
            script: "ramp 1 4 | map landcover = if(v > 15, 2, 1) | plot legend [1 water 2 forest] colors [blue green]",
            output: "picture of 1 map, 704 x 601 pixels\nlandcover  2 classes\n",
        },
        Example {
            title: "The mean of each step as a line",
            script: "ramp 6 4 | reduce [mean max] over space | plot title \"Mean and maximum\"",
            output: "picture of a chart with 2 lines, 800 x 480 pixels\n",
        },
        Example {
            title: "One line of two",
            script: "ramp 6 4 bands [rain snow] | mean over space | plot by band top 1",
            output: "picture of a chart with 1 line, 800 x 480 pixels\n",
        },
        Example {
            title: "The world in a projection, hatched where a trend is significant",
            script: "load netcdf \"tas.nc\" | resample yearly mean | trend | select [slope pvalue] | plot coast projection robinson cmap RdBu_r center 0 hatch pvalue < 0.05",
            output: "",
        },
        Example {
            title: "True color",
            script: "load files \"scene.tif\" | plot rgb [red green blue] | save png \"scene.png\"",
            output: "",
        },
    ],
    lower: Lower::Picture(lower),
};

/// What is about charts alone, and what is about charts as well as maps.
const OF_CHARTS: &[&str] = &["x", "by", "y", "top", "marks", "shade"];
const OF_BOTH: &[&str] = &["size", "dpi", "theme", "title", "title_size", "range"];

fn lower(call: &Call, input: &AnyPlan) -> Result<Arc<Picture>> {
    let look = call.look()?;
    let cube = match input {
        AnyPlan::Table(table) => {
            for (param, _) in &call.args {
                if !OF_CHARTS.contains(&param.name) && !OF_BOTH.contains(&param.name) {
                    let message = format!("`{}` is about maps", param.name);
                    return Err(call
                        .error(param.name, codes::WRONG_RESULT, message, "for a chart")
                        .help("a table flows in here; plot the cube it was made of for a map"));
                }
            }
            return Ok(Picture::series(table, lines(call, table)?, call.ends()?, look, call.span));
        }
        _ => call.cube_here(input)?,
    };
    if let Some(name) = OF_CHARTS.iter().find(|name| call.has(name)) {
        let message = format!("`{name}` is about charts");
        return Err(call
            .error(name, codes::WRONG_RESULT, message, "for maps")
            .help("a cube flows in here; make a table of it first: `mean over space`, `zonal \"zones.gpkg\" mean`"));
    }
    let columns = call.count("columns")?;
    let most = call.count("max")?;
    let (chosen, maps) = call.maps(cube)?;
    Picture::maps(&chosen, maps, columns, most.unwrap_or(PANELS), look, call.span)
}

/// Which lines the arguments choose.
fn lines(call: &Call, table: &Arc<TablePlan>) -> Result<Lines> {
    let some = |name| call.has(name).then(|| call.positions(name, table)).transpose();
    let y = some("y")?;
    let shade = some("shade")?;
    let shade = match shade.as_deref() {
        None => None,
        Some([low, high]) => Some([*low, *high]),
        Some(_) => {
            return Err(call
                .error("shade", codes::WRONG_ARITY, "the ground is shaded between two columns", "not two")
                .help("a lower and an upper one: `reduce [mean p10 p90] over space | plot y mean shade [p10 p90]`"));
        }
    };
    for (name, columns) in [("y", y.as_deref()), ("shade", shade.as_ref().map(|ends| &ends[..]))] {
        let mut columns = columns.into_iter().flatten().map(|column| &table.schema.columns[*column]);
        if let Some(column) = columns.find(|column| column.kind == ColumnType::Text) {
            let message = format!("`{}` holds texts, which have no height", column.name);
            return Err(call.error(name, codes::WRONG_TYPE, message, "not numbers"));
        }
    }
    let marks =
        call.text("marks").and_then(|word| Marks::WORDS.iter().find(|(known, _)| *known == word).map(|(_, m)| *m));
    let x = some("x")?.and_then(|x| x.first().copied());
    Ok(Lines { x, by: some("by")?, y, top: call.count("top")?, marks, shade })
}
