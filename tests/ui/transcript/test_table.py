"""Tables: what can be done in their cells."""

from __future__ import annotations

from PySide6.QtCore import Qt

from chat2anyllm_desktop.ui.transcript.table import TableBox
from tests.ui.transcript.stage import Stage, message


def test_a_formula_in_a_cell_is_text_for_the_mouse(stage: Stage) -> None:
    stage.reset(message(1, "| Name | Value |\n|--|--|\n| [one](https://a.b) | $x^2$ |"))
    placed = stage.part_with("Name")
    table = placed.part
    assert isinstance(table, TableBox)
    ((link, formula),) = (table.spots(),)
    for spot, of_mouse in ((link, True), (formula, False)):
        assert spot.area is not None
        inside = spot.area.center()
        assert table.spot_at(inside.x(), inside.y()) == (spot if of_mouse else None)
    assert formula.area is not None
    point = formula.area.translated(stage.view._pointer.column, placed.y).center().toPoint()
    stage.qtbot.mouseClick(stage.view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    stage.rest()
    assert table._cells[1][1].lines._layout.text() == "_"
    stage.qtbot.mouseDClick(stage.view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert stage.view.selected_text() == "$x^2$"
