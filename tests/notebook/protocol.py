"""The kernel beside a client: what a busy, interrupted, restarted or orphaned kernel must do, with the real program."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from queue import Empty

from jupyter_client.connect import write_connection_file
from jupyter_client.manager import KernelManager

# What waits for longer than this has failed, on slow machines too.
PATIENCE = 60
# An interrupt has to end a run within a second; what the machine needs beside that is not the kernel's.
AT_ONCE = 5

# Runs for minutes, on any machine.
LONG = "ramp 20000 1500 | map a = sqrt(v) * sin(v) | resample 1y p90 | stats"


class Kernel:
    def __init__(self, folder, **env):
        self.manager = KernelManager(kernel_name="rastra")
        self.manager.start_kernel(cwd=str(folder), env={**os.environ, **env})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    @property
    def pid(self):
        return self.manager.provisioner.pid

    def until(self, holds):
        """What is published up to the message for which `holds`; raises if there is none."""
        seen = []
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                seen.append(self.client.get_iopub_msg(timeout=1))
            except Empty:
                continue
            if holds(seen[-1]):
                return seen
        raise AssertionError(f"nothing of the kind is published: {[(m['msg_type'], m['content']) for m in seen]}")

    def until_idle(self, request):
        def idle(message):
            mine = message["parent_header"].get("msg_id") == request
            return mine and message["content"].get("execution_state") == "idle"

        return self.until(idle)

    def reply(self, request):
        while True:
            reply = self.client.get_shell_msg(timeout=PATIENCE)
            if reply["parent_header"]["msg_id"] == request:
                return reply["content"]

    def run(self, code):
        """The reply to a cell, and what it published."""
        request = self.client.execute(code)
        return self.reply(request), self.until_idle(request)

    def ask(self, kind, *args):
        return self.reply(getattr(self.client, kind)(*args))

    def start(self, code, shown="display_data"):
        """Starts a cell and waits until it shows something: it runs then."""
        request = self.client.execute(code)

        def mine(message):
            return message["parent_header"].get("msg_id") == request

        def ended(message):
            return message["content"].get("execution_state") == "idle"

        seen = self.until(lambda m: mine(m) and (m["msg_type"] == shown or ended(m)))
        assert not ended(seen[-1]), f"it ended before it showed anything: {seen}"
        return request


def data(published, mime="text/plain"):
    return [m["content"]["data"].get(mime) for m in published if m["msg_type"] in ("execute_result", "display_data")]


class WithKernel(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.folder = Path(self.home.name)
        self.kernel = Kernel(self.folder)

    def tearDown(self):
        self.kernel.close()
        self.home.cleanup()

    def interrupted(self, request, how):
        begun = time.monotonic()
        how()
        reply = self.kernel.reply(request)
        self.assertEqual((reply["status"], reply["ename"]), ("error", "Interrupted"))
        self.assertLess(time.monotonic() - begun, AT_ONCE)
        self.kernel.until_idle(request)


class Interrupts(WithKernel):
    def test_by_message_and_by_signal_with_the_session_kept(self):
        self.kernel.run("let kept = 42")
        for how in [self.kernel.manager.interrupt_kernel, lambda: os.kill(self.kernel.pid, signal.SIGINT)]:
            # Between cells it does nothing; a signal has no answer that says it was heard.
            how()
            time.sleep(0.5)
            self.interrupted(self.kernel.start(LONG), how)
            _, published = self.kernel.run(":vars")
            self.assertIn("$kept", data(published)[0])

    def test_what_is_queued_is_aborted_without_a_count(self):
        running = self.kernel.start(LONG)
        queued = [self.kernel.client.execute(code) for code in ["ramp 1 1 | show", ":vars"]]
        self.kernel.manager.interrupt_kernel()
        self.assertEqual(self.kernel.reply(running)["ename"], "Interrupted")
        for request in queued:
            self.assertEqual(self.kernel.reply(request), {"status": "aborted"})
        self.assertEqual(self.kernel.run("ramp 1 1 | show")[0]["status"], "ok")

    def test_a_write_leaves_nothing(self):
        made = "ramp 2000 700 | map v = sqrt(v)"
        for target in ["zarr 'a.zarr'", "netcdf 'a.nc'", "tif 'a_{time}.tif'", "cog 'a.tif'"]:
            target = target.replace("'", '"')
            source = f"{made} | resample 30y mean" if "cog" in target else made
            request = self.kernel.start(f"{source} | save {target}")
            self.interrupted(request, self.kernel.manager.interrupt_kernel)
            self.assertEqual(list(self.folder.iterdir()), [], target)
        request = self.kernel.start(f'{made} | reduce mean over space | save csv "a.csv"')
        self.interrupted(request, self.kernel.manager.interrupt_kernel)
        self.assertEqual(list(self.folder.iterdir()), [])
        self.assertEqual(self.kernel.run('ramp 2 2 | save zarr "a.zarr"')[0]["status"], "ok")

    def test_a_read(self):
        saved = 'ramp 40 400 | cast float32 | save zarr "a.zarr"; ramp 40 400 | cast float32 | save netcdf "a.nc"'
        self.assertEqual(self.kernel.run(saved)[0]["status"], "ok")
        for source in ['zarr "a.zarr"', 'netcdf "a.nc"']:
            request = self.kernel.start(f"load {source} | focal 25 median | focal 25 median | stats")
            self.interrupted(request, self.kernel.manager.interrupt_kernel)

    def test_a_shutdown_ends_a_run(self):
        self.kernel.start(LONG)
        begun = time.monotonic()
        self.kernel.client.shutdown()
        self.kernel.manager.provisioner.process.wait(PATIENCE)
        self.assertLess(time.monotonic() - begun, AT_ONCE)


class WhileBusy(WithKernel):
    def matches(self, code):
        return self.kernel.ask("complete", code, len(code))["matches"]

    def test_completes_and_explains(self):
        examples = Path("examples/data").resolve()
        self.kernel.run('let cube = ramp 6 3 bands [red nir]')
        running = self.kernel.start(LONG)
        for code, wanted in [
            ("$cube | resa", "resample"),
            ("le", "let"),
            ("$cube | map a = re", "red"),
            ("$cu", "$cube"),
            (f'load files "{examples}/ra', "rain/"),
            (f'load netcdf "{examples}/t2m.nc" var t', "t2m"),
            (f'load stac "{examples}/items.json" assets [r', "red"),
            (":help resa", "resample"),
        ]:
            self.assertIn(wanted, self.matches(code), code)
        help = self.kernel.ask("inspect", "$cube | resample 1mo mean", 10)
        self.assertIn("| `min_count` |", help["data"]["text/markdown"])
        self.assertIn("min_count", help["data"]["text/plain"])
        nothing = self.kernel.ask("inspect", "@", 1)
        self.assertEqual((nothing["found"], nothing["data"]), (False, {}))
        for code, status, indent in [("ramp 1 1 |", "incomplete", "  "), ("ramp 1 1 )", "invalid", None), ("ramp 1 1", "complete", None)]:
            reply = self.kernel.ask("is_complete", code)
            self.assertEqual((reply["status"], reply.get("indent")), (status, indent), code)
        # After each answer the running cell is said to be busy again.
        self.kernel.manager.interrupt_kernel()
        published = self.kernel.until_idle(running)
        states = [m for m in published if m["msg_type"] == "status"]
        mine = [m["content"]["execution_state"] for m in states if m["parent_header"]["msg_id"] == running]
        others = [m for m in states if m["parent_header"]["msg_id"] != running]
        self.assertGreater(len(others), 20)
        # The cell may have ended before the interrupt that ended it.
        self.assertGreaterEqual(mine.count("busy"), len(others) // 2 - 1)

    def test_progress_is_one_display_that_ends(self):
        _, published = self.kernel.run("ramp 120 400 | map a = sqrt(v) * sin(v) | resample 1y p90 | stats")
        shown = [m for m in published if m["msg_type"] == "display_data"]
        updates = [m for m in published if m["msg_type"] == "update_display_data"]
        self.assertEqual(len(shown), 1)
        self.assertEqual({m["content"]["transient"]["display_id"] for m in shown + updates}, {shown[0]["content"]["transient"]["display_id"]})
        self.assertIn("<progress", shown[0]["content"]["data"]["text/html"])
        self.assertRegex(updates[-1]["content"]["data"]["text/plain"], r"^100%  took ")
        # Ten a second at most, and the last.
        took = updates[-1]["header"]["date"] - shown[0]["header"]["date"]
        self.assertLessEqual(len(updates), 10 * took.total_seconds() + 2)


class Cells(WithKernel):
    def test_settings(self):
        self.kernel.run(":set memory 1GiB\n:set threads 1")
        text = data(self.kernel.run(":set")[1])[0]
        self.assertIn("now 1 GiB", text)
        self.assertIn("now 1;", text)

    def test_plans_are_trees(self):
        _, published = self.kernel.run(":explain ramp 24 4 | where v > 3 | groupby month mean")
        page = data(published, "text/html")[0]
        self.assertLess(page.index("<b>reduce</b>"), page.index("<b>where</b>"))
        self.assertIn("<details open", page)
        self.assertIn("memory", data(published)[0])

    def test_failures_point_and_are_colored(self):
        reply, published = self.kernel.run("ramp 1 1 | resmaple")
        text = "\n".join(reply["traceback"])
        self.assertEqual(reply["ename"], "E0102")
        self.assertIn("\x1b[", text)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
        self.assertIn("           ^^^^^^^^ not a stage", plain)
        self.assertIn("did you mean `resample`?", plain)
        self.assertIn("error", [m["msg_type"] for m in published])

    def test_several_programs_and_meta_lines(self):
        _, published = self.kernel.run("ramp 1 1 | show\n:timing on\nramp 2 2 | describe; let x = 3\n:vars")
        kinds = [m["msg_type"] for m in published if m["msg_type"] not in ("status", "execute_input", "stream")]
        self.assertEqual(kinds, ["display_data", "display_data", "execute_result"])
        self.assertIn("$x", data(published)[-1])


class Links(unittest.TestCase):
    def test_are_relative_to_the_notebook(self):
        with tempfile.TemporaryDirectory() as home:
            (Path(home) / "books").mkdir()
            kernel = Kernel(home, JPY_SESSION_NAME=str(Path(home) / "books" / "a.ipynb"))
            try:
                page = data(kernel.run('ramp 2 2 | save netcdf "a b.nc"')[1], "text/html")[0]
                self.assertIn('<a href="../a%20b.nc"', page)
            finally:
                kernel.close()


class Processes(unittest.TestCase):
    def connection(self, folder, **more):
        path, _ = write_connection_file(str(Path(folder) / "connection.json"))
        described = json.loads(Path(path).read_text())
        Path(path).write_text(json.dumps({**described, **more}))
        return path

    def program(self):
        return KernelManager(kernel_name="rastra").kernel_spec.argv[0]

    def test_ends_with_its_parent(self):
        with tempfile.TemporaryDirectory() as folder:
            command = [self.program(), "kernel", "serve", self.connection(folder)]
            # Starts the kernel, says its number, and is gone.
            parent = (
                "import os, subprocess, sys;"
                "env = {**os.environ, 'JPY_PARENT_PID': str(os.getpid())};"
                "print(subprocess.Popen(sys.argv[1:], env=env, stdout=subprocess.DEVNULL).pid, flush=True);"
                "sys.stdin.read()"
            )
            started = subprocess.Popen([sys.executable, "-c", parent, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            pid = int(started.stdout.readline())
            time.sleep(0.5)
            self.assertTrue(lives(pid))
            started.communicate("")
            deadline = time.monotonic() + PATIENCE
            while lives(pid) and time.monotonic() < deadline:
                time.sleep(0.1)
            self.assertFalse(lives(pid))

    def test_refuses_keys_that_it_cannot_use(self):
        with tempfile.TemporaryDirectory() as folder:
            path = self.connection(folder, curve_publickey="p", curve_secretkey="s")
            ran = subprocess.run([self.program(), "kernel", "serve", path], capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(ran.returncode, 1)
            self.assertIn("CURVE", ran.stderr)
            self.assertNotIn('"s"', ran.stderr)

    def test_restarts(self):
        with tempfile.TemporaryDirectory() as folder:
            kernel = Kernel(folder)
            try:
                for turn in range(20):
                    kernel.run("let here = 1")
                    kernel.manager.restart_kernel(now=turn % 2 == 0)
                    kernel.client.wait_for_ready(timeout=PATIENCE)
                    _, published = kernel.run(":vars")
                    self.assertIn("no names yet", data(published)[0])
            finally:
                kernel.close()


def lives(pid):
    try:
        # A child of nobody that has ended is a zombie until it is asked for.
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main(verbosity=2)
