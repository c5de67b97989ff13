"""Files read for attaching, and those that are refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chat2anyllm_desktop.chat.text_files import LARGEST, read_text_file
from chat2anyllm_desktop.core.attachments import Attachment
from chat2anyllm_desktop.core.errors import InputError


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"x = 1\n", "x = 1"),
        ("日本\r\n語".encode(), "日本\n語"),
        ("\ufeffmark".encode(), "mark"),
        ("sixteen".encode("utf-16"), "sixteen"),
        ("sixteen".encode("utf-16-be"), None),
        (b"\x1b[31mred\x1b[0m\ttab", "\x1b[31mred\x1b[0m\ttab"),
        (b"\x89PNG\r\n\x1a\n\0\0", None),
        (b"\x7fELF\x02\x01", None),
        (b"%PDF-1.7\n\xe2\xe3\xcf\xd3\n", None),
    ],
)
def test_text_is_read_and_nothing_else(tmp_path: Path, content: bytes, text: str | None) -> None:
    file = tmp_path / "a b.txt"
    file.write_bytes(content)
    if text is None:
        with pytest.raises(InputError, match=r"a b\.txt is not text"):
            read_text_file(file)
    else:
        assert read_text_file(file) == Attachment("a b.txt", text)


def test_what_is_too_large_is_refused_with_its_size(tmp_path: Path) -> None:
    file = tmp_path / "large.log"
    with file.open("wb") as large:
        large.truncate(3 * LARGEST)
    with pytest.raises(InputError, match=r"6,000,000 bytes, and at most 2,000,000"):
        read_text_file(file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are a thing of POSIX")
def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    for name, sentence in (
        ("", "is a folder"),
        ("missing", r"missing cannot be read: No such file"),
        ("pipe", "not a file that can be read"),
        ("empty", "empty is empty"),
    ):
        with pytest.raises(InputError, match=sentence):
            read_text_file(tmp_path / name)
