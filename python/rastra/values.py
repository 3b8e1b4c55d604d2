"""Values of Python as a program writes them."""

import datetime
import math
import numbers
import os

ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "$": r"\$", "\n": r"\n", "\t": r"\t", "\r": r"\r"})


def written(value):
    """A number, text, date, truth, path, `None` (missing), or a list of them, as it stands in a program.

    Raises:
        TypeError: There is no such value in the language.
    """
    if value is None:
        return "nodata"
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "true" if value else "false"
    if isinstance(value, (str, os.PathLike)):
        return text(os.fspath(value))
    if isinstance(value, (datetime.date, datetime.datetime)):
        return date(value)
    if type(value).__name__ == "datetime64":
        return date(value.astype("datetime64[us]").item())
    if isinstance(value, numbers.Real):
        return number(float(value) if isinstance(value, numbers.Rational) is False else value)
    if isinstance(value, (list, tuple, set, frozenset, range)) or (hasattr(value, "tolist") and getattr(value, "ndim", 0) == 1):
        return f"[{', '.join(map(written, value))}]"
    raise TypeError(f"a program has no value for {type(value).__name__}")


def text(value):
    """A text in quotes."""
    return f'"{str(value).translate(ESCAPES)}"'


def number(value):
    """A number; one that is not a number is missing."""
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if math.isinf(value):
        raise TypeError("Rastra has no infinite numbers: leave it out or give a finite one")
    return "nodata" if math.isnan(value) else repr(value)


def date(value):
    """A date, or a moment in UTC."""
    if isinstance(value, datetime.datetime):
        if value.tzinfo:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        stamp = value.isoformat()
        return f"@{stamp.removesuffix('T00:00:00')}"
    return f"@{value.isoformat()}"
