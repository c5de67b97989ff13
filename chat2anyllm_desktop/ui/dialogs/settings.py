"""The settings window. It knows values by their names and nothing of files, keychains or connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QFontMetrics
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QSystemTrayIcon,
    QVBoxLayout,
    QWidget,
)

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.setting_table import TABLE, Hidden
from chat2anyllm_desktop.ui.dialogs.connection_fields import DatabaseField, connection_field
from chat2anyllm_desktop.ui.dialogs.connection_test import ConnectionTest
from chat2anyllm_desktop.ui.dialogs.setting_fields import (
    ChoiceField,
    Field,
    FlagField,
    NumberField,
    PathField,
    TextField,
)
from chat2anyllm_desktop.ui.dialogs.setting_names import LABELS, PAGES, in_words
from chat2anyllm_desktop.ui.dialogs.size import fit
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.primary_button import PrimaryButton
from chat2anyllm_desktop.ui.shortcuts import key_words
from chat2anyllm_desktop.ui.theme import GRID, SPACE_L, SPACE_M, SPACE_XL, FontRole, Theme
from chat2anyllm_desktop.ui.translation import LANGUAGES

_SIZE = (720, 560)


class SettingsDialog(QDialog):
    """Open it with :meth:`open_page`.

    Signals: ``save_requested`` (dict of the settings that were changed); answer it with :meth:`on_saved`
    or :meth:`show_error`. ``test_gateway_requested`` and ``test_database_requested`` (dict of the settings as they stand in
    the fields of the page); answer with :meth:`show_gateway_result` and :meth:`show_database_result`. Stored secrets
    appear in them as the mask they came as.
    """

    save_requested = Signal(dict)
    test_gateway_requested = Signal(dict)
    test_database_requested = Signal(dict)
    keys_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._scale = 0
        self._shown: dict[str, object] = {}
        self._sent: dict[str, object] = {}
        self.fields = _fields(theme)
        database = self.fields["database_url"]
        assert isinstance(database, DatabaseField)
        self.database_password = database.password
        self.gateway_test = ConnectionTest(theme)
        self.gateway_test.requested.connect(
            lambda: self.test_gateway_requested.emit(self._values_of("gateway"))
        )
        self.database_test = ConnectionTest(theme)
        self.database_test.requested.connect(
            lambda: self.test_database_requested.emit(self._values_of("database"))
        )
        self._keychain = (_note(), _note())
        self.setWindowTitle(tr("Settings"))
        self._pages = QStackedWidget()
        self._list = QListWidget()
        self._list.setAccessibleName(tr("Pages of the settings"))
        self._list.setProperty("look", "pages")
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.currentRowChanged.connect(self._pages.setCurrentIndex)
        self._titles: list[PlainLabel] = []
        self._add_page("gateway", ("gateway_url", "gateway_key", self._keychain[0], self.gateway_test))
        self._add_page("gateway", ("proxy_url", "ca_file", "connect_timeout_s", "stall_timeout_s"), more=True)
        self._add_page("database", ("database_url", self._keychain[1], self.database_test))
        self._add_page("local", ("local_enabled", "local_model_path", "local_threads"))
        self._add_page("appearance", ("theme", "contrast", "language", "text_scale_percent", "motion"))
        self._add_page(
            "chat", ("default_model", "review_plans", "paste_markdown", "send_key", self._keys_button())
        )
        self._add_page("desktop", ("notifications", "notify_after_s", "tray", "close_to_tray"))
        for name in ("gateway_url", "gateway_key", "ca_file", "proxy_url"):
            self.fields[name].edited.connect(self.gateway_test.clear)
        database.edited.connect(self.database_test.clear)
        self._list.setCurrentRow(0)
        self._error = PlainLabel()
        self._error.setProperty("look", "fault")
        self._error.setWordWrap(True)
        cancel = QPushButton(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        save = PrimaryButton(tr("Save"), theme)
        save.setDefault(True)
        save.clicked.connect(self._on_save)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(SPACE_XL, SPACE_M, SPACE_L, SPACE_L)
        buttons.setSpacing(SPACE_M)
        buttons.addWidget(self._error, 1)
        buttons.addWidget(cancel)
        buttons.addWidget(save)
        right = QVBoxLayout()
        right.addWidget(self._pages, 1)
        right.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._list)
        row.addLayout(right, 1)
        self._dress()
        theme.changed.connect(self._dress)

    def say_kept(self, sentence: str) -> None:
        """Where secrets are kept."""
        for note in self._keychain:
            note.setText(sentence)

    def set_values(self, values: Mapping[str, object], variables: Mapping[str, str]) -> None:
        """Show these. ``variables`` names the environment variable of each setting that came from one, which is then
        read-only."""
        self.fields["tray"].explain(_tray_words())
        for name, field in self.fields.items():
            field.set_value(values.get(name))
            field.lock(variables.get(name, ""))
        self._shown = self._sent = self._values()
        self._error.clear()
        self.gateway_test.clear()
        self.database_test.clear()

    def open_page(self, place: str = "") -> None:
        """Show the window at a page of :data:`PAGES`, or at a setting, which then has the keyboard; at the page shown last
        when the name is empty or unknown."""
        self.open()
        self.raise_()
        self.activateWindow()
        self._go_to(place)

    def _go_to(self, place: str) -> None:
        page = LABELS[place][0] if place in LABELS else place
        if page in PAGES:
            self._list.setCurrentRow(list(PAGES).index(page))
        if place in self.fields:
            self.fields[place].setFocus(Qt.FocusReason.ShortcutFocusReason)

    @property
    def error(self) -> str:
        """Why saving was refused; empty when it was not."""
        return self._error.text()

    def on_saved(self) -> None:
        """What was asked for is saved. What was changed meanwhile, while the keychain waited to be unlocked, is not: it
        stays open for that."""
        self._shown = self._sent
        if self._values() == self._shown:
            self.accept()

    def show_error(self, sentence: str) -> None:
        """Saving was refused; what was typed stays, and the field that a sentence begins with gets the keyboard."""
        self._error.setText(in_words(sentence))
        if (name := sentence.partition(" ")[0]) in self.fields:
            self._go_to(name)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.error))

    def show_gateway_result(self, ok: bool, sentence: str) -> None:
        self.gateway_test.show_result(ok, in_words(sentence))

    def show_database_result(self, ok: bool, sentence: str) -> None:
        self.database_test.show_result(ok, in_words(sentence))

    def _values(self) -> dict[str, object]:
        return {name: field.value() for name, field in self.fields.items()}

    def _values_of(self, page: str) -> dict[str, object]:
        """What is wrong on another page does not keep a connection from being tried out."""
        return {name: value for name, value in self._values().items() if LABELS[name][0] == page}

    def _on_save(self) -> None:
        changed = {name: value for name, value in self._values().items() if value != self._shown.get(name)}
        if changed:
            self._error.clear()
            self._sent = self._values()
            self.save_requested.emit(changed)
        else:
            self.accept()

    def _keys_button(self) -> QWidget:
        """To all other keys: they are no fields, and hold as soon as they are chosen."""
        button = QPushButton(tr("Keyboard shortcuts…"))
        button.setAutoDefault(False)
        button.clicked.connect(self.keys_requested)
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(button)
        row.addStretch(1)
        return line

    def _add_page(self, page: str, parts: Sequence[str | QWidget], *, more: bool = False) -> None:
        """A page of fields by name and other widgets; ``more`` adds to the page made last."""
        if not more:
            QListWidgetItem(tr(PAGES[page]), self._list)
            content = QWidget()
            self._column = QVBoxLayout(content)
            self._column.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_M)
            self._column.setSpacing(SPACE_L)
            title = PlainLabel(tr(PAGES[page]), content)
            self._titles.append(title)
            self._column.addWidget(title)
            self._column.addStretch(1)
            scroll = QScrollArea()
            scroll.setFrameShape(QFrame.Shape.NoFrame)
            scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # It follows the focus of its fields.
            scroll.setWidgetResizable(True)
            scroll.setWidget(content)
            self._pages.addWidget(scroll)
        for part in parts:
            widget = self.fields[part] if isinstance(part, str) else part
            self._column.insertWidget(self._column.count() - 1, widget)

    def _dress(self) -> None:
        """The dialog is made once, and the size of text may be changed in it."""
        theme = self._theme
        if theme.text_scale_percent != self._scale:
            self._scale = theme.text_scale_percent
            fit(self, _SIZE, theme)
        metrics = QFontMetrics(theme.font())
        longest = max(
            metrics.horizontalAdvance(self._list.item(row).text()) for row in range(self._list.count())
        )
        self._list.setFixedWidth(max(theme.scaled(152), longest + 8 * theme.scaled(GRID) + SPACE_M))
        for row, title in enumerate(self._titles):
            self._list.item(row).setSizeHint(QSize(0, theme.scaled(32)))
            title.setFont(theme.font(FontRole.HEADING_3))

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def done(self, result: int) -> None:
        super().done(result)
        # The window stays for the next time; a secret that was typed into it does not.
        for name, field in self.fields.items():
            if TABLE[name].hidden is not Hidden.NOTHING:
                field.set_value("")


def _tray_words() -> str:
    if QSystemTrayIcon.isSystemTrayAvailable():
        return tr(TABLE["tray"].sentence)
    return tr(
        "This desktop shows no tray at the moment, so there will be no icon, and closing the window ends the program."
    )


def _note() -> PlainLabel:
    note = PlainLabel()
    note.setProperty("look", "muted")
    note.setWordWrap(True)
    return note


def _fields(theme: Theme) -> dict[str, Field]:
    """One field for each setting that people change here, with the sentence of the settings table."""
    said = {name: tr(setting.sentence) for name, setting in TABLE.items()}
    named = {name: tr(label) for name, (_, label) in LABELS.items()}
    return {
        "gateway_url": connection_field("gateway_url", theme),
        "gateway_key": connection_field("gateway_key", theme),
        "proxy_url": TextField(named["proxy_url"], said["proxy_url"]),
        "ca_file": PathField(
            named["ca_file"], said["ca_file"], tr("Certificates (*.pem *.crt *.cer);;All files (*)")
        ),
        "connect_timeout_s": NumberField(named["connect_timeout_s"], said["connect_timeout_s"], unit=tr("s")),
        "stall_timeout_s": NumberField(
            named["stall_timeout_s"], said["stall_timeout_s"], step=10, unit=tr("s")
        ),
        "database_url": connection_field("database_url", theme),
        "local_enabled": FlagField(named["local_enabled"], theme, said["local_enabled"]),
        "local_model_path": connection_field("local_model_path", theme),
        "local_threads": NumberField(named["local_threads"], said["local_threads"]),
        "theme": ChoiceField(
            named["theme"],
            said["theme"],
            (("system", tr("As the system")), ("light", tr("Light")), ("dark", tr("Dark"))),
            theme,
        ),
        "contrast": ChoiceField(
            named["contrast"],
            said["contrast"],
            (("system", tr("As the system")), ("normal", tr("Normal")), ("high", tr("High"))),
            theme,
        ),
        "language": ChoiceField(
            named["language"], said["language"], (("system", tr("As the system")), *LANGUAGES.items()), theme
        ),
        "text_scale_percent": NumberField(
            named["text_scale_percent"], said["text_scale_percent"], step=10, unit="%"
        ),
        "default_model": TextField(named["default_model"], said["default_model"]),
        "send_key": ChoiceField(
            named["send_key"],
            said["send_key"],
            (("enter", key_words("Return")), ("ctrl_enter", key_words("Ctrl+Return"))),
            theme,
        ),
        "motion": ChoiceField(
            named["motion"],
            said["motion"],
            (("system", tr("As the system")), ("reduced", tr("Less")), ("full", tr("Full"))),
            theme,
        ),
        "tray": FlagField(named["tray"], theme, said["tray"]),
        "close_to_tray": FlagField(named["close_to_tray"], theme, said["close_to_tray"]),
        "notifications": ChoiceField(
            named["notifications"],
            said["notifications"],
            (
                ("title", tr("With the title")),
                ("text", tr("With the answer")),
                ("off", tr("None")),
            ),
            theme,
        ),
        "notify_after_s": NumberField(named["notify_after_s"], said["notify_after_s"], step=5, unit=tr("s")),
        "paste_markdown": FlagField(named["paste_markdown"], theme, said["paste_markdown"]),
        "review_plans": FlagField(named["review_plans"], theme, said["review_plans"]),
    }
