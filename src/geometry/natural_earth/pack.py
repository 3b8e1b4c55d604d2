#!/usr/bin/env python3
"""Packs the coasts and borders of Natural Earth for the binary.

Natural Earth is in the public domain. Its countries are taken as TopoJSON from `world-atlas` 2.0.2, an npm package under
the ISC licence, where borders are lines that countries share and the cuts at 180 degrees are mended:

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python3 pack.py package/countries-110m.json lines_110m.bin
    python3 pack.py package/countries-50m.json lines_50m.bin

A packed file is a zlib stream of: four little-endian doubles (scale and offset of x, scale and offset of y, in degrees);
then for each line whether it is a border (1) or a coast (0), its number of points, and the differences from each point to
the next, x before y, beginning at 0, 0. Whole numbers are LEB128, differences in zigzag.
"""

import collections
import json
import struct
import sys
import zlib


def shared(geometries):
    """How many countries use each arc."""
    count = collections.Counter()

    def walk(arcs):
        if isinstance(arcs, int):
            count[arcs if arcs >= 0 else ~arcs] += 1
        else:
            for part in arcs:
                walk(part)

    for geometry in geometries:
        walk(geometry.get("arcs", []))
    return count


def whole(value):
    out = bytearray()
    while True:
        low, value = value & 0x7F, value >> 7
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)


def signed(value):
    return whole(value << 1 if value >= 0 else (-value << 1) - 1)


def pieces(arc, place):
    """The lines of an arc, without those along the edges of the map, which are no coast."""
    def on_edge(point):
        x, y = place(point)
        return abs(abs(x) - 180) < 1e-3, y < -89.9

    line = []
    for point in arc:
        if line and any(a and b for a, b in zip(on_edge(line[-1]), on_edge(point))):
            yield line
            line = []
        line.append(point)
    yield line


def main(source, target):
    with open(source, encoding="utf-8") as file:
        topology = json.load(file)
    (sx, sy), (ox, oy) = topology["transform"]["scale"], topology["transform"]["translate"]
    uses = shared(topology["objects"]["countries"]["geometries"])
    out = bytearray(struct.pack("<4d", sx, ox, sy, oy))
    for number, arc in enumerate(topology["arcs"]):
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x, y))
        for line in pieces(points, lambda p: (p[0] * sx + ox, p[1] * sy + oy)):
            if len(line) < 2:
                continue
            out += whole(int(uses[number] > 1)) + whole(len(line))
            last = (0, 0)
            for point in line:
                out += signed(point[0] - last[0]) + signed(point[1] - last[1])
                last = point
    with open(target, "wb") as file:
        file.write(zlib.compress(bytes(out), 9))


if __name__ == "__main__":
    main(*sys.argv[1:])
