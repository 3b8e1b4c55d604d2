//! One file: georeference and metadata, mask and overviews, and its way from pixels to disk.

use super::options::{Kind, Overviews, Settings};
use super::raw::{self, Memory, Window};
use super::storage::Storage;
use super::template::Target;
use crate::cube::dates::DateUnit;
use crate::cube::{Pixels, Schema, TimeAxis};
use crate::diagnostic::{Cause, Result};
use crate::geometry::crs;
use crate::io::place::cannot_write;
use gdal::raster::{ColorEntry, ColorInterpretation, ColorTable, PaletteInterpretation};
use gdal::{Dataset, Metadata};
use std::path::Path;

/// What a file is made of, beside its pixels.
pub(super) struct Plan<'a> {
    pub settings: &'a Settings,
    pub schema: &'a Schema,
    pub target: &'a Target,
    pub storage: &'a Storage,
}

impl Plan<'_> {
    fn size(&self) -> (usize, usize) {
        (self.schema.grid.width, self.schema.grid.height)
    }

    fn creation(&self) -> Vec<(String, String)> {
        self.settings.creation(self.storage.dtype, self.size(), self.target.layers.len())
    }

    fn failed(&self, why: impl Into<Cause>) -> Box<crate::diagnostic::Diagnostic> {
        cannot_write(&self.target.path, why)
    }

    /// Writes a file whose layers are all in memory, each given by pixels and an offset into them.
    pub(super) fn write_whole(&self, layers: &[(&Pixels, usize)], partial: &Path) -> Result<()> {
        let _config = Config::set(&self.settings.config);
        raw::begin();
        let mut memory = Memory::new(self.size(), layers).map_err(|e| self.failed(e))?;
        self.describe(&mut memory.dataset)?;
        self.complete(&mut memory.dataset)?;
        let driver = self.settings.kind.driver();
        raw::copy(&memory.dataset, driver, partial, &self.creation()).map_err(|e| self.failed(e))?;
        self.overviews(partial)
    }

    /// A file to be written piece by piece: the final one of `tif`, for `cog` one that is copied when it is complete.
    pub(super) fn begin(&self, path: &Path) -> Result<Dataset> {
        let _config = Config::set(&self.settings.config);
        raw::begin();
        let options = match self.settings.kind {
            Kind::Tif => self.creation(),
            Kind::Cog => {
                let block = self.settings.blocksize.to_string();
                let pairs = [
                    ("TILED", "YES"),
                    ("BLOCKXSIZE", &block),
                    ("BLOCKYSIZE", &block),
                    ("INTERLEAVE", "BAND"),
                    ("COMPRESS", "LZW"),
                    ("BIGTIFF", "YES"),
                ];
                pairs.map(|(k, v)| (k.to_string(), v.to_string())).to_vec()
            }
        };
        let bands = self.target.layers.len();
        let mut dataset =
            raw::create(path, "GTiff", self.size(), bands, self.storage.dtype, &options).map_err(|e| self.failed(e))?;
        self.describe(&mut dataset)?;
        Ok(dataset)
    }

    /// Finishes a file begun by [`Plan::begin`] at `path`, as `partial`.
    pub(super) fn end(&self, mut dataset: Dataset, path: &Path, partial: &Path) -> Result<()> {
        let _config = Config::set(&self.settings.config);
        raw::begin();
        self.complete(&mut dataset)?;
        if self.settings.kind == Kind::Cog {
            raw::flush(&mut dataset).map_err(|e| self.failed(e))?;
            raw::copy(&dataset, "COG", partial, &self.creation()).map_err(|e| self.failed(e))?;
            drop(dataset);
            let _ = std::fs::remove_file(path);
            return Ok(());
        }
        raw::close(dataset).map_err(|e| self.failed(e))?;
        self.overviews(partial)
    }

    /// Georeference, names, units, times, colors.
    fn describe(&self, dataset: &mut Dataset) -> Result<()> {
        let run = |dataset: &mut Dataset| -> gdal::errors::Result<()> {
            dataset.set_geo_transform(&self.schema.grid.transform)?;
            if let Some(system) = &self.schema.grid.crs
                && let Ok(system) = crs::spatial_ref(&system.wkt)
            {
                dataset.set_spatial_ref(&system)?;
            }
            for (key, value) in self.file_tags() {
                dataset.set_metadata_item(&key, &value, "")?;
            }
            for i in 0..self.target.layers.len() {
                self.describe_band(dataset, i)?;
            }
            Ok(())
        };
        run(dataset).map_err(|e| self.failed(e))
    }

    fn file_tags(&self) -> Vec<(String, String)> {
        let mut tags = Vec::new();
        let steps: Vec<usize> = self.target.layers.iter().map(|(s, _)| *s).collect();
        // A file of one step says when, in the tag that readers look for.
        if let TimeAxis::Instants { calendar, values, .. } = &self.schema.time
            && steps.iter().all(|s| Some(s) == steps.first())
            && let Some(&instant) = steps.first().and_then(|&s| values.get(s))
        {
            tags.push(("TIFFTAG_DATETIME".into(), calendar.format(instant, "%Y:%m:%d %H:%M:%S")));
        }
        tags.extend(self.settings.tags.iter().cloned());
        tags
    }

    fn describe_band(&self, dataset: &mut Dataset, i: usize) -> gdal::errors::Result<()> {
        let (step, band) = self.target.layers[i];
        let schema = self.schema;
        let info = &schema.bands[band];
        let several = self.target.layers.iter().any(|(s, _)| *s != step);
        let label = schema.time.label(step);
        if let Some(unit) = &info.unit {
            raw::set_unit(dataset, i + 1, unit);
        }
        let calendar = DateUnit::of(info, &schema.time).map(|dates| dates.calendar());
        let mut out = dataset.rasterband(i + 1)?;
        let name = if several { format!("{} {label}", info.name) } else { info.name.clone() };
        out.set_description(&name)?;
        if let Some(nodata) = self.storage.nodata.filter(|_| !self.settings.add_mask) {
            match self.storage.dtype {
                crate::cube::DType::I64 => out.set_no_data_value_i64(Some(nodata as i64))?,
                crate::cube::DType::U64 => out.set_no_data_value_u64(Some(nodata as u64))?,
                _ => out.set_no_data_value(Some(nodata))?,
            }
        }
        if let Some((scale, offset)) = self.storage.packing {
            out.set_scale(scale)?;
            out.set_offset(offset)?;
        }
        // Red, green and blue are shown as colors by those who draw the file.
        let color = match info.name.to_lowercase().as_str() {
            "red" => Some(ColorInterpretation::RedBand),
            "green" => Some(ColorInterpretation::GreenBand),
            "blue" => Some(ColorInterpretation::BlueBand),
            _ => None,
        };
        if let Some(color) = color.filter(|_| !several && self.is_rgb()) {
            out.set_color_interpretation(color)?;
        }
        let key = match &schema.time {
            TimeAxis::Groups { key, .. } => key.to_uppercase(),
            TimeAxis::Positions(_) => "STEP".into(),
            _ => "TIME".into(),
        };
        out.set_metadata_item(&key, &label, "")?;
        if let TimeAxis::Instants { calendar, bounds: Some(bounds), .. } = &schema.time
            && let Some(&(start, end)) = bounds.get(step)
        {
            out.set_metadata_item("time_bnds", &format!("{}/{}", calendar.iso(start), calendar.iso(end)), "")?;
        }
        // Dates of values and of steps; who does not look for it counts the days of the standard calendar.
        if let Some(calendar) = calendar.or_else(|| schema.time.calendar().filter(|own| !own.is_clock())) {
            out.set_metadata_item("calendar", calendar.cf_name(), "")?;
        }
        if let Some(long_name) = &info.long_name {
            out.set_metadata_item("long_name", long_name, "")?;
        }
        for (key, value) in &self.settings.band_tags {
            match key.split_once(':') {
                Some((band, key)) if schema.band_index(band).is_some() => {
                    if band == info.name {
                        out.set_metadata_item(key, value, "")?;
                    }
                }
                _ => out.set_metadata_item(key, value, "")?,
            }
        }
        if !self.settings.colormap.is_empty() {
            let mut table = ColorTable::new(PaletteInterpretation::Rgba);
            for &(value, [r, g, b, a]) in &self.settings.colormap {
                table.set_color_entry(value, &ColorEntry::rgba(r.into(), g.into(), b.into(), a.into()));
            }
            out.set_color_interpretation(ColorInterpretation::PaletteIndex)?;
            out.set_color_table(&table);
        }
        Ok(())
    }

    /// Whether the first three layers are red, green and blue of one step.
    fn is_rgb(&self) -> bool {
        let names = ["red", "green", "blue"].iter();
        self.target.layers.len() >= 3
            && names
                .zip(&self.target.layers)
                .all(|(name, &(_, b))| self.schema.bands[b].name.eq_ignore_ascii_case(name))
    }

    /// What needs every pixel: mask and statistics.
    fn complete(&self, dataset: &mut Dataset) -> Result<()> {
        if self.settings.add_mask {
            self.mask(dataset)?;
        }
        if self.settings.statistics {
            (1..=self.target.layers.len()).for_each(|band| raw::set_statistics(dataset, band));
        }
        Ok(())
    }

    /// A pixel is valid where any layer has a value.
    fn mask(&self, dataset: &mut Dataset) -> Result<()> {
        let (width, height) = self.size();
        let nodata = self.storage.nodata;
        raw::create_mask(dataset).map_err(|e| self.failed(e))?;
        let rows = (1usize << 22).div_ceil(width.max(1)).clamp(1, height.max(1));
        for y in (0..height).step_by(rows) {
            let count = rows.min(height - y);
            let mut valid = vec![0u8; width * count];
            for band in 1..=self.target.layers.len() {
                let band = dataset.rasterband(band).map_err(|e| self.failed(e))?;
                let values = band
                    .read_as::<f64>((0, y as isize), (width, count), (width, count), None)
                    .map_err(|e| self.failed(e))?;
                for (valid, value) in valid.iter_mut().zip(values.data()) {
                    if !value.is_nan() && Some(*value) != nodata {
                        *valid = 255;
                    }
                }
            }
            let band = dataset.rasterband(1).map_err(|e| self.failed(e))?;
            let mut mask = band.open_mask_band().map_err(|e| self.failed(e))?;
            let mut buffer = gdal::raster::Buffer::new((width, count), valid);
            mask.write((0, y as isize), (width, count), &mut buffer).map_err(|e| self.failed(e))?;
        }
        Ok(())
    }

    /// Builds the overviews of a GeoTIFF that asks for them.
    fn overviews(&self, path: &Path) -> Result<()> {
        if self.settings.kind == Kind::Cog || self.settings.overviews == Overviews::None {
            return Ok(());
        }
        let (width, height) = self.size();
        let factors = match &self.settings.overviews {
            Overviews::Factors(factors) => factors.clone(),
            // As many as it takes for the smallest to fit a tile.
            _ => (1..31)
                .map(|n| 1 << n)
                .take_while(|f: &i32| width.max(height).div_ceil(*f as usize / 2) > self.settings.blocksize)
                .take(self.settings.overview_count.map_or(usize::MAX, |n| n as usize))
                .collect(),
        };
        if factors.is_empty() {
            return Ok(());
        }
        let options = gdal::DatasetOptions {
            open_flags: gdal::GdalOpenFlags::GDAL_OF_UPDATE | gdal::GdalOpenFlags::GDAL_OF_RASTER,
            ..Default::default()
        };
        let _config = Config::set(&[("COMPRESS_OVERVIEW".into(), self.settings.compress.to_uppercase())]);
        let mut dataset = Dataset::open_ex(path, options).map_err(|e| self.failed(e))?;
        let method = self.settings.overview_method(self.storage.dtype);
        dataset.build_overviews(&method, &factors, &[]).map_err(|e| self.failed(e))?;
        raw::close(dataset).map_err(|e| self.failed(e))
    }
}

/// Writes the pixels of a region into a file begun by [`Plan::begin`].
pub(super) fn write_part(
    plan: &Plan,
    dataset: &mut Dataset,
    layer: usize,
    window: Window,
    pixels: &Pixels,
    offset: usize,
) -> Result<()> {
    let _config = Config::set(&plan.settings.config);
    raw::write(dataset, layer + 1, window, pixels, offset).map_err(|e| plan.failed(e))
}

/// Settings of GDAL for this thread, for as long as the value lives.
struct Config(Vec<(String, String)>);

impl Config {
    fn set(pairs: &[(String, String)]) -> Config {
        let mut before = Vec::new();
        // Sidecar files would be left behind under the name of the unfinished file.
        let no_sidecars = [("GDAL_PAM_ENABLED", "NO"), ("GDAL_TIFF_INTERNAL_MASK", "YES")];
        let no_sidecars = no_sidecars.map(|(key, value)| (key.to_string(), value.to_string()));
        for (key, value) in no_sidecars.iter().chain(pairs) {
            let old = gdal::config::get_thread_local_config_option(key, "").unwrap_or_default();
            if gdal::config::set_thread_local_config_option(key, value).is_ok() {
                before.push((key.clone(), old));
            }
        }
        Config(before)
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        for (key, old) in self.0.drain(..).rev() {
            // Restoring what was accepted before cannot be refused.
            let _ = if old.is_empty() {
                gdal::config::clear_thread_local_config_option(&key)
            } else {
                gdal::config::set_thread_local_config_option(&key, &old)
            };
        }
    }
}
