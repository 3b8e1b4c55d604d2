//! Archives of others, read in place.

use super::{Cube, advice, near, shared, summary};
use rastra::AnyPlan;
use rastra::codes;

/// Twin: `archives_made_here`.
#[test]
fn archives_of_others() {
    if shared("data/archives").is_none() || shared("data/coello_daily").is_none() {
        return;
    }
    for (path, steps, band) in [
        ("archives/multiple_compressed_files.zip", 2, "multiple_compressed_files"),
        ("archives/multiple_compressed_files.tar", 2, "multiple_compressed_files"),
        // A tar.gz by content, whatever it is called.
        ("archives/multiple_compressed_files.gz", 2, "multiple_compressed_files"),
        ("archives/one_compressed_file.zip", 1, "one_compressed_file"),
        ("archives/one_compressed_file.tar", 1, "one_compressed_file"),
    ] {
        let cube = Cube::of(&format!("load archive \"{path}\""));
        assert_eq!((cube.schema().time.len(), cube.schema().bands[0].name.as_str()), (steps, band), "{path}");
        let (valid, sum) = summary(&cube.values_in_pieces(5));
        // numpy: 182 valid pixels with a sum of -3.9293277904507704 in each member.
        assert!(valid == 182 * steps && near(sum, -3.9293277904507704 * steps as f64, 1e-12), "{path}: {valid} {sum}");
    }
    let strangers = Cube::of("load archive \"archives/files.zip\"");
    let e = strangers.session.collect(&strangers.plan).unwrap_err();
    assert!(e.code == codes::FILES_DIFFER && e.help.iter().any(|h| h.contains("`union`")), "{e:?}");
    let refused = |rest: &str| Cube::plan(&format!("load archive {rest}")).err().expect("it is refused");
    let e = refused("\"archives/files.zip\" glob \"*.asc\"");
    assert!(e.code == codes::NOT_FOUND && e.help[0].contains("holds 4 .tif"), "{e:?}");
    let e = refused("\"coello_daily/acc4000.tif\"");
    assert!(e.code == codes::WRONG_FORMAT && e.help[0].contains("load files"), "{e:?}");
    assert_eq!(advice(&refused("\"archives/file.zip\"")), ["did you mean `archives/files.zip`?"]);
}

/// 185 MB of text in a zip, 106 MB of pixels, in 16 MiB: never more than some strips in memory.
///
/// Twin: `archives_made_here`.
#[test]
fn a_large_grid_is_read_by_strips() {
    if shared("data/zonal_flood").is_none() {
        return;
    }
    let program = "load archive \"zonal_flood/Map1.zip\" crs EPSG:4647";
    let cube = Cube::of(program);
    assert_eq!(cube.natural_tile(), [1, 256, 4400]);
    let mut session = cube.session;
    session.settings.limits.memory = 16 << 20;
    let Ok(AnyPlan::Table(plan)) = session.carried(&format!("{program} | reduce [count sum] over space")) else {
        panic!("a table")
    };
    let table = session.tabulate(&plan).unwrap();
    let number = |name: &str| table.column(name).unwrap().to_f64().unwrap()[0];
    assert!(number("count") == 26_400_000.0 && near(number("sum"), 6971.740000443533, 1e-9));
}
