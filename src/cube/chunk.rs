//! Pixels in memory: one flat array a band, in the order time, row, column.

use super::dtype::{DType, Pixel};
use super::schema::Band;
use ndarray::{Array4, ArrayView3};
use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

/// The pixels of one band in their own type.
#[derive(Clone, Debug, PartialEq)]
pub enum Pixels {
    /// Of [`DType::U8`](super::DType::U8).
    U8(Vec<u8>),
    /// Of [`DType::I8`](super::DType::I8).
    I8(Vec<i8>),
    /// Of [`DType::U16`](super::DType::U16).
    U16(Vec<u16>),
    /// Of [`DType::I16`](super::DType::I16).
    I16(Vec<i16>),
    /// Of [`DType::U32`](super::DType::U32).
    U32(Vec<u32>),
    /// Of [`DType::I32`](super::DType::I32).
    I32(Vec<i32>),
    /// Of [`DType::U64`](super::DType::U64).
    U64(Vec<u64>),
    /// Of [`DType::I64`](super::DType::I64).
    I64(Vec<i64>),
    /// Of [`DType::F32`](super::DType::F32).
    F32(Vec<f32>),
    /// Of [`DType::F64`](super::DType::F64).
    F64(Vec<f64>),
}

/// Runs one generic body for whichever type the pixels have.
#[macro_export]
macro_rules! with_pixels {
    ($pixels:expr, $v:ident => $body:expr) => {
        match $pixels {
            $crate::cube::Pixels::U8($v) => $body,
            $crate::cube::Pixels::I8($v) => $body,
            $crate::cube::Pixels::U16($v) => $body,
            $crate::cube::Pixels::I16($v) => $body,
            $crate::cube::Pixels::U32($v) => $body,
            $crate::cube::Pixels::I32($v) => $body,
            $crate::cube::Pixels::U64($v) => $body,
            $crate::cube::Pixels::I64($v) => $body,
            $crate::cube::Pixels::F32($v) => $body,
            $crate::cube::Pixels::F64($v) => $body,
        }
    };
}

/// Moving between a `Vec<T>` and the variant that holds it, for code that is generic in `T`.
pub trait PixelType: Pixel {
    fn wrap(values: Vec<Self>) -> Pixels;
    fn view(pixels: &Pixels) -> Option<&[Self]>;
    fn view_mut(pixels: &mut Pixels) -> Option<&mut Vec<Self>>;
}

/// Implements [`PixelType`] for each of the ten types.
macro_rules! stored {
    ($($t:ty, $v:ident;)*) => {$(
        impl PixelType for $t {
            fn wrap(values: Vec<Self>) -> Pixels { Pixels::$v(values) }
            fn view(pixels: &Pixels) -> Option<&[Self]> {
                if let Pixels::$v(values) = pixels { Some(values) } else { None }
            }
            fn view_mut(pixels: &mut Pixels) -> Option<&mut Vec<Self>> {
                if let Pixels::$v(values) = pixels { Some(values) } else { None }
            }
        }
    )*};
}

stored! { u8, U8; i8, I8; u16, U16; i16, I16; u32, U32; i32, I32; u64, U64; i64, I64; f32, F32; f64, F64; }

impl Pixels {
    /// `len` pixels that all are `value`.
    pub fn filled(dtype: DType, len: usize, value: f64) -> Pixels {
        fn fill<T: PixelType>(len: usize, value: f64) -> Pixels {
            T::wrap(vec![T::from_f64(value); len])
        }
        match dtype {
            DType::U8 => fill::<u8>(len, value),
            DType::I8 => fill::<i8>(len, value),
            DType::U16 => fill::<u16>(len, value),
            DType::I16 => fill::<i16>(len, value),
            DType::U32 => fill::<u32>(len, value),
            DType::I32 => fill::<i32>(len, value),
            DType::U64 => fill::<u64>(len, value),
            DType::I64 => fill::<i64>(len, value),
            DType::F32 => fill::<f32>(len, value),
            DType::F64 => fill::<f64>(len, value),
        }
    }

    pub(crate) fn zeros(dtype: DType, len: usize) -> Pixels {
        Pixels::filled(dtype, len, 0.0)
    }

    /// Their type.
    pub fn dtype(&self) -> DType {
        fn of<T: Pixel>(_: &[T]) -> DType {
            T::DTYPE
        }
        with_pixels!(self, v => of(v))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        with_pixels!(self, v => v.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn bytes(&self) -> usize {
        self.len() * self.dtype().bytes()
    }

    /// Some of the pixels, by flat index.
    pub fn slice(&self, range: std::ops::Range<usize>) -> Pixels {
        fn run<T: PixelType>(v: &[T], range: std::ops::Range<usize>) -> Pixels {
            T::wrap(v[range].to_vec())
        }
        with_pixels!(self, v => run(v, range))
    }

    /// The pixel at a flat index; integers beyond 2^53 are rounded.
    pub fn get(&self, index: usize) -> f64 {
        with_pixels!(self, v => v[index].to_f64())
    }

    /// All as 64-bit floats, integers beyond 2^53 rounded; a missing one is still the marker of its band.
    pub fn to_f64(&self) -> Vec<f64> {
        with_pixels!(self, v => v.iter().map(|p| p.to_f64()).collect())
    }

    /// Turns the pixels of one band into those of another, which may have another type or nodata. Nothing is copied
    /// where both are the same.
    pub fn fit(&mut self, from: &Band, to: &Band) {
        if from.dtype != to.dtype || !super::schema::same_nodata(from.nodata, to.nodata) {
            *self = self.cast(from.nodata, to.dtype, to.nodata);
        }
    }

    /// The rows `y` and columns `x` of every step.
    pub fn crop(&self, shape: [usize; 3], y: std::ops::Range<usize>, x: std::ops::Range<usize>) -> Pixels {
        fn run<T: PixelType>(
            v: &[T],
            [t, h, w]: [usize; 3],
            y: std::ops::Range<usize>,
            x: std::ops::Range<usize>,
        ) -> Pixels {
            let mut out = Vec::with_capacity(t * y.len() * x.len());
            for step in 0..t {
                for row in y.clone() {
                    let at = (step * h + row) * w;
                    out.extend_from_slice(&v[at + x.start..at + x.end]);
                }
            }
            T::wrap(out)
        }
        with_pixels!(self, v => run(v, shape, y, x))
    }

    /// Copies `part`, of shape `from`, into `self`, of shape `to`, with its first pixel at `at` (step, row, column).
    ///
    /// # Panics
    /// If the types differ or the part does not fit.
    pub fn paste(&mut self, to: [usize; 3], part: &Pixels, from: [usize; 3], at: [usize; 3]) {
        self.copy((to, at), part, (from, [0; 3]), from);
    }

    /// Copies `size` steps, rows and columns of `part` into `self`, each given with its shape and the first pixel there.
    ///
    /// # Panics
    /// If the types differ or the pixels do not fit.
    pub(crate) fn copy(
        &mut self,
        (to, at): ([usize; 3], [usize; 3]),
        part: &Pixels,
        (from, first): ([usize; 3], [usize; 3]),
        size: [usize; 3],
    ) {
        fn run<T: PixelType>(
            out: &mut [T],
            (to, at): ([usize; 3], [usize; 3]),
            part: &Pixels,
            (from, first): ([usize; 3], [usize; 3]),
            [steps, rows, width]: [usize; 3],
        ) {
            let part = T::view(part).expect("parts of one band have one type");
            for step in 0..steps {
                for row in 0..rows {
                    let source = ((step + first[0]) * from[1] + row + first[1]) * from[2] + first[2];
                    let target = ((step + at[0]) * to[1] + row + at[1]) * to[2] + at[2];
                    out[target..target + width].copy_from_slice(&part[source..source + width]);
                }
            }
        }
        with_pixels!(self, v => run(v, (to, at), part, (from, first), size))
    }
}

/// As the type and the bytes: pixels travel by the million.
impl Serialize for Pixels {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let bytes: &[u8] = with_pixels!(self, v => bytemuck::cast_slice(v));
        (self.dtype(), serde_bytes::Bytes::new(bytes)).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Pixels {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Pixels, D::Error> {
        let (dtype, bytes): (DType, serde_bytes::ByteBuf) = Deserialize::deserialize(from)?;
        if bytes.len() % dtype.bytes() != 0 {
            return Err(D::Error::custom("a pixel is cut off"));
        }
        let mut pixels = Pixels::zeros(dtype, bytes.len() / dtype.bytes());
        with_pixels!(&mut pixels, v => bytemuck::cast_slice_mut(v).copy_from_slice(&bytes));
        Ok(pixels)
    }
}

/// The pixels of a region: `bands[i]` belongs to the i-th band the region asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    /// Steps, rows, columns.
    pub shape: [usize; 3],
    /// The pixels of each band, in the order time, row, column.
    pub bands: Vec<Pixels>,
}

impl Chunk {
    pub(crate) fn bytes(&self) -> usize {
        self.bands.iter().map(Pixels::bytes).sum()
    }

    /// Copies `part` in, its first pixel to (step, row, column) `at`.
    pub fn paste(&mut self, part: &Chunk, at: [usize; 3]) {
        for (target, source) in self.bands.iter_mut().zip(&part.bands) {
            target.paste(self.shape, source, part.shape, at);
        }
    }

    /// Some of its steps.
    pub fn steps(&self, steps: std::ops::Range<usize>) -> Chunk {
        let [_, h, w] = self.shape;
        let bands = self.bands.iter().map(|p| p.slice(steps.start * h * w..steps.end * h * w)).collect();
        Chunk { shape: [steps.len(), h, w], bands }
    }

    /// One band as an array `(time, y, x)`, where its type is `T`.
    pub fn band<T: PixelType>(&self, band: usize) -> Option<ArrayView3<'_, T>> {
        let [t, h, w] = self.shape;
        ArrayView3::from_shape((t, h, w), T::view(self.bands.get(band)?)?).ok()
    }

    /// All pixels as `(time, band, y, x)` in f64. Those that equal the `nodata` of their band become NaN.
    pub fn to_array(&self, nodata: &[Option<f64>]) -> Array4<f64> {
        let [t, h, w] = self.shape;
        let mut out = Array4::from_elem((t, self.bands.len(), h, w), f64::NAN);
        for (b, pixels) in self.bands.iter().enumerate() {
            let values = pixels.cast(nodata.get(b).copied().flatten(), DType::F64, Some(f64::NAN)).to_f64();
            for (i, value) in values.into_iter().enumerate() {
                out[[i / (h * w), b, i / w % h, i % w]] = value;
            }
        }
        out
    }
}
