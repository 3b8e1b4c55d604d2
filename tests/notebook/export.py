"""The notebook of the examples as `nbconvert --execute` makes a page of it, opened in a browser; its player is used."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from browser import Browser, shot

EXAMPLES = Path("examples").resolve()


class Export(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        folder = Path(self.home.name)
        (folder / "data").symlink_to(EXAMPLES / "data")
        (folder / "tour.ipynb").write_bytes((EXAMPLES / "tour.ipynb").read_bytes())
        command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", "tour.ipynb"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
        self.page = folder / "tour.html"

    def tearDown(self):
        self.home.cleanup()

    def test_the_player_plays_and_steps(self):
        with Browser() as browser:
            page = browser.page(str(self.page), height=1400)
            player = page.locator("[data-rastra][role=group]").first
            player.scroll_into_view_if_needed()
            buttons, slider, label = player.locator("button"), player.locator("input"), player.locator("span").first
            buttons.first.wait_for()
            shown = lambda: (slider.input_value(), label.inner_text(), pixels(player))

            if buttons.nth(1).inner_text() == "Play":
                buttons.nth(1).click()
            # It plays: in time another frame is there, with its date.
            before = shown()
            page.wait_for_function("([e, v]) => e.value != v", arg=[slider.element_handle(), before[0]])
            buttons.nth(1).click()
            self.assertEqual(buttons.nth(1).inner_text(), "Play")
            stopped = shown()
            buttons.nth(2).click()
            stepped = shown()
            for one, other in zip(stopped, stepped):
                self.assertNotEqual(one, other)
            buttons.nth(0).click()
            self.assertEqual(shown(), stopped)
            player.focus()
            page.keyboard.press("ArrowRight")
            self.assertEqual(shown(), stepped)
            slider.fill("0")
            self.assertRegex(label.inner_text(), r"01 Jan 2024")
            shot(player, "player")

            # The rest of the page: a card, a table, maps; and no output is left as text alone.
            page.get_by_text("cube (time: 91, band: 1, y: 36, x: 48)").wait_for()
            self.assertGreaterEqual(page.locator("img").count(), 3)
            self.assertEqual(page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']").count(), 0)
            self.assertEqual(page.complaints, [])


def pixels(player):
    """What the player shows, as a number that changes with it."""
    return player.evaluate("""async e => {
        const shown = e.querySelector('img');
        await shown.decode();
        const canvas = document.createElement('canvas');
        canvas.width = 64, canvas.height = 64;
        const context = canvas.getContext('2d');
        context.drawImage(shown, 0, 0, 64, 64);
        return context.getImageData(0, 0, 64, 64).data.reduce((sum, v, i) => (sum * 31 + v + i) % 1000003, 7);
    }""")


if __name__ == "__main__":
    unittest.main(verbosity=2)
