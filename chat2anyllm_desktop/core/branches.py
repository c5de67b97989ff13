"""Which message follows which: the branches of a session, and the one that is on show. Pure functions.

Messages stand in order of the conversation. They may begin in the middle (a page of the latest): a message whose parent is
not among them, because it lies before the page or is gone, follows the previous one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from chat2anyllm_desktop.core.models import Message


def parents(messages: Sequence[Message]) -> list[int]:
    """For every message the index of the one that it follows; -1 for one that begins the conversation."""
    position = {message.id: index for index, message in enumerate(messages)}
    found = []
    for at, message in enumerate(messages):
        parent = at if message.parent_id is None else position.get(message.parent_id, at)
        # A parent always stands before its child; anything else is damage, and following it would never end.
        found.append(-1 if message.parent_id == message.id else parent if parent < at else at - 1)
    return found


def active_path(messages: Sequence[Message], *, leaf: str | None = None) -> list[Message]:
    """The branch that is on show: from its beginning to the newest message, or to the one whose id is ``leaf``."""
    at = len(messages) - 1
    while leaf is not None and at >= 0 and messages[at].id != leaf:
        at -= 1
    follows = parents(messages)
    path: list[Message] = []
    while at >= 0:
        path.append(messages[at])
        at = follows[at]
    path.reverse()
    return path


def newest_below(messages: Sequence[Message], message_id: str | None) -> str | None:
    """How far the branch of a message has come: the newest of those that follow it, by whatever way, or itself. None when
    it is not there."""
    found: str | None = None
    below: set[int] = set()
    for at, parent in enumerate(parents(messages)):
        if messages[at].id == message_id or parent in below:
            below.add(at)
            found = messages[at].id
    return found


def versions(messages: Sequence[Message], path: Sequence[Message]) -> Mapping[str, Sequence[str]]:
    """For every message of the path that others stand beside, because it was answered again or edited: the ids of all of
    them, the oldest first."""
    if all(message.parent_id is None for message in messages):
        return {}
    beside: dict[int, list[str]] = defaultdict(list)
    for at, parent in enumerate(parents(messages)):
        beside[parent].append(messages[at].id)
    shown = {message.id for message in path}
    return {one: ids for ids in beside.values() if len(ids) > 1 for one in ids if one in shown}
