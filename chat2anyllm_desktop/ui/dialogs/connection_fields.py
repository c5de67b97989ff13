"""The fields of what the program connects to: the same in the settings window and in the welcome."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit, urlunsplit

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.llm.address import with_scheme
from chat2anyllm_desktop.setting_types import MASK, is_readable_url, password_of, with_password
from chat2anyllm_desktop.settings import TABLE
from chat2anyllm_desktop.ui.dialogs.setting_fields import Field, PathField, SecretField, TextField
from chat2anyllm_desktop.ui.dialogs.setting_names import LABELS
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.theme import GRID, SPACE_M, Theme

_SCHEME = "postgresql"


def connection_field(name: str, theme: Theme) -> Field:
    """A new field for ``gateway_url``, ``gateway_key``, ``database_url`` or ``local_model_path``."""
    label, said = tr(LABELS[name][1]), tr(TABLE[name].sentence)
    if name == "gateway_url":
        return GatewayField(label, said, "http://localhost:4000")
    if name == "gateway_key":
        return SecretField(label, theme, said)
    if name == "database_url":
        return DatabaseField(label, said, theme)
    return PathField(label, said, tr("Models (*.gguf);;All files (*)"))


class GatewayField(TextField):
    """The address of a gateway; who leaves out ``http://`` need not be told."""

    def value(self) -> object:
        return with_scheme(self.editor.text().strip())


class DatabaseField(TextField):
    """The address of a database, as one line or in its parts, and the password by itself. The line is what counts; the
    parts are written into it.

    Signal: ``edited``, for the password too.
    """

    def __init__(self, label: str, hint: str, theme: Theme) -> None:
        super().__init__(label, hint, "postgresql://user@host/database")
        self.password = SecretField(tr("Password"), theme)
        self.password.edited.connect(self.edited)
        self.parts = _Parts()
        self.parts.edited.connect(self._on_parts_edited)
        self.parts.hide()
        self._toggle = QPushButton()
        self._toggle.setProperty("look", "quiet")
        self._toggle.setAutoDefault(False)
        self._toggle.clicked.connect(lambda: self.show_parts(self.parts.isHidden()))
        self.editor.editingFinished.connect(self._part_with_password)
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(0, self.parts)
        column.addWidget(self._toggle, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(SPACE_M)
        column.addWidget(self.password)
        self.show_parts(False)

    def value(self) -> object:
        url = self.editor.text().strip()
        if url and "://" not in url and "=" not in url:
            url = f"{_SCHEME}://{url}"
        password = str(self.password.value())
        if not url or not password or password_of(url) or not is_readable_url(url):
            return url
        return with_password(url, password, quoted=password != MASK)

    def set_value(self, value: object) -> None:
        url = str(value or "")
        self.password.set_value(password_of(url))
        super().set_value(with_password(url, "") if is_readable_url(url) else url)
        self.parts.read(self.editor.text())

    def show_parts(self, in_parts: bool) -> None:
        """Ask for host, database and user one by one, or for the address as one line."""
        if in_parts:
            self._part_with_password()
            self.parts.read(self.editor.text())
        for widget in (self._label, self.editor):
            widget.setVisible(not in_parts)
        self.parts.setVisible(in_parts)
        self._toggle.setText(tr("Enter one line") if in_parts else tr("Enter its parts"))

    def lock(self, variable: str) -> None:
        super().lock(variable)
        self.password.lock(variable)

    def _set_editable(self, editable: bool) -> None:
        super()._set_editable(editable)
        self.parts.set_editable(editable)

    def _on_parts_edited(self) -> None:
        self.editor.setText(self.parts.address(self.editor.text().strip()))

    def _part_with_password(self) -> None:
        """A password inside an address that was pasted goes where only dots are seen."""
        url = self.editor.text().strip()
        password = password_of(url)
        if password and password != MASK and is_readable_url(url):
            self.password.set_value(password)
            self.editor.setText(with_password(url, ""))


class _Parts(QWidget):
    """Signal: ``edited``, when a part was typed."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.host, self.database, self.user = QLineEdit(), QLineEdit(), QLineEdit()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE_M)
        grid.setVerticalSpacing(GRID)
        rows = (
            (self.host, tr("Host"), "db.example.com:5432"),
            (self.database, tr("Name of the database"), "chat2anyllm"),
            (self.user, tr("User"), ""),
        )
        for row, (editor, name, example) in enumerate(rows):
            label = PlainLabel(name)
            label.setBuddy(editor)
            editor.setAccessibleName(name)
            editor.setPlaceholderText(example)
            editor.textEdited.connect(lambda _: self.edited.emit())
            grid.addWidget(label, row, 0)
            grid.addWidget(editor, row, 1)
        grid.setColumnStretch(1, 1)

    def set_editable(self, editable: bool) -> None:
        for editor in (self.host, self.database, self.user):
            editor.setReadOnly(not editable)

    def read(self, url: str) -> None:
        """Show the parts of an address."""
        try:
            address = urlsplit(url)
        except ValueError:
            return
        login, _, place = address.netloc.rpartition("@")
        self.host.setText(unquote(place))
        self.database.setText(unquote(address.path[1:]))
        self.user.setText(unquote(login.partition(":")[0]))

    def address(self, url: str) -> str:
        """The parts as an address; ``url`` is what it was, of which the options are kept."""
        host, database, user = (e.text().strip() for e in (self.host, self.database, self.user))
        if not (host or database or user):
            return ""
        place = quote(host, safe="") if host.startswith("/") else host
        login = f"{quote(user, safe='')}@" if user else ""
        try:
            query = urlsplit(url).query
        except ValueError:
            query = ""
        # Not by urlunsplit() alone, which would drop the slashes in front of no host.
        rest = urlunsplit(("", "", f"/{quote(database, safe='')}" if database else "", query, ""))
        return f"{_SCHEME}://{login}{place}{rest}"
