//! The cells of one column, in a vector of their own type.

use super::ColumnType;
use crate::cube::time::{Calendar, Instant};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

/// Missing is `None`, and NaN for floats.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cells {
    /// Instants of the calendar of the column.
    Time(Vec<Option<Instant>>),
    /// Texts.
    Text(Vec<Option<Arc<str>>>),
    /// Whole numbers.
    Int64(Vec<Option<i64>>),
    /// Whole numbers without a sign.
    UInt64(Vec<Option<u64>>),
    /// Numbers; a missing one is NaN.
    Float32(#[serde(with = "nan_as_null")] Vec<f32>),
    /// Numbers; a missing one is NaN.
    Float64(#[serde(with = "nan_as_null")] Vec<f64>),
}

/// Equal cell by cell, where missing equals missing.
impl PartialEq for Cells {
    fn eq(&self, other: &Cells) -> bool {
        match (self, other) {
            (Cells::Time(a), Cells::Time(b)) => a == b,
            (Cells::Text(a), Cells::Text(b)) => a == b,
            (Cells::Int64(a), Cells::Int64(b)) => a == b,
            (Cells::UInt64(a), Cells::UInt64(b)) => a == b,
            (Cells::Float32(a), Cells::Float32(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
            }
            (Cells::Float64(a), Cells::Float64(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
            }
            _ => false,
        }
    }
}

/// JSON has no NaN.
mod nan_as_null {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) trait Float: Copy + Serialize {
        const NAN: Self;
        fn is_nan(self) -> bool;
    }

    impl Float for f32 {
        const NAN: f32 = f32::NAN;
        fn is_nan(self) -> bool {
            self.is_nan()
        }
    }

    impl Float for f64 {
        const NAN: f64 = f64::NAN;
        fn is_nan(self) -> bool {
            self.is_nan()
        }
    }

    pub(super) fn serialize<T: Float, S: Serializer>(values: &[T], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(values.iter().map(|v| (!v.is_nan()).then_some(*v)))
    }

    pub(super) fn deserialize<'de, T: Float + Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<T>, D::Error> {
        Ok(Vec::<Option<T>>::deserialize(from)?.into_iter().map(|v| v.unwrap_or(T::NAN)).collect())
    }
}

/// Runs one body for whichever vector the cells are.
macro_rules! with_cells {
    ($cells:expr, $v:ident => $body:expr) => {
        match $cells {
            Cells::Time($v) => $body,
            Cells::Text($v) => $body,
            Cells::Int64($v) => $body,
            Cells::UInt64($v) => $body,
            Cells::Float32($v) => $body,
            Cells::Float64($v) => $body,
        }
    };
}

impl Cells {
    /// No cells yet.
    pub fn empty(kind: ColumnType) -> Cells {
        Cells::missing(kind, 0)
    }

    /// So many cells, all missing.
    pub fn missing(kind: ColumnType, len: usize) -> Cells {
        match kind {
            ColumnType::Time => Cells::Time(vec![None; len]),
            ColumnType::Text => Cells::Text(vec![None; len]),
            ColumnType::Int64 => Cells::Int64(vec![None; len]),
            ColumnType::UInt64 => Cells::UInt64(vec![None; len]),
            ColumnType::Float32 => Cells::Float32(vec![f32::NAN; len]),
            ColumnType::Float64 => Cells::Float64(vec![f64::NAN; len]),
        }
    }

    /// Their type.
    pub fn kind(&self) -> ColumnType {
        match self {
            Cells::Time(_) => ColumnType::Time,
            Cells::Text(_) => ColumnType::Text,
            Cells::Int64(_) => ColumnType::Int64,
            Cells::UInt64(_) => ColumnType::UInt64,
            Cells::Float32(_) => ColumnType::Float32,
            Cells::Float64(_) => ColumnType::Float64,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        with_cells!(self, v => v.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where they are instants.
    pub fn times(&self) -> Option<&[Option<Instant>]> {
        if let Cells::Time(v) = self { Some(v) } else { None }
    }

    /// Where they are texts.
    pub fn texts(&self) -> Option<&[Option<Arc<str>>]> {
        if let Cells::Text(v) = self { Some(v) } else { None }
    }

    /// Where they are whole numbers.
    pub fn integers(&self) -> Option<&[Option<i64>]> {
        if let Cells::Int64(v) = self { Some(v) } else { None }
    }

    /// Where they are whole numbers without a sign.
    pub fn unsigned(&self) -> Option<&[Option<u64>]> {
        if let Cells::UInt64(v) = self { Some(v) } else { None }
    }

    /// Floats of 64 bits, missing as NaN; [`Cells::to_f64`] takes any number.
    pub fn reals(&self) -> Option<&[f64]> {
        if let Cells::Float64(v) = self { Some(v) } else { None }
    }

    /// Numbers of any type as floats, missing as NaN; nothing for times and texts.
    pub fn to_f64(&self) -> Option<Vec<f64>> {
        match self {
            Cells::Int64(v) => Some(v.iter().map(|v| v.map_or(f64::NAN, |v| v as f64)).collect()),
            Cells::UInt64(v) => Some(v.iter().map(|v| v.map_or(f64::NAN, |v| v as f64)).collect()),
            Cells::Float32(v) => Some(v.iter().map(|v| *v as f64).collect()),
            Cells::Float64(v) => Some(v.clone()),
            Cells::Time(_) | Cells::Text(_) => None,
        }
    }

    /// Whether the cell of a row has no value.
    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            Cells::Time(v) => v[row].is_none(),
            Cells::Text(v) => v[row].is_none(),
            Cells::Int64(v) => v[row].is_none(),
            Cells::UInt64(v) => v[row].is_none(),
            Cells::Float32(v) => v[row].is_nan(),
            Cells::Float64(v) => v[row].is_nan(),
        }
    }

    /// The order of two of them, where a missing one comes after all others. Texts are in the order of their letters'
    /// numbers.
    pub(crate) fn order(&self, a: usize, b: usize) -> Ordering {
        let by_missing = self.is_missing(a).cmp(&self.is_missing(b));
        by_missing.then_with(|| match self {
            Cells::Time(v) => v[a].cmp(&v[b]),
            Cells::Text(v) => v[a].cmp(&v[b]),
            Cells::Int64(v) => v[a].cmp(&v[b]),
            Cells::UInt64(v) => v[a].cmp(&v[b]),
            Cells::Float32(v) => v[a].partial_cmp(&v[b]).unwrap_or(Ordering::Equal),
            Cells::Float64(v) => v[a].partial_cmp(&v[b]).unwrap_or(Ordering::Equal),
        })
    }

    pub(crate) fn slice(&self, rows: Range<usize>) -> Cells {
        match self {
            Cells::Time(v) => Cells::Time(v[rows].to_vec()),
            Cells::Text(v) => Cells::Text(v[rows].to_vec()),
            Cells::Int64(v) => Cells::Int64(v[rows].to_vec()),
            Cells::UInt64(v) => Cells::UInt64(v[rows].to_vec()),
            Cells::Float32(v) => Cells::Float32(v[rows].to_vec()),
            Cells::Float64(v) => Cells::Float64(v[rows].to_vec()),
        }
    }

    /// The cells at these rows, in this order.
    pub fn pick(&self, rows: impl Iterator<Item = usize>) -> Cells {
        self.pick_some(rows.map(Some))
    }

    /// The cells at these rows, in this order; missing where there is none.
    pub(crate) fn pick_some(&self, rows: impl Iterator<Item = Option<usize>>) -> Cells {
        match self {
            Cells::Time(v) => Cells::Time(rows.map(|row| v[row?]).collect()),
            Cells::Text(v) => Cells::Text(rows.map(|row| v[row?].clone()).collect()),
            Cells::Int64(v) => Cells::Int64(rows.map(|row| v[row?]).collect()),
            Cells::UInt64(v) => Cells::UInt64(rows.map(|row| v[row?]).collect()),
            Cells::Float32(v) => Cells::Float32(rows.map(|row| row.map_or(f32::NAN, |row| v[row])).collect()),
            Cells::Float64(v) => Cells::Float64(rows.map(|row| row.map_or(f64::NAN, |row| v[row])).collect()),
        }
    }

    /// Puts the cells of another column of the same type behind these.
    ///
    /// # Panics
    /// If the types differ.
    pub fn append(&mut self, other: Cells) {
        match (self, other) {
            (Cells::Time(a), Cells::Time(b)) => a.extend(b),
            (Cells::Text(a), Cells::Text(b)) => a.extend(b),
            (Cells::Int64(a), Cells::Int64(b)) => a.extend(b),
            (Cells::UInt64(a), Cells::UInt64(b)) => a.extend(b),
            (Cells::Float32(a), Cells::Float32(b)) => a.extend(b),
            (Cells::Float64(a), Cells::Float64(b)) => a.extend(b),
            (a, b) => panic!("cells of {:?} behind cells of {:?}", b.kind(), a.kind()),
        }
    }

    /// Bytes of a cell, for the plan of memory; texts are shared.
    pub fn bytes_per_cell(kind: ColumnType) -> usize {
        match kind {
            ColumnType::Float32 => 4,
            ColumnType::Float64 => 8,
            ColumnType::Time | ColumnType::Text | ColumnType::Int64 | ColumnType::UInt64 => 16,
        }
    }

    /// A cell as text that reads back as the same value: `2020-01-31T00:00:00Z`, `0.1`, `1e300`; empty where missing.
    pub fn text(&self, row: usize) -> String {
        match self {
            Cells::Time(v) => v[row].map_or(String::new(), iso_utc),
            Cells::Text(v) => v[row].as_deref().unwrap_or_default().to_string(),
            Cells::Int64(v) => v[row].map_or(String::new(), |v| v.to_string()),
            Cells::UInt64(v) => v[row].map_or(String::new(), |v| v.to_string()),
            Cells::Float32(v) => shortest(v[row] as f64, || v[row].to_string(), || format!("{:e}", v[row])),
            Cells::Float64(v) => shortest(v[row], || v[row].to_string(), || format!("{:e}", v[row])),
        }
    }
}

/// Digits as they are, or with an exponent where there would be many zeros.
fn shortest(value: f64, plain: impl Fn() -> String, exponent: impl Fn() -> String) -> String {
    let size = value.abs();
    match size {
        _ if value.is_nan() => String::new(),
        0.0 => "0".into(),
        _ if size.is_infinite() || (1e-5..1e16).contains(&size) => plain(),
        _ => exponent(),
    }
}

/// RFC 3339 in UTC, to the second or as far as there are fractions of it.
pub(super) fn iso_utc(instant: Instant) -> String {
    let micros = instant.0.rem_euclid(1_000_000);
    let text = Calendar::ProlepticGregorian.format(instant, "%Y-%m-%dT%H:%M:%S");
    match micros {
        0 => format!("{text}Z"),
        _ => format!("{text}.{}Z", format!("{micros:06}").trim_end_matches('0')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reads_back() {
        let cells = Cells::Float64(vec![0.1, 1e300, -2.5e-9, f64::NAN, -0.0, 1e15, f64::INFINITY]);
        let texts: Vec<String> = (0..cells.len()).map(|row| cells.text(row)).collect();
        assert_eq!(texts, ["0.1", "1e300", "-2.5e-9", "", "0", "1000000000000000", "inf"]);
        assert_eq!(Cells::Float32(vec![0.1]).text(0), "0.1");
        let times = Cells::Time(vec![Some(Instant(0)), Some(Instant(-1)), None]);
        assert_eq!([0, 1, 2].map(|row| times.text(row)), ["1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", ""]);
    }

    #[test]
    fn missing_travels() {
        for cells in [
            Cells::Float64(vec![1.5, f64::NAN]),
            Cells::Float32(vec![f32::NAN, 0.1]),
            Cells::Int64(vec![None, Some(3), Some(i64::MIN)]),
            Cells::UInt64(vec![None, Some(u64::MAX)]),
            Cells::Text(vec![Some("a".into()), None]),
        ] {
            let json = serde_json::to_string(&cells).expect("cells are data");
            assert_eq!(serde_json::from_str::<Cells>(&json).expect("and come back"), cells, "{json}");
        }
    }
}
