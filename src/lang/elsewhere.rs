//! Words of other tools (CDO, xarray, pandas, terra, Earth Engine, SQL, shells), and what is written for them here.

use crate::diagnostic::list_some;
use crate::plan::Reducer;
use crate::signature::Param;

/// Words that stand where a stage does, in lower case, and what is written instead.
const STAGES: &[(&str, &str)] = &[
    // Opening and writing.
    ("open", "`load files \"*.tif\"`, `load netcdf \"a.nc\"` or `load zarr \"a.zarr\"`"),
    ("read", "`load files \"*.tif\"`, `load netcdf \"a.nc\"` or `load zarr \"a.zarr\"`"),
    ("rast", "`load files \"a.tif\"`"),
    ("raster", "`load files \"a.tif\"`"),
    ("brick", "`load files \"a.tif\"`"),
    ("open_dataset", "`load netcdf \"a.nc\"`"),
    ("open_mfdataset", "`load netcdf \"*.nc\"`"),
    ("open_rasterio", "`load files \"a.tif\"`"),
    ("xr", "`load netcdf \"a.nc\"`, and its methods as stages behind `|`"),
    ("ee", "`load stac \"items.json\"`, and its methods as stages behind `|`"),
    ("imagecollection", "`load stac \"items.json\"`"),
    ("cdo", "operators are stages: `load netcdf \"in.nc\" | resample 1mo mean | save netcdf \"out.nc\"`"),
    ("write", "`save zarr \"a.zarr\"`, `save cog \"a.tif\"` or `save netcdf \"a.nc\"`"),
    ("writeraster", "`save tif \"a.tif\"`"),
    ("writecdf", "`save netcdf \"a.nc\"`"),
    ("export", "`save netcdf \"a.nc\"`, `save cog \"a.tif\"` or, of a table, `save csv \"a.csv\"`"),
    // Keeping a part.
    ("sel", "`time A..B` for steps, `select [..]` for bands, `crop` for a box, `at lonlat LON LAT` for a point"),
    ("isel", "`step N` for one step, `head N` or `tail N` for several"),
    ("clip", "`crop polygon \"file\"` or `crop lonlat W S E N`"),
    ("filterdate", "`time 2023-01-01..2023-06-30`"),
    ("filterbounds", "`crop lonlat W S E N`"),
    ("sellonlatbox", "`crop lonlat W S E N`; CDO's order is W E S N"),
    ("seldate", "`time 2023-01-01..2023-06-30`"),
    ("selyear", "`time 2023` or `time 2020..2023`"),
    ("selmon", "`filter month(time) in [6 7 8]`"),
    ("selseas", "`filter season(time) == \"JJA\"`"),
    ("selvar", "`select t2m`"),
    ("selname", "`select t2m`"),
    ("dropna", "reducers leave missing pixels out by themselves; `filter` drops steps"),
    ("query", "`where v > 3` for pixels, `filter month(time) == 7` for steps"),
    ("order", "`sort time`, or `sort time descending`"),
    ("point", "`at lonlat LON LAT`"),
    ("sample", "`at lonlat LON LAT`, or `extract \"points.csv\"` for many points"),
    ("interp", "`at lonlat LON LAT method bilinear` for a point, `reproject` for a grid"),
    ("updatemask", "`where v > 3` keeps what a condition holds for, `mask v > 3` drops it"),
    // Computing.
    ("addc", "`map v + 1`"),
    ("subc", "`map v - 273.15`"),
    ("mulc", "`map v * 86400`"),
    ("divc", "`map v / 10`"),
    ("gtc", "`map v > 10`"),
    ("gec", "`map v >= 10`"),
    ("ltc", "`map v < 10`"),
    ("lec", "`map v <= 10`"),
    ("setctomiss", "`mask v == 0`"),
    ("timpctl", "`p90`, or `quantile 0.9`"),
    ("infon", "`stats`"),
    ("astype", "`cast float32`"),
    ("convert", "`cast float32` for a type, `map v - 273.15` for a unit"),
    ("classify", "`map class = if(v < 10, 1, if(v < 20, 2, 3))`"),
    ("reclassify", "`map class = if(v < 10, 1, if(v < 20, 2, 3))`"),
    ("normalizeddifference", "`map ndvi = normalized_difference(nir, red)`"),
    ("fillna", "`fill value 0` for a number, `fill time linear` along time"),
    ("detrend", "`derive` with what `trend` gives: `let t = $x | trend`"),
    // Reducing.
    ("app", "`mean`, `max` or another reducer over time"),
    ("tapp", "`groupby month mean`"),
    (
        "aggregate",
        "`resample 1mo mean` along time, `coarsen 2 mean` for larger pixels, `zonal \"zones.gpkg\" mean` by zones",
    ),
    ("group", "`groupby month mean`"),
    ("reduceregion", "`mean over space`, or `zonal \"zones.gpkg\" mean`"),
    ("reduceregions", "`zonal \"zones.gpkg\" mean`"),
    ("reduceresolution", "`coarsen 2 mean`"),
    ("percentile", "`p90`, or `quantile 0.9`"),
    ("resample_time", "`resample 1mo mean`"),
    ("ymonsub", "`anomaly month`"),
    ("ydaysub", "`anomaly monthday`"),
    // Grids.
    ("warp", "`reproject EPSG:32632`"),
    ("project", "`reproject EPSG:32632`"),
    ("regrid", "`reproject EPSG:4326 res 0.5`, or `align` to another cube"),
    ("remapbil", "`reproject EPSG:4326 res 0.5 method bilinear`, or `align` to another cube"),
    ("remapcon", "`reproject EPSG:4326 res 0.5 method average`, or `align` to another cube"),
    ("remapnn", "`reproject EPSG:4326 res 0.5 method nearest`, or `align` to another cube"),
    ("terrain", "slope and aspect of heights are not there; `focal 3 std` gives statistics of neighbors"),
    ("hillshade", "slope and aspect of heights are not there; `focal 3 std` gives statistics of neighbors"),
    // Putting together.
    (
        "merge",
        "bands of two cubes are put side by side by `join`, tiles together by `mosaic`, later steps behind by `append`",
    ),
    ("addbands", "`join ( load files \"b.tif\" )`"),
    // Looking.
    ("ls", "paths stand in quotes, where `*` stands for any letters: `load files \"data/*.tif\"`; Tab completes them"),
    ("cd", "paths go from where you are: `load files \"data/*.tif\"`"),
    ("for", "there are no loops: `load files \"data/*.tif\"` takes all files, and stages work on every step"),
    ("units", "`describe` shows them; `map v - 273.15` computes in others"),
];

/// Stages that are called otherwise elsewhere and take the same.
const NAMES: &[(&str, &str)] = &[
    ("apply", "map"),
    ("lapp", "map"),
    ("assign", "derive"),
    ("mutate", "derive"),
    ("average", "mean"),
    ("avg", "mean"),
    ("lag", "shift"),
    ("display", "show"),
    ("echo", "show"),
];

/// The families of CDO's operators: what a reducer is put into.
const OPERATORS: &[(&str, &str)] = &[
    ("fld", "`REDUCER over space`"),
    ("tim", "`REDUCER`"),
    ("hour", "`resample 1h REDUCER`"),
    ("day", "`resample 1d REDUCER`"),
    ("mon", "`resample 1mo REDUCER`; of all years together `groupby month REDUCER`"),
    ("year", "`resample 1y REDUCER`"),
    ("seas", "`resample \"QS-DEC\" REDUCER`"),
    ("yday", "`groupby monthday REDUCER`"),
    ("ymon", "`groupby month REDUCER`"),
    ("yseas", "`groupby season REDUCER`"),
    ("run", "`rolling 3 REDUCER center`"),
];

/// What arguments of stages are called elsewhere, and what is written instead. The stage comes first; none stands for all.
const ARGUMENTS: &[(&str, &str, &str)] = &[
    ("plot", "colormap", "`cmap viridis`"),
    ("plot", "palette", "`cmap viridis`"),
    ("plot", "color", "`cmap viridis`"),
    ("plot", "vmin", "`range 0..25`, both ends together"),
    ("plot", "vmax", "`range 0..25`, both ends together"),
    ("plot", "clim", "`range 0..25`"),
    ("plot", "figsize", "`size 800 400`, or in inches `size 8in 4in`"),
    ("plot", "width", "`size 800 400`"),
    ("", "dim", "`over time` or `over space`"),
    ("", "axis", "`over time` or `over space`"),
    ("resample", "freq", "the period alone: `resample 1mo mean`"),
    ("resample", "time", "the period alone: `resample 1mo mean`"),
    ("rolling", "window", "the number of steps alone: `rolling 3 mean`"),
    ("rolling", "time", "the number of steps alone: `rolling 3 mean`"),
    ("coarsen", "fact", "the number of pixels alone: `coarsen 2 mean`"),
    ("coarsen", "lat", "the number of pixels alone: `coarsen 2 mean`"),
    ("coarsen", "lon", "the number of pixels alone: `coarsen 2 mean`"),
    ("coarsen", "x", "the number of pixels alone: `coarsen 2 mean`"),
    ("", "fun", "the reducer alone, such as `mean`"),
    ("", "func", "the reducer alone, such as `mean`"),
    ("", "how", "the reducer alone, such as `mean`"),
    ("zonal", "stats", "the reducers alone: `zonal \"zones.gpkg\" [mean max]`"),
    ("load stac", "bands", "`assets [red nir]`"),
    ("load netcdf", "variable", "`var t2m`"),
    ("load zarr", "variable", "`var t2m`"),
    ("crop", "lat", "`lonlat W S E N`"),
    ("crop", "lon", "`lonlat W S E N`"),
    ("crop", "extent", "`lonlat W S E N`, or `bbox W S E N` in the units of the cube"),
    ("reproject", "EPSG", "`EPSG:32632`, in one word"),
    ("reproject", "epsg", "`EPSG:32632`, in one word"),
    ("reproject", "crs", "the system alone: `reproject EPSG:32632`"),
];

/// What choices are called elsewhere.
const CHOICES: &[(&str, &str)] = &[
    ("int", "`int32`, or `int16` for small numbers"),
    ("integer", "`int32`, or `int16` for small numbers"),
    ("float", "`float32`"),
    ("double", "`float64`"),
    ("single", "`float32`"),
    ("byte", "`uint8`"),
    ("bool", "`uint8`"),
    ("mean", "`average`"),
    ("annual", "`yearly`, or `1y`"),
    ("annually", "`yearly`, or `1y`"),
    ("lat", "`space`, both directions together"),
    ("lon", "`space`, both directions together"),
    ("x", "`space`, both directions together"),
    ("y", "`space`, both directions together"),
];

/// What functions of expressions are called elsewhere.
const FUNCTIONS: &[(&str, &str)] = &[
    ("log", "`ln(a)` for the natural logarithm, `log10(a)` for that to base 10"),
    ("pow", "`a ^ b`"),
    ("where", "`if(condition, yes, no)`"),
    ("ifelse", "`if(condition, yes, no)`"),
    ("iif", "`if(condition, yes, no)`"),
    ("isnan", "`isnodata(a)`"),
    ("isnull", "`isnodata(a)`"),
    ("isna", "`isnodata(a)`"),
    ("notnull", "`isvalid(a)`"),
    ("notna", "`isvalid(a)`"),
];

/// What is written for a word in the place of a stage, before `rest`.
pub(crate) fn stage(word: &str, rest: &str) -> Option<String> {
    let word = word.to_lowercase();
    // A method is known by the object that it is called on.
    let word = word.split('.').next().unwrap_or_default();
    if let Some((_, here)) = NAMES.iter().find(|(known, _)| *known == word) {
        return Some(match rest {
            "" => format!("`{word}` is `{here}` here"),
            rest => format!("write `{here}{rest}`"),
        });
    }
    let found = STAGES.iter().find(|(known, _)| *known == word);
    let names = || sought(word);
    let sought = || {
        Some(names()).filter(|names| !names.is_empty()).map(|names| format!("`{word}` is {} here", list_some(names, 4)))
    };
    found.map(|(_, here)| said(here)).or_else(|| operator(word)).or_else(sought)
}

/// A line to write, or what is to say instead of one.
fn said(here: &str) -> String {
    if here.starts_with('`') { format!("write {here}") } else { here.to_string() }
}

/// An operator of CDO whose name says what it reduces and how: `fldmean`, `ymonstd`.
fn operator(word: &str) -> Option<String> {
    let (family, reducer) = OPERATORS.iter().find_map(|(family, here)| Some((here, word.strip_prefix(family)?)))?;
    let reducer = if reducer == "avg" { "mean" } else { reducer };
    is_reducer(reducer).then(|| format!("write {}", family.replace("REDUCER", reducer)))
}

/// The stages that people look for by a word.
pub(crate) fn sought(word: &str) -> Vec<&'static str> {
    crate::verbs::VERBS.iter().filter(|verb| verb.seek.contains(&word)).map(|verb| verb.name).collect()
}

fn is_reducer(word: &str) -> bool {
    Reducer::from_word(word).is_some()
}

/// What is written for an argument that the stage of this name and of these parameters does not have.
pub(crate) fn argument(verb: &str, params: &[Param], word: &str) -> Option<String> {
    let takes_reducer = params.iter().any(|param| param.name == "reducers");
    let takes_over = params.iter().any(|param| param.name == "over");
    let fits = |stage: &str, here: &str| match stage {
        "" => {
            if here.starts_with("`over") {
                takes_over
            } else {
                takes_reducer
            }
        }
        stage => verb == stage,
    };
    let found = ARGUMENTS.iter().find(|(stage, known, here)| *known == word && fits(stage, here));
    found.map(|(_, _, here)| format!("write {here}"))
}

/// What is written for a choice that is none, if one of `words` is meant.
pub(crate) fn choice(word: &str, words: &[&str]) -> Option<String> {
    // `time.month` is the month of the time.
    if let Some(part) = word.strip_prefix("time.").filter(|part| words.contains(part)) {
        return Some(format!("write `{part}`"));
    }
    let (_, here) = CHOICES.iter().find(|(known, _)| *known == word.to_lowercase())?;
    let first = here.split('`').nth(1)?;
    words.contains(&first).then(|| format!("write {here}"))
}

/// What is written for a function that is none.
pub(crate) fn function(name: &str) -> Option<String> {
    if name == "round" {
        return Some("`round(a * 10) / 10` keeps one digit".into());
    }
    // `np.where` and `v.isnull` are known by what stands behind the object.
    let name = name.rsplit('.').next().unwrap_or_default();
    if let Some((_, here)) = FUNCTIONS.iter().find(|(known, _)| *known == name) {
        return Some(format!("write {here}"));
    }
    let reduces = || {
        format!(
            "`{name}` is a stage: `{name}`, `resample 1mo {name}`, `{name} over space`; what it gives meets the pixels again by \
             `join`, and departures from a mean are `anomaly month`"
        )
    };
    is_reducer(name).then(reduces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang;
    use crate::lang::registry;

    /// The programs in a phrase.
    fn programs(phrase: &str) -> impl Iterator<Item = &str> {
        phrase.split('`').skip(1).step_by(2)
    }

    #[test]
    fn what_is_written_is_of_the_language() {
        let operators = OPERATORS.iter().map(|(_, here)| here.replace("REDUCER", "mean"));
        let stages = STAGES.iter().map(|(_, here)| (*here).to_string()).chain(operators);
        for here in stages {
            for program in programs(&here) {
                let first = program.split(' ').next().unwrap_or_default();
                if !program.contains(' ') {
                    // The name of a stage, a sign, or a quantile.
                    assert!(registry::find(first).is_some() || is_reducer(first) || first.len() <= 3, "{here}");
                    continue;
                }
                let program =
                    program.replace("A..B", "2020").replace("LON LAT", "5 45").replace("W S E N", "5 45 6 46");
                let program = program.replace(" N", " 1").replace("EXPR", "v + 1").replace("[..]", "[v]");
                let line = if ["let", "load"].contains(&first) { program } else { format!("| {program}") };
                assert!(lang::parse(&line, 0).is_ok(), "{line}");
            }
        }
        for (_, here) in FUNCTIONS {
            assert!(programs(here).all(|program| lang::parse(&format!("| map x = {program}"), 0).is_ok()), "{here}");
        }
    }

    #[test]
    fn stages_come_before_letters() {
        assert_eq!(stage("assign", " c = v + 1").as_deref(), Some("write `derive c = v + 1`"));
        assert_eq!(stage("fldmean", "").as_deref(), Some("write `mean over space`"));
        assert_eq!(stage("yseasstd", "").as_deref(), Some("write `groupby season std`"));
        assert_eq!(stage("filterDate", "").as_deref(), Some("write `time 2023-01-01..2023-06-30`"));
        assert_eq!(stage("xr.open_dataset", ""), stage("xr", ""));
        assert!(stage("runmean", "").is_some_and(|here| here.contains("rolling 3 mean center")));
        assert_eq!(stage("monkey", ""), None);
    }
}
