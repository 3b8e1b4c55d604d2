#!/usr/bin/env bash
# Tries a wheel as its users have it: `python/smoke.sh WHEEL`, in a new environment, beside rasterio, netCDF4, h5py, xarray and geopandas.
set -euo pipefail
wheel=$(realpath "$1")
cd "$(dirname "$0")/.."

env=$(mktemp -d)
trap 'rm -rf "$env"' EXIT
python3 -m venv "$env"
"$env/bin/python" -m pip install -q --disable-pip-version-check "$wheel" -r tests/requirements.txt

"$env/bin/rastra" --version
"$env/bin/python" -c 'import rastra; print(rastra.query("ramp 24 4 | groupby season mean").to_xarray())'

# The kernel came with it: a notebook runs without another word.
"$env/bin/rastra" examples "$env"
(cd "$env/examples" && "$env/bin/jupyter" nbconvert --to notebook --execute --output run.ipynb tour.ipynb)

RASTRA="$env/bin/rastra" "$env/bin/python" -m unittest discover -s python/tests
echo "wheel: fine"
