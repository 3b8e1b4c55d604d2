//! Makes one table of another: keeps and orders rows, computes columns, reduces groups, joins a second table.

use super::columns::push;
use super::op::too_large;
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::cube::time::Instant;
use crate::diagnostic::{Diagnostic, Result, Span, codes};
use crate::exec::limits::Limits;
use crate::exec::ops::tally::{Needs, Tally, Value as Reduced, Weight};
use crate::expr::eval::{Machine, Rows};
use crate::expr::{Cell, Expr, Value};
use crate::plan::Reduction;
use crate::plan::show::plural;
use crate::plan::table::Edit;
use crate::reducers::{Finish, Pick, Reducer, Statistic};
use crate::table::{Cells, Column, ColumnType, Table};
use std::collections::HashMap;
use std::ops::Range;

/// What an edit made.
pub(crate) struct Edited {
    pub table: Table,
    /// Cells that arithmetic had no value for.
    pub invalid: u64,
    pub notes: Vec<String>,
}

/// The table that an edit makes of `table`, with these columns; `other` is what a join takes columns from.
///
/// # Errors
/// `E0404` where a sum of whole numbers does not fit 64 bits.
pub(crate) fn edit(
    table: &Table,
    edit: &Edit,
    other: Option<&Table>,
    (columns, span): (&[Column], Span),
    limits: &Limits,
) -> Result<Edited> {
    let mut invalid = 0;
    let mut notes = Vec::new();
    let cells = match edit {
        Edit::Filter(condition) => {
            let held = values(condition, table, &mut invalid);
            let kept: Vec<usize> = (0..table.rows()).filter(|row| held[*row].is_true()).collect();
            if kept.is_empty() && table.rows() > 0 {
                notes.push("the condition holds for no row".into());
            }
            pick(table, &kept)
        }
        Edit::Sort { by, descending } => pick(table, &sorted(table, by, *descending)),
        Edit::Columns(all) => {
            let kinds = columns.iter().map(|column| column.kind);
            all.iter().zip(kinds).map(|(expr, kind)| computed(expr, kind, table, &mut invalid)).collect()
        }
        Edit::Group { keys, columns: reduced, pooled, reduction } => {
            let kinds = columns.iter().map(|column| column.kind);
            let keys = keys.iter().zip(kinds).map(|(key, kind)| computed(key, kind, table, &mut invalid)).collect();
            let groups = Groups::of(table, keys);
            notes.extend(groups.pooled(table, pooled));
            groups.reduce(table, reduced, reduction, columns, span)?
        }
        Edit::Join { on, take, .. } => {
            let other = other.expect("the other table is computed for a join");
            let meeting = Meeting::of(table, other, on);
            let row: usize = columns.iter().map(|column| Cells::bytes_per_cell(column.kind)).sum();
            let needed = (meeting.rows() as u64).saturating_mul(row as u64);
            if needed > limits.memory / 2 {
                return Err(too_large(span, "the joined table", needed, limits).help(
                    "rows that meet many others are multiplied: join by more columns, or reduce one table first",
                ));
            }
            notes.extend(meeting.notes());
            let (left, right) = meeting.pairs();
            let mut cells = pick(table, &left);
            cells.extend(take.iter().map(|column| other.cells[*column].pick_some(right.iter().copied())));
            cells
        }
    };
    Ok(Edited { table: Table::new(columns.to_vec(), cells), invalid, notes })
}

fn pick(table: &Table, rows: &[usize]) -> Vec<Cells> {
    table.cells.iter().map(|cells| cells.pick(rows.iter().copied())).collect()
}

/// The rows in the order of columns; those that are equal stay as they are.
fn sorted(table: &Table, by: &[usize], descending: bool) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..table.rows()).collect();
    rows.sort_by(|&a, &b| {
        let orders = by.iter().map(|&column| {
            let cells = &table.cells[column];
            let order = cells.order(a, b);
            let are_there = !cells.is_missing(a) && !cells.is_missing(b);
            if descending && are_there { order.reverse() } else { order }
        });
        orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
    rows
}

/// The rows of a table as expressions read them.
struct TableRows<'a>(&'a Table);

impl<'a> Rows<'a, Value<'a>> for TableRows<'a> {
    fn band(&self, column: usize, at: Range<usize>, out: &mut [Value<'a>]) {
        let cells = &self.0.cells[column];
        for (o, row) in out.iter_mut().zip(at) {
            *o = match cells {
                _ if cells.is_missing(row) => Value::Missing,
                Cells::Time(v) => v[row].map_or(Value::Missing, |at| Value::Number(at.exact_days())),
                Cells::Text(v) => v[row].as_deref().map_or(Value::Missing, Value::Text),
                Cells::Int64(v) => v[row].map_or(Value::Missing, |v| Value::Number(v as f64)),
                Cells::UInt64(v) => v[row].map_or(Value::Missing, |v| Value::Number(v as f64)),
                Cells::Float32(v) => Value::Number(v[row].into()),
                Cells::Float64(v) => Value::Number(v[row]),
            };
        }
    }

    fn dates(&self, column: usize, at: Range<usize>, out: &mut [Value<'a>]) {
        let (Some(intervals), Cells::Time(dates)) = (&self.0.columns[column].intervals, &self.0.cells[column]) else {
            return self.band(column, at, out);
        };
        for (o, row) in out.iter_mut().zip(at) {
            let own = dates[row].map(|date| intervals.get(&date).copied().unwrap_or(date));
            *o = own.map_or(Value::Missing, |date| Value::Number(date.exact_days()));
        }
    }
}

fn values<'a>(expr: &'a Expr, table: &'a Table, invalid: &mut u64) -> Vec<Value<'a>> {
    let mut out = vec![Value::Missing; table.rows()];
    let rows = TableRows(table);
    let mut machine = Machine::new(&rows);
    machine.eval(expr, 0..table.rows(), &mut out);
    *invalid += machine.invalid;
    out
}

/// The cells of an expression. A column alone keeps its cells as they are.
fn computed(expr: &Expr, kind: ColumnType, table: &Table, invalid: &mut u64) -> Cells {
    if let Expr::Band(own) = expr {
        return table.cells[*own].clone();
    }
    let values = values(expr, table, invalid);
    let numbers = || values.iter().map(|value| value.as_number());
    match kind {
        ColumnType::Time => Cells::Time(numbers().map(|days| days.map(Instant::of_exact_days)).collect()),
        ColumnType::Text => {
            let text = |value: &Value| if let Value::Text(text) = value { Some((*text).into()) } else { None };
            Cells::Text(values.iter().map(text).collect())
        }
        ColumnType::Int64 => Cells::Int64(numbers().map(|v| v.filter(|v| !v.is_nan()).map(|v| v as i64)).collect()),
        ColumnType::UInt64 => Cells::UInt64(numbers().map(|v| v.filter(|v| !v.is_nan()).map(|v| v as u64)).collect()),
        ColumnType::Float32 => Cells::Float32(numbers().map(|v| v.map_or(f32::NAN, |v| v as f32)).collect()),
        ColumnType::Float64 => Cells::Float64(numbers().map(|v| v.unwrap_or(f64::NAN)).collect()),
    }
}

/// Cells of a row in a form that is equal where they are; nothing for a missing one.
type Key = Vec<Option<String>>;

fn key(cells: &[&Cells], row: usize) -> Key {
    cells.iter().map(|cells| (!cells.is_missing(row)).then(|| cells.text(row))).collect()
}

/// Which of the first `rows` rows have equal keys: those of each group, and the group of each key.
fn by_key(cells: &[&Cells], rows: usize) -> (Vec<Vec<usize>>, HashMap<Key, usize>) {
    let mut found: HashMap<Key, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for row in 0..rows {
        let group = *found.entry(key(cells, row)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(row);
    }
    (groups, found)
}

/// Rows of equal keys, in the order of the keys.
struct Groups {
    /// The keys of all rows.
    keys: Vec<Cells>,
    rows: Vec<Vec<usize>>,
}

impl Groups {
    fn of(table: &Table, keys: Vec<Cells>) -> Groups {
        let (mut rows, _) = by_key(&keys.iter().collect::<Vec<_>>(), table.rows());
        if keys.is_empty() && rows.is_empty() {
            // All rows are one group, also where there are none.
            rows.push(Vec::new());
        }
        rows.sort_by(|a, b| {
            let orders = keys.iter().map(|cells| cells.order(a[0], b[0]));
            orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        });
        Groups { keys, rows }
    }

    /// The note on columns of which groups have several values, such as the names of bands: what these tell apart is pooled.
    fn pooled(&self, table: &Table, columns: &[usize]) -> Option<String> {
        if self.keys.is_empty() {
            return None;
        }
        let differs = |column: &&usize| {
            let cells = &table.cells[**column];
            self.rows.iter().any(|rows| rows.iter().any(|row| cells.order(*row, rows[0]).is_ne()))
        };
        let names: Vec<String> =
            columns.iter().filter(differs).map(|column| format!("`{}`", table.columns[*column].name)).collect();
        let told =
            || format!("rows of different {} are pooled; `groupby [..]` takes several columns", names.join(" and "));
        (!names.is_empty()).then(told)
    }

    fn reduce(
        &self,
        table: &Table,
        reduced: &[usize],
        reduction: &Reduction,
        columns: &[Column],
        span: Span,
    ) -> Result<Vec<Cells>> {
        let mut out: Vec<Cells> =
            self.keys.iter().map(|cells| cells.pick(self.rows.iter().map(|rows| rows[0]))).collect();
        for column in reduced {
            let own = &table.cells[*column];
            let new = &columns[out.len()..out.len() + reduction.reducers.len()];
            let mut results: Vec<Cells> = new.iter().map(|column| Cells::empty(column.kind)).collect();
            for rows in &self.rows {
                for ((cells, result), column) in results.iter_mut().zip(results_of(own, rows, reduction)).zip(new) {
                    if result == Reduced::Overflow {
                        let message = format!("`{}` does not fit 64 bits", column.name);
                        return Err(Diagnostic::new(codes::OVERFLOW, message)
                            .label(span, "reduced here")
                            .help("make numbers with a point of them first: `derive x = x * 1.0`"));
                    }
                    push(cells, result);
                }
            }
            out.extend(results);
        }
        Ok(out)
    }
}

/// The result of each reducer over the cells of some rows.
fn results_of(cells: &Cells, rows: &[usize], reduction: &Reduction) -> Vec<Reduced> {
    fn tally<T: PixelType>(valid: &[T], missing: usize, needs: Needs) -> Tally {
        let mut tally = Tally::new(T::DTYPE, needs);
        tally.add(valid, Missing::new(None), Weight { cover: 1.0, mean: 1.0 }, needs, &mut Vec::new());
        tally.add_missing(missing);
        tally
    }
    let tallied: Vec<Reducer> = reduction.reducers.iter().copied().filter(|r| !r.takes_an_end()).collect();
    let needs = Needs::of(&tallied, false, false);
    let valid: Vec<usize> = rows.iter().copied().filter(|row| !cells.is_missing(*row)).collect();
    let missing = rows.len() - valid.len();
    let mut tally = match cells {
        Cells::Int64(v) => tally(&valid.iter().filter_map(|row| v[*row]).collect::<Vec<_>>(), missing, needs),
        Cells::UInt64(v) => tally(&valid.iter().filter_map(|row| v[*row]).collect::<Vec<_>>(), missing, needs),
        Cells::Float32(v) => tally(&valid.iter().map(|row| v[*row]).collect::<Vec<_>>(), missing, needs),
        Cells::Float64(v) => tally(&valid.iter().map(|row| v[*row]).collect::<Vec<_>>(), missing, needs),
        Cells::Time(_) | Cells::Text(_) => unreachable!("the binder reduces numbers alone"),
    };
    let one = |row: Option<&usize>| match (cells, row) {
        (Cells::Int64(v), Some(row)) => v[*row].map_or(Reduced::Missing, |v| Reduced::Integer(v.into())),
        (Cells::UInt64(v), Some(row)) => v[*row].map_or(Reduced::Missing, |v| Reduced::Integer(v.into())),
        (Cells::Float32(v), Some(row)) => Reduced::Real(v[*row].into()),
        (Cells::Float64(v), Some(row)) => Reduced::Real(v[*row]),
        (_, None) | (Cells::Time(_) | Cells::Text(_), _) => Reduced::Missing,
    };
    let is_enough = tally.has_enough(&reduction.options);
    let mut others = tally.finish(&tallied, &reduction.options, needs).into_iter();
    let result = |reducer: &Reducer| match reducer.finish {
        Finish::Statistic(Statistic::Pixel(Pick::First | Pick::Last)) if !is_enough => Reduced::Missing,
        Finish::Statistic(Statistic::Pixel(Pick::First)) => one(valid.first()),
        Finish::Statistic(Statistic::Pixel(Pick::Last)) => one(valid.last()),
        Finish::Statistic(_) | Finish::Difference(..) | Finish::Float(..) | Finish::Series(_) => {
            others.next().unwrap_or(Reduced::Missing)
        }
    };
    reduction.reducers.iter().map(result).collect()
}

/// Which rows of two tables stand side by side: every pair that meets. Rows of the first that meet none stay, with nothing
/// beside them.
struct Meeting {
    /// The rows of the second table, those of equal keys together.
    groups: Vec<Vec<usize>>,
    /// The group that each row of the first meets.
    met: Vec<Option<usize>>,
}

impl Meeting {
    fn of(table: &Table, other: &Table, on: &[[usize; 2]]) -> Meeting {
        let left: Vec<&Cells> = on.iter().map(|[left, _]| &table.cells[*left]).collect();
        let right: Vec<&Cells> = on.iter().map(|[_, right]| &other.cells[*right]).collect();
        let (groups, found) = by_key(&right, other.rows());
        let met = (0..table.rows()).map(|row| {
            let own = key(&left, row);
            // What is missing equals nothing.
            if own.iter().all(Option::is_some) { found.get(&own).copied() } else { None }
        });
        Meeting { met: met.collect(), groups }
    }

    fn rows(&self) -> usize {
        self.met.iter().map(|met| met.map_or(1, |group| self.groups[group].len())).sum()
    }

    /// The rows of both tables, side by side.
    fn pairs(&self) -> (Vec<usize>, Vec<Option<usize>>) {
        let pairs = self.met.iter().enumerate().flat_map(|(row, met)| {
            let partners = met.map_or(vec![None], |group| self.groups[group].iter().copied().map(Some).collect());
            partners.into_iter().map(move |partner| (row, partner))
        });
        pairs.unzip()
    }

    /// How the rows of the first table met, where not each met one.
    fn notes(&self) -> Vec<String> {
        let (rows, alone) = (self.met.len(), self.met.iter().filter(|met| met.is_none()).count());
        let mut notes = Vec::new();
        if alone > 0 {
            notes.push(format!("{alone} of {} met no row of the other table", plural(rows, "row")));
        }
        if self.rows() > rows {
            notes.push(format!("some rows met several of the other table: {rows} -> {} rows", self.rows()));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::ReduceOptions;

    fn reduced(cells: Cells, words: &[&str]) -> Result<Table> {
        let reducers: Vec<Reducer> = words.iter().map(|word| Reducer::from_word(word).expect(word)).collect();
        let column = Column::new("n", cells.kind());
        let columns: Vec<Column> = reducers.iter().map(|r| crate::plan::table::reduced(&column, *r)).collect();
        let reduction = Reduction { reducers, options: ReduceOptions::default() };
        let group = Edit::Group { keys: Vec::new(), columns: vec![0], pooled: Vec::new(), reduction };
        let limits = Limits::default();
        edit(&Table::new(vec![column], vec![cells]), &group, None, (&columns, Span::default()), &limits)
            .map(|e| e.table)
    }

    /// Whole numbers that floats do not hold stay what they are, and those beyond 64 bits are told.
    #[test]
    fn large_integers() {
        let (odd, most) = ((1i64 << 53) + 1, i64::MAX);
        let table = reduced(Cells::Int64(vec![Some(odd), None, Some(2)]), &["max", "sum", "last", "count"]);
        let table = table.expect("it fits");
        let texts: Vec<String> = table.cells.iter().map(|cells| cells.text(0)).collect();
        assert_eq!(texts, [odd.to_string(), (odd + 2).to_string(), "2".into(), "2".into()]);
        let beyond = reduced(Cells::Int64(vec![Some(most), Some(1)]), &["sum"]).expect_err("beyond 64 bits");
        assert_eq!(beyond.code, codes::OVERFLOW);
    }

    #[test]
    fn nothing_at_all() {
        let table = reduced(Cells::Float32(Vec::new()), &["mean", "count", "first"]).expect("one row");
        let texts: Vec<String> = table.cells.iter().map(|cells| cells.text(0)).collect();
        assert_eq!(texts, ["", "0", ""]);
    }
}
