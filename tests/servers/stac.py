"""A STAC API for the tests: stac-fastapi, which checks requests and writes the landing page, over a list in memory.

`stac.py ITEMS.json` prints its port. What a search filters by properties is decided by the `cql2` library. Pages are
linked by POST documents to be merged (`--links merge`), by whole documents (`whole`), or by addresses (`get`). With
`--basic` it neither filters nor sorts, with `--get-only` it takes no POST. `--busy N` answers 429 to every N-th search.
`/log` lists the searches so far.
"""

import argparse
import json
import socket
import time

import attr
import cql2
import parent
import uvicorn
from fastapi import Request
from fastapi.responses import JSONResponse
from shapely.geometry import box, shape
from stac_fastapi.api.app import StacApi
from stac_fastapi.api.models import create_get_request_model, create_post_request_model
from stac_fastapi.extensions.filter import SearchFilterExtension
from stac_fastapi.extensions.filter.client import BaseFiltersClient
from stac_fastapi.extensions.pagination import TokenPaginationExtension
from stac_fastapi.extensions.sort import SortExtension
from stac_fastapi.types.config import ApiSettings
from stac_fastapi.types.core import BaseCoreClient
from stac_fastapi.types.errors import NotFoundError
from stac_fastapi.types.rfc3339 import str_to_interval, rfc3339_str_to_datetime

parser = argparse.ArgumentParser()
parser.add_argument("items")
parser.add_argument("--links", choices=["merge", "whole", "get"], default="merge")
parser.add_argument("--basic", action="store_true")
parser.add_argument("--get-only", action="store_true")
parser.add_argument("--busy", type=int, default=0)
parser.add_argument("--most", type=int, default=10000)
args = parser.parse_args()

ITEMS = json.load(open(args.items))["features"]
# As APIs do, the latest first.
ITEMS.sort(key=lambda item: item["properties"]["datetime"], reverse=True)
COLLECTIONS = sorted({item["collection"] for item in ITEMS})
LOG = []


def instants(value):
    """The ends of an interval, either of which may be open."""
    if isinstance(value, str):
        value = str_to_interval(value)
    if isinstance(value, tuple):
        return value
    return (value, value)


def matches(item, wanted):
    if wanted.get("collections") and item["collection"] not in wanted["collections"]:
        return False
    if wanted.get("datetime"):
        start, end = instants(wanted["datetime"])
        at = rfc3339_str_to_datetime(item["properties"]["datetime"])
        if (start and at < start) or (end and at > end):
            return False
    where = shape(item["geometry"])
    if wanted.get("bbox") and not where.intersects(box(*wanted["bbox"])):
        return False
    if wanted.get("intersects") and not where.intersects(shape(wanted["intersects"])):
        return False
    return not wanted.get("filter") or cql2.Expr(wanted["filter"]).matches(item)


@attr.s
class Client(BaseCoreClient):
    def found(self, wanted, request, post):
        LOG.append({"method": "POST" if post else "GET", "asked": json.loads(json.dumps(wanted, default=str))})
        items = [item for item in ITEMS if matches(item, wanted)]
        for key in reversed(wanted.get("sortby") or []):
            field = key["field"].removeprefix("properties.")
            items.sort(key=lambda i: i["properties"].get(field), reverse=key["direction"] == "desc")
        start, limit = int(wanted.get("token") or 0), min(wanted.get("limit") or 10, args.most)
        page = {"type": "FeatureCollection", "features": items[start:start + limit], "links": []}
        after = str(start + limit)
        base = str(request.base_url)
        if start + limit < len(items):
            if args.links == "get" or not post:
                link = {"href": str(request.url.include_query_params(token=after)), "method": "GET"}
            elif args.links == "merge":
                link = {"href": base + "search", "method": "POST", "body": {"token": after}, "merge": True}
            else:
                whole = {**{k: v for k, v in wanted.items() if v is not None}, "token": after}
                if "filter" in whole:
                    whole["filter-lang"] = "cql2-json"
                link = {"href": "search", "method": "POST", "body": json.loads(json.dumps(whole, default=str))}
            page["links"].append({"rel": "next", "type": "application/geo+json", **link})
        # Not through the models, which are for writing: what was read goes out as it is.
        return JSONResponse(page, media_type="application/geo+json")

    def post_search(self, search_request, *, request: Request, **_):
        wanted = search_request.model_dump(by_alias=True, exclude_none=True, mode="json")
        return self.found(wanted, request, True)

    def get_search(self, *, request: Request, collections=None, bbox=None, datetime=None, limit=None, token=None,
                   sortby=None, **_):
        keys = [{"field": k.lstrip("+-"), "direction": "desc" if k[0] == "-" else "asc"} for k in sortby or []]
        wanted = {"collections": collections, "bbox": bbox, "datetime": datetime, "limit": limit, "token": token}
        return self.found({**wanted, "sortby": keys}, request, False)

    def collection(self, name, request):
        base = str(request.base_url)
        link = lambda rel, path: {"rel": rel, "href": base + path, "type": "application/json"}
        return {
            "type": "Collection", "stac_version": "1.0.0", "id": name, "description": name, "license": "other",
            "extent": {"spatial": {"bbox": [[-180, -90, 180, 90]]}, "temporal": {"interval": [[None, None]]}},
            "links": [link("self", f"collections/{name}"), link("root", ""), link("items", f"collections/{name}/items")],
        }

    def all_collections(self, *, request: Request, **_):
        return {"collections": [self.collection(c, request) for c in COLLECTIONS], "links": []}

    def get_collection(self, collection_id, *, request: Request, **_):
        if collection_id not in COLLECTIONS:
            raise NotFoundError(f"collection {collection_id} does not exist")
        return self.collection(collection_id, request)

    def item_collection(self, collection_id, bbox=None, datetime=None, limit=10, token=None, *, request: Request, **_):
        wanted = {"collections": [collection_id], "bbox": bbox, "datetime": datetime, "limit": limit, "token": token}
        return self.found(wanted, request, False)

    def get_item(self, item_id, collection_id, **_):
        for item in ITEMS:
            if (item["id"], item["collection"]) == (item_id, collection_id):
                return item
        raise NotFoundError(f"item {item_id} does not exist")

    def landing_page(self, **kwargs):
        page = super().landing_page(**kwargs)
        if args.get_only:
            page["links"] = [l for l in page["links"] if l.get("method") != "POST"]
        return page


class Queryables(BaseFiltersClient):
    def get_queryables(self, collection_id=None, **_):
        names = {key for item in ITEMS for key in item["properties"]}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
            "properties": {name: {} for name in sorted(names)}, "additionalProperties": False,
        }


extensions = [TokenPaginationExtension()]
if not args.basic:
    extensions += [SearchFilterExtension(client=Queryables()), SortExtension()]
api = StacApi(
    settings=ApiSettings(enable_response_models=False), client=Client(extensions=extensions), extensions=extensions,
    search_get_request_model=create_get_request_model(extensions),
    search_post_request_model=create_post_request_model(extensions),
)
app = api.app
searches = [0]


@app.middleware("http")
async def faults(request, call_next):
    if request.url.path == "/log":
        return JSONResponse(LOG)
    if request.url.path == "/search":
        searches[0] += 1
        if args.get_only and request.method == "POST":
            return JSONResponse({"detail": "Method Not Allowed"}, 405)
        if args.busy and searches[0] % args.busy == 0:
            return JSONResponse({"code": "TooManyRequests"}, 429, headers={"retry-after": "1"})
    return await call_next(request)


server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(128)
parent.end_with_it()
print(server.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[server])
