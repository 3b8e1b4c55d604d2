"""The notebook of the examples as `nbconvert --execute` makes a page of it, opened in a browser; its player is used."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from browser import Browser, Player, shot

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
            player = Player(page.locator("[data-rastra][role=group]").first)
            player.root.scroll_into_view_if_needed()
            player.play.wait_for()
            shown = lambda: (player.at(), player.label.inner_text(), player.pixels().tobytes())

            if not player.playing():
                player.play.click()
            # It plays: in time another frame is there, with its date.
            player.moved()
            player.play.click()
            self.assertFalse(player.playing())
            stopped = shown()
            player.next.click()
            stepped = shown()
            for one, other in zip(stopped, stepped):
                self.assertNotEqual(one, other)
            player.back.click()
            self.assertEqual(shown(), stopped)
            player.root.focus()
            page.keyboard.press("ArrowRight")
            self.assertEqual(shown(), stepped)
            player.slider.fill("0")
            self.assertRegex(player.label.inner_text(), r"01 Jan 2024")
            shot(player.root, "player")

            # The rest of the page: a card, a table, maps; and no output is left as text alone.
            page.get_by_text("cube (time: 91, band: 1, y: 36, x: 48)").wait_for()
            self.assertGreaterEqual(page.locator("img").count(), 3)
            self.assertEqual(page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']").count(), 0)
            self.assertEqual(page.complaints, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
