"""Makes polygons of which most are invalid, and checks what Rastra counts in them against shapely, which is GEOS.

`polygons.py make FOLDER` writes `polygons.geojson`, `polygons.py check FOLDER` reads `out.parquet`.
"""

import json
import math
import random
import sys
from pathlib import Path

# The grid of `ramp 1 40`: 10 m from 500000, 5000000 to the east and south.
SIZE, EDGE, WEST, NORTH = 40, 10, 500_000, 5_000_000


def place(x, y):
    """From columns and rows to coordinates."""
    return [WEST + EDGE * x, NORTH - EDGE * y]


def corners(dice, count, at, reach):
    """On quarters of pixels, so that corners and edges often meet; now and then anywhere."""
    step = dice.choice([0.25, 1, None])
    of = lambda center: dice.uniform(center - reach, center + reach)
    snap = lambda v: v if step is None else round(v / step) * step
    return [place(snap(of(at[0])), snap(of(at[1]))) for _ in range(count)]


def star(dice, at, reach):
    """A ring that does not cross itself."""
    count = dice.randint(3, 12)
    angles = sorted(dice.uniform(0, 2 * math.pi) for _ in range(count))
    far = lambda: reach * dice.uniform(0.3, 1)
    return [place(at[0] + (r := far()) * math.cos(a), at[1] + r * math.sin(a)) for a in angles]


def ring(dice, at, reach):
    if dice.random() < 0.5:
        points = star(dice, at, reach)
    else:
        points = corners(dice, dice.randint(3, 9), at, reach)
    if dice.random() < 0.2:  # A corner twice.
        points.insert(1, points[0])
    if dice.random() < 0.2:  # A spike.
        points[1:1] = [corners(dice, 1, at, reach)[0], points[0]]
    return [*points, points[0]]


def polygon(dice, at):
    reach = dice.uniform(2, 8)
    holes = dice.choice([0, 0, 1, 2])
    near = lambda: [c + dice.uniform(-reach, reach) for c in at]
    return [ring(dice, at, reach), *(ring(dice, near(), reach / 2) for _ in range(holes))]


def make(folder):
    dice = random.Random(20)
    features = []
    for name in range(400):
        at = [dice.uniform(8, SIZE - 8), dice.uniform(8, SIZE - 8)]
        parts = [polygon(dice, [c + dice.uniform(-4, 4) for c in at]) for _ in range(dice.choice([1, 1, 2, 3]))]
        geometry = {"type": "MultiPolygon", "coordinates": parts}
        features.append({"type": "Feature", "properties": {"name": name}, "geometry": geometry})
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32631"}}
    text = json.dumps({"type": "FeatureCollection", "crs": crs, "features": features})
    (folder / "polygons.geojson").write_text(text)


def check(folder):
    import geopandas
    import numpy as np
    import shapely

    ours = geopandas.read_parquet(folder / "out.parquet").set_index("name")
    features = json.loads((folder / "polygons.geojson").read_text())["features"]
    columns, rows = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    lower, upper = (WEST + EDGE * columns, NORTH - EDGE * (rows + 1)), (WEST + EDGE * (columns + 1), NORTH - EDGE * rows)
    cells = shapely.box(lower[0], lower[1], upper[0], upper[1])
    values = 10 * rows + columns
    invalid = 0
    for feature in features:
        name, shape = feature["properties"]["name"], shapely.geometry.shape(feature["geometry"])
        invalid += not shape.is_valid
        # What has no area is dropped; GEOS would keep it as lines.
        wanted = shapely.make_valid(shape, method="structure", keep_collapsed=False)
        row = ours.loc[name]
        shares = shapely.area(shapely.intersection(cells, wanted)) / EDGE**2
        assert abs(row["count"] - shares.sum()) < 1e-6, (name, row["count"], shares.sum())
        if shares.sum() > 0:
            assert abs(row["sum"] - (shares * values).sum()) < 1e-3, (name, row["sum"], (shares * values).sum())
            # Rings that touch, but for the last digit of a corner, are to be made valid for what follows.
            ours_valid = shapely.make_valid(row.geometry, method="structure", keep_collapsed=False)
            assert ours_valid.symmetric_difference(wanted).area < 1e-6, name
    assert invalid > 200, invalid


{"make": make, "check": check}[sys.argv[1]](Path(sys.argv[2]))
