"""Sends requests that were made before and drops the answers, the least that can be done: replay.py PORT REQUESTS FILE

FILE has `[path, first, last]` a request. What was asked of a file first is asked before the rest, which it told about."""

import asyncio
import json
import sys

port, requests = int(sys.argv[1]), int(sys.argv[2])
with open(sys.argv[3]) as file:
    log = json.load(file)
seen, heads, rest = set(), [], []
for path, first, last in log:
    (rest if path in seen else heads).append((path, first, last))
    seen.add(path)


async def work(queue):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    while queue:
        path, first, last = queue.pop()
        ranged = f"range: bytes={first}-{last}\r\n" if last >= 0 else ""
        writer.write(f"GET {path} HTTP/1.1\r\nhost: replay\r\n{ranged}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
    writer.close()


async def main():
    for queue in (heads, rest):
        await asyncio.gather(*(work(queue) for _ in range(min(requests, len(queue)))))


asyncio.run(main())
