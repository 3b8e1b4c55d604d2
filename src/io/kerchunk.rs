//! The sink `kerchunk`: no pixel is copied; where they lie is written down.

use crate::cube::{Chunk, GeoBox, Losses, Places, Region, Schema, StoredAxes};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::place::cannot_write;
use crate::io::references::records::{self, ALL, RECORD};
use crate::io::references::{Array, Axis, Entry, json as document, refuse};
use crate::io::remote::address::gdal_name;
use crate::io::target::{self, Staging, Target};
use crate::io::zarr::coordinates;
use crate::io::{Output, Sink, SinkFormat, Tile, files, netcdf, saving};
use crate::plan::{IfExists, SinkSpec, SourceSlice};
use crate::signature::{Example, Param, Shape, Signature};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) const FORMAT: SinkFormat = SinkFormat {
    name: "kerchunk",
    stage: &SAVE,
    extensions: &["json", "parquet", "parq"],
    refers: true,
    on_disk: false,
    check,
    tile,
    create,
    join: None,
};

const SAVE: Signature = Signature {
    name: "save kerchunk",
    summary: "Write references to the chunks of NetCDF-4 files or GeoTIFFs, which read as one Zarr store; no pixel is copied.",
    params: &[
        Param { help: "Where to: a `.json` file or a `.parquet` folder.", ..saving::PATH },
        saving::OVERWRITE,
        Param::option(
            "format",
            Shape::Choice(&["json", "parquet"]),
            "`json` (default) or `parquet`, which a path that ends in `.parquet` says too",
        ),
        Param::option("record_size", Shape::Integer, "references in one file of `parquet`, 100000 unless given"),
    ],
    seek: &["references", "fsspec", "virtual", "virtualizarr"],
    examples: &[
        Example {
            title: "Many files as one store",
            script: "load netcdf \"era5/t2m_*.nc\" var t2m | save kerchunk \"t2m.json\"",
            output: "",
        },
        Example {
            title: "As Parquet, read piece by piece",
            script: "load files \"rain/*.tif\" | save kerchunk \"rain.parquet\" overwrite",
            output: "",
        },
    ],
};

/// What `save kerchunk` can be told.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SaveKerchunk {
    format: Option<Container>,
    record_size: Option<i64>,
}

/// How references are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Container {
    Json,
    Parquet,
}

fn check(spec: &SinkSpec, schema: &Schema) -> Result<()> {
    let record = record(spec)?;
    let target = Path::new(&spec.path);
    if gdal_name(&spec.path).is_some() {
        return Err(cannot_write(target, "references are written to local disks").help("write to a path and copy it"));
    }
    if schema.time.is_empty() || schema.bands.is_empty() || schema.grid.pixels() == 0 {
        return Err(Diagnostic::new(codes::EMPTY_SELECTION, "there is nothing to save"));
    }
    referred(spec)?;
    match record {
        None => target::check_stream(target, spec.existing),
        Some(_) => {
            target::check(target, spec.existing)?;
            let is_ours = !target.exists() || target.is_file() || target.join(ALL).is_file();
            let is_empty = || std::fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
            if !is_ours && !is_empty() {
                return Err(cannot_write(target, "the folder holds no references and will not be replaced by some")
                    .help("choose another path"));
            }
            Ok(())
        }
    }
}

/// Rows a file where Parquet is wanted.
fn record(spec: &SinkSpec) -> Result<Option<usize>> {
    let SaveKerchunk { format, record_size } = saving::read(&spec.options)?;
    let ends = spec.path.ends_with(".parquet") || spec.path.ends_with(".parq");
    let is_parquet = format.map_or(ends, |format| format == Container::Parquet);
    let record = saving::within("record_size", record_size, 1..=1_000_000_000)?;
    if record.is_some() && !is_parquet {
        return Err(Diagnostic::new(codes::BAD_OPTION, "`record_size` is for `format parquet`").about("record_size"));
    }
    Ok(is_parquet.then(|| record.map_or(RECORD, |n| n as usize)))
}

fn referred(spec: &SinkSpec) -> Result<&SourceSlice> {
    let referred = spec.refers.as_ref().ok_or_else(|| refuse("the cube", "it is computed"))?;
    let (format, title) = (referred.source.format.as_str(), &referred.source.title);
    match format {
        "files" | "netcdf" => Ok(referred),
        "zarr" | "kerchunk" => Err(refuse(title, "it is a Zarr store already").help("open it as it is")),
        "archive" => {
            Err(refuse(title, "files in an archive have no bytes of their own").help("unpack it and `load files`"))
        }
        "stac" => Err(refuse(title, "scenes of a catalog are put on one grid first")
            .help("`load files` of one grid, or `save zarr`")),
        _ => Err(refuse(title, "it lies in no file").help("`save zarr` writes any cube")),
    }
}

fn tile(_: &SinkSpec, schema: &Schema) -> Result<Tile> {
    Ok(Tile { time: 1, y: schema.grid.height.clamp(1, 256), x: schema.grid.width.max(1) })
}

fn create(spec: &SinkSpec, schema: &Arc<Schema>) -> Result<Box<dyn Sink>> {
    check(spec, schema)?;
    let referred = referred(spec)?;
    let (arrays, flipped) = match referred.source.format.as_str() {
        "files" => files::refer(referred, schema)?,
        _ => netcdf::refer(referred, schema)?,
    };
    let entries = entries(&arrays, flipped, schema)?;
    Ok(Box::new(ReferenceSink {
        entries,
        path: spec.path.clone().into(),
        existing: spec.existing,
        folder: match record(spec)? {
            Some(record) => Some((record, Staging::hold(&[spec.path.clone().into()], spec.existing)?)),
            None => None,
        },
        tile: tile(spec, schema)?,
    }))
}

/// Documents and coordinates of the store, and the places of its chunks. `flipped` says which way rows and columns are
/// stored.
fn entries(arrays: &[Array], flipped: [bool; 2], schema: &Schema) -> Result<BTreeMap<String, Entry>> {
    let mut entries = BTreeMap::new();
    // In the order of the bands, which keys alone would lose.
    let mut documents = Map::new();
    let as_stored = Schema { grid: turned(&schema.grid, flipped), ..schema.clone() };
    let has_bands = arrays.iter().any(|a| a.form.axes.iter().any(|axis| matches!(axis, Axis::Band(_))));
    let names: Vec<String> = schema.band_names().map(String::from).collect();
    let coordinates = coordinates::all(&as_stored, 2, has_bands.then_some(&names[..]));
    documents.insert(".zgroup".into(), json!({"zarr_format": 2}));
    documents
        .insert(".zattrs".into(), coordinates::group_attributes(&as_stored, &coordinates, std::iter::empty()).into());
    let (y, x) = coordinates::dims(&schema.grid);
    for Array { name, form, steps, pieces } in arrays {
        if coordinates.iter().any(|c| c.spec.name == *name) {
            return Err(Diagnostic::new(
                codes::CANNOT_WRITE,
                format!("the band `{name}` is the name of a coordinate too"),
            )
            .help("load it under another name"));
        }
        let dims: Vec<&str> = form
            .axes
            .iter()
            .map(|axis| match axis {
                Axis::Step => schema.time.stored_dim_name(),
                Axis::Band(_) => "band",
                Axis::Y(_) => y,
                Axis::X(_) => x,
            })
            .collect();
        let shape: Vec<usize> = form
            .axes
            .iter()
            .map(|axis| match axis {
                Axis::Step => *steps,
                Axis::Band(len) | Axis::Y(len) | Axis::X(len) => *len,
            })
            .collect();
        let array = json!({
            "zarr_format": 2,
            "shape": shape,
            "chunks": form.chunks,
            "dtype": form.dtype,
            "compressor": form.compressor,
            "fill_value": form.fill,
            "order": "C",
            "filters": (!form.filters.is_empty()).then_some(&form.filters),
            "dimension_separator": ".",
        });
        let mut attributes: Map<String, Value> = form.attributes.clone();
        attributes.insert("_ARRAY_DIMENSIONS".into(), json!(dims));
        attributes.insert("grid_mapping".into(), coordinates::MAPPING.into());
        documents.insert(format!("{name}/.zarray"), array);
        documents.insert(format!("{name}/.zattrs"), attributes.into());
        for (index, piece) in pieces {
            let key = index.iter().map(usize::to_string).collect::<Vec<_>>().join(".");
            let entry = Entry::Part(piece.target.clone(), piece.offset, piece.length);
            entries.insert(format!("{name}/{key}"), entry);
        }
    }
    for coordinate in coordinates {
        let name = &coordinate.spec.name;
        documents.extend(coordinate.spec.documents(2).into_iter().map(|(key, held)| (format!("{name}/{key}"), held)));
        entries.insert(coordinate.spec.only_chunk(2), Entry::Inline(coordinate.bytes.into()));
    }
    let text = |document: &Value| Entry::Inline(document.to_string().into_bytes().into());
    entries.extend(documents.iter().map(|(key, document)| (key.clone(), text(document))));
    let all = json!({"zarr_consolidated_format": 1, "metadata": documents});
    entries.insert(ALL.into(), text(&all));
    Ok(entries)
}

/// The grid of pixels that are stored from south to north, or from east to west.
fn turned(grid: &GeoBox, [flip_y, flip_x]: [bool; 2]) -> GeoBox {
    let mut t = grid.transform;
    if flip_y {
        (t[3], t[5]) = (t[3] + grid.height as f64 * t[5], -t[5]);
    }
    if flip_x {
        (t[0], t[1]) = (t[0] + grid.width as f64 * t[1], -t[1]);
    }
    let axes = grid.axes.as_ref().map(|axes| StoredAxes {
        x: if flip_x { axes.x.reversed() } else { axes.x.clone() },
        y: if flip_y { axes.y.reversed() } else { axes.y.clone() },
    });
    // Longitudes and latitudes of pixels are not referred to.
    let places = grid.places.clone().filter(|places| matches!(places, Places::Axes(_)));
    GeoBox { transform: t, axes, places, upward: false, ..grid.clone() }
}

struct ReferenceSink {
    entries: BTreeMap<String, Entry>,
    path: PathBuf,
    existing: IfExists,
    /// Rows a file and the folder for them, where Parquet is wanted.
    folder: Option<(usize, Staging)>,
    tile: Tile,
}

impl Sink for ReferenceSink {
    fn preferred_tile(&self) -> Tile {
        self.tile
    }

    /// The pixels are where they are.
    fn is_done(&self, _: &Region) -> bool {
        true
    }

    fn write(&self, _: &Region, _: Chunk) -> Result<Losses> {
        Ok(Losses::default())
    }

    fn finish(self: Box<Self>) -> Result<Output> {
        let path = &self.path;
        let Some((record, staging)) = self.folder else {
            let bytes = document::write(&self.entries);
            let target = Target::hold(path, self.existing)?;
            return target.write(|to| to.write_all(&bytes).map_err(|e| cannot_write(path, e)));
        };
        std::fs::create_dir(staging.at(0)).map_err(|e| cannot_write(path, e))?;
        records::write(&self.entries, staging.at(0), record).map_err(|e| cannot_write(path, e))?;
        let bytes = crate::io::zarr::size(staging.at(0));
        Ok(Output { paths: vec![path.clone()], bytes, notes: staging.publish()?, stored: None })
    }
}
