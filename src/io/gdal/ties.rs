//! The control points and polynomials of a file that has no transform.

use super::handles;
use crate::cube::{ControlPoint, Places, Ties};
use crate::diagnostic::Result;
use crate::geometry::crs;
use gdal::Metadata;

/// What ties the pixels of a file to the ground; nothing where GDAL does not know the system of its points.
pub(crate) fn of(name: &str) -> Result<Option<Places>> {
    handles::with(name, |dataset| {
        let point =
            |p: &gdal::GcpRef<'_>| ControlPoint { column: p.pixel(), row: p.line(), x: p.x(), y: p.y(), z: p.z() };
        let points: Vec<ControlPoint> = dataset.gcps().iter().map(point).collect();
        if !points.is_empty() {
            let system = dataset.gcp_spatial_ref().and_then(|system| crs::from_spatial_ref(&system).ok());
            return Ok(system.map(|crs| Places::Ties(Ties::Points { crs, points: points.into() })));
        }
        let items = dataset.metadata_domain("RPC").unwrap_or_default();
        let pair = |item: &String| item.split_once('=').map(|(name, value)| (name.to_string(), value.to_string()));
        Ok((!items.is_empty()).then(|| Places::Ties(Ties::Polynomials(items.iter().filter_map(pair).collect()))))
    })
}
