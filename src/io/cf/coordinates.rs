//! What CF-1.8 asks the coordinates of a written cube to say of themselves.

use crate::cube::time::{Calendar, Climatology, Instant, cf};
use crate::cube::{Crs, DType, GeoBox, Pixels, Places, StoredAxis, TimeAxis};

const TIME_BOUNDS: &str = "time_bnds";
const CLIMATOLOGY_BOUNDS: &str = "climatology_bnds";
/// Variables of bounds, whose names no band can have.
pub(crate) const BOUNDS: [&str; 2] = [TIME_BOUNDS, CLIMATOLOGY_BOUNDS];

/// Our own attribute of times that are groups: the noun of the calendar, so that they are read back as what they were.
pub(crate) const GROUPED_BY: &str = "grouped_by";

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
        Some(Places::Pixels(_) | Places::Ties(_)) | None => grid.crs.as_ref(),
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

/// The coordinates along an axis, in the order in which they are listed: those that were read, in their type, or else
/// the centers of the pixels.
pub(crate) fn values(grid: &GeoBox, axis: Axis) -> Pixels {
    let stored = stored(grid, axis);
    let mut values: Vec<f64> = match (stored, axis) {
        (Some(stored), _) => stored.values.to_vec(),
        (None, Axis::X) => (0..grid.width).map(|column| grid.x(column)).collect(),
        (None, Axis::Y) => (0..grid.height).map(|row| grid.y(row)).collect(),
    };
    if grid.upward && axis == Axis::Y {
        values.reverse();
    }
    Pixels::F64(values).cast(None, stored.map_or(DType::F64, |stored| stored.dtype), None)
}

/// The transform of rows and columns as they are listed, as rioxarray has it and GDAL reads it; one that counts them says
/// nothing of where they lie.
pub(crate) fn transform(grid: &GeoBox) -> Option<[f64; 6]> {
    (!grid.is_counted()).then(|| grid.listed_transform())
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

/// The times of the steps as a file holds them.
pub(crate) struct Times<'a> {
    pub calendar: Calendar,
    pub values: Vec<Instant>,
    pub bounds: Option<Vec<(Instant, Instant)>>,
    /// Whether they are a dimension; else there is one time, for everything.
    pub has_dim: bool,
    /// What the steps were grouped by.
    group: Option<&'a str>,
}

impl Times<'_> {
    /// The times of an axis that has some.
    pub(crate) fn of(axis: &TimeAxis) -> Option<Times<'_>> {
        Some(match axis {
            TimeAxis::Instants { calendar, values, bounds } => Times {
                calendar: *calendar,
                values: values.clone(),
                bounds: bounds.clone(),
                has_dim: true,
                group: None,
            },
            TimeAxis::Reduced { calendar, start, end, .. } => Times {
                calendar: *calendar,
                values: vec![*start],
                bounds: (start < end).then(|| vec![(*start, *end)]),
                has_dim: false,
                group: None,
            },
            TimeAxis::Groups { key, climatology: Some(Climatology { calendar, values, bounds }), .. } => Times {
                calendar: *calendar,
                values: values.clone(),
                bounds: Some(bounds.clone()),
                has_dim: true,
                group: Some(key),
            },
            TimeAxis::Groups { .. } | TimeAxis::Positions(_) => return None,
        })
    }

    /// Whether they recur, year after year or day after day; a group of one year does not.
    pub(crate) fn is_climatology(&self) -> bool {
        self.group.is_some_and(|noun| noun != "year")
    }

    /// Name of the variable of bounds, where there are some.
    pub(crate) fn bounds_name(&self) -> Option<&'static str> {
        let name = if self.is_climatology() { CLIMATOLOGY_BOUNDS } else { TIME_BOUNDS };
        self.bounds.as_ref().map(|_| name)
    }

    /// The unit that is exact for times and bounds, with the numbers of both.
    pub(crate) fn numbers(&self) -> (String, Vec<i64>, Vec<i64>) {
        let edges = self.bounds.iter().flatten().flat_map(|(from, to)| [*from, *to]);
        let all: Vec<Instant> = self.values.iter().copied().chain(edges).collect();
        let (units, mut numbers) = cf::encode(self.calendar, &all);
        let edges = numbers.split_off(self.values.len());
        (units, numbers, edges)
    }

    /// What the coordinate says of itself.
    pub(crate) fn attributes(&self, units: &str) -> Attributes {
        let mut said = vec![
            ("standard_name", "time".to_string()),
            ("long_name", "time".into()),
            ("units", units.into()),
            ("calendar", self.calendar.cf_name().into()),
            ("axis", "T".into()),
        ];
        let attribute = if self.is_climatology() { "climatology" } else { "bounds" };
        said.extend(self.bounds_name().map(|name| (attribute, name.to_string())));
        said.extend(self.group.map(|noun| (GROUPED_BY, noun.to_string())));
        said
    }

    /// What the bounds say of themselves: those of climatologies repeat the unit, which not every reader takes over.
    pub(crate) fn attributes_of_bounds(&self, units: &str) -> Attributes {
        vec![("units", units.into()), ("calendar", self.calendar.cf_name().into())]
    }
}
