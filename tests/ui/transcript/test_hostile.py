"""Models write what they like: nothing may be opened, loaded, lost or waited for."""

from __future__ import annotations

import pytest

from chat2anyllm_desktop.core.models import Author
from chat2anyllm_desktop.ui.transcript.part import Deed
from chat2anyllm_desktop.ui.transcript.runs import allowed, cut, units, visible
from tests.ui.transcript.stage import Stage, message, shown


def test_nothing_leads_anywhere_but_to_the_web(stage: Stage) -> None:
    """That nothing is opened or connected to by itself is shown by test_window_hostile, from outside."""
    text = """![a](file:///etc/passwd) ![b](/etc/passwd) ![c](http://127.0.0.1:9/x.png) ![f](file:///dev/zero) ![g](qrc:/x)
![e](data:image/png;base64,AAAA) <img src="file:///etc/passwd">

[h](file:///etc/passwd) [i](javascript:alert(1)) [j](vscode://x) <javascript:alert(1)> [k](//host/x) [l](data:text/html,x)
"""
    stage.reset(message(0, text, Author.USER), message(1, text, reasoning=text))
    stage.click(stage.spot("Show reasoning"))
    stage.rest()
    hrefs = [spot.value for placed in stage.placed for spot in placed.part.spots() if spot.deed is Deed.LINK]
    assert set(hrefs) == {"http://127.0.0.1:9/x.png"}


def test_links_name_where_they_would_lead(stage: Stage) -> None:
    stage.reset(message(1, "[click](javascript:alert(1)) ![pic](https://cdn.example.com/x.png)"))
    text = stage.placed[0].row.body.parts[0].text if stage.placed[0].row.body else ""
    assert "javascript:alert(1)" in text
    assert "pic (image at cdn.example.com)" in text


@pytest.mark.parametrize(
    ("href", "may"),
    [
        ("https://example.com", True),
        ("http://example.com/a?b#c", True),
        ("mailto:a@example.com", True),
        ("HTTPS://EXAMPLE.COM", True),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("//example.com/x", False),
        ("http://", False),
        ("data:text/html,x", False),
        ("vscode://x", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_what_may_be_opened(href: str, may: bool) -> None:
    assert allowed(href) is may


@pytest.mark.parametrize(
    "text",
    [
        "x" * 300_000,
        "word " * 60_000,
        "[" * 10_000,
        "![" * 5_000,
        ">" * 3_000,
        "- " * 2_000 + "a",
        "`" * 3_000 + "a" + "``" * 2_000,
        "```\n" + "y" * 300_000,
        "```python\n" + "x = 1\n" * 8_000,
        "| a |\n|---|\n" + "| b |\n" * 5_000,
        "a\x00b\x07c \u202etxet\u202c \ud800 end",
        "- a\n" * 5_000,
        "\n" * 50_000,
        "| " * 3000 + "\n" + "|-" * 3000,
    ],
    ids=lambda text: repr(text[:12]),
)
@pytest.mark.parametrize("author", list(Author))
def test_bad_text_is_shown_without_error_and_loses_nothing(stage: Stage, text: str, author: Author) -> None:
    stage.reset(message(1, text, author))
    stage.view.verticalScrollBar().setValue(0)
    stage.rest()
    assert stage.placed
    stage.picture()
    stage.view.select_all()
    assert stage.view.selected_markdown().strip() == text.strip()


def test_a_message_of_megabytes_is_taken_in_over_many_frames(stage: Stage) -> None:
    text = "".join(f"Paragraph number {n} of many.\n\n" for n in range(60_000))
    stage.reset(message(1, text + "The very last words."))
    stage.rest()
    assert stage.view.follows
    assert stage.part_with("The very last words.")


def test_hidden_characters_are_marked() -> None:
    assert visible("a\x00b") == "a\u2400b"
    assert visible("a\u202eb\u2066c") == "a\ufffdb\ufffdc"
    assert visible("\ud800") == "\ufffd"
    assert visible("tab\tand\nline") == "tab\tand\nline"


def test_positions_are_counted_as_qt_counts_them() -> None:
    text = "a👩b"
    assert units(text) == 4
    assert cut(text, 1, 3) == "👩"
    assert cut("plain", 1, 3) == "la"


def test_what_a_user_typed_is_shown_as_typed(stage: Stage) -> None:
    text = "# no heading\n  indented __init__\n\n```python\nx = 1\n```\n* no list"
    stage.reset(message(0, text))
    parts = shown(stage.rows[0])
    assert [part[0] for part in parts] == ["Prose", "CodeBox", "Prose"]
    assert parts[0][1] == "# no heading\u2028  indented __init__"
    assert parts[2][1] == "* no list"
