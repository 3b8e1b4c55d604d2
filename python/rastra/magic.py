"""`%%rastra` in notebooks of Python: `%load_ext rastra`."""

import keyword


def load_ipython_extension(ipython):
    """Gives IPython `%rastra` and `%%rastra`, which share a session."""
    from .query import Answers, Query, Session, from_outside

    session = Session(scope=False)

    def answer(text):
        return Answers(session._told(one) for one in session._do(session._inner.run, text, {}, ipython.user_ns))

    @from_outside
    def rastra(line, cell=None):
        """`%%rastra` runs the program below and shows what it shows; `%%rastra name` binds its last result as a lazy
        query. `%rastra program` runs a line. Python's variables are `$names`."""
        if cell is None:
            return answer(line)
        name = line.strip()
        if not name:
            return answer(cell)
        if not name.isidentifier() or keyword.iskeyword(name):
            raise ValueError(f"`%%rastra {name}`: give one name, which the result is bound to, or none")
        ipython.user_ns[name] = Query(session, session._do(session._inner.plan, cell, {}, ipython.user_ns))
        return None

    ipython.register_magic_function(rastra, magic_kind="line_cell")
