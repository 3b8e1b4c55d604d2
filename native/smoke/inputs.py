"""Inputs that Rastra reads and does not write: `inputs.py FOLDER` puts a GRIB file, a GeoPackage and a JPEG 2000 there."""

import base64
import pathlib
import sqlite3
import struct
import sys

folder = pathlib.Path(sys.argv[1])


def grib():
    """Numbers from 0 to 47 on eight columns and six rows of degrees, as edition 1 packs them."""
    three = lambda n: n.to_bytes(3, "big")
    # The sign of an angle is its first bit.
    angle = lambda degrees: three(abs(degrees) * 1000 | (1 << 23 if degrees < 0 else 0))
    columns, rows = 8, 6
    when = bytes([20, 1, 1, 0, 0])
    product = three(28) + bytes([3, 98, 0, 255, 128, 11, 1, 0, 0]) + when + bytes([1, 0, 0, 0, 0, 0, 0, 21, 0, 0, 0])
    grid = three(32) + bytes([0, 255, 0]) + struct.pack(">HH", columns, rows)
    grid += angle(50) + angle(5) + b"\x80" + angle(45) + angle(12) + struct.pack(">HH", 1000, 1000) + bytes(5)
    values = bytes(range(columns * rows)) + b"\0"
    data = three(11 + len(values)) + b"\x08" + bytes(2) + bytes(4) + b"\x08" + values
    whole = 8 + len(product) + len(grid) + len(data) + 4
    return b"GRIB" + three(whole) + b"\x01" + product + grid + data + b"7777"


def geopackage(path):
    """One polygon: the first four pixels of a ramp."""
    ring = [(500000, 4999980), (500020, 4999980), (500020, 5000000), (500000, 5000000), (500000, 4999980)]
    shape = struct.pack("<2sBBi", b"GP", 0, 1, 32631) + struct.pack("<BIII", 1, 3, 1, len(ring))
    shape += b"".join(struct.pack("<dd", *point) for point in ring)
    with sqlite3.connect(path) as db:
        db.executescript(
            """
            PRAGMA application_id = 1196444487;
            PRAGMA user_version = 10300;
            CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
                organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
            INSERT INTO gpkg_spatial_ref_sys VALUES ('UTM 31N', 32631, 'EPSG', 32631, 'undefined', NULL);
            CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT, description TEXT,
                last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER);
            INSERT INTO gpkg_contents VALUES ('zones', 'features', 'zones', '', '2020-01-01T00:00:00Z',
                500000, 4999980, 500020, 5000000, 32631);
            CREATE TABLE gpkg_geometry_columns (table_name TEXT PRIMARY KEY, column_name TEXT NOT NULL,
                geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL);
            INSERT INTO gpkg_geometry_columns VALUES ('zones', 'geom', 'POLYGON', 32631, 0, 0);
            CREATE TABLE zones (fid INTEGER PRIMARY KEY, geom BLOB, name TEXT);
            """
        )
        db.execute("INSERT INTO zones VALUES (1, ?, 'square')", [shape])


# `ramp 1 16` as `gdal_translate` writes it without loss.
JP2 = """
AAAADGpQICANCocKAAAAFGZ0eXBqcDIgAAAAAGpwMiAAAAAtanAyaAAAABZpaGRyAAAAEAAAABAAAY8HAAAAAAAPY29scgEAAAAAABEAAAF2dXVpZLFL+L0I
PUtDpa6M19WmzgNJSSoACgAAAAAADgAAAQMAAQAAAAEAAAABAQMAAQAAAAEAAAACAQMAAQAAAAgAAAADAQMAAQAAAAEAAAAGAQMAAQAAAAEAAAARAQQAAQAA
AAgAAAAVAQMAAQAAAAEAAAAWAQMAAQAAAAEAAAAXAQQAAQAAAAEAAAAcAQMAAQAAAAEAAAAOgwwAAwAAABYBAACChAwABgAAAC4BAACvhwMAIAAAALgAAACx
hwIAHgAAAPgAAAAAAAAAAQABAAAABwAABAAAAQABAAEEAAABAAEAAgSxhxYAAAABCLGHBwAWAAYIAAABAI4jAAwAAAEAd38EDAAAAQApI1dHUyA4NCAvIFVU
TSB6b25lIDMxTnxXR1MgODR8AAAAAAAAACRAAAAAAAAAJEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAhB5BAAAAANASU0EAAAAAAAAA
AAAAAVhqcDJj/0//UQApAAIAAAAQAAAAEAAAAAAAAAAAAAAAEAAAABAAAAAAAAAAAAABjwEB/1IADQEAAAEAAAQEAAGZ/1wABECA/2QAPQABQ3JlYXRlZCBi
eSBPcGVuSlBFRyB2ZXJzaW9uIDIuNS4wLiBMT1NTTEVTUyBzZXR0aW5ncyB1c2Vk/5AACgAAAAAAzQAB/5PAH4V2nSJStdYHk2wO3fFsOiDO85sJscreqa7x
o8XyJF6vkL4M9L4lrOetMyGM2uc54txKSTFtvSGQxmwy+HjkB63xYU7Q63/qOHXCfT3rXdb+OuE+nvWu638dcBZS3roDoyGdQhGKt49warePcGq3j3Bqt49w
arePcGq3lPlWxx17JtMTaYm0xNpibTE2mJtMTaYm0xNpibTE2mJtMT8FV6pHl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXn//Z
"""

(folder / "field.grib").write_bytes(grib())
(folder / "ramp.jp2").write_bytes(base64.b64decode(JP2))
geopackage(folder / "zones.gpkg")
