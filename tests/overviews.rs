//! Overviews of files in the place of their pixels, where a target is coarse: compared with gdalwarp.

use super::support::{plain, printed, session_in};
use gdal::Dataset;
use std::path::Path;
use std::process::Command;

const TARGET: &str = "bounds 3.02 44.97 3.2 45.1";

fn pixels(path: &Path) -> Vec<f64> {
    let band = Dataset::open(path).expect("it is there").rasterband(1).expect("a band").read_band_as::<f64>();
    band.expect("pixels").data().to_vec()
}

/// A cloud-optimized file of 2501 rows and columns, with overviews of 1250, 625, 312, 156 and 78.
fn made(folder: &Path) {
    let save = "save cog \"in.tif\" blocksize 128 overview_resampling average";
    printed(folder, &format!("ramp 1 2501 | map v = (v % 977) * 1.0 | {save}"));
}

/// The overview that is no coarser than the target is resampled as gdalwarp does it, and that is told.
#[test]
fn as_gdalwarp_resamples_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    made(folder);
    // Pixels of 0.001 degrees of longitude are 79 m, of 0.0005 39 m, and of 0.0003 24 m. GDAL counts overviews from 0.
    for (res, factor, level) in [("0.0011", 8, "2"), ("0.00055", 4, "1"), ("0.0003", 2, "0")] {
        for (method, theirs) in [("nearest", "near"), ("bilinear", "bilinear"), ("average", "average")] {
            let load = format!("load files \"in.tif\" | reproject EPSG:4326 {TARGET} res {res} method {method}");
            let told = printed(folder, &format!("{load} overviews | save tif \"ours.tif\" overwrite"));
            assert!(told.contains(&format!("at 1/{factor} of their pixels")), "{res}: {told}");
            let bounds = TARGET.split(' ').skip(1);
            let status = Command::new("gdalwarp")
                .args(["-q", "-overwrite", "-et", "0", "-t_srs", "EPSG:4326", "-r", theirs, "-ovr", level, "-te"])
                .args(bounds)
                .args(["-tr", res, res])
                .args([folder.join("in.tif"), folder.join("theirs.tif")])
                .status();
            assert!(status.expect("gdalwarp runs").success());
            let (a, b) = (pixels(&folder.join("ours.tif")), pixels(&folder.join("theirs.tif")));
            // Sums of weights in another order, of numbers below 977 in 32 bits.
            let missing = |v: f64| v.is_nan() || v == 0.0;
            let near = |(a, b): (&f64, &f64)| (a - b).abs() < 2e-3 || missing(*a) && missing(*b);
            let off = a.iter().zip(&b).filter(|pair| !near(*pair)).count();
            assert!(a.len() == b.len() && off == 0, "{res} {method}: {off} of {} differ", a.len());
        }
    }
}

/// Who does not ask for overviews is told of them, and of what cannot be read by them when asking.
#[test]
fn what_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    made(folder);
    let coarse = format!("reproject EPSG:4326 {TARGET} res 0.001");
    for (program, note) in [
        (format!("load files \"in.tif\" | {coarse}"), Some("`overviews` takes the overviews of the files instead")),
        (format!("load files \"in.tif\" | {coarse} overviews"), Some("at 1/4 of their pixels")),
        (format!("load files \"in.tif\" | map v = v + 1 | {coarse} overviews"), Some("resampled from all pixels")),
        (format!("load files \"in.tif\" | reproject EPSG:4326 {TARGET} res 0.0002"), None),
        (format!("let to = ramp 1 10 | {coarse}\nload files \"in.tif\" | align $to overviews"), Some("at 1/4 of")),
    ] {
        let plan = session_in(folder, &plain()).plan(&program).expect(&program);
        let notes = plan.schema().notes.join("\n");
        assert!(note.map_or(!notes.contains("overview"), |note| notes.contains(note)), "{program}: {notes}");
    }
}
