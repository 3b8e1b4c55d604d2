"""What goes wrong, and what is worth knowing where nothing does."""

import re

__all__ = ["Error", "Notice"]

UNKNOWN_VARIABLE = re.compile(r"unknown variable `\$(\w+)`")


class Error(Exception):
    """Why a program cannot be planned or run. Its text is what the command `rastra` prints.

    Attributes:
        number: What kind of failure it is, such as `E0201`; the book lists them all.
        title: What all failures of that number have in common.
        message: What is wrong, in a line.
        span: First character and the one behind the last of what is wrong in the program, if there is such a place.
        labels: Every place, with what is wrong there: `[((first, end), text), ..]`.
        help: Ways out.
        cause: What a library or a server said, if one did.
        all: The diagnostics of a program that has several, each as a dict of the above.
    """

    def __init__(self, text, diagnostics):
        super().__init__(text)
        first = diagnostics[0]
        self.number = first["number"]
        self.title = first["title"]
        self.message = first["message"]
        self.labels = first["labels"]
        self.span = next((place for place, _ in self.labels if place), None)
        self.help = first["help"]
        self.cause = first["cause"]
        self.all = diagnostics

    def __reduce__(self):
        return type(self), (self.args[0], self.all)

    @property
    def unknown(self):
        """The name of a variable that is not known, if that is what is wrong."""
        match = UNKNOWN_VARIABLE.match(self.message)
        return match and match[1]


class Notice(UserWarning):
    """A decision that the program leaves open, or values that could not be had, told with a result."""


# Where users know them from.
Error.__module__ = Notice.__module__ = "rastra"
