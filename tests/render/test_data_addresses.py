"""Images inside of the text: addresses of megabytes that cost nothing where Markdown is read."""

from __future__ import annotations

import pytest

from chat2anyllm_desktop.render import inlines
from chat2anyllm_desktop.render.data_addresses import (
    address_end,
    breaks_off_in_data,
    set_aside,
    unfinished_image,
)
from chat2anyllm_desktop.render.dialect import parse
from chat2anyllm_desktop.render.nodes import Image, Paragraph, Text
from chat2anyllm_desktop.render.references import References

LONG = "data:image/png;base64," + "iVBORw0KGgo+/A==" * 10_000


@pytest.mark.parametrize(
    "text",
    [
        f"![chart]({LONG})",
        f"Before, **bold ![chart]({LONG} 'title') more** and ![other](<{LONG}>) behind",
        f"![chart]({LONG}",
        f"![chart]({LONG} and text",
        f"[link]({LONG}) [![a]({LONG})](https://example.com)",
        f"{LONG} alone",
    ],
)
def test_a_long_address_changes_nothing_but_the_cost(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = inlines.parse_inlines(text, References())
    monkeypatch.setattr(inlines, "INLINE_LIMIT", 1 << 30)
    assert inlines.parse_inlines(text, References()) == found


@pytest.mark.parametrize("text", [f"`![chart]({LONG})` in code", f"*a* ![chart]({LONG}) ![x]({LONG}"])
def test_an_address_that_is_no_target_is_text_as_it_stands(text: str) -> None:
    assert inlines.parse_inlines(text, References()) == (Text(text),)


def test_an_image_of_ten_megabytes_is_an_image() -> None:
    address = "data:image/png;base64," + "A" * 10_000_000
    block = parse(f"![chart]({address})")[0]
    assert isinstance(block, Paragraph)
    assert block.inlines == (Image(address, "", "chart"),)
    block = parse(f"![chart][1]\n\n[1]: {address}")[0]
    assert isinstance(block, Paragraph)
    assert block.inlines == (Image(address, "", "chart"),)


def test_text_around_images_is_limited_as_ever() -> None:
    text = f"![chart]({LONG}) " + "*x* " * 20_000
    assert inlines.parse_inlines(text, References()) == (Text(text),)


def test_what_stands_for_an_address_is_short() -> None:
    short, aside = set_aside(f"a ![b]({LONG}) c ![d]({LONG[:500]})\n[e]: <{LONG}>\n")
    assert len(short) < 700
    assert list(aside.values()) == [LONG, LONG]
    assert set_aside("no image") == ("no image", {})


def test_a_text_that_breaks_off_in_an_image() -> None:
    found = unfinished_image(f"Here: ![a [chart]({LONG}")
    assert found is None  # The bracket inside would have to be closed first.
    found = unfinished_image(f"Here: ![a chart]({LONG}")
    assert found is not None
    assert (found.start, found.alt, found.address) == (6, "a chart", LONG)
    assert unfinished_image("![a](data:image/") is not None
    for text in (f"![a]({LONG})", f"![a]({LONG} ", "![a](https://x/", "![a", f"[a]({LONG}", ""):
        assert unfinished_image(text) is None


@pytest.mark.parametrize("head", ["![a](", "![a](<", "text ![a]( ", "[ref]: ", "  [ref]:<", "[![a]("])
def test_data_that_goes_on(head: str) -> None:
    text = f"Before\n{head}data:image/png;base64,AAAA"
    assert breaks_off_in_data(text) == len(text) - 4
    assert breaks_off_in_data(f"{text})") == -1
    assert breaks_off_in_data(f"{text}\n") == -1


@pytest.mark.parametrize(
    "text", ["data:image/png;base64,AA", "src='data:image/png;base64,AA", "![a](data:image/png;base64", "(,"]
)
def test_data_that_is_none_of_an_image(text: str) -> None:
    assert breaks_off_in_data(text) == -1


def test_where_an_address_ends() -> None:
    assert address_end("AAAA)") == 4
    assert address_end("A" * 100_000 + " )") == 100_000
    assert address_end("A" * 100_000) == -1
    assert address_end(f"{')' * 9}{'A' * 100}\n", 9) == 109
