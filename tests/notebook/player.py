"""The player of animations in a browser: `player.py PAGE BROWSER [SCREENSHOTS]`, PAGE being what `save html` wrote.

It must show every frame as Pillow reads it, step, play and listen to keys: on a page of its own, twice on one page, where
the page runs a copy of the script elsewhere as VS Code does, and be a moving picture where scripts do not run.
"""

import base64
import html
import io
import re
import sys
import tempfile
from pathlib import Path

import numpy as np
from browser import FLAGS, Player
from PIL import Image, ImageSequence
from playwright.sync_api import sync_playwright

PLAYER = "[data-rastra]"


def frames(text):
    data = base64.b64decode(re.search(r'src="data:image/png;base64,([^"]+)"', text)[1])
    with Image.open(io.BytesIO(data)) as image:
        return [np.array(frame.convert("RGBA")) for frame in ImageSequence.Iterator(image)]


def steps(player, wanted, labels):
    """Every control, from a player that does not play."""
    last = len(wanted) - 1
    player.root.focus()
    player.root.press("Home")
    for i, frame in enumerate(wanted):
        assert player.at() == i and labels[i] in player.label.inner_text(), (i, player.label.inner_text())
        assert (player.pixels() == frame).all(), f"frame {i} is another picture"
        assert player.slider.get_attribute("aria-valuetext") == labels[i]
        player.next.click()
    assert player.at() == 0, "the first frame follows on the last"
    player.back.click()
    assert player.at() == last
    player.slider.fill("1")
    assert player.at() == 1 and (player.pixels() == wanted[1]).all()
    player.slider.press("ArrowRight")
    assert player.at() == 2, "a slider moves by one step"
    player.root.focus()
    for key, at in [("ArrowRight", 3), ("ArrowLeft", 2), ("Home", 0), ("ArrowLeft", last), ("ArrowRight", 0), ("End", last)]:
        player.root.press(key)
        assert player.at() == at and not player.playing(), key
    player.root.press("Control+Home")
    assert player.at() == last, "keys of the browser are not taken"


def plays(page, player, fps):
    player.root.focus()
    player.root.press("Home")
    player.root.press(" ")
    assert player.playing()
    begin = player.at()
    page.wait_for_timeout(2500 / fps)
    assert player.at() != begin, "nothing moves"
    player.play.focus()
    player.play.press(" ")
    assert not player.playing(), "space on a button presses it, once"
    stopped = player.at()
    page.wait_for_timeout(2000 / fps)
    assert player.at() == stopped, "it goes on"


def extras(page, player, wanted, fps):
    """As wide as the picture, at another speed, once or again, saved, and what lies under the pointer."""
    wide = lambda part: round(part.bounding_box()["width"])
    assert abs(wide(player.slider) - wide(player.img)) <= 1
    last = len(wanted) - 1
    assert player.loop.get_attribute("aria-pressed") == "true"
    player.loop.click()
    assert player.loop.get_attribute("aria-pressed") == "false"
    player.speed.select_option("4")
    player.root.focus()
    player.root.press("Home")
    player.root.press(" ")
    page.wait_for_timeout(1000 * (last + 2) / (4 * fps))
    assert player.at() == last and not player.playing(), "once, and fast"
    player.loop.click()
    with page.expect_download() as saved:
        player.root.locator("a").click()
    with Image.open(saved.value.path()) as image:
        assert image.n_frames == len(wanted)
    player.root.focus()
    player.root.press("Home")
    box = player.img.bounding_box()
    player.img.hover(position={"x": box["width"] / 2, "y": box["height"] / 2})
    said = player.label.inner_text()
    assert re.search(r"≈ -?[\d.]+ +(lon|x) -?[\d.]+, (lat|y) -?[\d.]+", said), said
    player.slider.hover()
    assert "1/" in player.label.inner_text()


def main(path, browser, shots=None):
    text = Path(path).read_text()
    fragment = text[text.index("<body>") + 6 : text.index("</body>")]
    wanted = frames(text)
    labels, fps = re.search(r'\("\w+", (\[.*?\]), ([\d.]+), \w+, \{.*\}\);\s*</script>', text).groups()
    labels, fps = eval(labels), float(fps)
    assert len(labels) == len(wanted) > 3
    with sync_playwright() as p, tempfile.TemporaryDirectory() as folder:
        chromium = p.chromium.launch(executable_path=browser, args=FLAGS)

        def opened(body=None, policy="", **context):
            page = chromium.new_context(viewport={"width": 900, "height": 700}, **context).new_page()
            page.on("pageerror", lambda e: sys.exit(f"the script failed: {e}"))
            file = Path(path)
            if body is not None:
                file = Path(folder) / "page.html"
                head = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else ""
                file.write_text(f"<!DOCTYPE html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>")
            page.goto(file.resolve().as_uri())
            return page

        def one(page, i=0):
            return Player(page.locator(PLAYER).nth(i))

        for scheme in ["light", "dark"]:
            page = opened(color_scheme=scheme)
            player = one(page)
            assert not player.playing(), "it waits to be played"
            steps(player, wanted, labels)
            plays(page, player, fps)
            extras(page, player, wanted, fps)
            if shots:
                page.screenshot(path=f"{shots}/{scheme}.png")
        names = [player.root.get_attribute("aria-label"), player.img.get_attribute("alt"), player.slider.get_attribute("aria-label")]
        assert all(names), names

        page = opened(fragment + "<hr>" + fragment)
        for i in [0, 1]:
            one(page, i).next.click()
            steps(one(page, i), wanted, labels)
        one(page, 1).next.click()
        assert (one(page).at(), one(page, 1).at()) == (len(wanted) - 1, 0), "two players are one"

        # VS Code: markup without its script, then a copy of the script at the end of the container, run once for each show.
        script = re.search(r"<script>(.*?)</script>", fragment, re.S)
        markup = html.escape(fragment.replace(script[0], ""))
        copy = f"""<script>for (const where of ['a', 'b']) {{
          const c = document.getElementById(where), s = document.createElement('script');
          c.innerHTML = c.dataset.markup;
          s.textContent = document.getElementById('source').textContent;
          c.appendChild(s);
        }}</script>"""
        body = f"<div id=a data-markup='{markup}'></div><div id=b data-markup='{markup}'></div><script id=source type=text/plain>{script[1]}</script>{copy}"
        page = opened(body, policy="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'")
        for i in [0, 1]:
            one(page, i).next.click()
            assert one(page, i).slider.count() == 1
            steps(one(page, i), wanted, labels)

        page = opened(java_script_enabled=False)
        assert page.locator("button").count() == 0, "no button without a script behind it"
        seen = set()
        for _ in range(20):
            seen.add(page.screenshot())
            page.wait_for_timeout(600 / fps)
        assert len(seen) > 2, "the picture does not move without scripts"
        chromium.close()


main(*sys.argv[1:])
