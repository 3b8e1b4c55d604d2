//! The projection that maps are drawn in: a name that fits itself to the cube, or any reference system.

use super::Call;
use crate::cube::{BBox, Crs, GeoBox};
use crate::diagnostic::{Result, codes};
use crate::plan::picture::{Edge, Projection};

/// The names, and what each is good for.
pub(crate) const PROJECTIONS: &[(&str, &str)] = &[
    ("robinson", "the world, as atlases show it"),
    ("mollweide", "the world, areas equal"),
    ("equal_earth", "the world, areas equal and shapes pleasant"),
    ("mercator", "angles true; areas grow towards the poles"),
    ("polar", "a hemisphere around its pole, areas equal"),
    ("orthographic", "the globe seen from afar"),
    ("lambert", "a conic map of a country or continent, angles true"),
    ("albers", "a conic map of a country or continent, areas equal"),
    ("geographic", "degrees as they are"),
];

/// A cube that covers so many degrees of longitude is one of the world.
const WORLD: f64 = 300.0;
/// Mercator's map ends here, as its poles lie at infinity.
const MERCATOR: f64 = 84.0;
/// Conic maps of more degrees of latitude are no longer like what they show.
const CONIC: f64 = 120.0;
/// The earth in PROJ's orthographic view.
const RADIUS: f64 = 6_378_137.0;

impl Call<'_> {
    /// `projection`.
    pub(super) fn projection(&self, grid: &GeoBox) -> Result<Option<Projection>> {
        let Some(name) = self.text("projection") else { return Ok(None) };
        self.refuse_unplaced(grid)?;
        let Some(from) = &grid.crs else {
            return Err(self
                .error(
                    "projection",
                    codes::NO_CRS,
                    "the cube has no reference system to be projected from",
                    "from where?",
                )
                .help(grid.way_to_a_system()));
        };
        let found = match PROJECTIONS.iter().find(|(known, _)| *known == name) {
            Some((known, _)) => self.named(known, grid, from)?,
            None => {
                let known = PROJECTIONS.iter().map(|(name, _)| *name);
                let crs = self.catalog.crs(&name).map_err(|unknown| {
                    unknown
                        .or_at(self.span_of("projection"), "neither a projection nor a system")
                        .help_if(crate::diagnostic::did_you_mean(&name, known.clone()))
                        .help(format!("projections by name: {}", known.collect::<Vec<_>>().join(", ")))
                })?;
                let bounds = self.catalog.suggest_grid(grid, &crs)?.bounds();
                Projection { crs, bounds, edge: Edge::Frame }
            }
        };
        Ok(Some(found))
    }

    fn named(&self, name: &str, grid: &GeoBox, from: &Crs) -> Result<Projection> {
        let degrees = self.catalog.crs("EPSG:4326")?;
        let all = BBox::new(-180.0, -90.0, 180.0, 90.0);
        // What cannot be bounded in degrees reaches beyond what its system is defined for: the world, then.
        let own =
            if grid.is_geographic() { Ok(grid.bounds()) } else { self.catalog.project(grid.bounds(), from, &degrees) };
        let own = own.unwrap_or(all);
        let east = if own.east < own.west { own.east + 360.0 } else { own.east };
        let (south, north) = (own.south.max(-90.0), own.north.min(90.0));
        let is_world = east - own.west >= WORLD;
        let meridian = if is_world { 0.0 } else { (own.west + east) / 2.0 };
        let parallel = (south + north) / 2.0;
        let crs = |definition: String| self.catalog.crs(&format!("{definition} +datum=WGS84 +units=m +no_defs"));
        // The box of the cube in the new system, around its own meridian.
        let around = |crs: &Crs, south: f64, north: f64| {
            let [west, east] = if is_world { [-179.999, 179.999] } else { [own.west, east] };
            let bounds = self.catalog.project(BBox::new(west, south, east, north), &degrees, crs);
            bounds.map_err(|d| d.or_at(self.span_of("projection"), "cannot show this"))
        };
        let framed = |crs: Crs, south: f64, north: f64| {
            Ok(Projection { bounds: around(&crs, south, north)?, crs, edge: Edge::Frame })
        };
        let globe = |proj: &str| {
            let crs = crs(format!("+proj={proj} +lon_0={meridian}"))?;
            match is_world {
                true => {
                    let bounds = around(&crs, -90.0, 90.0)?;
                    Ok(Projection { bounds, crs, edge: Edge::Globe { meridian } })
                }
                false => framed(crs, south, north),
            }
        };
        let conic = |proj: &str| {
            // The standard parallels lie a sixth of the height from both ends, the usual choice (Snyder, Map
            // Projections: A Working Manual, 1987, p. 99).
            let [low, high] = [south + (north - south) / 6.0, north - (north - south) / 6.0];
            if is_world || north - south > CONIC || (low + high).abs() < 5.0 {
                let message =
                    format!("`{name}` is a map of a country or continent on one side of the equator, not of this");
                let other = match (is_world, parallel.abs() > 40.0) {
                    (true, true) => "take `projection polar`",
                    (true, false) => "take `projection robinson`",
                    (false, _) => "take `projection mercator`",
                };
                return Err(self
                    .error("projection", codes::UNFIT_ARGUMENTS, message, "cannot show this")
                    .help(format!("{other}, or `crop lonlat` to a part first")));
            }
            let crs = crs(format!("+proj={proj} +lat_1={low} +lat_2={high} +lat_0={parallel} +lon_0={meridian}"))?;
            framed(crs, south, north)
        };
        match name {
            "robinson" => globe("robin"),
            "mollweide" => globe("moll"),
            "equal_earth" => globe("eqearth"),
            "mercator" => {
                let crs = crs(format!("+proj=merc +lon_0={meridian}"))?;
                framed(crs, south.clamp(-MERCATOR, MERCATOR - 1.0), north.clamp(1.0 - MERCATOR, MERCATOR))
            }
            "polar" => {
                // Of the whole earth the northern half is shown.
                let pole = if parallel < -5.0 { -90.0 } else { 90.0 };
                let crs = crs(format!("+proj=laea +lat_0={pole} +lon_0={meridian}"))?;
                if !is_world {
                    return framed(crs, south, north);
                }
                // The circle ends at the latitude of the cube that is farthest from the pole, at the equator at most.
                let rim = if pole > 0.0 { south.max(0.0) } else { north.min(0.0) };
                let [_, reach] = self.catalog.place([meridian, rim], &degrees, &crs)?;
                let reach = reach.abs();
                Ok(Projection { crs, bounds: BBox::new(-reach, -reach, reach, reach), edge: Edge::Disc })
            }
            "orthographic" => {
                let crs = self.catalog.crs(&format!(
                    "+proj=ortho +lat_0={} +lon_0={meridian} +R={RADIUS} +units=m +no_defs",
                    if is_world && north - south > 150.0 { 20.0 } else { parallel }
                ))?;
                let globe = BBox::new(-RADIUS, -RADIUS, RADIUS, RADIUS);
                Ok(Projection { crs, bounds: globe, edge: Edge::Disc })
            }
            "lambert" => conic("lcc"),
            "albers" => conic("aea"),
            "geographic" => {
                let bounds = BBox { south, north, east, ..own };
                Ok(Projection { crs: degrees, bounds, edge: Edge::Frame })
            }
            other => unreachable!("`{other}` is not among the projections"),
        }
    }
}
