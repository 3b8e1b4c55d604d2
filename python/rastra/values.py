"""Values of Python as a program writes them."""

import datetime
import math
import numbers
import os

ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "$": r"\$", "\n": r"\n", "\t": r"\t", "\r": r"\r"})

# How precise a date of numpy is: what of its text stands for the period that it means.
PERIODS = {"Y": 4, "M": 7, "D": 10}
# Lengths of time that the language has a word for.
LENGTHS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def written(value):
    """A number, text, date, length of time, truth, path, `None` (missing), or a list of them, as it stands in a program.

    A date without a time means its day, one with a time that moment.

    Raises:
        TypeError: There is no such value in the language.
    """
    kind = type(value).__name__
    if value is None or kind == "NaTType":
        return "nodata"
    if isinstance(value, bool) or kind in ("bool_", "bool"):
        return "true" if value else "false"
    if isinstance(value, (str, os.PathLike)):
        return text(os.fspath(value))
    if isinstance(value, (datetime.date, datetime.datetime)):
        return date(value)
    if isinstance(value, datetime.timedelta):
        return length(value.total_seconds())
    if kind == "datetime64":
        return moment(value)
    if kind == "timedelta64":
        return numpy_length(value)
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        return number(float(value))
    if isinstance(value, (list, tuple, set, frozenset, range)) or getattr(value, "ndim", 0) == 1:
        return f"[{', '.join(map(written, value))}]"
    raise TypeError(f"a program has no value for {type(value).__name__}")


def text(value):
    """A text in quotes."""
    return f'"{str(value).translate(ESCAPES)}"'


def number(value):
    """A number; one that is not a number is missing."""
    if math.isinf(value):
        raise TypeError("Rastra has no infinite numbers: leave it out or give a finite one")
    return "nodata" if math.isnan(value) else repr(value)


def date(value):
    """A day, or a moment in UTC."""
    if isinstance(value, datetime.datetime) and value.tzinfo:
        value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return f"@{value.isoformat()}"


def moment(value):
    """A date of numpy, as precise as it is: a month is all of it."""
    import numpy

    if numpy.isnat(value):
        return "nodata"
    digits = PERIODS.get(numpy.datetime_data(value.dtype)[0])
    return f"@{str(value)[:digits]}" if digits else date(value.astype("datetime64[us]").item())


def length(seconds):
    """A length of time in the largest unit that is exact."""
    for size, unit in LENGTHS:
        if seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    raise TypeError("a program has no length of time below a second")


def numpy_length(value):
    """A length of time of numpy; months and years stay what they are."""
    import numpy

    unit, count = numpy.datetime_data(value.dtype)
    if numpy.isnat(value):
        return "nodata"
    if unit in ("M", "Y"):
        return f"{int(value.astype(int)) * count}{'mo' if unit == 'M' else 'y'}"
    return length(value / numpy.timedelta64(1, "s"))
