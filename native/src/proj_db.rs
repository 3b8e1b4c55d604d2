//! PROJ's database of reference systems, which lies compressed in the program: at its full size it would be a seventh of it.

use std::ffi::c_uint;
use std::sync::LazyLock;

/// Unpacked when the first reference system is asked for, in some milliseconds.
static DATABASE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let compressed = include_bytes!(concat!(env!("OUT_DIR"), "/proj.db.lz4"));
    lz4_flex::decompress_size_prepended(compressed).expect("what the build has compressed")
});

/// What PROJ calls for its database; see `build/proj.rs`.
///
/// # Safety
/// `size` is a place for a number.
#[unsafe(no_mangle)]
unsafe extern "C" fn pj_get_embedded_proj_db(size: *mut c_uint) -> *const u8 {
    let database: &'static [u8] = &DATABASE;
    // SAFETY: as above.
    unsafe { *size = database.len() as c_uint };
    database.as_ptr()
}
