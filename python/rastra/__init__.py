"""Rastra, a small query language for time series of geospatial rasters.

>>> import rastra
>>> warm = rastra.query('load netcdf "t2m.nc" | resample 1mo mean | map t2m - 273.15')  # doctest: +SKIP
>>> warm.to_xarray()  # doctest: +SKIP

`query` plans and computes nothing until something asks for the result; `run` runs a program with all it saves and shows.
What Python has is found as `$name`: arrays of numpy and xarray, other queries, numbers, texts and dates. `Session` keeps
names and settings from one program to the next, and `%load_ext rastra` gives notebooks `%%rastra`.

`rastra.lexer` colors programs wherever Pygments does, `rastra.papermill` gives notebooks their parameters; both are found by
their entry points.
"""

import os
import sys
from pathlib import Path

from . import _rastra
from ._rastra import __version__
from .errors import Error, Notice
from .magic import load_ipython_extension
from .query import Query, Session, query, run
from .sources import array

__all__ = ["Error", "Notice", "Query", "Session", "__version__", "array", "load_ipython_extension", "query", "run"]

# Kernels and workers are started by the command of the same environment.
if (Path(sys.prefix) / "bin" / "rastra").is_file():
    _rastra.program(Path(sys.prefix) / "bin" / "rastra")
# Runs on Dask ask this Python for it, unless another is named.
os.environ.setdefault("RASTRA_PYTHON", sys.executable)
