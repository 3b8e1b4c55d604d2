"""Collects the licenses of all code in the bundled binary and in the wheel: `python licenses.py FILE.gz`.

Those of crates come from `cargo about`, which fails where a crate has one that `about.toml` does not list. Those of the libraries in C
lie beside their sources, inside of crates, and those of what zig links beside zig. `rastra licenses` prints the file.
"""

import glob
import gzip
import json
import subprocess
import sys
from pathlib import Path

import ziglang

ROOT = Path(__file__).parents[1]

# Library, the crate that has its source, and the file below that.
LIBRARIES = [
    ("curl", "curl-sys", "curl/COPYING"),
    ("GDAL, with the libraries inside of it", "gdal-src", "source/LICENSE.TXT"),
    ("HDF5", "hdf5-metno-src", "ext/hdf5/LICENSE"),
    ("libdeflate", "libdeflate-sys", "libdeflate/COPYING"),
    ("liblzma", "liblzma-sys", "xz/COPYING.0BSD"),
    ("libwebp", "libwebp-sys", "vendor/COPYING"),
    ("LZ4", "lz4-sys", "liblz4/lib/LICENSE"),
    ("NetCDF", "netcdf-src", "source/COPYRIGHT"),
    ("OpenJPEG", "openjpeg-sys", "vendor/LICENSE"),
    ("OpenSSL", "openssl-src", "openssl/LICENSE.txt"),
    ("Snappy", "snappy_src", "snappy/COPYING"),
    ("zlib", "libz-sys", "src/zlib/LICENSE"),
    ("Zstandard", "zstd-sys", "zstd/LICENSE"),
]
# What zig links beside its own part of the compiler's library.
OF_ZIG = [
    ("compiler-rt of Zig", "LICENSE"),
    ("libc++", "lib/libcxx/LICENSE.TXT"),
    ("libc++abi", "lib/libcxxabi/LICENSE.TXT"),
    ("libunwind", "lib/libunwind/LICENSE.TXT"),
]
OTHERWISE = """\
SQLite is in the public domain.

Blosc is under the BSD-3-Clause license, whose text stands above; Copyright (C) 2009-2018 Francesc Alted <francesc@blosc.org>,
Copyright (C) 2019-present The Blosc Development Team <blosc@blosc.org>. Its crate has the sources without that file.

The EPSG dataset inside of PROJ is owned by IOGP, the International Association of Oil & Gas Producers, and is used under the terms
of https://epsg.org/terms-of-use.html.
"""
LINE = "\n" + 80 * "=" + "\n"


def main(target):
    crates = run("cargo", "about", "generate", "--frozen", "--workspace", "--all-features", "-c", "about.toml", "about.hbs")
    parts = [crates, LINE + "Libraries in C and C++\n\n" + OTHERWISE]
    packages = {package["name"]: Path(package["manifest_path"]).parent for package in metadata()}
    proj = packages["proj-sys"] / "PROJSRC"
    for name, crate, file in LIBRARIES:
        parts.append(LINE + name + "\n\n" + only(packages[crate], file).read_text(errors="replace"))
    parts.append(LINE + "PROJ\n\n" + member(only(proj, "proj-*.tar.gz"), "COPYING"))
    zig = Path(ziglang.__file__).parent
    for name, file in OF_ZIG:
        parts.append(LINE + name + "\n\n" + (zig / file).read_text())
    text = "\n".join(parts)
    # The same text is the same file.
    Path(target).write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"licenses: {len(text) // 1000} kB of text in {target}")


def metadata():
    return json.loads(run("cargo", "metadata", "--format-version=1", "--locked", "--all-features"))["packages"]


def only(folder, pattern):
    found = glob.glob(str(folder / pattern))
    if len(found) != 1:
        sys.exit(f"licenses: {len(found)} files {pattern} in {folder}")
    return Path(found[0])


def member(archive, name):
    """The file of a name right below the only folder of an archive."""
    folder = archive.name.removesuffix(".tar.gz")
    return run("tar", "xzOf", str(archive), f"{folder}/{name}")


def run(*command):
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main(*sys.argv[1:])
