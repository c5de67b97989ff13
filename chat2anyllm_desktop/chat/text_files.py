"""Files that people attach: read as text, or refused with a sentence that says why."""

from __future__ import annotations

import codecs
import locale
import stat
from pathlib import Path

from chat2anyllm_desktop.core.attachments import Attachment, attached
from chat2anyllm_desktop.core.errors import InputError
from chat2anyllm_desktop.core.language import tr

LARGEST = 2_000_000
"""Bytes. No model takes as much as one message, and a window that holds it stays quick."""

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROL = frozenset(map(chr, range(32))) - frozenset("\t\n\r\f\v\b\x1b")


def read_text_file(path: Path) -> Attachment:
    """Blocks on the disk: for a worker thread. Raises InputError for what is no file, too large or not text."""
    name = path.name
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputError(tr("{name} is a folder. Attach the files in it.", name=name))
        if not stat.S_ISREG(status.st_mode):  # A pipe or a device may never end.
            raise InputError(tr("{name} is not a file that can be read.", name=name))
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise InputError(
            tr("{name} cannot be read: {reason}.", name=name, reason=error.strerror or str(error))
        ) from error
    if len(content) > LARGEST:
        raise InputError(
            tr(
                "{name} is too large: {size:,} bytes, and at most {most:,} can be attached. Attach the part that matters.",
                name=name,
                size=max(status.st_size, len(content)),
                most=LARGEST,
            )
        )
    text = _decoded(content)
    if text is None:
        raise InputError(tr("{name} is not text, so it cannot be attached.", name=name))
    if not text.strip():
        raise InputError(tr("{name} is empty.", name=name))
    return attached(name, text)


def _decoded(content: bytes) -> str | None:
    """None where it is not text, neither in Unicode nor in the encoding of the system."""
    encoding = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in content:
        return None
    for attempt in dict.fromkeys((encoding, locale.getencoding())):
        try:
            text = content.decode(attempt)
        except UnicodeDecodeError:
            continue
        return text if _CONTROL.isdisjoint(text) else None
    return None
