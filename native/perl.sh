#!/usr/bin/env bash
# Perl for the crate that builds OpenSSL, whose `Configure` gets told what Rastra's requests do without; the crate itself has no words for it.
set -euo pipefail

WITHOUT=(
    aria argon2 bf camellia cast cmp cms ct dtls engine gost idea legacy md4 mdc2 ml-dsa ml-kem psk quic rc2 rc4 rmd160
    seed slh-dsa sm2 sm3 sm4 srp ssl3 ts weak-ssl-ciphers whirlpool
)

case ${1:-} in
    *Configure) exec perl "$@" "${WITHOUT[@]/#/no-}" -Os ;;
    *) exec perl "$@" ;;
esac
