"""A headless Chromium, a JupyterLab and a Notebook 7 to open in it, and what a person does there.

    with Lab(folder) as lab, Browser() as browser:
        page = lab.open(browser, "tour.ipynb")
        run(page, 0)
        shot(cell(page, 0), "first")

Screenshots are taken only where the variable `SHOTS` names a folder for them.
"""

import base64
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

import numpy as np
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
# Where the server has the front ends.
FRONTS = {"lab": "lab/tree/{}?reset", "notebook": "notebooks/{}"}
# What Notebook 7 complains of while it starts, with every kernel.
OF_NOTEBOOK = [
    "Cannot read properties of undefined (reading 'schema')",
    "Command 'filebrowser:open-path' not registered.",
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
        page.on("pageerror", lambda error: str(error) in OF_NOTEBOOK or page.complaints.append(str(error)))
        answer = page.goto(Path(url).absolute().as_uri() if "://" not in url else url)
        assert answer.ok, f"{url} is not there ({answer.status}): `./setup.sh test` installs what serves it"
        return page


class Lab(contextlib.AbstractContextManager):
    """A server of both front ends on a folder, with settings of its own; kernels are found by `JUPYTER_PATH`."""

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
            "LabApp.workspaces_dir": own / "workspaces",
            "JupyterNotebookApp.expose_app_in_browser": True,
            "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        }
        self.server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())],
            env={
                **os.environ,
                "JUPYTER_CONFIG_DIR": str(own / "config"),
                "JUPYTER_DATA_DIR": str(own / "data"),
                "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
            },
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
            # Beside the list of completions stands what they are.
            "completer-extension/manager": {"showDocumentationPanel": True},
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

    def open(self, browser, path, front="lab", **size):
        """A notebook in one of the front ends, once its kernel is idle."""
        page = browser.page(f"http://127.0.0.1:{self.port}/{FRONTS[front].format(path)}", **size)
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        wait(page, "notebook?.sessionContext?.session?.kernel?.status == 'idle'")
        return page


def shot(what, name):
    """A picture of a page, or of a part of one."""
    if folder := os.environ.get("SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        what.screenshot(path=str(Path(folder) / f"{name}.png"))


# The notebook that is open, in JavaScript.
NOTEBOOK = "const notebook = window.jupyterapp?.shell.currentWidget;"


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


def run_all(page):
    """Runs all cells to their end, or to the first that fails."""
    command(page, "notebook:run-all-cells")
    wait(
        page,
        "notebook.content.widgets.filter(c => c.model.type == 'code' && c.model.sharedModel.source)"
        ".every(c => c.model.executionCount != null && c.model.executionState == 'idle')",
    )


def complete(page, name):
    """Presses Tab at the cursor; the candidate of a name."""
    page.keyboard.press("Tab")
    item = page.locator(".jp-Completer:visible .jp-Completer-item", has_text=name).first
    item.wait_for()
    return item


def explain(page, words):
    """Presses Shift-Tab at the cursor; the help, which has these words."""
    page.keyboard.press("Shift+Tab")
    help = page.locator(".jp-Tooltip", has_text=words)
    help.wait_for()
    return help


def theme(page, name):
    """Changes the colors of the page: `Light`, `Dark`."""
    command(page, "apputils:change-theme", theme=f"JupyterLab {name}")
    page.wait_for_function("name => document.body.dataset.jpThemeName == name", arg=f"JupyterLab {name}")


# The texts in an element, each with its contrast to what is behind it, as WCAG 2 has it: from 1 to 21.
CONTRAST = """root => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = color => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((c, i) => c * a + under[i] * (1 - a));
  // What is painted behind an element, with the element itself.
  const ground = e => e ? over(rgba(getComputedStyle(e).backgroundColor), ground(e.parentElement)) : [255, 255, 255];
  const opacity = e => e ? getComputedStyle(e).opacity * opacity(e.parentElement) : 1;
  const light = color => {
    const [r, g, b] = color.map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), all = [];
  while (texts.nextNode()) {
    const text = texts.currentNode.data.trim(), e = texts.currentNode.parentElement;
    if (!text || !e.checkVisibility() || e.closest('script, style, option')) continue;
    const behind = ground(e), [r, g, b, a] = rgba(getComputedStyle(e).color);
    const pair = [light(behind), light(over([r, g, b, a * opacity(e)], behind))].sort((a, b) => b - a);
    all.push([text, (pair[0] + 0.05) / (pair[1] + 0.05)]);
  }
  return all;
}"""


def contrasts(what):
    """The texts of a part of a page, each with its contrast; 4.5 can be read with ease."""
    texts = what.evaluate(CONTRAST)
    assert texts, "no text is seen"
    return texts


# The pixels of a picture as it is shown.
PIXELS = """async img => {
  await img.decode();
  const c = document.createElement('canvas');
  [c.width, c.height] = [img.naturalWidth, img.naturalHeight];
  const g = c.getContext('2d');
  g.drawImage(img, 0, 0);
  const bytes = g.getImageData(0, 0, c.width, c.height).data;
  let text = '';
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return [c.width, c.height, btoa(text)];
}"""


class Player:
    """The player of an animation."""

    def __init__(self, root):
        self.root, self.img = root, root.locator("img")
        self.back, self.play, self.next, self.loop = [root.locator("button").nth(i) for i in range(4)]
        self.slider, self.label, self.speed = root.locator("input"), root.locator(":scope > div").last, root.locator("select")

    def pixels(self):
        width, height, data = self.img.evaluate(PIXELS)
        return np.frombuffer(base64.b64decode(data), dtype=np.uint8).reshape(height, width, 4)

    def at(self):
        return int(self.slider.input_value())

    def playing(self):
        return self.play.inner_text() == "Pause"

    def moved(self, frames=1):
        """Waits until another frame is shown, and then for so many more; how many seconds those took."""
        return self.slider.evaluate("""(slider, frames) => new Promise(resolve => {
          let began = null;
          const seen = new MutationObserver(all => all.forEach(() => {
            if (began === null) began = performance.now();
            else if (--frames == 0) { seen.disconnect(); resolve((performance.now() - began) / 1000); }
          }));
          seen.observe(slider, { attributeFilter: ['aria-valuetext'] });
        })""", frames)
