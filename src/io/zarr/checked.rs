//! Checksums of chunks of which a part is read: zarrs cuts them off without a look, so such a chunk is decoded whole here.

use std::any::Any;
use std::borrow::Cow;
use std::sync::{Arc, Once};
use zarrs::array::codec::api::{
    CodecRuntimePluginV2, CodecRuntimePluginV3, CodecTraitsV2, CodecTraitsV3, PartialDecoderCapability,
    PartialEncoderCapability, register_codec_v2, register_codec_v3,
};
use zarrs::array::codec::{Crc32cCodec, Fletcher32Codec};
use zarrs::array::{
    ArrayBytesRaw, BytesRepresentation, BytesToBytesCodecTraits, Codec, CodecError, CodecMetadataOptions, CodecOptions,
    CodecTraits, RecommendedConcurrency,
};
use zarrs::metadata::Configuration;
use zarrs::plugin::{ExtensionName, ZarrVersion};

/// Puts the codecs of checksums in the place of those of zarrs.
pub(super) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let (v3, v2) = (register_codec_v3, register_codec_v2);
        let crc32c = |name: &str| ["crc32c", "numcodecs.crc32c"].contains(&name);
        let fletcher32 = |name: &str| ["fletcher32", "numcodecs.fletcher32"].contains(&name);
        v3(CodecRuntimePluginV3::new(crc32c, |stated| <Crc32cCodec as CodecTraitsV3>::create(stated).map(checked)));
        v2(CodecRuntimePluginV2::new(crc32c, |stated| <Crc32cCodec as CodecTraitsV2>::create(stated).map(checked)));
        v3(CodecRuntimePluginV3::new(fletcher32, |stated| {
            <Fletcher32Codec as CodecTraitsV3>::create(stated).map(checked)
        }));
        v2(CodecRuntimePluginV2::new(fletcher32, |stated| {
            <Fletcher32Codec as CodecTraitsV2>::create(stated).map(checked)
        }));
    });
}

fn checked(codec: Codec) -> Codec {
    match codec {
        Codec::BytesToBytes(codec) => Codec::BytesToBytes(Arc::new(Checked(codec))),
        Codec::ArrayToArray(_) | Codec::ArrayToBytes(_) => codec,
    }
}

/// A codec without its way to decode a part, for which zarrs then decodes all.
#[derive(Debug)]
struct Checked(Arc<dyn BytesToBytesCodecTraits>);

impl ExtensionName for Checked {
    fn name(&self, version: ZarrVersion) -> Option<Cow<'static, str>> {
        self.0.name(version)
    }
}

impl CodecTraits for Checked {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn configuration(&self, version: ZarrVersion, options: &CodecMetadataOptions) -> Option<Configuration> {
        self.0.configuration(version, options)
    }

    fn partial_decoder_capability(&self) -> PartialDecoderCapability {
        PartialDecoderCapability { partial_read: false, partial_decode: false }
    }

    fn partial_encoder_capability(&self) -> PartialEncoderCapability {
        PartialEncoderCapability { partial_encode: false }
    }
}

impl BytesToBytesCodecTraits for Checked {
    fn into_dyn(self: Arc<Self>) -> Arc<dyn BytesToBytesCodecTraits> {
        self
    }

    fn recommended_concurrency(&self, decoded: &BytesRepresentation) -> Result<RecommendedConcurrency, CodecError> {
        self.0.recommended_concurrency(decoded)
    }

    fn encoded_representation(&self, decoded: &BytesRepresentation) -> BytesRepresentation {
        self.0.encoded_representation(decoded)
    }

    fn encode<'a>(&self, decoded: ArrayBytesRaw<'a>, options: &CodecOptions) -> Result<ArrayBytesRaw<'a>, CodecError> {
        self.0.encode(decoded, options)
    }

    fn decode<'a>(
        &self,
        encoded: ArrayBytesRaw<'a>,
        decoded: &BytesRepresentation,
        options: &CodecOptions,
    ) -> Result<ArrayBytesRaw<'a>, CodecError> {
        self.0.decode(encoded, decoded, options)
    }
}
