//! `save cog`: cloud-optimized GeoTIFF files. Everything but the options is that of `save tif`; GDAL's COG driver makes
//! the final file out of a complete one.

use super::sink::SinkFormat;
use super::tif::options::{COG, EXTENSIONS, Kind};
use super::tif::{check, create, join, tile};

pub(super) const FORMAT: SinkFormat = SinkFormat {
    name: "cog",
    stage: &COG,
    extensions: EXTENSIONS,
    refers: false,
    on_disk: true,
    check: |spec, schema| check(Kind::Cog, spec, schema),
    tile: |spec, schema| tile(Kind::Cog, spec, schema),
    create: |spec, schema| create(Kind::Cog, spec, schema),
    join: Some(|target, schema| join(Kind::Cog, target, schema)),
};
