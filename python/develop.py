"""Lays the package out as pip would, with a module that cargo has built: `python develop.py MODULE SITE`.

    cargo build -p rastra-python
    python python/develop.py target/debug/lib_rastra.so /tmp/site
    PYTHONPATH=/tmp/site python -c "import rastra; print(rastra.query('ramp 2 2').to_xarray())"

`build.sh` makes a wheel of such a folder.
"""

import shutil
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
WHEEL = """Wheel-Version: 1.0
Generator: rastra
Root-Is-Purelib: false
Tag: cp310-abi3-manylinux_2_28_x86_64
"""


def lay_out(module, site):
    """Copies the package and the module, and writes what `importlib.metadata` and pip read. Returns the folder of that."""
    package = site / "rastra"
    shutil.copytree(HERE / "rastra", package, ignore=shutil.ignore_patterns("__pycache__", "*.so"), dirs_exist_ok=True)
    shutil.copyfile(module, package / "_rastra.abi3.so")
    with open(HERE / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    with open(HERE / "Cargo.toml", "rb") as file:
        version = tomllib.load(file)["package"]["version"]
    told = site / f"rastra_cubes-{version}.dist-info"
    (told / "licenses").mkdir(parents=True, exist_ok=True)
    for license in HERE.glob("LICENSE-*"):
        shutil.copyfile(license, told / "licenses" / license.name)
    (told / "METADATA").write_text(metadata(project, version))
    (told / "WHEEL").write_text(WHEEL)
    groups = {"console_scripts": project["scripts"], **project["entry-points"]}
    lines = [f"[{group}]\n" + "\n".join(f"{name} = {what}" for name, what in of.items()) for group, of in groups.items()]
    (told / "entry_points.txt").write_text("\n\n".join(lines) + "\n")
    return told


def metadata(project, version):
    """The fields of `pyproject.toml` as packages state them, and the README below."""
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {version}",
        f"Summary: {project['description']}",
        f"License-Expression: {project['license']}",
        f"Requires-Python: {project['requires-python']}",
        f"Keywords: {','.join(project['keywords'])}",
        *(f"Classifier: {one}" for one in project["classifiers"]),
        *(f"Requires-Dist: {one}" for one in project["dependencies"]),
    ]
    for extra, needed in project["optional-dependencies"].items():
        lines.append(f"Provides-Extra: {extra}")
        lines.extend(f'Requires-Dist: {one}; extra == "{extra}"' for one in needed)
    lines.append("Description-Content-Type: text/markdown")
    return "\n".join(lines) + "\n\n" + (HERE / "README.md").read_text()


if __name__ == "__main__":
    lay_out(Path(sys.argv[1]), Path(sys.argv[2]))
