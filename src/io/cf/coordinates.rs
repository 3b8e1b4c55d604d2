//! What CF-1.8 asks the coordinates of a written cube to say of themselves.

use crate::cube::time::Calendar;
use crate::cube::{Crs, GeoBox, Pixels, Places, StoredAxis};

/// Attributes by name, in the order they are written.
pub(crate) type Attributes = Vec<(&'static str, String)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    X,
    Y,
}

/// The system of the coordinates along rows and columns, also where these are at unequal distances.
pub(crate) fn system(grid: &GeoBox) -> Option<&Crs> {
    match &grid.places {
        Some(Places::Axes(crs)) => Some(crs),
        Some(Places::Pixels(_)) | None => grid.crs.as_ref(),
    }
}

/// Names of the dimensions of rows and columns.
pub(crate) fn dims(grid: &GeoBox) -> (&'static str, &'static str) {
    let is_plain = !grid.is_rotated();
    if system(grid).is_some_and(|crs| crs.geographic) && is_plain { ("lat", "lon") } else { ("y", "x") }
}

/// What the longitude (X) or latitude (Y) of a pixel says of itself, beside its unit and name.
pub(crate) fn pixel_place(axis: Axis, unit: Option<&str>) -> Attributes {
    let (name, degrees) = match axis {
        Axis::X => ("longitude", "degrees_east"),
        Axis::Y => ("latitude", "degrees_north"),
    };
    vec![("standard_name", name.into()), ("units", unit.unwrap_or(degrees).into())]
}

/// The coordinates along an axis: those that were read, in their type, or else the centers of the pixels.
pub(crate) fn values(grid: &GeoBox, axis: Axis) -> Pixels {
    match (stored(grid, axis), axis) {
        (Some(stored), _) => Pixels::F64(stored.values.to_vec()).cast(None, stored.dtype, None),
        (None, Axis::X) => Pixels::F64((0..grid.width).map(|column| grid.x(column)).collect()),
        (None, Axis::Y) => Pixels::F64((0..grid.height).map(|row| grid.y(row)).collect()),
    }
}

fn stored(grid: &GeoBox, axis: Axis) -> Option<&StoredAxis> {
    let axes = grid.axes.as_ref()?;
    Some(match axis {
        Axis::X => &axes.x,
        Axis::Y => &axes.y,
    })
}

/// What the coordinate `name` along an axis says of itself.
pub(crate) fn place(grid: &GeoBox, axis: Axis, name: &str) -> Attributes {
    let (letter, earth, degrees, rotated, plane) = match axis {
        Axis::X => ("X", "longitude", "degrees_east", "grid_longitude", "projection_x_coordinate"),
        Axis::Y => ("Y", "latitude", "degrees_north", "grid_latitude", "projection_y_coordinate"),
    };
    let system = system(grid);
    let own = stored(grid, axis).and_then(|stored| stored.unit.as_deref());
    let unit = own.or(system.map(|crs| crs.unit.as_str())).filter(|unit| !unit.is_empty());
    let mut said = Attributes::new();
    if system.is_some_and(|crs| crs.geographic) {
        said.extend([("standard_name", earth.into()), ("long_name", earth.into()), ("units", degrees.into())]);
    } else if system.is_some_and(Crs::is_angular) {
        let long_name = format!("{earth} in rotated pole grid");
        said.extend([("standard_name", rotated.into()), ("long_name", long_name), ("units", "degrees".into())]);
    } else if let Some(unit) = unit {
        let unit = if unit.starts_with("metre") || unit.starts_with("meter") { "m" } else { unit };
        said.extend([
            ("standard_name", plane.into()),
            ("long_name", format!("{name} coordinate of projection")),
            ("units", unit.into()),
        ]);
    }
    said.push(("axis", letter.into()));
    said
}

/// The times of the steps; `units` and calendar as they are encoded, and the variable that holds their bounds.
pub(crate) fn time(units: &str, calendar: Calendar, bounds: Option<&str>) -> Attributes {
    let mut said = vec![
        ("standard_name", "time".to_string()),
        ("long_name", "time".into()),
        ("units", units.into()),
        ("calendar", calendar.cf_name().into()),
        ("axis", "T".into()),
    ];
    said.extend(bounds.map(|name| ("bounds", name.to_string())));
    said
}
