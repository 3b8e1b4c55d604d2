//! A group with the coordinates that it inherits from the groups above it.

use super::metadata::{self, Group, Node};
use super::store::Store;
use crate::diagnostic::Result;
use serde_json::Value;

/// Reads a group, its arrays and those that the groups above have for it, as xarray's trees of data sets inherit them:
/// the coordinate of a dimension, if it is as long, and what arrays name as their bounds or reference system.
pub(super) fn open(store: &Store, title: &str, group: &str) -> Result<Group> {
    let mut found = metadata::open(store, title, group)?;
    let mut above = group.trim_matches('/');
    while !above.is_empty() {
        let wanted = wanted(&found.arrays);
        if wanted.is_empty() {
            break;
        }
        above = above.rsplit_once('/').map_or("", |(parent, _)| parent);
        // A parent that cannot be read has nothing to give; what is missing is told by its name.
        let Ok(Some(parent)) = metadata::find(store, title, above) else { continue };
        let fits = |node: &Node| {
            let is_coordinate = |len: usize| node.dims() == [node.name.as_str()] && node.shape() == [len];
            wanted.iter().any(|(name, len)| *name == node.name && len.is_none_or(is_coordinate))
        };
        found.arrays.extend(parent.arrays.into_iter().filter(fits));
    }
    Ok(found)
}

/// Names of arrays that others need and that are not there: those of dimensions with their lengths, and those that
/// attributes name.
fn wanted(arrays: &[Node]) -> Vec<(String, Option<usize>)> {
    let of_dims = arrays.iter().flat_map(|node| node.dims().into_iter().zip(node.shape().into_iter().map(Some)));
    let named = arrays.iter().flat_map(|node| {
        let held =
            ["bounds", "climatology", "grid_mapping"].map(|key| node.attributes.get(key).and_then(Value::as_str));
        held.into_iter().flatten().map(|name| (name.to_string(), None))
    });
    of_dims.chain(named).filter(|(name, _)| !arrays.iter().any(|node| node.name == *name)).collect()
}
