//! Finds where coasts, borders and meridians lie on the grid of a map.

use crate::cube::{Crs, GeoBox};
use crate::diagnostic::Result;
use crate::geometry::crs;
use crate::geometry::natural_earth::{Generalization, lines};
use crate::plan::picture::{Edge, Maps};
use crate::show::plot::basemap::{Basemap, Inset, Path, latitude, longitude};

/// The mean radius of the earth in meters (IUGG).
const RADIUS: f64 = 6_371_008.8;
/// Maps of more degrees of latitude show the coasts of the world.
const WORLD: f64 = 60.0;
/// Points along each edge of a grid that are asked where on the earth they are.
const SAMPLES: usize = 24;
/// A line whose points lie farther apart in a projection than so many times on the ground was torn by its edge.
const TORN: f64 = 20.0;

/// What is drawn beside the data of `maps` on a grid, and notes on it.
pub(super) fn basemap(maps: &Maps, grid: &GeoBox) -> Result<(Basemap, Vec<String>)> {
    let elements = &maps.elements;
    let wanted = elements.first().is_some() || maps.projection.is_some();
    let Some(own) = grid.crs.as_ref().filter(|_| wanted) else {
        return Ok((Basemap::bare(grid.clone()), Vec::new()));
    };
    let earth = Earth { grid, own, degrees: crs::parse("EPSG:4326")? };
    let mut base = Basemap { edge: earth.edge(maps)?, ..Basemap::bare(grid.clone()) };
    let is_disc = maps.projection.as_ref().is_some_and(|projection| projection.edge == Edge::Disc);
    let Some(extent) = earth.extent()? else { return Ok((base, Vec::new())) };
    let cut = |path: &[[f64; 2]]| -> Result<Vec<Path>> { earth.paths(path, is_disc) };
    if elements.coast || elements.borders {
        let coarse = extent.latitudes[1] - extent.latitudes[0] > WORLD;
        for line in lines(if coarse { Generalization::Coarse } else { Generalization::Medium }) {
            let (is_wanted, to) = match line.is_border {
                true => (elements.borders, &mut base.borders),
                false => (elements.coast, &mut base.coasts),
            };
            if is_wanted {
                for near in extent.near(&line.points) {
                    to.extend(cut(&near)?);
                }
            }
        }
    }
    if elements.graticule || maps.projection.is_some() {
        let graticule = Graticule::of(&extent, own.geographic);
        let (mut meridians, mut parallels) = (Vec::new(), Vec::new());
        for at in &graticule.longitudes {
            meridians.push((*at, cut(&graticule.meridian(*at))?));
        }
        for at in &graticule.latitudes {
            parallels.push((*at, cut(&graticule.parallel(*at))?));
        }
        if base.edge.is_none() {
            // A map so small that it has none of a kind keeps the axes of its grid.
            let degrees = [earth.at_foot(&meridians), earth.at_left(&parallels)];
            base.degrees = Some(degrees).filter(|ends| maps.projection.is_some() || ends.iter().all(|e| e.len() > 1));
        } else if elements.graticule {
            base.names = earth.names(&graticule, is_disc)?;
        }
        if elements.graticule {
            base.graticule = meridians.into_iter().chain(parallels).flat_map(|(_, paths)| paths).collect();
        }
    }
    let mut notes = Vec::new();
    let middle = [grid.width as f64 / 2.0, grid.height as f64 / 2.0];
    if elements.scale_bar {
        base.ground = earth.ground(middle)?;
        let off = base.ground.map_or(Ok(0.0), |ground| earth.off(ground))?;
        if off > 0.1 {
            let most = if off > 0.95 {
                "by more than double or half".to_string()
            } else {
                format!("by up to {}%", (off * 100.0).round())
            };
            notes.push(format!("the scale bar holds at the middle of the map; elsewhere lengths differ {most}"));
        }
    }
    if elements.north_arrow {
        base.north = earth.north(middle)?;
        if base.north.is_none() {
            notes.push("there is no north arrow, because the pole lies at the middle of the map".into());
        }
    }
    if elements.inset {
        base.inset = Some(earth.inset(&extent, base.edge.as_ref())?);
    }
    Ok((base, notes))
}

/// A grid and its place on the earth.
struct Earth<'a> {
    grid: &'a GeoBox,
    own: &'a Crs,
    degrees: Crs,
}

/// What of the earth a map shows, in degrees. Longitudes rise from west to east, also beyond 180.
struct Extent {
    longitudes: [f64; 2],
    latitudes: [f64; 2],
}

impl Earth<'_> {
    /// Longitude and latitude of places on the grid; not finite where it shows nothing of the earth.
    fn to_degrees(&self, places: &[[f64; 2]]) -> Result<Path> {
        let t = &self.grid.transform;
        let mut xs: Vec<f64> = places.iter().map(|[c, r]| t[0] + c * t[1] + r * t[2]).collect();
        let mut ys: Vec<f64> = places.iter().map(|[c, r]| t[3] + c * t[4] + r * t[5]).collect();
        crs::points(self.own, &self.degrees, &mut xs, &mut ys)?;
        Ok(xs.into_iter().zip(ys).map(|(x, y)| [x, y]).collect())
    }

    /// Columns and rows of longitudes and latitudes; not finite where the system does not reach.
    fn to_grid(&self, points: &[[f64; 2]]) -> Result<Path> {
        let mut xs: Vec<f64> = points.iter().map(|p| p[0]).collect();
        let mut ys: Vec<f64> = points.iter().map(|p| p[1]).collect();
        crs::points(&self.degrees, self.own, &mut xs, &mut ys)?;
        Ok(xs.into_iter().zip(ys).map(|(x, y)| self.grid.position(x, y)).collect())
    }

    /// The places along the edges of the grid, all around.
    fn rim(&self) -> Path {
        let (width, height) = (self.grid.width as f64, self.grid.height as f64);
        let share = |i: usize| i as f64 / SAMPLES as f64;
        let top = (0..SAMPLES).map(|i| [share(i) * width, 0.0]);
        let right = (0..SAMPLES).map(|i| [width, share(i) * height]);
        let foot = (0..SAMPLES).map(|i| [width - share(i) * width, height]);
        let left = (0..=SAMPLES).map(|i| [0.0, height - share(i) * height]);
        top.chain(right).chain(foot).chain(left).collect()
    }

    /// What of the earth the grid shows; `None` if nothing.
    fn extent(&self) -> Result<Option<Extent>> {
        let (width, height) = (self.grid.width as f64, self.grid.height as f64);
        let share = |i: usize| i as f64 / SAMPLES as f64;
        let inside = (0..=SAMPLES).flat_map(|i| (0..=SAMPLES).map(move |j| [share(i) * width, share(j) * height]));
        let mut places: Path = vec![[width / 2.0, height / 2.0]];
        places.extend(inside);
        let all: Path = self.to_degrees(&places)?.into_iter().filter(|p| p.iter().all(|v| v.is_finite())).collect();
        let Some(first) = all.first() else { return Ok(None) };
        let around = |lon: f64| first[0] + (lon - first[0] + 180.0).rem_euclid(360.0) - 180.0;
        // The longitudes of a grid in degrees rise without a leap.
        let along = |lon: f64| if self.own.geographic { lon } else { around(lon) };
        let reach = |values: &mut dyn Iterator<Item = f64>| {
            values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| [low.min(v), high.max(v)])
        };
        let mut longitudes = reach(&mut all.iter().map(|p| along(p[0])));
        let mut latitudes = reach(&mut all.iter().map(|p| p[1]));
        for pole in [-90.0, 90.0] {
            let [x, y] = self.to_grid(&[[first[0], pole]])?[0];
            if !self.own.geographic && (0.0..=width).contains(&x) && (0.0..=height).contains(&y) {
                longitudes = [first[0] - 180.0, first[0] + 180.0];
                latitudes = [latitudes[0].min(pole), latitudes[1].max(pole)];
            }
        }
        // Samples miss the edge of a round map by a little.
        if longitudes[1] - longitudes[0] > 300.0 && !self.own.geographic {
            longitudes = [first[0] - 180.0, first[0] + 180.0];
        }
        Ok(Some(Extent { longitudes, latitudes: latitudes.map(|lat| lat.clamp(-90.0, 90.0)) }))
    }

    /// The edge of the earth, where the projection shows one.
    fn edge(&self, maps: &Maps) -> Result<Option<Path>> {
        let (width, height) = (self.grid.width as f64, self.grid.height as f64);
        Ok(match maps.projection.as_ref().map(|projection| projection.edge) {
            None | Some(Edge::Frame) => None,
            Some(Edge::Disc) => {
                let turn = |i: usize| (i as f64 * 1.5).to_radians();
                let at = |i: usize| [(1.0 + turn(i).cos()) * width / 2.0, (1.0 + turn(i).sin()) * height / 2.0];
                Some((0..240).map(at).collect())
            }
            Some(Edge::Globe { meridian }) => {
                let east = (0..=180).map(|i| [meridian + 179.999, 90.0 - f64::from(i)]);
                let west = (0..=180).map(|i| [meridian - 179.999, f64::from(i) - 90.0]);
                Some(self.to_grid(&east.chain(west).collect::<Path>())?)
            }
        })
    }

    /// The parts of a line of longitudes and latitudes that lie together on the grid.
    fn paths(&self, line: &[[f64; 2]], is_disc: bool) -> Result<Vec<Path>> {
        let mut places = self.to_grid(line)?;
        if is_disc {
            let (a, b) = (self.grid.width as f64 / 2.0, self.grid.height as f64 / 2.0);
            let outside = |p: &[f64; 2]| ((p[0] - a) / a).hypot((p[1] - b) / b) > 1.0;
            places.iter_mut().filter(|p| outside(p)).for_each(|p| *p = [f64::NAN; 2]);
        }
        if self.own.geographic {
            return Ok(self.turned(places));
        }
        let (dx, dy) = self.grid.resolution();
        // Degrees of a sphere that is not the earth's are as long as its own.
        let unit = if self.own.is_angular() { RADIUS.to_radians() } else { 1.0 };
        let mut paths = vec![Vec::new()];
        for (i, place) in places.iter().enumerate() {
            let torn = i > 0 && {
                let before = places[i - 1];
                let apart = ((place[0] - before[0]) * dx).hypot((place[1] - before[1]) * dy) * unit;
                !apart.is_finite() || apart > TORN * distance(line[i - 1], line[i]).max(1.0)
            };
            if torn {
                paths.push(Vec::new());
            }
            if place.iter().all(|v| v.is_finite())
                && let Some(path) = paths.last_mut()
            {
                path.push(*place);
            }
        }
        paths.retain(|path| path.len() > 1);
        Ok(paths)
    }

    /// A line on a grid of degrees, once for each turn of the earth that it may lie on.
    fn turned(&self, mut places: Path) -> Vec<Path> {
        let turn = 360.0 / self.grid.transform[1].abs().max(f64::MIN_POSITIVE);
        if self.grid.is_rotated() {
            return vec![places];
        }
        for i in 1..places.len() {
            let before = places[i - 1][0];
            places[i][0] += ((before - places[i][0]) / turn).round() * turn;
        }
        let width = self.grid.width as f64;
        let turned = [-1.0, 0.0, 1.0].map(|n| places.iter().map(|p| [p[0] + n * turn, p[1]]).collect::<Path>());
        turned.into_iter().filter(|path| path.iter().any(|p| (0.0..=width).contains(&p[0]))).collect()
    }

    /// Where meridians cross the lower edge, as shares of it, with their degrees.
    fn at_foot(&self, meridians: &[(f64, Vec<Path>)]) -> Vec<(f64, f64)> {
        let (width, height) = (self.grid.width as f64, self.grid.height as f64);
        self.crossings(meridians, 1, height, width, |share| share)
    }

    /// Where parallels cross the left edge, as shares of it from below.
    fn at_left(&self, parallels: &[(f64, Vec<Path>)]) -> Vec<(f64, f64)> {
        self.crossings(parallels, 0, 0.0, self.grid.height as f64, |share| 1.0 - share)
    }

    /// Where lines cross the edge at which a coordinate has a value, and what share of the edge's length that is.
    fn crossings(
        &self,
        lines: &[(f64, Vec<Path>)],
        axis: usize,
        value: f64,
        length: f64,
        share: fn(f64) -> f64,
    ) -> Vec<(f64, f64)> {
        // A hair within the map, because lines end at the poles.
        let value = if value == 0.0 { 1e-6 } else { value * (1.0 - 1e-9) };
        let mut found: Vec<(f64, f64)> = Vec::new();
        for (degrees, paths) in lines {
            let mut at = paths.iter().flat_map(|path| path.windows(2)).filter_map(|pair| {
                let [a, b] = [pair[0], pair[1]];
                ((a[axis] > value) != (b[axis] > value)).then(|| {
                    let along = (value - a[axis]) / (b[axis] - a[axis]);
                    a[1 - axis] + along * (b[1 - axis] - a[1 - axis])
                })
            });
            if let Some(at) = at.find(|at| (0.0..=length).contains(at)) {
                found.push((share(at / length), *degrees));
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Where lines meet, as meridians do at a pole, no name would be that of one.
        let apart: Vec<(f64, f64)> =
            found.chunk_by(|a, b| b.0 - a.0 < 0.03).filter(|met| met.len() == 1).map(|met| met[0]).collect();
        apart
    }

    /// Names of meridians around a disc, or of parallels at the left edge of a globe.
    fn names(&self, graticule: &Graticule, is_disc: bool) -> Result<Vec<([f64; 2], String)>> {
        let (width, height) = (self.grid.width as f64, self.grid.height as f64);
        let mut names = Vec::new();
        let mut name = |line: Path, text: String| -> Result<()> {
            // The western end of a parallel, or the end of a meridian that is farther from the middle.
            let ends = self.paths(&line, is_disc)?;
            let ends = ends.iter().flat_map(|path| path.first().into_iter().chain(path.last()));
            let far = |p: &[f64; 2]| (p[0] - width / 2.0).hypot(p[1] - height / 2.0);
            let end = match is_disc {
                true => ends.max_by(|a, b| far(a).total_cmp(&far(b))),
                false => ends.min_by(|a, b| a[0].total_cmp(&b[0])),
            };
            let Some(end) = end else { return Ok(()) };
            // Names stand a little inside, where nothing cuts them off.
            let inward = |at: f64, middle: f64| at + (middle - at) * 0.06;
            names.push(([inward(end[0], width / 2.0), inward(end[1], height / 2.0)], text));
            Ok(())
        };
        if is_disc {
            for at in &graticule.longitudes {
                name(graticule.meridian(*at), longitude(*at))?;
            }
        } else {
            for at in graticule.latitudes.iter().filter(|lat| lat.abs() < 89.0) {
                name(graticule.parallel(*at), latitude(*at))?;
            }
        }
        Ok(names)
    }

    /// Meters on the ground across the whole map, as a piece at a place has them.
    fn ground(&self, [column, row]: [f64; 2]) -> Result<Option<f64>> {
        let width = self.grid.width as f64;
        let piece = width / 50.0;
        let ends = self.to_degrees(&[[column - piece / 2.0, row], [column + piece / 2.0, row]])?;
        let meters = distance(ends[0], ends[1]) * 50.0;
        Ok(Some(meters).filter(|meters| meters.is_finite() && *meters > 0.0))
    }

    /// By what share lengths differ from those at the middle, at most: along and across, wherever the map shows the earth.
    fn off(&self, ground: f64) -> Result<f64> {
        let (width, height) = (self.grid.width as f64, self.grid.height as f64);
        let (dx, dy) = self.grid.resolution();
        let piece = width / 200.0;
        let share = |i: usize| 0.01 + 0.98 * i as f64 / SAMPLES as f64;
        let mut ends = Vec::new();
        for (i, j) in (0..=SAMPLES).flat_map(|i| (0..=SAMPLES).map(move |j| (i, j))) {
            let at = [share(i) * width, share(j) * height];
            // As long on the map along as across.
            ends.extend([at, [at[0] + piece, at[1]], at, [at[0], at[1] + piece * dx / dy]]);
        }
        let mut most: f64 = 0.0;
        for pair in self.to_degrees(&ends)?.chunks_exact(2) {
            let meters = distance(pair[0], pair[1]) * 200.0;
            // What lies beyond the edge of the earth has no length.
            if meters.is_finite() && meters > 0.0 && meters < 20.0 * ground {
                most = most.max((ground / meters).max(meters / ground) - 1.0);
            }
        }
        Ok(most)
    }

    /// A small step to the north, in columns and rows.
    fn north(&self, at: [f64; 2]) -> Result<Option<[f64; 2]>> {
        let [lon, lat] = self.to_degrees(&[at])?[0];
        let ahead = self.to_grid(&[[lon, lat], [lon, lat + 0.01]])?;
        let step = [ahead[1][0] - ahead[0][0], ahead[1][1] - ahead[0][1]];
        Ok(Some(step).filter(|step| lat.abs() < 89.9 && step.iter().all(|v| v.is_finite())))
    }

    /// Where the grid lies in the world.
    fn inset(&self, extent: &Extent, edge: Option<&Path>) -> Result<Inset> {
        let middle = (extent.longitudes[0] + extent.longitudes[1]) / 2.0;
        let place = |p: &[f64; 2]| [(p[0] - middle + 180.0).rem_euclid(360.0) / 360.0, (90.0 - p[1]) / 180.0];
        let torn = |path: Path| -> Vec<Path> {
            let apart = |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).abs() < 0.5;
            path.chunk_by(apart).filter(|piece| piece.len() > 1).map(<[_]>::to_vec).collect()
        };
        let coasts = lines(Generalization::Coarse).into_iter().filter(|line| !line.is_border);
        let coasts = coasts.flat_map(|line| torn(line.points.iter().map(place).collect())).collect();
        // What a map with an edge shows ends there.
        let inside = |ring: &Path| {
            let middle = [self.grid.width as f64 / 2.0, self.grid.height as f64 / 2.0];
            ring.iter().map(|p| [0, 1].map(|i| middle[i] + (p[i] - middle[i]) * 0.995)).collect()
        };
        let rim = self.to_degrees(&edge.map_or_else(|| self.rim(), inside))?;
        let rim: Path = rim.iter().filter(|p| p.iter().all(|v| v.is_finite())).map(place).collect();
        Ok(Inset { coasts, place: torn(rim) })
    }
}

impl Extent {
    /// The parts of a line that lie near: what is far away may be folded over the map by its projection.
    fn near(&self, line: &[[f64; 2]]) -> Vec<Path> {
        let [west, east] = self.longitudes;
        let [south, north] = self.latitudes;
        let room = |span: f64| span * 0.2 + 2.0;
        let (across, up) = (room(east - west), room(north - south));
        let is_near = |p: &[f64; 2]| {
            let lon = west - across + (p[0] - (west - across)).rem_euclid(360.0);
            (lon <= east + across || east - west + 2.0 * across >= 360.0) && (south - up..=north + up).contains(&p[1])
        };
        let own: Vec<bool> = line.iter().map(is_near).collect();
        let kept = |i: usize| own[i] || i > 0 && own[i - 1] || own.get(i + 1) == Some(&true);
        let mut paths = Vec::new();
        let mut path: Path = Vec::new();
        for (i, point) in line.iter().enumerate() {
            if kept(i) {
                path.push(*point);
            } else {
                paths.push(std::mem::take(&mut path));
            }
        }
        paths.push(path);
        paths.retain(|path| path.len() > 1);
        paths
    }
}

/// Meridians and parallels at round degrees.
struct Graticule {
    /// The southern and northern end of meridians.
    extent: [f64; 2],
    /// The western and eastern end of parallels.
    across: [f64; 2],
    longitudes: Vec<f64>,
    latitudes: Vec<f64>,
}

impl Graticule {
    fn of(extent: &Extent, in_degrees: bool) -> Graticule {
        let round = |[low, high]: [f64; 2]| -> Vec<f64> {
            let steps = [
                1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0,
                30.0, 60.0,
            ];
            let step = steps.into_iter().find(|step| (high - low) / step <= 7.0).unwrap_or(60.0);
            let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
            (first..=last).map(|i| i as f64 * step).collect()
        };
        let mut longitudes = round(extent.longitudes);
        // The meridian at which the earth begins is the one at which it ends.
        if extent.longitudes[1] - extent.longitudes[0] >= 360.0 - 1e-6
            && longitudes.last().zip(longitudes.first()).is_some_and(|(last, first)| last - first >= 360.0 - 1e-6)
        {
            longitudes.pop();
        }
        // Lines run on over the edges of the map, or end a little short of half a turn, each end on its own side.
        let wider = |[low, high]: [f64; 2]| [low - (high - low) / 20.0, high + (high - low) / 20.0];
        let [west, east] = extent.longitudes;
        let across = match in_degrees || east - west < 359.0 {
            true => wider([west, east]),
            false => [west + 1e-3, east - 1e-3],
        };
        let up = wider(extent.latitudes).map(|lat| lat.clamp(-90.0, 90.0));
        Graticule { extent: up, across, longitudes, latitudes: round(extent.latitudes) }
    }

    fn meridian(&self, longitude: f64) -> Path {
        between(self.extent).map(|lat| [longitude, lat]).collect()
    }

    fn parallel(&self, latitude: f64) -> Path {
        between(self.across).map(|lon| [lon, latitude]).collect()
    }
}

/// Many numbers from one to another, both included.
fn between([low, high]: [f64; 2]) -> impl Iterator<Item = f64> {
    let n = 180;
    (0..=n).map(move |i| low + (high - low) * f64::from(i) / f64::from(n))
}

/// Meters between two points of longitude and latitude on a sphere, by the haversine formula.
fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    let [lon_a, lat_a] = a.map(f64::to_radians);
    let [lon_b, lat_b] = b.map(f64::to_radians);
    let half = |angle: f64| (angle / 2.0).sin().powi(2);
    let h = half(lat_b - lat_a) + lat_a.cos() * lat_b.cos() * half(lon_b - lon_a);
    2.0 * RADIUS * h.sqrt().min(1.0).asin()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cube::BBox;
    use crate::plan::picture::{Elements, Projection};

    fn maps(elements: Elements, projection: Option<Projection>) -> Maps {
        Maps { elements, projection, ..Maps::default() }
    }

    fn grid(system: &str, [west, south, east, north]: [f64; 4], columns: usize, rows: usize) -> GeoBox {
        let transform = [west, (east - west) / columns as f64, 0.0, north, 0.0, -(north - south) / rows as f64];
        GeoBox::new(Some(crs::parse(system).unwrap()), transform, columns, rows)
    }

    /// The lengths of parallels and their distances from the equator, as shares of those of the equator and the pole, from
    /// Robinson's table (A New Map Projection, 1974).
    #[test]
    fn parallels_lie_where_robinson_put_them() {
        let (half, up) = (17_005_833.33, 8_625_154.47);
        let system = "+proj=robin +lon_0=0 +datum=WGS84 +units=m +no_defs";
        let grid = grid(system, [-half, -up, half, up], 2000, 1000);
        let projection = Projection {
            crs: grid.crs.clone().unwrap(),
            bounds: BBox::new(-half, -up, half, up),
            edge: Edge::Globe { meridian: 0.0 },
        };
        let elements = Elements { graticule: true, coast: true, ..Elements::default() };
        let (base, notes) = basemap(&maps(elements, Some(projection)), &grid).unwrap();
        assert!(notes.is_empty());
        for (latitude, length, height) in [(0.0, 1.0, 0.0), (30.0, 0.96, 0.3720), (60.0, 0.7986, 0.7346)] {
            let row = 500.0 * (1.0 - height);
            let on_row = |path: &&Path| path.iter().all(|p| (p[1] - row).abs() < 1.0);
            let parallel = base.graticule.iter().find(on_row).unwrap_or_else(|| panic!("none at {latitude}"));
            let ends = [parallel[0][0], parallel[parallel.len() - 1][0]];
            assert!((ends[1] - ends[0] - 2000.0 * length).abs() < 2.0, "{latitude}: {ends:?}");
        }
        // No line leaps from one side to the other, and the edge is a ring around all of it.
        let leaps = |path: &Path| path.windows(2).any(|p| (p[0][0] - p[1][0]).abs() > 100.0);
        assert!(!base.coasts.iter().chain(&base.graticule).any(leaps));
        let edge = base.edge.as_ref().unwrap();
        let middle = edge.iter().filter(|p| (p[1] - 500.0).abs() < 1.0).map(|p| p[0]);
        assert_eq!(middle.map(|x| x.round()).collect::<Vec<_>>(), [2000.0, 0.0]);
        assert!(base.names.iter().any(|(at, name)| name == "30°N" && (at[1] - 314.0).abs() < 12.0), "{:?}", base.names);
    }

    #[test]
    fn lengths_and_north_are_those_of_the_ground() {
        let all = Elements { scale_bar: true, north_arrow: true, inset: true, ..Elements::default() };
        let utm = grid("EPSG:32632", [400_000.0, 5_000_000.0, 600_000.0, 5_100_000.0], 200, 100);
        let (base, notes) = basemap(&maps(all, None), &utm).unwrap();
        // The scale of UTM at its middle is 0.9996, and a sphere is not quite the earth.
        assert!((base.ground.unwrap() / 200_000.0 - 1.0).abs() < 0.004, "{:?}", base.ground);
        let [across, down] = base.north.unwrap();
        assert!(across.abs() < 1e-6 && down < 0.0 && notes.is_empty());
        let place = &base.inset.unwrap().place;
        assert!(place.iter().flatten().all(|p| (p[0] - 0.5).abs() < 0.01 && (p[1] - 0.247).abs() < 0.01), "{place:?}");
        // A map of the world has no one scale, which is said.
        let world = grid("EPSG:4326", [-180.0, -90.0, 180.0, 90.0], 360, 180);
        let (_, notes) = basemap(&maps(all, None), &world).unwrap();
        assert!(notes[0].starts_with("the scale bar holds at the middle of the map"), "{notes:?}");
    }

    /// On grids of -180..180, of 0..360 and across the antimeridian New Zealand lies at its own longitude.
    #[test]
    fn coasts_lie_at_their_longitudes_on_any_grid() {
        for west in [-180.0, 0.0, 90.0] {
            let world = grid("EPSG:4326", [west, -90.0, west + 360.0, 90.0], 360, 180);
            let elements = Elements { coast: true, graticule: true, ..Elements::default() };
            let (base, _) = basemap(&maps(elements, None), &world).unwrap();
            let wellington = [(174.8f64 - west).rem_euclid(360.0), 131.3];
            let near = base.coasts.iter().flatten().map(|p| (p[0] - wellington[0]).hypot(p[1] - wellington[1]));
            assert!(near.fold(f64::INFINITY, f64::min) < 1.5, "from {west}");
            let [x, y] = base.degrees.unwrap();
            assert!(
                x.len() > 5 && y.iter().map(|(_, lat)| *lat).eq([-90.0, -60.0, -30.0, 0.0, 30.0, 60.0, 90.0]),
                "{y:?}"
            );
            assert!(x.iter().all(|(share, lon)| (share - (lon - west) / 360.0).abs() < 1e-6), "{x:?}");
        }
    }
}
