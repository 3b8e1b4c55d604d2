//! Chunks decoded straight into the memory of pixels.

use super::file::serial;
use super::store::Store;
use crate::cube::chunk::PixelType;
use crate::diagnostic::Cause;
use unsafe_cell_slice::UnsafeCellSlice;
use zarrs::array::{
    Array, ArrayBytesDecodeIntoTarget, ArrayBytesFixedDisjointView, ArrayError, ArraySubset, ElementOwned,
};

/// The elements of a subset, in the array's order. zarrs' own call of this kind decodes into bytes and copies them.
///
/// # Errors
/// What zarrs or the store said.
pub(super) fn read<S: PixelType + ElementOwned>(array: &Array<Store>, subset: &ArraySubset) -> Result<Vec<S>, Cause> {
    // zarrs checks that the array's type is the one asked for only where it makes the elements itself.
    if array.data_type().fixed_size() != Some(size_of::<S>()) {
        return Err(format!("its elements are {:?}, not {}", array.data_type(), S::DTYPE).into());
    }
    let mut values = vec![S::default(); subset.num_elements_usize()];
    let len = size_of_val(values.as_slice());
    // SAFETY: the pixel types are integers and floats without padding, for which every pattern of bytes is a value; the
    // slice covers the vector and is the only access to it while it lives.
    let bytes = unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast::<u8>(), len) };
    let whole = ArraySubset::new_with_shape(subset.shape().to_vec());
    let shape = subset.shape().to_vec();
    // SAFETY: there is one view, of all of the bytes.
    let view = unsafe { ArrayBytesFixedDisjointView::new(UnsafeCellSlice::new(bytes), size_of::<S>(), &shape, whole) };
    let mut view = view.map_err(ArrayError::from)?;
    let target = ArrayBytesDecodeIntoTarget::Fixed(&mut view);
    array.retrieve_array_subset_into_opt(subset, target, &serial())?;
    Ok(values)
}
