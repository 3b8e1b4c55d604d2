"""JupyterLab in a browser, as a person uses it: run, complete, explain, interrupt, restart."""

import os
import shutil
import tempfile
import unittest
from pathlib import Path

import nbformat
from browser import Browser, Lab, cell, choose, complete, explain, notebook, run, run_all, shot, start, wait

EXAMPLES = Path("examples").resolve()
KERNELSPEC = {"kernelspec": {"name": "rastra", "display_name": "Rastra", "language": "rastra"}}
# Runs for minutes, on any machine.
LONG = "ramp 20000 1500 | map a = sqrt(v) * sin(v) | resample 1y p90 | stats"
CELLS = [
    "let cube = ramp 24 64 bands [red nir]   # a cube\n$cube | resample 1mo mean min_count 50%",
    "$cube | resmaple 1mo mean",
    LONG,
    "$cube | resa",
    ":vars",
    ":explain $cube | where red > 3 | groupby month mean",
]


class JupyterLab(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory()
        folder = Path(cls.home.name) / "books"
        folder.mkdir()
        # The notebooks lie below the root of the server; programs name files from where they lie.
        (folder / "data").symlink_to(EXAMPLES / "data")
        shutil.copy(EXAMPLES / "tour.ipynb", folder)
        cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNELSPEC), folder / "cells.ipynb")
        cls.lab = Lab(cls.home.name, theme=os.environ.get("THEME", "JupyterLab Light")).__enter__()
        cls.browser = Browser().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()
        cls.lab.__exit__()
        cls.home.cleanup()

    def test_the_tour_runs(self):
        page = self.lab.open(self.browser, "books/tour.ipynb", height=1500)
        run_all(page)
        failed = notebook(page, "notebook.content.widgets.flatMap(c => c.model.outputs?.toJSON() ?? []).filter(o => o.output_type == 'error')")
        self.assertEqual(failed, [])
        page.get_by_text("cube (time: 91, band: 1, y: 36, x: 48)").wait_for()
        drawn = page.evaluate("() => [...document.querySelectorAll('.jp-OutputArea img')].map(i => i.naturalWidth)")
        self.assertTrue(len(drawn) >= 3 and all(width > 100 for width in drawn), drawn)
        # What was written can be had: the link leads through the server to the file.
        link = page.locator(".jp-OutputArea a", has_text="rain_monthly.nc")
        page.wait_for_function("() => [...document.querySelectorAll('.jp-OutputArea a')].some(a => a.href.includes('/files/books/out/rain_monthly.nc'))")
        self.assertEqual(page.request.get(link.get_attribute("href")).status, 200)
        for index in range(page.locator(".jp-Notebook-cell").count()):
            shot(cell(page, index), f"tour-{index}")
        self.assertEqual(page.complaints, [])
        page.close()

    def test_a_person_at_work(self):
        page = self.lab.open(self.browser, "books/cells.ipynb")
        run(page, 0)
        cell(page, 0).get_by_text("24 steps").wait_for()
        shot(cell(page, 0), "card")
        # The extension colors what Lab itself knows nothing of: `let` is bold, `resample` a name it knows.
        style = "(e, name) => getComputedStyle(e)[name]"
        line = cell(page, 0).locator(".cm-line")
        self.assertGreaterEqual(int(line.locator("span:text-is('let')").evaluate(style, "fontWeight")), 600)
        color = line.locator("span:text-is('resample')").evaluate(style, "color")
        self.assertNotEqual(color, line.first.evaluate(style, "color"))

        run(page, 1)
        error = cell(page, 1).locator("[data-mime-type='application/vnd.jupyter.error'], [data-mime-type='application/vnd.jupyter.stderr']").first
        self.assertIn("^^^^^^^^ not a stage", error.inner_text())
        self.assertGreater(error.locator("span[style*='color'], span[class*='ansi']").count(), 0)
        shot(cell(page, 1), "diagnostic")
        run(page, 5)
        cell(page, 5).locator("details summary", has_text="reduce").wait_for()
        shot(cell(page, 5), "plan")

        # A long run shows its progress, and while it runs Tab completes and Shift-Tab explains.
        start(page, 2)
        cell(page, 2).locator("progress").wait_for()
        shot(cell(page, 2), "progress")
        choose(page, 3)
        page.keyboard.press("Control+End")
        item = complete(page, "resample")
        shot(page, "completion")
        item.click()
        wait(page, "notebook.content.widgets[3].model.sharedModel.source == '$cube | resample'")
        explain(page, "min_count")
        shot(page, "tooltip")
        page.keyboard.press("Escape")
        self.assertEqual(notebook(page, "notebook.sessionContext.session.kernel.status"), "busy")

        # The stop button ends it, and nothing that was there before is lost.
        page.locator(".jp-NotebookPanel-toolbar [data-command='notebook:interrupt-kernel'], .jp-NotebookPanel-toolbar [data-jp-item-name='interrupt'] jp-button").first.click()
        wait(page, "notebook.content.widgets[2].model.executionState == 'idle'", 10)
        cell(page, 2).get_by_text("Interrupted").wait_for()
        cell(page, 2).get_by_text("stopped after").wait_for()
        wait(page, "notebook.sessionContext.session.kernel.status == 'idle'")
        run(page, 4)
        cell(page, 4).get_by_text("$cube").wait_for()

        # A restart begins anew.
        page.locator(".jp-NotebookPanel-toolbar [data-jp-item-name='restart'] jp-button").first.click()
        page.locator(".jp-Dialog .jp-mod-accept").click()
        wait(page, "notebook.sessionContext.session?.kernel?.status == 'idle' && notebook.content.widgets[4].model.executionState == 'idle'")
        run(page, 4)
        cell(page, 4).get_by_text("no names yet").wait_for()
        self.assertEqual(page.complaints, [])
        page.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
