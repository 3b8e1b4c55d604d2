//! The command: exit codes, what goes to which stream, signals, and a session at the prompt.

use crate::tiff::Tiff;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The command, without what the shell around the tests may have set.
fn rastra() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rastra"));
    command.env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    rastra().args(args).output().unwrap()
}

fn run_in(folder: &Path, args: &[&str]) -> Output {
    rastra().args(args).current_dir(folder).output().unwrap()
}

fn with_input(args: &[&str], input: &str) -> Output {
    let mut child =
        rastra().args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("{output:?}"))
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const FOUR: &str = "2020-01-01 v\n 0  1\n10 11\n";

#[test]
fn codes_and_streams() {
    let folder = tempfile::tempdir().unwrap();
    for (args, expected, on_out, on_err) in [
        (&["-c", "ramp 1 2 | show"][..], 0, FOUR, ""),
        (&["-c", ""], 0, "", ""),
        (&["-c", "# nothing"], 0, "", ""),
        (&["-c", "ramp 1 2 | shwo"], 2, "", "did you mean `show`?"),
        (&["-c", "ramp 1 2 |"], 2, "", "error[E0001]"),
        (&["-c", "load netcdf \"nope.nc\" | show"], 1, "", "nope.nc"),
        // Nothing runs where a later statement is wrong.
        (&["-c", "ramp 1 2 | show; ramp 1 2 | selct v"], 2, "", "did you mean `select`?"),
        (&["-c", "ramp 1 2 | save netcdf \"a.nc\""], 0, "", "saved a.nc"),
        (&["-c", "ramp 1 2 | save netcdf \"a.nc\""], 1, "", "E0501"),
        (&["-c", "ramp 24 1 | groupby year mean | schema"], 0, "2 year", "note: 24 steps -> 2 groups"),
        (&["-c", "ramp 24 1 | groupby year mean | show"], 0, "2020 v\n550\n", "note: 24 steps -> 2 groups"),
        (&["-c", "-"], 2, "", "E0001"),
        (&["--nonsense"], 2, "", "--nonsense"),
        (&["run"], 2, "", "FILE"),
        (&["a.rastra"], 2, "", "rastra run a.rastra"),
        (&["--version"], 0, "GDAL 3", ""),
        (&["--help"], 0, "Exit codes:", ""),
    ] {
        let ran = run_in(folder.path(), args);
        let (stdout, stderr) = (out(&ran), err(&ran));
        assert_eq!(code(&ran), expected, "{args:?}\n{stdout}\n{stderr}");
        assert!(stdout.contains(on_out) && (!on_out.is_empty() || stdout.is_empty()), "{args:?}: {stdout}");
        assert!(stderr.contains(on_err) && (!on_err.is_empty() || stderr.is_empty()), "{args:?}: {stderr}");
    }
}

#[test]
fn programs_from_files_and_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("ok.rastra", b"ramp 1 2\n| show\n");
    write("wrong.rastra", b"ramp 1 2\n  | shwo\n");
    write("latin.rastra", b"ramp 1 2 # d\xe9j\xe0\n");
    write("wide.rastra", b"\xff\xfer\0a\0m\0p\0");
    let ran = |file: &str| run_in(folder.path(), &["run", file]);
    assert_eq!((code(&ran("ok.rastra")), out(&ran("ok.rastra"))), (0, FOUR.to_string()));
    let wrong = ran("wrong.rastra");
    assert_eq!(code(&wrong), 2);
    assert!(err(&wrong).contains("--> wrong.rastra:2:5"), "{}", err(&wrong));
    let latin = ran("latin.rastra");
    assert_eq!(code(&latin), 2);
    assert!(err(&latin).contains("E0004") && err(&latin).contains("byte 12"), "{}", err(&latin));
    assert!(err(&ran("wide.rastra")).contains("UTF-16"));
    let missing = ran("okk.rastra");
    assert_eq!(code(&missing), 1);
    assert!(
        err(&missing).contains("E0301") && err(&missing).contains("did you mean `ok.rastra`?"),
        "{}",
        err(&missing)
    );
    assert_eq!(code(&ran(".")), 1);
    for args in [&[][..], &["run", "-"]] {
        let piped = with_input(args, "ramp 1 2\n| show\n");
        assert_eq!((code(&piped), out(&piped)), (0, FOUR.to_string()), "{}", err(&piped));
    }
    assert_eq!(code(&with_input(&[], "")), 0);
    // A megabyte of anything is refused in good time, in few words.
    let garbage: String =
        (0..1_000_000u32).map(|i| char::from(b' ' + (i.wrapping_mul(2_654_435_761) >> 25) as u8 % 94)).collect();
    let began = Instant::now();
    let refused = with_input(&[], &garbage);
    assert_eq!(code(&refused), 2);
    assert!(began.elapsed() < Duration::from_secs(20) && refused.stderr.len() < 100_000, "{:?}", began.elapsed());
}

#[test]
fn questions_from_a_shell() {
    let asked = out(&run(&["-c", ":help crop"]));
    assert!(asked.starts_with("Keep the pixels of a box") && asked.contains("\ncrop [bbox"), "{asked}");
    assert_eq!(out(&run(&["help", "crop"])), asked);
    assert_eq!(out(&with_input(&[], ":help crop\n")), asked);
    assert!(out(&run(&["help", "save", "zarr"])).contains("chunks"));
    assert!(out(&run(&["help", "run"])).contains("--dry-run"));
    assert!(out(&run(&["help"])).contains("Exit codes:"));
    // Programs and questions in turn.
    let both = with_input(&[], "let n = 3\nramp $n 1\n:vars\nramp 1 2 | show");
    assert!(out(&both).contains("$n") && out(&both).ends_with(FOUR), "{both:?}");
    for (args, wanted) in
        [(&["help", "resmaple"][..], "did you mean `resample`?"), (&["-c", ":hlep"], "did you mean `:help`?")]
    {
        let ran = run(args);
        assert_eq!((code(&ran), out(&ran)), (2, String::new()), "{args:?}");
        assert!(err(&ran).contains(wanted), "{args:?}: {}", err(&ran));
    }
    // A slip is answered as at the prompt, wherever the program comes from.
    let slip = "ramp 1 2 | dervie x = v * 2";
    for ran in [run(&["-c", slip]), with_input(&[], slip), with_input(&[], &format!(":vars\n{slip}"))] {
        assert!(code(&ran) == 2 && err(&ran).contains("did you mean `derive x = v * 2`?"), "{}", err(&ran));
    }
    // So in a file, as it comes from a notebook; its parameters and mistakes are found all the same.
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.rastra"), "param n = 3\nramp 1 2 | show\n:vars\n").unwrap();
    let ran = run_in(folder.path(), &["run", "a.rastra"]);
    assert!(code(&ran) == 0 && out(&ran).starts_with(FOUR) && out(&ran).contains("$n"), "{ran:?}");
    let ran = run_in(folder.path(), &["run", "a.rastra", "--set", "m=3"]);
    assert!(code(&ran) == 2 && out(&ran).is_empty() && err(&ran).contains("no parameter `m`"), "{ran:?}");
}

/// A statement runs under the settings before it, and finding mistakes beforehand changes none.
#[test]
fn settings_hold_from_where_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let ran = |args: &[&str]| run_in(folder.path(), args);
    assert_eq!(code(&ran(&["-c", "ramp 1 2 | save tif \"a.tif\""])), 0);
    let schema = |text: &str| out(&ran(&["-c", text]));
    let load = "load files \"a.tif\"";
    let located = schema(&format!("{load} | schema"));
    let bare = schema(&format!("set gdal GDAL_GEOREF_SOURCES NONE\n{load} | schema"));
    assert_ne!(located, bare);
    let both = format!("{load} | schema\nset gdal GDAL_GEOREF_SOURCES NONE\n{load} | schema");
    assert_eq!(schema(&both), format!("{located}{bare}"));
    let pixels = format!("{load} | show\nset gdal GDAL_GEOREF_SOURCES NONE\n{load} | show");
    let shown = ran(&["-c", &pixels]);
    assert_eq!((code(&shown), out(&shown).matches(" 0  1\n10 11\n").count()), (0, 2), "{}", err(&shown));
    // What stands behind it is bound under it before anything runs, and checked under it.
    let slip = ran(&["-c", &format!("{both}\n{load} | selct v")]);
    assert_eq!((code(&slip), out(&slip)), (2, String::new()));
    let program = format!("set gdal GDAL_GEOREF_SOURCES NONE\n{load} | crop bbox 0 0 2 2 | show");
    fs::write(folder.path().join("a.rastra"), program).unwrap();
    let checked = ran(&["check", "a.rastra"]);
    assert_eq!(code(&checked), code(&ran(&["run", "a.rastra"])), "{}", err(&checked));
}

#[test]
fn parameters() {
    let text = "param n: number\nparam size: number = 1\nramp $n $size | show";
    let one = "2020-01-01 v\n0\n";
    let ran = run(&["-c", text, "--set", "n=1"]);
    assert_eq!((code(&ran), out(&ran)), (0, one.to_string()));
    assert_eq!(out(&run(&["-c", text, "--set", "n=1", "--set", "size=2"])), FOUR);
    for (args, wanted) in [
        (&["-c", text][..], "--set n=3"),
        (&["-c", text, "--set", "n=x"], "is no number"),
        (&["-c", text, "--set", "n=1", "--set", "siz=2"], "did you mean `size`?"),
        (&["-c", text, "--set", "n"], "NAME=VALUE"),
        (&["-c", text, "--memory", "lots"], "4GiB"),
        (&["-c", text, "--threads", "0"], "threads"),
    ] {
        let ran = run(args);
        assert_eq!(code(&ran), 2, "{args:?}");
        assert!(err(&ran).contains(wanted), "{args:?}: {}", err(&ran));
    }
}

#[test]
fn plans_instead_of_and_before_running() {
    let folder = tempfile::tempdir().unwrap();
    let text = "ramp 12 4 | mean | save zarr \"a.zarr\"\nramp 1 2 | show";
    let dry = run_in(folder.path(), &["-c", text, "--dry-run"]);
    assert_eq!(code(&dry), 0, "{}", err(&dry));
    assert!(out(&dry).contains("tasks") && !out(&dry).contains(" 0  1"), "{}", out(&dry));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let ran = run_in(folder.path(), &["-c", text, "--explain"]);
    assert_eq!(out(&ran), FOUR);
    assert!(err(&ran).contains("tasks") && err(&ran).contains("saved a.zarr"), "{}", err(&ran));
    assert!(folder.path().join("a.zarr").exists());
}

#[test]
fn layouts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.rastra");
    fs::write(&path, "# why\nramp  1 2|head 1 |show   # that\n").unwrap();
    let fmt = |args: &[&str]| run_in(folder.path(), &[&["fmt"], args].concat());
    assert_eq!(code(&fmt(&["--check", "a.rastra"])), 1);
    assert_eq!(code(&fmt(&["a.rastra"])), 0);
    let once = fs::read_to_string(&path).unwrap();
    assert_eq!(once, "# why\nramp 1 2 | head 1 | show  # that\n");
    assert_eq!(code(&fmt(&["--check", "a.rastra"])), 0);
    assert_eq!(code(&fmt(&["a.rastra"])), 0);
    assert_eq!(fs::read_to_string(&path).unwrap(), once);
    let piped = with_input(&["fmt", "-"], "ramp  1 2|show");
    assert_eq!(out(&piped), "ramp 1 2 | show\n");
    // What does not parse stays as it is.
    fs::write(&path, "ramp 1 2 |").unwrap();
    assert_eq!(code(&fmt(&["a.rastra"])), 2);
    assert_eq!(fs::read_to_string(&path).unwrap(), "ramp 1 2 |");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn checks() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("good.rastra", "param n: number\nramp $n 2 | save zarr \"a.zarr\"");
    write("bad.rastra", "ramp 1 2 | selct v\nramp 1 2 | map a = b");
    let check = |args: &[&str]| run_in(folder.path(), &[&["check"], args].concat());
    let good = check(&["good.rastra", "--set", "n=3"]);
    assert_eq!(code(&good), 0, "{}", err(&good));
    let bad = check(&["good.rastra", "bad.rastra", "--set", "n=3"]);
    assert_eq!(code(&bad), 2);
    assert!(err(&bad).contains("did you mean `select`?") && err(&bad).contains("E0202"), "{}", err(&bad));
    assert!(out(&bad).is_empty());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn no_colors_away_from_a_terminal() {
    assert!(!err(&run(&["-c", "ramp 1 2 | shwo"])).contains('\x1b'));
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let mut child = rastra()
        .args(["-c", "ramp 24 40 | show; ramp 24 40 | show; ramp 24 40 | show"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!((code(&ended), err(&ended)), (0, String::new()));
}

#[test]
fn progress_as_json() {
    let ran = run(&["-c", "ramp 60 200 | median | stats", "--progress", "json"]);
    assert_eq!(code(&ran), 0);
    assert!(out(&ran).starts_with("band"));
    let lines: Vec<serde_json::Value> = err(&ran).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let percents: Vec<f64> = lines.iter().map(|line| line["percent"].as_f64().unwrap()).collect();
    assert!(percents.is_sorted(), "{percents:?}");
    let (first, last) = (&lines[0], &lines[lines.len() - 1]);
    assert_eq!((first["done"].as_u64(), percents[0]), (Some(0), 0.0));
    assert_eq!((last["done"].as_u64(), last["percent"].as_f64()), (last["tasks"].as_u64(), Some(100.0)));
    assert!(last["bytes_read"].as_u64().unwrap() > 0 && last["bytes_to_read"].is_u64());
    assert!(first["eta_seconds"].is_null());
    assert!(err(&run(&["-c", "ramp 60 200 | median | stats"])).is_empty());
}

/// The program's word counts from where it stands, over that of the command line.
#[test]
fn progress_as_the_program_says() {
    let lines = |args: &[&str]| {
        let ran = run(args);
        assert_eq!(code(&ran), 0, "{}", err(&ran));
        let told = err(&ran).lines().filter(|line| line.starts_with("{\"done\"")).count();
        (told > 0, err(&ran))
    };
    let count = "ramp 2 2 | stats";
    for (text, more, told) in [
        (format!("set progress json; {count}"), &[][..], true),
        (format!("{count}; set progress json"), &[], false),
        (format!("set progress off; {count}"), &["--progress", "json"], false),
        (format!("set progress auto; {count}"), &["--progress", "json"], false),
        (count.to_string(), &["--progress", "off"], false),
        (count.to_string(), &["--progress", "none"], false),
    ] {
        let (seen, said) = lines(&[&["-c", text.as_str()], more].concat());
        assert_eq!(seen, told, "{text} {more:?}: {said}");
    }
    let wrong = run(&["-c", "set progress loud"]);
    assert!(code(&wrong) == 2 && err(&wrong).contains("`auto`, `json` or `off`"), "{}", err(&wrong));
}

#[test]
fn inputs_left_out() {
    let folder = tempfile::tempdir().unwrap();
    for day in 1..=3 {
        let tiff = Tiff {
            dtype: "float64",
            nodata: Some(-1.0),
            epsg: Some(32631),
            transform: [0.0, 1.0, 0.0, 0.0, 0.0, -1.0],
            rows: vec![vec![f64::from(day); 64]; 64],
        };
        tiff.write(&folder.path().join(format!("a_2020-01-0{day}.tif")));
    }
    // The header stays, the pixels go.
    let path = folder.path().join("a_2020-01-02.tif");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let text = "load files \"*.tif\" dates \"%Y-%m-%d\" | stats";
    let stopped = run_in(folder.path(), &["-c", text]);
    assert_eq!(code(&stopped), 1, "{}{}", out(&stopped), err(&stopped));
    let skipped = run_in(folder.path(), &["-c", text, "--on-error", "skip"]);
    assert_eq!(code(&skipped), 3, "{}{}", out(&skipped), err(&skipped));
    let notes = err(&skipped);
    assert!(notes.contains("note: skipped 1 of 3 inputs: a_2020-01-02.tif (2020-01-02): "), "{notes}");
    fs::write(folder.path().join("a_2020-01-03.tif"), "junk").unwrap();
    let notes = err(&run_in(folder.path(), &["-c", text, "--on-error", "skip"]));
    assert!(notes.contains("note: skipped 2 of 3 inputs\nnote: skipped a_2020-01-0"), "{notes}");
}

/// Steps that are only positions are told of, wherever the cube is seen or used.
#[test]
fn files_without_dates() {
    let folder = tempfile::tempdir().unwrap();
    let made = run_in(folder.path(), &["-c", "ramp 3 2 | groupby [1 2 3] mean | save tif \"p/x{i}a.tif\""]);
    assert_eq!(code(&made), 0, "{}", err(&made));
    for end in ["schema", "describe", "show", "mean | show", "save zarr \"a.zarr\""] {
        let ran = run_in(folder.path(), &["-c", &format!("load files \"p/*.tif\" | {end}")]);
        let note = "note: the names of 3 files have no date, so steps are positions; `dates \"%Y%m%d\"`";
        assert_eq!((code(&ran), err(&ran).matches(note).count()), (0, 1), "{end}: {}", err(&ran));
    }
    let one = run_in(folder.path(), &["-c", "load files \"p/x1a.tif\" | show"]);
    assert_eq!((code(&one), err(&one).as_str()), (0, ""), "one file needs no date");
}

#[test]
fn names_that_say_another_format() {
    let folder = tempfile::tempdir().unwrap();
    for (save, help) in [
        ("tif \"a.nc\"", "`save netcdf \"a.nc\"` does, or call it \"a.tif\""),
        ("netcdf \"b/a.tif\"", "`save tif \"a.tif\"` does, or call it \"a.nc\""),
        ("zarr \"a.NC\"", "`save netcdf \"a.NC\"` does, or call it \"a.zarr\""),
        ("csv \"a.parquet\"", "`save parquet \"a.parquet\"` does, or call it \"a.csv\""),
        ("cog \"a.zarr/\"", "`save zarr \"a.zarr\"` does, or call it \"a.tif\""),
    ] {
        let cube = if save.starts_with("csv") { "ramp 1 2 | mean over space" } else { "ramp 1 2" };
        let ran = run_in(folder.path(), &["-c", &format!("{cube} | save {save}")]);
        assert!(code(&ran) == 1 && err(&ran).contains(help), "{save}: {}", err(&ran));
    }
    for save in ["tif \"a\"", "tif \"b.v2\"", "cog \"a.TIFF\"", "netcdf \"a.cdf\"", "zarr \"a.out\""] {
        let ran = run_in(folder.path(), &["-c", &format!("ramp 1 2 | save {save}")]);
        assert_eq!(code(&ran), 0, "{save}: {}", err(&ran));
    }
}

/// Starts a program, sends it a signal once it works, and returns what came of it and how long that took.
fn interrupted(folder: &Path, text: &str, signal: &str) -> (Output, Duration) {
    let mut child = rastra()
        .args(["-c", text, "--progress", "json"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The first line of progress says that the run has begun.
    let mut stderr = child.stderr.take().unwrap();
    assert_eq!(stderr.read(&mut [0; 1]).unwrap(), 1);
    std::thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    let mut output = child.wait_with_output().unwrap();
    output.stderr = said.into_bytes();
    (output, began.elapsed())
}

#[test]
fn signals_stop_a_run() {
    let folder = tempfile::tempdir().unwrap();
    for (text, signal, number) in [
        ("ramp 2000 2000 | median | stats", "INT", 2),
        ("ramp 2000 2000 | median | save zarr \"a.zarr\"", "INT", 2),
        ("ramp 2000 2000 | median | save netcdf \"a.nc\"", "TERM", 15),
        ("ramp 2000 2000 | median | save tif \"a.tif\"", "INT", 2),
        ("ramp 4000 700 | animate max 4000 | save gif \"a.gif\"", "INT", 2),
    ] {
        let (ended, took) = interrupted(folder.path(), text, signal);
        // A shell sees the signal and stops its own loop.
        assert_eq!(ended.status.signal(), Some(number), "{text}: {ended:?}");
        assert!(err(&ended).contains("error[E0401]: interrupted"), "{text}: {}", err(&ended));
        // A second, and some for machines that do other things too.
        assert!(took < Duration::from_secs(5), "{text}: {took:?}");
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(left.is_empty(), "{text}: {left:?}");
    }
}

/// Without a page to show it on, a picture is a file; what it shows goes to standard output, where it lies beside it.
#[test]
fn pictures_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let ran = rastra().args(["-c", "ramp 1 4 | plot size 300 300"]).env("TMPDIR", folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "picture of 1 map, 300 x 300 pixels\nv  0 .. 33\n");
    let said = err(&ran);
    let path = said.strip_prefix("picture in ").and_then(|rest| rest.split(';').next()).unwrap();
    assert!(fs::read(path).unwrap().starts_with(b"\x89PNG"), "{said}");
}

/// Types lines at a prompt on a pseudo-terminal, each once the one before has been answered, and prints all that was
/// shown.
const TYPIST: &str = r#"
import fcntl, os, pty, select, struct, sys, termios, time
command, lines = sys.argv[1], sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execv(command, [command])
# A window of 40 lines and 160 columns: what is drawn is as wide as the window.
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
shown = b""
def until(text, times, seconds=60):
    global shown
    end = time.time() + seconds
    while shown.count(text) < times:
        left = end - time.time()
        if left < 0 or not select.select([fd], [], [], left)[0]:
            break
        try:
            more = os.read(fd, 65536)
        except OSError:
            break
        if not more:
            break
        # Asked where the cursor is, a terminal answers.
        if b"\x1b[6n" in more:
            os.write(fd, b"\x1b[1;1R")
        shown += more
# What the editor sends when it begins to read a line.
ready = b"rastra> " if os.environ["TERM"] == "dumb" else b"\x1b[?2004h"
until(ready, 1)
for line in lines:
    if line.startswith("sleep "):
        time.sleep(float(line[6:]))
        continue
    line = line.encode().decode("unicode_escape").encode("latin-1")
    before = shown.count(ready)
    os.write(fd, line)
    # Half a statement and a long run are not answered.
    if line.endswith((b"\r", b"\x03")) and not line.endswith(b"|\r") and b"stats" not in line:
        until(ready, before + 1)
until(b"never shown", 1, 2)
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status) & 127)
"#;

/// What a terminal showed, without colors and cursor movements, and the exit code.
pub(super) fn typed(folder: &Path, env: &[(&str, &str)], lines: &[&str]) -> Option<(String, i32)> {
    let mut python = Command::new("python3");
    python.args(["-c", TYPIST, env!("CARGO_BIN_EXE_rastra")]).args(lines).current_dir(folder);
    python.env("XDG_STATE_HOME", folder.join("state")).env("TERM", "xterm").env_remove("NO_COLOR");
    let Ok(output) = python.envs(env.iter().copied()).output() else {
        eprintln!("skipped: no python3 to type with");
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some((text, code(&output)))
}

pub(super) fn plain(text: &str) -> String {
    let escapes = regex::Regex::new(r"\x1b\[[0-9;?]*[a-zA-Z]").unwrap();
    escapes.replace_all(text, "").replace('\r', "")
}

#[test]
fn a_session_at_the_prompt() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        r"ramp 12 2 bands [red nir]\r",
        // A script that comes line by line gives the same cube.
        r"| head 2\r",
        r"| sele\tnir\r",
        r"| show\r",
        r"let x = ramp 3 2\r",
        r"| mean\r",
        r"| show\r",
        r"ramp 1 2 |\r",
        r"  map v * 3 | show\r",
        r"$y | show\r",
        r":hlp\r",
        r"ramp 2000 2000 | median | stats\r",
        "sleep 1.5",
        r"\x03",
        r":vars\r",
        r"\x04",
    ];
    let Some((shown, code)) = typed(folder.path(), &[], &lines) else { return };
    let text = plain(&shown);
    assert_eq!(code, 0, "{text}");
    for wanted in [
        "12 steps, 2 bands (red nir",
        "| select nir",
        "2020-02-01 nir\n1100 1101\n",
        "2020-01-01 .. 2020-03-01 v\n100 101\n110 111\n",
        " 0  3\n30 33\n",
        "     .. ",
        "unknown variable `$y`",
        "did you mean `:help`?",
        "error[E0401]: interrupted",
        "$x  2020-01-01 .. 2020-03-01, reduced",
    ] {
        assert!(text.contains(wanted), "`{wanted}` is missing in\n{text}");
    }
    assert!(shown.contains("\x1b[36mramp"), "colors");
    let history = fs::read_to_string(folder.path().join("state/rastra/history")).unwrap();
    assert!(history.contains("| head 2") && history.contains(":vars"), "{history}");
}

#[test]
fn prompts_without_color_or_cleverness() {
    let folder = tempfile::tempdir().unwrap();
    // A file where the folder of the history would be.
    fs::write(folder.path().join("state"), "").unwrap();
    let lines = [r"ramp 1 2 | shwo\r", r"ramp 1 2 | show\r", r":quit\r"];
    let Some((shown, code)) = typed(folder.path(), &[("NO_COLOR", "1")], &lines) else { return };
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains("\x1b[36m") && !shown.contains("\x1b[1m"), "{shown:?}");
    assert!(plain(&shown).contains("10 11"), "{shown}");
    let Some((shown, code)) = typed(folder.path(), &[("TERM", "dumb")], &lines) else { return };
    assert_eq!(code, 0, "{shown}");
    assert!(plain(&shown).contains("10 11") && !shown.contains("\x1b["), "{shown:?}");
}

/// Where a terminal shows no pictures, letters stay letters, a map is of half blocks and a line of braille.
#[test]
fn pictures_in_cells() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        r"ramp 4 3 | plot title Months\r",
        r"ramp 24 3 bands [rain snow] | mean over space | plot size 300 200\r",
        r"\x04",
    ];
    let env = [("TERM", "xterm-256color"), ("COLORTERM", ""), ("TERM_PROGRAM", "")];
    let Some((shown, code)) = typed(folder.path(), &env, &lines) else { return };
    let text = plain(&shown);
    assert_eq!(code, 0, "{text}");
    for wanted in ["Months", "January 2020", "easting (m), EPSG:32631", "▀▀▀▀▀▀", "■ rain", "■ snow", "Jul 2020", "└──"]
    {
        assert!(text.contains(wanted), "`{wanted}` is missing in\n{text}");
    }
    let braille = text.chars().filter(|letter| ('\u{2801}'..='\u{28ff}').contains(letter)).count();
    assert!(braille > 60, "lines of {braille} cells in\n{text}");
    // One of 256 colors, and the widest line fits.
    assert!(shown.contains("\x1b[0;38;5;") && !shown.contains("38;2;"), "{shown:?}");
    let widest = text.lines().filter(|line| line.contains(['▀', '│'])).map(|line| line.chars().count()).max();
    assert!(widest <= Some(100), "{widest:?}\n{text}");
}

/// What a file cannot hold is counted, whatever the format.
#[test]
fn pixels_that_do_not_fit_a_file_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    // 0, 50, 100 and so on to 650: eight lie beyond 255, and 0 marks the missing where it is asked to.
    let cube = "ramp 1 2 | map a = _ * 50, b = _ * 60";
    for (save, missing, changed) in [
        ("zarr \"a.zarr\" dtype uint8 nodata 0", "6 pixels made missing", ""),
        ("zarr \"b.zarr\" dtype uint8 scale 10", "", ""),
        ("zarr \"c.zarr\" dtype uint8 scale 2", "3 pixels made missing", ""),
        ("netcdf \"a.nc\" dtype uint8 nodata 0", "6 pixels made missing", ""),
        ("netcdf \"b.nc\" nodata 50", "1 pixel made missing", ""),
        ("netcdf \"c.nc\" dtype uint8 scale 2", "3 pixels made missing", ""),
        ("tif \"a.tif\" dtype uint8 nodata 0", "2 pixels made missing", "4 pixels changed"),
        ("tif \"b.tif\" dtype float64 nodata 50", "1 pixel made missing", ""),
        ("cog \"c.tif\" dtype uint8 nodata none", "", "4 pixels changed"),
    ] {
        let ran = run_in(folder.path(), &["-c", &format!("{cube} | save {save}")]);
        let notes = err(&ran);
        assert_eq!(code(&ran), 0, "{save}: {notes}");
        for (what, expected) in [("made missing", missing), ("changed", changed)] {
            assert_eq!(notes.contains(what), !expected.is_empty(), "{save}: {notes}");
            assert!(notes.contains(expected), "{save}: {notes}");
        }
    }
}
