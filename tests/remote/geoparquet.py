"""Items as STAC-GeoParquet 1.0, written by pyarrow: a row an item, properties beside the rest, times as timestamps, the
geometry as well-known binary, the box as a struct.

`geoparquet.py ITEMS.json OUT.parquet [--rows N] [--unit us|ns|ms] [--no-bbox] [--map] [--json] [--compression NAME]`
"""

import argparse
import datetime
import json

import pyarrow
import pyarrow.parquet
import shapely.geometry

args = argparse.ArgumentParser()
args.add_argument("items")
args.add_argument("out")
args.add_argument("--rows", type=int, default=50)
args.add_argument("--unit", default="us")
args.add_argument("--no-bbox", action="store_true")
args.add_argument("--map", action="store_true", help="assets as a map")
args.add_argument("--json", action="store_true", help="assets as text")
args.add_argument("--compression", default="zstd")
args.add_argument("--no-statistics", action="store_true")
args = args.parse_args()

TIMES = ["datetime", "start_datetime", "end_datetime", "created", "updated"]


def row(item):
    west, south, east, north = item["bbox"]
    out = {
        "id": item["id"], "type": "Feature", "stac_version": item.get("stac_version"), "stac_extensions": [],
        "collection": item.get("collection"), "links": item.get("links", []), "assets": item["assets"],
        "bbox": {"xmin": west, "ymin": south, "xmax": east, "ymax": north},
        "geometry": shapely.geometry.shape(item["geometry"]).wkb,
    }
    for name, value in item["properties"].items():
        is_time = name in TIMES and value is not None
        out[name] = datetime.datetime.fromisoformat(value) if is_time else value
    if args.no_bbox:
        del out["bbox"]
    return out


rows = [row(item) for item in json.load(open(args.items))["features"]]
names = list(dict.fromkeys(name for item in rows for name in item))
columns = []
for name in names:
    values = [item.get(name) for item in rows]
    kind = None
    if name in TIMES:
        kind = pyarrow.timestamp(args.unit, tz="UTC")
    if name == "assets" and args.json:
        values = [json.dumps(value) for value in values]
        kind = pyarrow.string()
    elif name == "assets" and args.map:
        value = pyarrow.array([asset for value in values for asset in value.values()]).type
        values = [list(value.items()) for value in values]
        kind = pyarrow.map_(pyarrow.string(), value)
    columns.append(pyarrow.array(values, kind))
table = pyarrow.table(columns, names=names)
if args.json:
    # What tells text that is JSON from other text.
    at = names.index("assets")
    table = table.set_column(at, "assets", table["assets"].combine_chunks().cast(pyarrow.json_(pyarrow.string())))
head = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
table = table.replace_schema_metadata({"geo": json.dumps(head)})
pyarrow.parquet.write_table(
    table, args.out, row_group_size=args.rows, compression=args.compression, write_statistics=not args.no_statistics,
)
