"""The panels beside the conversation."""

from __future__ import annotations

from chat2anyllm_desktop.ui.docks.roles import RolesDock
from chat2anyllm_desktop.ui.docks.sessions import SessionsDock

__all__ = ["RolesDock", "SessionsDock"]
