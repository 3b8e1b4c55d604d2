//! Meta lines as tables: what each answers, and what it refuses.

use super::*;

fn session() -> Session {
    let mut session = Session::new().interactive();
    for text in [
        "let cube = ramp 24 4",
        "## Which year.\nparam year: number = 2020",
        "fn nd(a, b) = (a - b) / (a + b)",
        "ramp 2 2",
    ] {
        session.run("test", text, &mut |_| {}).expect("it runs");
        session.journal.push(text.into());
    }
    session
}

fn text(line: &str, session: &mut Session) -> String {
    match run(line, session) {
        Ok(MetaAnswer::Shown(output)) => output.plain(),
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn answers() {
    let mut session = session();
    for (line, wanted) in [
        (":help", "Sources"),
        ("help", "save zarr"),
        (":", "resample"),
        (":help resample", "PERIOD"),
        ("help resample", "PERIOD"),
        ("?resample", "PERIOD"),
        ("resample?", "PERIOD"),
        ("save zarr?", "chunks"),
        ("?", "Sources"),
        (":help save zarr", "chunks"),
        (":help load", "netcdf"),
        (":help median", "A reducer"),
        (":help sqrt", "sqrt(a)"),
        (":help clip", "See also `crop`"),
        (":help month", "month(time)"),
        (":help time", "time A..B"),
        (":help syntax", "pipeline"),
        (":help functions", "normalized_difference"),
        (":help reducers", "argmax"),
        (":help nd", "fn nd(a, b)"),
        (":help $cube", "24 steps"),
        (":help :vars", "names bound"),
        (":help memory", "4GiB"),
        (":help E0102", "No stage has this name. "),
        (":help e0122", "What to do: "),
        (":explain $cube | mean", "tasks"),
        (":explain", "scan ramp"),
        (":schema $cube", "24 steps"),
        (":schema ramp 5 2 | head 3", "3 steps"),
        (":schema", "2 steps"),
        (":vars", "nd(a, b)"),
        (":params", "the number `2020`; Which year."),
        (":set", "threads"),
        (":history", "let cube = ramp 24 4"),
        (":fmt ramp 2  2|mean", "ramp 2 2 | mean"),
        (":fmt", "ramp 2 2"),
    ] {
        let text = text(line, &mut session);
        assert!(text.contains(wanted), "{line}: {text}");
    }
    assert_eq!(run(":quit", &mut session), Ok(MetaAnswer::Quit));
    assert_eq!(run("exit", &mut session), Ok(MetaAnswer::Quit));
    for asked in ["?$cube", "$cube?", "??$cube"] {
        let described = MetaAnswer::Run { name: "prompt".into(), text: "$cube | describe".into() };
        assert_eq!(run(asked, &mut session), Ok(described));
    }
    for program in ["ramp 2 2", "let help = 3", "help = 3", "load files \"a?.tif\"", "$cube | plot", "!", "% v", ""] {
        assert!(!is_meta(program), "{program}");
    }
    assert_eq!(run(":timing off", &mut session), Ok(MetaAnswer::Timing(false)));
    let set = MetaAnswer::Run { name: "prompt".into(), text: "set threads 2".into() };
    assert_eq!(run(":set threads 2", &mut session), Ok(set));
    // Looking at plans changes nothing.
    assert_eq!(session.last().and_then(|last| last.cube()).map(|plan| plan.schema.time.len()), Some(2));
    text(":reset", &mut session);
    assert!(text(":vars", &mut session).contains("no names"));
}

#[test]
fn takes_texts_apart() {
    let show = |code: &str| -> Vec<String> {
        parts(code)
            .into_iter()
            .map(|part| match part {
                Part::Program(text) => format!("P{text}"),
                Part::Meta(line) => format!("M{line}"),
            })
            .collect()
    };
    assert_eq!(show("let a = 3\n:vars\nramp 1 1\n| show"), ["Plet a = 3\n", "M:vars", "P\n\nramp 1 1\n| show\n"]);
    assert_eq!(show("help"), ["Mhelp"]);
    assert_eq!(show("%time\nramp 1 1"), ["M%time", "P\nramp 1 1\n"]);
    assert_eq!(show("\n\n"), Vec::<String>::new());
    assert_eq!(show("let a = \"b\n:c\""), ["Plet a = \"b\n:c\"\n"]);
}

#[test]
fn refuses() {
    let mut session = session();
    for (line, code, help) in [
        (":hlep", "E0117", "did you mean `:help`?"),
        (":help resmaple", "E0117", "did you mean `resample`?"),
        (":help subset", "E0117", "crop"),
        ("!ls -l", "E0117", "a terminal beside this one"),
        ("%timeit ramp 1 1", "E0117", "`:timing on`"),
        ("%%time", "E0117", "`:timing on`"),
        ("%matplotlib inline", "E0117", "`.. | plot`"),
        ("%load_ext rastra", "E0117", "`:help meta`"),
        (":help qwertyuiop", "E0117", "`:help` lists"),
        (":timing maybe", "E0113", ""),
        (":load", "E0104", ":load ndvi.rastra"),
        (":load /nowhere/at.all", "E0301", ""),
        (":explain ramp 2 2 | nope", "E0102", ""),
        (":schema $nope", "E0106", ""),
        (":fmt ramp |", "E0001", ""),
    ] {
        let all = run(line, &mut session).expect_err(line);
        assert_eq!(all[0].code.number, code, "{line}: {all:?}");
        assert!(help.is_empty() || all[0].help.iter().any(|h| h.contains(help)), "{line}: {all:?}");
        // Whatever it points at can be drawn.
        session.render(&all[0], Default::default());
    }
}

#[test]
fn saves_and_loads() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = session();
    session.set_base(folder.path());
    assert!(text(":save s.rastra", &mut session).contains("4 statements"));
    let again = run(":save s.rastra", &mut session).expect_err("it exists");
    assert_eq!(again[0].code, codes::TARGET_EXISTS);
    text(":save \"s.rastra\" overwrite", &mut session);
    match run(":load s.rastra", &mut session) {
        Ok(MetaAnswer::Run { text, .. }) => assert!(text.contains("fn nd(a, b)")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn completes() {
    let session = session();
    for (line, wanted) in [
        (":", "help"),
        (":he", "help"),
        (":help resa", "resample"),
        (":help save z", "save zarr"),
        (":schema $c", "$cube"),
        (":explain $cube | me", "median"),
        (":set mem", "memory"),
        (":timing ", "off"),
    ] {
        let (start, all) = complete(line, line.len(), &session);
        assert!(all.iter().any(|c| c.text == wanted), "{line}: {all:?}");
        assert!(start <= line.len());
    }
    assert_eq!(of_meta("ramp", 4, &session), None);
}
