"""Paragraphs with images in them, taken apart."""

from __future__ import annotations

import pytest

from chat2anyllm_desktop.render import nodes
from chat2anyllm_desktop.render.dialect import parse
from chat2anyllm_desktop.render.plain import inline_text
from chat2anyllm_desktop.ui.transcript.figures import Figure, is_long, taken_apart

DATA = "data:image/png;base64,AAAA"


def content(text: str) -> nodes.LazyInlines:
    block = parse(text)[0]
    assert isinstance(block, nodes.Paragraph)
    return block.content


def shape(text: str, *known: str) -> list[str]:
    """The pieces: texts as they read, images in brackets."""
    found = []
    for piece in taken_apart(content(text), lambda address: address in known):
        if isinstance(piece, Figure):
            found.append(f"[{piece.image.alt}]" if piece.arrived is None else f"[{piece.image.alt}…]")
        else:
            found.append(inline_text(piece.get()))
    return found


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (f"![a]({DATA})", ["[a]"]),
        (f"Before ![a]({DATA}) behind", ["Before", "[a]", "behind"]),
        (f"Before\n![a]({DATA})\\\nbehind", ["Before", "[a]", "behind"]),
        (f"![a]({DATA}) ![b]({DATA})\n![c]({DATA})", ["[a]", "[b]", "[c]"]),
        (f"x **y ![a]({DATA}) z** w", ["x y", "[a]", "z w"]),
        (f"x *y **![a]({DATA}) z*** w", ["x y", "[a]", "z w"]),
        (f"[![a]({DATA})](https://example.com) text", []),
        (f"`![a]({DATA})`", []),
        ("![a](https://example.com/a.png) text", []),
        ("![a](https://example.com/b.png) text", ["[a]", "text"]),
        ("![a](relative.png) ![b](file:///a.png)", []),
        (f"![a][x]\n\n[x]: {DATA}", ["[a]"]),
        ("Text without any", []),
        (f"Text ![a]({DATA}) and ![b](data:image/png;base64,AA", ["Text", "[a]", "and", "[b…]"]),
        ("![b](data:image/png;base64,AA", ["[b…]"]),
    ],
)
def test_pieces(text: str, pieces: list[str]) -> None:
    assert shape(text, "https://example.com/b.png") == pieces


def test_marks_around_an_image_hold_on_both_sides() -> None:
    first, _, last = taken_apart(content(f"**y ![a]({DATA}) z**"), lambda _: False)
    assert isinstance(first, nodes.LazyInlines)
    assert isinstance(last, nodes.LazyInlines)
    assert first.get() == (nodes.Strong((nodes.Text("y"),)),)
    assert last.get() == (nodes.Strong((nodes.Text("z"),)),)


def test_how_much_of_an_image_is_there() -> None:
    figure = taken_apart(content("![b](data:image/png;base64," + "A" * 4000), lambda _: False)[0]
    assert figure == Figure(nodes.Image("", "", "b"), arrived=3000, cut_off=True)


def test_inlines_are_not_read_where_there_is_no_image() -> None:
    def parse_nothing(_source: str) -> tuple[nodes.Inline, ...]:
        raise AssertionError("read")

    assert taken_apart(nodes.LazyInlines("*text* [link](x)", parse_nothing), lambda _: True) == []
    assert taken_apart(nodes.LazyInlines("![a](x)" + " word" * 20_000, parse_nothing), lambda _: True) == []


def test_images_do_not_make_a_paragraph_long() -> None:
    assert not is_long(content(f"A ![a](data:image/png;base64,{'A' * 100_000}) word"))
    assert is_long(content(f"A ![a](data:image/png;base64,{'A' * 100_000})" + " word" * 10_000))
    assert is_long(content("word " * 10_000))


def test_the_same_text_around_images_is_the_same_piece() -> None:
    one, other = (taken_apart(content(f"A *b* [c](d) ![a]({DATA})"), lambda _: False)[0] for _ in range(2))
    assert isinstance(one, nodes.LazyInlines)
    assert isinstance(other, nodes.LazyInlines)
    assert one.source == other.source
    assert "[" not in one.source  # Nothing of it is defined elsewhere.
