"""Files over HTTP with byte ranges, each answer after a while: serve.py FOLDER MILLISECONDS, prints its port.

`GET /requests` says which ranges were asked for, as `[path, first, last]`, how many at a time at most, and forgets them."""

import asyncio
import json
import os
import re
import sys

folder, latency = os.path.realpath(sys.argv[1]), float(sys.argv[2]) / 1000
log, now, most = [], 0, 0


async def answer(reader, writer):
    global now, most
    while head := await reader.readuntil(b"\r\n\r\n"):
        lines = head.decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        if path == "/requests":
            body = json.dumps({"log": log, "most": most}).encode()
            log.clear()
            most = 0
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
            continue
        now += 1
        most = max(most, now)
        await asyncio.sleep(latency)
        now -= 1
        file = os.path.realpath(folder + path.split("?")[0])
        if not file.startswith(folder) or not os.path.isfile(file):
            log.append([path, 0, -1])
            writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
            continue
        size, changed = os.path.getsize(file), os.stat(file).st_mtime_ns
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", headers.get("range", ""))
        first, last = 0, size - 1
        if wanted and wanted[1]:
            first, last = int(wanted[1]), min(int(wanted[2] or last), last)
        elif wanted:
            first = max(size - int(wanted[2]), 0)
        if first > last:
            writer.write(b"HTTP/1.1 416 Range Not Satisfiable\r\ncontent-length: 0\r\n\r\n")
            continue
        log.append([path, first, last])
        said = f"HTTP/1.1 {'206 Partial Content' if wanted else '200 OK'}\r\naccept-ranges: bytes\r\netag: \"{changed}\"\r\n"
        said += f"content-range: bytes {first}-{last}/{size}\r\n" if wanted else ""
        writer.write(f"{said}content-length: {last - first + 1}\r\n\r\n".encode())
        if method == "GET":
            with open(file, "rb") as opened:
                writer.write(os.pread(opened.fileno(), last - first + 1, first))
        await writer.drain()


async def client(reader, writer):
    try:
        await answer(reader, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(client, "127.0.0.1", 0, backlog=512, limit=1 << 16)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
