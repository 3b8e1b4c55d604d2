//! More machines than one: who computes tasks there, how work goes to them and comes back.
//!
//! A run is planned and put together here, by the code that does it for runs on this machine. What travels is a
//! [`Work`](crate::exec::Work), the numbers of its tasks, and what was made of their chunks.

mod dask;
mod frames;
mod groups;
mod here;
#[cfg_attr(not(feature = "cli"), allow(dead_code))]
pub(crate) mod job;
#[cfg_attr(not(feature = "cli"), allow(dead_code))]
pub(crate) mod serve;

#[cfg(feature = "cli")]
pub(crate) use here::version;

use crate::diagnostic::Result;
use crate::exec::{Executor, Limits};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};

/// What `set executor` and `--on` take, in words.
#[cfg_attr(not(feature = "cli"), allow(dead_code))]
pub(crate) const ADDRESSES: &str = "`dask`, or the address of a scheduler: `dask://scheduler:8786`";

/// Whether a text names who may compute: `dask` is a cluster of this machine, `dask://host:port` one that is there.
pub(crate) fn is_address(text: &str) -> bool {
    text == "dask" || text.strip_prefix("dask://").is_some_and(|rest| !rest.is_empty())
}

/// The Python that `dask` starts, and whether the environment names it.
#[cfg(feature = "cli")]
pub(crate) fn python() -> (String, bool) {
    dask::python()
}

/// Clusters to which a session of this process is connected, by their addresses.
static CONNECTED: Mutex<BTreeMap<String, Weak<dask::Cluster>>> = Mutex::new(BTreeMap::new());

/// Connects to whoever computes. Sessions of one process share a connection, over which their runs go one after another.
///
/// # Errors
/// `E0405` where there is nobody, or where a worker has another version of Rastra.
pub(crate) fn connect(address: &str, own: &Limits) -> Result<Arc<dyn Executor>> {
    let mut connected = CONNECTED.lock().unwrap_or_else(|e| e.into_inner());
    if let Some(cluster) = connected.get(address).and_then(Weak::upgrade).filter(|cluster| cluster.is_alive()) {
        return Ok(cluster);
    }
    let cluster = Arc::new(dask::Cluster::connect(address, own)?);
    connected.insert(address.into(), Arc::downgrade(&cluster));
    Ok(cluster)
}
