#!/usr/bin/env bash
# Builds `rastra` as one binary that needs nothing of the machine it runs on but glibc 2.28: `native/build.sh [CARGO'S ARGUMENTS]`.
set -euo pipefail
cd "$(dirname "$0")/.."
. native/zig.sh

MOST_MB=60

cargo zigbuild --release --locked --features bundled --target "$TARGET.$GLIBC" --bin rastra "$@"

binary=$target/$TARGET/release/rastra
size=$(($(stat -c %s "$binary") / 1000000))
say "$binary, $size MB"
[ "$size" -lt "$MOST_MB" ] || fail "larger than the $MOST_MB MB it may have"
