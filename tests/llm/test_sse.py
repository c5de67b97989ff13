"""The decoder gives the same events however the bytes are cut."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from chat2anyllm_desktop.llm.sse import Event, SseDecoder

STREAM = (
    '\ufeff: ping\n\nevent: delta\ndata: {"a":1}\nid: 7\nretry: 1500\n\n'
    "data:no space\r\n\r\ndata: one\ndata: \ndata:  three\r\n\r\r"
    "id: bad\0id\ndata: 漢字 🎉 é\n\n:comment\nunknown: x\nfield without colon\ndata\n\n"
    "event: empty\n\ndata: after\n\ndata: no final blank line"
).encode()
EVENTS = [
    Event('{"a":1}', "delta", "7"),
    Event("no space", "message", "7"),
    Event("one\n\n three", "message", "7"),
    Event("漢字 🎉 é", "message", "7"),
    Event("", "message", "7"),
    Event("after", "message", "7"),
    Event("no final blank line", "message", "7"),
]


def decode(*pieces: bytes) -> list[Event]:
    decoder = SseDecoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return events + decoder.flush()


def test_a_stream_with_everything_in_it() -> None:
    assert decode(STREAM) == EVENTS


def test_every_single_cut() -> None:
    for cut in range(len(STREAM) + 1):
        assert decode(STREAM[:cut], STREAM[cut:]) == EVENTS, cut


def test_byte_by_byte_with_empty_pieces_between() -> None:
    pieces = [piece for byte in STREAM for piece in (bytes([byte]), b"")]
    assert decode(*pieces) == EVENTS


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_any_set_of_cuts(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    assert decode(*(STREAM[a:b] for a, b in itertools.pairwise(edges))) == EVENTS


@given(
    st.lists(
        st.sampled_from(
            [b"data: x", b"data", b"\n", b"\r", b"\r\n", b":c", b"event: e", b"\xff\xfe", b"\xe6\xbc"]
        )
    ),
    st.lists(st.integers(0, 60), max_size=8),
)
def test_any_bytes_cut_anywhere_decode_as_whole(parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    assert decode(*(stream[a:b] for a, b in itertools.pairwise(edges))) == decode(stream)


def test_line_ends_are_the_same_event() -> None:
    for end in (b"\n", b"\r", b"\r\n"):
        assert decode(b"data: a" + end + b"data: b" + end + end) == [Event("a\nb")]


def test_an_event_is_given_at_once_with_carriage_returns_alone() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"data: a\r\r") == [Event("a")]
    assert decoder.feed(b"\ndata: b\r\n\r\n") == [Event("b")]


def test_retry_is_kept_when_it_is_a_number() -> None:
    decoder = SseDecoder()
    decoder.feed(b"retry: soon\nretry: 250\n\n")
    assert decoder.retry_ms == 250


def test_invalid_utf8_is_replaced_and_nothing_else_lost() -> None:
    assert decode(b"data: a\xffb\n\ndata: c\n\n") == [Event("a\ufffdb"), Event("c")]


def test_flush_of_nothing_gives_nothing() -> None:
    assert decode() == []
    assert decode(b"data: a\n\n", b": ping\n") == [Event("a")]


def test_a_long_line_in_many_pieces() -> None:
    assert decode(b"data: ", *[b"x" * 100] * 5_000, b"\n\n") == [Event("x" * 500_000)]
