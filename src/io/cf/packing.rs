//! In how many bits packed values are unpacked, by the types in which their scale and offset are stored.

use super::header::Variable;
use super::number::Number;
use crate::cube::DType;

/// The float that xarray chooses for a packed variable, so that differences of its values are the same in both.
///
/// By the CF conventions scale and offset are stored in the type of the unpacked values. Where one of them has 64 bits,
/// so have the values: an offset of 64 bits costs the last digits of 32. Source: xarray, `_choose_float_dtype`. It differs
/// for integers of 32 and 64 bits under a scale of 32, which do not fit into 32 bits, and have 64 here.
pub(super) fn unpacked_type(variable: &Variable, stored: DType) -> DType {
    let of = |name: &str| variable.numbers(name).first().copied();
    let is_short = stored.bytes() <= 2 || stored == DType::F32;
    let single = |number: Option<Number>| number.is_none_or(|n| matches!(n, Number::Single(_)));
    match (of("scale_factor"), of("add_offset")) {
        (None, Some(_)) => DType::F64,
        (scale, offset) if is_short && single(scale) && single(offset) => DType::F32,
        _ => DType::F64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::cf::header::{Attribute, Kind};

    #[test]
    fn as_xarray_chooses() {
        let (single, double, whole) = (Number::Single(0.5), Number::Float(0.5), Number::Int(2));
        // The types were asked of xarray 2026.9.
        let cases = [
            (DType::I16, Some(single), Some(single), DType::F32),
            (DType::I16, Some(double), Some(double), DType::F64),
            (DType::I16, Some(single), Some(double), DType::F64),
            (DType::U16, Some(double), Some(single), DType::F64),
            (DType::I16, None, Some(single), DType::F64),
            (DType::U8, Some(single), None, DType::F32),
            (DType::U8, Some(double), None, DType::F64),
            (DType::I16, Some(single), Some(whole), DType::F64),
            (DType::I32, Some(single), Some(single), DType::F64),
            (DType::F32, Some(single), Some(single), DType::F32),
            (DType::F32, Some(double), None, DType::F64),
        ];
        for (stored, scale, offset, expected) in cases {
            let stated = [("scale_factor", scale), ("add_offset", offset)];
            let attribute =
                |(name, number): (&str, Option<Number>)| Some((name.into(), Attribute::Numbers(vec![number?])));
            let attributes = stated.into_iter().filter_map(attribute).collect();
            let variable =
                Variable { name: "v".into(), dims: Vec::new(), kind: Kind::Number(stored), attributes, chunks: None };
            assert_eq!(unpacked_type(&variable, stored), expected, "{stored} {scale:?} {offset:?}");
        }
    }
}
