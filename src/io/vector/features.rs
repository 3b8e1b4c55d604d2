//! Features of vector files, one by one, beside a field that names them: zones of polygons, and points.

use super::{open, unreadable};
use crate::cube::Crs;
use crate::diagnostic::{Diagnostic, Result, codes, did_you_mean, list_some};
use crate::gdal::library::messages;
use crate::geometry::crs;
use crate::geometry::polygon::{linear, mended, project, rings, split};
use crate::plan::catalog::Features;
use crate::table::{Cells, Column, Ids, Ring, Sites, Zones};
use gdal::Dataset;
use gdal::spatial_ref::CoordTransform;
use gdal::vector::OGRwkbGeometryType::{self as Wkb, Type};
use gdal::vector::{Feature, Geometry, Layer, LayerAccess, OGRFieldType, geometry_type_flatten};
use std::path::Path;

/// Names of columns that hold coordinates, in the order they are looked for; degrees come first.
const AXES: [([&[&str]; 2], bool); 2] = [
    ([&["lon", "longitude", "long", "lng"], &["lat", "latitude"]], true),
    ([&["x", "easting"], &["y", "northing"]], false),
];

/// How many features a note names.
const NAMED: usize = 3;

/// The fields of the first layer that has any, with their types; nothing where the file cannot be read.
pub(crate) fn fields(path: &str) -> Vec<(String, String)> {
    let Ok(dataset) = open(path) else { return Vec::new() };
    let of = |layer: &Layer| -> Vec<(String, String)> {
        layer.defn().fields().map(|field| (field.name(), type_name(field.field_type()).into())).collect()
    };
    dataset.layers().map(|layer| of(&layer)).find(|fields| !fields.is_empty()).unwrap_or_default()
}

/// A type of fields in a word.
fn type_name(number: OGRFieldType::Type) -> &'static str {
    match number {
        OGRFieldType::OFTInteger | OGRFieldType::OFTInteger64 => "whole number",
        OGRFieldType::OFTReal => "number",
        OGRFieldType::OFTString => "text",
        OGRFieldType::OFTDate | OGRFieldType::OFTDateTime | OGRFieldType::OFTTime => "date",
        _ => "",
    }
}

/// The polygons of a layer, in the system of the cube. Invalid ones are mended.
///
/// # Errors
/// `E0315` for a file without polygons, `E0314` for one with a corner that has no place; `E0220` for an unknown field.
pub(crate) fn zones(query: &Features) -> Result<Zones> {
    let Features { path, .. } = *query;
    let dataset = open(path)?;
    let polygonal = [Wkb::wkbPolygon, Wkb::wkbMultiPolygon, Wkb::wkbCurvePolygon, Wkb::wkbMultiSurface];
    let mut layer = layer(&dataset, query, &polygonal)?;
    let transform = transform(&layer, query)?;
    let mut ids = Names::new(&layer, query, "zone")?;
    let (mut shapes, mut repaired, mut empty, mut placeless) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut last_cause = None;
    for feature in layer.features() {
        ids.push(&feature)?;
        let mut parts = Vec::new();
        if let Some(geometry) = feature.geometry().and_then(linear) {
            split(&geometry, &mut parts);
            let made = mended(&parts).map_err(|cause| {
                let zone = ids.last();
                Diagnostic::new(codes::DAMAGED, format!("zone `{zone}` of `{path}` is no valid polygon"))
                    .cause(cause)
                    .help("repair the file, or leave the feature out of it: `ogr2ogr -where .. rest.gpkg FILE`")
            })?;
            if let Some(made) = made {
                parts = made;
                repaired.push(ids.last());
            }
        }
        if parts.is_empty() {
            empty.push(ids.last());
        }
        if let Some(transform) = &transform {
            // A zone of which a corner has no place there may lie on the cube with the rest of it, but not as a polygon.
            if let Err(cause) = project(&mut parts, transform) {
                messages();
                parts.clear();
                placeless.push(ids.last());
                last_cause = Some(cause);
            }
        }
        shapes.push(parts.iter().flat_map(rings).collect::<Vec<Ring>>());
    }
    if shapes.iter().all(Vec::is_empty) {
        if let (Some(cause), Some(zone)) = (last_cause, placeless.first()) {
            let what = format!("zone `{zone}` of `{path}` has no place in the cube's system, nor has another");
            return Err(Diagnostic::new(codes::NOT_INSIDE, what)
                .cause(&cause)
                .help("reproject the cube instead, to the system of the zones: `reproject EPSG:4326`"));
        }
        return Err(Diagnostic::new(codes::NOT_INSIDE, format!("`{path}` holds no polygon"))
            .help("name a file of polygons, such as a GeoJSON, GeoPackage or Shapefile; `extract` reads points"));
    }
    let mut notes = Vec::new();
    notes.extend(listed("made valid", &repaired));
    notes.extend(listed("without area", &empty));
    notes.extend(listed("without a place in the cube's system", &placeless));
    Ok(Zones { title: title(path), ids: ids.finish(), shapes, notes, geometry: None })
}

/// The points of a layer or of a text with columns of coordinates.
///
/// # Errors
/// `E0315` for a file without points, `E0220` for an unknown field.
pub(crate) fn sites(query: &Features) -> Result<Sites> {
    let Features { path, .. } = *query;
    let dataset = open(path)?;
    let mut layer = layer(&dataset, query, &[Wkb::wkbPoint, Wkb::wkbMultiPoint])?;
    let columns = columns(&layer);
    let is_text = layer.spatial_ref().is_none() && layer.defn().geometry_type() == Wkb::wkbNone;
    let mut ids = query.field.map(|_| Names::new(&layer, query, "")).transpose()?;
    let (mut given, mut at) = (Vec::new(), Vec::new());
    let geographic;
    if is_text {
        let Some((axes, degrees)) = columns else {
            let known: Vec<String> = layer.defn().fields().map(|f| f.name()).collect();
            return Err(Diagnostic::new(codes::NOT_INSIDE, format!("`{path}` has no columns of coordinates")).help(
                format!(
                    "they are to be called `lon` and `lat`, or `x` and `y`; there is {}",
                    list_some(known.iter().map(String::as_str), 12)
                ),
            ));
        };
        for feature in layer.features() {
            // GDAL takes a text that is no number for 0.
            let text = |axis: usize| feature.field_as_string(axes[axis]).ok().flatten();
            let number = |axis: usize| text(axis).and_then(|text| text.trim().parse().ok()).unwrap_or(f64::NAN);
            given.push([number(0), number(1)]);
            if let Some(ids) = &mut ids {
                ids.push(&feature)?;
            }
        }
        let lonlat = crs::parse("EPSG:4326")?;
        let from = query.from.or(if degrees { Some(&lonlat) } else { None });
        geographic = from.or(query.to).map_or(degrees, |crs| crs.geographic);
        at.clone_from(&given);
        if let (Some(from), Some(to)) = (from, query.to) {
            let [mut xs, mut ys] = [0, 1].map(|axis| given.iter().map(|p: &[f64; 2]| p[axis]).collect::<Vec<f64>>());
            crs::points(from, to, &mut xs, &mut ys)?;
            at = xs.into_iter().zip(ys).map(|(x, y)| [x, y]).collect();
        }
    } else {
        let transform = transform(&layer, query)?;
        let own = layer.spatial_ref().and_then(|s| crs::from_spatial_ref(&s).ok());
        geographic = query.from.or(own.as_ref()).or(query.to).is_some_and(|crs| crs.geographic);
        for feature in layer.features() {
            let mut points = Vec::new();
            if let Some(geometry) = feature.geometry().and_then(linear) {
                gather(&geometry, &mut points);
            }
            for mut point in points {
                let (x, y, _) = point.get_point(0);
                given.push([x, y]);
                let moved = transform.as_ref().is_none_or(|t| point.transform_inplace(t).is_ok());
                let (x, y, _) = point.get_point(0);
                at.push(if moved { [x, y] } else { [f64::NAN; 2] });
                if let Some(ids) = &mut ids {
                    ids.push(&feature)?;
                }
            }
        }
        messages();
    }
    if given.is_empty() {
        return Err(Diagnostic::new(codes::NOT_INSIDE, format!("`{path}` holds no point"))
            .help("name a file of points, or of columns `lon` and `lat`; `zonal` reads polygons"));
    }
    let axes = if geographic { ["lon", "lat"] } else { ["x", "y"] }.map(String::from);
    let ids = ids.map(Names::finish);
    Ok(Sites { title: title(path), ids, axes, given, points: at, notes: Vec::new(), geometry: None })
}

/// The one layer that is asked for, or that has such geometries.
fn layer<'a>(dataset: &'a Dataset, query: &Features, types: &[Type]) -> Result<Layer<'a>> {
    let path = query.path;
    let names: Vec<String> = dataset.layers().map(|layer| layer.name()).collect();
    let known = || names.iter().map(String::as_str);
    if let Some(name) = query.layer {
        return dataset.layer_by_name(name).map_err(|_| {
            messages();
            Diagnostic::new(codes::UNKNOWN_CHOICE, format!("`{path}` has no layer `{name}`"))
                .help_if(did_you_mean(name, known()))
                .help(format!("layers: {}", list_some(known(), 12)))
        });
    }
    let fits = |layer: &Layer| {
        let kind = geometry_type_flatten(layer.defn().geometry_type());
        types.contains(&kind) || [Wkb::wkbUnknown, Wkb::wkbGeometryCollection].contains(&kind)
    };
    let found: Vec<usize> = dataset.layers().enumerate().filter(|(_, layer)| fits(layer)).map(|(i, _)| i).collect();
    let index = match found[..] {
        [one] => one,
        // A file of one layer says itself what is wrong with it.
        [] if names.len() == 1 => 0,
        _ => {
            let fitting = || found.iter().map(|i| names[*i].as_str());
            return Err(Diagnostic::new(codes::MISSING_ARGUMENT, format!("`{path}` has {} layers", names.len())).help(
                match found.first() {
                    Some(first) => {
                        format!("choose one, such as `layer {}`: {}", names[*first], list_some(fitting(), 12))
                    }
                    None => format!("none of them has such features: {}", list_some(known(), 12)),
                },
            ));
        }
    };
    dataset.layer(index).map_err(|e| unreadable(path, e))
}

/// From the system of the layer to that of the cube, where they differ.
fn transform(layer: &Layer, query: &Features) -> Result<Option<CoordTransform>> {
    let own = match query.from {
        Some(from) => Some(crs::spatial_ref(&from.wkt)?),
        None => layer.spatial_ref(),
    };
    let (Some(own), Some(to)) = (own, query.to) else { return Ok(None) };
    let same = |to: &Crs| crs::from_spatial_ref(&own).is_ok_and(|own| own == *to);
    if same(to) {
        return Ok(None);
    }
    let target = crs::spatial_ref(&to.wkt)?;
    CoordTransform::new(&own, &target).map(Some).map_err(|e| unreadable(query.path, e))
}

fn gather(geometry: &Geometry, out: &mut Vec<Geometry>) {
    match geometry_type_flatten(geometry.geometry_type()) {
        Wkb::wkbPoint if !geometry.is_empty() => out.push(geometry.clone()),
        Wkb::wkbMultiPoint | Wkb::wkbGeometryCollection => {
            for part in 0..geometry.geometry_count() {
                gather(&geometry.get_geometry(part), out);
            }
        }
        _ => {}
    }
}

/// The columns of x and y, and whether they are degrees.
fn columns(layer: &Layer) -> Option<([usize; 2], bool)> {
    let names: Vec<String> = layer.defn().fields().map(|f| f.name().to_lowercase()).collect();
    AXES.iter().find_map(|(axes, degrees)| {
        let find = |wanted: &[&str]| wanted.iter().find_map(|w| names.iter().position(|n| n == w));
        Some(([find(axes[0])?, find(axes[1])?], *degrees))
    })
}

/// The names of features as they are read.
struct Names {
    column: String,
    field: Option<usize>,
    cells: Cells,
}

impl Names {
    fn new(layer: &Layer, query: &Features, default: &str) -> Result<Names> {
        let Some(name) = query.field else {
            return Ok(Names { column: default.into(), field: None, cells: Cells::Int64(Vec::new()) });
        };
        let fields: Vec<(String, OGRFieldType::Type)> =
            layer.defn().fields().map(|f| (f.name(), f.field_type())).collect();
        let known = || fields.iter().map(|f| f.0.as_str());
        let Some(index) = known().position(|n| n == name) else {
            let near = known().find(|n| n.eq_ignore_ascii_case(name)).map(|n| format!("did you mean `{n}`?"));
            return Err(Diagnostic::new(codes::UNKNOWN_FIELD, format!("`{}` has no field `{name}`", query.path))
                .help_if(near.or_else(|| did_you_mean(name, known())))
                .help(format!("fields: {}", list_some(known(), 20))));
        };
        let cells = match fields[index].1 {
            OGRFieldType::OFTInteger | OGRFieldType::OFTInteger64 => Cells::Int64(Vec::new()),
            OGRFieldType::OFTReal => Cells::Float64(Vec::new()),
            _ => Cells::Text(Vec::new()),
        };
        Ok(Names { column: name.into(), field: Some(index), cells })
    }

    fn push(&mut self, feature: &Feature) -> Result<()> {
        let number = self.cells.len();
        let failed = |e| Diagnostic::new(codes::DAMAGED, format!("feature {number} cannot be read")).cause(&e);
        match (&mut self.cells, self.field) {
            (Cells::Int64(cells), Some(field)) => cells.push(feature.field_as_integer64(field).map_err(failed)?),
            (Cells::Float64(cells), Some(field)) => {
                cells.push(feature.field_as_double(field).map_err(failed)?.unwrap_or(f64::NAN));
            }
            (Cells::Text(cells), Some(field)) => {
                cells.push(feature.field_as_string(field).map_err(failed)?.map(Into::into));
            }
            (Cells::Int64(cells), None) => cells.push(Some(number as i64)),
            _ => unreachable!("names without a field are numbers"),
        }
        Ok(())
    }

    /// The feature just read, for messages.
    fn last(&self) -> String {
        let last = self.cells.len() - 1;
        if self.cells.is_missing(last) { format!("number {last}") } else { self.cells.text(last) }
    }

    fn finish(self) -> Ids {
        Ids { column: Column::new(self.column, self.cells.kind()), cells: self.cells }
    }
}

/// `2 zones made valid: a, b`.
fn listed(what: &str, names: &[String]) -> Option<String> {
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let zones = if names.len() == 1 { "zone" } else { "zones" };
    (!names.is_empty()).then(|| format!("{} {zones} {what}: {shown}{more}", names.len()))
}

fn title(path: &str) -> String {
    Path::new(path).file_name().map_or(path.to_string(), |name| name.to_string_lossy().into_owned())
}
