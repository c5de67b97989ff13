from __future__ import annotations

import random
from dataclasses import replace

import pytest

from chat2anyllm_desktop.core.models import Status
from chat2anyllm_desktop.render.highlight import Highlighter
from chat2anyllm_desktop.ui.transcript.code_box import CodeBox
from tests.ui.transcript.stage import EVERYTHING, Stage, conversation, message, shown

LONG_LIST = (
    "Before.\n\n"
    + "".join(f"- item {n} with [ref]\n  - below {n}\n" for n in range(40))
    + "\n[ref]: http://x.y\n"
)


@pytest.mark.parametrize("text", [EVERYTHING, LONG_LIST], ids=["everything", "list"])
@pytest.mark.parametrize("seed", range(3))
def test_what_streamed_looks_like_what_came_at_once(stage: Stage, text: str, seed: int) -> None:
    pieces = random.Random(seed)
    stage.reset(message(0, "?"), message(1, "", status=Status.STREAMING))
    at = 0
    while at < len(text):
        size = pieces.choice((1, 3, 17, 60, 400))
        stage.stream(1, text[at : at + size])
        at += size
    stage.model.upsert(message(1, text))
    streamed = shown(stage.rows[1])
    stage.reset(message(0, "?"), message(1, text))
    assert streamed == shown(stage.rows[1])


def test_what_streamed_is_drawn_like_what_came_at_once(stage: Stage) -> None:
    text = EVERYTHING[: EVERYTHING.index("---")]
    stage.reset(message(1, "", status=Status.STREAMING))
    for line in text.splitlines(keepends=True):
        stage.stream(1, line[:7], line[7:])
    stage.model.upsert(message(1, text))
    stage.rest()
    streamed = stage.picture()
    stage.reset(message(1, text))
    assert streamed == stage.picture()


MANY_BLOCKS = "One.\n\n```\ncode\ncode\n```\n\n- a\n- b\n\n| c |\n|---|\n| d |\n\nTwo.\n\nLast."


def test_many_blocks_at_once_come_in_two_frames(stage: Stage) -> None:
    stage.reset(message(1, "", status=Status.STREAMING))
    stage.stream(1, MANY_BLOCKS)
    assert "One." in shown_text(stage)
    assert "Last." not in shown_text(stage)
    stage.qtbot.waitUntil(lambda: "Last." in shown_text(stage))
    assert "Two." in shown_text(stage)


def test_what_was_too_much_for_a_frame_comes_with_more_text(stage: Stage) -> None:
    stage.reset(message(1, "", status=Status.STREAMING))
    stage.stream(1, MANY_BLOCKS, " And more.")
    assert "Last. And more." in shown_text(stage)


def test_at_the_end_nothing_waits(stage: Stage) -> None:
    stage.reset(message(1, "", status=Status.STREAMING))
    stage.stream(1, MANY_BLOCKS)
    stage.model.upsert(message(1, MANY_BLOCKS))
    assert "Last." in shown_text(stage)


def test_a_burst_is_shown_at_once(stage: Stage) -> None:
    stage.reset(message(1, "", status=Status.STREAMING))
    stage.stream(1, "\n\n".join([MANY_BLOCKS] * 5))
    assert shown_text(stage).count("Last.") == 5


def shown_text(stage: Stage) -> str:
    body = stage.rows[0].body
    assert body is not None
    return body.text


def test_the_view_follows_at_the_end(stage: Stage) -> None:
    stage.reset(*conversation(20), message(21, "", status=Status.STREAMING))
    assert stage.view.follows
    for number in range(60):
        stage.stream(21, f"Paragraph {number}.\n\n")
        bar = stage.view.verticalScrollBar()
        assert bar.value() == bar.maximum()
        assert stage.part_with(f"Paragraph {number}.")


def test_scrolled_up_not_one_pixel_moves(stage: Stage) -> None:
    stage.reset(*conversation(20), message(21, "# Start\n\n" + "Text. " * 900, status=Status.STREAMING))
    stage.view.scroll_by(-300)
    stage.rest()
    before = stage.picture()
    for number in range(50):
        stage.stream(21, f"More {number}.\n\n```python\nx = {number}\n```\n\n")
        assert stage.picture() == before
    stage.model.upsert(replace(stage.model.message("m0000021") or message(21, ""), status=Status.COMPLETE))
    stage.rest()
    assert stage.picture() == before
    assert not stage.view.follows


def test_what_grows_above_does_not_move_what_is_read_below(stage: Stage) -> None:
    stage.reset(message(1, "", status=Status.STREAMING), *conversation(20, 2))
    stage.view.scroll_by(-200)
    stage.rest()
    before = stage.picture()
    stage.stream(1, "Something new, far above. " * 200)
    stage.rest()
    assert stage.picture() == before


def test_a_way_to_the_end_is_offered_when_something_came(stage: Stage) -> None:
    stage.reset(*conversation(20), message(21, "", status=Status.STREAMING))
    jump = stage.view._overlays.jump
    stage.view.scroll_by(-500)
    assert not jump.isVisible()
    stage.stream(21, "News.")
    assert jump.isVisible()
    jump.click()
    assert not jump.isVisible()
    assert stage.view.follows
    stage.stream(21, " More news.\n\n" * 50)
    assert stage.view.follows


def test_one_pixel_up_ends_following_and_the_end_begins_it(stage: Stage) -> None:
    stage.reset(*conversation(20), message(21, "", status=Status.STREAMING))
    stage.view.scroll_by(-1)
    assert not stage.view.follows
    stage.view.scroll_by(1)
    assert stage.view.follows


def test_a_selection_survives_the_stream_and_its_end(stage: Stage) -> None:
    text = "The first paragraph stays.\n\nThe second one **grows** "
    stage.reset(message(1, "", status=Status.STREAMING))
    stage.stream(1, text)
    stage.drag(stage.point_of("first"), stage.point_of("grows", end=True))
    selected = stage.view.selected_text()
    assert selected == "first paragraph stays.\n\nThe second one grows"
    for _ in range(40):
        stage.stream(1, "and grows ")
    assert stage.view.selected_text() == selected
    whole = stage.model.text_of("m0000001")
    stage.model.upsert(message(1, whole, model="m"))
    stage.rest()
    assert stage.view.selected_text() == selected


def test_a_selection_survives_reasoning_that_is_folded_above(stage: Stage) -> None:
    stage.reset(message(1, "The answer itself.", reasoning="Let me think.\n\nTwice."))
    stage.drag(stage.point_of("answer"), stage.point_of("itself", end=True))
    stage.click(stage.spot("Show reasoning"))
    assert stage.part_with("Twice.")
    stage.drag(stage.point_of("answer"), stage.point_of("itself", end=True))
    stage.click(stage.spot("Hide reasoning"))
    stage.drag(stage.point_of("answer"), stage.point_of("itself", end=True))
    assert stage.view.selected_text() == "answer itself"


def test_two_thousand_deltas_lay_out_the_open_block_only(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chat2anyllm_desktop.ui.transcript.prose import Prose

    laid_out: list[Prose] = []
    measure = Prose.measure

    def counted(part: Prose, width: int) -> int:
        laid_out.append(part)
        return measure(part, width)

    monkeypatch.setattr(Prose, "measure", counted)
    stage.reset(message(1, "", status=Status.STREAMING))
    for number in range(2000):
        stage.stream(1, "\n\n" if number % 20 == 19 else "word ")
    text = stage.model.text_of("m0000001")
    assert text.count("word") == 1900
    # One layout for each delta, and one more where a paragraph ends: none for the hundred paragraphs before.
    assert len(laid_out) < 2300


def test_colours_are_exact_once_the_fence_is_closed(stage: Stage) -> None:
    """C names its library types only when pygments sees the whole: the closing fence, which adds no code, brings that."""
    code = "size_t twice(uint32_t number)\n{\n    return 2 * (size_t) number;\n}\n"
    stage.reset(message(1, "", status=Status.STREAMING))
    stage.stream(1, "```c\n", code)
    stage.rest()
    stage.stream(1, "```\n")
    stage.rest()
    box = stage.part_with("twice").part
    assert isinstance(box, CodeBox)
    exact = Highlighter("c")
    exact.append(code)
    exact.close()
    exact.advance()
    assert [tuple(line) for line in box.lines.tokens] == exact.lines
    assert stage.on_screen() == stage.picture()
