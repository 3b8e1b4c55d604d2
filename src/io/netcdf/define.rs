//! The head of a file being written: dimensions, coordinates, grid mapping and empty data variables, after CF-1.8.

use super::form::{Field, Form};
use super::library::Char;
use crate::cube::dates::DateUnit;
use crate::cube::{Band, DType, Label, Schema, TimeAxis};
use crate::io::cf::coordinates::{self, Attributes, Axis, Times};
use crate::io::cf::spatial_ref;
use netcdf::types::{FloatType, IntType, NcVariableType};
use netcdf::{Extent, FileMut, NcTypeDescriptor, Result, VariableMut};

/// Defines everything and writes the coordinates.
pub(super) fn define(file: &mut FileMut, form: &Form, schema: &Schema, history: &str) -> Result<()> {
    file.add_attribute("Conventions", "CF-1.8")?;
    for (name, text) in &form.texts {
        file.add_attribute(name, text.as_str())?;
    }
    file.add_attribute("history", history)?;
    for (name, len, _) in form.dims(schema) {
        // Other tools append along time.
        let unlimited = Some(name) == form.step.as_deref() && matches!(schema.time, TimeAxis::Instants { .. });
        file.add_dimension(name, if unlimited { 0 } else { len })?;
    }
    steps(file, form, schema)?;
    places(file, form, schema)?;
    located(file, form)?;
    if let Some(crs) = coordinates::system(&schema.grid) {
        let mut variable = file.add_variable::<i32>("spatial_ref", &[])?;
        for (name, value) in spatial_ref(crs, coordinates::transform(&schema.grid).as_ref()) {
            let numbers: Vec<f64> = value.numbers().iter().map(|n| n.to_f64()).collect();
            match (value.text(), numbers.as_slice()) {
                (Some(text), _) => variable.put_attribute(&name, text)?,
                (None, [one]) => variable.put_attribute(&name, *one)?,
                (None, _) => variable.put_attribute(&name, numbers)?,
            };
        }
        variable.put_value(0i32, ())?;
    }
    if let Some(name) = &form.cube {
        let names: Vec<&str> = form.fields.iter().map(|f| f.name.as_str()).collect();
        texts(file, "band", &names)?;
        let Some(first) = form.fields.first() else { return Ok(()) };
        let field = Field { name: name.clone(), ..first.clone() };
        // Of one variable only that is said which holds for all bands.
        let common = |of: fn(&Band) -> &Option<String>| {
            let first = schema.bands.first().and_then(|band| of(band).as_ref());
            first.filter(|first| schema.bands.iter().all(|band| of(band).as_ref() == Some(first))).cloned()
        };
        let (unit, cell_methods) = (common(|band| &band.unit), common(|band| &band.cell_methods));
        let band = Band { unit, cell_methods, ..Band::new(name.as_str(), field.dtype, field.nodata) };
        return data(file, form, schema, &field, &band);
    }
    for (field, band) in form.fields.iter().zip(&schema.bands) {
        data(file, form, schema, field, band)?;
    }
    Ok(())
}

/// The coordinate of the steps.
fn steps(file: &mut FileMut, form: &Form, schema: &Schema) -> Result<()> {
    if let Some(times) = Times::of(&schema.time) {
        return time(file, &times);
    }
    match &schema.time {
        // Handled as times.
        TimeAxis::Instants { .. } | TimeAxis::Reduced { .. } => Ok(()),
        TimeAxis::Groups { labels, .. } => match &form.step {
            Some(dim) => groups(file, dim, labels),
            None => Ok(()),
        },
        TimeAxis::Positions(n) => match &form.step {
            Some(dim) => {
                let mut variable = file.add_variable::<i32>(dim, &[dim])?;
                variable.put_attribute("long_name", "position of the step")?;
                put(&mut variable, &(0..*n as i32).collect::<Vec<_>>(), &[*n])
            }
            None => Ok(()),
        },
    }
}

fn time(file: &mut FileMut, times: &Times) -> Result<()> {
    let (units, values, edges) = times.numbers();
    let dims: &[&str] = if times.has_dim { &["time"] } else { &[] };
    let narrow = values.iter().chain(&edges).all(|v| i32::try_from(*v).is_ok());
    let chunk = values.len().clamp(1, 1024);
    let write = |variable: &mut VariableMut, numbers: &[i64], shape: &[usize]| {
        // Not every tool reads integers of 64 bits.
        if narrow {
            put(variable, &numbers.iter().map(|v| *v as i32).collect::<Vec<_>>(), shape)
        } else {
            put(variable, numbers, shape)
        }
    };
    let add = |file: &mut FileMut, name: &str, dims: &[&str], chunks: &[usize]| -> Result<()> {
        let dtype = if narrow { DType::I32 } else { DType::I64 };
        let mut variable = file.add_variable_with_type(name, dims, &nc_type(dtype))?;
        if dims.contains(&"time") {
            variable.set_chunking(chunks)?;
        }
        Ok(())
    };
    add(file, "time", dims, &[chunk])?;
    if let Some(name) = times.bounds_name() {
        file.add_dimension("nv", 2)?;
        add(file, name, &[dims, &["nv"]].concat(), &[chunk, 2])?;
    }
    let Some(mut variable) = file.variable_mut("time") else { return Ok(()) };
    say(&mut variable, times.attributes(&units))?;
    let shape: Vec<usize> = dims.iter().map(|_| values.len()).collect();
    write(&mut variable, &values, &shape)?;
    if let Some(mut variable) = times.bounds_name().and_then(|name| file.variable_mut(name)) {
        if times.is_climatology() {
            say(&mut variable, times.attributes_of_bounds(&units))?;
        }
        write(&mut variable, &edges, &[shape.as_slice(), &[2]].concat())?;
    }
    Ok(())
}

fn groups(file: &mut FileMut, dim: &str, labels: &[Label]) -> Result<()> {
    let numbers: Option<Vec<f64>> = labels
        .iter()
        .map(|label| match label {
            Label::Number(number) => Some(*number),
            Label::Text(_) => None,
        })
        .collect();
    match numbers {
        Some(numbers) if numbers.iter().all(|n| DType::I32.holds(*n)) => {
            let mut variable = file.add_variable::<i32>(dim, &[dim])?;
            put(&mut variable, &numbers.iter().map(|n| *n as i32).collect::<Vec<_>>(), &[labels.len()])
        }
        Some(numbers) => {
            let mut variable = file.add_variable::<f64>(dim, &[dim])?;
            put(&mut variable, &numbers, &[labels.len()])
        }
        None => {
            let labels: Vec<String> = labels.iter().map(Label::to_string).collect();
            texts(file, dim, &labels.iter().map(String::as_str).collect::<Vec<_>>())
        }
    }
}

/// A coordinate of words, as rows of characters: CDO refuses files that have strings.
fn texts(file: &mut FileMut, dim: &str, words: &[&str]) -> Result<()> {
    let width = words.iter().map(|word| word.len()).max().unwrap_or(0).max(1);
    let columns = format!("string{width}");
    if file.dimension(&columns).is_none() {
        file.add_dimension(&columns, width)?;
    }
    let mut variable = file.add_variable_with_type(dim, &[dim, &columns], &NcVariableType::Char)?;
    variable.put_attribute("_Encoding", "utf-8")?;
    let padded = words.iter().flat_map(|word| word.bytes().chain(std::iter::repeat(0)).take(width).map(Char));
    put(&mut variable, &padded.collect::<Vec<_>>(), &[words.len(), width])
}

/// The coordinates of the pixels' centers.
fn places(file: &mut FileMut, form: &Form, schema: &Schema) -> Result<()> {
    let grid = &schema.grid;
    for (name, axis) in [(form.y, Axis::Y), (form.x, Axis::X)] {
        let values = coordinates::values(grid, axis);
        let mut variable = file.add_variable_with_type(name, &[name], &nc_type(values.dtype()))?;
        say(&mut variable, coordinates::place(grid, axis, name))?;
        crate::with_pixels!(&values, values => put(&mut variable, values, &[values.len()]))?;
    }
    Ok(())
}

/// Longitude and latitude of each pixel, whose values follow tile by tile.
fn located(file: &mut FileMut, form: &Form) -> Result<()> {
    for (field, axis) in form.located.iter().zip([Axis::X, Axis::Y]) {
        let mut variable = file.add_variable_with_type(&field.name, &[form.y, form.x], &nc_type(field.dtype))?;
        variable.set_chunking(&form.chunk[1..])?;
        if let Some(level) = form.level {
            variable.set_compression(level, form.shuffle)?;
        }
        if let Some(nodata) = field.nodata {
            fill(&mut variable, field.dtype, nodata)?;
        }
        say(&mut variable, coordinates::pixel_place(axis, None))?;
    }
    Ok(())
}

fn say(variable: &mut VariableMut, said: Attributes) -> Result<()> {
    said.into_iter().try_for_each(|(name, text)| variable.put_attribute(name, text).map(drop))
}

fn data(file: &mut FileMut, form: &Form, schema: &Schema, field: &Field, band: &Band) -> Result<()> {
    let dims = form.dims(schema);
    let names: Vec<&str> = dims.iter().map(|d| d.0).collect();
    let chunks: Vec<usize> = dims.iter().map(|d| d.2).collect();
    let mut variable = file.add_variable_with_type(&field.name, &names, &nc_type(field.dtype))?;
    variable.set_chunking(&chunks)?;
    if let Some(level) = form.level {
        variable.set_compression(level, form.shuffle)?;
    }
    match field.nodata {
        Some(nodata) => fill(&mut variable, field.dtype, nodata)?,
        // Without this, readers would take the library's own mark of cells that were never written for missing.
        // SAFETY: the sink writes every cell before the file gets its name, so none is read uninitialized.
        None => unsafe { variable.set_nofill()? },
    }
    if let Some(long_name) = &band.long_name {
        variable.put_attribute("long_name", long_name.as_str())?;
    }
    if let Some(methods) = &band.cell_methods {
        variable.put_attribute("cell_methods", methods.as_str())?;
    }
    if let Some(unit) = band.unit.as_deref() {
        variable.put_attribute("units", unit)?;
        if let Some(dates) = DateUnit::of(band, &schema.time) {
            variable.put_attribute("calendar", dates.calendar().cf_name())?;
        }
    }
    if let Some((scale, offset)) = field.packing {
        // Readers unpack into the type of these.
        variable.put_attribute("scale_factor", scale)?;
        variable.put_attribute("add_offset", offset)?;
    }
    if coordinates::system(&schema.grid).is_some() {
        variable.put_attribute("grid_mapping", "spatial_ref")?;
    }
    let time = matches!(schema.time, TimeAxis::Reduced { .. }).then_some("time");
    let beside: Vec<&str> = form.located.iter().map(|field| field.name.as_str()).chain(time).collect();
    if !beside.is_empty() {
        variable.put_attribute("coordinates", beside.join(" "))?;
    }
    Ok(())
}

fn fill(variable: &mut VariableMut, dtype: DType, nodata: f64) -> Result<()> {
    match dtype {
        DType::U8 => variable.set_fill_value(nodata as u8),
        DType::I8 => variable.set_fill_value(nodata as i8),
        DType::U16 => variable.set_fill_value(nodata as u16),
        DType::I16 => variable.set_fill_value(nodata as i16),
        DType::U32 => variable.set_fill_value(nodata as u32),
        DType::I32 => variable.set_fill_value(nodata as i32),
        DType::U64 => variable.set_fill_value(nodata as u64),
        DType::I64 => variable.set_fill_value(nodata as i64),
        DType::F32 => variable.set_fill_value(nodata as f32),
        DType::F64 => variable.set_fill_value(nodata),
    }
}

fn nc_type(dtype: DType) -> NcVariableType {
    match dtype {
        DType::U8 => NcVariableType::Int(IntType::U8),
        DType::I8 => NcVariableType::Int(IntType::I8),
        DType::U16 => NcVariableType::Int(IntType::U16),
        DType::I16 => NcVariableType::Int(IntType::I16),
        DType::U32 => NcVariableType::Int(IntType::U32),
        DType::I32 => NcVariableType::Int(IntType::I32),
        DType::U64 => NcVariableType::Int(IntType::U64),
        DType::I64 => NcVariableType::Int(IntType::I64),
        DType::F32 => NcVariableType::Float(FloatType::F32),
        DType::F64 => NcVariableType::Float(FloatType::F64),
    }
}

/// Writes all of a coordinate.
fn put<T: NcTypeDescriptor>(variable: &mut VariableMut, values: &[T], shape: &[usize]) -> Result<()> {
    let extents: Vec<Extent> = shape.iter().map(|&count| Extent::SliceCount { start: 0, count, stride: 1 }).collect();
    variable.put_values(values, extents)
}
