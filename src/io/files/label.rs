//! What the bands of a cube of files are called.

use crate::io::gdal::read::Header;
use crate::io::raster::Item;
use std::collections::HashSet;

/// Words an expression reads as something else than a band.
const RESERVED: [&str; 9] = ["and", "or", "not", "in", "case", "else", "nodata", "true", "false"];

/// Names in the order of `header.bands`: clean descriptions, else `b1 b2 ..`. A single band without a description has the
/// word all file names share, else the name of their folder.
pub(crate) fn band_names(header: &Header, items: &[Item]) -> Vec<String> {
    let described: Vec<Option<String>> = header
        .bands
        .iter()
        .map(|b| {
            word(&b.description)
                .map(str::to_string)
                .or_else(|| Some(word(&b.message.as_ref()?.element)?.to_lowercase()))
        })
        .collect();
    if let [only] = described.as_slice() {
        return vec![only.clone().unwrap_or_else(|| cube_name(items))];
    }
    let mut seen = HashSet::new();
    let twice: HashSet<&String> = described.iter().flatten().filter(|name| !seen.insert(*name)).collect();
    described
        .iter()
        .enumerate()
        .map(|(i, name)| match name.as_ref().filter(|name| !twice.contains(name)) {
            Some(name) => name.clone(),
            None => format!("b{}", i + 1),
        })
        .collect()
}

/// The word for a cube of one band: `precip` for `0_precip_2009.01.01.tif`, `10_precip_2009.01.11.tif`; `ndvi` for
/// `ndvi/202001.tif`; `b1` where nothing speaks.
///
/// A band of a satellite that all names give, `B4` or `B8A`, is the name. Else names begin with what they hold more often
/// than not: the first word of three letters or more that all share is taken, then the first that is shorter, then the
/// letters a shared piece begins with.
pub(crate) fn cube_name(items: &[Item]) -> String {
    let stems: Vec<&str> = items.iter().map(Item::stem).collect();
    common_word(&stems).or_else(|| folder_name(items)).unwrap_or_else(|| "b1".into())
}

/// The word that all of these have, which a quantity may be called.
fn common_word(stems: &[&str]) -> Option<String> {
    let mut stems = stems.iter();
    let mut common: Vec<&str> = stems.next().map(|stem| pieces(stem).collect()).unwrap_or_default();
    for stem in stems {
        let theirs: HashSet<&str> = pieces(stem).collect();
        common.retain(|piece| theirs.contains(piece));
    }
    let letters = |piece: &str| piece.bytes().filter(u8::is_ascii_alphabetic).count();
    let words: Vec<&str> = common.iter().copied().filter(|piece| !has_number(piece)).collect();
    let start = |piece: &&str| piece[..piece.bytes().take_while(u8::is_ascii_alphabetic).count()].to_string();
    let band = words.iter().rfind(|piece| is_band(piece));
    let long =
        band.or_else(|| words.iter().find(|piece| letters(piece) > 2)).or(words.first()).map(|piece| piece.to_string());
    long.or_else(|| common.iter().map(start).find(|start| start.len() > 2))
        .map(|name| name.to_lowercase())
        .filter(|name| !RESERVED.contains(&name.as_str()))
}

/// What tells names of one time apart, if it can be what bands are called: `B04` and `B08` of `T32TPS_20200623_B04_10m`,
/// `tmin` and `tmax` of `tmin_2020-01-01`. `None` if nothing but letters and digits with a date, a time or a number in them
/// does.
pub(crate) fn apart(stems: &[&str]) -> Option<Vec<String>> {
    let tokens = |stem: &&'_ str| -> Vec<String> {
        stem.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_lowercase).collect()
    };
    let mut rest: Vec<Vec<String>> = stems.iter().map(tokens).collect();
    let same = |rest: &[Vec<String>], of: fn(&[String]) -> Option<&String>| {
        let first = rest.first().and_then(|tokens| of(tokens));
        first.is_some() && rest.iter().all(|tokens| of(tokens) == first)
    };
    while same(&rest, |tokens| tokens.first()) {
        rest.iter_mut().for_each(|tokens| drop(tokens.remove(0)));
    }
    while same(&rest, |tokens| tokens.last()) {
        rest.iter_mut().for_each(|tokens| drop(tokens.pop()));
    }
    // `B04_10m` beside `B11_20m`: sizes of pixels are no names.
    let size = |token: &String| {
        token.strip_suffix('m').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    rest.iter_mut().for_each(|tokens| tokens.retain(|token| !size(token)));
    let labels: Vec<String> = rest.iter().map(|tokens| tokens.join("_")).collect();
    let clock = |token: &String| token.starts_with(['t', 'h']) && token[1..].starts_with(|c: char| c.is_ascii_digit());
    let named = rest.iter().all(|tokens| {
        let plain = |token: &String| token.starts_with(|c: char| c.is_ascii_alphabetic()) && !has_number(token);
        !tokens.is_empty() && tokens.iter().all(|token| plain(token) && !is_month(token) && !clock(token))
    });
    let distinct = labels.iter().collect::<HashSet<_>>().len() == labels.len();
    (named && distinct && labels.iter().all(|label| word(label).is_some())).then_some(labels)
}

/// A description that can stand in an expression as it is.
pub(crate) fn word(text: &str) -> Option<&str> {
    let text = text.trim();
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b));
    (starts && plain && !RESERVED.contains(&text)).then_some(text)
}

/// Pieces of a name that may name a quantity: at least two characters from a letter on, and no month.
fn pieces(stem: &str) -> impl Iterator<Item = &str> {
    stem.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|p| p.len() > 1 && p.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_month(p))
}

/// Three digits in a row are a date, an orbit or a tile; `t2m`, `B04` and `DEM5km` are names.
fn has_number(piece: &str) -> bool {
    piece.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 2)
}

/// `B4`, `B04`, `B8A`: how Landsat and Sentinel-2 count their bands.
pub(crate) fn is_band(piece: &str) -> bool {
    let number = piece.strip_prefix(['B', 'b']).map(|rest| rest.strip_suffix(['A', 'a']).unwrap_or(rest));
    number.is_some_and(|n| (1..=2).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
}

fn is_month(token: &str) -> bool {
    let token = token.to_ascii_lowercase();
    crate::cube::time::format::MONTH_NAMES.iter().any(|month| {
        let month = month.to_ascii_lowercase();
        token == month || token == month[..3]
    })
}

/// The folder, or archive, in which the files lie; of several, as archives of a day each in one archive, what their names
/// have in common.
fn folder_name(items: &[Item]) -> Option<String> {
    let folder = |item: &Item| -> Option<String> {
        let (folder, _) = item.path.trim_end_matches('/').rsplit_once('/')?;
        let last = folder.trim_end_matches('}').rsplit('/').next()?;
        Some(Item { path: String::new(), name: last.to_string() }.stem().to_lowercase())
    };
    let folders = items.iter().map(folder).collect::<Option<Vec<String>>>()?;
    let first = folders.first()?;
    if folders.iter().all(|folder| folder == first) {
        return word(first).map(str::to_string);
    }
    common_word(&folders.iter().map(String::as_str).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_names() {
        let cases: [(&[&str], &str); 21] = [
            (&["p/0_precip_2009.01.01.tif", "p/10_precip_2009.01.11.tif"], "precip"),
            (&["p/MSWEP_1979.01.01.tif", "p/MSWEP_1979.01.02.tif"], "mswep"),
            (&["p/0_MSWEP_1979.01.01.tif.asc"], "mswep"),
            (&["p/0_Evaporation_ECMWF_ERA-Interim_mm_daily_2009.01.01.tif"], "evaporation"),
            (&["ndvi/202001.tif", "ndvi/202002.tif"], "ndvi"),
            (&["p/rain_jan.tif", "p/rain_february.tif"], "rain"),
            (&["p/2020_january.tif"], "p"),
            (&["/x/dem.tif"], "dem"),
            (&["p/0_Tair2m_ECMWF_ERA-Interim_C_daily_2009.01.01.tif"], "tair2m"),
            (&["p/wc2.1_30s_prec_01.tif", "p/wc2.1_30s_prec_02.tif"], "prec"),
            (&["p/acc4000.tif"], "acc"),
            (&["p/t2m_2020.tif", "p/t2m_2021.tif"], "t2m"),
            (&["p/LC80030172015001LGN00_B4.tiff"], "b4"),
            (
                &[
                    "p/LC08_L1TP_014032_20180106_20180119_01_T1_B4.TIF",
                    "p/LC08_L1TP_014032_20180207_20180221_01_T1_B4.TIF",
                ],
                "b4",
            ),
            (&["p/T31UFS_20200101T105439_B8A_20m.jp2", "p/T31UFS_20200106T105431_B8A_20m.jp2"], "b8a"),
            (
                &[
                    "p/LC08_L1TP_014032_20180106_20180119_01_T1_B4.TIF",
                    "p/LC08_L1TP_014032_20180106_20180119_01_T1_B5.TIF",
                ],
                "l1tp",
            ),
            (&["/vsizip/{/x/Rain fall.zip}/1.asc", "/vsizip/{/x/Rain fall.zip}/2.asc"], "b1"),
            (&["/vsizip/{/x/rain.zip}/1.asc", "/vsizip/{/x/rain.zip}/2.asc"], "rain"),
            (&["p/not_1.tif", "p/not_2.tif"], "p"),
            (
                &["/vsizip/{/x/all.zip}/rain_20200101.zip}/p.tif", "/vsizip/{/x/all.zip}/rain_20200102.zip}/p.tif"],
                "rain",
            ),
            (&["2020/1.tif", "2021/2.tif"], "b1"),
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
