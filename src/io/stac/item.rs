//! STAC items of every version in use, reduced to what reading them needs.

use super::fields::{self, Fields, Object, bad};
use super::store::{Store, variables};
use crate::cube::time::{Calendar, Instant, owned, parse_rfc3339};
use crate::cube::{BBox, DType};
use crate::diagnostic::Result;
use crate::expr::eval::Rows;
use crate::expr::{self, Function};
use serde_json::Value;
use std::ops::Range;

/// One acquisition: a time, a place, and the files that hold it.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub id: String,
    pub collection: Option<String>,
    /// `datetime`, or the middle of `start_datetime` and `end_datetime`, in UTC.
    pub time: Instant,
    /// From `start_datetime` to `end_datetime`, where both are stated.
    pub span: Option<(Instant, Instant)>,
    /// In degrees; `west > east` where it crosses the antimeridian. `None` where the item states no place.
    pub bbox: Option<BBox>,
    pub properties: Object,
    /// In the item's own order.
    pub assets: Vec<(String, Asset)>,
    /// Where the item says it lies.
    pub self_href: Option<String>,
    /// Whether the digital numbers already have their offset added, so that the declared one must not be.
    pub offset_applied: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Asset {
    pub href: String,
    pub media_type: Option<String>,
    pub roles: Vec<String>,
    pub bands: Vec<AssetBand>,
    pub proj: Proj,
    /// What it is where it is no raster but a store of arrays.
    pub store: Option<Store>,
}

/// What is declared of one band of a file; whatever is absent is left to the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AssetBand {
    pub name: Option<String>,
    pub common_name: Option<String>,
    pub unit: Option<String>,
    pub dtype: Option<DType>,
    pub nodata: Option<f64>,
    pub scale: Option<f64>,
    pub offset: Option<f64>,
}

/// The projection extension; an asset's own fields win over its item's.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Proj {
    /// `EPSG:32618`, or WKT.
    pub crs: Option<String>,
    /// Rows and columns.
    pub shape: Option<[usize; 2]>,
    /// In GDAL's order.
    pub transform: Option<[f64; 6]>,
    /// West, south, east, north in `crs`.
    pub bbox: Option<[f64; 4]>,
}

impl Item {
    /// Reads an item; `source` names the document for items that have no id to be called by.
    pub(crate) fn parse(value: &Value, source: &str) -> Result<Item> {
        let nameless = format!("an item of `{source}`");
        let id = match Fields::new(value, &nameless, "item")?.need("id")? {
            Value::String(id) => id.clone(),
            Value::Number(id) => id.to_string(),
            _ => return Err(bad(&nameless, "id", "is neither text nor a number")),
        };
        let place = format!("item `{id}`");
        let item = Fields::new(value, &place, "item")?;
        let properties = Fields::new(item.need("properties")?, &place, "properties")?;
        let proj = Proj::parse(&properties, &Proj::default())?;
        let shared_bands = shared_bands(&properties)?;
        let mut assets = Vec::new();
        for (key, value) in Fields::new(item.need("assets")?, &place, "assets")?.object {
            let place = format!("{place}, asset `{key}`");
            let asset = Fields::new(value, &place, key)?;
            assets.push((key.clone(), Asset::parse(&asset, &proj, &shared_bands)?));
            let read = assets.last_mut().map(|(key, read)| (key.as_str(), read));
            if let Some((key, read)) = read {
                read.store = Store::of(key, read, &asset);
            }
        }
        // What an item says of its variables is said of its only store.
        let mut stores: Vec<&mut Store> = assets.iter_mut().filter_map(|(_, asset)| asset.store.as_mut()).collect();
        if let [only] = &mut stores[..]
            && only.variables.is_empty()
        {
            only.variables = variables(&properties);
        }
        Ok(Item {
            collection: item.text("collection").ok().flatten().map(str::to_string),
            time: time(&properties)?,
            span: span(&properties)?,
            bbox: bbox(&item)?,
            assets,
            self_href: self_href(&item)?,
            offset_applied: properties.get("earthsearch:boa_offset_applied") == Some(&Value::Bool(true)),
            properties: named(&properties, &id, &item),
            id,
        })
    }
}

/// The properties, and beside them what stands above them: `id` and `collection`.
fn named(properties: &Fields, id: &str, item: &Fields) -> Object {
    let mut all = properties.object.clone();
    all.entry("id").or_insert_with(|| id.into());
    if let Some(collection) = item.get("collection").filter(|value| value.is_string()) {
        all.entry("collection").or_insert_with(|| collection.clone());
    }
    all
}

/// An item as the one row of an expression.
impl<'a> Rows<'a, expr::Value<'a>> for &'a Item {
    fn property(&self, name: &str, _: Range<usize>, out: &mut [expr::Value<'a>]) {
        out.fill(fields::property(&self.properties, name).map_or(expr::Value::Missing, expr::Value::of));
    }

    fn time(&self, part: &'static Function, _: Range<usize>, out: &mut [expr::Value<'a>]) {
        let date = owned(self.time, self.span);
        out.fill(expr::Value::Number(part.of_step(Calendar::Standard, self.time, date)));
    }
}

impl Asset {
    fn parse(asset: &Fields, item_proj: &Proj, shared_bands: &[AssetBand]) -> Result<Asset> {
        let href = asset.text("href")?.ok_or_else(|| bad(asset.place, "href", "is missing"))?.to_string();
        let roles = asset.list("roles")?.iter().filter_map(Value::as_str).map(str::to_string).collect();
        let mut bands: Vec<AssetBand> = Vec::new();
        // `eo:bands` names what `raster:bands` measures (1.0); `bands` does both (1.1), with the asset's own fields as
        // what all of its bands share.
        for (field, of_all) in [("eo:bands", false), ("raster:bands", false), ("bands", true)] {
            for (at, value) in asset.list(field)?.iter().enumerate() {
                if bands.len() <= at {
                    bands.push(AssetBand::default());
                }
                if let Some(index) = value.as_u64() {
                    // Before 1.0 an asset listed positions in the item's `eo:bands`.
                    if let Some(shared) = shared_bands.get(index as usize) {
                        bands[at].fill(shared);
                    }
                    continue;
                }
                let band = AssetBand::parse(&Fields::new(value, asset.place, field)?, of_all)?;
                bands[at].fill(&band);
            }
        }
        let of_asset = AssetBand::parse(asset, true)?;
        let of_asset = AssetBand { name: None, common_name: None, ..of_asset };
        if of_asset != AssetBand::default() {
            if bands.is_empty() {
                bands.push(AssetBand::default());
            }
            bands.iter_mut().for_each(|band| band.fill(&of_asset));
        }
        Ok(Asset {
            href,
            media_type: asset.text("type")?.map(str::to_string),
            roles,
            bands,
            proj: Proj::parse(asset, item_proj)?,
            store: None,
        })
    }

    /// The path of the file, in small letters, without what follows it in an address.
    pub(super) fn path(&self) -> String {
        self.href.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase()
    }

    /// Whether this is a raster of measurements, by its type and its roles: not a thumbnail, not a text.
    pub(crate) fn is_data(&self) -> bool {
        let roles = |names: &[&str]| self.roles.iter().any(|r| names.contains(&r.as_str()));
        if roles(&["thumbnail", "overview", "metadata", "tiles", "visual"]) {
            return false;
        }
        match &self.media_type {
            Some(media) => {
                let media = media.to_ascii_lowercase();
                self.store.is_some()
                    || ["tiff", "jp2", "netcdf", "grib", "x-hdf", "vrt"].iter().any(|raster| media.contains(raster))
            }
            None => {
                let path = self.path();
                self.store.is_some()
                    || roles(&["data"])
                    || [".tif", ".tiff", ".jp2", ".vrt"].iter().any(|end| path.ends_with(end))
            }
        }
    }
}

impl AssetBand {
    fn parse(band: &Fields, prefixed: bool) -> Result<AssetBand> {
        let prefixes = |field: &'static str, long: &'static str| if prefixed { [long, field] } else { [field, long] };
        let number = |names: [&'static str; 2]| -> Result<Option<f64>> {
            Ok(match band.number(names[0])? {
                Some(number) => Some(number),
                None => band.number(names[1])?,
            })
        };
        // What a band is called is not worth refusing an item for.
        let text = |field: &str| band.text(field).ok().flatten().map(str::to_string);
        Ok(AssetBand {
            name: text("name"),
            common_name: text("common_name").or_else(|| text("eo:common_name")),
            unit: text("unit"),
            dtype: band.text("data_type")?.and_then(dtype),
            nodata: band.number("nodata")?,
            scale: number(prefixes("scale", "raster:scale"))?,
            offset: number(prefixes("offset", "raster:offset"))?,
        })
    }

    /// Takes from `other` what is not known yet.
    fn fill(&mut self, other: &AssetBand) {
        fn take<T: Clone>(mine: &mut Option<T>, other: &Option<T>) {
            if mine.is_none() {
                mine.clone_from(other);
            }
        }
        take(&mut self.name, &other.name);
        take(&mut self.common_name, &other.common_name);
        take(&mut self.unit, &other.unit);
        take(&mut self.dtype, &other.dtype);
        take(&mut self.nodata, &other.nodata);
        take(&mut self.scale, &other.scale);
        take(&mut self.offset, &other.offset);
    }
}

impl Proj {
    fn parse(fields: &Fields, above: &Proj) -> Result<Proj> {
        let code = match fields.get("proj:code") {
            Some(_) => fields.text("proj:code")?.map(str::to_string),
            None => match fields.get("proj:epsg") {
                // Some write the number as text, or with the name of the authority.
                Some(Value::String(text)) if text.chars().all(|c| c.is_ascii_digit()) => Some(format!("EPSG:{text}")),
                Some(Value::String(text)) => Some(text.clone()),
                _ => fields.number("proj:epsg")?.map(|epsg| format!("EPSG:{epsg}")),
            },
        };
        let crs = match code {
            Some(code) => Some(code),
            None => fields.text("proj:wkt2")?.map(str::to_string),
        };
        let shape = fields.numbers("proj:shape", &[2])?.map(|s| [s[0] as usize, s[1] as usize]);
        let transform = fields.numbers("proj:transform", &[6, 9])?.map(|t| [t[2], t[0], t[1], t[5], t[3], t[4]]);
        let bbox = fields.numbers("proj:bbox", &[4, 6])?.map(|b| match b[..] {
            [w, s, e, n] => [w, s, e, n],
            _ => [b[0], b[1], b[3], b[4]],
        });
        // An asset with a shape of its own lies on a grid of its own, to which the item's transform does not belong.
        let own_grid = shape.is_some() || transform.is_some();
        Ok(Proj {
            crs: crs.or_else(|| above.crs.clone()),
            shape: if own_grid { shape } else { above.shape },
            transform: if own_grid { transform } else { above.transform },
            bbox: bbox.or(above.bbox),
        })
    }

    /// Rows, columns and the north-up transform, where they are stated or follow from the bounds.
    pub(crate) fn grid(&self) -> Option<([f64; 6], usize, usize)> {
        let [height, width] = self.shape.filter(|s| s[0] > 0 && s[1] > 0)?;
        let from_bounds = |[w, s, e, n]: [f64; 4]| [w, (e - w) / width as f64, 0.0, n, 0.0, (s - n) / height as f64];
        let transform = self.transform.or_else(|| self.bbox.map(from_bounds))?;
        let area = transform[1] * transform[5] - transform[2] * transform[4];
        (area.is_finite() && area != 0.0).then(|| (north_up(transform, width, height), width, height))
    }
}

/// The transform of the same pixels with rows from north to south and columns from west to east, unless it is rotated.
pub(super) fn north_up(t: [f64; 6], width: usize, height: usize) -> [f64; 6] {
    if t[2] != 0.0 || t[4] != 0.0 {
        return t;
    }
    let (x, dx) = if t[1] < 0.0 { (t[0] + t[1] * width as f64, -t[1]) } else { (t[0], t[1]) };
    let (y, dy) = if t[5] > 0.0 { (t[3] + t[5] * height as f64, -t[5]) } else { (t[3], t[5]) };
    [x, dx, 0.0, y, 0.0, dy]
}

fn stated(properties: &Fields, field: &str) -> Result<Option<Instant>> {
    let Some(text) = properties.text(field)? else { return Ok(None) };
    let instant = parse_rfc3339(text).ok_or_else(|| bad(properties.place, field, &format!("is no date: `{text}`")))?;
    Ok(Some(instant))
}

fn time(properties: &Fields) -> Result<Instant> {
    let read = |field: &str| stated(properties, field);
    if let Some(at) = read("datetime")? {
        return Ok(at);
    }
    match (read("start_datetime")?, read("end_datetime")?) {
        (Some(start), Some(end)) => Ok(Instant(start.0 + (end.0 - start.0) / 2)),
        (Some(only), None) | (None, Some(only)) => Ok(only),
        (None, None) => Err(bad(properties.place, "datetime", "is missing")
            .help("an item needs `datetime`, or `start_datetime` and `end_datetime`")),
    }
}

fn span(properties: &Fields) -> Result<Option<(Instant, Instant)>> {
    let span = stated(properties, "start_datetime")?.zip(stated(properties, "end_datetime")?);
    Ok(span.filter(|(start, end)| start <= end))
}

/// The stated box, or that of the geometry.
fn bbox(item: &Fields) -> Result<Option<BBox>> {
    if let Some(b) = item.numbers("bbox", &[4, 6])? {
        return Ok(Some(if b.len() == 4 {
            BBox::new(b[0], b[1], b[2], b[3])
        } else {
            BBox::new(b[0], b[1], b[3], b[4])
        }));
    }
    fn positions(value: &Value, out: &mut Option<BBox>) {
        let Some(values) = value.as_array() else { return };
        match (values.first().and_then(Value::as_f64), values.get(1).and_then(Value::as_f64)) {
            (Some(x), Some(y)) => {
                let point = BBox::new(x, y, x, y);
                *out = Some(out.map_or(point, |b| b.union(point)));
            }
            _ => values.iter().for_each(|v| positions(v, out)),
        }
    }
    let mut around = None;
    if let Some(coordinates) = item.get("geometry").and_then(|g| g.get("coordinates")) {
        positions(coordinates, &mut around);
    }
    Ok(around)
}

fn self_href(item: &Fields) -> Result<Option<String>> {
    let links = item.list("links")?;
    let own = links.iter().find(|l| l.get("rel").and_then(Value::as_str) == Some("self"));
    Ok(own.and_then(|l| l.get("href")).and_then(Value::as_str).map(str::to_string))
}

fn shared_bands(properties: &Fields) -> Result<Vec<AssetBand>> {
    let bands = properties.list("eo:bands").unwrap_or_default();
    bands
        .iter()
        .filter(|b| b.is_object())
        .map(|b| AssetBand::parse(&Fields::new(b, properties.place, "eo:bands")?, false))
        .collect()
}

/// STAC names types as numpy does; complex and unknown ones are left to the file.
fn dtype(name: &str) -> Option<DType> {
    DType::from_name(name).or((name == "float16").then_some(DType::F32))
}
