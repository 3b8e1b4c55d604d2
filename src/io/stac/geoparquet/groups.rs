//! Which groups of rows may hold wanted items, by the least and greatest values that the file states of each column.
//!
//! **Invariant:** a group is left out only where no row of it can pass, and where leaving it out changes nothing of what is
//! told of the others: rows that lack a value are counted by those who judge items.

use crate::cube::BBox;
use crate::cube::time::{Calendar, Instant, Interval};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::expr::{Binary, Expr, Member, property_named};
use crate::io::stac::choose::{Filters, meets};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;

/// A group of rows and what is stated of its columns.
pub(super) struct Groups<'a> {
    group: &'a RowGroupMetaData,
}

/// The least and the greatest value of a column.
#[derive(Clone, Debug, PartialEq)]
enum Span {
    Numbers(f64, f64),
    Texts(String, String),
    Truths(bool, bool),
    /// No row has a value.
    Nothing,
}

impl Groups<'_> {
    /// The groups that may hold items that pass.
    ///
    /// # Errors
    /// `E0204` where there is none.
    pub(super) fn choose(file: &ParquetMetaData, filters: &Filters) -> Result<Vec<usize>> {
        let all: Vec<usize> = (0..file.num_row_groups()).collect();
        let mut left = all.clone();
        let mut keep = |what: &dyn Fn() -> String, may_pass: &dyn Fn(&Groups) -> bool| {
            let before = left.clone();
            left.retain(|group| may_pass(&Groups { group: file.row_group(*group) }));
            if !left.is_empty() || before.is_empty() {
                return Ok(());
            }
            let rows = file.file_metadata().num_rows();
            Err(Diagnostic::new(codes::EMPTY_SELECTION, "no item is left")
                .help(format!("{rows} items found, 0 {}", what())))
        };
        if let Some(collection) = filters.collection {
            keep(&|| format!("of collection `{collection}`"), &|group| {
                group.span("collection").is_none_or(|span| span.may_be(collection))
            })?;
        }
        if let Some(range) = filters.time {
            let told = || {
                let iso = |at| Calendar::Standard.iso(at);
                let spans = all.iter().filter_map(|group| Groups { group: file.row_group(*group) }.times("datetime"));
                let ends = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
                let ends = ends.map_or(String::new(), |(a, b)| format!(" (they run from {} to {})", iso(a), iso(b)));
                format!("in the time asked for{ends}")
            };
            keep(&told, &|group| group.may_be_during(range))?;
        }
        if let Some(place) = filters.place {
            keep(&|| format!("that meet the box {place}"), &|group| group.may_meet(place))?;
        }
        if let Some(condition) = filters.condition {
            keep(&|| "that pass the filter".into(), &|group| group.may_hold(condition))?;
        }
        Ok(left)
    }

    fn column(&self, path: &str) -> Option<&ColumnChunkMetaData> {
        self.group.columns().iter().find(|column| column.column_path().string() == path)
    }

    /// Of a column whose every row has a value, or none has.
    fn span(&self, path: &str) -> Option<Span> {
        let column = self.column(path)?;
        let statistics = column.statistics()?;
        let missing = statistics.null_count_opt()?;
        if missing as i64 == column.num_values() {
            return Some(Span::Nothing);
        }
        (missing == 0).then(|| Span::of(column, statistics)).flatten()
    }

    /// The first and the last instant of a column of instants, in which rows may lack one.
    fn times(&self, path: &str) -> Option<(Instant, Instant)> {
        let column = self.column(path)?;
        let descriptor = column.column_descr();
        let ticks = match (descriptor.logical_type_ref(), descriptor.converted_type()) {
            (Some(LogicalType::Timestamp(time)), _) => match time.unit {
                TimeUnit::MILLIS => 1000.0,
                TimeUnit::MICROS => 1.0,
                TimeUnit::NANOS => 0.001,
            },
            (_, ConvertedType::TIMESTAMP_MILLIS) => 1000.0,
            (_, ConvertedType::TIMESTAMP_MICROS) => 1.0,
            _ => return None,
        };
        let Statistics::Int64(statistics) = column.statistics()? else { return None };
        // Rounded outward: a microsecond more is none too many.
        let first = (*statistics.min_opt()? as f64 * ticks).floor() as i64 - 1;
        let last = (*statistics.max_opt()? as f64 * ticks).ceil() as i64 + 1;
        Some((Instant(first), Instant(last)))
    }

    fn may_be_during(&self, range: Interval) -> bool {
        let lacks_all = |path: &str| self.column(path).is_none() || self.span(path) == Some(Span::Nothing);
        let meets = |first: &str, last: &str| match (self.times(first), self.times(last)) {
            (Some((from, _)), Some((_, to))) => range.meets(from, to),
            _ => !(lacks_all(first) && lacks_all(last)),
        };
        meets("datetime", "datetime") || meets("start_datetime", "end_datetime")
    }

    fn may_meet(&self, place: BBox) -> bool {
        let numbers = |name: &str| match self.span(&format!("bbox.{name}")) {
            Some(Span::Numbers(low, high)) => Some((low, high)),
            Some(Span::Texts(..) | Span::Truths(..) | Span::Nothing) | None => None,
        };
        let (Some(west), Some(south), Some(east), Some(north)) =
            (numbers("xmin"), numbers("ymin"), numbers("xmax"), numbers("ymax"))
        else {
            return true;
        };
        // One that runs over the antimeridian ends far to the west of where it begins, and so may the group hold such a one.
        let (from, to) = if west.1 - east.0 > 180.0 { (-180.0, 180.0) } else { (west.0, east.1) };
        meets(BBox::new(from, south.0, to, north.1), place)
    }

    /// Whether a condition may be true of a row. Of what is not understood it may.
    fn may_hold(&self, condition: &Expr) -> bool {
        match condition {
            Expr::Binary(Binary::And, a, b) => self.may_hold(a) && self.may_hold(b),
            Expr::Binary(Binary::Or, a, b) => self.may_hold(a) || self.may_hold(b),
            Expr::Binary(op @ (Binary::Eq | Binary::Ne | Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge), a, b) => {
                match (&**a, &**b) {
                    (Expr::Property(name), value) => self.property(name).is_none_or(|span| span.may_be_so(*op, value)),
                    (value, Expr::Property(name)) => {
                        self.property(name).is_none_or(|span| span.may_be_so(turned(*op), value))
                    }
                    _ => true,
                }
            }
            Expr::In { operand, set, negated: false } => match &**operand {
                Expr::Property(name) => {
                    self.property(name).is_none_or(|span| set.iter().any(|member| span.may_be_in(member)))
                }
                _ => true,
            },
            _ => true,
        }
    }

    /// What is stated of the column that a property is called by.
    fn property(&self, name: &str) -> Option<Span> {
        let paths: Vec<String> = self.group.columns().iter().map(|column| column.column_path().string()).collect();
        let top = paths.iter().map(String::as_str);
        self.span(property_named(name, top)?)
    }
}

fn turned(op: Binary) -> Binary {
    match op {
        Binary::Lt => Binary::Gt,
        Binary::Le => Binary::Ge,
        Binary::Gt => Binary::Lt,
        Binary::Ge => Binary::Le,
        other => other,
    }
}

impl Span {
    fn of(column: &ColumnChunkMetaData, statistics: &Statistics) -> Option<Span> {
        let descriptor = column.column_descr();
        // What the stored numbers or bytes do not say by themselves is not compared.
        let plain = matches!(
            descriptor.converted_type(),
            ConvertedType::NONE
                | ConvertedType::UTF8
                | ConvertedType::INT_8
                | ConvertedType::INT_16
                | ConvertedType::INT_32
                | ConvertedType::INT_64
        );
        let is_time = matches!(descriptor.logical_type_ref(), Some(LogicalType::Timestamp(_)));
        if !plain || is_time || statistics.is_min_max_deprecated() {
            return None;
        }
        Some(match statistics {
            Statistics::Boolean(s) => Span::Truths(*s.min_opt()?, *s.max_opt()?),
            Statistics::Int32(s) => Span::Numbers(f64::from(*s.min_opt()?), f64::from(*s.max_opt()?)),
            Statistics::Int64(s) => Span::Numbers(*s.min_opt()? as f64, *s.max_opt()? as f64),
            Statistics::Float(s) => Span::Numbers(f64::from(*s.min_opt()?), f64::from(*s.max_opt()?)),
            Statistics::Double(s) => Span::Numbers(*s.min_opt()?, *s.max_opt()?),
            // Long ones are stated shortened, downward and upward.
            Statistics::ByteArray(s) if descriptor.converted_type() == ConvertedType::UTF8 => {
                let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
                Span::Texts(text(s.min_opt()?.data())?, text(s.max_opt()?.data())?)
            }
            Statistics::ByteArray(_) | Statistics::FixedLenByteArray(_) | Statistics::Int96(_) => return None,
        })
    }

    fn may_be(&self, text: &str) -> bool {
        match self {
            Span::Texts(low, high) => low.as_str() <= text && text <= high.as_str(),
            Span::Numbers(..) | Span::Truths(..) | Span::Nothing => true,
        }
    }

    fn may_be_in(&self, member: &Member) -> bool {
        match (self, member) {
            (Span::Texts(..), Member::Text(text)) => self.may_be(text),
            (Span::Numbers(least, most), Member::Range { low, high, .. }) => low <= most && least <= high,
            _ => true,
        }
    }

    /// Whether a value may compare so.
    fn may_be_so(&self, op: Binary, with: &Expr) -> bool {
        let Some((low, high)) = self.against(with) else { return true };
        match op {
            Binary::Eq => low.is_le() && high.is_ge(),
            Binary::Lt => low.is_lt(),
            Binary::Le => low.is_le(),
            Binary::Gt => high.is_gt(),
            Binary::Ge => high.is_ge(),
            // Shortened texts do not say that all are alike.
            _ => true,
        }
    }

    /// How the least and the greatest value compare with another of their kind.
    fn against(&self, with: &Expr) -> Option<(std::cmp::Ordering, std::cmp::Ordering)> {
        match (self, with) {
            (Span::Numbers(low, high), Expr::Number(value)) => {
                Some((low.partial_cmp(value)?, high.partial_cmp(value)?))
            }
            (Span::Texts(low, high), Expr::Text(value)) => Some((low.cmp(value), high.cmp(value))),
            (Span::Truths(low, high), Expr::Truth(value)) => Some((low.cmp(value), high.cmp(value))),
            _ => None,
        }
    }
}
