//! A short name for a long text: the same in every version of the program, unlike the standard library's.

/// FNV-1a of 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>).
pub(crate) fn of(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
