//! Rows as the JSON of items.

use super::wkb;
use crate::cube::time::Instant;
use crate::io::stac::fields::{Object, rfc3339};
use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::record::{Field, Row};
use parquet::schema::types::{Type, TypePtr};
use serde_json::{Number, Value, json};
use std::sync::Arc;

/// Columns that are no properties; whatever else there is, is one.
const OWN: [&str; 9] =
    ["type", "stac_version", "stac_extensions", "id", "geometry", "bbox", "links", "assets", "collection"];

/// Of these nothing is read.
const UNREAD: [&str; 3] = ["type", "stac_version", "stac_extensions"];

/// What is read of rows, and how.
pub(super) struct Rows {
    /// The columns that are read.
    pub schema: Type,
    kinds: Vec<(String, Kind)>,
}

/// What a column holds beyond what the library sees in it.
enum Kind {
    Plain,
    /// Nanoseconds since 1970.
    Nanoseconds,
    /// JSON as text.
    Text,
    List(Box<Kind>),
    Map(Box<Kind>),
    Struct(Vec<(String, Kind)>),
}

impl Rows {
    /// Of the assets those that were asked for by their keys, where all were.
    pub(super) fn of(schema: &Type, assets: &[String]) -> Rows {
        let has = |name: &str| schema.get_fields().iter().any(|field| field.name() == name);
        let is_read = |field: &&TypePtr| {
            // Where an item lies is said by its box, too, which is shorter.
            let is_said = field.name() == "geometry" && has("bbox");
            !is_said && !UNREAD.contains(&field.name())
        };
        let fields = schema.get_fields().iter().filter(is_read).filter_map(|field| {
            let is_struct = field.is_group() && field.get_basic_info().converted_type() == ConvertedType::NONE;
            let keys = || field.get_fields().iter().map(|asset| asset.name());
            if field.name() == "assets"
                && is_struct
                && !assets.is_empty()
                && assets.iter().all(|a| keys().any(|k| k == a))
            {
                let asked = field.get_fields().iter().filter(|asset| assets.iter().any(|a| a == asset.name()));
                return readable(&with_fields(field, asked.cloned().collect())?);
            }
            readable(field)
        });
        let fields: Vec<TypePtr> = fields.collect();
        let kinds = fields.iter().map(|field| (field.name().to_string(), Kind::of(field))).collect();
        let schema = Type::group_type_builder(schema.name()).with_fields(fields).build();
        // A group of fields that were read from a schema is one.
        let schema = schema.unwrap_or_else(|_| unreachable!("fields of a schema are a schema"));
        Rows { schema, kinds }
    }

    /// Whether the column of this path is read.
    pub(super) fn reads(&self, path: &[String]) -> bool {
        let mut at = &self.schema;
        for name in path {
            let Some(field) =
                at.is_group().then(|| at.get_fields().iter().find(|field| field.name() == name)).flatten()
            else {
                return false;
            };
            at = field;
        }
        true
    }

    /// A row as an item.
    pub(super) fn item(&self, row: Row) -> Value {
        let mut item = Object::new();
        let mut properties = Object::new();
        for ((name, field), (_, kind)) in row.into_columns().into_iter().zip(&self.kinds) {
            let value = match (name.as_str(), &field) {
                ("geometry", Field::Bytes(bytes)) => match wkb::bounds(bytes.data()) {
                    Some([west, south, east, north]) => json!({"coordinates": [[west, south], [east, north]]}),
                    None => continue,
                },
                _ => kind.value(&name, &field),
            };
            match name.as_str() {
                _ if value.is_null() => {}
                "bbox" => {
                    item.insert(name, bbox(value));
                }
                // As rows were laid out before 1.0.
                "properties" if value.is_object() => {
                    properties.extend(value.as_object().cloned().unwrap_or_default());
                }
                own if OWN.contains(&own) => {
                    item.insert(name, value);
                }
                _ => {
                    properties.insert(name, value);
                }
            }
        }
        item.insert("properties".into(), properties.into());
        item.into()
    }
}

/// The numbers of a box, which has fields for them.
fn bbox(value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let names = ["xmin", "ymin", "zmin", "xmax", "ymax", "zmax"];
    names.iter().filter_map(|name| fields.get(*name).cloned()).collect::<Vec<_>>().into()
}

/// The type without what the library cannot read; nothing where nothing is left.
fn readable(field: &TypePtr) -> Option<TypePtr> {
    let info = field.get_basic_info();
    if !info.has_repetition() {
        return None;
    }
    let converted = info.converted_type();
    if field.is_primitive() {
        use ConvertedType as C;
        let known = match field.get_physical_type() {
            Physical::BOOLEAN | Physical::FLOAT | Physical::DOUBLE | Physical::INT96 => true,
            Physical::INT32 => matches!(
                converted,
                C::NONE | C::INT_8 | C::INT_16 | C::INT_32 | C::UINT_8 | C::UINT_16 | C::UINT_32 | C::DATE | C::DECIMAL
            ),
            Physical::INT64 => matches!(
                converted,
                C::NONE | C::INT_64 | C::UINT_64 | C::TIMESTAMP_MILLIS | C::TIMESTAMP_MICROS | C::DECIMAL
            ),
            Physical::BYTE_ARRAY => {
                matches!(converted, C::NONE | C::UTF8 | C::ENUM | C::JSON | C::BSON | C::DECIMAL)
            }
            Physical::FIXED_LEN_BYTE_ARRAY => matches!(converted, C::NONE | C::DECIMAL),
        };
        return known.then(|| field.clone());
    }
    let fields = field.get_fields();
    match converted {
        ConvertedType::LIST | ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE => {
            let [inner] = fields else { return None };
            let is_repeated =
                inner.get_basic_info().has_repetition() && inner.get_basic_info().repetition() == Repetition::REPEATED;
            // Half of an element would be another element.
            (is_repeated && is_whole(inner) && (converted == ConvertedType::LIST || is_entry(inner)))
                .then(|| field.clone())
        }
        _ => with_fields(field, fields.iter().filter_map(readable).collect()),
    }
}

fn is_whole(field: &TypePtr) -> bool {
    readable(field).is_some_and(|read| read == *field)
}

/// A key, which is one value, and what stands under it.
fn is_entry(field: &TypePtr) -> bool {
    field.is_group() && field.get_fields().len() == 2 && field.get_fields()[0].is_primitive()
}

/// A struct of these fields only.
fn with_fields(field: &TypePtr, fields: Vec<TypePtr>) -> Option<TypePtr> {
    if fields.is_empty() {
        return None;
    }
    let group = Type::group_type_builder(field.name()).with_repetition(field.get_basic_info().repetition());
    group.with_fields(fields).build().ok().map(Arc::new)
}

impl Kind {
    fn of(field: &TypePtr) -> Kind {
        let info = field.get_basic_info();
        if field.is_primitive() {
            let nanoseconds = matches!(
                info.logical_type_ref(),
                Some(LogicalType::Timestamp(time)) if time.unit == TimeUnit::NANOS
            );
            return match info.converted_type() {
                ConvertedType::JSON => Kind::Text,
                _ if nanoseconds => Kind::Nanoseconds,
                _ => Kind::Plain,
            };
        }
        match (info.converted_type(), field.get_fields()) {
            (ConvertedType::LIST, [repeated]) => {
                // A group around the element, unless it is called as those of old writers were that is the element itself.
                let name = repeated.name();
                let is_around = repeated.is_group()
                    && repeated.get_fields().len() == 1
                    && name != "array"
                    && !name.ends_with("_tuple");
                Kind::List(Box::new(Kind::of(if is_around { &repeated.get_fields()[0] } else { repeated })))
            }
            (ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE, [entry]) if is_entry(entry) => {
                Kind::Map(Box::new(Kind::of(&entry.get_fields()[1])))
            }
            (_, fields) => {
                Kind::Struct(fields.iter().map(|field| (field.name().to_string(), Kind::of(field))).collect())
            }
        }
    }

    /// The JSON of a value; `name` is that of its field.
    fn value(&self, name: &str, field: &Field) -> Value {
        match (self, field) {
            (Kind::Nanoseconds, Field::Long(n)) => rfc3339(Instant(n.div_euclid(1000))).into(),
            (Kind::Text, Field::Str(text)) => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()))
            }
            (Kind::List(element), Field::ListInternal(list)) => {
                list.elements().iter().map(|field| element.value(name, field)).collect::<Vec<_>>().into()
            }
            (Kind::Map(value), Field::MapInternal(map)) => {
                let entries = map.entries().iter().filter_map(|(key, field)| match (key, value.value(name, field)) {
                    (Field::Str(key), value) if !value.is_null() => Some((key.clone(), value)),
                    _ => None,
                });
                Value::Object(entries.collect())
            }
            (Kind::Struct(kinds), Field::Group(row)) => {
                let fields = row.get_column_iter().zip(kinds);
                let fields = fields.map(|((name, field), (_, kind))| (name.clone(), kind.value(name, field)));
                // A field that a row does not have is null there.
                let fields: Object = fields.filter(|(_, value)| !value.is_null()).collect();
                if fields.is_empty() { Value::Null } else { fields.into() }
            }
            (_, field) => plain(name, field),
        }
    }
}

fn plain(name: &str, field: &Field) -> Value {
    let float = |n: f64| match Number::from_f64(n) {
        Some(number) => Value::Number(number),
        // JSON has no such number: it is absent, unless it says which value is.
        None if name == "nodata" => (if n.is_nan() {
            "nan"
        } else if n > 0.0 {
            "inf"
        } else {
            "-inf"
        })
        .into(),
        None => Value::Null,
    };
    match field {
        Field::Null => Value::Null,
        Field::Bool(b) => (*b).into(),
        Field::Byte(n) => (*n).into(),
        Field::Short(n) => (*n).into(),
        Field::Int(n) => (*n).into(),
        Field::Long(n) => (*n).into(),
        Field::UByte(n) => (*n).into(),
        Field::UShort(n) => (*n).into(),
        Field::UInt(n) => (*n).into(),
        Field::ULong(n) => (*n).into(),
        Field::Float16(n) => float(f64::from(*n)),
        // The shortest number that is this one, as it would be written.
        Field::Float(n) => float(n.to_string().parse().unwrap_or(f64::NAN)),
        Field::Double(n) => float(*n),
        Field::Str(text) => text.clone().into(),
        Field::Bytes(bytes) => match std::str::from_utf8(bytes.data()) {
            Ok(text) => text.into(),
            Err(_) => Value::Null,
        },
        Field::Date(days) => {
            let at = rfc3339(Instant(i64::from(*days) * 86_400_000_000));
            at.split('T').next().unwrap_or_default().into()
        }
        Field::TimestampMillis(n) => rfc3339(Instant(n.saturating_mul(1000))).into(),
        Field::TimestampMicros(n) => rfc3339(Instant(*n)).into(),
        // Nothing of STAC is one of these.
        Field::TimeMillis(_) | Field::TimeMicros(_) | Field::Decimal(_) => Value::Null,
        Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => Value::Null,
    }
}
