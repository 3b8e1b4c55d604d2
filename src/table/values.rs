//! Values of JSON, as catalogs and files state them, as the cells of a column of one type.

use super::Cells;
use crate::cube::time::parse_rfc3339;
use serde_json::Value;

/// One column of all values: whole numbers, numbers or moments where all are, else texts; `null` is missing. Truths, lists
/// and objects are texts as JSON writes them.
pub(crate) fn cells(values: &[Value]) -> Cells {
    let stated = || values.iter().filter(|value| !value.is_null());
    if stated().next().is_some() {
        if stated().all(Value::is_i64) {
            return Cells::Int64(values.iter().map(Value::as_i64).collect());
        }
        if stated().all(Value::is_number) {
            return Cells::Float64(values.iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect());
        }
        // A day alone may be a name; a moment has a time of day.
        let moment = |value: &Value| value.as_str().filter(|text| text.contains('T')).and_then(parse_rfc3339);
        if stated().all(|value| moment(value).is_some()) {
            return Cells::Time(values.iter().map(moment).collect());
        }
    }
    Cells::Text(values.iter().map(|value| text(value).map(Into::into)).collect())
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ColumnType;
    use serde_json::json;

    #[test]
    fn columns_have_the_type_that_all_values_have() {
        let cases = [
            (json!([1, null, 3]), ColumnType::Int64, ["1", "", "3"]),
            (json!([1, 2.5, null]), ColumnType::Float64, ["1", "2.5", ""]),
            (json!([1, "2", true]), ColumnType::Text, ["1", "2", "true"]),
            (json!([[1, 2], {"a": 1}, null]), ColumnType::Text, ["[1,2]", "{\"a\":1}", ""]),
            (
                json!(["2020-01-01T10:00:00+02:00", null, "2020-01-01T00:00:00.5Z"]),
                ColumnType::Time,
                ["2020-01-01T08:00:00Z", "", "2020-01-01T00:00:00.5Z"],
            ),
            (json!(["2020-01-01", "2020-01-02", null]), ColumnType::Text, ["2020-01-01", "2020-01-02", ""]),
            (json!([null, null, null]), ColumnType::Text, ["", "", ""]),
            // A number beyond the integers of 64 bits is still a number.
            (json!([18446744073709551615u64, 1, null]), ColumnType::Float64, ["1.8446744073709552e19", "1", ""]),
        ];
        for (values, kind, texts) in cases {
            let cells = cells(values.as_array().expect("a list"));
            assert_eq!((cells.kind(), [0, 1, 2].map(|row| cells.text(row))), (kind, texts.map(String::from)));
        }
    }
}
