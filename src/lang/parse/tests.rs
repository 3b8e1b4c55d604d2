//! Tests of the parser: programs that read, and the words for those that do not.

use super::*;
use crate::diagnostic::Spanned;
use crate::lang::ast::{
    Args, Atom, AtomKind, Binary, Body, End, Ends, Expr, ExprKind, Literal, Piece, Pipeline, StatementKind, Unary,
    Value,
};
use std::time::{Duration, Instant};

const COOKBOOK: &str = include_str!("../../../tests/programs/cookbook.rastra");

fn program(text: &str) -> Program {
    parse(text, 0).unwrap_or_else(|errors| panic!("{text:?}: {errors:?}"))
}

fn pipeline(text: &str) -> Pipeline {
    match program(text).statements.remove(0).kind {
        StatementKind::Pipeline(pipeline) => pipeline,
        other => panic!("{text:?}: {other:?}"),
    }
}

fn atoms(text: &str) -> Vec<AtomKind> {
    match pipeline(text).stages.remove(0).args {
        Args::Atoms(atoms) => atoms.into_iter().map(|atom| atom.value).collect(),
        other => panic!("{text:?}: {other:?}"),
    }
}

fn expr(text: &str) -> Expr {
    match pipeline(&format!("map {text}")).stages.remove(0).args {
        Args::Expr(expr) => expr,
        other => panic!("{text:?}: {other:?}"),
    }
}

/// The expression with all its parentheses.
fn grouped(expr: &Expr) -> String {
    match &expr.value {
        ExprKind::Literal(Literal::Number(value)) => value.to_string(),
        ExprKind::Literal(other) => format!("{other:?}"),
        ExprKind::Band(name) => name.clone(),
        ExprKind::Pixel => "_".into(),
        ExprKind::Variable(name) => format!("${name}"),
        ExprKind::Unary { op: Unary::Neg, operand } => format!("(-{})", grouped(operand)),
        ExprKind::Unary { op: Unary::Not, operand } => format!("(not {})", grouped(operand)),
        ExprKind::Binary { op, left, right } => format!("({} {op:?} {})", grouped(left), grouped(right)),
        ExprKind::In { operand, set, negated } => {
            format!("({} {}in {})", grouped(operand), if *negated { "not " } else { "" }, grouped(set))
        }
        ExprKind::Call { name, args } => {
            format!("{}({})", name.value, args.iter().map(grouped).collect::<Vec<_>>().join(", "))
        }
        ExprKind::Case { arms, otherwise } => format!("case{}{}", arms.len(), otherwise.is_some()),
        ExprKind::List(items) => format!("[{}]", items.iter().map(grouped).collect::<Vec<_>>().join(" ")),
        ExprKind::Range(ends) => format!("{ends:?}"),
        ExprKind::Group(inner) => grouped(inner),
    }
}

fn quantity(value: f64, unit: &str, text: &str) -> Literal {
    Literal::Quantity { value, unit: unit.into(), text: text.into() }
}

#[test]
fn the_cookbook_parses() {
    let program = program(COOKBOOK);
    assert_eq!(program.statements.len(), 22);
}

#[test]
fn literals_of_arguments() {
    let date = |text: &str| Literal::Date(text.into());
    let dates = |start: Option<&str>, end: Option<&str>, half_open| Literal::DateRange {
        start: start.map(str::to_owned),
        end: end.map(str::to_owned),
        half_open,
    };
    let range = |start, end, half_open| Literal::Range { start, end, half_open };
    let mut cases = vec![
        ("1", Literal::Number(1.0)),
        ("1.5", Literal::Number(1.5)),
        (".5", Literal::Number(0.5)),
        ("-3", Literal::Number(-3.0)),
        ("1e-3", Literal::Number(0.001)),
        ("-1.5E+2", Literal::Number(-150.0)),
        ("1_000", Literal::Number(1000.0)),
        ("2020", Literal::Number(2020.0)),
        ("2020-06", date("2020-06")),
        ("2020-06-15", date("2020-06-15")),
        ("2020-02-29", date("2020-02-29")),
        ("2020-06-15T10", date("2020-06-15T10")),
        ("2020-06-15T10:30Z", date("2020-06-15T10:30Z")),
        ("2020-06-15T10:30:15.25", date("2020-06-15T10:30:15.25")),
        ("1991..2020", range(Some(1991.0), Some(2020.0), false)),
        ("2024..", range(Some(2024.0), None, false)),
        ("..2024", range(None, Some(2024.0), false)),
        ("-1..1", range(Some(-1.0), Some(1.0), false)),
        ("0..<0.9", range(Some(0.0), Some(0.9), true)),
        ("-5..-3", range(Some(-5.0), Some(-3.0), false)),
        ("2023-06..2023-08", dates(Some("2023-06"), Some("2023-08"), false)),
        ("2023-06-01..<2024", dates(Some("2023-06-01"), Some("2024"), true)),
        ("2023-06..", dates(Some("2023-06"), None, false)),
        ("..<2023-06", dates(None, Some("2023-06"), true)),
        ("2023-06..2023", dates(Some("2023-06"), Some("2023"), false)),
        ("P16D", quantity(0.0, "iso", "P16D")),
        ("P1M", quantity(0.0, "iso", "P1M")),
        ("PT6H", quantity(0.0, "iso", "PT6H")),
        ("P1Y6M", quantity(0.0, "iso", "P1Y6M")),
        ("nodata", Literal::Nodata),
        ("true", Literal::Bool(true)),
        ("false", Literal::Bool(false)),
        ("20%", quantity(20.0, "%", "20%")),
        ("0.25deg", quantity(0.25, "deg", "0.25deg")),
        ("-2h", quantity(-2.0, "h", "-2h")),
    ];
    let units = "30min 6h 10d 2w 1mo 1q 1y 5s 7ms 10m 2km 3px 1KiB 2MiB 4GiB 1TiB 1kB 1MB 1GB";
    for text in units.split(' ') {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        cases.push((text, quantity(text[..digits].parse().expect("digits"), &text[digits..], text)));
    }
    for (text, literal) in cases {
        assert_eq!(atoms(&format!("stage {text}")), [AtomKind::Literal(literal)], "{text}");
    }
}

#[test]
fn ranges_of_variables() {
    let shown = |end: &Option<Spanned<End>>| match end.as_ref().map(|end| &end.value) {
        None => String::new(),
        Some(End::Variable(name)) => format!("${name}"),
        Some(End::Literal(Literal::Number(value))) => value.to_string(),
        Some(End::Literal(Literal::Date(date))) => format!("@{date}"),
        Some(other) => format!("{other:?}"),
    };
    let of = |ends: &Ends| format!("{} {} {}", shown(&ends.start), shown(&ends.end), ends.half_open);
    for (text, expected) in [
        ("$a..$b", "$a $b false"),
        ("$a..", "$a  false"),
        ("..$b", " $b false"),
        ("$a..<$b", "$a $b true"),
        ("..<$s2.b", " $s2.b true"),
        ("$a..2020-06-15", "$a @2020-06-15 false"),
        ("2020-06..<$b", "@2020-06 $b true"),
        ("-5..$b", "-5 $b false"),
        ("$a..-5", "$a -5 false"),
    ] {
        let [AtomKind::Range(ends)] = &atoms(&format!("stage {text}"))[..] else { panic!("{text}") };
        assert_eq!(of(ends), expected, "{text}");
    }
    for (text, expected) in [
        ("$a..$b", "$a $b false"),
        ("$a..<5", "$a 5 true"),
        ("@2020-06..$b", "@2020-06 $b false"),
        ("$a..@2020-06", "$a @2020-06 false"),
        ("-1..$b", "-1 $b false"),
    ] {
        let ExprKind::In { set, .. } = expr(&format!("_ in {text}")).value else { panic!("{text}") };
        let ExprKind::Range(ends) = &set.value else { panic!("{text}: {set:?}") };
        assert_eq!(of(ends), expected, "{text}");
    }
}

#[test]
fn other_arguments() {
    let word = |text: &str| AtomKind::Word(text.into());
    let number = |value| AtomKind::Literal(Literal::Number(value));
    for text in ["eo:cloud_cover", "EPSG:32632", "sentinel-2-l2a", "p90", "B8A", "s2.clear", "_x", "PT", "P1x", "m"] {
        assert_eq!(atoms(&format!("stage {text}")), [word(text)]);
    }
    assert_eq!(atoms("crop bbox 5 -3 6 46"), [word("bbox"), number(5.0), number(-3.0), number(6.0), number(46.0)]);
    assert_eq!(atoms("x `a b` $v"), [AtomKind::Quoted("a b".into()), AtomKind::Variable("v".into())]);
    assert_eq!(atoms("save cog nodata 255"), [word("cog"), word("nodata"), number(255.0)]);
    for text in ["x [a, b]", "x [a b]", "x [\n  a # one\n  b,\n]"] {
        match atoms(text).remove(0) {
            AtomKind::List(list) => assert_eq!(list.len(), 2, "{text}"),
            other => panic!("{other:?}"),
        }
    }
    for (text, is_pipeline) in [
        ("join (load zarr \"x\" | median)", true),
        ("join ($x | median)", true),
        ("join (load zarr $x)", true),
        ("concat (create (3 + 4) like $x)", true),
        ("filter_by (cloud_cover < 60)", false),
        ("x (-3 + 2)", false),
        ("x ($y)", false),
        ("x (median(a) + b)", false),
        ("x (a not in [1 2])", false),
    ] {
        match (atoms(text).remove(0), is_pipeline) {
            (AtomKind::Pipeline(_), true) | (AtomKind::Expr(_), false) => {}
            (other, _) => panic!("{text}: {other:?}"),
        }
    }
    let [.., filter, comparison, group, day] = &atoms("load stac \"x\" filter cloud_cover < 60 group solar_day")[..]
    else {
        panic!()
    };
    assert!(matches!((filter, comparison), (AtomKind::Word(_), AtomKind::Expr(_))));
    assert_eq!((group, day), (&word("group"), &word("solar_day")));
}

#[test]
fn strings() {
    let literal = |text: &str| Piece::Literal(text.into());
    let text = |source: &str| match atoms(&format!("x {source}")).remove(0) {
        AtomKind::Literal(Literal::Text(text)) => text,
        other => panic!("{source}: {other:?}"),
    };
    for (source, plain) in [
        (r#""a b""#, "a b"),
        (r#""{band}_{time:%Y%m}""#, "{band}_{time:%Y%m}"),
        (r#""a\n\t\"\\\$b""#, "a\n\t\"\\$b"),
        (r#""5 $""#, "5 $"),
        (r#""\${x}""#, "${x}"),
        (r##""a # b | c""##, "a # b | c"),
        (r#"r"\d{4}${x}""#, r"\d{4}${x}"),
        ("\"é\"", "é"),
    ] {
        assert_eq!(text(source).pieces, [literal(plain)], "{source}");
    }
    assert!(text("\"\"").pieces.is_empty());
    let pieces = text(r#""a ${name}/${s2.x}""#).pieces;
    let [Piece::Literal(a), Piece::Variable(name), Piece::Literal(slash), Piece::Variable(x)] = &pieces[..] else {
        panic!("{pieces:?}")
    };
    assert_eq!((a.as_str(), name.value.as_str(), slash.as_str(), x.value.as_str()), ("a ", "name", "/", "s2.x"));
    assert_eq!(name.span.range(), 7..11);
}

#[test]
fn precedence() {
    for (text, tree) in [
        ("-2^2", "(-(2 Pow 2))"),
        ("2^-3^2", "(2 Pow (-(3 Pow 2)))"),
        ("2^3^2", "(2 Pow (3 Pow 2))"),
        ("2**3", "(2 Pow 3)"),
        ("a - b - c", "((a Sub b) Sub c)"),
        ("a-b", "(a Sub b)"),
        ("a + b * -c", "(a Add (b Mul (-c)))"),
        ("a // b % c", "((a FloorDiv b) Rem c)"),
        ("a ?? 0 + 1 < 3", "((a Coalesce (0 Add 1)) Lt 3)"),
        ("a or b and not c == d", "(a Or (b And (not (c Eq d))))"),
        ("not a and b", "((not a) And b)"),
        ("not not a", "(not (not a))"),
        ("x in [1 -2 (a+1)] or y", "((x in [1 -2 (a Add 1)]) Or y)"),
        ("x not in [1,2]", "(x not in [1 2])"),
        ("x not  in $l", "(x not in $l)"),
        ("- - a", "(-(-a))"),
        ("(a - b) / (a + b)", "((a Sub b) Div (a Add b))"),
        ("if(10*log10(vv) < -18, 1, 0)", "if(((10 Mul log10(vv)) Lt (-18)), 1, 0)"),
        ("min (a, b,)", "min(a, b)"),
        ("eo:cloud_cover < _", "(eo:cloud_cover Lt _)"),
        ("`B 1` * s2.f(x)", "(B 1 Mul s2.f(x))"),
        ("case [a < 1 => 2, b => 3, else => 0]", "case2true"),
        ("case [a => 1,]", "case1false"),
        ("20 % 3", "(20 Rem 3)"),
        ("20%3", "(20 Rem 3)"),
        ("android + inner + notes", "((android Add inner) Add notes)"),
    ] {
        assert_eq!(grouped(&expr(text)), tree, "{text}");
    }
    let range = |start, end| ExprKind::Literal(Literal::Range { start: Some(start), end: Some(end), half_open: false });
    assert_eq!(expr("-1..1").value, range(-1.0, 1.0));
    let date = |text: &str| ExprKind::Literal(Literal::Date(text.into()));
    assert_eq!(expr("@2020").value, date("2020"));
    let ExprKind::Binary { op: Binary::And, left, .. } = expr("c < 20% and d").value else { panic!() };
    let ExprKind::Binary { right, .. } = left.value else { panic!() };
    assert_eq!(right.value, ExprKind::Literal(quantity(20.0, "%", "20%")));
    let ExprKind::In { set, .. } = expr("time in @2020-06..@2020-08").value else { panic!() };
    assert!(matches!(set.value, ExprKind::Literal(Literal::DateRange { .. })));
}

#[test]
fn statements() {
    let kind = |text: &str| program(text).statements.remove(0).kind;
    for text in
        ["let r = sqrt(2)", "let r = $x", "let r = ndvi", "let r = [1 2]", "let r = ($x)", "let r =\n  1 +\n  2"]
    {
        assert!(matches!(kind(text), StatementKind::Let { value: Value::Expr(_), .. }), "{text}");
    }
    for text in [
        "let a = load files \"x\"",
        "let a = $x | median",
        "let a = (load zarr \"x\" | median)",
        "let a = load zarr \"x\"\n\n# why\n  | median",
        "let a = concat [$a $b]",
        "let a = (\n load zarr \"x\"\n | median\n)",
    ] {
        assert!(matches!(kind(text), StatementKind::Let { value: Value::Pipeline(_), .. }), "{text}");
    }
    let StatementKind::Fn { params, body: Body::Expr(_), .. } = kind("fn ndvi(a,b) = (a-b)/(a+b)") else { panic!() };
    assert_eq!(params.len(), 2);
    let StatementKind::Fn { body: Body::Stages(stages), .. } = kind("fn f =\n  | mask a\n  | drop scl") else {
        panic!()
    };
    assert_eq!(stages.len(), 2);
    assert!(matches!(kind("import \"lib.rastra\" as s2"), StatementKind::Import { alias: Some(_), .. }));
    assert!(matches!(kind("param n: number = 3"), StatementKind::Param { type_name: Some(_), default: Some(_), .. }));
    assert!(matches!(kind("param n"), StatementKind::Param { type_name: None, default: None, .. }));
    assert!(matches!(kind("set memory 4GiB"), StatementKind::Set { .. }));
    assert!(pipeline("| median").continues);
    assert!(pipeline("letter a").source.is_none());
    for (text, stages) in
        [("mask polygon \"f\"", 1), ("mask polygon $f touch true | a", 2), ("map a = b,\n c = d\n| x", 2)]
    {
        assert_eq!(pipeline(text).stages.len(), stages, "{text}");
    }
    assert!(matches!(pipeline("mask polygon \"f\"").stages[0].args, Args::Atoms(_)));
    for (text, count) in [
        ("", 0),
        ("\n# a\n", 0),
        ("a; b", 2),
        ("a\nb\n\n| c", 2),
        ("a |\n\n b", 1),
        ("a\r\n| b\r\nc\r\n", 2),
        ("a\t1\n;b", 2),
    ] {
        assert_eq!(program(text).statements.len(), count, "{text:?}");
    }
    let documented = program("# plain\n## Clear\n##  sky.\nfn f = a\n## no\n\nfn g = a");
    assert_eq!(documented.statements[0].doc.as_deref(), Some("Clear\n sky."));
    assert_eq!(documented.statements[1].doc, None);
}

#[test]
fn spans_cover_what_was_written() {
    let text = "\u{feff}a\n$x | map b = c + 1  # end\n | crop bbox (1 + 2)  ; d";
    let program = program(text);
    let StatementKind::Pipeline(pipeline) = &program.statements[1].kind else { panic!() };
    assert_eq!(&text[pipeline.span.range()], "$x | map b = c + 1  # end\n | crop bbox (1 + 2)");
    assert_eq!(&text[pipeline.stages[0].span.range()], "map b = c + 1");
    let Args::Assigns(assigns) = &pipeline.stages[0].args else { panic!() };
    assert_eq!(&text[assigns[0].value.span.range()], "c + 1");
    let Args::Atoms(atoms) = &pipeline.stages[1].args else { panic!() };
    let written: Vec<&str> = atoms.iter().map(|atom: &Atom| &text[atom.span.range()]).collect();
    assert_eq!(written, ["bbox", "(1 + 2)"]);
}

/// Text, code, what the first label is under, and part of message or help.
#[test]
fn errors() {
    let cases = [
        ("a || b", "E0005", "||", "write `or`"),
        ("x | mask a && b", "E0005", "&&", "write `and`"),
        ("where !a", "E0005", "!", "write `not`"),
        ("mask scl = 3", "E0001", "=", "`scl == 3`"),
        ("let x == 3", "E0001", "==", "does not bind"),
        ("map a == b, c = d", "E0001", ",", "without a name"),
        ("x | resample 1mo key = 3", "E0001", "=", "write `key 3`"),
        ("x | time=2020..", "E0001", "=", "write `time 2020..`"),
        ("x = 3", "E0001", "=", "write `let x = 3`"),
        ("where a < b < c", "E0001", "<", "`a < b and b < c`"),
        ("where q or x + 1 < a < b*2 and q", "E0001", "<", "`x + 1 < a and a < b*2`"),
        ("load [a b\nx", "E0001", "[", "`[` is not closed"),
        ("load (a | b", "E0001", "(", "`(` is not closed"),
        ("load (a]", "E0001", "]", "does not close `(`"),
        ("load zarr \"abc\n| save \"x\"", "E0001", "\"", "not closed"),
        ("load zarr x)", "E0001", ")", "no opening bracket"),
        ("a |", "E0001", "|", "the program ends after `|`"),
        ("a | | b", "E0001", "|", "an empty stage"),
        ("x (a | )", "E0001", "|", "an empty stage"),
        ("load\u{a0}zarr", "E0001", "\u{a0}", "non-breaking space"),
        ("load données", "E0001", "é", "backquotes"),
        ("load 'x'", "E0001", "'x'", "`\"x\"`"),
        ("load “x”", "E0001", "“", "double quotes"),
        ("load zarr out/x.zarr", "E0001", "/", "\"out/x.zarr\""),
        ("load zarr *.tif", "E0001", ".", "*.tif"),
        ("crop bbox 5-3 6", "E0001", "5-3", "(5 - 3)"),
        ("select a, b", "E0001", ",", "separated by blanks"),
        ("x \"a\u{a0}b\",3", "E0001", ",", "separated by blanks"),
        ("x \"a\u{a0}b\"/c", "E0001", "/", "among arguments"),
        ("mask scl == 3 | (scl == 8)", "E0001", "(", "write `or`"),
        ("where a AND b", "E0001", "AND", "`and` in lower case"),
        ("where a b", "E0001", "b", "an operator expected"),
        ("where time > 2020-06-15", "E0001", "2020-06-15", "@2020-06-15"),
        ("fn f = mask a | drop b", "E0001", "a", "starts with `|`"),
        ("map a = [1+2 3]", "E0001", "+", "parentheses"),
        ("resample median(3)", "E0001", "(3)", "only in expressions"),
        ("where a == not b", "E0001", "not", "parentheses"),
        ("let or = 3", "E0001", "or", "cannot be a name"),
        ("let = 3", "E0001", "=", "a name expected"),
        ("a {b}", "E0001", "{", "only in strings"),
        ("map", "E0001", "map", "too early"),
        ("map a = 1, 3km", "E0001", "3km", "another `band = value`"),
        ("map a = case [b => 1, else 2]", "E0001", "2", "`=>` expected"),
        ("map a =", "E0001", "=", "too early"),
        ("x [a,, b]", "E0001", ",", "empty place"),
        ("map a = case [else => 2, y => 3]", "E0001", "y => 3", "after `else`"),
        ("time 2020-13", "E0002", "2020-13", "no month 13"),
        ("time 2019-02-32", "E0002", "2019-02-32", "no month has a day 32"),
        ("time $a..5km", "E0002", "5km", "quantities"),
        ("time 2020-6", "E0002", "2020-6", "two digits"),
        ("time 2020-06-15T25:00", "E0002", "2020-06-15T25:00", "time of day"),
        ("time 2020-06..2020-13", "E0002", "2020-13", "no month 13"),
        ("time 2023-06..2022", "E0002", "2023-06..2022", "2022..2023-06"),
        ("where time > @2020-02-00", "E0002", "2020-02-00", "no month has a day 00"),
        ("at 12:30", "E0002", "12:30", "without a date"),
        ("resample 30mins", "E0002", "30mins", "`30min`"),
        ("select 2t", "E0002", "2t", "`2t`"),
        ("x 1e999", "E0002", "1e999", "too large"),
        ("x 10km..20km", "E0002", "10km..20km", "quantities"),
        ("load \"\\d\"", "E0002", "\\d", "r\"\\d\""),
        ("load \"${\"", "E0002", "${", "`${name}`"),
    ];
    for (text, code, under, part) in cases {
        let errors = parse(text, 3).expect_err(text);
        let error = &errors[0];
        assert_eq!(error.code.number, code, "{text}: {error:?}");
        let label = error.labels.first().unwrap_or_else(|| panic!("{text}: no label"));
        assert_eq!((label.span.text, &text[label.span.range()]), (3, under), "{text}: {error:?}");
        let mut said = vec![error.message.as_str()];
        said.extend(error.labels.iter().map(|label| label.text.as_str()));
        said.extend(error.help.iter().map(String::as_str));
        assert!(said.iter().any(|line| line.contains(part)), "{text}: {said:?} lacks {part:?}");
    }
}

#[test]
fn every_faulty_statement_is_reported_in_order() {
    let errors = parse("let = 1\na\nwhere ! b\nlet c 2\n", 0).expect_err("two faults");
    let starts: Vec<u32> = errors.iter().map(|error| error.labels[0].span.start).collect();
    assert_eq!(starts, [4, 16, 26]);
}

#[test]
fn nesting_is_bounded() {
    const MANY: usize = 100_000;
    let around = |head: &str, open: &str, middle: &str, close: &str, n: usize| {
        format!("{head}{}{middle}{}", open.repeat(n), close.repeat(n))
    };
    for (head, open, middle, close) in [
        ("map a = ", "(", "1", ")"),
        ("a ", "[", "", "]"),
        ("a ", "(b ", "c", ")"),
        ("a ", "($b | c ", "d", ")"),
        ("map a = ", "-", "1", ""),
        ("map a = ", "(-", "1", ")"),
        ("where ", "not ", "a", ""),
        ("map a = ", "2^", "1", ""),
        ("map a = ", "f(", "1", ")"),
        ("map a = ", "case [b => ", "1", "]"),
        ("map a = ", "b + ", "1", ""),
        ("where ", "b and ", "c", ""),
    ] {
        let deep = around(head, open, middle, close, MANY);
        let errors = parse(&deep, 0).expect_err(open);
        assert_eq!(errors[0].code, codes::TOO_DEEP, "{open}");
        // What is allowed must also be built, printed and dropped on a small stack.
        program(&around(head, open, middle, close, 90));
    }
}

#[test]
fn much_text_of_any_kind_takes_no_time() {
    const SIZE: usize = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };
    let mut seed = 7u32;
    let mut random = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(32 + (seed >> 24) as u8 % 95)
    };
    let noise: String = (0..SIZE).map(|_| random()).collect();
    let repeat = |part: &str| part.repeat(SIZE / part.len());
    let garbage = [
        "(", "|", "| ", "\"", "\" ", "[", ",", "1-", "a | (", "{", "#\n", "\n", "let x = ", "é", "`", "${", "where ! ",
    ];
    let mut texts: Vec<String> = garbage.iter().map(|part| repeat(part)).collect();
    texts.push(noise);
    texts.push(format!("map {}", repeat("word ")));
    texts.push(format!("a{}| b", repeat("\n")));
    texts.push(format!("{}a", repeat("a|")));
    texts.push(format!("load zarr \"x\"\n{}", repeat("| map a = (b + c) / d, e = 3\n")));
    // Generous for an unoptimized build on a busy machine; anything quadratic takes far longer.
    for text in texts {
        let start = Instant::now();
        let _ = parse(&text, 0);
        let took = start.elapsed();
        assert!(took < Duration::from_secs(20), "{:?}.. took {took:?}", text.chars().take(20).collect::<String>());
    }
}
