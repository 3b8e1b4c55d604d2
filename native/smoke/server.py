"""Files on loopback, with byte ranges: `server.py FOLDER CERTIFICATE KEY` prints the ports for http and https, and serves until its input ends."""

import functools
import http.server
import io
import re
import ssl
import sys
import threading


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def send_head(self):
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range", ""))
        if not wanted:
            return super().send_head()
        try:
            with open(self.translate_path(self.path), "rb") as file:
                body = file.read()
        except OSError:
            return self.send_error(404)
        first, last = int(wanted[1]), min(int(wanted[2] or len(body)), len(body) - 1)
        if first > last:
            return self.send_error(416)
        self.send_response(206)
        self.send_header("content-range", f"bytes {first}-{last}/{len(body)}")
        self.send_header("content-length", str(last + 1 - first))
        self.end_headers()
        return io.BytesIO(body[first : last + 1])

    def log_message(self, *_):
        pass


folder, certificate, key = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
ports = []
for is_safe in (False, True):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    if is_safe:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ports.append(server.server_port)
print(*ports, flush=True)
sys.stdin.read()
