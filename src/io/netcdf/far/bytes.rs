//! The bytes of a file on a server, as the reader of its format asks for them.

use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::Want;
use crate::io::gdal::object;
use crate::io::remote::address::without_secrets;
use hdf5_reader::error::{Error, Result as Read};
use hdf5_reader::{Storage, StorageBuffer};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// What describes a file lies here and there in pieces of some hundred bytes: so much around each is asked for with it.
const AROUND: u64 = 32 << 10;

/// A file that is read as far as its bytes are here, or until they are.
pub(super) struct Bytes {
    name: String,
    size: u64,
    waits: bool,
    /// Why bytes could not be had: they are under way, or whoever asked for them is told.
    lacking: Mutex<Option<Lacking>>,
}

pub(super) enum Lacking {
    Later(Want),
    /// What failed, where somebody waited for it.
    Failed(Option<Box<Diagnostic>>),
}

impl Bytes {
    /// # Errors
    /// `E0301` where there is no such object, and what its server said.
    pub(super) fn open(name: &str) -> Result<Bytes> {
        let size = object::size(name)?.ok_or_else(|| {
            Diagnostic::new(codes::NOT_FOUND, format!("there is no file `{}`", without_secrets(name)))
        })?;
        Ok(Bytes { name: name.to_string(), size, waits: true, lacking: Mutex::default() })
    }

    /// The same without waiting: the size is known once the head is here.
    pub(super) fn open_ahead(name: &str) -> Result<Bytes, Option<Want>> {
        let size = object::held_size(name)?;
        Ok(Bytes { name: name.to_string(), size, waits: false, lacking: Mutex::default() })
    }

    /// Why bytes could not be had, where they could not.
    pub(super) fn lacking(&self) -> Option<Lacking> {
        self.lacking.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn lacks(&self, why: Lacking) -> Error {
        *self.lacking.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
        Error::Io(std::io::Error::other("the bytes are not here"))
    }

    /// Asks for several ranges at a time that will be read.
    pub(super) fn want(&self, ranges: &[Range<u64>]) {
        let inside = |range: &Range<u64>| range.start.min(self.size)..range.end.min(self.size);
        object::want_parts(&self.name, &ranges.iter().map(inside).collect::<Vec<_>>());
    }
}

impl Storage for Bytes {
    fn len(&self) -> u64 {
        self.size
    }

    fn read_range(&self, offset: u64, len: usize) -> Read<StorageBuffer> {
        let range = offset..offset.saturating_add(len as u64);
        if range.end > self.size {
            let available = self.size.saturating_sub(offset);
            return Err(Error::UnexpectedEof { offset, needed: len as u64, available });
        }
        let block = offset / AROUND * AROUND..range.end.next_multiple_of(AROUND).min(self.size);
        if !self.waits {
            return object::held_part(&self.name, &range, block)
                .map(StorageBuffer::from_vec)
                .map_err(|asked| self.lacks(asked.map_or(Lacking::Failed(None), Lacking::Later)));
        }
        self.want(std::slice::from_ref(&block));
        let parts = object::parts(&self.name, std::slice::from_ref(&range));
        match parts.map(|parts| parts.and_then(|mut parts| parts.pop())) {
            Ok(Some(bytes)) => Ok(StorageBuffer::from_vec(bytes)),
            Ok(None) => Err(Error::Io(std::io::ErrorKind::NotFound.into())),
            Err(failure) => Err(self.lacks(Lacking::Failed(Some(failure)))),
        }
    }
}
