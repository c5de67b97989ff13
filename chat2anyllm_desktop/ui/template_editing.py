"""The dialogs of prompt templates, joined to the templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.ui.templates import Templates
from chat2anyllm_desktop.ui.theme import Theme

if TYPE_CHECKING:
    from chat2anyllm_desktop.core.models import Template
    from chat2anyllm_desktop.ui.dialogs.template_editor import TemplateEditor
    from chat2anyllm_desktop.ui.dialogs.templates import TemplatesDialog


class TemplateEditing(QObject):
    """Opens the list, and one editor at a time; that closes when the template is stored, and stays open with what was
    written when not."""

    def __init__(self, templates: Templates, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._templates = templates
        self._theme = theme
        self._window = window
        self._list: TemplatesDialog | None = None
        self._editor: TemplateEditor | None = None
        templates.saved.connect(self._on_saved)
        templates.refused.connect(self._on_refused)
        templates.changed.connect(self._on_changed)

    def open(self) -> None:
        """Show the templates."""
        if self._list is None:
            from chat2anyllm_desktop.ui.dialogs.templates import TemplatesDialog

            self._list = TemplatesDialog(self._theme, self._window)
            self._list.set_templates(self._templates.listed)
            self._list.create_requested.connect(self.create)
            self._list.edit_requested.connect(self.edit)
            self._list.delete_requested.connect(self._templates.delete)
            self._list.finished.connect(self._on_list_gone)
            self._list.list.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._list.show()
        self._list.raise_()
        self._list.activateWindow()

    def create(self) -> None:
        """Write a new template."""
        self._edit(None)

    def edit(self, template_id: str) -> None:
        """Change a template."""
        template = self._templates.template(template_id)
        if template is not None:
            self._edit(template)

    def _edit(self, template: Template | None) -> None:
        from chat2anyllm_desktop.ui.dialogs.template_editor import TemplateEditor

        editor = TemplateEditor(self._theme, self._list or self._window)
        editor.set_template(template)
        editor.save_requested.connect(self._templates.save)
        editor.finished.connect(self._on_finished)
        self._editor = editor
        editor.open()

    def _on_saved(self, template: Template) -> None:
        if self._list is not None:
            self._list.choose(template.id)
        if self._editor is not None:
            self._editor.stored(template.id)

    def _on_refused(self, sentence: str) -> None:
        if self._editor is not None and self._editor.is_saving:  # Not of one that was closed since.
            self._editor.show_error(sentence)

    def _on_changed(self) -> None:
        if self._list is not None:
            self._list.set_templates(self._templates.listed)

    def _on_list_gone(self, _: int) -> None:
        self._list = None

    def _on_finished(self, _: int) -> None:
        if self._editor is not None:
            self._editor.deleteLater()
            self._editor = None
