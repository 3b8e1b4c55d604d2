"""Queries and the sessions that they are planned in."""

import contextlib
import functools
import json
import re
import sys
import threading
import warnings
from collections.abc import Mapping
from typing import Any

from . import _rastra, results, sources
from .errors import Error, Notice
from .progress import reporter
from .values import written

__all__ = ["Query", "Session", "query", "run"]


def from_outside(function):
    """Lets errors come from the caller's line, without the lines of the package between."""

    @functools.wraps(function)
    def called(*args, **names):
        try:
            return function(*args, **names)
        except Error as error:
            raise error.with_traceback(None) from None

    return called


# What a program binds itself, and what it declares to be given.
BINDS = re.compile(r"\b(?:let|param)\s+(\w+)")
DECLARES = re.compile(r"\bparam\s+(\w+)")

# Seconds for which one who hands values to a run waits for a session that another such has.
PATIENCE = 60


class Session:
    """Names and settings that programs share, one after another. Threads take turns.

    Args:
        threads: Threads that compute; all of the machine unless given.
        memory: What a run may hold, such as `"4GiB"`; half of the machine's unless given.
        settings: Any other setting of the language by its name: `requests=64`, `executor="dask"`.
        progress: Whether runs show how far they are; where people look unless given.
        scope: Whether `$names` that nobody has given are looked for among the caller's variables.
    """

    def __init__(
        self,
        *,
        threads: int | None = None,
        memory: str | None = None,
        progress: bool | None = None,
        scope: bool = True,
        **settings: Any,
    ):
        self._inner = _rastra.Session()
        # The thread that has the session, how often it took it, and whether it hands values to a run of another one.
        self._owner, self._depth, self._reads = None, 0, False
        self._free = threading.Condition()
        self._progress = progress
        self._scope = scope
        settings = {"threads": threads, "memory": memory, **settings}
        for name, value in settings.items():
            if value is not None:
                # An amount of memory is no text.
                is_amount = name == "memory"
                if is_amount and not re.fullmatch(r"[\w.]+", str(value)):
                    raise ValueError(f"`{name}` cannot be `{value}`")
                self._inner.run(f"set {name} {value if is_amount else written(value)}", None)

    @from_outside
    def query(self, text: str, /, **names: Any) -> "Query":
        """Plans a program and hands its last result back; nothing is computed yet.

        What the program binds and sets stays in the session; names that are given, or found, are for this program.

        Raises:
            Error: The program is wrong, or a file that it names is.
        """
        return Query(self, self._do(self._inner.plan, text, names, self._callers()))

    @from_outside
    def run(self, text: str, /, **names: Any) -> "Answers":
        """Runs a program with all that it saves and shows.

        Raises:
            Error: The program is wrong, and then nothing has run, or something failed on the way.
        """
        return Answers(self._told(answer) for answer in self._do(self._inner.run, text, names, self._callers()))

    def _callers(self):
        return variables() if self._scope else {}

    def _do(self, method, text, names, scope: Mapping[str, Any]):
        """Calls a method with a program, whose unknown names are looked for."""
        with self._turn():
            declared = DECLARES.findall(text)
            self._inner.params({name: str(names.pop(name)) for name in declared if name in names})
            for name in names:
                if not re.search(rf"\$(?:{{\s*)?{name}\b", text):
                    raise TypeError(f"`{name}` is given, and the program has neither `${name}` nor `param {name}`")
            bound = set()
            try:
                for name, value in names.items():
                    self._bind(name, value)
                    bound.add(name)
                while True:
                    try:
                        return self._watch(method, text)
                    except Error as error:
                        name = error.unknown
                        if name is None or name in bound or name not in scope:
                            raise
                        bound.add(name)
                        self._find(name, scope[name], error)
            finally:
                self._inner.params({})
                for name in bound - set(BINDS.findall(text)):
                    self._inner.forget(name)

    def _find(self, name, value, error):
        """Binds what was found among the caller's variables, instead of which `error` would be raised."""
        try:
            self._bind(name, value)
        except TypeError as why:
            if hasattr(error, "add_note"):
                error.add_note(f"the caller has a `{name}`, but {why}")
            raise error from None

    def _bind(self, name, value):
        if isinstance(value, Query):
            self._inner.name(name, value._plan)
        elif (made := sources.dataset(value, name)) is not None:
            self._inner.attach(name, made.attributes, made.variables)
        else:
            self._inner.run(f"let {name} = {written(value)}", None)

    @contextlib.contextmanager
    def _turn(self):
        """The time in which this thread has the session."""
        me, reading = threading.get_ident(), getattr(sources.here, "reading", False)
        with self._free:
            if self._owner != me:
                # Whoever hands values to a run must not wait for a session that may be the one that runs; for others who do
                # the same it waits, and not for ever, since they may wait for it in turn.
                able = lambda: self._owner is None or (reading and not self._reads)
                self._free.wait_for(able, timeout=PATIENCE if reading else None)
                if self._owner is not None:
                    raise RuntimeError("values that a run reads cannot be computed by the session that runs: take another")
                self._owner, self._reads = me, reading
            self._depth += 1
        try:
            yield
        finally:
            with self._free:
                self._depth -= 1
                if not self._depth:
                    self._owner = None
                    self._free.notify_all()

    def _watch(self, method, *args):
        """Calls a method that may take long, and shows how far it is."""
        with self._turn():
            shown = reporter(self._progress)
            try:
                return method(*args, shown.tell)
            finally:
                shown.close()

    def _told(self, answer):
        tell(answer["notes"])
        return Answer(answer)


class Query:
    """What a program computes, when it is asked for. `rastra.query` makes them.

    A query is read again each time it is computed; arrays that it reads must not change while it is.
    """

    def __init__(self, session: Session, plan: _rastra.Plan):
        self._session = session
        self._plan = plan

    @property
    def kind(self) -> str:
        """`"cube"`, `"table"` or `"picture"`."""
        return self._plan.kind

    @property
    def schema(self) -> dict | None:
        """What is known without reading a pixel: `time`, `bands` and `grid` of a cube, `columns` of a table."""
        return self._plan.schema and json.loads(self._plan.schema)

    @property
    def plan(self) -> dict:
        """The plan as data, stage by stage from the last."""
        return json.loads(self._plan.json)

    @from_outside
    def explain(self) -> str:
        """How it will be computed, in how many tasks and how much memory; nothing is read but headers."""
        return self._session._inner.explain(self._plan)

    @from_outside
    def to_xarray(self, masked: bool = True):
        """Computes a cube as `xarray.Dataset`: a variable a band, of dimensions time, rows and columns.

        Coordinates are centers of pixels, times are `datetime64` or, of other calendars, `cftime`; the reference system is
        in `spatial_ref`, as rioxarray has it. It is what `xarray.open_zarr` would give of the saved cube.

        Args:
            masked: Missing pixels are NaN, which makes integers floats; if not, they have the number in `_FillValue`.
        """
        return results.to_xarray(self._dataset(), masked)

    @from_outside
    def to_numpy(self):
        """Computes a cube as an array `(time, band, y, x)` of float64, missing pixels as NaN, rows as its source lists
        them; a table as an array with a field a column."""
        if self.kind == "table":
            return results.to_records(self._columns())
        return results.to_numpy(self._dataset())

    @from_outside
    def to_pandas(self):
        """Computes a table as `pandas.DataFrame`; of a cube, a row a pixel and step."""
        if self.kind == "table":
            return results.to_pandas(self._columns())
        return results.to_frame(self._dataset())

    @from_outside
    def run(self) -> "Answer":
        """Computes it as a pipeline that ends here does: saves what is to be saved, else shows it."""
        return self._session._told(self._watch(self._session._inner.view))

    @from_outside
    def __arrow_c_stream__(self, requested_schema=None):
        """Computes a table as a stream of Arrow, for polars, pyarrow, duckdb and others."""
        return self._made(self._session._inner.stream)

    def _columns(self):
        return self._made(self._session._inner.columns)

    def _dataset(self):
        return self._made(self._session._inner.dataset)

    def _made(self, method):
        """What a method computes; what it has to tell is told."""
        made, notes = self._watch(method)
        tell(notes)
        return made

    def _watch(self, method):
        return self._session._watch(method, self._plan)

    @functools.cached_property
    def _shown(self):
        # What saves is not run by looking at it.
        if self._plan.saves:
            return {}
        shown = self._watch(self._session._inner.view)
        tell(shown["notes"])
        return shown["data"]

    def __repr__(self):
        return f"<rastra {self.kind}: {self._plan.summary}>"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self), **self._shown}

    def _repr_html_(self):
        return self._shown.get("text/html")

    def _repr_png_(self):
        return self._shown.get("image/png")


class Answer:
    """What a pipeline showed or saved.

    Attributes:
        data: What it showed, by MIME type: texts, and the bytes of pictures.
        report: What was saved, in words, if something was.
        files: What was written.
        notes: What is worth knowing of the run.
    """

    def __init__(self, told):
        self.data, self.report, self.files, self.notes = told["data"], told["report"], told["files"], told["notes"]

    def __repr__(self):
        return "\n".join(part.rstrip("\n") for part in (self.report, self.data.get("text/plain")) if part)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self), **({} if self.report else self.data)}


class Answers(list):
    """The answers of the pipelines of a program, in their order."""

    def __repr__(self):
        return "\n".join(map(repr, self))

    def _ipython_display_(self):
        from IPython.display import display

        for answer in self:
            display(answer)


@from_outside
def query(
    text: str,
    /,
    *,
    threads: int | None = None,
    memory: str | None = None,
    progress: bool | None = None,
    scope: bool = True,
    settings: Mapping[str, Any] | None = None,
    **names: Any,
) -> Query:
    """Plans a program and hands its last result back; nothing is computed yet.

    Args:
        text: The program.
        threads: Threads that compute; all of the machine unless given.
        memory: What a run may hold, such as `"4GiB"`; half of the machine's unless given.
        progress: Whether runs show how far they are; where people look unless given.
        scope: Whether `$names` that are not given are looked for among the caller's variables.
        settings: Other settings of the language, such as `{"requests": 64}`.
        names: What the program knows as `$name`: arrays of numpy and xarray, queries, numbers, texts, dates, lists.

    Raises:
        Error: The program is wrong, or a file that it names is.

    >>> import rastra
    >>> rastra.query("ramp $months 4 | mean", months=24).to_numpy().shape
    (1, 1, 4, 4)
    """
    session = Session(threads=threads, memory=memory, progress=progress, scope=False, **(settings or {}))
    return Query(session, session._do(session._inner.plan, text, names, variables() if scope else {}))


@from_outside
def run(
    text: str,
    /,
    *,
    threads: int | None = None,
    memory: str | None = None,
    progress: bool | None = None,
    scope: bool = True,
    settings: Mapping[str, Any] | None = None,
    **names: Any,
) -> Answers:
    """Runs a program with all that it saves and shows; arguments as those of `query`.

    Raises:
        Error: The program is wrong, and then nothing has run, or something failed on the way.
    """
    session = Session(threads=threads, memory=memory, progress=progress, scope=False, **(settings or {}))
    answers = session._do(session._inner.run, text, names, variables() if scope else {})
    return Answers(session._told(answer) for answer in answers)


def outside():
    """The frame of whoever called the package, and how far up it is."""
    frame, level = sys._getframe(1), 1
    while frame.f_back and (f"{frame.f_globals.get('__name__')}.").startswith("rastra."):
        frame, level = frame.f_back, level + 1
    return frame, level


def variables():
    """The variables that are seen where the package was called."""
    frame, _ = outside()
    return {**frame.f_globals, **frame.f_locals}


def tell(notes):
    """Tells what the user did not decide, as warnings that point at the user's own line."""
    _, level = outside()
    for note in notes:
        warnings.warn(note, Notice, stacklevel=level)
