from __future__ import annotations

import base64
import struct
import zlib

import pytest

from chat2anyllm_desktop.core.images import data_bytes, data_size, harmless, image_format, is_data_image

BYTES = bytes(range(256)) * 3000
ADDRESS = "data:image/png;base64," + base64.b64encode(BYTES).decode()


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "jpeg"),
        (b"GIF89a\1\0\1\0", "gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "webp"),
        (b"RIFF\x24\0\0\0WAVEfmt ", ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ""),
        (b"<!DOCTYPE html>", ""),
        (b"BM\0\0\0\0", ""),
        (b"\0\0\1\0", ""),
        (b"", ""),
    ],
)
def test_the_first_bytes_tell_the_format(head: bytes, name: str) -> None:
    assert image_format(head) == name


def test_bytes_of_an_address() -> None:
    assert data_bytes(ADDRESS) == BYTES
    assert abs(data_size(ADDRESS) - len(BYTES)) < 3
    assert BYTES.startswith(data_bytes(ADDRESS, 1000))
    assert len(data_bytes(ADDRESS, 1000)) >= 1000
    assert data_bytes(ADDRESS.replace("data:image/png", "DATA:image/PNG;name=x.png")) == BYTES
    for escaped in (("%2B", "%2F", "%3D"), ("%2b", "%2f", "%3d")):
        address = ADDRESS
        for sign, escape in zip("+/=", escaped, strict=True):
            address = address[:22] + address[22:].replace(sign, escape)
        assert data_bytes(address) == BYTES
        for limit in range(990, 1010):
            assert BYTES.startswith(data_bytes(address, limit))


def test_of_a_long_address_only_the_beginning_is_read() -> None:
    for body in ("A", "%2B", "%2b%2F", "=%%"):
        assert len(data_bytes("data:image/png;base64," + body * 2_000_000, 600)) < 1000


@pytest.mark.parametrize("cut", range(1, 9))
def test_what_is_cut_off_gives_what_is_there(cut: int) -> None:
    found = data_bytes(ADDRESS[:-cut])
    assert BYTES.startswith(found)
    assert len(BYTES) - len(found) <= cut


@pytest.mark.parametrize(
    "address",
    [
        "data:image/png,%89PNG",
        "data:image/png;base64",
        "data:text/html;base64,AAAA",
        "data:,",
        "https://example.com/a.png",
        "data:image/" + "x" * 100_000,
        "data:image/png" + ";a=b" * 100_000 + ";base64,AAAA",
        "data:image/png;base64,\u00e9\u00e9\u00e9\u00e9",
    ],
)
def test_what_is_no_image_in_base64_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no image in base64"):
        data_bytes(address)


def test_which_addresses_are_images() -> None:
    assert is_data_image("data:image/png;base64,AAAA")
    assert is_data_image("Data:Image/svg+xml,<svg/>")
    assert not is_data_image("data:text/html,image/")
    assert not is_data_image("https://example.com/data:image/png")


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_of_a_png_stays_what_is_seen() -> None:
    head, pixels = chunk(b"IHDR", bytes(13)), chunk(b"IDAT", bytes(100))
    turned, end = chunk(b"eXIf", b"II*"), chunk(b"IEND")
    start = b"\x89PNG\r\n\x1a\n"
    texts = chunk(b"zTXt", bytes(50)) + chunk(b"iCCP", bytes(50)) + chunk(b"tEXt") + chunk(b"iTXt")
    plain = start + head + turned + pixels + pixels + end
    assert harmless(plain) == plain
    assert harmless(start + head + texts + turned + pixels + texts + pixels + texts + end) == plain
    for cut in range(len(plain)):
        found = harmless(plain[:cut])
        assert plain[:cut].startswith(found)
        assert cut - len(found) < 8
    with pytest.raises(ValueError, match="pieces"):
        harmless(start + head + chunk(b"tEXt") * 60_000)


def test_a_jpeg_goes_over_its_pixels_a_bounded_number_of_times() -> None:
    jpeg = b"\xff\xd8\xff\xe0" + b"\xff\xda\x00" * 20
    assert harmless(jpeg) == jpeg
    with pytest.raises(ValueError, match="scans"):
        harmless(jpeg * 10)
    assert harmless(BYTES) == BYTES
