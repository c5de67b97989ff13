"""What a conversation becomes before it is sent: branches, roles, partial answers, plan mode."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chat2anyllm_desktop.core.models import Author, Kind, Message, Role, Status, new_id, utc_now
from chat2anyllm_desktop.core.prompts import (
    CONTINUE_PROMPT,
    context,
    context_to_continue,
    execution_prompt,
    planning_prompt,
    split_role_prefix,
)

REVIEWER = Role(
    id=new_id(), name="Reviewer", instructions="Find faults.", created_at=utc_now(), updated_at=utc_now()
)


def message(name: str, parent: str | None = None, **more: object) -> Message:
    """A user's message for names that begin with u, an answer for the others; the text is the name."""
    author = Author.USER if name.startswith("u") else Author.ASSISTANT
    plain = Message(
        id=name, session_id="s", author=author, content=name, created_at=utc_now(), parent_id=parent
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # Fields by name, as the tests say them.


def ids(messages: list[Message]) -> list[str]:
    return [each.id for each in messages]


@pytest.mark.parametrize(
    ("content", "name", "text"),
    [
        ("[[ROLE:Reviewer]]\nFind faults.\n---\nIs this right?", "Reviewer", "Is this right?"),
        ("[[ROLE: A b ]]\nOne.\n\nTwo.\n---\nText\n---\nmore", "A b", "Text\n---\nmore"),
        ("[[ROLE:x]]\n---\ntext", "x", "text"),
        ("[[ROLE:x]]\r\nFind.\r\n---\r\ntext", "x", "text"),
        ("[[ROLE:x]]\nFind.\n---\n", "x", ""),
        ("[[ROLE:x]] is what the web edition writes", None, "[[ROLE:x]] is what the web edition writes"),
        ("[[ROLE:x]]\nno end", None, "[[ROLE:x]]\nno end"),
        ("Say [[ROLE:x]]\na\n---\nb", None, "Say [[ROLE:x]]\na\n---\nb"),
        ("", None, ""),
    ],
)
def test_role_prefix_of_the_web_edition(content: str, name: str | None, text: str) -> None:
    assert split_role_prefix(content) == (name, text)


def test_role_is_one_system_message_and_stored_prefixes_are_not_sent() -> None:
    messages = [
        message("u1", content="[[ROLE:Old]]\nOld instructions.\n---\nHello"),
        message("a1", content="Hi", reasoning="The user says hello."),
        message("u2", content="[[ROLE:Old]]\nOld instructions.\n---\nBye"),
    ]
    assert context(messages, REVIEWER) == [
        {"role": "system", "content": "Find faults."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": "Bye"},
    ]
    assert context(messages, None)[0]["role"] == "user"


def test_answers_without_text_are_not_sent_and_partial_ones_are() -> None:
    messages = [
        message("u1"),
        message("a1", content="", status=Status.FAILED, reasoning="thoughts"),
        message("u2"),
        message("a2", content=" \n", status=Status.STOPPED),
        message("u3"),
        message("a3", content="half an ", status=Status.STOPPED),
        message("u4"),
        message("a4", content="cut", status=Status.INTERRUPTED),
        message("u5"),
        message("a5", content="broke", status=Status.FAILED),
        message("u6"),
    ]
    sent = [each["content"] for each in context(messages, None)]
    assert sent == ["u1", "u2", "u3", "half an ", "u4", "cut", "u5", "broke", "u6"]


def test_plans_and_implementations_of_earlier_turns_are_context() -> None:
    messages = [
        message("u1"),
        message("p1", kind=Kind.PLAN, content="1. Do"),
        message("i1", kind=Kind.IMPLEMENTATION, content="Done"),
        message("u2"),
    ]
    assert [(each["role"], each["content"]) for each in context(messages, None)] == [
        ("user", "u1"),
        ("assistant", "1. Do\n\nDone"),
        ("user", "u2"),
    ]


def test_planning_asks_for_a_checklist_of_what_was_typed() -> None:
    messages = [message("u1"), message("a1"), message("u2", content="Make {it} work: 100%s")]
    sent = context(messages, REVIEWER, kind=Kind.PLAN)
    assert [each["role"] for each in sent] == ["system", "user", "assistant", "user"]
    prompt = sent[-1]["content"]
    assert prompt == planning_prompt("Make {it} work: 100%s")
    assert prompt.endswith("Task: Make {it} work: 100%s")
    for rule in (
        "numbered checklist only",
        "Use 1., 2., 3., ...",
        "One short, specific action",
        "No intro or outro",
    ):
        assert rule in prompt


def test_execution_gets_question_and_plan_once() -> None:
    messages = [
        message("u1", content="Old?"),
        message("a1", content="Old."),
        message("u2", content="[[ROLE:x]]\ny\n---\nWhat?"),
        message("p2", kind=Kind.PLAN, content="1. First\n2. Then\n"),
    ]
    sent = context(messages, REVIEWER, kind=Kind.IMPLEMENTATION)
    assert [each["role"] for each in sent] == ["system", "user", "assistant", "user"]
    assert sent[-1]["content"] == execution_prompt("What?", "1. First\n2. Then")
    assert sent[-1]["content"].endswith(
        "Original question: What?\n\nPlan (for you to follow, do not echo):\n1. First\n2. Then"
    )
    for rule in (
        "not restate the plan",
        "correct language tags",
        "file path before",
        "Linux with bash",
        '"Verify"',
    ):
        assert rule in sent[-1]["content"]


def test_continuing_sends_the_partial_answer_and_asks_to_go_on() -> None:
    partial = message("a2", content="half an ", status=Status.STOPPED)
    messages = [message("u1"), message("a1"), message("u2"), partial, message("u3")]
    assert [(each["role"], each["content"]) for each in context_to_continue(messages, REVIEWER, partial)] == [
        ("system", "Find faults."),
        ("user", "u1"),
        ("assistant", "a1"),
        ("user", "u2"),
        ("assistant", "half an "),
        ("user", CONTINUE_PROMPT),
    ]


def test_continuing_an_implementation_keeps_its_prompt_and_an_empty_answer_just_begins() -> None:
    plan = message("p1", kind=Kind.PLAN, content="1. Do")
    partial = message("i1", kind=Kind.IMPLEMENTATION, content="Half", status=Status.INTERRUPTED)
    sent = context_to_continue([message("u1"), plan, partial], None, partial)
    assert [each["content"] for each in sent] == [execution_prompt("u1", "1. Do"), "Half", CONTINUE_PROMPT]
    empty = replace(partial, content="")
    assert context_to_continue([message("u1"), plan, empty], None, empty) == [
        {"role": "user", "content": execution_prompt("u1", "1. Do")}
    ]


def test_a_plan_whose_task_was_deleted_is_no_reason_to_fail() -> None:
    plan = message("p1", kind=Kind.PLAN, content="1. Do")
    assert context([plan], None, kind=Kind.IMPLEMENTATION) == [{"role": "assistant", "content": "1. Do"}]
    assert context([], None, kind=Kind.IMPLEMENTATION) == context([], None, kind=Kind.PLAN) == []
    answer = message("a1")
    assert context([answer, plan], None, kind=Kind.IMPLEMENTATION)[-1]["content"] == "a1\n\n1. Do"
