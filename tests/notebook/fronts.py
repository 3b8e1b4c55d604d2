"""What cells show and how they help, the same in JupyterLab and in Notebook 7, in light and in dark colors."""

import json
import re
import tempfile
import unittest
from pathlib import Path

import nbformat
from browser import Browser, Lab, Player, cell, choose, complete, contrasts, explain
from browser import notebook, run_all, shot, theme, wait

EXAMPLES = Path("examples").resolve()
KERNELSPEC = {"kernelspec": {"name": "rastra", "display_name": "Rastra", "language": "rastra"}}
CARD, TABLE, PLAN, HELP, MAP, PLAYER, TYPED, ERROR = range(8)
CELLS = [
    'let rain = load files "data/rain/*.tif"\n$rain',
    '$rain | resample 1mo sum | zonal "data/basin.geojson" [mean max count] exact',
    ":explain $rain | derive wet = rain > 1 | resample 1mo sum",
    "help plot",
    # Pixels of `ramp` are 100 x step + 10 x row + column, each of 10 m, from x 500000 and y 5000000 on.
    "ramp 3 24 | head 1 | plot size 560 480",
    "ramp 4 24 | animate fps 20 size 560 480",
    "",
    "$rain\n| resample 1mo mean min_cuont 3",
]
PLACE = re.compile(r"≈ (\d+) +x (\d+), y (\d+)")


def setUpModule():
    global home, lab, browser
    home = tempfile.TemporaryDirectory()
    folder = Path(home.name)
    (folder / "data").symlink_to(EXAMPLES / "data")
    for front in [InJupyterLab.front, InNotebook.front]:
        cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNELSPEC), folder / f"{front}.ipynb")
    lab = Lab(folder).__enter__()
    browser = Browser().__enter__()


def tearDownModule():
    browser.__exit__()
    lab.__exit__()
    home.cleanup()


class Shown:
    """The tests of a front end, which `front` names."""

    @classmethod
    def setUpClass(cls):
        cls.page = lab.open(browser, f"{cls.front}.ipynb", cls.front, height=1000)
        run_all(cls.page)

    @classmethod
    def tearDownClass(cls):
        cls.page.close()

    def tearDown(self):
        self.assertEqual(self.page.complaints, [])

    def output(self, index, inner=""):
        """What a cell gave last, or a part of it."""
        output = cell(self.page, index).locator(".jp-OutputArea-output").last
        return output.locator(inner) if inner else output

    def typed(self, text):
        """Writes into the empty cell."""
        choose(self.page, TYPED)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        # At once, so that no bracket or quote is closed by the editor.
        self.page.keyboard.insert_text(text)

    def height(self, index):
        return cell(self.page, index).bounding_box()["height"]

    def place(self, img, x, y, said, step=0):
        """Points at a part of a map: what is said of the pixel there must be so."""
        box = img.bounding_box()
        img.hover(position={"x": box["width"] * x, "y": box["height"] * y})
        found = PLACE.search(said.inner_text())
        self.assertIsNotNone(found, said.inner_text())
        value, east, north = map(int, found.groups())
        column, row = (east - 500_000) // 10, (5_000_000 - north) // 10
        # A color stands for a 256th of the range, and places are said to the meter.
        self.assertAlmostEqual(value, 100 * step + 10 * row + column, delta=3 + step)
        return east, north

    def test_a_card_opens_its_parts(self):
        card = self.output(CARD)
        card.get_by_text("cube (time: 91, band: 1, y: 36, x: 48)").wait_for()
        bands, steps = card.locator("details").nth(0), card.locator("details").nth(1)
        self.assertTrue(bands.get_by_text("float32").is_visible(), "a few bands are seen at once")
        bands.locator("summary").click()
        bands.get_by_text("float32").wait_for(state="hidden")
        bands.locator("summary").click()
        bands.get_by_text("float32").wait_for()
        self.assertFalse(steps.get_by_text("name, path").is_visible())
        steps.locator("summary").click()
        steps.get_by_text("name, path").wait_for()
        picture = card.locator("img")
        self.assertGreater(picture.evaluate("i => i.naturalWidth"), 30)
        self.assertTrue(card.get_by_text(picture.get_attribute("alt")).is_visible(), "a picture has its date and range")
        self.assertGreater(card.get_by_role("img", name="steps along time").bounding_box()["width"], 100)

    def test_a_table_is_a_table(self):
        table = self.output(TABLE, "table")
        rows = table.evaluate("t => [...t.rows].map(r => [...r.cells].map(c => c.textContent))")
        self.assertEqual(rows[0], ["time", "zone", "band", "mean", "max", "count"])
        self.assertEqual(rows[1], ["timestamp", "int64", "text", "float64", "float32", "float64"])
        self.assertEqual(rows[2], ["2024-01-01", "0", "rain", "72.3119388", "87.3", "458.58"])
        self.assertEqual(len(rows), 5)
        align = table.evaluate("t => [...t.rows[2].cells].map(c => getComputedStyle(c).textAlign)")
        self.assertEqual(align, ["left", "right", "left", "right", "right", "right"])

    def test_help_is_a_page(self):
        self.output(HELP).get_by_text("Draw a map for each step and band").wait_for()
        row = self.output(HELP).get_by_role("row", name=re.compile("^cmap"))
        self.assertIn("viridis", row.inner_text())

    def test_an_error_marks_its_word(self):
        lines = self.output(ERROR).inner_text().splitlines()
        at = next(i for i, line in enumerate(lines) if "^" in line)
        marked = lines[at - 1][lines[at].index("^") : lines[at].rindex("^") + 1]
        self.assertEqual(marked, "min_cuont")
        self.assertIn("did you mean `min_count`?", "\n".join(lines[at:]))
        self.assertIn("In [7]:2:21", lines[1])

    def test_a_map_says_what_lies_under_the_pointer(self):
        root = self.output(MAP, "[data-rastra]")
        img, said = root.locator("img"), root.locator("div")
        before = self.height(MAP)
        west, north = self.place(img, 0.3, 0.3, said)
        east, south = self.place(img, 0.6, 0.7, said)
        self.assertTrue(west < east and south < north)
        self.assertEqual(self.height(MAP), before, "nothing moves while it speaks")
        # Over the key, and beside the picture.
        img.hover(position={"x": img.bounding_box()["width"] - 5, "y": 100})
        self.assertEqual(said.inner_text(), "")
        self.place(img, 0.5, 0.5, said)
        cell(self.page, MAP).locator(".cm-content").hover()
        self.assertEqual(said.inner_text(), "")
        # Where the picture is made smaller, it points at the same pixels.
        size, wide = self.page.viewport_size, img.bounding_box()["width"]
        self.page.set_viewport_size({**size, "width": 500})
        self.page.wait_for_function("([img, wide]) => img.clientWidth < wide - 50", arg=[img.element_handle(), wide])
        self.place(img, 0.3, 0.3, said)
        self.place(img, 0.6, 0.7, said)
        self.page.set_viewport_size(size)

    def test_a_player_is_played(self):
        player = Player(self.output(PLAYER, "[data-rastra]"))
        player.play.scroll_into_view_if_needed()
        self.assertEqual((player.playing(), player.at()), (False, 0), "it waits to be played")
        self.assertIn("January 2020", player.label.inner_text())
        # It plays, as fast as is asked for; meanwhile it says the date, and nothing of the pointer.
        player.speed.select_option("0.25")
        player.play.click()
        slow = player.moved(6)
        player.speed.select_option("4")
        fast = player.moved(6)
        self.assertTrue(slow > 1 and fast < slow / 2, (slow, fast))
        player.speed.select_option("1")
        player.img.hover()
        self.assertRegex(player.label.inner_text(), r"^\w+ 2020  \d/4$")
        player.root.press(" ")
        self.assertFalse(player.playing())

        # Keys are those of its parts; none is a command of the notebook.
        names = ["activeCellIndex", "mode", "widgets.length", "node.scrollTop"]
        state = f"[{', '.join('notebook.content.' + name for name in names)}]"
        before = notebook(self.page, state)
        keys = {
            player.slider: [("Home", 0), ("ArrowRight", 1), ("ArrowUp", 2), ("End", 3), ("ArrowLeft", 2)],
            player.root: [("d", 2), ("d", 2), ("ArrowRight", 3), ("ArrowRight", 0), ("End", 3), ("Home", 0)],
            player.next: [("Enter", 1), (" ", 2), ("ArrowRight", 3), ("ArrowLeft", 2), ("a", 2), ("Home", 0)],
        }
        for part, pressed in keys.items():
            for key, frame in pressed:
                part.press(key)
                self.assertEqual(player.at(), frame, key)
        self.assertEqual(notebook(self.page, state), before)

        # Where it stands still, it says what lies under the pointer, in the same place.
        player.next.click()
        height, label = self.height(PLAYER), player.label.bounding_box()
        self.place(player.img, 0.3, 0.3, player.label, step=1)
        player.next.click()
        self.place(player.img, 0.6, 0.6, player.label, step=2)
        self.assertTrue(player.label.evaluate("e => e.scrollWidth <= e.clientWidth"), "it has room for what it says")
        self.assertEqual((self.height(PLAYER), player.label.bounding_box()), (height, label))
        player.slider.hover()
        self.assertEqual(player.label.inner_text(), "March 2020  3/4")

    def test_tab_completes_and_says_what(self):
        page, panel = self.page, self.page.locator(".jp-Completer-docpanel")
        self.typed("$rain | resa")
        complete(page, "resample")
        panel.get_by_text("Make a shorter timeline: one value a period").wait_for()
        page.keyboard.press("Enter")
        wait(page, f"notebook.content.widgets[{TYPED}].model.sharedModel.source == '$rain | resample'")
        explain(page, "min_count").get_by_text("Make a shorter timeline").wait_for()
        page.keyboard.press("Escape")
        # What a cell has named, its bands, and files beside the notebook.
        for text, name, whole in [
            ("$ra", "$rain", "$rain"),
            ("$rain | select ra", "rain", "$rain | select rain"),
            ('load netcdf "data/t2', "t2m.nc", 'load netcdf "data/t2m.nc'),
        ]:
            self.typed(text)
            complete(page, name).click()
            wait(page, f"notebook.content.widgets[{TYPED}].model.sharedModel.source.startsWith({json.dumps(whole)})")

    def test_all_can_be_read_in_light_and_dark(self):
        page = self.page
        for colors in ["Dark", "Light"]:
            theme(page, colors)

            def look(what, name, least=4.5, seen=None):
                for text, contrast in contrasts(what):
                    self.assertGreaterEqual(contrast, least, f"{name}, {colors}: {text}")
                shot(seen or what, f"{self.front}-{name}-{colors.lower()}")

            for index, name in [(CARD, "card"), (TABLE, "table"), (PLAN, "plan"), (MAP, "map"), (PLAYER, "player")]:
                if index in [MAP, PLAYER]:
                    self.output(index, "img").hover()
                look(self.output(index), name)
            # The colors of code and of errors are those of Jupyter, which asks less of them.
            look(self.output(ERROR), "error", 3)
            self.output(HELP).get_by_text("Draw a map for each step and band").scroll_into_view_if_needed()
            look(self.output(HELP), "help", 2.9, seen=page)
            self.typed("$rain | resa")
            complete(page, "resample")
            panel = page.locator(".jp-Completer-docpanel:visible")
            panel.wait_for()
            look(panel, "completion", seen=page)
            page.keyboard.press("Enter")
            look(explain(page, "min_count"), "tooltip", 2.9, seen=page)
            page.keyboard.press("Escape")


class InJupyterLab(Shown, unittest.TestCase):
    front = "lab"


class InNotebook(Shown, unittest.TestCase):
    front = "notebook"


if __name__ == "__main__":
    unittest.main(verbosity=2)
