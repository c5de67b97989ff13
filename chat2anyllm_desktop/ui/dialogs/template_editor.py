"""The editor of a prompt template: a name, its text, and what it will ask for."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Template
from chat2anyllm_desktop.core.templates import Variable, parse, variables
from chat2anyllm_desktop.ui.dialogs.named_text import NamedTextEditor
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.theme import Theme


class TemplateEditor(NamedTextEditor):
    """Emits ``save_requested(template_id or None, name, text)``."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.name.setAccessibleName(tr("Name of the prompt template"))
        self.name_label.setText(tr("Name, used as /name"))
        self.name.setPlaceholderText(tr("review"))
        self.text_label.setText(
            tr(
                "Prompt. {name} is asked for, {default} has a default, {choices} offers choices.",
                name="{text}",
                default="{lang=Python}",
                choices="{tone:short|long}",
            )
        )
        self.written.setAccessibleName(tr("Prompt"))
        self.written.setPlaceholderText(
            tr("Review this {lang} code, and name what is wrong first:", lang="{lang=Python}") + "\n\n{code}"
        )
        self.asks = PlainLabel()
        self.asks.setProperty("look", "muted")
        self.asks.setWordWrap(True)
        self.column.insertWidget(self.column.indexOf(self.written) + 1, self.asks)
        self.written.textChanged.connect(self._on_text_edited)
        self.set_template(None)

    def set_template(self, template: Template | None) -> None:
        """Edit this template; None writes a new one."""
        self.setWindowTitle(tr("Edit prompt template") if template else tr("New prompt template"))
        self.edit(
            template.id if template else None,
            template.name if template else "",
            template.text if template else "",
        )

    def _on_text_edited(self) -> None:
        self._on_edited()
        asked = [_words(each) for each in variables(parse(self.written.toPlainText()))]
        self.asks.setText(
            tr("Asks for: {names}", names=", ".join(asked)) if asked else tr("Asks for nothing.")
        )


def _words(variable: Variable) -> str:
    if variable.choices:
        return f"{variable.name} ({' | '.join(variable.choices)})"
    return f"{variable.name} ({variable.default})" if variable.default else variable.name
