"""The application style sheet: only what the palette cannot say, because every rule is paid for on every widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat2anyllm_desktop.ui.theme import RADIUS, RADIUS_LARGE, RADIUS_SMALL

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from chat2anyllm_desktop.ui.theme import Theme, Tokens


def style_sheet(theme: Theme) -> str:
    """Widgets ask for a look by the dynamic property ``look``, set before they are shown.

    Buttons: ``primary``, ``quiet``, ``danger``, ``icon``, ``tight``; labels: ``muted``, ``fault``; lists: ``pages``; fields:
    ``field``, ``filter``; frames: ``chip``, ``popup``, ``card`` (buttons too).

    What has the keyboard's focus wears a ring of ``Tokens.ring`` pixels; the padding gives way, so that nothing moves.
    """
    t = theme.tokens
    small = theme.scaled(12)
    pad = theme.scaled(4)
    wide = theme.scaled(12)
    more = t.ring - 1
    edge = _(t.edge)
    lined = f"border: 1px solid {edge};" if t.high_contrast else ""
    lit = f"border: 1px solid {_(t.accent)};" if t.high_contrast else ""
    return f"""
QMainWindow::separator {{ background: {_(t.hairline)}; width: 1px; height: 1px; }}
QMainWindow::separator:hover {{ background: {_(t.accent)}; }}
QToolTip {{ background: {_(t.surface_raised)}; color: {_(t.text)}; border: 1px solid {edge};
  padding: {pad}px {2 * pad}px; }}
QMenuBar {{ background: {_(t.surface)}; border-bottom: 1px solid {_(t.hairline)}; padding: 0 4px; }}
QMenuBar::item {{ background: transparent; padding: {pad}px {2 * pad}px; border-radius: {RADIUS}px; }}
QMenuBar::item:selected {{ background: {_(t.hover)}; {lit} }}
QMenuBar::item:pressed {{ background: {_(t.pressed)}; }}
QMenu {{ background: {_(t.surface_raised)}; border: 1px solid {edge}; padding: 4px; menu-scrollable: 1; }}
QMenu::item {{ padding: {pad + 1}px {wide}px {pad + 1}px {wide}px; border-radius: {RADIUS_SMALL}px; margin: 0 1px; }}
QMenu::item:selected {{ background: {_(t.accent_soft)}; color: {_(t.text)}; {lit} }}
QMenu::item:disabled {{ color: {_(t.control)}; }}
QMenu::separator {{ height: 1px; background: {_(t.hairline)}; margin: 4px {wide}px; }}
QMenu::indicator {{ width: 12px; height: 12px; left: 6px; }}
QTabBar {{ background: {_(t.surface)}; }}
QTabBar::tab {{ background: transparent; color: {_(t.text_muted)}; padding: {pad}px {wide}px; border: none;
  border-top: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {_(t.text)}; border-top-color: {_(t.accent)}; }}
QTabBar::tab:hover {{ color: {_(t.text)}; }}
QPushButton, QToolButton {{ background: transparent; color: {_(t.text)}; border: 1px solid transparent;
  border-radius: {RADIUS}px; padding: {pad}px {2 * pad}px; }}
QPushButton {{ border-color: {_(t.control)}; padding: {pad + 1}px {wide}px; }}
QPushButton:hover, QToolButton:hover {{ background: {_(t.hover)}; }}
QPushButton:pressed, QToolButton:pressed, QToolButton:open {{ background: {_(t.pressed)}; }}
QToolButton:checked {{ background: {_(t.accent_soft)}; }}
QToolButton:focus {{ border: {t.ring}px solid {_(t.accent)}; padding: {pad - more}px {2 * pad - more}px; }}
QPushButton:focus {{ border: {t.ring}px solid {_(t.accent)}; padding: {pad + 1 - more}px {wide - more}px; }}
QPushButton:disabled {{ color: {_(t.control)}; border-color: {_(t.hairline)}; }}
QToolButton:disabled {{ color: {_(t.control)}; }}
QToolButton::menu-indicator {{ image: none; }}
QPushButton[look="primary"] {{ background: {_(t.accent)}; color: {_(t.accent_text)}; border-color: {_(t.accent)}; }}
QPushButton[look="primary"]:hover, QPushButton[look="primary"]:pressed {{ background: {_(accent_under_the_mouse(t))}; }}
QPushButton[look="primary"]:focus {{ border-color: {_(t.text)}; }}
QPushButton[look="primary"]:disabled {{ background: {_(t.pressed)}; color: {_(t.text_muted)};
  border-color: {_(t.pressed)}; }}
*[look="quiet"] {{ border-color: transparent; color: {_(t.accent)}; padding: {pad}px {2 * pad}px; }}
*[look="quiet"]:disabled {{ color: {_(t.control)}; border-color: transparent; }}
*[look="quiet"]:focus {{ border-color: {_(t.accent)}; padding: {pad - more}px {2 * pad - more}px; }}
QMenuBar > QToolButton {{ border: none; padding: 0; }}
QToolButton[look="icon"] {{ padding: {pad}px; }}
QToolButton[look="icon"]:focus {{ padding: {pad - more}px; }}
QToolButton[look="tight"] {{ padding: 2px; border-radius: {RADIUS_SMALL}px; }}
QToolButton[look="tight"]:hover {{ background: {_(t.pressed)}; }}
QToolButton[look="tight"]:focus {{ border-width: 2px; padding: 1px; }}
*[look="card"] {{ background: {_(t.surface)}; border: 1px solid {_(t.hairline)}; border-radius: {RADIUS_LARGE}px; }}
QPushButton[look="card"]:hover {{ background: {_(t.hover)}; }}
QPushButton[look="card"]:pressed {{ background: {_(t.pressed)}; }}
QPushButton[look="card"]:focus {{ border: {t.ring}px solid {_(t.accent)}; }}
QFrame[look="chip"] {{ background: {_(t.hover)}; border-radius: {RADIUS}px; {lined} }}
*[look="danger"] {{ color: {_(t.fault)}; }}
QLabel[look="fault"] {{ color: {_(t.fault)}; }}
QLabel[look="muted"] {{ color: {_(t.text_muted)}; font-size: {small}px; }}
QLineEdit, QComboBox {{ background: {_(t.surface_raised)}; border: 1px solid {_(t.control)};
  border-radius: {RADIUS}px; padding: {pad}px {2 * pad}px; selection-background-color: {_(t.selection)};
  selection-color: {_(t.text)}; }}
QPlainTextEdit[look="field"], QTextEdit[look="field"] {{ background: {_(t.surface_raised)};
  border: 1px solid {_(t.control)}; border-radius: {RADIUS}px; padding: {pad}px; }}
QComboBox:hover {{ background: {_(t.hover)}; }}
QLineEdit:focus, QComboBox:focus {{ border: {t.ring}px solid {_(t.accent)};
  padding: {pad - more}px {2 * pad - more}px; }}
QPlainTextEdit[look="field"]:focus, QTextEdit[look="field"]:focus {{ border: {t.ring}px solid {_(t.accent)};
  padding: {pad - more}px; }}
QLineEdit:read-only {{ background: {_(t.surface)}; border-color: {_(t.hairline)}; color: {_(t.text_muted)}; }}
QLineEdit[look="filter"] {{ background: {_(t.hover)}; border-color: {_(t.control) if t.high_contrast else "transparent"}; }}
QLineEdit[look="filter"]:focus {{ background: {_(t.background)}; border-color: {_(t.accent)}; }}
QListView[look="pages"] {{ background: {_(t.surface)}; border-right: 1px solid {_(t.hairline)};
  padding: {2 * pad}px; outline: none; }}
QListView[look="pages"]::item {{ padding: 0 {2 * pad}px; border-radius: {RADIUS}px; color: {_(t.text)}; }}
QListView[look="pages"]::item:hover {{ background: {_(t.hover)}; }}
QListView[look="pages"]::item:selected {{ background: {_(t.accent_soft)}; {lit} }}
QListView[look="pages"]::item:selected:focus {{ border: {t.ring}px solid {_(t.accent)}; padding: 0 {2 * pad - more}px; }}
QComboBox QAbstractItemView {{ outline: none; }}
QComboBox QAbstractItemView::item {{ padding: {pad}px {2 * pad}px; }}
QComboBox QAbstractItemView::item:selected {{ background: {_(t.accent_soft)}; color: {_(t.text)}; {lit} }}
QComboBox::down-arrow {{ image: none; }}
QComboBox::drop-down {{ border: none; width: {theme.scaled(20)}px; }}
QToolButton[look="picker"] {{ padding-right: {theme.scaled(28)}px; }}
QFrame[look="popup"] {{ background: {_(t.surface_raised)}; border: 1px solid {edge};
  border-radius: {RADIUS_LARGE}px; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {_(t.control)}; border-radius: 2px; margin: 3px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::handle:hover, QScrollBar::handle:pressed {{ background: {_(t.text_muted)}; border-radius: 3px; margin: 2px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def _(colour: QColor) -> str:
    return colour.name()


def accent_under_the_mouse(tokens: Tokens) -> QColor:
    """The ground of a primary button that is pointed at or pressed: a little nearer to the text."""
    from PySide6.QtGui import QColor

    one, other, share = tokens.accent, tokens.text, 0.15
    return QColor.fromRgbF(
        one.redF() + (other.redF() - one.redF()) * share,
        one.greenF() + (other.greenF() - one.greenF()) * share,
        one.blueF() + (other.blueF() - one.blueF()) * share,
    )
