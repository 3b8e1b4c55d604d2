//! Where the blocks of GeoTIFFs lie, for references to them.

use super::source::FilesSpec;
use crate::cube::Schema;
use crate::cube::dates::calendar_named;
use crate::diagnostic::Result;
use crate::io::gdal::handles;
use crate::io::gdal::read::{BandHeader, Header};
use crate::io::gdal::tiff::directory::Directory;
use crate::io::json::{of, pixel};
use crate::io::references::{Array, Axis, Form, Piece, refuse};
use crate::io::remote::address::{is_remote, without_secrets};
use crate::io::zarr::coordinates;
use crate::plan::SourceSlice;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The array of bands that are interleaved by pixel, as `save zarr` calls it.
const CUBE: &str = "data";

/// A way out of everything that is refused here.
const REWRITE: &str = "write such files by `save cog \"out/{time:%Y%m%d}.tif\" compress deflate predictor none`";

/// The arrays of the bands that are referred to, and whether rows and columns are stored the other way round.
pub(crate) fn refer(referred: &SourceSlice, schema: &Schema) -> Result<(Vec<Array>, [bool; 2])> {
    let settled = FilesSpec::of(&referred.source)?;
    let has_steps = coordinates::steps_dim(schema).is_some();
    let mut flipped = None;
    let mut arrays: Vec<Array> = Vec::new();
    for (step, &stored) in referred.steps.iter().enumerate() {
        let (file, band_of_step) = settled.place(stored);
        let (path, name) = settled.file(file);
        let header = handles::with(path, |dataset| Header::of(dataset, name))?;
        fits(&header, schema, name)?;
        let here = [header.flip_y, header.flip_x];
        if *flipped.get_or_insert(here) != here {
            return Err(refuse(name, "its rows are stored in another order than those of the first file").help(REWRITE));
        }
        let directory = directory(path, name, &header)?;
        let wanted: Vec<usize> = match band_of_step {
            Some(band) => vec![band],
            None => referred.bands.clone(),
        };
        let forms = forms(&directory, &header, &wanted, name, has_steps)?;
        for (at, form) in forms.into_iter().enumerate() {
            let array = match arrays.get_mut(at) {
                Some(array) => array,
                None => {
                    let name = if directory.interleaved { CUBE } else { &schema.bands[at].name };
                    arrays.push(Array {
                        name: name.into(),
                        form: form.clone(),
                        steps: referred.steps.len(),
                        pieces: Vec::new(),
                    });
                    &mut arrays[at]
                }
            };
            if array.form != form {
                let first = settled.file(settled.place(referred.steps[0]).0).1;
                return Err(
                    refuse(name, format!("it has {} than `{first}`", form.difference(&array.form))).help(REWRITE)
                );
            }
            let number = header.bands[wanted[at]].number;
            array.pieces.extend(pieces(&directory, number, path, has_steps.then_some(step)));
        }
    }
    Ok((arrays, flipped.unwrap_or_default()))
}

fn fits(header: &Header, schema: &Schema, name: &str) -> Result<()> {
    let same = (header.grid.width, header.grid.height) == (schema.grid.width, schema.grid.height)
        && header
            .grid
            .transform
            .iter()
            .zip(schema.grid.transform)
            .all(|(a, b)| (a - b).abs() <= 1e-6 * a.abs().max(1e-6));
    if same { Ok(()) } else { Err(refuse(name, "it lies on another grid than the first file")) }
}

/// The blocks of a file, if they can be read by other programs as they are.
fn directory(path: &str, name: &str, header: &Header) -> Result<Directory> {
    let no = |why: &str| Err(refuse(name, why).help(REWRITE));
    if path.starts_with("/vsi") && !is_remote(path) {
        return no("it lies in an archive");
    }
    if !["GTiff", "COG"].contains(&header.driver.as_str()) || path.contains("GTIFF_") {
        return no(&format!("it is read by the driver {}, and only the blocks of GeoTIFFs can be told", header.driver));
    }
    if header.is_masked() || header.bands.iter().any(|b| b.own_mask) {
        return no("it has a mask or an alpha band, which references cannot express");
    }
    let directory = Directory::read(path).map_err(|why| refuse(name, why).help(REWRITE))?;
    let packing = match directory.compression {
        1 | 8 | 32946 | 50000 => None,
        2..=4 => Some("CCITT"),
        5 => Some("LZW"),
        6 | 7 => Some("JPEG"),
        32773 => Some("PackBits"),
        34887 => Some("LERC"),
        34925 => Some("LZMA"),
        50001 => Some("WebP"),
        50002 => Some("JPEG XL"),
        _ => Some("a method of its own"),
    };
    if let Some(packing) = packing {
        return no(&format!("it is compressed by {packing}, which readers of references cannot undo"));
    }
    if directory.predictor > 1 {
        let number = directory.predictor;
        return no(&format!("it is compressed with predictor {number}, which readers of references cannot undo"));
    }
    if directory.bits as usize != header.bands.first().map_or(8, |b| b.dtype.bytes() * 8) {
        return no(&format!("its pixels have {} bits", directory.bits));
    }
    if !directory.is_tiled && !header.grid.height.is_multiple_of(directory.block[0]) {
        return no("its last strip is shorter than the others");
    }
    Ok(directory)
}

/// A form for each wanted band, or one for all where they are interleaved by pixel.
fn forms(directory: &Directory, header: &Header, wanted: &[usize], name: &str, has_steps: bool) -> Result<Vec<Form>> {
    let [rows, columns] = directory.block;
    let (y, x) = (Axis::Y(header.grid.height), Axis::X(header.grid.width));
    let compressor = match directory.compression {
        1 => None,
        50000 => Some(json!({"id": "zstd", "level": 9})),
        _ => Some(json!({"id": "zlib", "level": 6})),
    };
    let form = |band: &BandHeader| {
        let mut form = Form {
            axes: vec![y, x],
            chunks: vec![rows, columns],
            dtype: band.dtype.typestr(directory.is_big),
            filters: Vec::new(),
            compressor: compressor.clone(),
            fill: fill(band),
            attributes: attributes(band),
        };
        if has_steps {
            form.axes.insert(0, Axis::Step);
            form.chunks.insert(0, 1);
        }
        form
    };
    if !directory.interleaved {
        return Ok(wanted.iter().map(|band| form(&header.bands[*band])).collect());
    }
    let all = header.bands.len();
    if wanted.len() != all || wanted.iter().enumerate().any(|(at, band)| at != *band) || directory.samples != all {
        return Err(refuse(name, "its bands lie pixel beside pixel, and cannot be told apart")
            .help("keep all bands, in their order"));
    }
    let mut forms: Vec<Form> = header.bands.iter().map(form).collect();
    forms.iter_mut().for_each(|form| {
        form.attributes.remove("long_name");
    });
    if forms.iter().any(|form| *form != forms[0]) {
        return Err(refuse(name, "its bands lie pixel beside pixel, and differ in scale, unit or nodata").help(REWRITE));
    }
    let mut form = forms.swap_remove(0);
    form.axes.push(Axis::Band(all));
    form.chunks.push(all);
    Ok(vec![form])
}

fn pieces(directory: &Directory, number: usize, path: &str, step: Option<usize>) -> Vec<(Vec<usize>, Piece)> {
    let (down, across) = directory.across();
    let first = if directory.interleaved { 0 } else { (number - 1) * down * across };
    let shown = without_secrets(path);
    let target: Arc<str> = if is_remote(path) { shown.into() } else { format!("file://{path}").into() };
    let blocks = directory.blocks.iter().skip(first).take(down * across).enumerate();
    // A block of no length was never written: it is all nodata.
    let there = blocks.filter(|(_, (offset, length))| *offset > 0 && *length > 0);
    there
        .map(|(at, &(offset, length))| {
            let mut index: Vec<usize> = step.into_iter().collect();
            index.extend([at / across, at % across]);
            index.extend(directory.interleaved.then_some(0));
            (index, Piece { target: target.clone(), offset, length })
        })
        .collect()
}

fn fill(band: &BandHeader) -> Value {
    band.nodata.and_then(|nodata| nodata.stated(band.dtype)).map_or(Value::Null, |value| pixel(value, band.dtype))
}

fn attributes(band: &BandHeader) -> Map<String, Value> {
    let mut held = Map::new();
    if !band.description.trim().is_empty() {
        held.insert("long_name".into(), band.description.trim().into());
    }
    held.extend(band.unit.iter().map(|unit| ("units".to_string(), unit.clone().into())));
    let calendar = calendar_named(band.unit.as_deref(), band.calendar.as_deref());
    held.extend(calendar.map(|calendar| ("calendar".to_string(), calendar.cf_name().into())));
    if band.packing().is_some() {
        held.insert("scale_factor".into(), of(band.scale));
        held.insert("add_offset".into(), of(band.offset));
    }
    held
}
