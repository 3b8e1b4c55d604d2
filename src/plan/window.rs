//! `Window`: cubes whose steps and grid stay what they are, each pixel computed from its neighbors.

use super::build::{reduced, unique};
use super::cell_methods;
use super::{Node, Plan, ReduceOptions, Reducer};
use crate::cube::dates::unit_of_differences;
use crate::cube::{Band, Schema};
use crate::diagnostic::{Result, Span};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// From which pixels each pixel is computed: of other steps, or of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Along {
    /// Reduces the steps of `windows[i]`; the starts and the ends of the windows never decrease.
    Rolling { windows: Vec<Range<usize>>, reducers: Vec<Reducer>, options: ReduceOptions },
    /// Reduces all steps up to each step. The reducers are those with a running state.
    Cumulate { reducers: Vec<Reducer>, options: ReduceOptions },
    /// Takes the pixels of the step that lies `by` steps earlier, or later where `by` is negative.
    Shift { by: i64 },
    /// Subtracts the step that lies `by` steps earlier, or later where `by` is negative.
    Diff { by: i64 },
    /// Gives missing pixels a value from the valid ones before and after them, which lie at most `longest` apart.
    Fill { from: FillFrom, longest: Option<Reach> },
    /// Gives missing pixels a value from valid ones of the same step, at most `reach` pixels away.
    Gaps { reach: usize, from: Nearby },
}

/// How a gap is filled from the nearest valid pixels of its four quadrants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nearby {
    /// By the mean of all four, weighted by the inverse of their distance.
    Weighted,
    Nearest,
}

impl Nearby {
    pub const WORDS: &[&str] = &["weighted", "nearest"];

    pub fn name(self) -> &'static str {
        match self {
            Nearby::Weighted => "weighted",
            Nearby::Nearest => "nearest",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillFrom {
    /// Along a straight line over time.
    Linear,
    Previous,
    Next,
}

/// A distance along time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    Steps(usize),
    Micros(i64),
}

impl FillFrom {
    pub const WORDS: &[&str] = &["linear", "previous", "next"];

    pub fn name(self) -> &'static str {
        match self {
            FillFrom::Linear => "linear",
            FillFrom::Previous => "previous",
            FillFrom::Next => "next",
        }
    }
}

impl Plan {
    /// Reduces around each step; bands come out band by band, reducer by reducer.
    pub fn rolling(
        input: &Arc<Plan>,
        windows: Vec<Range<usize>>,
        reducers: Vec<Reducer>,
        options: ReduceOptions,
        span: Span,
    ) -> Result<Arc<Plan>> {
        let short = |w: &Range<usize>| options.min_count.of(w.len()) as usize > w.len();
        let mut bands = reduced(&input.schema, &reducers, windows.iter().any(short));
        let methods = cell_methods::over_time(&input.schema, &reducers, &input.schema.time);
        bands.iter_mut().zip(methods).for_each(|(band, methods)| band.cell_methods = methods);
        window(input, Along::Rolling { windows, reducers, options }, bands, span)
    }

    /// Reduces all steps up to each.
    pub fn cumulate(
        input: &Arc<Plan>,
        reducers: Vec<Reducer>,
        options: ReduceOptions,
        span: Span,
    ) -> Result<Arc<Plan>> {
        let mut bands = reduced(&input.schema, &reducers, options.min_count.of(1) > 1);
        let methods = cell_methods::over_time(&input.schema, &reducers, &input.schema.time);
        bands.iter_mut().zip(methods).for_each(|(band, methods)| band.cell_methods = methods);
        window(input, Along::Cumulate { reducers, options }, bands, span)
    }

    /// Moves pixels to other steps; steps that no pixels move to are missing.
    pub fn shift(input: &Arc<Plan>, by: i64, span: Span) -> Result<Arc<Plan>> {
        let bands = input.schema.bands.iter().map(Band::with_nodata).collect();
        window(input, Along::Shift { by }, bands, span)
    }

    /// The change from step to step, in floats.
    pub fn diff(input: &Arc<Plan>, by: i64, span: Span) -> Result<Arc<Plan>> {
        let band = |band: &Band| {
            let dtype = band.dtype.arithmetic();
            let unit = unit_of_differences(band.unit.clone());
            Band { packing: None, nodata: Some(f64::NAN), dtype, unit, ..band.clone() }
        };
        let bands = input.schema.bands.iter().map(band).collect();
        window(input, Along::Diff { by }, bands, span)
    }

    /// Fills missing pixels along time. Interpolated integers become floats; a band that cannot be missing stays as it
    /// is.
    pub fn fill_time(input: &Arc<Plan>, from: FillFrom, longest: Option<Reach>, span: Span) -> Result<Arc<Plan>> {
        let band = |band: &Band| match (from, band.nodata) {
            (FillFrom::Linear, Some(_)) => {
                Band { packing: None, nodata: Some(f64::NAN), dtype: band.dtype.arithmetic(), ..band.clone() }
            }
            _ => band.clone(),
        };
        let bands = input.schema.bands.iter().map(band).collect();
        window(input, Along::Fill { from, longest }, bands, span)
    }

    /// Fills missing pixels from those around them. The pixels keep their type; a band that cannot be missing stays as
    /// it is.
    pub fn fill_space(input: &Arc<Plan>, reach: usize, from: Nearby, span: Span) -> Result<Arc<Plan>> {
        let band = |band: &Band| match from {
            Nearby::Weighted => Band { packing: None, ..band.clone() },
            Nearby::Nearest => band.clone(),
        };
        let bands = input.schema.bands.iter().map(band).collect();
        window(input, Along::Gaps { reach, from }, bands, span)
    }
}

fn window(input: &Arc<Plan>, along: Along, bands: Vec<Band>, span: Span) -> Result<Arc<Plan>> {
    unique(&bands)?;
    let schema = Schema { bands, ..(*input.schema).clone() };
    let node = Node::Window { input: input.clone(), along };
    Ok(Arc::new(Plan { node, schema: Arc::new(schema), span }))
}
