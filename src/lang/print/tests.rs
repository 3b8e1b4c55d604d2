//! Tests of printing: nothing is lost, and printing twice changes nothing.

use super::print;
use crate::lang::{ast::Program, parse, strip_spans};

fn parsed(text: &str) -> Program {
    parse(text, 0).unwrap_or_else(|errors| panic!("{text}\n{errors:?}"))
}

/// Prints, and checks that printing loses nothing and settles at once.
fn round(text: &str) -> String {
    let mut before = parsed(text);
    let printed = print(&before, text);
    let mut after = parsed(&printed);
    assert_eq!(print(&after, &printed), printed, "not stable");
    strip_spans(&mut before);
    strip_spans(&mut after);
    assert_eq!(after, before, "{text}\nbecame\n{printed}");
    assert_eq!(printed.matches('#').count(), text.matches('#').count(), "{text}\nlost a comment\n{printed}");
    printed
}

#[test]
fn the_cookbook_keeps_its_meaning() {
    round(include_str!("../../../tests/programs/cookbook.rastra"));
}

#[test]
fn layouts() {
    for (text, printed) in [
        ("", ""),
        ("a", "a\n"),
        ("\n\n  a ;b\n\n\n\nc", "a\nb\n\nc\n"),
        ("load   zarr \"x\"|median", "load zarr \"x\" | median\n"),
        ("| median", "| median\n"),
        ("a; | b", "a\n; | b\n"),
        ("a; | b\n|c\n|d\n|e", "a\n; | b\n| c\n| d\n| e\n"),
        ("|$x|median", "| $x | median\n"),
        ("$x\n| a\n| b", "$x | a | b\n"),
        ("$x\n| a\n| b\n| c", "$x\n| a\n| b\n| c\n"),
        ("$x | a | b | c", "$x | a | b | c\n"),
        ("let x=1+2*-a^2", "let x = 1 + 2 * -a ^ 2\n"),
        ("let r = 1_000 ** 1e-3", "let r = 1_000 ^ 1e-3\n"),
        ("let x = (load zarr \"x\" | median)", "let x = load zarr \"x\" | median\n"),
        ("let x = $y\n| a\n| b\n| c", "let x = $y\n  | a\n  | b\n  | c\n"),
        ("fn f(a,b)=(a-b)/(a+b)", "fn f(a, b) = (a - b) / (a + b)\n"),
        ("fn f=|mask a|drop b", "fn f = | mask a | drop b\n"),
        ("fn f=\n|mask a\n|drop b\n|c\n|d", "fn f =\n  | mask a\n  | drop b\n  | c\n  | d\n"),
        ("param n:number=3", "param n: number = 3\n"),
        ("import \"a\"  as b", "import \"a\" as b\n"),
        ("set  memory 4GiB", "set memory 4GiB\n"),
        ("x [a,b , c] ( $y|z )", "x [a b c] ($y | z)\n"),
        ("map a = [1, -2 (3+b)]", "map a = [1 -2 (3 + b)]\n"),
        ("map a=b,c=d", "map a = b, c = d\n"),
        ("$x | map a = b,\nc = d", "$x\n| map a = b,\n      c = d\n"),
        ("map `a b` = not b in [1,2]", "map `a b` = not b in [1 2]\n"),
        ("x | map a = -1..1 not  in $y", "x | map a = -1..1 not in $y\n"),
        ("load stac \"x\" filter a<3 max 2", "load stac \"x\" filter (a < 3) max 2\n"),
        ("map case[a=>1,else=>2]", "map case [a => 1, else => 2]\n"),
        ("save x nodata 255 \"é ${y}\" r\"\\d\" `q r`", "save x nodata 255 \"é ${y}\" r\"\\d\" `q r`\n"),
        ("\u{feff}a\r\n| b\r\n", "a | b\n"),
    ] {
        assert_eq!(round(text), printed, "{text:?}");
    }
}

#[test]
fn comments_stay() {
    for (text, printed) in [
        ("# only", "# only\n"),
        ("#a\n\n\n#b\na   # t\n# end", "#a\n\n#b\na  # t\n# end\n"),
        ("a; # t\nb", "a  # t\nb\n"),
        ("## doc\nfn f = a", "## doc\nfn f = a\n"),
        ("a # one\n| b # two\n# three\n| c # four", "a  # one\n| b  # two\n# three\n| c  # four\n"),
        ("let x = # why\n  $y | z", "let x = $y\n  # why\n  | z\n"),
        ("a [1 # one\n 2]", "# one\na [1 2]\n"),
        ("$x | a [1 # one\n 2]", "$x\n# one\n| a [1 2]\n"),
        ("$x | map a = b, # one\n # two\n c = d", "$x\n| map a = b,  # one\n      # two\n      c = d\n"),
        ("let x = [1 # one\n 2]", "# one\nlet x = [1 2]\n"),
        ("let x = (a | b # one\n) # two", "let x = a\n  # one\n  | b  # two\n"),
        ("a # one\n ; # two\nb", "a  # one\n# two\nb\n"),
        ("a ## one\nfn f = b", "a  ## one\nfn f = b\n"),
        ("fn f =\n # one\n | a\n | b", "fn f =\n  # one\n  | a\n  | b\n"),
    ] {
        assert_eq!(round(text), printed, "{text:?}");
    }
}
