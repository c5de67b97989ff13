"""Formulas in the conversation: drawn by the real child process, and read, selected, copied, found as TeX."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QMenu

from chat2anyllm_desktop.core.models import Status
from chat2anyllm_desktop.ui.transcript import copying
from chat2anyllm_desktop.ui.transcript.display import Display
from chat2anyllm_desktop.ui.transcript.formulas import Formulas
from chat2anyllm_desktop.ui.transcript.layout import Placed
from chat2anyllm_desktop.ui.transcript.lines import Lines
from chat2anyllm_desktop.ui.transcript.prose import Prose
from chat2anyllm_desktop.ui.transcript.runs import units
from chat2anyllm_desktop.ui.transcript.table import TableBox
from tests.ui.transcript.stage import Stage, message

WIDE = " + ".join(f"a_{{{number}}}" for number in range(40))


def lines_of(placed: Placed) -> Lines:
    assert isinstance(placed.part, Prose)
    assert placed.part._lines is not None
    return placed.part._lines


def formulas_of(placed: Placed) -> Formulas:
    found = lines_of(placed)._formulas
    assert found is not None
    return found


def areas(stage: Stage, placed: Placed) -> list[QRectF]:
    """Where formulas are drawn, in the viewport."""
    part = placed.part
    assert isinstance(part, Prose)
    x, y = stage.view._pointer.column + placed.row.place(placed.number)[0], placed.y
    if isinstance(part, Display):
        return [part._area.translated(x, y)] if part._formula is not None else []
    x, y = x + part._text_left, y + part._text_top
    return [drawn.area.translated(x, y) for drawn in formulas_of(placed)._places.values()]


def middle(area: QRectF) -> QPoint:
    return area.center().toPoint()


def ink(picture: QImage, area: QRectF, ground: QColor) -> list[float]:
    """How many points of each line of pixels are dark on light, or light on dark; half dark ones count half."""
    box = area.toAlignedRect()
    return [
        sum(
            abs(QColor(picture.pixel(x, y)).lightness() - ground.lightness()) / 230
            for x in range(box.left(), box.right() + 1)
        )
        for y in range(box.top(), box.bottom() + 1)
    ]


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def menu_at(stage: Stage, point: QPoint) -> QMenu:
    viewport = stage.view.viewport()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, viewport.mapToGlobal(point))
    QApplication.sendEvent(viewport, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def trigger(menu: QMenu, label: str) -> None:
    next(action for action in menu.actions() if action.text() == label).trigger()
    menu.close()


def test_a_formula_is_drawn_on_the_baseline_of_its_line(stage: Stage) -> None:
    stage.reset(message(1, r"HHHH $\frac{a}{b}$ HHHH"))
    placed = stage.part_with("HHHH")
    (area,) = areas(stage, placed)
    picture, ground = stage.picture(), stage.theme.tokens.background
    lines = lines_of(placed)
    baseline = placed.y + placed.part.top_of(0) + lines.baseline
    words = QRectF(area.left() - 60, area.top(), 40, area.height())
    rows = [number for number, count in enumerate(ink(picture, words, ground)) if count > 2]
    assert words.toAlignedRect().top() + rows[-1] + 1 == round(baseline)
    counts = ink(picture, area, ground)
    bar = area.toAlignedRect().top() + counts.index(max(counts))
    assert max(counts) > area.width() * 0.6  # The bar is the widest, and may lie between two lines of pixels.
    assert bar + 0.5 == pytest.approx(baseline - 0.258 * formulas_of(placed).size, abs=1)  # TeX's axis.


def test_lines_without_tall_formulas_keep_their_height(stage: Stage) -> None:
    words = "Words that fill lines of the column and are broken where it ends, again and again. " * 2
    tall = r"$\begin{pmatrix} a & b \\ c & d \\ e & f \end{pmatrix}$"
    stage.reset(message(1, f"{words} $x$ {words} {tall} {words}"))
    lines, line = lines_of(stage.part_with("Words")), stage.view._style.line
    heights = [below - top for top, below in zip(lines._tops, lines._tops[1:], strict=False)]
    assert sum(height != line for height in heights) == 1
    assert max(heights) > 2 * line
    assert lines._layout.text().count("_") == 2


def test_small_letters_of_formulas_are_as_high_as_those_of_the_text(stage: Stage) -> None:
    for scale in (80, 100, 200):
        stage.theme.set_text_scale(scale)
        stage.reset(message(1, "xxxx $x$"))
        placed = stage.part_with("xxxx")
        (area,) = areas(stage, placed)
        assert area.height() == pytest.approx(stage.view._style.body.pixelSize() * 0.547, rel=0.15)


def test_a_formula_is_selected_and_copied_as_its_tex(stage: Stage) -> None:
    stage.reset(message(1, "Before \\(x^2\\) after.\n\n\\[\ny = 1\n\\]\n\nThe end."))
    formula = middle(areas(stage, stage.part_with("Before"))[0])
    stage.drag(stage.point_of("Before"), formula + QPoint(4, 0))
    assert stage.view.selected_text() == "Before $x^2$"
    area = areas(stage, stage.part_with("Before"))[0]
    corner = area.toRect().topLeft() + QPoint(1, 1)
    assert QColor(stage.picture().pixel(corner)) == stage.theme.tokens.selection
    stage.drag(stage.point_of("end"), stage.point_of("Before"))
    assert stage.view.selected_text() == "Before $x^2$ after.\n\n$$y = 1$$\n\nThe "


def test_a_double_click_selects_a_formula(stage: Stage) -> None:
    stage.reset(message(1, "Before $x^2+y$ after.\n\n$$\na\n=\nb\n$$"))
    for text, expected in (("Before", "$x^2+y$"), ("$$", "$$\na\n=\nb\n$$")):
        area = areas(stage, stage.part_with(text))[0]
        for x in (area.left() + 2, area.right() - 2):
            point = QPointF(x, area.center().y()).toPoint()
            stage.click(point)
            stage.qtbot.mouseDClick(stage.view.viewport(), Qt.MouseButton.LeftButton, pos=point)
            assert stage.view.selected_text() == expected
            stage.qtbot.wait(QApplication.doubleClickInterval() + 20)


def test_the_keyboard_selects_a_formula_in_one_step(stage: Stage) -> None:
    stage.reset(message(1, "a $x^2$ b"))
    stage.click(stage.point_of("a "))
    for _ in range(3):
        stage.qtbot.keyClick(stage.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert stage.view.selected_text() == "a $x^2$"
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert stage.view.selected_text() == "a "


def test_what_is_selected_stays_so_when_the_drawing_comes(stage: Stage) -> None:
    stage.model.reset("s", [message(1, "Some words $x^2$ and more of them.")], False)
    stage.view.flush()
    assert stage.part_with("Some").part.waits
    stage.drag(stage.point_of("words"), stage.point_of("more", end=True))
    stage.rest()
    assert areas(stage, stage.part_with("Some"))
    assert stage.view.selected_text() == "words $x^2$ and more"


def test_messages_are_copied_with_their_tex_whether_opened_or_not(stage: Stage) -> None:
    texts = [f"Number {number}: $x_{{{number}}}$." for number in range(120)]
    stage.reset(*(message(number * 2 + 1, text) for number, text in enumerate(texts)))
    stage.view.select_all()
    assert stage.view.selected_text() == "\n\n".join(texts)
    assert copying.message_text(stage.rows[0]) == texts[0]
    assert copying.message_text(stage.rows[-1]) == texts[-1]
    stage.view.jump_to_latest()


def test_tex_is_found_and_the_formula_marked(stage: Stage) -> None:
    stage.reset(message(1, "The letter $\\alpha+\\beta$, and alpha.\n\n$$\n\\alpha\n$$"))
    assert stage.view.find_text("alpha") == 3
    stage.view.find_step(-2)
    (area,) = areas(stage, stage.part_with("letter"))
    corner = area.toRect().topLeft() + QPoint(1, 1)
    assert QColor(stage.picture().pixel(corner)) == stage.theme.tokens.find_current
    (area,) = areas(stage, stage.part_with("$$"))
    assert QColor(stage.picture().pixel(area.toRect().topLeft())) == stage.theme.tokens.find_match


def test_the_menu_copies_tex_and_shows_it(stage: Stage) -> None:
    stage.reset(message(1, "Before $x^2$ after.\n\n$$\ny\n$$"))
    for text, tex in (("Before", "x^2"), ("$$", "y")):
        point = middle(areas(stage, stage.part_with(text))[0])
        trigger(menu_at(stage, point), "Copy TeX")
        assert clipboard() == tex
        trigger(menu_at(stage, point), "Show TeX source")
        stage.rest()
        placed = stage.part_with(text)
        assert placed.part.measured
        assert not placed.part.waits
        assert lines_of(placed)._layout.text() == placed.part.text
        stage.drag(stage.point_of(tex), stage.point_of(tex, end=True))
        assert stage.view.selected_text() == tex
        trigger(menu_at(stage, stage.point_of(tex) + QPoint(2, 4)), "Show formula")
        stage.rest()
        assert len(areas(stage, stage.part_with(text))) == 1
    menu = menu_at(stage, stage.point_of("Before"))
    assert "Copy TeX" not in [action.text() for action in menu.actions()]
    menu.close()


def test_the_keyboard_goes_to_formulas(stage: Stage) -> None:
    stage.reset(message(1, "See [this](https://a.b), $x^2$ and $z$.\n\n| a |\n|--|\n| $t$ |\n\n$$\ny\n$$"))
    stage.take_keyboard()
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_J)
    for copied in ("$x^2$", "$z$", "$t$", "$$y$$"):
        stage.view.focusNextPrevChild(True)
        if copied == "$x^2$":
            stage.view.focusNextPrevChild(True)
        stage.qtbot.keyClick(stage.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        assert clipboard() == copied
        assert stage.view._keys.spot is not None
        ring = stage.view._keys.spot.area
        assert ring is not None
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_Return)
    stage.rest()
    assert lines_of(stage.part_with("$$y$$")).text == "$$y$$"
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_Return)
    stage.rest()
    assert areas(stage, stage.part_with("$$y$$"))


def test_what_is_shown_as_tex_stays_so_when_the_part_is_made_anew(stage: Stage) -> None:
    stage.reset(message(1, "Before $x^2$ after."))
    trigger(menu_at(stage, middle(areas(stage, stage.part_with("Before"))[0])), "Show TeX source")
    stage.theme.set_preference("dark")
    stage.rest()
    assert lines_of(stage.part_with("Before"))._formulas is None


def test_formulas_in_cells(stage: Stage) -> None:
    wide = r"\int_{-\infty}^{\infty} e^{-x^2}\,dx = \sqrt{\pi} \cdot \frac{a+b+c+d+e}{f}"
    stage.reset(message(1, f"| Name | Value |\n|--|--|\n| one | $x$ |\n| two | ${wide}$ |"))
    table = stage.part_with("Name").part
    assert isinstance(table, TableBox)
    cell = table._cells[2][1]
    assert cell.lines._layout.text() == "_"
    assert cell.wanted == cell.lines.natural == cell.lines.widest_formula
    assert table._lefts[2] - table._lefts[1] > cell.wanted
    assert table.text == f"Name\tValue\none\t$x$\ntwo\t${wide}$"
    number = table._cells[2][0]
    assert number.drop + number.lines.baseline == pytest.approx(cell.drop + cell.lines.baseline, abs=1)
    stage.view.resize(300, 600)
    stage.rest()
    table = stage.part_with("Name").part
    assert isinstance(table, TableBox)
    assert table._scroll.limit > 0
    assert table._cells[2][1].lines._layout.text() == "_"


def test_text_that_is_read_from_the_right(stage: Stage) -> None:
    stage.reset(message(1, "$abc$ שלום $x$ עולם"))
    placed = stage.part_with("שלום")
    lines = lines_of(placed)
    assert lines.rtl
    first, last = areas(stage, placed)
    assert first.left() > last.right()
    column = stage.view._pointer.column
    assert first.right() == pytest.approx(column + stage.view._page.width, abs=2)
    assert placed.part.position_at(first.right() - column, 12) == 0


def test_wide_formulas_never_widen_the_page(stage: Stage) -> None:
    stage.reset(message(1, f"$$\n{WIDE}\n$$\n\nInline ${WIDE}$ is shown as TeX."))
    display = stage.part_with("$$a").part
    assert isinstance(display, Display)
    assert display._scroll.limit > 100
    before = stage.picture()
    assert display.scroll_by(50, display.height - 1)
    stage.view.viewport().update()
    assert stage.picture() != before
    assert not areas(stage, stage.part_with("Inline"))
    assert lines_of(stage.part_with("Inline")).natural <= stage.view._page.width
    right = stage.view._pointer.column + stage.view._page.width + 8
    picture, ground = stage.picture(), stage.theme.tokens.background
    assert max(ink(picture, QRectF(right, 0, 40, 500), ground)) == 0


def test_another_width_shows_formulas_that_fit(stage: Stage) -> None:
    formula = " + ".join(f"a_{number}" for number in range(8))
    stage.reset(message(1, f"Sum ${formula}$ here."))
    assert len(areas(stage, stage.part_with("Sum"))) == 1
    stage.view.resize(260, 600)
    stage.rest()
    assert not areas(stage, stage.part_with("Sum"))
    stage.view.resize(800, 600)
    stage.rest()
    assert len(areas(stage, stage.part_with("Sum"))) == 1


def test_what_cannot_be_drawn_stays_as_it_is(stage: Stage) -> None:
    stage.reset(message(1, "No $\\frac{a}{$ here.\n\n$$\n\\nosuchcommand{\n$$"))
    for text in ("No", "$$"):
        placed = stage.part_with(text)
        assert not placed.part.waits
        assert lines_of(placed)._layout.text() == placed.part.text
    menu = menu_at(stage, stage.point_of("frac"))
    labels = [action.text() for action in menu.actions()]
    menu.close()
    assert "Copy TeX" in labels
    assert "Show TeX source" not in labels


def test_a_formula_with_a_line_for_itself_inside_of_a_paragraph(stage: Stage) -> None:
    text = "Aé𝒜 words $$x+y$$, and more \\[ z \\]"
    stage.reset(message(1, text))
    placed = stage.part_with("words")
    lines, formulas = lines_of(placed), formulas_of(placed)
    assert lines._layout.lineCount() == 4
    assert lines._layout.text() == "Aé𝒜 words\u2028_,\u2028and more\u2028_"
    assert placed.part.text == "Aé𝒜 words $$x+y$$, and more $$z$$"
    first, last = areas(stage, placed)
    column = stage.view._pointer.column + stage.view._page.width / 2
    assert last.center().x() == pytest.approx(column, abs=1.5)
    assert first.center().x() == pytest.approx(column, abs=6)  # The comma stands beside it.
    end = units(placed.part.text)
    for position in range(end + 1):
        back = formulas.source_at(formulas.shown_at(position))
        whole = formulas.whole(position, position)
        assert back == whole[0]


def test_colours(stage: Stage) -> None:
    stage.reset(message(1, "Dark $\\int x$ and [a link $\\int y$](https://a.b)."))
    for theme in ("light", "dark"):
        stage.theme.set_preference(theme)
        stage.rest()
        picture, tokens = stage.picture(), stage.theme.tokens
        plain, link = areas(stage, stage.part_with("Dark"))
        for area, colour in ((plain, tokens.text), (link, tokens.accent)):
            box = area.toAlignedRect()
            points = [
                QColor(picture.pixel(x, y))
                for x in range(box.left(), box.right())
                for y in range(box.top(), box.bottom())
            ]
            farthest = max(points, key=lambda point: abs(point.lightness() - tokens.background.lightness()))
            assert abs(farthest.red() - colour.red()) + abs(farthest.blue() - colour.blue()) < 40


def test_streaming_shows_tex_until_the_drawing_is_there(stage: Stage) -> None:
    stage.reset(message(0, "?"), message(1, "", status=Status.STREAMING))
    stage.stream(1, "Words and ", "$x^")
    assert stage.part_with("Words").part.text == "Words and $x^"
    stage.stream(1, "2$")
    assert lines_of(stage.part_with("Words"))._layout.text() == "Words and $x^2$"
    stage.rest()
    assert lines_of(stage.part_with("Words"))._layout.text() == "Words and _"
    stage.stream(1, " and more")  # Another layout, and no TeX in between.
    assert lines_of(stage.part_with("Words"))._layout.text() == "Words and _ and more"
    stage.stream(1, "\n\n$$\ny", "=1\n")
    assert isinstance(stage.part_with("$$").part, Display)
    assert lines_of(stage.part_with("$$")).text == "$$y=1"
    stage.stream(1, "$$\n")
    stage.rest()
    assert areas(stage, stage.part_with("$$"))
    assert stage.view.follows
    stage.check()


def test_drawings_that_come_do_not_move_what_is_read(stage: Stage) -> None:
    matrix = r"$\begin{pmatrix} a \\ b \\ c \\ d \end{pmatrix}$"
    paragraph = " ".join(
        f"Line {number} of many words {matrix} that follow each other." for number in range(60)
    )
    stage.model.reset("s", [message(1, paragraph)], False)
    stage.view.flush()
    stage.view.scroll_by(-300)
    placed = stage.placed[0]
    assert placed.part.waits
    assert placed.y < -200
    position = placed.part.position_at(0, -placed.y + 5)
    before = placed.y + placed.part.top_of(position)
    stage.rest()
    placed = stage.placed[0]
    assert len(formulas_of(placed)._places) == 60
    assert placed.y + placed.part.top_of(position) == before


def test_thousands_of_formulas(stage: Stage) -> None:
    stage.reset(message(1, "$a$ é " * 3000))
    formulas = formulas_of(stage.part_with("$a$"))
    assert len(formulas._places) == 1000
    stage.picture()
