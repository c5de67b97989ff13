"""What a slash command may see and do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from chat2anyllm_desktop.core.models import Model, PlanModels, Role, Session, Template

Theme = Literal["light", "dark", "system"]


class Desk(Protocol):
    """The window, seen from a command: what is at hand, and wishes.

    Everything is called on the event loop's thread and returns at once; what takes time is started, and its failures
    are reported by whoever carries it out. A wish that makes no sense now (nothing to retry, no session) raises
    InputError with the sentence for the user.
    """

    def models(self) -> Sequence[Model]:
        """The models last listed, in the order of the picker; empty while none are known."""

    def roles(self) -> Sequence[Role]:
        """The roles last listed, by name."""

    def templates(self) -> Sequence[Template]:
        """The prompt templates last listed, by name."""

    def sessions(self) -> Sequence[Session]:
        """The sessions of the list on show, in any order."""

    def session(self) -> Session | None:
        """The session on show; its ``settings`` hold model, role and plan models. None before the first message."""

    def model(self) -> Model | None:
        """The model that the next message goes to."""

    def role(self) -> Role | None:
        """The role that is active."""

    def plan_models(self) -> PlanModels | None:
        """The models of plan mode; None when it is off."""

    def select_model(self, model: Model) -> None:
        """Send from now on to this model."""

    def select_role(self, role: Role | None) -> None:
        """Make a role active, or none."""

    def set_plan_models(self, plan: PlanModels | None) -> None:
        """Turn plan mode on with these models, or off."""

    def set_plan_review(self, on: bool) -> None:
        """Let plans wait for approval, or not."""

    def new_session(self) -> None:
        """Show an empty session."""

    def open_session(self, session: Session) -> None:
        """Show another session."""

    def rename_session(self, title: str) -> None:
        """Give the session on show another title."""

    def retry_answer(self) -> None:
        """Ask for the last answer again."""

    def continue_answer(self) -> None:
        """Let the last answer go on where it stopped."""

    def stop_answer(self) -> None:
        """Stop the answer that streams."""

    def copy_answer(self) -> None:
        """Put the last answer on the clipboard, as Markdown."""

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""

    def open_templates(self) -> None:
        """Show the prompt templates, to be made and changed."""

    def open_settings(self) -> None:
        """Show the settings."""

    def quit(self) -> None:
        """End the program."""
