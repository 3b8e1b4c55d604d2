"""Ends a server with the test that started it, also where the test was killed: its end of the pipe is then closed."""

import http.server
import os
import sys
import threading


def serve(handler):
    """Answers on a port of this machine, which is printed, until the test ends."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    end_with_it()
    print(server.server_port, flush=True)
    server.serve_forever()


def end_with_it():
    def wait():
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
