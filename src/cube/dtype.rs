//! The types a pixel can have, and how values move between them.

use serde::{Deserialize, Serialize};

/// The type of the pixels of a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DType {
    /// 8 bits, from 0.
    #[serde(rename = "uint8")]
    U8,
    /// 8 bits, with a sign.
    #[serde(rename = "int8")]
    I8,
    /// 16 bits, from 0.
    #[serde(rename = "uint16")]
    U16,
    /// 16 bits, with a sign.
    #[serde(rename = "int16")]
    I16,
    /// 32 bits, from 0.
    #[serde(rename = "uint32")]
    U32,
    /// 32 bits, with a sign.
    #[serde(rename = "int32")]
    I32,
    /// 64 bits, from 0.
    #[serde(rename = "uint64")]
    U64,
    /// 64 bits, with a sign.
    #[serde(rename = "int64")]
    I64,
    /// A number of 32 bits with a fraction.
    #[serde(rename = "float32")]
    F32,
    /// A number of 64 bits with a fraction.
    #[serde(rename = "float64")]
    F64,
}

impl DType {
    pub(crate) const ALL: [DType; 10] = [
        DType::U8,
        DType::I8,
        DType::U16,
        DType::I16,
        DType::U32,
        DType::I32,
        DType::U64,
        DType::I64,
        DType::F32,
        DType::F64,
    ];

    /// The names of all, for arguments that choose one.
    pub const NAMES: &[&str] =
        &["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"];

    /// numpy's name, which xarray, zarr and rasterio users know.
    pub fn name(self) -> &'static str {
        match self {
            DType::U8 => "uint8",
            DType::I8 => "int8",
            DType::U16 => "uint16",
            DType::I16 => "int16",
            DType::U32 => "uint32",
            DType::I32 => "int32",
            DType::U64 => "uint64",
            DType::I64 => "int64",
            DType::F32 => "float32",
            DType::F64 => "float64",
        }
    }

    /// The type that numpy calls so: `uint8`, `float32`.
    pub fn from_name(name: &str) -> Option<DType> {
        DType::ALL.into_iter().find(|d| d.name() == name)
    }

    /// numpy's short name with the order of the bytes, such as `<f4`, which Zarr v2 uses.
    pub fn typestr(self, is_big: bool) -> String {
        let order = match (self.bytes(), is_big) {
            (1, _) => '|',
            (_, true) => '>',
            (_, false) => '<',
        };
        let kind = match (self.is_float(), self.is_signed()) {
            (true, _) => 'f',
            (_, true) => 'i',
            _ => 'u',
        };
        format!("{order}{kind}{}", self.bytes())
    }

    /// Bytes of a pixel.
    pub fn bytes(self) -> usize {
        match self {
            DType::U8 | DType::I8 => 1,
            DType::U16 | DType::I16 => 2,
            DType::U32 | DType::I32 | DType::F32 => 4,
            DType::U64 | DType::I64 | DType::F64 => 8,
        }
    }

    pub(crate) fn is_float(self) -> bool {
        matches!(self, DType::F32 | DType::F64)
    }

    pub(crate) fn is_signed(self) -> bool {
        !matches!(self, DType::U8 | DType::U16 | DType::U32 | DType::U64)
    }

    /// The float in which arithmetic on this type is done: f32 up to 16 bits and for f32, f64 otherwise.
    pub fn arithmetic(self) -> DType {
        if self.bytes() <= 2 || self == DType::F32 { DType::F32 } else { DType::F64 }
    }

    /// The type of an exact sum.
    pub fn sum(self) -> DType {
        match self {
            DType::F32 | DType::F64 => self,
            _ if self.is_signed() => DType::I64,
            _ => DType::U64,
        }
    }

    /// The smallest and largest value, as f64 (rounded for 64 bits).
    pub fn limits(self) -> (f64, f64) {
        match self {
            DType::U8 => (0.0, u8::MAX as f64),
            DType::I8 => (i8::MIN as f64, i8::MAX as f64),
            DType::U16 => (0.0, u16::MAX as f64),
            DType::I16 => (i16::MIN as f64, i16::MAX as f64),
            DType::U32 => (0.0, u32::MAX as f64),
            DType::I32 => (i32::MIN as f64, i32::MAX as f64),
            DType::U64 => (0.0, u64::MAX as f64),
            DType::I64 => (i64::MIN as f64, i64::MAX as f64),
            DType::F32 => (f32::MIN as f64, f32::MAX as f64),
            DType::F64 => (f64::MIN, f64::MAX),
        }
    }

    /// Whether this type holds `value` exactly.
    pub fn holds(self, value: f64) -> bool {
        match self {
            DType::F64 => true,
            DType::F32 => value.is_nan() || (value as f32) as f64 == value,
            _ => value.fract() == 0.0 && (self.limits().0..=self.limits().1).contains(&value),
        }
    }

    /// A type that holds every value of `self` and one more, which then stands for "missing".
    ///
    /// A band without nodata may use its whole range, so an integer moves to the next wider signed type, whose minimum
    /// is free; 64 bits stay as they are and give up one end of the range.
    pub fn with_room_for_nodata(self) -> (DType, f64) {
        match self {
            DType::U8 | DType::I8 => (DType::I16, i16::MIN as f64),
            DType::U16 | DType::I16 => (DType::I32, i32::MIN as f64),
            DType::U32 | DType::I32 | DType::I64 => (DType::I64, i64::MIN as f64),
            DType::U64 => (DType::U64, u64::MAX as f64),
            DType::F32 | DType::F64 => (self, f64::NAN),
        }
    }

    /// The smallest type that holds every value of both.
    pub fn promote(self, other: DType) -> DType {
        if self == other {
            return self;
        }
        if self.is_float() || other.is_float() {
            let wide = |d: DType| if d.is_float() { d } else { d.arithmetic() };
            return if wide(self) == DType::F64 || wide(other) == DType::F64 { DType::F64 } else { DType::F32 };
        }
        let bytes = self.bytes().max(other.bytes());
        if self.is_signed() == other.is_signed() {
            return if self.bytes() == bytes { self } else { other };
        }
        let unsigned = if self.is_signed() { other } else { self };
        match bytes.max(unsigned.bytes() * 2) {
            2 => DType::I16,
            4 => DType::I32,
            _ => DType::I64,
        }
    }
}

impl std::fmt::Display for DType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A type of pixels, over which loops are generic.
pub trait Pixel: bytemuck::Pod + Send + Sync + PartialEq + PartialOrd + Default {
    const DTYPE: DType;
    fn to_f64(self) -> f64;
    fn to_f32(self) -> f32;
    fn to_i64(self) -> i64;
    /// Exact for every integer.
    fn to_i128(self) -> i128;
    /// Saturates at the limits; integers are truncated towards zero and NaN becomes zero, as `as` does.
    fn from_f64(value: f64) -> Self;
    fn is_nan(self) -> bool;
}

/// Implements [`Pixel`] for the ten types.
macro_rules! pixel {
    ($($t:ty, $d:ident, $nan:expr;)*) => {$(
        impl Pixel for $t {
            const DTYPE: DType = DType::$d;
            #[inline(always)]
            fn to_f64(self) -> f64 { self as f64 }
            #[inline(always)]
            fn to_f32(self) -> f32 { self as f32 }
            #[inline(always)]
            fn to_i64(self) -> i64 { self as i64 }
            #[inline(always)]
            fn to_i128(self) -> i128 { self as i128 }
            #[inline(always)]
            fn from_f64(value: f64) -> Self { value as $t }
            #[inline(always)]
            #[allow(clippy::redundant_closure_call, reason = "the table passes the test as a closure")]
            fn is_nan(self) -> bool { ($nan)(self) }
        }
    )*};
}

pixel! {
    u8, U8, |_| false;
    i8, I8, |_| false;
    u16, U16, |_| false;
    i16, I16, |_| false;
    u32, U32, |_| false;
    i32, I32, |_| false;
    u64, U64, |_| false;
    i64, I64, |_| false;
    f32, F32, |v: f32| v.is_nan();
    f64, F64, |v: f64| v.is_nan();
}

/// Tells missing pixels from valid ones: a pixel is missing if it equals the declared nodata or is NaN.
#[derive(Clone, Copy)]
pub(crate) struct Missing<T> {
    nodata: Option<T>,
}

impl<T: Pixel> Missing<T> {
    pub(crate) fn new(nodata: Option<f64>) -> Missing<T> {
        // A nodata the type cannot hold marks nothing; NaN is missing anyway.
        Missing { nodata: nodata.filter(|v| !v.is_nan() && T::DTYPE.holds_as_nodata(*v)).map(T::from_f64) }
    }

    #[inline(always)]
    pub(crate) fn is(self, value: T) -> bool {
        value.is_nan() || self.nodata.is_some_and(|n| n == value)
    }

    /// Whether one of some values is missing. All are looked at, which takes less than to stop at the first.
    #[inline(always)]
    pub(crate) fn is_among<const N: usize>(self, values: &[T; N]) -> bool {
        let mut any = false;
        for value in values {
            any |= value.is_nan();
        }
        if let Some(nodata) = self.nodata {
            for value in values {
                any |= *value == nodata;
            }
        }
        any
    }

    pub(crate) fn marker(self) -> Option<T> {
        self.nodata
    }
}

impl DType {
    /// Nodata of float32 bands is often written with the digits of a float64; it is compared after rounding.
    fn holds_as_nodata(self, value: f64) -> bool {
        match self {
            DType::F32 => (value as f32).is_finite() || value.is_infinite(),
            DType::U64 | DType::I64 => true,
            _ => self.holds(value),
        }
    }
}
