"""What a screen reader is told of everything that can be used, in every surface: a name, a role, and its state."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QScrollBar,
    QTextEdit,
    QWidget,
)

from chat2anyllm_desktop import ui
from tests.conftest import LoopRunner
from tests.ui.scripted import by_question, gateway
from tests.ui.surfaces import SCRIPTS, SURFACES, furnish, on_show
from tests.ui.window_driver import open_window

_USED = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTextEdit,
)
_MOUSE = ("mousePressEvent", "mouseReleaseEvent", "mouseDoubleClickEvent")


def ours(kind: type[QWidget]) -> bool:
    return kind.__module__.startswith(f"{ui.__name__}.")


def usable(root: QWidget) -> Iterator[QWidget]:
    """Everything visible in ``root`` that takes the keyboard or clicks."""
    for widget in (root, *root.findChildren(QWidget)):
        if not widget.isVisible() or widget.window() is not root.window() or is_part_of_another(widget):
            continue
        if isinstance(widget, QLabel) and not widget.text():
            continue  # Where something is going to be said.
        clicked = any(ours(kind) and _MOUSE & kind.__dict__.keys() for kind in type(widget).__mro__)
        if isinstance(widget, _USED) or widget.focusPolicy() != Qt.FocusPolicy.NoFocus or clicked:
            yield widget


def is_part_of_another(widget: QWidget) -> bool:
    area = widget.parent()
    return isinstance(widget, QScrollBar) or (
        isinstance(area, QAbstractScrollArea) and area.viewport() is widget
    )


def has_role(widget: QWidget) -> bool:
    """Qt has no role for an area that only scrolls, nor for a widget that only holds others."""
    role = interface(widget).role()
    plain = isinstance(widget, QAbstractScrollArea) or widget.focusPolicy() == Qt.FocusPolicy.NoFocus
    return role != QAccessible.Role.NoRole and (plain or role != QAccessible.Role.Client)


def interface(widget: QWidget) -> QAccessibleInterface:
    found = QAccessible.queryAccessibleInterface(widget)
    assert found is not None, widget
    return found


def name_of(widget: QWidget) -> str:
    return interface(widget).text(QAccessible.Text.Name)


def described(widget: QWidget) -> str:
    return f"{type(widget).__name__} in {type(widget.parent()).__name__}: {name_of(widget)!r}"


def faults(root: QWidget) -> list[str]:
    """What a screen reader would miss in this surface, named."""
    found = []
    widgets = list(usable(root))
    for widget in widgets:
        told = interface(widget)
        if not name_of(widget).strip():
            found.append(f"no name: {described(widget)}")
        if not has_role(widget):
            found.append(f"no role: {described(widget)}")
        if told.state().disabled != (not widget.isEnabled()):  # type: ignore[attr-defined]  # not in the stubs
            found.append(f"enabled or not is not told: {described(widget)}")
        if "<" in told.text(QAccessible.Text.Description):
            found.append(f"markup in what is told: {described(widget)}")
        if isinstance(widget, QAbstractItemView):
            found += [f"row {row} has no name: {described(widget)}" for row in nameless_rows(widget)]
        if isinstance(widget, QMenu):
            entries = [action for action in widget.actions() if not action.isSeparator()]
            found += [f"nameless entry: {described(widget)}" for action in entries if not action.text()]
    buttons = Counter(name_of(widget) for widget in widgets if isinstance(widget, QAbstractButton))
    found += [f"{count} buttons are called {name!r}" for name, count in buttons.items() if count > 1]
    return found


def nameless_rows(view: QAbstractItemView) -> list[int]:
    model = view.model()
    roles = (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DisplayRole)
    rows = range(model.rowCount()) if model is not None else ()
    return [row for row in rows if not any(model.index(row, 0).data(role) for role in roles)]


def widget_classes() -> set[type[QWidget]]:
    """Every widget class that the program defines."""
    for module in pkgutil.walk_packages(ui.__path__, f"{ui.__name__}."):
        importlib.import_module(module.name)
    found: set[type[QWidget]] = set()
    waiting: list[type[QWidget]] = [QWidget]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if ours(kind):
                found.add(kind)
    return found


def test_everything_that_can_be_used_has_a_name_and_a_role_everywhere(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong: list[str] = []
    met: set[type] = set()

    async def scenario() -> None:
        async with open_window() as desk:
            await furnish(desk)
            for surface in SURFACES:
                async with on_show(desk, surface) as root:
                    assert list(usable(root)), surface.name
                    wrong.extend(f"{surface.name}: {fault}" for fault in faults(root))
                    for top in QApplication.topLevelWidgets():
                        for widget in (top, *top.findChildren(QWidget)):
                            met.update(type(widget).__mro__)

    with gateway(monkeypatch, by_question(SCRIPTS)):
        qt_loop.run(scenario(), 120)
    assert not wrong, "\n".join(wrong)
    unmet = sorted(f"{kind.__module__}.{kind.__qualname__}" for kind in widget_classes() - met)
    assert not unmet, "in no surface of the table:\n" + "\n".join(unmet)
