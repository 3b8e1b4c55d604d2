//! Pulls the bands that expressions read, and prepares the times and coordinates of their pixels.

use super::cx::TaskCx;
use super::op::Op;
use super::ops::eval::{Env, Times};
use super::regions::each_once;
use crate::cube::time::{Calendar, Instant};
use crate::cube::{Band, Chunk, GeoBox, Region};
use crate::diagnostic::Result;
use crate::expr::{Coord, Expr};

/// The pulled bands that some expressions read, with the times and coordinates that they use.
pub(super) struct Inputs {
    pub chunk: Chunk,
    pub slot_of_band: Vec<Option<usize>>,
    grid: GeoBox,
    lonlat: Option<(Vec<f64>, Vec<f64>)>,
    /// The dates that the steps of the region belong to, where they have some and the expressions ask for them.
    dates: Option<(Calendar, Vec<Instant>)>,
}

impl Inputs {
    /// `also` are bands that are wanted beside those the expressions read.
    pub(super) fn pull(input: &Op, exprs: &[&Expr], also: &[usize], region: &Region, cx: &TaskCx) -> Result<Inputs> {
        let bands = each_once(exprs.iter().flat_map(|e| e.bands()).chain(also.iter().copied()));
        let mut slot_of_band = vec![None; input.schema().bands.len()];
        for (slot, &band) in bands.iter().enumerate() {
            slot_of_band[band] = Some(slot);
        }
        let chunk = if bands.is_empty() {
            Chunk { shape: region.shape(), bands: Vec::new() }
        } else {
            input.pull(&region.with_bands(bands), cx)?
        };
        let grid = input.schema().grid.crop(region.y.clone(), region.x.clone());
        let (mut needs_lonlat, mut needs_dates) = (false, false);
        for expr in exprs {
            expr.walk(&mut |e| {
                needs_lonlat |= matches!(e, Expr::Coord(Coord::Lon | Coord::Lat));
                needs_dates |= matches!(e, Expr::Time(_));
            });
        }
        let lonlat = if needs_lonlat { Some(crate::geometry::crs::lonlat(&grid)?) } else { None };
        let own = needs_dates.then(|| input.schema().time.to_group());
        let dates = own.as_ref().and_then(|own| own.instants());
        let dates = dates.map(|(calendar, dates)| (*calendar, dates[region.time.clone()].to_vec()));
        Ok(Inputs { chunk, slot_of_band, grid, lonlat, dates })
    }

    pub(super) fn env<'a>(&'a self, input: &'a Op, region: &Region) -> Env<'a> {
        let bands: &[Band] = &input.schema().bands;
        let labels = input.schema().time.instants().map(|(_, labels)| &labels[region.time.clone()]);
        let times = self.dates.as_ref().map(|(calendar, dates)| Times {
            calendar: *calendar,
            labels: labels.unwrap_or(dates),
            dates,
        });
        Env {
            chunk: &self.chunk,
            slot_of_band: &self.slot_of_band,
            bands,
            times,
            grid: &self.grid,
            lonlat: self.lonlat.as_ref(),
        }
    }
}
