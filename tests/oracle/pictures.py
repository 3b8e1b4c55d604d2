"""Maps beside matplotlib: the color of every pixel of a cube, by norms and color maps of the same names.

`list` prints programs by name, each of which saves `OUT/NAME.png`; `check FOLDER` holds the pictures against matplotlib.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# A smooth map has 200 shades here and 256 there. A norm that is off by a hundredth is off by more.
SHADES = 5
# Between Brewer's colors there is a spline here and a straight line there; some others are formulas near the original.
SPLINES = 35

MAPS = "viridis plasma inferno magma cividis turbo cubehelix gray".split()
MAPS += "Blues Greens Greys Oranges Purples Reds BuGn BuPu GnBu OrRd PuBu PuBuGn PuRd RdPu YlGn YlGnBu YlOrBr YlOrRd".split()
MAPS += "BrBG PRGn PiYG PuOr RdBu RdGy RdYlBu RdYlGn Spectral coolwarm hsv terrain jet".split()


def dem():
    import rasterio

    with rasterio.open(ROOT / "examples/data/dem.tif") as file:
        return file.read(1).astype("f8")


def rain():
    import numpy as np
    import rasterio

    days = []
    for path in sorted((ROOT / "examples/data/rain").glob("*.tif")):
        with rasterio.open(path) as file:
            days.append(np.where(file.read(1) == -1, np.nan, file.read(1) * 0.1))
    # As `sum` has it: missing where no day is valid.
    total = np.nansum(days, axis=0)
    return np.where(np.isnan(days).all(axis=0), np.nan, total)


DEM = 'load files "examples/data/dem.tif"'
RAIN = 'load files "examples/data/rain/*.tif" | sum'


def pictures():
    """Name, program, values, and the norm and map of matplotlib."""
    import matplotlib.colors as mc
    import numpy as np

    low, high = np.nanmin(rain()), np.nanmax(rain())
    d, r = dem(), rain()
    reach = np.abs(d - 900).max()
    return [
        ("linear", f"{DEM} | plot", d, mc.Normalize(d.min(), d.max()), "viridis"),
        ("reversed", f"{RAIN} | plot cmap magma_r", r, mc.Normalize(low, high), "magma_r"),
        ("range", f"{DEM} | plot range 500..1500", d, mc.Normalize(500, 1500, clip=True), "viridis"),
        ("robust", f"{RAIN} | plot cmap plasma robust", r,
         mc.Normalize(*np.nanpercentile(r, [2, 98]), clip=True), "plasma"),
        ("power", f"{RAIN} | plot cmap plasma gamma 0.3", r, mc.PowerNorm(0.3, low, high), "plasma"),
        ("log", f"{RAIN} | plot cmap inferno scale log", r, mc.LogNorm(low, high), "inferno"),
        ("symlog", f"{DEM} | map v = _ - 900 | plot cmap viridis scale symlog threshold 50 linear_width 2", d - 900,
         mc.SymLogNorm(50, 2, d.min() - 900, d.max() - 900), "viridis"),
        ("midpoint", f"{DEM} | map v = _ - 600 | plot cmap magma scale midpoint center 0", d - 600,
         mc.TwoSlopeNorm(0, d.min() - 600, d.max() - 600), "magma"),
        ("center", f"{DEM} | plot cmap viridis center 900", d, mc.Normalize(900 - reach, 900 + reach), "viridis"),
        *((cmap, f"{DEM} | plot cmap {cmap}", d, mc.Normalize(d.min(), d.max()), cmap) for cmap in MAPS),
    ]


def boundary():
    """`BoundaryNorm` spreads its colors from end to end of the map, as levels do here."""
    import matplotlib
    import numpy as np

    edges = [200, 400, 700, 1100, 1600, 2100]
    colors = matplotlib.colormaps["viridis"](np.linspace(0, 1, len(edges) - 1))
    index = np.clip(np.digitize(dem(), edges) - 1, 0, len(edges) - 2)
    return colors[index] * 255


def inside(path):
    """The pixels of the map in a picture: what the frame encloses."""
    import numpy as np
    from PIL import Image

    image = np.asarray(Image.open(path).convert("RGBA")).astype(int)
    ink = (image[:, :, :3] == 38).all(axis=2)
    rows, columns = (np.flatnonzero(ink.sum(axis=a) > 0.5 * ink.shape[a]) for a in (1, 0))
    return image[rows[0] + 1 : rows[-1], columns[0] + 1 : columns[-1]]


def cells(image, shape):
    """The middle of each pixel of the cube."""
    import numpy as np

    y, x = (((np.arange(n) + 0.5) * size / n).astype(int) for n, size in zip(shape, image.shape))
    return image[np.ix_(y, x)]


def check(folder):
    import matplotlib
    import numpy as np

    wrong = []
    expected = [
        (name, values, matplotlib.colormaps[cmap](norm(np.nan_to_num(values, nan=low_of(values)))) * 255)
        for name, _, values, norm, cmap in pictures()
    ]
    expected.append(("boundary", dem(), boundary()))
    for name, values, colors in expected:
        drawn = cells(inside(folder / f"{name}.png"), values.shape)
        missing = np.isnan(values)
        if (drawn[..., 3] == 0).tolist() != missing.tolist():
            wrong.append(f"{name}: other pixels are transparent than are missing")
        off = np.abs(drawn[..., :3] - colors[..., :3]).max(axis=2)[~missing]
        print(f"{name:<10} {off.size} pixels, at most {off.max():.0f} off, {off.mean():.1f} on the whole")
        if off.max() > (SPLINES if name in MAPS else SHADES):
            wrong.append(f"{name}: a color is {off.max():.0f} off")
    if wrong:
        sys.exit("\n".join(wrong))


def low_of(values):
    import numpy as np

    return np.nanmin(values)


if __name__ == "__main__":
    if sys.argv[1] == "list":
        programs = {name: program for name, program, *_ in pictures()}
        programs["boundary"] = f"{DEM} | plot cmap viridis levels [200 400 700 1100 1600 2100]"
        saved = {name: f'{text} colorbar none size 700 560 | save png "OUT/{name}.png"' for name, text in programs.items()}
        print(json.dumps(saved))
    else:
        check(Path(sys.argv[2]))
