"""What messages go to: model, role and plan mode, of the session on show or another."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from chat2anyllm_desktop.core.models import Model, ModelSource, PlanModels, Role, SessionSettings
from chat2anyllm_desktop.ui.connections import Connections
from chat2anyllm_desktop.ui.conversation import Conversation
from chat2anyllm_desktop.ui.library import Library


class Selection(QObject):
    """Signal: ``changed``, when model, role or plan mode of the session on show may be others."""

    changed = Signal()

    def __init__(self, connections: Connections, library: Library, conversation: Conversation) -> None:
        super().__init__()
        self._connections = connections
        self._library = library
        self._conversation = conversation
        self.last_model = ""
        """The model picked last, in any session."""
        self.review_plans = connections.settings.review_plans
        connections.models_reset.connect(lambda _: self.changed.emit())
        library.roles_reset.connect(lambda _: self.changed.emit())
        conversation.session_shown.connect(lambda _: self.changed.emit())
        conversation.session_changed.connect(lambda _: self.changed.emit())

    @property
    def _settings(self) -> SessionSettings:
        return self._conversation.session.settings

    def model_name(self, settings: SessionSettings | None = None) -> str:
        """The session's model, else the default of the settings, else the one picked last, else the first that is listed;
        empty while none is known."""
        wanted = (settings or self._settings).model
        if wanted:
            return wanted
        for name in (self._connections.settings.default_model, self.last_model):
            if name and self._connections.model(name):
                return name
        return self._connections.listed[0].name if self._connections.listed else ""

    def model(self, settings: SessionSettings | None = None) -> Model | None:
        """The model of that name as listed; one that is not listed is taken at its name."""
        name = self.model_name(settings)
        return self.named(name) if name else None

    def named(self, name: str) -> Model:
        """The model as listed, or at its name: a gateway may serve more than it lists."""
        return self._connections.model(name) or Model(name=name)

    def role(self, settings: SessionSettings | None = None) -> Role | None:
        """The active role."""
        return self._library.role((settings or self._settings).role_id)

    def select_model(self, name: str) -> None:
        """The session on show keeps this model, whatever is picked in others; new sessions begin with it."""
        if self.named(name).source is not ModelSource.DEMO:
            self.last_model = name
        self.use_model(name)

    def use_model(self, name: str) -> None:
        """The session on show keeps this model, which nobody picked: new sessions begin with the best there is then."""
        # The demo is taken where there is nothing else; nobody is to be left with it afterwards.
        demo = self.named(name).source is ModelSource.DEMO
        self._conversation.change_settings(model=None if demo else name)

    def select_role(self, role_id: str | None) -> None:
        self._conversation.change_settings(role_id=role_id)

    def set_plan(self, models: PlanModels | None) -> None:
        self._conversation.change_settings(plan=models)
