"""The lexer: which piece of a program is what, every word of the registry, the programs of the examples, a page."""

import json
import subprocess
import sys
import tempfile
import tomllib
import unittest
from pathlib import Path

import rastra
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename, get_lexer_for_mimetype
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, Punctuation, String, Whitespace
from rastra.lexer import WORDS, RastraLexer

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"

SHORT = {
    Comment.Single: "comment",
    Error: "error",
    Keyword: "keyword",
    Keyword.Pseudo: "builtin",
    Name: "name",
    Name.Attribute: "argument",
    Name.Variable: "variable",
    Number: "number",
    Operator: "operator",
    Operator.Word: "meta",
    Punctuation: "bracket",
    String: "text",
    String.Escape: "escape",
    String.Interpol: "filled",
}


def pieces(text):
    found = list(RastraLexer().get_tokens_unprocessed(text))
    at = 0
    for start, _, piece in found:
        assert start == at, (text, start)
        at += len(piece)
    assert "".join(piece for _, _, piece in found) == text, text
    return [(piece, SHORT[kind]) for _, kind, piece in found if kind is not Whitespace]


def shown(text, plain=()):
    """The pieces with their kinds, as `load:builtin`; those of the kinds in `plain` without."""
    return " ".join(piece if kind in plain else f"{piece}:{kind}" for piece, kind in pieces(text))


def kind(text, word):
    """What the last place of the word in the text is."""
    return [kind for piece, kind in pieces(text) if piece == word][-1]


def programs():
    for path in sorted(EXAMPLES.rglob("*.rastra")):
        yield path.name, path.read_text(encoding="utf-8")
    for path in sorted(EXAMPLES.glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                yield path.name, "".join(cell["source"])


class Lexer(unittest.TestCase):
    def test_kinds(self):
        plain = ("operator", "bracket", "number", "name")
        for text, expected in [
            ("", ""),
            ("ramp 2 2 | show", "ramp:builtin 2 2 | show:builtin"),
            ('load  zarr "x', 'load:builtin zarr:builtin "x:text'),
            ("let x = load files", "let:keyword x = load:builtin files:builtin"),
            ("$x | where a and 3km", "$x:variable | where:builtin a and:keyword 3km"),
            ("reduce mean over space # all", "reduce:builtin mean:builtin over:argument space # all:comment"),
            ("over\n| reduce mean\n| crop over", "over | reduce:builtin mean:builtin | crop:builtin over"),
            ("join (ramp 2 2 | mean) on month", "join:builtin ( ramp:builtin 2 2 | mean:builtin ) on month"),
            ("map a = (mean - b) / abs (c)", "map:builtin a = ( mean - b ) / abs:builtin ( c )"),
            ("mask scl in [3 8]", "mask:builtin scl in:keyword [ 3 8 ]"),
            ('mask polygon r"\\d"', 'mask:builtin polygon:builtin r"\\d":text'),
            ('save png "a"; let b = 1', 'save:builtin png:builtin "a":text ; let:keyword b = 1'),
            ('"a ${b.c} \\${d} ${"', '"a :text ${b.c}:filled  :text \\$:escape {d} ${":text'),
            (":explain $x | mean\n?mean", ":explain:meta $x:variable | mean:builtin ? mean:builtin"),
            ("case [v < 1 => 2, else => nodata]", "case:keyword [ v < 1 => 2 , else:keyword => nodata:keyword ]"),
            ("ramp 1 1 |  # on\n\n  mean", "ramp:builtin 1 1 | # on:comment mean:builtin"),
            ("param d: date = @2020-06", "param:keyword d : date = @2020-06"),
            ("$low..$high ü", "$low:variable .. $high:variable ü:error"),
            ("`a | mean` | mean", "`a | mean` | mean:builtin"),
        ]:
            with self.subTest(text):
                self.assertEqual(shown(text, plain), expected)

    def test_numbers_dates_and_operators_are_one_piece(self):
        for text in "1 1.5 1e-3 1_000 .5 30min 20% 4GiB 0.25deg 2020-06 2020-06-15T10:30:00.5Z @2020".split():
            self.assertEqual(shown(text), f"{text}:number")
        self.assertEqual(shown("2020-06..<2021-07-01", ("number",)), "2020-06 ..<:operator 2021-07-01")
        for text in "== != <= >= => .. ..< ?? ** // - , : | ;".split():
            self.assertEqual(shown(f"a {text}"), f"a:name {text}:operator")

    def test_every_word_of_the_registry(self):
        self.assertTrue(all(WORDS.values()))
        for stage, arguments in WORDS["stages"].items():
            for word in stage.split():
                self.assertEqual(kind(f"$x | {stage}", word), "builtin", stage)
            for argument in arguments:
                # `as` of `join` is both.
                expected = "keyword" if argument in WORDS["keywords"] else "argument"
                self.assertEqual(kind(f"$x | {stage} {argument}", argument), expected, (stage, argument))
        for word in WORDS["reducers"]:
            self.assertEqual(kind(f"$x | resample 1mo {word}", word), "builtin", word)
            self.assertEqual(kind(f"$x | {word}", word), "builtin", word)
        for word in WORDS["functions"]:
            self.assertEqual(kind(f"$x | map {word}(a)", word), "builtin", word)
        for stage in WORDS["expressions"]:
            self.assertEqual(kind(f"$x | {stage} mean", "mean"), "name", stage)
        for word in WORDS["keywords"]:
            self.assertEqual(kind(f"$x | map {word}", word), "keyword", word)
        for word in WORDS["statements"]:
            self.assertEqual(kind(f"{word} x", word), "keyword", word)

    def test_programs_of_the_examples(self):
        found = list(programs())
        self.assertGreater(len(found), 30)
        for name, text in found:
            with self.subTest(name):
                self.assertNotIn("error", [kind for _, kind in pieces(text)])

    def test_every_beginning_of_a_program_has_kinds(self):
        text = 'let a = "é ${x} \\" | b r"\\d" `q` @2020-06 .5 1e-3 {[( $ @ ` \' \\\n:explain'
        for end in range(len(text)):
            pieces(text[:end])

    def test_it_is_found(self):
        for found in [
            get_lexer_by_name("rastra"),
            get_lexer_for_filename("rain.rastra"),
            get_lexer_for_mimetype("text/x-rastra"),
        ]:
            self.assertIsInstance(found, RastraLexer)

    def test_a_notebook_becomes_a_page_with_colors(self):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "nbconvert", "--to", "html", "--output-dir", folder]
            subprocess.run([*command, EXAMPLES / "tour.ipynb"], check=True, capture_output=True, timeout=120)
            page = (Path(folder) / "tour.html").read_text(encoding="utf-8")
        for span in [
            '<span class="kp">load</span>',
            '<span class="kp">files</span>',
            '<span class="nv">$rain</span>',
            '<span class="na">cmap</span>',
            '<span class="ow">:explain</span>',
        ]:
            self.assertIn(span, page)

    def test_the_version_is_that_of_the_program(self):
        crate = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))
        self.assertEqual(rastra.__version__, crate["package"]["version"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
