"""Catalogs for the tests whose pages never end, come late, or wait for one another.

`pages.py FOLDER` prints its port. The first part of the path says how the list of items at `/HOW/items` behaves:

    /repeat     the `next` link of each page leads to the page itself
    /circle     that of the third page leads to the first
    /endless    each page has one new item, for ever
    /same       each page has another address and the same item, for ever
    /empty      no page has an item, for ever
    /gaps       five empty pages after each one with an item, and four items in all
    /numbers    60 items, ten a page, in numbered pages, and how many there are; the second page is not answered before the
                third and fourth are asked for
    /offsets    the same by offsets
    /wrong      the same, but the third page says that the next is page 6, and then there are no more
    /tokens     20 items, ten a page; the second page is not answered before the heads of all files of the first are asked for
    /chain      catalogs, each with one below it, for ever
    /silent     nothing is answered
    /long       says that 10^15 bytes come, sends a few and hangs up
    /later      busy: come back in an hour

Other paths are files of the folder, in ranges. `/log` lists the requests so far.
"""

import argparse
import http.server
import json
import os
import re
import threading
import time
import urllib.parse

import parent

args = argparse.ArgumentParser()
args.add_argument("folder")
args = args.parse_args()

news = threading.Condition()
log = []


def asked(test):
    """Waits until a request that passes the test has come; whether it has."""
    with news:
        return news.wait_for(lambda: any(test(path) for path in log), 20)


def item(number, href="a.tif", **more):
    proj = {"proj:epsg": 32632, "proj:shape": [512, 512], "proj:transform": [10, 0, 500_000, 0, -10, 5_000_000]}
    return {
        "type": "Feature", "stac_version": "1.0.0", "id": f"i{number:04}", "links": [], "collection": "one",
        "bbox": [9.0, 45.1, 9.065, 45.16],
        "properties": {"datetime": f"{2018 + number // 336}-{number // 28 % 12 + 1:02}-{number % 28 + 1:02}T10:00:00Z",
                       "eo:cloud_cover": number % 100, **(proj | more)},
        "assets": {"red": {"href": f"/{href}", "type": "image/tiff", "raster:bands": [
            {"data_type": "float32", "nodata": -1, "scale": 1, "offset": 0}]}},
    }


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path == "/log":
            return self.json(log)
        with news:
            log.append(self.path)
            news.notify_all()
        url = urllib.parse.urlsplit(self.path)
        query = {key: values[0] for key, values in urllib.parse.parse_qs(url.query).items()}
        number = int(query.get("page", 1))
        match url.path.strip("/").split("/"):
            case ["repeat", _]:
                self.page([item(number)], self.path)
            case ["circle", _]:
                self.page([item(number)], "items" if number == 3 else f"items?page={number + 1}")
            case ["endless", _]:
                self.page([item(number)], f"items?page={number + 1}")
            case ["same", _]:
                self.page([item(1)], f"items?page={number + 1}")
            case ["empty", _]:
                self.page([], f"items?page={number + 1}")
            case ["gaps", _]:
                self.page([item(number)] if number % 6 == 1 else [], f"items?page={number + 1}" if number < 19 else None)
            case ["numbers" | "wrong" as how, _]:
                if number == 2 and not asked(lambda p: "page=3" in p) | asked(lambda p: "page=4" in p):
                    return self.answer(500, b"")
                if how == "wrong" and number >= 6:
                    return self.page([item(99)], None)
                following = 6 if how == "wrong" and number == 3 else number + 1
                items = [item(i) for i in range(number * 10 - 10, number * 10)]
                self.page(items, f"items?page={following}" if number < 6 else None, numberMatched=60)
            case ["offsets", _]:
                start = int(query.get("offset", 0))
                if start == 10 and not asked(lambda p: "offset=20" in p) | asked(lambda p: "offset=30" in p):
                    return self.answer(500, b"")
                items = [item(i) for i in range(start, start + 10)]
                self.page(items, f"items?offset={start + 10}" if start < 50 else None, context={"matched": 60})
            case ["tokens", _]:
                if query.get("token"):
                    heads = [f"/heads/{i}/a.tif" for i in range(10)]
                    if not all(asked(lambda p: p == head) for head in heads):
                        return self.answer(500, b"")
                start = int(query.get("token", 0))
                items = [item(i, f"heads/{i}/a.tif", **{"proj:shape": None}) for i in range(start, start + 10)]
                self.page(items, "items?token=10" if not start else None)
            case ["heads", _, *rest]:
                self.file("/".join(rest))
            case ["chain", *_]:
                self.json({"type": "Catalog", "id": "c", "links": [{"rel": "child", "href": f"items?page={number + 1}"}]})
            case ["silent", *_]:
                time.sleep(600)
            case ["long", *_]:
                self.send_response(200)
                self.send_header("content-length", str(10**15))
                self.end_headers()
                self.wfile.write(b"[]")
                self.close_connection = True
            case ["later", *_]:
                self.send_response(503)
                self.send_header("retry-after", "3600")
                self.send_header("content-length", "0")
                self.end_headers()
            case _:
                self.file(url.path)

    def page(self, items, following, **more):
        links = [{"rel": "next", "href": following}] if following else []
        self.json({"type": "FeatureCollection", "features": items, "links": links, **more})

    def file(self, path):
        path = os.path.join(args.folder, path.lstrip("/"))
        if not os.path.isfile(path):
            return self.answer(404, b"")
        with open(path, "rb") as file:
            data = file.read()
        wanted = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("range") or "")
        if not wanted:
            return self.answer(200, data)
        start, end = int(wanted[1]), min(int(wanted[2] or len(data) - 1), len(data) - 1)
        self.answer(206, data[start:end + 1], ("content-range", f"bytes {start}-{end}/{len(data)}"))

    def json(self, value):
        self.answer(200, json.dumps(value).encode())

    def answer(self, code, data, *headers):
        self.send_response(code)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


parent.serve(Handler)
