//! Tokens: asked for once, renewed in time, sent to their servers only, and never seen.

use super::*;
use crate::support::{plain, session};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A folder of three rasters in a folder `box`, and items of them at `root`.
fn folder(root: impl Fn(usize) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let item = |day: usize| {
        raster(&folder.path().join(format!("box/{day}.tif")), 0.0);
        json!({"type": "Feature", "id": format!("{day}"), "properties": {"datetime": format!("2020-01-0{day}T00:00:00Z")},
            "assets": {"red": {"href": format!("{}/{day}.tif", root(day)), "type": "image/tiff"}}})
    };
    let all: Vec<Value> = (1..=3).map(item).collect();
    fs::write(folder.path().join("items.json"), json!({"type": "FeatureCollection", "features": all}).to_string())
        .unwrap();
    folder
}

fn paths<'a>(log: &'a [Value], begin: &str) -> Vec<&'a str> {
    log.iter().filter_map(|r| r["path"].as_str()).filter(|path| path.starts_with(begin)).collect()
}

/// Files in two containers, reached through the server as a proxy: one token for each, whoever reads.
#[test]
fn planetary_computer() {
    let account = |day: usize| if day == 3 { "eu" } else { "us" };
    let folder = folder(|day| format!("http://{}.blob.core.windows.net/box", account(day)));
    let items = folder.path().join("items.json");
    let server = Server::web(folder.path(), &[]);
    let (host, endpoint) = (server.host(), format!("{}/token/sas", server.url()));
    let env =
        [("GDAL_HTTP_PROXY", host.as_str()), ("PC_SDK_SAS_URL", &endpoint), ("PC_SDK_SUBSCRIPTION_KEY", "HUSH-key")];
    let load = format!("load stac \"{}\" assets red sign pc", items.display());
    assert!(rastra(&format!("set threads 2\n{load} | mean | stats"), &env).ok().contains(STATS));
    let log = server.log();
    assert_eq!(paths(&log, "/token/sas/us/box").len(), 1, "{log:#?}");
    assert_eq!(paths(&log, "/token/sas/eu/box").len(), 1, "{log:#?}");
    assert!(log.iter().any(|r| r["key"] == "HUSH-key"));
    assert!(paths(&log, "http://us.blob").iter().all(|path| path.contains("sig=HUSH-us-box")), "{log:#?}");
    // Without the signer, and with a token server that fails.
    let unsigned = load.replace(" sign pc", "");
    rastra(&format!("{unsigned} | stats"), &env).fails("E0311", &["the server refuses", "`sign pc`"]);
    let gone = format!("{}/status/404", server.url());
    let env = [env[0], ("PC_SDK_SAS_URL", gone.as_str())];
    rastra(&format!("{load} | stats"), &env).fails("E0311", &["/status/404/us/box` does not exist"]);
}

/// A token that ends is replaced before it does, also between the reads of one file.
#[test]
fn tokens_are_renewed_during_a_run() {
    let folder = folder(|_| "http://us.blob.core.windows.net/box".into());
    let items = folder.path().join("items.json");
    // Good for two seconds, used for one; a run of many lines takes longer.
    let server = Server::web(folder.path(), &["--lifetime", "2"]);
    let (host, endpoint) = (server.host(), format!("{}/token/sas", server.url()));
    let env = [("GDAL_HTTP_PROXY", host.as_str()), ("PC_SDK_SAS_URL", &endpoint)];
    let load = format!("load stac \"{}\" assets red sign pc", items.display());
    // Each line under a name of its own, so that nothing is answered from what was read before.
    let line =
        |n: usize| format!("{load} rewrite [\"core.windows.net/box/\" \"core.windows.net/box/{}\"]", "./".repeat(n));
    outlives_a_token(&server, &env, &line);
    // One that ends before it says: the refusal is met with another.
    let server = Server::web(folder.path(), &["--lifetime", "2", "--claim", "3600"]);
    let (host, endpoint) = (server.host(), format!("{}/token/sas", server.url()));
    let env = [("GDAL_HTTP_PROXY", host.as_str()), ("PC_SDK_SAS_URL", &endpoint)];
    outlives_a_token(&server, &env, &line);
}

/// Runs more and more lines until a run needs a second token, however fast the machine; all of them are answered.
fn outlives_a_token(server: &Server, env: &[(&str, &str)], line: &dyn Fn(usize) -> String) {
    let renewed = [12, 60, 240, 960].into_iter().enumerate().any(|(run, lines)| {
        let program: String = (1..=lines).map(|n| line(n) + " | mean | stats\n").collect();
        let out = rastra(&program, env).ok();
        assert_eq!(out.matches(STATS).count(), lines, "{out}");
        // Each run asks for one first.
        paths(&server.log(), "/token/sas/us/box").len() > run + 1
    });
    assert!(renewed, "no run took a second token");
}

#[test]
fn bearer_tokens() {
    let own = tempfile::tempdir().unwrap();
    raster(&own.path().join("box/1.tif"), 0.0);
    let server = Server::web(own.path(), &[]);
    let load = format!("load files \"{}/bearer/box/1.tif\"", server.url());
    let signed = |signer: &str, env: &[(&str, &str)]| rastra(&format!("{load} sign {signer} | stats"), env);
    rastra(&format!("{load} | stats"), &[]).fails("E0311", &["may not be read without signing in", "sign bearer"]);

    // One from the environment, one from a file, a wrong one, none.
    assert!(signed("bearer", &[("RASTRA_BEARER_TOKEN", "HUSH-fixed")]).ok().contains(STATS));
    let file = own.path().join("token");
    fs::write(&file, "HUSH-fixed\n").unwrap();
    assert!(signed("bearer", &[("RASTRA_BEARER_TOKEN_FILE", file.to_str().unwrap())]).ok().contains(STATS));
    signed("bearer", &[("RASTRA_BEARER_TOKEN", "HUSH-wrong")]).fails("E0311", &["RASTRA_BEARER_TOKEN still good"]);
    signed("bearer", &[]).fails("E0311", &["no token for `sign bearer`", "set RASTRA_BEARER_TOKEN"]);

    // Earthdata: a token, or a user and a password for one.
    let url = format!("{}/token/earthdata", server.url());
    let user = |password| {
        [("EARTHDATA_TOKEN_URL", url.as_str()), ("EARTHDATA_USERNAME", "user"), ("EARTHDATA_PASSWORD", password)]
    };
    assert!(signed("earthdata", &[("EARTHDATA_TOKEN", "HUSH-fixed")]).ok().contains(STATS));
    assert!(signed("earthdata", &user("HUSH-password")).ok().contains(STATS));
    signed("earthdata", &user("HUSH-mistyped")).fails("E0311", &["does not accept the user name and password"]);
    signed("earthdata", &[]).fails("E0311", &["EARTHDATA_TOKEN"]);

    // A store and a zip are opened by the same words.
    let zarr = format!(
        "load files \"{}\" | save zarr \"{}\"",
        own.path().join("box/1.tif").display(),
        own.path().join("s.zarr").display()
    );
    rastra(&zarr, &[]).ok();
    let store = format!("load zarr \"{}/bearer/s.zarr\"", server.url());
    let env = [("RASTRA_BEARER_TOKEN", "HUSH-fixed")];
    assert!(rastra(&format!("{store} sign bearer | stats"), &env).ok().contains(STATS));
    rastra(&format!("{store} | stats"), &env).fails("E0302", &["may not be read without signing in"]);
}

/// The Copernicus Data Space: a password once, then what refreshes the token.
#[test]
fn tokens_are_refreshed_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    raster(&folder.path().join("box/1.tif"), 0.0);
    let server = Server::web(folder.path(), &["--lifetime", "2"]);
    let url = format!("{}/token/openid", server.url());
    let env = [("CDSE_TOKEN_URL", url.as_str()), ("CDSE_USERNAME", "user"), ("CDSE_PASSWORD", "HUSH-password")];
    let line = format!("load files \"{}/bearer/box/1.tif\" sign cdse | stats\n", server.url());
    // Each line opens and reads; together they outlive the first token.
    let mut program = line.clone();
    for n in 0..40 {
        program += &line.replace("1.tif", &format!("1.tif?n={n}"));
    }
    let out = rastra(&program, &env).ok();
    assert_eq!(out.matches(STATS).count(), 41);
    let log = server.log();
    let grants: Vec<&str> = log.iter().filter_map(|r| r["form"]["grant_type"].as_str()).collect();
    assert!(grants[0] == "password" && grants.len() > 1, "{grants:?}");
    assert!(grants[1..].iter().all(|grant| *grant == "refresh_token"), "{grants:?}");
    // Every token was used, none after its end.
    let used: BTreeSet<&str> = log.iter().filter_map(|r| r["authorization"].as_str()).collect();
    assert_eq!(used.len(), grants.len(), "{used:?}");
    rastra(&line, &env[..1]).fails("E0311", &["CDSE_USERNAME and CDSE_PASSWORD"]);
}

/// A token goes to the server it is for, not where that server or a catalog sends the reader.
#[test]
fn tokens_stay_with_their_servers() {
    let folder = tempfile::tempdir().unwrap();
    raster(&folder.path().join("1.tif"), 0.0);
    let (home, other) = (Server::web(folder.path(), &[]), Server::web(folder.path(), &[]));
    let item = json!({"type": "Feature", "id": "a", "properties": {"datetime": "2020-01-01T00:00:00Z"},
        "assets": {"red": {"href": format!("http://localhost:{}/1.tif", other.ready[0]), "type": "image/tiff"}}});
    fs::write(folder.path().join("item.json"), item.to_string()).unwrap();
    let env = [("RASTRA_BEARER_TOKEN", "HUSH-fixed")];
    let moved = format!("load files \"{}/moved/{}/1.tif\" sign bearer | stats", home.url(), other.host());
    assert!(rastra(&moved, &env).ok().contains(STATS));
    // A server of another name is another server.
    let named = format!("load stac \"{}/item.json\" assets red sign bearer | stats", home.url());
    assert!(rastra(&named, &env).ok().contains(STATS));
    assert!(home.log().iter().all(|r| r["authorization"] == "Bearer HUSH-fixed"), "{:#?}", home.log());
    assert!(other.log().iter().all(|r| r["authorization"].is_null()), "{:#?}", other.log());
    // Unless the user names it.
    let env = [env[0], ("RASTRA_BEARER_HOSTS", "localhost")];
    assert!(rastra(&named, &env).ok().contains(STATS));
    assert!(other.log().iter().any(|r| r["authorization"] == "Bearer HUSH-fixed"));
}

/// Requests of buckets whose readers pay say so.
#[test]
fn requester_pays() {
    let folder = tempfile::tempdir().unwrap();
    raster(&folder.path().join("box/1.tif"), 0.0);
    let server = Server::web(folder.path(), &[]);
    let url = server.url();
    let env = [("AWS_ENDPOINT_URL", url.as_str()), ("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "HUSH-key")];
    let load = "load files \"s3://box/1.tif\"";
    assert!(rastra(&format!("{load} sign requester_pays | stats"), &env).ok().contains(STATS));
    assert!(server.log().iter().all(|r| r["payer"] == "requester" && r["method"] == "GET"), "{:#?}", server.log());
    let before = server.log().len();
    assert!(rastra(&format!("{load} | stats"), &env).ok().contains(STATS));
    assert!(server.log()[before..].iter().all(|r| r["payer"].is_null()));
}

/// What is shown or kept of a run names the signer and nothing else: plans in every form, notes, errors, what `Debug`
/// prints. `rastra` looks through the output of every run of these tests.
#[test]
fn nothing_tells_a_token() {
    let folder = folder(|_| "http://us.blob.core.windows.net/box".into());
    let items = folder.path().join("items.json");
    let server = Server::web(folder.path(), &[]);
    let (host, endpoint) = (server.host(), format!("{}/token/sas", server.url()));
    let env = [("GDAL_HTTP_PROXY", host.as_str()), ("PC_SDK_SAS_URL", &endpoint)];
    let load = format!("load stac \"{}\" assets red sign pc", items.display());
    let store = folder.path().join("out.zarr");
    for end in [
        "| describe".to_string(),
        "| schema".into(),
        "| mean | explain".into(),
        "| show".into(),
        format!("| save zarr \"{}\"", store.display()),
        // A file that is not there, in the run.
        "rewrite [\"2.tif\" \"nothing.tif\"] on_error skip | stats".into(),
        "rewrite [\"2.tif\" \"nothing.tif\"] | stats".into(),
    ] {
        rastra(&format!("{load} {end}"), &env);
    }
    for flag in ["--dry-run", "--explain", "--progress=json"] {
        let ran = servers::command(&env).args(["-c", &format!("{load} | mean | stats"), flag]).output().unwrap();
        assert!(!format!("{:?}", String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat())).contains("HUSH"));
    }
    // Nor does what was written.
    for file in crate::support::tracked(&store) {
        assert!(!String::from_utf8_lossy(&fs::read(&file).unwrap()).contains("HUSH"), "{}", file.display());
    }
    // A plan as it travels; nothing is opened for it, as the item says all.
    let item = json!({"type": "Feature", "id": "a", "properties": {"datetime": "2020-01-01T00:00:00Z"},
        "assets": {"red": {"href": format!("{}/box/1.tif", server.url()), "type": "image/tiff", "proj:epsg": 32632,
            "proj:shape": [512, 512], "proj:transform": [10, 0, 500_000, 0, -10, 5_000_000],
            "raster:bands": [{"data_type": "float32", "nodata": -1, "scale": 1, "offset": 0}]}}});
    fs::write(folder.path().join("item.json"), item.to_string()).unwrap();
    let program =
        format!("load stac \"{}\" assets red sign earthdata | mean", folder.path().join("item.json").display());
    let plan = session(&[], &plain()).plan(&program).unwrap();
    let kept = format!("{}{plan:?}", serde_json::to_string(&*plan).unwrap());
    assert!(!kept.contains("HUSH") && kept.contains("/vsisigned/earthdata/vsicurl/"), "{kept}");
}

/// With one request at a time a catalog and its files, which need a token each, are read all the same: whoever waits for a
/// token keeps the place that the question for it would need.
#[test]
fn one_request_at_a_time_is_enough_for_tokens() {
    let own = folder(|_| "box".into());
    let server = Server::web(own.path(), &[]);
    let url = format!("{}/token/openid", server.url());
    let (user, password) = (("CDSE_USERNAME", "user"), ("CDSE_PASSWORD", "HUSH-password"));
    let program = format!(
        "set requests 1\nset silence 20\nload stac \"{}/bearer/items.json\" assets red sign cdse | mean | stats",
        server.url()
    );
    let env = [("CDSE_TOKEN_URL", url.as_str()), user, password, ("GDAL_HTTP_MAX_RETRY", "0")];
    assert!(rastra(&program, &env).ok().contains(STATS));
    assert_eq!(paths(&server.log(), "/token").len(), 1);
    // Files alone: their requests run where the token would.
    let items = own.path().join("items.json");
    let text = fs::read_to_string(&items).unwrap().replace("box/", &format!("{}/bearer/box/", server.url()));
    fs::write(&items, text).unwrap();
    let program = format!("set requests 1\nload stac \"{}\" assets red sign cdse | mean | stats", items.display());
    assert!(rastra(&program, &env).ok().contains(STATS));
    assert_eq!(paths(&server.log(), "/token").len(), 2);
}
