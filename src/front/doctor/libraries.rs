//! The libraries below, GDAL's drivers, and PROJ's database and grids.

use super::finding::Finding;
use crate::diagnostic::list_some;
use crate::geometry::{crs, systems};
use crate::io::about;
use std::path::{Path, PathBuf};

/// Drivers without which stages fail that need nothing unusual: `load files`, `save tif`, `save cog`, masks, features.
const NEEDED: [&str; 8] = ["GTiff", "COG", "VRT", "MEM", "GeoJSON", "CSV", "ESRI Shapefile", "GPKG"];

pub(super) fn look() -> Vec<Finding> {
    let libraries: Vec<String> = about::libraries().iter().map(|(name, version)| format!("{name} {version}")).collect();
    let own = Finding::ok("rastra", format!("{} with {}", env!("CARGO_PKG_VERSION"), libraries.join(", ")));
    [vec![own], drivers(), vec![database(), grids()]].concat()
}

fn drivers() -> Vec<Finding> {
    let lacking: Vec<&str> = NEEDED.into_iter().filter(|name| !about::has_driver(name)).collect();
    let what = "GDAL's drivers";
    let needed = match lacking[..] {
        [] => Finding::ok(what, "all that stages need are there"),
        _ => Finding::fails(what, format!("there is no {}", list_some(lacking, NEEDED.len())))
            .cure("use a GDAL that has them; `GDAL_SKIP` and `GDAL_DRIVER_PATH` may have taken them away"),
    };
    let unread: Vec<&str> = about::unread_formats().collect();
    match unread[..] {
        [] => vec![needed],
        _ => {
            let says = format!("for these it has none: {}", list_some(unread, 30));
            vec![needed, Finding::note(what, says).cure("files of these formats are converted where GDAL has one")]
        }
    }
}

/// The file of PROJ's registry.
const DATABASE: &str = "proj.db";

fn database() -> Finding {
    let (folders, _) = systems::folders();
    let file = folders.iter().map(|folder| folder.join(DATABASE)).find(|path| path.is_file());
    let what = "PROJ's database";
    match crs::parse("EPSG:3035") {
        Ok(_) => Finding::ok(what, file.map_or("within this program".into(), |path| path.display().to_string())),
        Err(e) => {
            let looked = list_some(folders.iter().filter_map(|folder| folder.to_str()), 5);
            let cause = e.cause_text().map(|cause| format!(" ({cause})")).unwrap_or_default();
            let said = match file {
                Some(path) => format!("{} cannot be used{cause}; it may be of another version of PROJ", path.display()),
                None => format!("there is none in {looked}{cause}"),
            };
            Finding::fails(what, said).cure(format!("set PROJ_DATA to the folder of the `{DATABASE}` of this PROJ"))
        }
    }
}

/// Grids move places between datums to the decimeter; without them PROJ takes a way that is some meters off.
fn grids() -> Finding {
    let (folders, asks) = systems::folders();
    let count: usize = folders.iter().map(|folder| grids_in(folder)).sum();
    let what = "PROJ's grids";
    match (count, asks) {
        (_, true) => Finding::ok(what, "fetched when they are needed, from PROJ's server"),
        (0, false) => Finding::note(what, "none: old datums (NAD27, OSGB36, ED50) are some meters off")
            .cure("install PROJ's grids (`projsync --all`, or the package `proj-data`), or set PROJ_NETWORK=ON"),
        (count, false) => Finding::ok(what, format!("{count} files")),
    }
}

fn grids_in(folder: &Path) -> usize {
    let is_grid = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| ["tif", "gsb", "gtx", "lla"].contains(&extension))
    };
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).filter(is_grid).count()
}
