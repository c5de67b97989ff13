"""Reviewing a plan: strike out, change, move, add, approve, drop."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QLineEdit
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.ui.plan_review import PlanReview
from chat2anyllm_desktop.ui.plan_steps import StepList
from chat2anyllm_desktop.ui.theme import Theme

STEPS = ["Read the code", "Write a test", "Fix it"]


@pytest.fixture
def review(qtbot: QtBot) -> PlanReview:
    review = PlanReview(Theme("light"))
    qtbot.addWidget(review)
    assert not review.isVisible()
    review.resize(700, 300)
    review.show_plan(STEPS)
    return review


def steps_of(review: PlanReview) -> StepList:
    assert review.list is not None
    return review.list


def button(review: PlanReview, text: str) -> QAbstractButton:
    return next(b for b in review.findChildren(QAbstractButton) if b.text() == text)


def test_an_untouched_plan_is_approved_as_it_is(review: PlanReview, qtbot: QtBot) -> None:
    with qtbot.waitSignal(review.approved) as approved:
        qtbot.mouseClick(button(review, "Approve"), Qt.MouseButton.LeftButton)
    assert approved.args == [STEPS]
    assert not review.isVisible()


def test_control_enter_approves(review: PlanReview, qtbot: QtBot) -> None:
    with qtbot.waitSignal(review.approved):
        qtbot.keyClick(steps_of(review), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def test_space_strikes_a_step_out_and_takes_it_back(review: PlanReview, qtbot: QtBot) -> None:
    steps_of(review).setCurrentRow(1)
    qtbot.keyClick(steps_of(review), Qt.Key.Key_Space)
    assert review.steps() == ["Read the code", "Fix it"]
    qtbot.keyClick(steps_of(review), Qt.Key.Key_Space)
    assert review.steps() == STEPS


def test_a_click_on_the_box_strikes_out(review: PlanReview, qtbot: QtBot) -> None:
    listed = steps_of(review)
    box = listed.visualItemRect(listed.item(0)).topLeft() + QPoint(14, 14)
    qtbot.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=box)
    assert review.steps() == STEPS[1:]


def test_alt_arrows_move_the_current_step(review: PlanReview, qtbot: QtBot) -> None:
    listed = steps_of(review)
    listed.setCurrentRow(0)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(listed, key, Qt.KeyboardModifier.AltModifier)
    assert review.steps() == ["Write a test", "Fix it", "Read the code"]
    qtbot.keyClick(listed, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert review.steps() == ["Write a test", "Read the code", "Fix it"]


def test_a_step_is_changed_in_place(review: PlanReview, qtbot: QtBot) -> None:
    listed = steps_of(review)
    listed.setCurrentRow(2)
    qtbot.keyClick(listed, Qt.Key.Key_F2)
    editor = listed.findChild(QLineEdit)
    assert editor is not None
    editor.setText("Mend it")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: review.steps() == ["Read the code", "Write a test", "Mend it"])


def test_an_added_step_comes_after_the_current_one_and_empty_ones_do_not_count(
    review: PlanReview, qtbot: QtBot
) -> None:
    listed = steps_of(review)
    listed.setCurrentRow(0)
    qtbot.mouseClick(button(review, "Add a step"), Qt.MouseButton.LeftButton)
    assert review.steps() == STEPS
    editor = listed.findChild(QLineEdit)
    assert editor is not None
    editor.setText("Think")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: review.steps() == ["Read the code", "Think", "Write a test", "Fix it"])


def test_nothing_left_cannot_be_approved(review: PlanReview, qtbot: QtBot) -> None:
    for row in range(3):
        steps_of(review).setCurrentRow(row)
        qtbot.keyClick(steps_of(review), Qt.Key.Key_Space)
    assert not button(review, "Approve").isEnabled()
    with qtbot.assertNotEmitted(review.approved):
        qtbot.keyClick(steps_of(review), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def test_a_dropped_plan_is_told(review: PlanReview, qtbot: QtBot) -> None:
    with qtbot.waitSignal(review.dropped):
        qtbot.mouseClick(button(review, "Drop"), Qt.MouseButton.LeftButton)
    assert not review.isVisible()


def test_a_second_plan_replaces_the_first(review: PlanReview) -> None:
    review.show_plan(["Only one"])
    assert review.steps() == ["Only one"]
