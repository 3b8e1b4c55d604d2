//! `rastra --version`, in full: the libraries this program runs with, and the formats there are.

use crate::io::about;

/// Columns of a line, where names are many.
const WIDTH: usize = 100;

/// What follows the line of the version: libraries, then formats by the stages and by the drivers that read and write them.
pub(super) fn page() -> String {
    let of = if cfg!(feature = "bundled") { "inside of the program" } else { "of this machine" };
    let built = std::iter::once(format!("{:<8}{of}\n", "all"));
    let libraries = about::libraries().into_iter().map(|(name, version)| format!("{name:<8}{version}\n"));
    let formats = about::formats();
    let lists = [
        ("load", formats.loads),
        ("save", formats.saves),
        ("rasters that GDAL reads (`load files`)", formats.rasters),
        ("features that GDAL reads (`zonal`, `crop polygon`, `extract`)", formats.features),
    ];
    libraries
        .chain(built)
        .chain(lists.into_iter().map(|(title, names)| format!("\n{title}:\n  {}\n", lines(&names))))
        .collect()
}

/// Names one after the other, in lines.
fn lines(names: &[String]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for name in names {
        match lines.last_mut().filter(|line| line.len() + 2 + name.len() < WIDTH) {
            Some(line) => line.push_str(&format!(", {name}")),
            None => lines.push(name.clone()),
        }
    }
    lines.join(",\n  ")
}
