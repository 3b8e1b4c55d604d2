//! `index`: spectral indices by name, from the bands that bear the names of colors.

use super::prelude::*;
use crate::diagnostic;
use crate::lang;
use crate::lang::expr::{self, Cx};
use crate::lang::indices::INDICES;

pub(super) const VERB: Verb = Verb {
    name: "index",
    group: Group::Pixel,
    summary: "Compute spectral indices by name; only they stay. `:help indices` lists them with their formulas.",
    params: &[
        Param::rest("indices", Shape::Names, "One or more of the indices: `ndvi evi`."),
        Param::flag("keep", "Keep the bands of the cube too."),
        Param::named("blue", Shape::Text, "The band that is blue, where it is not named so; the same for the others."),
        Param::named("green", Shape::Text, "0.51 to 0.60 micrometres."),
        Param::named("red", Shape::Text, "0.63 to 0.69 micrometres."),
        Param::named("rededge", Shape::Text, "0.70 to 0.72 micrometres."),
        Param::named("nir", Shape::Text, "0.75 to 0.90 micrometres."),
        Param::named("swir16", Shape::Text, "1.55 to 1.75 micrometres."),
        Param::named("swir22", Shape::Text, "2.08 to 2.35 micrometres."),
    ],
    seek: &["spectral", "vegetation", "ndvi", "evi", "ndwi", "nbr", "savi"],
    examples: &[
        Example {
            title: "By common names",
            script: "ramp 1 2 bands [red nir] | index ndvi | show",
            output: "2020-01-01 ndvi\n       1 0.998004\n0.980392 0.978474\n",
        },
        Example {
            title: "Bands of other names",
            script: "ramp 1 1 bands [b4 b5] | index ndvi evi2 red b4 nir b5 | show",
            output: "2020-01-01 ndvi\n1\n2020-01-01 evi2\n2.4975\n",
        },
    ],
    lower: Lower::Stage(lower),
};

/// Colors, and other names of their bands: those of STAC, and those of Sentinel-2. The latter count only in cubes with
/// a band `b08` or `b8a`, which no other sensor has.
const COLORS: &[(&str, &[&str], &str)] = &[
    ("blue", &[], "b02"),
    ("green", &[], "b03"),
    ("red", &[], "b04"),
    ("rededge", &["rededge071", "rededge1"], "b05"),
    ("nir", &["nir08"], "b08"),
    ("swir16", &["swir1"], "b11"),
    ("swir22", &["swir2"], "b12"),
];

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let names = call.names("indices");
    if names.is_empty() {
        return Err(call
            .error("indices", codes::MISSING_ARGUMENT, "`index` needs the name of an index", "no index")
            .help(format!("there is {}", diagnostic::list_some(INDICES.iter().map(|i| i.0), 40))));
    }
    let schema = &input.schema;
    // The formulas are bound to the cube as if its bands had the names of their colors.
    let mut colored = (**schema).clone();
    let mut found = Vec::new();
    for (color, also, sentinel) in COLORS {
        if let Some(band) = band_of(call, schema, color, also, sentinel)? {
            found.push((*color, band));
        }
    }
    for (i, band) in colored.bands.iter_mut().enumerate() {
        band.name = found.iter().find(|(_, b)| *b == i).map_or_else(|| format!(" {i}"), |(color, _)| color.to_string());
    }
    let mut outputs: Vec<(String, Expr)> = Vec::new();
    if call.has("keep") {
        outputs.extend(schema.bands.iter().enumerate().map(|(i, b)| (b.name.clone(), Expr::Band(i))));
    }
    for (name, span) in names {
        let known = || INDICES.iter().map(|i| i.0);
        let Some((_, formula, _)) = INDICES.iter().find(|i| i.0 == name.to_lowercase()) else {
            return Err(Diagnostic::new(codes::UNKNOWN_CHOICE, format!("no index is named `{name}`"))
                .label(span, "not known")
                .help_if(diagnostic::did_you_mean(&name, known()))
                .help(format!("there is {}", diagnostic::list_some(known(), 40)))
                .help("any other formula: `map name = (nir - red) / (nir + red)`"));
        };
        if let Some(color) = COLORS.iter().map(|c| c.0).find(|c| uses(formula, c) && !found.iter().any(|f| f.0 == *c)) {
            let bands = diagnostic::list_some(schema.band_names(), 12);
            let free = schema.bands.iter().enumerate().find(|(i, _)| found.iter().all(|f| f.1 != *i));
            let guess = free.map_or("BAND", |(_, b)| b.name.as_str());
            return Err(Diagnostic::new(codes::UNKNOWN_BAND, format!("`{name}` needs a band `{color}`"))
                .label(span, format!("{name} = {formula}"))
                .help(format!("bands here: {bands}"))
                .help(format!("say which it is: `index {name} {color} {guess}`")));
        }
        outputs.push((name.to_lowercase(), formula_of(call, formula, &colored)?));
    }
    Plan::map(input, outputs, call.span)
}

/// The band of a color: the one that is named, else one that bears the color's name.
fn band_of(call: &Call, schema: &Schema, color: &str, also: &[&str], sentinel: &str) -> Result<Option<usize>> {
    if let Some(name) = call.text(color) {
        return schema.band(&name).map(Some).map_err(|d| d.or_at(call.span_of(color), "no band of the cube here"));
    }
    let named = |name: &str| schema.bands.iter().position(|b| b.name.eq_ignore_ascii_case(name));
    let is_sentinel = named("b08").or(named("b8a")).is_some();
    let own = named(color).or_else(|| also.iter().find_map(|n| named(n)));
    Ok(own.or_else(|| is_sentinel.then(|| named(sentinel)).flatten()))
}

fn uses(formula: &str, color: &str) -> bool {
    formula.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == color)
}

/// The formula in the language itself, bound to the bands of `schema`.
fn formula_of(call: &Call, formula: &str, schema: &Schema) -> Result<Expr> {
    expr::bind(&lang::parse_expr(formula, call.span.text)?, &Cx::new(schema, call.scope))
}
