#!/usr/bin/env bash
# Builds the wheel `rastra-cubes`, for any Linux with glibc 2.28 on x86-64 and Python 3.10 or newer: `python/build.sh`.
#
# It holds the module with GDAL and all else inside (see native/), the command, and Rastra's kernel for Jupyter.
set -euo pipefail
cd "$(dirname "$0")/.."

TARGET=x86_64-unknown-linux-gnu
TOOLS=(maturin==1.15.0 ziglang==0.17.1 cmake==4.4.5 ninja==1.13.2)

say() { printf 'wheel: %s\n' "$*"; }
fail() { printf 'wheel: %s\n' "$*" >&2; exit 1; }

for program in cargo make perl python3 sqlite3; do
    command -v "$program" >/dev/null || fail "$program is missing"
done
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR=$target CARGO_PROFILE_RELEASE_STRIP=symbols
# Flags for the machine's own linker mean nothing to zig.
unset RUSTFLAGS
tools=$target/wheel-tools
if [ "$(cat "$tools/installed.txt" 2>/dev/null)" != "${TOOLS[*]}" ]; then
    say "installing ${TOOLS[*]}"
    rm -rf "$tools"
    python3 -m venv "$tools"
    "$tools/bin/python" -m pip install -q --disable-pip-version-check "${TOOLS[@]}" numpy
    echo "${TOOLS[*]}" >"$tools/installed.txt"
fi
export PATH="$tools/bin:$PATH"

wheel() {
    maturin build --release --locked --zig --compatibility manylinux_2_28 --target "$TARGET" --features bundled \
        --manifest-path python/Cargo.toml --out "$target/wheels" "$@"
}

# The kernelspec is written by the module itself, so the first wheel has none; the second only packs the same files anew.
rm -rf python/data
mkdir -p python/data/data
say "building; the first time takes half an hour on two cores"
wheel
made=$(ls -t "$target"/wheels/rastra_cubes-*.whl | head -1)
rm -rf "$target/wheel-site"
python -m pip install -q --disable-pip-version-check --no-deps --target "$target/wheel-site" "$made"
PYTHONPATH="$target/wheel-site" python -m rastra kernel install --prefix python/data/data --force
# Jupyter puts the Python of its environment in the place of `python`.
python - python/data/data/share/jupyter/kernels/rastra/kernel.json <<'END'
import json, sys
with open(sys.argv[1]) as file:
    spec = json.load(file)
spec["argv"] = ["python", "-m", "rastra", *spec["argv"][1:]]
with open(sys.argv[1], "w") as file:
    json.dump(spec, file, indent=1)
END
wheel
rm -rf python/data
say "$made, $(($(stat -c %s "$made") / 1000000)) MB"
