#!/usr/bin/env bash
# Builds `rastra` as one binary that needs nothing of the machine it runs on but glibc 2.28: `native/build.sh [CARGO'S ARGUMENTS]`.
#
# Zig compiles, against the glibc of that version; it, CMake and Ninja come from Python's registry into the target folder.
set -euo pipefail
cd "$(dirname "$0")/.."

TARGET=x86_64-unknown-linux-gnu
GLIBC=2.28
TOOLS=(ziglang==0.17.1 cargo-zigbuild==0.24.1 cmake==4.4.5 ninja==1.13.2)
MOST_MB=60

say() { printf 'native: %s\n' "$*"; }
fail() { printf 'native: %s\n' "$*" >&2; exit 1; }

needs() {
    [ "$(uname -m)" = x86_64 ] || fail "this script builds for x86-64, on x86-64"
    for program in cargo make perl python3 sqlite3; do
        command -v "$program" >/dev/null || fail "$program is missing"
    done
}

# What was installed is written beside it.
tools() {
    if [ "$(cat "$target/tools/installed.txt" 2>/dev/null)" != "${TOOLS[*]}" ]; then
        say "installing ${TOOLS[*]}"
        rm -rf "$target/tools"
        python3 -m venv "$target/tools"
        "$target/tools/bin/python" -m pip install -q --disable-pip-version-check "${TOOLS[@]}"
        echo "${TOOLS[*]}" >"$target/tools/installed.txt"
    fi
    export PATH="$target/tools/bin:$PATH"
}

needs
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR=$target CARGO_PROFILE_RELEASE_STRIP=symbols
# A third less to download, for some minutes more here.
export CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
# Flags for the machine's own linker mean nothing to zig.
unset RUSTFLAGS
tools
say "building; the first time takes half an hour on two cores"
cargo zigbuild --release --locked --features bundled --target "$TARGET.$GLIBC" --bin rastra "$@"

binary=$target/$TARGET/release/rastra
size=$(($(stat -c %s "$binary") / 1000000))
say "$binary, $size MB"
[ "$size" -lt "$MOST_MB" ] || fail "larger than the $MOST_MB MB it may have"
