#!/usr/bin/env bash
# Runs a bundled binary in clean Debian systems that have none of its libraries: `native/smoke.sh BINARY [SUITE ..]`, as root.
#
# The systems are made by debootstrap below TMPDIR, from the mirror of this machine's apt, and are kept for the next time. The
# size of the binary and what it asks of glibc are looked at here, the rest by `smoke/inside.sh`.
set -euo pipefail

binary=$(realpath "${1:?usage: native/smoke.sh BINARY [SUITE ..]}")
shift
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(bookworm trixie)
cd "$(dirname "$0")"

GLIBC=2.28
MOST_BYTES=${MOST_BYTES:-60000000}

fail() { printf 'smoke: %s\n' "$*" >&2; exit 1; }

for program in apt-get debootstrap openssl python3 readelf unshare; do
    command -v "$program" >/dev/null || [ -x "/usr/sbin/$program" ] || fail "$program is missing"
done
[ "$(id -u)" = 0 ] || fail "only root may make a system"

size=$(stat -c %s "$binary")
[ "$size" -lt $MOST_BYTES ] || fail "$binary has $size bytes, more than $MOST_BYTES"
newest=$(readelf -V "$binary" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -1)
[ "$(printf '%s\n' "$newest" "GLIBC_$GLIBC" | sort -V | tail -1)" = "GLIBC_$GLIBC" ] || fail "needs $newest"
printf 'smoke: %s bytes, newest symbol %s\n' "$size" "$newest"

rooms=${TMPDIR:-/tmp}/rastra-smoke
mkdir -p "$rooms"
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' | awk '$2 !~ /-/ { print $1; exit }')

# What the binary cannot write itself, and a server that only it trusts.
inputs=$rooms/inputs
rm -rf "$inputs"
mkdir -p "$inputs"
python3 smoke/inputs.py "$inputs"
certify() {
    local new=(-newkey rsa:2048 -nodes -days 2)
    openssl req -x509 "${new[@]}" -subj /CN=authority -keyout "$rooms/authority.pem" -out "$inputs/trusted.pem"
    openssl req "${new[@]:0:3}" -subj /CN=server -keyout "$rooms/key.pem" -out "$rooms/request.pem"
    openssl x509 -req -in "$rooms/request.pem" -CA "$inputs/trusted.pem" -CAkey "$rooms/authority.pem" -days 2 \
        -extfile <(echo subjectAltName=IP:127.0.0.1) -out "$rooms/server.pem"
}
certify 2>/dev/null || fail "openssl makes no certificates"
coproc server { exec python3 smoke/server.py "$inputs" "$rooms/server.pem" "$rooms/key.pem"; }
read -r http https <&"${server[0]}"

for suite in "${suites[@]}"; do
    root=$rooms/$suite
    if [ ! -e "$root/made" ]; then
        printf 'smoke: making %s\n' "$suite"
        rm -rf "$root"
        debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$rooms/$suite.log" 2>&1 || fail "see $rooms/$suite.log"
        touch "$root/made"
    fi
    rm -rf "$root/smoke"
    mkdir "$root/smoke"
    cp "$binary" "$root/smoke/rastra"
    cp -r smoke/inside.sh ../examples "$root/smoke"
    cp -r "$inputs" "$root/smoke/inputs"
    # Nothing of this machine's surroundings comes in. `/proc`, by which a program finds itself, goes again with the last of them.
    unshare --mount /bin/sh -c 'mount -t proc proc "$0/proc" && exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        chroot "$0" /bin/bash /smoke/inside.sh "$@"' "$root" "$http" "$https" || fail "$suite"
    printf 'smoke: %s is good\n' "$suite"
done
