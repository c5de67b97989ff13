"""Slash commands: what they are, how a typed line becomes a call, and what completes it.

:func:`~chat2anyllm_desktop.chat.commands.registry.interpret` runs what was typed,
:func:`~chat2anyllm_desktop.chat.commands.completion.complete` offers what may follow, and
:class:`~chat2anyllm_desktop.chat.commands.desk.Desk` is all that a command may do.
"""

from chat2anyllm_desktop.chat.commands import builtin as builtin  # Registers them.
from chat2anyllm_desktop.chat.commands.completion import Completion, Completions, complete
from chat2anyllm_desktop.chat.commands.desk import Desk
from chat2anyllm_desktop.chat.commands.registry import Reply, Sending, interpret, typed

__all__ = ["Completion", "Completions", "Desk", "Reply", "Sending", "complete", "interpret", "typed"]
