"""Where the palette takes what it offers from: the menus, commands, roles, settings, models, sessions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from chat2anyllm_desktop.chat.commands.registry import Command, all_commands
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Session, utc_now
from chat2anyllm_desktop.ui.controller import Controller
from chat2anyllm_desktop.ui.dialogs.setting_names import LABELS, PAGES
from chat2anyllm_desktop.ui.docks.session_model import when_words
from chat2anyllm_desktop.ui.menus import Menus
from chat2anyllm_desktop.ui.model_rows import provider_of
from chat2anyllm_desktop.ui.palette.offers import Offer, Source, Stock
from chat2anyllm_desktop.ui.shortcuts import TABLE, Shortcut, title_of, words_of

_ALL = 1_000


@dataclass(frozen=True, slots=True)
class Sources:
    """``open_settings(name)`` opens the dialog at a setting, ``write(text)`` begins a command in the message field."""

    controller: Controller
    menus: Menus
    open_settings: Callable[[str], object]
    write: Callable[[str], object]

    def all(self) -> Sequence[Source]:
        """In the order in which they stand where things fit equally well: few before many."""
        return (
            Source(">", tr("Actions"), tr("Action"), self._menu_actions, first=_ALL),
            Source("/", tr("Commands"), tr("Command"), self._commands),
            Source("@", tr("Roles"), tr("Role"), self._roles),
            Source(",", tr("Settings"), tr("Setting"), self._settings),
            Source(":", tr("Models"), tr("Model"), self._models),
            Source("#", tr("Sessions"), tr("Session"), self._sessions, first=5),
        )

    def _menu_actions(self) -> Stock:
        senseless = _senseless(self.controller)
        return Stock.of(
            [
                self._menu_action(row, row.id not in senseless)
                for row in TABLE
                if row.in_menu and row.id in self.menus.actions and row.id != "palette"
            ]
        )

    def _menu_action(self, row: Shortcut, sensible: bool) -> Offer:
        action, text = self.menus.actions[row.id], title_of(row)
        english = f"{row.group} {row.text}".strip()
        detail = tr(row.place)
        if action.isCheckable() and self.menus.ticks.get(row.id, action.isChecked)():
            detail = tr("{place}, on", place=detail)
        return Offer(
            key=f"action:{row.id}",
            text=text,
            choose=action.trigger,
            detail=detail,
            also=detail
            if english == text
            else f"{detail} {english}",  # Who knows it by its English name finds it.
            keys=words_of(row.id),
            enabled=sensible and action.isEnabled(),
        )

    def _commands(self) -> Stock:
        return Stock.of([self._command(command) for command in all_commands(self.controller.desk)])

    def _command(self, command: Command) -> Offer:
        # What needs nothing more is done at once.
        begun = any(argument.required for argument in command.arguments) or command.parts is not None
        line = f"/{command.name}"
        return Offer(
            key=f"command:{command.name}",
            text=line,
            choose=partial(self.write, f"{line} ") if begun else partial(self.controller.run, line),
            detail=command.summary,
        )

    def _roles(self) -> Stock:
        chosen = self.controller.selection.role()
        return Stock.of(
            [
                Offer(
                    key=f"role:{role.id}",
                    text=role.name,
                    choose=partial(self.controller.selection.select_role, role.id),
                    detail=tr("in use") if role == chosen else " ".join(role.instructions[:200].split()),
                )
                for role in self.controller.library.roles
            ]
        )

    def _settings(self) -> Stock:
        return Stock.of(
            [
                Offer(
                    key=f"setting:{name}",
                    text=tr(label),
                    choose=partial(self.open_settings, name),
                    detail=tr(PAGES[page]),
                    also=f"{tr(PAGES[page])} {label} {name}",
                )
                for name, (page, label) in LABELS.items()
            ]
        )

    def _models(self) -> Stock:
        current = self.controller.selection.model_name()
        return Stock.of(
            [
                Offer(
                    key=f"model:{model.name}",
                    text=model.name,
                    choose=partial(self.controller.selection.select_model, model.name),
                    detail=tr("in use") if model.name == current else provider_of(model),
                    also=provider_of(model),
                )
                for model in self.controller.connections.listed
            ]
        )

    def _sessions(self) -> Stock:
        sessions = sorted(
            self.controller.library.sessions, key=lambda session: session.updated_at, reverse=True
        )
        current, now = self.controller.conversation.session.id, utc_now()

        def offer(index: int) -> Offer:
            session: Session = sessions[index]
            when = when_words(session.updated_at, now)
            if session.archived_at is not None:
                when = tr("{when}, archived", when=when)
            return Offer(
                key=f"session:{session.id}",
                text=session.shown_title,
                choose=partial(self.controller.conversation.show, session.id),
                detail=tr("on show") if session.id == current else when,
            )

        keys = [f"session:{session.id}" for session in sessions]
        return Stock(keys, [session.shown_title for session in sessions], offer)


def _senseless(controller: Controller) -> frozenset[str]:
    """Actions that would only say that there is nothing to do."""
    conversation, found = controller.conversation, set[str]()
    if conversation.last_answer() is None:
        found |= {"copy_answer", "regenerate", "continue_answer"}
    if conversation.last_question() is None:
        found |= {"edit_message"}
    if not len(conversation.transcript):
        found |= {"find", "jump_to_latest"}
    if not conversation.is_stored:
        found |= {"export_session", "pin_session", "duplicate_session", "archive_session", "delete_session"}
    if not conversation.is_busy:
        found |= {"stop"}
    if controller.selection.role() is None:
        found |= {"clear_role"}
    return frozenset(found)
