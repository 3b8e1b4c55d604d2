"""Lays the package out as pip would, with a module that cargo has built: `python develop.py MODULE SITE`.

    cargo build -p rastra-python
    python python/develop.py target/debug/lib_rastra.so /tmp/site
    PYTHONPATH=/tmp/site python -c "import rastra; print(rastra.query('ramp 2 2').to_xarray())"
"""

import shutil
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent


def lay_out(module, site):
    """Copies the package and the module, and writes what `importlib.metadata` finds entry points by."""
    package = site / "rastra"
    shutil.copytree(HERE / "rastra", package, ignore=shutil.ignore_patterns("__pycache__", "*.so"), dirs_exist_ok=True)
    shutil.copyfile(module, package / "_rastra.abi3.so")
    with open(HERE / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    with open(HERE / "Cargo.toml", "rb") as file:
        version = tomllib.load(file)["package"]["version"]
    told = site / f"rastra_cubes-{version}.dist-info"
    told.mkdir(exist_ok=True)
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {version}\n")
    groups = {"console_scripts": project["scripts"], **project["entry-points"]}
    lines = [f"[{group}]\n" + "\n".join(f"{name} = {what}" for name, what in of.items()) for group, of in groups.items()]
    (told / "entry_points.txt").write_text("\n\n".join(lines) + "\n")


if __name__ == "__main__":
    lay_out(Path(sys.argv[1]), Path(sys.argv[2]))
