//! Path templates: which steps and bands go into which file.

use crate::cube::{Label, Schema, TimeAxis};
use crate::diagnostic::{Diagnostic, Result, codes, did_you_mean, list_some};
use std::collections::HashMap;
use std::path::PathBuf;

/// A file to be written: its layers are steps and bands of the cube, in the order in which they are stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    pub path: PathBuf,
    pub layers: Vec<(usize, usize)>,
}

enum Piece {
    Text(String),
    Field { name: String, format: Option<String> },
}

/// GeoTIFF numbers bands with 16 bits.
const MOST_LAYERS: usize = 65_535;

/// The files of a path that may hold `{time:%Y%m%d}`, `{band}`, `{i}`, `{name}`, the name of the time dimension
/// (`{month}`) or of a property of the steps.
///
/// # Errors
/// `E0504` for a placeholder that is not known or has no value here, and where two steps get one path.
pub(super) fn targets(template: &str, schema: &Schema) -> Result<Vec<Target>> {
    let pieces = parse(template)?;
    let known = known(schema);
    for piece in &pieces {
        if let Piece::Field { name, .. } = piece
            && !known.contains(name)
        {
            return Err(Diagnostic::new(codes::BAD_TEMPLATE, format!("unknown placeholder `{{{name}}}` in the path"))
                .help_if(did_you_mean(name, known.iter().map(String::as_str)))
                .help(format!("placeholders here: {}", list_some(known.iter().map(String::as_str), 20))));
        }
    }
    let has = |f: &dyn Fn(&str) -> bool| pieces.iter().any(|p| matches!(p, Piece::Field { name, .. } if f(name)));
    let by_band = has(&|name| name == "band");
    let by_step = has(&|name| name != "band");
    let (steps, bands) = (schema.time.len(), schema.bands.len());
    let mut targets: Vec<Target> = Vec::new();
    let mut seen: HashMap<PathBuf, (usize, usize)> = HashMap::new();
    for step in if by_step { 0..steps } else { 0..1 } {
        for band in if by_band { 0..bands } else { 0..1 } {
            let path = PathBuf::from(fill(&pieces, schema, step, band)?);
            if let Some(&(other_step, other_band)) = seen.get(&path) {
                return Err(twice(&path, schema, (other_step, other_band), (step, band)));
            }
            seen.insert(path.clone(), (step, band));
            let of_steps = if by_step { step..step + 1 } else { 0..steps };
            let of_bands = if by_band { band..band + 1 } else { 0..bands };
            let layers: Vec<_> = of_steps.flat_map(|s| of_bands.clone().map(move |b| (s, b))).collect();
            if layers.len() > MOST_LAYERS {
                return Err(Diagnostic::new(
                    codes::BAD_TEMPLATE,
                    format!("{} steps and bands do not fit one file, which holds {MOST_LAYERS}", layers.len()),
                )
                .help("write a file for each step: put `{time:%Y%m%d}` into the path"));
            }
            targets.push(Target { path, layers });
        }
    }
    Ok(targets)
}

fn twice(path: &std::path::Path, schema: &Schema, a: (usize, usize), b: (usize, usize)) -> Box<Diagnostic> {
    let name = |(step, band): (usize, usize)| {
        if a.0 == b.0 {
            format!("band `{}`", schema.bands[band].name)
        } else {
            format!("step {step} ({})", schema.time.label(step))
        }
    };
    Diagnostic::new(
        codes::BAD_TEMPLATE,
        format!("{} and {} would both be written to `{}`", name(a), name(b), path.display()),
    )
    .help("tell them apart with a finer time, such as `{time:%Y%m%dT%H%M}`, or with `{i}`")
}

fn known(schema: &Schema) -> Vec<String> {
    let mut known = vec!["band".to_string(), "i".into()];
    let dim = schema.time.dim_name();
    if !known.iter().any(|k| k == dim) {
        known.insert(0, dim.to_string());
    }
    if matches!(schema.time, TimeAxis::Groups { .. }) && !known.iter().any(|k| k == "name") {
        known.push("name".into());
    }
    known.extend(schema.properties.keys().filter(|k| !known.contains(k)).cloned().collect::<Vec<_>>());
    known
}

fn parse(template: &str) -> Result<Vec<Piece>> {
    let bad = |why: &str| {
        Diagnostic::new(codes::BAD_TEMPLATE, format!("{why} in the path `{template}`"))
            .help("a placeholder is written `{band}` or `{time:%Y%m%d}`; a brace itself is doubled: `{{`")
    };
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = template.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '{' | '}' if rest.peek() == Some(&c) => {
                rest.next();
                text.push(c);
            }
            '}' => return Err(bad("a brace is closed that was not opened")),
            '{' => {
                let mut inside = String::new();
                loop {
                    match rest.next() {
                        Some('}') => break,
                        Some('{') | None => return Err(bad("a brace is not closed")),
                        Some(c) => inside.push(c),
                    }
                }
                let (name, format) = match inside.split_once(':') {
                    Some((name, format)) => (name.trim().to_string(), Some(format.to_string())),
                    None => (inside.trim().to_string(), None),
                };
                pieces.push(Piece::Text(std::mem::take(&mut text)));
                pieces.push(Piece::Field { name, format });
            }
            c => text.push(c),
        }
    }
    pieces.push(Piece::Text(text));
    Ok(pieces)
}

fn fill(pieces: &[Piece], schema: &Schema, step: usize, band: usize) -> Result<String> {
    let mut path = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => path.push_str(text),
            Piece::Field { name, format } => path.push_str(&value(name, format.as_deref(), schema, step, band)?),
        }
    }
    Ok(path)
}

fn value(name: &str, format: Option<&str>, schema: &Schema, step: usize, band: usize) -> Result<String> {
    let axis = &schema.time;
    if name == "band" {
        return Ok(safe(&schema.bands[band].name));
    }
    if name == "i" {
        return padded(&step.to_string(), format, name);
    }
    if name == "time" {
        let instant = match axis {
            TimeAxis::Instants { calendar, values, .. } => values.get(step).map(|v| (*calendar, *v)),
            TimeAxis::Reduced { calendar, start, .. } => Some((*calendar, *start)),
            _ => None,
        };
        if let Some((calendar, instant)) = instant {
            return match format {
                Some(format) if format.contains('%') => Ok(safe(&calendar.format(instant, format))),
                Some(format) => {
                    Err(Diagnostic::new(codes::BAD_TEMPLATE, format!("`{format}` is no format for a date"))
                        .help("write it with letters after `%`: `{time:%Y%m%d}`"))
                }
                // Colons are no part of file names everywhere.
                None => Ok(safe(&calendar.iso(instant).replace(':', ""))),
            };
        }
    }
    if let Some(property) = schema.properties.get(name).and_then(|values| values.get(step)) {
        let text = match property {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => {
                return Err(Diagnostic::new(codes::BAD_TEMPLATE, format!("step {step} has no `{name}`"))
                    .help("use `{i}` or `{time:%Y%m%d}` in its place"));
            }
            other => other.to_string(),
        };
        return padded(&text, format, name);
    }
    match axis {
        TimeAxis::Groups { labels, .. } => {
            padded(&labels.get(step).map_or_else(String::new, Label::to_string), format, name)
        }
        _ => padded(&axis.label(step), format, name),
    }
}

/// A whole number filled up with zeros: `{month:02}`; any other text as it is.
fn padded(text: &str, format: Option<&str>, name: &str) -> Result<String> {
    let Some(format) = format else { return Ok(safe(text)) };
    let width = format.trim_end_matches('d').parse::<usize>().ok().filter(|w| *w <= 20);
    match (width, text.parse::<i64>()) {
        (Some(width), Ok(number)) => Ok(format!("{number:0width$}")),
        (Some(_), Err(_)) => Ok(safe(text)),
        (None, _) => Err(Diagnostic::new(codes::BAD_TEMPLATE, format!("`{{{name}:{format}}}` cannot be filled"))
            .help(format!("write `{{{name}}}`, or `{{{name}:03}}` for numbers of three digits"))),
    }
}

/// A value must not open a folder.
fn safe(text: &str) -> String {
    text.replace(['/', '\\'], "_")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cube::time::{Calendar, Instant};
    use crate::cube::{Band, DType, GeoBox};
    use serde_json::json;

    fn schema(time: TimeAxis, bands: &[&str]) -> Schema {
        let bands = bands.iter().map(|b| Band::new(*b, DType::F32, None)).collect();
        let grid = GeoBox::new(None, [0.0, 1.0, 0.0, 0.0, 0.0, -1.0], 1, 1);
        Schema::new(time, bands, grid)
    }

    fn days(days: &[i64]) -> TimeAxis {
        TimeAxis::of(Calendar::Standard, days.iter().map(|&d| Instant::from_days(d).unwrap()).collect())
    }

    fn paths(template: &str, schema: &Schema) -> Vec<String> {
        targets(template, schema).unwrap().iter().map(|t| t.path.to_str().unwrap().to_string()).collect()
    }

    #[test]
    fn names_of_files() {
        let mut two = schema(days(&[0, 31]), &["red", "n/r"]);
        two.properties.insert("name".into(), vec![json!("a"), json!("b")]);
        two.properties.insert("orbit".into(), vec![json!(7), json!(12)]);
        let cases: [(&str, &[&str]); 7] = [
            ("x.tif", &["x.tif"]),
            ("{time:%Y%m}.tif", &["197001.tif", "197002.tif"]),
            (
                "{band}/{time}.tif",
                &["red/1970-01-01.tif", "n_r/1970-01-01.tif", "red/1970-02-01.tif", "n_r/1970-02-01.tif"],
            ),
            ("{i:03}_{name}.tif", &["000_a.tif", "001_b.tif"]),
            ("{{x}}_{orbit:04}.tif", &["{x}_0007.tif", "{x}_0012.tif"]),
            ("{band}.tif", &["red.tif", "n_r.tif"]),
            ("{time:%d %b}.tif", &["01 Jan.tif", "01 Feb.tif"]),
        ];
        for (template, expected) in cases {
            assert_eq!(paths(template, &two), expected, "{template}");
        }
        let layers =
            |template: &str| targets(template, &two).unwrap().iter().map(|t| t.layers.clone()).collect::<Vec<_>>();
        assert_eq!(layers("x.tif"), [[(0, 0), (0, 1), (1, 0), (1, 1)]]);
        assert_eq!(layers("{i}.tif"), [[(0, 0), (0, 1)], [(1, 0), (1, 1)]]);
        assert_eq!(layers("{band}.tif"), [[(0, 0), (1, 0)], [(0, 1), (1, 1)]]);
        let labels = vec![Label::Number(1.0), Label::Number(12.0)];
        let months = schema(TimeAxis::groups("month", labels), &["a"]);
        assert_eq!(paths("{month:02}_{name}.tif", &months), ["01_1.tif", "12_12.tif"]);
        assert_eq!(paths("{step}.tif", &schema(TimeAxis::Positions(2), &["a"])), ["0.tif", "1.tif"]);
    }

    #[test]
    fn refusals() {
        let two = schema(days(&[0, 31]), &["red"]);
        let cases = [
            ("{tiem:%Y}.tif", "unknown placeholder `{tiem}` in the path"),
            ("{month}.tif", "unknown placeholder `{month}` in the path"),
            ("{time:%Y}.tif", "step 0 (1970-01-01) and step 1 (1970-02-01) would both be written to `1970.tif`"),
            ("{time:04}.tif", "`04` is no format for a date"),
            ("{time.tif", "a brace is not closed in the path `{time.tif`"),
            ("a}.tif", "a brace is closed that was not opened in the path `a}.tif`"),
            ("{i:x}.tif", "`{i:x}` cannot be filled"),
        ];
        for (template, message) in cases {
            let error = targets(template, &two).unwrap_err();
            assert_eq!((error.code, error.message.as_str()), (codes::BAD_TEMPLATE, message), "{template}");
        }
        assert_eq!(targets("{tiem}.tif", &two).unwrap_err().help[0], "did you mean `time`?");
        let many = schema(TimeAxis::Positions(70_000), &["red"]);
        assert_eq!(targets("x.tif", &many).unwrap_err().code, codes::BAD_TEMPLATE);
    }
}
