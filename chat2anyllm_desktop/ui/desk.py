"""The window, as slash commands see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chat2anyllm_desktop.chat.commands.desk import Theme
from chat2anyllm_desktop.core.errors import InputError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Model, PlanModels, Role, Session, Template

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.controller import Controller


class WindowDesk:
    """Keeps the :class:`~chat2anyllm_desktop.chat.commands.desk.Desk` protocol over a controller."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    def models(self) -> Sequence[Model]:
        return self._controller.connections.listed

    def roles(self) -> Sequence[Role]:
        return self._controller.library.roles

    def templates(self) -> Sequence[Template]:
        return self._controller.templates.listed

    def sessions(self) -> Sequence[Session]:
        return self._controller.library.sessions

    def session(self) -> Session | None:
        conversation = self._controller.conversation
        return conversation.session if conversation.is_stored else None

    def model(self) -> Model | None:
        return self._controller.selection.model()

    def role(self) -> Role | None:
        return self._controller.selection.role()

    def plan_models(self) -> PlanModels | None:
        return self._controller.conversation.session.settings.plan

    def select_model(self, model: Model) -> None:
        self._controller.selection.select_model(model.name)

    def select_role(self, role: Role | None) -> None:
        self._controller.selection.select_role(role.id if role else None)

    def set_plan_models(self, plan: PlanModels | None) -> None:
        self._controller.selection.set_plan(plan)

    def set_plan_review(self, on: bool) -> None:
        self._controller.set_review_plans(on)

    def new_session(self) -> None:
        self._controller.new_session()

    def open_session(self, session: Session) -> None:
        self._controller.conversation.show(session.id)

    def rename_session(self, title: str) -> None:
        self._controller.conversation.rename(title)

    def retry_answer(self) -> None:
        self._controller.asking.retry(self._last_answer(tr("There is no answer to retry yet.")))

    def continue_answer(self) -> None:
        self._controller.asking.continue_(self._last_answer(tr("There is no answer to continue yet.")))

    def stop_answer(self) -> None:
        if not self._controller.stop_answer():
            raise InputError(tr("No answer is being written, so there is nothing to stop."))

    def copy_answer(self) -> None:
        self._last_answer(tr("There is no answer to copy yet."))
        self._controller.copy_last_answer()

    def set_theme(self, theme: Theme) -> None:
        self._controller.theme_wanted.emit(theme)

    def open_templates(self) -> None:
        self._controller.templates_wanted.emit()

    def open_settings(self) -> None:
        self._controller.settings_wanted.emit("")

    def quit(self) -> None:
        self._controller.quit_wanted.emit()

    def _last_answer(self, refusal: str) -> str:
        answer = self._controller.conversation.last_answer()
        if answer is None:
            raise InputError(refusal)
        return answer.id
