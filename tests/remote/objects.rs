//! Rasters, archives, stores and STAC documents in an object store that checks signatures.

use super::*;
use crate::clusters::Dask;
use crate::support::root;
use serde_json::json;

/// The bucket `box`: two days of rain, a zip, an item; and the variables that open it.
fn bucket() -> (tempfile::TempDir, Server, Vec<(&'static str, String)>) {
    bucket_that_takes("0")
}

/// The same where putting an object takes so many seconds.
fn bucket_that_takes(seconds: &str) -> (tempfile::TempDir, Server, Vec<(&'static str, String)>) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    for day in 1..=2 {
        raster(&dir.join(format!("rain/rain_2020-01-0{day}.tif")), 0.0);
    }
    raster(&dir.join("rain/deep/rain_2020-01-03.tif"), 0.0);
    let item = json!({"type": "Feature", "id": "a", "properties": {"datetime": "2020-01-01T00:00:00Z"},
        "assets": {"red": {"href": "s3://box/rain/rain_2020-01-01.tif", "type": "image/tiff"}}});
    fs::write(dir.join("item.json"), item.to_string()).unwrap();
    let server = Server::start("s3.py", &[dir.to_str().unwrap(), seconds]);
    let env = vec![
        ("AWS_ENDPOINT_URL", server.url()),
        ("AWS_ACCESS_KEY_ID", server.ready[1].clone()),
        ("AWS_SECRET_ACCESS_KEY", server.ready[2].clone()),
        ("AWS_DEFAULT_REGION", "us-east-1".into()),
    ];
    (folder, server, env)
}

#[test]
fn signed_requests() {
    let (folder, server, env) = bucket();
    let env: Vec<(&str, &str)> = env.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let run = |program: &str| {
        let ran = rastra(program, &env);
        assert!(!format!("{ran:?}").contains(&server.ready[2]), "{ran:?}");
        ran
    };
    for load in [
        "load files \"s3://box/rain/*.tif\" | step 1",
        "load files \"s3://box/rain/**/*.tif\" | step 2",
        "load files \"s3://box/rain\" | step 1",
        "load stac \"s3://box/item.json\" assets red",
    ] {
        let out = run(&format!("{load} | stats")).ok();
        assert!(out.contains(STATS), "{load}\n{out}");
    }
    let steps = |pattern: &str| run(&format!("load files \"s3://box/{pattern}\" | schema")).ok();
    assert!(steps("rain/*.tif").contains("2 steps") && steps("rain/**/*.tif").contains("3 steps"));

    // A store is written, refused, replaced, extended and read again.
    let save = "load files \"s3://box/rain/*.tif\" | save zarr \"s3://box/out/rain.zarr\" chunks [time 1 y 256 x 256]";
    let said = run(save);
    assert!(said.code == 0 && said.err.contains("saved s3://box/out/rain.zarr: 2020-01-01"), "{said:?}");
    let read = "load zarr \"s3://box/out/rain.zarr\"";
    assert!(run(&format!("{read} | step 1 | stats")).ok().contains(STATS));
    run(save).fails("E0501", &["s3://box/out/rain.zarr", "overwrite"]);
    run(&format!("{save} overwrite")).ok();
    run("load files \"s3://box/rain/deep/*.tif\" | save zarr \"s3://box/out/rain.zarr\" append").ok();
    assert!(run(&format!("{read} | schema")).ok().contains("3 steps"));

    // Tables go there as well; formats that are made on a disk do not, nor does anything to a web server.
    for (format, name) in [("csv", "a.csv"), ("json", "a.json"), ("parquet", "a.parquet")] {
        let save = format!("ramp 3 4 | mean over space | save {format} \"s3://box/tables/{name}\"");
        let ran = run(&save);
        assert!(ran.err.contains(&format!("saved s3://box/tables/{name} (")), "{ran:?}");
        run(&save).fails("E0501", &[name, "overwrite"]);
        run(&format!("{save} overwrite")).ok();
        run(&save.replace("s3://box", "https://127.0.0.1:9/box")).fails("E0502", &["a web server can only be read"]);
    }
    run("ramp 1 2 | at 500005 4999995 | save csv \"s3://box/tables/sites.csv\"").ok();
    let sites = run("ramp 1 2 | extract \"s3://box/tables/sites.csv\" | show").ok();
    assert!(sites.contains("500005"), "{sites}");
    // Files that are made on a disk are sent when they are whole, one or one a step; nothing of them stays behind.
    let temporary = tempfile::tempdir().unwrap();
    let within = |program: &str| {
        let env: Vec<(&str, &str)> = [&env[..], &[("TMPDIR", temporary.path().to_str().unwrap())]].concat();
        rastra(program, &env)
    };
    for (save, load) in [
        ("tif \"s3://box/made/a.tif\"", "files \"s3://box/made/a.tif\""),
        ("cog \"s3://box/made/b.tif\"", "files \"s3://box/made/b.tif\""),
        ("cog \"s3://box/made/{time:%Y}/c_{time}.tif\"", "files \"s3://box/made/2020/c_*.tif\""),
        ("netcdf \"s3://box/made/d.nc\"", "netcdf \"s3://box/made/d.nc\""),
    ] {
        let made = "load files \"s3://box/rain/*.tif\"";
        let ran = within(&format!("{made} | save {save}"));
        assert!(ran.code == 0 && ran.err.contains("saved ") && ran.err.contains("s3://box/made/"), "{save}: {ran:?}");
        assert!(!ran.err.contains("TMP") && !ran.err.contains("rastra-"), "{save}: {ran:?}");
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "{save}");
        assert!(within(&format!("load {load} | step 0 | stats")).ok().contains(STATS), "{save}");
        within(&format!("{made} | save {save}")).fails("E0501", &["s3://box/made/", "overwrite"]);
        within(&format!("{made} | save {save} overwrite")).ok();
        within(&format!("{made} | save {}", save.replace("s3://box", "https://127.0.0.1:9/box")))
            .fails("E0502", &["a web server can only be read"]);
        within(&format!("{made} | save {}", save.replace("s3://box", "s3://none"))).fails("E0502", &["s3://none/made"]);
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "{save}");
    }
    run("load files \"s3://box/rain/no.tif\" | schema").fails("E0311", &["`s3://box/rain/no.tif` does not exist"]);
    run("load files \"s3://box/rain/*.png\" | schema").fails("E0301", &["no file matches", "holds 2 .tif"]);
    run("load zarr \"s3://box/no.zarr\" | schema").fails("E0301", &["s3://box/no.zarr"]);
    run("load netcdf \"s3://box/t.nc\" | schema").fails("E0301", &["s3://box/t.nc"]);

    // References to what lies there, and references that lie there themselves.
    let saved = folder.path().join("rain.json");
    let saved = saved.to_str().unwrap();
    run(&format!("load files \"s3://box/rain/*.tif\" | save kerchunk \"{saved}\"")).ok();
    assert!(fs::read_to_string(saved).unwrap().contains("[\"s3://box/rain/rain_2020-01-01.tif\""));
    assert!(run(&format!("load kerchunk \"{saved}\" | step 1 | stats")).ok().contains(STATS));
    fs::copy(saved, folder.path().join("s3-copy.json")).unwrap();

    // The same keys from a profile.
    let profile = folder.path().join("credentials");
    let keys = format!("[lab]\naws_access_key_id = {}\naws_secret_access_key = {}\n", server.ready[1], server.ready[2]);
    fs::write(&profile, keys).unwrap();
    let url = server.url();
    let env = [
        ("AWS_ENDPOINT_URL_S3", url.as_str()),
        ("AWS_PROFILE", "lab"),
        ("AWS_SHARED_CREDENTIALS_FILE", profile.to_str().unwrap()),
        ("AWS_REGION", "us-east-1"),
    ];
    assert!(rastra(&format!("{read} | step 1 | stats"), &env).ok().contains(STATS));
    // The server may also be named in the program; the keys never are.
    let set = format!("set gdal AWS_ENDPOINT_URL \"{url}\"\n{read} | step 1 | stats");
    assert!(rastra(&set, &env[1..]).ok().contains(STATS));
}

/// The other clouds by the names their own tools give to keys. The server checks no signature here, only that there is one.
#[test]
fn google_and_azure() {
    let folder = tempfile::tempdir().unwrap();
    raster(&folder.path().join("box/1.tif"), 0.0);
    raster(&folder.path().join("acc/box/1.tif"), 0.0);
    let server = Server::web(folder.path(), &[]);
    let endpoint = format!("{}/", server.url());
    let google =
        [("CPL_GS_ENDPOINT", endpoint.as_str()), ("GS_ACCESS_KEY_ID", "x"), ("GS_SECRET_ACCESS_KEY", "HUSH-key")];
    assert!(rastra("load files \"gs://box/1.tif\" | stats", &google).ok().contains(STATS));
    rastra("load files \"gs://box/2.tif\" | stats", &google).fails("E0311", &["`gs://box/2.tif` does not exist"]);
    rastra("load files \"gs://box/1.tif\" | stats", &google[..1]).fails("E0311", &["GOOGLE_APPLICATION_CREDENTIALS"]);
    // 64 bytes, as Azure's keys are.
    let key = "SFVTSC1".repeat(12) + "SA==";
    let azure = [
        ("AZURE_STORAGE_ACCOUNT", "acc"),
        ("AZURE_STORAGE_KEY", key.as_str()),
        ("CPL_AZURE_USE_HTTPS", "NO"),
        ("CPL_AZURE_ENDPOINT", endpoint.as_str()),
    ];
    let ran = rastra("load files \"az://box/1.tif\" | stats", &azure);
    assert!(ran.out.contains(STATS), "{ran:?}");
    // Objects that are read are asked for by addresses that are signed ahead.
    let signed = |part: &str| server.log().iter().any(|r| r["path"].as_str().is_some_and(|path| path.contains(part)));
    assert!(signed("GoogleAccessId=x&Signature=") && signed("&sig="), "{:#?}", server.log());
}

#[test]
fn wrong_keys_and_none() {
    let (_folder, _server, env) = bucket();
    let mut env: Vec<(&str, &str)> = env.iter().map(|(k, v)| (*k, v.as_str())).collect();
    env[2].1 = "HUSH-wrong";
    let way_out = ["the server refuses", "AWS_PROFILE", "AWS_NO_SIGN_REQUEST"];
    for (program, number) in [
        ("load files \"s3://box/rain/*.tif\" | stats", "E0311"),
        ("load files \"s3://box/rain/rain_2020-01-01.tif\" | stats", "E0311"),
        ("load stac \"s3://box/item.json\" assets red | stats", "E0311"),
        ("load zarr \"s3://box/out.zarr\" | stats", "E0302"),
        ("ramp 2 2 | save zarr \"s3://box/out.zarr\"", "E0502"),
    ] {
        rastra(program, &env).fails(number, &way_out);
    }
    // None at all; nothing is asked of the machine's cloud either.
    env.retain(|(name, _)| !name.contains("KEY"));
    env.push(("CPL_AWS_AUTODETECT_EC2", "NO"));
    rastra("load files \"s3://box/rain/rain_2020-01-01.tif\" | stats", &env)
        .fails("E0311", &["nothing to sign", "AWS_ACCESS_KEY_ID"]);
}

/// Chunks go to the server while the next are made, many at a time; the root when all others are there.
#[test]
fn chunks_are_sent_many_at_a_time() {
    let (_folder, server, env) = bucket_that_takes("0.3");
    let env: Vec<(&str, &str)> = env.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let save = "set threads 1\nramp 24 64 | save zarr \"s3://box/many.zarr\" chunks [time 1 y 64 x 64]";
    let put = |from: usize| -> Vec<serde_json::Value> {
        server.log()[from..].iter().filter(|r| r["method"] == "PUT").cloned().collect()
    };
    rastra(save, &env).ok();
    let log = put(0);
    let chunks = log.iter().filter(|r| r["path"].as_str().unwrap().contains("/c/")).count();
    assert!(chunks >= 24 && ahead::at_once(&log, 0.3) >= 12, "{log:#?}");
    assert_eq!(log.last().unwrap()["path"], "/box/many.zarr/zarr.json");
    let out = rastra("load zarr \"s3://box/many.zarr\" | stats", &env).ok();
    assert_eq!(out, rastra("ramp 24 64 | stats", &env).ok());
    // One at a time, if so many are allowed.
    let before = server.log().len();
    rastra(&format!("set requests 1\n{}", save.replace("24", "3").replace("many", "few")), &env).ok();
    assert_eq!(ahead::at_once(&put(before), 0.25), 1);
}

/// The chunks that were sent to a store, each as often as it was.
fn sent(server: &Server, store: &str) -> Vec<String> {
    let log = server.log();
    let puts = log.iter().filter(|request| request["method"] == "PUT");
    let paths = puts.map(|request| request["path"].as_str().unwrap().to_string());
    paths.filter(|path| path.contains(&format!("/{store}.zarr/rain/c/"))).collect()
}

/// A store on a server is written by the processes of a job, and the one that finishes it writes no pixel.
#[test]
fn stores_by_processes_of_a_job() {
    let (_folder, server, env) = bucket();
    let env: Vec<(&str, &str)> = env.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let here = tempfile::tempdir().unwrap();
    let job = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rastra"));
        let ran = command.current_dir(&here).args(["job"]).args(args).envs(env.iter().copied()).output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr))
    };
    let save = |name: &str| {
        let load = "load files \"s3://box/rain/*.tif\" | map rain * 2";
        format!("{load} | save zarr \"s3://box/out/{name}.zarr\" chunks [time 1 y 128 x 128]")
    };
    let read = |name: &str| rastra(&format!("load zarr \"s3://box/out/{name}.zarr\" | stats"), &env);
    rastra(&save("plain"), &env).ok();
    for existing in ["", " overwrite"] {
        if !existing.is_empty() {
            rastra(&format!("{} overwrite", save("job").replace("* 2", "* 3")), &env).ok();
        }
        fs::write(here.path().join("p.rastra"), save("job") + existing).unwrap();
        let begun = job(&["begin", "p.rastra", "job", "--memory", "2MiB", "--threads", "1"]);
        assert!(begun.contains("to do"), "{begun}");
        let before = sent(&server, "job").len();
        for share in ["1/2", "2/2"] {
            let done = job(&["work", "job", share]);
            assert!(done.contains("computed"), "{done}");
        }
        assert_eq!(sent(&server, "job").len() - before, 32);
        // It is a store when it is whole.
        read("job").fails("E0301", &["job.zarr"]);
        let finished = job(&["finish", "job"]);
        assert!(finished.contains("saved s3://box/out/job.zarr"), "{finished}");
        assert_eq!(sent(&server, "job").len() - before, 32);
        assert_eq!(read("job").ok(), read("plain").ok());
        let log = server.log();
        let last = log.iter().rfind(|request| ["PUT", "DELETE"].iter().any(|method| request["method"] == *method));
        assert!(last.unwrap()["path"].as_str().unwrap().ends_with("job.zarr/.begun"), "{last:?}");
        fs::remove_dir_all(here.path().join("job")).unwrap();
    }
    // Files that are made on a disk are sent by the process that finishes.
    fs::write(here.path().join("p.rastra"), "ramp 3 4 | save tif \"s3://box/set/x_{i}.tif\"").unwrap();
    let all = [&["begin", "p.rastra", "job"][..], &["work", "job", "1/1"], &["finish", "job"]].map(&job);
    assert!(all[2].contains("saved 3 files, s3://box/set/x_0.tif"), "{all:?}");
}

/// A run that was killed goes on where it was on a server, too.
#[test]
fn unfinished_stores_go_on_there() {
    let (_folder, server, env) = bucket_that_takes("0.4");
    let env: Vec<(&str, &str)> = env.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let save = "set requests 4\nset threads 1\nset memory 2MiB\nload files \"s3://box/rain/*.tif\" | save zarr \"s3://box/out/long.zarr\" \
                chunks [time 1 y 128 x 128] resume";
    let mut command = Command::new(env!("CARGO_BIN_EXE_rastra"));
    let mut killed = command.args(["-c", save]).envs(env.iter().copied()).spawn().unwrap();
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    // A task sends eight chunks, and of up to two tasks some are under way: at least one is whole.
    while sent(&server, "long").len() < 18 {
        assert!(std::time::Instant::now() < end && killed.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    rastra(&save.replace("| save", "| map rain * 2 | save"), &env).fails("E0505", &["other", "leave out `resume`"]);
    let before = sent(&server, "long").len();
    rastra(save, &env).ok();
    let all = sent(&server, "long");
    assert!(all.len() < before + 32, "{before} of {all:#?}");
    let read = rastra("load zarr \"s3://box/out/long.zarr\" | stats", &env).ok();
    assert_eq!(read, rastra("load files \"s3://box/rain/*.tif\" | stats", &env).ok());
    rastra(save, &env).fails("E0501", &["is finished"]);
}

/// Workers of Dask read and write objects, with keys of their own environment, and come to what a plain run comes to.
#[test]
fn stores_by_workers_of_dask() {
    let (folder, server, env) = bucket();
    let mut env: Vec<(&str, &str)> = env.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let python = root().join(".venv/bin/python");
    env.extend([("RASTRA_BINARY", env!("CARGO_BIN_EXE_rastra")), ("RASTRA_PYTHON", python.to_str().unwrap())]);
    let dask = Dask::with(2, &env);
    let load = "load files \"s3://box/rain/*.tif\" | map rain * 2";
    let save = |name: &str| format!("{load} | save zarr \"s3://box/out/{name}.zarr\" chunks [time 1 y 128 x 128]");
    let said = rastra(&save("plain"), &env);
    assert!(said.code == 0, "{said:?}");
    let said = rastra(&format!("set executor \"{}\"\n{}", dask.address, save("dask")), &env);
    assert!(said.code == 0 && !format!("{said:?}").contains(&server.ready[2]), "{said:?}");
    let stats = |name: &str| rastra(&format!("load zarr \"s3://box/out/{name}.zarr\" | stats"), &env).ok();
    assert_eq!(stats("plain"), stats("dask"));
    drop(folder);
}
