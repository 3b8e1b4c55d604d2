//! Rasters inside a raster file: the directories of a TIFF, the arrays of an HDF4, the tables of a GeoPackage.

use crate::diagnostic::{self, Diagnostic, codes};
use gdal::{Dataset, Metadata};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Subdataset {
    /// What users call it.
    pub label: String,
    /// What GDAL opens.
    pub name: String,
    /// GDAL's line on it.
    pub about: String,
}

/// The rasters inside a dataset.
pub(crate) fn list(dataset: &Dataset) -> Vec<Subdataset> {
    let items = dataset.metadata_domain("SUBDATASETS").unwrap_or_default();
    let value = |key: &str| items.iter().find_map(|item| item.strip_prefix(key)?.strip_prefix('=')).map(str::to_string);
    let mut found: Vec<Subdataset> = (1..)
        .map_while(|number| {
            let name = value(&format!("SUBDATASET_{number}_NAME"))?;
            let about = value(&format!("SUBDATASET_{number}_DESC")).unwrap_or_default();
            Some(Subdataset { label: label(&name, &about), name, about })
        })
        .collect();
    // A name that two have is of no use.
    let labels: Vec<String> = found.iter().map(|s| s.label.clone()).collect();
    for (at, subdataset) in found.iter_mut().enumerate() {
        if labels.iter().filter(|label| **label == subdataset.label).count() > 1 {
            subdataset.label = (at + 1).to_string();
        }
    }
    found
}

fn label(name: &str, about: &str) -> String {
    if let Some(rest) = name.strip_prefix("GTIFF_DIR:") {
        return rest.split(':').next().unwrap_or(rest).to_string();
    }
    let last = name.rsplit(':').next().unwrap_or(name).trim_matches(['"', '/']);
    // A number says nothing to people; GDAL's line does: `[10x20] temperature (32-bit floating-point)`.
    let word = about.split_once("] ").and_then(|(_, rest)| rest.split(" (").next()).map(str::trim);
    match word.filter(|word| !word.is_empty() && last.bytes().all(|b| b.is_ascii_digit())) {
        Some(word) => word.to_string(),
        None => last.to_string(),
    }
}

/// The one that a user means: by its label, by the end of its name, or by its number.
pub(crate) fn find<'a>(all: &'a [Subdataset], wanted: &str) -> Option<&'a Subdataset> {
    let by = |same: &dyn Fn(&Subdataset) -> bool| all.iter().find(|s| same(s));
    by(&|s| s.label == wanted || s.name == wanted)
        .or_else(|| by(&|s| s.label.eq_ignore_ascii_case(wanted)))
        .or_else(|| by(&|s| s.name.rsplit([':', '/']).next().is_some_and(|last| last.trim_matches('"') == wanted)))
        .or_else(|| all.get(wanted.parse::<usize>().ok()?.checked_sub(1)?))
}

/// What `name` holds, and the line to type.
pub(crate) fn choose(name: &str, all: &[Subdataset]) -> Box<Diagnostic> {
    let told = Diagnostic::new(codes::CHOOSE_DIMENSION, format!("`{name}` holds {} rasters", all.len()));
    let Some(first) = all.first() else { return told };
    listed(told, all).help(format!("choose one: `load files \"{name}\" subdataset \"{}\"`", first.label))
}

/// None of the rasters inside `name` is called `wanted`.
pub(crate) fn unknown(name: &str, wanted: &str, all: &[Subdataset]) -> Box<Diagnostic> {
    let labels = || all.iter().map(|s| s.label.as_str());
    let message = match all.is_empty() {
        true => format!("`{name}` holds no further rasters; leave out `subdataset`"),
        false => format!("`{name}` holds no raster `{wanted}`"),
    };
    let told = Diagnostic::new(codes::UNKNOWN_ARRAY, message).help_if(diagnostic::did_you_mean(wanted, labels()));
    listed(told, all)
}

fn listed(told: Box<Diagnostic>, all: &[Subdataset]) -> Box<Diagnostic> {
    const SHOWN: usize = 20;
    let told = all.iter().take(SHOWN).fold(told, |told, s| told.help(format!("`{}`: {}", s.label, s.about)));
    if all.len() > SHOWN { told.help(format!("and {} more", all.len() - SHOWN)) } else { told }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_choices() {
        let of = |(name, about): (&str, &str)| Subdataset {
            label: label(name, about),
            name: name.into(),
            about: about.into(),
        };
        let all: Vec<Subdataset> = [
            ("GTIFF_DIR:2:/d/a.tif", "Page 2 (4P x 3L x 1B)"),
            ("HDF4_SDS:UNKNOWN:\"/d/a.hdf\":0", "[10x20] temperature (32-bit floating-point)"),
            ("HDF4_EOS:EOS_GRID:\"/d/a.hdf\":MOD_Grid:1 km NDVI", "[1200x1200] 1 km NDVI MOD_Grid (16-bit integer)"),
            ("GPKG:/d/a.gpkg:part_1", "part_1 - part_1"),
        ]
        .map(of)
        .into();
        assert_eq!(
            all.iter().map(|s| s.label.as_str()).collect::<Vec<_>>(),
            ["2", "temperature", "1 km NDVI", "part_1"]
        );
        let found = |wanted: &str| find(&all, wanted).map(|s| s.label.as_str());
        assert_eq!(found("PART_1"), Some("part_1"));
        assert_eq!(found("0"), Some("temperature"));
        assert_eq!(found("3"), Some("1 km NDVI"));
        assert_eq!(found("GTIFF_DIR:2:/d/a.tif"), Some("2"));
        assert_eq!(found("5"), None);
    }
}
