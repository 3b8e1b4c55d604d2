"""The engine `rastra` of papermill: its own, under a name by which papermill comes upon the translator.

Of what others bring, papermill loads nothing but engines, when it is imported. This one has a module for itself because
`rastra.papermill` may be what imports papermill, and is not whole then.
"""

from papermill.engines import NBClientEngine as RastraEngine

# Importing it registers the translator.
from . import papermill

__all__ = ["RastraEngine", "papermill"]
