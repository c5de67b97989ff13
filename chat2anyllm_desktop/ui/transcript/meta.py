"""What is said about a message, in words. No Qt."""

from __future__ import annotations

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Author, Kind, Message, Status, Usage
from chat2anyllm_desktop.core.prompts import split_role_prefix

SEPARATOR = " · "


def meta_line(message: Message) -> str:
    """Model, time to first token, speed, tokens and cost; what is not known is left out, and so is the model where the
    label above the message names it."""
    usage = message.usage
    found = [message.model or ""] if message.kind is Kind.CHAT else []
    if usage.first_token_s is not None:
        found.append(tr("{time} to first token", time=seconds(usage.first_token_s)))
    speed = tokens_per_second(usage)
    if speed is not None:
        found.append(tr("{speed} tok/s", speed=f"{speed:.0f}" if speed >= 10 else f"{speed:.1f}"))
    if usage.completion_tokens is not None:
        found.append(tr("{count:,} tokens", count=usage.completion_tokens))
    if usage.cost is not None:
        cost = money(usage.cost)
        found.append(cost if usage.cost_reported else tr("{cost} est.", cost=cost))
    if usage.cached:
        found.append(tr("cached"))
    return SEPARATOR.join(part for part in found if part)


def tokens_per_second(usage: Usage) -> float | None:
    """Speed of writing: without the wait for the first token. None where it would say nothing."""
    if usage.completion_tokens is None or usage.duration_s is None or usage.cached:
        return None
    writing = usage.duration_s - (usage.first_token_s or 0.0)
    return usage.completion_tokens / writing if writing > 0.05 else None


def seconds(value: float) -> str:
    if value < 10:
        return tr("{time:.1f} s", time=value)
    if value < 60:
        return tr("{time:.0f} s", time=value)
    return tr("{minutes} min {seconds} s", minutes=int(value) // 60, seconds=int(value) % 60)


def money(dollars: float) -> str:
    """US dollars with as many digits as tell something."""
    if dollars == 0 or dollars >= 0.1:
        return f"${dollars:.2f}"
    return f"${dollars:.4f}" if dollars >= 0.00005 else f"${dollars:.6f}"


def status_line(message: Message) -> str:
    """Why an answer is not whole; empty when it is."""
    match message.status:
        case Status.STOPPED:
            return tr("Stopped.")
        case Status.INTERRUPTED:
            return message.usage.error or tr("Interrupted before it was finished.")
        case Status.FAILED:
            return message.usage.error or tr("The answer failed.")
    return ""


def reasoning_line(message: Message, *, writing: bool) -> str:
    """What stands above the answer of a model that reasons; ``writing`` while visible text has come."""
    took = message.usage.reasoning_s
    if took is not None:
        return tr("Thought for {time}", time=seconds(took))
    thinking = message.status is Status.STREAMING and not writing
    return tr("Thinking…") if thinking else tr("Thought")


def kind_label(kind: Kind) -> str:
    match kind:
        case Kind.PLAN:
            return tr("Plan")
        case Kind.IMPLEMENTATION:
            return tr("Implementation")
    return ""


def spoken_name(message: Message) -> str:
    """Whose message it is, for people who do not see where it stands."""
    if message.author is Author.USER:
        role = split_role_prefix(message.content)[0]
        return tr("You, as {role}", role=role) if role else tr("You")
    name = kind_label(message.kind) or tr("Answer")
    return tr("{kind} of {model}", kind=name, model=message.model) if message.model else name
