"""A headless Chromium, and a JupyterLab to open in it.

    with Lab(folder) as lab, Browser() as browser:
        page = lab.open(browser, "tour.ipynb")
        run(page, 0)
        shot(cell(page, 0), "first")

Screenshots are taken only where the variable `SHOTS` names a folder for them.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

# What waits for longer than this has failed, on slow machines too.
PATIENCE = 90
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium():
    found = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
    return found or sys.exit("Chromium is missing: `./setup.sh test` installs it")


class Browser(contextlib.AbstractContextManager):
    def __enter__(self):
        self.playwright = sync_playwright().start()
        self.chromium = self.playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
        return self

    def __exit__(self, *_):
        self.chromium.close()
        self.playwright.stop()

    def page(self, url, width=1200, height=900):
        """Opens an address or a file; what its scripts complain of is in `page.complaints`."""
        page = self.chromium.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(PATIENCE * 1000)
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(Path(url).absolute().as_uri() if "://" not in url else url)
        return page


class Lab(contextlib.AbstractContextManager):
    """A server of JupyterLab on a folder, with settings of its own; kernels are found by `JUPYTER_PATH`."""

    def __init__(self, folder, theme="JupyterLab Light"):
        self.folder, self.theme = Path(folder), theme

    def __enter__(self):
        self.own = tempfile.TemporaryDirectory(prefix="lab-")
        own = Path(self.own.name)
        self.configure(own / "settings")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = open(own / "log", "w+")
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": self.port,
            "ServerApp.port_retries": 0,
            "ServerApp.root_dir": self.folder,
            "ServerApp.allow_root": True,
            "ServerApp.open_browser": False,
            "IdentityProvider.token": "",
            "LabApp.expose_app_in_browser": True,
            "LabApp.user_settings_dir": own / "settings",
            "LabApp.workspaces_dir": own / "workspaces",
            "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        }
        self.server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())],
            env={**os.environ, "JUPYTER_CONFIG_DIR": str(own / "config"), "JUPYTER_DATA_DIR": str(own / "data")},
            cwd=self.folder,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            if self.server.poll() is not None or time.monotonic() > deadline:
                self.log.seek(0)
                text = self.log.read()
                self.__exit__()
                raise RuntimeError(f"JupyterLab does not start:\n{text}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        self.server.terminate()
        try:
            self.server.wait(20)
        except subprocess.TimeoutExpired:
            self.server.kill()
        self.log.close()
        self.own.cleanup()

    def configure(self, settings):
        of_plugins = {
            "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
            "apputils-extension/themes": {"theme": self.theme},
            # All cells are in the page, wherever it is scrolled to.
            "notebook-extension/tracker": {"windowingMode": "none"},
        }
        for plugin, values in of_plugins.items():
            path = settings / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))

    def answers(self):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api", timeout=5).status == 200
        except (urllib.error.URLError, OSError):
            return False

    def open(self, browser, path, **size):
        """A notebook, once its kernel is idle."""
        page = browser.page(f"http://127.0.0.1:{self.port}/lab/tree/{path}?reset", **size)
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        wait(page, "notebook.sessionContext.session?.kernel?.status == 'idle'")
        return page


def shot(what, name):
    """A picture of a page, or of a part of one."""
    if folder := os.environ.get("SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        what.screenshot(path=str(Path(folder) / f"{name}.png"))


# The notebook that is open, in JavaScript.
NOTEBOOK = "const notebook = jupyterapp.shell.currentWidget;"


def notebook(page, expression):
    """The value of an expression of JavaScript, in which `notebook` is the panel of the notebook."""
    return page.evaluate(f"() => {{ {NOTEBOOK} return {expression}; }}")


def wait(page, expression, patience=PATIENCE):
    """Waits until such an expression holds."""
    page.wait_for_function(f"() => {{ {NOTEBOOK} return {expression}; }}", timeout=patience * 1000)


def command(page, name, **args):
    """A command of JupyterLab, as its menus give it; not waited for."""
    page.evaluate("([name, args]) => { jupyterapp.commands.execute(name, args); }", [name, args])


def cell(page, index):
    return page.locator(".jp-Notebook-cell").nth(index)


def choose(page, index):
    """Makes a cell the active one and puts the cursor into it."""
    page.evaluate(f"() => {{ {NOTEBOOK} notebook.content.activeCellIndex = {index}; notebook.content.mode = 'edit'; }}")
    cell(page, index).locator(".cm-content").click()


def start(page, index):
    """Runs a cell; does not wait for it."""
    choose(page, index)
    command(page, "notebook:run-cell")
    wait(page, f"notebook.content.widgets[{index}].model.executionState == 'running'"
         f" || notebook.content.widgets[{index}].model.executionCount != null")


def run(page, index):
    """Runs a cell to its end."""
    start(page, index)
    wait(page, f"notebook.content.widgets[{index}].model.executionState == 'idle'")
