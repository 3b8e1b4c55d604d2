//! What zarrs says of a failure as a cause, which keeps what the store below it knew.

use crate::diagnostic::Cause;
use zarrs::array::{ArrayCreateError, ArrayError, CodecError};
use zarrs::storage::StorageError;

impl From<StorageError> for Cause {
    fn from(error: StorageError) -> Cause {
        Cause::from(&error)
    }
}

impl From<&StorageError> for Cause {
    fn from(error: &StorageError) -> Cause {
        if let StorageError::IOError(below) = error {
            return Cause::from(&**below);
        }
        error.to_string().into()
    }
}

impl From<ArrayError> for Cause {
    fn from(error: ArrayError) -> Cause {
        if let ArrayError::StorageError(below) | ArrayError::CodecError(CodecError::StorageError(below)) = &error {
            return Cause::from(below);
        }
        error.to_string().into()
    }
}

impl From<ArrayCreateError> for Cause {
    fn from(error: ArrayCreateError) -> Cause {
        if let ArrayCreateError::StorageError(below) = &error {
            return Cause::from(below);
        }
        error.to_string().into()
    }
}
