"""Plan mode: a turn with the planning model, a look at the plan where wanted, an answer of the answering model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from chat2anyllm_desktop.chat.events import AnswerEnded, MessageSaved, PlanReady
from chat2anyllm_desktop.chat.parts import Parts
from chat2anyllm_desktop.chat.turn import (
    Turn,
    answer_after,
    continue_answer,
    edit_message,
    retry_answer,
    run_turn,
)
from chat2anyllm_desktop.core.branches import newest_below
from chat2anyllm_desktop.core.models import Kind, Message, Model, Role, Session, Status
from chat2anyllm_desktop.core.plans import format_plan, parse_plan
from chat2anyllm_desktop.store.api import Store

Review = Callable[[PlanReady], Awaitable[Sequence[str] | None]]
"""Asks somebody to look at a plan: the steps to carry out, or None when it is dropped. Called right after PlanReady was
yielded, and only then."""


def run_plan(
    parts: Parts,
    session: Session,
    text: str,
    *,
    planning: Model,
    answering: Model,
    role: Role | None = None,
    review: Review | None = None,
    after: str | None = None,
) -> Turn:
    """Like ``run_turn``, in plan mode. Ends after the plan when it failed, as an empty one does, or was dropped.
    Cancelling ends whatever is under way, and nothing follows."""
    first = run_turn(parts, session, text, model=planning, role=role, kind=Kind.PLAN, after=after)
    return _carried_out(parts, session, first, answering, role, review)


def retry_plan(
    parts: Parts,
    session: Session,
    message: Message,
    *,
    planning: Model,
    answering: Model,
    role: Role | None = None,
    review: Review | None = None,
) -> Turn:
    """Plan again, as another branch, and carry the new plan out. ``message`` is a plan, or the user's message."""
    first = retry_answer(parts, session, message, model=planning, role=role, kind=Kind.PLAN)
    return _carried_out(parts, session, first, answering, role, review)


def continue_plan(
    parts: Parts,
    session: Session,
    message: Message,
    *,
    planning: Model,
    answering: Model,
    role: Role | None = None,
    review: Review | None = None,
) -> Turn:
    """Let a plan that was cut off go on, and carry it out."""
    first = continue_answer(parts, session, message, model=planning, role=role)
    return _carried_out(parts, session, first, answering, role, review)


def edit_task(
    parts: Parts,
    session: Session,
    message: Message,
    text: str,
    *,
    planning: Model,
    answering: Model,
    role: Role | None = None,
    review: Review | None = None,
) -> Turn:
    """Like ``edit_message``, in plan mode."""
    first = edit_message(parts, session, message, text, model=planning, role=role, kind=Kind.PLAN)
    return _carried_out(parts, session, first, answering, role, review)


async def _carried_out(
    parts: Parts, session: Session, first: Turn, answering: Model, role: Role | None, review: Review | None
) -> Turn:
    ended: AnswerEnded | None = None
    async with aclosing(first):
        async for event in first:
            yield event
            if isinstance(event, AnswerEnded):
                ended = event
    if ended is None or ended.message.status is not Status.COMPLETE:
        return
    plan = ended.message
    if review is not None:
        ready = PlanReady(plan, parse_plan(plan.content) or (plan.content.strip(),))
        yield ready
        steps = [step for step in await review(ready) or () if step.strip()]
        if not steps:
            return
        if tuple(steps) != ready.steps:
            plan = await parts.store.call(Store.save_message, replace(plan, content=format_plan(steps)))
            yield MessageSaved(plan)
    history = await parts.store.call(Store.history, session.id)
    # A review takes minutes, in which another client may have written in another branch.
    branch = newest_below(history, plan.id) != history[-1].id
    second = answer_after(parts, session, plan, history, answering, role, Kind.IMPLEMENTATION, branch=branch)
    async with aclosing(second):
        async for event in second:
            yield event
