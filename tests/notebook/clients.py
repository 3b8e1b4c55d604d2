"""Front ends beside JupyterLab, each as it talks to a kernel from its first message to its last.

What each of them sends is written in its sources, which are named where it is imitated:

- microsoft/vscode-jupyter (2026.6), with the client of @jupyterlab/services (7) in it;
- jupyterlab/jupyterlab and jupyter/notebook (7.6), and jupyter-server/jupyter_server (2.21) between them and the kernel;
- JetBrains/intellij-community, `python/ipnb` (the notebooks of PyCharm up to 2018; the later ones are not public);
- jupyter/jupyter_console (6.6) and jupyter/qtconsole (5.7).
"""

import functools
import hashlib
import hmac
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
import unittest
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timezone
from pathlib import Path
from queue import Empty
from typing import NamedTuple

import websocket
import zmq
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.connect import write_connection_file
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

# What waits for longer than this has failed, on slow machines too.
PATIENCE = 60
# An interrupt or an end has to come within a second; what the machine needs beside that is not the kernel's.
AT_ONCE = 5

# Runs for minutes, on any machine.
LONG = "ramp 20000 1500 | map a = sqrt(v) * sin(v) | resample 1y p90 | stats"


class Message(NamedTuple):
    channel: str
    header: dict
    parent_header: dict
    metadata: dict
    content: dict

    @property
    def kind(self):
        return self.header["msg_type"]

    @property
    def parent(self):
        return self.parent_header.get("msg_id")

    @property
    def state(self):
        return self.content.get("execution_state") if self.kind == "status" else None

    @property
    def data(self):
        return self.content.get("data", {})


# What a message must have, or else it is thrown away: jupyterlab/jupyterlab, packages/services/src/kernel/validate.ts.
HEADER = ["username", "version", "session", "msg_id", "msg_type"]
FIELDS = {
    "stream": {"name": str, "text": str},
    "display_data": {"data": dict, "metadata": dict},
    "update_display_data": {"data": dict, "metadata": dict, "transient": dict},
    "execute_input": {"code": str, "execution_count": int},
    "execute_result": {"execution_count": int, "data": dict, "metadata": dict},
    "error": {"ename": str, "evalue": str, "traceback": list},
    "status": {"execution_state": str},
    "clear_output": {"wait": bool},
    "comm_close": {"comm_id": str},
    "shutdown_reply": {"restart": bool},
}


def validate(message):
    for field in HEADER:
        assert isinstance(message.header.get(field), str), message
    for part in (message.parent_header, message.metadata, message.content):
        assert isinstance(part, dict), message
    if message.channel == "iopub":
        for field, kind in FIELDS.get(message.kind, {}).items():
            assert isinstance(message.content.get(field), kind), message
    return message


class Client:
    """Sends requests, and keeps all that comes in the order in which it came."""

    username = ""
    # What its headers have beside the others.
    more = {}

    def __init__(self):
        self.session = str(uuid.uuid4())
        self.seen = []

    def header(self, kind):
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        named = {"msg_id": str(uuid.uuid4()), "msg_type": kind, "session": self.session, "username": self.username}
        return {**named, "date": now, "version": "5.2", **self.more}

    def request(self, kind, content=None, channel="shell", metadata=None, parent={}):
        header = self.header(kind)
        self.send(channel, [header, parent, metadata or {}, content or {}])
        return header["msg_id"]

    def until(self, holds, patience=PATIENCE):
        """Waits for a message for which `holds`, also among those that have come."""
        deadline = time.monotonic() + patience
        at = 0
        while True:
            while at < len(self.seen):
                at += 1
                if holds(self.seen[at - 1]):
                    return self.seen[at - 1]
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"nothing of the kind comes: {[(m.channel, m.kind, m.parent, m.state) for m in self.seen[-20:]]}")
            self.receive(left)

    def of(self, request, kind=None):
        return [m for m in self.seen if m.parent == request and kind in (None, m.kind)]

    def done(self, request, patience=PATIENCE):
        """The reply to a request. For `@jupyterlab/services` it has an answer once the reply has come and the kernel is idle
        again for this request, in any order (packages/services/src/kernel/future.ts)."""
        self.until(lambda m: m.parent == request and m.state == "idle", patience)
        return self.until(lambda m: m.parent == request and m.channel in ("shell", "control"), patience).content

    def starts(self, request):
        """Waits until a cell shows its progress: it runs then."""
        shown = self.until(lambda m: m.parent == request and (m.kind == "display_data" or m.state == "idle"))
        assert shown.kind == "display_data", f"it ended before it showed anything: {self.of(request)}"

    def outputs(self, request):
        kinds = ("execute_result", "display_data", "error", "stream")
        return [m for m in self.of(request) if m.kind in kinds]


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class VsCode(Client):
    """A kernel without a server: src/kernels/raw of microsoft/vscode-jupyter."""

    CHANNELS = ("shell", "control", "stdin", "iopub")

    def __init__(self, folder):
        super().__init__()
        self.folder = Path(folder)
        # session/rawKernelConnection.node.ts: the name of the user is a random one.
        self.username = str(uuid.uuid4())
        # session/rawSocket.node.ts: the three sockets share one identity.
        self.identity = str(uuid.uuid4()).encode()
        self.context = zmq.Context()
        self.process = None

    def start(self, channels=CHANNELS):
        """Starts the process and connects before it listens (src/kernels/raw/launcher/kernelProcess.node.ts: the
        experiment `DoNotWaitForZmqPortsToBeUsed`)."""
        # launcher/kernelLauncher.node.ts: these keys, and this name of the file; the heartbeat is never connected.
        hb, control, shell, stdin, iopub = free_ports(5)
        self.connection = {
            "key": str(uuid.uuid4()),
            "signature_scheme": "hmac-sha256",
            "transport": "tcp",
            "ip": "127.0.0.1",
            "hb_port": hb,
            "control_port": control,
            "shell_port": shell,
            "stdin_port": stdin,
            "iopub_port": iopub,
            "kernel_name": "rastra",
        }
        file = self.folder / f"kernel-v3{os.urandom(20).hex()}.json"
        file.write_text(json.dumps(self.connection))
        self.sockets = {channel: self.open(channel) for channel in channels}
        spec = KernelSpecManager().get_kernel_spec("rastra")
        self.interrupt_mode = spec.interrupt_mode
        argv = [word.replace("{connection_file}", str(file)) for word in spec.argv]
        # launcher/kernelEnvVarsService.node.ts: the environment of the editor; nothing of Jupyter is added.
        env = {name: value for name, value in os.environ.items() if not name.startswith("JPY_")}
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(argv, env=env, cwd=self.folder, **quiet)

    def open(self, channel):
        opened = self.context.socket(zmq.SUB if channel == "iopub" else zmq.DEALER)
        opened.linger = 0
        if channel == "iopub":
            opened.subscribe(b"")
        else:
            opened.setsockopt(zmq.ROUTING_ID, self.identity)
        opened.connect(f"tcp://127.0.0.1:{self.connection[channel + '_port']}")
        return opened

    def wait_until_ready(self):
        """session/rawKernelConnection.node.ts, `postStartKernel`: the client of JupyterLab asks for the kernel's
        information at once; then it is asked on both channels every half second, until one has answered and anything is
        published."""
        first = self.request("kernel_info_request")
        asked = []
        for _ in range(2 * PATIENCE):
            asked += [self.request("kernel_info_request", channel="control"), self.request("kernel_info_request")]
            try:
                self.until(lambda m: m.channel == "iopub", 0.5)
                self.until(lambda m: m.kind == "kernel_info_reply" and m.parent in asked, 0.5)
                break
            except AssertionError:
                assert self.process.poll() is None, "the kernel ended"
        # src/kernels/kernelInfo.ts asks once more; src/kernels/kernel.ts waits until the kernel is idle.
        info = self.done(self.request("kernel_info_request"))
        self.done(first)
        return info

    def send(self, channel, parts):
        parts = [json.dumps(part).encode() for part in parts]
        self.sockets[channel].send_multipart([b"<IDS|MSG>", self.sign(parts), *parts])

    def sign(self, parts):
        """@nteract/messaging, src/wire-protocol.ts."""
        code = hmac.new(self.connection["key"].encode(), digestmod=hashlib.sha256)
        for part in parts:
            code.update(part)
        return code.hexdigest().encode()

    def receive(self, patience):
        poller = zmq.Poller()
        for opened in self.sockets.values():
            poller.register(opened, zmq.POLLIN)
        ready = dict(poller.poll(patience * 1000))
        for channel, opened in self.sockets.items():
            while opened in ready and opened.poll(0):
                frames = opened.recv_multipart()
                begin = frames.index(b"<IDS|MSG>") + 1
                assert frames[begin] == self.sign(frames[begin + 1 : begin + 5])
                parts = [json.loads(frame) for frame in frames[begin + 1 : begin + 5]]
                self.seen.append(validate(Message(channel, *parts)))

    def cell(self, code, **metadata):
        """src/kernels/execution/cellExecution.ts; cells that wait are not sent before the one that runs has ended."""
        content = {"silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": True, "stop_on_error": False}
        name = {"cellId": f"vscode-notebook-cell:{self.folder}/a.ipynb#W0sZmlsZQ%3D%3D"}
        return self.request("execute_request", {**content, "code": code}, metadata={**name, **metadata})

    def hidden(self, code):
        """src/kernels/helpers.ts, `executeSilently`: the code of users' settings and of other extensions."""
        content = {"silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False, "stop_on_error": False}
        return self.request("execute_request", {**content, "code": code})

    def interrupt(self):
        """session/rawKernelConnection.node.ts: by a message, because the kernelspec says so."""
        assert self.interrupt_mode == "message"
        return self.request("interrupt_request", channel="control")

    def terminate(self):
        """launcher/kernelProcess.node.ts, `dispose`: a signal; nothing is asked before."""
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.context.destroy(linger=0)


class InVsCode(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory(prefix="a b-")
        self.client = VsCode(self.home.name)
        self.addCleanup(self.home.cleanup)
        self.addCleanup(self.client.close)
        self.client.start()
        self.info = self.client.wait_until_ready()

    def test_a_notebook(self):
        client = self.client
        self.assertEqual(self.info["status"], "ok")
        self.assertEqual(self.info["language_info"]["name"], "rastra")
        self.assertFalse(self.info["debugger"])

        # `jupyter.runStartupCommands` is meant for Python but sent to every kernel (src/kernels/kernel.ts,
        # `initializeAfterStart`); what fails there must not be seen later.
        for code in ["%load_ext autoreload\n%autoreload 2", "import os", "%config InlineBackend.figure_format = 'retina'"]:
            request = client.hidden(code)
            self.assertEqual(client.done(request)["status"], "error", code)
            self.assertEqual(len(client.of(request, "error")), 1, code)

        # Cells of VS Code tell much of themselves.
        request = client.cell("ramp 2 4 | plot; ramp 1 2 | show", tags=["a"], vscode={"languageId": "rastra"}, more="x" * 200_000)
        self.assertEqual(client.done(request)["execution_count"], 1)
        published = [m for m in client.of(request) if m.channel == "iopub"]
        self.assertEqual((published[0].state, published[-1].state), ("busy", "idle"))
        self.assertEqual([m.kind for m in published if not m.state], ["execute_input", "display_data", "execute_result"])
        picture, result = client.outputs(request)
        self.assertTrue(picture.data["image/png"].startswith("iVBORw0KGgo"))
        self.assertEqual((result.data["text/plain"], result.content["execution_count"]), ("2020-01-01 v\n 0  1\n10 11", 1))
        self.assertEqual(client.of(request, "execute_input")[0].content["execution_count"], 1)

        # A cell that fails is drawn from `error`; the code of an extension after it runs (`stop_on_error` is false).
        failing, after = client.cell("ramp 1 1 | stts"), client.hidden("ramp 1 1 | show")
        self.assertEqual(client.done(failing)["ename"], "E0102")
        self.assertEqual(client.of(failing, "error")[0].content["ename"], "E0102")
        self.assertEqual(client.done(after)["status"], "ok")
        self.assertEqual(client.outputs(after)[0].data["text/plain"], "2020-01-01 v\n0")
        self.assertEqual(client.done(client.cell("ramp 1 1 | show"))["execution_count"], 3)
        tail = client.done(client.request("history_request", {"hist_access_type": "tail", "n": 9, "raw": True, "output": False}))
        self.assertEqual([(count, code) for _, count, code in tail["history"]][1:], [(2, "ramp 1 1 | stts"), (3, "ramp 1 1 | show")])

        # All messages are of one session of the kernel, or else the client takes it for a new one.
        self.assertEqual(len({m.header["session"] for m in client.seen}), 1)

    def test_help(self):
        client = self.client
        # src/standalone/intellisense/kernelCompletionProvider.ts counts as JavaScript does, in units of UTF-16.
        for before in ["", "# é\n", "# \U0001f30d\U0001f30d\n"]:
            code = f"{before}ramp 1 1 | resa"
            content = {"code": code, "cursor_pos": len(code.encode("utf-16-le")) // 2}
            reply = client.done(client.request("complete_request", content))
            self.assertEqual(reply["matches"], ["resample"], code)
            self.assertEqual(len(reply["metadata"]["_jupyter_types_experimental"]), 1)
            if max(code) < "\U00010000":
                self.assertEqual((reply["cursor_start"], reply["cursor_end"]), (len(code) - 4, len(code)))
        # resolveCompletionItem.ts explains each match; more requests than one may be under way.
        asked = [client.request("inspect_request", {"code": f"ramp 1 1 | {name}", "cursor_pos": 11 + len(name), "detail_level": 0}) for name in ["resample", "stats", "where"]]
        for request in reversed(asked):
            reply = client.done(request)
            self.assertTrue(reply["found"] and reply["data"]["text/markdown"])
        # src/webviews/webview-side/ipywidgets: the manager of widgets asks what there is, tries one way and takes another
        # at once if that is closed (@jupyter-widgets/base-manager, `_loadFromKernel`).
        reply = client.done(client.request("comm_info_request", {"target_name": "jupyter.widget"}))
        self.assertEqual((reply["status"], reply["comms"]), ("ok", {}))
        content = {"comm_id": "c", "target_name": "jupyter.widget.control", "data": {}}
        request = client.request("comm_open", content, metadata={"version": "1.0.0"})
        client.until(lambda m: m.parent == request and m.state == "idle")
        self.assertEqual(client.of(request, "comm_close")[0].content["comm_id"], "c")
        request = client.request("comm_msg", {"comm_id": "c", "data": {"method": "request_states"}})
        client.until(lambda m: m.parent == request and m.state == "idle")

    def test_the_stop_button(self):
        client = self.client
        client.done(client.cell("let kept = 42"))
        running = client.cell(LONG)
        client.starts(running)
        begun = time.monotonic()
        self.assertEqual(client.done(client.interrupt())["status"], "ok")
        self.assertEqual(client.done(running)["ename"], "Interrupted")
        self.assertLess(time.monotonic() - begun, AT_ONCE)
        # The bar is one display that is replaced (src/kernels/execution/cellExecutionMessageHandler.ts).
        [shown], updates = client.of(running, "display_data"), client.of(running, "update_display_data")
        self.assertEqual({m.content["transient"]["display_id"] for m in updates}, {shown.content["transient"]["display_id"]})
        # Nothing runs now, and what comes next is not stopped.
        client.done(client.interrupt())
        request = client.cell(":vars")
        self.assertEqual(client.done(request)["status"], "ok")
        self.assertIn("$kept", client.outputs(request)[0].data["text/plain"])

    def test_the_end_and_a_new_beginning(self):
        client = self.client
        client.starts(client.cell(LONG))
        begun = time.monotonic()
        self.assertIn(client.terminate(), (0, -signal.SIGTERM))
        self.assertLess(time.monotonic() - begun, AT_ONCE)
        # A restart is another process on other ports (rawKernelConnection.node.ts, `restart`).
        again = VsCode(self.home.name)
        self.addCleanup(again.close)
        again.start()
        again.wait_until_ready()
        self.assertEqual(again.done(again.cell("ramp 1 1 | show"))["execution_count"], 1)


class Late(unittest.TestCase):
    def test_subscription(self):
        # Of two sockets that connect at once either may be first; what is asked on one ends with a message on the other.
        with tempfile.TemporaryDirectory() as home:
            client = VsCode(home)
            self.addCleanup(client.close)
            client.start(["shell", "control", "stdin"])
            asked = [client.request("kernel_info_request", channel=channel) for channel in ("control", "shell")]
            for request in asked:
                client.until(lambda m: m.parent == request and m.kind == "kernel_info_reply")
            client.sockets["iopub"] = client.open("iopub")
            for request in asked:
                client.done(request, AT_ONCE)
            # The welcome comes first (JEP 65).
            self.assertEqual(next(m for m in client.seen if m.channel == "iopub").kind, "iopub_welcome")


class Server:
    """A server of Jupyter, of which Notebook and PyCharm are clients."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.token = uuid.uuid4().hex
        [self.port] = free_ports(1)
        own = {name: str(self.folder / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
        options = {
            "ServerApp.port": self.port,
            "ServerApp.port_retries": 0,
            "ServerApp.root_dir": self.folder,
            "ServerApp.open_browser": False,
            "ServerApp.allow_root": True,
            "IdentityProvider.token": self.token,
            # The extensions that are installed beside it take seconds to load.
            "ServerApp.jpserver_extensions": "{}",
        }
        self.log = open(self.folder / "log", "w+")
        command = [sys.executable, "-m", "jupyter_server", *(f"--{name}={value}" for name, value in options.items())]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": self.log, "stderr": subprocess.STDOUT}
        self.process = subprocess.Popen(command, env={**os.environ, **own}, cwd=self.folder, **quiet)
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise AssertionError(f"the server does not start:\n{(self.folder / 'log').read_text()}")
            time.sleep(0.05)

    def answers(self):
        try:
            return self.http("GET", "/api")
        except (urllib.error.URLError, OSError):
            return False

    def http(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method, data=data, headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            text = answer.read()
            return json.loads(text) if text else answer.status

    def close(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.log.close()


class Served(Client):
    """A client of a server, by WebSocket."""

    protocol = None

    def __init__(self, server):
        super().__init__()
        self.server = server
        notebook = {"kernel": {"name": "rastra"}, "name": "", "path": f"{uuid.uuid4()}.ipynb", "type": "notebook"}
        self.opened = server.http("POST", "/api/sessions", notebook)
        self.kernel = self.opened["kernel"]["id"]
        self.connect()

    def connect(self):
        origin = f"http://127.0.0.1:{self.server.port}"
        address = f"{origin.replace('http', 'ws')}/api/kernels/{self.kernel}/channels?session_id={self.session}"
        header = [f"Authorization: token {self.server.token}"]
        protocols = [self.protocol] if self.protocol else None
        self.socket = websocket.create_connection(address, PATIENCE, header=header, origin=origin, subprotocols=protocols)

    def send(self, channel, parts):
        names = ["header", "parent_header", "metadata", "content"]
        self.socket.send(json.dumps({**dict(zip(names, parts)), "channel": channel}))

    def receive(self, patience):
        self.socket.settimeout(patience)
        try:
            # Returns for pings, too, so that they do not prolong the wait.
            code, data = self.socket.recv_data(control_frame=True)
        except websocket.WebSocketTimeoutException:
            return
        if code in (websocket.ABNF.OPCODE_TEXT, websocket.ABNF.OPCODE_BINARY):
            self.seen.append(validate(Message(*self.parts(data))))

    def parts(self, data):
        message = json.loads(data)
        return [message[name] for name in ["channel", "header", "parent_header", "metadata", "content"]]

    def interrupt(self):
        self.server.http("POST", f"/api/kernels/{self.kernel}/interrupt", {})

    def restart(self):
        self.server.http("POST", f"/api/kernels/{self.kernel}/restart", {})

    def close(self):
        self.socket.close()
        self.server.http("DELETE", f"/api/sessions/{self.opened['id']}")


class Notebook7(Served):
    """@jupyterlab/services as Notebook 7 and JupyterLab have it. What is sent was recorded in a browser from Notebook 7.6."""

    # packages/services/src/kernel/messages.ts: kernels without subshells get none.
    more = {"subshell_id": None}
    protocol = "v1.kernel.websocket.jupyter.org"

    def connect(self):
        super().connect()
        # packages/services/src/kernel/default.ts: the first message after each connection; others wait for its end. The
        # server may subscribe to a kernel later than it asks, if that was busy before (jupyter_server, `nudge`).
        self.info = self.done(self.request("kernel_info_request"))

    def send(self, channel, parts):
        """packages/services/src/kernel/serialize.ts: where each part begins, then the parts."""
        parts = [channel.encode(), *(json.dumps(part).encode() for part in parts)]
        begins = [8 * (len(parts) + 2)]
        for part in parts:
            begins.append(begins[-1] + len(part))
        numbers = [len(begins), *begins]
        self.socket.send_binary(b"".join([*(number.to_bytes(8, "little") for number in numbers), *parts]))

    def parts(self, data):
        numbers = [int.from_bytes(data[at : at + 8], "little") for at in range(0, 7 * 8, 8)]
        begins = numbers[1:]
        channel, *parts = [data[begin:end] for begin, end in zip(begins, begins[1:])]
        return [channel.decode(), *map(json.loads, parts)]

    def cell(self, code, tags=[]):
        """packages/outputarea/src/widget.ts, packages/notebook/src/cellexecutor.ts."""
        content = {"silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": True}
        content |= {"stop_on_error": "raises-exception" not in tags, "code": code}
        metadata = {"trusted": True, "deletedCells": [str(uuid.uuid4())], "recordTiming": True, "cellId": str(uuid.uuid4())}
        return self.request("execute_request", content, metadata={**metadata, "tags": tags})


class PyCharm(Served):
    """JetBrains/intellij-community, python/ipnb/src/org/jetbrains/plugins/ipnb/protocol/IpnbConnection.java and
    IpnbConnectionV3.java: messages are JSON, and their headers have neither a date nor a version."""

    def connect(self):
        super().connect()
        # Its first message: no content, and a text where a header should be. No reply is waited for.
        first = {"header": {"msg_id": "", "msg_type": "connect_request"}, "parent_header": "", "metadata": {}, "channel": "shell"}
        self.socket.send(json.dumps(first))

    def header(self, kind):
        return {"msg_id": str(uuid.uuid4()), "username": "username", "session": self.session, "msg_type": kind}

    def cell(self, code):
        """Neither `store_history` nor `stop_on_error`, but what no protocol knows any more."""
        content = {"code": code, "silent": False, "user_variables": [], "output_type": "", "user_expressions": {}, "allow_stdin": False}
        return self.request("execute_request", content)


@functools.cache
def server():
    """One for all clients, because it takes seconds to start."""
    home = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(home.cleanup)
    started = Server(home.name)
    unittest.addModuleCleanup(started.close)
    return started


class InNotebook7(unittest.TestCase):
    def setUp(self):
        self.client = Notebook7(server())
        self.addCleanup(self.client.close)

    def test_a_notebook(self):
        client = self.client
        # Subshells are made only for kernels that have them (`kernel subshells`), a debugger is asked only where there is one.
        self.assertEqual((client.info["debugger"], client.info["supported_features"]), (False, []))
        content = {"output": False, "raw": True, "hist_access_type": "tail", "n": 10}
        self.assertEqual(client.done(client.request("history_request", content))["history"], [])

        # `Run All` sends all cells at once; those behind one that fails are aborted, and no number is lost.
        cells = [client.cell(code) for code in ["ramp 2 2 | plot", "ramp 1 1 | stts", "ramp 1 1 | show", ":vars"]]
        replies = [client.done(cell) for cell in cells]
        self.assertEqual([reply["status"] for reply in replies], ["ok", "error", "aborted", "aborted"])
        self.assertEqual([m.kind for m in client.outputs(cells[0])], ["execute_result"])
        self.assertFalse(client.outputs(cells[2]) or client.of(cells[2], "execute_input"))
        # Where it may fail the next ones run.
        cells = [client.cell("ramp 1 1 | stts", ["raises-exception"]), client.cell("ramp 1 1 | show")]
        self.assertEqual([(client.done(cell)["status"], client.done(cell)["execution_count"]) for cell in cells], [("error", 3), ("ok", 4)])

        # Shift-Tab in a completion asks with a cursor behind the end.
        reply = client.done(client.request("complete_request", {"code": "ramp 1 1 | resa", "cursor_pos": 15}))
        self.assertEqual((reply["matches"], reply["cursor_start"]), (["resample"], 11))
        for detail in (0, 1):
            content = {"code": "ramp 1 1 | resample", "cursor_pos": 23, "detail_level": detail}
            self.assertTrue(client.done(client.request("inspect_request", content))["found"])
        # What nobody here knows ends as other requests do, without a reply.
        for kind, channel in [("create_subshell_request", "control"), ("x_request", "shell")]:
            request = client.request(kind, channel=channel)
            client.until(lambda m: m.parent == request and m.state == "idle")

    def test_a_connection_that_is_lost_while_a_cell_runs(self):
        client = self.client
        running = client.cell(LONG)
        client.starts(running)
        client.socket.close()
        # The new connection has the number of the old one, and the cell's reply comes to it.
        client.connect()
        client.interrupt()
        self.assertEqual(client.done(running)["ename"], "Interrupted")

    def test_restart(self):
        client = self.client
        client.done(client.cell("let here = 1"))
        client.starts(client.cell(LONG))
        begun = time.monotonic()
        client.restart()
        client.socket.close()
        client.connect()
        self.assertLess(time.monotonic() - begun, AT_ONCE)
        request = client.cell(":vars")
        self.assertEqual(client.done(request)["execution_count"], 1)
        self.assertIn("no names yet", client.outputs(request)[0].data["text/plain"])


class InPyCharm(unittest.TestCase):
    def setUp(self):
        self.client = PyCharm(server())
        self.addCleanup(self.client.close)

    def test_a_notebook(self):
        client = self.client
        # A session is good once the kernel has told of itself; where there is no header of a parent, null is sent (Kotlin
        # Notebook, which is built on PyCharm's notebooks: JupyterSessionVerifiedLaunchStrategy.kt, `toJupyterMessage`).
        for parent in [{}, None, ""]:
            self.assertEqual(client.done(client.request("kernel_info_request", parent=parent))["status"], "ok")
        # A cell ends with its reply if that says `ok` or `error`; its number is that of `execute_input`.
        request = client.cell("ramp 2 2 | plot")
        self.assertEqual(client.done(request)["status"], "ok")
        self.assertEqual(client.of(request, "execute_input")[0].content["execution_count"], 1)
        [picture] = client.outputs(request)
        # HTML goes before PNG, so the picture must be in it; the text is taken with it.
        self.assertIn("<img", picture.data["text/html"])
        self.assertIsInstance(picture.data["text/plain"], str)
        # What it runs for its debugger and its lists of variables, in any language (IpnbDebugProcess.kt,
        # commandExtractPandasColumns), fails and takes nothing with it.
        for code in ["# pydev_util_command\nimport sys\nsys.path.append('/helpers')\n", "import pydev_jupyter_utils\n"]:
            request = client.cell(code)
            reply = client.done(request)
            self.assertEqual(reply["status"], "error")
            self.assertTrue(all(isinstance(line, str) for line in client.of(request, "error")[0].content["traceback"]))
        self.assertEqual(client.done(client.cell("\n\nramp 1 1 | show"))["status"], "ok")

        running = client.cell(LONG)
        client.starts(running)
        begun = time.monotonic()
        client.interrupt()
        self.assertEqual(client.done(running)["ename"], "Interrupted")
        self.assertLess(time.monotonic() - begun, AT_ONCE)
        # The connection outlives a restart, and nothing is lost on it.
        client.restart()
        request = client.cell("ramp 1 1 | show")
        self.assertEqual(client.done(request)["execution_count"], 1)


class Console:
    """jupyter/jupyter_console, jupyter_console/ptshell.py, on a client of jupyter_client."""

    def __init__(self, folder):
        self.client = self.start(Path(folder))
        self.client.start_channels()
        # `init_kernel_info`, `init_prompt_toolkit_cli`.
        self.client.hb_channel.unpause()
        self.info = self.reply(self.client.kernel_info())
        self.past = self.reply(self.client.history(raw=True, output=False, hist_access_type="tail", n=1000))["history"]
        self.count = 1

    def start(self, folder):
        self.manager = KernelManager(kernel_name="rastra")
        self.manager.start_kernel(cwd=str(folder))
        return self.manager.client()

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def reply(self, request, patience=PATIENCE):
        """The next reply; the console takes none for another request."""
        reply = self.client.get_shell_msg(timeout=patience)
        assert reply["parent_header"].get("msg_id") == request, reply
        return reply["content"]

    def matches(self, text):
        """completer.py: within five seconds."""
        return self.reply(self.client.complete(code=text, cursor_pos=len(text)), 5)

    def is_whole(self, text):
        """`handle_is_complete_reply`: within a second, or it never asks again."""
        return self.reply(self.client.is_complete(text), 1)

    def line(self, text):
        """`run_cell`: what is printed for a line."""
        self.begin(text)
        return self.end()

    def begin(self, text):
        self.printed, self.shown, self.ended = [], [], False
        self.request = self.client.execute(text, silent=False)

    def end(self):
        # The console takes the end of any of its requests for that of the cell, and prints what comes later with the next.
        deadline = time.monotonic() + PATIENCE
        while not self.ended:
            assert time.monotonic() < deadline and self.client.is_alive(), self.printed
            self.poll()
        reply = self.reply(self.request)
        if reply["status"] == "aborted":
            return "Aborted\n"
        self.count = int(reply["execution_count"] + 1)
        return "\n".join(self.printed)

    def poll(self):
        """`handle_iopub`."""
        try:
            message = self.client.get_iopub_msg(timeout=0.05)
        except Empty:
            return
        kind, content = message["msg_type"], message["content"]
        if message["parent_header"].get("session", self.client.session.session) != self.client.session.session:
            return
        if kind == "execute_input":
            self.count = int(content["execution_count"]) + 1
        elif kind == "status":
            self.ended |= content["execution_state"] == "idle" and message["parent_header"].get("msg_id") == self.request
        elif kind == "stream":
            self.printed.append(content["text"])
        elif kind == "execute_result":
            self.shown.append(content["data"])
            self.printed.append(f"Out[{int(content['execution_count'])}]: {content['data']['text/plain']}")
        elif kind == "display_data":
            self.shown.append(content["data"])
            self.printed.append(content["data"]["text/plain"])
        elif kind == "error":
            self.printed += content["traceback"]


class InConsole(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        self.console = Console(self.home.name)
        self.addCleanup(self.console.close)

    def test_a_session(self):
        console = self.console
        self.assertIn(":help", console.info["banner"])
        self.assertEqual(console.past, [])
        self.assertEqual(console.is_whole("ramp 1 2 |")["status"], "incomplete")
        self.assertEqual(console.is_whole("ramp 1 2 |")["indent"], "  ")
        self.assertEqual(console.is_whole("ramp 1 2 )")["status"], "invalid")
        self.assertEqual(console.is_whole("%matplotlib inline")["status"], "complete")
        found = console.matches("ramp 1 2 | resa")
        self.assertEqual((found["matches"], found["cursor_start"]), (["resample"], 11))
        self.assertEqual(console.line("ramp 1 2 | show"), "Out[1]: 2020-01-01 v\n 0  1\n10 11")
        self.assertIn("not a stage", console.line("ramp 1 2 | stts"))
        self.assertEqual(console.count, 3)
        printed = console.line("ramp 1 2 | describe; ramp 2 2 | reduce mean over space")
        self.assertRegex(printed, r"(?s)^steps .*Out\[3\]: time .*2 rows$")

    def test_control_c(self):
        console = self.console
        console.begin(LONG)
        while not console.printed:
            console.poll()
        # app.py, `handle_sigint`; the reply to it is on the channel that the console does not read.
        console.manager.interrupt_kernel()
        self.assertIn("Interrupted", console.end())
        self.assertTrue(console.client.hb_channel.is_beating())
        self.assertEqual(console.line("ramp 1 1 | show"), "Out[2]: 2020-01-01 v\n0")

    def test_the_number_of_the_prompt(self):
        # jupyter/qtconsole, qtconsole/jupyter_widget.py, `_show_interpreter_prompt`: asks for it by running nothing.
        client = self.console.client
        for number in (1, 2):
            reply = self.console.reply(client.execute("", silent=True))
            self.assertEqual(reply["execution_count"] + 1, number)
            self.console.line("ramp 1 1 | show")

    def test_the_end(self):
        begun = time.monotonic()
        self.console.client.shutdown()
        self.assertEqual(self.console.manager.provisioner.process.wait(PATIENCE), 0)
        self.assertLess(time.monotonic() - begun, AT_ONCE)


class Terminal(Console):
    """A console whose terminal is the standard output and error of the kernel, as it is where a person types
    `jupyter console`; it is known by the name of the process that starts the kernel (jupyter/jupyter_client, launcher.py)."""

    STARTER = (
        "import os, subprocess, sys;"
        "env = {**os.environ, 'JPY_PARENT_PID': str(os.getpid())};"
        "sys.exit(subprocess.Popen(sys.argv[1:], env=env, stdin=subprocess.PIPE).wait())"
    )
    # What tells of a terminal that shows pictures.
    FOREIGN = ("NO_COLOR", "COLORTERM", "TMUX", "STY", "KITTY_WINDOW_ID", "TERM_PROGRAM", "KONSOLE_VERSION", "LC_TERMINAL")

    def start(self, folder):
        program = folder / "jupyter-console"
        program.write_text(self.STARTER)
        file, _ = write_connection_file(str(folder / "connection.json"))
        spec = KernelSpecManager().get_kernel_spec("rastra")
        argv = [word.replace("{connection_file}", file) for word in spec.argv]
        env = {name: value for name, value in os.environ.items() if name not in self.FOREIGN}
        self.screen, inner = pty.openpty()
        self.resize(60)
        command = [sys.executable, str(program), *argv]
        more = {"env": {**env, "TERM": "xterm-256color"}, "cwd": folder, "stdout": inner, "stderr": inner}
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **more)
        os.close(inner)
        client = BlockingKernelClient(connection_file=file)
        client.load_connection_file()
        return client

    def resize(self, columns):
        termios.tcsetwinsize(self.screen, (40, columns))

    def close(self):
        self.client.stop_channels()
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.screen)

    def until_written(self, text):
        """Waits until the kernel itself has written a text to the terminal."""
        written = ""
        deadline = time.monotonic() + PATIENCE
        while text not in written:
            ready, _, _ = select.select([self.screen], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"this is all: {written!r}"
            written += os.read(self.screen, 1 << 16).decode(errors="replace")


class InATerminal(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        self.console = Terminal(self.home.name)
        self.addCleanup(self.console.close)

    def drawn(self, code):
        """The text of a picture without its colors, line by line."""
        printed = self.console.line(code)
        self.assertIn("\x1b[0;38;5;", printed)
        # `handle_rich_data` opens a window for whatever is an image.
        self.assertEqual([set(data) for data in self.console.shown], [{"text/plain"}])
        return re.sub(r"\x1b\[[0-9;]*m", "", printed).splitlines()

    def test_pictures_are_drawn_in_cells(self):
        maps = self.drawn("ramp 2 30 | plot")
        self.assertRegex("\n".join(maps), "(?s)^Out.1.: picture of 2 maps.*[▀▄]{8}")
        chart = self.drawn("ramp 30 4 | reduce mean over space | plot")
        self.assertRegex("\n".join(chart), "(?s)picture of a chart.*[⠁-⣿]")
        self.assertTrue(40 < max(map(len, maps)) <= 60 and max(map(len, chart)) <= 60)
        # The window may be another size than it was.
        self.console.resize(40)
        self.assertLessEqual(max(map(len, self.drawn("ramp 2 30 | plot")[1:])), 40)
        self.assertTrue(self.drawn("ramp 3 20 | animate"))
        # What is no picture is as everywhere.
        self.assertIn("2 rows", self.console.line("ramp 2 2 | reduce mean over space"))
        self.assertIn("text/html", self.console.shown[0])

    def test_progress_is_a_bar_of_the_terminal(self):
        # The console prints what is displayed and ignores what replaces it.
        self.console.begin(LONG)
        self.console.until_written("%")
        client = self.console.client
        client.control_channel.send(client.session.msg("interrupt_request", {}))
        self.console.end()
        self.assertEqual(self.console.printed, ["Interrupted"])


class OnLocalSockets(unittest.TestCase):
    def test_transport_ipc(self):
        # `jupyter console --transport ipc` (jupyter/jupyter_client, consoleapp.py).
        with tempfile.TemporaryDirectory() as folder:
            manager = KernelManager(kernel_name="rastra", transport="ipc", ip=f"{folder}/k")
            manager.start_kernel(cwd=folder)
            client = manager.client()
            try:
                client.start_channels()
                client.wait_for_ready(timeout=PATIENCE)
                self.assertEqual(client.execute("ramp 1 1 | show", reply=True, timeout=PATIENCE)["content"]["status"], "ok")
            finally:
                client.stop_channels()
                manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
