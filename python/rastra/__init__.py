"""Rastra, a small query language for time series of geospatial rasters, beside Python's tools.

`rastra.lexer` colors programs wherever Pygments does, `rastra.papermill` gives notebooks their parameters. Both are
found by their entry points and need no import.
"""

__version__ = "0.1.0"
