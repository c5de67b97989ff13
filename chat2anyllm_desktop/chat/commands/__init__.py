"""Slash commands: what they are, how a typed line becomes a call, and what completes it.

:func:`~chat2anyllm_desktop.chat.commands.registry.interpret` runs what was typed,
:func:`~chat2anyllm_desktop.chat.commands.completion.complete` offers what may follow,
:func:`~chat2anyllm_desktop.chat.commands.foretelling.foretell` says what will happen, and
:class:`~chat2anyllm_desktop.chat.commands.desk.Desk` is all that a command may do.
"""

from chat2anyllm_desktop.chat.commands import builtin as builtin  # Registers them.
from chat2anyllm_desktop.chat.commands.completion import Completion, Completions, complete
from chat2anyllm_desktop.chat.commands.desk import Desk
from chat2anyllm_desktop.chat.commands.foretelling import Foretold, Layout, foretell, lay_out
from chat2anyllm_desktop.chat.commands.registry import Reply, Sending, interpret, refuse_taken, typed

__all__ = [
    "Completion",
    "Completions",
    "Desk",
    "Foretold",
    "Layout",
    "Reply",
    "Sending",
    "complete",
    "foretell",
    "interpret",
    "lay_out",
    "refuse_taken",
    "typed",
]
