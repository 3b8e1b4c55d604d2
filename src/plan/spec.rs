//! What is read and what is written, as data that can travel: no handle, no secret.

use super::{Node, Payload, Plan};
use crate::cube::{GeoBox, PixelPlaces, Places, Schema};
use crate::diagnostic::{Diagnostic, Result, codes};
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::sync::Arc;

/// Names a source so that it can be opened anywhere: a format of the table in `io`, and what that format knows of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceSpec {
    pub format: String,
    pub data: Payload,
    /// What was loaded, in words for people.
    pub title: String,
    /// Rows and columns of its overviews, the finest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overviews: Vec<[usize; 2]>,
    /// Files of it lie on other pixels than the cube and are resampled as they are read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resampled: bool,
    /// What must live as long as the plan; it does not travel.
    #[serde(skip)]
    pub held: Held,
}

/// Something in the memory of this process that a source is read from. Two are never told apart: what is read is named by
/// the rest of the source.
#[derive(Clone, Default)]
pub struct Held(Option<Arc<dyn Any + Send + Sync>>);

impl Held {
    pub(crate) fn new(what: Arc<dyn Any + Send + Sync>) -> Held {
        Held(Some(what))
    }
}

impl PartialEq for Held {
    fn eq(&self, _: &Held) -> bool {
        true
    }
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "held" } else { "nothing" })
    }
}

/// The option of a source that is read by an overview of this size.
pub(crate) const OVERVIEW: &str = "overview";

impl SourceSpec {
    pub(crate) fn new(format: &str, data: Payload, title: impl Into<String>) -> SourceSpec {
        SourceSpec {
            format: format.into(),
            data,
            title: title.into(),
            overviews: Vec::new(),
            resampled: false,
            held: Held::default(),
        }
    }

    /// The source of a cube on this grid at pixels that are at most `n` times as large, by its coarsest overview that is no
    /// coarser, and the size of that.
    pub(crate) fn coarser(&self, grid: &GeoBox, n: usize) -> Option<([usize; 2], SourceSpec)> {
        let size = *self.overviews.iter().rev().find(|size| grid.times_coarser(**size) <= n)?;
        let mut coarser = SourceSpec { overviews: Vec::new(), ..self.clone() };
        coarser.data.set(OVERVIEW, size);
        Some((size, coarser))
    }
}

/// The source of the longitudes and latitudes of pixels: a cube of one step and two bands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PlacesSource {
    pub source: SourceSpec,
    pub schema: Schema,
}

impl PlacesSource {
    /// What a grid carries of it: all rows and columns.
    pub(crate) fn places(&self) -> Places {
        let (height, width) = (self.schema.grid.height, self.schema.grid.width);
        // Texts and numbers by name: nothing of it can fail to be written.
        let source = serde_json::to_value(self).unwrap_or_default();
        Places::Pixels(PixelPlaces { source: source.into(), y: 0..height, x: 0..width })
    }

    /// What [`PlacesSource::places`] wrote.
    pub(crate) fn of(places: &PixelPlaces) -> Result<PlacesSource> {
        let damaged = |e| Diagnostic::new(codes::DAMAGED, "the plan does not say where its pixels lie").cause(e);
        serde_json::from_value((*places.source).clone()).map_err(damaged)
    }
}

/// Who signs the requests for a source's files. A plan names the signer and never holds a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signer {
    /// Nobody.
    #[default]
    None,
    /// The Planetary Computer.
    Pc,
    /// NASA's Earthdata.
    Earthdata,
    /// The Copernicus Data Space.
    Cdse,
    /// A bucket whose reader pays for the requests.
    RequesterPays,
    /// A token of the user's own.
    Bearer,
}

impl Signer {
    /// The words for them in a program.
    pub const WORDS: &[&str] = &["none", "pc", "earthdata", "cdse", "requester_pays", "bearer"];
    const ALL: [Signer; 6] =
        [Signer::None, Signer::Pc, Signer::Earthdata, Signer::Cdse, Signer::RequesterPays, Signer::Bearer];

    /// The word for it in a program.
    pub fn word(self) -> &'static str {
        Signer::WORDS[self as usize]
    }

    /// The signer of a word.
    pub fn from_word(word: &str) -> Option<Signer> {
        Signer::ALL.into_iter().find(|signer| signer.word() == word)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SinkSpec {
    pub format: String,
    pub path: String,
    pub existing: IfExists,
    /// What is unfinished stays where it is for whoever goes on with it: a run that resumes, or another process of a job.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resumable: bool,
    pub options: Payload,
    /// A fingerprint of the plan that is written, where it is resumable: only a run of the same plan goes on with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The program that writes it, on one line and without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// Where the pixels come from, for formats that refer to them instead of copying them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refers: Option<Box<SourceSlice>>,
}

impl SinkSpec {
    /// A target of pixels, of which no more is known than what was asked for.
    pub(crate) fn new(
        format: impl Into<String>,
        path: impl Into<String>,
        existing: IfExists,
        options: Payload,
    ) -> SinkSpec {
        let (format, path) = (format.into(), path.into());
        SinkSpec { format, path, existing, resumable: false, options, fingerprint: None, program: None, refers: None }
    }
}

/// A source of which whole steps and bands are kept, unchanged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceSlice {
    pub source: SourceSpec,
    pub steps: Vec<usize>,
    pub bands: Vec<usize>,
}

impl SourceSlice {
    /// # Errors
    /// `E0502` where a stage computes pixels, or cuts the grid.
    pub fn of(plan: &Plan) -> Result<SourceSlice> {
        let computed = |what: &str| {
            Err(Diagnostic::new(
                codes::CANNOT_WRITE,
                "references point at pixels in files, and this cube has pixels that are in none",
            )
            .label(plan.span, what)
            .help("`save zarr` writes any cube; before `save kerchunk` only whole steps and bands can be picked"))
        };
        if let Node::Scan { source } = &plan.node {
            let (steps, bands) = (plan.schema.time.len(), plan.schema.bands.len());
            return Ok(SourceSlice {
                source: source.clone(),
                steps: (0..steps).collect(),
                bands: (0..bands).collect(),
            });
        }
        let Node::Select { input, steps, bands, y, x } = &plan.node else {
            return computed("pixels are computed here");
        };
        let grid = &input.schema.grid;
        if *y != (0..grid.height) || x.len() != 1 || x[0] != (0..grid.width) {
            return computed("the grid is cut here");
        }
        let below = SourceSlice::of(input)?;
        Ok(SourceSlice {
            source: below.source,
            steps: steps.iter().map(|step| below.steps[*step]).collect(),
            bands: bands.iter().map(|band| below.bands[*band]).collect(),
        })
    }
}

/// What to do with a target that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IfExists {
    #[default]
    Refuse,
    Overwrite,
    /// Add the steps after its last one.
    Append,
}
