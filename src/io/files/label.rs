//! What the bands of a cube of files are called.

use super::Item;
use crate::io::gdal::read::Header;
use std::collections::HashSet;

/// Words an expression reads as something else than a band.
const RESERVED: [&str; 9] = ["and", "or", "not", "in", "case", "else", "nodata", "true", "false"];

/// Names in the order of `header.bands`: clean descriptions, else `b1 b2 ..`. A single band without a description has the
/// longest word all file names share, else the name of their folder.
pub fn band_names(header: &Header, items: &[Item]) -> Vec<String> {
    let described: Vec<Option<&str>> = header.bands.iter().map(|b| word(&b.description)).collect();
    if let [only] = described.as_slice() {
        return vec![only.map(str::to_string).unwrap_or_else(|| cube_name(items))];
    }
    let mut seen = HashSet::new();
    let twice: HashSet<&str> = described.iter().flatten().copied().filter(|name| !seen.insert(*name)).collect();
    described
        .iter()
        .enumerate()
        .map(|(i, name)| match name.filter(|name| !twice.contains(name)) {
            Some(name) => name.to_string(),
            None => format!("b{}", i + 1),
        })
        .collect()
}

/// The word for a cube of one band: `precip` for `0_precip_2009.01.01.tif`, `10_precip_2009.01.11.tif`; `ndvi` for
/// `ndvi/202001.tif`; `b1` where nothing speaks.
pub fn cube_name(items: &[Item]) -> String {
    let mut stems = items.iter().map(Item::stem);
    let mut common: Vec<&str> = stems.next().map(tokens).unwrap_or_default();
    for stem in stems {
        let theirs: HashSet<&str> = tokens(stem).into_iter().collect();
        common.retain(|t| theirs.contains(t));
    }
    let letters = |t: &&&str| t.bytes().all(|b| b.is_ascii_alphabetic());
    // The first of the longest: `max_by_key` would take the last.
    let longest = |found: Vec<&&str>| found.into_iter().rev().max_by_key(|t| t.len()).map(|t| t.to_lowercase());
    let pure = longest(common.iter().filter(letters).collect());
    pure.or_else(|| longest(common.iter().collect()))
        .filter(|name| !RESERVED.contains(&name.as_str()))
        .or_else(|| items.first().and_then(folder_name))
        .unwrap_or_else(|| "b1".into())
}

/// A description that can stand in an expression as it is.
pub fn word(text: &str) -> Option<&str> {
    let text = text.trim();
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b));
    (starts && plain && !RESERVED.contains(&text)).then_some(text)
}

/// Pieces of a name that may name a quantity: words, and words with a digit or two as `t2m` and `B4`, but no dates.
fn tokens(stem: &str) -> Vec<&str> {
    stem.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|t| t.len() > 1 && t.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_month(t))
        .filter(|t| !t.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 2))
        .collect()
}

fn is_month(token: &str) -> bool {
    let token = token.to_ascii_lowercase();
    crate::cube::time::format::MONTH_NAMES.iter().any(|month| {
        let month = month.to_ascii_lowercase();
        token == month || token == month[..3]
    })
}

/// The folder, or archive, the first file lies in.
fn folder_name(item: &Item) -> Option<String> {
    let (folder, _) = item.path.trim_end_matches('/').rsplit_once('/')?;
    let last = folder.trim_end_matches('}').rsplit('/').next()?;
    let stem = Item { path: String::new(), name: last.to_string() };
    let name = stem.stem().to_lowercase();
    word(&name).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_names() {
        let cases: [(&[&str], &str); 13] = [
            (&["p/0_precip_2009.01.01.tif", "p/10_precip_2009.01.11.tif"], "precip"),
            (&["p/MSWEP_1979.01.01.tif", "p/MSWEP_1979.01.02.tif"], "mswep"),
            (&["p/0_MSWEP_1979.01.01.tif.asc"], "mswep"),
            (&["p/0_Evaporation_ECMWF_ERA-Interim_mm_daily_2009.01.01.tif"], "evaporation"),
            (&["ndvi/202001.tif", "ndvi/202002.tif"], "ndvi"),
            (&["p/rain_jan.tif", "p/rain_february.tif"], "rain"),
            (&["p/2020_january.tif"], "p"),
            (&["/x/dem.tif"], "dem"),
            (&["p/t2m_2020.tif", "p/t2m_2021.tif"], "t2m"),
            (&["p/LC80030172015001LGN00_B4.tiff"], "b4"),
            (&["/vsizip/{/x/Rain fall.zip}/1.asc", "/vsizip/{/x/Rain fall.zip}/2.asc"], "b1"),
            (&["/vsizip/{/x/rain.zip}/1.asc", "/vsizip/{/x/rain.zip}/2.asc"], "rain"),
            (&["p/not_1.tif", "p/not_2.tif"], "p"),
        ];
        for (paths, name) in cases {
            let items: Vec<Item> = paths.iter().map(|p| Item::file(p.to_string())).collect();
            assert_eq!(cube_name(&items), name, "{paths:?}");
        }
    }

    #[test]
    fn clean_words() {
        for text in ["B02", "X2000.02.18", "Gamma0_VV", "eo:cloud", " blue "] {
            assert_eq!(word(text), Some(text.trim()));
        }
        for text in ["", "Band 1", "2t", "0[-] SFC (Ground)", "nodata"] {
            assert_eq!(word(text), None, "{text}");
        }
    }
}
