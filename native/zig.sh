# Sets up what compiles the binary and the wheel; read by `build.sh` here and in `python/`, from the top of the repository.
#
# Zig compiles, against glibc 2.28; it, CMake and Ninja come from Python's registry into the target folder, and what collects licenses
# from Rust's.

TARGET=x86_64-unknown-linux-gnu
GLIBC=2.28
CARGO_ABOUT=0.9.3

say() { printf 'build: %s\n' "$*"; }
fail() { printf 'build: %s\n' "$*" >&2; exit 1; }

[ "$(uname -m)" = x86_64 ] || fail "this script builds for x86-64, on x86-64"
for program in cargo make perl python3 sqlite3; do
    command -v "$program" >/dev/null || fail "$program is missing"
done

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR=$target CARGO_PROFILE_RELEASE_STRIP=symbols
# Smaller and faster, for some minutes more here.
export CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
# Flags for the machine's own linker mean nothing to zig.
unset RUSTFLAGS
# Nothing is ever thrown through C.
export CFLAGS="-fno-asynchronous-unwind-tables -fno-unwind-tables"
export OPENSSL_SRC_PERL=$PWD/native/perl.sh

# What was installed is written beside it.
if ! cmp -s native/tools.txt "$target/tools/installed.txt"; then
    say "installing the tools of native/tools.txt"
    rm -rf "$target/tools"
    python3 -m venv "$target/tools"
    "$target/tools/bin/python" -m pip install -q --disable-pip-version-check -r native/tools.txt
    cp native/tools.txt "$target/tools/installed.txt"
fi
export PATH="$target/tools/bin:$PATH"
if [ ! -x "$target/tools/bin/cargo-about" ]; then
    (unset CFLAGS CARGO_PROFILE_RELEASE_LTO CARGO_PROFILE_RELEASE_CODEGEN_UNITS
        cargo install -q --locked --root "$target/tools" --features cli "cargo-about@$CARGO_ABOUT")
fi
# What `rastra licenses` prints.
export RASTRA_LICENSES=$target/licenses.txt.gz
if [ ! -e "$RASTRA_LICENSES" ] || [ -n "$(find Cargo.lock about.toml about.hbs native/licenses.py native/tools.txt -newer "$RASTRA_LICENSES")" ]; then
    python native/licenses.py "$RASTRA_LICENSES"
fi
say "building; the first time takes half an hour on two cores"
