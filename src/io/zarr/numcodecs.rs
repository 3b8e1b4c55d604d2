//! What numcodecs, the codecs of Python, makes of bytes, where zarrs has no such codec: only the way back.
//!
//! numcodecs works on the elements of a chunk one after the other, so that its filters of arrays are steps between bytes
//! as its compressors are. Types are those of numpy, `<f4`.

use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::{Arc, Once};
use zarrs::array::codec::api::{
    CodecRuntimePluginV3, PartialDecoderCapability, PartialEncoderCapability, register_codec_v3,
};
use zarrs::array::{
    ArrayBytesRaw, BytesRepresentation, BytesToBytesCodecTraits, Codec, CodecError, CodecMetadataOptions, CodecOptions,
    CodecTraits, RecommendedConcurrency,
};
use zarrs::metadata::Configuration;
use zarrs::plugin::{ExtensionName, ZarrVersion};

/// How the documents that [`super::codecs`] writes call the codecs of this file; `id` says which.
pub(super) const NAME: &str = "rastra.numcodecs";

/// Filters of arrays, which numcodecs applies before there are bytes.
pub(super) const FILTERS: [&str; 6] = ["astype", "bitround", "delta", "fixedscaleoffset", "packbits", "quantize"];

/// Compressors and checksums.
pub(super) const PACKERS: [&str; 3] = ["crc32", "lz4", "lzma"];

/// Lets zarrs know of them.
pub(super) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = register_codec_v3(CodecRuntimePluginV3::new(
            |name| name == NAME,
            |metadata| {
                let settings = metadata.configuration().map(|held| (**held).clone()).unwrap_or_default();
                Ok(Codec::BytesToBytes(Arc::new(Numcodec { settings })))
            },
        ));
    });
}

/// One codec, as its JSON has it.
#[derive(Debug)]
struct Numcodec {
    settings: Map<String, Value>,
}

impl Numcodec {
    fn text(&self, key: &str) -> Option<&str> {
        self.settings.get(key).and_then(Value::as_str)
    }

    fn number(&self, key: &str, usual: f64) -> f64 {
        self.settings.get(key).and_then(Value::as_f64).unwrap_or(usual)
    }

    /// The type of the elements under one of these names.
    fn elements(&self, keys: &[&str]) -> Result<Elements, String> {
        let text = keys.iter().find_map(|key| self.text(key)).ok_or(format!("`{}` is not there", keys[0]))?;
        Elements::parse(text).ok_or(format!("elements of `{text}` are not known"))
    }

    fn restore(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        match self.text("id").unwrap_or_default() {
            "bitround" => Ok(bytes.to_vec()),
            "astype" => {
                let (from, to) = (self.elements(&["encode_dtype"])?, self.elements(&["decode_dtype"])?);
                Ok(to.write(from.read(bytes)))
            }
            "quantize" => {
                let to = self.elements(&["dtype"])?;
                Ok(to.write(self.elements(&["astype", "dtype"])?.read(bytes)))
            }
            "fixedscaleoffset" => {
                let (scale, offset) = (self.number("scale", 1.0), self.number("offset", 0.0));
                let to = self.elements(&["dtype"])?;
                let stored = self.elements(&["astype", "dtype"])?.read(bytes);
                Ok(to.write(stored.map(|v| Element::Float(v.to_f64() / scale + offset))))
            }
            "delta" => {
                let to = self.elements(&["dtype"])?;
                let mut sum = Element::Integer(0);
                // Each sum has the digits of the type, as when the differences were taken.
                let add = |step: Element| {
                    sum = to.rounded(sum.plus(step));
                    sum
                };
                Ok(to.write(self.elements(&["astype", "dtype"])?.read(bytes).map(add)))
            }
            "packbits" => {
                let (padding, packed) = bytes.split_first().ok_or("it is empty")?;
                let bits = packed.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
                Ok(bits.take((packed.len() * 8).saturating_sub(usize::from(*padding))).collect())
            }
            "crc32" => {
                let (at_end, cut) =
                    (self.text("location") == Some("end"), bytes.len().checked_sub(4).ok_or("it is empty")?);
                let (sum, rest) = if at_end { (&bytes[cut..], &bytes[..cut]) } else { bytes.split_at(4) };
                match crc32fast::hash(rest).to_le_bytes() == *sum {
                    true => Ok(rest.to_vec()),
                    false => Err("the checksum is another".into()),
                }
            }
            "lz4" => lz4_flex::block::decompress_size_prepended(bytes).map_err(|e| e.to_string()),
            "lzma" => {
                let (mut from, mut out) = (bytes, Vec::new());
                match self.number("format", 1.0) as i64 {
                    1 => lzma_rs::xz_decompress(&mut from, &mut out),
                    2 => lzma_rs::lzma_decompress(&mut from, &mut out),
                    other => return Err(format!("the format {other} of LZMA is not known")),
                }
                .map_err(|e| format!("{e:?}"))?;
                Ok(out)
            }
            other => Err(format!("the codec `{other}` is not known")),
        }
    }
}

/// A number of any type of numpy.
#[derive(Clone, Copy)]
enum Element {
    Integer(i128),
    Float(f64),
}

impl Element {
    fn to_f64(self) -> f64 {
        match self {
            Element::Integer(v) => v as f64,
            Element::Float(v) => v,
        }
    }

    fn plus(self, other: Element) -> Element {
        match (self, other) {
            (Element::Integer(a), Element::Integer(b)) => Element::Integer(a + b),
            (a, b) => Element::Float(a.to_f64() + b.to_f64()),
        }
    }
}

/// A type of numpy: `<f4`, `|u1`.
#[derive(Clone, Copy)]
struct Elements {
    is_big: bool,
    kind: char,
    size: usize,
}

impl Elements {
    fn parse(text: &str) -> Option<Elements> {
        let named = match text {
            "float16" => "f2",
            "float32" => "f4",
            "float64" => "f8",
            "bool" => "b1",
            other => other,
        };
        let is_big = named.starts_with('>');
        let short = named.trim_start_matches(['<', '>', '|', '=']);
        let (kind, size) = (short.chars().next()?, short.get(1..)?.parse().ok()?);
        let is_known = matches!((kind, size), ('f', 2 | 4 | 8) | ('i' | 'u', 1 | 2 | 4 | 8) | ('b', 1));
        is_known.then_some(Elements { is_big, kind, size })
    }

    fn read(self, bytes: &[u8]) -> impl Iterator<Item = Element> {
        bytes.chunks_exact(self.size).map(move |chunk| {
            let mut bits = [0u8; 8];
            for (i, byte) in chunk.iter().enumerate() {
                bits[if self.is_big { self.size - 1 - i } else { i }] = *byte;
            }
            let bits = u64::from_le_bytes(bits);
            match (self.kind, self.size) {
                ('f', 2) => Element::Float(half(bits as u16)),
                ('f', 4) => Element::Float(f32::from_bits(bits as u32).into()),
                ('f', _) => Element::Float(f64::from_bits(bits)),
                ('i', size) => Element::Integer(i128::from((bits << (64 - 8 * size)) as i64 >> (64 - 8 * size))),
                _ => Element::Integer(bits.into()),
            }
        })
    }

    fn write(self, values: impl Iterator<Item = Element>) -> Vec<u8> {
        let one = |value: Element| {
            let bits = self.bits(value).to_le_bytes();
            (0..self.size).map(move |i| bits[if self.is_big { self.size - 1 - i } else { i }])
        };
        values.flat_map(one).collect()
    }

    /// The number as this type has it; integers go round at the ends of their range.
    fn rounded(self, value: Element) -> Element {
        let bytes = self.write(std::iter::once(value));
        self.read(&bytes).next().unwrap_or(value)
    }

    fn bits(self, value: Element) -> u64 {
        match (self.kind, self.size, value) {
            ('f', 4, value) => (value.to_f64() as f32).to_bits().into(),
            ('f', _, value) => value.to_f64().to_bits(),
            (_, _, Element::Integer(v)) => v as u64,
            ('u', _, Element::Float(v)) => v as u64,
            (_, _, Element::Float(v)) => v as i64 as u64,
        }
    }
}

/// A float of 16 bits.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    match (exponent, bits & 1023) {
        (0, _) => sign * fraction * 2f64.powi(-24),
        (31, 0) => sign * f64::INFINITY,
        (31, _) => f64::NAN,
        _ => sign * (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

impl ExtensionName for Numcodec {
    fn name(&self, _: ZarrVersion) -> Option<Cow<'static, str>> {
        Some(NAME.into())
    }
}

impl CodecTraits for Numcodec {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn configuration(&self, _: ZarrVersion, _: &CodecMetadataOptions) -> Option<Configuration> {
        Some(self.settings.clone().into())
    }

    fn partial_decoder_capability(&self) -> PartialDecoderCapability {
        PartialDecoderCapability { partial_read: false, partial_decode: false }
    }

    fn partial_encoder_capability(&self) -> PartialEncoderCapability {
        PartialEncoderCapability { partial_encode: false }
    }
}

impl BytesToBytesCodecTraits for Numcodec {
    fn into_dyn(self: Arc<Self>) -> Arc<dyn BytesToBytesCodecTraits> {
        self
    }

    fn recommended_concurrency(&self, _: &BytesRepresentation) -> Result<RecommendedConcurrency, CodecError> {
        Ok(RecommendedConcurrency::new_maximum(1))
    }

    fn encoded_representation(&self, _: &BytesRepresentation) -> BytesRepresentation {
        BytesRepresentation::UnboundedSize
    }

    fn encode<'a>(&self, _: ArrayBytesRaw<'a>, _: &CodecOptions) -> Result<ArrayBytesRaw<'a>, CodecError> {
        Err(CodecError::Other(format!("`{}` is only read", self.text("id").unwrap_or(NAME))))
    }

    fn decode<'a>(
        &self,
        encoded: ArrayBytesRaw<'a>,
        _: &BytesRepresentation,
        _: &CodecOptions,
    ) -> Result<ArrayBytesRaw<'a>, CodecError> {
        let named = |why: String| CodecError::Other(format!("{}: {why}", self.text("id").unwrap_or(NAME)));
        self.restore(&encoded).map(Cow::Owned).map_err(named)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Made by numcodecs 0.16.6.
    #[test]
    fn what_numcodecs_made() {
        let sevens = "07".repeat(40);
        let cases: &[(Value, &str, &str)] = &[
            (json!({"id": "delta", "dtype": "<i2", "astype": "<i2"}), "010002000300f8ff", "010003000600feff"),
            // The difference of 250 and 4 goes round.
            (json!({"id": "delta", "dtype": "|u1"}), "fa0a", "fa04"),
            (json!({"id": "delta", "dtype": "<f4"}), "0000003f0000c03f000040c0", "0000003f00000040000080bf"),
            (
                json!({"id": "fixedscaleoffset", "scale": 10, "offset": 1, "dtype": "<f4", "astype": "|u1"}),
                "0a05",
                "000000400000c03f",
            ),
            (
                json!({"id": "astype", "encode_dtype": "<f4", "decode_dtype": ">f8"}),
                "0000c03f000080ff",
                "3ff8000000000000fff0000000000000",
            ),
            (json!({"id": "quantize", "digits": 1, "dtype": "<f8", "astype": "<f4"}), "0000883f", "000000000000f13f"),
            (json!({"id": "packbits"}), "06c0", "0101"),
            (json!({"id": "lz4"}), "280000001f0701000f500707070707", &sevens),
            (
                json!({"id": "lzma"}),
                "fd377a585a000004e6d6b4460200210116000000742fe5a301000307070707008f939f6be3ed231800011c046f2c9cc11fb6f37d\
                 010000000004595a",
                "07070707",
            ),
            (json!({"id": "lzma", "format": 2}), "5d00008000ffffffffffffffff0003e8bdffffffffe0000000", "07070707"),
            (json!({"id": "crc32"}), "2639f4cb313233343536373839", "313233343536373839"),
            // Damaged, and unknown.
            (json!({"id": "crc32"}), "2639f4cc313233343536373839", "the checksum is another"),
            (json!({"id": "delta", "dtype": "<c8"}), "00", "elements of `<c8` are not known"),
            (json!({"id": "categorize"}), "00", "the codec `categorize` is not known"),
        ];
        let bytes = |hex: &str| -> Vec<u8> {
            (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect()
        };
        for (settings, stored, meant) in cases {
            let codec = Numcodec { settings: settings.as_object().unwrap().clone() };
            match codec.restore(&bytes(stored)) {
                Ok(found) => assert_eq!(found, bytes(meant), "{settings}"),
                Err(why) => assert_eq!(why, *meant, "{settings}"),
            }
        }
    }

    /// From numpy's float16.
    #[test]
    fn floats_of_16_bits() {
        for (bits, value) in
            [(0x3e00, 1.5), (0xfbff, -65504.0), (0x0001, 2f64.powi(-24)), (0x8000, -0.0), (0x0400, 2f64.powi(-14))]
        {
            assert_eq!(half(bits), value, "{bits:x}");
        }
        assert!(half(0x7e00).is_nan() && half(0xfc00) == f64::NEG_INFINITY);
    }
}
