//! Rooms lie upon one another, and what stands side by side in a room names one another in one direction.

use super::imports::{Files, Import, module};
use super::rust_files;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What each room of `src` may name of the others. Rooms that are not here open the doors and may name all.
const LAYERS: &[(&str, &[&str])] = &[
    ("certificates", &[]),
    ("cube", &["diagnostic"]),
    ("diagnostic", &[]),
    ("reducers", &["cube"]),
    ("signature", &[]),
    ("table", &["cube", "diagnostic"]),
    ("expr", &["cube", "diagnostic"]),
    ("plan", &["cube", "diagnostic", "expr", "reducers", "table"]),
    ("lang", &["cube", "diagnostic", "expr", "plan", "signature", "table", "verbs"]),
    // Of formats only what their stages are called and take.
    (
        "verbs",
        &[
            "cube",
            "diagnostic",
            "expr",
            "plan",
            "lang",
            "io::zarr",
            "reducers",
            "signature",
            "table",
            "io::SOURCES",
            "io::SINKS",
            "io::TABLE_SINKS",
            "io::TABLE_SOURCES",
            "io::PICTURE_SINKS",
        ],
    ),
    ("gdal", &["certificates", "diagnostic"]),
    ("geometry", &["cube", "diagnostic", "gdal", "plan::Resampling", "table::Ring"]),
    // Of files only what a source is and what reading one takes, and of targets the parts that many processes write; unit
    // tests open some.
    (
        "exec",
        &[
            "cube",
            "diagnostic",
            "expr",
            "plan",
            "geometry",
            "io::FILES_KEPT",
            "io::ReadCx",
            "io::SharedTarget",
            "io::Sink",
            "io::SkippedInput",
            "io::Source",
            "io::Tile",
            "io::Want",
            "io::discover",
            "io::init_thread",
            "io::join",
            "io::open",
            "io::requests",
            "io::zarr",
            "reducers",
            "table",
        ],
    ),
    // Of plans only what travels to a format: its spec and the words of its options.
    (
        "io",
        &[
            "certificates",
            "cube",
            "diagnostic",
            "expr",
            "gdal",
            "geometry",
            "plan::Extent",
            "plan::Held",
            "plan::DateRange",
            "plan::Payload",
            "plan::PlacesSource",
            "plan::SourceSlice",
            "plan::Signer",
            "plan::SourceSpec",
            "plan::SinkSpec",
            "plan::IfExists",
            "plan::Holds",
            "plan::address",
            "plan::fingerprint",
            "plan::Resampling",
            "plan::catalog::Features",
            "plan::catalog::Shapes",
            "signature",
            "table",
        ],
    ),
    ("show", &["cube", "diagnostic", "plan", "exec", "io::Output", "table"]),
];

/// Rooms whose files and folders form no circle.
///
/// `lang::bind` and `lang::expr` are not among them: an argument may hold a pipeline, and a call an expression, so what
/// binds the inner calls what binds the outer.
const ORDERED: &[&str] = &[
    "cluster",
    "cube",
    "cube::time",
    "diagnostic",
    "exec",
    "exec::nodes",
    "exec::ops",
    "exec::ops::reduce",
    "exec::table",
    "exec::tasks",
    "expr",
    "front",
    "front::kernel",
    "front::lsp",
    "front::meta",
    "front::picture",
    "front::repl",
    "gdal",
    "geometry",
    "geometry::warp",
    "io",
    "io::cf",
    "io::gdal",
    "io::references",
    "io::target",
    "io::remote",
    "io::vector",
    "lang",
    "lang::complete",
    "lang::inspect",
    "lang::parse",
    "lang::print",
    "lang::registry",
    "plan",
    "plan::optimize",
    "plan::picture",
    "io::zarr",
    "reducers",
    "reducers::vocabulary",
    "run",
    "run::picture",
    "session",
    "session::assist",
    "settings",
    "show",
    "show::encode",
    "show::plot",
    "table",
    "verbs",
];

/// What rooms name that they may not.
fn forbidden(files: &Files) -> Vec<String> {
    let is_wrong = |import: &Import| {
        let own = module(&import.file);
        let room = own.first().map_or("", String::as_str);
        let name = import.path.join("::");
        let is = |prefix: &str| name == prefix || name.starts_with(&format!("{prefix}::"));
        match LAYERS.iter().find(|(named, _)| *named == room) {
            Some((_, allowed)) => !is(room) && name != "with_pixels" && !allowed.iter().any(|a| is(a)),
            None => !["", "front", "main"].contains(&room) && is("front"),
        }
    };
    let named = |import: &Import| format!("{}:{} names `{}`", import.file, import.line, import.path.join("::"));
    files.imports.iter().filter(|import| is_wrong(import)).map(named).collect()
}

/// Neighbors in a folder that name one another, directly or by way of others; unit tests may name all.
fn circles(files: &Files, folder: &str) -> Vec<String> {
    let base: Vec<String> = folder.split("::").map(String::from).collect();
    let below = |path: &[String]| path.strip_prefix(base.as_slice()).and_then(|rest| rest.first().cloned());
    // What the folder's own file hands on belongs to the neighbor it comes from.
    let own_file = |import: &&Import| module(&import.file) == base;
    let handed_on: BTreeMap<&String, Option<String>> = files
        .imports
        .iter()
        .filter(own_file)
        .filter(|i| i.again)
        .filter_map(|i| Some((i.path.last()?, below(&i.path))))
        .collect();
    let neighbor = |name: String| match files.contains(&[base.as_slice(), std::slice::from_ref(&name)].concat()) {
        true => name,
        false => handed_on.get(&name).cloned().flatten().unwrap_or_default(),
    };
    let mut arrows: BTreeMap<(String, String), String> = BTreeMap::new();
    for import in files.imports.iter().filter(|i| !i.test) {
        let from = module(&import.file);
        if let (true, Some(to)) = (from.starts_with(&base), below(&import.path)) {
            let (from, to) = (below(&from).unwrap_or_default(), neighbor(to));
            if from != to && !(from.is_empty() && import.again) {
                arrows.entry((from, to)).or_insert_with(|| format!("{}:{}", import.file, import.line));
            }
        }
    }
    // An arrow lies on a circle if its end leads back to where it begins.
    let leads = |from: &String, to: &String| {
        let (mut seen, mut open) = (vec![from], vec![from]);
        while let Some(at) = open.pop() {
            for (_, next) in arrows.keys().filter(|(start, _)| start == at) {
                if next == to {
                    return true;
                }
                if !seen.contains(&next) {
                    seen.push(next);
                    open.push(next);
                }
            }
        }
        false
    };
    let on_circle = arrows.iter().filter(|((from, to), _)| leads(to, from));
    on_circle.map(|((from, to), place)| format!("{folder}: `{from}` names `{to}` ({place})")).collect()
}

static HOUSE: LazyLock<Files> = LazyLock::new(|| Files::new(rust_files("src")));

#[test]
fn rooms_name_only_what_lies_below() {
    let wrong = forbidden(&HOUSE);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn neighbors_form_no_circles() {
    let wrong: Vec<String> = ORDERED.iter().flat_map(|folder| circles(&HOUSE, folder)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Made files, by path and text.
fn made(files: &[(&str, &str)]) -> Files {
    Files::new(files.iter().map(|(path, text)| (path.to_string(), text.to_string())))
}

/// However a name is written, it is seen.
#[test]
fn forbidden_names_are_found() {
    let wrong = [
        "use crate::exec::pull;",
        "use crate::{cube::Schema, exec};",
        "use crate::{\n    cube::{Band, Schema},\n    exec::{\n        ops::{eval, reduce},\n    },\n};",
        "pub use crate::exec::Job;",
        "pub(crate) use crate::exec::{self, Job as Work};",
        "use super::super::exec::pull;",
        "use super::super::super::super::exec;",
        "use super::super::{cube, exec};",
        "use self::super::super::exec::pull as drawn;",
        "use crate::exec::*;",
        "use crate::*;",
        "fn f() {\n    crate::exec::pull::pull();\n}",
        "fn f(job: &super::super::exec::Job) {}",
        "fn f() { for x in crate::exec::tasks() {} }",
        "fn f<'a>() { let c = 'a'; g::<crate::exec::Job>(c) }",
        "mod tests {\n    use super::super::super::exec::pull;\n}",
        "macro_rules! m { () => { $crate::exec::pull() } }",
        "fn f() -> String { format!(\"{}\", crate::exec::pull()) }",
        "#[cfg(test)]\nuse crate::exec::Job;",
        "use crate::plan;",
        "use crate::plan::{Node, SourceSpec};",
    ];
    for text in wrong {
        let file = match text.contains("super::super::super::super") {
            true => "src/io/remote/http/part.rs",
            false => "src/io/remote.rs",
        };
        assert!(!forbidden(&made(&[(file, text)])).is_empty(), "{text}");
    }
    let right = [
        "use crate::cube::{Band, time::{self, Date}};",
        "use crate::plan::{SourceSpec, catalog::Features};",
        "use super::source::Source;",
        "// use crate::exec::Job;",
        "/* crate::exec::Job */",
        "/// As [`crate::exec::Job`] has it.\nfn f() {}",
        "const A: &str = \"crate::exec::Job\";\nconst B: &str = r#\"\"crate::exec\"\"#;",
        "pub(in crate::io) fn f() {}",
        "use exec::Job;",
        "fn f() { x.exec(); exec::run(); crate::with_pixels!(a, b => c) }",
    ];
    for text in right {
        assert_eq!(forbidden(&made(&[("src/io/remote.rs", text)])), [""; 0], "{text}");
    }
}

#[test]
fn circles_are_found() {
    let apart = [
        ("src/io.rs", "mod a;\nmod b;\nmod c;\npub use c::Source;\npub const ALL: &[F] = &[a::F, b::F];"),
        ("src/io/a.rs", "use super::b::{self, B};\nuse crate::io::Source;"),
        ("src/io/b.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::io::a::A;\n}"),
        ("src/io/b/part.rs", "use super::super::c;"),
        ("src/io/b/tests.rs", "use crate::io::{ALL, a};"),
        ("src/io/c.rs", "use crate::cube::Schema;"),
    ];
    assert_eq!(circles(&made(&apart), "io"), [""; 0]);
    let tied = [
        ("src/io/b/part.rs", "use super::super::a::A;", 2),
        ("src/io/c.rs", "use crate::{io::{a::{self}}};", 4),
        ("src/io/c.rs", "fn f() { super::a::f() }", 4),
        ("src/io/b.rs", "use crate::io::ALL;", 4),
    ];
    for (file, text, arrows) in tied {
        let mut files = apart.to_vec();
        files.retain(|(path, _)| *path != file);
        files.push((file, text));
        let found = circles(&made(&files), "io");
        assert_eq!(found.len(), arrows, "{text}: {found:?}");
    }
}
