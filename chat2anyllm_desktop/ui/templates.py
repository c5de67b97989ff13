"""The prompt templates of the history in use, and what the user does to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.chat.commands import refuse_taken
from chat2anyllm_desktop.chat.tasks import Tasks
from chat2anyllm_desktop.core.errors import ChatError, InputError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Change, Operation, Table, Template, new_id, utc_now
from chat2anyllm_desktop.core.templates import template_name
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.threaded import ThreadedStore
from chat2anyllm_desktop.ui.announcer import Announcer
from chat2anyllm_desktop.ui.library import UNDO_S


class Templates(QObject):
    """Keeps ``listed`` in step with the store.

    Signals are facts: ``changed`` (read ``listed`` again), ``saved`` (the Template), ``refused`` (the sentence, for the
    editor).
    """

    changed = Signal()
    saved = Signal(object)
    refused = Signal(str)

    def __init__(self, store: Callable[[], ThreadedStore], tasks: Tasks, announcer: Announcer) -> None:
        super().__init__()
        self._store = store
        self._tasks = tasks
        self._announcer = announcer
        self.listed: Sequence[Template] = ()
        """By name."""

    def template(self, template_id: str) -> Template | None:
        """None when there is none of that id (any more)."""
        return next((each for each in self.listed if each.id == template_id), None)

    async def load(self) -> None:
        """Read them. Raises StoreError."""
        self.listed = await self._store().call(Store.list_templates)
        self.changed.emit()

    def follow(self, changes: Sequence[Change]) -> None:
        """Another client, or we, changed these: read the templates again where they are among them."""
        if any(each.operation is Operation.RESYNC or each.table is Table.TEMPLATES for each in changes):
            self._tasks.start("follow:templates", self.load())

    def save(self, template_id: str | None, name: str, text: str) -> None:
        """Create (``template_id`` None) or update; a refusal goes back to the editor, which keeps what was written."""

        async def save() -> None:
            now = utc_now()
            known = self.template(template_id) if template_id else None
            try:
                refuse_taken(template_name(name))
                template = Template(
                    id=template_id or new_id(),
                    name=name,
                    text=text,
                    created_at=known.created_at if known else now,
                    updated_at=now,
                )
                saved = await self._store().call(Store.save_template, template)
            except ChatError as error:
                self.refused.emit(str(error))
                if isinstance(error, InputError):
                    return
                raise
            await self.load()
            self.saved.emit(saved)

        self._tasks.start("template:save", save())

    def delete(self, template_id: str) -> None:
        """Delete one; Undo brings it back."""

        async def delete() -> None:
            template, store = self.template(template_id), self._store()
            await store.call(Store.delete_template, template_id)
            await self.load()
            if template is None:
                return

            async def restore() -> None:
                await store.call(Store.save_template, template)
                await self.load()

            self._announcer.say(
                f"template:{template_id}",
                tr("The prompt template /{name} is deleted.", name=template.name),
                seconds=UNDO_S,
                answers={tr("Undo"): lambda: self._tasks.start(f"restore:{template_id}", restore())},
            )

        self._tasks.start(f"template:{template_id}", delete())
