from __future__ import annotations

import pytest

from chat2anyllm_desktop.core.models import Kind, Status, Usage
from chat2anyllm_desktop.ui.transcript import meta
from tests.ui.transcript.stage import message


def test_everything_that_is_known_of_an_answer() -> None:
    usage = Usage(
        first_token_s=0.42, duration_s=6.42, completion_tokens=1200, cost=0.0031, cost_reported=True
    )
    answer = message(1, "", model="gpt-x", usage=usage)
    assert meta.meta_line(answer) == "gpt-x · 0.4 s to first token · 200 tok/s · 1,200 tokens · $0.0031"


def test_what_is_not_known_is_left_out() -> None:
    assert meta.meta_line(message(1, "")) == ""
    assert meta.meta_line(message(1, "", model="m", usage=Usage(cost=0.5))) == "m · $0.50 est."
    assert meta.meta_line(message(1, "", model="m", kind=Kind.PLAN, usage=Usage(cached=True))) == "cached"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (4.25, "4.2 s"), (12.6, "13 s"), (125.0, "2 min 5 s")]
)
def test_durations(seconds: float, text: str) -> None:
    assert meta.seconds(seconds) == text


@pytest.mark.parametrize(
    ("status", "error", "text"),
    [
        (Status.COMPLETE, None, ""),
        (Status.STREAMING, None, ""),
        (Status.STOPPED, None, "Stopped."),
        (Status.INTERRUPTED, None, "Interrupted before it was finished."),
        (Status.FAILED, "The gateway is busy.", "The gateway is busy."),
    ],
)
def test_why_an_answer_is_not_whole(status: Status, error: str | None, text: str) -> None:
    assert meta.status_line(message(1, "", status=status, usage=Usage(error=error))) == text


def test_what_stands_above_reasoning() -> None:
    thinking = message(1, "", status=Status.STREAMING)
    assert meta.reasoning_line(thinking, writing=False) == "Thinking…"
    assert meta.reasoning_line(thinking, writing=True) == "Thought"
    done = message(1, "", usage=Usage(reasoning_s=4.2))
    assert meta.reasoning_line(done, writing=True) == "Thought for 4.2 s"
