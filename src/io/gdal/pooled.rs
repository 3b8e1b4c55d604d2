//! The file system through which GDAL reads objects by the requests of this program: `/vsipool/vsicurl/https://..`.

use super::way::WAY;
use crate::diagnostic::{Diagnostic, ServerFault};
use crate::io::remote::{objects, refusal};
use crate::plan::Signer;
use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ops::Range;
use std::sync::Once;

/// An open object.
struct File {
    name: String,
    size: u64,
    at: u64,
    is_over: bool,
}

/// Makes the file system known to GDAL, once a process.
pub(crate) fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the struct is GDAL's own, zeroed, and copied by the call, which keeps the prefix as it is; every function
        // does what GDAL asks of its kind, and none unwinds.
        unsafe {
            let callbacks = gdal_sys::VSIAllocFilesystemPluginCallbacksStruct();
            let Some(table) = callbacks.as_mut() else { return };
            table.stat = Some(stat);
            table.open = Some(open);
            table.tell = Some(tell);
            table.seek = Some(seek);
            table.read = Some(read);
            table.read_multi_range = Some(read_ranges);
            table.eof = Some(eof);
            table.close = Some(close);
            gdal_sys::VSIInstallPluginHandler(c"/vsipool/".as_ptr(), callbacks);
            gdal_sys::VSIFreeFilesystemPluginCallbacksStruct(callbacks);
        }
    });
}

/// What follows the prefix, as the name of an object.
///
/// # Safety
/// `name` ends in NUL and lives for the call.
unsafe fn object(name: *const c_char) -> String {
    // SAFETY: by the contract.
    format!("/{}", unsafe { CStr::from_ptr(name) }.to_string_lossy())
}

thread_local! {
    /// What failed last, with all that is known of it; GDAL carries no more than words.
    static FAILURE: RefCell<Option<Box<Diagnostic>>> = const { RefCell::new(None) };
}

/// What failed last on this thread, since it was last asked.
pub(super) fn take_failure() -> Option<Box<Diagnostic>> {
    FAILURE.with(|own| own.borrow_mut().take())
}

/// Leaves the reason of a failure where the reader of GDAL's messages finds it.
fn tell_gdal(failure: Box<Diagnostic>) {
    let cause = failure.below();
    let text = match failure.server_fault() {
        Some(ServerFault::Status(status)) => format!("HTTP response code: {status} ({})", cause.text),
        Some(ServerFault::Dropped) => format!("CURL error: {}", cause.text),
        Some(ServerFault::NoCredentials) | None => cause.text,
    };
    FAILURE.with(|own| {
        own.borrow_mut().get_or_insert(failure);
    });
    let text = CString::new(text.replace('\0', " ")).unwrap_or_default();
    // SAFETY: both strings end in NUL and live for the call, and the format takes one string.
    unsafe {
        gdal_sys::CPLError(gdal_sys::CPLErr::CE_Failure, 1, c"%s".as_ptr(), text.as_ptr());
    }
}

fn size(name: &str) -> Option<u64> {
    let failure = match objects::size(name, &WAY) {
        Ok(Some(size)) => return Some(size),
        Ok(None) => refusal::told(ServerFault::Status(404), name, "HTTP 404 Not Found", Signer::None),
        Err(failure) => failure,
    };
    tell_gdal(failure);
    None
}

fn bytes(name: &str, range: Range<u64>) -> Option<Vec<u8>> {
    match objects::read(name, &WAY, range) {
        Ok(bytes) => bytes,
        Err(failure) => {
            tell_gdal(failure);
            None
        }
    }
}

unsafe extern "C" fn stat(_: *mut c_void, name: *const c_char, out: *mut gdal_sys::VSIStatBufL, _: c_int) -> c_int {
    // SAFETY: GDAL passes a name that ends in NUL, and a zeroed buffer that is the system's, of which the bindings do not
    // know the fields.
    let (name, out) = unsafe { (object(name), out.cast::<libc::stat64>().as_mut()) };
    match (size(&name), out) {
        (Some(size), Some(out)) => {
            out.st_size = i64::try_from(size).unwrap_or(i64::MAX);
            out.st_mode = libc::S_IFREG;
            0
        }
        _ => -1,
    }
}

unsafe extern "C" fn open(_: *mut c_void, name: *const c_char, access: *const c_char) -> *mut c_void {
    // SAFETY: GDAL passes strings that end in NUL.
    let (name, access) = unsafe { (object(name), CStr::from_ptr(access)) };
    if access.to_bytes().iter().any(|letter| b"wa+".contains(letter)) {
        return std::ptr::null_mut();
    }
    match size(&name) {
        Some(size) => Box::into_raw(Box::new(File { name, size, at: 0, is_over: false })).cast(),
        None => std::ptr::null_mut(),
    }
}

/// # Safety
/// `file` came from `open`, is not closed, and is used by one thread at a time.
unsafe fn file<'a>(file: *mut c_void) -> &'a mut File {
    // SAFETY: by the contract.
    unsafe { &mut *file.cast::<File>() }
}

unsafe extern "C" fn tell(handle: *mut c_void) -> u64 {
    // SAFETY: GDAL passes an open handle.
    unsafe { file(handle) }.at
}

unsafe extern "C" fn seek(handle: *mut c_void, offset: u64, whence: c_int) -> c_int {
    // SAFETY: GDAL passes an open handle.
    let file = unsafe { file(handle) };
    file.at = match whence {
        libc::SEEK_SET => offset,
        libc::SEEK_CUR => file.at.wrapping_add(offset),
        libc::SEEK_END => file.size.wrapping_add(offset),
        _ => return -1,
    };
    file.is_over = false;
    0
}

unsafe extern "C" fn read(handle: *mut c_void, out: *mut c_void, size: usize, count: usize) -> usize {
    // SAFETY: GDAL passes an open handle.
    let file = unsafe { file(handle) };
    let wanted = size.saturating_mul(count) as u64;
    let end = file.at.saturating_add(wanted).min(file.size);
    file.is_over = file.at.saturating_add(wanted) > file.size;
    if wanted == 0 || end <= file.at {
        return 0;
    }
    let Some(got) = bytes(&file.name, file.at..end) else { return 0 };
    // SAFETY: the buffer has room for `size * count` bytes, and no more than that were asked for.
    unsafe {
        std::ptr::copy_nonoverlapping(got.as_ptr(), out.cast::<u8>(), got.len());
    }
    file.at += got.len() as u64;
    got.len() / size
}

unsafe extern "C" fn read_ranges(
    handle: *mut c_void,
    count: c_int,
    out: *mut *mut c_void,
    offsets: *const u64,
    sizes: *const usize,
) -> c_int {
    // SAFETY: GDAL passes an open handle, and arrays of `count` entries.
    let (file, starts, sizes, buffers) = unsafe {
        let count = usize::try_from(count).unwrap_or_default();
        (
            file(handle),
            std::slice::from_raw_parts(offsets, count),
            std::slice::from_raw_parts(sizes, count),
            std::slice::from_raw_parts(out, count),
        )
    };
    let ranges: Vec<Range<u64>> =
        starts.iter().zip(sizes).map(|(start, size)| *start..start.saturating_add(*size as u64)).collect();
    objects::want(&file.name, &WAY, &ranges);
    for (range, buffer) in ranges.into_iter().zip(buffers) {
        let wanted = range.end - range.start;
        let Some(got) = bytes(&file.name, range).filter(|got| got.len() as u64 == wanted) else { return -1 };
        // SAFETY: each buffer has room for the bytes of its range.
        unsafe {
            std::ptr::copy_nonoverlapping(got.as_ptr(), buffer.cast::<u8>(), got.len());
        }
    }
    0
}

unsafe extern "C" fn eof(handle: *mut c_void) -> c_int {
    // SAFETY: GDAL passes an open handle.
    c_int::from(unsafe { file(handle) }.is_over)
}

unsafe extern "C" fn close(handle: *mut c_void) -> c_int {
    // SAFETY: the handle came from `open`, and GDAL closes it once.
    drop(unsafe { Box::from_raw(handle.cast::<File>()) });
    0
}
