//! Catalogs whose pages never end, come late, or can be asked for ahead, and servers that try one's patience meanwhile.

use super::servers::command;
use super::*;
use crate::cli::{plain, typed};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn served() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    raster(&folder.path().join("a.tif"), 0.0);
    let server = Server::start("pages.py", &[folder.path().to_str().unwrap()]);
    (folder, server)
}

/// What was asked of a list, in the order in which it was asked.
fn asked(server: &Server) -> Vec<String> {
    server.log().iter().map(|path| path.as_str().unwrap().to_string()).collect()
}

fn load(server: &Server, how: &str, more: &str) -> String {
    format!("load stac \"{}/{how}/items\" assets red {more} | schema", server.url())
}

/// Lists without an end are refused after a while, and what the refusal says to do is done.
#[test]
fn lists_without_an_end_are_refused() {
    let (_folder, server) = served();
    let cases: [(&str, &str, usize, &str); 4] = [
        ("repeat", "`next` of page 1 of", 1, "leads back to a page before it"),
        ("circle", "`next` of page 3 of", 3, "leads back to a page before it"),
        ("endless", "has more than 40 pages", 40, "`set pages 400` reads on for longer"),
        ("same", "the last 10 pages of", 11, "hold no new item, and another follows"),
    ];
    for (how, what, pages, more) in cases {
        let before = asked(&server).len();
        let program = format!("set pages 40\n{}", load(&server, how, ""));
        let said = rastra(&program, &[]).fails("E0317", &[what, more]);
        let n_asked = asked(&server).len() - before;
        // A program of two statements is looked through before it is run; one page may be under way already.
        assert!((2 * pages..=2 * pages + 2).contains(&n_asked), "{how}: {n_asked}");
        let way_out = said.split("`max ").nth(1).and_then(|rest| rest.split('`').next()).unwrap();
        let out = rastra(&load(&server, how, &format!("max {way_out}")), &[]).ok();
        assert!(out.contains(" step"), "{how} max {way_out}: {out}");
    }
    let said = rastra(&load(&server, "empty", ""), &[]).fails("E0317", &["the last 50 pages of", "ask for less"]);
    assert!(!said.contains("`max"), "{said}");
    rastra(&load(&server, "chain", ""), &[]).fails("E0317", &["the last 50 pages of", "set pages"]);
    // Pages without items among others are no end.
    let out = rastra(&load(&server, "gaps", ""), &[]).ok();
    assert!(out.contains("4 steps"), "{out}");
}

/// Numbered pages are asked for together; each is asked for once.
#[test]
fn numbered_pages_are_asked_for_together() {
    let (_folder, server) = served();
    for how in ["numbers", "offsets"] {
        let before = asked(&server).len();
        let out = rastra(&load(&server, how, ""), &[]).ok();
        assert!(out.contains("60 steps"), "{out}");
        let mut pages = asked(&server).split_off(before);
        assert_eq!(pages.len(), 6, "{pages:?}");
        pages.sort();
        pages.dedup();
        assert_eq!(pages.len(), 6, "{pages:?}");
    }
    // What the pages say counts, not what was foreseen.
    let out = rastra(&load(&server, "wrong", ""), &[]).ok();
    assert!(out.contains("31 steps"), "{out}");
    // With `max` no page too many: the items of the first are enough.
    let before = asked(&server).len();
    rastra(&load(&server, "numbers", "max 7"), &[]).ok();
    assert_eq!(asked(&server).split_off(before).len(), 1);
}

/// The next page is asked for, and so are the heads of the files of this one, before the next is here: its server waits for
/// them.
#[test]
fn heads_are_asked_for_while_pages_come() {
    let (_folder, server) = served();
    let out = rastra(&load(&server, "tokens", ""), &[]).ok();
    assert!(out.contains("20 steps"), "{out}");
    let all = asked(&server);
    assert_eq!(all.iter().filter(|path| path.starts_with("/tokens")).count(), 2, "{all:?}");
    assert_eq!(all.iter().filter(|path| path.starts_with("/heads")).count(), 20, "{all:?}");
}

/// A server may ask for a pause, but not for an hour; nor is room made for what it says that will come.
#[test]
fn what_servers_say_of_pauses_and_lengths_has_limits() {
    let (_folder, server) = served();
    let started = Instant::now();
    let said =
        rastra(&load(&server, "later", ""), &[]).fails("E0311", &["asks to wait for 3600 s", "`set pause 3600`"]);
    assert!(started.elapsed() < Duration::from_secs(20), "{said}");
    // The same for bytes of files.
    let file = format!("load files \"{}/later/a.tif\" | schema", server.url());
    rastra(&file, &[]).fails("E0311", &["asks to wait for 3600 s", "`set pause 3600`"]);
    let n_asked = |how: &str| asked(&server).iter().filter(|path| path.starts_with(how)).count();
    assert_eq!(n_asked("/later/items"), 1);
    let once = [("GDAL_HTTP_MAX_RETRY", "1")];
    rastra(&load(&server, "long", ""), &once).fails("E0311", &["broke"]);
    assert_eq!(n_asked("/long/items"), 2);
    // A pause that is too long for the program may be too long for its setting, too.
    let program = format!("set pause 0.5\n{}", load(&server, "later", ""));
    rastra(&program, &[]).fails("E0311", &["asks to wait for 3600 s"]);
}

/// A server that says nothing while a catalog is read is named while it is waited for, and Ctrl-C ends the wait at once.
#[test]
fn a_silent_catalog_is_told_and_interrupted() {
    let (_folder, server) = served();
    let program = load(&server, "silent", "");
    let args = ["--progress", "json", "-c", &program];
    let mut child = command(&[]).args(args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let line: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(line["waiting_for"], server.host(), "{line}");
    let seconds = line["seconds"].as_u64().unwrap();
    assert!((3..30).contains(&seconds), "{line}");
    let started = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().signal(), Some(2));
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert!(lines.any(|line| line.unwrap().contains("interrupted")));
    // A server that stays silent is given up after a while; the setting holds for the loads below it.
    let program = format!("set silence 0.4\n{}", load(&server, "silent", ""));
    let started = Instant::now();
    rastra(&program, &[("GDAL_HTTP_MAX_RETRY", "1")]).fails("E0311", &["broke", "2 times"]);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

/// At the prompt, too; and a request that was left behind keeps none from the next line, however few may be under way.
#[test]
fn a_silent_catalog_at_the_prompt() {
    let (folder, server) = served();
    let url = server.url();
    let silent = format!("load stac \"{url}/silent/items\" assets red | stats\\r");
    let next = format!("load stac \"{url}/repeat/items\" assets red max 1 | schema\\r");
    let lines = [r"set requests 1\r", &silent, "sleep 9", r"\x03", &next, r"\x04"];
    let started = Instant::now();
    let Some((shown, code)) = typed(folder.path(), &[], &lines) else { return };
    let text = plain(&shown);
    assert_eq!(code, 0, "{text}");
    for wanted in [&format!("waiting for {}, ", server.host()), "error[E0401]: interrupted", "1 step, 1 band (red"] {
        assert!(text.contains(wanted), "`{wanted}` is missing in\n{text}");
    }
    assert!(started.elapsed() < Duration::from_secs(55), "{:?}\n{text}", started.elapsed());
}
