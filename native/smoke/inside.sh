#!/bin/bash
# What `smoke.sh` runs inside a clean system: `inside.sh PORT_OF_HTTP PORT_OF_HTTPS`. The first thing that is not as it should be ends it.
set -euo pipefail
cd /smoke
http=$1 https=$2
PATH=/smoke:$PATH

fail() { printf 'smoke: %s\n' "$*" >&2; exit 1; }

answer() { rastra -c "$1" 2>&1 || { printf '%s\n' "$1" >&2; fail "$(rastra -c "$1" 2>&1)"; }; }

# Two programs give the same answer.
same() {
    local is should
    is=$(answer "$1")
    should=$(answer "$2")
    [ "$is" = "$should" ] || fail "$1"$'\n'"$is"$'\n'"and not"$'\n'"$should"
}

# An answer has these words.
says() {
    local is
    is=$(answer "$1")
    [[ $is == *"$2"* ]] || fail "$1"$'\n'"$is"$'\n'"has no \"$2\""
}

libraries() {
    ldd rastra | awk '{ print $1 }'
    local others
    others=$(ldd rastra | awk '{ print $1 }' | grep -vE '^(linux-vdso|libc|libm|libdl|libpthread|librt|libutil)\.so|ld-linux' || true)
    [ -z "$others" ] || fail "needs $others"
    rastra --version
    [[ $(rastra licenses) == *MIT*GDAL*libunwind* ]] || fail "the licenses are not complete"
}

quickstart() {
    rastra run examples/quickstart.rastra --set out=out >out.txt 2>&1 || fail "$(cat out.txt)"
    [ -e out/rain_monthly.zarr/zarr.json ] || fail "quickstart wrote nothing"
}

formats() {
    answer 'ramp 3 64 | save zarr "a3.zarr"' >/dev/null
    same 'load zarr "a3.zarr" | stats' 'ramp 3 64 | stats'
    answer 'ramp 3 64 | save zarr "a2.zarr" version 2' >/dev/null
    same 'load zarr "a2.zarr" | stats' 'ramp 3 64 | stats'
    answer 'ramp 3 64 | save netcdf "a.nc"' >/dev/null
    same 'load netcdf "a.nc" | stats' 'ramp 3 64 | stats'
    for codec in none deflate lzw packbits zstd lzma lerc lerc_deflate lerc_zstd; do
        answer "ramp 3 64 | save tif \"$codec-{time:%Y%m%d}.tif\" compress $codec" >/dev/null
        same "load files \"$codec-*.tif\" | stats" 'ramp 3 64 | stats'
    done
    for codec in jpeg webp; do
        answer "ramp 1 12 dtype uint8 bands [r g b] | save tif \"$codec.tif\" compress $codec quality 100 interleave pixel" >/dev/null
        says "load files \"$codec.tif\" dates [2020-01-01] | schema" '12 x 12 pixels, EPSG:32631'
        answer "load files \"$codec.tif\" dates [2020-01-01] | stats" >/dev/null
    done
    answer 'ramp 1 600 | save cog "cog.tif"' >/dev/null
    same 'load files "cog.tif" dates [2020-01-01] | stats' 'ramp 1 600 | stats'
    answer 'ramp 1 64 | plot | save png "a.png"' >/dev/null
    [ "$(head -c 4 a.png | tail -c 3)" = PNG ] || fail "a.png is no PNG"
    same 'load files "inputs/ramp.jp2" dates [2020-01-01] | rename v = ramp | stats' 'ramp 1 16 | stats'
    says 'load files "inputs/field.grib" | stats' '23.5'
    says 'ramp 1 16 | zonal "inputs/zones.gpkg" [mean count] by name' '5.5      4'
    says 'ramp 1 16 | zonal "examples/data/zones.geojson" mean by name' 'square'
}

projections() {
    says 'ramp 1 64 | reproject 32632 | schema' 'EPSG:32632'
    says 'ramp 1 64 | reproject EPSG:3035 method bilinear | schema' 'EPSG:3035'
    says 'ramp 1 64 | reproject ESRI:54009 | stats' 'v'
}

remote() {
    same "load files \"http://127.0.0.1:$http/ramp.jp2\" dates [2020-01-01] | rename v = ramp | stats" 'ramp 1 16 | stats'
    local far="load files \"https://127.0.0.1:$https/ramp.jp2\" dates [2020-01-01] | rename v = ramp | stats"
    # Who is trusted is asked of the machine: by our requests, and by GDAL's, which a cookie makes necessary.
    SSL_CERT_FILE=inputs/trusted.pem same "$far" 'ramp 1 16 | stats'
    GDAL_HTTP_COOKIE=a=b SSL_CERT_FILE=inputs/trusted.pem same "$far" 'ramp 1 16 | stats'
    if rastra -c "$far" >/dev/null 2>&1; then fail "a server that nobody trusts was believed"; fi
    if GDAL_HTTP_COOKIE=a=b rastra -c "$far" >/dev/null 2>&1; then fail "GDAL believed a server that nobody trusts"; fi
}

# Installed, and served until its heart greets as ZeroMQ does.
kernel() {
    rastra kernel install --prefix /smoke/jupyter >kernel.txt 2>&1 || fail "$(cat kernel.txt)"
    [ -e jupyter/share/jupyter/kernels/rastra/kernel.json ] || fail "no kernel.json"
    local base=$((20000 + RANDOM % 20000)) greeting=
    cat >connection.json <<END
{"ip": "127.0.0.1", "transport": "tcp", "key": "k", "signature_scheme": "hmac-sha256", "shell_port": $base,
 "iopub_port": $((base + 1)), "stdin_port": $((base + 2)), "control_port": $((base + 3)), "hb_port": $((base + 4))}
END
    rastra kernel serve connection.json &
    local served=$!
    for _ in $(seq 50); do
        sleep 0.1
        greeting=$(exec 3<>"/dev/tcp/127.0.0.1/$((base + 4))" && timeout 2 head -c 10 <&3 | od -An -tx1) 2>/dev/null && break
    done
    kill $served
    wait $served || true
    [[ $greeting == " ff"*" 7f" ]] || fail "the kernel does not answer: $greeting"
}

start_up() {
    local times=20
    TIMEFORMAT="%R s for $times starts"
    time for _ in $(seq $times); do rastra -c 'let a = 1' >/dev/null; done
}

for part in libraries quickstart formats projections remote kernel start_up; do
    printf '  %s\n' "$part"
    $part
done
