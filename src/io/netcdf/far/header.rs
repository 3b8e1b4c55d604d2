//! The header of a file on a server, as the library would tell it.

use super::super::header::{ATTRIBUTES, MAPPING_ATTRIBUTES, check_length, with_mappings};
use super::bytes::Bytes;
use super::values::{self, Open};
use crate::cube::DType;
use crate::diagnostic::{Cause, Diagnostic, Result, codes};
use crate::io::cf::{Attribute, DEFAULT_FILL, Dim, Header, Kind, Number, Values, Variable};
use crate::io::remote::address::without_secrets;
use hdf5_reader::error::ByteOrder;
use hdf5_reader::{Datatype, Hdf5File, OpenOptions};
use netcdf_reader::types::{NcAttrValue, NcAttribute, NcGroup, NcType, NcVariable};
use netcdf_reader::{NcFile, NcFormat};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads the header of a file; the small variables are read when they are asked for.
///
/// # Errors
/// `E0301`, `E0312`, and what the server said.
pub(in super::super) fn read(name: &str) -> Result<Header> {
    let open = values::open(name)?;
    let unread = |cause: Cause| unreadable(name, cause);
    // What HDF5 says of a variable beyond what NetCDF knows: its chunks, and what was never written.
    let set = match open.file.format() {
        NcFormat::Classic | NcFormat::Offset64 | NcFormat::Cdf5 => None,
        NcFormat::Nc4 | NcFormat::Nc4Classic => {
            let options = OpenOptions { chunk_cache_bytes: 0, ..OpenOptions::default() };
            let file = Hdf5File::from_storage_with_options(Arc::new(Bytes::open(name)?), options);
            let file = file.map_err(|e| unread(e.to_string().into()))?;
            let (there, end) = (open.size(), file.superblock().eof_address);
            if end > there {
                return Err(unread(format!("it is cut short: {there} of {end} bytes are there").into()));
            }
            Some(file)
        }
    };
    let (variables, attributes) = open
        .read(|file| {
            let root = file.root_group()?;
            let mut found = Vec::new();
            group(root, "", set.as_ref(), &mut found);
            Ok((found, root.attributes.iter().filter(|held| held.name == "history").filter_map(named).collect()))
        })
        .map_err(unread)?;
    let mut header =
        Header { path: without_secrets(name), variables, attributes, values: Box::new(Reader { open: open.clone() }) };
    if set.is_none() {
        check_length(&header, open.size())?;
    }
    with_mappings(&mut header, |mapping| {
        let of = |file: &NcFile| {
            let variable = file.variable(mapping)?;
            Ok(attributes_of(variable, MAPPING_ATTRIBUTES))
        };
        open.read(of).map_err(unread)
    })?;
    Ok(header)
}

fn unreadable(name: &str, cause: Cause) -> Box<Diagnostic> {
    Diagnostic::new(codes::WRONG_FORMAT, format!("`{}` cannot be read as netCDF", without_secrets(name))).cause(cause)
}

/// A file of which only the classic formats are read.
pub(super) fn classic(bytes: Arc<Bytes>) -> netcdf_reader::Result<NcFile> {
    NcFile::from_storage(bytes)
}

struct Reader {
    open: Open,
}

impl Values for Reader {
    fn numbers(&self, variable: &Variable) -> Result<Vec<f64>> {
        let read = self.open.read(|file| file.read_variable_as_f64(&variable.name));
        read.map(|values| values.into_iter().collect()).map_err(|cause| self.failed(variable, cause))
    }

    /// The strings of a variable of strings, or of characters with a row each.
    fn strings(&self, variable: &Variable) -> Result<Vec<String>> {
        let read = self.open.read(|file| match variable.kind {
            Kind::Characters => {
                let bytes = file.read_variable_raw_bytes(&variable.name)?;
                Ok(Variable::rows_of_text(&bytes, &variable.dims))
            }
            Kind::Number(_) | Kind::Strings | Kind::Other => file.read_variable_as_strings(&variable.name),
        });
        read.map_err(|cause| self.failed(variable, cause))
    }
}

impl Reader {
    fn failed(&self, variable: &Variable, cause: Cause) -> Box<Diagnostic> {
        Diagnostic::new(codes::UNREADABLE, format!("`{}` cannot be read", variable.name)).cause(cause)
    }
}

fn group(held: &NcGroup, path: &str, sets: Option<&Hdf5File>, found: &mut Vec<Variable>) {
    found.extend(held.variables.iter().map(|variable| of(variable, path, sets)));
    for inner in &held.groups {
        group(inner, &format!("{path}{}/", inner.name), sets, found);
    }
}

fn of(variable: &NcVariable, group: &str, sets: Option<&Hdf5File>) -> Variable {
    let kind = match variable.dtype {
        NcType::Byte => Kind::Number(DType::I8),
        NcType::UByte => Kind::Number(DType::U8),
        NcType::Short => Kind::Number(DType::I16),
        NcType::UShort => Kind::Number(DType::U16),
        NcType::Int => Kind::Number(DType::I32),
        NcType::UInt => Kind::Number(DType::U32),
        NcType::Int64 => Kind::Number(DType::I64),
        NcType::UInt64 => Kind::Number(DType::U64),
        NcType::Float => Kind::Number(DType::F32),
        NcType::Double => Kind::Number(DType::F64),
        NcType::Char => Kind::Characters,
        NcType::String => Kind::Strings,
        NcType::Enum { .. }
        | NcType::Compound { .. }
        | NcType::Opaque { .. }
        | NcType::Array { .. }
        | NcType::VLen { .. } => Kind::Other,
    };
    let name = format!("{group}{}", variable.name);
    let set = sets.and_then(|file| file.dataset(&name).ok());
    let chunks = set.as_ref().and_then(|set| set.chunks());
    let rank = variable.dimensions.len();
    let chunks = chunks.map(|all| all.iter().take(rank).map(|n| *n as usize).collect());
    let mut attributes = attributes_of(variable, ATTRIBUTES);
    if let (Kind::Number(dtype), false) = (kind, attributes.contains_key("_FillValue")) {
        let fill = match (&set, sets) {
            (Some(set), _) => set
                .fill_value()
                .and_then(|fill| fill.value.as_ref())
                .and_then(|bytes| number(bytes, dtype, set.dtype())),
            (None, Some(_)) => None,
            (None, None) => classic_fill(dtype),
        };
        // Every value of a byte is one that is measured.
        let fill = fill.filter(|_| !matches!(dtype, DType::U8 | DType::I8));
        attributes.extend(fill.map(|fill| (DEFAULT_FILL.to_string(), Attribute::Numbers(vec![fill]))));
    }
    let dims = variable.dimensions.iter().map(|d| Dim { name: d.name.clone(), len: d.size as usize }).collect();
    Variable { name, dims, kind, attributes, chunks }
}

/// What the library puts into cells of classic files that were never written (`NC_FILL_*` of `netcdf.h`).
fn classic_fill(dtype: DType) -> Option<Number> {
    match dtype {
        DType::I8 | DType::U8 => None,
        DType::I16 => Some(Number::Int(-32767)),
        DType::U16 => Some(Number::Int(65535)),
        DType::I32 => Some(Number::Int(-2_147_483_647)),
        DType::U32 => Some(Number::Int(4_294_967_295)),
        DType::I64 => Some(Number::Int(-9_223_372_036_854_775_806)),
        DType::U64 => Some(Number::Unsigned(18_446_744_073_709_551_614)),
        DType::F32 => Some(Number::Single(9.969_21e36)),
        DType::F64 => Some(Number::Float(9.969_209_968_386_869e36)),
    }
}

/// A number that is stored as HDF5 says.
fn number(bytes: &[u8], dtype: DType, stored: &Datatype) -> Option<Number> {
    match stored {
        Datatype::FixedPoint { byte_order, .. } | Datatype::FloatingPoint { byte_order, .. } => {
            Number::of_bytes(bytes, dtype, *byte_order == ByteOrder::BigEndian)
        }
        _ => None,
    }
}

fn attributes_of(variable: &NcVariable, names: &[&str]) -> BTreeMap<String, Attribute> {
    variable.attributes.iter().filter(|held| names.contains(&held.name.as_str())).filter_map(named).collect()
}

fn named(held: &NcAttribute) -> Option<(String, Attribute)> {
    fn ints<T: Copy + Into<i64>>(values: &[T]) -> Attribute {
        Attribute::Numbers(values.iter().map(|v| Number::Int((*v).into())).collect())
    }
    let value = match &held.value {
        NcAttrValue::Chars(text) => Attribute::Text(text.clone()),
        NcAttrValue::Strings(texts) => Attribute::Text(texts.first()?.clone()),
        NcAttrValue::Bytes(v) => ints(v),
        NcAttrValue::UBytes(v) => ints(v),
        NcAttrValue::Shorts(v) => ints(v),
        NcAttrValue::UShorts(v) => ints(v),
        NcAttrValue::Ints(v) => ints(v),
        NcAttrValue::UInts(v) => ints(v),
        NcAttrValue::Int64s(v) => ints(v),
        NcAttrValue::UInt64s(v) => Attribute::Numbers(v.iter().map(|v| Number::Unsigned(*v)).collect()),
        NcAttrValue::Floats(v) => Attribute::Numbers(v.iter().map(|v| Number::Single(*v)).collect()),
        NcAttrValue::Doubles(v) => Attribute::Numbers(v.iter().map(|v| Number::Float(*v)).collect()),
        NcAttrValue::UserDefined { .. } => return None,
    };
    Some((held.name.clone(), value))
}
