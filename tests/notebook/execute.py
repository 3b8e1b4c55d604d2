"""Runs a notebook as `jupyter execute` does; prints what each cell gave as JSON."""

import json
import sys

import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=120, kernel_name="rastra", resources={"metadata": {"path": sys.argv[2]}}).execute()
print(json.dumps([cell.get("outputs", []) for cell in notebook.cells if cell.cell_type == "code"]))
