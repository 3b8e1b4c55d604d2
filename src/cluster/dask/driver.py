"""Talks to a Dask scheduler for Rastra, which starts this program and speaks to it in frames on standard input.

A frame is a head in JSON and a body of bytes, each after its length. What is computed is computed by `rastra job serve`
beside each worker; this program and Dask carry bytes that they do not look into.
"""

import json
import os
import struct
import sys
import threading

OUT = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)  # Whatever prints must not print between frames.
LOCK = threading.Lock()


def say(head, body=b""):
    head = json.dumps(head).encode()
    with LOCK:
        OUT.write(struct.pack("<I", len(head)) + head + struct.pack("<Q", len(body)))
        OUT.write(body)
        OUT.flush()


def fail(problem, cause="", help=None):
    say({"say": "failed", "problem": problem, "cause": str(cause), "help": help})


def hear(stream):
    """The next frame, or nothing where the other side has closed."""
    length = stream.read(4)
    if len(length) < 4:
        return None
    head = json.loads(stream.read(struct.unpack("<I", length)[0]))
    body = stream.read(struct.unpack("<Q", stream.read(8))[0])
    return head, body


# What follows up to `main` goes to the workers as it stands here, so each function imports what it uses.


def processes_of(worker, binary, version):
    """The processes of a worker: they stay from task to task, with their files open."""
    import collections
    import json
    import os
    import shutil
    import struct
    import subprocess
    import tempfile
    import threading

    class Process:
        def __init__(self):
            path = os.environ.get("RASTRA_BINARY") or shutil.which("rastra") or binary
            self.words = tempfile.TemporaryFile()
            try:
                self.child = subprocess.Popen(
                    [path, "job", "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.words
                )
            except OSError as error:
                raise RuntimeError(f"Rastra cannot be started on {worker.address}: {error}") from None
            self.works = collections.OrderedDict()
            reply, _ = self.ask({"ask": "hello"})
            if reply.get("version") != version:
                self.child.kill()
                raise RuntimeError(f"{worker.address} has Rastra {reply.get('version')}, here it is {version}")

        def tell(self, head, body=b""):
            head = json.dumps(head).encode()
            to = self.child.stdin
            to.write(struct.pack("<I", len(head)) + head + struct.pack("<Q", len(body)))
            to.write(body)
            to.flush()

        def ask(self, head, body=b""):
            try:
                self.tell(head, body)
                said = self.child.stdout
                reply = json.loads(said.read(struct.unpack("<I", said.read(4))[0]))
                return reply, said.read(struct.unpack("<Q", said.read(8))[0])
            except (OSError, ValueError, struct.error):
                code = self.child.wait()
                self.words.seek(0)
                words = self.words.read()[-2000:].decode(errors="replace").strip()
                raise RuntimeError(f"Rastra ended on {worker.address} with {code}: {words}") from None

        def compute(self, key, work, tasks):
            if key not in self.works:
                reply, body = self.ask({"ask": "open", "work": key}, work)
                if reply != "done":
                    return reply, body
                self.works[key] = True
                while len(self.works) > 4:
                    self.ask({"ask": "close", "work": self.works.popitem(last=False)[0]})
            return self.ask({"ask": "compute", "work": key}, tasks)

    class Processes:
        def __init__(self):
            self.lock = threading.Lock()
            self.idle, self.busy, self.left = [], set(), set()

        def one(self):
            with self.lock:
                if self.idle:
                    return self.idle.pop()
            return Process()

        def give(self, process):
            with self.lock:
                self.idle.append(process)

        def compute(self, key, work, tasks):
            process = self.one()
            with self.lock:
                if key in self.left:
                    self.idle.append(process)
                    return None, b""
                self.busy.add((key, process))
            try:
                reply = process.compute(key, work, tasks)
            except BaseException:
                with self.lock:
                    self.busy.discard((key, process))
                raise
            with self.lock:
                self.busy.discard((key, process))
                self.idle.append(process)
            return reply

        def leave(self, key):
            with self.lock:
                self.left.add(key)
                for of, process in self.busy:
                    if of == key:
                        process.tell({"ask": "stop"})

    # A dictionary takes the first of two that come at once.
    return worker.__dict__.setdefault("rastra", {}).setdefault((binary, version), Processes())


def greet(binary, version, processes_of, dask_worker=None):
    """Starts a process on a worker; what is wrong, if anything is."""
    try:
        processes = processes_of(dask_worker, binary, version)
        processes.give(processes.one())
    except Exception as error:
        return str(error)


def compute(key, work, tasks, binary, version, processes_of):
    from distributed import get_worker

    return processes_of(get_worker(), binary, version).compute(key, work, tasks)


def leave(key, binary, version, processes_of, dask_worker=None):
    processes_of(dask_worker, binary, version).leave(key)


class Driver:
    def __init__(self, told):
        from distributed import Client, LocalCluster

        self.setup = told["binary"], told["version"], processes_of
        self.cluster = None
        address = told["address"]
        if address is None:
            # Workers of this machine have this program.
            os.environ["RASTRA_BINARY"] = told["binary"]
            self.cluster = LocalCluster(
                n_workers=told["processes"], threads_per_worker=1, processes=True, dashboard_address=None
            )
            address = self.cluster.scheduler_address
        self.client = Client(address, timeout=10)
        self.client.wait_for_workers(1, timeout=60)
        # Names of works are this session's, whoever else uses the scheduler.
        self.session = f"rastra-{os.getpid()}-{os.urandom(4).hex()}"
        self.works = {}
        self.futures = {}
        self.stopping = []

    def greet(self):
        wrong = [error for error in self.client.run(greet, *self.setup).values() if error]
        if wrong:
            help = "install the same Rastra on every worker; there, `RASTRA_BINARY` names one that is not on the path"
            return fail("a worker cannot compute for this Rastra", wrong[0], help)
        workers = self.client.scheduler_info(n_workers=-1)["workers"].values()
        limits = [w["memory_limit"] // max(w["nthreads"], 1) for w in workers if w.get("memory_limit")]
        say(
            {
                "say": "connected",
                "processes": sum(w["nthreads"] for w in workers),
                "memory": min(limits, default=None),
            }
        )
        return True

    def work(self, key, body):
        # A small one goes with each group, which is sooner there than by itself.
        is_small = len(body) < 1 << 16
        self.works[key] = body if is_small else self.client.scatter(body, broadcast=True, hash=False)
        self.futures[key] = {}

    def group(self, key, group, tasks):
        name = f"{self.session}-{key}"
        future = self.client.submit(
            compute, name, self.works[key], tasks, *self.setup, key=f"{name}-{group}", retries=2, pure=False
        )
        self.futures[key][group] = future
        future.add_done_callback(lambda future: self.done(key, group, future))

    def done(self, key, group, future):
        try:
            if self.futures.get(key, {}).pop(group, None) is None:
                return
            reply, body = future.result()
            say({"say": "group", "key": key, "reply": reply}, body)
        except BaseException as error:
            if key in self.futures:
                fail("a task could not be computed by any worker", f"{type(error).__name__}: {error}")

    def leave(self, key):
        futures = self.futures.pop(key, {})
        if futures:
            self.client.cancel(list(futures.values()), force=True)
            # Workers hear of it beside what they compute, and the next work need not wait for that.
            stopping = threading.Thread(target=self.stop, args=(f"{self.session}-{key}",), daemon=True)
            stopping.start()
            self.stopping.append(stopping)
        self.works.pop(key, None)

    def stop(self, name):
        try:
            self.client.run(leave, name, *self.setup)
        except Exception as error:
            # A worker that is gone has nothing to stop.
            print(error, file=sys.stderr)

    def close(self):
        for key in list(self.futures):
            self.leave(key)
        for stopping in self.stopping:
            stopping.join(timeout=5)
        self.client.close()
        if self.cluster is not None:
            self.cluster.close()


def main():
    stdin = os.fdopen(os.dup(0), "rb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    driver = None
    while (heard := hear(stdin)) is not None:
        told, body = heard
        if told["tell"] == "connect":
            try:
                import distributed  # noqa: F401
            except ImportError as error:
                help = f"`{sys.executable} -m pip install distributed`, or name another Python: `RASTRA_PYTHON`"
                return fail("this Python has no `distributed`, by which Rastra talks to Dask", error, help)
            try:
                driver = Driver(told)
                if not driver.greet():
                    break
            except Exception as error:
                where = told["address"] or "a cluster of this machine"
                return fail(f"no workers at `{where}`", f"{type(error).__name__}: {error}", "is the scheduler running, and has it workers?")
        elif told["tell"] == "work":
            driver.work(told["key"], body)
        elif told["tell"] == "group":
            driver.group(told["key"], told["group"], body)
        elif told["tell"] == "leave":
            driver.leave(told["key"])
    if driver is not None:
        driver.close()


if __name__ == "__main__":
    main()
