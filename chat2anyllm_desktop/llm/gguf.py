"""The few facts of a GGUF model file that one wants to know before an engine loads it.

The format: magic, version, number of tensors, number of key-value pairs, then the pairs, all little-endian. Tokenizer
tables make up nearly all of it and come last, so reading stops at the context length.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from chat2anyllm_desktop.core.errors import EngineError
from chat2anyllm_desktop.core.language import tr

_MAGIC = b"GGUF"
_SCALARS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
_STRING = 8
_ARRAY = 9
_LONGEST_STRING = 1 << 16
_LONGEST_ARRAY = 1 << 10
"""Tags and languages are a few; a longer array is the tokenizer's, and what we look for stands before it."""
_MOST_PAIRS = 256


@dataclass(frozen=True, slots=True)
class GgufFacts:
    """None means that the file does not say."""

    architecture: str | None = None
    context_length: int | None = None
    """Tokens the model was trained for."""


def read_gguf(path: Path) -> GgufFacts:
    """Facts of the model file at ``path``. Blocks for one read of its beginning.

    Raises EngineError when there is no such file, it cannot be read, or it is no GGUF.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise EngineError(
                    tr("{path} is not a GGUF model file. Choose a file that ends in .gguf.", path=path)
                )
            return _facts(file)
    except FileNotFoundError:
        raise EngineError(
            tr("The model file {path} does not exist. Choose another one in the settings.", path=path)
        ) from None
    except OSError as error:
        raise EngineError(
            tr("The model file {path} cannot be read: {reason}.", path=path, reason=error.strerror or error)
        ) from error


def _facts(file: BinaryIO) -> GgufFacts:
    architecture: str | None = None
    try:
        _scalar(file, "<I")
        _scalar(file, "<Q")
        pairs = min(_scalar(file, "<Q"), _MOST_PAIRS)
        for _ in range(pairs):
            key = _string(file)
            kind = _scalar(file, "<I")
            if kind == _STRING:
                text = _string(file)
                if key == "general.architecture":
                    architecture = text
            elif kind in _SCALARS:
                number = _scalar(file, _SCALARS[kind])
                if key == f"{architecture}.context_length":
                    return GgufFacts(architecture, int(number) if number > 0 else None)
            elif kind != _ARRAY or not _skip_array(file):
                break
    except (struct.error, ValueError, OverflowError):
        pass  # Truncated or damaged: the engine says so in its own words when it loads the file.
    return GgufFacts(architecture)


def _skip_array(file: BinaryIO) -> bool:
    kind, length = _scalar(file, "<I"), _scalar(file, "<Q")
    if length > _LONGEST_ARRAY:
        return False
    for _ in range(length):
        if kind == _STRING:
            _string(file)
        elif kind in _SCALARS:
            _scalar(file, _SCALARS[kind])
        else:
            return False
    return True


def _scalar(file: BinaryIO, form: str) -> int:
    value: int = struct.unpack(form, file.read(struct.calcsize(form)))[0]
    return value


def _string(file: BinaryIO) -> str:
    length = _scalar(file, "<Q")
    if length > _LONGEST_STRING:
        raise struct.error("string too long")
    return file.read(length).decode()
