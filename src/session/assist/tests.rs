//! Completion as a table: a text with its cursor, what must be offered, what must not.

use super::*;
use crate::lang::complete::hint;

fn session() -> Session {
    let mut session = Session::new().interactive();
    let text = "let cube = ramp 24 4 bands [red nir]\nlet limit = 3\nlet name = \"a\"\n\
                fn nd(a, b) = (a - b) / (a + b)\nfn clean = | head 3\nramp 2 2 bands [last_a last_b]";
    session.run("test", text, &mut |_| {}).expect("it runs");
    session
}

/// `¦` is the cursor.
fn offered(session: &Session, marked: &str) -> Vec<String> {
    let cursor = marked.find('¦').expect("a cursor");
    let text = marked.replace('¦', "");
    let (start, all) = session.complete(&text, cursor);
    assert!(start <= cursor, "{marked}");
    all.into_iter().map(|c| c.text).collect()
}

#[test]
fn offers() {
    let session = session();
    // The text, what is among the candidates, what is not.
    let table: &[(&str, &str, &str)] = &[
        // Starts of statements.
        ("¦", "load ramp let fn param import set $cube", "crop mean save"),
        ("lo¦", "load", "ramp let"),
        ("ramp 2 2\nl¦", "load let", "crop"),
        ("ramp 2 2;¦", "load let", "crop"),
        ("# a note\n¦", "load let", "crop"),
        ("# a note ¦", "", "load"),
        ("load ¦", "files stac netcdf zarr archive", "load"),
        ("load z¦", "zarr", "files"),
        ("$c¦", "$cube", "$limit"),
        // Stages.
        ("ramp 2 2 | ¦", "crop mean save resample clean show", "load ramp let nd"),
        ("ramp 2 2\n| re¦", "resample reduce reproject rename", "crop"),
        ("ramp 2 2 |\n  me¦", "mean median", "crop"),
        ("| cr¦", "crop", "load"),
        ("ramp 2 2 | clip¦", "crop", "mean"),
        ("let x = ¦", "load ramp $cube $limit sqrt( nd(", "crop let"),
        ("let x = ra¦", "ramp", "crop"),
        ("let x = ramp 2 2 | cr¦", "crop", "load"),
        ("fn f = | cr¦", "crop", "load"),
        ("fn f(a) = sq¦", "sqrt(", "crop"),
        ("ramp 2 2 | save ¦", "zarr cog tif netcdf", "crop"),
        ("ramp 2 2 | join (¦", "load $cube", "crop"),
        ("ramp 2 2 | join ( $cube | gro¦", "groupby", "load"),
        // Arguments.
        ("ramp 2 2 | crop ¦", "bbox lonlat polygon to touch crs", "mean"),
        ("ramp 2 2 | crop bbox 1 2 3 4 ¦", "crs touch", "bbox"),
        ("ramp 2 2 | crop bbox 1 2 ¦", "", "crs touch bbox"),
        ("ramp 2 2 | crop bbox [1 2 3 4] t¦", "touch to", "bbox"),
        ("ramp 2 2 | crop touch ¦", "true false inside", "bbox"),
        ("ramp 2 2 | resample ¦", "1mo monthly yearly", "mean min_count"),
        ("ramp 2 2 | resample m¦", "monthly", "mean"),
        ("ramp 2 2 | plot cmap ¦", "viridis RdBu tab10", "time"),
        ("ramp 2 2 | plot cmap vi¦", "viridis", "RdBu"),
        ("ramp 2 2 | zonal \"examples/data/zones.geojson\" mean by ¦", "name", "time"),
        ("load stac \"a\" | sort ¦", "time", "name"),
        ("ramp 2 2 | zonal \"examples/data/¦", "zones.geojson", "dem.tif"),
        ("load netcdf \"tests/¦", "golden/ main.rs", ""),
        ("set progress ¦", "auto json off", "stop"),
        ("ramp 2 2 | resample 1mo ¦", "mean median p90", "monthly min_count"),
        ("ramp 2 2 | resample 1mo [mean st¦", "std std1", "monthly"),
        ("ramp 2 2 | resample 1mo mean ¦", "min_count keepna complete weights", "median"),
        ("ramp 2 2 | resample 1mo mean keepna ¦", "min_count complete", "keepna"),
        ("ramp 2 2 | resample 1mo mean weights ¦", "days", "keepna"),
        ("ramp 2 2 | groupby ¦", "month season dayofyear", "monthly mean"),
        ("ramp 2 2 | median ¦", "over keepna min_count", "median mean"),
        ("ramp 2 2 | quantile 0.9 o¦", "over", "mean"),
        ("ramp 2 2 | reproject EPSG:32632 res 10m method ¦", "bilinear average", "res"),
        ("ramp 2 2 | reproject EPSG:32632 ¦", "res method", "EPSG:4326"),
        ("ramp 2 2 | align ¦", "$cube", "$limit"),
        ("ramp 2 2 | join ¦", "$cube", "as"),
        ("ramp 2 2 | join $cube ¦", "as on 30d", "within"),
        ("ramp 2 2 | join $cube on ¦", "month nearest", "as"),
        ("ramp 2 2 | cast ¦", "uint8 float32", "nodata"),
        ("ramp 24 2 | time ¦", "2020 2021", "2022"),
        ("ramp 2 2 dtype ¦", "int16 float32", "bands"),
        ("load stac \"a\" group ¦", "solar_day none", "assets"),
        ("ramp 2 2 | save zarr \"x\" ¦", "overwrite append resume", "mean"),
        // Bands and expressions.
        ("ramp 2 2 bands [red nir] | select ¦", "red nir", "v mean"),
        ("ramp 2 2 bands [red nir] | select [red n¦", "nir", "red"),
        ("ramp 2 2 bands [red nir] | map x = (nir - r¦", "red round(", "nir last_a"),
        ("ramp 2 2 bands [red nir] | map x = nir * 2 | where ¦", "x $limit sqrt( nd( not", "red nir $cube"),
        ("ramp 2 2 bands [red nir] | drop red | mask n¦", "nir nd( nodata", "red"),
        ("ramp 2 2 bands [red nir] | map x = case [ r¦", "red round(", "nir"),
        ("$cube | map a = ¦", "red nir", "last_a"),
        ("| map a = ¦", "last_a last_b", "red"),
        ("let other = ramp 2 2 bands [blue]\n$other | map a = b¦", "blue bit(", "red"),
        ("ramp 2 2 | join ( $cube | select ¦", "red nir", "v"),
        ("ramp 2 2 | filter m¦", "month( max(", "v"),
        ("ramp 2 2 | nonsense | map ¦", "sqrt(", "v"),
        ("fn f = | map ¦", "sqrt(", "last_a"),
        // Strings, settings, types.
        ("ramp 2 2 | save zarr \"${¦", "name}", "cube}"),
        ("set ¦", "memory threads on_error gdal", "load"),
        ("set on_error ¦", "stop skip", "memory"),
        ("param a: ¦", "number text date path bbox list", "load"),
        ("load files \"x\" dates \"¦", "", "src/"),
    ];
    for (marked, wanted, unwanted) in table {
        let offered = offered(&session, marked);
        for word in wanted.split_whitespace() {
            assert!(offered.iter().any(|c| c == word), "{marked}: `{word}` is missing in {offered:?}");
        }
        for word in unwanted.split_whitespace() {
            assert!(!offered.iter().any(|c| c == word), "{marked}: `{word}` should not be in {offered:?}");
        }
    }
}

#[test]
fn offers_files() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("rain")).expect("made");
    std::fs::write(folder.path().join("rain/a b.tif"), "").expect("made");
    std::fs::write(folder.path().join(".hidden"), "").expect("made");
    let mut session = Session::new();
    session.set_base(folder.path());
    assert_eq!(offered(&session, "load files \"¦"), ["rain/"]);
    assert!(offered(&session, "load files ¦").contains(&"\"".to_string()));
    assert_eq!(offered(&session, "load files \"rain/¦"), ["a b.tif"]);
    assert_eq!(offered(&session, "load files \".h¦"), [".hidden"]);
    assert_eq!(offered(&session, "import \"r¦"), ["rain/"]);
    let (start, _) = session.complete("load files \"rain/a", 18);
    assert_eq!(start, 17);
    assert!(offered(&session, "load files \"https://a/¦").is_empty());
}

/// What a load can be asked for is in the file; nothing of it need have been loaded.
#[test]
fn offers_what_files_hold() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = Session::new().interactive();
    session.set_base(folder.path());
    let text = "ramp 2 4 bands [t2m rain] | save netcdf \"a.nc\"; ramp 2 4 bands [sst] | save zarr \"b.zarr\"\n\
                let src = \"b.zarr\"; let name = \"a\"";
    session.run("test", text, &mut |_| {}).expect("it runs");
    let item = r#"{"type": "Feature", "id": "1", "properties": {"datetime": "2021-06-01T00:00:00Z"}, "assets":
        {"B04": {"href": "a.tif", "eo:bands": [{"name": "B04", "common_name": "red"}]}, "odd name": {"href": "b.tif"}}}"#;
    let catalog = r#"{"type": "Catalog", "id": "c", "links": [{"rel": "item", "href": "item.json"}]}"#;
    std::fs::write(folder.path().join("item.json"), item).expect("made");
    std::fs::write(folder.path().join("catalog.json"), catalog).expect("made");
    for (marked, expected) in [
        ("load netcdf \"a.nc\" var ¦", "t2m, rain"),
        ("load netcdf \"${name}.nc\" var [t¦", "t2m"),
        ("load netcdf \"*.nc\" var [rain ¦", "t2m, rain"),
        ("load zarr \"b.zarr\" var ¦", "sst"),
        ("load zarr $src var s¦", "sst"),
        ("load stac \"item.json\" assets [¦", "B04, `odd name`, red"),
        ("load stac \"catalog.json\" time 2021 assets B¦", "B04"),
        ("load stac \"no.json\" assets [¦", ""),
        ("load stac \"https://a.example/items.json\" assets [¦", ""),
        ("load netcdf \"b.zarr\" var ¦", ""),
    ] {
        let found = offered(&session, marked);
        let names: Vec<&str> = found.iter().map(String::as_str).filter(|c| !c.starts_with('$')).collect();
        let wanted: Vec<&str> = expected.split(", ").filter(|w| !w.is_empty()).collect();
        assert_eq!(names, wanted, "{marked}");
    }
}

#[test]
fn every_cursor_is_fine() {
    let session = session();
    let text = "let é = ramp 2 2 | map a = \"é ${x}\" ]) | crop bbox [( 1 $ @ ` ' \\ | save zarr \"é";
    for cursor in 0..text.len() + 2 {
        session.complete(text, cursor);
        session.inspect(text, cursor, Form::Markdown);
    }
}

#[test]
fn hints() {
    for (text, expected) in [
        ("ramp ", Some("STEPS SIZE")),
        ("ramp 2 2 | crop bbox ", Some("W S E N")),
        ("ramp 2 2 | resample 1mo ", Some("REDUCER|[..] [min_count N|P%]")),
        ("ramp 2 2 | map ", Some("NAME = EXPR, ..")),
        ("ramp 2 2 | map a = ", None),
        ("load ", Some("archive|files")),
        ("ramp 2 2", None),
        ("", None),
    ] {
        let hint = hint(text);
        match expected {
            None => assert_eq!(hint, None, "{text:?}"),
            Some(start) => assert!(hint.as_deref().is_some_and(|h| h.starts_with(start)), "{text:?}: {hint:?}"),
        }
    }
}

#[test]
fn inspects() {
    let session = session();
    for (marked, expected) in [
        ("ramp 2 2 | resam¦ple 1mo mean", "Make a shorter timeline"),
        ("ramp 2 2 | resample 1mo me¦an", "mean: arithmetic"),
        ("lo¦ad zarr \"x\"", "Load "),
        ("load za¦rr \"x\"", "Load "),
        ("ramp 2 2 | crop bb¦ox 1 2 3 4", "bbox: West"),
        ("$cube | map a = re¦d", "band red: int"),
        ("$cube | map a = sq¦rt(red)", "sqrt(a): square root"),
        ("$cu¦be | show", "$cube: 2020-01-01"),
        ("ramp 2 2 | med¦ian", "median: median"),
    ] {
        let cursor = marked.find('¦').expect("a cursor");
        let help = session.inspect(&marked.replace('¦', ""), cursor, Form::Text).map(|(_, help)| help);
        assert!(help.as_deref().is_some_and(|h| h.starts_with(expected)), "{marked}: {help:?}");
    }
}
