"""The command `rastra`, also as `python -m rastra`."""

import sys

from . import _rastra


def main():
    """Runs the command; the process ends here."""
    _rastra.command(["rastra", *sys.argv[1:]])


if __name__ == "__main__":
    main()
