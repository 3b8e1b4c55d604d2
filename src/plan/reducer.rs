//! The reducers: their names, and the band that comes out of each.

use crate::cube::{Band, DType, TimeAxis};
use crate::plan::expr::TRUTH_NODATA;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reducer {
    Mean,
    Sum,
    Min,
    Max,
    /// Population (n).
    Std,
    Var,
    /// Sample (n - 1).
    Std1,
    Var1,
    Median,
    Mode,
    Count,
    /// First and last valid value.
    First,
    Last,
    Prod,
    Range,
    Any,
    All,
    ArgMin,
    ArgMax,
    /// Type 7, 0..=1.
    Quantile(f64),
    /// Of a line through the valid values over the positions of their steps.
    Trend(Fit, OfLine),
}

/// How a line is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Ordinary least squares, with the t-test of the slope.
    Linear,
    /// Theil (1950) and Sen (1968), with the test of Mann and Kendall.
    Sen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfLine {
    Slope,
    /// At position 0.
    Intercept,
    /// Probability of such a slope where there is none; two-sided.
    PValue,
}

/// How many valid values a result needs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MinCount {
    Steps(u32),
    /// Of the steps of the group.
    Percent(f64),
}

impl Default for MinCount {
    fn default() -> MinCount {
        MinCount::Steps(1)
    }
}

impl MinCount {
    pub fn of(self, steps: usize) -> u32 {
        match self {
            MinCount::Steps(n) => n.max(1),
            MinCount::Percent(p) => ((p / 100.0 * steps as f64).ceil() as u32).max(1),
        }
    }
}

impl Reducer {
    /// Every reducer with a name of its own; quantiles are `p0`..`p100` and `quantile 0.9`.
    pub const NAMED: [(&'static str, Reducer, &'static str); 19] = [
        ("mean", Reducer::Mean, "arithmetic mean of the valid values"),
        ("sum", Reducer::Sum, "sum of the valid values; integers exactly"),
        ("min", Reducer::Min, "smallest valid value"),
        ("max", Reducer::Max, "largest valid value"),
        ("std", Reducer::Std, "standard deviation of the population (n)"),
        ("var", Reducer::Var, "variance of the population (n)"),
        ("std1", Reducer::Std1, "standard deviation of a sample (n - 1)"),
        ("var1", Reducer::Var1, "variance of a sample (n - 1)"),
        ("median", Reducer::Median, "median of the valid values, exact"),
        ("mode", Reducer::Mode, "most frequent valid value; the smallest of several"),
        ("count", Reducer::Count, "number of valid values"),
        ("first", Reducer::First, "first valid value, in the order of the steps"),
        ("last", Reducer::Last, "last valid value, in the order of the steps"),
        ("prod", Reducer::Prod, "product of the valid values"),
        ("range", Reducer::Range, "largest minus smallest valid value"),
        ("any", Reducer::Any, "1 where a valid value is not zero"),
        ("all", Reducer::All, "1 where every valid value is not zero"),
        ("argmin", Reducer::ArgMin, "when the smallest valid value occurs first"),
        ("argmax", Reducer::ArgMax, "when the largest valid value occurs first"),
    ];

    pub fn from_name(name: &str) -> Option<Reducer> {
        if let Some((_, reducer, _)) = Reducer::NAMED.iter().find(|(n, ..)| *n == name) {
            return Some(*reducer);
        }
        let percent: f64 = name.strip_prefix('p')?.parse().ok()?;
        (0.0..=100.0).contains(&percent).then_some(Reducer::Quantile(percent / 100.0))
    }

    pub fn name(self) -> String {
        match self {
            Reducer::Trend(_, OfLine::Slope) => "slope".into(),
            Reducer::Trend(_, OfLine::Intercept) => "intercept".into(),
            Reducer::Trend(_, OfLine::PValue) => "pvalue".into(),
            Reducer::Quantile(q) => format!("p{}", crate::cube::geobox::trim(q * 100.0)),
            _ => Reducer::NAMED.iter().find(|(_, r, _)| *r == self).map_or("", |(n, ..)| n).to_string(),
        }
    }

    /// Whether every value of the group must be held, not a running state.
    pub fn holds_series(self) -> bool {
        matches!(self, Reducer::Median | Reducer::Mode | Reducer::Quantile(_) | Reducer::Trend(Fit::Sen, _))
    }

    /// The band of results for an input band; `time` is the axis that is reduced.
    pub fn band(self, input: &Band, name: String, time: &TimeAxis) -> Band {
        let dtype = match self {
            Reducer::Mean | Reducer::Std | Reducer::Var | Reducer::Std1 | Reducer::Var1 => mean_type(input.dtype),
            Reducer::Median | Reducer::Quantile(_) => mean_type(input.dtype),
            Reducer::Sum | Reducer::Range => input.dtype.sum(),
            Reducer::Prod => mean_type(input.dtype),
            Reducer::Min | Reducer::Max | Reducer::First | Reducer::Last | Reducer::Mode => input.dtype,
            Reducer::Count => DType::U32,
            Reducer::Any | Reducer::All => DType::U8,
            Reducer::ArgMin | Reducer::ArgMax | Reducer::Trend(..) => DType::F64,
        };
        let nodata = match self {
            Reducer::Count => None,
            Reducer::Any | Reducer::All => Some(TRUTH_NODATA),
            Reducer::Trend(..) => Some(f64::NAN),
            _ if dtype.is_float() => Some(input.nodata.filter(|_| input.dtype.is_float()).unwrap_or(f64::NAN)),
            _ if dtype == input.dtype => input.nodata,
            // A sum may be any number, also the input's nodata.
            _ => input.nodata.map(|_| if dtype.is_signed() { i64::MIN as f64 } else { u64::MAX as f64 }),
        };
        let unit = match self {
            Reducer::Count | Reducer::Any | Reducer::All | Reducer::Trend(_, OfLine::PValue) => None,
            Reducer::ArgMin | Reducer::ArgMax => time.calendar().map(|_| "days since 1970-01-01".to_string()),
            Reducer::Var | Reducer::Var1 => input.unit.as_ref().map(|u| format!("({u})^2")),
            _ => input.unit.clone(),
        };
        let short = input.short && dtype == input.dtype;
        Band { unit, short, long_name: input.long_name.clone(), ..Band::new(name, dtype, nodata) }
    }
}

/// Means of integers are float64; float32 stays, though it is accumulated in float64.
fn mean_type(dtype: DType) -> DType {
    if dtype == DType::F32 { DType::F32 } else { DType::F64 }
}
