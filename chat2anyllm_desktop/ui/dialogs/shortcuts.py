"""The sheet of all keys, from the same table as the menus; here they are changed too."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QFrame, QListView, QPushButton, QVBoxLayout, QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.dialogs.key_panel import KeyPanel
from chat2anyllm_desktop.ui.dialogs.key_rows import KeyDelegate, KeyRow, rows_for
from chat2anyllm_desktop.ui.dialogs.size import fit
from chat2anyllm_desktop.ui.filter_field import FilterField
from chat2anyllm_desktop.ui.key_rules import refusal
from chat2anyllm_desktop.ui.keys import Own
from chat2anyllm_desktop.ui.palette.rows import ROW_ROLE, RowModel
from chat2anyllm_desktop.ui.shortcuts import BY_ID, KEYS, Shortcut, key_words, title_of
from chat2anyllm_desktop.ui.theme import SPACE_L, SPACE_M, Theme

_SIZE = (620, 680)


class ShortcutsDialog(QDialog):
    """Made, opened and gone again at Esc.

    Signal: ``own_changed(Own)`` with all keys that are the user's own from now on; they are in force already.
    """

    own_changed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        fit(self, _SIZE, theme)
        self.field = FilterField(theme, tr("Find an action or a key"))
        self.field.textChanged.connect(self._on_filter)
        self.field.moved.connect(self._on_moved)
        self.field.entered.connect(lambda: self._change())
        self.model = RowModel(self)
        self.list = _List()
        self.list.setModel(self.model)
        self.list.setItemDelegate(KeyDelegate(theme, self.list))
        self.list.change_pressed.connect(lambda: self._change())
        self.list.none_pressed.connect(self._on_none)
        self.list.doubleClicked.connect(lambda _: self._change())
        self.list.selectionModel().currentChanged.connect(self._on_current)
        self.panel = KeyPanel(theme)
        self.panel.change_asked.connect(lambda: self._change())
        self.panel.add_asked.connect(lambda: self._change(add=True))
        self.panel.none_asked.connect(self._on_none)
        self.panel.reset_asked.connect(self._on_reset)
        self.panel.reset_all_asked.connect(self._on_reset_all)
        self.panel.recorder.recorded.connect(self._on_recorded)
        self.panel.ended.connect(self._give_back)
        self._adds = False
        self._before: QWidget = self.field
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_L, 0, 0)
        column.setSpacing(SPACE_M)
        top = QVBoxLayout()
        top.setContentsMargins(SPACE_L, 0, SPACE_L, 0)
        top.addWidget(self.field)
        column.addLayout(top)
        column.addWidget(self.list, 1)
        column.addWidget(self.panel)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)
        self._on_filter("")
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        KEYS.changed.connect(self._on_keys_changed)

    @property
    def current(self) -> Shortcut | None:
        """The row that is to be changed."""
        row: KeyRow | None = self.list.currentIndex().data(ROW_ROLE)
        return row.shortcut if row is not None else None

    def go_to(self, shortcut_id: str) -> None:
        """Make a row the current one; one that the filter leaves out is none."""
        for number, row in enumerate(self.model.rows):
            if isinstance(row, KeyRow) and row.shortcut is not None and row.shortcut.id == shortcut_id:
                self.list.setCurrentIndex(self.model.index(number))

    # The list ----------------------------------------------------------------------------------------------------------
    def _on_filter(self, text: str) -> None:
        current = self.current
        self.model.set_rows(rows_for(text))
        self.list.setCurrentIndex(self.model.index(self.model.step(-1, 0)))
        if current is not None:
            self.go_to(current.id)
        if not self.model.rows:
            self.panel.show_nothing(tr("Nothing is called “{text}”.", text=text.strip()))

    def _on_moved(self, steps: int) -> None:
        self.list.setCurrentIndex(self.model.index(self.model.step(self.list.currentIndex().row(), steps)))

    def _on_current(self, _index: QModelIndex) -> None:
        if (current := self.current) is not None:
            self.panel.show_row(current)
            if self.list.currentIndex().row() == 1:
                self.list.scrollToTop()  # The heading above is seen too.

    def _on_keys_changed(self) -> None:
        """The row that was changed stays where it is, also when the filter asks for its old key."""
        current = self.current
        rows = rows_for(self.field.text(), current)
        if rows != self.model.rows:
            self.model.set_rows(rows)
            if current is not None:
                self.go_to(current.id)
        self.model.dataChanged.emit(self.model.index(0), self.model.index(len(rows) - 1))

    # Changes -----------------------------------------------------------------------------------------------------------
    def _change(self, *, add: bool = False) -> None:
        """Take the next key for the current row, in place of those it has or beside them."""
        row = self.current
        if row is None:
            return
        if not row.in_menu:
            self.panel.show_row(row)
            return
        self._remember_focus()
        self._adds = add
        self.panel.record(row)

    def _on_recorded(self, keys: str) -> None:
        row = self.current
        if row is None:
            return
        if why := refusal(keys, row):
            self.panel.refuse(why)
            return
        wanted = (*KEYS.of(row.id), keys) if self._adds else (keys,)
        self._take(row, wanted, keys)

    def _take(self, row: Shortcut, wanted: tuple[str, ...], *asked: str) -> None:
        """Give a row these keys; where one of those ``asked`` for is that of another row, the user decides."""
        other = next((owner for keys in asked if (owner := KEYS.owner(keys)) and owner != row.id), "")
        if not other:
            self._give(row, wanted)
            return
        keys = next(keys for keys in asked if KEYS.owner(keys) == other)
        question = tr("{keys} is the key of “{action}”.", keys=key_words(keys), action=title_of(BY_ID[other]))
        self.panel.ask(
            question,
            {
                tr("Another key"): lambda: self.panel.record(row),
                tr("Take it over"): lambda: self._give(row, wanted),
            },
        )

    def _give(self, row: Shortcut, wanted: tuple[str, ...]) -> None:
        self._put_in_force(KEYS.given(row.id, wanted))
        keys = ", ".join(key_words(key) for key in KEYS.of(row.id))
        title = title_of(row)
        said = tr("“{action}” is {keys} now.", action=title, keys=keys) if keys else ""
        self.panel.end(said or tr("“{action}” has no key now.", action=title))

    def _put_in_force(self, own: Own) -> None:
        KEYS.load(own, send_on_enter=KEYS.of("send") == BY_ID["send"].platform_keys)
        self.own_changed.emit(own)

    def _on_none(self) -> None:
        row = self.current
        if row is not None and row.in_menu and KEYS.of(row.id):
            self._remember_focus()
            self._give(row, ())

    def _on_reset(self) -> None:
        if (row := self.current) is not None:
            self._remember_focus()
            self._take(row, row.platform_keys, *row.platform_keys)

    def _on_reset_all(self) -> None:
        self._remember_focus()

        def reset() -> None:
            self._put_in_force(KEYS.unchanged())
            self.panel.end(tr("Every action has its first keys again."))

        self.panel.ask(
            tr("Give every action its first keys again?"),
            {tr("Keep mine"): lambda: self.panel.end(""), tr("Reset all"): reset},
        )

    # The keyboard ------------------------------------------------------------------------------------------------------
    def _remember_focus(self) -> None:
        if not self.panel.is_asking:
            self._before = self.focusWidget()

    def _give_back(self) -> None:
        before = self._before if self._before.isVisible() and self._before.isEnabled() else self.list
        before.setFocus(Qt.FocusReason.OtherFocusReason)

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.panel.is_asking:
            self.panel.end("")
        else:
            super().keyPressEvent(event)


class _List(QListView):
    """Signals: ``change_pressed`` (Enter, F2), ``none_pressed`` (Delete)."""

    change_pressed = Signal()
    none_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Keyboard shortcuts"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.change_pressed.emit()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.none_pressed.emit()
        else:
            super().keyPressEvent(event)
