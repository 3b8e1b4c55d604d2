#!/usr/bin/env bash
# Reads from a server with latency on loopback: Rastra, the same requests sent by nothing else, and what others do.
#
# benches/remote.sh [MILLISECONDS] [REQUESTS] [TASK ..]: 30 ms and 32 requests at a time unless told; the tasks are crop,
# scenes, ndvi, zarr, shards, netcdf and kerchunk. Data and Python libraries are made below target/remote, once.
set -euo pipefail
cd "$(dirname "$0")/.."

latency=${1:-30} requests=${2:-32}
place=target/remote
mkdir -p "$place"
cargo build --release --bin rastra
if [ ! -x "$place/venv/bin/python" ]; then
    python3 -m venv "$place/venv"
    "$place/venv/bin/pip" install -q -r benches/remote/requirements.txt
fi
python=$place/venv/bin/python
[ -f "$place/data/done" ] || "$python" benches/remote/make.py "$place/data"
"$python" benches/remote/run.py target/release/rastra "$place/data" "$latency" "$requests" "${@:3}"
