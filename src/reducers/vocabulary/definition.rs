//! What a definition of a reducer is made of: statistics, types of results, and how a number comes of them.

use super::series::Series;
use crate::cube::{Band, DType, TRUTH_NODATA};

/// A reducer. Files fill in what differs from [`Definition::DEFAULT`].
pub struct Definition {
    pub name: &'static str,
    pub help: &'static str,
    pub written: ReducerSyntax,
    pub result: ResultType,
    pub unit: Unit,
    /// What share of the values lies below, where that is asked for.
    pub share: f64,
    pub finish: Finish,
}

impl Definition {
    /// A word for a statistic that is a float in the unit of the pixels.
    pub const DEFAULT: Definition = Definition {
        name: "",
        help: "",
        written: ReducerSyntax::Word,
        result: ResultType::Float,
        unit: Unit::OfPixels,
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

    /// Whether every value of the group must be held, not a running state.
    pub fn holds_series(&self) -> bool {
        match self.finish {
            Finish::Statistic(statistic) => statistic.takes_series(),
            Finish::Difference(..) | Finish::Float(..) => false,
            Finish::Series(_) => true,
        }
    }

    /// Whether steps or pixels may count differently in a running state: only a mean is kept with weights.
    pub fn is_weighable(&self) -> bool {
        self.needs() == [Statistic::Mean]
    }

    /// Whether a tally over space keeps what it needs; `weighted` where pixels count in part or by their area.
    pub fn is_tallied(&self, weighted: bool) -> bool {
        self.needs().iter().all(|need| need.is_tallied() && !(weighted && *need == Statistic::SampleVariance))
    }

    /// Whether a share of a pixel counts as one, so that integers come to none.
    pub fn counts_shares(&self) -> bool {
        self.needs().iter().any(|need| matches!(need, Statistic::Count | Statistic::Sum))
    }

    /// Whether there is no result where too few values are valid.
    pub fn can_be_missing(&self) -> bool {
        self.result != ResultType::Count
    }

    /// Whether it answers when something was.
    pub fn answers_when(&self) -> bool {
        self.needs().iter().any(|need| matches!(need, Statistic::TimeOfMinimum | Statistic::TimeOfMaximum))
    }
}

/// How a reducer is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReducerSyntax {
    /// By its name.
    Word,
    /// With a share: `quantile 0.9`, `p90`.
    Share,
    /// By a stage that computes it, not by name.
    ByStage,
}

/// What is known of the valid values of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    Count,
    /// Of integers exact.
    Sum,
    Mean,
    /// Of the population (n).
    Variance,
    /// Of a sample (n - 1); NaN of one value.
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
    /// Of the line of least squares through the values over the positions of their steps.
    Line(LinePart),
    /// Of the line of Theil (1950) and Sen (1968).
    SenLine(LinePart),
    /// Every one of them.
    Values,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    Minimum,
    Maximum,
    /// In the order of the steps.
    First,
    Last,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinePart {
    Slope,
    /// At position 0.
    Intercept,
    /// Probability of such a slope where there is none; two-sided.
    PValue,
}

impl Statistic {
    /// Whether it takes the whole series at once.
    pub fn takes_series(self) -> bool {
        matches!(self, Statistic::Values | Statistic::SenLine(_))
    }

    /// Whether tallies over space keep it. Pixels have no order in time, and the product of many is no number.
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

/// What must be kept of the values, and how a number comes of that.
#[derive(Clone, Copy)]
pub enum Finish {
    /// It is a statistic, in its own type: one of the pixels in theirs, counts and sums of integers whole.
    Statistic(Statistic),
    /// One pixel less another; of integers exactly.
    Difference(Pick, Pick),
    /// A float for each pixel of a block, of columns of statistics in the order they are named; see [`each`].
    Float(&'static [Statistic], fn(&[&[f64]], &mut [f64])),
    /// A float of all values.
    Series(Series),
}

/// Computes a block pixel by pixel; a function of its own for each `f`, so that blocks are worth their call.
#[inline(always)]
pub fn each<const N: usize>(statistics: &[&[f64]], out: &mut [f64], f: impl Fn([f64; N]) -> f64) {
    let columns: [&[f64]; N] = std::array::from_fn(|i| &statistics[i][..out.len()]);
    for (i, out) in out.iter_mut().enumerate() {
        *out = f(columns.map(|column| column[i]));
    }
}

/// The type of results, and what is missing among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultType {
    /// That of the pixels.
    OfPixels,
    /// Integers of 64 bits for integers; floats stay.
    Sum,
    /// Of integers float64; float32 stays, though it is accumulated in float64.
    Float,
    /// A float64 of whatever pixels, as times are.
    Double,
    /// The same, missing where it is NaN, whatever the pixels call missing.
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
            // A sum may be any number, also the input's nodata.
            ResultType::Sum if input.dtype.is_signed() => input.nodata.map(|_| i64::MIN as f64),
            ResultType::Sum => input.nodata.map(|_| u64::MAX as f64),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    OfPixels,
    Squared,
    /// Days, where the steps have dates.
    Days,
    None,
}

impl Unit {
    pub fn of(self, pixels: Option<String>, dated: bool) -> Option<String> {
        match self {
            Unit::OfPixels => pixels,
            Unit::Squared => pixels.map(|unit| format!("({unit})^2")),
            Unit::Days => dated.then(|| "days since 1970-01-01".to_string()),
            Unit::None => None,
        }
    }
}
