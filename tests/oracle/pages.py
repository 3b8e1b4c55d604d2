"""`pages.py PNG PDF SVG BROWSER`: a figure as PDF, drawn by PDFium, and as SVG, drawn by a browser, look as its PNG does.

They are drawn by other programs, so that edges differ by a pixel: what is compared are means over small squares.
"""

import io
import sys
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image
from playwright.sync_api import sync_playwright

# Pixels along a square, and how much its mean may differ of 255.
SQUARE, APART = 12, 26


def squares(image):
    pixels = np.asarray(image.convert("RGB"), dtype=float)
    height, width = (n // SQUARE * SQUARE for n in pixels.shape[:2])
    parts = pixels[:height, :width].reshape(height // SQUARE, SQUARE, width // SQUARE, SQUARE, 3)
    return parts.mean(axis=(1, 3))


def on_white(image):
    image = image.convert("RGBA")
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image)
    return ground


def main(png, pdf, svg, browser):
    wanted = on_white(Image.open(png))
    dpi = wanted.info.get("dpi", Image.open(png).info.get("dpi", (96, 96)))[0]
    page = pypdfium2.PdfDocument(pdf)[0]
    size = [n / dpi * 72 for n in wanted.size]
    assert np.allclose(page.get_size(), size, atol=0.5), (page.get_size(), size)
    drawn = page.render(scale=wanted.width / page.get_size()[0]).to_pil()
    with sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        tab = chromium.new_page(viewport={"width": wanted.width, "height": wanted.height})
        tab.set_content(f"<body style='margin:0'>{Path(svg).read_text()}</body>")
        shown = Image.open(io.BytesIO(tab.screenshot()))
        chromium.close()
    assert "<text" not in Path(svg).read_text(), "letters are paths"
    for name, image in [("pdf", drawn), ("svg", shown)]:
        assert abs(image.width - wanted.width) <= 1 and abs(image.height - wanted.height) <= 1, (name, image.size, wanted.size)
        image = image.resize(wanted.size) if image.size != wanted.size else image
        apart = np.abs(squares(image) - squares(wanted)).max(axis=2)
        assert apart.max() < APART, f"{name}: {apart.max():.0f} of 255 apart at {np.unravel_index(apart.argmax(), apart.shape)}"


main(*sys.argv[1:])
