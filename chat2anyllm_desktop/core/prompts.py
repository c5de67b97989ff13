"""From a stored conversation to the messages of a request: roles and the prompts of plan mode.

Pure functions. What is stored is what people typed and models answered; everything else that a model is told is put
around it here, at the moment of sending.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypedDict

from chat2anyllm_desktop.core.branches import active_path
from chat2anyllm_desktop.core.models import Author, Kind, Message, Role


class RequestMessage(TypedDict):
    """One message as it goes over the wire (OpenAI chat completions)."""

    role: Literal["system", "user", "assistant"]
    content: str


CONTINUE_PROMPT = (
    "Your last message was cut off. Go on exactly where it stopped: do not repeat anything of it, do not apologise, "
    "and write no introduction. Keep open code blocks, lists and sentences open and continue them."
)
"""Sent behind a partial answer that is to be continued; never stored."""

PLANNING_PROMPT = """\
Create a concise, actionable plan as a numbered checklist only.

Rules:
- Use 1., 2., 3., ...
- One short, specific action per step
- No intro or outro text

Task: """

EXECUTION_PROMPT = """\
Follow the numbered steps of the plan below and produce a concrete implementation.

Rules:
- Do not restate the plan
- Give only actionable output: commands, file contents, API calls, code
- Use fenced code blocks with correct language tags
- Put the file path before a block that creates or edits a file
- Assume Linux with bash
- Keep explanations brief
- End with a short "Verify" section"""

_ROLE_PREFIX = re.compile(r"\[\[ROLE:([^\]\n]*)\]\]\r?\n(?:.*?\r?\n)??---\r?\n", re.DOTALL)


def split_role_prefix(content: str) -> tuple[str | None, str]:
    """Take apart what the web edition stores for a message written under a role: its name (None when there is no such
    prefix) and the text that the user typed."""
    if not content.startswith("[[ROLE:"):
        return None, content
    found = _ROLE_PREFIX.match(content)
    if found is None:
        return None, content
    return found[1].strip(), content[found.end() :]


def context(
    messages: Sequence[Message], role: Role | None, *, kind: Kind = Kind.CHAT, leaf: str | None = None
) -> list[RequestMessage]:
    """What is sent so that the model answers the end of the branch (``leaf`` as in ``active_path``) with an answer
    of this ``kind``: the role as one system message, then the conversation.

    Answers without text are left out, partial ones are sent as far as they came, reasoning never is. A PLAN is asked
    for the last user message; an IMPLEMENTATION is asked for the last user message and the plan that follows it.
    """
    path = active_path(messages, leaf=leaf)
    prompt = None
    if kind is Kind.PLAN and _is_asked(path):
        prompt = planning_prompt(user_text(path[-1]))
    elif kind is Kind.IMPLEMENTATION and path and path[-1].kind is Kind.PLAN and _is_asked(path[:-1]):
        plan = path.pop()
        prompt = execution_prompt(user_text(path[-1]), plan.content)
    request: list[RequestMessage] = []
    if role is not None and role.instructions.strip():
        request.append({"role": "system", "content": role.instructions})
    for message in path:
        if message.author is Author.USER:
            request.append({"role": "user", "content": user_text(message)})
        elif message.content.strip():
            _append_answer(request, message.content)
    if prompt is not None:
        request[-1] = {"role": "user", "content": prompt}
    return request


def context_to_continue(
    messages: Sequence[Message], role: Role | None, answer: Message
) -> list[RequestMessage]:
    """What is sent so that the model goes on with a partial ``answer``, which is among ``messages``."""
    before = active_path(messages, leaf=answer.id)[:-1]
    request = context(before, role, kind=answer.kind)
    if answer.content.strip():
        _append_answer(request, answer.content)
        request.append({"role": "user", "content": CONTINUE_PROMPT})
    return request


def user_text(message: Message) -> str:
    """What the user typed, without the prefix that the web edition stores with it."""
    return split_role_prefix(message.content)[1]


def planning_prompt(task: str) -> str:
    """What the planning model is asked."""
    return PLANNING_PROMPT + task


def execution_prompt(question: str, plan: str) -> str:
    """What the answering model is asked."""
    return f"{EXECUTION_PROMPT}\n\nOriginal question: {question}\n\nPlan (for you to follow, do not echo):\n{plan.strip()}"


def _is_asked(path: Sequence[Message]) -> bool:
    return bool(path) and path[-1].author is Author.USER


def _append_answer(request: list[RequestMessage], content: str) -> None:
    """Join answers that follow each other (a plan and its implementation): many chat templates refuse two in a row."""
    if request and request[-1]["role"] == "assistant":
        content = f"{request.pop()['content']}\n\n{content}"
    request.append({"role": "assistant", "content": content})
