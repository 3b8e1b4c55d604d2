"""Runs the tasks of `benches/remote.sh` and prints what each took, as multiples: run.py RASTRA DATA MILLISECONDS REQUESTS [TASK ..]"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

rastra, data, latency, requests = sys.argv[1:5]
here = os.path.dirname(os.path.abspath(__file__))
RUNS = 3
CORNER = "crop lonlat 0.5 46.5 3.5 49.5"
TASKS = {
    "crop": 'load stac "DATA/crop-URL.json" assets v | crop bbox 505000 5090000 508000 5093000 | mean | stats',
    "scenes": 'load stac "DATA/crop-URL.json" assets v | mean | stats',
    "ndvi": 'load stac "DATA/ndvi-URL.json" assets [red nir] crs EPSG:32632 res 10 bounds 1000000 5090000 1004000 5094000'
            " method bilinear | derive ndvi = normalized_difference(nir, red) | select ndvi | mean | stats",
    "zarr": 'load zarr "URL/cube.zarr" | mean | stats',
    "shards": f'load zarr "URL/shards.zarr" | {CORNER} | mean | stats',
    "netcdf": 'load netcdf "URL/cube.nc" | mean | stats',
    "kerchunk": 'load kerchunk "DATA/cube-URL.json" | mean | stats',
}
PEERS = {"crop": "odc-stac", "scenes": "odc-stac", "ndvi": "odc-stac", "zarr": "zarr-python", "shards": "zarr-python", "netcdf": "h5netcdf", "kerchunk": "kerchunk"}

python = sys.executable
server = subprocess.Popen([python, f"{here}/serve.py", data, latency], stdout=subprocess.PIPE, text=True)
port = server.stdout.readline().strip()
url = f"http://127.0.0.1:{port}"


def asked():
    with urllib.request.urlopen(f"{url}/requests") as said:
        return json.load(said)


def timed(command, **options):
    """How long it took, what it printed, and the most memory it had, in bytes."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        ran = subprocess.Popen(command, stdout=out, stderr=err, **options)
        _, status, used = os.wait4(ran.pid, 0)
        took = time.perf_counter() - began
        ran.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said = out.read()
        if ran.returncode:
            sys.exit(f"{command}\n{said}{err.read()}")
    return took, said, used.ru_maxrss * 1024


def check(task, ours, others):
    """The means of both, which arithmetic of 32 bits keeps apart in the fifth digit."""
    lines = [line.split() for line in ours.strip().splitlines()[-2:]]
    mean = float(dict(zip(*lines))["mean"])
    if abs(mean - float(others)) > 1e-4 * abs(mean):
        sys.exit(f"{task}: {mean} is not {others}")


def local(name):
    """A copy of a document that speaks of this server."""
    with open(f"{data}/{name}.json") as file:
        text = file.read().replace("URL", url)
    with open(f"{data}/{name}-{port}.json", "w") as file:
        file.write(text)


def main():
    if not os.path.exists(f"{data}/cube.json"):
        made = f'load netcdf "{data}/cube.nc" | save kerchunk "{data}/cube.json"'
        timed([rastra, "-c", made])
        with open(f"{data}/cube.json") as file:
            text = re.sub(r"file://[^\"]*cube\.nc", "URL/cube.nc", file.read())
        with open(f"{data}/cube.json", "w") as file:
            file.write(text)
    print("| task | requests | at a time | bytes | peak memory | Rastra, of the same requests alone | others, of Rastra |")
    print("|---|---|---|---|---|---|---|")
    for task in sys.argv[5:] or TASKS:
        for name in ("crop", "ndvi", "cube"):
            local(name)
        program = TASKS[task].replace("DATA", data).replace("-URL.json", f"-{port}.json").replace("URL", url)
        environment = {**os.environ, "XDG_CACHE_HOME": f"{data}/cache"}
        runs = []
        for _ in range(RUNS):
            asked()
            runs.append(timed([rastra, "-c", f"set requests {requests}\n{program}"], env=environment))
            log = asked()
        with open(f"{data}/requests.json", "w") as file:
            json.dump(log["log"], file)
        alone = [timed([python, f"{here}/replay.py", port, requests, f"{data}/requests.json"])[0] for _ in range(RUNS)]
        # Python takes about so long to begin.
        empty = min(timed([python, "-c", "import asyncio, json"])[0] for _ in range(RUNS))
        ours, least = statistics.median(run[0] for run in runs), statistics.median(alone) - empty
        others = []
        for threads in (8, 32):
            if task in PEERS:
                took, answer, _ = timed([python, f"{here}/peers.py", task, url, data, str(threads)])
                check(task, runs[0][1], answer)
                others.append(took)
        best = f"{min(others) / ours:.1f} ({PEERS[task]})" if others else ""
        bytes_read = sum(max(last + 1 - first, 0) for _, first, last in log["log"])
        peak = max(run[2] for run in runs)
        row = [task, len(log["log"]), log["most"], f"{bytes_read / 1e6:.1f} MB", f"{peak / 1e6:.0f} MB", f"{ours / least:.2f}", best]
        print("| " + " | ".join(str(cell) for cell in row) + " |", flush=True)


try:
    main()
finally:
    server.terminate()
    for name in os.listdir(data):
        if name.endswith(f"-{port}.json"):
            os.remove(os.path.join(data, name))
