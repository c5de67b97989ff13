"""Plan mode: a turn with the planning model, a look at the plan where wanted, an answer of the answering model."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from chat2anyllm_desktop.chat.events import AnswerEnded, MessageSaved, PlanReady
from chat2anyllm_desktop.chat.parts import Parts
from chat2anyllm_desktop.chat.turn import Turn, answer_after, edit_message, retry_answer, run_turn
from chat2anyllm_desktop.core.errors import ChatError
from chat2anyllm_desktop.core.models import Kind, Message, Model, Role, Session, Status
from chat2anyllm_desktop.core.plans import format_plan, parse_plan
from chat2anyllm_desktop.store.api import Store

Review = Awaitable[Sequence[str] | None]
"""The answer to PlanReady, usually a future: the steps to carry out, or None when the plan was dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """Who plans, who carries out, and whether somebody looks at the plan in between (``review``; None for nobody)."""

    planner: Model
    answerer: Model
    review: Review | None = None


def plan_turn(
    parts: Parts, session: Session, text: str, planning: Planning, *, role: Role | None = None
) -> Turn:
    """Like ``run_turn``, in plan mode. Ends after the plan when it failed or was dropped; raises ChatError when it is
    empty. Cancelling ends whatever is under way, and nothing follows."""
    first = run_turn(parts, session, text, model=planning.planner, role=role, kind=Kind.PLAN)
    return _carried_out(parts, session, first, planning, role)


def retry_plan(
    parts: Parts, session: Session, message: Message, planning: Planning, *, role: Role | None = None
) -> Turn:
    """Plan again, as another branch, and carry the new plan out. ``message`` is the plan."""
    first = retry_answer(parts, session, message, model=planning.planner, role=role)
    return _carried_out(parts, session, first, planning, role)


def edit_plan_task(
    parts: Parts,
    session: Session,
    message: Message,
    text: str,
    planning: Planning,
    *,
    role: Role | None = None,
) -> Turn:
    """Like ``edit_message``, in plan mode."""
    first = edit_message(parts, session, message, text, model=planning.planner, role=role, kind=Kind.PLAN)
    return _carried_out(parts, session, first, planning, role)


async def _carried_out(
    parts: Parts, session: Session, first: Turn, planning: Planning, role: Role | None
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
    if not plan.content.strip():
        raise ChatError(
            f"{planning.planner.name} returned no plan, so nothing was carried out. "
            "Try again, or choose another planning model."
        )
    if planning.review is not None:
        proposed = parse_plan(plan.content) or (plan.content.strip(),)
        yield PlanReady(plan, proposed)
        steps = [step for step in await planning.review or () if step.strip()]
        if not steps:
            return
        if tuple(steps) != proposed:
            plan = await parts.store.call(Store.save_message, replace(plan, content=format_plan(steps)))
            yield MessageSaved(plan)
    history = await parts.store.call(Store.history, session.id)
    second = answer_after(parts, session, plan, history, planning.answerer, role, Kind.IMPLEMENTATION)
    async with aclosing(second):
        async for event in second:
            yield event
