"""Ends a server with the test that started it, also where the test was killed: its end of the pipe is then closed."""

import os
import sys
import threading


def end_with_it():
    def wait():
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
