//! Climatologies through files: what was grouped is a group again, whoever wrote it.

use crate::support::{plain, printed, run_in, session, session_in};

/// The anomaly by a climatology from a file is the one by the climatology itself.
#[test]
fn groups_meet_after_a_journey_through_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let save = ["netcdf \"c.nc\"", "zarr \"c3.zarr\"", "zarr \"c2.zarr\" version 2"];
    for noun in ["month", "season", "quarter", "dekad", "year"] {
        let with = |other: &str| {
            let program =
                format!("let v = ramp 30 2\n$v | join {other} as normal on {noun} | map a = v - normal | show");
            let text = printed(folder, &program);
            text.lines().filter(|line| !line.starts_with("note")).collect::<Vec<_>>().join("\n")
        };
        let direct = with(&format!("( $v | groupby {noun} mean )"));
        for target in save {
            printed(folder, &format!("ramp 30 2 | groupby {noun} mean | save {target} overwrite"));
            let (format, path) = (target.split(' ').next().unwrap(), target.split(' ').nth(1).unwrap());
            assert_eq!(with(&format!("( load {format} {path} )")), direct, "{noun} through {target}");
        }
    }
}

/// Steps with dates, of which each month has one, are a climatology too; of several the user has to choose.
#[test]
fn dates_of_one_year_meet_as_months() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    printed(folder, "ramp 12 1 | save netcdf \"year.nc\"\nramp 13 1 | save netcdf \"more.nc\"");
    let text = printed(
        folder,
        "ramp 24 1 | join ( load netcdf \"year.nc\" | sort time descending ) as n on month | map a = v - n | step 13 | show",
    );
    let told = "note: the right cube has dates, one of each month, and is joined as a group of each\n";
    assert_eq!(text, format!("2021-02-01 a\n1200\n{told}"));
    let mut session = session_in(folder, &plain());
    let ran = run_in(&mut session, "ramp 24 1 | join ( load netcdf \"more.nc\" ) as n on month | show");
    assert_eq!(ran.failed.iter().map(|d| d.code.number).collect::<Vec<_>>(), ["E0208"], "{}", ran.text);
}

/// The file says which program made it: the names it uses and the pipeline, without settings and secrets.
#[test]
fn history_holds_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let params = [("size".to_string(), "2".to_string()), ("api_token".to_string(), "hidden".to_string())];
    let mut session = session(&params, &plain());
    session.set_base(folder.path());
    let program = "# made for a test\nset gdal GDAL_HTTP_USERPWD \"a:b\"\nparam size = 1\nparam api_token = \"x\"\n\
                   let from = \"https://me:pw@host/a.tif?sig=abc\"\nlet v = ramp 3 2 # small\n\
                   $v | head 1 | save zarr \"other.zarr\"\n$v\n  | mean  # of all\n  | save zarr \"v.zarr\"";
    let ran = run_in(&mut session, program);
    assert!(ran.failed.is_empty(), "{}", ran.text);
    let root = std::fs::read_to_string(folder.path().join("v.zarr/zarr.json")).unwrap();
    let root: serde_json::Value = serde_json::from_str(&root).unwrap();
    let history = root["attributes"]["history"].as_str().unwrap();
    let (_, said) = history.split_once(": rastra ").expect(history);
    let (_, said) = said.split_once(": ").expect(history);
    assert_eq!(
        said,
        "param size = 2; param api_token = \"***\"; let from = \"https://host/a.tif\"; let v = ramp 3 2; \
         $v | mean | save zarr \"v.zarr\""
    );
}

/// References to a climatology are of the same groups; its values have a NaN for missing, as floats of most files.
#[test]
fn references_keep_the_groups() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    printed(folder, "ramp 24 2 | groupby month mean | map v = v / 2 | save netcdf \"c.nc\"");
    printed(folder, "load netcdf \"c.nc\" | save kerchunk \"c.json\"");
    let [own, referred] =
        ["load netcdf \"c.nc\" | show", "load kerchunk \"c.json\" | show"].map(|p| printed(folder, p));
    assert_eq!(own, referred);
    assert!(own.starts_with("1 v\n300 300.5\n"), "{own}");
}

/// The program in the history runs again as it is written, whatever the command line gave, and writes the same.
#[test]
fn history_runs_again() {
    let folder = tempfile::tempdir().unwrap();
    let given = [("from", "2021"), ("low", "-7.5"), ("day", "2020-03"), ("names", "v,w"), ("box", "-5 45 6 46")];
    let text = "a\"${x}\\b;c";
    let params: Vec<(String, String)> =
        given.iter().chain([&("said", text)]).map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let program = "param from: number\nparam low = 1\nparam day: date = @2020\nparam names: list\nparam box: bbox\n\
                   param said = \"x\"\nramp 24 1 | filter year(time) >= $from and time >= $day | map v = v + $low | \
                   save zarr \"v.zarr\" overwrite";
    let run = |program: &str, params: &[(String, String)]| {
        let mut session = session(params, &plain());
        session.set_base(folder.path());
        let ran = run_in(&mut session, program);
        assert!(ran.failed.is_empty(), "{}", ran.text);
        let root = std::fs::read_to_string(folder.path().join("v.zarr/zarr.json")).unwrap();
        let root: serde_json::Value = serde_json::from_str(&root).unwrap();
        let history = root["attributes"]["history"].as_str().unwrap().to_string();
        let said = history.split_once(": rastra ").unwrap().1.split_once(": ").unwrap().1.to_string();
        (said, printed(folder.path(), "load zarr \"v.zarr\" | show"))
    };
    let (said, pixels) = run(program, &params);
    assert!(said.contains("param from: number = 2021; param low = -7.5; param day: date = @2020-03; "), "{said}");
    assert!(said.contains("param names: list = [\"v\" \"w\"]; param box: bbox = [-5 45 6 46]; "), "{said}");
    assert_eq!(run(&said, &[]), (said.clone(), pixels));
}
