"""A turn: the user's message is saved, an answer asked for. New ones, and the ways to ask again.

All of these are async generators of :data:`~chat2anyllm_desktop.chat.events.TurnEvent`, to be run by one task of
:class:`~chat2anyllm_desktop.chat.tasks.Tasks` and consumed without awaiting in between. They raise StoreError when the
store fails before anything was sent (the user's text is then still the window's to keep), and end on cancellation as
:func:`~chat2anyllm_desktop.chat.answer.write_answer` says. The session must be in the store.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from chat2anyllm_desktop.chat.answer import write_answer
from chat2anyllm_desktop.chat.events import MessageSaved, SessionChanged, TurnEvent
from chat2anyllm_desktop.chat.parts import Parts
from chat2anyllm_desktop.chat.tasks import to_end
from chat2anyllm_desktop.core.attachments import without_contents
from chat2anyllm_desktop.core.branches import active_path, newest_below
from chat2anyllm_desktop.core.errors import InputError, NotFoundError, StoreError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import (
    DEFAULT_TITLE,
    Author,
    Kind,
    Message,
    Model,
    Role,
    Session,
    Status,
    new_id,
    title_from,
    utc_now,
)
from chat2anyllm_desktop.core.prompts import context, context_to_continue
from chat2anyllm_desktop.llm.api import ChatRequest
from chat2anyllm_desktop.store.api import Store

Turn = AsyncGenerator[TurnEvent, None]


def run_turn(
    parts: Parts,
    session: Session,
    text: str,
    *,
    model: Model,
    role: Role | None = None,
    kind: Kind = Kind.CHAT,
    after: str | None = None,
) -> Turn:
    """Save ``text`` as the user's message, and answer it. The first message gives the session its title. ``after`` is a
    message of the branch that it goes on; None goes on with the newest."""
    return _asked(parts, session, _user_message(session, text), model, role, kind, after)


async def retry_answer(
    parts: Parts,
    session: Session,
    message: Message,
    *,
    model: Model,
    role: Role | None = None,
    kind: Kind = Kind.CHAT,
) -> Turn:
    """Another answer in the place of ``message``, which stays as another branch; or, when it is the user's, an answer
    of this ``kind`` to it. A plan is planned again, an implementation is made again from its plan."""
    history = await parts.store.call(Store.history, session.id)
    path = _path(history, message)
    if message.author is Author.ASSISTANT:
        kind = path.pop().kind
    if not path:
        raise InputError(tr("There is no message before this answer that could be answered again."))
    async with aclosing(
        answer_after(parts, session, path[-1], history, model, role, kind, branch=True)
    ) as turn:
        async for event in turn:
            yield event


async def continue_answer(
    parts: Parts, session: Session, answer: Message, *, model: Model, role: Role | None = None
) -> Turn:
    """Let a stopped, interrupted, failed or too long answer go on: what comes is appended to it, under its id. Raises
    InputError when there is nothing to go on with."""
    history = await parts.store.call(Store.history, session.id)
    answer = _path(history, answer)[-1]
    if not may_continue(answer):
        raise InputError(tr("This answer is complete; there is nothing to go on with."))
    messages = context_to_continue(history, role, answer)
    request = ChatRequest(model=model.name, messages=messages, parameters=session.settings.parameters)
    answer = replace(answer, status=Status.STREAMING, model=model.name)
    async with aclosing(write_answer(parts, answer, request, model)) as turn:
        async for event in turn:
            yield event


async def edit_message(
    parts: Parts,
    session: Session,
    message: Message,
    text: str,
    *,
    model: Model,
    role: Role | None = None,
    kind: Kind = Kind.CHAT,
) -> Turn:
    """Ask anew with another text in the place of a user's message, which stays with all that follows as another
    branch."""
    history = await parts.store.call(Store.history, session.id)
    path = _path(history, message)
    edited = _user_message(session, text)
    edited = replace(edited, parent_id=path[-2].id if len(path) > 1 else edited.id)
    async with aclosing(_asked(parts, session, edited, model, role, kind)) as turn:
        async for event in turn:
            yield event


def may_continue(answer: Message) -> bool:
    """Whether Continue makes sense: the answer ended before its end."""
    if answer.author is not Author.ASSISTANT or answer.status is Status.STREAMING:
        return False
    return answer.status is not Status.COMPLETE or answer.usage.finish_reason == "length"


async def answer_after(
    parts: Parts,
    session: Session,
    before: Message,
    history: Sequence[Message],
    model: Model,
    role: Role | None,
    kind: Kind,
    *,
    branch: bool = False,
) -> Turn:
    """A new answer that follows ``before``, which is among ``history``; ``branch`` when something else does already."""
    messages = context(history, role, kind=kind, leaf=before.id)
    request = ChatRequest(model=model.name, messages=messages, parameters=session.settings.parameters)
    answer = Message(
        id=new_id(),
        session_id=session.id,
        author=Author.ASSISTANT,
        content="",
        created_at=utc_now(),
        parent_id=before.id if branch else None,
        kind=kind,
        status=Status.STREAMING,
        model=model.name,
    )
    async with aclosing(write_answer(parts, answer, request, model)) as turn:
        async for event in turn:
            yield event


async def _asked(
    parts: Parts,
    session: Session,
    message: Message,
    model: Model,
    role: Role | None,
    kind: Kind,
    after: str | None = None,
) -> Turn:
    store = parts.store
    # In one go: between two calls the window paints, and the model would wait for that.
    begun, cancelled = await to_end(store.run(lambda: _begin(store.backend, session, message, after)))
    yield MessageSaved(begun.message)
    if cancelled is not None:
        raise cancelled
    if begun.titled is not None:
        yield SessionChanged(begun.titled)
    if begun.error is not None:
        raise begun.error
    branch = begun.message.parent_id is not None  # Another client may write in another branch meanwhile.
    following = answer_after(parts, session, begun.message, begun.history, model, role, kind, branch=branch)
    async with aclosing(following) as turn:
        async for event in turn:
            yield event


@dataclass(frozen=True, slots=True)
class _Begun:
    """A user's message in the store. ``error`` is what failed afterwards: the message is stored all the same."""

    message: Message
    titled: Session | None = None
    history: Sequence[Message] = ()
    error: StoreError | None = None


def _begin(store: Store, session: Session, message: Message, after: str | None) -> _Begun:
    """Save the message, give the session its title, read what is sent. On the store's thread."""
    if after is not None:
        message = replace(message, parent_id=_end_of_branch(store, session, after))
    saved = store.save_message(message)
    try:
        titled = None
        if session.title == DEFAULT_TITLE:
            # Read and written in one go: what the user changes meanwhile must not get lost.
            current = store.get_session(session.id)
            if current.title == DEFAULT_TITLE:
                titled = store.save_session(
                    replace(current, title=title_from(without_contents(message.content)))
                )
        return _Begun(saved, titled, store.history(session.id))
    except StoreError as error:
        return _Begun(saved, error=error)


def _end_of_branch(store: Store, session: Session, message_id: str) -> str | None:
    """The last message of the branch; None where that is the newest of all, which is followed without being named."""
    newest = [message.id for message in store.page_messages(session.id, limit=1)]
    if newest in ([], [message_id]):
        return None
    last = newest_below(store.history(session.id), message_id)
    return last if last not in newest else None


def _user_message(session: Session, text: str) -> Message:
    return Message(id=new_id(), session_id=session.id, author=Author.USER, content=text, created_at=utc_now())


def _path(history: Sequence[Message], message: Message) -> list[Message]:
    path = active_path(history, leaf=message.id)
    if not path:
        raise NotFoundError(tr("This message is gone: it was deleted meanwhile."))
    return path
