"""A web server for the tests: files with byte ranges, faults on demand, and token endpoints.

`web.py FOLDER` prints its port. What a request meets is said by the first parts of its path:

    /a.tif                    the file
    /status/403/a.tif         that status, always
    /status/503/2/a.tif       that status for the first 2 requests of each method, then the file
    /drop/2/a.tif             the connection is dropped for the first 2 requests of each method (0: always), then the file
    /cut/2/a.tif              the same in the middle of the body
    /after/3/403/a.tif        the file for the first 3 requests, then that status
    /slow/5/a.tif             the file after so many seconds
    /bearer/a.tif             the file, if the request carries a bearer token this server gave out and that is still good
    /moved/HOST:PORT/...      a redirect to another server

A request for `http://ACCOUNT.blob.core.windows.net/CONTAINER/..`, which reaches this server as a proxy, needs a
signature of that container that is still good. Tokens come from `/token/sas/ACCOUNT/CONTAINER`, `/token/earthdata` and
`/token/openid` and live for `--lifetime` seconds, whatever they `--claim`. `/log` lists the requests so far.
"""

import argparse
import base64
import datetime
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
args.add_argument("--lifetime", type=float, default=3600)
args.add_argument("--etags", action="store_true", help="say which version of a file is sent")
args.add_argument("--claim", type=float, help="the lifetime that is stated, where it is not the true one")
args = args.parse_args()
stated = args.claim or args.lifetime

lock = threading.Lock()
seen = {}
log = []
# Tokens that were given out, what each opens, and until when.
tokens = {}


def new_token(opens):
    """A token that is like no other: what is printed of it is a leak."""
    with lock:
        token = f"HUSH-{opens.replace('/', '-')}-{len(tokens)}"
        tokens[token] = (opens, time.time() + args.lifetime)
    return token


def opens(token, what):
    return token in tokens and tokens[token][0] == what and time.time() < tokens[token][1]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer(True)

    def do_HEAD(self):
        self.answer(False)

    def do_POST(self):
        length = int(self.headers.get("content-length", 0))
        form = urllib.parse.parse_qs(self.rfile.read(length).decode())
        self.note({key: values[0] for key, values in form.items()})
        if self.path == "/token/earthdata":
            user = base64.b64encode(b"user:HUSH-password").decode()
            if self.headers.get("authorization") != f"Basic {user}":
                return self.json(401, {"error": "invalid_credentials"})
            day = datetime.date.today() + datetime.timedelta(days=60)
            return self.json(200, {"access_token": new_token("bearer"), "expiration_date": f"{day:%m/%d/%Y}"})
        if self.path == "/token/openid":
            grant = form.get("grant_type", [""])[0]
            by_password = grant == "password" and form.get("password") == ["HUSH-password"]
            by_refresh = grant == "refresh_token" and opens(form.get("refresh_token", [""])[0], "refresh")
            if not (by_password or by_refresh):
                return self.json(401, {"error": "invalid_grant"})
            return self.json(200, {
                "access_token": new_token("bearer"), "expires_in": stated,
                "refresh_token": new_token("refresh"), "refresh_expires_in": stated * 2,
            })
        self.status(404)

    def note(self, form=None):
        with lock:
            log.append({
                "method": self.command, "path": self.path, "range": self.headers.get("range"),
                "authorization": self.headers.get("authorization"), "payer": self.headers.get("x-amz-request-payer"),
                "key": self.headers.get("ocp-apim-subscription-key"), "form": form, "time": time.time(),
            })

    def count(self, what):
        """How often this method asked for this before."""
        with lock:
            n = seen.get((self.command, what), 0)
            seen[self.command, what] = n + 1
        return n

    def answer(self, body):
        if self.path == "/log":
            return self.json(200, log)
        self.note()
        url = urllib.parse.urlsplit(self.path)
        path, query = url.path, urllib.parse.parse_qs(url.query)
        if url.netloc.endswith(".blob.core.windows.net"):
            container = f"{url.netloc.split('.')[0]}/{path.split('/')[1]}"
            if not opens(query.get("sig", [""])[0], container):
                return self.status(403)
            return self.file(path, body)
        match path.strip("/").split("/"):
            case ["token", "sas", account, container]:
                end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=stated)
                token = new_token(f"{account}/{container}")
                self.json(200, {"msft:expiry": f"{end:%Y-%m-%dT%H:%M:%S.%fZ}", "token": f"se={end:%Y}&sig={token}"})
            case ["status", code, times, *rest] if times.isdigit():
                if self.count(path) < int(times):
                    return self.status(int(code))
                self.file("/".join(rest), body)
            case ["status", code, *_]:
                self.status(int(code))
            case ["after", times, code, *rest]:
                with lock:
                    seen[path] = seen.get(path, 0) + 1
                self.file("/".join(rest), body) if seen[path] <= int(times) else self.status(int(code))
            case ["drop", times, *rest]:
                if times == "0" or self.count(path) < int(times):
                    self.close_connection = True
                    return
                self.file("/".join(rest), body)
            case ["cut", times, *rest]:
                cut = body and (times == "0" or self.count(path) < int(times))
                self.file("/".join(rest), body, cut)
            case ["slow", seconds, *rest]:
                time.sleep(float(seconds))
                self.file("/".join(rest), body)
            case ["bearer", *rest]:
                kind, _, token = self.headers.get("authorization", "").partition(" ")
                if kind != "Bearer" or not (opens(token, "bearer") or token == "HUSH-fixed"):
                    return self.status(401)
                self.file("/".join(rest), body)
            case ["moved", host, *rest]:
                self.send_response(302)
                self.send_header("location", f"http://{host}/{'/'.join(rest)}")
                self.send_header("content-length", "0")
                self.end_headers()
            case _:
                self.file(path, body)

    def file(self, path, body, cut=False):
        path = os.path.join(args.folder, urllib.parse.unquote(path).lstrip("/"))
        if not os.path.isfile(path):
            return self.status(404)
        with open(path, "rb") as file:
            data = file.read()
        total = len(data)
        wanted = re.match(r"bytes=(\d*)-(\d*)", self.headers.get("range") or "")
        if wanted:
            start = int(wanted[1]) if wanted[1] else max(total - int(wanted[2]), 0)
            if start >= total:
                return self.status(416)
            end = min(int(wanted[2]), total - 1) if wanted[1] and wanted[2] else total - 1
            data = data[start:end + 1]
            self.send_response(206)
            self.send_header("content-range", f"bytes {start}-{end}/{total}")
        else:
            self.send_response(200)
        self.send_header("accept-ranges", "bytes")
        if args.etags:
            self.send_header("etag", f'"{os.stat(path).st_mtime_ns}"')
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        if cut:
            self.wfile.write(data[:len(data) // 2])
            self.close_connection = True
        elif body:
            self.wfile.write(data)

    def status(self, code):
        self.send_response(code)
        if code in (429, 503):
            self.send_header("retry-after", "1")
        self.send_header("content-length", "0")
        self.end_headers()

    def json(self, code, value):
        data = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


parent.serve(Handler)
