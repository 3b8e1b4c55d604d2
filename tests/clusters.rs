//! Runs whose tasks other processes compute: jobs in folders, and Dask with a real scheduler and real workers. All must
//! come to what a plain run comes to.

use crate::support::dice::Dice;
use crate::support::faults::{self, Fault};
use crate::support::{self, root, run_in, session_in};
use rastra::{Limits, Session};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, LazyLock, Mutex, Weak};
use std::time::{Duration, Instant};

const RASTRA: &str = env!("CARGO_BIN_EXE_rastra");

/// Every sink with a pipeline of many tasks, and pictures that need one round or two.
const SAVED: &[(&str, &str)] = &[
    ("x.zarr", "ramp 24 40 | save zarr \"x.zarr\" chunks [time 6 y 16 x 16]"),
    ("x.zarr", "ramp 24 40 | save zarr \"x.zarr\" chunks [time 6 y 8 x 8] shards [time 12 y 16 x 16]"),
    ("months.zarr", "ramp 24 40 | groupby month [mean max] | save zarr \"months.zarr\" version 2"),
    ("x.tif", "ramp 24 40 | mean | save tif \"x.tif\""),
    ("x_00.tif", "ramp 24 40 | save tif \"x_{i:02}.tif\""),
    ("x.cog.tif", "ramp 24 40 | median | save cog \"x.cog.tif\""),
    ("v/x_00.tif", "ramp 12 40 bands [v w] | save cog \"{band}/x_{i:02}.tif\""),
    ("x.nc", "ramp 24 40 | rolling 3 mean | save netcdf \"x.nc\""),
    ("x.csv", "ramp 24 40 | mean over space | save csv \"x.csv\""),
    ("p.csv", "ramp 24 40 | reduce [mean p90 count] over space | save csv \"p.csv\""),
    ("s.csv", "ramp 24 40 | stats | save csv \"s.csv\""),
    ("c.json", "ramp 24 40 | map round(_ / 100) | counts | save json \"c.json\""),
    (
        "x.parquet",
        "ramp 24 40 | zonal \"ROOT/examples/data/zones.geojson\" [mean max p90 mode] | save parquet \"x.parquet\"",
    ),
    ("e.csv", "ramp 24 40 | extract \"ROOT/examples/data/stations.csv\" | save csv \"e.csv\""),
    (
        "o.csv",
        "let classes = ramp 1 40 | map round(_ / 200)\nramp 24 40 | overlay $classes [mean count] | save csv \"o.csv\"",
    ),
    ("x.png", "ramp 24 40 | step 3 | plot | save png \"x.png\""),
    ("h.png", "ramp 24 40 | hist | save png \"h.png\""),
    ("x.gif", "ramp 6 40 | animate | save gif \"x.gif\""),
];

fn saved() -> impl Iterator<Item = (&'static str, String)> {
    SAVED.iter().map(|(target, program)| (*target, program.replace("ROOT", &root().to_string_lossy())))
}

/// The limits of every run here: small pieces, so that there are many tasks.
fn limits() -> Limits {
    Limits { threads: 1, tile: Some(16), memory: 1 << 30, ..Limits::default() }
}

fn session(folder: &Path, executor: Option<&str>) -> Session {
    let mut session = session_in(folder, &support::plain());
    session.settings.limits = limits();
    session.settings.executor = executor.map(String::from);
    session
}

/// Every file below a folder with its bytes. Of a NetCDF, which holds its pixels in no order of their own, what it says.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let moment = regex::bytes::Regex::new(r"\w{3} \w{3} \d\d \d\d:\d\d:\d\d \d{4}").unwrap();
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = match path.extension().is_some_and(|e| e == "nc") {
                true => {
                    let told = Command::new("ncdump").arg(&path).output().unwrap();
                    assert!(told.status.success(), "{}", path.display());
                    told.stdout
                }
                false => fs::read(&path).unwrap(),
            };
            // A target says when it was made.
            let bytes = moment.replace_all(&bytes, &b"NOW"[..]).into_owned();
            all.insert(path.strip_prefix(folder).unwrap().to_path_buf(), bytes);
        }
    }
    all
}

#[track_caller]
fn same_files(program: &str, theirs: &Path, ours: &Path) {
    let (theirs, ours) = (files(theirs), files(ours));
    assert_eq!(theirs.keys().collect::<Vec<_>>(), ours.keys().collect::<Vec<_>>(), "{program}");
    for (name, bytes) in &theirs {
        assert!(ours[name] == *bytes, "{program}: `{}` has other bytes", name.display());
    }
}

/// What a plain run saves.
fn plainly(program: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let ran = run_in(&mut session(folder.path(), None), program);
    assert!(ran.failed.is_empty(), "{program}: {}", ran.text);
    folder
}

fn rastra(folder: &Path, args: &[&str]) -> Output {
    Command::new(RASTRA).current_dir(folder).args(args).output().unwrap()
}

#[track_caller]
fn said(output: Output) -> String {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}");
    text
}

/// Three processes at a time compute the shares of a job, as an array of Slurm or Kubernetes does.
fn computed_by_three(folder: &Path) {
    let share = |k: usize| {
        let mut command = Command::new(RASTRA);
        command.current_dir(folder).args(["job", "work", "job", &format!("{k}/3")]).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let all: Vec<Child> = (1..=3).map(share).collect();
    all.into_iter().for_each(|child| drop(said(child.wait_with_output().unwrap())));
}

#[test]
fn jobs_come_to_what_a_run_comes_to() {
    for (target, program) in saved() {
        let program = &program;
        let alone = plainly(program);
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        fs::write(at.join("p.rastra"), program).unwrap();
        let begun = said(rastra(at, &["job", "begin", "p.rastra", "job", "--memory", "2MiB", "--threads", "1"]));
        assert!(begun.contains("to do"), "{program}: {begun}");
        assert!(!at.join(target).exists(), "{program}");
        computed_by_three(at);
        let mut told = said(rastra(at, &["job", "finish", "job"]));
        // The ends of a histogram are known when all values were looked at.
        if told.contains("in round 2") {
            assert!(program.contains("hist") || program.contains("animate"), "{program}: {told}");
            computed_by_three(at);
            told = said(rastra(at, &["job", "finish", "job"]));
        }
        assert!(told.contains("saved") && told.contains(target), "{program}: {told}");
        fs::remove_dir_all(at.join("job")).unwrap();
        fs::remove_file(at.join("p.rastra")).unwrap();
        same_files(program, alone.path(), at);
    }
}

#[test]
fn jobs_say_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("p.rastra"), "ramp 24 40 | save zarr \"x.zarr\" chunks [time 1 y 16 x 16]").unwrap();
    let wrong = |args: &[&str], number: &str, words: &str| {
        let ran = rastra(at, args);
        let text = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(!ran.status.success() && text.contains(number) && text.contains(words), "{args:?}: {text}");
    };
    wrong(&["job", "finish", "job"], "E0407", "`rastra job begin PROGRAM DIR`");
    said(rastra(at, &["job", "begin", "p.rastra", "job", "--memory", "2MiB", "--threads", "1"]));
    wrong(&["job", "begin", "p.rastra", "job"], "E0407", "is not empty");
    wrong(&["job", "finish", "job"], "E0406", "`rastra job work job --task 1`");
    let status = || said(rastra(at, &["job", "status", "job"]));
    let all: usize = status().split(' ').nth(2).unwrap().parse().unwrap();
    assert!(all > 4 && status() == format!("0 of {all} tasks done\n"), "{}", status());
    said(rastra(at, &["job", "work", "job", "--task", "2,4"]));
    assert_eq!(status(), format!("2 of {all} tasks done, left: 1,3,5-{all}\n"));
    wrong(&["job", "work", "job", "--task", "5000"], "E0407", &format!("its tasks are 1 to {all}"));
    // A process that is killed leaves nothing that another one stumbles over.
    fs::write(at.join("job/round-1/parts/3.other-host-1"), "half of it").unwrap();
    computed_by_three(at);
    // Once more does no harm, nor does one that comes late.
    said(rastra(at, &["job", "work", "job", "--task", "1-3"]));
    assert_eq!(status(), format!("{all} of {all} tasks done\n"));
    // Somebody else's store under its name is not taken for its own.
    fs::rename(at.join(".x.zarr.partial"), at.join("aside")).unwrap();
    wrong(&["job", "finish", "job"], "E0407", "others than when the job began");
    let _ = fs::remove_dir_all(at.join(".x.zarr.partial"));
    fs::rename(at.join("aside"), at.join(".x.zarr.partial")).unwrap();
    assert!(!at.join("x.zarr").exists());
    assert!(said(rastra(at, &["job", "finish", "job"])).contains("saved"));
    fs::write(at.join("q.rastra"), "ramp 2 4 | show").unwrap();
    wrong(&["job", "begin", "q.rastra", "other"], "E0407", "it saves nothing");
    let text = fs::read_to_string(at.join("job/job.json")).unwrap().replacen("0.1.0", "0.0.9", 1);
    fs::write(at.join("job/job.json"), text).unwrap();
    wrong(&["job", "status", "job"], "E0407", "0.0.9");
}

/// Files of sets and stores that replace others are written by those who compute, and are there under their names only
/// when all are.
#[test]
fn jobs_build_beside_what_they_replace() {
    for (before, program, read, staged) in [
        (
            "ramp 24 40 | save tif \"x_{i:02}.tif\"",
            "ramp 24 40 | map v = v + 7 | save tif \"x_{i:02}.tif\" overwrite",
            "load files \"x_*.tif\" | stats",
            ".x_00.tif.partial/files/x_23.tif",
        ),
        (
            "ramp 24 40 | save zarr \"x.zarr\"",
            "ramp 24 40 | map v = v + 7 | save zarr \"x.zarr\" chunks [time 1 y 16 x 16] overwrite",
            "load zarr \"x.zarr\" | stats",
            ".x.zarr.partial/files/x.zarr/v/c/23/2/2",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let look = || run_in(&mut session(at, None), read).text;
        assert!(run_in(&mut session(at, None), before).failed.is_empty());
        let old = look();
        let begin = |text: &str, job: &str| {
            fs::write(at.join("p.rastra"), text).unwrap();
            rastra(at, &["job", "begin", "p.rastra", job, "--memory", "2MiB", "--threads", "1"])
        };
        said(begin(program, "job"));
        // Another plan does not go on with it.
        let other = begin(&program.replace("+ 7", "+ 8"), "other");
        let text = String::from_utf8_lossy(&other.stderr).into_owned();
        assert!(!other.status.success() && text.contains("E0505"), "{text}");
        computed_by_three(at);
        assert!(at.join(staged).exists(), "{program}");
        assert_eq!(look(), old, "{program}");
        // A kill while it is finished is no loss, wherever it comes.
        let mut killed = 0;
        for act in (1..).step_by(5) {
            let ran = faults::of(&["job", "finish", "job"], at, &[Fault::Kill(act)]);
            if ran.output.status.signal() != Some(9) {
                let text = String::from_utf8_lossy(&ran.output.stderr).into_owned();
                assert!(ran.output.status.success(), "act {act}: {text}");
                break;
            }
            killed += 1;
            if look() != old {
                break;
            }
        }
        assert!(killed > 2, "{program}: {killed}");
        let alone = plainly(&program.replace(" overwrite", ""));
        assert_eq!(look(), run_in(&mut session(alone.path(), None), read).text, "{program}");
        // What a killed process left goes with the next run.
        assert!(run_in(&mut session(at, None), &format!("{before} overwrite")).failed.is_empty());
        assert!(!files(at).keys().any(|name| name.to_string_lossy().contains("partial")));
    }
}

#[test]
fn jobs_hold_no_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let program =
        "set gdal GDAL_HTTP_USERPWD me:hidden1\nset gdal GDAL_HTTP_TIMEOUT 17\nramp 4 8 | save zarr \"x.zarr\"";
    fs::write(at.join("p.rastra"), program).unwrap();
    said(rastra(at, &["job", "begin", "p.rastra", "job"]));
    let all = files(&at.join("job"));
    let has = |text: &str| all.values().any(|bytes| String::from_utf8_lossy(bytes).contains(text));
    assert!(has("GDAL_HTTP_TIMEOUT") && !has("hidden1"));
}

/// A scheduler with two workers, in processes of their own.
pub(crate) struct Dask {
    scheduler: Child,
    workers: Vec<Child>,
    pub(crate) address: String,
    _folder: tempfile::TempDir,
}

impl Dask {
    fn start(workers: usize) -> Dask {
        Dask::with(workers, &[("RASTRA_BINARY", RASTRA)])
    }

    /// Workers in whose environment these variables are.
    pub(crate) fn with(workers: usize, env: &[(&str, &str)]) -> Dask {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scheduler.json");
        let cli = |what: &str, args: &[&str]| {
            let mut command = Command::new(root().join(".venv/bin/dask"));
            command.arg(what).args(args).envs(env.iter().copied()).current_dir(folder.path());
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let at = file.to_str().unwrap();
        let scheduler =
            cli("scheduler", &["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", at]);
        let end = Instant::now() + Duration::from_secs(60);
        let address = loop {
            assert!(Instant::now() < end, "the scheduler does not come up");
            let said = fs::read_to_string(&file).ok().and_then(|text| serde_json::from_str(&text).ok());
            if let Some(address) = said.and_then(|said: serde_json::Value| said["address"].as_str().map(String::from)) {
                break address;
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        let worker = |_| {
            let limits = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "2GiB"];
            cli("worker", &[&[address.as_str()][..], &limits[..]].concat())
        };
        let workers = (0..workers).map(worker).collect();
        Dask { scheduler, workers, address: address.replace("tcp://", "dask://"), _folder: folder }
    }

    /// The one that the tests share, while one of them uses it.
    fn shared() -> Arc<Dask> {
        static SHARED: LazyLock<Mutex<Weak<Dask>>> = LazyLock::new(Mutex::default);
        let mut shared = SHARED.lock().unwrap_or_else(|e| e.into_inner());
        shared.upgrade().unwrap_or_else(|| {
            let dask = Arc::new(Dask::start(2));
            *shared = Arc::downgrade(&dask);
            dask
        })
    }
}

impl Drop for Dask {
    fn drop(&mut self) {
        for child in self.workers.iter_mut().chain([&mut self.scheduler]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn sinks_on_dask_come_to_what_a_run_comes_to() {
    let dask = Dask::shared();
    for (_, program) in saved() {
        let program = &program;
        let alone = plainly(program);
        let folder = tempfile::tempdir().unwrap();
        let ran = run_in(&mut session(folder.path(), Some(&dask.address)), program);
        assert!(ran.failed.is_empty(), "{program}: {}", ran.text);
        same_files(program, alone.path(), folder.path());
    }
}

#[test]
fn golden_answers_on_dask() {
    let dask = Dask::shared();
    // Keeps the connection from one program to the next.
    let mut kept = session(&root(), Some(&dask.address));
    assert!(run_in(&mut kept, "ramp 2 2 | stats").failed.is_empty());
    let mut wrong = String::new();
    // Plans are cut for the workers, which have other memory, so what is said of plans differs.
    for (program, params) in crate::golden::programs().into_iter().filter(|(program, _)| !program.contains("explain")) {
        let of = |executor: Option<&str>| {
            let mut session = support::session(&params, &support::plain());
            session.settings.limits = Limits { tile: Some(4), ..session.settings.limits.clone() };
            session.settings.executor = executor.map(String::from);
            run_in(&mut session, &program)
        };
        let (alone, there) = (of(None), of(Some(&dask.address)));
        if alone.text != there.text {
            wrong.push_str(&format!("{program}\n---- alone\n{}---- on Dask\n{}\n", alone.text, there.text));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn random_pipelines_on_dask() {
    let dask = Dask::shared();
    let mut dice = Dice::new(20261130);
    for _ in 0..25 {
        let program = crate::random::pipeline(&mut dice);
        let of = |executor| run_in(&mut session(&root(), executor), &program).text;
        assert_eq!(of(Some(&dask.address)), of(None), "{program}");
    }
}

/// A run on Dask by the command, with its progress as lines of JSON.
fn started(folder: &Path, address: &str, program: &str) -> Child {
    let mut command = Command::new(RASTRA);
    command.current_dir(folder).env("RASTRA_PYTHON", root().join(".venv/bin/python"));
    command.args(["-c", program, "--on", address, "--progress", "json", "--memory", "1GiB"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

const LONG: &str = "ramp 200 200 | rolling 31 median | save zarr \"x.zarr\" chunks [time 50 y 20 x 20]";

/// What a run tells, line by line.
fn told(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok)
}

/// Waits until a run tells of tasks that are done; the lines that follow.
fn under_way(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let mut lines = told(child);
    let has_begun = |line: &String| line.contains("\"done\":") && !line.contains("\"done\":0,");
    assert!(lines.by_ref().any(|line| has_begun(&line)), "it ends before a task is done");
    lines
}

#[test]
fn a_worker_that_is_killed_is_no_loss() {
    let alone = plainly(LONG);
    let mut dask = Dask::start(2);
    let folder = tempfile::tempdir().unwrap();
    let mut run = started(folder.path(), &dask.address, LONG);
    let lines = under_way(&mut run);
    dask.workers[0].kill().unwrap();
    let rest: Vec<String> = lines.collect();
    assert!(run.wait().unwrap().success(), "{}", rest.join("\n"));
    same_files(LONG, alone.path(), folder.path());
}

#[test]
fn a_run_on_dask_is_stopped_as_any_other() {
    let dask = Dask::shared();
    let folder = tempfile::tempdir().unwrap();
    // Tasks of minutes, so that they are not over before the signal comes, however busy the machine is.
    let mut run = started(folder.path(), &dask.address, &LONG.replace("200 200", "600 600"));
    let mut lines = told(&mut run);
    assert!(lines.any(|line| line.contains("\"done\":0,")));
    let began = Instant::now();
    // SAFETY: a signal to a child that has not been waited for.
    unsafe { libc::kill(run.id() as i32, libc::SIGINT) };
    let rest: Vec<String> = lines.collect();
    let status = run.wait().unwrap();
    assert!(!status.success() && rest.iter().any(|line| line.contains("E0401")), "{}", rest.join("\n"));
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    // The workers are free for the next one.
    let ran = run_in(&mut session(folder.path(), Some(&dask.address)), "ramp 24 40 | stats");
    assert!(ran.failed.is_empty(), "{}", ran.text);
}

/// A worker beside which another version of Rastra lies is refused, with both versions named.
#[test]
fn workers_of_another_version_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("rastra");
    // It answers every question with its version, in a frame as `rastra job serve` writes it.
    let script = format!(
        "#!{}\nimport json, struct, sys\nhead = json.dumps({{'version': '0.0.1 (GDAL 1.0)'}}).encode()\n\
         sys.stdin.buffer.read(1)\nout = sys.stdout.buffer\n\
         out.write(struct.pack('<I', len(head)) + head + struct.pack('<Q', 0))\nout.flush()\nsys.stdin.buffer.read()\n",
        root().join(".venv/bin/python").display()
    );
    fs::write(&other, script).unwrap();
    fs::set_permissions(&other, fs::Permissions::from_mode(0o755)).unwrap();
    let dask = Dask::with(1, &[("RASTRA_BINARY", other.to_str().unwrap())]);
    let ran = run_in(&mut session(folder.path(), Some(&dask.address)), "ramp 2 2 | stats");
    let version = env!("CARGO_PKG_VERSION");
    for said in ["E0405", "0.0.1 (GDAL 1.0)", version] {
        assert!(ran.text.contains(said), "{said}: {}", ran.text);
    }
}

#[test]
fn what_fails_there_is_told_as_here() {
    let dask = Dask::shared();
    let folder = tempfile::tempdir().unwrap();
    for program in [
        "ramp 24 40 dtype int64 | map _ * 9223372036854775807 | sum over space",
        "let x = ramp 24 40 | map _ / 0\nx | mean over space | tail 2",
    ] {
        let of = |executor| run_in(&mut session(folder.path(), executor), program);
        assert_eq!(of(Some(&dask.address)).text, of(None).text);
    }
    let nobody = run_in(&mut session(folder.path(), Some("dask://127.0.0.1:1")), "ramp 2 2 | stats");
    assert!(nobody.text.contains("E0405") && nobody.text.contains("is the scheduler running"), "{}", nobody.text);
}
