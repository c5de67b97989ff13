"""Images as they come: in ``data:`` addresses or as bytes. Looked at by their first bytes, never by what they are said to
be; nothing here decodes a pixel."""

from __future__ import annotations

import binascii
import re

MAX_BYTES = 20 * 1024 * 1024
"""Of an encoded image; what is larger is not shown."""

FORMATS = {"png": "PNG", "jpeg": "JPEG", "gif": "GIF", "webp": "WebP"}
"""What can be shown: pixels only. SVG is a program with addresses in it, the other formats are rarely needed."""

_HEAD = re.compile(r"data:image/[\w.+-]{1,40}(?:;[\w=.+-]{1,40}){0,4}", re.IGNORECASE)
# Some programs write these signs of base64 as addresses are written.
_ESCAPED = tuple((f"%{ord(sign):02{case}}", sign) for sign in "+/=" for case in "xX")
_SLICE = 256 * 1024
"""Characters of base64 that are decoded at once: about a millisecond in which Python does nothing else."""

_PNG = b"\x89PNG\r\n\x1a\n"
_WANTED_CHUNKS = frozenset({b"tRNS", b"eXIf"})
"""Of a PNG, apart from the critical ones."""
_MOST_CHUNKS = 50_000
_MOST_SCANS = 100
"""Of a JPEG; those that become clearer while they load have about ten."""


def is_data_image(address: str) -> bool:
    """Whether an address is an image itself, of whatever kind it says to be."""
    return address[:11].lower() == "data:image/"


def image_format(head: bytes) -> str:
    """A key of :data:`FORMATS` for the first bytes of an image that can be shown; empty for everything else."""
    if head.startswith(_PNG):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return ""


def data_size(address: str) -> int:
    """How many bytes a ``data:`` address in base64 holds, about."""
    return max(0, len(address) - address.find(",", 0, 300) - 1) * 3 // 4


def data_bytes(address: str, limit: int | None = None) -> bytes:
    """The bytes of a ``data:`` address in base64, or the first ``limit`` of them. What is cut off in the middle gives what
    is there. Raises ValueError where the address is not in base64. 5 ms for a megabyte, in slices."""
    head = _HEAD.match(address)
    if head is None or not head[0].lower().endswith(";base64") or address[head.end() : head.end() + 1] != ",":
        raise ValueError("no image in base64")
    at = head.end() + 1
    size = _SLICE if limit is None else min(_SLICE, -(-limit // 3) * 4)
    found = bytearray()
    rest = ""
    try:
        while at < len(address) and (limit is None or len(found) < limit):
            piece = address[at : at + size]
            escape = piece.rfind("%", 1)
            if len(piece) == size and escape > size - 3:
                piece = piece[:escape]
            at += len(piece)
            if "%" in piece:
                for escaped, sign in _ESCAPED:
                    piece = piece.replace(escaped, sign)
            piece = rest + piece.rstrip("=")
            whole = len(piece) // 4 * 4
            rest = piece[whole:]
            found += binascii.a2b_base64(piece[:whole])
        if len(rest) > 1:
            found += binascii.a2b_base64(rest + "=" * (-len(rest) % 4))
    except (binascii.Error, ValueError) as error:
        raise ValueError("no image in base64") from error
    return bytes(found)


def harmless(data: bytes) -> bytes:
    """An image without what costs its reader far more than it takes in the file; what is cut off stays so. Raises
    ValueError where there is too much of it.

    Compressed texts and profiles in a PNG are unpacked by whoever reads its pixels, a thousand times as long: 150 KB are
    more than a second and 900 MB. They are left out. A JPEG may go over its pixels again and again, 30 ms for 60 bytes
    where these are 36 millions."""
    if data.startswith(b"\xff\xd8\xff"):
        if data.count(b"\xff\xda") > _MOST_SCANS:
            raise ValueError("too many scans")
        return data
    return _without_texts(data) if data.startswith(_PNG) else data


def _without_texts(data: bytes) -> bytes:
    pieces = [_PNG]
    at, count = len(_PNG), 0
    while at < len(data):
        kind = data[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        # What an image cannot do without begins with a capital letter.
        if kind[:1].isupper() or kind in _WANTED_CHUNKS:
            pieces.append(data[at:end])
        at, count = end, count + 1
        if count > _MOST_CHUNKS:
            raise ValueError("too many pieces")
    return b"".join(pieces)
