#!/usr/bin/env bash
# Builds the wheel `rastra-cubes`, for any Linux with glibc 2.28 on x86-64 and Python 3.10 or newer: `python/build.sh`.
#
# It holds the module with GDAL and all else inside (see native/), the command, and Rastra's kernel for Jupyter. Zig compiles, as for
# the binary, whose libraries are taken where they have been built; so the wheel is packed here and not by maturin, which
# brings a zig of its own and is for `pip install ./python` over the machine's libraries.
set -euo pipefail
cd "$(dirname "$0")/.."
. native/zig.sh

# The Python that loads the module has what it needs of Python.
export PYO3_BUILD_EXTENSION_MODULE=1
# Only what is one kind of library is optimized as a whole.
cargo-zigbuild rustc --release --locked --features bundled --target "$TARGET.$GLIBC" -p rastra-python --lib --crate-type cdylib "$@"

site=$target/wheel-site
rm -rf "$site"
mkdir -p "$site"
python python/develop.py "$target/$TARGET/release/lib_rastra.so" "$site"
gunzip -c "$RASTRA_LICENSES" >"$(echo "$site"/*.dist-info)/licenses/LICENSES.txt"
# The kernelspec is written by the module itself. Jupyter puts the Python of its environment in the place of `python`.
data=$(basename "$site"/*.dist-info .dist-info).data/data
PYTHONPATH=$site python -m rastra kernel install --prefix "$site/$data"
python - "$site/$data/share/jupyter/kernels/rastra/kernel.json" <<'END'
import json, sys
with open(sys.argv[1]) as file:
    spec = json.load(file)
spec["argv"] = ["python", "-m", "rastra", *spec["argv"][1:]]
with open(sys.argv[1], "w") as file:
    json.dump(spec, file, indent=1)
END
find "$site" -name __pycache__ -prune -exec rm -r {} +
mkdir -p "$target/wheels"
python -m wheel pack --dest-dir "$target/wheels" "$site"
made=$(ls -t "$target"/wheels/rastra_cubes-*.whl | head -1)
say "$made, $(($(stat -c %s "$made") / 1000000)) MB"
