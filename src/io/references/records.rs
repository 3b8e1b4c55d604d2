//! References as Parquet: a `.zmetadata` with all documents, and beside it, an array a folder, `refs.N.parq` with a row for
//! each chunk: path, offset, size, or the bytes themselves. The layout of fsspec's `LazyReferenceMapper`.

use super::entry::{Entry, get};
use super::json::inline;
use crate::diagnostic::Cause;
use crate::io::json::parse;
use crate::io::remote::address::Location;
use crate::io::signers::Signing;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::record::Field;
use parquet::schema::types::Type;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex};
use zarrs::storage::Bytes;

/// The document of all documents.
pub(crate) const ALL: &str = ".zmetadata";

/// Rows a file, as kerchunk has it.
pub(crate) const RECORD: usize = 100_000;

/// Files whose references are kept in memory.
const KEPT: usize = 16;

/// The chunks of a file; `None` is an absent one.
type Rows = Arc<Vec<Option<Entry>>>;

/// References of chunks, read file by file.
#[derive(Debug)]
pub(crate) struct Records {
    place: Location,
    signing: Signing,
    rows: usize,
    /// Chunks along each dimension, for every array.
    counts: HashMap<String, Vec<usize>>,
    kept: Mutex<Vec<((String, usize), Rows)>>,
}

impl Records {
    /// From the head document: the documents of the arrays, and what finds their chunks.
    pub(crate) fn open(
        head: &[u8],
        place: &Location,
        signing: &Signing,
    ) -> Result<(BTreeMap<String, Entry>, Records), Cause> {
        let all = Entry::Inline(head.into());
        let head = parse(std::str::from_utf8(head).map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
        let metadata = head.get("metadata").and_then(Value::as_object);
        let rows = head.get("record_size").and_then(Value::as_u64).filter(|n| *n > 0);
        let (Some(metadata), Some(rows)) = (metadata, rows) else {
            return Err("`.zmetadata` has no `metadata` or no `record_size`".into());
        };
        let mut counts = HashMap::new();
        for (key, document) in metadata {
            let lengths = |name: &str| -> Option<Vec<usize>> {
                document.get(name)?.as_array()?.iter().map(|n| n.as_u64().map(|n| n as usize)).collect()
            };
            if let (Some(name), Some(shape), Some(chunks)) =
                (key.strip_suffix("/.zarray"), lengths("shape"), lengths("chunks"))
            {
                let count = shape.iter().zip(chunks).map(|(len, chunk)| len.div_ceil(chunk.max(1)));
                counts.insert(name.to_string(), count.collect());
            }
        }
        let text = |document: &Value| Entry::Inline(document.to_string().into_bytes().into());
        let mut documents: BTreeMap<String, Entry> =
            metadata.iter().map(|(key, document)| (key.clone(), text(document))).collect();
        documents.insert(ALL.into(), all);
        let records = Records {
            place: place.clone(),
            signing: signing.clone(),
            rows: rows as usize,
            counts,
            kept: Mutex::default(),
        };
        Ok((documents, records))
    }

    /// What a key of a chunk stands for.
    pub(crate) fn entry(&self, key: &str) -> Result<Option<Entry>, Cause> {
        let Some((field, index)) = key.rsplit_once('/') else { return Ok(None) };
        let Some(counts) = self.counts.get(field) else { return Ok(None) };
        let index: Result<Vec<usize>, _> = index.split('.').map(str::parse).collect();
        let Ok(index) = index else { return Ok(None) };
        let fits = index.len() == counts.len().max(1) && index.iter().zip(counts).all(|(i, n)| i < n);
        if !fits {
            return Ok(None);
        }
        let number = counts.iter().zip(&index).fold(0, |number, (n, i)| number * n + i);
        let rows = self.record(field, number / self.rows)?;
        Ok(rows.get(number % self.rows).cloned().flatten())
    }

    fn record(&self, field: &str, record: usize) -> Result<Rows, Cause> {
        let mut kept = self.kept.lock().unwrap_or_else(|e| e.into_inner());
        if let Some((_, rows)) = kept.iter().find(|((name, n), _)| name == field && *n == record) {
            return Ok(rows.clone());
        }
        let name = format!("{field}/refs.{record}.parq");
        let below = match &self.place {
            Location::File(path) => Location::File(path.join(&name)),
            Location::Url(url) => Location::Url(format!("{}/{name}", url.trim_end_matches('/'))),
        };
        let bytes = get(&self.signing, &below).map_err(|d| d.below())?;
        // A file without references is not written.
        let rows = match bytes {
            Some(bytes) => read(bytes).map_err(|e| format!("`{name}`: {e}"))?,
            None => Vec::new(),
        };
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        let rows = Arc::new(rows);
        kept.push(((field.to_string(), record), rows.clone()));
        Ok(rows)
    }
}

fn read(bytes: Vec<u8>) -> Result<Vec<Option<Entry>>, Cause> {
    let reader = SerializedFileReader::new(Bytes::from(bytes)).map_err(|e| e.to_string())?;
    let mut known: HashMap<String, Arc<str>> = HashMap::new();
    let mut rows = Vec::new();
    for row in reader.get_row_iter(None).map_err(|e| e.to_string())? {
        let row = row.map_err(|e| e.to_string())?;
        let (mut path, mut raw, mut span) = (None, None, [0u64; 2]);
        for (name, field) in row.get_column_iter() {
            let text = |field: &Field| match field {
                Field::Str(text) => Some(text.clone()),
                Field::Bytes(bytes) => Some(String::from_utf8_lossy(bytes.data()).into_owned()),
                _ => None,
            };
            match name.as_str() {
                "path" => path = text(field),
                "offset" => span[0] = whole(field),
                "size" => span[1] = whole(field),
                "raw" => {
                    raw = match field {
                        Field::Bytes(bytes) => Some(Entry::Inline(bytes.data().into())),
                        Field::Str(text) => Some(inline(text)?),
                        _ => None,
                    }
                }
                _ => {}
            }
        }
        rows.push(match (raw, path.filter(|p| !p.is_empty())) {
            (Some(raw), _) => Some(raw),
            (None, None) => None,
            (None, Some(path)) => {
                let target = known.entry(path).or_insert_with_key(|path| path.as_str().into()).clone();
                Some(if span == [0, 0] { Entry::Whole(target) } else { Entry::Part(target, span[0], span[1]) })
            }
        });
    }
    Ok(rows)
}

fn whole(field: &Field) -> u64 {
    match *field {
        Field::Long(n) => n as u64,
        Field::Int(n) => n as u64,
        Field::ULong(n) => n,
        Field::UInt(n) => n.into(),
        // Columns with gaps pass through pandas as floats.
        Field::Double(n) => n as u64,
        _ => 0,
    }
}

/// Writes the folder `to`, which is there and empty; `record` rows go into a file.
pub(crate) fn write(entries: &BTreeMap<String, Entry>, to: &Path, record: usize) -> Result<(), Cause> {
    let Some(Entry::Inline(all)) = entries.get(ALL) else { return Err("there are no documents".into()) };
    let all: Value = serde_json::from_slice(all)?;
    let metadata = all.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default();
    let head = json!({"metadata": metadata, "record_size": record});
    std::fs::write(to.join(ALL), head.to_string())?;
    for key in metadata.keys() {
        let Some(field) = key.strip_suffix("/.zarray") else { continue };
        let lengths = |name: &str| -> Vec<usize> {
            let list = metadata[key].get(name).and_then(Value::as_array);
            list.map_or(Vec::new(), |l| l.iter().filter_map(Value::as_u64).map(|n| n as usize).collect())
        };
        let counts: Vec<usize> =
            lengths("shape").iter().zip(lengths("chunks")).map(|(n, c)| n.div_ceil(c.max(1))).collect();
        let prefix = format!("{field}/");
        let mut files: BTreeMap<usize, BTreeMap<usize, &Entry>> = BTreeMap::new();
        for (key, entry) in entries.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix)) {
            let index: Result<Vec<usize>, _> = key[prefix.len()..].split('.').map(str::parse).collect();
            let Ok(index) = index else { continue };
            let number = counts.iter().zip(&index).fold(0, |number, (n, i)| number * n + i);
            files.entry(number / record).or_default().insert(number % record, entry);
        }
        std::fs::create_dir_all(to.join(field))?;
        let all: usize = counts.iter().product();
        for (number, rows) in files {
            let len = record.min(all - number * record);
            let path = to.join(format!("{field}/refs.{number}.parq"));
            let file = std::fs::File::create(path)?;
            let rows: Vec<Option<&Entry>> = (0..len).map(|row| rows.get(&row).copied()).collect();
            write_rows(&rows, file).map_err(|e| e.to_string())?;
        }
    }
    Ok(())
}

fn write_rows(rows: &[Option<&Entry>], to: std::fs::File) -> Result<(), ParquetError> {
    let column = |name: &str, physical: Physical, logical: Option<LogicalType>, repetition: Repetition| {
        Type::primitive_type_builder(name, physical).with_repetition(repetition).with_logical_type(logical).build()
    };
    let fields = vec![
        column("path", Physical::BYTE_ARRAY, Some(LogicalType::String), Repetition::OPTIONAL)?,
        column("offset", Physical::INT64, None, Repetition::REQUIRED)?,
        column("size", Physical::INT64, None, Repetition::REQUIRED)?,
        column("raw", Physical::BYTE_ARRAY, None, Repetition::OPTIONAL)?,
    ];
    let schema = Type::group_type_builder("schema").with_fields(fields.into_iter().map(Arc::new).collect()).build()?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut writer = SerializedFileWriter::new(to, Arc::new(schema), Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    let target = |entry: &Entry| match entry {
        Entry::Whole(target) | Entry::Part(target, ..) => Some(ByteArray::from(&**target)),
        Entry::Inline(_) => None,
    };
    let span = |at: fn(u64, u64) -> u64| {
        rows.iter().map(move |entry| match entry {
            Some(Entry::Part(_, offset, length)) => Some(at(*offset, *length) as i64),
            _ => Some(0),
        })
    };
    let raw = |entry: &Entry| match entry {
        Entry::Inline(bytes) => Some(ByteArray::from(bytes.to_vec())),
        _ => None,
    };
    let mut next = |fill: &mut dyn FnMut(&mut SerializedColumnWriter) -> Result<(), ParquetError>| {
        if let Some(mut column) = group.next_column()? {
            fill(&mut column)?;
            column.close()?;
        }
        Ok::<(), ParquetError>(())
    };
    next(&mut |column| put::<ByteArrayType>(column, rows.iter().map(|e| e.and_then(target)), true))?;
    next(&mut |column| put::<Int64Type>(column, span(|offset, _| offset), false))?;
    next(&mut |column| put::<Int64Type>(column, span(|_, length| length), false))?;
    next(&mut |column| put::<ByteArrayType>(column, rows.iter().map(|e| e.and_then(raw)), true))?;
    group.close()?;
    writer.close()?;
    Ok(())
}

fn put<T: DataType>(
    column: &mut SerializedColumnWriter,
    cells: impl Iterator<Item = Option<T::T>>,
    has_gaps: bool,
) -> Result<(), ParquetError> {
    let (mut values, mut there) = (Vec::new(), Vec::new());
    for cell in cells {
        there.push(cell.is_some() as i16);
        values.extend(cell);
    }
    column.typed::<T>().write_batch(&values, has_gaps.then_some(&there), None).map(|_| ())
}
