"""What tells things apart in the conversation: keys set off from words, marks, the ring of the keyboard's focus; and
characters that fonts draw only together."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QTextLayout
from PySide6.QtTest import QTest

from chat2anyllm_desktop.ui.theme import FontRole
from chat2anyllm_desktop.ui.transcript.prose import Prose
from tests.ui.transcript.stage import Stage, message

FAMILY = "👨‍👩‍👧‍👦"


def _column(stage: Stage) -> int:
    return stage.view._pointer.column


def test_names_of_keys_have_room_around_them_and_are_copied_without(stage: Stage) -> None:
    stage.reset(
        message(
            1, "at **Q** or `Q` end\n\nat <kbd>Q</kbd> or <kbd>Q</kbd> end\n\nat<kbd>Q</kbd><kbd>W</kbd>."
        )
    )
    plain, keys, tight = (placed.part for placed in stage.placed if isinstance(placed.part, Prose))
    assert keys.text == "at Q or Q end"
    assert tight.text == "atQW."
    code = (
        plain.cursor_rect(plain.text.index(" end")).left() - plain.cursor_rect(plain.text.index(" or")).left()
    )
    key = keys.cursor_rect(keys.text.index(" end")).left() - keys.cursor_rect(keys.text.index(" or")).left()
    assert key - code == pytest.approx(4 + 4 + 2, abs=1), "before the name, behind it, and behind the outline"
    one, other = (tight.cursor_rect(tight.text.index(name)).left() for name in "QW")
    advance = stage.view._style.code_advance
    assert other - one - advance >= 4 + 2 + 4 - 1, "outlines of keys side by side touch"


def test_the_match_that_one_is_at_is_underlined(stage: Stage) -> None:
    stage.reset(message(1, "needle and needle\n\n```\nneedle\n```"))
    stage.view.find_text("needle")
    tokens = stage.theme.tokens
    seen = []
    for _ in range(3):
        picture = stage.picture()
        found = {
            picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())
        }
        seen.append({tokens.find_current.name(), tokens.find_match.name(), tokens.attention.name()} <= found)
        stage.view.find_step(1)
        stage.rest()
    assert seen == [True, True, True]


def test_in_high_contrast_what_is_selected_is_underlined(stage: Stage) -> None:
    stage.theme.set_contrast("high")
    stage.reset(message(1, "Some words"))
    stage.view.select_all()
    stage.rest()
    picture, at = stage.picture(), stage.point_of("words")
    column = [picture.pixelColor(at.x(), y) for y in range(at.y() - 10, at.y() + 30)]
    assert stage.theme.tokens.selection in column
    assert stage.theme.tokens.accent in column


@pytest.mark.parametrize("contrast", ["normal", "high"])
def test_what_has_the_keyboard_wears_a_ring(stage: Stage, contrast: str) -> None:
    stage.theme.set_contrast(contrast)
    words = "a link that is so long that it goes on in the next line, " * 3
    stage.reset(message(1, f"[{words}](https://example.org)\n\n```\nx\n```"))
    stage.take_keyboard()
    rings = []
    for _ in range(3):  # The link, "Wrap" or "Copy" of the code, and the one beside it.
        QTest.keyClick(stage.view, Qt.Key.Key_Tab)
        stage.rest()
        spot = stage.view._keys.spot
        placed = next(placed for placed in stage.placed if placed.part is stage.view._keys.part)
        assert spot is not None
        assert spot.area is not None
        picture = stage.picture()
        for area in (spot.area, *spot.more):
            on_screen = area.translated(_column(stage), placed.y)
            rings.append(_has_frame(picture, on_screen, stage.theme.tokens.accent))
    assert len(rings) >= 5, "a link of three lines has three rings"
    assert all(rings)


def _has_frame(picture: QImage, area: QRectF, colour: QColor) -> bool:
    """There is a line of this colour at all four sides of an area."""
    middle = area.center().toPoint()
    reach = range(-6, 7)

    def near(x: int, y: int, dx: int, dy: int) -> bool:
        return any(picture.pixelColor(x + dx * by, y + dy * by) == colour for by in reach)

    sides = [near(round(edge), middle.y(), 1, 0) for edge in (area.left(), area.right())]
    return all([*sides, *(near(middle.x(), round(edge), 0, 1) for edge in (area.top(), area.bottom()))])


@pytest.mark.parametrize("role", list(FontRole))
def test_characters_that_belong_together_are_drawn_as_one(stage: Stage, role: FontRole) -> None:
    layout = QTextLayout(FAMILY, stage.theme.font(role))
    layout.beginLayout()
    layout.createLine().setLineWidth(1000)
    layout.endLayout()
    runs = layout.glyphRuns()
    if not any("emoji" in run.rawFont().familyName().lower() for run in runs):
        pytest.skip("this computer has no font for emoji")
    assert sum(len(run.glyphIndexes()) for run in runs) == 1
    assert layout.lineAt(0).naturalTextWidth() < 2 * stage.theme.font(role).pixelSize()


def test_headings_in_chinese_are_bold(stage: Stage) -> None:
    stage.reset(message(1, "## 标题文字\n\n标题文字"))
    ink = [
        _ink(stage, placed.y, placed.part.height) / placed.part.natural_width
        for placed in stage.placed
        if isinstance(placed.part, Prose)
    ]
    sizes = [stage.theme.font(role).pixelSize() for role in (FontRole.HEADING_2, FontRole.BODY)]
    # What a stroke covers grows with its thickness, and that with the size: beyond it, it is bold.
    assert ink[0] > 1.15 * ink[1] * sizes[0] / sizes[1]


def _ink(stage: Stage, top: int, height: int) -> float:
    picture = stage.picture(2)
    left, width = 2 * _column(stage), 2 * stage.view._page.width
    inside = [
        picture.pixelColor(left + x, y).lightnessF()
        for x in range(width)
        for y in range(2 * top, 2 * (top + height))
    ]
    return sum(1 - value for value in inside)
