#!/usr/bin/env bash
# Installs what is missing, builds Rastra and runs a first example; `./setup.sh test` runs every test instead.
#
# May be run again at any time: what is there already is left alone.
set -euo pipefail
cd "$(dirname "$0")"

NEEDS_RUST=1.91
# The newest of which Rust's crate has the bindings.
KNOWN_GDAL=3.12
BUILD=(build-essential ca-certificates cmake curl git libgdal-dev libhdf5-dev libnetcdf-dev pkg-config)
# What the answers are compared with, and what notebooks and programs are opened in.
TEST=(cdo chromium gdal-bin neovim netcdf-bin python3 python3-venv)

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

packages() {
    if ! command -v apt-get >/dev/null; then
        say "no apt-get here; these have to be installed by other means: $*"
        return
    fi
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    if [ ${#missing[@]} = 0 ]; then
        say "system packages are there"
        return
    fi
    say "installing ${missing[*]}"
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

at_least() { printf '%s\n%s\n' "$1" "$2" | sort -C -V; }

# Sets `features`, which cargo needs for the GDAL that is there.
gdal() {
    local version
    features=()
    version=$(gdal-config --version 2>/dev/null) || fail "GDAL is missing: install libgdal-dev"
    at_least 3.6 "$version" || fail "GDAL $version is too old: 3.6 is needed, which Debian 12 and Ubuntu 24.04 have"
    say "GDAL $version"
    at_least "${version%.*}" "$KNOWN_GDAL" && return
    say "it is newer than $KNOWN_GDAL, so its headers are read by libclang"
    packages libclang-dev
    features=(--features bindgen)
}

rust_version() { rustc --version 2>/dev/null | cut -d ' ' -f 2; }

rust() {
    # Where rustup puts things, also when the shell has not read its profile yet.
    export PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
    if ! at_least "$NEEDS_RUST" "$(rust_version || true)"; then
        if ! command -v rustup >/dev/null; then
            say "installing Rust with rustup, from https://sh.rustup.rs"
            curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y -q --profile minimal
            export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
        else
            say "updating Rust, $NEEDS_RUST is needed"
            rustup update stable --no-self-update
        fi
        at_least "$NEEDS_RUST" "$(rust_version)" || fail "Rust $NEEDS_RUST is needed: \`rustup default stable\`"
    fi
    say "Rust $(rust_version)"
}

rust_tools() {
    cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 && return
    command -v rustup >/dev/null || fail "rustfmt and clippy are missing: install them as you installed Rust"
    say "installing rustfmt and clippy"
    rustup component add rustfmt clippy
}

# Python's libraries in a folder of their own; what was installed is written beside them.
venv() {
    if cmp -s tests/requirements.txt .venv/installed.txt; then
        say "Python libraries are there"
        return
    fi
    say "installing Python libraries into .venv"
    python3 -m venv .venv
    .venv/bin/python -m pip install -q --disable-pip-version-check -r tests/requirements.txt
    cp tests/requirements.txt .venv/installed.txt
}

build_and_show() {
    packages "${BUILD[@]}"
    gdal
    rust
    say "building, which takes some minutes the first time"
    cargo build --release --locked "${features[@]}"
    local rastra="${CARGO_TARGET_DIR:-target}/release/rastra"
    say "running $rastra run examples/quickstart.rastra"
    "$rastra" run examples/quickstart.rastra
    say "done; put $rastra on your PATH, and go on with docs/start.md"
}

test_all() {
    packages "${BUILD[@]}" "${TEST[@]}"
    gdal
    rust
    rust_tools
    venv
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked "${features[@]}" -- -D warnings
    # What programs that embed Rastra build, and the command without what can be left out.
    cargo clippy --no-default-features --lib --locked "${features[@]}" -- -D warnings
    cargo clippy --no-default-features --features cli --bins --locked "${features[@]}" -- -D warnings
    cargo test --workspace --locked "${features[@]}"
}

case "${1:-}" in
    "") build_and_show ;;
    test) test_all ;;
    *) fail "usage: ./setup.sh [test]" ;;
esac
