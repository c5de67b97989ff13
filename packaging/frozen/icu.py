"""The data of ICU without what Qt never asks it for: 4 MB in place of 31.

Qt has time zones, formats of dates and numbers, and the breaking of lines and words of its own. What it asks ICU for is how
letters change case, how words are sorted, and old encodings (clipboards name them).
"""

from __future__ import annotations

import re
import struct
import subprocess
from pathlib import Path

_LEFT_OUT = re.compile(
    r"(brkitr|curr|lang|rbnf|region|translit|unit|zone)/"
    r"|coll/(?!(root|ucadata|pool|res_index|en|zh)\b)"
    r"|(?!(root|pool|res_index|en|zh)[._])[a-z]{2,3}(_\w+)?\.res$"
    r"|(?!(gb18030|windows-936|ibm-1373|ibm-943_P15A|ibm-5348|ibm-949)\b).*\.cnv$"
)
"""Names as they stand in the table behind its first slash; languages are those that the program speaks."""
_HEAD = b"\xda\x27"
_ALIGNED = 16


def slimmed(library: Path, folder: Path) -> Path:
    """Writes ``library`` (libicudata.so.N) anew into ``folder``; needs ``as`` and ``ld`` of the binutils."""
    name = library.resolve().name
    version = name.rpartition(".")[2]
    data, source = folder / f"icudt{version}.dat", folder / "icudata.s"
    data.write_bytes(_packed(library.read_bytes()))
    symbol = f"icudt{version}_dat"
    source.write_text(
        f'.section .rodata\n.balign {_ALIGNED}\n.globl {symbol}\n.type {symbol}, %object\n{symbol}:\n.incbin "{data.name}"\n'
        f".size {symbol}, .-{symbol}\n",
        encoding="ascii",
    )
    subprocess.run(["as", "-o", "icudata.o", source.name], cwd=folder, check=True)
    link = ["ld", "-shared", "-z", "noexecstack", "-soname", name, "-o", name, "icudata.o"]
    subprocess.run(link, cwd=folder, check=True)
    return folder / name


def _packed(library: bytes) -> bytes:
    """The package of data inside of a library, with fewer entries: a header, a table of names and places, the entries."""
    start = library.index(b"CmnD") - 12
    (length,) = struct.unpack_from("<H", library, start)
    if library[start + 2 : start + 4] != _HEAD:
        raise ValueError("This is not the data of ICU as it is known here.")
    base = start + length
    (count,) = struct.unpack_from("<I", library, base)
    table = list(struct.iter_unpack("<II", library[base + 4 : base + 4 + 8 * count]))
    names = [library[base + at : library.index(b"\0", base + at)] for at, _ in table]
    # The last one ends where the symbol does, which only the linker knows: what follows it is small, and kept.
    ends = [place for _, place in table[1:]] + [table[-1][1] + _last(library, base + table[-1][1])]
    kept = [
        (name, library[base + place : base + end])
        for name, (_, place), end in zip(names, table, ends, strict=True)
        if not _LEFT_OUT.match(name.decode().partition("/")[2])
    ]
    texts = b"".join(name + b"\0" for name, _ in kept)
    at = 4 + 8 * len(kept)
    place = at + len(texts) + (-(length + at + len(texts)) % _ALIGNED)
    rows, contents = [struct.pack("<I", len(kept))], [bytes(place - at - len(texts))]
    for name, content in kept:
        rows.append(struct.pack("<II", at, place))
        contents.append(content + bytes(-len(content) % _ALIGNED))
        at += len(name) + 1
        place += len(contents[-1])
    return b"".join((library[start:base], *rows, texts, *contents))


def _last(library: bytes, at: int) -> int:
    """Bytes that are surely enough for the last entry, a resource bundle of some kilobytes."""
    return min(64 << 10, len(library) - at)
