"""The kernel beside ipykernel: from the start of the process to its first answer, and a trivial cell.

    .venv/bin/python benches/kernel.py [target/release/rastra]

Both run in one go, in turns, so that whatever else the machine does falls on both.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

STARTS, CELLS = 15, 300
PATIENCE = 60


class Kernel:
    def __init__(self, command, folder):
        path, _ = write_connection_file(str(Path(folder) / f"{time.monotonic_ns()}.json"))
        self.client = BlockingKernelClient(connection_file=path)
        self.client.load_connection_file()
        begun = time.perf_counter()
        self.process = subprocess.Popen([*command, path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # A client that knocks too early waits for a tenth of a second before it knocks again.
        while not listens(self.client.stdin_port):
            time.sleep(0.001)
        for channel in ("shell", "control", "iopub"):
            getattr(self.client, f"{channel}_channel").start()
        request = self.client.kernel_info()
        self.answer(request)
        self.started = time.perf_counter() - begun
        # Until what it publishes is heard too.
        self.client.wait_for_ready(timeout=PATIENCE)

    def answer(self, request):
        while self.client.get_shell_msg(timeout=PATIENCE)["parent_header"].get("msg_id") != request:
            pass

    def cell(self, code):
        """From the request to the reply."""
        begun = time.perf_counter()
        request = self.client.execute(code)
        self.answer(request)
        took = time.perf_counter() - begun
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            mine = message["parent_header"].get("msg_id") == request
            if mine and message["content"].get("execution_state") == "idle":
                return took

    def close(self):
        self.client.shutdown()
        self.process.wait(PATIENCE)
        self.client.stop_channels()


def listens(port):
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


def main():
    rastra = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "target/release/rastra")
    kernels = {
        "rastra": ([rastra, "kernel", "serve"], "let a = 6 * 7"),
        "ipykernel": ([sys.executable, "-m", "ipykernel_launcher", "-f"], "a = 6 * 7"),
    }
    started = {name: [] for name in kernels}
    cells = {name: [] for name in kernels}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(STARTS):
            for name, (command, code) in kernels.items():
                kernel = Kernel(command, folder)
                started[name].append(kernel.started)
                times = [kernel.cell(code) for _ in range(CELLS // STARTS + 5)]
                # The first ones fill caches.
                cells[name] += times[5:]
                kernel.close()
    for what, times in [("first answer", started), ("cell", cells)]:
        medians = {name: statistics.median(all) * 1000 for name, all in times.items()}
        p95 = {name: statistics.quantiles(all, n=20)[-1] * 1000 for name, all in times.items()}
        print(json.dumps({
            "what": what,
            "least_ms": {name: round(min(all) * 1000, 2) for name, all in times.items()},
            "median_ms": {name: round(value, 2) for name, value in medians.items()},
            "p95_ms": {name: round(value, 2) for name, value in p95.items()},
            "ratio": round(medians["ipykernel"] / medians["rastra"], 1),
        }))


if __name__ == "__main__":
    main()
