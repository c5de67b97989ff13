"""Links to sessions and messages: two forms, and nothing else."""

from __future__ import annotations

import pytest

from chat2anyllm_desktop.core.errors import InputError
from chat2anyllm_desktop.core.links import Link, is_link, parse_link
from chat2anyllm_desktop.core.models import new_id

SESSION = "0199a5b0-7c11-7d3e-8f00-1234567890ab"
MESSAGE = "0199a5b0-7c12-7d3e-8f00-abcdefabcdef"


@pytest.mark.parametrize("link", [Link(SESSION), Link(SESSION, MESSAGE), Link(new_id(), new_id())])
def test_what_is_written_is_read_again(link: Link) -> None:
    assert parse_link(str(link)) == link
    assert parse_link(str(link).upper()) == link  # As mail programs and browsers may have made it.
    assert is_link(str(link))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "chat2anyllm:",
        "chat2anyllm://",
        f"chat2anyllm://session/{SESSION}/",
        f"chat2anyllm://session/{SESSION}/message/",
        f"chat2anyllm://session/{SESSION}?send=now",
        f"chat2anyllm://session/{SESSION}#x",
        f"chat2anyllm://session/{SESSION}\n",
        f" chat2anyllm://session/{SESSION}",
        f"chat2anyllm://user@session/{SESSION}",
        f"chat2anyllm://session/{SESSION}/message/{MESSAGE}/message/{MESSAGE}",
        f"chat2anyllm://session/{SESSION[:-1]}",
        f"chat2anyllm://session/{SESSION[:-1]}٣",  # a digit, but of another script
        "chat2anyllm://session/../../etc/passwd",
        "chat2anyllm://command/quit",
        f"https://session/{SESSION}",
        "file:///etc/passwd",
    ],
)
def test_anything_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match="is no link to a session, so nothing was opened"):
        parse_link(text)


def test_what_is_refused_is_said_without_what_could_disturb() -> None:
    with pytest.raises(InputError) as refused:
        parse_link("chat2anyllm://\x1b[31m\u202e" + "x" * 5000)
    assert len(str(refused.value)) < 250
    assert "\x1b" not in str(refused.value)
    assert "\u202e" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "ours"), [("Chat2AnyLLM:x", True), ("chat2anyllmx:", False), ("ask", False)]
)
def test_what_somebody_meant_as_one(text: str, ours: bool) -> None:
    assert is_link(text) is ours
