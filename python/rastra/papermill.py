"""Parameters of notebooks for papermill: `papermill report.ipynb out.ipynb -p year 2023`.

The cell tagged `parameters` declares them (`param year: number = 2020`), and a cell below it declares those that are
given anew. They are declared by `param` and not by `let`, so that `rastra run out.ipynb --set year=2024` still has the
last word, and a script made of the notebook binds no name twice.
"""

import math
import re
from contextvars import ContextVar

from papermill.exceptions import PapermillException
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

from .values import ESCAPES

__all__ = ["RastraTranslator"]

# What ends, hides or continues a statement.
PIECE = re.compile(
    r"""
      (?P<doc> \#\#[^\n]*)
    | (?P<comment> \#[^\n]*)
    | (?P<text> r"[^"]*" | "(?:\\.|[^"\\])*" | `[^`\n]*`)
    | (?P<open> [(\[{])
    | (?P<close> [)\]}])
    | (?P<end> [\n;])
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
PARAM = re.compile(
    r"param\s+(?P<name>[A-Za-z_]\w*)\s*(?::\s*(?P<kind>\w+))?\s*(?:=\s*(?P<default>.+))?", re.DOTALL | re.ASCII
)
NUMBER = r"-?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?"
QUANTITY = re.compile(rf"{NUMBER}([a-zA-Z]+|%)?", re.ASCII)
DATE = r"\d{4}(-\d\d(-\d\d(T\d\d(:\d\d(:\d\d(\.\d+)?)?)?Z?)?)?)?"
DATES = re.compile(rf"{DATE}(\.\.<?({DATE})?)?|\.\.<?{DATE}", re.ASCII)
TRUTHS = ("true", "false")

# The parameters that a notebook declares. Papermill looks at the cell first and asks for the values next, but tells the
# cell only the first time.
declared = ContextVar("declared", default=())


class RastraTranslator(Translator):
    """Writes values of Python as Rastra does, in the types that the notebook declares."""

    @classmethod
    def translate(cls, val):
        return super().translate(list(val) if isinstance(val, tuple) else val)

    @classmethod
    def translate_none(cls, val):
        return "nodata"

    @classmethod
    def translate_float(cls, val):
        if math.isinf(val):
            raise PapermillException("Rastra has no infinite numbers: leave the parameter out or give a finite one")
        return "nodata" if math.isnan(val) else repr(val)

    @classmethod
    def translate_escaped_str(cls, str_val):
        return f'"{str(str_val).translate(ESCAPES)}"'

    @classmethod
    def translate_list(cls, val):
        return f"[{', '.join(map(cls.translate, val))}]"

    @classmethod
    def translate_dict(cls, val):
        raise PapermillException(
            f"Rastra has lists and no dicts: give {val} as a list, or each of its values as a parameter of its own"
        )

    @classmethod
    def translate_as(cls, kind, val):
        """The value in a type of `param`: a command line gives texts, and numbers for whatever looks like one."""
        if isinstance(val, (str, bool, int, float)):
            text = str(val)
            if kind in ("text", "path"):
                return cls.translate_str(text)
            if kind in ("list", "bbox"):
                items = text.replace(",", " ").split()
                return f"[{', '.join(item if re.fullmatch(NUMBER, item) else cls.translate(item) for item in items)}]"
            if kind == "date" and DATES.fullmatch(text):
                return f"@{text}"
            if (kind == "number" and QUANTITY.fullmatch(text)) or (kind == "truth" and text in TRUTHS):
                return text
        return cls.translate(val)

    @classmethod
    def comment(cls, cmt_str):
        return f"# {cmt_str}"

    @classmethod
    def codify(cls, parameters, comment="Parameters"):
        known = {match["name"]: match for match in declared.get()}
        # The next notebook need not have a cell of parameters, and then nobody looks for one.
        declared.set(())
        lines = [cls.comment(comment)]
        for name, val in parameters.items():
            if match := known.get(name):
                kind = f": {match['kind']}" if match["kind"] else ""
                lines.append(f"param {name}{kind} = {cls.translate_as(kind_of(match), val)}")
            else:
                lines.append(f"let {name} = {cls.translate(val)}")
        return "\n".join(lines) + "\n"

    @classmethod
    def inspect(cls, parameters_cell):
        found = [(PARAM.fullmatch(text), doc) for text, doc in statements(parameters_cell["source"])]
        found = [(match, doc) for match, doc in found if match]
        declared.set(tuple(match for match, _ in found))
        return [Parameter(match["name"], str(kind_of(match)), match["default"] or "", doc) for match, doc in found]


def statements(text):
    """The statements of a cell without their comments, each with its help."""
    doc, written, depth = [], "", 0
    for piece in PIECE.finditer(f"{text}\n"):
        kind = piece.lastgroup
        if kind == "doc":
            doc.append(piece[0].lstrip("#").strip())
        elif kind == "end" and depth <= 0:
            if written.strip():
                yield written.strip(), " ".join(doc)
                doc = []
            written, depth = "", 0
        elif kind != "comment":
            depth += (kind == "open") - (kind == "close")
            written += piece[0]


def kind_of(param):
    """The type of a parameter: the declared one, else that of its default."""
    default = param["default"] or ""
    if param["kind"]:
        return param["kind"]
    if default.startswith("["):
        return "list"
    if default.startswith("@"):
        return "date"
    if default.startswith(('"', 'r"')):
        return "text"
    if default in TRUTHS:
        return "truth"
    return "number" if QUANTITY.fullmatch(default) else None


papermill_translators.register("rastra", RastraTranslator)
