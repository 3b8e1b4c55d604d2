#!/usr/bin/env bash
# Builds the wheel `rastra-cubes`, for any Linux with glibc 2.28 on x86-64 and Python 3.10 or newer: `python/build.sh`.
#
# It holds the module with GDAL and all else inside (see native/), the command, and Rastra's kernel for Jupyter. Zig compiles, as for
# the binary, whose libraries are taken where they have been built; so the wheel is packed here and not by maturin, which
# brings a zig of its own and is for `pip install ./python` over the machine's libraries.
set -euo pipefail
cd "$(dirname "$0")/.."

TARGET=x86_64-unknown-linux-gnu
GLIBC=2.28
TOOLS=(ziglang==0.17.1 cargo-zigbuild==0.24.1 cmake==4.4.5 ninja==1.13.2 numpy==2.4.6 wheel==0.48.0)

say() { printf 'wheel: %s\n' "$*"; }
fail() { printf 'wheel: %s\n' "$*" >&2; exit 1; }

for program in cargo make perl python3 sqlite3; do
    command -v "$program" >/dev/null || fail "$program is missing"
done
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR=$target CARGO_PROFILE_RELEASE_STRIP=symbols
# A third less to download, for some minutes more here.
export CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
# Flags for the machine's own linker mean nothing to zig.
unset RUSTFLAGS
tools=$target/wheel-tools
if [ "$(cat "$tools/installed.txt" 2>/dev/null)" != "${TOOLS[*]}" ]; then
    say "installing ${TOOLS[*]}"
    rm -rf "$tools"
    python3 -m venv "$tools"
    "$tools/bin/python" -m pip install -q --disable-pip-version-check "${TOOLS[@]}"
    echo "${TOOLS[*]}" >"$tools/installed.txt"
fi
export PATH="$tools/bin:$PATH"

say "building; the first time takes half an hour on two cores"
# Only what is one kind of library is optimized as a whole.
cargo-zigbuild rustc --release --locked --features bundled --target "$TARGET.$GLIBC" -p rastra-python --lib --crate-type cdylib "$@"

site=$target/wheel-site
rm -rf "$site"
mkdir -p "$site"
python python/develop.py "$target/$TARGET/release/lib_rastra.so" "$site"
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
