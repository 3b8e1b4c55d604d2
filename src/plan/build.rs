//! The constructors: each node with the schema of what comes out of it.

use super::cell_methods;
use super::{
    Footprint, MaskBy, Node, Over, PlacesSource, Plan, ReduceOptions, Reducer, Resampling, SinkSpec, SourceSpec,
};
use crate::cube::geobox::trim;
use crate::cube::{Band, GeoBox, Places, Schema, TimeAxis};
use crate::diagnostic::{Diagnostic, Result, Span, codes};
use crate::expr::Expr;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// What a `Select` keeps; starts as everything.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    pub steps: Vec<usize>,
    pub bands: Vec<usize>,
    pub y: Range<usize>,
    pub x: Vec<Range<usize>>,
    /// The longitude that the western edge of the result is to have; it may differ from the grid's by 360 degrees.
    pub west: Option<f64>,
}

impl Selection {
    pub(crate) fn all(schema: &Schema) -> Selection {
        Selection {
            steps: (0..schema.time.len()).collect(),
            bands: (0..schema.bands.len()).collect(),
            y: 0..schema.grid.height,
            x: std::iter::once(0..schema.grid.width).collect(),
            west: None,
        }
    }
}

impl Plan {
    fn node(node: Node, schema: Schema, span: Span) -> Arc<Plan> {
        Arc::new(Plan { node, schema: Arc::new(schema), span })
    }

    /// Reads a source. Of a meridian that is stored twice, at both ends of the rows, the second column is left out: it
    /// would count twice, and a box across it would be cut in two.
    pub(crate) fn scan(source: SourceSpec, mut schema: Schema, span: Span) -> Arc<Plan> {
        let grid = schema.grid.clone();
        if !grid.repeats_meridian() {
            return Plan::node(Node::Scan { source }, schema, span);
        }
        let [first, last] = [0, grid.width - 1].map(|column| trim(grid.x(column)));
        schema.notes.push(format!("the meridian {last} is the same as {first}, and its column is left out"));
        let kept = Schema { grid: grid.crop(0..grid.height, 0..grid.width - 1), ..schema.clone() };
        let Selection { steps, bands, y, .. } = Selection::all(&schema);
        let x = std::iter::once(0..grid.width - 1).collect();
        let input = Plan::node(Node::Scan { source }, schema, span);
        Plan::node(Node::Select { input, steps, bands, y, x }, kept, span)
    }

    /// # Errors
    /// `E0204` if no step, band or pixel is left.
    pub(crate) fn select(input: &Arc<Plan>, keep: Selection, span: Span) -> Result<Arc<Plan>> {
        let schema = &input.schema;
        let empty = |what: &str| Diagnostic::new(codes::EMPTY_SELECTION, format!("no {what} is left"));
        if keep.steps.is_empty() {
            return Err(empty("step").help(format!("the cube has {}", schema.time.span_text())));
        }
        if keep.bands.is_empty() {
            return Err(empty("band"));
        }
        if keep.y.is_empty() || keep.x.iter().all(|x| x.is_empty()) {
            return Err(empty("pixel"));
        }
        let grid = schema.grid.pick(keep.y.clone(), &keep.x, keep.west);
        let all_steps = keep.steps.len() == schema.time.len() && keep.steps.iter().enumerate().all(|(i, &s)| i == s);
        let out = Schema {
            time: if all_steps { schema.time.clone() } else { schema.time.select(&keep.steps) },
            bands: keep.bands.iter().map(|&b| schema.bands[b].clone()).collect(),
            grid,
            properties: schema.select_properties(&keep.steps),
            notes: schema.notes.clone(),
            history: schema.history.clone(),
        };
        let Selection { steps, bands, y, x, .. } = keep;
        Ok(Plan::node(Node::Select { input: input.clone(), steps, bands, y, x }, out, span))
    }

    /// Resamples onto `grid`. Every band gets a nodata, as pixels outside the source are missing.
    pub(crate) fn warp(input: &Arc<Plan>, grid: GeoBox, method: Resampling, span: Span) -> Result<Arc<Plan>> {
        let from = &input.schema.grid;
        if grid.places.is_some() {
            let message =
                "the rows and columns of the other grid are only counted, and nothing can be brought onto them";
            return Err(Diagnostic::new(codes::NO_CRS, message)
                .help("bring that one onto a regular grid first: `reproject EPSG:4326 res 0.25`"));
        }
        if from.is_counted() && !matches!(method, Resampling::Nearest | Resampling::Bilinear) {
            let message = format!("`{}` needs pixels with edges, and here only their centers are known", method.name());
            return Err(Diagnostic::new(codes::UNFIT_ARGUMENTS, message).help(
                "`method nearest` or `method bilinear` onto pixels as small as these, and then `coarsen 4 mean`",
            ));
        }
        if from.crs.is_none() && from.places.is_none() || grid.crs.is_none() {
            return Err(Diagnostic::new(
                codes::NO_CRS,
                "a cube without a reference system cannot be resampled to another grid",
            )
            .help(input.way_to_a_system()));
        }
        // A mean of truths or of integers is no integer in general; GDAL rounds it, and so do we, as gdalwarp would.
        let bands = input.schema.bands.iter().map(Band::with_nodata);
        // A sum of pixels may be a larger number than the type of the pixels holds well.
        let bands = bands.map(|band| Band { short: band.short && method != Resampling::Sum, ..band }).collect();
        let bands: Vec<Band> = bands;
        let rounded = bands.iter().find(|band| !band.dtype.is_float());
        let rounded = rounded.filter(|_| matches!(method, Resampling::Average | Resampling::Rms)).map(|band| {
            format!(
                "averages of `{}` are rounded to whole numbers, as its pixels are ({}): `cast float32` before keeps fractions",
                band.name, band.dtype
            )
        });
        let mut out = Schema { bands, grid, ..(*input.schema).clone() };
        out.notes.extend(rounded);
        let places = Plan::places(&input.schema.grid, span)?;
        Ok(Plan::node(Node::Warp { input: input.clone(), places, method }, out, span))
    }

    /// The longitudes and latitudes of a grid's pixels as a cube of two bands, where it keeps them in a file.
    fn places(grid: &GeoBox, span: Span) -> Result<Option<Arc<Plan>>> {
        let Some(Places::Pixels(places)) = &grid.places else { return Ok(None) };
        let PlacesSource { source, schema } = PlacesSource::of(places)?;
        let all = Plan::scan(source, schema, span);
        let x = std::iter::once(places.x.clone()).collect();
        let keep = Selection { y: places.y.clone(), x, ..Selection::all(&all.schema) };
        Plan::select(&all, keep, span).map(Some)
    }

    /// Computes bands by named expressions; two of one name are `E0209`.
    pub(crate) fn map(input: &Arc<Plan>, outputs: Vec<(String, Expr)>, span: Span) -> Result<Arc<Plan>> {
        let bands: Vec<Band> = outputs.iter().map(|(name, expr)| expr.band(name, &input.schema)).collect();
        unique(&bands)?;
        let out = Schema { bands, ..(*input.schema).clone() };
        let outputs = outputs.into_iter().map(|(_, expr)| expr).collect();
        Ok(Plan::node(Node::Map { input: input.clone(), outputs }, out, span))
    }

    /// Computes bands by expressions, where the caller describes the bands (`cast`, `raw`, `fill`).
    pub(crate) fn map_into(input: &Arc<Plan>, outputs: Vec<(Band, Expr)>, span: Span) -> Result<Arc<Plan>> {
        let (bands, outputs): (Vec<Band>, Vec<Expr>) = outputs.into_iter().unzip();
        unique(&bands)?;
        let out = Schema { bands, ..(*input.schema).clone() };
        Ok(Plan::node(Node::Map { input: input.clone(), outputs }, out, span))
    }

    pub(crate) fn mask(input: &Arc<Plan>, by: MaskBy, span: Span) -> Arc<Plan> {
        let bands = input.schema.bands.iter().map(Band::with_nodata).collect();
        let out = Schema { bands, ..(*input.schema).clone() };
        Plan::node(Node::Mask { input: input.clone(), by }, out, span)
    }

    /// Reduces steps to groups; `time` is the axis of the groups.
    pub(crate) fn reduce_time(
        input: &Arc<Plan>,
        time: TimeAxis,
        group_of_step: Vec<Option<usize>>,
        reducers: Vec<Reducer>,
        options: ReduceOptions,
        span: Span,
    ) -> Result<Arc<Plan>> {
        let groups = time.len();
        let mut steps_in = vec![0usize; groups];
        group_of_step.iter().flatten().for_each(|&g| steps_in[g] += 1);
        // A result of fewer steps than `min_count` is missing, even where every input pixel is valid.
        let strict = options.min_count != super::MinCount::default() || steps_in.contains(&0);
        let mut bands = reduced(&input.schema, &reducers, strict);
        unique(&bands)?;
        let methods = cell_methods::over_time(&input.schema, &reducers, &time);
        bands.iter_mut().zip(methods).for_each(|(band, methods)| band.cell_methods = methods);
        let schema = Schema {
            time,
            bands,
            grid: input.schema.grid.clone(),
            properties: BTreeMap::new(),
            notes: input.schema.notes.clone(),
            history: input.schema.history.clone(),
        };
        let over = Over::Time { group_of_step, groups };
        Ok(Plan::node(Node::Reduce { input: input.clone(), over, reducers, options }, schema, span))
    }

    /// Reduces the bands of each step to one band a reducer, named after it.
    pub(crate) fn reduce_bands(
        input: &Arc<Plan>,
        reducers: Vec<Reducer>,
        options: ReduceOptions,
        span: Span,
    ) -> Result<Arc<Plan>> {
        let bands = &input.schema.bands;
        let dtype = bands.iter().map(|b| b.dtype).reduce(|a, b| a.promote(b)).unwrap_or(crate::cube::DType::F32);
        // Bands may differ in their nodata; the reduction works on one type, which has room for a nodata of its own.
        let common = common_band(bands, dtype);
        let strict = options.min_count != super::MinCount::default();
        let band = |r: &Reducer| {
            let out = r.band(&common, r.name(), &TimeAxis::Positions(1));
            if strict && r.can_be_missing() { out.with_nodata() } else { out }
        };
        let out: Vec<Band> = reducers.iter().map(band).collect();
        unique(&out)?;
        let schema = Schema { bands: out, ..(*input.schema).clone() };
        Ok(Plan::node(Node::Reduce { input: input.clone(), over: Over::Band, reducers, options }, schema, span))
    }

    /// Reduces the pixels under a footprint to one pixel of `grid`. Pixels beyond the edge of the input count as
    /// missing.
    pub(crate) fn reduce_space(
        input: &Arc<Plan>,
        grid: GeoBox,
        footprint: Footprint,
        reducers: Vec<Reducer>,
        options: ReduceOptions,
        span: Span,
    ) -> Result<Arc<Plan>> {
        let overhangs = footprint.overhangs(&grid, input.schema.grid.height, input.schema.grid.width);
        let strict = options.min_count != super::MinCount::default() || options.keepna && overhangs;
        let mut bands = reduced(&input.schema, &reducers, strict);
        unique(&bands)?;
        let methods = cell_methods::over_area(&input.schema, &reducers);
        bands.iter_mut().zip(methods).for_each(|(band, methods)| band.cell_methods = methods);
        let mut schema = Schema { bands, grid, ..(*input.schema).clone() };
        if input.schema.grid.places.is_some() && schema.grid.places.is_none() {
            let note =
                "rows and columns are other ones now, and where they lie is left out: put `reproject` or `align` first";
            schema.notes.push(note.into());
        }
        let over = Over::Space(footprint);
        Ok(Plan::node(Node::Reduce { input: input.clone(), over, reducers, options }, schema, span))
    }

    /// Puts the bands of `right` beside those of `left`, step by step; `names` are those of the right bands.
    pub(crate) fn join(
        left: &Arc<Plan>,
        right: &Arc<Plan>,
        steps: Vec<Option<usize>>,
        names: Vec<String>,
        span: Span,
    ) -> Result<Arc<Plan>> {
        let (a, b) = (&left.schema, &right.schema);
        if !a.grid.same_grid(&b.grid) {
            return Err(Diagnostic::new(codes::GRIDS_DIFFER, "the two cubes lie on different grids")
                .help(format!("left: {}, {}", a.grid.describe(), a.grid.bounds()))
                .help(format!("right: {}, {}", b.grid.describe(), b.grid.bounds()))
                .help("bring the right one onto the grid of the left first: `( $right | align $left )`"));
        }
        let gaps = steps.iter().any(Option::is_none);
        let mut bands = a.bands.clone();
        for (band, name) in b.bands.iter().zip(names) {
            let band = if gaps { band.with_nodata() } else { band.clone() };
            bands.push(Band { name, ..band });
        }
        unique(&bands)?;
        let mut schema = Schema { bands, ..(**a).clone() };
        share_places(&mut schema, [&b.grid]);
        Ok(Plan::node(Node::Join { left: left.clone(), right: right.clone(), steps }, schema, span))
    }

    /// Puts the steps of `inputs`, which have the same bands and grid, into one cube; `steps` names input and step of
    /// each.
    ///
    /// # Errors
    /// `E0213` for other grids.
    pub(crate) fn concat(
        inputs: Vec<Arc<Plan>>,
        time: TimeAxis,
        steps: Vec<(usize, usize)>,
        span: Span,
    ) -> Result<Arc<Plan>> {
        let first = &inputs[0].schema;
        if let Some(other) = inputs.iter().map(|p| &p.schema).find(|s| !s.grid.same_grid(&first.grid)) {
            return Err(Diagnostic::new(codes::GRIDS_DIFFER, "the cubes lie on different grids")
                .help(format!("one:   {}, {}", first.grid.describe(), first.grid.bounds()))
                .help(format!("other: {}, {}", other.grid.describe(), other.grid.bounds()))
                .help("bring one onto the grid of the other first: `( $b | align $a )`"));
        }
        let mut properties = BTreeMap::new();
        for key in first.properties.keys() {
            let value = |&(input, step): &(usize, usize)| Some(inputs[input].schema.properties.get(key)?[step].clone());
            if let Some(values) = steps.iter().map(value).collect::<Option<Vec<_>>>() {
                properties.insert(key.clone(), values);
            }
        }
        let mut notes: Vec<String> = Vec::new();
        for note in inputs.iter().flat_map(|p| &p.schema.notes) {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
        let (bands, history) = (first.bands.clone(), first.history.clone());
        let mut schema = Schema { time, bands, grid: first.grid.clone(), properties, notes, history };
        share_places(&mut schema, inputs[1..].iter().map(|input| &input.schema.grid));
        Ok(Plan::node(Node::Concat { inputs, steps }, schema, span))
    }

    pub(crate) fn write(input: &Arc<Plan>, sink: SinkSpec, span: Span) -> Arc<Plan> {
        Plan::node(Node::Write { input: input.clone(), sink }, (*input.schema).clone(), span)
    }

    /// The same plan, whose target may lie unfinished for those who go on with it.
    pub(crate) fn resumable(self: Arc<Self>) -> Arc<Plan> {
        let Node::Write { input, sink } = &self.node else { return self };
        let fingerprint = Some(input.fingerprint());
        let sink = SinkSpec { resumable: true, fingerprint, ..sink.clone() };
        Plan::write(input, sink, self.span)
    }

    /// The same plan, which tells one decision more.
    pub(crate) fn told(&self, note: String) -> Arc<Plan> {
        let mut schema = (*self.schema).clone();
        schema.notes.push(note);
        Arc::new(Plan { schema: Arc::new(schema), ..self.clone() })
    }

    /// The plan with another node and the same schema; the optimizer checks after each rule that the schema still
    /// holds.
    pub(super) fn with_node(&self, node: Node) -> Plan {
        Plan { node, schema: self.schema.clone(), span: self.span }
    }
}

/// The bands of the results, band by band and reducer by reducer; `strict` says that too few values make one missing.
pub(super) fn reduced(schema: &Schema, reducers: &[Reducer], strict: bool) -> Vec<Band> {
    let mut bands = Vec::new();
    for band in &schema.bands {
        for reducer in reducers {
            let name = match reducers.len() {
                1 => band.name.clone(),
                _ => format!("{}_{}", band.name, reducer.name()),
            };
            let out = reducer.band(band, name, &schema.time);
            bands.push(if strict && reducer.can_be_missing() { out.with_nodata() } else { out });
        }
    }
    bands
}

/// The band that stands for all of `bands` in one type.
pub(crate) fn common_band(bands: &[Band], dtype: crate::cube::DType) -> Band {
    let any_missing = bands.iter().any(|b| b.nodata.is_some());
    let band = Band::new("", dtype, None);
    if dtype.is_float() || any_missing { band.with_nodata() } else { band }
}

pub(super) fn unique(bands: &[Band]) -> Result<()> {
    for (i, band) in bands.iter().enumerate() {
        if bands[..i].iter().any(|b| b.name == band.name) {
            return Err(Diagnostic::new(codes::BAND_TWICE, format!("there would be two bands named `{}`", band.name))
                .help("`rename new = old` gives one of them another name"));
        }
    }
    Ok(())
}

/// Leaves out where pixels lie whose rows and columns are only counted, if the other grids do not say the same of theirs.
fn share_places<'g>(schema: &mut Schema, others: impl IntoIterator<Item = &'g GeoBox>) {
    let grid = &mut schema.grid;
    let differs = |other: &GeoBox| match &grid.places {
        Some(Places::Axes(_)) => other.places != grid.places || other.axes != grid.axes,
        Some(Places::Pixels(_) | Places::Ties(_)) | None => other.places != grid.places,
    };
    if others.into_iter().any(differs) {
        (grid.places, grid.axes) = (None, None);
        let note = "the cubes lie at places of their own: longitudes and latitudes of their pixels are left out";
        schema.notes.push(note.into());
    }
}
