//! Directories of TIFF files on servers, kept for the session, and the blocks that a window of one needs.

use super::super::object;
use super::super::way::{WAY, is_ours};
use super::MOST;
use super::directory::Directory;
use crate::io::remote::objects::{self, Wanted};
use crate::io::source::Want;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex};

/// Files whose directories are kept, at most.
const KEPT: usize = 1 << 14;

/// GDAL also reads the length that stands before a block of a COG, and what is repeated behind it.
const AROUND: [u64; 2] = [4, 8];

/// Those of pictures, and of overviews by their rows and columns. Nothing for a file that is no plain TIFF file, or has
/// too many blocks.
type Directories = HashMap<(String, Option<[usize; 2]>), Option<Arc<Directory>>>;

/// With the number of times that something was forgotten until then.
static KNOWN: LazyLock<Mutex<(u64, Directories)>> = LazyLock::new(Mutex::default);

/// Runs `f` with the directories that are known; none once an object was forgotten, which may have changed.
fn known<T>(f: impl FnOnce(&mut Directories) -> T) -> T {
    let mut known = KNOWN.lock().unwrap_or_else(|e| e.into_inner());
    let forgotten = objects::forgotten();
    if known.0 != forgotten || known.1.len() >= KEPT {
        *known = (forgotten, HashMap::new());
    }
    f(&mut known.1)
}

fn keep(name: &str, overview: Option<[usize; 2]>, read: Option<Directory>) -> Option<Arc<Directory>> {
    let directory = read.filter(|directory| directory.blocks.len() <= MOST).map(Arc::new);
    known(|all| all.insert((name.to_string(), overview), directory.clone()));
    directory
}

/// The directory of an object, read if it is not known.
pub(super) fn directory(name: &str) -> Option<Arc<Directory>> {
    let found = known(|all| all.get(&(name.to_string(), None)).cloned());
    found.unwrap_or_else(|| keep(name, None, Directory::read(name).ok()))
}

/// Asks for what says where the blocks of a file lie.
pub(crate) fn want_directory(name: &str) -> Want {
    arrived(name, None).err().unwrap_or(Want::All)
}

/// Asks for the blocks of a window of some bands, counted from 1, of a file, or of its overview of so many rows and
/// columns.
pub(crate) fn want(
    name: &str,
    overview: Option<[usize; 2]>,
    bands: &[usize],
    rows: &Range<usize>,
    columns: &Range<usize>,
) -> Want {
    match arrived(name, overview) {
        Ok(Some(directory)) => object::told(objects::want(name, &WAY, &directory.ranges(bands, rows, columns))),
        Ok(None) => Want::All,
        Err(answer) => answer,
    }
}

/// The directory of an object once it has arrived, nothing of what has none that can be used; until then it is asked for.
fn arrived(name: &str, overview: Option<[usize; 2]>) -> Result<Option<Arc<Directory>>, Want> {
    if !is_ours(name) {
        return Ok(None);
    }
    if let Some(found) = known(|all| all.get(&(name.to_string(), overview)).cloned()) {
        return Ok(found);
    }
    let asked = match objects::want_head(name, &WAY) {
        Wanted::Held => match Directory::held(name, overview) {
            Ok(directory) => return Ok(keep(name, overview, Some(directory))),
            Err(None) => return Ok(keep(name, overview, None)),
            // Its lists of blocks lie further on.
            Err(Some(lacking)) => objects::want(name, &WAY, &[lacking]),
        },
        other => other,
    };
    object::awaited(asked).map_or(Ok(None), Err)
}

impl Directory {
    /// Where the blocks of a window of some bands lie; those that were never written lie nowhere.
    fn ranges(&self, bands: &[usize], rows: &Range<usize>, columns: &Range<usize>) -> Vec<Range<u64>> {
        let ([bh, bw], (down, across)) = (self.block, self.across());
        let planes: Vec<usize> = match self.interleaved || self.samples == 1 {
            true => vec![0],
            false => bands.iter().map(|band| band.saturating_sub(1)).collect(),
        };
        let ys = rows.start / bh..rows.end.div_ceil(bh).min(down);
        let xs = columns.start / bw..columns.end.div_ceil(bw).min(across);
        let numbers = planes.iter().flat_map(|plane| {
            let (ys, xs) = (ys.clone(), xs.clone());
            ys.flat_map(move |y| xs.clone().map(move |x| (plane * down + y) * across + x))
        });
        let blocks = numbers.filter_map(|number| self.blocks.get(number));
        let bytes = |(offset, length): &(u64, u64)| {
            offset.saturating_sub(AROUND[0])..offset.saturating_add(*length).saturating_add(AROUND[1])
        };
        blocks.filter(|(_, length)| *length > 0).map(bytes).collect()
    }
}
