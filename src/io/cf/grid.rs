//! From coordinates, which are centres, to a grid, whose transform is edges.

use super::axes::{coordinate, is_geographic};
use super::crs;
use super::{Choice, File, Variable, attributes};
use crate::cube::{DType, GeoBox};
use crate::diagnostic::{Diagnostic, Result, codes};

/// Centres may be this far off an even grid, in pixels; Gaussian latitudes of fine models are, rounded decimals too.
const TOLERANCE: f64 = 0.05;
/// From here on the user is told.
const NOTEWORTHY: f64 = 0.005;

/// A grid, and whether its rows and columns are stored backwards.
pub struct Found {
    pub grid: GeoBox,
    pub flip_y: bool,
    pub flip_x: bool,
}

/// The grid of a variable whose rows and columns run along these dimensions.
pub fn find(
    file: &dyn File,
    v: &Variable,
    (y_dim, height): (&str, usize),
    (x_dim, width): (&str, usize),
    choice: &Choice,
    notes: &mut Vec<String>,
) -> Result<Found> {
    let (y_coordinate, x_coordinate) = (coordinate(file, y_dim), coordinate(file, x_dim));
    let y = y_coordinate.map(|c| centres(file, c, false)).transpose()?;
    let x =
        x_coordinate.map(|c| centres(file, c, x_coordinate.is_some_and(|c| is_geographic(c, false)))).transpose()?;
    let system = crs::find(file, v, y_coordinate, x_coordinate, choice, notes)?;
    let stated = transform(file, v);
    let (mut transform, mut flip) = match (&y, &x, stated) {
        // Centres were rounded when they were written, a stated transform was not.
        (Some(y), Some(x), Some(t)) if fits(t, y, x) => (t, (false, false)),
        (Some(y), Some(x), _) => {
            let (dy, dx) = steps(y, x, file)?;
            let origin = |axis: &Axis, step: f64| tidy(axis.first - step / 2.0, step);
            ([origin(x, dx), dx, 0.0, origin(y, dy), 0.0, dy], (false, false))
        }
        (_, _, Some(t)) => (t, (false, false)),
        _ => {
            notes.push(format!("`{}` has no coordinates: its grid counts pixels", v.name));
            ([0.0, 1.0, 0.0, height as f64, 0.0, -1.0], (false, false))
        }
    };
    for axis in [&y, &x].into_iter().flatten() {
        if axis.uneven > NOTEWORTHY {
            notes.push(format!("`{}` is uneven by {:.1} % of a pixel", axis.name, axis.uneven * 100.0));
        }
    }
    if transform[2] == 0.0 && transform[4] == 0.0 {
        if transform[5] > 0.0 {
            transform =
                [transform[0], transform[1], 0.0, transform[3] + height as f64 * transform[5], 0.0, -transform[5]];
            flip.0 = true;
        }
        if transform[1] < 0.0 {
            transform[0] += width as f64 * transform[1];
            transform[1] = -transform[1];
            flip.1 = true;
        }
    }
    let grid = GeoBox { crs: system, transform, width, height };
    Ok(Found { grid, flip_y: flip.0, flip_x: flip.1 })
}

/// Evenly spaced centres.
struct Axis {
    name: String,
    first: f64,
    /// From one centre to the next, in stored order; nothing where there is only one and no bounds.
    step: Option<f64>,
    len: usize,
    /// The farthest a centre lies from where it would be, in pixels.
    uneven: f64,
}

fn centres(file: &dyn File, v: &Variable, is_longitude: bool) -> Result<Axis> {
    let mut values = unpacked(file, v)?;
    if is_longitude {
        unwrap(&mut values);
    }
    let bad = |why: String| {
        Diagnostic::new(codes::BAD_COORDINATES, format!("`{}` of `{}` {why}", v.name, file.name()))
            .help("regrid the file first, for instance with `cdo remapbil` or `gdalwarp -geoloc`")
    };
    if let Some(at) = values.iter().position(|c| !c.is_finite()) {
        return Err(bad(format!("has no value at position {at}")));
    }
    let (Some(&first), Some(&last)) = (values.first(), values.last()) else { return Err(bad("is empty".into())) };
    if values.len() == 1 {
        let step = width_of_bounds(file, v);
        return Ok(Axis { name: v.name.clone(), first, step, len: 1, uneven: 0.0 });
    }
    let step = (last - first) / (values.len() - 1) as f64;
    let off = |(i, c): (usize, &f64)| ((c - (first + i as f64 * step)) / step).abs();
    let (at, uneven) =
        values.iter().enumerate().map(|c| (c.0, off(c))).fold((0, 0.0), |a, b| if b.1 > a.1 { b } else { a });
    // f32 coordinates far from zero are rounded to more than the tolerance allows.
    let rounding = if v.dtype == Some(DType::F32) {
        2.0 * f64::from(f32::EPSILON) * first.abs().max(last.abs()) / step.abs()
    } else {
        0.0
    };
    if step == 0.0 || uneven.is_nan() || uneven > TOLERANCE + rounding {
        let (from, to) = (values[at.saturating_sub(1)], values[at]);
        return Err(bad(format!("is not evenly spaced: {from} is followed by {to}, the mean step is {step}")));
    }
    let uneven = (uneven - rounding).max(0.0);
    Ok(Axis {
        name: v.name.clone(),
        first,
        step: Some(rounded(step, first.abs().max(last.abs()))),
        len: values.len(),
        uneven,
    })
}

/// Coordinate values, those of f32 by the shortest decimals that name them, which are what was meant.
fn unpacked(file: &dyn File, v: &Variable) -> Result<Vec<f64>> {
    let scale = attributes::number(&v.attributes, "scale_factor").unwrap_or(1.0);
    let offset = attributes::number(&v.attributes, "add_offset").unwrap_or(0.0);
    let mut values = file.numbers(v)?;
    for value in &mut values {
        if v.dtype == Some(DType::F32) {
            *value = (*value as f32).to_string().parse().unwrap_or(*value);
        }
        *value = *value * scale + offset;
    }
    Ok(values)
}

/// Longitudes that jump back by a turn at the antimeridian go on instead.
fn unwrap(values: &mut [f64]) {
    let ascending = values.windows(2).filter(|pair| pair[1] > pair[0]).count() * 2 >= values.len();
    let turn = if ascending { 360.0 } else { -360.0 };
    for i in 1..values.len() {
        while (values[i] - values[i - 1]) * turn < 0.0 && (values[i] - values[i - 1]).abs() > 180.0 {
            values[i] += turn;
        }
    }
}

/// A step without the noise of the division that made it: 0.025 and not 0.025000000000000022.
fn rounded(step: f64, largest: f64) -> f64 {
    let short: f64 = format!("{step:.9e}").parse().unwrap_or(step);
    if (short - step).abs() <= largest * 4.0 * f64::EPSILON { short } else { step }
}

/// An edge without the noise of the subtraction that made it.
fn tidy(edge: f64, step: f64) -> f64 {
    let short: f64 = format!("{edge:.11e}").parse().unwrap_or(edge);
    if (short - edge).abs() <= step.abs() * 1e-9 { short } else { edge }
}

/// Both steps, a lone row or column taking the other's.
fn steps(y: &Axis, x: &Axis, file: &dyn File) -> Result<(f64, f64)> {
    match (y.step, x.step) {
        (Some(dy), Some(dx)) => Ok((dy, dx)),
        (Some(dy), None) => Ok((dy, dy.abs())),
        (None, Some(dx)) => Ok((-dx.abs(), dx)),
        (None, None) => Err(Diagnostic::new(
            codes::BAD_COORDINATES,
            format!("`{}` has one row and one column and says nowhere how large they are", file.name()),
        )
        .help("bounds of the coordinates or a `GeoTransform` would say so")),
    }
}

fn width_of_bounds(file: &dyn File, v: &Variable) -> Option<f64> {
    let bounds = file.variable(v.text("bounds")?)?;
    let values = file.numbers(bounds).ok()?;
    let step = values.get(1)? - values.first()?;
    (values.len() == 2 && step.is_finite() && step != 0.0).then_some(step)
}

/// The transform, in GDAL's order, that the grid mapping, the variable or the file states.
fn transform(file: &dyn File, v: &Variable) -> Option<[f64; 6]> {
    let mapping = crs::mapping(file, v).map(|m| &m.attributes);
    let holders = [mapping, Some(&v.attributes), Some(file.attributes())];
    holders.into_iter().flatten().find_map(|held| {
        let six = |key| <[f64; 6]>::try_from(attributes::numbers(held, key)).ok();
        let affine = |key| {
            // A trailing row of 0 0 1 is dropped.
            let [a, b, c, d, e, f, ..] = attributes::numbers(held, key)[..] else { return None };
            let node = attributes::text(held, "spatial:registration") == Some("node");
            let half = if node { 0.5 } else { 0.0 };
            Some([c - half * (a + b), a, b, f - half * (d + e), d, e])
        };
        six("GeoTransform").or_else(|| affine("spatial:transform")).or_else(|| affine("transform"))
    })
}

/// Whether the centres of a transform are those of the coordinates, in their stored direction.
fn fits(t: [f64; 6], y: &Axis, x: &Axis) -> bool {
    let near = |axis: &Axis, origin: f64, step: f64| {
        let first = origin + step / 2.0;
        let last = first + step * (axis.len - 1) as f64;
        let stored_last = axis.first + axis.step.unwrap_or(step) * (axis.len - 1) as f64;
        (first - axis.first).abs() <= 0.01 * step.abs() && (last - stored_last).abs() <= 0.01 * step.abs()
    };
    t[2] == 0.0 && t[4] == 0.0 && near(y, t[3], t[5]) && near(x, t[0], t[1])
}
