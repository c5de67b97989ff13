"""Gateways for tests of the window: what is answered depends on what was asked, and the test decides when it goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.llm.misbehaving import (
    DONE,
    Request,
    Script,
    Server,
    Step,
    answer,
    frame,
    model_list,
    serve,
    stream,
)


@contextmanager
def gateway(
    monkeypatch: pytest.MonkeyPatch,
    *scripts: Script | Callable[[Request], Script],
    models: Sequence[str] = ("m", "gpt-4o", "claude-sonnet"),
    key: str = "sk-test",
) -> Iterator[Server]:
    """A gateway that the next window uses, with no engine beside it."""
    with serve(*scripts, models=models) as server:
        use(monkeypatch, server.url, key)
        yield server


def use(monkeypatch: pytest.MonkeyPatch, url: str, key: str = "sk-test") -> None:
    """The next window uses the gateway at this address, and no engine."""
    monkeypatch.setenv("LITELLM_BASE_URL", url)
    monkeypatch.setenv("LITELLM_API_KEY", key)
    monkeypatch.setenv("CHAT2ANYLLM_LOCAL_ENABLED", "off")


def by_question(
    scripts: dict[str, Script], models: Sequence[str] = ("m", "gpt-4o", "claude-sonnet")
) -> Callable[[Request], Script]:
    """Answer by the first of these that is part of the last message; anything else is answered "Yes"."""

    def choose(request: Request) -> Script:
        if request.method == "GET":
            return model_list(*models)
        asked = request.json["messages"][-1]["content"]
        return next((script for part, script in scripts.items() if part in asked), answer("Yes"))

    return choose


def in_steps(*texts: str) -> tuple[Script, list[threading.Event]]:
    """An answer in pieces; the first comes at once, each of the others when its event is set, as does the end."""
    gates = [threading.Event() for _ in texts]
    steps: list[Step] = [frame(texts[0])]
    for gate, text in zip(gates, texts[1:], strict=False):
        steps += [gate, frame(text)]
    return stream(*steps, gates[-1], frame(finish="stop"), DONE), gates
