"""A lexer for Pygments, so that exported notebooks, Sphinx and whatever else asks Pygments show Rastra in colors.

It reads a program as the extension for JupyterLab does (`src/front/kernel/assets/lab.js`): the same words, and the same
places where a word is a stage, an argument or a band.
"""

import json
import re
from importlib.resources import files

from pygments.lexer import Lexer
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, Punctuation, String, Whitespace

__all__ = ["RastraLexer"]

WORDS = json.loads(files(__package__).joinpath("words.json").read_text(encoding="utf-8"))
STAGES = {name: frozenset(arguments) for name, arguments in WORDS["stages"].items()}
EXPRESSIONS, REDUCERS, FUNCTIONS, KEYWORDS, STATEMENTS = (
    frozenset(WORDS[kind]) for kind in ("expressions", "reducers", "functions", "keywords", "statements")
)

# Stages, reducers and functions are keywords of a kind, because the style of exported notebooks gives names no color.
BUILTIN = Keyword.Pseudo

TOKEN = re.compile(
    r"""
      (?P<newline> \n)
    | (?P<blank> [ \t\r]+)
    | (?P<comment> \#[^\n]*)
    | (?P<raw> r"[^"]*"?)
    | (?P<text> "(?:\\(?:.|\n)|[^"\\])*(?:"|\\?\Z))
    | (?P<variable> \$[A-Za-z_](?:\w|\.(?=\w))*)
    | (?P<number> @?\d{4}-\d\d(?:-\d\d(?:T\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?Z?)?)?(?![\w-])  # a date
                | @\d{4}(?![\w-])                                                          # a year
                | \.?\d(?:[eE][+-]\d|\.\d|\w)*%?)                                          # a number with its unit
    | (?P<word> [A-Za-z_](?:\w|[:.-](?=[A-Za-z0-9]))*)
    | (?P<quoted> `[^`\n]*`?)
    | (?P<open> [(\[{])
    | (?P<close> [)\]}])
    | (?P<operator> \.\.<?|=[=>]?|!=|[<>]=?|\?\??|\*\*?|//?|[-+%^:|;,])
    | (?P<other> .)
    """,
    re.VERBOSE | re.ASCII,
)
KINDS = {
    "newline": Whitespace,
    "blank": Whitespace,
    "comment": Comment.Single,
    "raw": String,
    "variable": Name.Variable,
    "number": Number,
    "quoted": Name,
    "open": Punctuation,
    "close": Punctuation,
    "operator": Operator,
    "other": Error,
}
META = re.compile(r"([ \t]*)(:[a-z?]*)")
SECOND_WORD = re.compile(r"([ \t]+)([A-Za-z_]+)")
CALL = re.compile(r"[ \t]*\(")
# What stands in a string that is no letter of it.
INSIDE = re.compile(r"(\\(?:.|\n)|\$\{[A-Za-z_][A-Za-z0-9_.]*\})")


class RastraLexer(Lexer):
    """Colors programs, cells and single lines of Rastra, whole or not."""

    name = "Rastra"
    aliases = ["rastra"]
    filenames = ["*.rastra"]
    mimetypes = ["text/x-rastra"]

    def get_tokens_unprocessed(self, text):
        at = 0
        for kind, piece in tokens(text):
            if piece:
                yield at, kind, piece
            at += len(piece)


def tokens(text):
    """The kinds of all pieces of the text, in order."""
    at = 0
    fresh = True  # At the beginning of a line.
    starts = True  # A stage may come.
    more = False  # The statement goes on in the next line.
    stage = None  # The one whose arguments come.
    opened = 0
    while at < len(text):
        if fresh and not opened and not more:
            starts, stage = True, None
            if meta := META.match(text, at):
                yield Whitespace, meta[1]
                # As the magics of IPython are.
                yield Operator.Word, meta[2]
                at = meta.end()
                fresh = False
                continue
        token = TOKEN.match(text, at)
        kind, piece, at = token.lastgroup, token[0], token.end()
        fresh = kind == "newline"
        if kind in ("newline", "blank", "comment"):
            yield KINDS[kind], piece
            continue
        if kind == "text":
            yield from string(piece)
        elif kind != "word":
            yield KINDS[kind], piece
        elif starts and (second := SECOND_WORD.match(text, at)) and f"{piece} {second[2]}" in STAGES:
            stage = f"{piece} {second[2]}"
            at = second.end()
            yield from [(BUILTIN, piece), (Whitespace, second[1]), (BUILTIN, second[2])]
        elif starts and (piece in STAGES or piece in REDUCERS):
            stage = piece
            yield BUILTIN, piece
        else:
            yield word(piece, starts, stage, CALL.match(text, at)), piece

        if kind == "open":
            opened += 1
            # A pipeline may stand in the parentheses of arguments, not in those of expressions.
            starts = piece == "(" and stage not in EXPRESSIONS
            continue
        opened = max(0, opened - 1) if kind == "close" else opened
        # After `let x =` a stage may come; in the expressions of `map` a band does.
        starts = piece in ("|", ";") or (piece == "=" and not stage)
        stage = None if piece in ("|", ";") else stage
        more = kind in ("operator", "other") and piece != ";"


def word(text, starts, stage, called):
    """What a word is that begins no stage."""
    if text in KEYWORDS or (starts and text in STATEMENTS):
        return Keyword
    if text in FUNCTIONS and called:
        return BUILTIN
    if text in STAGES.get(stage, ()):
        return Name.Attribute
    if text in REDUCERS and stage not in EXPRESSIONS:
        return BUILTIN
    return Name


def string(text):
    """A string with the variables and escapes in it set apart."""
    for piece in INSIDE.split(text):
        yield String.Interpol if piece.startswith("${") else String.Escape if piece.startswith("\\") else String, piece
