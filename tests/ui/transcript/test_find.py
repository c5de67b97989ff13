"""Finding: counted in what was written, marked and shown where it is on screen."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect

from chat2anyllm_desktop.ui.transcript import find
from tests.ui.transcript.stage import Stage, conversation, message

LETTERS = st.sampled_from("aAbBäÄ👩İ \n")


@given(st.text(LETTERS, max_size=40), st.text(st.sampled_from("abä👩"), min_size=1, max_size=3))
def test_every_occurrence_is_found(text: str, query: str) -> None:
    expected = [found.start() for found in re.finditer(re.escape(query), text, re.IGNORECASE)]
    assert list(find._offsets(text, query)) == expected
    shown = text.encode("utf-16-le")
    for start in find.starts(text, query):
        assert shown[2 * start :].decode("utf-16-le").lower().startswith(query)


def _current(stage: Stage) -> tuple[str, int]:
    """The text that the current match is in, and where."""
    current = stage.view._find._current
    assert current is not None
    assert current.row.body is not None
    return current.row.body.parts[current.index].text, current.range[0]


def test_one_after_the_other_and_round_again(stage: Stage) -> None:
    stage.reset(
        *conversation(30), message(31, "- a needle\n- hay\n- **needle** and needle\n\nNo more. A needle.")
    )
    assert stage.view.find_text("needle") == 4
    expected = [
        ("No more. A needle.", 11),
        ("needle and needle", 11),
        ("needle and needle", 0),
        ("a needle", 2),
    ]
    for place in [*expected, expected[0]]:
        assert _current(stage) == place
        assert stage.part_with(place[0])
        stage.view.find_step(-1)


def test_what_was_typed_is_found_behind_code(stage: Stage) -> None:
    stage.reset(message(0, "one needle\n\n```py\nx = 1\n# a needle\n```\n\nand a needle"))
    assert stage.view.find_text("needle") == 3
    assert _current(stage) == ("and a needle", 6)
    stage.view.find_step(-1)
    assert _current(stage) == ("x = 1\n# a needle", 10)
    stage.view.find_step(-1)
    assert _current(stage) == ("one needle", 4)


def test_a_match_in_the_middle_of_a_long_list(stage: Stage) -> None:
    items = [f"- item {number}" + (" needle" if number % 100 == 50 else "") for number in range(5_000)]
    stage.reset(message(1, "\n".join(items)))
    assert stage.view.find_text("needle") == 50
    for _ in range(20):
        stage.view.find_step(-1)
    assert _current(stage)[0] == "item 2950 needle"
    assert stage.part_with("item 2950 needle")


def test_of_many_matches_in_one_box_those_on_screen_are_marked(stage: Stage) -> None:
    stage.reset(message(1, "```\n" + "word and word\n" * 2_000 + "```\n"))
    unmarked = stage.picture()
    assert stage.view.find_text("word") == 4_000
    assert len(stage.view._find.ranges_in(stage.placed[-2])[0]) < 200
    marked, column = stage.picture(), stage.view._pointer.column
    text = QRect(column, 0, 400, stage.view.viewport().height())
    assert marked.copy(text) != unmarked.copy(text)
    for y in range(0, stage.view.viewport().height() - 60, 20):  # Down to the foot: no line is left out.
        strip = QRect(column + 12, y, 60, 20)
        assert marked.copy(strip) != unmarked.copy(strip), y


def test_found_elsewhere_a_message_is_gone_to_and_the_word_marked_in_it(stage: Stage) -> None:
    stage.reset(
        *conversation(60),
        message(61, "one needle"),
        *(message(n, "and a needle") for n in (70, 71)),
    )
    stage.view.show_found("m0000061", "needle")
    assert _current(stage) == ("one needle", 4)
    assert stage.view.finds
    bar = stage.view._overlays.find_bar
    assert (bar.field.text(), bar.count.text()) == ("needle", "1 of 3")
    stage.view.show_found("m0000071", "not here", "needle")
    assert _current(stage) == ("and a needle", 6)
    assert bar.count.text() == "3 of 3"
    stage.view.close_find()
    stage.view.show_found("m0000003", "needle")  # It has none: then it is only gone to.
    assert not stage.view.finds
    assert any(placed.row.id == "m0000003" for placed in stage.placed)
    assert not stage.view.follows
