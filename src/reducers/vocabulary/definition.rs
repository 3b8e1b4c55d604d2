//! The parts of a reducer's definition: statistics, the types of results, and how a result is computed from statistics.

use super::series::Series;
use crate::cube::dates::unit_of_differences;
use crate::cube::time::cf;
use crate::cube::{Band, DType, TRUTH_NODATA};

/// A reducer. Files fill in what differs from [`Definition::DEFAULT`].
pub struct Definition {
    pub name: &'static str,
    pub help: &'static str,
    pub written: ReducerSyntax,
    pub result: ResultType,
    pub unit: Unit,
    /// What its results are called where they are no values of what was reduced: `standard deviation`, of rain.
    pub called: Option<&'static str>,
    /// What CF calls it in `cell_methods`, where it has a word.
    pub cell_method: Option<&'static str>,
    /// For quantiles, the share of the values that lies below the result.
    pub share: f64,
    pub finish: Finish,
}

impl Definition {
    /// The definition of a reducer that has a name and whose result is a float in the unit of the pixels.
    pub const DEFAULT: Definition = Definition {
        name: "",
        help: "",
        written: ReducerSyntax::Word,
        result: ResultType::Float,
        unit: Unit::OfPixels,
        called: None,
        cell_method: None,
        share: 0.0,
        finish: Finish::Statistic(Statistic::Count),
    };

    /// What must be kept of the values.
    pub fn needs(&self) -> Vec<Statistic> {
        match self.finish {
            Finish::Statistic(statistic) => vec![statistic],
            Finish::Difference(a, b) => vec![Statistic::Pixel(a), Statistic::Pixel(b)],
            Finish::Float(needs, _) => needs.to_vec(),
            Finish::Series(_) => vec![Statistic::Values],
        }
    }

    /// Whether every value of the group must be held, because no running state is enough.
    pub fn holds_series(&self) -> bool {
        match self.finish {
            Finish::Statistic(statistic) => statistic.takes_series(),
            Finish::Difference(..) | Finish::Float(..) => false,
            Finish::Series(_) => true,
        }
    }

    /// Whether a running state can give steps or pixels different weights, which only a mean does.
    pub fn is_weighable(&self) -> bool {
        self.needs() == [Statistic::Mean]
    }

    /// Whether a tally over space keeps what it needs; `weighted` where pixels count in part or by their area.
    pub fn is_tallied(&self, weighted: bool) -> bool {
        self.needs().iter().all(|need| need.is_tallied() && !(weighted && *need == Statistic::SampleVariance))
    }

    /// Whether the result is the first or the last of the values.
    pub fn takes_an_end(&self) -> bool {
        matches!(self.finish, Finish::Statistic(Statistic::Pixel(Pick::First | Pick::Last)))
    }

    /// Whether a pixel counts by its covered share, so that the result of integers is a float.
    pub fn counts_shares(&self) -> bool {
        self.needs().iter().any(|need| matches!(need, Statistic::Count | Statistic::Sum))
    }

    /// Whether the result is missing where too few values are valid.
    pub fn can_be_missing(&self) -> bool {
        self.result != ResultType::Count
    }

    /// Whether its result is a date.
    pub fn answers_when(&self) -> bool {
        self.needs().iter().any(|need| matches!(need, Statistic::TimeOfMinimum | Statistic::TimeOfMaximum))
    }
}

/// How a reducer is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReducerSyntax {
    /// By its name alone.
    Word,
    /// By a name with a share: `quantile 0.9`, `p90`.
    Share,
    /// Only by a stage that uses it, such as `trend`.
    ByStage,
}

/// What is known of the valid values of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    Count,
    /// The sum, which is exact for integers.
    Sum,
    Mean,
    /// The variance of a population (division by n).
    Variance,
    /// The variance of a sample (division by n - 1), which is NaN for a single value.
    SampleVariance,
    /// One of the values.
    Pixel(Pick),
    Product,
    /// Whether some value is not zero.
    Any,
    /// Whether no value is zero.
    All,
    /// Days since 1970-01-01 of the first of the smallest values, or the number of the step where steps have no date.
    TimeOfMinimum,
    TimeOfMaximum,
    /// A number of the line of least squares through the values over the positions of their steps.
    Line(LinePart),
    /// A number of the line of Theil (1950) and Sen (1968).
    SenLine(LinePart),
    /// All of the values.
    Values,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    Minimum,
    Maximum,
    /// The first in the order of the steps.
    First,
    Last,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinePart {
    Slope,
    /// The value of the line at position 0.
    Intercept,
    /// The two-sided probability of a slope of this size or larger if there were no trend.
    PValue,
}

impl Statistic {
    /// Whether it is computed from the whole series at once.
    pub fn takes_series(self) -> bool {
        matches!(self, Statistic::Values | Statistic::SenLine(_))
    }

    /// Whether tallies over space keep it. Pixels of one step have no order in time, and their product would overflow.
    fn is_tallied(self) -> bool {
        match self {
            Statistic::Count
            | Statistic::Sum
            | Statistic::Mean
            | Statistic::Variance
            | Statistic::SampleVariance
            | Statistic::Pixel(Pick::Minimum | Pick::Maximum)
            | Statistic::Any
            | Statistic::All
            | Statistic::Values => true,
            Statistic::Pixel(Pick::First | Pick::Last)
            | Statistic::Product
            | Statistic::TimeOfMinimum
            | Statistic::TimeOfMaximum
            | Statistic::Line(_)
            | Statistic::SenLine(_) => false,
        }
    }
}

/// The statistics that must be kept of the values, and how the result is computed from them.
#[derive(Clone, Copy)]
pub enum Finish {
    /// The result is a statistic in its own type: a pixel in that of the pixels, counts and sums of integers as
    /// integers.
    Statistic(Statistic),
    /// One pixel minus another, which is exact for integers.
    Difference(Pick, Pick),
    /// A float for each pixel of a block, from columns of statistics in the order they are named; see [`each`].
    Float(&'static [Statistic], fn(&[&[f64]], &mut [f64])),
    /// A float computed from all values.
    Series(Series),
}

/// Computes a block pixel by pixel. It is compiled for each `f`, so that only a whole block costs an indirect call.
#[inline(always)]
pub(crate) fn each<const N: usize>(statistics: &[&[f64]], out: &mut [f64], f: impl Fn([f64; N]) -> f64) {
    let columns: [&[f64]; N] = std::array::from_fn(|i| &statistics[i][..out.len()]);
    for (i, out) in out.iter_mut().enumerate() {
        *out = f(columns.map(|column| column[i]));
    }
}

/// The type of results, and what is missing among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultType {
    /// The type of the pixels.
    OfPixels,
    /// Integers of 64 bits for integers, and the type of the pixels for floats.
    Sum,
    /// Float64 for integers, and the type of the pixels for floats, though float32 is accumulated in float64.
    Float,
    /// Float64 whatever the type of the pixels, as for times.
    Double,
    /// Float64 whose missing values are NaN, whatever the nodata of the pixels.
    Fit,
    /// An integer that is never missing.
    Count,
    Truth,
}

impl ResultType {
    pub fn dtype(self, input: DType) -> DType {
        match self {
            ResultType::OfPixels => input,
            ResultType::Sum => input.sum(),
            ResultType::Float if input == DType::F32 => DType::F32,
            ResultType::Float | ResultType::Double | ResultType::Fit => DType::F64,
            ResultType::Count => DType::U32,
            ResultType::Truth => DType::U8,
        }
    }

    pub fn nodata(self, input: &Band) -> Option<f64> {
        let of_float = input.nodata.filter(|_| input.dtype.is_float()).unwrap_or(f64::NAN);
        match self {
            ResultType::Count => None,
            ResultType::Truth => Some(TRUTH_NODATA),
            ResultType::Fit => Some(f64::NAN),
            ResultType::Float | ResultType::Double => Some(of_float),
            ResultType::OfPixels | ResultType::Sum if input.dtype.is_float() => Some(of_float),
            ResultType::OfPixels => input.nodata,
            ResultType::Sum if input.dtype.sum() == input.dtype => input.nodata,
            // A sum may happen to equal the nodata of the input, so sums have another nodata.
            ResultType::Sum if input.dtype.is_signed() => input.nodata.map(|_| i64::MIN as f64),
            ResultType::Sum => input.nodata.map(|_| u64::MAX as f64),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    OfPixels,
    /// Of differences of pixels: those of dates are lengths of time.
    OfDifferences,
    /// Of sums of pixels: those of dates mean nothing.
    OfSums,
    Squared,
    /// Days, if the steps have dates.
    Days,
    None,
}

impl Unit {
    pub fn of(self, pixels: Option<String>, dated: bool) -> Option<String> {
        match self {
            Unit::OfPixels => pixels,
            Unit::OfDifferences => unit_of_differences(pixels),
            Unit::OfSums => pixels.filter(|unit| !cf::is_time_unit(unit)),
            Unit::Squared => unit_of_differences(pixels).map(|unit| format!("({unit})^2")),
            Unit::Days => dated.then(|| "days since 1970-01-01".to_string()),
            Unit::None => None,
        }
    }
}
